"""The gate of severities: linked, several objects a rater, and a spread between raters to speak of. One place decides and says why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import chi2

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model import MixedModel, mixed_model
from evalkit.inference.mixed_model.search import DENSE_BY_DEFAULT
from evalkit.inference.mixed_model.solvers import NoResidualError
from evalkit.raters.connectedness import connectedness
from evalkit.raters.ladder import LadderSettings
from evalkit.raters.many_facet_rasch import ManyFacetRasch, many_facet_rasch
from evalkit.raters.objectivity.cases import Cases, cases_of, read

LEAST_CONNECTED = LadderSettings.min_connected
_PROFILED = 20_000  # cases up to which the profile interval is worked out; beyond, zero is ruled out by the likelihood ratio alone
_NO_LINKS_NEEDED = ("one_rater", "one_rating_each", "not_connected")  # against an expert key nobody is compared with anybody
_EXACT_UP_TO = 6_000  # levels of the smaller side up to which the likelihood without raters is worked out: a matrix of 300 MB


@dataclass(frozen=True)
class Spread:
    """The standard deviation between raters (points of the scale, REML) with its profile interval; missing where none is known.

    `p_value` is that of "raters do not differ", where there is no interval; `object_sd` the standard deviation between objects; `n` the cases.
    """

    sd: float
    conf_low: float
    conf_high: float
    reason: str
    p_value: float = float("nan")
    object_sd: float = float("nan")
    n: int = 0


@dataclass(frozen=True, eq=False)
class SeverityFit:
    """Ratings with what is fitted to them, each thing once and only when asked for: hand it on rather than fit again.

    `reason` says why the ratings carry no severities; empty where they do: the design (`design_reason`), then `ladder` (why a rung below 4
    is not passed, empty where it is or nobody asks), then the spread between raters.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `rating` and, of several questions, `item`.
    categories : tuple of int, optional
        Lowest and highest category of the form, for the many-facet model.
    conf_level : float
        Level of the interval of the spread.
    ladder : str
        Reason of the ladder.

    Examples
    --------
    >>> SeverityFit(pd.DataFrame({"object_id": ["o", "o"], "rater_id": ["a", "b"], "rating": [2.0, 2.0]})).reason
    'no_variation'
    """

    ratings: pd.DataFrame
    categories: tuple[int, int] | None = None
    conf_level: float = 0.95
    ladder: str = ""

    @cached_property
    def cases(self) -> Cases:
        """Give the ratings as cases, without a key."""
        return cases_of(self.ratings)

    @cached_property
    def design(self) -> str:
        """Say why the design carries no severities; empty where it does."""
        return design_reason(self.ratings) or self.ladder

    @cached_property
    def spread(self) -> Spread:
        """Give the spread between raters; an interval and a test only where the design carries severities."""
        return spread_between(self.cases, self.conf_level, tested=not self.design)

    @cached_property
    def reason(self) -> str:
        """Say why no severities may be given; empty where they may."""
        return self.design or self.spread.reason

    @cached_property
    def against_key(self) -> str:
        """Say why no deviations from an expert key may be given: links between raters are not needed for them."""
        return "" if self.design in _NO_LINKS_NEEDED else self.reason

    @cached_property
    def model(self) -> ManyFacetRasch:
        """Give the many-facet Rasch model of these ratings."""
        facets = [c for c in ("object_id", "rater_id", "item") if c in self.ratings.columns]
        return many_facet_rasch(self.ratings.dropna(subset=[*facets, "rating"]), facets, categories=self.categories)


def given_fit(fit: SeverityFit | None) -> SeverityFit | None:
    """Give what was handed on, or refuse what is no fit.

    Raises
    ------
    EstimationError
        If it is something else.

    Examples
    --------
    >>> given_fit(None)
    """
    if fit is not None and not isinstance(fit, SeverityFit):
        raise EstimationError(f"fit is a SeverityFit of these ratings, not a {type(fit).__name__}.")
    return fit


def design_reason(ratings: pd.DataFrame) -> str:
    """Say why the design carries no severities, in a code; empty where it does.

    ``no_ratings``, ``one_rater``, ``no_variation``, ``one_rating_each`` (no object with two raters), ``most_raters_rated_once`` (more
    than half of the raters rated one object), ``not_connected`` (less than 90% of the raters hang together).

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a rating: `object_id`, `rater_id`, `rating`.

    Returns
    -------
    str
        The code.

    Examples
    --------
    >>> design_reason(pd.DataFrame({"object_id": ["o", "o", "o"], "rater_id": list("abc"), "rating": [1.0, 2.0, 3.0]}))
    'most_raters_rated_once'
    """
    rows = read(ratings, "object_id", "rater_id").dropna(subset=["object_id", "rater_id", "rating"])
    if rows.empty:
        return "no_ratings"
    if rows["rater_id"].nunique() < 2:
        return "one_rater"
    if float(rows["rating"].min()) == float(rows["rating"].max()):
        return "no_variation"
    pairs = rows[["object_id", "rater_id"]].drop_duplicates()
    if not pairs.duplicated("object_id").any():
        return "one_rating_each"
    if float((pairs.groupby("rater_id").size() == 1).mean()) > 0.5:
        return "most_raters_rated_once"
    found = connectedness(rows.astype({"object_id": object, "rater_id": object}), item=None)
    return "" if found.share_connected >= LEAST_CONNECTED else "not_connected"


def spread_between(cases: Cases, conf_level: float = 0.95, *, tested: bool = True) -> Spread:
    """Estimate how far raters differ on the same objects: ``mean of a case ~ object + rater`` as crossed random effects.

    `reason` is ``no_rater_variance`` where the estimate is 0, ``raters_not_told_apart`` where its interval holds 0,
    ``no_residual`` where raters and objects explain every value. With more than 20,000
    cases or 2,000 raters and objects there is no interval: zero is then ruled out by the likelihood ratio at 5%, and beyond 6,000 raters and
    objects it is not ruled out. Not `tested`: the estimate alone.
    """
    known = np.isfinite(cases.x)
    some = known.any(axis=1)
    means = np.where(known, cases.x, 0.0).sum(axis=1)[some] / known.sum(axis=1)[some]
    frame = pd.DataFrame({"y": means, "o": cases.object_[some], "r": cases.rater[some]})
    if len(frame) < 3 or float(frame["y"].max()) == float(frame["y"].min()):
        return Spread(np.nan, np.nan, np.nan, "no_variation" if len(frame) else "no_ratings", n=len(frame))
    fewer = min(frame["o"].nunique(), frame["r"].nunique())
    exact = DENSE_BY_DEFAULT < fewer <= _EXACT_UP_TO and tested
    try:
        model = mixed_model(frame, "y ~ 1 + (1 | o) + (1 | r)", exact=True if exact else None)
    except NoResidualError:
        return Spread(np.nan, np.nan, np.nan, "no_residual", n=len(frame))
    told = model.variances[model.variances["status"].ne("not_estimable").to_numpy(dtype=bool)].set_index("factor")["sd"].astype(float).to_dict()
    sd, other = told.get("r", np.nan), told.get("o", np.nan)
    found = Spread(sd, np.nan, np.nan, "", object_sd=other, n=len(frame))
    if not np.isfinite(sd):
        return replace(found, reason="one_rater")
    if "r" in model.singular or sd <= 0:
        return replace(found, sd=0.0, reason="no_rater_variance")
    return _told_apart(found, model, frame, fewer, conf_level) if tested else found


def _told_apart(found: Spread, model: MixedModel, frame: pd.DataFrame, fewer: int, level: float) -> Spread:
    if fewer <= DENSE_BY_DEFAULT and len(frame) <= _PROFILED:
        limits = model.intervals("r", level=level).iloc[0]
        low = float(limits["conf_low"])
        return replace(found, conf_low=low, conf_high=float(limits["conf_high"]), reason="" if low > 1e-6 else "raters_not_told_apart")
    p = p_of_no_spread(model, mixed_model(frame, "y ~ 1 + (1 | o)")) if fewer <= _EXACT_UP_TO else np.nan
    return replace(found, p_value=p, reason="" if p <= 0.05 else "raters_not_told_apart")


def p_of_no_spread(model: MixedModel, without: MixedModel) -> float:
    """Give the p-value of "raters do not differ": the likelihood ratio of the fit with and without them, halved at the bound.

    ``P(chi2(1) > D0 - D) / 2``, since a variance is never negative. Not a number where a fit has no exact deviance. Source: S. G. Self,
    K.-Y. Liang (1987), Journal of the American Statistical Association 82, 605-610.
    """
    if model.deviance is None or without.deviance is None:
        return float("nan")
    return float(chi2.sf(max(without.deviance - model.deviance, 0.0), 1)) / 2
