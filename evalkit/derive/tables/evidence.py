"""How far each question of the evaluation can be answered: set by rule, never by hand."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.evaluators import last_rung

# Share of unrated people up to which a count is strong, fairly strong, moderate.
_MISSING = ((0.05, 4, "complete"), (0.20, 3, "nearly_complete"), (0.50, 2, "many_missing"), (1.0, 1, "most_missing"))
_RUNGS = {0: 1, 1: 1, 2: 1, 3: 2, 4: 3}


def evidence(context: Context, coverage: pd.DataFrame, history: pd.DataFrame, pattern: pd.DataFrame,
             identification: pd.DataFrame) -> pd.DataFrame:
    """Judge five questions for the city and each office in the reported period.

    Steps: 4 strong, 3 fairly strong, 2 moderate, 1 weak, 0 cannot be judged.

    Returns
    -------
    pandas.DataFrame
        `counts`: by the share of unrated people (up to 5%, 20%, 50%). `change`: 3 with limits from six or more earlier periods,
        else 0. `pattern`: 4 where the unit predikat is known (city: of all offices; 3 of some), else 0. `objectivity`: by the
        rung of the evidence. `performance`: 0, because results that hardly vary show no change of the service.
    """
    own = coverage[(coverage["period"].eq(context.period.text) & coverage["scope"].isin(["city", "unit"])).to_numpy(dtype=bool)]
    base = own[["scope", "scope_id", "expected", "missing"]].astype({"scope": "object", "scope_id": "object"}).reset_index(drop=True)
    parts = [_counts(base), _change(base, history, context.period.text), _pattern(base, pattern, context.period.text),
             _objectivity(context, base, identification),
             base.assign(role="inferential", strength=0, reason="results_hardly_vary", question="performance")]
    rows = [part.assign(order=order) for order, part in enumerate(parts)]
    return pd.concat(rows, ignore_index=True).drop(columns=["expected", "missing"]).assign(period=context.period.text)


def _counts(base: pd.DataFrame) -> pd.DataFrame:
    expected = base["expected"].astype("float64")
    share = base["missing"].astype("float64") / expected.where(expected > 0)
    strength, reason = pd.Series(0, index=base.index), pd.Series("nobody_expected", index=base.index, dtype="object")
    for limit, step, word in reversed(_MISSING):
        strength, reason = strength.mask(share <= limit, step), reason.mask(share <= limit, word)
    nobody = share.eq(1.0)
    return base.assign(role="descriptive", strength=strength.mask(nobody, 0), reason=reason.mask(nobody, "nobody_rated"),
                       question="counts")


def _change(base: pd.DataFrame, history: pd.DataFrame, period: str) -> pd.DataFrame:
    own = history[history["period"].eq(period).to_numpy(dtype=bool)][["scope", "scope_id", "status", "reason"]].astype("object")
    joined = base.merge(own, on=["scope", "scope_id"], how="left", validate="1:1")
    known = joined["status"].eq("estimated")
    return base.assign(role="inferential", strength=known.astype(int) * 3, question="change",
                       reason=joined["reason"].where(~known, "same_count_each_period").fillna("no_data"))


def _pattern(base: pd.DataFrame, pattern: pd.DataFrame, period: str) -> pd.DataFrame:
    known = set(pattern[pattern["period"].eq(period).to_numpy(dtype=bool)]["scope_id"])
    offices = base[base["scope"].eq("unit")]
    found = int(offices["scope_id"].isin(known).sum())
    city = (4, "unit_predikat_known") if found and found == len(offices) else (3, "unit_predikat_partly") if found else (
        0, "unit_predikat_missing")
    has = base["scope_id"].isin(known)
    is_city = base["scope"].eq("city")
    strength = (has.astype(int) * 4).mask(is_city, city[0])
    reason = pd.Series("unit_predikat_missing", index=base.index, dtype="object").mask(has, "unit_predikat_known").mask(is_city, city[1])
    return base.assign(role="descriptive", strength=strength, reason=reason, question="pattern")


def _objectivity(context: Context, base: pd.DataFrame, identification: pd.DataFrame) -> pd.DataFrame:
    city = base["scope"].eq("city")
    rung = last_rung(context, identification, "unit", base["scope_id"]).mask(
        city, last_rung(context, identification, "city", base["scope_id"]))
    known = rung.notna()
    strength = rung.map(_RUNGS).fillna(0).astype(int)
    reason = ("rung_" + rung.astype("str")).where(known, "not_judged")
    return base.assign(role="inferential", strength=strength, reason=reason, question="objectivity")
