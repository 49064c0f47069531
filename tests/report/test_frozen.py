"""Frozen tables of a period: what stands in the folder, what the notebooks read from it, and what a later import cannot change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from evalkit.derive.build import Built, build
from evalkit.derive.catalog import CATALOG
from evalkit.derive.file_digests import Files, as_json, manifest
from evalkit.derive.handle import open_handle
from evalkit.derive.release import (
    FILE,
    FILES,
    TABLES,
    Release,
    describe,
    files_of,
    find_release,
    freeze,
    frozen_tables,
    is_release,
    open_release,
    releases_of,
    settings_of,
)
from evalkit.errors import DeriveError
from evalkit.report.plan import Frozen
from evalkit.report.run import run_reports
from evalkit.tables.study import Study, load_study
from tests.report.conftest import PERIOD
from tests.report.in_process import in_process
from tests.report.quick import light

MADE_AT = datetime(2026, 10, 15, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    light(monkeypatch)


def frozen_in(study: Study, name: str = "r1") -> tuple[Release, Path, Built]:
    built = build(study, PERIOD, names=tuple(CATALOG))
    release = describe(study, built, name=name, made_at=MADE_AT, note="", cut=None, languages=("id",), before="")
    folder = study.root / "releases" / PERIOD / name
    again = freeze(study, built, release, folder)
    (folder / FILES).write_bytes(as_json(Files(manifest(folder))))
    return release, folder, again


@pytest.fixture
def study(copied: Callable[[], Study]) -> Study:
    return copied()


def test_frozen_tables_are_those_of_the_day_and_are_found_by_name(study: Study) -> None:
    release, folder, _ = frozen_in(study)
    assert is_release(folder) and not is_release(study.root)
    assert releases_of(study, PERIOD) == (release,) == (find_release(study, PERIOD, "R1"),)
    today = build(study, PERIOD, names=tuple(CATALOG))
    for name, frame in frozen_tables(study, release).items():
        key = list(release.tables[name].key)
        now = today.table(name).sort_values(key, ignore_index=True)  # Parquet knows no whole seconds: the unit of a moment may differ
        pd.testing.assert_frame_equal(frame.sort_values(key, ignore_index=True), now, check_dtype=False)
    assert release.content == describe(study, today, name="r2", made_at=MADE_AT, note="x", cut=None, languages=("id",), before="r1").content
    assert settings_of(study, release).root == study.root
    own = files_of(study, release).own
    assert set(own) >= {FILE, "settings/study.toml", "tables/coverage.json"} and own == {k: v for k, v in manifest(folder).items() if k != FILES}


def test_a_notebook_reads_the_release_by_its_folder_even_without_the_study(study: Study, tmp_path: Path) -> None:
    _, folder, _ = frozen_in(study)
    expected = open_handle(study, report="evaluation", period=PERIOD).table("distribution")
    moved = folder.rename(tmp_path / "elsewhere")
    handle = open_handle(str(moved), report="evaluation", period=PERIOD)
    assert handle.facts.release == "r1"
    pd.testing.assert_frame_equal(handle.table("distribution"), expected)
    with pytest.raises(DeriveError, match="2026-Q3"):
        open_handle(str(moved), report="evaluation", period="2026-Q2")


def test_pages_of_a_release_say_its_name_and_where_they_are_checked(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    in_process(monkeypatch, lambda slug: False)
    _, folder, built = frozen_in(study)
    pages = study.reports / PERIOD / "r1"
    summary = run_reports(study, PERIOD, names=["monitor"], frozen=Frozen(pages, folder, built))
    assert summary.count("failed") == 0
    text = (pages / "office" / "monitor.html").read_text(encoding="utf-8")
    assert "r1, data per" in text and "evalkit verify r1" in text and "Draf" not in text
    draft = (study.reports / PERIOD / "draft" / "office" / "monitor.html").read_text(encoding="utf-8")
    assert "r1, data per" not in draft


def test_what_is_damaged_unknown_or_newer_is_said_in_a_sentence(study: Study) -> None:
    with pytest.raises(DeriveError, match="belum ada"):
        find_release(study, PERIOD, "r1")
    release, folder, _ = frozen_in(study)
    with pytest.raises(DeriveError, match=r"r1"):
        find_release(study, PERIOD, "r7")
    table = folder / TABLES / release.tables["coverage"].file
    table.write_bytes(b"no table")
    with pytest.raises(DeriveError, match="cadangan"):
        frozen_tables(study, release)
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text.replace('"format": 1', '"format": 2'), encoding="utf-8")
    with pytest.raises(DeriveError, match="evalkit"):
        releases_of(study, PERIOD)
    (folder / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(DeriveError, match="cadangan"):
        open_release(folder)


def test_a_folder_without_its_list_of_files_is_none(study: Study) -> None:
    _, folder, _ = frozen_in(study)
    (folder / FILES).unlink()
    assert releases_of(load_study(study.root), PERIOD) == ()
