"""The smallest spread of severity that takeovers find eight times in ten, by simulation of an office's own teams and of its own test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from evalkit.raters.change_sums import ChangeSums
from evalkit.raters.spread_power import POWER
from evalkit.raters.teams import TeamPanel

Array = NDArray[np.float64]
MOST_RATINGS = 400_000  # beyond, the normal approximation holds, and simulation would take minutes
_VALUES, _DRAWS = 4_000_000, (50, 200)  # latent values that are drawn in all; data sets, at least and at most
_WAYS = 199  # permutations of each data set
_OWN = 10.0  # people whose weight the common share has in the chance of a place
_LARGEST, _STEPS, _NEAR = 0.99, 4, 0.2  # root of the largest share of latent variance that is tried; halvings; how near both ends must come
_ZERO = 1e-12  # a threshold nearer to 0 is taken as this


@dataclass(frozen=True)
class Steps:
    """Who changed from one period to the next: numbers of the two ratings of each change, the entry that it belongs to, and the entries."""

    before: NDArray[np.intp]
    after: NDArray[np.intp]
    entry: NDArray[np.intp]
    sums: ChangeSums


def both(first: Array, second: Array, shared: float) -> Array:
    """Give the chance that two latent values both lie above their thresholds, where they share a part of their variance.

    The bivariate normal law with this correlation, by Owen's T. Without a shared part: the product of the two chances.

    Parameters
    ----------
    first, second : array of float
        Thresholds in standard deviations.
    shared : float
        Share of the variance, 0 to below 1.

    Examples
    --------
    >>> both(np.array([0.0]), np.array([0.0]), 0.5).round(4).tolist()
    [0.3333]

    References
    ----------
    D. Owen (1956), Annals of Mathematical Statistics 27, 1075-1090.
    """
    from scipy.special import ndtr, owens_t

    h, k = (np.where(np.abs(v) < _ZERO, _ZERO, -v) for v in (first, second))  # the law is smooth at 0, the form is not
    own = np.sqrt(1 - shared**2)
    apart = np.where(h * k > 0, 0.0, 0.5)
    found: Array = (ndtr(h) + ndtr(k)) / 2 - owens_t(h, (k / h - shared) / own) - owens_t(k, (h / k - shared) / own) - apart
    return found


def smallest_spread(panel: TeamPanel, steps: Steps, *, seed: int, level: float = 0.05) -> float:
    """Give the smallest standard deviation of evaluators' chances for one team that the takeovers of this office find with 80% power.

    A person has the outcome where ``sqrt(r) severity of the evaluator + sqrt(1 - r) own value`` lies above the threshold of her place;
    so much of the own value lasts that people whose evaluator stays change as often as in the data. r is halved towards the power.

    Parameters
    ----------
    panel : TeamPanel
        The office's people, evaluators and places.
    steps : Steps
        Changes that the test reads.
    seed : int
        Of the generator; every r meets the same random numbers.
    level : float
        Level of the one-sided test.

    Returns
    -------
    float
        In share of people. `nan` where not even the largest spread is found so often.

    Notes
    -----
    Takes team and evaluator as independent, and results as copied no more at takeovers than elsewhere.
    """
    world = _World.of(panel, steps)
    ways = _ways(steps.sums, seed)
    low, high = 0.0, _LARGEST
    ends: dict[float, float] = {0.0: level}
    turn = 0
    while turn < _STEPS or (high - low > _NEAR * high and turn < 3 * _STEPS):
        middle, turn = (low + high) / 2, turn + 1
        ends[middle] = world.power(middle**2, ways, seed, level)
        low, high = (low, middle) if ends[middle] >= POWER else (middle, high)
    if high == _LARGEST:
        ends[high] = world.power(high**2, ways, seed, level)
        if ends[high] < POWER:
            return float("nan")
    less, more = world.spread(low**2), world.spread(high**2)
    return less + (more - less) * (POWER - ends[low]) / (ends[high] - ends[low])


@dataclass(frozen=True)
class _World:
    """Ratings that the steps read: person, evaluator and threshold of each; how much of a latent value lasts where the evaluator stays."""

    steps: Steps
    person: NDArray[np.intp]
    rater: NDArray[np.intp]
    threshold: Array
    lasting: float

    @classmethod
    def of(cls, panel: TeamPanel, steps: Steps) -> _World:
        """Take the ratings, each threshold from the share with the outcome in its place, and what lasts from the stays."""
        from scipy.special import ndtri

        known = panel.rater >= 0
        cell = np.unique(panel.place[known], return_inverse=True)[1].reshape(-1)
        outcome = panel.outcome[known]
        n, hits, share = np.bincount(cell), np.bincount(cell, weights=outcome), float(outcome.mean())
        where = np.full(panel.rater.shape, -1.0)
        where[known] = -ndtri(np.clip((hits + _OWN * share) / (n + _OWN), 1e-6, 1 - 1e-6))[cell]
        used, again = np.unique(np.concatenate([steps.before, steps.after]), return_inverse=True)
        before, after = np.split(again.reshape(-1), 2)
        person = np.unique(used // panel.n_periods, return_inverse=True)[1].reshape(-1)
        rater = np.unique(panel.rater.reshape(-1)[used], return_inverse=True)[1].reshape(-1)
        found = cls(replace(steps, before=before, after=after), person, rater, where.reshape(-1)[used], 0.0)
        stay = ~steps.sums.taken
        changed = float(steps.sums.squares[stay].sum() / steps.sums.n[stay].sum())
        return replace(found, lasting=_lasting(*found._thresholds(stay), changed))

    def _thresholds(self, entries: NDArray[np.bool_]) -> tuple[Array, Array]:
        chosen = entries[self.steps.entry]
        return self.threshold[self.steps.before[chosen]], self.threshold[self.steps.after[chosen]]

    def spread(self, share: float) -> float:
        """Give the standard deviation of chances between evaluators, over the people at takeovers, at this share of latent variance."""
        from scipy.special import ndtr

        at = np.concatenate(self._thresholds(self.steps.sums.taken & (self.steps.sums.n > 1)))
        values, n = np.unique(at, return_counts=True)
        return float(np.sqrt(max(np.average(both(values, values, share) - ndtr(-values) ** 2, weights=n), 0.0)))

    def power(self, share: float, ways: NDArray[np.bool_], seed: int, level: float) -> float:
        """Give how often the test finds the spread of this share."""
        nodes = len(self.threshold)
        draws = int(np.clip(_VALUES // nodes, *_DRAWS))
        at_once, found = max(1, min(draws, _VALUES // nodes)), []
        own = max((self.lasting - share) / (1 - share), 0.0)
        into = csr_array((np.ones(len(self.steps.entry), dtype=np.float32), (self.steps.entry, np.arange(len(self.steps.entry)))),
                         shape=(len(self.steps.sums.n), len(self.steps.entry)))
        for start in range(0, draws, at_once):
            m, rng = min(at_once, draws - start), np.random.default_rng([seed, start])
            severity, lasting = (rng.standard_normal((int(of.max()) + 1, m), dtype=np.float32)[of] for of in (self.rater, self.person))
            passing = rng.standard_normal((nodes, m), dtype=np.float32)
            latent = np.sqrt(np.float32(share)) * severity + np.sqrt(np.float32(1 - share)) * (
                np.sqrt(np.float32(own)) * lasting + np.sqrt(np.float32(1 - own)) * passing)
            has = (latent > self.threshold[:, None].astype(np.float32)).astype(np.float32)
            change = has[self.steps.after] - has[self.steps.before]
            data = replace(self.steps.sums, total=(into @ change).astype(np.float64), squares=(into @ np.abs(change)).astype(np.float64))
            found.append(_p_values(data, ways) <= level)
        return float(np.concatenate(found).mean())


def _lasting(first: Array, second: Array, changed: float) -> float:
    """Give the share of latent variance that lasts from period to period, so that as many people change as did."""
    from scipy.special import ndtr

    pairs, n = np.unique(np.column_stack([first, second]), axis=0, return_counts=True)
    one, two = pairs.T
    low, high = 0.0, 0.999
    for _ in range(20):
        middle = (low + high) / 2
        expected = np.average(ndtr(-one) + ndtr(-two) - 2 * both(one, two, middle), weights=n)
        low, high = (middle, high) if expected > changed else (low, middle)
    return (low + high) / 2


def _ways(sums: ChangeSums, seed: int) -> NDArray[np.bool_]:
    """Hand the takeovers out among the teams of each period; the first way is that of the office."""
    rng, size = np.random.default_rng([seed, 2]), (_WAYS, len(sums.period))
    taken = sums.taken[np.argsort(rng.random(size) + sums.period, axis=1)]  # entries stand in the order of their periods
    possible = ((taken * sums.pairs).sum(axis=1) > 0) & ((~taken * sums.pairs).sum(axis=1) > 0)
    return np.vstack([sums.taken, taken[possible]])


def _p_values(data: ChangeSums, ways: NDArray[np.bool_]) -> Array:
    """Give the p-value of each data set: the larger one of the excess and of the excess in units of its error."""
    excess, error = data.excess(ways)
    ratio = excess / np.where(error > 0, error, 1.0)
    found: Array = np.maximum(*((v >= v[0] - 1e-12).mean(axis=0) for v in (excess, ratio)))
    return found
