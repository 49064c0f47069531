"""Joint maximum likelihood: every marginal total of the data equals its expectation, to a printed residual."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalkit.inference.threads import one_thread
from evalkit.raters.many_facet_rasch.breaks import LEAST, Direction, by_programme, recedes
from evalkit.raters.many_facet_rasch.design import Design, Matrix, Vector
from evalkit.raters.many_facet_rasch.newton import System, solve, system
from evalkit.raters.many_facet_rasch.passes import Passes, Point
from evalkit.raters.many_facet_rasch.runs import Sums

MOST_ROUNDS = 200
FREEZE = 0.02  # share of the first residual from which the information is kept as it is
SLOW = 4.0  # rounds ahead, at the speed of the last one, from which new information is cheaper: it costs as much as five rounds without
LONGEST = 1.5  # logits a step
NEAR_END = 1e-3  # score points of residual from which a step that is still long is looked at
LATE = 40  # rounds that a search with a maximum does not need
MOST_LOOKS = 40  # rounds in which a long last step either vanishes or proves to run without end


@dataclass(frozen=True)
class Joint:
    """The end of the search; `largest_residual` is over all levels and categories, `runs_along` the direction without a maximum, if any."""

    point: Point
    largest_residual: float
    rounds: int
    full_rounds: int
    passes: Passes
    free: list[NDArray[np.bool_]]
    runs_along: Direction | None = None

    @cached_property
    def _end(self) -> tuple[Sums, System]:
        with one_thread():
            sums = self.passes.run(self.point, information=True)
            return sums, system(self.passes, sums, self.free)

    @property
    def sums(self) -> Sums:
        """Sums with information at the end; made when errors are first asked for."""
        return self._end[0]

    @property
    def system(self) -> System:
        """The information at the end."""
        return self._end[1]


@dataclass(frozen=True)
class Observed:
    """Totals of the data: a facet's levels, and categories by group of steps."""

    totals: tuple[Vector, ...]
    counts: Matrix

    @classmethod
    def of(cls, passes: Passes) -> Observed:
        """Count the data once."""
        d = passes.d
        x = d.x.astype(np.float64) if d.weight is None else d.x * d.weight
        totals = tuple(np.bincount(codes, x, n).astype(np.float64, copy=False) for codes, n in zip(d.codes, d.sizes(), strict=True))
        del x
        wide = int(d.used[-1]) + 1
        key = d.x if passes.steps is None else d.codes[passes.steps].astype(np.int64) * wide + d.x
        counts = np.bincount(key, d.weight, passes.groups * wide).reshape(passes.groups, wide)
        return cls(totals, counts[:, d.used].astype(np.float64))


def start(design: Design, observed: Observed, groups: int) -> Point:
    """Begin with category chances as counted, and one step of each level from there."""
    total = observed.counts.sum(axis=0)
    used = design.used.astype(np.float64)
    logs = np.log(np.maximum(total, 0.5))
    slope = (logs[-1] - logs[0]) / (used[-1] - used[0])
    log_a = np.tile(logs - logs[0] - slope * (used - used[0]), (groups, 1))
    chance = total / total.sum()
    mean = float(chance @ used)
    variance = max(float(chance @ used**2) - mean**2, 0.05)
    measures = []
    for f, (own, codes) in enumerate(zip(observed.totals, design.codes, strict=True)):
        n = np.bincount(codes, design.weight, len(own))
        measures.append(np.clip((own - n * mean) / (n * variance), -2.0, 2.0) + (slope if f == design.lead else 0.0))
    return Point(tuple(measures), log_a)


def largest(design: Design) -> float:
    """How far a measure may go: `z` to the highest category stays a number that a computer can hold."""
    return min(20.0, 690.0 / (max(int(design.used[-1]), 1) * len(design.codes)))


def fit(passes: Passes, free: list[NDArray[np.bool_]], point: Point, observed: Observed, tolerance: float) -> Joint:
    """Search by Newton steps; near the end the information is frozen, since residuals alone cost a fifth, and made anew where that is slow."""
    bound = largest(passes.d)
    first = best = last = np.inf
    frozen: System | None = None
    rounds = full = 0
    current: System | None = None
    hard = looked = False
    along: Direction | None = None
    begin = point
    while True:
        if frozen is None:
            current = None  # its arrays make room for the next ones
        sums = passes.run(point, information=frozen is None)
        residuals, categories = _residuals(passes, observed, sums, free)
        worst = _worst(residuals, categories)
        rounds += 1
        if frozen is None:
            full += 1
            current = system(passes, sums, free)
            current.hard = hard
        first = worst if rounds == 1 else first
        if current is not None and not looked and worst < max(tolerance, NEAR_END):
            looked = True
            pace = min(worst / last, 0.99) if frozen is not None else 0.0  # with information kept, what is still to go is longer than a step
            if _step(passes, current, residuals, categories, near=True).longest > LEAST * (1.0 - pace):
                along = _run_away(passes, free, point, observed, bound)[0]
        if rounds == LATE and along is None:
            along, reached, left = _run_away(passes, free, begin, observed, bound)
            along = along or by_programme(passes, [~f for f in free])
            if along is not None:
                return Joint(reached, left, rounds, full, passes, free, along)
        if worst < tolerance or rounds >= MOST_ROUNDS:
            break
        held = frozen is not None
        frozen = current if worst < FREEZE * first or (held and worst < 0.5 * best) else None
        near = frozen is not None
        if held and _ahead(worst, last, tolerance) > SLOW:
            frozen = None
        best, last = min(best, worst), worst
        if current is None:
            raise ValueError("A Newton step needs the information of a pass.")
        point = _moved(point, _step(passes, current, residuals, categories, near=near), bound)
        hard = current.hard
    return Joint(point, worst, rounds, full, passes, free, along)


def _run_away(passes: Passes, free: list[NDArray[np.bool_]], point: Point, observed: Observed,
              bound: float) -> tuple[Direction | None, Point, float]:
    """Follow a last step that is still long, until it has vanished or is seen to run without end; its direction is kept, so all of it is cut."""
    worst, found = np.inf, None
    for _ in range(MOST_LOOKS):
        sums = passes.run(point, information=True)
        residuals, categories = _residuals(passes, observed, sums, free)
        worst = _worst(residuals, categories)
        step = _step(passes, system(passes, sums, free), residuals, categories, near=True)
        if step.longest <= LEAST:
            break
        found = step if recedes(passes, step) else found
        if found is step and worst < NEAR_END:
            break
        point = _moved(point, step.cut(LONGEST), bound)
    return found, point, worst


def _worst(residuals: list[Vector], categories: Matrix) -> float:
    return max(max((float(np.abs(r).max()) for r in residuals if len(r)), default=0.0), float(np.abs(categories).max(initial=0.0)))


def _ahead(worst: float, last: float, tolerance: float) -> float:
    """Give the rounds that are still to go if each one shrinks the residual as the last one did."""
    if not worst < last or tolerance <= 0:
        return np.inf
    return float(np.log(tolerance / worst) / np.log(worst / last))


def _residuals(passes: Passes, observed: Observed, sums: Sums, free: list[NDArray[np.bool_]]) -> tuple[list[Vector], Matrix]:
    levels = [np.where(f, o - e, 0.0) for f, o, e in zip(free, observed.totals, sums.expected, strict=True)]
    return levels, observed.counts[:, 1:-1] - sums.counts[:, 1:-1]


def _step(passes: Passes, s: System, residuals: list[Vector], categories: Matrix, *, near: bool) -> Direction:
    d = passes.d
    border = np.concatenate([*(residuals[f] for f in passes.small), categories.T.ravel()])
    large = np.concatenate([residuals[f] for f in d.large]) if d.large else np.zeros(0)
    lead_step, large_step, border_step = solve(s, residuals[d.lead], large, border, 1e-3 if near else 1e-2)
    steps = [np.zeros(n) for n in d.sizes()]
    steps[d.lead] = lead_step
    for number, f in enumerate(d.large):
        steps[f] = large_step[s.offsets[number]:s.offsets[number + 1]]
    for i, f in enumerate(passes.small):
        steps[f] = border_step[passes.offsets[i]:passes.offsets[i + 1]]
    return Direction(tuple(steps), border_step[passes.offsets[-1]:].reshape(len(passes.interior), passes.groups).T)


def _moved(point: Point, step: Direction, bound: float) -> Point:
    log_a = point.log_a.copy()
    log_a[:, 1:-1] += np.clip(step.log_a, -LONGEST, LONGEST)
    moved = point.moved([np.clip(own, -LONGEST, LONGEST) for own in step.levels], log_a)
    return Point(tuple(np.clip(m, -bound, bound) for m in moved.measures), moved.log_a)
