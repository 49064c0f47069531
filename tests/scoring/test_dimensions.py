"""Dimensions: measured by what is there, "not measured" where nothing is."""

import pandas as pd
import pytest

from evalkit.errors import ScoringError
from evalkit.instruments.catalog import load
from evalkit.instruments.dimensions import dimensions
from evalkit.scoring.dimensions import dimension_scores, needed
from evalkit.tables.schema import TABLES

RULE = "permenpanrb-6-2022"
MAP = dimensions(load(RULE))


def _scores(people, chosen=MAP, **tables):
    return dimension_scores(chosen, people, "2026-Q3", RULE, tables)


def _appraisals(**ratings):
    return pd.DataFrame({"person_id": list(ratings), "hasil_kerja": list(ratings.values()), "is_official": True})


def _answers(rows, instrument="formulir-360"):
    frame = pd.DataFrame(rows, columns=["object_id", "rater_id", "rater_role", "item", "rating"])
    return frame.assign(instrument=instrument)


def test_a_file_with_two_ratings_measures_productivity_only():
    out = _scores(["a", "b"], appraisals_current=_appraisals(a="di_atas", b=None)).astype(object)
    rows = {(r["object_id"], r["dimension"]): (r["status"], r["reason"]) for r in out.where(out.notna(), None).to_dict("records")}
    assert rows["a", "productivity"] == ("measured", None)
    assert rows["b", "productivity"] == ("not_measured", "no_value")
    assert {rows[p, d] for p in "ab" for d in ("integrity", "commitment")} == {("not_measured", "no_source")}


@pytest.mark.parametrize(("rating", "score"), [("di_bawah", 1), ("sesuai", 2), ("di_atas", 3)])
def test_rating_scale(rating, score):
    out = _scores(["a"], appraisals_current=_appraisals(a=rating)).query("dimension == 'productivity'").iloc[0]
    assert (out["score"], out["scale_min"], out["scale_max"], out["score_kind"]) == (score, 1, 3, "hasil_kerja")


def test_only_the_official_row_counts():
    frame = pd.DataFrame({"person_id": ["a", "a"], "hasil_kerja": ["di_bawah", "di_atas"], "is_official": [False, True]})
    out = _scores(["a"], appraisals_current=frame).query("dimension == 'productivity'")
    assert out["score"].tolist() == [3.0]


def test_items_are_averaged_over_raters_then_items_and_self_is_left_out():
    answers = _answers([("a", "r1", "peer", "loyal", 4), ("a", "r2", "peer", "loyal", 2), ("a", "r1", "peer", "berorientasi_pelayanan", 5),
                        ("a", "a", "self", "loyal", 5), ("a", "a", None, "loyal", 5), ("a", "r1", "peer", "adaptif", 1)])
    out = _scores(["a"], ratings=answers).query("dimension == 'commitment'").iloc[0]
    assert (out["score"], out["n_items"], out["n_raters"], out["scale_max"], out["instrument"]) == (4.0, 2, 2, 5.0, "formulir-360")


def test_kinds_of_data_are_never_averaged_with_one_another():
    attendance = pd.DataFrame({"person_id": ["a", "a"], "days_due": [20, 22], "days_absent": [2, 0]})
    cases = pd.DataFrame({"person_id": ["b"]})
    answers = _answers([("a", "r1", "peer", "akuntabel", 4)])
    out = _scores(["a"], attendance=attendance, discipline=cases, ratings=answers).query("dimension == 'integrity'").set_index("score_kind")
    assert out.loc["attendance", "score"] == pytest.approx(40 / 42)
    assert out.loc["discipline", "score"] == 0
    assert out.loc["items", "score"] == 4
    assert (out["status"] == "measured").all()


@pytest.mark.parametrize(("due", "absent"), [(0, 0), (10, 11)])
def test_attendance_that_cannot_be_measures_nothing(due, absent):
    attendance = pd.DataFrame({"person_id": ["a"], "days_due": [due], "days_absent": [absent]})
    out = _scores(["a"], attendance=attendance).query("dimension == 'integrity'")
    assert out["status"].tolist() == ["not_measured"]


def test_indicators_are_a_weighted_mean_of_achievements():
    table = pd.DataFrame({"object_id": ["a"] * 3, "actual": [50.0, 15.0, 5.0], "target_low": [100.0, 10.0, 0.0], "target_high": [None] * 3,
                          "direction": ["more", "less", "more"], "weight": [3.0, 1.0, 1.0]})
    out = _scores(["a"], indicators=table).query("dimension == 'productivity'").iloc[0]
    assert out["score"] == pytest.approx((3 * 50 + 50) / 4)
    assert out["n_items"] == 2


def test_a_rating_outside_the_forms_scale_is_told():
    with pytest.raises(ScoringError, match="formulir-360"):
        _scores(["a"], ratings=_answers([("a", "r", "peer", "loyal", 9)]))


def test_a_form_of_the_study_has_no_known_scale():
    out = _scores(["a"], ratings=_answers([("a", "r", "peer", "loyal", 9)], "survei-kota")).query("dimension == 'commitment'").iloc[0]
    assert out["score"] == 9
    assert pd.isna(out["scale_max"])


def test_nobody_and_nothing_give_the_empty_table():
    out = _scores([])
    assert out.empty
    assert list(out.columns) == list(TABLES["scores"].names)


def test_needed_names_what_would_measure():
    assert needed(MAP[2]) == ("loyal", "berorientasi_pelayanan")
