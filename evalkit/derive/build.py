"""Makes the derived tables of a study and period, in order, each once: what did not change is not computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pandas as pd
from filelock import FileLock

from evalkit.derive.catalog import CATALOG, Derived
from evalkit.derive.context import Context, make_context, window_of
from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import code_digest, digest_of
from evalkit.derive.record import Record, read_record, read_table, write_table
from evalkit.derive.sources import Source, StoreSource
from evalkit.derive.state import state_of
from evalkit.errors import DeriveError, EstimationError
from evalkit.language.catalogue import say
from evalkit.tables.periods import parse
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Study


@dataclass(frozen=True)
class Built:
    """What a build did: the records of the tables asked for, and the names that were computed in this call.

    `release` is the name of the release (`r1`) whose frozen tables these are; empty for the tables of today.
    """

    folder: Path
    context: Context
    records: Mapping[str, Record]
    made: tuple[str, ...]
    release: str = ""

    def table(self, name: str) -> pd.DataFrame:
        """Read one of the tables.

        Raises
        ------
        DeriveError
            If it was not asked for, or cannot be read.
        """
        return kept_table(self.folder, self.record(name).file, name).copy(deep=False)

    def record(self, name: str) -> Record:
        """Give the record of one of the tables.

        Raises
        ------
        DeriveError
            If it was not asked for.
        """
        if name not in self.records:
            raise DeriveError(f"The derived table {name!r} was not built here.")
        return self.records[name]


@lru_cache(maxsize=128)  # more than the catalogue has tables: the pages of a run read the same ones
def kept_table(folder: Path, file: str, name: str) -> pd.DataFrame:
    """Read a table once in a process: the name of its file carries the digest of its content, so it never goes stale."""
    record = read_record(folder, name)
    if record is None or record.file != file:
        raise DeriveError(f"The derived table {name!r} was made again meanwhile. Open the report again.")
    return read_table(folder, record)


def build(study: Study, period: str, *, as_of: date | None = None, names: Iterable[str] | None = None,
          source: Source | None = None, progress: Callable[[str, bool], None] | None = None, window: int = 0) -> Built:
    """Make the derived tables of a period that are missing or out of date, and what they need.

    Parameters
    ----------
    study : Study
        The study; tables are stored in its folder `derived/<period>/<as_of or latest>/`.
    period : str
        The period that is reported.
    as_of : date, optional
        Data that came later do not count.
    names : iterable of str, optional
        The tables that are wanted; all of the catalogue without it.
    source : Source, optional
        Imported tables from somewhere else than the store of the study.
    progress : callable, optional
        Called after each table with its name and whether it was computed.
    window : int
        Look back over so many periods in the place of those of the study (0); such tables stand in a folder of their own.

    Returns
    -------
    Built
        Records of the wanted tables and of all they rest on.

    Raises
    ------
    DeriveError
        If a name is not in the catalogue, or the catalogue is no order.
    TableError
        If a function gives a table that does not keep its contract.

    Notes
    -----
    The key of a table is the digest of the content of its inputs, its code, and the settings that it declared. An import that
    brings nothing new changes no content, so nothing after it is computed. A second build of the same place waits.
    """
    period = parse(period).text
    folder = folder_of(study, period, as_of, window)
    order = ordered(names)
    imported = tuple(sorted({i for n in order for i in CATALOG[n].inputs if i not in CATALOG} | {"imports"}))
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        given = source or StoreSource(study, as_of, imported, folder)
        context = make_context(study, period, as_of=as_of, state=state_of(given.read("imports"), period), window=window)
        return _Run(study, context, folder, given).run(order, progress)


def folder_of(study: Study, period: str, as_of: date | None, window: int = 0) -> Path:
    """Give the folder in which the derived tables of a period and date stand; those of another window than the study's stand apart."""
    apart = f"-window-{window}" if window and window != window_of(study) else ""
    return study.root / "derived" / period / f"{as_of.isoformat() if as_of else 'latest'}{apart}"


def ordered(names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Give the tables that are wanted and those that they rest on, inputs first.

    Raises
    ------
    DeriveError
        If a name is unknown, or tables need each other in a circle.

    Examples
    --------
    >>> ordered(["coverage"])[-1]
    'coverage'
    """
    wanted = list(CATALOG if names is None else dict.fromkeys(names))
    unknown = [n for n in wanted if n not in CATALOG]
    if unknown:
        raise DeriveError(f"No derived table is named {unknown[0]!r}; there are {', '.join(CATALOG)}.")
    graph: dict[str, list[str]] = {}
    while wanted:
        name = wanted.pop()
        if name not in graph:
            graph[name] = [i for i in CATALOG[name].inputs if i in CATALOG]
            wanted += graph[name]
    try:
        return tuple(TopologicalSorter({n: graph[n] for n in sorted(graph)}).static_order())
    except CycleError as error:
        raise DeriveError(f"Derived tables need each other in a circle: {', '.join(error.args[1])}.") from error


class _Run:
    """One pass over the catalogue; frames are read only when a function needs them."""

    def __init__(self, study: Study, context: Context, folder: Path, source: Source) -> None:
        self._study, self._context, self._folder, self._source = study, context, folder, source
        self._records: dict[str, Record] = {}
        self._frames: dict[str, pd.DataFrame] = {}

    def run(self, order: tuple[str, ...], progress: Callable[[str, bool], None] | None) -> Built:
        made = []
        for name in order:
            computed = self._bring(CATALOG[name])
            made += [name] if computed else []
            if progress is not None:
                progress(name, computed)
        return Built(self._folder, self._context, dict(self._records), tuple(made))

    def _bring(self, row: Derived) -> bool:
        inputs = {i: self._records[i].content if i in self._records else self._source.digest(i) for i in row.inputs}
        code = code_digest(row.stages)
        context = self._context.limited(row.settings)
        settings = {**context.base(), **context.settings}
        key = digest_of({"table": row.name, "inputs": inputs, "code": code, "settings": settings})
        found = read_record(self._folder, row.name)
        if found is not None and found.key == key:
            self._records[row.name] = found
            return False
        frame = self._computed(row, context)
        self._records[row.name] = write_table(self._folder, frame, {
            "name": row.name, "key": key, "inputs": inputs, "code": code, "settings": settings, "seed": self._study.seed})
        self._frames[row.name] = frame
        return True

    def _computed(self, row: Derived, context: Context) -> pd.DataFrame:
        """Call the function on copies that share memory: what it writes stays its own."""
        contract = contract_of(row.name)
        try:
            found = row.function(context, **{i: self._frame(i).copy(deep=False) for i in row.inputs})
        except EstimationError as error:  # a statistic that cannot be had is a status; this one was not told as one
            raise DeriveError(say("derive.table_failed", self._study.language, table=row.name, period=context.period.text, why=error)) from error
        shaped = contract.conform(found.reindex(columns=[c for c in contract.names if c in found.columns]))
        by = [*contract.key[:-1], "order"] if "order" in contract.names else list(contract.key)
        return shaped.sort_values(by, kind="stable", ignore_index=True)

    def _frame(self, name: str) -> pd.DataFrame:
        if name in TABLES and name not in self._records:
            return self._source.read(name)
        if name not in self._frames:
            self._frames[name] = read_table(self._folder, self._records[name])
        return self._frames[name]
