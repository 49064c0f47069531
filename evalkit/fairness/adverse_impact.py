"""Adverse impact: ratios of selection rates, the four-fifths mark, an exact test, and how often a fair process is marked."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.fairness.frames import group_name, prepared
from evalkit.fairness.impact_power import detectable_ratio
from evalkit.inference.intervals import koopman
from evalkit.inference.reading import at_hand, check_count
from evalkit.inference.results import Estimate, estimates

_FIGURES = ("below_four_fifths", "impact_ratio", "conf_low", "conf_high", "p_value", "fair_below_four_fifths", "detectable_below", "detectable_above")

_NEGLIGIBLE = 1e-12  # below this chance nobody is ever selected, and the binomial functions of scipy overflow


def adverse_impact(people: pd.DataFrame, *, attribute: str, outcome: str, reference: str | None = None, favourable: bool = True,
                   level: float = 0.95) -> pd.DataFrame:
    """Compare how often each group gets an outcome with the reference group.

    ``impact_ratio = (favourable rate of the group) / (favourable rate of the reference)``; for an unfavourable outcome the
    favourable rate is that of its absence. 1 is no gap; below 4/5 is marked, exactly 4/5 is not (decided in whole numbers).

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person: `attribute`, and `outcome` as true or false; rows without an outcome are left out, rows without
        the attribute are the group "unknown", which is compared with nobody.
    attribute, outcome : str
        The columns.
    reference : str, optional
        The group to compare with; by default the one with the highest favourable rate (of equal ones the largest).
    favourable : bool
        Whether having the outcome is good (promotion, Sangat Baik) or bad (below Baik).
    level : float
        Nominal coverage of the interval.

    Returns
    -------
    pandas.DataFrame
        A row a group: `attribute`, `group`, `reference`, `n`, `count`, `rate` (of the outcome itself), `outcome_ratio` (rate over
        the reference's rate; for a bad outcome above 1 is the disadvantage), `impact_ratio`, `conf_low`, `conf_high` (Koopman),
        `below_four_fifths`, `p_value` (Fisher, two-sided), `fair_below_four_fifths`, `detectable_below`, `detectable_above` (the true ratios
        nearest to 1 that this test finds eight times in ten at 5%; missing: none), `status`, `reason`.

    Raises
    ------
    EstimationError
        If a column is absent, or the reference that was named has nobody.

    Notes
    -----
    `fair_below_four_fifths` is the chance that two groups of these sizes with one common rate (that of both together) would be marked all
    the same: in small groups the mark alone says little, and the mark and the test can disagree. A breach is a reason to look,
    no proof. People under one evaluator are not independent; then the test is too sure. Do not pool strata (two exams) first. What could
    be found is worked out for these sizes and the reference's rate (`impact_power`), before any correction for several tests.
    Sources: Uniform Guidelines on Employee Selection Procedures (1978), 29 CFR 1607.4 D; R. A. Fisher (1935), JRSS 98, 39-82;
    S. Morris, R. Lobsenz (2000), Personnel Psychology 53, 89-111.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["a"] * 10 + ["b"] * 10, "in": [True] * 5 + [False] * 5 + [True] * 4 + [False] * 6})
    >>> found = adverse_impact(rows, attribute="kind", outcome="in").set_index("group")
    >>> float(found.loc["b", "impact_ratio"]), bool(found.loc["b", "below_four_fifths"])
    (0.8, False)
    """
    known = prepared(people, groups=[attribute], outcomes=[outcome]).dropna(subset=[outcome])
    groups = known[attribute].fillna("unknown")
    counts = known[outcome].astype(bool).groupby(groups).agg(["sum", "size"])
    return adverse_impact_counts({str(g): (int(r["sum"]), int(r["size"])) for g, r in counts.iterrows()}, attribute=attribute,
                                 reference=None if reference is None else group_name(reference), favourable=favourable, level=level)


def impact_estimates(table: pd.DataFrame, *, level: float = 0.95, scope_id: str = "", period: str = "",
                     family: str = "adverse_impact") -> pd.DataFrame:
    """Write a table of `adverse_impact` as the frame of estimates: the ratio, the mark, and how often a fair process is marked.

    Parameters
    ----------
    table : pandas.DataFrame
        As `adverse_impact` gives it, made with the same `level`.
    level : float
        Nominal coverage of its intervals.
    scope_id, period, family : str
        Copied into the rows; the exact test belongs to the family.

    Returns
    -------
    pandas.DataFrame
        For each group but the reference and the unknown: "impact_ratio", "below_four_fifths" (1 marked, 0 not),
        "fair_below_four_fifths" (share), "impact_detectable_below" and "..._above" ("no_gap_detectable" where no ratio is found).

    Raises
    ------
    EstimationError
        If a column is absent or no number, or a row is no estimate.

    Notes
    -----
    See `adverse_impact`.

    Examples
    --------
    >>> found = impact_estimates(adverse_impact_counts({"a": (50, 100), "b": (30, 100)}, attribute="kind"))
    >>> dict(zip(found["measure"], found["estimate"].round(2)))
    {'impact_ratio': 0.6, 'below_four_fifths': 1.0, 'fair_below_four_fifths': 0.1, 'impact_detectable_below': 0.6, 'impact_detectable_above': 1.4}
    """
    rows: list[Estimate] = []
    read = prepared(table, scores=("n", *_FIGURES), others=["attribute", "group", "reference", "status", "reason"])
    for line in read[read["n"].notna()].to_dict("records"):
        if line["group"] in ("unknown", line["reference"]):
            continue
        base: Estimate = {"term": line["attribute"], "group": f"{line['group']} / {line['reference']}", "n": int(line["n"]), "unit": "ratio",
                          "estimand": "unconditional", "scope_id": scope_id, "period": period, "status": line["status"], "role": "descriptive"}
        if not pd.isna(line["reason"]):
            base["reason"] = line["reason"]
        ratio: Estimate = {**base, "measure": "impact_ratio", "role": "inferential", "null_value": 1.0, "conf_level": level, "family": family,
                           "method": "koopman_fisher"}
        marked: Estimate = {**base, "measure": "below_four_fifths", "unit": "mark"}
        fair: Estimate = {**base, "measure": "fair_below_four_fifths", "unit": "share"}
        if line["status"] == "estimated":
            ratio.update({"estimate": line["impact_ratio"], "conf_low": line["conf_low"], "p_value": line["p_value"]})
            if not pd.isna(line["conf_high"]):
                ratio["conf_high"] = line["conf_high"]
            marked["estimate"], fair["estimate"] = float(line["below_four_fifths"]), line["fair_below_four_fifths"]
        rows += [ratio, marked, fair, *(_floor({**base, "measure": f"impact_{side}"}, line[side]) for side in _FIGURES[-2:])]
    return estimates(rows)


def _floor(row: Estimate, value: float | None) -> Estimate:
    if row["status"] != "estimated":
        return row
    return {**row, "status": "not_estimable", "reason": "no_gap_detectable"} if value is None or pd.isna(value) else {**row, "estimate": value}


def adverse_impact_counts(counts: Mapping[str, tuple[int, int]], *, attribute: str = "", reference: str | None = None,
                          favourable: bool = True, level: float = 0.95) -> pd.DataFrame:
    """Do the same as `adverse_impact` from counts: group -> (people with the outcome, people).

    Parameters
    ----------
    counts : mapping of str to (int, int)
        With the outcome, and all, of each group.
    attribute, reference, favourable, level
        As in `adverse_impact`.

    Returns
    -------
    pandas.DataFrame
        As `adverse_impact`.

    Raises
    ------
    EstimationError
        If the reference that was named has nobody, or a count is none: a rate, or more than there are people.

    Notes
    -----
    See `adverse_impact`.

    Examples
    --------
    >>> adverse_impact_counts({"a": (5, 10), "b": (3, 10)})["impact_ratio"].tolist()
    [1.0, 0.6]
    """
    if not isinstance(counts, Mapping) or any(isinstance(pair, str) or np.shape(pair) != (2,) for pair in counts.values()):
        raise EstimationError('Counts are a mapping of each group to (people with the outcome, people), such as {"a": (5, 10)}.')
    for count, size in counts.values():
        check_count(count, size)
    good = {g: (x if favourable else n - x, n) for g, (x, n) in counts.items()}
    chosen = _reference(good, reference)
    rows = [_row(g, counts[g], good[g], None if chosen is None else (counts[chosen], good[chosen]), chosen, level) for g in counts]
    columns = ["group", "n", "count", "rate", "outcome_ratio", "impact_ratio", "conf_low", "conf_high", "below_four_fifths", "p_value",
               "fair_below_four_fifths", "detectable_below", "detectable_above", "status", "reason"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "attribute", attribute)
    frame.insert(2, "reference", pd.Series([chosen] * len(frame), dtype="string"))
    return frame.astype({"below_four_fifths": "boolean", "reason": "string"} | dict.fromkeys(
        ("rate", "outcome_ratio", "impact_ratio", "conf_low", "conf_high", "p_value", "fair_below_four_fifths", "detectable_below",
         "detectable_above"), "Float64"))


def fair_below_four_fifths(n_group: int, n_reference: int, rate: float) -> float:
    """Give the chance that a fair process is marked: two groups with one common rate, ratio below four fifths.

    ``P(5 X1 n0 < 4 X0 n1)`` with independent binomial counts. The neutral value is the share that one accepts, such as 0.05.

    Parameters
    ----------
    n_group, n_reference : int
        Sizes.
    rate : float
        The common chance of the outcome.

    Raises
    ------
    EstimationError
        If a size is negative or the rate no chance.

    Notes
    -----
    Exact: summed over all counts. Nobody selected in the reference is no mark, since there is no ratio.
    Source: S. Morris, R. Lobsenz (2000), Personnel Psychology 53, 89-111.

    Examples
    --------
    >>> round(fair_below_four_fifths(1, 1, 0.5), 4)
    0.25
    """
    from scipy.stats import binom

    for size in (n_group, n_reference):
        check_count(0, size)
    if not 0 <= rate <= 1:
        raise EstimationError("Sizes must not be negative and the rate must lie between 0 and 1.")
    if n_group == 0 or n_reference == 0 or rate < _NEGLIGIBLE:
        return 0.0
    x0 = np.arange(1, n_reference + 1)
    # the largest count of the group that is still below four fifths, in whole numbers
    limit = -((-4 * x0 * n_group) // (5 * n_reference)) - 1
    return float((binom.pmf(x0, n_reference, rate) * binom.cdf(limit, n_group, rate)).sum())


def _reference(good: Mapping[str, tuple[int, int]], wanted: str | None) -> str | None:
    if wanted is not None:
        if good.get(wanted, (0, 0))[1] == 0:
            raise EstimationError(f"Nobody with a result belongs to the reference {wanted!r}; {at_hand(wanted, good)}")
        return wanted
    able = [g for g, (_, n) in good.items() if n and g != "unknown"]
    return max(able, key=lambda g: (good[g][0] / good[g][1], good[g][1])) if able else None


def _row(group: str, raw: tuple[int, int], good: tuple[int, int], other: tuple[tuple[int, int], tuple[int, int]] | None,
         reference: str | None, level: float) -> list[object]:
    from scipy.stats import fisher_exact

    (count, n), (x1, n1) = raw, good
    rate = count / n if n else None
    head: list[object] = [group, n, count, rate]
    if group == "unknown" or n == 0 or other is None:
        return [*head, *([None] * 9), "not_estimable", "attribute_unknown" if group == "unknown" else "empty_group"]
    (count0, _), (x0, n0) = other
    outcome_ratio = (count / n) / (count0 / n0) if count0 else None
    if x0 == 0:
        return [*head, outcome_ratio, *([None] * 8), "not_estimable", "nobody_selected_in_reference"]
    if group == reference:
        return [*head, outcome_ratio, 1.0, None, None, False, *([None] * 4), "estimated", "reference"]
    interval = koopman(x1, n1, x0, n0, level)
    p = float(fisher_exact([[x1, n1 - x1], [x0, n0 - x0]])[1])
    high = interval.high if math.isfinite(interval.high) else None
    below, above = detectable_ratio(n1, n0, x0 / n0)
    return [*head, outcome_ratio, (x1 * n0) / (x0 * n1), interval.low, high, 5 * x1 * n0 < 4 * x0 * n1, p,
            fair_below_four_fifths(n1, n0, (x1 + x0) / (n1 + n0)), below or None, above if math.isfinite(above) else None, "estimated", None]
