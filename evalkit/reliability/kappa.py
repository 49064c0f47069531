"""Cohen's kappa of two raters, plain and weighted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.reliability.agreement import NO_ERROR, Weights, name_of, weight_matrix
from evalkit.reliability.ratings_table import alike, counts, wide


def cohen_kappa(ratings: pd.DataFrame, *, object_id: str = "object_id", rater: str = "rater_id", rating: str = "rating",
                categories: Sequence[object] | None = None, weights: Weights = "identity", conf_level: float = 0.95) -> pd.DataFrame:
    """Give Cohen's kappa, plain or weighted, of exactly two raters.

    ``kappa = (p_o - p_e) / (1 - p_e)``, p_e from each rater's own use of the categories. 0: as often as if rated blindly.

    Parameters
    ----------
    ratings, object_id, rater, rating, categories, weights, conf_level
        As of `agreement_coefficients`; objects that one of the two did not rate are left out and counted in `estimand`.

    Returns
    -------
    pandas.DataFrame
        One row of estimates. Not estimable: "not_two_raters", "no_object_rated_twice", "no_variation". Without limits:
        "objects_all_alike" (the two never differ, or always by as much: the large-sample error is then 0, and no measure of chance).

    Raises
    ------
    EstimationError
        As of `agreement_coefficients`.

    Notes
    -----
    Large-sample error of J. L. Fleiss, J. Cohen, B. S. Everitt (1969), Psychological Bulletin 72, 323-327. Falls with skewed use
    of categories; not for more than two raters (`agreement_coefficients`). Source: J. Cohen (1960), Educational and Psychological
    Measurement 20, 37-46; (1968), Psychological Bulletin 70, 213-220.

    Examples
    --------
    >>> pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    >>> rows = pd.DataFrame([(i, r, v) for i, p in enumerate(pairs) for r, v in zip("ab", p)], columns=["object_id", "rater_id", "rating"])
    >>> cohen_kappa(rows).loc[0, "estimate"].round(2)
    np.float64(0.4)
    """
    check_level(conf_level)
    kind = name_of(weights)
    ratings = alike(ratings, rating, categories)
    c = counts(ratings, object_id, rater, rating, categories, ordered=kind != "identity")
    table = wide(ratings, object_id, rater, rating)
    both = table.dropna()
    base: Estimate = {"measure": "cohen_kappa", "role": "inferential", "unit": "coefficient", "null_value": 0.0, "conf_level": conf_level,
                      "n": len(both), "n_raters": table.shape[1], "method": f"weights={kind}",
                      "estimand": f"objects_left_out={ratings[object_id].nunique() - len(both)}"}
    if table.shape[1] != 2:
        return estimates([{**base, "status": "not_estimable", "reason": "not_two_raters"}])
    if not len(both):
        return estimates([{**base, "status": "not_estimable", "reason": "no_object_rated_twice"}])
    place = {v: i for i, v in enumerate(c.categories)}
    q = len(place)
    p = np.zeros((q, q))
    np.add.at(p, (both.iloc[:, 0].map(place).to_numpy(dtype=int), both.iloc[:, 1].map(place).to_numpy(dtype=int)), 1.0 / len(both))
    w = weight_matrix(q, weights)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    chance = float(rows @ w @ columns)
    if 1.0 - chance < 1e-12:
        return estimates([{**base, "status": "not_estimable", "reason": "no_variation"}])
    observed = float((w * p).sum())
    value = (observed - chance) / (1.0 - chance)
    mean_weight = np.add.outer(w @ columns, w.T @ rows)
    spread = float((p * np.square(w - mean_weight * (1.0 - value))).sum()) - (value - chance * (1.0 - value)) ** 2
    error = float(np.sqrt(max(spread, 0.0) / len(both))) / (1.0 - chance)
    if error <= NO_ERROR:
        return estimates([{**base, "estimate": value, "status": "estimated", "reason": "objects_all_alike"}])
    reach = float(norm.ppf(0.5 + conf_level / 2.0)) * error
    return estimates([{**base, "estimate": value, "std_error": error, "conf_low": max(value - reach, -1.0), "conf_high": min(value + reach, 1.0),
                       "status": "estimated"}])


