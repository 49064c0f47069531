"""One pass over the ratings: expected sums of every level, and the information that a Newton step needs.

``P(x) = a_x z^x / sum_k a_k z^k`` with ``z = exp(sum of the measures)``: the exponentials are taken once a level, never once a row.
Rows go in blocks that stay in the processor's cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.raters.many_facet_rasch.design import Matrix, Vector, binned
from evalkit.raters.many_facet_rasch.information import Information
from evalkit.raters.many_facet_rasch.runs import Runs, Sums


@dataclass(frozen=True)
class Point:
    """Where the search stands: measures with plus sign a facet, and log a of each category, a row a group of steps."""

    measures: tuple[Vector, ...]
    log_a: Matrix

    def moved(self, steps: list[Vector], log_a: Matrix) -> Point:
        """Give the point after a step."""
        return Point(tuple(m + s for m, s in zip(self.measures, steps, strict=True)), log_a)


class Passes(Runs):
    """The kernels over one design; `steps` is the facet whose levels have thresholds of their own, or nothing."""

    def _odds(self, point: Point, powers: list[Vector], rows: slice, pairs: slice) -> Vector:
        """Give z for the rows of a block."""
        run = powers[self.d.lead][self._pair_lead[pairs]]
        if self.pair_second is not None:
            run = run * powers[self.d.large[0]][self.pair_second[pairs]]
        z = np.repeat(run, self._each or self._lengths[pairs])
        for f in (*self.d.large[1:], *self.small):
            z *= powers[f][self.d.codes[f][rows]]
        return z

    def _parts(self, z: Vector, ratio: Matrix, rows: slice) -> tuple[list[Vector], Vector]:
        """Give a_k z^k of each used category above the lowest, over that of the lowest, and one over the total."""
        used = self.d.used
        own = None if self._group is None else self._group[rows]
        parts: list[Vector] = []
        for place in range(1, len(used)):
            gap = int(used[place] - used[place - 1])
            step = z if gap == 1 else z ** gap
            factor: Vector | float = float(ratio[0, place]) if own is None else ratio[own, place]
            parts.append(step * factor if not parts else parts[-1] * step * factor)
        total = parts[0] + 1.0
        for part in parts[1:]:
            total += part
        return parts, np.reciprocal(total)

    def _mean(self, parts: list[Vector], inverse: Vector) -> Vector:
        mean = parts[0] * float(self.d.used[1])
        for k, part in zip(self.d.used[2:], parts[1:], strict=True):
            mean += part * float(k)
        if self._low:
            mean += float(self._low)
        mean *= inverse
        return mean

    def run(self, point: Point, *, information: bool) -> Sums:
        """Run over all rows once."""
        d, sizes = self.d, self.d.sizes()
        powers = [np.exp(m) for m in point.measures]
        ratio = np.ones((self.groups, len(d.used)))
        ratio[:, 1:] = np.exp(np.diff(point.log_a, axis=1))
        others = (*d.large[1:], *self.small)
        out = Sums([np.zeros(n) for n in sizes], np.zeros((self.groups, len(d.used))))
        pair_mean = np.empty(len(d.starts))
        full = Information(self) if information else None
        for rows, pairs in self.blocks():
            parts, inverse = self._parts(self._odds(point, powers, rows, pairs), ratio, rows)
            mean = self._mean(parts, inverse)
            weight = None if d.weight is None else d.weight[rows]
            self._count(out.counts, parts, inverse, weight, rows)
            if full is not None:
                full.add(parts, inverse, mean, weight, rows, pairs)
            if weight is not None:
                mean = mean * weight
            self.run_sums(mean, rows, pairs, pair_mean)
            for f in others:
                out.expected[f] += np.bincount(d.codes[f][rows], mean, sizes[f])
        out.expected[d.lead] = self.lead_sums(pair_mean)
        if self.pair_second is not None:
            out.expected[d.large[0]] = binned(self.pair_second, pair_mean, sizes[d.large[0]])
        if full is not None:
            full.finish(out)
        return out

    def _count(self, counts: Matrix, parts: list[Vector], inverse: Vector, weight: Vector | None, rows: slice) -> None:
        """Add the expected counts of the categories between the ends."""
        scaled = inverse if weight is None else inverse * weight
        for place in range(1, len(self.d.used) - 1):
            if self._group is None:
                counts[0, place] += float(parts[place - 1] @ scaled)
            else:
                counts[:, place] += np.bincount(self._group[rows], parts[place - 1] * scaled, self.groups)
