"""Marginal maximum likelihood: objects are a sample from a normal distribution, so severities and thresholds are not spread too far.

The integral over an object's measure is a sum over Gauss-Hermite nodes; the gradient is exact, the search is L-BFGS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import norm

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.single_values import whole_number
from evalkit.raters.many_facet_rasch.arguments import Asked, asked, usual_facets
from evalkit.raters.many_facet_rasch.breaks import NO_FINITE_DISTANCE
from evalkit.raters.many_facet_rasch.design import Matrix, Vector
from evalkit.raters.many_facet_rasch.marginal_ends import Ends, ends
from evalkit.raters.many_facet_rasch.marginal_extremes import Parted, parted, placed
from evalkit.raters.many_facet_rasch.marginal_steps import functionals, steps_of

NODES = 41
MOST_CELLS = 40_000_000  # ratings by nodes: beyond that, joint maximum likelihood


@dataclass(frozen=True)
class MarginalRasch:
    """A marginal fit: `measures` of the facets beside the objects, `thresholds`, `objects` (posterior mean and SD), `sd` of the objects.

    `measures` has `facet`, `level`, `measure`, `std_error`, `conf_low`, `conf_high`, `status` ("boundary": only lowest or only highest
    ratings), `reason`. `n_ratings` counts the ratings that were fitted. Where the ratings fit the better the further something is away,
    `reason` is "no_finite_maximum", and what has no finite value (levels: "no_finite_distance"; thresholds, mean, SD, objects) is missing;
    more than half of a facet's levels that hang together keep their measures, centred on themselves. "not_connected": raters and items that
    fall into parts which no rating compares.
    """

    measures: pd.DataFrame
    thresholds: pd.DataFrame
    objects: pd.DataFrame
    mean: float
    sd: float
    sd_error: float
    log_likelihood: float
    largest_gradient: float
    n_ratings: int
    status: str
    reason: str


class _Likelihood:
    """The marginal log-likelihood and its gradient; parameters: mean, log SD, free measures of each facet, interior log a."""

    def __init__(self, a: Asked, used: NDArray[np.intp], nodes: int) -> None:
        self.a, self.used = a, used
        self.sizes = [len(v) for v in a.coded.levels]
        self.objects = a.coded.codes[0]
        self.groups = 1 if a.steps is None else self.sizes[a.steps]
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        self.points, self.log_weights = points, np.log(weights / weights.sum())
        order = np.argsort(self.objects, kind="stable")
        self.codes = [c[order] for c in a.coded.codes]
        self.place = np.searchsorted(used, a.coded.x[order])
        self.weight = None if a.coded.weight is None else a.coded.weight[order]
        self.starts = np.flatnonzero(np.diff(self.codes[0], prepend=-1))
        self.group = None if a.steps is None else self.codes[a.steps]

    @property
    def length(self) -> int:
        """Free parameters."""
        return 2 + sum(n - 1 for n in self.sizes[1:]) + self.groups * (len(self.used) - 2)

    def unpack(self, p: Vector) -> tuple[float, float, list[Vector], Matrix]:
        """Give mean, SD, measures (plus sign, each summing to zero) and log a."""
        at, measures = 2, []
        for n in self.sizes[1:]:
            own = p[at:at + n - 1]
            measures.append(np.append(own, -own.sum()))
            at += n - 1
        log_a = np.zeros((self.groups, len(self.used)))
        log_a[:, 1:-1] = p[at:].reshape(self.groups, -1)
        return float(p[0]), float(np.exp(p[1])), measures, log_a

    def posterior(self, p: Vector) -> tuple[float, Matrix, list[tuple[Matrix, Matrix]]]:
        """Give the log-likelihood, each object's posterior over the nodes, and chances and residual at each node."""
        mean, sd, measures, log_a = self.unpack(p)
        base = np.zeros(len(self.place))
        for own, codes in zip(measures, self.codes[1:], strict=True):
            base += own[codes]
        steps = log_a[0] if self.group is None else log_a[self.group]
        logs = np.empty((len(self.starts), len(self.points)))
        pieces = []
        k = (self.used - self.used[0]).astype(np.float64)
        for node, z in enumerate(self.points):
            power = np.outer(base + mean + sd * z, k) + steps
            high = power.max(axis=1)
            total = np.log(np.exp(power - high[:, None]).sum(axis=1)) + high
            own = power[np.arange(len(power)), self.place] - total
            logs[:, node] = np.add.reduceat(own if self.weight is None else own * self.weight, self.starts)
            chance = np.exp(power - total[:, None])
            pieces.append((chance, (k[self.place] - chance @ k)[:, None]))
        logs += self.log_weights
        high = logs.max(axis=1)
        each = np.log(np.exp(logs - high[:, None]).sum(axis=1)) + high
        return float(each.sum()), np.exp(logs - each[:, None]), pieces

    def __call__(self, p: Vector) -> tuple[float, Vector]:
        """Give minus the log-likelihood and its gradient."""
        value, posterior, pieces = self.posterior(p)
        sd = float(np.exp(p[1]))
        lengths = np.diff(np.append(self.starts, len(self.place)))
        residual, hit = np.zeros(len(self.place)), np.zeros((len(self.place), len(self.used)))
        gradient = np.zeros(self.length)
        for node, (chance, r) in enumerate(pieces):
            w = np.repeat(posterior[:, node], lengths)
            if self.weight is not None:
                w = w * self.weight
            residual += w * r[:, 0]
            gradient[1] += sd * float(self.points[node]) * float(w @ r[:, 0])
            hit -= w[:, None] * chance
        hit[np.arange(len(hit)), self.place] += 1.0 if self.weight is None else self.weight
        gradient[0] = residual.sum()
        at = 2
        for n, codes in zip(self.sizes[1:], self.codes[1:], strict=True):
            full = np.bincount(codes, residual, n)
            gradient[at:at + n - 1] = full[:-1] - full[-1]
            at += n - 1
        inner = hit[:, 1:-1]
        if self.group is None:
            gradient[at:] = inner.sum(axis=0)
        else:
            sums = np.zeros((self.groups, inner.shape[1]))
            np.add.at(sums, self.group, inner)
            gradient[at:] = sums.ravel()
        return -value, -gradient


def marginal_rasch(ratings: pd.DataFrame, facets: Sequence[str] | None = None, *, rating: str = "rating",
                   positive: Sequence[str] | None = None, steps: str | None = None, categories: tuple[int, int] | None = None,
                   weight: str | None = None, nodes: int = NODES, conf_level: float = 0.95) -> MarginalRasch:
    """Fit the many-facet Rasch model by marginal maximum likelihood, the first facet a normal sample.

    ``L = product over objects of the integral of product P(x | B) over B ~ N(mean, sd^2)``. `sd` 0: the objects do not differ.

    Parameters
    ----------
    ratings, rating, positive, steps, categories, weight
        As of `many_facet_rasch`; the first facet is the sample.
    facets : sequence of str
        The facet of the objects first; by default `object_id` and those of `rater_id` and `item` that are there.
    nodes : int
        Gauss-Hermite nodes.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    MarginalRasch
        `largest_gradient` says how well it converged. Not estimable: "no_ratings", "constant", "one_object", "all_extreme". Where there is
        no finite maximum `reason` says so (see `MarginalRasch`).

    Raises
    ------
    EstimationError
        As of `many_facet_rasch`; also if ratings times nodes are beyond what memory should hold (use joint estimates there).

    Notes
    -----
    Errors from the information, by differences of the exact gradient. Objects of only lowest or highest ratings take part. Levels
    of other facets with such ratings alone have no finite measure: their ratings are left out of the fit, and they get one from a total
    moved by 0.3 points, status "boundary". Assumes that objects are a random sample of one normal population, independent of who rates
    them: not so where raters choose objects, and never for ratings by one superior each, whose severity would be that of a good team.
    Source: R. D. Bock, M. Aitkin (1981), Psychometrika 46, 443-459; D. Thissen (1982), Psychometrika 47, 175-186.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aabbccddee"), "rater_id": list("xy") * 5, "rating": [2, 1, 3, 2, 1, 2, 3, 3, 1, 1]})
    >>> round(marginal_rasch(rows, ("object_id", "rater_id")).sd, 1) > 0
    True
    """
    check_level(conf_level)
    whole_number(nodes=nodes)
    if nodes < 2:
        raise EstimationError("An integral needs 2 or more nodes.")
    facets = usual_facets(ratings, facets)
    a = asked(ratings, facets, rating, positive if positive is not None else facets[:1], steps, categories, weight, None)
    reason = "no_ratings" if a.empty else "constant" if a.coded.x.min() == a.coded.x.max() else ""
    reason = reason or ("one_object" if len(a.coded.levels[0]) < 2 else "")
    if reason:
        return _nothing(a, reason)
    part = parted(a)
    if part is None:
        return _nothing(a, "all_extreme")
    if len(a.coded.x) * nodes > MOST_CELLS:
        raise EstimationError(f"{len(a.coded.x)} ratings at {nodes} nodes need too much memory; use many_facet_rasch, or fewer nodes.")
    likelihood = _Likelihood(part.inner, np.flatnonzero(np.bincount(part.inner.coded.x)), nodes)
    found = minimize(likelihood, np.zeros(likelihood.length), jac=True, method="L-BFGS-B",
                     bounds=[(None, None), (-12.0, 4.0), *[(-30.0, 30.0)] * (likelihood.length - 2)],
                     options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-14, "gtol": 1e-7, "maxcor": 30})
    return _result(a, part, likelihood, np.asarray(found.x, dtype=np.float64), conf_level)


def _result(a: Asked, part: Parted, likelihood: _Likelihood, p: Vector, conf_level: float) -> MarginalRasch:
    value, posterior, _ = likelihood.posterior(p)
    mean, sd, measures, log_a = likelihood.unpack(p)
    weight = 1.0 if likelihood.weight is None else float(likelihood.weight.mean())
    end = ends(_information(likelihood, p), likelihood.codes[1:], likelihood.sizes[1:], weight, sd)
    at_node = mean + sd * likelihood.points
    chance = np.tile(np.exp(likelihood.log_weights), (len(a.coded.levels[0]), 1))
    chance[part.kept[0]] = posterior
    steps = steps_of(likelihood.used, likelihood.place, likelihood.group, likelihood.groups, likelihood.length)
    centre, known, at, found, kept = np.eye(likelihood.length)[0], True, 2, [], []
    for f, own in enumerate(measures, 1):
        spread = functionals(np.vstack([np.eye(len(own) - 1), -np.ones(len(own) - 1)]), slice(at, at + len(own) - 1),
                             steps if f == a.steps else None, likelihood.length)
        together = end.together(spread)
        middle = spread[together].mean(axis=0) if together.any() else np.zeros(likelihood.length)
        known &= bool(together.any())
        centre += middle
        found.append(spread @ p)
        kept.append((together, spread - middle))
        at += len(own) - 1
    wide = not end.holds(np.eye(likelihood.length)[1])
    fine = known and end.holds(centre) and not wide
    shifts = [float(own[together].mean()) if together.any() else 0.0 for own, (together, _) in zip(found, kept, strict=True)]
    names = [""] if a.steps is None else list(part.inner.coded.levels[a.steps])
    thresholds = steps.thresholds(p, end, names, a.lowest)
    if fine and all(together.all() for together, _ in kept) and not thresholds["status"].eq("boundary").any():
        end = Ends(end.covariance, end.loose[:, :0], "", "")  # what ran are categories that a level never got: they have chance zero there
    log_a = steps.moved(log_a, p)
    rows = []
    for f, (own, shift) in enumerate(zip(found, shifts, strict=True), 1):
        extremes = placed(a, part, f, found, log_a, likelihood.used, at_node, chance) if not end.loose.size else None
        rows.append(_facet_rows(a, part, f, own - shift, kept[f - 1], end, extremes and (extremes[0] - shift, extremes[1]), conf_level))
    first = chance @ at_node + sum(shifts)
    objects = pd.DataFrame({"level": a.coded.levels[0].astype(object), "measure": first if fine else np.nan,
                            "posterior_sd": np.sqrt(np.maximum(chance @ at_node**2 - (chance @ at_node)**2, 0.0)) if fine else np.nan})
    flat = sd < 1e-4
    gradient = likelihood(p)[1][2 * flat:]
    return MarginalRasch(pd.concat(rows, ignore_index=True), thresholds, objects,
                         mean + sum(shifts) if fine else np.nan, np.nan if wide else sd,
                         np.nan if wide or end.covariance[1, 1] < 1e-20 else sd * float(np.sqrt(end.covariance[1, 1])), value,
                         float(np.abs(gradient).max(initial=0.0)), len(likelihood.place), "boundary" if flat else "estimated",
                         end.reason or ("objects_do_not_differ" if flat else ""))


def _facet_rows(a: Asked, part: Parted, f: int, own: Vector, held: tuple[NDArray[np.bool_], Matrix], end: Ends,
                extremes: tuple[Vector, Vector] | None, conf_level: float) -> pd.DataFrame:
    """Measures of one facet; levels at no finite distance from the others have none."""
    together, contrast = held
    n = len(a.coded.levels[f])
    full, error = extremes if extremes is not None else (np.full(n, np.nan), np.full(n, np.nan))
    variance = ((contrast @ end.covariance) * contrast).sum(axis=1)
    full[part.kept[f]] = np.where(together, own, np.nan)
    error[part.kept[f]] = np.where(together, np.sqrt(np.maximum(variance, 0.0)), np.nan)
    signed, state = full * a.signs[f], part.state[f]
    inside, lost = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    inside[part.kept[f][together]], lost[part.kept[f][~together]] = True, True
    z = float(norm.ppf(0.5 + conf_level / 2.0))
    return pd.DataFrame({
        "facet": a.facets[f], "level": a.coded.levels[f].astype(object), "measure": signed, "std_error": error, "conf_low": signed - z * error,
        "conf_high": signed + z * error,
        "status": np.select([inside, (lost & (end.of_levels == NO_FINITE_DISTANCE)) | np.isfinite(full)], ["estimated", "boundary"], "not_estimable"),
        "reason": np.select([inside, lost, state < 0, state > 0], ["", end.of_levels, "all_lowest", "all_highest"],
                            "no_rating_that_takes_part")})


def _information(likelihood: _Likelihood, p: Vector) -> Matrix:
    """Central differences of the exact gradient."""
    n, h = len(p), 1e-5
    information = np.empty((n, n))
    for i in range(n):
        step = np.zeros(n)
        step[i] = h
        information[i] = (likelihood(p + step)[1] - likelihood(p - step)[1]) / (2.0 * h)
    found: Matrix = (information + information.T) / 2.0
    return found


def _nothing(a: Asked, reason: str) -> MarginalRasch:
    rows = [pd.DataFrame({"facet": name, "level": levels.astype(object), "measure": np.nan, "std_error": np.nan, "conf_low": np.nan,
                          "conf_high": np.nan, "status": "not_estimable", "reason": reason})
            for name, levels in zip(a.facets[1:], a.coded.levels[1:], strict=True)]
    objects = pd.DataFrame({"level": a.coded.levels[0].astype(object), "measure": np.nan, "posterior_sd": np.nan})
    thresholds = pd.DataFrame({"group": "", "category": range(a.lowest + 1, a.highest + 1), "threshold": np.nan,
                               "status": "not_estimable", "reason": reason})
    return MarginalRasch(pd.concat(rows, ignore_index=True), thresholds, objects, np.nan, np.nan, np.nan, np.nan, np.nan, len(a.coded.x),
                         "not_estimable", reason)
