"""How far a group uses the words it could use: counts, categories, entropy; one function on every engine."""

from __future__ import annotations

from collections.abc import Sequence
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
    rows = opened(frame)
    counted = rows.with_columns(nw.lit(1).alias("n_rows")).group_by(*by, "predikat").agg(nw.col("n_rows").sum())
    found = codes("predikat")
    split = counted.with_columns(
        *(nw.when(nw.col("predikat") == code).then(nw.col("n_rows")).otherwise(nw.lit(0)).alias(code) for code in found))
    sums = [nw.col(name).sum() for name in (*found, "n_rows")]
    grouped = split.group_by(*by).agg(*sums) if by else split.select(*sums)
    whole = grouped.with_columns(*(nw.col(name).fill_null(0).cast(nw.Int64) for name in (*found, "n_rows")))
    return whole.with_columns(nw.sum_horizontal(*found).alias("n_rated"))


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
    used = nw.sum_horizontal(*(nw.when(nw.col(c) > 0).then(nw.lit(1)).otherwise(nw.lit(0)) for c in found)).cast(nw.Int64)
    # a denominator of at least one keeps the division defined where the row is not estimable anyway
    base = nw.when(enough).then(n).otherwise(nw.lit(1))
    bits = nw.sum_horizontal(*(_bits(nw.col(code) / base) for code in found))
    top = nw.max_horizontal(*(nw.col(code) for code in found)) / base
    result = counts.with_columns(
        used.alias("categories_used"),
        nw.when(enough).then(top).otherwise(no_number).alias("top_share"),
        nw.when(enough).then(bits).otherwise(no_number).alias("entropy"),
        nw.when(enough).then(nw.lit("described")).otherwise(nw.lit("not_estimable")).alias("status"),
        nw.when(n == 0).then(nw.lit("no_rated")).when(n == 1).then(nw.lit("one_rated")).otherwise(no_word).alias("reason"))
    return closed(result, frame)


def _bits(share: nw.Expr) -> nw.Expr:
    """-p log2 p, with the limit 0 at p = 0."""
    inner = nw.when(share > 0).then(share).otherwise(nw.lit(1.0))
    return inner * inner.log(2) * -1
