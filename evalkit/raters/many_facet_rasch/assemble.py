"""From the end of the search to measures: signs, centres, errors, extreme levels, fair averages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.raters.many_facet_rasch.arguments import Asked
from evalkit.raters.many_facet_rasch.breaks import NO_FINITE_DISTANCE, Breaks, breaks
from evalkit.raters.many_facet_rasch.design import Codes, Design, Matrix, Vector, totals
from evalkit.raters.many_facet_rasch.expected import Scale, shift_to, strides
from evalkit.raters.many_facet_rasch.joint import Joint, largest
from evalkit.raters.many_facet_rasch.looking_back import EXTREME
from evalkit.raters.many_facet_rasch.own_categories import at_rest, errors_of_many_steps, errors_of_steps, own_categories
from evalkit.raters.many_facet_rasch.tables import ALONE, fit_sums


@dataclass(frozen=True)
class Placed:
    """The ratings that took part, with their logit at the fit; `codes` number all levels, not only those that took part."""

    scale: Scale
    logit: Vector
    group: Codes | None
    x: NDArray[np.intp]
    weight: Vector | None
    codes: tuple[Codes, ...]
    measures: tuple[Vector, ...]
    covariance: Matrix
    groups: list[object]


@dataclass(frozen=True)
class Fitted:
    """Everything that the tables of a fit are made from; `measures` are centred, with the sign of the model's sum.

    The rows that take part are those of `design`; `asked.coded` holds the others.
    """

    asked: Asked
    design: Design
    found: Joint
    held: list[NDArray[np.bool_]]
    labels: list[NDArray[np.intp]]
    measures: tuple[Vector, ...]
    broken: Breaks | None = None

    def counted(self, f: int) -> NDArray[np.bool_]:
        """Tell which levels of a facet that take part have a finite measure."""
        return np.ones(len(self.measures[f]), dtype=bool) if self.broken is None else self.broken.counted[f]

    @cached_property
    def place(self) -> Placed:
        """Put the ratings beside their logits, when a table first asks."""
        a, d, found = self.asked, self.design, self.found
        logit = np.zeros(d.rows)
        for own, codes in zip(self.measures, d.codes, strict=True):
            logit += own[codes]
        last = (len(d.used) - 2) * len(found.point.log_a)
        covariance = found.system.inner_inverse[-last:, -last:] if last else np.zeros((0, 0))
        names: list[object] = [""] if a.steps is None else list(a.coded.levels[a.steps][d.kept[a.steps]])
        return Placed(Scale(d.used, found.point.log_a), logit, None if a.steps is None else d.codes[a.steps], d.x.astype(np.intp), d.weight,
                      tuple(d.kept[f][codes].astype(np.int32) for f, codes in enumerate(d.codes)), self.measures, covariance, names)


def fitted(a: Asked, d: Design, found: Joint, held: list[NDArray[np.bool_]], labels: list[NDArray[np.intp]], floating: int) -> Fitted:
    """Centre the measures of a fit."""
    found = at_rest(found)
    broken = None if found.runs_along is None else breaks(found.passes, found.runs_along, labels, held, found.largest_residual)
    return Fitted(a, d, found, held, labels, _centred(d, found, held, labels, floating, broken), broken)


def _centred(d: Design, found: Joint, held: list[NDArray[np.bool_]], labels: list[NDArray[np.intp]], floating: int,
             broken: Breaks | None) -> tuple[Vector, ...]:
    """Move each facet to a mean of 0 and let the floating one take it up; in each subset by itself where the facet has subsets.

    Where the floating facet has none, another one that has takes up the means of subsets, and is then moved as a whole.
    """
    measures = [m.copy() for m in found.point.measures]
    free = [f for f in range(len(measures)) if not held[f].any()]
    if not free:
        return tuple(measures)
    to = floating if floating in free else free[0]
    parted = [f for f in free if labels[f][0] >= 0]
    taker = to if to in parted or not parted else parted[-1]
    for f in sorted((f for f in free if f != to), key=lambda f: f == taker):
        joined = f != taker and f in parted and taker in parted and bool((labels[f][d.codes[f]] == labels[taker][d.codes[taker]]).all())
        for subset in np.unique(labels[f]) if joined else [None]:
            own = slice(None) if subset is None else labels[f] == subset
            into = to if subset is None else taker
            theirs = slice(None) if subset is None else labels[taker] == subset
            finite = measures[f][own] if broken is None else measures[f][own][broken.counted[f][own]]
            shift = float((finite if len(finite) else measures[f][own]).mean())
            measures[f][own] -= shift
            measures[into][theirs] += shift
    return tuple(measures)


def measure_frame(fit: Fitted, state: list[NDArray[np.int8]]) -> pd.DataFrame:
    """Give a row a level of every facet."""
    a, d, found, held, labels, place = fit.asked, fit.design, fit.found, fit.held, fit.labels, fit.place
    fits = fit_sums(place.scale, place.logit, place.group, d.x.astype(np.float64), d.weight, d.codes, d.sizes())
    means = [float(m[fit.counted(f)].mean()) if fit.counted(f).any() else np.nan for f, m in enumerate(place.measures)]
    bound = largest(d)
    frames = []
    for f, name in enumerate(a.facets):
        levels = a.coded.levels[f]
        n = len(levels)
        frame = pd.DataFrame({"facet": name, "level": levels.astype(object)})
        frame["n"], above = totals(a.coded, d, f)
        frame["total"] = above + frame["n"] * a.lowest
        frame["observed_average"] = frame["total"] / frame["n"].where(frame["n"] > 0)
        measure, error, conditional, subset = (np.full(n, np.nan) for _ in range(4))
        kept = d.kept[f]
        measure[kept] = place.measures[f]
        conditional[kept] = 1.0 / np.sqrt(np.maximum((found.sums.variance or [])[f], 1e-12))
        error[kept] = _errors(d, found, f, conditional[kept], fit.counted(f))
        lost, alone = kept[~fit.counted(f)], kept[_alone(labels[f], place.measures[f], held[f])]
        for values in (measure, error, conditional):
            values[lost] = values[alone] = np.nan
        if labels[f][0] >= 0:
            subset[kept] = labels[f]
            _subset_of_extremes(fit, f, state[f], subset)
        status, reason = np.full(n, "estimated", dtype=object), np.full(n, "", dtype=object)
        status[kept[held[f]]], reason[kept[held[f]]] = "anchored", "held_at_the_given_measure"
        out = np.ones(n, dtype=bool)
        out[kept] = False
        status[out], reason[out] = "not_estimable", "no_rating_that_takes_part"
        far = kept[np.abs(found.point.measures[f]) >= bound - 1e-6]
        status[far], reason[far] = "boundary", "no_finite_measure_fits"
        status[lost], reason[lost] = "boundary", NO_FINITE_DISTANCE
        status[alone], reason[alone] = "not_estimable", ALONE
        _extremes(a, d, place, f, state[f], measure, error, conditional, status, reason)
        others = float(sum(m for g, m in enumerate(means) if g != f))
        frame["fair_average"] = _fair(place.scale, measure + others, f == a.steps, kept) + a.lowest
        frame["measure"] = measure * a.signs[f]
        frame["std_error"], frame["std_error_conditional"] = error, conditional
        frame = frame.join(fits[f].set_index(kept))
        frame["subset"] = pd.Series(subset).astype("Int64")
        frame["status"], frame["reason"] = status, reason
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _alone(labels: NDArray[np.intp], measures: Vector, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which levels are the only one of their facet in their subset: its centre is theirs, and 0 says nothing of them."""
    if labels[0] < 0:
        return np.zeros(len(labels), dtype=bool)
    alone: NDArray[np.bool_] = (np.bincount(labels)[labels] == 1) & (measures == 0.0) & ~held
    return alone


def levels_apart(fit: Fitted, measures: pd.DataFrame) -> pd.DataFrame:
    """Give facet and level of what lies in another subset than the largest, or at no finite distance from the levels that hang together."""
    lost = measures["subset"].fillna(0).gt(0).to_numpy(dtype=bool)
    if fit.broken is not None:
        for f, (name, together) in enumerate(zip(fit.asked.facets, fit.broken.together, strict=True)):
            own = fit.asked.coded.levels[f][fit.design.kept[f][~together]]
            lost |= measures["facet"].eq(name).to_numpy(dtype=bool) & measures["level"].isin(own.tolist()).to_numpy(dtype=bool)
    return measures.loc[lost, ["facet", "level"]]


def _subset_of_extremes(fit: Fitted, f: int, state: NDArray[np.int8], subset: Vector) -> None:
    """Count a level that took no part to the subset of the others that it meets, where that is one and all facets part alike."""
    if len({int(own.max()) for own in fit.labels if own[0] >= 0}) > 1:
        return
    coded, hit = fit.asked.coded, (state != 0)[fit.asked.coded.codes[f]]
    low, high = np.full(len(subset), np.inf), np.full(len(subset), -np.inf)
    for g, (own, kept) in enumerate(zip(fit.labels, fit.design.kept, strict=True)):
        if g != f and own[0] >= 0:
            full = np.full(len(coded.levels[g]), np.nan)
            full[kept] = own
            met = full[coded.codes[g][hit]]
            known = np.isfinite(met)
            for ufunc, into in ((np.minimum, low), (np.maximum, high)):
                ufunc.at(into, coded.codes[f][hit][known], met[known])
    one = (state != 0) & (low == high)
    subset[one] = low[one]


def _errors(d: Design, found: Joint, f: int, conditional: Vector, counted: NDArray[np.bool_]) -> Vector:
    """Errors with the lead facet eliminated; of the lead facet itself the conditional ones."""
    s = found.system
    if f == d.lead:
        return conditional
    got = own_categories(found.passes) if f == found.passes.steps and found.runs_along is None else None
    if f in d.large:
        at = d.large.index(f)
        diagonal = s.diagonal[s.offsets[at]:s.offsets[at + 1]]
        error: Vector = 1.0 / np.sqrt(np.maximum(diagonal, 1e-12))
        return error if got is None else errors_of_many_steps(found.passes, got, s, error, int(s.offsets[at]))
    begin = sum(len(d.kept[g]) for g in d.small[:d.small.index(f)])
    own = s.inner_inverse[begin:begin + len(d.kept[f]), begin:begin + len(d.kept[f])]
    if got is not None and not got.all():
        return errors_of_steps(found.passes, got, begin, s.inner_inverse)
    variance = np.diagonal(own)
    if not counted.all() and counted.any():  # against the mean of the levels that count: that of all has no finite value
        shared = own[:, counted]
        variance = variance - 2.0 * shared.mean(axis=1) + float(shared[counted].mean())
    # a facet of one level has no contrast to be wrong about
    inner: Vector = np.sqrt(np.maximum(variance, 0.0))
    return inner


def _extremes(a: Asked, d: Design, place: Placed, f: int, state: NDArray[np.int8], measure: Vector, error: Vector, conditional: Vector,
              status: NDArray[np.object_], reason: NDArray[np.object_]) -> None:
    """Place levels of only lowest or only highest ratings by a total moved by `EXTREME`, the other facets held where they are."""
    extreme = np.flatnonzero(state)
    if not len(extreme):
        return
    hit = (state != 0)[a.coded.codes[f]]
    logit = np.zeros(int(hit.sum()))
    for g, own in enumerate(place.measures):
        if g != f:
            full = np.full(len(a.coded.levels[g]), np.nan)
            full[d.kept[g]] = own
            logit += full[a.coded.codes[g][hit]]
    usable = np.isfinite(logit)
    cell = np.searchsorted(extreme, a.coded.codes[f][hit][usable])
    w = None if a.coded.weight is None else a.coded.weight[hit][usable]
    count = np.bincount(cell, w, len(extreme))
    span = place.scale.used[[0, -1]]
    target = np.where(state[extreme] < 0, count * span[0] + EXTREME, count * span[1] - EXTREME)
    group = None
    if a.steps is not None:
        group = np.searchsorted(d.kept[a.steps], a.coded.codes[a.steps][hit][usable]).astype(np.int32)
        group = np.minimum(group, len(place.scale.log_a) - 1).astype(np.int32)
    shift, information = shift_to(place.scale, logit[usable], group, cell, len(extreme), target, w)
    known = count > 0
    measure[extreme[known]] = shift[known]
    error[extreme[known]] = conditional[extreme[known]] = 1.0 / np.sqrt(np.maximum(information[known], 1e-12))
    status[extreme] = np.where(known, "boundary", "not_estimable")
    reason[extreme] = np.where(state[extreme] < 0, "all_lowest", "all_highest")


def _fair(scale: Scale, logit: Vector, own_steps: bool, kept: NDArray[np.intp]) -> Vector:
    """Expected rating of each level where all other facets stand at their mean."""
    out = np.full(len(logit), np.nan)
    known = np.isfinite(logit)
    out[known] = scale.averaged(logit[known])
    if own_steps:
        inside = kept[np.isfinite(logit[kept])]
        group = np.searchsorted(kept, inside).astype(np.int32)
        out[inside] = scale.moments(logit[inside], group)[0]
    return out


def use_of_categories(a: Asked, d: Design) -> Matrix:
    """Count all complete ratings by group of steps and category."""
    wide = a.highest - a.lowest + 1
    if a.steps is None:
        counts: Matrix = np.bincount(d.x, d.weight, wide).astype(np.float64) + np.bincount(a.coded.x, a.coded.weight, wide)
        return counts[None, :]
    every = np.zeros((len(a.coded.levels[a.steps]), wide))
    for part, place in ((d, d.kept[a.steps]), (a.coded, np.arange(len(every)))):
        key = part.codes[a.steps].astype(np.int64) * wide + part.x
        every[place] += np.bincount(key, part.weight, len(place) * wide).reshape(-1, wide)
    return every[d.kept[a.steps]]


def log_likelihood(p: Placed) -> float:
    """Add the logs of the chances of what was observed."""
    total = 0.0
    places = np.searchsorted(p.scale.used, p.x)
    for part in strides(len(p.x)):
        chance = p.scale.chances(p.logit[part], None if p.group is None else p.group[part])
        logs: Vector = np.log(chance[np.arange(len(chance)), places[part]])
        total += float(logs.sum() if p.weight is None else logs @ p.weight[part])
    return total


def no_measures(a: Asked, reason: str) -> pd.DataFrame:
    """Give the levels without measures, and why."""
    frames = []
    for f, name in enumerate(a.facets):
        n = np.bincount(a.coded.codes[f], minlength=len(a.coded.levels[f])).astype(float)
        frames.append(pd.DataFrame({"facet": name, "level": a.coded.levels[f].astype(object), "n": n, "measure": np.nan, "std_error": np.nan,
                                    "std_error_conditional": np.nan, "status": "not_estimable", "reason": reason}))
    return pd.concat(frames, ignore_index=True)


def no_thresholds(a: Asked, reason: str) -> pd.DataFrame:
    """Give the use of the categories without thresholds, and why."""
    frame = pd.DataFrame({"group": "", "category": range(a.lowest, a.highest + 1)})
    counts = np.bincount(a.coded.x, a.coded.weight, len(frame)).astype(float) if len(a.coded.x) else np.zeros(len(frame))
    return frame.assign(count=counts, threshold=np.nan, status="not_estimable", reason=reason)
