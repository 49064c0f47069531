"""The studies of real ratings, each taken in once, in a copy of its folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from evalkit.derive.handle import open_handle
from evalkit.tables import store
from evalkit.tables.imports import add
from evalkit.tables.results import AddResult
from evalkit.tables.study import Study, load_study

FILES = {"insteval": ("insteval.csv.gz",), "grant-review": ("grant-review-aibs.csv", "grant-review-nih.csv.gz"),
         "figure-skating": ("figure-skating.csv.gz",), "firefighter-promotion": ("firefighter-promotion.csv",),
         "teaching-ratings": ("teaching-ratings.csv",), "police-training": ("police-training.csv.gz",)}
PERIODS = {"insteval": "2011", "grant-review": "2017", "figure-skating": "2017", "firefighter-promotion": "2003",
           "teaching-ratings": "2002", "police-training": "2016"}


@dataclass(frozen=True)
class Taken:
    """A study after its files were added; `table` gives a stored one, `derived` a derived one, `raw` the file as it is."""

    study: Study
    result: AddResult
    raw: tuple[pd.DataFrame, ...]
    period: str

    def table(self, name: str) -> pd.DataFrame:
        return store.read(self.study, name)

    def derived(self, name: str) -> pd.DataFrame:
        return open_handle(self.study, report="ratings_evaluation", period=self.period).table(name)


@pytest.fixture(scope="session")
def taken(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Taken]:
    """Add the files of a study in a copy of its folder; skip where a file that does not ship is absent."""
    home, known = tmp_path_factory.mktemp("studies"), {}

    def get(name: str) -> Taken:
        if name not in known:
            shipped = root / "data" / name / "shipped"
            folder = shipped if shipped.is_dir() else root.parent / "shared" / "data"
            paths = [folder / file for file in FILES[name]]
            absent = [p.name for p in paths if not p.is_file()]
            if absent:
                pytest.skip(f"{absent[0]} does not ship with evalkit and is not in shared/data beside the repository")
            shutil.copytree(root / "data" / name, home / name, ignore=shutil.ignore_patterns(
                "raw", "tables", "imports", "derived", ".staging", "*.lock"))
            study = load_study(home / name)
            known[name] = Taken(study, add(study, paths), tuple(pd.read_csv(p) for p in paths), PERIODS[name])
        return known[name]

    return get
