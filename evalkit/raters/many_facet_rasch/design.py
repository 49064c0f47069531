"""Ratings as the kernels want them: levels coded, levels without information left out, rows sorted by object and evaluator.

The facet with most levels leads: its measures are eliminated exactly in every Newton step. The next large one pairs with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

SMALL = 64  # levels up to which a facet is kept as dense columns


@dataclass(frozen=True)
class Coded:
    """Complete rows: `codes` a facet, `x` the category above the lowest declared one, `weight` or nothing."""

    codes: tuple[Codes, ...]
    levels: tuple[pd.Index, ...]
    x: NDArray[np.uint8]
    weight: Vector | None

    def only(self, rows: NDArray[np.intp]) -> Coded:
        """Give some of the rows, with all levels."""
        return Coded(tuple(own[rows] for own in self.codes), self.levels, self.x[rows], None if self.weight is None else self.weight[rows])


@dataclass(frozen=True)
class Design:
    """Rows without extreme levels, sorted; `kept[f]` are the levels of facet f that take part, `codes` count within them.

    `used` are the categories that occur; `starts` begin the runs of one lead and second level, `lead_starts` those of one lead.
    """

    codes: tuple[Codes, ...]
    kept: tuple[NDArray[np.intp], ...]
    x: NDArray[np.uint8]
    weight: Vector | None
    used: NDArray[np.intp]
    lead: int
    large: tuple[int, ...]
    small: tuple[int, ...]
    starts: NDArray[np.intp]
    lead_starts: NDArray[np.intp]

    @property
    def rows(self) -> int:
        """Ratings that take part."""
        return len(self.x)

    def sizes(self) -> tuple[int, ...]:
        """Levels of each facet that take part."""
        return tuple(len(k) for k in self.kept)


def code(values: pd.Series) -> tuple[Codes, pd.Index]:
    """Number the values by their order; whole numbers in a narrow range are counted, not hashed."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        seen = np.unique(values.cat.codes)
        place = np.zeros(len(values.cat.categories), dtype=np.int32)
        place[seen] = np.arange(len(seen), dtype=np.int32)
        return place[values.cat.codes], pd.Index(values.cat.categories[seen])
    array = values.to_numpy()
    if array.dtype.kind in "iu" and len(array):
        low, high = int(array.min()), int(array.max())
        if high - low < 4 * len(array) + 1000:
            shifted = array - low
            there = np.zeros(high - low + 1, dtype=bool)
            there[shifted] = True
            place = np.cumsum(there, dtype=np.int32) - np.int32(1)
            return place[shifted], pd.Index(np.flatnonzero(there) + low)
    codes, levels = pd.factorize(values, sort=True)
    return codes.astype(np.int32), pd.Index(levels)


def informative(coded: Coded) -> tuple[NDArray[np.bool_], list[NDArray[np.int8]]]:
    """Find the rows that can be fitted: no level of any facet has only lowest or only highest ratings.

    Returns the rows and, a facet, 0 for levels that take part, -1 or 1 for those all lowest or all highest, in rounds: a level
    left out may make another one extreme.
    """
    state = [np.zeros(len(levels), dtype=np.int8) for levels in coded.levels]
    keep = np.ones(len(coded.x), dtype=bool) if coded.weight is None else coded.weight > 0
    x, left = coded.x.astype(np.float64), [len(levels) for levels in coded.levels]
    seen = np.bincount(coded.x[keep], minlength=1)
    n = [np.bincount(codes[keep], minlength=size) for codes, size in zip(coded.codes, left, strict=True)]
    total = [np.bincount(codes[keep], x[keep], size) for codes, size in zip(coded.codes, left, strict=True)]  # sums of whole numbers are exact
    while seen.any():
        low, high = np.flatnonzero(seen)[[0, -1]]
        gone = np.zeros(len(keep), dtype=bool)
        for f, codes in enumerate(coded.codes):
            lowest, highest = (n[f] > 0) & (total[f] == low * n[f]), (n[f] > 0) & (total[f] == high * n[f])
            state[f][lowest & (state[f] == 0)] = -1
            state[f][highest & (state[f] == 0)] = 1
            if (lowest | highest).any():
                gone |= (lowest | highest)[codes]
        rows = np.flatnonzero(gone & keep)
        if not len(rows):
            break
        keep[rows] = False
        seen -= np.bincount(coded.x[rows], minlength=len(seen))
        for f, codes in enumerate(coded.codes):
            n[f] -= np.bincount(codes[rows], minlength=left[f])
            total[f] -= np.bincount(codes[rows], x[rows], left[f])
    return keep, state


def design(coded: Coded, keep: NDArray[np.bool_]) -> Design:
    """Sort the rows that take part by the facet with most levels, then by the next large one."""
    codes, kept = [], []
    everything = bool(keep.all())
    for own, levels in zip(coded.codes, coded.levels, strict=True):
        left = own if everything else own[keep]
        there = np.zeros(len(levels), dtype=bool)
        there[left] = True
        kept.append(np.flatnonzero(there))
        codes.append(left if there.all() else (np.cumsum(there, dtype=np.int32) - np.int32(1))[left])
    x = coded.x if everything else coded.x[keep]
    weight = coded.weight if coded.weight is None or everything else coded.weight[keep]
    sizes = [len(k) for k in kept]
    order = sorted(range(len(sizes)), key=lambda f: -sizes[f])
    lead, rest = order[0], order[1:]
    large = tuple(f for f in rest if sizes[f] > SMALL)
    second = large[0] if large else None
    sorted_codes, x, weight = _sort(codes, x, weight, sizes, [lead, *rest])
    change = np.empty(len(x), dtype=bool)
    change[:1] = True
    change[1:] = sorted_codes[lead][1:] != sorted_codes[lead][:-1]
    lead_starts = np.flatnonzero(change)
    if second is not None:
        change[1:] |= sorted_codes[second][1:] != sorted_codes[second][:-1]
    used = np.flatnonzero(np.bincount(x))
    return Design(tuple(sorted_codes), tuple(kept), x, weight, used, lead, large, tuple(f for f in rest if f not in large),
                  np.flatnonzero(change), lead_starts)


def _sort(codes: list[Codes], x: NDArray[np.uint8], weight: Vector | None, sizes: list[int],
          order: list[int]) -> tuple[list[Codes], NDArray[np.uint8], Vector | None]:
    """Sort rows by the facets in this order; packed into one number where it fits, since sorting values beats sorting places."""
    bits = [max(1, int(n - 1).bit_length()) for n in sizes]
    total = sum(bits) + 8
    if total > 62:
        place = np.lexsort([codes[f] for f in reversed(order)])
        return [c[place] for c in codes], x[place], None if weight is None else weight[place]
    key = codes[order[0]].astype(np.int64)
    for f in order[1:]:
        key <<= bits[f]
        key |= codes[f]
    key <<= 8
    key |= x
    if weight is not None:
        place = np.argsort(key, kind="stable")
        return [c[place] for c in codes], x[place], weight[place]
    key.sort()
    found: list[Codes] = [codes[0]] * len(codes)
    x = (key & 255).astype(np.uint8)
    key >>= 8
    for f in reversed(order):
        found[f] = (key & ((1 << bits[f]) - 1)).astype(np.int32)
        key >>= bits[f]
    return found, x, None


def common_length(lengths: NDArray[np.intp]) -> int:
    """Give the one length that all have; 0 if they differ."""
    return int(lengths[0]) if len(lengths) and bool((lengths == lengths[0]).all()) else 0


def add_runs(values: Vector, starts: NDArray[np.intp], each: int) -> Vector:
    """Add up pieces; those of one length (a form with as many items for all) as a product, ten times as quick as piece by piece."""
    found: Vector = values.reshape(-1, each) @ np.ones(each) if each else np.add.reduceat(values, starts)
    return found


def binned(codes: Codes, values: Vector, n: int) -> Vector:
    """Add values up by level."""
    return np.bincount(codes, values, n).astype(np.float64, copy=False)


def totals(left: Coded, d: Design, f: int) -> tuple[Vector, Vector]:
    """Count the ratings of each level, and add up their categories above the lowest: those that take part, and those `left` out."""
    found = []
    for of_category in (False, True):
        own, rest = (np.bincount(codes, _summed(x, w, of_category), n) for codes, x, w, n in (
            (d.codes[f], d.x, d.weight, len(d.kept[f])), (left.codes[f], left.x, left.weight, len(left.levels[f]))))
        total = rest.astype(np.float64)
        total[d.kept[f]] += own
        found.append(total)
    return found[0], found[1]


def _summed(x: NDArray[np.uint8], weight: Vector | None, of_category: bool) -> NDArray[Any] | None:
    if not of_category:
        return weight
    return x if weight is None else x * weight
