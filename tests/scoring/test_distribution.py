"""Distribution and pattern: SE MenPANRB 3/2023, rules file 1.5."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import ScoringError
from evalkit.scoring.distribution import attainable, distribution, pattern
from evalkit.tables.schema import PREDIKAT, UNIT_PREDIKAT


def _met(unit, **counts):
    return {rule.rule: rule.met for rule in pattern(counts, unit)}


# Rules file 1.5, one row a unit predikat; counts at the limit and one beyond it, in a unit of ten.
@pytest.mark.parametrize(("unit", "counts", "outside"), [
    ("istimewa", {"sangat_baik": 7, "baik": 3}, set()),
    ("istimewa", {"sangat_baik": 8, "baik": 2}, {"sangat_baik_max"}),
    ("istimewa", {"sangat_baik": 3, "baik": 7}, {"sangat_baik_majority"}),
    ("istimewa", {"sangat_baik": 4, "baik": 4, "kurang": 2}, {"sangat_baik_majority"}),
    ("baik", {"baik": 7, "sangat_baik": 2, "kurang": 1}, set()),
    ("baik", {"baik": 7, "sangat_baik": 2, "butuh_perbaikan": 1}, set()),
    ("baik", {"baik": 8, "sangat_baik": 1, "kurang": 1}, {"baik_max"}),
    ("baik", {"baik": 7, "sangat_baik": 3}, {"below_any"}),
    ("baik", {"baik": 7, "sangat_baik": 2, "sangat_kurang": 1}, {"below_any"}),
    ("butuh_perbaikan", {"sangat_baik": 1, "baik": 3, "butuh_perbaikan": 6}, set()),
    ("butuh_perbaikan", {"sangat_baik": 2, "baik": 2, "butuh_perbaikan": 6}, {"sangat_baik_max"}),
    ("butuh_perbaikan", {"sangat_baik": 1, "baik": 4, "butuh_perbaikan": 5}, {"butuh_perbaikan_min"}),
    ("kurang", {"sangat_baik": 1, "baik": 2, "butuh_perbaikan": 1, "kurang": 6}, set()),
    ("kurang", {"sangat_baik": 1, "baik": 3, "kurang": 6}, {"butuh_perbaikan_min"}),
    ("kurang", {"baik": 4, "butuh_perbaikan": 1, "kurang": 5}, {"kurang_min"}),
    ("sangat_kurang", {"baik": 3, "kurang": 1, "sangat_kurang": 6}, set()),
    ("sangat_kurang", {"sangat_baik": 1, "baik": 2, "butuh_perbaikan": 1, "sangat_kurang": 6}, {"sangat_baik_none"}),
    ("sangat_kurang", {"baik": 4, "sangat_kurang": 6}, {"below_min"}),
    ("sangat_kurang", {"baik": 4, "butuh_perbaikan": 1, "sangat_kurang": 5}, {"sangat_kurang_min"})])
def test_rules_of_the_circular(unit, counts, outside):
    assert {rule for rule, met in _met(unit, **counts).items() if not met} == outside


@pytest.mark.parametrize(("n", "limit"), [(1, 0), (2, 1), (3, 2), (10, 7), (30, 21), (43, 30)])
def test_a_maximum_is_rounded_down(n, limit):
    rules = {rule.rule: rule for rule in pattern({"baik": n}, "baik")}
    assert rules["baik_max"].limit_count == limit


@pytest.mark.parametrize(("n", "limit"), [(1, 1), (10, 1), (11, 2), (30, 3), (70, 7)])
def test_a_minimum_is_rounded_up_from_the_share_as_written(n, limit):
    """0.1 x 30 is 3.0000000000000004 in doubles; the tenth of 30 people is three."""
    rules = {rule.rule: rule for rule in pattern({"kurang": n}, "kurang")}
    assert rules["butuh_perbaikan_min"].limit_count == limit


def test_small_units_cannot_keep_the_pattern_of_baik():
    assert [attainable("baik", n) for n in range(5)] == [False, False, False, True, True]
    assert not pattern({"baik": 2}, "baik")[0].attainable


@pytest.mark.parametrize("unit", UNIT_PREDIKAT)
def test_from_ten_people_on_every_pattern_can_be_kept(unit):
    """The search stops at ten people: here the rules are met by construction for every size up to 500."""
    for n in range(10, 500):
        cap, tenth, most = math.floor(7 * n / 10), -(-n // 10), -(-6 * n // 10)
        counts = {"istimewa": {"sangat_baik": cap, "baik": n - cap},
                  "baik": {"baik": cap, "kurang": 1, "sangat_baik": n - cap - 1},
                  "butuh_perbaikan": {"butuh_perbaikan": most, "baik": n - most},
                  "kurang": {"kurang": most, "butuh_perbaikan": tenth, "baik": n - most - tenth},
                  "sangat_kurang": {"sangat_kurang": most, "kurang": tenth, "baik": n - most - tenth}}[unit]
        assert all(rule.met and rule.attainable for rule in pattern(counts, unit))


def test_nobody_rated_is_neither_inside_nor_outside():
    assert {rule.met for rule in pattern({}, "baik")} == {None}


def test_a_unit_without_predikat_has_no_rule():
    assert pattern({"baik": 3}, None) == ()


def test_mistakes_are_told():
    with pytest.raises(ScoringError, match="'cukup'"):
        pattern({"cukup": 1}, "baik")
    with pytest.raises(ScoringError, match="negative"):
        pattern({"baik": -1}, "baik")
    with pytest.raises(ScoringError, match="no unit predikat"):
        pattern({"baik": 1}, "sangat_baik")


counts = st.fixed_dictionaries({}, optional={word: st.integers(0, 60) for word in PREDIKAT})


@given(counts, st.sampled_from(UNIT_PREDIKAT))
def test_pattern_is_total_and_its_count_is_a_count(found, unit):
    for rule in pattern(found, unit):
        assert rule.n_rated == sum(found.values())
        assert 0 <= rule.count <= rule.n_rated
        assert (rule.met is None) == (rule.n_rated == 0)
        assert rule.fact.confirmed


@given(st.integers(1, 300))
def test_a_unit_of_one_word_is_outside_the_pattern_of_baik(n):
    """Nearly every real unit: all are Baik. The page explains it calmly; here it is only seen."""
    assert not all(_met("baik", baik=n).values())


def test_all_five_words_stand_even_where_nobody_has_them():
    out = distribution(pd.DataFrame({"unit_id": ["a", "b"], "predikat": ["baik", None]}), ["unit_id"])
    assert len(out) == 10
    assert out.loc[out["unit_id"] == "b", "share"].isna().all()
    assert out.loc[out["unit_id"] == "a", "share"].sum() == 1


def test_who_is_missing_counts(shared):
    """Case pc11: the share among the rated, and the counts from which the bounds follow."""
    frame = pd.read_csv(shared / "cases" / "pc11-who-is-missing.csv", dtype=str)
    column = next(c for c in frame.columns if "predikat" in c.lower() or "hasil_akhir" in c.lower())
    from evalkit.instruments.labels import canonical
    rated = pd.DataFrame({"predikat": [canonical("predikat", v) for v in frame[column]]})
    out = distribution(rated.dropna(), []).set_index("predikat")
    assert out.loc["baik", "share"] == pytest.approx(0.75)
    assert int(out.loc["baik", "n_rated"]) == 8
