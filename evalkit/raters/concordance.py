"""The two official ratings of a person side by side: hasil kerja by perilaku kerja, as counts.

That they agree is half decided by the rule: only "above" on both gives Sangat Baik, so an evaluator who has the result in
mind writes two equal ratings. The counts are given with that reason, never as a finding about an evaluator.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.inference.frames import numbered, ranks
from evalkit.inference.reading import complete, listed, marks
from evalkit.raters.differentiation import opened
from evalkit.tables.schema import RATINGS

REASON = "rule_makes_them_agree"


def concordance(frame: Any, by: Sequence[str] = (), *, first: str = "hasil_kerja", second: str = "perilaku_kerja",
                categories: Sequence[str] = RATINGS) -> pd.DataFrame:
    """Count the pairs of the two ratings, for the whole or for each group of `by`; cells that never occur are kept with 0.

    Parameters
    ----------
    frame : pandas, polars, DuckDB or Dask frame, eager or lazy
        One row an appraisal. Rows that lack one of the two ratings are left out.
    by : sequence of str
        What identifies a group; empty for the whole.
    first, second : str
        Columns of the two ratings.
    categories : sequence of str
        The declared steps, in order.

    Returns
    -------
    pandas.DataFrame
        `by`, `first`, `second`, `n` (people in the cell), `n_total` (people in the group), `share` of the group,
        `is_equal`, `role` ("descriptive"), `reason` ("rule_makes_them_agree"). A group that has no pair has no rows.

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    A count of the register, so no interval. Not a measure of halo: with two ratings, and a rule that rewards equal ones,
    halo cannot be told from work that is good on both.

    Examples
    --------
    >>> rows = pd.DataFrame({"hasil_kerja": ["sesuai", "di_atas", "sesuai"], "perilaku_kerja": ["sesuai", "di_atas", "di_atas"]})
    >>> cells = concordance(rows)
    >>> len(cells), int(cells["n"].sum()), int(cells.loc[cells["is_equal"], "n"].sum())
    (9, 3, 2)
    """
    data = opened(frame, by, first, second)
    known = data.filter(nw.col(first).is_in(list(categories)) & nw.col(second).is_in(list(categories)))
    counted = known.group_by(*by, first, second, drop_null_keys=False).agg(nw.len().alias("n"))
    eager = counted.collect() if isinstance(counted, nw.LazyFrame) else counted
    cells = eager.to_pandas().astype({first: object, second: object})
    groups = cells[list(by)].drop_duplicates() if by else pd.DataFrame(index=range(1 if len(cells) else 0))
    grid = pd.DataFrame([(a, b) for a in categories for b in categories], columns=[first, second], dtype=object)
    full = groups.merge(grid, how="cross").merge(cells, how="left", on=[*by, first, second])
    full["n"] = full["n"].fillna(0).astype("int64")
    full["n_total"] = full.groupby(list(by), dropna=False)["n"].transform("sum") if by else full["n"].sum()
    full = full.infer_objects()
    full["share"] = full["n"] / full["n_total"]
    full["is_equal"] = full[first].astype(str) == full[second].astype(str)
    full["role"], full["reason"] = "descriptive", REASON
    return full.sort_values(list(by), kind="stable", ignore_index=True, key=_missing_last) if by else full


def _missing_last(column: pd.Series) -> NDArray[np.intp]:
    found = ranks(column)
    return np.where(found < 0, len(found), found)


def share_equal(cells: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Give the share of people whose two ratings are equal, from the cells of `concordance`.

    Parameters
    ----------
    cells : pandas.DataFrame
        As `concordance` returns it.
    by : sequence of str
        The same groups, or some of them.

    Returns
    -------
    pandas.DataFrame
        `by`, `n`, `n_equal`, `share_equal`, `status`, `reason`; one row, with status "not_estimable" and reason
        "nobody_rated", when there is no pair and no group.

    Raises
    ------
    EstimationError
        If `cells` lacks a column, or one of counts or marks cannot be read.

    Notes
    -----
    See `concordance`: the rule makes them agree.

    Examples
    --------
    >>> rows = pd.DataFrame({"hasil_kerja": ["sesuai", "di_atas"], "perilaku_kerja": ["sesuai", "sesuai"]})
    >>> share_equal(concordance(rows))[["n", "n_equal", "share_equal"]].to_numpy().tolist()
    [[2, 1, 0.5]]
    """
    listed(by=by)
    cells = numbered(cells, *by, "n", "is_equal")
    n, equal = complete(cells["n"], "counts"), marks(cells["is_equal"], "rated equally")
    work = cells[list(by)].assign(n=n.astype(np.int64), n_equal=np.where(equal, n, 0).astype(np.int64))
    if by:
        result = work.groupby(list(by), dropna=False, as_index=False)[["n", "n_equal"]].sum()
    else:
        result = pd.DataFrame({"n": [int(work["n"].sum())], "n_equal": [int(work["n_equal"].sum())]})
    known = result["n"] > 0
    result["share_equal"] = (result["n_equal"] / result["n"].where(known)).astype("Float64")
    result["status"] = known.map({True: "estimated", False: "not_estimable"})
    result["reason"] = known.map({True: REASON, False: "nobody_rated"})
    return result
