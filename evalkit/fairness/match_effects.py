"""Whether the gap between two groups of people is another one under evaluators of another group: the effect of a match.

Within an evaluator her severity is the same for all, and within a group of people so is what the group brings; what is left is how
evaluator group and employee group go together.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.fairness.frames import group_name, prepared
from evalkit.inference.clusters import FEWEST, linked_clusters
from evalkit.inference.reading import check_level, listed
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.strata import Strata, strata_of

FAMILY = "match_effects"
ESTIMAND = "gap_within_evaluators_of_one_group_minus_gap_within_those_of_the_other"


def match_effects(rows: pd.DataFrame, *, attribute: str, rater_attribute: str, outcome: str, reference: str, rater_reference: str,
                  strata: tuple[str, ...] = ("rater_id", "period"), person: str = "person_id", rater: str = "rater_id",
                  level: float = 0.95, scope_id: str = "", period: str = "", family: str = FAMILY) -> pd.DataFrame:
    """Compare the gap within evaluators of one group with the gap within evaluators of the reference.

    ``effect = gap(evaluators of the group) - gap(evaluators of the reference)``, each ``sum w (x1/n1 - x0/n0) / sum w`` with ``w = n1 n0 /
    n`` of a stratum: the interaction of a regression with a constant for each stratum and each employee group. 0: no match effect.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a rating: the columns `strata`, `person`, `rater`, both attributes, and `outcome` as true, false or missing.
    attribute, rater_attribute : str
        Group of the person rated, and of her evaluator.
    outcome : str
        The outcome.
    reference, rater_reference : str
        The group of each that others are compared with.
    strata : tuple of str
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
        Frame of estimates: "match_gap" (the gap under evaluators of each group) and "match_effect" with "match_detectable" (found eight
        times in ten). Standard errors are robust to clusters: evaluators, joined where they share people. Not estimable:
        "group_not_in_data" (nobody of a reference), "no_shared_evaluator" (no evaluator of a group rated people of both). With "few_clusters"
        (under ten on a side) a number is a description without interval.

    Raises
    ------
    EstimationError
        If a column is absent; if `level` is not between 0 and 1.

    Notes
    -----
    Strata in which everybody has the same outcome count, with a gap of 0. People do not choose their evaluators at random, so a match
    effect may be one of who is put under whom. Student's quantile with the smaller number of clusters - 1. Sources: L. Giuliano, D.
    Levine, J. Leonard (2011), Journal of Human Resources 46, 26-52 (match within evaluators); Liang, Zeger (1986), Biometrika 73, 13-22.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rater = np.arange(600) // 6
    >>> rows = pd.DataFrame({"person_id": range(600), "rater_id": rater, "period": "p", "sex": rng.choice(["F", "M"], 600),
    ...                      "rater_sex": np.where(rater % 2, "F", "M"), "top": rng.random(600) < 0.2})
    >>> found = match_effects(rows, attribute="sex", rater_attribute="rater_sex", outcome="top", reference="M", rater_reference="M")
    >>> found["measure"].tolist()
    ['match_gap', 'match_gap', 'match_effect', 'match_detectable']
    """
    check_level(level)
    listed(strata=strata)
    own = prepared(rows, groups=[attribute, rater_attribute], outcomes=[outcome], others=[*strata, person, rater])
    known, reference, rater_reference = own.dropna().reset_index(drop=True), group_name(reference), group_name(rater_reference)
    groups, sides = known[attribute], known[rater_attribute]
    base: Estimate = {"term": f"{rater_attribute} × {attribute}", "role": "inferential", "null_value": 0.0, "unit": "share", "conf_level": level,
                      "scope_id": scope_id, "period": period, "estimand": ESTIMAND, "method": "fixed_effects_clustered"}
    silence = "no_shared_evaluator" if (groups == reference).any() and (sides == rater_reference).any() else "group_not_in_data"
    found: list[Estimate] = []
    for group in sorted(set(groups) - {reference}):
        for side in sorted(set(sides) - {rater_reference}):
            keep = (groups.isin([group, reference]) & sides.isin([side, rater_reference])).to_numpy(dtype=bool)
            two = known[keep]
            parts = [_gap(two[(sides[keep] == name).to_numpy()], attribute, group, outcome, strata) for name in (side, rater_reference)]
            clusters = linked_clusters(two[rater].to_numpy(), two[person].to_numpy())
            places = [clusters[(sides[keep] == name).to_numpy()] for name in (side, rater_reference)]
            label = f"{group} - {reference}"
            found += _rows(parts, places, base, label, (side, rater_reference), family, level, two[rater].nunique(), silence)
    seen: dict[tuple[str, str], Estimate] = {}
    for row in found:
        # the gap under evaluators of the reference stands once, however many groups of evaluators are compared with them
        seen.setdefault((row["measure"], row["group"]), row)
    return estimates(list(seen.values()))


class _Gap:
    """The gap within the strata of one evaluator group, with the contribution of each stratum and the row that it begins with."""

    def __init__(self, strata: Strata, codes: NDArray[np.intp]) -> None:
        keep = strata.both
        own = strata.only(keep)
        weight = own.n1 * own.n0 / (own.n1 + own.n0)
        self.total = float(weight.sum())
        gaps = own.x1 / np.maximum(own.n1, 1) - own.x0 / np.maximum(own.n0, 1)
        self.gap = float((weight * gaps).sum() / self.total) if self.total else math.nan
        self.terms = weight * (gaps - self.gap) / self.total if self.total else np.zeros(0)
        first = np.unique(codes, return_index=True)[1] if len(codes) else np.zeros(0, dtype=np.intp)
        self.rows = first[keep] if len(first) else first
        self.n = int((own.n1 + own.n0).sum())


def _gap(rows: pd.DataFrame, attribute: str, group: str, outcome: str, strata: tuple[str, ...]) -> _Gap:
    codes = np.zeros(0, dtype=np.intp)
    if len(rows):
        codes = pd.factorize(pd.MultiIndex.from_frame(rows[list(strata)].astype(object)))[0]
    return _Gap(strata_of(rows[attribute].eq(group).to_numpy(dtype=bool), rows[outcome].astype(bool).to_numpy(), codes), codes)


def _rows(parts: list[_Gap], places: list[NDArray[np.intp]], base: Estimate, label: str, sides: tuple[str, str], family: str, level: float,
          n_raters: int, silence: str) -> list[Estimate]:
    from scipy.special import stdtr, stdtrit

    clusters = [place[part.rows] for place, part in zip(places, parts, strict=True)]
    counts = [len(np.unique(c)) for c in clusters]
    rows: list[Estimate] = []
    for part, cluster, count, side in zip(parts, clusters, counts, sides, strict=True):
        row: Estimate = {**base, "measure": "match_gap", "group": f"{label} | {side}", "n": part.n}
        rows.append(_interval(row, part.gap, _error([part.terms], [cluster]), count, level) if part.total else _silent(row, silence))
    effect: Estimate = {**base, "measure": "match_effect", "group": f"{label} | {sides[0]} - {sides[1]}", "family": family,
                        "n": parts[0].n + parts[1].n, "n_raters": n_raters}
    if not (parts[0].total and parts[1].total):
        return [*rows, _silent(effect, silence)]
    error, fewest = _error([parts[0].terms, -parts[1].terms], clusters), min(counts)
    value = parts[0].gap - parts[1].gap
    effect = _interval(effect, value, error, fewest, level)
    if "std_error" not in effect:
        effect.pop("family")
        return [*rows, effect]
    effect["p_value"] = float(2 * stdtr(fewest - 1, -abs(value) / error)) if error > 0 else 1.0
    step = float(stdtrit(fewest - 1, 0.975) + stdtrit(fewest - 1, 0.8))
    detectable: Estimate = {**base, "measure": "match_detectable", "group": effect["group"], "role": "descriptive", "status": "estimated",
                            "estimate": step * error, "n": effect["n"], "n_raters": n_raters}
    detectable.pop("conf_level")
    return [*rows, effect, detectable]


def _silent(row: Estimate, reason: str) -> Estimate:
    return {**row, "status": "not_estimable", "reason": reason}


def _error(terms: list[NDArray[np.float64]], clusters: list[NDArray[np.intp]]) -> float:
    """Give the cluster-robust standard error of a sum of contributions that add up to 0."""
    codes = pd.factorize(np.concatenate(clusters))[0]
    sums = np.bincount(codes, weights=np.concatenate(terms))
    m = len(sums)
    return math.sqrt(float((sums**2).sum()) * m / (m - 1)) if m > 1 else 0.0


def _interval(row: Estimate, value: float, error: float, clusters: int, level: float) -> Estimate:
    from scipy.special import stdtrit

    if clusters < FEWEST:
        out: Estimate = {**row, "role": "descriptive", "status": "estimated", "reason": "few_clusters", "estimate": value}
        out.pop("conf_level")
        return out
    half = float(stdtrit(clusters - 1, 0.5 + level / 2)) * error
    return {**row, "status": "estimated", "estimate": value, "std_error": error, "df": float(clusters - 1), "conf_low": max(value - half, -2.0),
            "conf_high": min(value + half, 2.0)}
