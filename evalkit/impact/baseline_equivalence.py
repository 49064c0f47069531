"""Whether those sent and those not were alike before the training, in the bands of the What Works Clearinghouse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import marks, numbers
from evalkit.inference.single_values import single

NEGLIGIBLE, LARGEST = 0.05, 0.25  # WWC Standards 4.1, baseline equivalence
_COX = 1.65  # a logit of the normal distribution is about so many standard deviations
Band = Literal["equivalent", "adjust", "not_equivalent", "not_estimable"]


@dataclass(frozen=True)
class Baseline:
    """`difference` in standard deviations (Hedges' g, or Cox's index of a yes or no), and its band; `points` in the unit of the outcome."""

    difference: float
    points: float
    sd: float
    n_sent: int
    n_not: int
    band: Band
    reason: str = ""


def band_of(difference: float) -> Band:
    """Give the band of a standardised difference before training: up to 0.05 nothing to do, up to 0.25 adjust, above that not equivalent.

    Examples
    --------
    >>> band_of(0.05), band_of(-0.051), band_of(0.25), band_of(0.251)
    ('equivalent', 'adjust', 'adjust', 'not_equivalent')
    """
    single(difference=difference)
    if math.isnan(difference):
        return "not_estimable"
    size = round(abs(difference), 12)  # 0.25 computed as 0.2500000000000001 is 0.25
    return "equivalent" if size <= NEGLIGIBLE else "adjust" if size <= LARGEST else "not_equivalent"


def baseline_equivalence(before: ArrayLike, sent: ArrayLike) -> Baseline:
    """Compare the means before training: ``g = (1 - 3 / (4 N - 9)) (mean1 - mean0) / s``, s the pooled standard deviation of the two groups.

    Of an outcome that is 0 or 1 Cox's index: ``(logit(p1) - logit(p0)) / 1.65``, where a group of only one kind counts half a person more of
    either kind. 0: alike. At most 0.05: nothing to do; at most 0.25: the analysis must adjust for it; above: no adjustment is trusted.

    Parameters
    ----------
    before : array_like of float, shape (n,)
        The outcome before training of the people who are analysed, numbers or 0 and 1; missing values are left out.
    sent : array_like of bool, shape (n,)
        Who was sent.

    Returns
    -------
    Baseline
        `difference` (Hedges' g or Cox's index), `points`, `sd`, `n_sent`, `n_not`, `band`, `reason`.

    Raises
    ------
    EstimationError
        If the lengths differ, or a value or a mark cannot be read.

    Notes
    -----
    A matter of size, not of significance. It does not apply to a cut, where the groups differ by construction.
    Sources: What Works Clearinghouse, Standards Handbook (pages 14 and E-2) and Procedures Handbook (section VI), version 4.1 (2020);
    D. Cox (1970), The Analysis of Binary Data. What a group of only one kind counts is not in the handbooks, which then have no number.

    Examples
    --------
    >>> found = baseline_equivalence([10, 12, 14, 11, 13, 15], [False] * 3 + [True] * 3)
    >>> round(found.difference, 3), found.band
    (0.4, 'not_equivalent')
    """
    values, mark = numbers(before, "outcomes before training"), marks(sent, "sent")
    if values.shape != mark.shape:
        raise EstimationError("Outcomes before training and sent must have one entry each for the same people.")
    kept = ~np.isnan(values)
    one, other = values[kept & mark], values[kept & ~mark]
    if not len(one) or not len(other):
        return Baseline(math.nan, math.nan, math.nan, len(one), len(other), "not_estimable", "one_group_empty")
    points, df = float(one.mean() - other.mean()), len(one) + len(other) - 2
    squares = float(((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum())
    sd = math.sqrt(squares / df) if df > 0 else 0.0
    if sd <= 1e-12 * max(1.0, abs(float(one.mean()))):
        return Baseline(math.nan, points, 0.0, len(one), len(other), "not_estimable", "no_variation")
    share = bool(np.isin(values[kept], (0.0, 1.0)).all())
    difference = _cox(one, other) if share else (1 - 3 / (4 * (df + 2) - 9)) * points / sd
    return Baseline(difference, points, sd, len(one), len(other), band_of(difference))


def _cox(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    half = 0.5 if {float(one.mean()), float(other.mean())} & {0.0, 1.0} else 0.0
    odds, others = ((float(group.sum()) + half) / (len(group) - float(group.sum()) + half) for group in (one, other))
    return math.log(odds / others) / _COX
