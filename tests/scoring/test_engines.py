"""One function, five engines, equal results: pandas, polars (eager and lazy), DuckDB, a local Dask frame."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from evalkit.scoring.differentiation import differentiation
from evalkit.scoring.distribution import distribution, rating_counts
from evalkit.scoring.quadrant import score_quadrant
from evalkit.tables.schema import PREDIKAT, RATINGS, frame_of

# narwhals tells that Dask will need a package of its own one day; the results are not concerned
pytestmark = pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")
BY = ["rated_by_id", "period"]
CALLS = {
    "quadrant": (score_quadrant, ()),
    "distribution": (distribution, (BY,)),
    "distribution of all": (distribution, ([],)),
    "differentiation": (differentiation, (BY,)),
    "differentiation of all": (differentiation, ([],)),
    "rating counts": (rating_counts, (["period"],)),
}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(20260930)
    n = 400

    def pick(words, p):
        return pa.array([None if w == "" else w for w in rng.choice(["", *words], n, p=p)], pa.string())

    return pa.table({
        "row": pa.array(range(n)), "rated_by_id": pick([f"p{i}" for i in range(40)], [0.02, *[0.98 / 40] * 40]),
        "period": pick(["2026-Q2", "2026-Q3"], [0, 0.5, 0.5]), "hasil_kerja": pick(RATINGS, [0.1, 0.05, 0.65, 0.2]),
        "perilaku_kerja": pick(RATINGS, [0.1, 0.05, 0.65, 0.2]), "predikat": pick(PREDIKAT, [0.1, 0.02, 0.02, 0.06, 0.6, 0.2])})


def _engines(table):
    import dask.dataframe as dd
    import duckdb
    import polars as pl

    with warnings.catch_warnings():
        # pandas tells Dask that a copy keyword is obsolete; only the conversion in this test is concerned
        warnings.simplefilter("ignore")
        dask = dd.from_pandas(frame_of(table), npartitions=3)
    return {"polars": pl.DataFrame(table), "polars lazy": pl.LazyFrame(table), "duckdb": duckdb.connect().from_arrow(table), "dask": dask}


def _plain(frame):
    """Any frame as rows in one order, with plain types."""
    if hasattr(frame, "compute"):
        frame = frame.compute()
    if hasattr(frame, "collect"):
        frame = frame.collect()
    if hasattr(frame, "to_arrow_table"):
        frame = frame.to_arrow_table().to_pandas()
    if hasattr(frame, "to_arrow"):
        frame = frame.to_arrow().to_pandas()
    frame = frame.astype(object).where(frame.notna(), None)
    rows = [tuple(round(float(v), 12) if isinstance(v, (int, float, np.number)) and not isinstance(v, bool) else v for v in row)
            for row in frame.itertuples(index=False, name=None)]
    return list(frame.columns), sorted(rows, key=repr)


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "duckdb", "dask"])
@pytest.mark.parametrize("call", list(CALLS))
def test_equal_to_pandas(table, engine, call):
    function, arguments = CALLS[call]
    assert _plain(function(_engines(table)[engine], *arguments)) == _plain(function(frame_of(table), *arguments))


@pytest.mark.parametrize("call", list(CALLS))
def test_plain_pandas_types_too(table, call):
    function, arguments = CALLS[call]
    assert _plain(function(table.to_pandas(), *arguments)) == _plain(function(frame_of(table), *arguments))


def test_counts_against_pandas_alone(table):
    frame = table.to_pandas()
    out = distribution(frame, BY).set_index([*BY, "predikat"])["n"]
    own = frame[frame["rated_by_id"] == "p7"]
    for period in ("2026-Q2", "2026-Q3"):
        for word in PREDIKAT:
            assert out["p7", period, word] == ((own["period"] == period) & (own["predikat"] == word)).sum()
    assert out.sum() == frame["predikat"].notna().sum()
    assert isinstance(out, pd.Series)
