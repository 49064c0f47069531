"""How far the people of a team change together from one period to the next, where its evaluator stays and where it is taken over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ChangeSums:
    """One entry a team and step from one period to the next: sum, sum of squares and number of its people's changes, team, period."""

    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    n: NDArray[np.float64]
    team: NDArray[np.intp]
    period: NDArray[np.intp]
    taken: NDArray[np.bool_]

    @property
    def pairs(self) -> NDArray[np.float64]:
        """Ordered pairs of two people."""
        return self.n * (self.n - 1)

    def products(self, taken: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Give the sum over pairs of products of changes, for each way (row) in which links may be taken over.

        Changes are taken from the mean of the period's stays, and at takeovers from their own mean.
        """
        starts = np.unique(self.period, return_index=True)[1]  # entries stand in the order of their periods
        each = np.diff(np.append(starts, len(self.period)))
        stay = ~taken
        sums, people = (np.add.reduceat(stay * v, starts, axis=1) for v in (self.total, self.n))
        means = np.repeat(sums / np.maximum(people, 1), each, axis=1)
        shift = (taken * (self.total - self.n * means)).sum(axis=1) / np.maximum((taken * self.n).sum(axis=1), 1)
        centre = means + taken * shift[:, None]
        found: NDArray[np.float64] = (self.total - self.n * centre) ** 2 - self.squares + 2 * centre * self.total - self.n * centre**2
        return found

    def excess(self, taken: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give half the difference of mean products between the two kinds of steps, for each way, and its error if steps are independent."""
        products, found, square = self.products(taken), np.zeros(len(taken)), np.zeros(len(taken))
        for mark, sign in ((taken, 0.5), (~taken, -0.5)):
            pairs = (mark * self.pairs).sum(axis=1)
            mean = (mark * products).sum(axis=1) / pairs
            found += sign * mean
            square += (mark * (products - mean[:, None] * self.pairs) ** 2).sum(axis=1) / (2 * pairs) ** 2
        return found, np.sqrt(square)
