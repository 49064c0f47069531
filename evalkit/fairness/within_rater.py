"""Gaps within evaluators: people of two groups who stand under the same evaluator in the same period, compared with each other.

An evaluator's severity, her unit and her team are the same for both groups, so they cannot make the gap. What can: differences in
work between groups of one team, which these data do not show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.fairness.frames import group_name, prepared
from evalkit.inference.clusters import FEWEST, clustered_ratio, linked_clusters
from evalkit.inference.exact_odds import MOST_STATES, conditional, detectable_odds, exact_odds
from evalkit.inference.odds_power import error_without_gap
from evalkit.inference.reading import check_level, listed
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.strata import Strata, common_difference, common_odds, strata_of
from evalkit.inference.strata_limits import difference_limits

ESTIMAND = "gap_between_people_of_one_evaluator_in_one_period"
FAMILY = "gaps_within_evaluators"
_Z = 2.801585  # z(0.975) + z(0.8): found eight times in ten at 5%, two sides
_SPARSE = 5.0


def within_rater(rows: pd.DataFrame, *, attribute: str, outcome: str, reference: str, strata: Sequence[str] = ("rater_id", "period"),
                 person: str = "person_id", rater: str = "rater_id", level: float = 0.95, scope_id: str = "", period: str = "",
                 family: str = FAMILY) -> pd.DataFrame:
    """Compare each group with the reference within strata of evaluator and period.

    Odds ratio of Mantel and Haenszel (1: no gap) with the interval of Robins, Breslow and Greenland, or where cases are few the exact
    conditional ratio; difference of shares of Mantel and Haenszel (0: no gap) with Sato's; what the design could have found.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a rating: the columns `strata`, `person`, `rater`, `attribute`, and `outcome` as true, false or missing (left out).
    attribute, outcome, reference : str
        The group column, the outcome, and the group that others are compared with. People without the attribute are left out.
    strata : sequence of str
        What is held fixed.
    person, rater : str
        Columns of the person and the evaluator.
    level : float
        Nominal coverage.
    scope_id, period, family : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `term` the attribute, for each group: "within_odds_ratio" (`method` "mantel_haenszel",
        "exact_conditional" or "mantel_haenszel_clustered"), "within_difference", "within_detectable_ratio_below", "..._above" (the
        smallest odds ratios that this design finds eight times in ten), "within_detectable_difference", and "within_informative"
        (how many strata can say anything, `n` their people, `n_raters` their evaluators). Not estimable: "group_not_in_data",
        "no_shared_evaluator", "no_informative_stratum", "no_gap_detectable" (the design finds no gap that can be); with reason "few_clusters"
        the number is a description without interval.

    Raises
    ------
    EstimationError
        If a column is absent; if `level` is not between 0 and 1.

    Notes
    -----
    Each person once: people are exchangeable within an evaluator's team under no gap, also where quotas fix how many get the
    outcome. Several periods: a person's results repeat, so all ratings that a chain of people and evaluators joins are one cluster,
    and there is no interval with fewer than ten. A gap within evaluators is not yet unequal treatment: groups may do different work.
    Exact where the smaller margin of the group's total is under five (N. Mantel, J. Fleiss (1980), Am. J. Epidemiol. 112, 129-134).
    Other sources: `inference.strata`, `inference.exact_odds`.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(8), "rater_id": list("eeeeffff"), "period": "p", "sex": list("FFMMFFMM"),
    ...                      "top": [True, False, True, True, False, False, True, False]})
    >>> found = within_rater(rows, attribute="sex", outcome="top", reference="M").set_index("measure")
    >>> round(float(found.loc["within_difference", "estimate"]), 2), found.loc["within_odds_ratio", "method"]
    (-0.5, 'exact_conditional')
    """
    check_level(level)
    listed(strata=strata)
    own = prepared(rows, groups=[attribute], outcomes=[outcome], others=[*strata, person, rater])
    known, reference = own.dropna().reset_index(drop=True), group_name(reference)
    groups = known[attribute]
    found: list[Estimate] = []
    for group in sorted(set(own[attribute].dropna()) - {reference}):
        base: Estimate = {"term": attribute, "role": "inferential", "scope_id": scope_id, "period": period, "estimand": ESTIMAND,
                          "conf_level": level}
        two = known[groups.isin([group, reference]).to_numpy()]
        found += _compared(two, groups.loc[two.index].eq(group).to_numpy(dtype=bool), group, reference, list(strata), person, rater,
                           outcome, base, family)
    return estimates(found)


@dataclass(frozen=True)
class _Design:
    """The strata of two groups, and the cluster of each stratum where people have several ratings."""

    strata: Strata
    clusters: NDArray[np.intp] | None
    n_clusters: int


def _compared(two: pd.DataFrame, member: NDArray[np.bool_], group: str, reference: str, strata: list[str], person: str, rater: str,
              outcome: str, base: Estimate, family: str) -> list[Estimate]:
    keys = pd.MultiIndex.from_frame(two[strata].astype(object)) if len(two) else pd.MultiIndex.from_arrays([[]] * len(strata))
    codes = pd.factorize(keys)[0]
    counts = strata_of(member, two[outcome].astype(bool).to_numpy(), codes)
    inside = counts.informative[codes] if len(codes) else np.zeros(0, dtype=bool)
    head: Estimate = {**base, "n": int(inside.sum()), "n_raters": int(two[rater][inside].nunique())}
    informative: Estimate = {**head, "measure": "within_informative", "group": f"{group} - {reference}", "role": "descriptive", "unit": "strata",
                             "status": "estimated", "estimate": float(counts.informative.sum())}
    informative.pop("conf_level")
    reason = _reason(member, counts)
    ratio: Estimate = {**head, "measure": "within_odds_ratio", "group": f"{group} / {reference}", "unit": "ratio", "null_value": 1.0,
                       "family": family}
    gap: Estimate = {**head, "measure": "within_difference", "group": f"{group} - {reference}", "unit": "share", "null_value": 0.0}
    if reason:
        silent: list[Estimate] = [{**ratio, "status": "not_estimable", "reason": reason}]
        if reason == "no_informative_stratum":
            # everybody in a shared stratum has the same outcome: the shares are equal, and say nothing of what could have been found
            return [*silent, {**gap, "role": "descriptive", "estimate": 0.0, "status": "estimated", "reason": reason,
                              "n": int(counts.both[codes].sum())}, informative]
        return [*silent, {**gap, "status": "not_estimable", "reason": reason}, informative]
    design = _design(counts, codes, two, person, rater)
    return [*_odds(design, ratio, float(base["conf_level"])), *_difference(design, gap, float(base["conf_level"]), int(counts.both[codes].sum())),
            informative]


def _reason(member: NDArray[np.bool_], counts: Strata) -> str:
    if not len(member) or member.all() or not member.any():
        return "group_not_in_data"
    if not counts.both.any():
        return "no_shared_evaluator"
    return "" if counts.informative.any() else "no_informative_stratum"


def _design(counts: Strata, codes: NDArray[np.intp], two: pd.DataFrame, person: str, rater: str) -> _Design:
    if not two[person].duplicated().any():
        return _Design(counts, None, 0)
    of_row = linked_clusters(two[rater].to_numpy(), two[person].to_numpy())
    first = np.unique(codes, return_index=True)[1]
    clusters = of_row[first]
    return _Design(counts, clusters, len(np.unique(clusters[counts.informative])))


def _odds(design: _Design, row: Estimate, level: float) -> list[Estimate]:
    own = design.strata.only(design.strata.informative)
    found = common_odds(own, level=level)
    if found is None:
        return []
    n, x = own.n1 + own.n0, own.x1 + own.x0
    variance = float((own.n1 * own.n0 * x * (n - x) / (n * n * (n - 1))).sum())
    if design.clusters is not None:
        return _clustered_odds(design, own, found.ratio, row, level)
    expected, low, high = (float(v.sum()) for v in (own.n1 * x / n, np.maximum(0, x - own.n0), np.minimum(x, own.n1)))
    sparse = min(expected - low, high - expected) < _SPARSE or not math.isfinite(found.log_error)
    small = high - low <= MOST_STATES
    if sparse and small:
        distribution = conditional(own)
        if distribution is not None:
            exact = exact_odds(distribution, level=level)
            below, above = detectable_odds(distribution)
            value = {"estimate": exact.ratio, "conf_low": exact.low, "conf_high": exact.high, "p_value": exact.p_value}
            return [_ratio({**row, "method": "exact_conditional", "status": "estimated"}, value),
                    *_detectable(row, below, above, "exact_conditional")]
    value = {"estimate": found.ratio, "conf_low": found.low, "conf_high": found.high, "p_value": found.p_value}
    step = _Z / math.sqrt(variance)
    return [_ratio({**row, "method": "mantel_haenszel", "status": "estimated", "std_error": found.log_error}, value),
            *_detectable(row, math.exp(-step), math.exp(step), "normal")]


def _ratio(row: Estimate, value: dict[str, float]) -> Estimate:
    """Write a ratio; an infinite one has no number, and says on which side everybody stands."""
    out: Estimate = {**row, "p_value": value["p_value"], "conf_low": value["conf_low"]}
    if math.isfinite(value["conf_high"]):
        out["conf_high"] = value["conf_high"]
    if math.isfinite(value["estimate"]) and value["estimate"] > 0:
        out["estimate"] = value["estimate"]
        return out
    out["status"], out["reason"] = "boundary", "outcome_in_one_group_only"
    if value["estimate"] == 0:
        out["estimate"] = 0.0
    return out


def _clustered_odds(design: _Design, own: Strata, ratio: float, row: Estimate, level: float) -> list[Estimate]:
    described: Estimate = {**row, "role": "descriptive", "status": "estimated", "reason": "few_clusters", "method": "mantel_haenszel"}
    described.pop("family")
    described.pop("conf_level")
    n = own.n1 + own.n0
    r, s = own.x1 * (own.n0 - own.x0) / n, own.x0 * (own.n1 - own.x1) / n
    if s.sum() == 0:
        return [{**described, "status": "boundary", "reason": "outcome_in_one_group_only"}]
    if design.clusters is None or design.n_clusters < FEWEST:
        return [{**described, "estimate": ratio}]
    found = clustered_ratio(r, s, design.clusters[design.strata.informative], null=1.0, level=level)
    step = _steps(found.n_clusters - 1) * found.null_error
    estimate: Estimate = {**row, "method": "mantel_haenszel_clustered", "status": "estimated", "estimate": ratio,
                          "df": float(found.n_clusters - 1), "conf_low": max(found.low, 0.0), "p_value": found.p_value}
    if math.isfinite(found.high):
        estimate["conf_high"] = found.high
    return [estimate, *_detectable(row, math.exp(-step), math.exp(step), "clustered")]


def _steps(df: float) -> float:
    """Give how many standard errors an effect must measure to be found eight times in ten at 5%."""
    from scipy.special import stdtrit

    return _Z if math.isinf(df) else float(stdtrit(df, 0.975) + stdtrit(df, 0.8))


def _detectable(row: Estimate, below: float, above: float, method: str) -> list[Estimate]:
    base: Estimate = {**row, "role": "descriptive", "method": method, "status": "estimated"}
    base.pop("family")
    base.pop("conf_level")
    lower: Estimate = {**base, "measure": "within_detectable_ratio_below"}
    upper: Estimate = {**base, "measure": "within_detectable_ratio_above"}
    for part, value, none in ((lower, below, 0.0), (upper, above, math.inf)):
        if value == none:
            part["status"], part["reason"] = "not_estimable", "no_gap_detectable"
        else:
            part["estimate"] = value
    return [lower, upper]


def _difference(design: _Design, row: Estimate, level: float, n: int) -> list[Estimate]:
    own = design.strata.only(design.strata.both)
    found = common_difference(own, level=level)
    if found is None:
        return []
    base: Estimate = {**row, "n": n, "status": "estimated", "estimate": found.difference}
    weight = own.n1 * own.n0 / (own.n1 + own.n0)
    error, df = error_without_gap(own), math.inf
    if design.clusters is None and found.parted:
        base.pop("conf_level")
        base.update({"role": "descriptive", "method": "mantel_haenszel", "reason": "outcome_in_one_group_only"})
    elif design.clusters is None:
        limits = difference_limits(own, level)
        base.update({"method": limits.method, "std_error": found.error, "conf_low": limits.low, "conf_high": limits.high, "p_value": found.p_value})
    elif design.n_clusters < FEWEST:
        base.pop("conf_level")
        return [{**base, "role": "descriptive", "method": "mantel_haenszel", "reason": "few_clusters"}]
    else:
        terms = weight * (own.x1 / own.n1 - own.x0 / own.n0)
        robust = clustered_ratio(terms, weight, design.clusters[design.strata.both], null=0.0, level=level)
        error, df = robust.null_error, float(robust.n_clusters - 1)
        base.update({"method": "mantel_haenszel_clustered", "df": df, "conf_low": max(robust.low, -1.0), "conf_high": min(robust.high, 1.0),
                     "p_value": robust.p_value})
    detectable: Estimate = {**row, "measure": "within_detectable_difference", "role": "descriptive", "status": "estimated",
                            "estimate": _steps(df) * error, "n": n, "method": "hypergeometric" if math.isinf(df) else "clustered"}
    detectable.pop("conf_level")
    if detectable["estimate"] >= 1.0:  # no gap of shares is so large: this design finds none eight times in ten
        detectable.pop("estimate")
        detectable.update({"status": "not_estimable", "reason": "no_gap_detectable"})
    return [base, detectable]
