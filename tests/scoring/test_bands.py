"""PP 30/2019 art. 41 (rules file 2.1): bands, their ends, and the idea rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.instruments.catalog import load
from evalkit.scoring.bands import predikat_2021


@pytest.mark.parametrize(("score", "idea", "label"), [
    (120, True, "sangat_baik"), (110, True, "sangat_baik"), (109.999, True, "baik"),
    (120, False, "baik"), (110, False, "baik"), (115, None, "baik"),
    (90.0, None, "baik"), (89.999, None, "cukup"), (70.0, None, "cukup"), (69.999, None, "kurang"),
    (50.0, None, "kurang"), (49.999, None, "sangat_kurang"), (0, None, "sangat_kurang")])
def test_boundaries(score, idea, label):
    assert predikat_2021(score, idea).label == label


@pytest.mark.parametrize(("score", "reason"), [(120.001, "out_of_range"), (-0.1, "out_of_range"), (None, "missing"), ("90", "not_a_number"),
                                               (float("inf"), "not_a_number"), (True, "not_a_number")])
def test_reasons(score, reason):
    out = predikat_2021(score, True)
    assert (out.status, out.reason, out.value, out.label) == ("not_scored", reason, None, None)


def test_the_two_lowest_bands_are_marked():
    assert [predikat_2021(x, None).confirmed for x in (95, 75, 60, 20)] == [True, True, False, False]


@given(st.floats(0, 120), st.sampled_from([True, False, None]))
def test_every_score_of_the_scale_has_one_word(score, idea):
    out = predikat_2021(score, idea)
    assert out.status == "scored"
    assert (out.label == "sangat_baik") == (score >= 110 and idea is True)


def test_the_words_are_those_of_the_rule():
    assert [fact.key for fact in load("permenpanrb-8-2021").facts("bands")] == [
        "bands.sangat_baik", "bands.baik", "bands.cukup", "bands.kurang", "bands.sangat_kurang"]
