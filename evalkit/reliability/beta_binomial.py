"""How often a second form would put people on the same side of the cuts, where scores are points and errors binomial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import beta as beta_law
from scipy.stats import binom

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import rising, single

_NAMES = ("decision_consistency", "decision_kappa", "decision_accuracy")
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_TAILS = 10.0 ** -np.arange(13, 0, -1)  # edges of the panels: what is left out is a share of 1e-13 on either side


@dataclass(frozen=True)
class _Law:
    """A beta of true shares of points, between `low` and `high`, and the number of points that are drawn."""

    a: float
    b: float
    low: float
    high: float
    points: int


def beta_binomial_consistency(scores: pd.Series | Sequence[float], cuts: Sequence[float], highest: float, *, lowest: float = 0.0,
                              reliability: float | None = None, parameters: Literal[2, 4] = 2) -> pd.DataFrame:
    """Give consistency and accuracy of classes made by cuts, from one measurement of which errors are binomial.

    ``p_k(t) = P(class k | t)``, points binomial with n trials and true share t, which has a beta distribution fitted by moments;
    ``consistency = integral of sum p_k(t)**2``; ``blind = sum (integral of p_k(t))**2``;
    ``kappa = (consistency - blind) / (1 - blind)``; ``accuracy = integral of p_k(t) over the t that are of class k``, summed.
    Without a reliability n is the number of points: with two parameters Huynh's method, whose reliability is KR-21. With one, n is the
    effective length of Livingston and Lewis, rounded:
    ``n = ((mean - lowest)(highest - mean) - reliability var) / (var (1 - reliability))``. Kappa 0: no better than blind; 1: no
    decision would change.

    Parameters
    ----------
    scores : pandas.Series or sequence of float
        Observed scores, missing ones left out. Without a reliability: whole points, each of which may be won or lost.
    cuts : sequence of float
        Lowest scores of the classes above the first, rising, above `lowest` and not above `highest`.
    highest, lowest : float
        What can be scored at most and at least: the ends of the scale, not of the data.
    reliability : float, optional
        0 to below 1: for weighted or graded items, whose points are not won one by one.
    parameters : {2, 4}
        Two: a beta from 0 to 1 (mean and variance). Four: its ends are fitted as well; where they fall outside the scale the offending end is
        held and three moments are fitted, and where that fails two.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "decision_consistency", "decision_kappa", "decision_accuracy"; `method` names the fit. Not estimable:
        "fewer_than_two_scores", "no_variation", "no_true_variance" (scores scatter no more than errors alone would), and for kappa
        "one_class_in_use".

    Raises
    ------
    EstimationError
        If cuts do not rise or lie outside the scale, a score lies outside it or is no whole point, the reliability is not from 0 to
        below 1, or the parameters are another number.

    Notes
    -----
    Items are taken as equally difficult and answers as independent given the true share; where difficulties differ much, errors are smaller
    than binomial and consistency is told a little too low. The observed shares of the classes are not forced on the result. Compare
    `decision_consistency`, which supposes normal scores with one error everywhere.
    Sources: H. Huynh (1976), Journal of Educational Measurement 13, 253-264; B. Hanson, R. Brennan (1990), same journal 27, 345-359;
    S. Livingston, C. Lewis (1995), same journal 32, 179-197; B. Hanson (1991), ACT Research Report 91-5 (fit by moments).

    Examples
    --------
    >>> found = beta_binomial_consistency([3, 5, 6, 6, 7, 8, 8, 9, 9, 10], [6], 10)
    >>> found["estimate"].round(3).tolist()
    [0.788, 0.37, 0.838]
    """
    if parameters not in (2, 4):
        raise EstimationError("parameters is 2 (a beta from 0 to 1) or 4 (its ends are fitted as well).")
    limits, data = _asked(scores, cuts, lowest, highest, reliability)
    base: Estimate = {"role": "inferential", "unit": "share", "n": len(data), "method": "beta-binomial"}
    reason = "fewer_than_two_scores" if len(data) < 2 else "no_variation" if float(np.ptp(data)) == 0 else ""
    law = None if reason else _fitted(data, lowest, highest, reliability, parameters)
    if law is None:
        return estimates([{**base, "measure": m, "status": "not_estimable", "reason": reason or "no_true_variance"} for m in _NAMES])
    base["method"] = f"beta-binomial, n={law.points}, beta({law.a:.4g}, {law.b:.4g}) from {law.low:.4g} to {law.high:.4g}"
    true = (limits - lowest) / (highest - lowest)
    share, weight = _nodes(law, true)
    least = np.ceil(np.round(true * law.points, 9))  # the fewest points of each class above the first
    above = np.column_stack([np.ones(len(share)), binom.sf(least - 1, law.points, share[:, None]), np.zeros(len(share))])
    chance = above[:, :-1] - above[:, 1:]
    consistency = float(weight @ (chance**2).sum(axis=1))
    blind = float(((weight @ chance) ** 2).sum())
    accuracy = float(weight @ chance[np.arange(len(share)), np.searchsorted(true, share, side="right")])
    rows: list[Estimate] = [{**base, "measure": _NAMES[0], "estimate": consistency, "status": "estimated"}]
    if blind > 1.0 - 1e-12:
        rows.append({**base, "measure": _NAMES[1], "status": "not_estimable", "reason": "one_class_in_use"})
    else:
        kappa = (consistency - blind) / (1.0 - blind)
        rows.append({**base, "measure": _NAMES[1], "estimate": kappa, "null_value": 0.0, "status": "estimated"})
    return estimates([*rows, {**base, "measure": _NAMES[2], "estimate": accuracy, "status": "estimated"}])


def _asked(scores: pd.Series | Sequence[float], cuts: Sequence[float], lowest: float, highest: float,
           reliability: float | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The cuts and the scores that are given, or what is wrong with them."""
    limits = rising(cuts)
    single(lowest=lowest, highest=highest, **({} if reliability is None else {"reliability": reliability}))
    lowest, highest = float(lowest), float(highest)
    if not (math.isfinite(lowest) and math.isfinite(highest) and lowest < highest):
        raise EstimationError("The scale needs a highest score above its lowest.")
    if limits[0] <= lowest or limits[-1] > highest:
        raise EstimationError(f"Cuts lie above the lowest score {lowest:g} and not above the highest {highest:g}.")
    if reliability is not None and not 0.0 <= reliability < 1.0:
        raise EstimationError("The reliability lies from 0 to below 1.")
    if getattr(scores, "ndim", 1) != 1:
        raise EstimationError("Scores are one column: take it from its table, as table['score'].")
    data = given_numbers(pd.DataFrame({"score": pd.Series(scores)}), "score")
    outside = np.flatnonzero((data < lowest) | (data > highest))
    if len(outside):
        raise EstimationError(f"Row {outside[0] + 1}: the score {data[outside[0]]:g} is not on the scale from {lowest:g} to {highest:g}. "
                              "Give the ends of the scale, not of the data.")
    if reliability is None:
        points = np.append(data, highest) - lowest
        broken = np.flatnonzero(np.abs(points - np.round(points)) > 1e-9)
        if len(broken):
            raise EstimationError("Scores and the ends of the scale must be whole points where no reliability is given: a binomial error counts "
                                  "points won one by one. Give the reliability of these scores.")
    return np.array(limits), data[~np.isnan(data)]


def _fitted(data: NDArray[np.float64], lowest: float, highest: float, reliability: float | None, parameters: int) -> _Law | None:
    """The beta of true shares by moments: of counts the falling factorials are unbiased for the powers of the true share."""
    share = (data - lowest) / (highest - lowest)
    mean, variance = float(share.mean()), float(share.var())
    if reliability is None:
        points = round(highest - lowest)
    else:
        points = max(2, round((mean * (1 - mean) - reliability * variance) / (variance * (1 - reliability))))
    if points < 2:
        return None
    falling, moments = np.ones(len(share)), [1.0]
    for r in range(4):
        falling = falling * (share * points - r) / (points - r) if r < points else falling * np.nan
        moments.append(float(falling.mean()))
    _, first, second, third, fourth = moments
    spread = second - first**2
    if not 1e-12 < spread < first * (1 - first):
        return None
    skew = (third - 3 * first * second + 2 * first**3) / spread**1.5
    kurtosis = (fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4) / spread**2
    found = _four(first, spread, skew, kurtosis) if parameters == 4 and points >= 4 else None
    return _Law(*(found or (*_shapes(first, spread), 0.0, 1.0)), points)


def _shapes(mean: float, variance: float) -> tuple[float, float]:
    """The two shapes of a beta from 0 to 1."""
    size = mean * (1 - mean) / variance - 1
    return mean * size, (1 - mean) * size


def _four(mean: float, variance: float, skew: float, kurtosis: float) -> tuple[float, float, float, float] | None:
    """Shapes and ends from four moments, or from three with the end that falls outside held; none where neither is a distribution."""
    below = 6 + 3 * skew**2 - 2 * kurtosis
    size = 6 * (kurtosis - skew**2 - 1) / below if below else math.inf
    held_high = skew > 0  # where the shapes cannot be found, the end of the long tail is the one that ran away
    if 0 < size < math.inf:
        uneven = 1 - 24 * (size + 1) / ((size + 2) * (size + 3) * kurtosis - 3 * (size - 6) * (size + 1))
        if 0 <= uneven < 1:
            lean = -math.copysign(math.sqrt(uneven), skew)
            a, b = size / 2 * (1 + lean), size / 2 * (1 - lean)
            width = math.sqrt(variance * size**2 * (size + 1) / (a * b))
            low, high = mean - width * a / size, mean + width * b / size
            if low >= 0 and high <= 1:
                return a, b, low, high
            if low < 0 and high > 1:
                return None
            held_high = high > 1
    if held_high:
        return _three(mean, variance, skew)
    mirrored = _three(1 - mean, variance, -skew)
    return None if mirrored is None else (mirrored[1], mirrored[0], 1 - mirrored[3], 1 - mirrored[2])


def _three(mean: float, variance: float, skew: float) -> tuple[float, float, float, float] | None:
    """Shapes and lower end from three moments, the upper end being 1."""
    def shapes(low: float) -> tuple[float, float]:
        return _shapes((mean - low) / (1 - low), variance / (1 - low) ** 2)

    def off(low: float) -> float:
        a, b = shapes(low)
        return 2 * (b - a) * math.sqrt(a + b + 1) / ((a + b + 2) * math.sqrt(a * b)) - skew

    top = (mean - variance / (1 - mean)) * (1 - 1e-9)
    if top <= 0 or off(0.0) * off(top) > 0:
        return None
    low = float(brentq(off, 0.0, top, xtol=1e-14))
    return (*shapes(low), low, 1.0)


def _nodes(law: _Law, cuts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """True shares and their weights: Gauss-Legendre on panels of the distribution function, closer towards its ends, parted at the cuts."""
    at = beta_law.cdf((cuts - law.low) / (law.high - law.low), law.a, law.b)
    edges = np.unique(np.concatenate([_TAILS, [0.25, 0.5, 0.75], 1 - _TAILS, at[(at > _TAILS[0]) & (at < 1 - _TAILS[0])]]))
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    q = (middle[:, None] + half[:, None] * _NODES).ravel()
    weight = (half[:, None] * _WEIGHTS).ravel()
    return law.low + (law.high - law.low) * beta_law.ppf(q, law.a, law.b), weight / weight.sum()
