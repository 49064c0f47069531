"""What several waves could show: by calendar or place over all periods that enter their average effect, by lot over all their windows."""

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


def lot_information(waves: Sequence[tuple[float, int, int]], *, pre: float = 0.0, windows: int | None = None) -> float:
    """Give what several waves of a lot among people tell together: what ``share (1 - share)`` is for one wave.

    In the window of wave w stand those sent in it (share n) and whoever was neither sent before nor is in a course by its end (share m), as in
    `evalkit.impact.windows.draw_windows`. The effect is ``sum of d[i, w] y[i, w] / sum of n m / (n + m)`` with d the part of a person's being sent
    that differs from the mean of the window; `lot_information` is ``(sum of n m / (n + m))**2 / (sum of d**2 + r sum of d[i, w] d[i, v])``.

    Parameters
    ----------
    waves : sequence of (float, int, int)
        Share of the people, the period in which the course is held, and the first that counts as trained (0 is the last before the first wave).
    pre : float
        Correlation of the outcome in any two periods; at the same past two of them keep ``r = pre / (1 + pre)``, none below zero.
    windows : int, optional
        How many windows are counted, from the first on; all without it.

    Returns
    -------
    float
        0: nobody is left to be compared with.

    Raises
    ------
    EstimationError
        If the shares are none or more than one together, or a wave counts as trained before it is held.

    Notes
    -----
    One measure after each wave is counted; more of them show more. The error of the effect is
    ``sqrt(variance of a person / (people * lot_information))``.

    Examples
    --------
    >>> round(lot_information([(0.25, 1, 1)]), 4), round(lot_information([(0.25, 1, 1), (0.25, 2, 2)]), 4)
    (0.1875, 0.3542)
    """
    if not waves or min(s for s, *_ in waves) <= 0 or sum(s for s, *_ in waves) > 1 + 1e-9 or any(not 1 <= b <= w for _, b, w in waves):
        raise EstimationError("Waves of a lot need a share each, of at most one in all, and are held in a period from 1 on, not after the first that "
                              "counts as trained.")
    never = max(w for *_, w in waves) + 1
    share = np.array([*(s for s, *_ in waves), max(1 - sum(s for s, *_ in waves), 0.0)])
    held, first = np.array([*(b for _, b, _ in waves), never]), np.array([*(w for *_, w in waves), never])
    parts = []
    for w in sorted({w for *_, w in waves})[:windows]:
        sent = first == w
        later = held[~sent & (held > held[sent].min())]
        there = ~sent & (held >= max(int(later.min(initial=never)), w + 1))
        n, m = float(share[sent].sum()), float(share[there].sum())
        parts.append(np.where(sent, m, np.where(there, -n, 0.0)) / (n + m))
    d = np.array(parts)
    across = (d * share) @ d.T  # over people: what a window tells, and what two windows share
    told, rest = float(np.trace(across)), max(pre, 0.0) / (1 + max(pre, 0.0))
    return told**2 / (told + rest * (float(across.sum()) - told)) if told > 0 else 0.0
