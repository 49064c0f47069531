"""How far a group uses the words it could use: counts, categories, entropy; one function on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any

import narwhals as nw

from evalkit.instruments.labels import codes
from evalkit.scoring.engine import Frame, closed, opened


def wide_counts(frame: object, by: Sequence[str]) -> nw.LazyFrame[Any]:
    """Count the five predikat of each group side by side; the big table is passed over once.

    Parameters
    ----------
    frame : any frame that narwhals knows
        Column `predikat` and the columns of `by`.
    by : sequence of str
        Columns that name a group; empty: the whole table is one group.

    Returns
    -------
    narwhals frame
        Columns of `by`, one count a predikat, `n_rated` (rows with one of the five), `n_rows`.
    """
    found = codes("predikat")
    # an absent value is not counted: `count` is the one aggregation that every engine does in one pass
    marks = [nw.when(nw.col("predikat") == code).then(nw.lit(1)).alias(code) for code in found]
    rows = opened(frame, by if isinstance(by, str) else ["predikat", *by]).with_columns(*marks).with_columns(nw.lit(1).alias("n_rows"))
    counts = [nw.col(name).count() for name in (*found, "n_rows")]
    grouped = rows.group_by(*by).agg(*counts) if by else rows.select(*counts)
    whole = grouped.with_columns(*(nw.col(name).cast(nw.Int64) for name in (*found, "n_rows")))
    return whole.with_columns(_sum(nw.col(name) for name in found).alias("n_rated"))


def differentiation(frame: Frame, by: Sequence[str]) -> Frame:
    r"""Describe how each group, mostly an evaluator in a period, spreads over the five predikat.

    .. math:: H = -\sum_k p_k \log_2 p_k, \qquad p_k = n_k / n_{rated}

    The entropy is 0 where one word is used for all, and log2 5 = 2.32 bit where the five are used alike. It describes; it
    says nothing about whether one word was right for everybody.

    Parameters
    ----------
    frame : pandas, polars, DuckDB, Dask or any frame that narwhals knows
        Column `predikat` (codes or missing) and the columns of `by`.
    by : sequence of str
        Columns that name a group, such as ``["rated_by_id", "period"]``; empty: the whole table.

    Returns
    -------
    The same kind of frame
        One row a group, in no fixed order: `by`, five counts, `n_rows`, `n_rated`, `categories_used`, `top_share`,
        `entropy` (bit), `status` (``described``, ``not_estimable``), `reason` (``no_rated``, ``one_rated``). A group with
        fewer than two rated people cannot differ: `top_share` and `entropy` are missing.

    Notes
    -----
    A register count: no interval. Not for comparing evaluators with few people; use the permutation test of clustering.
    Source: Shannon (1948).

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"rated_by_id": ["a", "a", "b"], "predikat": ["baik", "sangat_baik", "baik"]})
    >>> out = differentiation(rows, ["rated_by_id"]).sort_values("rated_by_id")
    >>> float(out["entropy"].iloc[0]), out["reason"].iloc[1]
    (1.0, 'one_rated')
    """
    counts, found = wide_counts(frame, by), codes("predikat")
    n, enough = nw.col("n_rated"), nw.col("n_rated") >= 2
    no_number, no_word = nw.lit(None, dtype=nw.Float64), nw.lit(None, dtype=nw.String)
    used = _sum(nw.when(nw.col(c) > 0).then(nw.lit(1)).otherwise(nw.lit(0)) for c in found).cast(nw.Int64)
    # a denominator of at least one keeps the division defined where the row is not estimable anyway
    base = nw.when(n > 0).then(n).otherwise(nw.lit(1))
    # H = log2 n - sum of c log2 c / n, the same in counts; with one word the two parts are equal and may differ by a rounding
    bits = base.log(2) - _sum(_count_bits(nw.col(code)) for code in found) / base
    top = reduce(_larger, (nw.col(code) for code in found)) / base
    result = counts.with_columns(used.alias("categories_used"), bits.alias("entropy"), top.alias("top_share")).with_columns(
        nw.when(enough).then(nw.col("top_share")).otherwise(no_number).alias("top_share"),
        nw.when(enough & (nw.col("categories_used") == 1)).then(nw.lit(0.0)).when(enough).then(nw.col("entropy"))
        .otherwise(no_number).alias("entropy"),
        nw.when(enough).then(nw.lit("described")).otherwise(nw.lit("not_estimable")).alias("status"),
        nw.when(n == 0).then(nw.lit("no_rated")).when(n == 1).then(nw.lit("one_rated")).otherwise(no_word).alias("reason"))
    return closed(result, frame)


def _sum(parts: Iterable[nw.Expr]) -> nw.Expr:
    """A chain of additions: Dask does not align the horizontal sum with the frame it came from."""
    return reduce(add, parts)


def _larger(a: nw.Expr, b: nw.Expr) -> nw.Expr:
    return nw.when(a >= b).then(a).otherwise(b)


def _count_bits(count: nw.Expr) -> nw.Expr:
    """Give c log2 c, with the limit 0 at c = 0."""
    return count * nw.when(count > 0).then(count).otherwise(nw.lit(1)).log(2)
