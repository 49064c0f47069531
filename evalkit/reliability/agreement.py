"""Agreement of any number of raters on the same objects: percent, kappas, AC1/AC2, nominal alpha, each with its interval.

All coefficients have one form, ``(p_a - p_e) / (1 - p_e)``; they differ in what they hold agreement without knowledge to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.reliability.ratings_table import Matrix, counts

Weights = Literal["identity", "linear", "quadratic"] | Sequence[Sequence[float]] | Matrix
_NAMES = ("identity", "linear", "quadratic")
NO_ERROR = 1e-7  # below this the objects do not differ, and say nothing of what others would show


def weight_matrix(n: int, weights: Weights = "identity") -> Matrix:
    """Give the weight of each pair of categories: 1 on the diagonal, less the further they are apart.

    ``linear: 1 - |k - l| / (q - 1)``, ``quadratic: 1 - (k - l)^2 / (q - 1)^2``, identity: 0 off the diagonal.

    Parameters
    ----------
    n : int
        Number of categories, q.
    weights : {"identity", "linear", "quadratic"} or array_like, shape (n, n)
        Which of the three, or weights of one's own.

    Returns
    -------
    numpy.ndarray, shape (n, n)
        From 0 to 1.

    Raises
    ------
    EstimationError
        If the weights are unknown, or `n` is no number of categories.

    Examples
    --------
    >>> weight_matrix(3, "linear")[0].tolist()
    [1.0, 0.5, 0.0]
    """
    named = name_of(weights)
    if not isinstance(n, (int, np.integer)) or n < 0:
        raise EstimationError(f"{n!r} is no number of categories.")
    if named == "own":
        own = np.asarray(weights, dtype=float)
        if own.shape != (n, n):
            raise EstimationError(f"The weights are {' by '.join(map(str, own.shape))}, and the categories {n}: give one of each pair of categories, "
                                  "and declare `categories` in the order of the weights.")
        return own
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / max(n - 1, 1)
    return np.eye(n) if named == "identity" else 1.0 - (apart if named == "linear" else apart**2)


def name_of(weights: object) -> str:
    """Give the name of weights, "own" for a matrix; refuse what is neither.

    Raises
    ------
    EstimationError
        If it is another word, or no square matrix that is symmetric, 1 on the diagonal and from 0 to 1.

    Examples
    --------
    >>> name_of("linear"), name_of([[1, 0.5], [0.5, 1]])
    ('linear', 'own')
    """
    if isinstance(weights, str) and weights in _NAMES:
        return weights
    if isinstance(weights, pd.DataFrame):
        weights = weights.to_numpy()
    if isinstance(weights, (Sequence, np.ndarray)) and not isinstance(weights, str):
        try:
            own = np.asarray(weights, dtype=float)
        except (TypeError, ValueError):
            own = np.zeros(0)
        if own.ndim == 2 and own.shape == own.T.shape and np.isfinite(own).all() and np.array_equal(own, own.T) \
                and (np.diagonal(own) == 1).all() and own.min(initial=0.0) >= 0 and own.max(initial=1.0) <= 1:
            return "own"
        raise EstimationError("weights is one word, or a square table of one's own, symmetric, 1 on the diagonal and from 0 to 1: of disagreements "
                              "v take 1 - v / max v.")
    raise EstimationError("weights are 'identity', 'linear' or 'quadratic' (in other programs 'unweighted', 'equal', 'squared'), or a table of them.")


def agreement_coefficients(ratings: pd.DataFrame, *, object_id: str = "object_id", rater: str = "rater_id", rating: str = "rating",
                           categories: Sequence[object] | None = None, weights: Weights = "identity",
                           conf_level: float = 0.95) -> pd.DataFrame:
    """Give percent agreement and the coefficients for any number of raters, missing ratings allowed.

    ``coefficient = (p_a - p_e) / (1 - p_e)``. 0: as often as the coefficient's idea of guessing; 1: always.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a rating; a missing rating, an empty text or a dash is left out and counted.
    object_id, rater, rating : str
        Names of the columns.
    categories : sequence, optional
        The categories of the form in their order; by default those used, sorted. Undeclared ones are refused.
    weights : {"identity", "linear", "quadratic"} or array_like, shape (q, q)
        Partial credit for near categories, by their places: declare those that nobody used; or a table of one's own (symmetric, 1 on the
        diagonal) in the order of `categories`.
    conf_level : float
        Level of the intervals (over objects, t with objects - 1 degrees of freedom).

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "percent_agreement", "brennan_prediger", "fleiss_kappa", "gwet_ac1" ("gwet_ac2" with weights),
        "krippendorff_alpha". `n` counts objects with two or more ratings. Not estimable: "no_object_rated_twice", "no_variation"
        (one category in use: these data cannot tell agreement from one word for all). Without limits: "objects_all_alike" (every object
        shows the same agreement, as where raters never differ: nothing says what others would show; of two raters take `wilson`).

    Raises
    ------
    EstimationError
        If a column is absent, a category undeclared, weights unknown, or a rater rated an object twice.

    Notes
    -----
    Intervals hold raters fixed and take objects as a sample of some 30 and more: with 15 they cover Fleiss' kappa some 91 times in a
    hundred, with 60 AC1 some 94 (`docs/calibration.md`). Fleiss' kappa and alpha want some 20 objects with another word than the commonest:
    with ten they cover some 90 times in a hundred, with three some 70. Objects rated once widen all intervals but alpha's, as Gwet prints them; where
    they are many, leave them out. Fleiss' kappa and alpha fall towards 0 when nearly all use one category, however often they agree;
    AC1 does not. None says whether the raters are right. Sources: J. L. Fleiss (1971), Psychological
    Bulletin 76, 378-382; K. L. Gwet (2008), British Journal of Mathematical and Statistical Psychology 61, 29-48; K. Krippendorff (2011),
    Computing Krippendorff's alpha-reliability; R. L. Brennan, D. J. Prediger (1981), Educational and Psychological Measurement 41, 687-699.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": [1, 1, 2, 2, 3, 3], "rater_id": list("ababab"), "rating": [1, 1, 2, 2, 1, 2]})
    >>> agreement_coefficients(rows).set_index("measure").loc["percent_agreement", "estimate"].round(3)
    np.float64(0.667)
    """
    check_level(conf_level)
    kind = name_of(weights)
    c = counts(ratings, object_id, rater, rating, categories, ordered=kind != "identity")
    names = ("brennan_prediger", "fleiss_kappa", "gwet_ac1" if kind == "identity" else "gwet_ac2", "krippendorff_alpha")
    base: Estimate = {"role": "inferential", "unit": "coefficient", "null_value": 0.0, "conf_level": conf_level, "n_raters": c.n_raters,
                      "method": f"weights={kind}"}
    w = weight_matrix(len(c.categories), weights)
    twice = c.table.sum(axis=1) >= 2
    n = int(twice.sum())
    left = f"objects_with_one_rating={c.single}; ratings_missing={c.blank}"
    if not n:
        return estimates([{**base, "measure": m, "n": 0, "status": "not_estimable", "reason": "no_object_rated_twice"}
                          for m in ("percent_agreement", *names)])
    each, agreed, _ = _parts(c.table, w)
    rows: list[Estimate] = [{**object_interval(base, "percent_agreement", agreed, _scaled(each, 0.0), n, conf_level),
                             "null_value": float("nan"), "estimand": left}]
    constant, paired_constant = (int((table.sum(axis=0) > 0).sum()) < 2 for table in (c.table, c.table[twice]))
    makers = (_brennan_prediger, _fleiss, _gwet, alpha_by_agreement)
    for name, make in zip(names, makers, strict=True):
        none = {"fleiss_kappa": constant, "krippendorff_alpha": paired_constant}.get(name, len(c.categories) < 2)
        if none:
            rows.append({**base, "measure": name, "n": n, "status": "not_estimable", "reason": "no_variation", "estimand": left})
            continue
        value, each = make(c.table, w)
        row = object_interval(base, name, value, each, n, conf_level)
        rows.append({**row, "estimand": left, **({"reason": "no_variation"} if constant else {})})
    return estimates(rows)


def _pair_agreement(table: Matrix, w: Matrix) -> Matrix:
    total = table.sum(axis=1)
    credit: Matrix = (table * (table @ w.T - 1.0)).sum(axis=1) / (total * (total - 1.0))
    return credit


def object_interval(base: Estimate, name: str, value: float, each: Matrix, n: int, level: float) -> Estimate:
    """Interval from the objects' own contributions; there is none of one object, nor of objects that all contribute alike."""
    size = len(each)
    row: Estimate = {**base, "measure": name, "estimate": value, "n": n, "status": "estimated"}
    if n < 2:
        return row
    error = float(np.sqrt(np.square(each - value).sum() / (size * (size - 1.0))))
    if error <= NO_ERROR:
        return {**row, "reason": "objects_all_alike"}
    reach = float(student.ppf(0.5 + level / 2.0, size - 1)) * error
    low = 0.0 if name == "percent_agreement" else min(-1.0, value)  # of objects rated once and twice a coefficient may be below -1
    return {**row, "std_error": error, "df": float(size - 1), "conf_low": max(value - reach, low), "conf_high": min(value + reach, 1.0)}


def _parts(table: Matrix, w: Matrix) -> tuple[Matrix, float, Matrix]:
    """Give each object's agreement (nothing where it has one rating), the mean agreement, and each object's shares of the categories."""
    total = table.sum(axis=1)
    twice = total >= 2
    each = np.full(len(table), np.nan)
    each[twice] = _pair_agreement(table[twice], w)
    return each, float(each[twice].mean()), table / total[:, None]


def _linearised(each: Matrix, mean: float, chance: float, own_chance: Matrix) -> tuple[float, Matrix]:
    value = (mean - chance) / (1.0 - chance)
    influence = _scaled(each, chance) - 2.0 * (1.0 - value) * (own_chance - chance) / (1.0 - chance)
    return value, influence


def _scaled(each: Matrix, chance: float) -> Matrix:
    """Contributions of the objects rated twice, scaled up to all objects; those rated once inform about chance only."""
    twice = ~np.isnan(each)
    above: Matrix = np.where(twice, np.where(twice, each, chance) - chance, 0.0)
    return above * (len(each) / int(twice.sum())) / (1.0 - chance)


def _brennan_prediger(table: Matrix, w: Matrix) -> tuple[float, Matrix]:
    each, mean, _ = _parts(table, w)
    chance = float(w.sum()) / len(w) ** 2
    return (mean - chance) / (1.0 - chance), _scaled(each, chance)


def _fleiss(table: Matrix, w: Matrix) -> tuple[float, Matrix]:
    each, mean, shares = _parts(table, w)
    pi = shares.mean(axis=0)
    return _linearised(each, mean, float(pi @ w @ pi), shares @ (w @ pi))


def _gwet(table: Matrix, w: Matrix) -> tuple[float, Matrix]:
    each, mean, shares = _parts(table, w)
    pi, q = shares.mean(axis=0), len(w)
    scale = float(w.sum()) / (q * (q - 1.0))
    return _linearised(each, mean, scale * float((pi * (1.0 - pi)).sum()), scale * (shares @ (1.0 - pi)))


def alpha_by_agreement(table: Matrix, w: Matrix) -> tuple[float, Matrix]:
    """Alpha by its agreement form; the small-sample share of agreement belongs to the value, not to its error."""
    table = table[table.sum(axis=1) >= 2]
    total = table.sum(axis=1)
    average = float(total.mean())
    each = (table * (table @ w.T - 1.0)).sum(axis=1) / (average * (total - 1.0))
    plain = float(each.mean())
    pi = table.sum(axis=0) / total.sum()
    chance = float(pi @ w @ pi)
    small = 1.0 / total.sum()
    observed = (1.0 - small) * plain + small
    value = (observed - chance) / (1.0 - chance)
    prime = (plain - chance) / (1.0 - chance)
    uneven = (total - average) / average
    own = (table @ ((w + w.T) / 2.0 @ pi)) / average - chance * uneven
    influence = (each - observed * uneven - chance) / (1.0 - chance) - 2.0 * (1.0 - prime) * (own - chance) / (1.0 - chance)
    return value, influence + (value - prime)
