"""Levels of only lowest or only highest ratings in a marginal fit: left out of it, and placed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from evalkit.raters.many_facet_rasch.arguments import Asked
from evalkit.raters.many_facet_rasch.design import Coded, Matrix, Vector, informative
from evalkit.raters.many_facet_rasch.looking_back import EXTREME

FAR = 30.0  # logits


@dataclass(frozen=True)
class Parted:
    """`inner` holds the ratings that are fitted, its codes counted anew; `kept` the levels of each facet in it; `state` as `informative`."""

    inner: Asked
    kept: tuple[NDArray[np.intp], ...]
    state: tuple[NDArray[np.int8], ...]


def parted(a: Asked) -> Parted | None:
    """Leave out the ratings of levels, beside those of the objects, with only lowest or only highest ratings; none if nothing is left.

    An object may have only highest ratings: its measure is drawn from a population. A rater has no population, so that nothing but the
    other ratings of a rater holds a severity.
    """
    keep, state = informative(Coded(a.coded.codes[1:], a.coded.levels[1:], a.coded.x, a.coded.weight))
    if not keep.any():
        return None
    kept = tuple(np.unique(codes[keep]).astype(np.intp) for codes in a.coded.codes)
    codes = tuple(np.searchsorted(own, full[keep]).astype(np.int32) for own, full in zip(kept, a.coded.codes, strict=True))
    levels = tuple(full[own] for own, full in zip(kept, a.coded.levels, strict=True))
    weight = None if a.coded.weight is None else a.coded.weight[keep]
    return Parted(replace(a, coded=Coded(codes, levels, a.coded.x[keep], weight)), kept,
                  (np.zeros(len(a.coded.levels[0]), dtype=np.int8), *state))


def placed(a: Asked, p: Parted, f: int, measures: list[Vector], log_a: Matrix, used: NDArray[np.intp], nodes: Vector,
           chance: Matrix) -> tuple[Vector, Vector]:
    """Place the extreme levels of facet `f` by a total moved by `EXTREME`, all else held; give measures (plus sign) and errors of all its levels.

    `measures` are those of the facets beside the objects, `chance` is each object's distribution over `nodes`, in the order of all objects.
    """
    found, error = np.full(len(a.coded.levels[f]), np.nan), np.full(len(a.coded.levels[f]), np.nan)
    full = []
    for g, own in enumerate(measures, 1):
        values = np.full(len(a.coded.levels[g]), np.nan)
        values[p.kept[g]] = own
        full.append(values)
    k = used.astype(np.float64)
    for level in np.flatnonzero(p.state[f]):
        rows = np.flatnonzero(a.coded.codes[f] == level)
        base = sum((full[g - 1][a.coded.codes[g][rows]] for g in range(1, len(a.facets)) if g != f), np.zeros(len(rows)))
        steps = log_a[0] if a.steps is None or a.steps == f else log_a[_group(p, a.steps, a.coded.codes[a.steps][rows])]
        weight = np.ones(len(rows)) if a.coded.weight is None else a.coded.weight[rows]
        fine = np.isfinite(base) & (weight > 0)
        if not fine.any():
            continue
        at, w = base[fine, None] + nodes, weight[fine, None] * chance[a.coded.codes[0][rows[fine]]]
        shape = steps if steps.ndim == 1 else steps[fine][:, None, :]

        def expected(shift: float, at: Matrix = at, w: Matrix = w, shape: NDArray[np.float64] = shape) -> tuple[float, float]:
            power = (at + shift)[..., None] * k + shape
            share = np.exp(power - power.max(axis=-1, keepdims=True))
            share /= share.sum(axis=-1, keepdims=True)
            mean = share @ k
            return float((w * mean).sum()), float((w * (share @ k**2 - mean**2)).sum())

        top = float(w.sum())
        target = top * k[0] + EXTREME if p.state[f][level] < 0 else top * k[-1] - EXTREME
        if top * (k[-1] - k[0]) <= EXTREME or not expected(-FAR)[0] < target < expected(FAR)[0]:
            continue
        found[level] = brentq(lambda shift, target=target, expected=expected: expected(shift)[0] - target, -FAR, FAR, xtol=1e-9)
        error[level] = 1.0 / np.sqrt(max(expected(found[level])[1], 1e-12))
    return found, error


def _group(p: Parted, steps: int, codes: NDArray[np.int32]) -> NDArray[np.intp]:
    """The group of steps of each row; one that was left out takes the nearest."""
    return np.minimum(np.searchsorted(p.kept[steps], codes), len(p.kept[steps]) - 1)
