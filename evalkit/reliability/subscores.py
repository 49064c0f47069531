"""Whether a subscore says more about itself than the total does (Haberman): only such a one may be told as a strength or weakness."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import mapped
from evalkit.reliability.ratings_table import complete_numbers, wide


def subscore_value(ratings: pd.DataFrame, subscales: Mapping[str, str], *, object_id: str = "object_id", item: str = "item",
                   rating: str = "rating") -> pd.DataFrame:
    """Give, for each subscore, how well it and how well the total predict the true subscore (PRMSE).

    ``PRMSE_s = reliability of the subscore (alpha)``; ``PRMSE_x = cov(s_true, x)^2 / (var(s_true) var(x))``, with
    ``cov(s_true, x) = var(s_true) + sum of covariances with the other subscores``. A subscore adds value if PRMSE_s > PRMSE_x: else the
    total is the better guess of it.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row an object and item; objects that miss an item are left out.
    subscales : mapping of str to str
        Item to subscale; items that are not named take no part.
    object_id, item, rating : str
        Names of the columns.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `term` the subscale: "prmse_subscore", "prmse_total", "prmse_gain" (their difference; above 0: adds
        value). Not estimable: "fewer_than_two_items", "fewer_than_three_objects", "no_true_variance", "one_subscale".

    Raises
    ------
    EstimationError
        If a column is absent or no named item occurs.

    Notes
    -----
    Alpha stands for reliability, so subscores of unlike items look less reliable than they are. No interval: near 0 the gain may be
    either. Source: S. J. Haberman (2008), Journal of Educational and Behavioral Statistics 33, 204-229.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> a, b = rng.normal(size=(2, 300))
    >>> table = pd.DataFrame({"a1": a, "a2": a, "b1": b, "b2": b}) + rng.normal(size=(300, 4))
    >>> rows = table.rename_axis("object_id").reset_index().melt("object_id", var_name="item", value_name="rating")
    >>> found = subscore_value(rows, {"a1": "A", "a2": "A", "b1": "B", "b2": "B"})
    >>> found[found["measure"].eq("prmse_gain")]["estimate"].gt(0).all()
    np.True_
    """
    mapped(subscales=subscales)
    several = next((name for name, own in subscales.items() if not isinstance(own, Hashable)), None)
    if several is not None:
        raise EstimationError(f"subscales says of each item its subscale, as {{'a1': 'A', 'a2': 'A'}}; of {several!r} it says several.")
    table = wide(ratings, object_id, item, rating)
    items = [i for i in table.columns if i in subscales]
    if table.empty:
        return estimates([{"measure": m, "term": scale, "role": "inferential", "n": 0, "status": "not_estimable", "reason": "no_ratings"}
                          for scale in dict.fromkeys(subscales.values()) for m in ("prmse_subscore", "prmse_total", "prmse_gain")])
    if not items:
        raise EstimationError("None of the items that subscales name occurs in the ratings.")
    complete = complete_numbers(table[items])
    scales = list(dict.fromkeys(subscales[i] for i in items))
    base: Estimate = {"role": "inferential", "unit": "share", "n": len(complete), "method": "alpha as reliability"}
    scores = pd.DataFrame({s: complete[[i for i in items if subscales[i] == s]].sum(axis=1) for s in scales})
    covariance = np.atleast_2d(np.cov(scores.to_numpy(), rowvar=False)) if len(complete) > 2 else np.zeros((len(scales),) * 2)
    total = float(covariance.sum())
    rows: list[Estimate] = []
    for place, scale in enumerate(scales):
        own = [i for i in items if subscales[i] == scale]
        reason = "fewer_than_three_objects" if len(complete) < 3 else "one_subscale" if len(scales) < 2 else ""
        reason = reason or ("fewer_than_two_items" if len(own) < 2 else "")
        variance = float(covariance[place, place])
        alpha = _alpha(complete[own].to_numpy()) if not reason and variance > 0 else 0.0
        true = alpha * variance
        if not reason and (true <= 0 or total <= 0):
            reason = "no_true_variance"
        if reason:
            rows += [{**base, "measure": m, "term": scale, "status": "not_estimable", "reason": reason}
                     for m in ("prmse_subscore", "prmse_total", "prmse_gain")]
            continue
        with_total = true + float(covariance[place].sum()) - variance
        by_total = with_total**2 / (true * total)
        rows += [{**base, "measure": "prmse_subscore", "term": scale, "estimate": alpha, "status": "estimated"},
                 {**base, "measure": "prmse_total", "term": scale, "estimate": by_total, "status": "estimated"},
                 {**base, "measure": "prmse_gain", "term": scale, "estimate": alpha - by_total, "null_value": 0.0, "status": "estimated"}]
    return estimates(rows)


def _alpha(data: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    covariance = np.atleast_2d(np.cov(data, rowvar=False))
    k = len(covariance)
    return float(k / (k - 1.0) * (1.0 - np.trace(covariance) / covariance.sum()))
