"""Expected rating, its variance and fourth moment for any rows at a point; used by everything that looks back at a fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.raters.many_facet_rasch.design import Codes, Matrix, Vector

ROWS = 65_536


@dataclass(frozen=True)
class Scale:
    """Categories in use (above the lowest declared) and log a, a row a group of steps."""

    used: NDArray[np.intp]
    log_a: Matrix

    def chances(self, logit: Vector, group: Codes | None) -> Matrix:
        """Give the chance of each used category, a row a rating."""
        power: Matrix = np.outer(logit, self.used - self.used[0]) + (self.log_a[0] if group is None else self.log_a[group])
        power -= power.max(axis=1, keepdims=True)
        np.exp(power, out=power)
        power /= power.sum(axis=1, keepdims=True)
        return power

    def moments(self, logit: Vector, group: Codes | None) -> tuple[Vector, Vector, Vector]:
        """Give mean, variance and fourth central moment."""
        chance = self.chances(logit, group)
        k = self.used.astype(np.float64)
        mean = chance @ k
        off = np.square(k - mean[:, None])
        return mean, (chance * off).sum(axis=1), (chance * np.square(off)).sum(axis=1)

    def averaged(self, logit: Vector) -> Vector:
        """Give the expected rating, averaged over the groups of steps."""
        total = np.zeros(len(logit))
        for group in range(len(self.log_a)):
            total += self.moments(logit, np.full(len(logit), group, dtype=np.int32))[0]
        return total / len(self.log_a)


def strides(rows: int) -> Iterator[slice]:
    """Give rows in pieces that keep a table of chances small."""
    for begin in range(0, rows, ROWS):
        yield slice(begin, min(begin + ROWS, rows))


def shift_to(scale: Scale, logit: Vector, group: Codes | None, cell: NDArray[np.intp], cells: int, target: Vector, weight: Vector | None,
             most: float = 12.0) -> tuple[Vector, Vector]:
    """Find the shift of each cell at which its expected total is the target, everything else held; gives shift and information."""
    shift, information = np.zeros(cells), np.ones(cells)
    for _ in range(60):
        expected, information = np.zeros(cells), np.zeros(cells)
        for part in strides(len(logit)):
            mean, variance, _ = scale.moments(logit[part] + shift[cell[part]], None if group is None else group[part])
            w = 1.0 if weight is None else weight[part]
            expected += np.bincount(cell[part], mean * w, cells)
            information += np.bincount(cell[part], variance * w, cells)
        step = np.clip((target - expected) / np.maximum(information, 1e-10), -1.0, 1.0)
        shift = np.clip(shift + step, -most, most)
        if float(np.abs(step).max(initial=0.0)) < 1e-10:
            break
    return shift, information
