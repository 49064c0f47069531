"""How far the people of a team change together from one period to the next, where its evaluator stays and where it is taken over."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ChangeSums:
    """One entry a team and step from one period to the next: sum, sum of squares and number of its people's changes, team, period.

    Entries stand in the order of their periods. `total` and `squares` may have a column for each of several data sets on one design.
    """

    total: Array
    squares: Array
    n: Array
    team: NDArray[np.intp]
    period: NDArray[np.intp]
    taken: NDArray[np.bool_]

    @property
    def pairs(self) -> Array:
        """Ordered pairs of two people."""
        return self.n * (self.n - 1)

    def products(self) -> Array:
        """Give the sum over pairs of products of changes of one data set, entry by entry.

        Changes are taken from the mean of the period's stays, and at takeovers from their own mean.
        """
        stay, last = ~self.taken, int(self.period.max()) + 1
        people, sums = (np.bincount(self.period[stay], weights=v[stay], minlength=last) for v in (self.n, self.total))
        centre = (sums / np.maximum(people, 1))[self.period]
        centre = centre + self.taken * ((self.total - self.n * centre)[self.taken].sum() / max(self.n[self.taken].sum(), 1))
        found: Array = (self.total - self.n * centre) ** 2 - self.squares + 2 * centre * self.total - self.n * centre**2
        return found

    def excess(self, taken: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Give half the difference of mean products between the two kinds of steps, and its error if steps are independent.

        With ``a = total^2 - squares``, ``b = (n - 1) total`` and ``c = n (n - 1)`` the products of an entry around a centre m are
        ``a - 2 m b + m^2 c``. So sums of a, b, c and of their products with each other, by period and kind, give all ways and all data sets.

        Parameters
        ----------
        taken : array of bool, shape (m, L)
            Ways in which entries may be taken over.

        Returns
        -------
        tuple of arrays, each of shape (m, b)
            For each way and data set. Not a number where a way leaves no pair on a side.
        """
        total, squares = (v.reshape(len(v), -1) for v in (self.total, self.squares))
        a, b, c, n = total**2 - squares, (self.n - 1)[:, None] * total, self.pairs[:, None], self.n[:, None]
        columns = [np.broadcast_to(v, total.shape) for v in (total, a, b, a * a, a * b, a * c, b * b, b * c)]
        own = [n, c, c * c]
        steps = [(self._sums(taken, columns, part), self._sums(taken, own, part)) for part in self._parts()]
        means = [_mean(sums[1][0], counts[1][0]) for sums, counts in steps]
        moved = np.sum([sums[0][0] - m * counts[0][0] for (sums, counts), m in zip(steps, means, strict=True)], axis=0)
        shift = _mean(moved, np.sum([counts[0][0] for _, counts in steps], axis=0))
        found, square = np.zeros(shift.shape), np.zeros(shift.shape)
        for kind, sign in ((0, 0.5), (1, -0.5)):
            centres = [m + shift if kind == 0 else m for m in means]
            sides = [(sums[kind], counts[kind]) for sums, counts in steps]
            pairs = sum(counts[1] for _, counts in sides)
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = sum(s[1] - 2 * m * s[2] + m**2 * counts[1] for (s, counts), m in zip(sides, centres, strict=True)) / pairs
                found += sign * mean
                for ((_, _, _, aa, ab, ac, bb, bc), (_, _, cc)), m in zip(sides, centres, strict=True):
                    k = m**2 - mean
                    square += (aa - 4 * m * ab + 2 * k * ac + 4 * m**2 * bb - 4 * m * k * bc + k**2 * cc) / (2 * pairs) ** 2
        return found, np.sqrt(np.maximum(square, 0.0))

    def _parts(self) -> list[slice]:
        starts = [*np.unique(self.period, return_index=True)[1].tolist(), len(self.period)]
        return [slice(first, last) for first, last in pairwise(starts)]

    @staticmethod
    def _sums(taken: NDArray[np.bool_], columns: list[Array], part: slice) -> tuple[list[Array], list[Array]]:
        """Sum the columns of a period over what is taken over, and over what stays."""
        values = np.concatenate([v[part] for v in columns], axis=1)
        over = taken[:, part].astype(np.float64) @ values
        return np.split(over, len(columns), axis=1), np.split(values.sum(axis=0) - over, len(columns), axis=1)


def _mean(total: Array, n: Array) -> Array:
    found: Array = total / np.maximum(n, 1)
    return found
