"""Evaluators of one period by stratum, and data that evaluators who differ would give: latent merit above a threshold of each stratum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.inference.frames import need_names, row_order

_DRAWS_AT_ONCE = 2_000_000
_OWN = 10.0  # people whose weight the common share has in the chance of a stratum


@dataclass(frozen=True)
class Stratum:
    """People of one unit and post type, in the order of their evaluators: number of each one's evaluator, and how many have the outcome."""

    raters: NDArray[np.intp]
    total: int
    pairs: float  # under one evaluator
    excess: float  # pairs with the outcome under one evaluator, beyond what the total gives

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Count each evaluator's people."""
        return np.diff(np.append(self.starts, len(self.raters)))

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where each evaluator's people begin."""
        return np.unique(self.raters, return_index=True)[1]

    def beyond(self, hits: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the excess of counts by evaluator (last axis)."""
        n, total = len(self.raters), hits.sum(axis=-1)
        found: NDArray[np.float64] = (hits * (hits - 1) // 2).sum(axis=-1) - self.pairs * total * (total - 1) / (n * (n - 1))
        return found


@dataclass(frozen=True)
class World:
    """The strata that have two evaluators or more, and the share of their people who have the outcome."""

    strata: tuple[Stratum, ...]
    n_raters: int
    share: float

    @property
    def weight(self) -> float:
        """Pairs under one evaluator, each less the part that the stratum's own total holds of it."""
        return sum(s.pairs * (1 - 2 * s.pairs / (len(s.raters) * (len(s.raters) - 1))) for s in self.strata)

    @property
    def excess(self) -> float:
        """Pairs with the outcome under one evaluator, beyond what the totals give."""
        return sum(s.excess for s in self.strata)


def world_of(rows: pd.DataFrame, positive: NDArray[np.bool_], strata: Sequence[str]) -> World:
    """Give the strata that have two evaluators or more, each with its people in the order of their evaluators."""
    need_names(("rater_id", *strata), rows.columns)
    if rows.empty:
        return World((), 0, 0.0)
    order = row_order(rows, [*strata, "rater_id"])  # so that a seed gives one answer whatever the order of the rows
    rows, positive = rows.iloc[order], positive[order]
    rater = pd.factorize(rows["rater_id"])[0]
    group = pd.MultiIndex.from_frame(rows[list(strata)]).factorize()[0]
    order, found = np.lexsort((rater, group)), []
    for people in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        own, marks = rater[people], positive[people]
        if own[0] == own[-1]:
            continue
        first, sizes = np.unique(own, return_index=True, return_counts=True)[1:]
        empty = Stratum(own, int(marks.sum()), float((sizes * (sizes - 1) / 2).sum()), 0.0)
        found.append(replace(empty, excess=float(empty.beyond(np.add.reduceat(marks, first, dtype=np.int64)))))
    people_all = max(sum(len(s.raters) for s in found), 1)
    return World(tuple(found), int(rater.max()) + 1, sum(s.total for s in found) / people_all)


def free_cut(world: World, s: Stratum, share: float) -> np.float32:
    """Give the threshold of a stratum whose total nobody sets: a small one says little of its chance, which is drawn towards that of all."""
    from scipy.special import ndtri

    return np.float32(-ndtri((s.total + _OWN * world.share) / (len(s.raters) + _OWN)) / np.sqrt(1 - share))


def latent(world: World, share: float, draws: int, seed: int) -> Iterator[list[NDArray[np.float32]]]:
    """Draw latent values, some data sets at once, by stratum; the same random numbers for every share, so that answers move smoothly."""
    sigma = np.float32(np.sqrt(share / (1 - share)))
    size = max(1, min(draws, _DRAWS_AT_ONCE // sum(len(s.raters) for s in world.strata)))
    for start in range(0, draws, size):
        m = min(size, draws - start)
        rng = np.random.default_rng([seed, start])
        effect = sigma * rng.standard_normal((world.n_raters, m), dtype=np.float32)
        yield [effect[s.raters].T + rng.standard_normal((m, len(s.raters)), dtype=np.float32) for s in world.strata]


def simulated(world: World, share: float, draws: int, seed: int, fixed: bool, shift: float = 0.0) -> NDArray[np.float64]:
    """Give the excess of each simulated data set."""
    return np.concatenate([sum((s.beyond(hits) for s, hits in parts), np.zeros(n))
                           for n, parts in counts(world, share, draws, seed, fixed, shift)])


def counts(world: World, share: float, draws: int, seed: int, fixed: bool,
           shift: float = 0.0) -> Iterator[tuple[int, list[tuple[Stratum, NDArray[np.int64]]]]]:
    """Give how many of each evaluator's people have the outcome, by stratum, some data sets at once and how many they are."""
    for parts in latent(world, share, draws, seed):
        found = []
        for s, z in zip(world.strata, parts, strict=True):
            n = len(s.raters)
            if fixed and s.total in (0, n):
                continue
            cut = np.partition(z, n - s.total, axis=1)[:, n - s.total, None] if fixed else free_cut(world, s, share) - np.float32(shift)
            found.append((s, np.add.reduceat(z >= cut, s.starts, axis=1, dtype=np.int64)))
        yield len(parts[0]), found
