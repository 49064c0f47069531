"""After a fit: agreement of raters as observed and as the model expects it, use of the categories, interactions of two facets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from evalkit.raters.many_facet_rasch.design import Codes, Matrix, Vector
from evalkit.raters.many_facet_rasch.expected import Scale, shift_to, strides

NOTHING_KNOWN, FAR = 5.0, 10.0  # logits: an error beyond which a threshold is not told, and a threshold that no form has
EXTREME = 0.3  # score points by which an all-lowest or all-highest total is moved, FACETS' default


def agreement_by_row(scale: Scale, logit: Vector, group: Codes | None, x: NDArray[np.intp], context: NDArray[np.intp],
                     rater: Codes) -> tuple[Vector, Vector, Vector]:
    """Give, a rating, the other raters' ratings of the same thing, how many equal it, and how many the model expects to.

    The expected number is ``sum_k p_ik (S_k - p_ik)``, S the sum of the chances of all ratings of the thing.
    """
    n = int(context.max()) + 1 if len(context) else 0
    pair = pd.factorize(context * (int(rater.max(initial=0)) + 1) + rater)[0]
    others = np.zeros(len(x))
    equal, expected = np.zeros(len(x)), np.zeros(len(x))
    for k, category in enumerate(scale.used):
        chance = np.empty(len(x))
        for part in strides(len(x)):
            chance[part] = scale.chances(logit[part], None if group is None else group[part])[:, k]
        expected += chance * (np.bincount(context, chance, n)[context] - np.bincount(pair, chance)[pair])
        hit = (x == category).astype(np.float64)
        equal += hit * (np.bincount(context, hit, n)[context] - np.bincount(pair, hit)[pair])
    others += np.bincount(context, minlength=n)[context] - np.bincount(pair)[pair]
    return others, equal, expected


def categories(scale: Scale, logit: Vector, group: Codes | None, x: NDArray[np.intp], weight: Vector | None, lowest: int, highest: int,
               covariance: Matrix, names: list[object], use: Matrix, got: NDArray[np.bool_], middle: Callable[[int], Vector]) -> pd.DataFrame:
    """Give the use of each declared category and its threshold, a block of rows a group of steps.

    `use` counts all complete ratings, `count_fitted` those that took part. `got` tells which used categories a group's steps lie between, and
    `middle` what of log a their middle is.
    """
    rows = []
    for g in range(len(scale.log_a)):
        own = np.ones(len(x), dtype=bool) if group is None else group == g
        chance = scale.chances(logit[own], None if group is None else group[own])
        mean = chance @ scale.used.astype(np.float64)
        variance: Vector = np.maximum(chance @ np.square(scale.used).astype(np.float64) - mean**2, 1e-12)
        w = np.ones(int(own.sum())) if weight is None else weight[own]
        total = float(use[g].sum())
        for value in range(lowest, highest + 1):
            k = value - lowest
            hit = w * (x[own] == k)
            count = float(hit.sum())
            row: dict[str, object] = {"group": names[g], "category": value, "count": float(use[g, k]),
                                      "percent": 100.0 * float(use[g, k]) / total if total else np.nan, "count_fitted": count,
                                      "average_measure": float(hit @ logit[own]) / count if count else np.nan,
                                      "outfit": float(hit @ (np.square(k - mean) / variance)) / count if count else np.nan}
            rows.append(row | _threshold(scale, g, k, chance, w, logit[own], covariance, bool(use[g, k]), got[g], middle(g)))
    return pd.DataFrame(rows)


def _threshold(scale: Scale, g: int, k: int, chance: Matrix, w: Vector, logit: Vector, covariance: Matrix, used_at_all: bool,
               got: NDArray[np.bool_], middle: Vector) -> dict[str, object]:
    nothing = {"expected_measure": np.nan, "threshold": np.nan, "std_error": np.nan}
    place = int(np.searchsorted(scale.used, k))
    if k not in scale.used or not got[place]:
        return nothing | {"status": "not_estimable", "reason": "category_only_in_extreme_ratings" if used_at_all else "category_never_used"}
    weight = w * chance[:, place]
    found = nothing | {"expected_measure": float(weight @ logit / weight.sum()), "status": "estimated", "reason": ""}
    if not got[:place].any():
        return found | {"reason": "lowest_in_use"}
    before = int(np.flatnonzero(got[:place])[-1])
    gap = int(scale.used[place] - scale.used[before])
    groups, interior = len(scale.log_a), len(scale.used) - 2
    pick = middle.copy()
    for at, sign in ((place, -1.0), (before, 1.0)):
        if 0 < at <= interior:
            pick[(at - 1) * groups + g] += sign / gap
    error = float(np.sqrt(max(float(pick @ covariance @ pick), 0.0))) if interior else np.nan
    threshold = -float(scale.log_a[g, place] - scale.log_a[g, before]) / gap
    apart = "steps_between_never_used" if gap > 1 else ""
    if error > NOTHING_KNOWN or abs(threshold) > FAR:  # the further it is carried, the better it fits: where it stands is where the search stopped
        return found | {"threshold": threshold if abs(threshold) <= FAR else np.nan, "std_error": error if abs(threshold) <= FAR else np.nan,
                        "status": "boundary", "reason": apart or "no_finite_threshold_fits"}
    return found | {"threshold": threshold, "std_error": error, "reason": apart}


def interaction(scale: Scale, logit: Vector, group: Codes | None, x: Vector, weight: Vector | None, first: Codes, second: Codes,
                sizes: tuple[int, int]) -> tuple[pd.DataFrame, float, int, float]:
    """Give the shift of each cell of two facets with its error and t, and the chi-square that all are 0.

    Each shift is converged with everything else held. A cell that is all lowest or all highest is moved by `EXTREME` score points
    and named as such.
    """
    cell, key = pd.factorize(first.astype(np.int64) * sizes[1] + second, sort=True)
    n = len(key)
    w = np.ones(len(x)) if weight is None else weight
    count, total = np.bincount(cell, w, n), np.bincount(cell, w * x, n)
    low, high = count * scale.used[0], count * scale.used[-1]
    extreme = (total <= low) | (total >= high)
    target = np.clip(total, low + EXTREME, high - EXTREME)
    expected = np.zeros(n)
    for part in strides(len(logit)):
        mean = scale.moments(logit[part], None if group is None else group[part])[0]
        expected += np.bincount(cell[part], mean * w[part], n)
    shift, information = shift_to(scale, logit, group, cell, n, np.where(extreme, target, total), weight)
    error = 1.0 / np.sqrt(np.maximum(information, 1e-12))
    t = shift / error
    chi = float(np.square(t).sum())
    key = np.asarray(key, dtype=np.int64)
    frame = pd.DataFrame({"first": key // sizes[1], "second": key % sizes[1], "n": count, "observed": total, "expected": expected,
                          "bias": shift, "std_error": error, "t": t, "p_value": 2.0 * norm.sf(np.abs(np.asarray(t, dtype=np.float64))),
                          "status": np.where(extreme, "boundary", "estimated"), "reason": np.where(extreme, "all_lowest_or_all_highest", "")})
    return frame, chi, n, float(chi2.sf(chi, n))
