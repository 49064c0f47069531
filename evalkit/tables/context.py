"""What a reader knows beside the file: the language of messages, the stated period, the study's populations and units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.language.catalogue import Language
from evalkit.tables.cells import TEXT, map_unique
from evalkit.tables.data_rows import Rows
from evalkit.tables.identifiers import file_key
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.posts import is_teacher
from evalkit.tables.study import Study
from evalkit.tables.title import Title, period_of, read_title
from evalkit.tables.unit_names import Units
from evalkit.tables.validate import Finder

DEFAULT_INSTRUMENT = "permenpanrb-6-2022"
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Context:
    """What a reader knows beside the file; `units` is empty where the study has no unit tree."""

    study: Study | None = None
    period: str | None = None
    units: Units = field(default_factory=Units)

    @property
    def language(self) -> Language:
        """The language of messages: the study's, else Indonesian."""
        return self.study.language if self.study else "id"

    def title(self, rows: Rows, year: int | None = None) -> Title:
        """Read the title rows of a file."""
        return read_title(rows.titles, self.language, year=year)

    def periods(self, rows: Rows, title: Title) -> pd.Series:
        """Give the period of each row: what its own column says, else the title, else what the caller stated."""
        said = pd.Series(pa.array(map_unique(rows.text("period"), lambda t: period_of(t, title.year)), type=pa.string()), dtype=TEXT)
        whole = title.period or self.period
        filled: pd.Series = said.fillna(whole) if whole else said
        return filled

    def instruments(self, posts: pd.Series) -> pd.Series:
        """Give the instrument of each post: that of the first population of the study to which it belongs."""
        teacher = is_teacher(posts).to_numpy(dtype=bool)
        result = np.full(len(posts), "", dtype=object)
        for population in self.study.populations if self.study else ():
            mine = np.ones(len(posts), dtype=bool)
            if population.post:
                mine &= _has(posts, population.post, teacher)
            if population.except_post:
                mine &= ~_has(posts, population.except_post, teacher)
            result[mine & (result == "")] = population.instrument
        result[result == ""] = DEFAULT_INSTRUMENT
        return pd.Series(result, dtype=TEXT)

    def place(self, names: pd.Series, offices: pd.Series) -> pd.Series:
        """Give the key of each unit that is known by name only: its id where one unit of that office bears the name."""
        names = names.fillna(offices)
        if not self.units.names:
            return file_key("name", names)
        pair = pd.Series(pc.binary_join_element_wise(pa.array(names), pa.array(offices.fillna("")), _BETWEEN), dtype=TEXT)
        return pd.Series(pa.array(map_unique(pair, self._place), type=pa.string()), dtype=TEXT)

    def _place(self, pair: str) -> str:
        name, _, office = pair.partition(_BETWEEN)
        found = self.units.find(f"name:{name}")
        if office and len(found) > 1:
            heads = self.units.find(f"name:{office}", office=True)
            found = tuple(u for u in found if self.units.office(u) in heads)
        return f"unor:{found[0]}" if len(found) == 1 else f"name:{name}"


def _has(posts: pd.Series, word: str, teacher: np.ndarray) -> np.ndarray:
    if word.casefold() == "guru":
        return teacher
    found: np.ndarray = posts.fillna("").astype(object).str.casefold().str.contains(word.casefold(), regex=False).to_numpy(dtype=bool)
    return found


def number_of_year(rows: Rows, role: str) -> int | None:
    """Give the year of a column that holds one year only."""
    values = rows.text(role).dropna().unique().tolist()
    return int(values[0]) if len(values) == 1 and str(values[0]).isdigit() else None


def finish(finder: Finder, frames: dict[str, pd.DataFrame], people: pd.DataFrame, title: Title, *, period: str | None = None,
           extra: tuple[Fault, ...] = ()) -> Parsed:
    """Put the result of a reader together; every row of the file is either read or refused.

    Parameters
    ----------
    finder : Finder
        Rows and faults.
    frames : dict of str to DataFrame
        The tables.
    people : DataFrame
        From `evalkit.tables.people`.
    title : Title
        The title rows.
    period : str, optional
        The period of the file.
    extra : tuple of Fault
        Faults of the file as a whole.
    """
    refused = int(finder.refused.sum())
    rows = finder.rows
    return Parsed(layout=rows.layout.name, kind=rows.layout.kind, frames=frames, people=people, faults=(*extra, *finder.told()),
                  rows_in_file=len(rows), rows_read=len(rows) - refused, rows_refused=refused, period=period, year=title.year,
                  scope=title.scope, exported_at=title.exported_at, instance=title.instance)
