"""A lot of whole units: the chance of each, by making the very same draw again many times, and a test that respects those chances."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import EstimationError

DRAWS = 4_999
LEAST_CHANCE = 0.01  # below it, or as near to one, a unit has no counterpart on the other side


@dataclass(frozen=True)
class Lot:
    """What a lot of whole units fell on: `units` with their `sizes`, the `seats` of each wave, and the wave of each unit (0: no seat)."""

    units: tuple[str, ...]
    sizes: tuple[int, ...]
    seats: tuple[int, ...]
    waves: tuple[int, ...]

    def __post_init__(self) -> None:
        alike = len(self.units) == len(self.sizes) == len(self.waves) and len(set(self.units)) == len(self.units)
        if not alike or min(self.sizes, default=1) < 1 or not self.seats or min(self.seats) < 0:
            raise EstimationError("A lot of whole units needs each unit once, with its size and wave, and the seats of each wave.")


def redraws(sizes: tuple[int, ...], seats: tuple[int, ...], *, draws: int = DRAWS, seed: int = 20261) -> NDArray[np.intp]:
    """Draw whole units again and again as `evalkit.impact.waves.draw_waves` does: in a random order, each into the first wave with room.

    Parameters
    ----------
    sizes, seats : tuple of int
        People of each unit; seats of each wave.
    draws, seed : int
        How many times, from which seed.

    Returns
    -------
    numpy.ndarray of int, shape (draws, units)
        The wave of each unit; 0 without a seat.

    Examples
    --------
    >>> bool((redraws((9, 2, 2), (4,), draws=3) == [0, 1, 1]).all())  # the first never fits
    True
    """
    n, of = len(sizes), np.asarray(sizes, dtype=int)
    order = np.argsort(np.random.default_rng(seed).random((draws, n)), axis=1, kind="stable")
    left, wave = np.tile(np.asarray(seats, dtype=int), (draws, 1)), np.zeros((draws, n), dtype=np.intp)
    every = np.arange(draws)
    for turn in range(n):
        unit = order[:, turn]
        fits = left >= of[unit][:, None]
        some, place = fits.any(axis=1), fits.argmax(axis=1)
        wave[every[some], unit[some]] = place[some] + 1
        left[every[some], place[some]] -= of[unit][some]
    return wave


def chances(lot: Lot, *, draws: int = DRAWS, seed: int = 20261) -> NDArray[np.float64]:
    """Give the chance of each unit (rows) of each wave (columns), by drawing again.

    Examples
    --------
    >>> chances(Lot(("a", "b"), (9, 2), (4,), (0, 1))).tolist()
    [[0.0], [1.0]]
    """
    made = redraws(lot.sizes, lot.seats, draws=draws, seed=seed)
    return np.stack([(made == w).mean(axis=0) for w in range(1, len(lot.seats) + 1)], axis=1)


@dataclass(frozen=True)
class Redrawn:
    """For each window (columns) and unit (rows): its chance of being sent then if it is not before, and the draws made again.

    `sent` and `there` have the shape draws x units x windows: who would have been sent in it, and who would stand in it at all.
    """

    chance: NDArray[np.float64]
    sent: NDArray[np.bool_]
    there: NDArray[np.bool_]

    @property
    def compared(self) -> NDArray[np.bool_]:
        """Which units have a chance of either side in a window."""
        return np.asarray((self.chance >= LEAST_CHANCE) & (self.chance <= 1 - LEAST_CHANCE))


def redrawn(lot: Lot, groups: list[set[int]], *, seed: int, draws: int = DRAWS) -> Redrawn:
    """Draw again, for windows in each of which the waves of one group were sent.

    Examples
    --------
    >>> found = redrawn(Lot(("a", "b", "c"), (2, 2, 2), (2, 2), (1, 2, 0)), [{1}, {2}], seed=1)
    >>> found.chance.round(1).tolist()
    [[0.3, 0.5], [0.3, 0.5], [0.3, 0.5]]
    """
    made = redraws(lot.sizes, lot.seats, draws=draws, seed=seed)
    sent = np.stack([np.isin(made, sorted(g)) for g in groups], axis=2)
    there = np.asarray(np.cumsum(sent, axis=2) - sent == 0, dtype=bool)
    share, base = np.asarray(sent.mean(axis=0)), np.asarray(there.mean(axis=0))
    return Redrawn(np.divide(share, base, out=np.zeros_like(share), where=base > 0), sent, there)


def redrawn_p(y: NDArray[np.float64], unit: NDArray[np.intp], window: NDArray[np.intp], past: NDArray[np.float64] | None, again: Redrawn,
              sent: NDArray[np.bool_], there: NDArray[np.bool_], *, alpha: float = 0.05) -> tuple[float, float, float]:
    """Test that nobody's outcome depends on the lot: the coefficient of being sent, beside windows, past and chance, drawn again; p and limits.

    ``p = (b + 1) / (m + 1)``, b being the draws whose coefficient is at least as large in size. A small p: this very lot rarely parts people
    like this. The limits are those of the effects, the same for all, that the test does not reject at `alpha`; infinite where it rejects none.

    Parameters
    ----------
    y, past : numpy.ndarray of float, shape (n,)
        The outcome in each window of each person, whether she stands in it or not, and her past.
    unit, window : numpy.ndarray of int, shape (n,)
        Rows and columns of `again`.
    again : Redrawn
        The draws.
    sent, there : numpy.ndarray of bool, shape (units, windows)
        The draw that was taken.

    Notes
    -----
    Exact for the sharp hypothesis, whatever the chances. Source: K. Borusyak, P. Hull (2023), Econometrica 91, 2155-2185.
    """
    units, windows = again.chance.shape
    chance = again.chance[unit, window]
    trained = (~there | sent)[unit, window].astype(float)  # whoever was sent in an earlier window is trained in a later one
    columns = [*(window[:, None] == np.arange(windows)).astype(float).T, chance, trained, y]
    if past is not None:
        columns.insert(windows, past)
    v = np.column_stack(columns)
    cell, kept = unit * windows + window, again.compared.reshape(-1)
    sums = np.stack([np.bincount(cell, weights=c, minlength=units * windows) for c in v.T], axis=1) * kept[:, None]
    size = np.bincount(cell, minlength=units * windows) * kept
    squares = np.stack([np.bincount(cell, weights=a * b, minlength=units * windows) for a in v.T for b in v.T], axis=1) * kept[:, None]

    def coefficients(d: NDArray[np.bool_], r: NDArray[np.bool_]) -> NDArray[np.float64]:
        d, r = (d & r).reshape(len(d), -1).astype(float), r.reshape(len(r), -1).astype(float)
        whole, across, n = (r @ squares).reshape(len(r), v.shape[1], v.shape[1]), d @ sums, d @ size
        inverse = np.linalg.pinv(whole[:, :-2, :-2], rcond=1e-10, hermitian=True)
        turned = np.einsum("ij,ijk->ik", across[:, :-2], inverse)
        top = across[:, -2:] - np.einsum("ij,ijk->ik", turned, whole[:, :-2, -2:])
        below = (n - np.einsum("ij,ij->i", turned, across[:, :-2]))[:, None]
        return np.asarray(np.divide(top, below, out=np.zeros_like(top), where=below > 1e-9), dtype=float)

    one, all_ways = coefficients(sent[None], there[None])[0], coefficients(again.sent, again.there)

    def p_of(effect: float) -> float:
        seen = abs(float(one[1] - effect * one[0]))
        hits = int((np.abs(all_ways[:, 1] - effect * all_ways[:, 0]) >= seen - 1e-10 * max(1.0, seen)).sum())
        return (hits + 1) / (len(all_ways) + 1)

    step = max(float(np.std(all_ways[:, 1])), 1e-9)
    low, high = (_edge(p_of, float(one[1]), side * step, alpha) for side in (-1, 1))
    return p_of(0.0), low, high


def _edge(p_of: Callable[[float], float], start: float, step: float, alpha: float) -> float:
    """Where the p-value falls to alpha, going away from the estimate."""
    far = start + step
    for _ in range(8):
        if p_of(far) <= alpha:
            break
        far = start + 2 * (far - start)
    else:
        return math.copysign(math.inf, step)
    near = start
    for _ in range(30):
        middle = (near + far) / 2
        near, far = (middle, far) if p_of(middle) > alpha else (near, middle)
    return far
