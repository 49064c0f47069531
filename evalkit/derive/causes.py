"""Why a figure changed: which files, withdrawals and corrections came between two states, and which scopes they touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from evalkit.derive.catalog import CATALOG
from evalkit.tables import ledger, store
from evalkit.tables.ledger import Record
from evalkit.tables.study import Study

# Besides appraisals, what the kinds of file bring that a derived table can rest on.
_FAULTS = frozenset({"faults", "corrections"})
_BY_UNIT = frozenset({"appraisals", "withdrawals", "unit_predikat"})


@dataclass(frozen=True)
class Cause:
    """One reason: a file by its import id, kind and day, or (`kind`) `settings`, `code`, `rule`, `lock`, `cut`, `removed`.

    `new`, `changed` and `withdrawn` count appraisals in the scope that is explained; `corrections` are the ids of what a unit
    put right.
    """

    kind: str
    import_id: str = ""
    on: date | None = None
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    corrections: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class Change:
    """What differs in the ground of two states.

    `came` and `went` are imports, `code` the tables whose code differs; of that code `rules` names files of regulations, `lock` tells
    of other libraries and `stages` of the code that computes.
    """

    came: frozenset[str]
    went: frozenset[str]
    settings: bool
    code: frozenset[str]
    versions: str
    cut: bool
    rules: tuple[str, ...] = ()
    lock: bool = False
    stages: bool = False


@lru_cache(maxsize=128)
def roots(table: str) -> frozenset[str]:
    """Give the imported tables on which a derived table rests.

    Examples
    --------
    >>> sorted(roots("roster"))[:3]
    ['appraisals', 'assignments', 'exclusions']
    """
    if table not in CATALOG:
        return frozenset({table})
    return frozenset().union(*(roots(i) for i in CATALOG[table].inputs))


class Causes:
    """Answers why a figure changed, from the ledger of a study.

    Parameters
    ----------
    study : Study
        The study.
    change : Change
        What differs in the ground of the two states.
    period : str
        The reported period: appraisals of another one count only where none of it changed.
    """

    def __init__(self, study: Study, change: Change, period: str) -> None:
        self._study, self._change, self._period = study, change, period
        every = ledger.records(study)
        self._came = [r for r in every if r.import_id in change.came]
        self._went = [r for r in every if r.import_id in change.went]
        self._touched = {r.import_id: _touched(study, r, every, period) for r in self._came}

    def all(self, steps: frozenset[str] | None = None) -> tuple[Cause, ...]:
        """Give every file that came between the two states, and what else differs; of that only `steps`, where they were computed."""
        return tuple([self._cause(r, "") for r in self._came] + [_file(r, "removed") for r in self._went] + self._ground(None, steps))

    def of(self, table: str, column: str, scope_id: str, steps: frozenset[str] | None = None) -> tuple[Cause, ...]:
        """Give what changed one figure of one scope: an `opd_id`, or empty for the city.

        Parameters
        ----------
        table, column, scope_id : str
            The figure.
        steps : frozenset of {"code", "settings", "cut", "files"}, optional
            The steps in which it changed, where they were computed one by one; without it every part that differs is named.

        Notes
        -----
        Files are named whose rows the table rests on. Of files that say whose rows they bring, those without a row of the unit are
        left out, unless nothing else is found: a person who moved is counted in one unit because of a row in another.
        """
        if steps is not None and "files" not in steps:
            return tuple(self._ground(table, steps))
        wanted = _FAULTS if column == "faults_open" else roots(table) - {"faults"}
        found = [r for r in self._came if wanted & set(r.tables)]
        own = [r for r in found if not scope_id or self._concerns(r, scope_id)]
        told = [self._cause(r, scope_id) for r in own] or [self._cause(r, "") for r in found]
        told += [_file(r, "removed") for r in self._went if wanted & set(r.tables)]
        return tuple(told + self._ground(table, steps))

    def _concerns(self, record: Record, scope_id: str) -> bool:
        if not _BY_UNIT & set(record.tables):
            return True
        return scope_id in self._touched[record.import_id].scopes

    def _ground(self, table: str | None, steps: frozenset[str] | None = None) -> list[Cause]:
        change = self._change

        def tells(step: str, differs: bool) -> bool:
            return differs if steps is None else step in steps

        found = [Cause("settings")] if tells("settings", change.settings) else []
        if tells("code", table in change.code if table else bool(change.code)):
            found += self._code()
        return found + ([Cause("cut")] if tells("cut", change.cut) else [])

    def _code(self) -> list[Cause]:
        """Name what of the code is another: rules, libraries, or the way of computing."""
        change = self._change
        found = [Cause("rule", detail=rule) for rule in change.rules] + ([Cause("lock")] if change.lock else [])
        return found + ([Cause("code", detail=change.versions)] if change.stages or not found else [])

    def _cause(self, record: Record, scope_id: str) -> Cause:
        touched = self._touched[record.import_id]
        ids = tuple(i for i, unit in touched.corrections if not scope_id or unit == scope_id)
        return Cause("corrected" if record.corrections else record.kind, record.import_id, record.on, touched.count("new", scope_id),
                     touched.count("changed", scope_id), touched.count("withdrawn", scope_id), ids)


def _file(record: Record, kind: str) -> Cause:
    return Cause(kind, record.import_id, record.on, detail=record.kind)


@dataclass(frozen=True)
class _Touched:
    """What one import did: (what, unit, number of appraisals), other units it is about, and (correction id, unit)."""

    counts: tuple[tuple[str, str, int], ...]
    units: frozenset[str]
    corrections: tuple[tuple[str, str], ...]

    @property
    def scopes(self) -> frozenset[str]:
        return self.units | {unit for _, unit, _ in self.counts} | {unit for _, unit in self.corrections}

    def count(self, what: str, scope_id: str) -> int:
        return sum(n for w, unit, n in self.counts if w == what and unit == scope_id)


def _touched(study: Study, record: Record, every: Iterable[Record], period: str) -> _Touched:
    counts: list[tuple[str, str, int]] = []
    earlier = pd.DataFrame()
    if {"appraisals", "withdrawals"} & set(record.tables):
        earlier = store.raw_rows(study, "appraisals", [r for r in every if "appraisals" in r.tables])
    if "appraisals" in record.tables:
        rows = _of_period(store.raw_rows(study, "appraisals", [record]), period)
        for what, part in (("new", rows[rows["version"].eq(1).to_numpy(dtype=bool)]), ("changed", rows[rows["version"].gt(1).to_numpy(dtype=bool)])):
            counts += _by_unit(what, part, earlier)
    if "withdrawals" in record.tables:
        gone = _of_period(store.raw_rows(study, "withdrawals", [record]), period)
        counts += _by_unit("withdrawn", gone.rename(columns={"record_key": "appraisal_id"})[["appraisal_id"]], earlier)
    units: set[str] = set()
    if "unit_predikat" in record.tables:
        units = {str(u) for u in store.raw_rows(study, "unit_predikat", [record])["unit_id"].dropna()}
    return _Touched(tuple(counts), frozenset(units), _corrections(study, record, every))


def _of_period(rows: pd.DataFrame, period: str) -> pd.DataFrame:
    own = rows[rows["period"].eq(period).to_numpy(dtype=bool, na_value=False)]
    return own if len(own) else rows


def _by_unit(what: str, rows: pd.DataFrame, known: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Count appraisals for the city and for each unit that any version of them names."""
    ids = {str(a) for a in rows["appraisal_id"]}
    if not ids:
        return []
    pairs = known[known["appraisal_id"].isin(list(ids)).to_numpy(dtype=bool)][["appraisal_id", "opd_id"]].dropna().drop_duplicates()
    by_unit = pairs.groupby("opd_id")["appraisal_id"].nunique()
    return [(what, "", len(ids)), *((what, str(unit), int(n)) for unit, n in by_unit.items())]


def _corrections(study: Study, record: Record, every: Iterable[Record]) -> tuple[tuple[str, str], ...]:
    """Give the corrections that an import brings: a form's own, and those of the form that came with a corrected reading."""
    forms = [record] if record.kind == "corrections" else [
        r for r in every if record.corrections and r.kind == "corrections" and r.received_at == record.received_at]
    rows = store.raw_rows(study, "corrections", [r for r in forms if "corrections" in r.tables])
    units = {r.import_id: r.scope for r in forms}
    return tuple((str(c), units[str(i)]) for c, i in zip(rows["correction_id"], rows["import_id"], strict=True))
