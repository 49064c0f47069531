"""Variance of evaluators' effects from people who had several evaluators in one place, without the bias of the plug-in.

The variance of estimated effects holds the variance of their errors as well: with few people a link it is mostly that. Leaving each
match of a person and an evaluator out in turn gives the errors' share without bias, whatever their variances are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.raters.clustering import STRATA
from evalkit.raters.leave_out_variance import Components, leave_out_variance
from evalkit.raters.matches import Matches, linked_matches
from evalkit.raters.official import outcome_of, rated
from evalkit.raters.power import detectable

_LARGEST = 0.25  # no share varies more than this


def effect_spread(rows: pd.DataFrame, *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA, leverage: str = "auto",
                  level: float = 0.95, seed: int = 1, scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Estimate the spread of evaluators' effects by leave-out, beside the plug-in that is too large.

    ``y = person in her place + evaluator + error``; the square root of `leave_out_variance.leave_out_variance`, in share of people. 0:
    evaluators who rated the same people gave them the outcome equally often.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official.official_rows` gives them, of several periods.
    outcome : {"sangat_baik", "below_baik"}
        The outcome, 0 or 1 for a rating.
    strata : sequence of str
        Unit and post type: a person who moves is another person in the new place.
    leverage : {"auto", "exact", "random"}
        See `leave_out_variance.leave_out_variance`.
    level : float
        Of the interval.
    seed : int
        Of the projections.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "effect_spread" (interval cut at 0; "boundary" where the variance is not above 0), "effect_spread_plug_in"
        (descriptive: the same without the correction, too large), "effect_spread_detectable", "evaluators_linked" (share of evaluators
        that are linked twice over). `n` counts matches, `n_raters` evaluators in linked sets. Not estimable: "nobody_rated",
        "no_change_of_evaluator", "not_linked_twice".

    Raises
    ------
    EstimationError
        As `matches.linked_matches`, or if the outcome or `leverage` is unknown.

    Notes
    -----
    Variance within sets, so evaluators of different sets are never compared, and no evaluator has an effect of her own here. A change
    of work that comes with a change of evaluator counts as the evaluator's. Source: P. Kline, R. Saggio, M. Sølvsten (2020),
    Econometrica 88, 1859-1898; of the plug-in: J. Abowd, F. Kramarz, D. Margolis (1999), Econometrica 67, 251-333.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcd") * 2, "period": ["1"] * 4 + ["2"] * 4, "opd_id": "u", "post_type": "x",
    ...                      "rater_id": list("eegg") + list("ffhh"), "predikat": ["baik"] * 4 + ["sangat_baik"] * 2 + ["baik"] * 2})
    >>> effect_spread(rows)["measure"].tolist()[::3]
    ['effect_spread', 'evaluators_linked']
    """
    check_level(level)
    rows = rated(rows, strata, "predikat", once=False)
    matches = linked_matches(rows, outcome_of(rows, outcome).astype(float), strata=strata)
    base: Estimate = {"term": outcome, "scope_id": scope_id, "period": period, "unit": "share", "n": len(matches.person),
                      "n_raters": matches.n_raters}
    wanted: Estimate = {**base, "role": "inferential", "estimand": "severity_spread_for_the_same_people", "null_value": 0.0}
    linked: Estimate = {**base, "measure": "evaluators_linked", "role": "descriptive"}
    reason = _reason(matches, len(rows))
    if reason:
        said: Estimate = {"status": "not_estimable", "reason": reason}
        empty: list[Estimate] = [{**wanted, "measure": m, **said} for m in ("effect_spread", "effect_spread_plug_in", "effect_spread_detectable")]
        return estimates([*empty, {**linked, **said} if not len(rows) else {**linked, "estimate": 0.0, "status": "estimated"}])
    found = leave_out_variance(matches, leverage=leverage, seed=seed)
    share = matches.n_raters / matches.n_raters_all
    return estimates([*_rows(wanted, found, level), {**linked, "estimate": share, "status": "estimated"}])


def _reason(matches: Matches, n_rows: int) -> str:
    if not n_rows:
        return "nobody_rated"
    if not matches.n_matches:
        return "no_change_of_evaluator"
    return "" if len(matches.person) else "not_linked_twice"


def _rows(base: Estimate, found: Components, level: float) -> list[Estimate]:
    from scipy.special import stdtrit

    df = float(max(found.free, 1))
    low, high = (math.sqrt(min(max(v, 0.0), _LARGEST)) for v in found.limits(float(stdtrit(df, 0.5 + level / 2))))
    row: Estimate = {**base, "measure": "effect_spread", "estimate": math.sqrt(max(found.leave_out, 0.0)), "conf_level": level, "df": df,
                     "conf_low": low, "conf_high": high, "method": "leave_out_match", "status": "estimated", "family": "rotation"}
    if found.leave_out <= 0:
        row["status"], row["reason"] = "boundary", "no_more_than_errors"
    plain: Estimate = {**base, "measure": "effect_spread_plug_in", "role": "descriptive", "estimate": math.sqrt(max(found.plug_in, 0.0)),
                       "method": "plug_in", "status": "estimated", "reason": "too_large_by_errors"}
    smallest = math.sqrt(detectable(found.error, df=df, sides=1))
    return [row, plain, {**base, "measure": "effect_spread_detectable", "estimate": smallest, "status": "estimated"}]
