"""A small city with its people, units, appraisals and courses, and a writer who fills forms in as offices do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evalkit.simulate.exports import write_city
from evalkit.tables.imports import add
from evalkit.tables.study import Study, load_study
from tests.tables import hand_made


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that holds a city of 300 people; copied before it is written into."""
    folder = tmp_path_factory.mktemp("town")
    write_city(folder / "files", seed=7, employees=300, quarters=2)
    made = hand_made.make_study(folder, hand_made.STUDY + "\n[run]\nseed = 7\n[raters]\ndouble_rating_share = 0.5\n")
    names = ("hierarki-unor*", "siasn-*2026-09-30*", "laporan-penilaian-2026-Q3*", "daftar-pelatihan-*")
    assert not add(made, [p for name in names for p in sorted((folder / "files").rglob(name))], received_at=hand_made.RECEIVED).refused
    return folder


def copy_of(town: Path, place: Path) -> Study:
    """The study and its vault, to write into."""
    for name in ("studi", "vault-contoh"):
        shutil.copytree(town / name, place / "t" / name)
    return load_study(place / "t" / "studi")


@pytest.fixture(scope="session")
def people_study(town: Path) -> Study:
    """That study, to read."""
    return load_study(town / "studi")
