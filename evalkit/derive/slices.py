"""A derived table that is cut to many readers: the rows of each are found once, and so is the order of its fingerprint."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from evalkit.derive.build import Built, kept_table
from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import arranged, arranged_digest, rounded
from evalkit.inference.rows import rows_at

Rows = npt.NDArray[np.intp]


class Readers:
    """Which rows of a table a unit may see: its own, and those of the whole city; never those of another unit.

    Parameters
    ----------
    columns : mapping of str to list
        `scope` and `scope_id` of each row, or `opd_id`; without them every reader sees every row.
    n : int
        The number of rows.

    Examples
    --------
    >>> readers = Readers({"scope": ["city", "unit", "unit"], "scope_id": ["", "a", "b"]}, 3)
    >>> readers.rows("b").tolist(), readers.rows("c").tolist()
    ([0, 2], [0])
    """

    def __init__(self, columns: dict[str, list[str | None]], n: int) -> None:
        self._everybody: list[int] = []
        self._own: dict[str, list[int]] = {}
        if "scope" in columns:
            for i, (scope, unit) in enumerate(zip(columns["scope"], columns.get("scope_id", [None] * n), strict=True)):
                self._put(i, None if scope in ("city", "group") else (unit or "") if scope == "unit" else "")
        elif "opd_id" in columns:
            for i, unit in enumerate(columns["opd_id"]):
                self._put(i, unit or "")
        else:
            self._everybody = list(range(n))

    def _put(self, row: int, unit: str | None) -> None:
        if unit is None:
            self._everybody.append(row)
        else:
            self._own.setdefault(unit, []).append(row)

    def rows(self, unit: str) -> Rows:
        """Give the numbers of the rows that a unit may see, in the order of the table."""
        return np.sort(np.array(self._everybody + (self._own.get(unit, []) if unit else []), dtype=np.intp))


def ready(built: Built, name: str, without: frozenset[str], digits: int) -> None:
    """Read a table, find the rows of its readers and arrange it, so that what is forked from this process finds that done."""
    file = built.record(name).file
    _readers(built.folder, file, name)
    _arranged(built.folder, file, name, without, digits)


def sliced(built: Built, name: str, unit: str | None) -> pd.DataFrame:
    """Give a derived table, or the rows of it that a unit may see."""
    frame = built.table(name)
    return frame if unit is None else rows_at(frame, _readers(built.folder, built.record(name).file, name).rows(unit))


def slice_digest(built: Built, name: str, unit: str | None, without: frozenset[str], digits: int) -> str:
    """Digest what `sliced` gives, as it is printed; the same as `display_digest` of it, without arranging every slice."""
    table, readers = _arranged(built.folder, built.record(name).file, name, without, digits)
    return arranged_digest(table if unit is None else table.take(pa.array(readers.rows(unit))))


def offices_named(built: Built, unit: str) -> list[tuple[str, str, str]]:
    """Give `opd_id`, name and folder name of the offices whose id or folder name this is: one, if it is good."""
    return _offices(built.folder, built.record("units_current").file).get(unit, [])


@lru_cache(maxsize=16)
def _offices(folder: Path, file: str) -> dict[str, list[tuple[str, str, str]]]:
    named: dict[str, list[tuple[str, str, str]]] = {}
    units = kept_table(folder, file, "units_current")
    for unit, opd, name, slug in units[["unit_id", "opd_id", "name", "slug"]].itertuples(index=False):
        for key in {str(unit), str(slug)} if unit == opd else ():
            named.setdefault(key, []).append((str(unit), str(name), str(slug)))
    return named


@lru_cache(maxsize=128)
def _readers(folder: Path, file: str, name: str) -> Readers:
    return _of(kept_table(folder, file, name))


@lru_cache(maxsize=256)
def _arranged(folder: Path, file: str, name: str, without: frozenset[str], digits: int) -> tuple[pa.Table, Readers]:
    frame = kept_table(folder, file, name)
    frame = frame.drop(columns=[c for c in frame.columns if c in without])
    table = arranged(rounded(frame, digits), tuple(k for k in contract_of(name).key if k not in without))
    return table, _of(table)


def _of(table: pd.DataFrame | pa.Table) -> Readers:
    names = table.columns if isinstance(table, pd.DataFrame) else table.column_names
    found = {c: pa.array(table[c], from_pandas=True).to_pylist() if isinstance(table, pd.DataFrame) else table[c].to_pylist()
             for c in ("scope", "scope_id", "opd_id") if c in set(names)}
    return Readers(found, len(table))
