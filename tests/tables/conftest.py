"""Fixtures of the tables: a study in an empty folder, and a reader of hand-made files."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from evalkit.tables.study import Study
from tests.tables import hand_made


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return hand_made.make_study(tmp_path)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read by `hand_made.read_hand_made`."""
    module = ModuleType("evalkit.tables.reader")
    module.read_file = hand_made.read_hand_made  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setitem(sys.modules, "evalkit.tables.reader", module)


@pytest.fixture(scope="session")
def city_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a city of 300: real layouts, with the faults that the last quarter has."""
    from evalkit.simulate.exports import write_city

    folder = tmp_path_factory.mktemp("city") / "files"
    write_city(folder, seed=7, employees=300, quarters=2)
    return folder


@pytest.fixture(scope="session")
def city_whole(city_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds a study of that city with its last quarter, and the vault beside it; do not write into it."""
    from evalkit.tables.imports import add

    folder = tmp_path_factory.mktemp("whole")
    made = hand_made.make_study(folder, hand_made.STUDY.replace("[[population]]", hand_made.TEACHERS + "[[population]]"))
    files = [p for name in ("hierarki-unor*", "siasn-*2026-09-30*", "laporan-penilaian-2026-Q3*") for p in sorted(city_files.rglob(name))]
    result = add(made, files, received_at=hand_made.RECEIVED)
    assert not result.refused
    return folder


@pytest.fixture
def city(city_whole: Path, tmp_path: Path) -> Study:
    """The same study, to write into."""
    import shutil

    from evalkit.tables.study import load_study

    shutil.copytree(city_whole, tmp_path / "copy")
    return load_study(tmp_path / "copy" / "studi")
