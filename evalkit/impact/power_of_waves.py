"""What waves by calendar or place could show: the variance of the average of their group-time effects, over all periods that enter it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import listed


def wave_factors(waves: Sequence[tuple[float, int]], periods: int) -> NDArray[np.float64]:
    """Give what each wave, and those never sent (last), add to the variance of the average effect.

    The average of `evalkit.impact.diff_in_diff.overall_weights` is a sum ``c[g, t] mean[g, t]`` whose weights add up to zero over the periods of
    each group, so what stays the same in a unit or person falls out. With a noise of variance v in each period of a unit, of J units, it has the
    variance ``v / J * sum of factors``; the factor of group g is ``sum over t of c[g, t]**2 / share[g]``.

    Parameters
    ----------
    waves : sequence of (float, int)
        Share of the units, and the first period that counts as trained (1 or later; 0 is the first period).
    periods : int
        Periods in all.

    Examples
    --------
    >>> wave_factors([(0.5, 1)], 2).tolist()  # one period before and one after: 2 v / J of each half
    [4.0, 4.0]
    """
    listed(waves=waves)
    if any(np.shape(wave) != (2,) for wave in waves):
        raise EstimationError("A wave is its share and its first period, as (0.5, 2).")
    shares = np.array([*[s for s, _ in waves], 1 - sum(s for s, _ in waves)])
    starts = [b for _, b in waves]
    if not waves or shares[:-1].min() <= 0 or shares[-1] < -1e-9 or min(starts) < 1 or sorted(set(starts)) != starts or periods < 2:
        raise EstimationError("Waves need a share each, of at most one in all, and first periods that rise from 1 on.")
    first, weights, taken = np.array([*starts, periods]), np.zeros((len(shares), periods)), []
    for g, b in enumerate(starts):
        own = np.zeros_like(weights)
        cells = [(t, (first > t) & (shares > 1e-9)) for t in range(b, periods)]
        cells = [(t, other) for t, other in cells if other.any()]
        for t, other in cells:
            side = np.where(other, shares, 0) / shares[other].sum()
            side[g] -= 1
            own[:, t] -= side / len(cells)
            own[:, b - 1] += side / len(cells)
        if cells:
            taken.append((shares[g], own))
    total = sum(s for s, _ in taken)
    for share, own in taken:
        weights += share / total * own
    squares = (weights**2).sum(axis=1)
    return np.asarray(np.divide(squares, shares, out=np.zeros_like(squares), where=shares > 1e-9), dtype=float)
