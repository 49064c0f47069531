"""The information that a Newton step needs: variances and covariances of ratings, added up over the blocks of one pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalkit.raters.many_facet_rasch.design import Vector, binned
from evalkit.raters.many_facet_rasch.runs import Runs, Sums

STRIDE = 1 << 20


class Information:
    """Sums of variances and covariances over the blocks of one pass."""

    def __init__(self, passes: Runs) -> None:
        self.p = passes
        d, sizes = passes.d, passes.d.sizes()
        self.pair = np.empty(len(d.starts))
        self.pair_step = [np.empty(len(d.starts)) for _ in passes.interior] if passes.steps is None else []
        self.border = np.zeros((sizes[d.lead], passes.columns))
        self.variance = [np.zeros(n) for n in sizes]
        self.inner = np.zeros((passes.columns, passes.columns))
        self.large = [np.zeros((sizes[f], passes.columns)) for f in d.large]
        self.rows = np.empty(d.rows) if d.large else None

    def add(self, parts: list[Vector], inverse: Vector, mean: Vector, weight: Vector | None, rows: slice, pairs: slice) -> None:
        """Add one block."""
        p, d = self.p, self.p.d
        second_moment = parts[0] * float(d.used[1] ** 2)
        for k, part in zip(d.used[2:], parts[1:], strict=True):
            second_moment += part * float(k**2)
        if d.used[0]:
            second_moment += float(d.used[0] ** 2)
        variance = second_moment * inverse - mean * mean
        if weight is not None:
            variance *= weight
        p.run_sums(variance, rows, pairs, self.pair)
        if self.rows is not None:
            self.rows[rows] = variance
        for f in d.large[1:]:
            self.variance[f] += np.bincount(d.codes[f][rows], variance, len(self.variance[f]))
        own = [d.codes[f][rows].astype(np.intp) for f in p.small]  # counted with many times: made places once
        columns = [(own[i], int(p.offsets[i]), len(d.kept[f]), variance) for i, f in enumerate(p.small)]
        self._inner_small(columns, variance)
        first = int(p.offsets[-1])
        scaled = inverse if weight is None else inverse * weight
        chances = [parts[place - 1] * scaled for place in range(1, len(d.used) - 1)]
        group = None if p.steps is None else d.codes[p.steps][rows].astype(np.intp)
        for number, (k, chance) in enumerate(zip(p.interior, chances, strict=True)):
            covariance = (k - mean) * chance
            at = first + number * p.groups
            for i, f in enumerate(p.small):
                self._cross(int(p.offsets[i]), own[i], len(d.kept[f]), at, group, covariance)
            self._steps(number, chance, chance * inverse, parts, group)
            self._large_steps(at, group, covariance, rows)
            if group is None:
                p.run_sums(covariance, rows, pairs, self.pair_step[number])
            else:
                columns.append((group, at, p.groups, covariance))
        self._outer(columns, rows)

    def _inner_small(self, columns: list[tuple[NDArray[np.intp], int, int, Vector]], variance: Vector) -> None:
        for i, (own, at, n, _) in enumerate(columns):
            self.inner[range(at, at + n), range(at, at + n)] += np.bincount(own, variance, n)
            for other, there, m, _ in columns[i + 1:]:
                found = np.bincount(own * m + other, variance, n * m).reshape(n, m)
                self.inner[at:at + n, there:there + m] += found

    def _cross(self, at: int, own: NDArray[np.intp], n: int, there: int, group: NDArray[np.intp] | None, values: Vector) -> None:
        m = self.p.groups
        key = own if group is None else own * m + group
        self.inner[at:at + n, there:there + m] += np.bincount(key, values, n * m).reshape(n, m)

    def _steps(self, number: int, chance: Vector, over: Vector, parts: list[Vector], group: NDArray[np.intp] | None) -> None:
        """Add thresholds by thresholds: ``P_k (1[k = l] - P_l)``."""
        m, first = self.p.groups, int(self.p.offsets[-1])
        at = first + number * m
        for other in range(number, len(self.p.interior)):
            there = first + other * m
            if group is None:
                self.inner[at, there] += (float(chance.sum()) if other == number else 0.0) - float(over @ parts[other])
                continue
            joint = over * -parts[other]
            if other == number:
                joint += chance
            self.inner[range(at, at + m), range(there, there + m)] += np.bincount(group, joint, m)

    def _outer(self, columns: list[tuple[NDArray[np.intp], int, int, Vector]], rows: slice) -> None:
        """Add lead by columns and each large facet by columns."""
        d = self.p.d
        lead = d.codes[d.lead][rows].astype(np.intp)
        first = int(lead[0])
        lead -= first
        leads = int(lead[-1]) + 1
        for own, at, n, values in columns:
            key = lead * n + own
            self.border[first:first + leads, at:at + n] += np.bincount(key, values, leads * n).reshape(leads, n)

    def _large_steps(self, at: int, group: NDArray[np.intp] | None, covariance: Vector, rows: slice) -> None:
        """Add large facet by thresholds, where the runs of the second facet do not give it."""
        d, m = self.p.d, self.p.groups
        for number, f in enumerate(d.large):
            if group is not None:
                key = d.codes[f][rows].astype(np.int64) * m + group
                self.large[number][:, at:at + m] += np.bincount(key, covariance, len(d.kept[f]) * m).reshape(-1, m)
            elif number:
                self.large[number][:, at] += np.bincount(d.codes[f][rows], covariance, len(d.kept[f]))

    def _large_small(self) -> None:
        """Add large facet by the levels of small ones, in wide strides: a block would touch the whole table each time."""
        p, d = self.p, self.p.d
        if self.rows is None:
            return
        for begin in range(0, d.rows, STRIDE):
            rows = slice(begin, begin + STRIDE)
            for number, f in enumerate(d.large):
                for i, g in enumerate(p.small):
                    n, at = len(d.kept[g]), int(p.offsets[i])
                    key = d.codes[f][rows].astype(np.int64) * n + d.codes[g][rows]
                    self.large[number][:, at:at + n] += np.bincount(key, self.rows[rows], len(d.kept[f]) * n).reshape(-1, n)

    def finish(self, out: Sums) -> None:
        """Bring the runs up to the levels."""
        p, d = self.p, self.p.d
        self.variance[d.lead] = p.lead_sums(self.pair)
        if p.pair_second is not None:
            self.variance[d.large[0]] = binned(p.pair_second, self.pair, len(self.variance[d.large[0]]))
        self._large_small()
        first = int(p.offsets[-1])
        for number, pair in enumerate(self.pair_step):
            self.border[:, first + number] = p.lead_sums(pair)
            if p.pair_second is not None:
                self.large[0][:, first + number] = np.bincount(p.pair_second, pair, len(d.kept[d.large[0]]))
        for i, f in enumerate(p.small):
            at = int(p.offsets[i])
            self.variance[f] = np.diagonal(self.inner)[at:at + len(d.kept[f])].copy()
        upper = np.triu(self.inner)
        out.inner = upper + np.triu(self.inner, 1).T
        out.variance, out.pair, out.border, out.large_border, out.row_variance = self.variance, self.pair, self.border, self.large, self.rows
