"""Assignment, likeness before, leavers, line and jump, effect on those who went, outcomes of evaluators."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.impact.ancova import ancova
from evalkit.impact.assignment import read_assignment, side_of_cut
from evalkit.impact.attrition import BOUNDARY, allowed_difference, attrition, lee_bounds, manski_bounds
from evalkit.impact.baseline_equivalence import band_of, baseline_equivalence
from evalkit.impact.compliers import complier_effect
from evalkit.impact.discontinuity import density_at_cut, discontinuity
from evalkit.impact.rater_outcomes import rater_outcomes


@pytest.mark.parametrize(("sent_if", "at_cut", "sides"), [("below", "not_sent", [True, False, False]), ("below", "sent", [True, True, False]),
                                                          ("above", "not_sent", [False, False, True]), ("above", "sent", [False, True, True])])
def test_the_cut_belongs_to_the_side_of_the_plan(sent_if, at_cut, sides):
    score = pd.Series([58.0, 60.0, 62.0])
    assert side_of_cut(score, 60, sent_if=sent_if, at_cut=at_cut).tolist() == sides
    people = pd.DataFrame({"person_id": list("abc"), "invited": sides, "assigned_by": ["score"] * 3, "score": score, "cut": 60.0})
    found = read_assignment(people, sent_if=sent_if, at_cut=at_cut)
    assert found.compliance == 1.0
    assert found.n_at_cut == 1
    assert found.distinct_below + found.distinct_above == 3


def test_a_missing_score_is_on_no_side():
    assert side_of_cut(pd.Series([50.0, None]), 60).isna().tolist() == [False, True]
    with pytest.raises(EstimationError, match="finite"):
        side_of_cut(pd.Series([50.0]), math.nan)


@pytest.mark.parametrize(("columns", "reason"), [
    ({"assigned_by": ["astrology", None]}, "way_not_known"), ({"assigned_by": ["score", None]}, "no_score_or_cut"),
    ({"assigned_by": ["score", "score"], "score": [1.0, 2.0], "cut": [1.0, 2.0]}, "several_cuts")])
def test_a_way_that_picks_no_design(columns, reason):
    people = pd.DataFrame({"person_id": ["a", "b"], "invited": [True, True], **columns})
    assert (read_assignment(people).design, read_assignment(people).reason) == ("unknown", reason)


def test_the_boundary_of_leaving_is_the_printed_one():
    """What Works Clearinghouse, Standards Handbook 4.1 (2020), Table II.1."""
    printed = ((0, 5.7, 10.0), (10, 6.3, 10.9), (20, 5.4, 10.0), (30, 4.1, 8.2), (40, 2.6, 6.0), (50, 1.0, 3.7), (57, 0.0, 2.1))
    for overall, cautious, optimistic in printed:
        assert 100 * allowed_difference(overall / 100) == pytest.approx(cautious)
        assert 100 * allowed_difference(overall / 100, "optimistic") == pytest.approx(optimistic)
    assert (len(BOUNDARY["cautious"]), len(BOUNDARY["optimistic"])) == (58, 66)
    assert allowed_difference(0.58) < 0
    assert allowed_difference(0.66, "optimistic") < 0


def test_leaving_just_inside_and_just_outside_the_boundary():
    sent = np.arange(2000) < 1000
    for left, low in ((63, True), (64, False)):  # 1,000 a side, 100 - or 100 + 63 - of them gone: overall 13%, allowed 6.1
        stayed = np.ones(2000, dtype=bool)
        stayed[: 100 + left - 2] = False
        stayed[1000:1100] = False
        found = attrition(stayed, sent)
        assert found.overall == pytest.approx((198 + left) / 2000)
        assert found.low is low
    assert not attrition(np.zeros(10, dtype=bool), np.arange(10) < 5).low
    assert attrition(np.ones(3), np.ones(3)).reason == "one_group_empty"


@pytest.mark.parametrize(("difference", "band"), [(0.0, "equivalent"), (0.05, "equivalent"), (-0.0501, "adjust"), (0.25, "adjust"),
                                                  (0.2501, "not_equivalent"), (math.nan, "not_estimable")])
def test_bands_of_the_clearinghouse(difference, band):
    assert band_of(difference) == band


def test_hedges_g_by_hand():
    """Means 5 and 8, both variances 2.5, so d = 3 / sqrt(2.5), and g = d (1 - 3 / 31)."""
    found = baseline_equivalence([3, 4, 5, 6, 7, 6, 7, 8, 9, 10], [False] * 5 + [True] * 5)
    assert found.difference == pytest.approx(3 / math.sqrt(2.5) * (1 - 3 / 31))
    assert found.points == 3
    assert baseline_equivalence([1.0, 1.0], [True, False]).reason == "no_variation"
    assert baseline_equivalence([1.0], [True]).reason == "one_group_empty"


def test_lee_bounds_trim_a_tie_by_a_fraction():
    """Of four sent all stay, of four others three: a quarter of 1, 1, 0, 0 goes - one of them; of eight with 3 of 4 staying, a fraction."""
    found = lee_bounds([1, 1, 0, 0, 1, 0, 0, math.nan], [True] * 4 + [False] * 4)
    assert (found.low, found.high) == pytest.approx((1 / 3 - 1 / 3, 2 / 3 - 1 / 3))
    # five sent stay, two of three others: share trimmed 1/3 of five is 1.67 people
    sent = lee_bounds([1, 1, 1, 0, 0, 1, 0, math.nan], [True] * 5 + [False] * 3)
    left = 5 * 2 / 3
    assert sent.trimmed == pytest.approx(1 / 3)
    assert sent.high == pytest.approx(3 / left - 0.5)
    assert sent.low == pytest.approx((left - 2) / left - 0.5)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 4), min_size=6, max_size=20), st.integers(0, 3))
def test_lee_bounds_are_those_of_everybody_copied(values, gone):
    """Each person a hundred times over (no fraction left to speak of) gives the same bounds: fractions are what copies would do."""
    y = np.array(values, dtype=float)
    mark = np.arange(len(y)) % 2 == 0
    y[np.flatnonzero(~mark)[:gone]] = np.nan
    one = lee_bounds(y, mark)
    many = lee_bounds(np.repeat(y, 60), np.repeat(mark, 60))
    if one.reason:
        assert many.reason
    else:
        assert (one.low, one.high) == pytest.approx((many.low, many.high), abs=1e-9)
        assert one.low <= one.high + 1e-12


def test_more_leavers_among_those_sent_turn_the_bounds_round():
    y = np.array([5.0, 6, 7, math.nan, 1, 2, 3, 4])
    mark = np.arange(8) < 4
    found, turned = lee_bounds(y, mark), lee_bounds(y, ~mark)
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))
    assert (found.low, found.high) == pytest.approx((6 - 3.0, 6 - 2.0))


def test_manski_bounds_hold_lee_bounds():
    y = np.array([60.0, 70, math.nan, 50, 40, 55])
    mark = np.array([True, True, True, False, False, False])
    wide, narrow = manski_bounds(y, mark, lowest=0, highest=100), lee_bounds(y, mark)
    assert wide.low <= narrow.low <= narrow.high <= wide.high
    assert (wide.low, wide.high) == pytest.approx((130 / 3 - 145 / 3, 230 / 3 - 145 / 3))
    with pytest.raises(EstimationError, match="outside"):
        manski_bounds(y, mark, lowest=0, highest=60)
    assert lee_bounds([math.nan, 1.0], [True, False]).reason == "one_group_empty"


def test_the_line_through_the_score_is_least_squares():
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"score": rng.normal(60, 10, 120), "unit": np.arange(120) % 12, "block": np.arange(120) % 3})
    frame["sent"] = (frame["score"] < 55).astype(int)
    frame["y"] = frame["score"] * 0.5 + 3 * frame["sent"] + frame["block"] + rng.normal(size=120)
    found = ancova(frame["y"], frame["sent"], frame["score"], frame["unit"], strata=frame["block"])
    other = smf.ols("y ~ sent + score + C(block)", frame).fit()
    assert found.effect.estimate == pytest.approx(other.params["sent"])
    assert found.effect.conf_low < 3 < found.effect.conf_high
    assert not math.isnan(found.effect.wild_p)
    assert found.effect.n_clusters == 12


def test_a_bent_line_is_seen():
    rng = np.random.default_rng(1)
    score = rng.normal(60, 10, 600)
    straight = 0.5 * score + rng.normal(size=600)
    bent = straight + 0.05 * (score - 60) ** 2
    assert ancova(straight, score < 55, score, range(600), shape=True).linearity_p > 0.01
    assert ancova(bent, score < 55, score, range(600), shape=True).linearity_p < 1e-6


@pytest.mark.parametrize(("sent", "clusters", "y", "reason"), [
    ([0] * 6, range(6), range(6), "nobody_sent"), ([1] * 6, range(6), range(6), "everybody_sent"),
    ([1, 1, 1, 0, 0, 0], [1] * 6, range(6), "one_cluster"), ([1, 1, 1, 0, 0, 0], range(6), [2] * 6, "constant_outcome"),
    ([1, 1, 1, 0, 0, 0], [1, 1, 1, 2, 2, 2], [1, 3, 2, 5, 4, 9], "two_clusters"),
    ([1, 1, 1, 0, 0, 0], [1, 1, 1, 2, 3, 4], [1, 3, 2, 5, 4, 9], "one_cluster_on_a_side")])
def test_a_line_that_cannot_answer(sent, clusters, y, reason):
    found = ancova(list(y), sent, None, list(clusters))
    assert (found.effect, found.reason) == (None, reason)


def test_the_jump_by_hand_at_the_engine_s_bandwidth():
    """The conventional estimate is two weighted lines at the cut, triangular weights; done here with numpy alone."""
    from diff_diff import RegressionDiscontinuity

    rng = np.random.default_rng(2)
    score = rng.normal(60, 10, 900)
    y = score / 3 + 4 * (score < 55) + rng.normal(0, 3, 900)
    found = discontinuity(y, score, 55.0)
    assert found.conf_low < 4 < found.conf_high

    def limit(mark):
        x, w = score[mark] - 55, np.sqrt(np.clip(1 - np.abs(score[mark] - 55) / found.bandwidth, 0, None))
        return np.linalg.lstsq(np.column_stack([w, w * x]), w * y[mark], rcond=None)[0][0]

    assert found.estimate == pytest.approx(limit(score < 55) - limit(score >= 55), rel=1e-8)
    other = RegressionDiscontinuity(cutoff=55.0).fit(pd.DataFrame({"y": y, "x": score}), outcome="y", running="x")
    assert (-found.conf_high, -found.conf_low) == pytest.approx(tuple(other.conf_int), rel=1e-8)


def test_the_sign_follows_the_side_that_is_sent():
    rng = np.random.default_rng(2)
    score = rng.normal(60, 10, 900)
    y = score / 3 + 4 * (score < 55) + rng.normal(0, 3, 900)
    low = discontinuity(y, score, 55.0)
    high = discontinuity(y, -score, -55.0, sent_if="above")
    assert (low.estimate, low.conf_low) == pytest.approx((high.estimate, high.conf_low), rel=1e-6)
    assert discontinuity(y, score, 55.0, sent_if="above").estimate == pytest.approx(-low.estimate, rel=1e-6)


def test_people_moved_across_the_cut_are_seen():
    rng = np.random.default_rng(3)
    score = rng.normal(60, 10, 1500)
    moved = np.where((score > 55) & (score < 57) & (rng.random(1500) < 0.8), 55 - 2 * rng.random(1500), score)
    assert density_at_cut(score, 55.0).p_value > 0.01
    assert density_at_cut(moved, 55.0).p_value < 0.01


def test_a_local_method_on_few_scores_is_refused():
    score = np.repeat([50.0, 55, 60, 65], 40)
    assert discontinuity(score, score, 60.0).reason == "few_distinct_scores"
    assert density_at_cut(score, 60.0).reason == "few_distinct_scores"
    few = np.arange(40, dtype=float)
    assert discontinuity(few, few, 20.0).reason == "few_people_on_a_side"
    many = np.arange(200, dtype=float)
    assert discontinuity(np.ones(200), many, 100.0).reason == "constant_outcome"
    assert discontinuity([], [], 1.0).reason == "few_distinct_scores"


def test_the_effect_on_those_who_went_is_the_ratio():
    """Without covariates: Wald's ratio of two differences of means."""
    rng = np.random.default_rng(4)
    sent = np.arange(300) % 2 == 0
    went = sent & (rng.random(300) < 0.7)
    y = rng.normal(size=300) + 2.0 * went
    found = complier_effect(y, sent, went, None, range(300))
    assert found.estimate == pytest.approx((y[sent].mean() - y[~sent].mean()) / (went[sent].mean() - went[~sent].mean()))
    assert found.conf_low < 2 < found.conf_high
    # at its limits the test of  b(y) - q b(went) = 0  is exactly at the level
    for q in (found.conf_low, found.conf_high):
        line = ancova(y - q * went, sent, None, range(300))
        assert line.effect.p_value == pytest.approx(0.05, abs=1e-6)


def test_no_effect_on_those_who_went_where_nobody_follows():
    rng = np.random.default_rng(4)
    sent = np.arange(60) % 2 == 0
    assert complier_effect(rng.normal(size=60), sent, rng.random(60) < 0.5, None, range(60)) is None
    assert complier_effect(rng.normal(size=60), sent | True, sent, None, range(60)) is None


def test_outcomes_of_evaluators_by_hand():
    """Three raters, two objects, two items; the third is one point stricter and gives all items alike."""
    rows = pd.DataFrame([(r, o, i, v) for r, table in {"a": [[4, 2], [5, 3]], "b": [[4, 2], [5, 4]], "c": [[2, 2], [3, 3]]}.items()
                         for o, line in enumerate(table) for i, v in enumerate(line)], columns=["rater_id", "object_id", "item", "rating"])
    found = rater_outcomes(rows.assign(expert=[4, 2, 5, 3] * 3)).set_index(["rater_id", "outcome"])["value"]
    assert found["a", "severity"] == 0
    assert found["c", "severity"] == pytest.approx((2 + 0 + 2 + 0) / 4)
    assert found["b", "accuracy"] == pytest.approx(1 / 4)
    assert found["c", "halo"] == 0
    assert found["a", "halo"] == pytest.approx(math.sqrt(2))
    assert found["a", "agreement"] == pytest.approx((1 + 2 + 1 + 1) / 8)
    middle = np.mean([0, -0.25, 1.0])
    assert found["c", "distance"] == pytest.approx(1.0 - middle)
    alone = rater_outcomes(rows).set_index(["rater_id", "outcome"])["value"]
    assert alone["c", "severity"] == pytest.approx((2 + 0 + 2 + 0.5) / 4)
    assert "accuracy" not in alone.index.get_level_values("outcome")


def test_outcomes_of_evaluators_on_degenerate_ratings():
    one = pd.DataFrame({"rater_id": ["a"], "object_id": [1], "item": [1], "rating": [3]})
    assert rater_outcomes(one).empty
    assert rater_outcomes(one.assign(rating=np.nan)).empty
    with pytest.raises(EstimationError, match="twice"):
        rater_outcomes(pd.concat([one, one]))
    with pytest.raises(EstimationError, match="column"):
        rater_outcomes(one.drop(columns="item"))
    rounds = pd.concat([one.assign(round="before", expert=3), one.assign(round="after", rating=4, expert=3)])
    found = rater_outcomes(rounds).set_index(["round", "outcome"])["value"]
    assert (found["before", "accuracy"], found["after", "accuracy"]) == (0, 1)
