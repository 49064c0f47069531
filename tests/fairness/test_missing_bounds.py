"""Bounds for the unrated: the public case, and what holds always."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.fairness.missing_bounds import bounds


def test_pc11_who_is_missing_counts(shared):
    rows = pd.read_csv(shared / "cases" / "pc11-who-is-missing.csv")
    people = rows[(rows["status"] == "aktif") & ~rows["keterangan"].fillna("").str.startswith("masuk 02-04-2026")]
    assert len(people) == 10
    predikat = people["predikat_2026_Q1"]
    rated, better = int(predikat.notna().sum()), ["BAIK", "SANGAT BAIK"]
    found = bounds(pd.DataFrame({"n": [int((predikat == "BAIK").sum()), int(predikat.isin(better).sum())], "rated": rated,
                                 "expected": len(people)}))
    assert found["missing"].tolist() == [2, 2]
    assert found.loc[0, ["share_rated", "share_low", "share_high"]].tolist() == pytest.approx([0.75, 0.6, 0.8], abs=1e-12)
    assert found.loc[1, ["share_low", "share_high"]].tolist() == pytest.approx([0.7, 0.9], abs=1e-12)
    assert people.loc[predikat.isna(), "person_id"].tolist() == ["P05", "P08"]


counts = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)).map(lambda t: (t[0], t[0] + t[1], sum(t)))


@settings(deadline=None, max_examples=50)
@given(st.lists(counts, max_size=8))
def test_low_and_high_hold_whatever_the_missing_were(rows):
    found = bounds(pd.DataFrame(rows, columns=["n", "rated", "expected"], dtype="int64"))
    for (n, rated, expected), row in zip(rows, found.itertuples(), strict=True):
        if expected == 0:
            assert row.reason == "nobody_expected"
            assert pd.isna(row.share_low)
            continue
        for others in (0, (expected - rated) // 2, expected - rated):
            assert row.share_low - 1e-12 <= (n + others) / expected <= row.share_high + 1e-12
        assert (row.status == "estimated") == (rated > 0)
        if rated == 0:
            assert (row.share_low, row.share_high, row.reason) == (0.0, 1.0, "nobody_rated")


def test_the_callers_frame_stays_and_arrow_counts_do():
    frame = pd.DataFrame({"k": [1], "due": [4], "here": [2]}).convert_dtypes(dtype_backend="pyarrow")
    found = bounds(frame, n="k", expected="due", rated="here")
    assert found.loc[0, ["share_low", "share_high"]].tolist() == [0.25, 0.75]
    assert list(frame.columns) == ["k", "due", "here"]


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(EstimationError, match="more people"):
        bounds(pd.DataFrame({"n": [3], "rated": [2], "expected": [5]}))
    with pytest.raises(EstimationError, match="more rated"):
        bounds(pd.DataFrame({"n": [1], "rated": [6], "expected": [5]}))
    with pytest.raises(EstimationError, match="rated"):
        bounds(pd.DataFrame({"n": [1], "expected": [5]}))
