"""One whole run of the small city, made once; tests that change something work on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from evalkit.derive.build import Built
from evalkit.report import plan
from evalkit.report.run import Summary, run_reports
from evalkit.simulate.demo import build_demo
from evalkit.tables.study import Study, load_study

PERIOD = "2026-Q3"
SETTINGS = Path(__file__).resolve().parents[2] / "data" / "kupang" / "study.toml"


def empty_study(base: Path) -> Path:
    """Write the settings of the demo study in a folder of its own, with vault and reports beside it."""
    text = SETTINGS.read_text(encoding="utf-8")
    text = text.replace('"../vault-kupang"', '"../vault"').replace('"../../reports/kupang"', '"../reports"')
    assert "kupang/" not in text
    (base / "city").mkdir(parents=True)
    (base / "city" / "study.toml").write_text(text, encoding="utf-8")
    return base / "city"


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The demo study with 300 people and 3 quarters."""
    folder = empty_study(tmp_path_factory.mktemp("small"))
    build_demo(folder, employees=300, quarters=3)
    return load_study(folder)


@dataclass(frozen=True)
class Ran:
    """A whole run: its summary, the tables it computed, and when their files were written, before and after the pages."""

    study: Study
    summary: Summary
    made: list[tuple[str, ...]]
    written_before: dict[str, int]
    written_after: dict[str, int]

    @property
    def draft(self) -> Path:
        return self.study.reports / PERIOD / "draft"


def _written(study: Study) -> dict[str, int]:
    return {f.name: f.stat().st_mtime_ns for f in (study.root / "derived").rglob("*.parquet")}


@pytest.fixture(scope="session")
def ran(small_city: Study) -> Ran:
    """All reports of the last quarter, in Indonesian."""
    made: list[tuple[str, ...]] = []
    before: dict[str, int] = {}
    build = plan.build

    def counted(study: Study, period: str, **options: object) -> Built:
        built = build(study, period, **options)  # type: ignore[arg-type]  # handed on as given
        made.append(built.made)
        before.update(_written(study))
        return built

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "build", counted)
        summary = run_reports(small_city, PERIOD)
    return Ran(small_city, summary, made, before, _written(small_city))


@pytest.fixture
def copied(ran: Ran, tmp_path: Path) -> Callable[[], Study]:
    """Give a function that copies the study with its vault and pages."""

    def copy() -> Study:
        shutil.copytree(ran.study.root.parent, tmp_path / "copy", copy_function=shutil.copy2)
        return load_study(tmp_path / "copy" / "city")

    return copy
