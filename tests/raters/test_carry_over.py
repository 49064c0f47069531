"""Carried over: transitions by hand, people of both periods only, teams that repeat."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.raters.carry_over import pair_periods, repeated_teams, transitions

Q1, Q2, Q3 = "2026-Q1", "2026-Q2", "2026-Q3"
ROWS = pd.DataFrame([("p1", Q1, "baik", "e1"), ("p2", Q1, "sangat_baik", "e1"), ("p3", Q1, "baik", "e2"), ("p4", Q1, "baik", "e2"),
                     ("p1", Q2, "baik", "e1"), ("p2", Q2, "sangat_baik", "e1"), ("p3", Q2, "sangat_baik", "e2"),
                     ("p5", Q2, "baik", "e2"), ("p1", Q3, None, "e1"), ("p3", Q3, "sangat_baik", "e2")],
                    columns=["person_id", "period", "predikat", "rater_id"])


def test_transitions_by_hand():
    found = transitions(ROWS, [Q1, Q2, Q3]).set_index(["period", "before", "after"])
    assert found.loc[(Q2, "baik", "baik"), ["n", "n_before"]].tolist() == [1, 2]
    assert found.loc[(Q2, "baik", "sangat_baik"), "share"] == 0.5
    assert found.loc[(Q2, "sangat_baik", "sangat_baik"), "n"] == 1
    assert found.loc[(Q3, "sangat_baik", "sangat_baik"), "n_before"] == 1
    assert len(found) == 4
    assert set(found["reason"]) == {"copied_or_stable"}


def test_periods_that_are_no_neighbours_are_not_compared():
    assert len(pair_periods(ROWS, [Q1, Q3])) == 1
    assert len(transitions(ROWS, [Q2])) == 0


def test_teams():
    found = repeated_teams(ROWS, [Q1, Q2]).set_index("rater_id")
    assert found.loc["e1", ["n", "n_same"]].tolist() == [2, 2]
    assert found.loc["e1", "all_same"]
    assert pd.isna(found.loc["e2", "all_same"])
    assert found.loc["e2", "reason"] == "team_too_small"


def test_no_rows_is_an_answer_and_two_rows_of_one_person_are_refused():
    assert len(transitions(ROWS.iloc[:0], [Q1, Q2])) == 0
    assert len(repeated_teams(ROWS.iloc[:0], [Q1, Q2])) == 0
    with pytest.raises(EstimationError, match="twice"):
        transitions(pd.concat([ROWS, ROWS]), [Q1, Q2])
    with pytest.raises(EstimationError, match="opd_id"):
        transitions(ROWS, [Q1, Q2], by=["opd_id"])


def test_arrow_backed_frames():
    arrow = ROWS.convert_dtypes(dtype_backend="pyarrow")
    assert transitions(arrow, [Q1, Q2, Q3])["n"].tolist() == transitions(ROWS, [Q1, Q2, Q3])["n"].tolist()
