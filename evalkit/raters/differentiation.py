"""How many words an evaluator uses, and how evenly: categories used and entropy, from counts alone.

Written once against narwhals, so the same function runs on pandas, polars, DuckDB and Dask.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

import narwhals as nw
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import need_names, numbered
from evalkit.inference.reading import listed
from evalkit.inference.single_values import single, word
from evalkit.tables.schema import PREDIKAT


def category_use(frame: Any, by: Sequence[str], *, rating: str = "predikat", categories: Sequence[Any] = PREDIKAT) -> Any:
    """Count, for each group of `by`, the ratings, the categories in use, and their entropy in bits.

    ``H = -sum p_k log2 p_k`` over the categories used. 0: one word for all; ``log2(K)``: all K words equally often (2.32 for the
    five predikat). The scale is fixed, so it depends on nobody else's habit.

    Parameters
    ----------
    frame : pandas, polars, DuckDB or Dask frame, eager or lazy
        One row a rating, with the columns `by` and `rating`.
    by : sequence of str
        What identifies a group, such as ``["rater_id", "period"]``.
    rating : str
        The column with the category; missing ratings and values outside `categories` are not counted.
    categories : sequence
        The declared scale, in order.

    Returns
    -------
    frame of the kind given
        `by`, `n` (ratings), `categories_used`, `entropy` (bits; 0 where n is 0), `share_largest` (missing where n is 0).

    Raises
    ------
    EstimationError
        If `by` or `categories` is empty or a column is absent.

    Notes
    -----
    Descriptive. Few categories may be a habit or a team whose members are alike: these counts cannot tell. Under five
    ratings an entropy says little. Source: C. E. Shannon (1948), Bell System Technical Journal 27, 379-423.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"rater_id": ["a", "a", "b", "b"], "predikat": ["baik", "sangat_baik", "baik", "baik"]})
    >>> category_use(rows, ["rater_id"]).sort_values("rater_id")[["n", "categories_used", "entropy"]].to_numpy().tolist()
    [[2.0, 2.0, 1.0], [2.0, 1.0, 0.0]]
    """
    data = opened(frame, by, rating)
    if not by or not categories:
        raise EstimationError("category_use needs at least one column in 'by' and at least one category.")
    marks = [f"_k{i}" for i in range(len(categories))]
    counts = data.group_by(*by, rating, drop_null_keys=False).agg(nw.len().alias("_count"))
    wide = counts.with_columns(*(nw.when(nw.col(rating) == category).then(nw.col("_count")).otherwise(nw.lit(0)).alias(mark)
                                 for category, mark in zip(categories, marks, strict=True)))
    wide = wide.with_columns(_total([nw.col(m) for m in marks]).alias("_largest"))
    groups = wide.group_by(*by, drop_null_keys=False).agg(*(nw.col(m).sum() for m in marks), nw.col("_largest").max())
    groups = groups.with_columns(*(nw.col(m).cast(nw.Int64) for m in marks)).with_columns(n=_total([nw.col(m) for m in marks]))
    used = _total([(nw.col(m) > 0).cast(nw.Int64) for m in marks])
    largest = nw.col("_largest").cast(nw.Float64)
    safe = nw.when(nw.col("n") > 0).then(nw.col("n")).otherwise(nw.lit(1)).cast(nw.Float64)
    entropy = _log(safe) - _total([_plogp(m) for m in marks]) / safe
    result = groups.with_columns(
        used.alias("categories_used"),
        # a difference of two logarithms may end a hair below zero for a single category
        nw.when(used > 1).then(entropy).otherwise(nw.lit(0.0)).alias("entropy"),
        nw.when(nw.col("n") > 0).then(largest / safe).otherwise(nw.lit(None, dtype=nw.Float64)).alias("share_largest"))
    return result.select(*by, "n", "categories_used", "entropy", "share_largest").to_native()


def entropy_yardstick(n_categories: int) -> float:
    """Give the largest entropy, in bits, that a scale of `n_categories` allows: ``log2(n_categories)``.

    Parameters
    ----------
    n_categories : int
        Categories of the form, also those that nobody used.

    Returns
    -------
    float
        In bits; 0 for one category.

    Raises
    ------
    EstimationError
        If there is no category.

    Examples
    --------
    >>> round(entropy_yardstick(5), 2)
    2.32
    """
    single(n_categories=n_categories)
    if not n_categories >= 1:
        raise EstimationError("A scale has at least one category.")
    return math.log2(n_categories)


def _total(expressions: list[nw.Expr]) -> nw.Expr:
    return reduce(lambda a, b: a + b, expressions)


def _log(expression: nw.Expr) -> nw.Expr:
    return expression.log(2)


def _plogp(mark: str) -> nw.Expr:
    """Give c log2 c, with 0 for a count of 0 (log of 1, so that no engine takes the logarithm of 0)."""
    count = nw.when(nw.col(mark) > 0).then(nw.col(mark)).otherwise(nw.lit(1)).cast(nw.Float64)
    return nw.col(mark).cast(nw.Float64) * _log(count)


def opened(frame: Any, by: Sequence[str], *columns: str) -> Any:
    """Give a frame of any engine as narwhals knows it; of pandas the columns that are needed alone.

    Raises
    ------
    EstimationError
        If it is no frame, `by` is a text, or a column is absent or stands twice.

    Examples
    --------
    >>> import pandas as pd
    >>> opened(pd.DataFrame({"a": [1], "b": [2]}), ["a"]).columns
    ['a']
    """
    if isinstance(by, str):
        raise EstimationError(f"Columns are named in a list, such as [{by!r}].")
    listed(by=by)
    word(**{f"column {n}": c for n, c in enumerate(columns, 1)})
    wanted = list(dict.fromkeys((*by, *columns)))
    if isinstance(frame, pd.DataFrame):
        return nw.from_native(numbered(frame, *wanted)[wanted])
    try:
        data = nw.from_native(frame)
    except TypeError as error:
        raise EstimationError(f"Rows come as a frame of pandas, polars, DuckDB or Dask, not as {type(frame).__name__}.") from error
    need_names(wanted, data.collect_schema().names())
    return data
