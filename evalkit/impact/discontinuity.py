"""The jump at the cut: people just below and just above it differ in little else than that one side was sent."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.impact.assignment import LEAST_DISTINCT, AtCut, SentIf, check_cut
from evalkit.inference.reading import numbers

FEWEST = 30  # people with an outcome on each side


@dataclass(frozen=True)
class Jump:
    """`estimate` of the jump with its robust bias-corrected interval, the bandwidth and the people in it, or the reason why there is none."""

    estimate: float
    conf_low: float
    conf_high: float
    p_value: float
    bandwidth: float
    n_sent: int
    n_not: int
    reason: str = ""


@dataclass(frozen=True)
class Density:
    """`p_value` of a jump in the number of people at the cut; or the reason why it cannot be tested."""

    p_value: float
    n: int
    reason: str = ""


def discontinuity(value: ArrayLike, score: ArrayLike, cut: float, *, sent_if: SentIf = "below", at_cut: AtCut = "not_sent") -> Jump:
    """Estimate the jump of the outcome at the cut: straight lines on either side near it, bandwidth and interval robust to their bending.

    ``effect = limit from the side that is sent - limit from the other side``. 0: no jump. `estimate` is the conventional one; interval and
    p-value are bias-corrected with the error of that correction.

    Parameters
    ----------
    value : array_like of float, shape (n,)
        The outcome after training; missing values are left out.
    score : array_like of float, shape (n,)
        The selecting score.
    cut : float
        The cut of the plan.
    sent_if, at_cut
        Which side is sent, and on which the cut itself lies, as in `evalkit.impact.assignment.side_of_cut`.

    Returns
    -------
    Jump
        `estimate`, `conf_low`, `conf_high`, `p_value`, `bandwidth`, `n_sent`, `n_not` (within it), or a `reason`.

    Raises
    ------
    EstimationError
        If the lengths differ, a value or a score cannot be read, or the cut is none.

    Notes
    -----
    An effect for people near the cut only. With few distinct scores (under 10 a side) no neighbourhood can be told from a straight line:
    not estimable, "few_distinct_scores". People under one unit are taken as independent. Source: S. Calonico, M. Cattaneo, R. Titiunik
    (2014), Econometrica 82, 2295-2326; computed by diff-diff.

    Examples
    --------
    >>> discontinuity([1, 2, 3, 4], [58, 58, 60, 60], 60).reason
    'few_distinct_scores'
    """
    check_cut(cut, sent_if, at_cut)
    y, x = numbers(value, "outcomes"), numbers(score, "scores")
    if y.shape != x.shape:
        raise EstimationError("Outcome and score must have one entry each for the same people.")
    kept = ~np.isnan(y) & ~np.isnan(x)
    y, running, sign = y[kept], *_running(x[kept], cut, sent_if, at_cut)
    sent = (running >= 0) if sign > 0 else (running < 0)
    counts = int(sent.sum()), int((~sent).sum())
    reason = _refused(y, running, counts)
    if reason:
        return Jump(math.nan, math.nan, math.nan, math.nan, math.nan, *counts, reason)
    from diff_diff import RegressionDiscontinuity

    order = np.lexsort((y, running))  # neighbours are looked up by place: ties must not depend on the order of the rows
    frame = pd.DataFrame({"y": y[order], "x": running[order]})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # mass points are judged above, in our own words
            found = RegressionDiscontinuity(cutoff=0.0).fit(frame, outcome="y", running="x")
    except (ValueError, np.linalg.LinAlgError):
        return Jump(math.nan, math.nan, math.nan, math.nan, math.nan, *counts, "no_local_fit")
    low, high = sorted(sign * float(v) for v in found.conf_int)
    h = float(found.h_left)
    inside = np.abs(running) <= h
    if not all(map(math.isfinite, (low, high, h))):
        return Jump(math.nan, math.nan, math.nan, math.nan, math.nan, *counts, "no_local_fit")
    return Jump(sign * float(found.att_conventional), low, high, float(found.p_value), h, int((inside & sent).sum()), int((inside & ~sent).sum()))


def density_at_cut(score: ArrayLike, cut: float, *, sent_if: SentIf = "below", at_cut: AtCut = "not_sent") -> Density:
    """Test whether as many people stand just on one side of the cut as just on the other.

    A small p: scores near the cut were moved across it, or the score is rounded there; either way neighbours are not comparable.

    Parameters
    ----------
    score : array_like of float, shape (n,)
        The selecting score of everybody, with or without an outcome.
    cut : float
        The cut of the plan.
    sent_if, at_cut
        As in `discontinuity`.

    Returns
    -------
    Density
        `p_value`, `n`, or a `reason`.

    Raises
    ------
    EstimationError
        If a score cannot be read, or the cut is none.

    Notes
    -----
    Not testable with fewer than 10 distinct scores a side. Source: M. Cattaneo, M. Jansson, X. Ma (2020), Journal of the American
    Statistical Association 115, 1449-1455; computed by diff-diff.

    Examples
    --------
    >>> density_at_cut([58, 58, 60, 60], 60).reason
    'few_distinct_scores'
    """
    check_cut(cut, sent_if, at_cut)
    x = numbers(score, "scores")
    running, _ = _running(x[~np.isnan(x)], cut, sent_if, at_cut)
    counts = int((running >= 0).sum()), int((running < 0).sum())
    reason = _refused(np.arange(len(running), dtype=float), running, counts)
    if reason:
        return Density(math.nan, len(running), reason)
    from diff_diff import RDDensityTest

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = RDDensityTest(cutoff=0.0).fit(pd.DataFrame({"x": np.sort(running)}), running="x")
    except (ValueError, np.linalg.LinAlgError):
        return Density(math.nan, len(running), "no_local_fit")
    p = float(found.p_value)
    return Density(p, len(running)) if math.isfinite(p) else Density(math.nan, len(running), "no_local_fit")


def _running(x: NDArray[np.float64], cut: float, sent_if: SentIf, at_cut: AtCut) -> tuple[NDArray[np.float64], float]:
    """A running score whose 0 belongs to the right-hand side, and 1 if that is the side sent, else -1."""
    right_has_cut = (sent_if == "above") == (at_cut == "sent")
    running = x - cut if right_has_cut else cut - x
    return running, 1.0 if at_cut == "sent" else -1.0


def _refused(y: NDArray[np.float64], running: NDArray[np.float64], counts: tuple[int, int]) -> str:
    if min(len(np.unique(running[running >= 0])), len(np.unique(running[running < 0]))) < LEAST_DISTINCT:
        return "few_distinct_scores"
    if min(counts) < FEWEST:
        return "few_people_on_a_side"
    return "constant_outcome" if np.ptp(y) == 0 else ""
