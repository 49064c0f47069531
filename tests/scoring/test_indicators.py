"""PermenPANRB 8/2021 annex ch. VI (rules file 2.3): achievement, score, extra tasks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.scoring.indicators import achievement, additional, iki_score, skp_periodic, skp_score, whole_percent
from evalkit.scoring.outcome import REASONS, exact

# S33: range 80 to 90, actual 70; range 7 to 8 months, actual 6.5 and 9.
VECTORS = [((70, 80, 90), {}, 87.5), ((6.5, 7, 8), {"less_is_better": True}, 107), ((9, 7, 8), {"less_is_better": True}, 87.5)]


@pytest.mark.parametrize(("arguments", "options", "percent"), VECTORS)
def test_ranges_as_printed(arguments, options, percent):
    value = achievement(*arguments, **options).value
    assert value == pytest.approx(percent, abs=0.5)
    assert percent == 87.5 or whole_percent(exact(value)) == 107


def test_the_printed_113_percent_is_not_followed():
    """The regulation prints 92 / 90 = 113%; it is 102.2%."""
    assert achievement(92, 90).value == pytest.approx(102.222, abs=0.001)
    assert achievement(92, 80, 90).value == pytest.approx(102.222, abs=0.001)


@pytest.mark.parametrize(("actual", "low", "high", "less", "percent"), [
    (50, 50, None, False, 100), (60, 50, None, False, 120), (25, 50, None, False, 50),
    (8, 10, None, True, 120), (10, 10, None, True, 100), (15, 10, None, True, 50), (30, 10, None, True, 0),
    (85, 80, 90, False, 100), (80, 80, 90, False, 100), (90, 80, 90, True, 100)])
def test_achievement(actual, low, high, less, percent):
    assert achievement(actual, low, high, less_is_better=less).value == pytest.approx(percent)


def test_inside_a_range_is_marked():
    assert not achievement(85, 80, 90).confirmed
    assert achievement(70, 80, 90).confirmed


@pytest.mark.parametrize(("arguments", "reason"), [
    ((1, 0), "target_zero"), ((1, 0, 5), "target_zero"), ((-1, 5), "negative"), ((1, -5), "negative"), ((1, 9, 5), "range_reversed"),
    ((None, 5), "missing"), ((5, None), "missing"), (("a", 5), "not_a_number"), ((1, 5, "b"), "not_a_number")])
def test_achievement_that_cannot_be(arguments, reason):
    assert achievement(*arguments).reason == reason


# Printed table (S28, S29); 98 -> 88 is printed in the regulation's example.
@pytest.mark.parametrize(("percent", "score"), [
    (98, 88), (99, 89), (80, 70), (79, 69), (60, 50), (59, 49), (0, 0), (100, 109), (111, 120), (300, 120), (101, 110), (110, 120),
    (79.5, 70), (79.4, 69), (99.5, 109), (99.49, 89), (59.4, 49), (59.5, 50), (100.5, 110), (110.5, 120)])
def test_score(percent, score):
    assert iki_score(percent).value == pytest.approx(score)


def test_a_target_that_is_the_maximum():
    assert iki_score(100, target_is_maximum=True).value == 120
    assert iki_score(99, target_is_maximum=True).value == 89


def test_the_line_above_100_is_marked():
    assert not iki_score(105).confirmed
    assert iki_score(105).value == pytest.approx(110 + 10 / 9 * 4)
    assert iki_score(98).confirmed


@given(st.floats(0, 1000))
def test_every_achievement_has_a_score(percent):
    out = iki_score(percent)
    assert out.status == "scored"
    assert 0 <= out.value <= 120


@given(st.floats(0, 500), st.floats(0, 500))
def test_more_is_never_scored_lower(a, b):
    low, high = sorted((a, b))
    assert iki_score(low).value <= iki_score(high).value


anything = st.one_of(st.none(), st.booleans(), st.text(max_size=4), st.floats(), st.integers())


@given(anything, anything, anything, st.booleans())
def test_achievement_is_total(actual, low, high, less):
    out = achievement(actual, low, high, less_is_better=less)
    assert (out.status == "scored") == (out.reason is None)
    assert out.reason in (None, *REASONS)
    assert out.value is None or out.value >= 0


@given(anything)
def test_score_is_total(percent):
    assert iki_score(percent).reason in (None, *REASONS)


@pytest.mark.parametrize(("tasks", "points"), [
    ([], 0), ([("sangat_baik", 5, 100)], 5), ([("baik", 5, 100)], 4), ([("cukup", 5, 100)], 3), ([("kurang", 5, 100)], 2),
    ([("sangat_kurang", 5, 100)], 1), ([("sangat_baik", 8, 100), ("baik", 8, 100)], 10)])
def test_extra_tasks(tasks, points):
    assert additional(tasks).value == pytest.approx(points)


def test_extra_tasks_say_what_the_cap_cut():
    assert additional([("sangat_baik", 8, 100), ("baik", 8, 100)]).detail["uncapped"] == pytest.approx(14.4)


@pytest.mark.parametrize(("task", "reason"), [
    (("istimewa", 1, 1), "unknown_label"), (("baik", None, 1), "missing"), (("baik", -1, 1), "negative")])
def test_extra_tasks_that_cannot_be(task, reason):
    assert additional([task]).reason == reason


def test_skp():
    assert skp_score([(109, 0.6), (88, 0.4)], 2).value == pytest.approx(102.6)
    assert skp_score([(90, 0.333333), (90, 0.333333), (90, 0.333334)]).value == pytest.approx(90)


@pytest.mark.parametrize(("main", "extra", "reason"), [
    ([], 0, "no_items"), ([(90, 0.5)], 0, "weights_not_one"), ([(90, 1)], None, "missing"), ([(None, 1)], 0, "missing"),
    ([(90, 1)], -1, "negative"), ([(90, 2), (90, -1)], 0, "negative")])
def test_skp_that_cannot_be(main, extra, reason):
    assert skp_score(main, extra).reason == reason


def test_periodic_skp_is_a_mean_of_two_means():
    assert skp_periodic([80, 100], [109, 109, 109]).value == pytest.approx((90 + 109) / 2)
    assert [skp_periodic([], [1]).reason, skp_periodic([1], [None]).reason, skp_periodic([-1], [1]).reason] == [
        "no_items", "missing", "negative"]
