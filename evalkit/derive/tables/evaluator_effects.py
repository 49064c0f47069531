"""What the official ratings show of evaluators at rungs 1 and 2: one statement for the city each, none on a person."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.inference.multiplicity import adjust_estimates
from evalkit.raters.carry_over import carried_over, with_evaluator
from evalkit.raters.clustering import clustering_test, evaluator_bands
from evalkit.raters.leave_out import effect_spread
from evalkit.raters.official import OUTCOMES, official_rows, outcome_of
from evalkit.raters.rotation import rotation_effect, rotation_spread
from evalkit.raters.variance_between import evaluator_spread

DRAWS = 4999
_DETECTABLE = "_detectable"
_RUNG_1 = ("clustering", "evaluator_spread", "carried_over_gap")
STRATA = ("opd_id", "post_type", "instrument")


def own_rows(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Give the ratings of the window as the kernels want them."""
    return official_rows(roster, periods=context.periods)


def evaluator_effects(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Estimate what rungs 1 and 2 allow, for the city and both outcomes (`term`).

    Returns
    -------
    pandas.DataFrame
        Frame of estimates. Rung 1: `clustering_ratio` and its companions (all periods of the window together), `evaluator_spread` (the
        reported period; severity and team together), `carried_over` by `group` (all, stays, changes), `carried_over_blind`,
        `carried_over_gap` (`term` empty: all results). Rung 2: `rotation_effect` (mean change under another evaluator),
        `rotation_event` (`group`: periods from the takeover; below -1 placebo), `rotation_spread` (severity for one team; `group`
        "placebo": the step before), each with its `..._detectable`, `n_raters` counts takeovers; `effect_spread` (leave-out) beside
        `effect_spread_plug_in`, `evaluators_linked`. `p_adjusted` (Holm) within the families "clustering" (both outcomes) and "rotation" (mean and
        spread of both).

    Notes
    -----
    Two regimes are never compared: the instrument is a stratum beside unit and post type.
    """
    rows, now = own_rows(context, roster), context.period.text
    current = rows[(rows["period"] == now).to_numpy(dtype=bool)]
    parts = [carried_over(rows, context.periods, strata=STRATA, name=now)]
    for outcome in OUTCOMES:
        parts.append(clustering_test(rows, outcome=outcome, strata=STRATA, draws=DRAWS, period=now))
        parts.append(evaluator_spread(current, outcome=outcome, strata=STRATA, period=now))
        parts.append(rotation_effect(rows, context.periods, outcome=outcome, strata=STRATA, period=now))
        parts.append(rotation_spread(rows, context.periods, outcome=outcome, strata=STRATA, draws=min(DRAWS, 999), period=now))
        parts.append(effect_spread(rows, outcome=outcome, strata=STRATA, period=now))
    return _keyed(parts)


def _keyed(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put frames of estimates together; the columns of the key are never missing."""
    table = pd.concat([p for p in parts if len(p)], ignore_index=True)
    return adjust_estimates(table.fillna(dict.fromkeys(("term", "group", "scope_id", "period"), "")))


def evaluator_marks(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count evaluators by the number of their people and how many of these have the outcome, in the reported period.

    Returns
    -------
    pandas.DataFrame
        `outcome`, `n`, `count`, `n_raters`: points of a figure without any name, office or code.
    """
    rows = official_rows(roster, periods=[context.period.text])
    parts = []
    for outcome in OUTCOMES:
        counts = outcome_of(rows, outcome).groupby(rows["rater_id"]).agg(["size", "sum"])
        parts.append(counts.groupby(["size", "sum"]).size().rename("n_raters").reset_index().assign(outcome=outcome))
    return pd.concat(parts, ignore_index=True).rename(columns={"size": "n", "sum": "count"}).astype({"n": "int64", "count": "int64"})


def evaluator_band(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Give for each number of people the band in which an evaluator's share lies when labels are handed out blindly.

    See `raters.clustering.evaluator_bands`; the reported period, both outcomes.
    """
    rows = official_rows(roster, periods=[context.period.text])
    found = pd.concat([evaluator_bands(rows, outcome=o, strata=STRATA).assign(outcome=o) for o in OUTCOMES], ignore_index=True)
    return found.astype({"n": "int64", "n_raters": "int64", "outside": "int64"})


def carry_over(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count how results pass from each period to the next, for the city and each office, by whether the evaluator stays.

    Returns
    -------
    pandas.DataFrame
        `evaluator` is `stays` or `changes`; the office is that of the later period. A repeated result was copied or is stable:
        these data cannot tell.
    """
    pairs = with_evaluator(own_rows(context, roster), context.periods, keep=["opd_id"])
    offices = pairs[pairs["opd_id"].ne("").to_numpy(dtype=bool)]
    return pd.concat([_passed(pairs.assign(scope="city", scope_id="")), _passed(offices.assign(scope="unit", scope_id=offices["opd_id"]))],
                     ignore_index=True)


def _passed(pairs: pd.DataFrame) -> pd.DataFrame:
    key = ["scope", "scope_id", "period", "period_before", "evaluator", "before"]
    counts = pairs.groupby([*key, "after"], as_index=False).size().rename(columns={"size": "n"})
    counts["n_before"] = counts.groupby(key)["n"].transform("sum")
    return counts.assign(share=counts["n"] / counts["n_before"])


def detectable(context: Context, evaluator_effects: pd.DataFrame, identification: pd.DataFrame) -> pd.DataFrame:
    """Say for each question of rungs 1 and 2 what this office's own design could find, and what the next step costs.

    Returns
    -------
    pandas.DataFrame
        `question` (the measure), `outcome` (empty: all results), `rung` (what the question needs), `rung_reached` (of the city),
        `minimum_detectable_effect` in share of people (found eight times in ten at 5%), `next_step` and `next_step_hours` of the city.
    """
    own = evaluator_effects[evaluator_effects["measure"].astype(str).str.endswith(_DETECTABLE).to_numpy(dtype=bool)]
    question = own["measure"].astype(str).str.removesuffix(_DETECTABLE)
    official = identification["instrument"].isin([p.instrument for p in context.cycle]) & identification["scope"].eq("city")
    city = identification[official.to_numpy(dtype=bool)].sort_values("rung").tail(1)
    known = {c: city[c].iloc[0] if len(city) else None for c in ("rung", "next_step", "next_step_hours")}
    return pd.DataFrame({"question": question, "outcome": own["term"], "period": own["period"],
                         "rung": question.map(lambda q: 1 if q in _RUNG_1 else 2).astype("int64"), "rung_reached": known["rung"],
                         "minimum_detectable_effect": own["estimate"], "n": own["n"], "status": own["status"], "reason": own["reason"],
                         "next_step": known["next_step"], "next_step_hours": known["next_step_hours"]}).reset_index(drop=True)
