"""What a lot of whole units could show: units of their own sizes at their own chances, judged as the page judges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.impact.lot import LEAST_CHANCE, redraws
from evalkit.inference.reading import check_level, listed, numbers
from evalkit.inference.single_values import single

WORLDS, DRAWS, _SEED = 2_000, 999, 20261
Array = NDArray[np.float64]


@dataclass(frozen=True)
class LotSight:
    """What a lot could show: `needed`, the effect (in SD) from which on it is claimed in each made-up course, infinite where it never is.

    `std_error` is that of the difference, `df` the middle degrees of freedom of its range, `units` those with a chance on either side.
    """

    needed: Array
    std_error: float
    df: float
    units: int

    def power(self, effect: ArrayLike) -> Array:
        """Give the share of courses in which an effect of that size is claimed, in either direction."""
        size = np.abs(numbers(effect, "effects", wide=True))
        return np.asarray((np.searchsorted(self.needed, size, "right") + np.searchsorted(self.needed, -size, "right")) / len(self.needed))

    def smallest(self, power: float = 0.8) -> float:
        """Give the smallest effect that is claimed in that share of courses; missing (nan) where none is."""
        above = self.needed[np.isfinite(self.needed) & (self.needed > 0)]
        enough = above[self.power(above) >= power] if len(above) else above
        return float(enough[0]) if len(enough) else np.nan


def lot_sight(sizes: Sequence[int], seats: int, *, icc: float = 0.10, pre: float = 0.0, attrition: float = 0.0, level: float = 0.05) -> LotSight:
    """Find what a lot of whole units could show, by making its first wave and its analysis again and again.

    The mean of unit j after the course has the variance ``(1 - pre**2) (icc + (1 - icc) / n_j)`` at the same past. Units are drawn until the seats
    are full; the line has a constant, being sent, and the chance of the unit, each unit weighing as many people as it has. Claimed is what its CR2
    range (Satterthwaite) does not hold zero for, and what the lot drawn again does not reject: at `level`, or twice that where all units are alike.

    Parameters
    ----------
    sizes : sequence of int
        People of each unit.
    seats : int
        Seats of the first wave.
    icc, pre, attrition : float
        Share of the variance between units, correlation with the score before, share of people without a measure afterwards.
    level : float
        Of the test.

    Returns
    -------
    LotSight
        With `power(effects)`; nothing is ever claimed where fewer than five units have a chance on either side.

    Raises
    ------
    EstimationError
        If a size or the seats are no whole number above zero, or a share is none.

    Notes
    -----
    2,000 courses from one seed: a power of 0.8 is known to within 0.02. The past explains the same share between and within units; one measure
    before and one after. Normal outcomes are supposed, an effect that is the same for all, and sizes that do not foretell the outcome
    once the chance is in the line. Not for units of one size that were put into waves by calendar or place.

    Examples
    --------
    >>> alike, unlike = lot_sight((20,) * 20, 200), lot_sight((10,) * 17 + (30, 50, 150), 200)
    >>> float(alike.power(0.5)) > float(unlike.power(0.5)) + 0.2
    True
    """
    check_level(level)
    listed(sizes=sizes)
    single(icc=icc, pre=pre, attrition=attrition)
    whole = all(isinstance(n, (int, np.integer)) and n > 0 for n in (*sizes, seats)) and len(sizes) > 0
    if not (whole and 0 <= icc < 1 and -1 < pre < 1 and 0 <= attrition < 1):
        raise EstimationError("A lot of whole units needs the people of each unit and the seats as whole numbers above zero, an ICC and an "
                              "attrition from 0 to below 1, and a correlation between -1 and 1.")
    return _sight(tuple(map(int, sizes)), int(seats), float(icc), float(pre), float(attrition), float(level))


@lru_cache(maxsize=128)
def _sight(sizes: tuple[int, ...], seats: int, icc: float, pre: float, attrition: float, level: float) -> LotSight:
    made = (redraws(sizes, (seats,), draws=WORLDS + DRAWS, seed=_SEED) == 1).astype(float)
    chance = made.mean(axis=0)
    kept = (chance >= LEAST_CHANCE) & (chance <= 1 - LEAST_CHANCE)
    if kept.sum() < 5:  # of four units nothing is ever claimed
        return LotSight(np.full(WORLDS, np.inf), np.inf, 0.0, int(kept.sum()))
    people, made, chance = np.asarray(sizes, dtype=float)[kept] * (1 - attrition), made[:, kept], chance[kept]
    even = np.ptp(people) == 0
    of = None if even else chance
    lines, again = _lines(made[:WORLDS], people, of), _fitted(made[WORLDS:], people, of)[2] * people
    sd = np.sqrt((1 - pre**2) * (icc + (1 - icc) / people))
    noise = np.random.default_rng(_SEED).normal(size=(WORLDS, len(people))) * sd
    found = np.einsum("ij,ij->i", lines.weights, noise)
    by_range = _by_range(lines, noise, found, people, level)
    by_lot = _by_lot(again, made[:WORLDS], noise, found, (2 if even else 1) * level)
    return LotSight(np.sort(np.asarray(np.maximum(by_range, by_lot), dtype=float)), float(np.std(found)), float(np.median(lines.df)),
                    int(kept.sum()))


@dataclass(frozen=True)
class _Lines:
    """One line a draw: `weights` give the coefficient of being sent from the means of units; `hat` what the line takes from their residuals."""

    x: Array
    inverse: Array
    weights: Array
    leverage: Array
    df: Array


def _fitted(made: Array, people: Array, chance: Array | None) -> tuple[Array, Array, Array]:
    """Give the design of each draw, the inverse of its sums of squares, and what the means of units weigh in the coefficient of being sent."""
    columns = [np.ones_like(made), made, *([] if chance is None else [np.broadcast_to(chance - chance.mean(), made.shape)])]
    x = np.stack(columns, axis=2)
    inverse = np.linalg.pinv(np.matmul(x.transpose(0, 2, 1), x * people[:, None]), rcond=1e-10, hermitian=True)
    return x, inverse, np.matmul(x, inverse[:, 1, :, None])[:, :, 0]


def _lines(made: Array, people: Array, chance: Array | None) -> _Lines:
    x, inverse, along = _fitted(made, people, chance)
    hat = np.matmul(x, inverse)
    near = (hat * x).sum(axis=2)
    leverage = near * people
    open_to = leverage < 1 - 1e-9
    a = np.where(open_to, along / np.sqrt(np.where(open_to, 1 - leverage, 1.0)), 0.0)
    length, weight = people * a**2, people * a  # what CR2 makes of each unit: B = diag(length) - cross M cross', cross = weight x
    shared = weight**2 * near
    trace = (length - shared).sum(axis=1)
    inner = np.matmul((weight[:, :, None] * hat).transpose(0, 2, 1), weight[:, :, None] * x)
    squares = (length**2).sum(axis=1) - 2 * (length * shared).sum(axis=1) + (inner * inner.transpose(0, 2, 1)).sum(axis=(1, 2))
    df = np.divide(trace**2, squares, out=np.zeros_like(trace), where=squares > 1e-18)
    sent = made.sum(axis=1)
    fit = (df >= 2) & (sent >= 2) & (made.shape[1] - sent >= 2)
    return _Lines(x, inverse, along * people, leverage, np.where(fit, df, 0.0))


def _by_range(lines: _Lines, noise: Array, found: Array, people: Array, level: float) -> Array:
    """The effect from which on the range leaves zero out, above it."""
    from scipy.special import stdtrit

    open_to = lines.leverage < 1 - 1e-9
    line = np.matmul(lines.inverse, np.matmul(lines.x.transpose(0, 2, 1), (noise * people)[:, :, None]))
    residual = noise - np.matmul(lines.x, line)[:, :, 0]
    parts = np.where(open_to, lines.weights * residual / np.sqrt(np.where(open_to, 1 - lines.leverage, 1.0)), 0.0)
    error, df = np.sqrt((parts**2).sum(axis=1)), lines.df
    return np.where(df > 0, stdtrit(np.maximum(df, 1.0), 1 - level / 2) * error - found, np.inf)


def _by_lot(weights: Array, made: Array, noise: Array, found: Array, level: float) -> Array:
    """The effect from which on at most `level` of the lots drawn again have a coefficient as large: at what effect each falls behind."""
    rest, moved = noise @ weights.T, made @ weights.T
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.where(moved < 1 - 1e-9, (rest - found[:, None]) / (1 - moved), np.inf)
        below = np.where(moved > -1 + 1e-9, (-rest - found[:, None]) / (1 + moved), np.inf)
    ahead = np.maximum(above, below)
    allowed = int(np.floor(level * (len(weights) + 1) + 1e-9)) - 1
    place = len(weights) - 1 - allowed
    return np.asarray(np.partition(ahead, place, axis=1)[:, place])
