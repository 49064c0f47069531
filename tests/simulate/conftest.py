"""One small and one full city for all tests of the simulator."""

from __future__ import annotations

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from evalkit.simulate.exports import write_city
from evalkit.simulate.world import build_world


@pytest.fixture(scope="session")
def world():
    """The demo city at full size, before anything is written."""
    return build_world(2026)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A small city on disk: (folder of the files, deliveries)."""
    folder = tmp_path_factory.mktemp("small") / "files"
    return folder, write_city(folder, seed=7, employees=300, quarters=3)


@pytest.fixture(scope="session")
def full(tmp_path_factory):
    """The demo city on disk: (folder of the files, deliveries)."""
    folder = tmp_path_factory.mktemp("full") / "files"
    return folder, write_city(folder, seed=2026)


def sheet(path, header=1):
    """Read the only sheet of a workbook as it stands: cells with their own types."""
    book = CalamineWorkbook.from_path(path)
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return pd.DataFrame(rows[header:], columns=rows[header - 1], dtype=object)


@pytest.fixture(scope="session")
def read_sheet():
    return sheet


@pytest.fixture(scope="session")
def appraisals(full):
    """Every appraisal file of the demo city: (name without suffix) -> frame."""
    folder, _ = full
    return {p.stem.removeprefix("laporan-penilaian-"): sheet(p, 8) for p in sorted(folder.rglob("laporan-penilaian-*.xlsx"))}


@pytest.fixture(scope="session")
def truth(full):
    """A table of the truth by its name."""
    folder, _ = full
    return lambda name: pd.read_parquet(folder.parent / "truth" / f"{name}.parquet")
