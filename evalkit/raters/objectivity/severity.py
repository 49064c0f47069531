"""How severe each rater is on the same objects: plain differences in points, and the many-facet Rasch model in logits."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.single_values import word
from evalkit.raters.many_facet_rasch import ManyFacetRasch
from evalkit.raters.objectivity.cases import Cases, cases_of, frame_of, joined, mean_and_error, nothing
from evalkit.raters.objectivity.guard import SeverityFit, Spread, given_fit

SeverityMethod = Literal["deviation", "many_facet"]


def severity(ratings: pd.DataFrame, key: pd.DataFrame | None = None, *, method: SeverityMethod = "deviation",
             conf_level: float = 0.95, fit: SeverityFit | None = None) -> pd.DataFrame:
    """Give the severity of each rater on objects that others (or experts) rated too, with interval.

    ``deviation: mean over her objects of (expected - own)``, expected by the key or the mean of the others, in points;
    ``many_facet: C_j`` of the model, in logits. 0: as severe as the key, or as the mean rater; above 0: rates lower.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `rating` and, of several questions, `item`; one row a rating.
    key : pandas.DataFrame, optional
        `object_id`, `item`, `expert_rating`; with it deviations are from the experts. The many-facet model does not use it.
    method : {"deviation", "many_facet"}
        Which of the two.
    conf_level : float
        Level of the intervals.
    fit : SeverityFit, optional
        What is fitted to these ratings already, so that nothing is fitted twice.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "severity_spread" (standard deviation between raters, points of the scale, with a profile interval) and
        "severity" with `term` the rater. `n` counts objects. Severities are withheld with a reason where raters rated once, nothing
        links them, or their spread is 0 or cannot be told from 0.

    Raises
    ------
    EstimationError
        If a column is absent or the method is unknown.

    Notes
    -----
    What would vary: other objects (the t interval has objects - 1 degrees of freedom). Differences from others are confounded with
    whom they share objects with, unless all rate the same; the many-facet model is not. Neither is severity in service. Source:
    J. M. Linacre (1989), Many-Facet Rasch Measurement; F. E. Saal, R. G. Downey, M. A. Lahey (1980), Psychological Bulletin 88.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aaabbbccc"), "rater_id": list("xyz") * 3, "item": "i", "rating": [1, 3, 3, 2, 4, 4, 1, 4, 3]})
    >>> severity(rows).query("term == 'x'")["estimate"].round(2).tolist()
    [2.17]
    """
    check_level(conf_level)
    word(method=method)
    if method not in ("deviation", "many_facet"):
        raise EstimationError(f"The method {method!r} is none of deviation, many_facet.")
    own = given_fit(fit) or SeverityFit(ratings, conf_level=conf_level)
    keyed = key is not None and method == "deviation"
    cases = cases_of(ratings, key) if keyed else own.cases
    reason = own.against_key if keyed else own.reason
    if own.design and reason:
        return joined([nothing("severity_spread", reason, method=method), nothing("severity", reason, method=method)])
    head = _spread_row(Spread(np.nan, np.nan, np.nan, own.design) if own.design else own.spread, cases, method, conf_level)
    if reason:
        return joined([head, nothing("severity", reason, method=method)])
    return joined([head, _deviations(cases, conf_level, keyed) if method == "deviation" else _of_main(own, cases, conf_level)])


def _of_main(fit: SeverityFit, cases: Cases, level: float) -> pd.DataFrame:
    """Give severities of the model of those who can be compared, and of the others the row that says why they have none."""
    every = rasch_severities(fit.model, cases, level)
    if fit.main is None or fit.main[1] is fit.model:
        return every
    own = rasch_severities(fit.main[1], cases, level)
    apart = every[~every["term"].isin(own["term"]).to_numpy(dtype=bool)]
    return joined([own, apart.assign(estimate=np.nan, std_error=np.nan, conf_low=np.nan, conf_high=np.nan)])


def _spread_row(spread: Spread, cases: Cases, method: str, level: float) -> pd.DataFrame:
    told = np.isfinite(spread.sd)
    return frame_of({"measure": "severity_spread", "role": "inferential", "unit": "points", "null_value": 0.0, "estimate": spread.sd,
                     "conf_level": level, "conf_low": spread.conf_low, "conf_high": spread.conf_high, "n": len(np.unique(cases.object_)),
                     "n_raters": len(np.unique(cases.rater)), "method": f"crossed mixed model, REML, profile; {method}",
                     "status": "not_estimable" if not told else "boundary" if spread.reason else "estimated",
                     "p_value": spread.p_value, "reason": spread.reason}, 1)


def _deviations(cases: Cases, level: float, against_key: bool) -> pd.DataFrame:
    difference = cases.expected - cases.x
    known = np.isfinite(difference)
    some = known.any(axis=1)
    own = np.full(len(difference), np.nan)
    own[some] = np.where(known, difference, 0.0)[some].sum(axis=1) / known[some].sum(axis=1)
    mean, error, n = mean_and_error(own, cases.rater, len(cases.raters))
    wide = student.ppf(0.5 + level / 2, np.maximum(n - 1, 1)) * error
    told = np.isfinite(mean)
    return frame_of({"measure": "severity", "term": cases.raters.astype(str), "role": "inferential", "unit": "points", "null_value": 0.0,
                     "estimate": mean, "std_error": error, "df": np.where(n > 1, n - 1.0, np.nan), "conf_level": level,
                     "conf_low": mean - wide, "conf_high": mean + wide, "n": n, "n_raters": 1,
                     "method": "deviation from " + ("the expert key" if against_key else "the mean of the others"),
                     "status": np.where(told, np.where(n > 1, "estimated", "boundary"), "not_estimable"),
                     "reason": np.select([~told, n < 2], ["nobody_else_rated_the_same", "one_object"], "")}, len(cases.raters))


def rasch_severities(model: ManyFacetRasch, cases: Cases | None = None, conf_level: float = 0.95, rater: str = "rater_id") -> pd.DataFrame:
    """Give the severities of a fitted many-facet model as a frame of estimates (`unit` logits), with fit in `estimand`.

    Parameters
    ----------
    model : ManyFacetRasch
        With a facet of raters.
    cases : Cases, optional
        The ratings as cases, to count objects.
    conf_level : float
        Level of the normal intervals.
    rater : str
        Name of the facet.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, measure "severity", `term` the rater. Not estimable: with the reason of the model. Withheld, "not_connected":
        raters whom nothing links with the most, or all where no half of them hangs together.

    Raises
    ------
    EstimationError
        If `model` is no fitted model, or has no such facet.

    Examples
    --------
    >>> from evalkit.raters import many_facet_rasch
    >>> rows = pd.DataFrame({"object_id": list("aabbccdd"), "rater_id": list("xyxyxyxy"), "rating": [2, 1, 3, 2, 1, 2, 2, 3]})
    >>> rasch_severities(many_facet_rasch(rows))["term"].tolist()
    ['x', 'y']
    """
    check_level(conf_level)
    if not isinstance(model, ManyFacetRasch):
        raise EstimationError("rasch_severities takes what many_facet_rasch(ratings) gives; of ratings themselves take "
                              "severity(ratings, method='many_facet').")
    model.require(rater)
    if model.status != "estimated":
        return nothing("severity", model.reason, method="many_facet")
    own = model.measures[model.measures["facet"].eq(rater).to_numpy(dtype=bool)].reset_index(drop=True)
    measure, error = own["measure"].to_numpy(dtype=float), own["std_error"].to_numpy(dtype=float)
    status = own["status"].where(own["status"].ne("anchored"), "estimated").astype(str)
    subset = own["subset"].fillna(0).to_numpy(dtype=int)  # of the raters themselves: items or objects may part where they do not
    apart = (subset > 0) | (2 * int((subset == 0).sum()) <= len(subset))
    apart &= bool((subset > 0).any())
    measure, error = np.where(apart, np.nan, measure), np.where(apart, np.nan, error)
    wide = float(norm.ppf(0.5 + conf_level / 2)) * error
    n = own["n"].to_numpy(dtype=float)
    if cases is not None:
        n = pd.Series(np.bincount(cases.rater, minlength=len(cases.raters)), index=cases.raters.astype(str)).reindex(
            own["level"].astype(str)).fillna(0).to_numpy(dtype=float)
    return frame_of({"measure": "severity", "term": own["level"].astype(str), "role": "inferential", "unit": "logits", "null_value": 0.0,
                     "estimate": measure, "std_error": error, "conf_level": conf_level, "conf_low": measure - wide, "conf_high": measure + wide,
                     "n": n, "n_raters": 1, "method": f"many-facet Rasch, largest residual {model.largest_residual:.1g}",
                     "estimand": ["; ".join(f"{k}={v:.2f}" for k, v in zip(("infit", "outfit", "fair_average"), row, strict=True))
                                  for row in own[["infit", "outfit", "fair_average"]].to_numpy(dtype=float)],
                     "status": status.mask(apart, "withheld"),
                     "reason": own["reason"].where(own["status"].ne("anchored"), "").mask(apart, "not_connected")}, len(own))
