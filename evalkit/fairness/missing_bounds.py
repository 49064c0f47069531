"""A share when some people are not rated: between nobody and everybody of them, never filled in."""

from __future__ import annotations

import pandas as pd

from evalkit.errors import EstimationError
from evalkit.fairness.frames import as_pandas
from evalkit.inference.frames import need_names
from evalkit.inference.reading import complete


def bounds(frame: pd.DataFrame, *, n: str = "n", expected: str = "expected", rated: str = "rated") -> pd.DataFrame:
    """Give the share among the rated, and its bounds over all who were expected, row by row.

    ``share_rated = n / rated; share_low = n / expected; share_high = (n + expected - rated) / expected``

    Parameters
    ----------
    frame : pandas.DataFrame
        Counts of people, one row a scope and outcome: with the outcome, expected, rated.
    n, expected, rated : str
        Names of the columns.

    Returns
    -------
    pandas.DataFrame
        A copy with `missing`, `share_rated`, `share_low`, `share_high`, `status` (estimated, not_estimable) and `reason`
        ("nobody_expected", "nobody_rated" where there is no share). Low and high are equal when nobody is missing; with
        nobody rated they are 0 and 1: nothing is known.

    Raises
    ------
    EstimationError
        If a column is absent or no number of people, or a row has more people with the outcome than rated, or more rated than expected.

    Notes
    -----
    People who are not rated are no random sample, so these are the only bounds without an assumption. They hold for each
    outcome by itself, not for several at once. Source: C. F. Manski (1989), Journal of Human Resources 24, 343-360.

    Examples
    --------
    >>> found = bounds(pd.DataFrame({"n": [6], "rated": [8], "expected": [10]}))
    >>> found[["share_rated", "share_low", "share_high"]].to_numpy().tolist()
    [[0.75, 0.6, 0.8]]
    """
    result = as_pandas(frame).copy()
    need_names((n, expected, rated), result.columns)
    with_it, here, due = (pd.Series(complete(result[c], f"counts {c!r}"), index=result.index) for c in (n, rated, expected))
    if any((c % 1 != 0).any() for c in (with_it, here, due)):
        raise EstimationError("A row has a share where a number of people is meant.")
    if ((with_it < 0) | (with_it > here) | (here > due)).any():
        raise EstimationError("A row counts more people with the outcome than rated, or more rated than expected.")
    result["missing"] = (due - here).astype("int64")
    result["share_rated"] = (with_it / here.where(here > 0)).astype("Float64")
    result["share_low"] = (with_it / due.where(due > 0)).astype("Float64")
    result["share_high"] = ((with_it + due - here) / due.where(due > 0)).astype("Float64")
    result["status"] = (here > 0).map({True: "estimated", False: "not_estimable"})
    result["reason"] = pd.Series(None, index=result.index, dtype="string").mask(here == 0, "nobody_rated").mask(
        due == 0, "nobody_expected")
    return result
