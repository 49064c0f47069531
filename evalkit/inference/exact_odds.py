"""The exact conditional distribution of a common odds ratio: given how many of each stratum have the outcome, nothing else is unknown.

This is conditional logistic regression with one yes-or-no covariate, without approximation: the generating functions of the strata
are multiplied. It holds for a handful of cases and for strata of two, and quotas do no harm since the totals are fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_kind, check_level
from evalkit.inference.strata import COUNTED, Strata

_MADE = "take inference.conditional of the counts, which gives None where no stratum holds both groups and both outcomes"
MOST_STATES = 20_000  # beyond it nothing is sparse, and the approximations hold


@dataclass(frozen=True)
class Conditional:
    """Distribution of the group's total of outcomes given all margins.

    `log_weights[t]` is the logarithm of the number of ways to `low + t` outcomes in the group; `total` is the observed total.
    """

    low: int
    log_weights: NDArray[np.float64]
    total: int

    def probabilities(self, log_ratio: float) -> NDArray[np.float64]:
        """Chances of each total under a common odds ratio, shape of `log_weights`."""
        values = self.log_weights + log_ratio * np.arange(len(self.log_weights))
        weights = np.exp(values - values.max())
        return np.asarray(weights / weights.sum(), dtype=float)

    @property
    def place(self) -> int:
        """Where the observed total stands among the possible ones."""
        return self.total - self.low


@dataclass(frozen=True)
class ExactOdds:
    """Conditional maximum likelihood ratio (0 or infinity at the ends), exact interval, and two-sided p."""

    ratio: float
    low: float
    high: float
    p_value: float


def conditional(strata: Strata) -> Conditional | None:
    """Give the distribution of the group's total given the margins of all strata.

    Parameters
    ----------
    strata : Strata
        Counts, as `strata_of` gives them.

    Returns
    -------
    Conditional or None
        None where no stratum is informative.

    Raises
    ------
    EstimationError
        If there are more possible totals than an exact computation makes sense for.

    Notes
    -----
    Products of hypergeometric generating functions, smallest first, each scaled so that no number overflows. Source: C. Mehta,
    N. Patel, R. Gray (1985), JASA 80, 969-973.

    Examples
    --------
    >>> found = conditional(Strata(*(np.array([float(v)]) for v in (3, 4, 1, 4))))
    >>> np.exp(found.log_weights - found.log_weights[0]).round().tolist(), found.total
    ([1.0, 16.0, 36.0, 16.0, 1.0], 3)
    """
    check_kind(strata, Strata, COUNTED)
    own = strata.only(strata.informative)
    if not len(own.n1):
        return None
    x = own.x1 + own.x0
    low, high = np.maximum(0, x - own.n0), np.minimum(x, own.n1)
    if (high - low).sum() > MOST_STATES:
        raise EstimationError(f"There are {int((high - low).sum())} possible totals; take the approximation of common_odds.")
    parts = [_hypergeometric(a, b, n1, n0, m) for a, b, n1, n0, m in zip(low, high, own.n1, own.n0, x, strict=True)]
    return Conditional(int(low.sum()), _product(parts), int(own.x1.sum()))


def _hypergeometric(low: float, high: float, n1: float, n0: float, x: float) -> NDArray[np.float64]:
    from scipy.special import gammaln

    t = np.arange(low, high + 1)
    return np.asarray(gammaln(n1 + 1) - gammaln(t + 1) - gammaln(n1 - t + 1) + gammaln(n0 + 1) - gammaln(x - t + 1)
                      - gammaln(n0 - x + t + 1), dtype=float)


def _product(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Multiply pairs, so that factors stay of like length: a tree of convolutions in logarithms."""
    while len(parts) > 1:
        parts = [*(_multiplied(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)), *(parts[-1:] if len(parts) % 2 else [])]
    return parts[0]


def _multiplied(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convolve in logarithms. Every weight is a sum of positive terms, so small tails keep their relative precision."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    result = np.full(len(a) + len(b) - 1, -np.inf)
    for shift, weight in enumerate(short):
        place = slice(shift, shift + len(long))
        result[place] = np.logaddexp(result[place], weight + long)
    return result


def exact_odds(found: Conditional, *, level: float = 0.95) -> ExactOdds:
    """Estimate the common odds ratio exactly: conditional maximum likelihood, Cornfield's exact interval, two-sided test of 1.

    The limits are the ratios under which a total as high (as low) as the observed one has chance ``(1 - level) / 2``. The p-value adds
    up the chances of all totals that are no likelier than the observed one (Fisher's rule). 1 is no gap within strata.

    Parameters
    ----------
    found : Conditional
        Distribution, of `conditional`.
    level : float
        Least coverage.

    Returns
    -------
    ExactOdds
        `ratio`, `low`, `high`, `p_value`.

    Raises
    ------
    EstimationError
        If `level` is not between 0 and 1, or `found` is no distribution of `conditional`.

    Notes
    -----
    Never covers less than its level; with few cases it is wide, and says so. The interval and the p-value can disagree by a little,
    since the test is not split into two equal tails. Source: as `conditional`; R. A. Fisher (1935), JRSS 98, 39-82.

    Examples
    --------
    >>> found = exact_odds(conditional(Strata(*(np.array([float(v)]) for v in (3, 4, 1, 4)))))
    >>> round(found.ratio, 4), round(found.low, 4), round(found.high, 4), round(found.p_value, 4)
    (6.4083, 0.2117, 626.2435, 0.4857)
    """
    check_level(level)
    check_kind(found, Conditional, _MADE)
    last, place, tail = len(found.log_weights) - 1, found.place, (1 - level) / 2
    steps = np.arange(last + 1)
    p_value = exact_p(found)
    ratio = 0.0 if place == 0 else math.inf if place == last else ratio_at(lambda b: float(found.probabilities(b) @ steps) - place)
    low = 0.0 if place == 0 else ratio_at(lambda b: float(found.probabilities(b)[place:].sum()) - tail)
    high = math.inf if place == last else ratio_at(lambda b: tail - float(found.probabilities(b)[:place + 1].sum()))
    return ExactOdds(ratio, low, high, p_value)


def exact_p(found: Conditional) -> float:
    """Give the two-sided p-value of an odds ratio of 1 alone, as `exact_odds` does: totals no likelier than the observed one.

    Parameters
    ----------
    found : Conditional
        Distribution, of `conditional`.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    EstimationError
        If `found` is no distribution of `conditional`.

    Examples
    --------
    >>> round(exact_p(conditional(Strata(*(np.array([float(v)]) for v in (3, 4, 1, 4))))), 4)
    0.4857
    """
    check_kind(found, Conditional, _MADE)
    null = found.probabilities(0.0)
    return min(1.0, float(null[null <= null[found.place] * (1 + 1e-7)].sum()))


def detectable_odds(found: Conditional, *, level: float = 0.05, power: float = 0.8) -> tuple[float, float]:
    """Give the smallest odds ratios below and above 1 that the exact test finds with the stated power, on these margins.

    Parameters
    ----------
    found : Conditional
        Distribution, of `conditional`: only margins are used, never the observed total.
    level, power : float
        Level of the two-sided test (half in each tail), and the wanted chance of finding the ratio.

    Returns
    -------
    tuple of (float, float)
        0 and infinity where no ratio is found that often: the data are too few for any gap.

    Raises
    ------
    EstimationError
        If `level` or `power` is not between 0 and 1, or `found` is no distribution of `conditional`.

    Notes
    -----
    Exact, given how many of each stratum have the outcome. An effect between the two may well be there and not be found.

    Examples
    --------
    >>> below, above = detectable_odds(conditional(Strata(*(np.array([float(v)]) for v in (3, 4, 1, 4)))))
    >>> round(below, 4), round(above, 1)
    (0.0151, 66.2)
    >>> detectable_odds(conditional(Strata(*(np.array([float(v)]) for v in (1, 2, 1, 2)))))
    (0.0, inf)
    """
    check_level(level)
    if not isinstance(power, (int, float, np.integer, np.floating)) or not 0 < power < 1:
        raise EstimationError(f"The power {power} must lie between 0 and 1, such as 0.8.")
    check_kind(found, Conditional, _MADE)
    null = found.probabilities(0.0)
    upper, lower = np.cumsum(null[::-1])[::-1], np.cumsum(null)
    high, low = np.flatnonzero(upper <= level / 2), np.flatnonzero(lower <= level / 2)
    above, below = math.inf, 0.0
    if len(high):
        first = int(high[0])
        above = ratio_at(lambda b: float(found.probabilities(b)[first:].sum()) - power)
    if len(low):
        final = int(low[-1])
        below = ratio_at(lambda b: power - float(found.probabilities(b)[:final + 1].sum()))
    return below, above


def ratio_at(rising: Callable[[float], float]) -> float:
    """Give the ratio at which a function that rises with its logarithm is 0."""
    from scipy.optimize import brentq

    low, high = -1.0, 1.0
    while rising(low) > 0:
        low *= 2
    while rising(high) < 0:
        high *= 2
    return math.exp(float(brentq(rising, low, high, xtol=1e-12)))
