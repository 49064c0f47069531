"""Whether two groups are alike within a stated margin: two one-sided tests, so that "no important gap" can be concluded.

A test that finds no gap says nothing when the data are few. Here the burden is turned round: a gap as large as the margin is the null
hypothesis, and few data never conclude anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_count
from evalkit.inference.single_values import single

Conclusion = Literal["no_important_gap", "important_gap", "cannot_tell"]


@dataclass(frozen=True)
class Equivalence:
    """A gap with the interval of the two tests (level 1 - 2 alpha), the larger of their p-values, and what follows.

    `conclusion` is "no_important_gap" where the interval lies inside the margin, "important_gap" where it lies outside on one side,
    else "cannot_tell".
    """

    gap: float
    low: float
    high: float
    margin: float
    p_value: float
    conclusion: Conclusion


def equivalent_shares(count_1: int, n_1: int, count_0: int, n_0: int, *, margin: float, alpha: float = 0.05) -> Equivalence:
    """Test whether two shares differ by less than a margin: score tests of ``p1 - p0 = -margin`` and ``p1 - p0 = margin``.

    ``z = (p1 - p0 - d) / sqrt(q1 (1 - q1) / n1 + q0 (1 - q0) / n0)``, q being the shares that fit best under a difference of d. The
    interval holds all d that neither one-sided test at alpha rejects.

    Parameters
    ----------
    count_1, n_1 : int
        Outcome and size of the group.
    count_0, n_0 : int
        Outcome and size of the reference.
    margin : float
        The smallest gap that matters, as a share (0.05 is five points): stated before the data are seen.
    alpha : float
        Level of each test.

    Returns
    -------
    Equivalence
        `gap`, `low`, `high`, `margin`, `p_value`, and the `conclusion`: "no_important_gap", "important_gap" or "cannot_tell".

    Raises
    ------
    EstimationError
        If a count is not between 0 and its size, the margin not between 0 and 1, or alpha not between 0 and 0.5.

    Notes
    -----
    Independent people. An empty group concludes nothing. The margin is a choice of the office: without a reason for it the conclusion
    has none. Sources: D. Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657-680; C. Farrington, G. Manning (1990), Statistics in
    Medicine 9, 1447-1454.

    Examples
    --------
    >>> equivalent_shares(110, 1000, 105, 1000, margin=0.05).conclusion, equivalent_shares(11, 100, 10, 100, margin=0.05).conclusion
    ('no_important_gap', 'cannot_tell')
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    for count, n in ((count_1, n_1), (count_0, n_0)):
        check_count(count, n)
    _check(margin, alpha)
    if margin >= 1:
        raise EstimationError("The margin of a difference of shares must lie below 1.")
    if n_1 == 0 or n_0 == 0:
        return Equivalence(math.nan, -1.0, 1.0, margin, 1.0, "cannot_tell")
    gap, z = count_1 / n_1 - count_0 / n_0, float(ndtri(1 - alpha))

    def score(difference: float) -> float:
        return _score(count_1, n_1, count_0, n_0, difference)

    ends = 1 - 1e-9
    low = -1.0 if score(-ends) < z else float(brentq(lambda d: score(d) - z, -ends, min(gap, ends), xtol=1e-12))
    high = 1.0 if score(ends) > -z else float(brentq(lambda d: score(d) + z, max(gap, -ends), ends, xtol=1e-12))
    p_value = max(float(ndtr(-score(-margin))), float(ndtr(score(margin))))
    return Equivalence(gap, low, high, margin, p_value, _concluded(low, high, margin))


def equivalent_means(mean_1: float, sd_1: float, n_1: int, mean_0: float, sd_0: float, n_0: int, *, margin: float,
                     alpha: float = 0.05) -> Equivalence:
    """Test whether two means differ by less than a margin: two one-sided tests of Welch.

    ``t = (mean1 - mean0 ± margin) / sqrt(s1²/n1 + s0²/n0)`` with Welch's degrees of freedom.

    Parameters
    ----------
    mean_1, sd_1, n_1
        Mean, standard deviation (n - 1) and size of the group.
    mean_0, sd_0, n_0
        Those of the reference.
    margin : float
        The smallest gap that matters, in points: stated before the data are seen.
    alpha : float
        Level of each test.

    Returns
    -------
    Equivalence
        `gap`, `low`, `high`, `margin`, `p_value`, and the `conclusion`: "no_important_gap", "important_gap" or "cannot_tell".

    Raises
    ------
    EstimationError
        If a standard deviation is negative, the margin not positive, or alpha not between 0 and 0.5.

    Notes
    -----
    A group of fewer than two people concludes nothing, and neither does a spread of 0 in both groups: it cannot be told how much such
    data vary. Sources: D. Schuirmann (1987), as `equivalent_shares`; B. Welch (1947), Biometrika 34, 28-35.

    Examples
    --------
    >>> equivalent_means(80.0, 5.0, 100, 80.5, 5.0, 100, margin=2.0).conclusion
    'no_important_gap'
    """
    from scipy.special import stdtr, stdtrit

    _check(margin, alpha)
    single(mean_1=mean_1, sd_1=sd_1, n_1=n_1, mean_0=mean_0, sd_0=sd_0, n_0=n_0)
    if sd_1 < 0 or sd_0 < 0:
        raise EstimationError("A standard deviation must not be negative.")
    if min(n_1, n_0) < 2 or sd_1 == sd_0 == 0:
        return Equivalence(mean_1 - mean_0 if min(n_1, n_0) else math.nan, -math.inf, math.inf, margin, 1.0, "cannot_tell")
    v1, v0 = sd_1**2 / n_1, sd_0**2 / n_0
    df = (v1 + v0) ** 2 / (v1**2 / (n_1 - 1) + v0**2 / (n_0 - 1))
    gap, error = mean_1 - mean_0, math.sqrt(v1 + v0)
    half = float(stdtrit(df, 1 - alpha)) * error
    p_value = max(float(stdtr(df, -(gap + margin) / error)), float(stdtr(df, (gap - margin) / error)))
    return Equivalence(gap, gap - half, gap + half, margin, p_value, _concluded(gap - half, gap + half, margin))


def concluded(low: float | None, high: float | None, margin: float) -> Conclusion:
    """Say what an interval of level 1 - 2 alpha concludes about a margin, whatever the method that gave the interval.

    Parameters
    ----------
    low, high : float or None
        Limits; None where there is none.
    margin : float
        The smallest gap that matters, on the scale of the limits.

    Raises
    ------
    EstimationError
        If the margin is not positive.

    Examples
    --------
    >>> concluded(-0.01, 0.02, 0.05), concluded(0.06, 0.2, 0.05), concluded(None, None, 0.05)
    ('no_important_gap', 'important_gap', 'cannot_tell')
    """
    _check(margin, 0.05)
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "cannot_tell"
    return _concluded(low, high, margin)


def _check(margin: float, alpha: float) -> None:
    single(margin=margin, alpha=alpha)
    if not margin > 0:
        raise EstimationError(f"The margin {margin} must be positive: the smallest gap that matters.")
    if not 0 < alpha < 0.5:
        raise EstimationError(f"The level {alpha} of each test must lie between 0 and 0.5, such as 0.05.")


def _concluded(low: float, high: float, margin: float) -> Conclusion:
    if -margin < low and high < margin:
        return "no_important_gap"
    return "important_gap" if low > margin or high < -margin else "cannot_tell"


def _score(x1: int, n1: int, x0: int, n0: int, d: float) -> float:
    """Give the score statistic of p1 - p0 = d; the best shares solve a cubic (Farrington and Manning, in closed form)."""
    theta = n0 / n1
    p1, p0 = x1 / n1, x0 / n0
    a = 1 + theta
    b = -(1 + theta + p1 + theta * p0 + d * (theta + 2))
    c = d * d + d * (2 * p1 + theta + 1) + p1 + theta * p0
    e = -p1 * d * (1 + d)
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a * a) + e / (2 * a)
    u = math.copysign(math.sqrt(max(b * b / (9 * a * a) - c / (3 * a), 0.0)), v)
    w = (math.pi + math.acos(min(max(v / u**3, -1.0), 1.0))) / 3 if u else math.pi / 2
    q1 = min(max(2 * u * math.cos(w) - b / (3 * a), max(d, 0.0)), min(1.0, 1.0 + d))
    q0 = q1 - d
    variance = q1 * (1 - q1) / n1 + q0 * (1 - q0) / n0
    away = p1 - p0 - d
    return away / math.sqrt(variance) if variance > 1e-300 else math.copysign(math.inf, away) if away else 0.0
