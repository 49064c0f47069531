"""PK Guru (rules file 3.1): the published table of raw scores for 56 and for 68 points (S39), whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.scoring.outcome import REASONS
from evalkit.scoring.teacher import competency_score, pk_guru, pk_guru_raw, teacher_credit

PUBLISHED = {56: {"amat_baik": (51, 56), "baik": (43, 50), "cukup": (34, 42), "sedang": (29, 33), "kurang": (0, 28)},
             68: {"amat_baik": (62, 68), "baik": (52, 61), "cukup": (41, 51), "sedang": (35, 40), "kurang": (0, 34)}}
NPK = {"amat_baik": 1.25, "baik": 1.0, "cukup": 0.75, "sedang": 0.5, "kurang": 0.25}
ROWS = [(raw, most, label) for most, table in PUBLISHED.items() for label, (low, high) in table.items() for raw in range(low, high + 1)]


@pytest.mark.parametrize(("raw", "most", "label"), ROWS)
def test_published_table(raw, most, label):
    out = pk_guru_raw(raw, most, "pk-guru-14" if most == 56 else "pk-guru-17")
    assert (out.label, out.detail["npk"]) == (label, NPK[label])
    assert out.value == pytest.approx(raw / most * 100)


def test_rounding_first_would_fail():
    """41 of 68 is 60.29: rounded to 60 it would be Sedang."""
    assert pk_guru_raw(41, 68).label == "cukup"
    assert round(41 / 68 * 100) == 60


@pytest.mark.parametrize(("form", "n", "most"), [("pk-guru-14", 14, 56), ("pk-guru-17", 17, 68)])
def test_whole_forms(form, n, most):
    out = pk_guru({f"k{i:02d}": 4 for i in range(1, n + 1)}, form)
    assert (out.value, out.label, out.detail["raw"], out.detail["raw_maximum"]) == (100, "amat_baik", most, most)


@pytest.mark.parametrize(("change", "reason"), [
    ({"k14": None}, "items_missing"), ({"k15": 3}, "items_unknown"), ({"k01": 5}, "out_of_range"), ({"k01": 0}, "out_of_range"),
    ({"k01": "3"}, "not_a_number")])
def test_forms_that_cannot_be_scored(change, reason):
    assert pk_guru({**{f"k{i:02d}": 3 for i in range(1, 15)}, **change}).reason == reason


@pytest.mark.parametrize(("points", "indicators", "score"), [
    (1, 6, 1), (3, 6, 1), (4, 6, 2), (6, 6, 2), (7, 6, 3), (9, 6, 3), (10, 6, 4), (12, 6, 4)])
def test_competency_bands_are_closed_on_the_right(points, indicators, score):
    assert competency_score(points, indicators).value == score


@pytest.mark.parametrize(("points", "indicators", "reason"), [(0, 6, "out_of_range"), (13, 6, "out_of_range"), (3, 0, "required_zero"),
                                                              (None, 6, "missing")])
def test_competency_that_cannot_be(points, indicators, reason):
    assert competency_score(points, indicators).reason == reason


def test_teacher_credit():
    assert teacher_credit(100, 8, 10, 24, 24, 1.25).value == pytest.approx((100 - 8 - 10) * 1.25 / 4)
    assert teacher_credit(100, 8, 10, 12, 24, 1.0).value == pytest.approx((100 - 8 - 10) * 0.5 / 4)
    assert [teacher_credit(1, 0, 0, 1, 0, 1).reason, teacher_credit(1, -1, 0, 1, 1, 1).reason, teacher_credit(1, 0, 0, None, 1, 1).reason] == [
        "required_zero", "negative", "missing"]


anything = st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=3))


@given(anything, anything)
def test_total(a, b):
    for out in (competency_score(a, b), pk_guru_raw(a, b), teacher_credit(a, b, 1, a, b, 1)):
        assert out.reason in (None, *REASONS)
        assert (out.status == "scored") == (out.reason is None)
