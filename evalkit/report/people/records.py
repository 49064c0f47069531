"""The facts about each person, from the tables of a handle to plain records: what her page says and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import pandas as pd

from evalkit.derive.handle import Handle

_T = TypeVar("_T")

@dataclass(frozen=True)
class Appraisal:
    """One appraisal of the period; `before` holds the three words of the version that said something else."""

    status: str
    unit: str
    post: str
    work: str
    behaviour: str
    predikat: str
    by: str
    is_head: bool
    rated_on: date | None
    version: int
    before: tuple[str, str, str] | None
    changed_on: date | None
    reason: str
    filed_on: date | None
    decided_on: date | None
    decision: str
    derivation: str


@dataclass(frozen=True)
class Measure:
    """One measure in one dimension, or the reason why there is none."""

    dimension: str
    kind: str
    status: str
    reason: str
    score: float | None
    low: float | None
    high: float | None
    n_raters: int


@dataclass(frozen=True)
class Held:
    """One kind of data held about a person."""

    kind: str
    n: int
    first: str
    last: str
    layouts: str


@dataclass(frozen=True)
class Indicator:
    """One indicator of her plan; `met` is None where it cannot be told."""

    name: str
    aspect: str
    less: bool
    low: float | None
    high: float | None
    actual: float | None
    met: bool | None


@dataclass(frozen=True)
class Step:
    """One step of a derivation, as `derivation_steps` has it."""

    step: str
    source: str
    confirmed: bool
    values: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Employee:
    """Everything that one page says about one person; the name is put in by `report.naming` and never printed by `repr`."""

    person_id: str
    name: str = field(repr=False)
    unit: str = ""
    office: str = ""
    opd_id: str = ""
    opd_slug: str = ""
    post: str = ""
    instrument: str = ""
    counted: bool = True
    reason: str = ""
    unrated_reason: str = ""
    solver: str = ""
    derivation: str = ""
    appraisals: tuple[Appraisal, ...] = ()
    history: tuple[tuple[str, str, str, str], ...] = ()
    measures: tuple[Measure, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def official(self) -> Appraisal | None:
        """The appraisal that counts."""
        return next((a for a in self.appraisals if a.status == "official"), None)


Row = Mapping[str, Any]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a table as plain values; what is missing is None."""
    names = list(frame.columns)
    columns = [[None if v is pd.NaT or v is pd.NA or (isinstance(v, float) and v != v) else v for v in frame[n].astype(object)] for n in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _grouped(frame: pd.DataFrame, make: Callable[[Row], _T], by: str = "person_id") -> dict[str, tuple[_T, ...]]:
    found: dict[str, list[_T]] = {}
    for row in rows_of(frame):
        found.setdefault(str(row[by]), []).append(make(row))
    return {k: tuple(v) for k, v in found.items()}


def _three(row: Row, prefix: str = "") -> tuple[str, str, str]:
    return _text(row[f"{prefix}hasil_kerja"]), _text(row[f"{prefix}perilaku_kerja"]), _text(row[f"{prefix}predikat"])


def _appraisal(row: Row) -> Appraisal:
    work, behaviour, predikat = _three(row)
    return Appraisal(
        row["status"], _text(row["unit_name"]), _text(row["post_title"]), work, behaviour, predikat, _text(row["rated_by_kind"]),
        bool(row["is_rule_determined"]), _day(row["rated_at"]), int(row["version"]),
        _three(row, "before_") if row["changed_at"] is not None else None, _day(row["changed_at"]), _text(row["revision_reason"]),
        _day(row["objection_filed_at"]), _day(row["objection_decided_at"]), _text(row["objection_decision"]), str(row["derivation"]))


def _measure(row: Row) -> Measure:
    return Measure(row["dimension"], row["score_kind"], row["status"], _text(row["reason"]), row["score"], row["scale_min"],
                   row["scale_max"], int(row["n_raters"] or 0))


def _indicator(row: Row) -> Indicator:
    return Indicator(str(row["indicator"]), _text(row["aspect"]), row["direction"] == "less", row["target_low"], row["target_high"],
                     row["actual"], None if row["met"] is None else bool(row["met"]))


def steps_of(handle: Handle) -> dict[str, tuple[Step, ...]]:
    """Give the steps of each derivation."""
    def pairs(text: str) -> tuple[tuple[str, str], ...]:
        return tuple(sorted((str(k), str(v)) for k, v in json.loads(text).items()))

    return _grouped(handle.table("derivation_steps"), lambda r: Step(
        str(r["step"]), str(r["source"]), bool(r["confirmed"]), pairs(r["values"]), pairs(r["words"])), "derivation")


def employees(handle: Handle, names: Mapping[str, str], opd_ids: frozenset[str] | None = None) -> list[Employee]:
    """Give the people of the period with all that their pages say, in the order of their ids.

    Parameters
    ----------
    handle : Handle
        Opened for the reader `employees`.
    names : mapping of str to str
        Person -> name, from `report.naming`; who has none gets an empty name.
    opd_ids : frozenset of str, optional
        Only people of these offices.
    """
    people = handle.table("personal_people")
    if opd_ids is not None:
        people = people[people["opd_id"].isin(opd_ids).to_numpy(dtype=bool)]
    mine = set(people["person_id"].astype(str))

    def own(name: str, make: Callable[[Row], _T]) -> dict[str, tuple[_T, ...]]:
        table = handle.table(name)
        return _grouped(table if opd_ids is None else table[table["person_id"].isin(mine).to_numpy(dtype=bool)], make)

    appraisals, measures = own("personal_appraisals", _appraisal), own("personal_scores", _measure)
    history = own("personal_history", lambda r: (str(r["period"]), *_three(r)))
    held = own("personal_holdings", lambda r: Held(r["kind"], int(r["n"]), _text(r["first"]), _text(r["last"]), _text(r["layouts"])))
    indicators = own("personal_indicators", _indicator)
    found = []
    for row in rows_of(people):
        who = str(row["person_id"])
        found.append(Employee(
            who, names.get(who, ""), _text(row["unit_name"]), _text(row["opd_name"]), _text(row["opd_id"]), _text(row["opd_slug"]),
            _text(row["post_title"]), _text(row["instrument"]), bool(row["eligible"]), _text(row["reason"]), _text(row["unrated_reason"]),
            _text(row["solver"]), str(row["derivation"]), appraisals.get(who, ()), history.get(who, ()),
            measures.get(who, ()), indicators.get(who, ()), held.get(who, ())))
    return found
