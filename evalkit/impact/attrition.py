"""People who left: the boundary of the What Works Clearinghouse, and bounds of the effect that need no assumption about who left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import marks, numbers
from evalkit.inference.single_values import single

# the largest difference between the groups that keeps the bias of the estimate under 0.05 SD, by the overall share that left;
# WWC Standards Handbook 4.1 (2020), Table II.1: points of difference allowed at 0, 1, 2, ... per cent overall
_CAUTIOUS = (5.7, 5.8, 5.9, 5.9, 6.0, 6.1, 6.2, 6.3, 6.3, 6.3, 6.3, 6.2, 6.2, 6.1, 6.0, 5.9, 5.9, 5.8, 5.7, 5.5, 5.4, 5.3, 5.2, 5.1, 4.9, 4.8,
             4.7, 4.5, 4.4, 4.3, 4.1, 4.0, 3.8, 3.6, 3.5, 3.3, 3.2, 3.1, 2.9, 2.8, 2.6, 2.5, 2.3, 2.1, 2.0, 1.8, 1.6, 1.5, 1.3, 1.2, 1.0, 0.9,
             0.7, 0.6, 0.4, 0.3, 0.2, 0.0)
_OPTIMISTIC = (10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.7, 10.8, 10.9, 10.9, 10.9, 10.9, 10.9, 10.8, 10.8, 10.7, 10.6, 10.5, 10.3, 10.2, 10.0, 9.9,
               9.7, 9.5, 9.4, 9.2, 9.0, 8.8, 8.6, 8.4, 8.2, 8.0, 7.8, 7.6, 7.4, 7.2, 7.0, 6.7, 6.5, 6.3, 6.0, 5.8, 5.6, 5.3, 5.1, 4.9, 4.6, 4.4,
               4.2, 3.9, 3.7, 3.5, 3.2, 3.0, 2.8, 2.6, 2.3, 2.1, 1.9, 1.6, 1.4, 1.1, 0.9, 0.7, 0.5, 0.3)
BOUNDARY: dict[str, tuple[float, ...]] = {"cautious": _CAUTIOUS, "optimistic": _OPTIMISTIC}
Assumption = Literal["cautious", "optimistic"]


@dataclass(frozen=True)
class Attrition:
    """Shares that left (`overall`, and `difference` of those sent less those not), the largest difference allowed, and whether it is `low`."""

    overall: float
    difference: float
    allowed: float
    low: bool
    n: int
    reason: str = ""


@dataclass(frozen=True)
class Bounds:
    """The effect lies between `low` and `high` whoever left (`method` says under which assumption); `trimmed` share of the fuller group."""

    low: float
    high: float
    trimmed: float
    n: int
    method: str
    reason: str = ""


def allowed_difference(overall: float, assumption: Assumption = "cautious") -> float:
    """Give the largest difference in leaving that is called low at an overall share, taken to the nearest printed per cent.

    -1 beyond the table: there no difference is low.

    Raises
    ------
    EstimationError
        If the overall share is no share, or the assumption is unknown.

    Examples
    --------
    >>> allowed_difference(0.30), allowed_difference(0.30, "optimistic"), allowed_difference(0.6)
    (0.041, 0.082, -1.0)
    """
    single(overall=overall)
    if assumption not in BOUNDARY or not 0 <= overall <= 1:
        raise EstimationError("The boundary needs a share that left, from 0 to 1, and the assumption 'cautious' or 'optimistic'.")
    table, at = BOUNDARY[assumption], round(100 * overall)
    return round(table[at] / 100, 6) if at < len(table) else -1.0


def chance_of_low(overall: float, n_sent: float, n_others: float, assumption: Assumption = "cautious") -> float:
    """Give the chance that leaving is called low where nobody leaves because of the training: both sides lose `overall`, but for chance.

    ``P(|Z| <= allowed / sqrt(overall (1 - overall) (1 / n_sent + 1 / n_others)))``, Z standard normal. 1: nobody leaves.

    Parameters
    ----------
    overall : float
        The share that leaves.
    n_sent, n_others : float
        People on either side at the start.
    assumption : {"cautious", "optimistic"}
        As in `attrition`.

    Raises
    ------
    EstimationError
        If the overall share is no share, or a side has nobody.

    Notes
    -----
    Each person leaves for herself; where whole offices leave the chance is lower.

    Examples
    --------
    >>> round(chance_of_low(0.1, 40, 160), 2), round(chance_of_low(0.1, 400, 1600), 2)
    (0.77, 1.0)
    """
    allowed = allowed_difference(overall, assumption)
    single(n_sent=n_sent, n_others=n_others)
    if not (n_sent > 0 and n_others > 0):
        raise EstimationError("The chance that leaving is low needs people on both sides.")
    error = math.sqrt(overall * (1 - overall) * (1 / n_sent + 1 / n_others))
    return (1.0 if allowed >= 0 else 0.0) if error == 0 else max(0.0, math.erf(allowed / error / math.sqrt(2)))


def attrition(stayed: ArrayLike, sent: ArrayLike, assumption: Assumption = "cautious") -> Attrition:
    """Say whether leaving is low: the difference between those sent and those not is at most what the overall share allows.

    Parameters
    ----------
    stayed : array_like of bool, shape (n,)
        Who has an outcome after training, of all who were in the study at its start.
    sent : array_like of bool, shape (n,)
        Who was sent.
    assumption : {"cautious", "optimistic"}
        How strongly leaving may hang together with the outcome.

    Returns
    -------
    Attrition
        Shares `overall` and `difference`, the largest `allowed` one, whether leaving is `low`, `n`, `reason`.

    Raises
    ------
    EstimationError
        If the lengths differ, or a value or a mark cannot be read.

    Notes
    -----
    Source: What Works Clearinghouse, Standards Handbook 4.1 (2020), Table II.1.

    Examples
    --------
    >>> found = attrition([True] * 9 + [False] + [True] * 10, [True] * 10 + [False] * 10)
    >>> round(found.overall, 3), round(found.difference, 3), found.low
    (0.05, 0.1, False)
    """
    there, mark = marks(stayed, "there after the training"), marks(sent, "sent")
    if there.shape != mark.shape:
        raise EstimationError("Stayed and sent must have one entry each for the same people.")
    if not mark.any() or mark.all():
        return Attrition(math.nan, math.nan, math.nan, False, len(mark), "one_group_empty")
    overall = float(1 - there.mean())
    difference = float(there[~mark].mean() - there[mark].mean())
    allowed = allowed_difference(overall, assumption)
    return Attrition(overall, difference, allowed, bool(abs(difference) <= allowed + 1e-12), len(mark))


def lee_bounds(value: ArrayLike, sent: ArrayLike) -> Bounds:
    """Bound the effect on those who stay whether sent or not: the fuller group is trimmed at its best, then at its worst.

    ``p = (q1 - q0) / q1`` of the group with the larger share q seen is trimmed from above or from below; a tie at the edge is trimmed by
    a fraction, so that exactly the share p goes. Equal bounds: nothing to trim.

    Parameters
    ----------
    value : array_like of float, shape (n,)
        The outcome after training, missing for those who left.
    sent : array_like of bool, shape (n,)
        Who was sent, by lot or as good as.

    Returns
    -------
    Bounds
        `low`, `high`, `trimmed`, `n`, `method`, and `reason` where there are none.

    Raises
    ------
    EstimationError
        If the lengths differ, or a value or a mark cannot be read.

    Notes
    -----
    Supposes that being sent moves everybody in the same direction: towards staying, or towards leaving. Not for groups that differ
    otherwise. Sources: D. Lee (2009), Review of Economic Studies 76, 1071-1102.

    Examples
    --------
    >>> found = lee_bounds([1, 2, 3, 4, 1, 2, 3, float("nan")], [True] * 4 + [False] * 4)
    >>> found.low, found.high, found.trimmed
    (0.0, 1.0, 0.25)
    """
    y, mark = _check(value, sent)
    seen = ~np.isnan(y)
    if not (seen & mark).any() or not (seen & ~mark).any():
        return Bounds(math.nan, math.nan, math.nan, len(y), "lee", "one_group_empty")
    q1, q0 = float(seen[mark].mean()), float(seen[~mark].mean())
    fuller = mark if q1 >= q0 else ~mark
    share = abs(q1 - q0) / max(q1, q0)
    full, other = y[seen & fuller], float(y[seen & ~fuller].mean())
    without_best, without_worst = _trimmed(full, share), -_trimmed(-full, share)
    low, high = without_best - other, without_worst - other
    return Bounds(low, high, share, len(y), "lee") if q1 >= q0 else Bounds(-high, -low, share, len(y), "lee")


def manski_bounds(value: ArrayLike, sent: ArrayLike, *, lowest: float, highest: float) -> Bounds:
    """Bound the effect with no assumption at all: leavers could have had the lowest or the highest value of the scale.

    ``low = mean of the sent with leavers at the lowest - mean of the others with leavers at the highest``, and the other way round.

    Parameters
    ----------
    value : array_like of float, shape (n,)
        The outcome after training, missing for those who left.
    sent : array_like of bool, shape (n,)
        Who was sent.
    lowest, highest : float
        Ends of the scale.

    Returns
    -------
    Bounds
        `low`, `high`, `trimmed`, `n`, `method`, and `reason` where there are none.

    Raises
    ------
    EstimationError
        If the lengths differ, a value lies outside the scale, or the scale has no ends.

    Notes
    -----
    Wide by nature: they say what the data alone exclude. Source: C. Manski (1990), American Economic Review 80, 319-323.

    Examples
    --------
    >>> found = manski_bounds([60, float("nan"), 50, 50], [True, True, False, False], lowest=0, highest=100)
    >>> found.low, found.high
    (-20.0, 30.0)
    """
    y, mark = _check(value, sent)
    single(lowest=lowest, highest=highest)
    if not math.isfinite(lowest) or not math.isfinite(highest) or lowest > highest:
        raise EstimationError("The ends of the scale must be finite numbers, the lowest not above the highest.")
    seen = ~np.isnan(y)
    if not mark.any() or mark.all():
        return Bounds(math.nan, math.nan, math.nan, len(y), "manski", "one_group_empty")
    if seen.any() and (y[seen].min() < lowest or y[seen].max() > highest):
        raise EstimationError("A value lies outside the scale that was given.")
    worst, best = np.where(seen, y, lowest), np.where(seen, y, highest)
    low, high = float(worst[mark].mean() - best[~mark].mean()), float(best[mark].mean() - worst[~mark].mean())
    return Bounds(low, high, float(1 - seen.mean()), len(y), "manski")


def _trimmed(values: NDArray[np.float64], share: float) -> float:
    """The mean without the highest share, the value at the edge with the fraction that is left of it."""
    ordered = np.sort(values)
    left = len(ordered) * (1 - share)
    whole = math.floor(left + 1e-9)
    part = left - whole if left - whole > 1e-9 and whole < len(ordered) else 0.0
    total = float(ordered[:whole].sum()) + (part * float(ordered[whole]) if part else 0.0)
    return total / (whole + part)


def _check(value: ArrayLike, sent: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    y, mark = numbers(value, "outcomes"), marks(sent, "sent")
    if y.shape != mark.shape:
        raise EstimationError("Values and sent must have one entry each for the same people.")
    return y, mark
