"""Carried over: transitions by hand, people of both periods only, teams that repeat."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.raters.carry_over import carried_over, pair_periods, repeated_teams, transitions
from tests.calibration.designs import city

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


PERIODS = ["2026-Q1", "2026-Q2", "2026-Q3"]


def copied(seed, copying=0.0, rotate=0.3):
    return city(np.random.default_rng(seed), units=8, teams=8, size=(4, 6), periods=3, ability_sd=0.0, copying=copying, rotate=rotate)


def test_carried_over_by_hand():
    rows = pd.DataFrame({"person_id": list("abcd") * 2, "period": ["2026-Q1"] * 4 + ["2026-Q2"] * 4, "opd_id": "u", "post_type": "x",
                         "rater_id": ["e"] * 4 + ["e", "e", "f", "f"],
                         "predikat": ["baik", "baik", "baik", "sangat_baik", "baik", "sangat_baik", "baik", "baik"]})
    found = carried_over(rows, PERIODS).set_index(["measure", "group"])
    assert found.loc[("carried_over", "all"), ["estimate", "n", "role"]].tolist() == [0.5, 4, "descriptive"]
    assert found.loc[("carried_over", "stays"), "estimate"] == found.loc[("carried_over", "changes"), "estimate"] == 0.5
    assert found.loc[("carried_over_blind", "all"), "estimate"] == pytest.approx((3 * 3 + 1 * 1) / 16)
    assert found.loc[("carried_over_gap", "stays_less_changes"), ["status", "reason"]].tolist() == ["not_estimable", "one_cluster"]


def test_shares_repeated_and_repeated_blindly_are_those_of_a_published_table():
    """In one stratum they are the observed and the chance agreement of kappa.

    J. Fleiss, J. Cohen, B. Everitt (1969), Psychological Bulletin 72, 323-327: 200 people by two diagnoses, 0.70 and 0.475, kappa 0.429.
    """
    words, table = ["baik", "sangat_baik", "butuh_perbaikan"], [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
    people = [(words[i], words[j]) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    rows = pd.DataFrame([(f"p{k}", p, word, f"e{k % 9}") for k, pair in enumerate(people) for p, word in zip(PERIODS[:2], pair, strict=True)],
                        columns=["person_id", "period", "predikat", "rater_id"]).assign(opd_id="u", post_type="x")
    found = carried_over(rows, PERIODS).set_index(["measure", "group"])["estimate"]
    again, blind = found["carried_over", "all"], found["carried_over_blind", "all"]
    assert (again, blind) == pytest.approx((0.70, 0.475), abs=1e-12)
    assert (again - blind) / (1 - blind) == pytest.approx(0.429, abs=5e-4)


def test_the_gap_and_its_error_by_a_second_path():
    """Pairs by merging frames, strata one by one, and each evaluator of the later period left out in turn."""
    rows = copied(5, copying=0.5)
    periods = sorted(rows["period"].unique())
    pairs = pd.concat([rows[rows["period"] == b].merge(rows[rows["period"] == a], on="person_id", suffixes=("", "_before"))
                       for a, b in itertools.pairwise(periods)])
    pairs = pairs.assign(same=pairs["predikat"].eq(pairs["predikat_before"]).astype(float), stays=pairs["rater_id"].eq(pairs["rater_id_before"]))

    def gap(some):
        parts = [(p.loc[p["stays"], "same"], p.loc[~p["stays"], "same"]) for _, p in some.groupby(["opd_id", "post_type", "period"])]
        sides = [(len(moved), stayed.mean() - moved.mean()) for stayed, moved in parts if len(stayed) and len(moved)]
        return sum(n * g for n, g in sides) / sum(n for n, _ in sides)

    told = pairs.groupby(["opd_id", "post_type", "period"])["stays"].transform("nunique") == 2
    raters = pairs.loc[told, "rater_id"].unique()
    without = np.array([gap(pairs[pairs["rater_id"] != r]) for r in raters])
    found = carried_over(rows, periods).set_index("measure").loc["carried_over_gap"]
    assert found["estimate"] == pytest.approx(gap(pairs))
    assert found["std_error"] == pytest.approx(np.sqrt((len(raters) - 1) / len(raters) * ((without - gap(pairs)) ** 2).sum()))


def test_copying_shows_as_a_gap_and_its_absence_does_not():
    periods = ["2026-01", "2026-02", "2026-03"]
    gap = [carried_over(copied(s, copying=0.8), periods).set_index("measure").loc["carried_over_gap"] for s in range(3)]
    assert all(g["conf_low"] > 0 for g in gap)
    none = [carried_over(copied(s), periods).set_index("measure").loc["carried_over_gap", "p_value"] <= 0.05 for s in range(12)]
    assert sum(none) <= 3


def test_carried_over_without_a_pair_or_a_change():
    one = copied(1)
    one = one[one["period"] == one["period"].min()]
    assert set(carried_over(one, sorted(one["period"].unique()))["reason"]) == {"nobody_in_both"}
    assert set(carried_over(one.head(0), PERIODS)["status"]) == {"not_estimable"}
    still = copied(1, rotate=0.0)
    found = carried_over(still, sorted(still["period"].unique())).set_index(["measure", "group"])
    assert found.loc[("carried_over", "changes"), "reason"] == "no_change_of_evaluator"
    assert found.loc[("carried_over", "stays"), "status"] == "estimated"
    assert found.loc[("carried_over_gap", "stays_less_changes"), "reason"] == "no_change_of_evaluator"
