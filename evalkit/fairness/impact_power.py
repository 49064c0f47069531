"""What a ratio of selection rates could be found: the true ratios that Fisher's exact test sees eight times in ten at these sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_count, check_level
from evalkit.inference.single_values import single

_EXACT = 50_000  # people of both groups; beyond it the sums take seconds, and agree with the normal approximation to three digits
_FAR = 9.0  # standard deviations: beyond them no count is summed (the chance is below 1e-15)
_TIE = 1 + 1e-7  # tables whose chances differ by rounding alone are equally likely


def detectable_ratio(n_group: int, n_reference: int, rate: float, *, level: float = 0.05, power: float = 0.8) -> tuple[float, float]:
    """Give the true ratios of rates nearest to 1, below and above, that Fisher's exact test finds with the stated power.

    The smallest and largest `r` with ``P(test rejects, and on the side of r) = power``, of independent counts ``X1 ~ Bin(n1, r * rate)`` and
    ``X0 ~ Bin(n0, rate)``. A true ratio between the two may well be there and not be found.

    Parameters
    ----------
    n_group, n_reference : int
        Sizes.
    rate : float
        The chance of the (favourable) outcome in the reference.
    level, power : float
        Level of the two-sided test, and the wanted chance of finding the ratio.

    Returns
    -------
    tuple of (float, float)
        0 and infinity where no ratio is found that often: the groups are too small, or the rate leaves no room above.

    Raises
    ------
    EstimationError
        If a size is negative, or `rate`, `level` or `power` is no chance.

    Notes
    -----
    Exact: summed over the counts of both groups and the region in which Fisher's test (tables no likelier than the seen one) rejects.
    From 50,000 people on the normal approximation of the difference of two shares. It supposes that the reference's rate is the one
    handed over, and people independent; with people alike under one evaluator less is found. Do not use it to
    read a result that was found: its interval says that. Sources: R. A. Fisher (1935), JRSS 98, 39-82; J. Casagrande, M. Pike, P. Smith
    (1978), Applied Statistics 27, 176-180; S. Morris, R. Lobsenz (2000), Personnel Psychology 53, 89-111, on the power of impact analysis.

    Examples
    --------
    >>> [round(r, 3) for r in detectable_ratio(400, 800, 0.11)]
    [0.555, 1.543]
    >>> detectable_ratio(5, 5, 0.2)
    (0.0, inf)
    """
    for size in (n_group, n_reference):
        check_count(0, size)
    single(rate=rate, power=power)
    if not 0 <= rate <= 1:
        raise EstimationError("Sizes must not be negative and the rate must lie between 0 and 1.")
    check_level(level)
    if not 0 < power < 1:
        raise EstimationError(f"The power {power} must lie between 0 and 1, such as 0.8.")
    if n_group == 0 or n_reference == 0 or rate < 1e-12:
        return 0.0, math.inf
    return _ratios(int(n_group), int(n_reference), float(rate), float(level), float(power))


@lru_cache(maxsize=2048)
def _ratios(n1: int, n0: int, rate: float, level: float, power: float) -> tuple[float, float]:
    region = _Region(n1, n0, rate, level) if n1 + n0 <= _EXACT else None
    low = _normal(n1, n0, rate, level, -1) if region is None else region.chance_below
    high = _normal(n1, n0, rate, level, 1) if region is None else region.chance_above
    # the normal approximation, from which the search starts; where everybody has the outcome it is 0
    step = max(3.0 * math.sqrt(rate * (1 - rate) * (1 / n1 + 1 / n0)), 1e-3)
    below = _crossing(low, rate, 0.0, step, power)
    above = _crossing(high, rate, 1.0, step, power)
    return 0.0 if below is None else below / rate, math.inf if above is None else above / rate


def _crossing(chance: Callable[[float], float], rate: float, end: float, step: float, power: float) -> float | None:
    """Give the group's rate between the reference's and the end at which the test finds it so often; None where it never does."""
    from scipy.optimize import brentq

    near, reach = rate, step
    while near != end:
        far = max(rate - reach, end) if end < rate else min(rate + reach, end)
        if chance(far) >= power:
            return float(brentq(lambda p: chance(p) - power, near, far, xtol=1e-10))
        near, reach = far, 2 * reach
    return None


def _normal(n1: int, n0: int, rate: float, level: float, sign: int) -> Callable[[float], float]:
    from scipy.special import ndtr, ndtri

    z = float(ndtri(1 - level / 2))

    def chance(p: float) -> float:
        both = (n1 * p + n0 * rate) / (n1 + n0)
        error = math.sqrt(p * (1 - p) / n1 + rate * (1 - rate) / n0)
        shift = sign * (p - rate) - z * math.sqrt(both * (1 - both) * (1 / n1 + 1 / n0))
        return float(ndtr(shift / error)) if error > 0 else float(shift >= 0)

    return chance


@dataclass
class _Region:
    """Where Fisher's test of two groups rejects, worked out for the totals that are asked for.

    `low[t]` is the largest count of the group that is rejected as too small when `t` people have the outcome (-1: none), `high[t]` the
    smallest that is rejected as too large (n1 + 1: none).
    """

    n1: int
    n0: int
    rate: float
    level: float

    def __post_init__(self) -> None:
        """Lay out the logarithms of factorials, and mark every total as not worked out."""
        from scipy.special import gammaln

        total = self.n1 + self.n0
        self._log = np.asarray(gammaln(np.arange(total + 1) + 1.0), dtype=float)
        self._low, self._high = np.full(total + 1, -1), np.full(total + 1, self.n1 + 1)
        self._known = np.zeros(total + 1, dtype=bool)
        self._x0, self._p0 = self._counts(self.n0, self.rate)

    def chance_below(self, p: float) -> float:
        """Chance that the test finds the group below the reference when its rate is `p`."""
        x1, p1, total = self._drawn(p)
        return float(p1 @ ((x1[:, None] <= self._low[total]) @ self._p0))

    def chance_above(self, p: float) -> float:
        """Chance that the test finds the group above the reference when its rate is `p`."""
        x1, p1, total = self._drawn(p)
        return float(p1 @ ((x1[:, None] >= self._high[total]) @ self._p0))

    def _drawn(self, p: float) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
        x1, p1 = self._counts(self.n1, p)
        total = x1[:, None] + self._x0
        asked = np.arange(total[0, 0], total[-1, -1] + 1)
        new = asked[~self._known[asked]]
        if len(new):
            self._bounds(new)
        return x1, p1, total

    def _counts(self, n: int, p: float) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Give the counts that a binomial draw can show at all, and their chances."""
        reach = _FAR * (math.sqrt(n * p * (1 - p)) + 1)
        x = np.arange(max(0, math.floor(n * p - reach)), min(n, math.ceil(n * p + reach)) + 1)
        if p in (0.0, 1.0):
            return x, (x == n * p).astype(float)
        log = self._log[n] - self._log[x] - self._log[n - x] + x * math.log(p) + (n - x) * math.log1p(-p)
        return x, np.exp(log)

    def _bounds(self, totals: NDArray[np.intp]) -> None:
        """Find for each total the ends of the counts that are rejected: those whose chance, with all no likelier ones, is at most the level."""
        n1, n0, log = self.n1, self.n0, self._log
        n = n1 + n0
        mean = totals * (n1 / n)
        reach = _FAR * (np.sqrt(mean * (n0 / n) * (1 - totals / n) * n / max(n - 1, 1)) + 1)
        first = np.maximum(np.maximum(0, totals - n0), np.floor(mean - reach)).astype(int)
        last = np.minimum(np.minimum(n1, totals), np.ceil(mean + reach)).astype(int)
        x = first[:, None] + np.arange(int((last - first).max()) + 1)
        real, t = x <= last[:, None], totals[:, None]
        y = np.where(real, x, first[:, None])
        weight = log[n1] - log[y] - log[n1 - y] + log[n0] - log[t - y] - log[n0 - t + y] - log[n] + log[t] + log[n - t]
        chance = np.where(real, np.exp(weight), 0.0)
        ranked = np.sort(chance, axis=1)
        sums = np.cumsum(ranked, axis=1)
        # of equally likely tables all are counted or none
        whole = np.concatenate([ranked[:, 1:] > ranked[:, :-1] * _TIE, np.ones((len(totals), 1), dtype=bool)], axis=1)
        limit = np.where(whole & (sums <= self.level * (1 + 1e-12)), ranked, -1.0).max(axis=1)
        rejected = real & (chance <= limit[:, None] * _TIE)
        small, large = rejected & (x < mean[:, None]), rejected & (x > mean[:, None])
        self._low[totals] = np.where(small, x, -1).max(axis=1)
        self._high[totals] = np.where(large, x, n1 + 1).min(axis=1)
        self._known[totals] = True
