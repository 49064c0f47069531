"""Halo: whether the items of one person are rated more alike than they should be. Three or more items, or nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.inference.reading import check_level
from evalkit.raters.objectivity.by_rater import mean_by_rater, ratio_by_rater, ratio_of_sums
from evalkit.raters.objectivity.cases import Cases, Vector, cases_of, joined, leave_one_out, mean_and_error, nothing

LEAST_ITEMS = 3


def halo(ratings: pd.DataFrame, key: pd.DataFrame | None = None, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Compare how far a rater's items differ within one object with how far they should.

    ``halo = mean over objects of (expected spread - own spread)``, spread the standard deviation over items (k - 1) within one object;
    expected: that of the key, or the mean spread of the other raters of the same object. 0: as far as expected; above 0: more alike.
    ``halo_ratio = mean own variance / mean expected variance``; 1: as far as expected, below 1: more alike.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `item`, `rating`.
    key : pandas.DataFrame, optional
        `object_id`, `item`, `expert_rating`.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, "halo" (points) and "halo_ratio", a row a rater (`term`) and one for all. `n` counts objects. Not
        estimable: "fewer_than_three_items", "no_expected_spread" (nobody else rated the object, or the key is flat).

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Never for the two official ratings: two items have one difference, and the rule itself makes them agree. The noise of single
    ratings widens the own spread, a key of several experts has little of it: halo against a key is understated. Source: F. E. Saal,
    R. G. Downey, M. A. Lahey (1980), Psychological Bulletin 88, 413-428 (standard deviation over dimensions within a ratee).

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aaabbb"), "rater_id": "r", "item": list("uvwuvw"), "rating": [3, 3, 3, 4, 4, 4]})
    >>> key = rows.drop(columns=["rater_id", "rating"]).assign(expert_rating=[2, 3, 4, 3, 4, 5])
    >>> halo(rows, key).query("term == 'r'")["estimate"].round(2).tolist()
    [1.0, 0.0]
    """
    check_level(conf_level)
    cases = cases_of(ratings, key)
    if len(cases.items) < LEAST_ITEMS:
        return joined([nothing(m, "fewer_than_three_items") for m in ("halo", "halo_ratio")])
    cases = cases.picked(np.asarray(np.isfinite(cases.x).all(axis=1), dtype=bool))
    if not len(cases.x):
        return joined([nothing(m, "no_expected_spread") for m in ("halo", "halo_ratio")])
    own = cases.x.var(axis=1, ddof=1)
    if key is None:
        variance = leave_one_out(own, cases.object_, len(cases.objects))
        spread = leave_one_out(np.sqrt(own), cases.object_, len(cases.objects))
    else:
        variance = cases.expected.var(axis=1, ddof=1)
        spread = np.sqrt(variance)
    method = "within-object spread against " + ("the expert key" if key is not None else "the other raters")
    return joined([_difference(spread - np.sqrt(own), cases, conf_level, method), _ratio(own, variance, cases, conf_level, method)])


def _difference(values: Vector, cases: Cases, level: float, method: str) -> pd.DataFrame:
    mean, error, n = mean_and_error(values, cases.rater, len(cases.raters))
    return mean_by_rater("halo", "points", 0.0, mean, error, n, cases.raters, level, method, "no_expected_spread")


def _ratio(own: Vector, expected: Vector, cases: Cases, level: float, method: str) -> pd.DataFrame:
    ratio = ratio_of_sums(own, expected, cases.rater, len(cases.raters))
    return ratio_by_rater("halo_ratio", ratio, cases.raters, level, method, "no_expected_spread")
