"""Krippendorff's alpha at every level of measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.reading import LARGEST, check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import word
from evalkit.reliability.agreement import alpha_by_agreement, object_interval
from evalkit.reliability.ratings_table import Counts, Matrix, counts

Level = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(ratings: pd.DataFrame, level: Level = "nominal", *, object_id: str = "object_id", rater: str = "rater_id",
                       rating: str = "rating", categories: Sequence[object] | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Give Krippendorff's alpha for any number of raters, missing ratings allowed, at a level of measurement.

    ``alpha = 1 - D_o / D_e``, observed over expected disagreement of ratings of one object. 0: ratings of one object differ as much
    as any two ratings; 1: never.

    Parameters
    ----------
    ratings, object_id, rater, rating, conf_level
        As of `agreement_coefficients`.
    level : {"nominal", "ordinal", "interval", "ratio"}
        How differences count; interval and ratio need numbers.
    categories : sequence, optional
        Order of the categories for "ordinal"; by default sorted.

    Returns
    -------
    pandas.DataFrame
        One row of estimates; `n` counts objects rated twice or more, `estimand` says what was left out. Not estimable:
        "no_object_rated_twice", "no_variation"; without limits "objects_all_alike".

    Raises
    ------
    EstimationError
        As of `agreement_coefficients`; also if interval or ratio is asked of texts, or ratio of negative numbers.

    Notes
    -----
    The interval is by the influence of each object; for "ordinal" the ranks of the categories are held fixed.
    Source: K. Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": [1, 1, 2, 2, 3, 3], "rater_id": list("ababab"), "rating": [1, 1, 2, 2, 3, 4]})
    >>> krippendorff_alpha(rows, "interval").loc[0, "estimate"].round(3)
    np.float64(0.878)
    """
    check_level(conf_level)
    word(level=level)
    if level not in ("nominal", "ordinal", "interval", "ratio"):
        raise EstimationError("level is 'nominal', 'ordinal', 'interval' or 'ratio'.")
    c = counts(ratings, object_id, rater, rating, categories, ordered=level == "ordinal")
    twice = c.table[c.table.sum(axis=1) >= 2]
    base: Estimate = {"measure": "krippendorff_alpha", "role": "inferential", "unit": "coefficient", "null_value": 0.0, "conf_level": conf_level,
                      "n": len(twice), "n_raters": c.n_raters, "method": f"level={level}",
                      "estimand": f"objects_with_one_rating={c.single}; ratings_missing={c.blank}; ratings_paired={int(twice.sum())}"}
    if not len(twice):
        return estimates([{**base, "status": "not_estimable", "reason": "no_object_rated_twice"}])
    if int((twice.sum(axis=0) > 0).sum()) < 2:
        return estimates([{**base, "status": "not_estimable", "reason": "no_variation"}])
    far = _differences(c, twice.sum(axis=0), level)
    value, each = alpha_by_agreement(twice, 1.0 - far / far.max())
    return estimates([object_interval(base, "krippendorff_alpha", value, each, len(twice), conf_level)])


def _differences(c: Counts, used: Matrix, level: Level) -> Matrix:
    """Squared difference of each pair of categories."""
    q = len(used)
    if level == "nominal":
        return 1.0 - np.eye(q)
    if level == "ordinal":
        middle = np.cumsum(used) - used / 2.0
        ranks: Matrix = np.square(np.subtract.outer(middle, middle))
        return ranks
    try:
        values = np.array([float(v) if isinstance(v, (bool, np.bool_)) else float(str(v)) for v in c.categories])
    except ValueError:
        raise EstimationError(f"Level {level!r} needs numbers; the ratings are words. Use 'nominal' or 'ordinal'.") from None
    if not np.isfinite(values).all():
        raise EstimationError(f"Level {level!r} needs finite ratings.")
    if (np.abs(values) > LARGEST).any():
        raise EstimationError(f"Level {level!r} squares ratings, and some are beyond {LARGEST:.0e}; take a larger unit.")
    apart = np.subtract.outer(values, values)
    if level == "interval":
        return np.asarray(apart**2)
    if float(values.min()) < 0:
        raise EstimationError("Level 'ratio' needs numbers that are not negative.")
    total = np.add.outer(values, values)
    return np.asarray(np.square(np.divide(apart, total, out=np.zeros_like(apart), where=total > 0)))
