"""One whole run of the small city, made once for all workers; tests that change something work on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.derive.build import Built, build
from evalkit.report import plan
from evalkit.report.release import Made, make_release
from evalkit.report.run import Summary, run_reports
from evalkit.simulate.demo import build_demo
from evalkit.tables.imports import add
from evalkit.tables.study import Study, load_study
from tests.report.keeping import kept
from tests.report.quick import corrected_export, quick

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
    base, _ = kept(tmp_path_factory, "small", _small_city)
    return load_study(base / "city")


def _small_city(base: Path) -> None:
    build_demo(empty_study(base), employees=300, quarters=3)


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
def ran(small_city: Study, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All reports of the last quarter, in Indonesian."""

    def make(base: Path) -> tuple[Path, _Said]:
        shutil.copytree(small_city.root.parent, base, copy_function=shutil.copy2)
        return base, _ran(load_study(base / "city"))

    base, (made_in, (summary, *rest)) = kept(tmp_path_factory, "ran", make)
    return Ran(load_study(base / "city"), replace(summary, way_in=base / summary.way_in.relative_to(made_in)), *rest)


_Said = tuple[Summary, list[tuple[str, ...]], dict[str, int], dict[str, int]]  # what is kept is of no class of this file


def _ran(study: Study) -> _Said:
    made: list[tuple[str, ...]] = []
    before: dict[str, int] = {}
    unpatched = plan.build

    def counted(study: Study, period: str, **options: object) -> Built:
        built = unpatched(study, period, **options)  # type: ignore[arg-type]  # handed on as given
        made.append(built.made)
        before.update(_written(study))
        return built

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "build", counted)
        summary = run_reports(study, PERIOD)
    return summary, made, before, _written(study)


@pytest.fixture(scope="session")
def built_city(ran: Ran) -> Study:
    """The small city with its tables and pages; for tests that write nothing."""
    return ran.study


@pytest.fixture
def copied(ran: Ran, tmp_path: Path) -> Callable[[], Study]:
    """Give a function that copies the study with its vault and pages."""

    def copy() -> Study:
        shutil.copytree(ran.study.root.parent, tmp_path / "copy", copy_function=shutil.copy2)
        return load_study(tmp_path / "copy" / "city")

    return copy


@dataclass(frozen=True)
class Cycle:
    """A quarter and its correction: r1, an export in which two people of one unit are Sangat Baik instead of Baik, r2 with pages of people.

    `told` is what `status` printed in between; `reimport` the id of the second export.
    """

    study: Study
    first: Made
    second: Made
    told: str
    reimport: str
    unit: str = "inspektorat-daerah"


@pytest.fixture(scope="session")
def drafted(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small city with a draft whose pages hold no figures; its tables are those of the whole run."""

    def make(base: Path) -> None:
        shutil.copytree(ran.study.root.parent, base, copy_function=shutil.copy2)
        study = load_study(base / "city")
        shutil.rmtree(study.reports, ignore_errors=True)
        with pytest.MonkeyPatch.context() as patch:
            quick(patch)
            build(study, PERIOD)
            run_reports(study, PERIOD)

    base, _ = kept(tmp_path_factory, "drafted", make)
    return load_study(base / "city")


@pytest.fixture(scope="session")
def cycle(drafted: Study, tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    """Two releases of the small city; tests that change something copy them."""

    def make(base: Path) -> tuple[Path, Made, Made, str, str]:
        shutil.copytree(drafted.root.parent, base, copy_function=shutil.copy2)
        return base, *_cycle(load_study(base / "city"), base)

    base, (made_in, first, second, told, reimport) = kept(tmp_path_factory, "cycle", make)

    def here(one: Made) -> Made:
        erratum = base / one.erratum.relative_to(made_in) if one.erratum else None
        return replace(one, study=base / one.study.relative_to(made_in), pages=base / one.pages.relative_to(made_in), erratum=erratum)

    return Cycle(load_study(base / "city"), here(first), here(second), told, reimport)


def _cycle(study: Study, base: Path) -> tuple[Made, Made, str, str]:
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        first = make_release(study, PERIOD, note="Rilis pertama <b>")
        export = base / "ulang.xlsx"
        assert corrected_export(study.root / "files" / PERIOD / f"laporan-penilaian-{PERIOD}.xlsx", export, unit="INSPEKTORAT DAERAH") == 2
        taken = add(study, [export], period=PERIOD, scope="full")
        with redirect_stdout(StringIO()) as out:
            assert main(["status", "--study", str(study.root), "--period", PERIOD]) == 0
        run_reports(study, PERIOD)
        run_reports(study, PERIOD, names=["employees", "evaluators"])
        second = make_release(study, PERIOD)
    return first, second, out.getvalue(), taken.files[0].import_id or ""


@pytest.fixture
def redrafted(drafted: Study, tmp_path: Path) -> Callable[[], Study]:
    """Give a function that copies the study with its draft."""

    def copy() -> Study:
        shutil.copytree(drafted.root.parent, tmp_path / "copy", copy_function=shutil.copy2)
        return load_study(tmp_path / "copy" / "city")

    return copy


@pytest.fixture
def cycled(cycle: Cycle, tmp_path: Path) -> Callable[[], Study]:
    """Give a function that copies the study with both releases, its vault and pages."""

    def copy() -> Study:
        shutil.copytree(cycle.study.root.parent, tmp_path / "lain", copy_function=shutil.copy2)
        return load_study(tmp_path / "lain" / "city")

    return copy
