"""Variance between evaluators when each person has one: severity and team together, and nothing of a named evaluator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.inference.frames import given_numbers, need
from evalkit.inference.results import Estimate, estimates

ESTIMAND = "severity_and_team_together"


def variance_between(ratings: pd.DataFrame, *, rater: str = "rater_id", rating: str = "rating",
                     scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Split the variance of ratings into between and within evaluators, by restricted maximum likelihood.

    ``rating = mean + evaluator + rest``. With equal teams of n it is the analysis of variance,
    ``(MS_between - MS_within) / n``; with unequal teams the likelihood is maximised over the ratio of the two variances.
    0 between: evaluators' means scatter no more than people within teams do (status "boundary").

    Parameters
    ----------
    ratings : pandas.DataFrame, shape (n, >= 2)
        One row a person rated once; missing ratings are left out.
    rater, rating : str
        Columns of the evaluator and of the rating (a number, in points of its scale).
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, rows "variance_between_evaluators" (estimand "severity_and_team_together") and
        "variance_within_evaluators", in squared points. Not estimable with one evaluator or one person each.

    Raises
    ------
    EstimationError
        If a column is absent or the rating is no number.

    Notes
    -----
    Each person has one superior, so a lenient evaluator and a good team give the same figures: never call the first
    row severity, and give no effect of one evaluator. Assumes evaluators are exchangeable and ratings roughly normal; for
    three nearly constant words prefer counts.
    Source: S. Searle, G. Casella, C. McCulloch (1992), Variance Components, chapters 3 and 6.

    Examples
    --------
    >>> rows = pd.DataFrame({"rater_id": ["a", "a", "b", "b"], "rating": [1.0, 2.0, 4.0, 5.0]})
    >>> variance_between(rows)["estimate"].round(6).tolist()
    [4.25, 0.5]
    """
    values, codes = _clean(ratings, rater, rating)
    n, sizes = len(values), np.bincount(codes) if len(codes) else np.array([], dtype=np.intp)
    base: Estimate = {"scope_id": scope_id, "period": period, "role": "inferential", "unit": "points²", "n": n,
                      "n_raters": len(sizes), "null_value": 0.0}
    rows: list[Estimate] = [{**base, "measure": "variance_between_evaluators", "estimand": ESTIMAND},
                            {**base, "measure": "variance_within_evaluators", "estimand": "people_within_one_evaluator"}]
    reason = "one_evaluator" if len(sizes) < 2 else "one_person_each" if n == len(sizes) else ""
    if reason:
        return estimates([{**r, "status": "not_estimable", "reason": reason} for r in rows])
    between, within, method = _components(values, codes, sizes)
    found: list[Estimate] = [{**rows[0], "estimate": between, "method": method, "status": "estimated", "reason": ESTIMAND},
                             {**rows[1], "estimate": within, "method": method, "status": "estimated"}]
    if between == 0:
        found[0]["status"], found[0]["reason"] = "boundary", "no_more_than_within" if within else "all_ratings_equal"
    if within == 0:
        found[1]["status"], found[1]["reason"] = "boundary", "no_variance_within"
    return estimates(found)


def agreement_between(ratings: pd.DataFrame, *, measures: Sequence[str] = ("agreement", "icc"), rater: str = "rater_id",
                      object_id: str = "object_id", scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Say, for ratings with one evaluator a person, that agreement between evaluators cannot be computed.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a rating.
    measures : sequence of str
        The statistics that are asked for.
    rater, object_id : str
        Columns of evaluator and person rated.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        A row a measure with status "not_estimable" and reason "one_rating_each" (or "nobody_rated"); no row when some
        person has two evaluators, since agreement is then a question for data, not for a rule.

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    An answer with a reason instead of a number without meaning.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": ["p", "q"], "rater_id": ["a", "b"]})
    >>> agreement_between(rows)[["measure", "status", "reason"]].to_numpy().tolist()[1]
    ['icc', 'not_estimable', 'one_rating_each']
    """
    need(ratings, object_id, rater)
    known = ratings[[object_id, rater]].dropna().drop_duplicates()
    if known.duplicated(object_id).any():
        return estimates([])
    reason = "one_rating_each" if len(known) else "nobody_rated"
    return estimates([{"measure": m, "role": "inferential", "status": "not_estimable", "reason": reason, "scope_id": scope_id,
                       "period": period, "n": len(known), "n_raters": int(known[rater].nunique())} for m in measures])


def _clean(ratings: pd.DataFrame, rater: str, rating: str) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    need(ratings, rater, rating)
    y = given_numbers(ratings, rating)
    known = ~np.isnan(y) & ratings[rater].notna().to_numpy(dtype=bool)
    codes, _ = pd.factorize(ratings.loc[known, rater])
    return y[known], np.asarray(codes, dtype=np.intp)


def _components(y: NDArray[np.float64], codes: NDArray[np.intp], sizes: NDArray[np.intp]) -> tuple[float, float, str]:
    means = np.bincount(codes, weights=y) / sizes
    ss_within = float(((y - means[codes]) ** 2).sum())
    n, k = len(y), len(sizes)
    if len(set(sizes.tolist())) == 1:
        size = int(sizes[0])
        ms_between = size * float(((means - means.mean()) ** 2).sum()) / (k - 1)
        ms_within = ss_within / (n - k)
        if ms_between > ms_within:
            return (ms_between - ms_within) / size, ms_within, "reml_balanced_anova"
        return 0.0, float(((y - y.mean()) ** 2).sum()) / (n - 1), "reml_balanced_anova"
    if ss_within <= 1e-12 * float((y**2).sum()):
        # nothing varies within: the ratio has no maximum, the means themselves are what varies
        return float(means.var(ddof=1)), 0.0, "variance_of_means"
    ratio = _ratio(means, sizes, ss_within)
    within = _quadratic(ratio, means, sizes, ss_within)[0] / (n - 1)
    return ratio * within, within, "reml"


def _quadratic(ratio: float, means: NDArray[np.float64], sizes: NDArray[np.intp], ss_within: float) -> tuple[float, float]:
    """Give the residual sum of squares and the log determinants of the restricted likelihood at a ratio of variances."""
    weights = sizes / (1 + ratio * sizes)
    centre = (weights * means).sum() / weights.sum()
    return (ss_within + float((weights * (means - centre) ** 2).sum()),
            float(np.log1p(ratio * sizes).sum() + np.log(weights.sum())))


def _ratio(means: NDArray[np.float64], sizes: NDArray[np.intp], ss_within: float) -> float:
    from scipy.optimize import minimize_scalar

    n = int(sizes.sum())

    def minus_log(log_ratio: float) -> float:
        rss, log_det = _quadratic(float(np.exp(log_ratio)), means, sizes, ss_within)
        return (n - 1) * float(np.log(rss)) + log_det

    grid = np.linspace(-12, 12, 97)
    start = int(np.argmin([minus_log(g) for g in grid]))
    low, high = grid[max(start - 1, 0)], grid[min(start + 1, len(grid) - 1)]
    best = minimize_scalar(minus_log, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    rss, log_det = _quadratic(0.0, means, sizes, ss_within)
    return 0.0 if (n - 1) * np.log(rss) + log_det <= best.fun else float(np.exp(best.x))
