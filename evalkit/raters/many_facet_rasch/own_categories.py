"""Levels with steps of their own that never got some category of the scale: it has chance zero there, as one that nobody used has everywhere.

A search brings the chance of such a category to nothing without end, and takes a level along that lacks the lowest or the highest one: its
measure is the middle of all steps. As the middle of its own steps, between the categories that it got, it stands where the others hold it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalkit.raters.many_facet_rasch.breaks import TIED, Direction, margins
from evalkit.raters.many_facet_rasch.design import Matrix, Vector
from evalkit.raters.many_facet_rasch.expected import strides
from evalkit.raters.many_facet_rasch.joint import Joint
from evalkit.raters.many_facet_rasch.newton import System
from evalkit.raters.many_facet_rasch.passes import Passes, Point


def own_categories(passes: Passes) -> NDArray[np.bool_]:
    """Tell which of the used categories each group of steps got, a row a group."""
    d, n = passes.d, len(passes.d.used)
    group = np.zeros(d.rows, dtype=np.int64) if passes.steps is None else d.codes[passes.steps].astype(np.int64)
    found: NDArray[np.bool_] = np.bincount(group * n + np.searchsorted(d.used, d.x), minlength=passes.groups * n).reshape(-1, n) > 0
    return found


def at_rest(found: Joint) -> Joint:
    """Give the end of a search that only ran from categories which a level never got as the finite one that it is; any other as it is.

    An anchored level stays where it is held, as the middle of all steps; a level that got one category has no steps and no measure.
    """
    passes, along = found.passes, found.runs_along
    if along is None or passes.steps is None or not found.free[passes.steps].all():
        return found
    own = own_categories(passes)
    if own.all() or own.sum(axis=1).min() < 2 or _parts(passes, along, own):
        return found
    return replace(found, point=_in_the_middle(found.point, passes, own), runs_along=None)


def _parts(passes: Passes, along: Direction, own: NDArray[np.bool_]) -> bool:
    """Tell whether a direction parts a rating from a category that its level got."""
    group = passes.d.codes[passes.steps or 0]
    return any(float(np.where(own[group[part]], margins(passes, along, part), 0.0).max()) >= TIED for part in strides(passes.d.rows))


def _ends(passes: Passes, own: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Give group, first and last place of those that lack an end of the scale."""
    return [(g, int(row.argmax()), len(row) - 1 - int(row[::-1].argmax())) for g, row in enumerate(own) if not (row[0] and row[-1])]


def _in_the_middle(point: Point, passes: Passes, own: NDArray[np.bool_]) -> Point:
    used, log_a = passes.d.used.astype(np.float64), point.log_a.copy()
    measures = [m.copy() for m in point.measures]
    for g, first, last in _ends(passes, own):
        if last > first:
            shift = (log_a[g, last] - log_a[g, first]) / (used[last] - used[first])
            measures[passes.steps or 0][g] += shift
            log_a[g] -= log_a[g, first] + shift * (used - used[first])
    return Point(tuple(measures), log_a)


def middle(passes: Passes, own: NDArray[np.bool_], g: int) -> Vector:
    """Give what the middle of a group's own steps is in terms of log a (interior categories by group): nothing where it has both ends."""
    pick = np.zeros(len(passes.interior) * passes.groups)
    used = passes.d.used
    for group, first, last in _ends(passes, own[g:g + 1]):
        for place, sign in ((last, 1.0), (first, -1.0)):
            if last > first and 0 < place <= len(passes.interior):
                pick[(place - 1) * passes.groups + g + group] += sign / float(used[last] - used[first])
    return pick


def errors_of_steps(passes: Passes, own: NDArray[np.bool_], begin: int, inverse: Matrix) -> Vector:
    """Give the errors of a small facet with steps of its own, each level as the middle of its own steps."""
    n, first = passes.groups, int(passes.offsets[-1])
    turn = np.zeros((n, len(inverse)))
    turn[:, begin:begin + n] = np.eye(n)
    for g in range(n):
        turn[g, first:] += middle(passes, own, g)
    turn -= turn.mean(axis=0)
    variance: Vector = np.einsum("ij,jk,ik->i", turn, inverse, turn)
    return np.sqrt(np.maximum(variance, 0.0))


def errors_of_many_steps(passes: Passes, own: NDArray[np.bool_], s: System, error: Vector, begin: int) -> Vector:
    """Put the errors of the middles of their own steps beside those of a large facet: of each level with its own steps, others held."""
    error = error.copy()
    for g, _, _ in _ends(passes, own):
        mine = np.arange(len(passes.interior)) * passes.groups + g
        at, columns = begin + g, int(passes.offsets[-1]) + mine
        level = s.diagonal[at] + float(s.folded[at] @ s.coupling[at])
        beside = s.coupling[at, columns]
        block = np.block([[np.array([[level]]), beside[None, :]], [beside[:, None], s.inner[np.ix_(columns, columns)]]])
        turn = np.append(1.0, middle(passes, own, g)[mine])
        error[g] = np.sqrt(max(float(turn @ np.linalg.pinv(block, rcond=1e-12, hermitian=True) @ turn), 0.0))
    return error
