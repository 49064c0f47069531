"""The two ratings crossed: counts by hand, empty cells kept, nothing lost."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.raters.concordance import concordance, share_equal
from evalkit.tables.schema import RATINGS

ROWS = pd.DataFrame({"opd_id": ["u1"] * 4 + ["u2"] * 2, "hasil_kerja": ["sesuai", "di_atas", "di_atas", None, "di_bawah", "sesuai"],
                     "perilaku_kerja": ["sesuai", "di_atas", "sesuai", "sesuai", "di_bawah", "sesuai"]})


def test_cells_by_hand():
    cells = concordance(ROWS).set_index(["hasil_kerja", "perilaku_kerja"])["n"]
    assert len(cells) == 9
    assert cells["sesuai", "sesuai"] == 2
    assert cells["di_atas", "di_atas"] == cells["di_atas", "sesuai"] == cells["di_bawah", "di_bawah"] == 1
    assert cells.sum() == 5


def test_groups_keep_all_nine_cells_and_say_why_they_agree():
    cells = concordance(ROWS, ["opd_id"])
    assert cells.groupby("opd_id").size().to_dict() == {"u1": 9, "u2": 9}
    assert set(cells["reason"]) == {"rule_makes_them_agree"}
    assert set(cells["role"]) == {"descriptive"}
    equal = share_equal(cells, ["opd_id"]).set_index("opd_id")
    assert equal.loc["u1", ["n", "n_equal"]].tolist() == [3, 2]
    assert equal.loc["u2", "share_equal"] == 1.0


def test_polars_gives_the_same():
    there, here = concordance(pl.from_pandas(ROWS), ["opd_id"]), concordance(ROWS, ["opd_id"])
    assert there["n"].tolist() == here["n"].tolist()


def test_nobody_rated_has_an_answer():
    nobody = ROWS.iloc[:0]
    assert len(concordance(nobody)) == 0
    found = share_equal(concordance(nobody))
    assert found.loc[0, "status"] == "not_estimable"
    assert found.loc[0, "reason"] == "nobody_rated"
    assert pd.isna(found.loc[0, "share_equal"])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from([*RATINGS, None]), st.sampled_from([*RATINGS, None]))))
def test_no_pair_is_lost(pairs):
    rows = pd.DataFrame(pairs, columns=["hasil_kerja", "perilaku_kerja"], dtype="string")
    both = [p for p in pairs if None not in p]
    cells = concordance(rows)
    assert cells["n"].sum() == len(both)
    assert cells.loc[cells["is_equal"], "n"].sum() == sum(a == b for a, b in both)


def test_a_missing_column_is_named():
    with pytest.raises(EstimationError, match="unit"):
        concordance(ROWS, ["unit"])
