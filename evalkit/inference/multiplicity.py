"""P-values of a family, adjusted together; a test that could not be done stays a line without a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.reading import numbers
from evalkit.inference.single_values import whole_number

Method = Literal["holm", "benjamini_hochberg"]


@dataclass(frozen=True)
class Adjusted:
    """Adjusted p-values in the order given (missing stays `nan`), how many tests they were taken over, and how many were not done."""

    p_adjusted: NDArray[np.float64]
    n_tests: int
    n_not_done: int
    method: Method


def adjust(p_values: Sequence[float | None] | NDArray[np.float64], method: Method = "holm", *,
           family_size: int | None = None) -> Adjusted:
    """Adjust the p-values of one family for the number of tests in it.

    Holm: ``max over j <= i of (m - j + 1) p(j)``; Benjamini-Hochberg: ``min over j >= i of m p(j) / j``; both cut at 1.

    Parameters
    ----------
    p_values : sequence of float or None, shape (k,)
        One value a test; `None` or `nan` for a test that could not be done.
    method : {"holm", "benjamini_hochberg"}
        Holm bounds the chance of one false finding; Benjamini-Hochberg the expected share of false findings.
    family_size : int, optional
        m; by default the number of tests that were done. A larger family may be stated, never a smaller one.

    Returns
    -------
    Adjusted
        `p_adjusted` in the order given (missing stays `nan`), `n_tests`, `n_not_done`, `method`.

    Raises
    ------
    EstimationError
        If a value is outside 0 to 1, the method is unknown, or `family_size` is smaller than the number of tests done.

    Notes
    -----
    A family is chosen before the results are seen. Holm needs no assumption on dependence; Benjamini-Hochberg needs
    independence or positive dependence. Sources: S. Holm (1979), Scand. J. Statist. 6, 65-70; Y. Benjamini,
    Y. Hochberg (1995), JRSS B 57, 289-300.

    Examples
    --------
    >>> adjust([0.01, None, 0.04]).p_adjusted.tolist()
    [0.02, nan, 0.04]
    """
    p = numbers(np.asarray(p_values, dtype=object), "p-values")
    done = ~np.isnan(p)
    if family_size is not None:
        whole_number(family_size=family_size)
    m = int(done.sum()) if family_size is None else family_size
    if ((p[done] < 0) | (p[done] > 1)).any():
        raise EstimationError("A p-value must lie between 0 and 1.")
    if m < done.sum():
        raise EstimationError(f"The family is said to have {m} tests, but {int(done.sum())} were done.")
    if method not in ("holm", "benjamini_hochberg"):
        raise EstimationError(f"The method {method!r} is unknown; take 'holm' or 'benjamini_hochberg'.")
    order = np.argsort(p[done], kind="stable")
    ordered, rank = p[done][order], np.arange(1, int(done.sum()) + 1)
    steps = ordered * (m - rank + 1) if method == "holm" else (ordered * m / rank)[::-1]
    raw = np.maximum.accumulate(steps) if method == "holm" else np.minimum.accumulate(steps)[::-1]
    back = np.empty(len(ordered))
    back[order] = np.minimum(raw, 1.0)
    values = np.full(len(p), np.nan)
    values[done] = back
    return Adjusted(values, m, int((~done).sum()), method)


def adjust_estimates(frame: pd.DataFrame, method: Method = "holm") -> pd.DataFrame:
    """Fill `p_adjusted` of a frame of estimates, family by family.

    Rows without `family` are no part of any; rows without `p_value` keep an empty adjusted value.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame of estimates, as the statistics and `evalkit.inference.estimates` give it, or any with `family` and `p_value`.
    method : {"holm", "benjamini_hochberg"}
        As in `adjust`.

    Returns
    -------
    pandas.DataFrame
        A copy with `p_adjusted` filled.

    Raises
    ------
    EstimationError
        As `adjust`, or if a column is absent.

    Notes
    -----
    See `adjust`.

    Examples
    --------
    >>> from evalkit.inference.results import estimates
    >>> rows = estimates([{"measure": "gap", "term": t, "role": "inferential", "status": "estimated", "p_value": p, "family": "f"}
    ...                   for t, p in (("a", 0.01), ("b", 0.04))])
    >>> adjust_estimates(rows)["p_adjusted"].tolist()
    [0.02, 0.04]
    """
    need(frame, "family", "p_value", what="estimates")
    need(frame, *(c for c in ("p_adjusted",) if c in frame), what="estimates")
    p = numbers(frame["p_value"], "p-values")
    found = np.array(numbers(frame["p_adjusted"], "adjusted p-values")) if "p_adjusted" in frame else np.full(len(frame), np.nan)
    codes = pd.factorize(frame["family"].astype(object))[0]
    for code in range(int(codes.max(initial=-1)) + 1):
        own = codes == code
        found[own] = adjust(p[own], method).p_adjusted
    return frame.assign(p_adjusted=found)
