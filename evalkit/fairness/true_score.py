"""What a rating would be without the error of the single rater: differences between groups, and how well one rating predicts it.

Needs double ratings: two or more independent ratings of some objects (a blind second rating, vignettes, 360 by role). The model is
classical: rating = level of the object + error, errors independent with one variance. "Level" is that of the raters who rated, not
what an object truly deserves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.fairness.frames import group_name, prepared
from evalkit.inference.reading import check_level, listed, numbers
from evalkit.inference.results import Estimate, estimates

ESTIMAND = "level_of_the_object_without_error_of_single_raters"
DRAWS = 999


@dataclass(frozen=True)
class Components:
    """Variance of errors and of levels, objects with a rating, those with two or more, and the mean of all ratings.

    Each variance is `nan` where the data have no answer; that of levels may come out negative, which says that they hardly differ.
    """

    error: float
    level: float
    n: int
    n_double: int
    mean: float

    @property
    def single(self) -> float:
        """Share of a single rating's variance that is level: its reliability, and the PRMSE of its best linear prediction."""
        total = self.level + self.error
        return self.level / total if total > 0 and self.level >= 0 else math.nan


def components(ratings: ArrayLike) -> Components:
    """Estimate the variance of errors from objects with several ratings, and that of levels from all objects.

    ``error = sum (c - 1) s² / sum (c - 1)``; ``level = (sum c (mean - grand)² - (N - 1) error) / (C - sum c² / C)``, c the ratings of an
    object, s² their variance, N the objects, C all ratings.

    Parameters
    ----------
    ratings : array_like of float, shape (n, m)
        A row an object, a column a rating; missing ones are `nan`.

    Returns
    -------
    Components
        Variances `error` and `level`, `n` objects, `n_double` with two ratings or more, `mean`, and `single`, the reliability of one rating.

    Raises
    ------
    EstimationError
        If the array has not two dimensions.

    Notes
    -----
    Analysis of variance; ratings of one object are exchangeable (columns are no persons). Sources: M. Johnson's derivation in the manual
    of RSMTool (A. Loukina, N. Madnani and others (2020), BEA Workshop, 18-29); S. Searle, G. Casella, C. McCulloch (1992), Variance
    Components, chapter 3.

    Examples
    --------
    >>> found = components([[1, 2], [2, 1], [3, 4], [1, 2], [2, 3]])
    >>> found.error, round(found.level, 2)
    (0.5, 0.55)
    """
    values = numbers(ratings, "ratings", wide=True)
    if values.ndim != 2:
        raise EstimationError("Ratings need a row an object and a column a rating.")
    counts, means, squares = _moments(values)
    return _components(counts, means, squares)


def _moments(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    known = ~np.isnan(values)
    counts = known.sum(axis=1).astype(float)
    means = np.where(known, values, 0.0).sum(axis=1) / np.maximum(counts, 1)
    squares = np.where(known, (values - means[:, None]) ** 2, 0.0).sum(axis=1)
    return counts, means, squares


def _components(counts: NDArray[np.float64], means: NDArray[np.float64], squares: NDArray[np.float64]) -> Components:
    rated, free = int((counts > 0).sum()), float(np.maximum(counts - 1, 0).sum())
    total = float(counts.sum())
    grand = float((counts * means).sum() / total) if total else math.nan
    error = float(squares.sum()) / free if free else math.nan
    scale = total - float((counts**2).sum()) / total if total else 0.0
    between = float((counts * (means - grand) ** 2).sum()) if total else 0.0
    level = (between - (rated - 1) * error) / scale if scale > 0 and free else math.nan
    return Components(error, level, rated, int((counts > 1).sum()), grand)


def prmse(predictor: ArrayLike, ratings: ArrayLike) -> tuple[float, float]:
    """Give how much of the variance of levels a predictor accounts for, and its mean squared error against levels.

    ``mse = (sum c (mean - x)² - N error) / C``; ``prmse = 1 - mse / level``. 1: the predictor is the level; 0: no better than the mean for
    everybody; negative: worse.

    Parameters
    ----------
    predictor : array_like of float, shape (n,)
        A number an object that is no part of the ratings, such as the official rating beside blind ones.
    ratings : array_like of float, shape (n, m)
        As in `components`. Objects without a rating or a predictor are left out.

    Returns
    -------
    tuple of (float, float)
        PRMSE and mean squared error; `nan` where no object has two ratings or levels do not differ.

    Raises
    ------
    EstimationError
        If the lengths differ.

    Notes
    -----
    Not for a predictor that is one of the ratings: its error would be counted as agreement. Sources: S. Haberman (2008), Journal of
    Educational and Behavioral Statistics 33, 204-229; as `components`.

    Examples
    --------
    >>> value, mse = prmse([1.5, 1.5, 3.5, 1.5, 2.5], [[1, 2], [2, 1], [3, 4], [1, 2], [2, 3]])
    >>> round(value, 2), round(mse, 2)
    (1.45, -0.25)
    """
    x, values = numbers(predictor, "values of the predictor"), numbers(ratings, "ratings", wide=True)
    if values.ndim != 2 or len(x) != len(values):
        raise EstimationError("The predictor needs one number for each object of the ratings.")
    keep = ~np.isnan(x) & (~np.isnan(values)).any(axis=1)
    counts, means, squares = _moments(values[keep])
    found = _components(counts, means, squares)
    if not found.level > 0:
        return math.nan, math.nan
    mse = (float((counts * (means - x[keep]) ** 2).sum()) - len(means) * found.error) / float(counts.sum())
    return 1 - mse / found.level, mse


def true_score_gaps(objects: pd.DataFrame, *, attribute: str, ratings: list[str], reference: str, predictor: str | None = None,
                    min_double: int = 10, draws: int = DRAWS, seed: int = 1, level: float = 0.95, scope_id: str = "",
                    period: str = "") -> pd.DataFrame:
    """Compare groups over the standard deviation of levels, which single raters' errors do not blow up; and a predictor's gap with it.

    ``gap = (mean1 - mean0) / sd(levels)``, means over objects of their mean ratings; with a predictor x ``difference = (x1 - x0) / sd(x) -
    gap``. 0: no gap; 0: the predictor puts the groups as far apart as the ratings do.

    Parameters
    ----------
    objects : pandas.DataFrame
        One row an object: `attribute`, the columns `ratings` (missing where there is none) and the predictor.
    attribute : str
        The group column; objects without it are in the variances, and in no group.
    ratings : list of str
        Columns with independent ratings of the object.
    reference : str
        The group that others are compared with.
    predictor : str, optional
        A number that is no part of the ratings, such as the official rating.
    min_double : int
        Objects with two ratings or more that are needed.
    draws, seed : int
        Bootstrap draws of objects for the intervals (percentile), and their seed.
    level : float
        Nominal coverage.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "error_variance", "level_variance", "prmse_single_rating" (its reliability), with a predictor "prmse"; for each
        group "true_score_gap", and with a predictor "difference_of_standardised_means". Not estimable: "too_few_double_ratings",
        "levels_do_not_differ", "group_not_in_data".

    Raises
    ------
    EstimationError
        If a column is absent; if `level` is not between 0 and 1.

    Notes
    -----
    The gap of levels is what the raters together see: if all of them are unfair in the same way, it is in it. With few double ratings the
    variances are poorly known, which the bootstrap shows. Source: as `components`, `prmse`; differences of standardised means as in
    RSMTool's evaluations.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> able = rng.normal(3, 1, 200)
    >>> objects = pd.DataFrame({"sex": ["F", "M"] * 100, "first": able + rng.normal(0, 0.7, 200), "second": able + rng.normal(0, 0.7, 200)})
    >>> found = true_score_gaps(objects, attribute="sex", ratings=["first", "second"], reference="M", draws=50).set_index("measure")
    >>> bool(0.55 < found.loc["prmse_single_rating", "estimate"] < 0.8)
    True
    """
    check_level(level)
    listed(ratings=ratings)
    own = prepared(objects, groups=[attribute], scores=[*ratings, *([predictor] if predictor else [])])
    # draws of the bootstrap are the same whatever the order of the rows
    own = own.sort_values(list(own.columns), ignore_index=True)
    reference = group_name(reference)
    values = own[ratings].to_numpy(dtype=float)
    keep = (~np.isnan(values)).any(axis=1)
    x = own[predictor].to_numpy(dtype=float)[keep] if predictor else None
    groups = own[attribute][keep]
    data = _Data(*_moments(values[keep]), x)
    base: Estimate = {"term": attribute, "role": "inferential", "scope_id": scope_id, "period": period, "estimand": ESTIMAND, "conf_level": level,
                      "method": f"analysis_of_variance_bootstrap_{draws}"}
    found = data.components()
    names = sorted(set(groups.dropna()) - {reference})
    member = {g: (groups == g).to_numpy(dtype=bool) for g in [reference, *names]}
    reason = "too_few_double_ratings" if found.n_double < min_double else "levels_do_not_differ" if not found.level > 0 else ""
    if reason:
        silent: Estimate = {**base, "n": found.n, "status": "not_estimable", "reason": reason}
        rows: list[Estimate] = [{**silent, "measure": "prmse_single_rating", "unit": "share"}]
        return estimates(rows + [{**silent, "measure": "true_score_gap", "group": f"{g} - {reference}", "null_value": 0.0,
                                  "unit": _UNITS["true_score_gap"]} for g in names])
    value = data.figures(np.arange(len(groups)), member, reference)
    rng = np.random.default_rng(seed)
    drawn = [data.figures(rng.integers(0, len(groups), len(groups)), member, reference) for _ in range(draws)]
    return estimates([_row(base, key, value[key], drawn, found, level, reference) for key in value])


@dataclass(frozen=True)
class _Data:
    """Moments of each object, and its predictor."""

    counts: NDArray[np.float64]
    means: NDArray[np.float64]
    squares: NDArray[np.float64]
    predictor: NDArray[np.float64] | None

    def components(self) -> Components:
        return _components(self.counts, self.means, self.squares)

    def figures(self, rows: NDArray[np.intp], member: dict[str, NDArray[np.bool_]], reference: str) -> dict[tuple[str, str], float]:
        """Give every figure on a selection of objects, by measure and group."""
        counts, means = self.counts[rows], self.means[rows]
        found = _components(counts, means, self.squares[rows])
        out = {("error_variance", ""): found.error, ("level_variance", ""): found.level, ("prmse_single_rating", ""): found.single}
        sd = math.sqrt(found.level) if found.level > 0 else math.nan
        x = None if self.predictor is None else self.predictor[rows]
        if x is not None:
            known = ~np.isnan(x)
            squared = float((counts[known] * (means[known] - x[known]) ** 2).sum()) - known.sum() * found.error
            out["prmse", ""] = 1 - squared / float(counts[known].sum()) / found.level if found.level > 0 and known.any() else math.nan
        zero = member[reference][rows]
        for group in (g for g in member if g != reference):
            one = member[group][rows]
            gap = (_average(means, one) - _average(means, zero)) / sd
            out["true_score_gap", group] = gap
            if x is not None:
                spread = float(np.nanstd(x, ddof=1)) if (~np.isnan(x)).sum() > 1 else 0.0
                known = ~np.isnan(x)
                apart = (_average(x, one & known) - _average(x, zero & known)) / spread if spread > 0 else math.nan
                out["difference_of_standardised_means", group] = apart - gap
        return out


def _average(values: NDArray[np.float64], who: NDArray[np.bool_]) -> float:
    return float(values[who].mean()) if who.any() else math.nan


_UNITS = {"error_variance": "points squared", "level_variance": "points squared", "prmse_single_rating": "share", "prmse": "share",
          "true_score_gap": "standard deviations of levels", "difference_of_standardised_means": "standard deviations"}


def _row(base: Estimate, key: tuple[str, str], value: float, drawn: list[dict[tuple[str, str], float]], found: Components, level: float,
         reference: str) -> Estimate:
    measure, group = key
    row: Estimate = {**base, "measure": measure, "n": found.n, "unit": _UNITS[measure]}
    if group:
        row["group"], row["null_value"] = f"{group} - {reference}", 0.0
    if not math.isfinite(value):
        return {**row, "status": "not_estimable", "reason": "group_not_in_data" if measure == "true_score_gap" else "no_variation"}
    draws = np.array([d[key] for d in drawn], dtype=float)
    draws = draws[np.isfinite(draws)]
    row.update({"status": "estimated", "estimate": value})
    if len(draws) > 1:
        low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
        row.update({"std_error": float(draws.std(ddof=1)), "conf_low": float(low), "conf_high": float(high)})
    return row
