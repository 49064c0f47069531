"""Use of categories: hand-computed entropies, equal answers on four engines, constant and empty data."""

from __future__ import annotations

import math
import warnings

import dask.dataframe as dd
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from evalkit.errors import EstimationError
from evalkit.raters.differentiation import category_use, entropy_yardstick
from evalkit.tables.schema import PREDIKAT

ROWS = pd.DataFrame({
    "rater_id": ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"] * 5,
    "period": ["2026-Q1"] * 14,
    "predikat": ["baik", "baik", "sangat_baik", "sangat_baik", "baik", "baik", "baik", None, None, *PREDIKAT]})


def by_rater(frame: pd.DataFrame) -> dict[str, tuple[int, int, float]]:
    return {r.rater_id: (int(r.n), int(r.categories_used), round(float(r.entropy), 12)) for r in frame.itertuples()}


def test_hand_computed():
    found = by_rater(category_use(ROWS, ["rater_id", "period"]))
    assert found["a"] == (4, 2, 1.0)
    assert found["b"] == (3, 1, 0.0)
    assert found["c"] == (0, 0, 0.0)
    assert found["d"][:2] == (5, 5)
    assert found["d"][2] == pytest.approx(math.log2(5), abs=1e-11) == pytest.approx(entropy_yardstick(5))


def test_share_of_the_largest_category_is_missing_where_nobody_is_rated():
    found = category_use(ROWS, ["rater_id"]).set_index("rater_id")["share_largest"]
    assert found["a"] == 0.5
    assert found["b"] == 1.0
    assert pd.isna(found["c"])


def test_the_same_on_polars_duckdb_dask_and_arrow_backed_pandas():
    expected = by_rater(category_use(ROWS, ["rater_id"]))
    arrow = ROWS.convert_dtypes(dtype_backend="pyarrow")
    assert by_rater(category_use(arrow, ["rater_id"])) == expected
    assert by_rater(category_use(pl.from_pandas(ROWS), ["rater_id"]).to_pandas()) == expected
    assert by_rater(category_use(pl.from_pandas(ROWS).lazy(), ["rater_id"]).collect().to_pandas()) == expected
    assert by_rater(category_use(duckdb.from_df(ROWS), ["rater_id"]).df()) == expected
    with warnings.catch_warnings():
        # narwhals announces that its Dask door will move to a package of its own
        warnings.filterwarnings("ignore", category=FutureWarning, message="Dask support")
        lazy = category_use(dd.from_pandas(arrow, npartitions=3), ["rater_id"])
    assert by_rater(lazy.compute()) == expected


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([*PREDIKAT, None]), max_size=40))
def test_agrees_with_scipy_and_stays_on_its_scale(values):
    rows = pd.DataFrame({"rater_id": ["a"] * len(values), "predikat": pd.array(values, dtype="string")})
    found = category_use(rows, ["rater_id"])
    if not values:
        assert len(found) == 0
        return
    counts = np.array([values.count(c) for c in PREDIKAT])
    assert found["n"].item() == counts.sum()
    assert found["categories_used"].item() == (counts > 0).sum()
    if counts.sum():
        assert found["entropy"].item() == pytest.approx(entropy(counts, base=2), abs=1e-12)
    assert 0 <= found["entropy"].item() <= math.log2(5) + 1e-12


def test_other_scales_and_ratings_as_numbers():
    rows = pd.DataFrame({"rater_id": [1, 1, 1], "rating": [1.0, 5.0, 5.0]})
    found = category_use(rows, ["rater_id"], rating="rating", categories=[1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found["n"].item(), found["categories_used"].item()) == (3, 2)
    assert found["entropy"].item() == pytest.approx(entropy([1, 2], base=2))


def test_steps_never_used_are_counted_as_zero(shared):
    """Case pc26: steps 1 and 3 do not occur; each rater uses three of five."""
    rows = pd.read_csv(shared / "cases" / "pc26-steps-never-used.csv")
    found = category_use(rows, ["item"], rating="rating", categories=[1, 2, 3, 4, 5])
    assert (found["n"].item(), found["categories_used"].item()) == (36, 3)
    assert found["entropy"].item() == pytest.approx(entropy([10, 17, 9], base=2))


def test_a_missing_column_is_named():
    with pytest.raises(EstimationError, match="rater"):
        category_use(ROWS, ["rater"])
    with pytest.raises(EstimationError, match="at least one"):
        category_use(ROWS, [])
    with pytest.raises(EstimationError, match="at least one category"):
        entropy_yardstick(0)
