"""The same gap with and without something held fixed, side by side and named: unconditional, and within unit, post, grade.

What is held fixed must not be a rating by the same hand, and must not be what the group decides: a gap within grades says nothing
of who reached them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.fairness.conditions import refuse_same_hand
from evalkit.fairness.frames import group_name, prepared
from evalkit.inference.odds_power import error_without_gap
from evalkit.inference.reading import check_level, listed
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.strata import Strata, common_difference, common_odds, strata_of
from evalkit.inference.strata_limits import difference_limits

UNCONDITIONAL = "unconditional"


def conditional_gaps(people: pd.DataFrame, *, attribute: str, outcome: str, reference: str, conditions: Sequence[Sequence[str]],
                     same_hand: Sequence[str] = (), level: float = 0.95, scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Give the gap of rates or of means of each group without condition, and within the strata of each set of conditions.

    Rates: Mantel and Haenszel's difference (0: no gap; limits as `inference.strata_limits`) and odds ratio (1: no gap), with one test of both.
    Means: ``sum w (mean1 - mean0) / sum w`` with ``w = n1 n0 / n`` of each stratum, and its variance ``sum w² (s1²/n1 + s0²/n0) / (sum w)²``,
    s of each group over all strata, with Satterthwaite's degrees of freedom (of one stratum all is Welch's).

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person: `attribute`, the columns of `conditions`, and `outcome` as true or false (rates) or as numbers (means; 1 and 0 are
        numbers: write ``rows["top"] == 1`` for rates).
    attribute, outcome, reference : str
        The columns, and the group that others are compared with.
    conditions : sequence of sequences of str
        Sets of columns that are held fixed; one set, one pair of rows a group.
    same_hand : sequence of str
        Columns of this data set that are ratings by the evaluator who gave the outcome, beside the well-known ones.
    level : float
        Nominal coverage.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "rate_difference" and "odds_ratio", with "detectable_difference" (the smallest that is found eight times in ten,
        from the margins alone) beside a difference with an interval; or "mean_difference". `estimand` "unconditional" or "given a × b", `n`
        the people in strata that hold both groups. Not estimable: "group_not_in_data", "no_shared_stratum", "no_informative_stratum".
        A difference without interval is a description: "group_of_one", "no_variation" (within groups),
        "outcome_in_one_group_only" (all of one group and nobody of the other in every stratum), "no_informative_stratum" (nobody, or
        everybody, has the outcome in each shared stratum: 0, which says nothing of chance).

    Raises
    ------
    EstimationError
        If a column is absent, or a condition is a rating by the same hand; if `level` is not between 0 and 1.

    Notes
    -----
    People with a missing condition are in no row but the unconditional one, which `n` shows. Intervals take people as independent;
    under common evaluators they are too narrow. The change from one row to the next is no effect of the condition: odds ratios
    change by being conditional alone. Sources: as `inference.strata` and `inference.strata_limits`.

    Examples
    --------
    >>> top = [True, False, True, True, True, False, False, True]
    >>> rows = pd.DataFrame({"sex": list("FFFMMMFM") * 5, "unit": list("aaaaabbb") * 5, "top": top * 5})
    >>> found = conditional_gaps(rows, attribute="sex", outcome="top", reference="M", conditions=[["unit"]])
    >>> found.loc[found["measure"] == "rate_difference", ["estimand", "estimate"]].round(3).to_numpy().tolist()
    [['unconditional', -0.25], ['given unit', -0.393]]
    """
    check_level(level)
    listed(conditions=conditions, same_hand=same_hand)
    listed(**{f"conditions: set {i}": c for i, c in enumerate(conditions, start=1)})
    sets = [list(c) for c in conditions]
    fixed_columns = [c for s in sets for c in s]
    rows_read = prepared(people, groups=[attribute], either=[outcome], others=fixed_columns)
    refuse_same_hand(fixed_columns, same_hand)
    known = rows_read.dropna(subset=[attribute, outcome]).reset_index(drop=True)
    groups, reference = known[attribute], group_name(reference)
    is_score = not pd.api.types.is_bool_dtype(known[outcome].dtype)
    rows: list[Estimate] = []
    for group in sorted(set(groups) - {reference}):
        two = known[groups.isin([group, reference]).to_numpy()]
        for fixed in [[], *sets]:
            some = two.dropna(subset=fixed)
            base: Estimate = {"term": attribute, "role": "inferential", "null_value": 0.0, "conf_level": level, "scope_id": scope_id,
                              "period": period, "group": f"{group} - {reference}",
                              "estimand": f"given {' × '.join(fixed)}" if fixed else UNCONDITIONAL}
            member = some[attribute].eq(group).to_numpy(dtype=bool)
            codes = np.zeros(len(some), dtype=np.intp)
            if fixed and len(some):
                codes = pd.factorize(pd.MultiIndex.from_frame(some[fixed].astype(object)))[0]
            rows += (_means if is_score else _rates)(member, some[outcome].to_numpy(), codes, base, level, f"{group} / {reference}")
    return estimates(rows)


def _rates(member: NDArray[np.bool_], hit: NDArray[np.generic], codes: NDArray[np.intp], base: Estimate, level: float,
           name: str) -> list[Estimate]:
    counts = strata_of(member, hit.astype(bool), codes)
    gap: Estimate = {**base, "measure": "rate_difference", "unit": "share", "method": "mantel_haenszel", "status": "estimated"}
    ratio: Estimate = {**base, "measure": "odds_ratio", "unit": "ratio", "null_value": 1.0, "method": "mantel_haenszel", "group": name,
                       "status": "estimated"}
    difference, odds = common_difference(counts, level=level), common_odds(counts, level=level)
    if difference is None:
        reason = "group_not_in_data" if member.all() or not member.any() else "no_shared_stratum"
        return [{**part, "status": "not_estimable", "reason": reason, "n": len(member)} for part in (gap, ratio)]
    gap.update({"estimate": difference.difference, "n": int(counts.both[codes].sum())})
    if difference.parted or difference.error == 0:
        # nobody, or everybody, of the shared strata has the outcome: the shares are equal as counted, and chance has no say in these data
        gap.update({"role": "descriptive", "reason": "outcome_in_one_group_only" if difference.parted else "no_informative_stratum"})
        gap.pop("conf_level")
    else:
        limits = difference_limits(counts, level)
        gap.update({"std_error": difference.error, "conf_low": limits.low, "conf_high": limits.high, "method": limits.method})
        if odds is not None:
            gap["p_value"] = odds.p_value
    ratio["n"] = int(counts.informative[codes].sum())
    floor = _floor(gap, counts) if "conf_low" in gap else []
    if odds is None:
        return [gap, {**ratio, "status": "not_estimable", "reason": "no_informative_stratum"}, *floor]
    ratio["p_value"] = odds.p_value
    if math.isfinite(odds.log_error):
        ratio.update({"estimate": odds.ratio, "std_error": odds.log_error, "conf_low": odds.low, "conf_high": odds.high})
    else:
        ratio["status"], ratio["reason"] = "boundary", "outcome_in_one_group_only"
    return [gap, ratio, *floor]


def _floor(gap: Estimate, counts: Strata) -> list[Estimate]:
    """Give the smallest difference that is found eight times in ten at 5%; none where it would be all people."""
    from scipy.special import ndtri

    row = {k: v for k, v in gap.items() if k in ("term", "group", "estimand", "scope_id", "period", "unit", "n")}
    base: Estimate = {**row, "measure": "detectable_difference", "role": "descriptive", "method": "hypergeometric", "status": "estimated"}  # type: ignore[typeddict-item]  # keys of an estimate
    least = float(ndtri(0.975) + ndtri(0.8)) * error_without_gap(counts)
    return [{**base, "estimate": least} if least < 1 else {**base, "status": "not_estimable", "reason": "no_gap_detectable"}]


def _means(member: NDArray[np.bool_], score: NDArray[np.generic], codes: NDArray[np.intp], base: Estimate, level: float,
           name: str) -> list[Estimate]:
    from scipy.special import stdtr, stdtrit

    values, k = score.astype(float), int(codes.max(initial=-1)) + 1
    n1, n0 = np.bincount(codes[member], minlength=k), np.bincount(codes[~member], minlength=k)
    row: Estimate = {**base, "measure": "mean_difference", "unit": "points", "method": "stratified", "status": "estimated"}
    both = (n1 > 0) & (n0 > 0)
    if not both.any():
        reason = "group_not_in_data" if member.all() or not member.any() else "no_shared_stratum"
        return [{**row, "status": "not_estimable", "reason": reason, "n": len(values)}]
    mean1 = np.bincount(codes[member], values[member], minlength=k) / np.maximum(n1, 1)
    mean0 = np.bincount(codes[~member], values[~member], minlength=k) / np.maximum(n0, 1)
    weight = np.where(both, n1 * n0 / np.maximum(n1 + n0, 1), 0.0)
    gap, total = float((weight * (mean1 - mean0)).sum() / weight.sum()), float(weight.sum())
    row.update({"estimate": gap, "n": int((n1 + n0)[both].sum())})
    parts: list[tuple[float, int]] = []  # variance of each group's side, and its degrees of freedom
    for who, n, mean in ((member, n1, mean1), (~member, n0, mean0)):
        inside = who & both[codes]
        free = int(n[both].sum()) - int(both.sum())
        squares = float(((values - mean[codes])[inside] ** 2).sum())
        if free < 1:
            row.pop("conf_level")
            return [{**row, "role": "descriptive", "reason": "group_of_one"}]
        parts.append((squares / free * float((weight[both] ** 2 / n[both]).sum()) / total**2, free))
    variance = sum(v for v, _ in parts)
    error = math.sqrt(variance)
    if error <= 1e-12 * max(1.0, float(np.abs(values).max())):
        # nobody differs from the own group: nothing says what chance alone would do
        row.pop("conf_level")
        return [{**row, "role": "descriptive", "reason": "no_variation"}]
    df = variance**2 / sum(v**2 / free for v, free in parts)
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    row.update({"std_error": error, "df": df, "conf_low": gap - half, "conf_high": gap + half,
                "p_value": float(2 * stdtr(df, -abs(gap) / error))})
    return [row]
