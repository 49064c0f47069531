"""The smallest spread between evaluators that a design finds eight times in ten, by simulation of that design and of its own test."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evalkit.raters.latent_strata import World, counts
from evalkit.raters.third_moment import gamma_tails

Vector = NDArray[np.float64]
POWER = 0.8  # how often the smallest spread that is called detectable is found
_LARGEST, _STEPS, _NEAR = 0.99, 5, 0.25  # root of the largest share of latent variance that is tried; halvings; how near both ends must come


def blind_moments(sizes: NDArray[np.int64]) -> tuple[Vector, Vector]:
    """Give variance and third central moment of a stratum's pairs with the outcome when labels are handed out blindly, for every total.

    ``T = sum of (k_e)_2 / 2`` with hypergeometric counts ``k_e``, whose factorial moments are ``(K)_r / (N)_r`` times those of the sizes;
    ``(k)_2^2 = (k)_4 + 4 (k)_3 + 2 (k)_2``, ``(k)_2^3 = (k)_6 + 12 (k)_5 + 38 (k)_4 + 32 (k)_3 + 4 (k)_2``.

    Parameters
    ----------
    sizes : array of int
        People of each evaluator in the stratum.

    Returns
    -------
    tuple of arrays, each of shape (N + 1,)
        By the number K of people with the outcome, 0 to N.
    """
    n = int(sizes.sum())
    some, total = np.asarray(sizes, dtype=float), np.arange(n + 1, dtype=float)
    own, ratio = [np.ones_like(some)], [np.ones_like(total)]
    for r in range(6):
        own.append(own[-1] * (some - r))
        ratio.append(ratio[-1] * (total - r) / max(n - r, 1))
    f, g = {r: own[r] for r in range(1, 7)}, ratio
    square = {4: f[4], 3: 4 * f[3], 2: 2 * f[2]}
    s2 = f[2].sum()
    first = g[2] * s2
    second = sum(g[r] * v.sum() for r, v in square.items()) + g[4] * (s2**2 - (f[2] ** 2).sum())
    third = sum(c * g[r] * f[r].sum() for r, c in ((6, 1), (5, 12), (4, 38), (3, 32), (2, 4)))
    third = third + 3 * sum(g[r + 2] * (v * (s2 - f[2])).sum() for r, v in square.items())
    third = third + g[6] * (s2**3 - 3 * s2 * (f[2] ** 2).sum() + 2 * (f[2] ** 3).sum())
    variance = second - first**2
    return np.maximum(variance, 0.0) / 4, (third - 3 * first * second + 2 * first**3) / 8


@lru_cache(maxsize=4096)
def _of_sizes(sizes: tuple[int, ...]) -> tuple[Vector, Vector]:
    return blind_moments(np.array(sizes, dtype=np.int64))


def found_in(world: World, share: float, draws: int, seed: int) -> tuple[Vector, Vector]:
    """Give excess and p-value of each simulated data set, against blind labels within its own totals; p is 1 where no pair is possible.

    Nobody sets the totals: evaluators who differ move them too. The tail is the gamma one of `clustering.clustering_test` with moments.
    """
    found, p = [], []
    for n, parts in counts(world, share, draws, seed, fixed=False):
        excess, variance, third = np.zeros((3, n))
        for s, hits in parts:
            spread, skewed = _of_sizes(tuple(np.sort(s.sizes).tolist()))
            total = hits.sum(axis=-1)
            excess += s.beyond(hits)
            variance += spread[total]
            third += skewed[total]
        sd = np.sqrt(np.where(variance > 1e-12, variance, np.nan))
        tail = gamma_tails((excess - 0.5) / sd, third / sd**3)  # pairs are whole numbers: half a pair, as in the test
        found.append(excess)
        p.append(np.where(np.isnan(tail), 1.0, tail))
    return np.concatenate(found), np.concatenate(p)


def smallest_found(world: World, draws: int, seed: int, level: float) -> float:
    """Give the smallest spread, in share of people, that the test at `level` finds with `POWER`; `nan` where none is found so often.

    The root of the share of latent variance is halved towards it with the same random numbers; between the last two the power is a line.
    """
    def at(root: float) -> tuple[float, float]:
        excess, p = found_in(world, root**2, draws, seed)
        return float((p <= level).mean()), float(np.sqrt(max(excess.mean(), 0.0) / world.weight))

    low, high = 0.0, _LARGEST
    ends: dict[float, tuple[float, float]] = {0.0: (level, 0.0)}
    turn = 0
    while turn < _STEPS or (high - low > _NEAR * high and turn < 4 * _STEPS):
        middle, turn = (low + high) / 2, turn + 1
        ends[middle] = at(middle)
        low, high = (low, middle) if ends[middle][0] >= POWER else (middle, high)
    if high == _LARGEST:
        ends[high] = at(high)
        if ends[high][0] < POWER:
            return float("nan")
    (below, less), (above, more) = ends[low], ends[high]
    return less + (more - less) * (POWER - below) / (above - below)
