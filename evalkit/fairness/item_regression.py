"""Whether an item works alike for two groups: logistic regression on the total, for gaps that are the same and that change with it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.fairness.frames import answers_of
from evalkit.fairness.item_functioning import FAMILY
from evalkit.inference.multiplicity import adjust
from evalkit.inference.results import Estimate, estimates

MEASURES = ("item_uniform", "item_nonuniform", "item_either")


def item_regression(answers: pd.DataFrame, group: pd.Series | ArrayLike, *, focal: str, reference: str, items: Sequence[str] | None = None,
                    scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Compare nested logistic regressions of each item on the total, the group, and their product.

    Chi-square of twice the gain in log likelihood: of the group beyond the total (uniform, 1 degree of freedom), of the product
    beyond both (non-uniform, 1), of the two together (either, 2). 0: the item works alike given the total.

    Parameters
    ----------
    answers : pandas.DataFrame, shape (n, k)
        One row a person, one column an item, 1 or 0; people with a missing answer are left out.
    group : pandas.Series or array_like, shape (n,)
        Group of each person: a series by the index of `answers`, anything else in the order of its rows.
    focal, reference : str
        The two groups.
    items : sequence of str, optional
        The columns; all without it.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `term` the item: "item_uniform", "item_nonuniform", "item_either" (`estimate` the chi-square, `df`, p;
        adjusted by Benjamini and Hochberg over the items, a family each). Not estimable: "fewer_than_three_items",
        "group_not_in_data", "everybody_alike" (an item that all answer alike), "no_convergence".

    Raises
    ------
    EstimationError
        If a column is absent or an answer is neither 0 nor 1.

    Notes
    -----
    The total counts the item itself. As in `item_functioning`, what all items share cannot be seen. Fitted with statsmodels. Source:
    H. Swaminathan, H. Rogers (1990), Journal of Educational Measurement 27, 361-370.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> able, group = rng.normal(size=400), pd.Series(["F", "M"] * 200)
    >>> answers = pd.DataFrame({f"i{k}": (able + rng.logistic(size=400) > 0.2 * k - 0.4).astype(int) for k in range(4)})
    >>> found = item_regression(answers, group, focal="F", reference="M")
    >>> found["df"].tolist() == [1.0] * 8 + [2.0] * 4
    True
    """
    own = answers_of(answers, group, focal=focal, reference=reference, items=items)
    names, reason, values = own.names, own.reason, own.answered.astype(float)
    member = (~own.in_reference).astype(float)
    total = values.sum(axis=1)
    found = [None if reason else _chi_squares(values[:, k], total, member) for k in range(len(names))]
    base: Estimate = {"group": f"{focal} / {reference}", "role": "inferential", "scope_id": scope_id, "period": period, "n": len(values),
                      "estimand": "item_given_total", "unit": "chi-square", "null_value": 0.0, "method": "logistic_likelihood_ratio"}
    rows: list[Estimate] = []
    for place, (measure, df) in enumerate(zip(MEASURES, (1.0, 1.0, 2.0), strict=True)):
        rows += _measured(found, names, place, df, {**base, "measure": measure, "family": f"{FAMILY}_{measure.removeprefix('item_')}"}, reason)
    return estimates(rows)


def _measured(found: list[tuple[float, ...] | str | None], names: list[str], place: int, df: float, base: Estimate,
              reason: str) -> list[Estimate]:
    from scipy.special import chdtrc

    rows: list[Estimate] = []
    for name, value in zip(names, found, strict=True):
        row: Estimate = {**base, "term": name, "df": df}
        if isinstance(value, tuple):
            rows.append({**row, "status": "estimated", "estimate": value[place], "p_value": float(chdtrc(df, value[place]))})
        else:
            rows.append({**row, "status": "not_estimable", "reason": reason or str(value)})
    for row, p in zip(rows, adjust([r.get("p_value") for r in rows], "benjamini_hochberg").p_adjusted, strict=True):
        if np.isfinite(p):
            row["p_adjusted"] = float(p)
    return rows


def _chi_squares(answer: NDArray[np.float64], total: NDArray[np.float64], member: NDArray[np.float64]) -> tuple[float, ...] | str:
    if answer.min() == answer.max():
        return "everybody_alike"
    scaled = (total - total.mean()) / (total.std() or 1.0)
    columns = [np.ones_like(scaled), scaled, member, scaled * member]
    levels = [_log_likelihood(answer, np.column_stack(columns[:k])) for k in (2, 3, 4)]
    if not np.isfinite(levels).all():
        return "no_convergence"
    plain, uniform, full = levels
    return max(2 * (uniform - plain), 0.0), max(2 * (full - uniform), 0.0), max(2 * (full - plain), 0.0)


def _log_likelihood(answer: NDArray[np.float64], design: NDArray[np.float64]) -> float:
    """Give the largest log likelihood; it has a limit where a group or a total separates the answers, and the fit reaches it."""
    from statsmodels.discrete.discrete_model import Logit

    with warnings.catch_warnings():
        # separation is no fault here: only the likelihood is used, and a fit that ends elsewhere is told as a status
        warnings.simplefilter("ignore")
        try:
            return float(Logit(answer, design).fit(method="bfgs", disp=0, maxiter=500, gtol=1e-7).llf)
        except (np.linalg.LinAlgError, ValueError):
            return float("nan")
