"""Breaks: levels whose distance has no finite value, because the further they are apart the better everything fits.

A joint maximum exists only if no direction of measures and steps raises the chance of some ratings and lowers that of none (G. H. Fischer
1981, Psychometrika 46, 59-77, for dichotomous ratings: the graph of "is higher than" hangs together both ways; A. Albert and J. A. Anderson
1984, Biometrika 71, 1-10, in general). Along such a direction a Newton step stays near one logit however near the end of the search,
while towards a finite maximum it vanishes: the last step is the candidate, and one look at each rating settles whether it is a break.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack
from scipy.sparse.linalg import lsmr

from evalkit.raters.many_facet_rasch.design import Matrix, Vector
from evalkit.raters.many_facet_rasch.expected import strides
from evalkit.raters.many_facet_rasch.passes import Passes

NO_FINITE_MAXIMUM, NO_FINITE_DISTANCE = "no_finite_maximum", "no_finite_distance"
LEAST = 0.02  # logits: a last step below it runs nowhere
GAINED, LOST = 0.5, 0.1  # logits that a step along a break adds to some rating, and that rounding may seem to take from another
TIED = 0.2  # logits of the same step below which two categories of a rating are not parted
SAME = 1e-5  # places within which levels hang together
SEED = 20260
MOST_PAIRS = 20_000  # of a rating and another category, up to which a linear programme is worth its time
LIMIT = 1e4  # how far its direction may reach
FAILED = 0.05  # score points of residual beyond which no measure of a search without end is told


@dataclass(frozen=True)
class Direction:
    """A step: of each level of each facet, and of log a of each category between the ends, a row a group of steps."""

    levels: tuple[Vector, ...]
    log_a: Matrix

    @property
    def longest(self) -> float:
        """The largest part of the step."""
        return max((float(np.abs(v).max(initial=0.0)) for v in (*self.levels, self.log_a)), default=0.0)

    def cut(self, most: float) -> Direction:
        """Shorten the step as a whole."""
        share = min(1.0, most / max(self.longest, 1e-300))
        return Direction(tuple(v * share for v in self.levels), self.log_a * share)


@dataclass(frozen=True)
class Breaks:
    """Group of each level, a facet, numbered by size within what can be compared.

    `together` are the levels that hang together, `counted` those of them that keep a finite measure: none where the search met no totals.
    """

    groups: tuple[NDArray[np.intp], ...]
    together: tuple[NDArray[np.bool_], ...]
    counted: tuple[NDArray[np.bool_], ...]


def recedes(passes: Passes, d: Direction) -> bool:
    """Tell whether a step makes no rating less likely and some of them more likely, without end."""
    most = 0.0
    for part in strides(passes.d.rows):
        margin = margins(passes, d, part)
        if float(margin.min()) < -LOST:
            return False
        most = max(most, float(margin.max()))
    return most > GAINED


def breaks(passes: Passes, d: Direction, labels: list[NDArray[np.intp]], held: list[NDArray[np.bool_]], residual: float) -> Breaks:
    """Part the levels of each facet where nothing holds their distance; more than half of them together keep their measures, fewer do not.

    None keeps a measure where the search ended far from the totals.
    """
    groups, together = [], []
    for place, label, anchored in zip(_loose(passes, d, held), labels, held, strict=True):
        group, count = np.zeros(len(place), dtype=np.intp), np.ones(len(place), dtype=bool)
        for subset in np.unique(label):
            own = np.flatnonzero(label == subset)
            order = own[np.argsort(place[own], kind="stable")]
            part = np.concatenate([[0], np.cumsum(np.diff(place[order]) > SAME)])
            sizes = np.bincount(part)
            rank = np.empty(len(sizes), dtype=np.intp)
            rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
            group[order] = rank[part]
            if len(sizes) > 1:
                count[order] = (rank[part] == 0) & (2 * int(sizes.max()) > len(own))
        if anchored.any():  # a held level stands still: what hangs together with none of them has no finite measure
            count = np.abs(place) <= SAME
        groups.append(group)
        together.append(count)
    return Breaks(tuple(groups), tuple(together), tuple(own & (residual < FAILED) for own in together))


def margins(passes: Passes, d: Direction, part: slice) -> Matrix:
    """Give by how much a step favours each rating over each category that it could have been, itself included (0)."""
    design = passes.d
    used = design.used.astype(np.float64)
    log_a = np.zeros((passes.groups, len(used)))
    log_a[:, 1:-1] = d.log_a
    shift = np.zeros(len(design.x[part]))
    for own, codes in zip(d.levels, design.codes, strict=True):
        shift += own[codes[part]]
    gain: Matrix = np.outer(shift, used) + (log_a[0] if passes.steps is None else log_a[design.codes[passes.steps][part]])
    at = np.searchsorted(design.used, design.x[part])
    out: Matrix = gain[np.arange(len(shift)), at][:, None] - gain
    return out


def by_programme(passes: Passes, held: list[NDArray[np.bool_]]) -> Direction | None:
    """Find a direction without end by a linear programme, where a search came to no end and the ratings are few.

    It parts all that any direction parts: the sum of the margins, each cut at 1, is largest there.
    """
    design, sizes = passes.d, passes.d.sizes()
    n = len(design.used)
    if design.rows * (n - 1) > MOST_PAIRS:
        return None
    row, other = np.nonzero(np.searchsorted(design.used, design.x)[:, None] != np.arange(n))
    lines = _lines(passes, held, row, other)
    k, columns = lines.shape
    found = linprog(np.r_[np.zeros(columns), -np.ones(k)], A_ub=hstack([-lines, eye_array(k)]).tocsr(), b_ub=np.zeros(k),
                    bounds=[(-LIMIT, LIMIT)] * columns + [(0.0, 1.0)] * k)
    if not found.success or -found.fun < GAINED:
        return None
    ends = np.concatenate([[0], np.cumsum(sizes)])
    levels = tuple(np.where(h, 0.0, found.x[a:b]) for h, a, b in zip(held, ends[:-1], ends[1:], strict=True))
    return Direction(levels, found.x[ends[-1]:columns].reshape(len(passes.interior), passes.groups).T)


def _lines(passes: Passes, held: list[NDArray[np.bool_]], row: NDArray[np.intp], other: NDArray[np.intp]) -> csr_array:
    """Give what ratings gain, each over one other category, in the levels and in log a; each kind of line once."""
    design, sizes = passes.d, passes.d.sizes()
    ends = np.concatenate([[0], np.cumsum(sizes)])
    group = np.zeros(len(row), dtype=np.intp) if passes.steps is None else design.codes[passes.steps][row]
    at = np.searchsorted(design.used, design.x[row])
    kind = np.unique(np.column_stack([*(codes[row] for codes in design.codes), group, at, other]), axis=0)
    *codes, group, at, other = kind.T.astype(np.intp)
    number, last = np.arange(len(kind)), len(design.used) - 1
    step = (design.used[at] - design.used[other]).astype(np.float64)
    entries = [(step * ~held[f][own], number, ends[f] + own) for f, own in enumerate(codes)]
    for category, sign in ((at, 1.0), (other, -1.0)):
        inside = (category > 0) & (category < last)
        entries.append((np.full(int(inside.sum()), sign), number[inside], ends[-1] + (category[inside] - 1) * passes.groups + group[inside]))
    values, rows, places = (np.concatenate(own) for own in zip(*entries, strict=True))
    return csr_array((values, (rows, places)), shape=(len(kind), int(ends[-1]) + len(passes.interior) * passes.groups))


def _loose(passes: Passes, d: Direction, held: list[NDArray[np.bool_]]) -> list[Vector]:
    """Give each level a place, by chance but for what ratings hold at finite distances: two levels that nothing ties lie apart.

    What ties are the ratings between categories that a step along the break does not part. Places are numbers drawn by chance less their
    nearest point in the space that those ratings span.
    """
    ends = np.concatenate([[0], np.cumsum(passes.d.sizes())])
    rows, others = [], []
    for part in strides(passes.d.rows):
        row, other = np.nonzero(margins(passes, d, part) < TIED)
        real = other != np.searchsorted(passes.d.used, passes.d.x[part])[row]
        rows.append(row[real] + part.start)
        others.append(other[real])
    row = np.concatenate(rows)
    columns = int(ends[-1]) + len(passes.interior) * passes.groups
    drawn = np.random.default_rng(SEED).normal(size=columns)
    drawn[:ends[-1]][np.concatenate(held)] = 0.0
    if len(row):
        ties = _lines(passes, held, row, np.concatenate(others))
        drawn = drawn - lsmr(ties, ties @ drawn, atol=1e-13, btol=1e-13, conlim=0.0, maxiter=20 * columns)[0]
    return [drawn[begin:end] for begin, end in pairwise(ends)]
