"""Severity-adjusted scores of a linked instrument: what a mean rater would have given, with errors that objects share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.stats import norm

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.raters.many_facet_rasch import ManyFacetRasch
from evalkit.raters.objectivity.cases import Vector, read, with_item
from evalkit.raters.objectivity.guard import SeverityFit, given_fit

FACETS = ("object_id", "rater_id", "item")
MOST_RATERS = 2500  # the covariance inverts a matrix of raters by raters
COLUMNS = ("object_id", "n_ratings", "n_raters", "observed", "adjusted", "std_error", "std_error_severities", "conf_low", "conf_high", "measure",
           "measure_std_error", "status", "reason")


@dataclass(frozen=True)
class AdjustedScores:
    """Scores as a mean rater on mean items would give them, on the scale of the form.

    `scores` has a row an object, columns `COLUMNS`: `observed` (mean as given), `adjusted`, `std_error` (all of it) and
    `std_error_severities` (the part from severities that are only estimated, which objects with the same raters share), the measure
    in logits, `status`, `reason`. `reason` of the whole is empty where there are scores.
    """

    scores: pd.DataFrame
    reason: str
    _own: Vector = field(repr=False)
    _loading: csr_matrix | None = field(repr=False)
    _shared: Vector = field(repr=False)
    _slope: Vector = field(repr=False)
    _place: pd.Index = field(repr=False)
    _model: ManyFacetRasch | None = field(repr=False)

    def covariance(self, objects: Sequence[object]) -> pd.DataFrame:
        """Give the covariance of the adjusted scores of some objects.

        ``D + F S F'``: own error, and the errors of severities S carried by who rated whom (F). Off the diagonal 0: no shared error.

        Parameters
        ----------
        objects : sequence
            Values of `object_id`.

        Returns
        -------
        pandas.DataFrame, shape (n, n)
            In squared points of the form, by the delta method; rows and columns are the objects.

        Raises
        ------
        EstimationError
            If an object has no adjusted score, or the covariance was not computed (too many raters).
        """
        at = self._place.get_indexer(pd.Index(list(objects), dtype=object))
        if self._loading is None or (at < 0).any():
            raise EstimationError("There is no covariance of these objects: one has no adjusted score, or there are too many raters.")
        load = self._loading[at]
        middle = np.asarray(load @ self._shared @ load.T) + np.diag(self._own[at])
        slope = self._slope[at]
        return pd.DataFrame(middle * np.outer(slope, slope), index=list(objects), columns=list(objects))

    def difference(self, first: object, second: object, conf_level: float = 0.95) -> dict[str, float]:
        """Compare two objects: the difference of their adjusted scores, with the error that they share taken into account.

        ``low = d - sqrt((a1 - l1)^2 - 2 r (a1 - l1)(u2 - a2) + (u2 - a2)^2)``, high in the same way, of scores a with limits l and u whose
        measures correlate with r. 0: a mean rater would give both the same.

        Parameters
        ----------
        first, second
            Values of `object_id`.
        conf_level : float
            Level of the limits.

        Returns
        -------
        dict of str to float
            `difference` (first less second), `std_error` (delta method), `conf_low`, `conf_high`. The limits come from those of the two
            scores, so that no difference is larger than the form allows; they are not `difference` plus and minus so many errors.

        Raises
        ------
        EstimationError
            As `covariance`, or if the level is none.

        Notes
        -----
        Source: G. Y. Zou (2008), On the estimation of additive interaction by use of the four-by-two table and beyond, American Journal of
        Epidemiology 168, 212-224 (limits of a difference from those of its parts).
        """
        check_level(conf_level)
        v = self.covariance([first, second]).to_numpy()
        both = self.scores.set_index("object_id").loc[[first, second]]
        score, measure, spread = (both[c].to_numpy(dtype=float) for c in ("adjusted", "measure", "measure_std_error"))
        gap, error = float(score[0] - score[1]), float(np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]))
        if self._model is None or not v.diagonal().all():
            return {"difference": gap, "std_error": error, "conf_low": gap, "conf_high": gap}
        wide = float(norm.ppf(0.5 + conf_level / 2)) * spread
        below, above = score - _at(self._model, measure - wide)[0], _at(self._model, measure + wide)[0] - score
        shared = 2 * float(v[0, 1] / np.sqrt(v[0, 0] * v[1, 1]))
        low, high = (float(np.sqrt(a**2 - shared * a * b + b**2)) for a, b in ((below[0], above[1]), (above[0], below[1])))
        return {"difference": gap, "std_error": error, "conf_low": gap - low, "conf_high": gap + high}


def adjusted_scores(ratings: pd.DataFrame, *, categories: tuple[int, int] | None = None, conf_level: float = 0.95,
                    fit: SeverityFit | None = None) -> AdjustedScores:
    """Adjust scores of a linked instrument for the severity of who rated, with errors and their covariance.

    ``adjusted = E(rating | B_n, C = 0, D = 0)`` of the many-facet Rasch model, `std_error` by the delta method from the information of
    objects, raters and items together. Equal to the observed mean: the raters were of mean severity.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `rating` (whole numbers) and, of several questions, `item`.
    categories : tuple of int, optional
        Lowest and highest category of the form.
    conf_level : float
        Level of the intervals: those of the measures, which are normal, brought to the scale of the form, so that none leaves it.
    fit : SeverityFit, optional
        What is fitted to these ratings already, with their items, so that nothing is fitted twice.

    Returns
    -------
    AdjustedScores
        Without scores, and with a reason, where the instrument carries no severities (see `severity`). Raters whom nothing links with the
        others, or whose distance from them is not finite, take no part where more than half remain; objects that only they rated have
        status "not_estimable" and a reason ("not_connected", "no_finite_distance").

    Raises
    ------
    EstimationError
        If a column is absent or ratings are no whole numbers.

    Notes
    -----
    An aid to analysis on the instrument's own scale: it replaces no official result. Thresholds are held as known. With few ratings
    an object joint estimates are a little too far from the middle. Source: J. M. Linacre (1989), Many-Facet Rasch Measurement (fair average).

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aabbccdd"), "rater_id": list("xyxyxyxy"), "item": "i", "rating": [2, 1, 3, 2, 1, 2, 2, 3]})
    >>> adjusted_scores(rows).reason
    'no_rater_variance'
    """
    check_level(conf_level)
    ratings = read(ratings, "object_id", "rater_id")
    own = given_fit(fit) or SeverityFit(with_item(ratings), categories)
    if own.reason:
        return _none(ratings, own.reason)
    if own.main is None:  # no severities that scores could be adjusted by
        return _none(ratings, own.model.reason or "not_connected")
    found = _adjusted(*own.main, conf_level)
    every = own.model.measures[own.model.measures["facet"].eq("object_id").to_numpy(dtype=bool)]
    apart = every[~every["level"].isin(found.scores["object_id"].tolist()).to_numpy(dtype=bool)]
    if apart.empty:
        return found
    raters = own.ratings.dropna(subset=[*FACETS, "rating"]).groupby("object_id")["rater_id"].nunique()
    rest = pd.DataFrame({"object_id": apart["level"].astype(object), "n_ratings": apart["n"], "observed": apart["observed_average"],
                         "n_raters": raters.reindex(apart["level"].astype(object)).to_numpy(), "status": "not_estimable",
                         "reason": apart["reason"].where(apart["reason"].ne(""), "not_connected")}).reindex(columns=list(COLUMNS))
    rest = rest.astype(found.scores.dtypes.to_dict())
    both = pd.concat([found.scores, rest], ignore_index=True)
    order = pd.Index(every["level"].astype(object)).get_indexer(pd.Index(both["object_id"]))
    return replace(found, scores=both.iloc[np.argsort(order, kind="stable")].reset_index(drop=True))


def _none(ratings: pd.DataFrame, reason: str) -> AdjustedScores:
    objects = sorted(ratings["object_id"].dropna().unique().tolist(), key=str)
    frame = pd.DataFrame({"object_id": pd.Series(objects, dtype=object)}).reindex(columns=list(COLUMNS))
    empty = np.zeros(0)
    return AdjustedScores(frame.assign(status="not_estimable", reason=reason), reason, empty, None, empty, empty, pd.Index([]), None)


def _adjusted(rows: pd.DataFrame, model: ManyFacetRasch, level: float) -> AdjustedScores:
    own = model.measures[model.measures["facet"].eq("object_id").to_numpy(dtype=bool)].reset_index(drop=True)
    place, used = pd.Index(own["level"].astype(object)), own["status"].eq("estimated").to_numpy(dtype=bool)
    variance = own["std_error_conditional"].to_numpy(dtype=float) ** 2
    loading, shared = _shared(model, place) if model.measures["facet"].eq("rater_id").sum() <= MOST_RATERS else (None, np.zeros((0, 0)))
    carried = np.zeros(len(own))
    if loading is not None:
        carried = np.asarray(loading.multiply(loading @ shared).sum(axis=1)).ravel()
    adjusted = own["fair_average"].to_numpy(dtype=float)
    measure, spread = own["measure"].to_numpy(dtype=float), np.sqrt(variance + carried)
    slope = _at(model, measure)[1]
    wide = float(norm.ppf(0.5 + level / 2)) * spread
    raters = rows.groupby("object_id")["rater_id"].nunique()
    frame = pd.DataFrame({"object_id": place, "n_ratings": own["n"], "n_raters": raters.reindex(place).to_numpy(),
                          "observed": own["observed_average"], "adjusted": adjusted, "std_error": slope * spread,
                          "std_error_severities": slope * np.sqrt(carried), "conf_low": _at(model, measure - wide)[0],
                          "conf_high": _at(model, measure + wide)[0], "measure": measure, "measure_std_error": spread,
                          "status": np.where(used, "estimated", own["status"]), "reason": own["reason"]})
    return AdjustedScores(frame, "", variance, loading, shared, slope, place, model)


def _shared(model: ManyFacetRasch, place: pd.Index) -> tuple[csr_matrix, Vector]:
    """Give F and S: how objects load on the errors of raters and items, and the covariance of these errors."""
    found = model.expected()
    w = found["variance"].to_numpy(dtype=float)
    o = place.get_indexer(pd.Index(found["object_id"].astype(object)))
    r, raters = pd.factorize(found["rater_id"].astype(object))
    i, items = pd.factorize(found["item"].astype(object))
    n, a, b = len(place), len(raters), len(items)
    total = np.maximum(np.bincount(o, w, n), 1e-12)
    cross = csr_matrix((np.r_[w, w], (np.r_[o, o], np.r_[r, a + i])), shape=(n, a + b))
    loading = csr_matrix(cross.multiply(1.0 / total[:, None]))
    inner = np.zeros((a + b, a + b))
    np.add.at(inner, (r, r), w)
    np.add.at(inner, (a + i, a + i), w)
    np.add.at(inner, (r, a + i), w)
    np.add.at(inner, (a + i, r), w)
    inner -= np.asarray((cross.T @ loading).todense())
    null = np.zeros((a + b, 2))
    null[:a, 0], null[a:, 1] = 1.0, 1.0
    # raters and items are centred: the shifts that nothing tells are taken out again
    size = np.diag([1.0 / a**2, 1.0 / b**2])
    return loading, np.linalg.inv(inner + null @ null.T) - null @ size @ null.T


def _at(model: ManyFacetRasch, measure: Vector) -> tuple[Vector, Vector]:
    """Give the expected rating at each measure, and its slope there: the variance of a rating."""
    used = model.thresholds[model.thresholds["status"].eq("estimated").to_numpy(dtype=bool)]
    value = used["category"].to_numpy(dtype=float)
    step = np.r_[0.0, np.cumsum(used["threshold"].to_numpy(dtype=float)[1:] * np.diff(value))]
    power = np.outer(measure, value - value[0]) - step
    chance = np.exp(power - power.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    mean: Vector = chance @ value
    slope: Vector = chance @ value**2 - mean**2
    return mean, slope
