"""The figures that pages print of the reported period, as one long table: what a release says, and what has changed in it.

Each row is one figure with its place: table and column, city or unit, and the words that name it (a predikat, a rule).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from evalkit.derive.reports import REPORTS

LEAST_UNIT = 10  # people expected: of smaller units the pages print who is missing, and nothing else
LEAST_SHARE = 20  # people: below that the pages print counts, no percent
COLUMNS = ("table", "column", "scope", "scope_id", "item", "kind", "digits", "value")
KEY = ("table", "column", "scope", "scope_id", "item")
Kind = Literal["count", "share", "number", "flag", "word", "by_unit"]
_EFFECTS = ("carried_over", "carried_over_gap", "carried_over_blind", "clustering_ratio", "clustering_pairs", "clustering_pairs_expected",
            "evaluator_spread", "rotation_effect", "rotation_spread", "rotation_event", "effect_spread")
_GAPS = ("rate_difference", "within_difference", "within_odds_ratio", "impact_ratio", "match_effect")
_BY_UNIT: dict[str, tuple[Kind, int]] = {"share": ("share", 1), "ratio": ("number", 2)}


@dataclass(frozen=True)
class Printed:
    """The figures of one table: `columns` are (column, kind, decimals), `items` the key columns that name a figure.

    The kind `by_unit` stands for that of the row's column `unit`: a share is printed in percent, a ratio with two decimals.

    `own` holds column and value of the rows that are printed at all; `scoped` tells whether the table has the columns `scope` and
    `scope_id`, `dated` whether it has one `period`.
    """

    table: str
    columns: tuple[tuple[str, Kind, int], ...]
    items: tuple[str, ...] = ()
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scoped: bool = True
    dated: bool = True


def _estimates() -> tuple[tuple[str, Kind, int], ...]:
    return tuple((n, "by_unit", 0) for n in ("estimate", "conf_low", "conf_high"))


def _counts(*names: str) -> tuple[tuple[str, Kind, int], ...]:
    return tuple((n, "count", 0) for n in names)


PRINTED: tuple[Printed, ...] = (
    Printed("coverage", _counts("expected", "rated", "missing", "evaluators_waited", "faults_open")),
    Printed("unrated_counts", _counts("n"), ("reason",)),
    Printed("denominator", _counts("n"), ("reason",), scoped=False),
    Printed("distribution", (("n", "count", 0), ("share_low", "share", 1), ("share_high", "share", 1)), ("predikat",)),
    Printed("rating_counts", _counts("n"), ("hasil_kerja", "perilaku_kerja")),
    Printed("history", (("centre", "share", 1), ("lower", "share", 1), ("upper", "share", 1), ("outside", "flag", 0)), ("measure",)),
    Printed("pattern", (("met", "flag", 0), ("limit_count", "count", 0)), ("rule",), {"attainable": ("True",)}),
    Printed("dimension_summary", (("status", "word", 0), *_counts("above", "meets", "below"), ("mean", "number", 1)), ("dimension",)),
    Printed("evidence", (("strength", "count", 0),), ("question",)),
    Printed("identification", (("rung", "count", 0),), ("instrument",), {"scope": ("city",)}, dated=False),
    Printed("evaluator_effects", _estimates(), ("measure", "term", "group"), {"measure": _EFFECTS}),
    Printed("carry_over", _counts("n"), ("evaluator", "before", "after"), {"scope": ("city",)}),
    Printed("fairness_groups", _counts("rated", "count"), ("outcome", "attribute", "group"), {"scope": ("city",)}),
    Printed("fairness_estimates", _estimates(), ("outcome", "measure", "term", "group", "estimand"), {"scope": ("city",), "measure": _GAPS}),
    Printed("rating_distribution", _counts("n"), ("instrument", "item", "low", "high"), {"scope": ("city",)}, dated=False),
    Printed("outcome_rates", (("rate", "share", 1), ("impact_ratio", "number", 2)),
            ("instrument", "unit_id", "outcome", "attribute", "group"), scoped=False, dated=False),
)


def figures(table: Callable[[str], pd.DataFrame | None], period: str) -> pd.DataFrame:
    """Give the printed figures of a period.

    Parameters
    ----------
    table : callable
        Gives a derived table by name, or nothing where there is none.
    period : str
        The reported period.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; `value` is not rounded. Only tables that a report declares are printed at all. Figures of the city and of its
        units; those of units with fewer than ten people are their coverage only, as on the pages. A figure that is missing has no row.

    Examples
    --------
    >>> coverage = pd.DataFrame({"scope": ["city"], "scope_id": [""], "period": ["2026-Q3"], "expected": [30], "rated": [29]})
    >>> found = figures({"coverage": coverage}.get, "2026-Q3")
    >>> found[["column", "value"]].values.tolist()
    [['expected', 30], ['rated', 29]]
    """
    expected = _expected(table("coverage"), period)
    declared = {name for report in REPORTS.values() for name in report.read_by("office")}
    parts = [_of(spec, frame, period, expected) for spec in PRINTED
             if spec.table in declared and (frame := table(spec.table)) is not None]
    found = [p for p in parts if len(p)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS), dtype=object)


def _expected(coverage: pd.DataFrame | None, period: str) -> dict[str, int]:
    if coverage is None or not len(coverage):
        return {}
    rows = coverage[(coverage["scope"].isin(["city", "unit"]) & coverage["period"].eq(period)).to_numpy(dtype=bool)]
    return {str(s): int(n) for s, n in zip(rows["scope_id"], rows["expected"], strict=True)}


def _of(spec: Printed, frame: pd.DataFrame, period: str, expected: Mapping[str, int]) -> pd.DataFrame:
    rows = frame.astype(object)
    if spec.dated and "period" in rows.columns:
        rows = rows[rows["period"].eq(period).to_numpy(dtype=bool)]
    for column, values in spec.own.items():
        rows = rows[rows[column].astype(str).isin(list(values)).to_numpy(dtype=bool)]
    if not spec.scoped or "scope" not in rows.columns:
        # a unit may be named in `scope_id` alone
        rows = rows.assign(scope=rows["scope_id"].map(lambda s: "unit" if s else "city") if "scope_id" in rows.columns else "city")
        rows = rows if "scope_id" in rows.columns else rows.assign(scope_id="")
    rows = rows[rows["scope"].isin(["city", "unit"]).to_numpy(dtype=bool)]
    item = ["\x1f".join("" if pd.isna(v) else str(v) for v in values) for values in rows[list(spec.items)].itertuples(index=False)]
    parts = [pd.DataFrame({"table": spec.table, "column": column, "scope": rows["scope"], "scope_id": rows["scope_id"].astype(str),
                           "item": item if spec.items else "", "kind": kind, "digits": digits, "value": rows[column]}, dtype=object)
             for column, kind, digits in spec.columns if column in rows.columns]
    if any(kind == "by_unit" for _, kind, _ in spec.columns):
        units = [_BY_UNIT.get(str(u), ("number", 0)) for u in rows["unit"]]
        parts = [part.assign(kind=[k for k, _ in units], digits=[d for _, d in units]) for part in parts]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS), dtype=object)
    people = found["scope_id"].map(lambda s: expected.get(s, LEAST_SHARE)).astype("int64")
    kept = found["scope"].eq("city") | people.ge(LEAST_UNIT) | found["table"].eq("coverage")
    printed = kept & (found["kind"].ne("share") | people.ge(LEAST_SHARE)) & found["value"].notna()
    return found[printed.to_numpy(dtype=bool)].reset_index(drop=True)


def shown(value: object, kind: str, digits: int) -> object:
    """Give a figure as a page prints it, to compare two: a share in percent, a number with its decimals.

    Examples
    --------
    >>> shown(0.11434, "share", 1), shown(0.11436, "share", 1), shown(None, "count", 0)
    (11.4, 11.4, None)
    """
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # one cell
        return None
    if kind == "share":
        return round(100 * float(str(value)), digits)
    if kind in ("count", "number"):
        return round(float(str(value)), digits)
    return str(value)
