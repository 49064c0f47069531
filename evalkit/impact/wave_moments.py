"""What the errors of group-time effects need: counts and sums by cluster, or, where everybody stands alone, moments by wave.

An effect is a weighted sum of means of changes, one mean of those sent and one of the others a cell. With n of a cluster among N in a mean,
CR2 takes the cluster's residuals ``1 / sqrt(1 - n / N)`` times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Moments(Protocol):
    """Either form."""

    @property
    def totals(self) -> Array:
        """People in each mean."""

    @property
    def means(self) -> Array:
        """Each mean."""

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Which means rest on one cluster only: their error cannot be seen."""

    def used(self, columns: NDArray[np.bool_]) -> int:
        """How many clusters the means of these columns rest on."""

    def spread(self, weights: Array) -> tuple[Array, Array]:
        """Give the covariance of weighted sums (weights: means x sums), and the degrees of freedom of each."""


@dataclass(frozen=True)
class ByCluster:
    """`counts` and `sums` of changes, clusters x means."""

    counts: Array
    sums: Array

    @cached_property
    def totals(self) -> Array:
        """People in each mean."""
        return np.asarray(self.counts.sum(axis=0))

    @cached_property
    def means(self) -> Array:
        """Each mean."""
        return np.asarray(self.sums.sum(axis=0) / self.totals)

    @cached_property
    def alone(self) -> NDArray[np.bool_]:
        """Which means rest on one cluster only."""
        return np.asarray((self.counts > 0).sum(axis=0) < 2)

    def used(self, columns: NDArray[np.bool_]) -> int:
        """How many clusters there are."""
        return int((self.counts[:, columns].sum(axis=1) > 0).sum())

    def spread(self, weights: Array) -> tuple[Array, Array]:
        """Give covariance and degrees of freedom."""
        used = weights.any(axis=1)
        counts, sums, weights = self.counts[:, used], self.sums[:, used], weights[used]
        total = counts.sum(axis=0)
        factor = _factor(counts / total)
        part = ((sums - counts * (sums.sum(axis=0) / total)) * factor / total) @ weights
        own = (counts * factor**2) @ (weights / total[:, None]) ** 2
        df = []
        for e, w in enumerate(weights.T):
            here = w != 0
            cross = counts[:, here] * factor[:, here] * (w[here] / total[here] ** 1.5)
            df.append(_satterthwaite(own[:, e], cross, np.ones(len(own))))
        return np.asarray(part.T @ part), np.array(df)


@dataclass(frozen=True)
class ByWave:
    """People who are each a cluster, all seen in every period: by wave their number, means, and squares about the means.

    `member` (waves x means) says which wave is in which mean, `change` (means x periods) which periods it compares.
    """

    sizes: Array
    averages: Array
    squares: Array
    member: NDArray[np.bool_]
    change: Array

    @cached_property
    def totals(self) -> Array:
        """People in each mean."""
        return np.asarray(self.sizes @ self.member)

    @cached_property
    def means(self) -> Array:
        """Each mean."""
        return np.asarray((self.sizes[:, None] * self.member * (self.averages @ self.change.T)).sum(axis=0) / self.totals)

    @cached_property
    def alone(self) -> NDArray[np.bool_]:
        """Which means rest on one person only."""
        return np.asarray(self.totals < 2)

    def used(self, columns: NDArray[np.bool_]) -> int:
        """How many people there are."""
        return int(self.sizes[self.member[:, columns].any(axis=1)].sum())

    def spread(self, weights: Array) -> tuple[Array, Array]:
        """Give covariance and degrees of freedom."""
        total, means = self.totals, self.means
        factor = _factor(1 / total)
        scaled = weights * (factor / total)[:, None]
        covariance = np.zeros((weights.shape[1],) * 2)
        for h, there in enumerate(self.member):
            along = self.change[there].T @ scaled[there]
            off = (self.change[there] @ self.averages[h] - means[there]) @ scaled[there]
            covariance += along.T @ self.squares[h] @ along + self.sizes[h] * np.outer(off, off)
        own = self.member @ scaled**2
        df = []
        for e, w in enumerate(scaled.T):
            here = w != 0
            df.append(_satterthwaite(own[:, e], self.member[:, here] * (w[here] / np.sqrt(total[here])), self.sizes))
        return covariance, np.array(df)


def _factor(share: Array) -> Array:
    left = 1 - share
    return np.asarray(np.where(left > 1e-9, 1 / np.sqrt(np.where(left > 1e-9, left, 1.0)), 0.0))


def _satterthwaite(own: Array, cross: Array, copies: Array) -> float:
    """``tr(B)^2 / tr(B^2)`` of ``B = diag(own) - cross cross'``, each row standing for `copies` clusters."""
    size = (cross**2).sum(axis=1)
    trace = float(copies @ (own - size))
    cross = cross * np.sqrt(copies)[:, None]
    gram = cross @ cross.T if cross.shape[0] < cross.shape[1] else cross.T @ cross  # the squares of both add up to the same
    squares = float(copies @ own**2 - 2 * copies @ (own * size) + (gram**2).sum())
    return trace**2 / squares if squares > 0 and trace > 0 else 0.0
