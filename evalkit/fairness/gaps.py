"""Gaps between groups: difference and ratio of rates, and differences of means over a named standard deviation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.fairness.frames import group_name, prepared
from evalkit.inference.intervals import koopman, newcombe
from evalkit.inference.reading import at_hand, check_level
from evalkit.inference.results import Estimate, estimates

DENOMINATORS = ("sd_of_all", "sd_pooled_of_two")


def rate_gaps(people: pd.DataFrame, *, attribute: str, outcome: str, reference: str, level: float = 0.95,
              scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Compare the rate of an outcome in each group with that of a reference: difference and ratio, with intervals.

    ``difference = p1 - p0`` (0 is no gap; Newcombe's interval); ``ratio = p1 / p0`` (1 is no gap; Koopman's interval).

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person rated: `attribute`, and `outcome` as true or false. Rows without an outcome are left out; rows
        without the attribute belong to no group and are counted in a row of their own.
    attribute, outcome, reference : str
        The columns, and the group that the others are compared with.
    level : float
        Nominal coverage of the intervals.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "rate_difference" and "rate_ratio" with `term` the attribute and `group` "a - reference" or
        "a / reference", `n` the people of the two groups; and "attribute_unknown", the number left out of every gap.

    Raises
    ------
    EstimationError
        If a column is absent or nobody belongs to the reference.

    Notes
    -----
    The interval asks what would vary if people were drawn again; for a full register the difference itself is a count.
    People under one evaluator are not independent, so these intervals are too narrow where evaluators differ: gaps within
    evaluators answer that. A gap is no evidence of unequal treatment.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["F"] * 4 + ["M"] * 4 + [None], "top": [True, False] * 4 + [True]})
    >>> found = rate_gaps(rows, attribute="sex", outcome="top", reference="M")
    >>> found[["measure", "estimate", "n"]].to_numpy().tolist()
    [['rate_difference', 0.0, 8], ['rate_ratio', 1.0, 8], ['attribute_unknown', 1.0, 1]]
    """
    known = prepared(people, groups=[attribute], outcomes=[outcome]).dropna(subset=[outcome])
    reference = group_name(reference)
    table = known.dropna(subset=[attribute]).groupby(attribute)[outcome].agg(["sum", "size"]).astype(int)
    counts = {str(g): (int(x), int(n)) for g, x, n in zip(table.index, table["sum"], table["size"], strict=True)}
    if reference not in counts:
        raise EstimationError(f"Nobody with a result belongs to the reference {reference!r} of {attribute!r}; {at_hand(reference, counts)}")
    x0, n0 = counts[reference]
    rows: list[Estimate] = []
    for group in (g for g in counts if g != reference):
        x1, n1 = counts[group]
        base: Estimate = {"term": attribute, "role": "inferential", "conf_level": level, "n": n1 + n0, "status": "estimated",
                          "scope_id": scope_id, "period": period, "unit": "share"}
        gap, ratio = newcombe(x1, n1, x0, n0, level), koopman(x1, n1, x0, n0, level)
        rows.append({**base, "measure": "rate_difference", "group": f"{group} - {reference}", "null_value": 0.0,
                     "estimate": x1 / n1 - x0 / n0, "conf_low": gap.low, "conf_high": gap.high, "method": "newcombe"})
        quotient: Estimate = {**base, "measure": "rate_ratio", "group": f"{group} / {reference}", "null_value": 1.0, "unit": "ratio",
                              "conf_low": ratio.low, "method": "koopman"}
        if x0:
            quotient["estimate"], quotient["conf_high"] = (x1 / n1) / (x0 / n0), ratio.high
        else:
            quotient["status"], quotient["reason"] = "not_estimable", "no_outcome_in_reference"
        rows.append(quotient)
    unknown = int(known[attribute].isna().sum())
    rows.append({"measure": "attribute_unknown", "term": attribute, "role": "descriptive", "status": "estimated", "unit": "people",
                 "estimate": float(unknown), "n": unknown, "scope_id": scope_id, "period": period})
    return estimates(rows)


def standardised_gaps(people: pd.DataFrame, *, attribute: str, score: str, reference: str, level: float | None = None, scope_id: str = "",
                      period: str = "") -> pd.DataFrame:
    """Compare the mean score of each group with that of a reference: in points, and over two named standard deviations.

    ``d = (mean1 - mean0) / s``, s being the standard deviation of everybody (`sd_of_all`) or the pooled one of the two groups
    (`sd_pooled_of_two`), both with n - 1. 0 is no gap.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person: `attribute` and the number `score`; rows without a score are left out.
    attribute, score, reference : str
        The columns, and the group that the others are compared with.
    level : float, optional
        Nominal coverage of intervals, for people who stand for others; without it the rows are descriptive.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "mean_difference" (points; Welch's interval) and "standardised_mean_difference" with `method` the
        denominator (an interval for the pooled one only, by the noncentral t distribution). A difference has no interval ("no_variation")
        where all of one group have the same score: that group shows no spread of chance. Not estimable with reason "no_variation"
        where the denominator is 0, "group_of_one" where both groups have one person.

    Raises
    ------
    EstimationError
        If a column is absent or nobody belongs to the reference; if `level` is not between 0 and 1.

    Notes
    -----
    Never over the spread of the small group itself: a constant group would divide by zero, and groups would be measured with
    different yardsticks. The interval of d supposes normal scores of one spread. Sources: J. Cohen (1988), Statistical Power Analysis,
    chapter 2; L. Hedges, I. Olkin (1985), Statistical Methods for Meta-Analysis, chapter 5.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": list("aabb"), "points": [1.0, 3.0, 4.0, 4.0]})
    >>> standardised_gaps(rows, attribute="kind", score="points", reference="a")["estimate"].round(4).tolist()
    [2.0, 1.4142, 2.0]
    """
    if level is not None:
        check_level(level)
    known = prepared(people, groups=[attribute], scores=[score]).dropna(subset=[score])
    values, groups, reference = known[score], known[attribute].dropna(), group_name(reference)
    if reference not in set(groups):
        raise EstimationError(f"Nobody with a score belongs to the reference {reference!r} of {attribute!r}; "
                              f"{at_hand(reference, sorted(set(groups)))}")
    zero = values.loc[groups.index[groups == reference]].to_numpy()
    spread = float(np.std(values.to_numpy(), ddof=1)) if len(values) > 1 else 0.0
    rows: list[Estimate] = []
    for group in sorted(set(groups) - {reference}):
        one = values.loc[groups.index[groups == group]].to_numpy()
        base: Estimate = {"term": attribute, "group": f"{group} - {reference}", "role": "descriptive", "null_value": 0.0,
                          "n": len(one) + len(zero), "status": "estimated", "scope_id": scope_id, "period": period}
        gap = float(one.mean() - zero.mean())
        rows.append({**base, "measure": "mean_difference", "unit": "points", "estimate": gap, **_welch(one, zero, level)})
        for name, s in zip(DENOMINATORS, (spread, _pooled(one, zero)), strict=True):
            part: Estimate = {**base, "measure": "standardised_mean_difference", "unit": "standard deviations", "method": name}
            if s is not None and s > 0:
                part["estimate"] = gap / s
                if level is not None and name == "sd_pooled_of_two":
                    low, high = _noncentral(gap / s, len(one), len(zero), level)
                    part.update({"role": "inferential", "conf_level": level, "conf_low": low, "conf_high": high})
            else:
                part["status"], part["reason"] = "not_estimable", "group_of_one" if s is None else "no_variation"
            rows.append(part)
    return estimates(rows)


def _welch(one: np.ndarray, zero: np.ndarray, level: float | None) -> Estimate:
    """Give Welch's interval and test, where there is a spread to take them from."""
    from scipy.special import stdtr, stdtrit

    if level is None or min(len(one), len(zero)) < 2:
        return {}
    v1, v0 = float(one.var(ddof=1)) / len(one), float(zero.var(ddof=1)) / len(zero)
    if min(v1, v0) == 0:
        return {"reason": "no_variation"}
    df = (v1 + v0) ** 2 / (v1**2 / (len(one) - 1) + v0**2 / (len(zero) - 1))
    gap, error = float(one.mean() - zero.mean()), float(np.sqrt(v1 + v0))
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return {"role": "inferential", "conf_level": level, "std_error": error, "df": df, "conf_low": gap - half, "conf_high": gap + half,
            "p_value": float(2 * stdtr(df, -abs(gap) / error))}


def _noncentral(d: float, n1: int, n0: int, level: float) -> tuple[float, float]:
    """Give the standardised differences under which one as large, or as small, has chance (1 - level) / 2."""
    from scipy.special import nctdtrinc

    scale = float(np.sqrt(n1 * n0 / (n1 + n0)))
    tail, df = (1 - level) / 2, n1 + n0 - 2
    # the function wants its t above zero; the other side is its mirror
    t = abs(d) * scale
    inner, outer = (float(nctdtrinc(df, p, t)) / scale for p in (1 - tail, tail))
    return (inner, outer) if d >= 0 else (-outer, -inner)


def _pooled(one: np.ndarray, zero: np.ndarray) -> float | None:
    free = len(one) + len(zero) - 2
    if free < 1:
        return None
    return float(np.sqrt((((one - one.mean()) ** 2).sum() + ((zero - zero.mean()) ** 2).sum()) / free))
