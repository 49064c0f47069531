"""Use of categories: counts, entropy, and groups that cannot differ."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.scoring.differentiation import differentiation
from evalkit.tables.schema import PREDIKAT


def _one(words):
    frame = pd.DataFrame({"rated_by_id": ["r"] * len(words), "predikat": pd.Series(words, dtype="string")})
    return differentiation(frame, ["rated_by_id"]).iloc[0]


def test_one_word_for_all_has_no_entropy():
    row = _one(["baik"] * 12)
    assert (row["entropy"], row["categories_used"], row["top_share"], row["status"]) == (0.0, 1, 1.0, "described")


def test_five_words_alike_have_the_most():
    row = _one(list(PREDIKAT) * 4)
    assert row["entropy"] == pytest.approx(math.log2(5))
    assert row["categories_used"] == 5


def test_nine_and_one():
    assert _one(["baik"] * 9 + ["sangat_baik"])["entropy"] == pytest.approx(-0.9 * math.log2(0.9) - 0.1 * math.log2(0.1))


@pytest.mark.parametrize(("words", "reason"), [([None, None], "no_rated"), (["baik", None], "one_rated"), (["baik"], "one_rated")])
def test_fewer_than_two_rated_cannot_differ(words, reason):
    row = _one(words)
    assert (row["status"], row["reason"]) == ("not_estimable", reason)
    assert pd.isna(row["entropy"])
    assert pd.isna(row["top_share"])


def test_an_empty_table():
    frame = pd.DataFrame({"rated_by_id": pd.Series([], dtype="string"), "predikat": pd.Series([], dtype="string")})
    assert differentiation(frame, ["rated_by_id"]).empty
    row = differentiation(frame, []).iloc[0]
    assert (row["n_rows"], row["n_rated"], row["reason"]) == (0, 0, "no_rated")


@given(st.lists(st.one_of(st.none(), st.sampled_from(PREDIKAT)), min_size=1, max_size=40))
def test_entropy_lies_between_its_ends(words):
    row, used = _one(words), {w for w in words if w}
    assert row["n_rows"] == len(words)
    assert row["categories_used"] == len(used)
    if row["status"] == "described":
        assert -1e-12 <= row["entropy"] <= math.log2(max(len(used), 1)) + 1e-12
