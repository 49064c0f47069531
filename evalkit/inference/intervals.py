"""Intervals of one share, of the difference of two shares and of their ratio, from counts.

All are closed or bracketed, so that counts of nobody and of everybody have an interval as well; a group of no one has
the interval of every possible value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from evalkit.inference.reading import check_count, check_level


@dataclass(frozen=True)
class Interval:
    """An interval with its level and the name of its method."""

    low: float
    high: float
    level: float
    method: str


def _check(count: int, n: int, level: float) -> None:
    check_count(count, n)
    check_level(level)


def _z(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))


def wilson(count: int, n: int, level: float = 0.95) -> Interval:
    """Interval of a share by Wilson's score method.

    ``(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)`` with ``p = count/n``. With ``n = 0`` it is 0 to 1: nothing is known.

    Parameters
    ----------
    count, n : int
        People with the outcome, and people.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval
        `low`, `high`, `level`, `method`.

    Raises
    ------
    EstimationError
        If `count` is not between 0 and `n`, or `level` not between 0 and 1.

    Notes
    -----
    Independent people with one chance. Not for a full register, where the share is a count and varies with nothing.
    Source: E. B. Wilson (1927), JASA 22, 209-212.

    Examples
    --------
    >>> i = wilson(81, 263)
    >>> round(i.low, 4), round(i.high, 4)
    (0.2553, 0.3662)
    """
    _check(count, n, level)
    if n == 0:
        return Interval(0.0, 1.0, level, "wilson")
    z = _z(level)
    p, zz = count / n, z * z / n
    centre, half = p + zz / 2, math.sqrt(zz * p * (1 - p) + zz * zz / 4)
    low, high = (centre - half) / (1 + zz), (centre + half) / (1 + zz)
    return Interval(0.0 if count == 0 else low, 1.0 if count == n else high, level, "wilson")


def clopper_pearson(count: int, n: int, level: float = 0.95) -> Interval:
    """Interval of a share that covers with at least its level (exact, conservative).

    Limits are quantiles of beta distributions: ``B(a/2; x, n-x+1)`` and ``B(1-a/2; x+1, n-x)``. ``n = 0`` gives 0 to 1.

    Parameters
    ----------
    count, n : int
        People with the outcome, and people.
    level : float
        Least coverage.

    Returns
    -------
    Interval
        `low`, `high`, `level`, `method`.

    Raises
    ------
    EstimationError
        If `count` is not between 0 and `n`, or `level` not between 0 and 1.

    Notes
    -----
    Wider than `wilson`; take it where a promise of coverage matters more than width.
    Source: C. Clopper, E. Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> i = clopper_pearson(81, 263)
    >>> round(i.low, 4), round(i.high, 4)
    (0.2527, 0.3676)
    """
    from scipy.special import betaincinv

    _check(count, n, level)
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(betaincinv(count + 1, n - count, 1 - tail))
    return Interval(low, high, level, "clopper_pearson")


def newcombe(count_1: int, n_1: int, count_0: int, n_0: int, level: float = 0.95) -> Interval:
    """Interval of the difference of two shares, ``p1 - p0``, from the Wilson limits of each.

    ``d - sqrt((p1-l1)² + (u0-p0)²)`` to ``d + sqrt((u1-p1)² + (p0-l0)²)``. Zero is no difference; an empty group gives
    the whole range that the other group leaves.

    Parameters
    ----------
    count_1, n_1 : int
        Outcome and size of the group.
    count_0, n_0 : int
        Outcome and size of the reference.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval
        `low`, `high`, `level`, `method`.

    Raises
    ------
    EstimationError
        If a count is not between 0 and its size, or `level` not between 0 and 1.

    Notes
    -----
    Two independent groups; not for pairs or for people under one evaluator.
    Source: R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> i = newcombe(56, 70, 48, 80)
    >>> round(i.low, 4), round(i.high, 4)
    (0.0524, 0.3339)
    """
    one, zero = wilson(count_1, n_1, level), wilson(count_0, n_0, level)
    if n_1 == 0 or n_0 == 0:
        return Interval(one.low - zero.high, one.high - zero.low, level, "newcombe")
    p1, p0 = count_1 / n_1, count_0 / n_0
    low = p1 - p0 - math.hypot(p1 - one.low, zero.high - p0)
    high = p1 - p0 + math.hypot(one.high - p1, p0 - zero.low)
    return Interval(low, high, level, "newcombe")


def koopman(count_1: int, n_1: int, count_0: int, n_0: int, level: float = 0.95) -> Interval:
    """Interval of the ratio of two shares, ``p1 / p0``, by inverting the score test.

    All ratios r for which Pearson's chi-square of the counts against their best fit under ``p1 = r p0`` stays below the
    quantile. One is no difference; with no outcome in the reference the upper limit is infinite.

    Parameters
    ----------
    count_1, n_1 : int
        Outcome and size of the group.
    count_0, n_0 : int
        Outcome and size of the reference.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval
        `low`, `high`, `level`, `method`.

    Raises
    ------
    EstimationError
        If a count is not between 0 and its size, or `level` not between 0 and 1.

    Notes
    -----
    Two independent groups. Source: P. A. R. Koopman (1984), Biometrics 40, 513-517.

    Examples
    --------
    >>> i = koopman(36, 40, 16, 80)
    >>> round(i.low, 2), round(i.high, 2)
    (2.94, 7.15)
    """
    _check(count_1, n_1, level)
    _check(count_0, n_0, level)
    if n_1 == 0 or n_0 == 0 or count_1 + count_0 == 0:
        return Interval(0.0, math.inf, level, "koopman")
    limit = _z(level) ** 2

    def excess(log_ratio: float) -> float:
        return _score(count_1, n_1, count_0, n_0, math.exp(log_ratio)) - limit

    centre = math.log((count_1 or 0.5) / n_1) - math.log((count_0 or 0.5) / n_0)
    low = 0.0 if count_1 == 0 else _limit(excess, centre, -1.0)
    high = math.inf if count_0 == 0 else _limit(excess, centre, 1.0)
    return Interval(low, high, level, "koopman")


def _score(x1: int, n1: int, x0: int, n0: int, ratio: float) -> float:
    a, b = (n1 + n0) * ratio, ratio * (n1 + x0) + x1 + n0
    p0 = (b - math.sqrt(max(b * b - 4 * a * (x1 + x0), 0.0))) / (2 * a)
    p1 = p0 * ratio
    value = 0.0
    for x, n, p in ((x1, n1, p1), (x0, n0, p0)):
        variance = n * p * (1 - p)
        value += (x - n * p) ** 2 / variance if variance > 0 else 0.0 if math.isclose(x, n * p) else math.inf
    return value


def _limit(excess: Callable[[float], float], centre: float, direction: float) -> float:
    from scipy.optimize import brentq

    step = direction
    while excess(centre + step) < 0:
        step *= 2
    return math.exp(float(brentq(excess, *sorted((centre, centre + step)), xtol=1e-12)))
