"""The many-facet Rasch model: one call on a plain frame, and a frozen result that gives every table of it.

>>> from evalkit.raters.many_facet_rasch import many_facet_rasch
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.single_values import single, word
from evalkit.inference.threads import one_thread
from evalkit.raters.many_facet_rasch import assemble, looking_back, tables
from evalkit.raters.many_facet_rasch.arguments import Anchors, Asked, anchored, asked, usual_facets
from evalkit.raters.many_facet_rasch.assemble import Fitted, Placed
from evalkit.raters.many_facet_rasch.breaks import NO_FINITE_MAXIMUM
from evalkit.raters.many_facet_rasch.design import design, informative
from evalkit.raters.many_facet_rasch.joint import Observed, fit, start
from evalkit.raters.many_facet_rasch.newton import lacking
from evalkit.raters.many_facet_rasch.own_categories import middle, own_categories
from evalkit.raters.many_facet_rasch.passes import Passes, Point
from evalkit.raters.many_facet_rasch.subsets import subsets

TOLERANCE = 1e-3  # score points; FACETS stops at 0.5


@dataclass(frozen=True)
class ManyFacetRasch:
    """A fitted many-facet Rasch model.

    `measures` has a row a level: `facet`, `level`, `n`, `total`, `observed_average`, `fair_average`, `measure`, `std_error`
    (with the objects eliminated where the facet is not the largest), `std_error_conditional` (FACETS' Model S.E.), `infit`,
    `infit_z`, `outfit`, `outfit_z`, `subset`, `status`, `reason`. `thresholds` has a row a declared category (and group of steps).
    `facets` has separation, strata, reliability and the two chi-squares. `largest_residual` is the largest difference between an
    observed and an expected marginal total over all levels and categories, in score points. `n_subsets` counts the parts that nothing
    links; `subset` tells which, missing in a facet whose levels can all be compared; the only level of a facet in its subset is its own
    centre and has no measure, status "not_estimable" and reason "alone_in_subset". Errors, fit and tables are computed when they are first
    asked for. Where the ratings fit the better the further some levels are apart, `converged` is False, `reason` is
    "no_finite_maximum", and those levels have no measure, status "boundary" and reason "no_finite_distance"; more than half of a facet's
    levels that hang together keep theirs, centred on themselves.
    """

    n_ratings: int
    n_left_out: int
    n_subsets: int
    largest_residual: float
    rounds: int
    converged: bool
    status: str
    reason: str
    _asked: Asked = field(repr=False)
    _state: list[NDArray[np.int8]] = field(repr=False)
    _fitted: Fitted | None = field(repr=False)

    @cached_property
    def n_lacking(self) -> int | None:
        """Contrasts of levels that these data cannot tell; nothing where a facet is anchored or has too many levels to find out."""
        return None if self._fitted is None else lacking(self._fitted.found.system, len(self._asked.facets) - 1)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """A row a level, with errors, fit, fair average."""
        return assemble.measure_frame(self._fitted, self._state) if self._fitted else assemble.no_measures(self._asked, self.reason)

    @cached_property
    def thresholds(self) -> pd.DataFrame:
        """A row a declared category (and group of steps): use, average measures, threshold."""
        if self._fitted is None:
            return assemble.no_thresholds(self._asked, self.reason)
        p, a, end = self._need(), self._asked, self._fitted.found
        got = own_categories(end.passes) if end.runs_along is None else np.ones(p.scale.log_a.shape, dtype=bool)
        frame = looking_back.categories(p.scale, p.logit, p.group, p.x, p.weight, 0, a.highest - a.lowest, p.covariance, p.groups,
                                        assemble.use_of_categories(a, self._fitted.design), got, lambda g: middle(end.passes, got, g))
        return frame.assign(category=frame["category"] + a.lowest)

    @cached_property
    def facets(self) -> pd.DataFrame:
        """A row a facet: spread, error, separation, strata, reliability, fixed and random chi-square."""
        return tables.summary(self.measures)

    @property
    def apart(self) -> pd.DataFrame:
        """Facet and level of what nothing links with the most, or whose distance from it has no finite value."""
        return self.measures.loc[[], ["facet", "level"]] if self._fitted is None else assemble.levels_apart(self._fitted, self.measures)

    @cached_property
    def log_likelihood(self) -> float:
        """Joint log-likelihood of the ratings that took part."""
        return np.nan if self._fitted is None else assemble.log_likelihood(self._need())

    def expected(self) -> pd.DataFrame:
        """Give what the model expects of each rating.

        Returns
        -------
        pandas.DataFrame
            A row a rating that took part: its levels, `observed`, `expected`, `variance`, `residual`, `standardised`.

        Raises
        ------
        EstimationError
            If the model was not estimated.
        """
        p = self._need()
        mean, variance, _ = p.scale.moments(p.logit, p.group)
        frame = pd.DataFrame({name: self._asked.coded.levels[f][p.codes[f]] for f, name in enumerate(self._asked.facets)})
        observed = p.x + self._asked.lowest
        return frame.assign(observed=observed, expected=mean + self._asked.lowest, variance=variance, residual=p.x - mean,
                            standardised=(p.x - mean) / np.sqrt(np.maximum(variance, 1e-12)))

    def agreement(self, facet: str = "rater_id") -> pd.DataFrame:
        """Give exact agreement of the levels of a facet with others on the same thing: observed, expected, Rasch kappa.

        ``kappa = (observed - expected) / (100 - expected)``; 0: as often as independent raters of the fitted severities would.
        A thing is what shares the levels of all other facets.

        Parameters
        ----------
        facet : str
            The facet whose levels are compared.

        Returns
        -------
        pandas.DataFrame
            `level` (missing in the first row, which is for all together), `opportunities`, `exact`, `expected`, `exact_percent`,
            `expected_percent`, `rasch_kappa`, `status`, `reason`.

        Raises
        ------
        EstimationError
            If there is no such facet, or the model was not estimated.
        """
        p, own = self._need(), self.require(facet)
        context: NDArray[np.intp] = np.zeros(len(p.x), dtype=np.intp)
        for f in range(len(self._asked.facets)):
            if f != own:
                context = pd.factorize(context * len(self._asked.coded.levels[f]) + p.codes[f])[0]
        others, equal, expected = looking_back.agreement_by_row(p.scale, p.logit, p.group, p.x, context, p.codes[own])
        frame = pd.DataFrame({"level": p.codes[own], "opportunities": others, "exact": equal, "expected": expected})
        sums = frame.groupby("level").sum().reset_index()
        sums["level"] = self._asked.coded.levels[own][sums["level"].to_numpy()].astype(object)
        every = pd.DataFrame({"level": [None], **{c: [frame[c].sum() / 2.0] for c in ("opportunities", "exact", "expected")}})
        out = pd.concat([every.astype({"level": object}), sums.astype({"level": object})], ignore_index=True)
        some = out["opportunities"].where(out["opportunities"] > 0)
        out["exact_percent"], out["expected_percent"] = 100.0 * out["exact"] / some, 100.0 * out["expected"] / some
        out["rasch_kappa"] = (out["exact_percent"] - out["expected_percent"]) / (100.0 - out["expected_percent"])
        out["status"] = np.where(out["opportunities"] > 0, "estimated", "not_estimable")
        out["reason"] = np.where(out["opportunities"] > 0, "", "nobody_else_rated_the_same")
        return out

    def interaction(self, first: str, second: str) -> tuple[pd.DataFrame, dict[str, float]]:
        """Give the bias of each cell of two facets (in logits, plus: rated higher than the rest says), and its chi-square.

        ``t = bias / std_error``; the chi-square is the sum of t squared over the cells, each converged. 0: no interaction.

        Parameters
        ----------
        first, second : str
            Two of the facets, as judge and criterion, or judge and person.

        Returns
        -------
        pandas.DataFrame, dict of str to float
            A row a cell: the two levels, `n`, `observed`, `expected`, `bias`, `std_error`, `t`, `p_value`, `status`, `reason`; and the
            `chi_square` of all with its `df` and `p_value`.

        Raises
        ------
        EstimationError
            If there is no such facet, or the model was not estimated.
        """
        p, a, b = self._need(), self.require(first), self.require(second)
        if a == b:
            raise EstimationError(f"An interaction is of two facets; {first!r} was named twice. The facets are {', '.join(self._asked.facets)}.")
        levels = [self._asked.coded.levels[f] for f in (a, b)]
        frame, chi, df, value = looking_back.interaction(p.scale, p.logit, p.group, p.x.astype(np.float64), p.weight, p.codes[a], p.codes[b],
                                                         (len(levels[0]), len(levels[1])))
        frame[first], frame[second] = (own[frame.pop(place).to_numpy()] for own, place in zip(levels, ("first", "second"), strict=True))
        columns = [first, second, *[c for c in frame.columns if c not in (first, second)]]
        return frame[columns], {"chi_square": chi, "df": float(df), "p_value": value}

    def _need(self) -> Placed:
        if self._fitted is None:
            raise EstimationError(f"The model was not estimated ({self.reason}): there is nothing to look back at.")
        return self._fitted.place

    def require(self, name: str) -> int:
        """Give the place of a facet, or say which there are."""
        if name not in self._asked.facets:
            raise EstimationError(f"There is no facet {name!r}; the facets are {', '.join(self._asked.facets)}.")
        return self._asked.facets.index(name)


def many_facet_rasch(ratings: pd.DataFrame, facets: Sequence[str] | None = None, *, rating: str = "rating",
                     positive: Sequence[str] | None = None, floating: str | None = None, steps: str | None = None,
                     categories: tuple[int, int] | None = None, weight: str | None = None, anchors: Anchors | None = None,
                     tolerance: float = TOLERANCE) -> ManyFacetRasch:
    """Fit the many-facet Rasch model by joint maximum likelihood, fully converged.

    ``log P(k) / P(k-1) = B_n - C_j - D_i - F_k``: object, rater, item, threshold. A measure of 0 is the mean of its facet (for the
    floating facet: even odds at the average of the others).

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a rating (a row that is there twice counts twice); rows that miss a facet, the rating or the weight are left out and counted.
    facets : sequence of str
        Columns of the facets, two or more; by default `object_id` and those of `rater_id` and `item` that are there.
    rating : str
        Column of whole-numbered ratings.
    positive : sequence of str, optional
        Facets whose higher measure means a higher rating; by default the first. The others are severities or difficulties.
    floating : str, optional
        The facet that is not centred on 0; by default the first.
    steps : str, optional
        A facet whose levels have thresholds of their own (partial credit); by default all share one rating scale. A category that a level
        never got has chance zero there, and the measure of the level is the middle of the steps that it got.
    categories : tuple of int, optional
        Lowest and highest category of the form; by default those observed.
    weight : str, optional
        Column of weights, 0 or more; 0 leaves a rating out.
    anchors : mapping, optional
        Facet to level to measure that is held, as from an earlier calibration.
    tolerance : float
        Largest marginal residual, in score points.

    Returns
    -------
    ManyFacetRasch
        With `status` "not_estimable" and a reason ("no_ratings", "constant", "all_extreme", "one_level") where there is no model.

    Raises
    ------
    EstimationError
        If arguments contradict the frame, ratings are no whole numbers, or there are more than 30 categories.

    Notes
    -----
    Joint estimates are too spread when levels have few ratings, by about L / (L - 1) for L ratings a person, and their errors do not
    hold this: with 8 ratings a person, twice the error held the severity of a rater 2.5 logits from the others two times in three
    (`docs/calibration.md`). The fixed chi-square takes errors for independent: with 8 ratings a person it called raters unlike that were
    alike three times in ten, over weak links nine in ten. `marginal_rasch` has no such bias; twice the gain in its log-likelihood over a fit
    without the raters tests that they are alike. Levels with only lowest or only highest ratings get a measure
    from a total moved by 0.3 points, status "boundary", and are left out of the fit and of the summaries. A category that
    nobody used keeps its number and has chance zero. Measures of two subsets are not comparable: each has its own centre.
    Ratings in which one group of levels is always above another, each compared as it may be, have no joint maximum: said, and no distance
    across the break is given (see `ManyFacetRasch`).
    Never for ratings by one superior each: there a severity has no meaning (see `identification`). Assumes that ratings are
    independent given the measures.
    Source: J. M. Linacre (1989), Many-Facet Rasch Measurement; FACETS' tables as its manual defines them.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aabbccdd"), "rater_id": list("xyxyxyxy"), "rating": [2, 1, 3, 2, 1, 2, 2, 3]})
    >>> model = many_facet_rasch(rows)
    >>> model.measures.query("facet == 'rater_id'")["measure"].abs().max() < 1e-3
    np.True_
    """
    facets = usual_facets(ratings, facets)
    single(tolerance=tolerance)
    word(floating=floating)
    request = asked(ratings, facets, rating, positive if positive is not None else facets[:1], steps, categories, weight, anchors)
    keep, state = informative(request.coded)
    reason = _reason(request, keep)
    if reason:
        return ManyFacetRasch(0, request.n_left_out, 0, np.nan, 0, False, "not_estimable", reason, request, state, None)
    d = design(request.coded, keep)
    request = replace(request, coded=request.coded.only(np.flatnonzero(~keep)))  # the others stand in the design: twice is too much of a nation
    held, where = anchored(request, d.kept, anchors)
    n_subsets, labels = subsets(d, held)
    float_facet = request.facets.index(floating) if floating in request.facets else 0
    if floating is not None and floating not in request.facets:
        raise EstimationError(f"floating names {floating!r}, which is none of the facets {', '.join(request.facets)}.")
    with one_thread():  # the arrays of a block are small: threads would only wait for each other
        passes = Passes(d, request.steps)
        observed = Observed.of(passes)
        point = start(d, observed, passes.groups)
        point = Point(tuple(np.where(h, w, m) for h, w, m in zip(held, where, point.measures, strict=True)), point.log_a)
        found = fit(passes, [~h for h in held], point, observed, tolerance)
        made = assemble.fitted(request, d, found, held, labels, float_facet)
    endless = made.found.runs_along is not None
    return ManyFacetRasch(d.rows, request.n_left_out, n_subsets, found.largest_residual, found.rounds,
                          bool(found.largest_residual < tolerance) and not endless, "estimated", NO_FINITE_MAXIMUM if endless else "",
                          request, state, made)


def _reason(a: Asked, keep: NDArray[np.bool_]) -> str:
    if a.empty:
        return "no_ratings"
    if int(a.coded.x.min()) == int(a.coded.x.max()):
        return "constant"
    if not keep.any():
        return "all_extreme"
    return "one_level" if all(len(levels) < 2 for levels in a.coded.levels) else ""
