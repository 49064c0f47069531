"""Use of the scale: how much of it a rater uses, nearness to its middle, and range, against the expert key."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.single_values import ends
from evalkit.raters.objectivity.by_rater import Counts, mean_by_rater, ratio_by_rater, ratio_of_sums
from evalkit.raters.objectivity.cases import Cases, Vector, cases_of, frame_of, joined, mean_and_error, nothing, read, sums

LEAST_OBJECTS = 3
MEASURES = ("categories_used", "share_middle", "share_lowest", "share_highest", "central_tendency", "range_ratio")


def scale_use(ratings: pd.DataFrame, key: pd.DataFrame | None = None, *, scale: tuple[float, float], conf_level: float = 0.95) -> pd.DataFrame:
    """Describe how each rater uses the scale, and compare nearness to the middle and range with the expert key.

    ``central_tendency = mean of |key - middle| - |rating - middle|``, 0: as far from the middle as the experts, above 0: nearer.
    ``range_ratio = variance of own object means / that of the key's``, 1: as wide as the experts, below 1: narrower.
    Counts: ``categories_used``, ``share_middle`` (within half a step of the middle), ``share_lowest``, ``share_highest``.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `item`, `rating`.
    key : pandas.DataFrame, optional
        `object_id`, `item`, `expert_rating`; without it only counts are given.
    scale : tuple of float
        Lowest and highest rating of the form.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, measures `MEASURES`, a row a rater and, where there is a key, one for all. Not estimable: "no_key",
        "fewer_than_three_objects".

    Raises
    ------
    EstimationError
        If a column is absent, or the scale has no length.

    Notes
    -----
    A severe rater of good cases comes near the middle as well: read central tendency beside elevation. A severity near zero is
    not central tendency. The range of a key that is the same for all objects says nothing ("no_range_in_key").
    Source: F. E. Saal, R. G. Downey, M. A. Lahey (1980), Psychological Bulletin 88, 413-428.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("abc"), "rater_id": "r", "item": "i", "rating": [3, 3, 3]})
    >>> key = pd.DataFrame({"object_id": list("abc"), "item": "i", "expert_rating": [1, 3, 5]})
    >>> scale_use(rows, key, scale=(1, 5)).query("term == 'r'").set_index("measure")["estimate"].round(2).to_dict()
    {'categories_used': 1.0, 'share_middle': 1.0, 'share_lowest': 0.0, 'share_highest': 0.0, 'central_tendency': 1.33, 'range_ratio': 0.0}
    """
    check_level(conf_level)
    scale = ends(scale, "scale")
    if not scale[1] > scale[0]:
        raise EstimationError(f"The scale {scale} has no length.")
    counted = _counts(ratings, scale)
    if key is None:
        return joined([counted, nothing("central_tendency", "no_key"), nothing("range_ratio", "no_key")])
    cases = cases_of(ratings, key).complete()
    if not len(cases.x):
        return joined([counted, nothing("central_tendency", "no_object_with_key"), nothing("range_ratio", "no_object_with_key")])
    middle = (scale[0] + scale[1]) / 2
    nearer = (np.abs(cases.expected - middle) - np.abs(cases.x - middle)).mean(axis=1)
    mean, error, n = mean_and_error(nearer, cases.rater, len(cases.raters))
    central = mean_by_rater("central_tendency", "points", 0.0, mean, error, n, cases.raters, conf_level, "distance from the middle against the key",
                       "no_object_with_key")
    return joined([counted, central, _range(cases, conf_level)])


def _counts(ratings: pd.DataFrame, scale: tuple[float, float]) -> pd.DataFrame:
    rows = read(ratings, "rater_id").dropna(subset=["rater_id", "rating"])
    value, rater = rows["rating"].astype(float), rows["rater_id"].astype(str)
    if rows.empty:
        return nothing("categories_used", "no_ratings")
    middle = (scale[0] + scale[1]) / 2
    found = pd.DataFrame({"rater": rater, "value": value, "share_middle": (value - middle).abs() <= 0.5, "share_lowest": value <= scale[0],
                          "share_highest": value >= scale[1]}).groupby("rater")
    n = found.size()
    table = {"categories_used": found["value"].nunique(), **{m: found[m].mean() for m in ("share_middle", "share_lowest", "share_highest")}}
    return joined([frame_of({"measure": m, "term": n.index.astype(str), "role": "descriptive", "unit": "count" if m == "categories_used" else "share",
                             "estimate": v.to_numpy(dtype=float), "n": n.to_numpy(), "n_raters": 1, "method": "count", "status": "estimated",
                             "reason": ""}, len(n)) for m, v in table.items()])


def _range(cases: Cases, level: float) -> pd.DataFrame:
    n = np.bincount(cases.rater, minlength=len(cases.raters)).astype(np.int64)
    own, expected = (_squares(v.mean(axis=1), cases, n) for v in (cases.x, cases.expected))
    ratio = ratio_of_sums(own, expected, cases.rater, len(cases.raters)).only(n >= LEAST_OBJECTS)
    reason = "fewer_than_three_objects" if int(n.max(initial=0)) < LEAST_OBJECTS else "no_range_in_key"
    return ratio_by_rater("range_ratio", ratio, cases.raters, level, "variance over objects against the key", reason)


def _squares(values: Vector, cases: Cases, n: Counts) -> Vector:
    centre = sums(cases.rater, values, len(n)) / np.maximum(n, 1)
    squares: Vector = (values - centre[cases.rater]) ** 2
    return squares
