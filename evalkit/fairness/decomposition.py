"""A gap of means, split into what other attributes go with and what they do not: Oaxaca and Blinder, with the reference stated.

"Explained" is what would be left if both groups had the same attributes, valued at stated coefficients: it is no proof of fairness,
for the attributes may themselves be the result of unequal treatment; "unexplained" is no proof of the contrary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.fairness.conditions import refuse_same_hand
from evalkit.fairness.frames import group_name, prepared
from evalkit.inference.clusters import FEWEST as FEWEST_CLUSTERS
from evalkit.inference.reading import check_level, listed, numbers
from evalkit.inference.results import Estimate, estimates

Coefficients = Literal["group", "reference", "pooled", "neumark"]
FEWEST = 10


def decompose(people: pd.DataFrame, *, attribute: str, outcome: str, group: str, reference: str, covariates: Sequence[str],
              coefficients: Coefficients = "pooled", same_hand: Sequence[str] = (), cluster: str | None = None, level: float = 0.95,
              scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Split the gap of means between two groups, twofold at stated coefficients and threefold seen from the reference.

    ``gap = mean1 - mean0``; twofold: explained ``(x1 - x0) b``, unexplained the rest, b of the group, of the reference, pooled with a
    term for the group, or pooled without (Neumark); threefold: endowments ``(x1 - x0) b0``, coefficients ``x0 (b1 - b0)``, interaction
    ``(x1 - x0) (b1 - b0)``, x being mean covariates. 0: nothing of the gap.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person: `attribute`, the number `outcome` (or true and false), and `covariates` (text becomes groups).
    attribute, outcome : str
        The columns.
    group, reference : str
        The gap is the mean of `group` minus that of `reference`.
    covariates : sequence of str
        Attributes that her evaluator did not write.
    coefficients : {"group", "reference", "pooled", "neumark"}
        Whose coefficients value the attributes.
    same_hand : sequence of str
        Columns of this data set that are ratings by the evaluator who gave the outcome, beside the well-known ones.
    cluster : str, optional
        Column whose rows are no independent witnesses (the evaluator): standard errors are robust to it.
    level : float
        Nominal coverage (normal).
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "gap_of_all" (everybody with an outcome), "gap" (of those with all covariates: the parts add up to this one),
        "left_out" (people without a covariate), "explained" (also of each covariate, `term`), "unexplained", `estimand` "coefficients
        of ..."; "endowments", "coefficients", "interaction". Not estimable: "group_not_in_data", "too_few_people" (fewer than ten a
        group beyond its coefficients), "covariates_depend_on_each_other". With under ten clusters the parts are a description ("few_clusters"),
        and where nobody differs from what the covariates say ("no_variation").

    Raises
    ------
    EstimationError
        If a column is absent, a covariate is a rating by the same hand, or the coefficients are unknown; if `level` is not between 0 and 1.

    Notes
    -----
    Standard errors from influence functions, so that means, coefficients and their covariance all vary (B. Jann (2008), The Stata Journal
    8, 453-479, treats covariates as drawn, too), robust to unequal spread. Pooling without a term for the group (Neumark) gives part
    of the unexplained gap to the covariates. Sources: R. Oaxaca (1973), International Economic Review 14, 693-709; A. Blinder (1973),
    Journal of Human Resources 8, 436-455; D. Neumark (1988), the same 23, 279-295; B. Jann (2008).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> sex, years = np.repeat(["L", "P"], 50), np.r_[rng.normal(10, 2, 50), rng.normal(8, 2, 50)]
    >>> people = pd.DataFrame({"sex": sex, "years": years, "score": 50 + 2 * years + rng.normal(size=100)})
    >>> found = decompose(people, attribute="sex", outcome="score", group="L", reference="P", covariates=["years"]).set_index("measure")
    >>> bool(abs(found.loc["unexplained", "estimate"]) < 1)
    True
    """
    check_level(level)
    listed(covariates=covariates, same_hand=same_hand)
    read = prepared(people, groups=[attribute], either=[outcome], others=[*covariates, *([cluster] if cluster else [])])
    read, group, reference = read.astype({outcome: "Float64"}), group_name(group), group_name(reference)
    if coefficients not in get_args(Coefficients):
        raise EstimationError(f"coefficients is {coefficients!r}; it must be one of {', '.join(get_args(Coefficients))}.")
    refuse_same_hand(covariates, same_hand)
    two = read[read[attribute].isin([group, reference]).to_numpy(dtype=bool)].dropna(subset=[outcome])
    known = two.dropna(subset=list(covariates)).reset_index(drop=True)
    base: Estimate = {"term": attribute, "group": f"{group} - {reference}", "role": "inferential", "unit": "points", "null_value": 0.0,
                      "scope_id": scope_id, "period": period, "method": "oaxaca_blinder"}
    rows = _before(two, known, attribute, outcome, group, reference, base)
    named: Estimate = {**base, "estimand": f"coefficients of {_named(coefficients, group, reference)}", "n": len(known), "conf_level": level}
    member = (known[attribute].astype("object") == group).to_numpy(dtype=bool)
    design, owners = _design(known[list(covariates)])
    reason = _reason(design, member)
    if reason:
        silent: Estimate = {**named, "status": "not_estimable", "reason": reason}
        return estimates([*rows, {**silent, "measure": "explained"}, {**silent, "measure": "unexplained"}])
    parts = _parts(known[outcome].to_numpy(dtype=np.float64), design, member, coefficients)
    clusters = None if cluster is None else pd.factorize(known[cluster].astype("object"), use_na_sentinel=False)[0]
    for name, part in parts.items():
        measure, _, column = name.partition(":")
        row: Estimate = {**named, "measure": measure}
        if measure in ("endowments", "coefficients", "interaction"):
            row["estimand"] = f"seen from {reference}"
        if not column:
            rows.append(_with_error(row, part, clusters, level))
    for covariate in dict.fromkeys(owners):
        own = [parts[f"explained:{k}"] for k, owner in enumerate(owners) if owner == covariate]
        together = _Part(sum(p.value for p in own), np.sum([p.influence for p in own], axis=0))
        rows.append(_with_error({**named, "measure": "explained", "term": f"{attribute}: {covariate}"}, together, clusters, level))
    return estimates(rows)


@dataclass(frozen=True)
class _Part:
    """A number and the influence of each person on it."""

    value: float
    influence: NDArray[np.float64]

    def __add__(self, other: _Part) -> _Part:
        return _Part(self.value + other.value, self.influence + other.influence)

    def __sub__(self, other: _Part) -> _Part:
        return _Part(self.value - other.value, self.influence - other.influence)


@dataclass(frozen=True)
class _Vector:
    """Several numbers, shape (k,), and the influence of each person on them, shape (n, k)."""

    value: NDArray[np.float64]
    influence: NDArray[np.float64]

    def __sub__(self, other: _Vector) -> _Vector:
        return _Vector(self.value - other.value, self.influence - other.influence)

    def times(self, other: _Vector) -> _Part:
        """Give the inner product; its influence follows from the rule of products."""
        return _Part(float(self.value @ other.value), self.influence @ other.value + other.influence @ self.value)

    def entry(self, other: _Vector, k: int) -> _Part:
        """Give one term of the inner product."""
        return _Part(float(self.value[k] * other.value[k]), self.influence[:, k] * other.value[k] + other.influence[:, k] * self.value[k])


def _named(coefficients: str, group: str, reference: str) -> str:
    return {"group": group, "reference": reference, "pooled": "both groups, with a term for the group",
            "neumark": "both groups, without a term for the group"}[coefficients]


def _before(two: pd.DataFrame, known: pd.DataFrame, attribute: str, outcome: str, group: str, reference: str, base: Estimate) -> list[Estimate]:
    """Give the gap of everybody and of those who have all covariates, and how many have not."""
    rows: list[Estimate] = []
    for measure, frame in (("gap_of_all", two), ("gap", known)):
        means = frame[outcome].astype(float).groupby(frame[attribute].astype("object")).mean()
        row: Estimate = {**base, "measure": measure, "role": "descriptive", "n": len(frame)}
        if {group, reference} <= set(means.index):
            rows.append({**row, "status": "estimated", "estimate": float(means[group] - means[reference])})
        else:
            rows.append({**row, "status": "not_estimable", "reason": "group_not_in_data"})
    left: Estimate = {**base, "measure": "left_out", "role": "descriptive", "unit": "people", "status": "estimated",
                      "estimate": float(len(two) - len(known)), "n": len(two) - len(known)}
    left.pop("null_value")
    return [*rows, left]


def _design(covariates: pd.DataFrame) -> tuple[NDArray[np.float64], list[str]]:
    """Give the columns after the constant, and the covariate that each belongs to."""
    parts: list[NDArray[np.float64]] = [np.ones((len(covariates), 1))]
    owners = [""]
    for name in covariates.columns:
        column = covariates[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            values = numbers(column, f"values of {name!r}")[:, None]
        else:
            values = pd.get_dummies(column.astype(str), drop_first=True, dtype=float).to_numpy(dtype=np.float64)
        parts.append(values)
        owners += [str(name)] * values.shape[1]
    return np.concatenate(parts, axis=1), owners[1:]


def _reason(design: NDArray[np.float64], member: NDArray[np.bool_]) -> str:
    if not member.any() or member.all():
        return "group_not_in_data"
    if min(member.sum(), (~member).sum()) < design.shape[1] + FEWEST - 2:
        return "too_few_people"
    ranks = [np.linalg.matrix_rank(design[side]) for side in (member, ~member)]
    return "covariates_depend_on_each_other" if min(ranks) < design.shape[1] else ""


def _parts(y: NDArray[np.float64], design: NDArray[np.float64], member: NDArray[np.bool_], coefficients: str) -> dict[str, _Part]:
    mean1, mean0 = _mean(design, member), _mean(design, ~member)
    b1, b0 = _fit(y, design, member), _fit(y, design, ~member)
    everybody = np.ones(len(y), dtype=bool)
    if coefficients == "pooled":
        wide = _fit(y, np.column_stack([design, member.astype(float)]), everybody)
        chosen = _Vector(wide.value[:-1], wide.influence[:, :-1])
    else:
        chosen = {"group": b1, "reference": b0}.get(coefficients) or _fit(y, design, everybody)
    gap_x, gap_b = mean1 - mean0, b1 - b0
    explained = gap_x.times(chosen)
    gap = mean1.times(b1) - mean0.times(b0)
    found = {"explained": explained, "unexplained": gap - explained, "endowments": gap_x.times(b0), "coefficients": mean0.times(gap_b),
             "interaction": gap_x.times(gap_b)}
    return found | {f"explained:{k - 1}": gap_x.entry(chosen, k) for k in range(1, design.shape[1])}


def _mean(design: NDArray[np.float64], side: NDArray[np.bool_]) -> _Vector:
    mean = design[side].mean(axis=0)
    return _Vector(mean, np.where(side[:, None], design - mean, 0.0) / side.sum())


def _fit(y: NDArray[np.float64], design: NDArray[np.float64], side: NDArray[np.bool_]) -> _Vector:
    bread = np.linalg.inv(design[side].T @ design[side])
    value = bread @ design[side].T @ y[side]
    rest = np.where(side, y - design @ value, 0.0) * math.sqrt(side.sum() / max(side.sum() - design.shape[1], 1))
    return _Vector(value, (design * rest[:, None]) @ bread)


def _with_error(row: Estimate, part: _Part, clusters: NDArray[np.intp] | None, level: float) -> Estimate:
    from scipy.special import ndtr, ndtri

    sums = part.influence if clusters is None else np.bincount(clusters, weights=part.influence)
    described: Estimate = {**row, "role": "descriptive", "status": "estimated", "estimate": part.value}
    described.pop("conf_level")
    if len(sums) < FEWEST_CLUSTERS:
        return {**described, "reason": "few_clusters"}
    error = math.sqrt(float((sums**2).sum()) * len(sums) / (len(sums) - 1))
    if error <= 1e-12 * abs(part.value):
        return {**described, "reason": "no_variation"}
    half = float(ndtri(0.5 + level / 2)) * error
    return {**row, "status": "estimated", "estimate": part.value, "std_error": error, "conf_low": part.value - half, "conf_high": part.value + half,
            "p_value": float(2 * ndtr(-abs(part.value) / error))}
