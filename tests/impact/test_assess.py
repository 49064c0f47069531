"""The verdict on whole courses: known truth, public cases, degenerate data."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.assess import assess
from evalkit.impact.by_list import judge_list, lot_check
from evalkit.impact.checks import dip_within
from evalkit.impact.question import Question
from evalkit.impact.regression_to_mean import Dip
from evalkit.impact.verdict import Check, Effect, Verdict, adjust_verdicts
from evalkit.inference.cluster_covariance import Contrast
from tests.calibration import training_worlds as worlds

QUESTION = Question("bimtek", "score")


def judge(made, **more):
    return assess(Question("bimtek", "score", **more), made.people, made.outcomes)


def check(verdict, name):
    return next(c for c in verdict.checks if c.name == name)


def two_offices(shared):
    rows = pd.read_csv(shared / "cases" / "pc43-two-offices.csv")
    sent = rows["trained"] == 1
    people = pd.DataFrame({"person_id": rows["person_id"], "cluster": rows["office"], "invited": sent, "assigned_by": np.where(sent, "place", None)})
    return people, pd.DataFrame({"person_id": rows["person_id"], "period": 1, "value": rows["change"]})


def test_two_offices_one_trained_is_described_and_not_answered(shared):
    verdict = assess(QUESTION, *two_offices(shared))
    assert (verdict.status, verdict.reason, verdict.effect) == ("withheld", "two_clusters", None)
    assert verdict.n_clusters == 2
    assert verdict.described[0].name == "difference_after"
    assert verdict.described[0].value == pytest.approx(3.0, abs=1e-9)
    rows = verdict.rows()
    assert rows["p_value"].isna().all()
    assert rows["std_error"].isna().all()
    assert rows.loc[rows["measure"] == "effect", "status"].tolist() == ["withheld"]


def at_the_cut(shared):
    rows = pd.read_csv(shared / "cases" / "pc44-at-the-cut.csv")
    sent = rows["ikut"] == 1
    people = pd.DataFrame({"person_id": rows["person_id"], "invited": sent, "assigned_by": np.where(sent, "score", None), "score": rows["nilai_awal"],
                           "cut": 60.0})
    return people, pd.DataFrame({"person_id": rows["person_id"], "period": 1, "value": rows["nilai_akhir"]})


def test_people_at_the_cut_stay_on_the_side_of_the_plan(shared):
    verdict = assess(QUESTION, *at_the_cut(shared))
    compliance = check(verdict, "compliance")
    assert compliance.figures["compliance"] == pytest.approx(1.0, abs=1e-12)
    assert compliance.figures["at_cut"] == 4
    distinct = check(verdict, "distinct_scores")
    assert (distinct.outcome, distinct.reason) == ("not_done", "few_distinct_scores")
    assert (distinct.figures["below"], distinct.figures["above"]) == (3, 4)
    assert verdict.second_opinion == ()  # no local method on seven scores
    assert verdict.effect.n == 30


def test_the_known_zero_file_gives_no_claim_whatever_it_is_called():
    for way in ("calendar", "place", "volunteer"):
        verdict = judge(worlds.low_first(np.random.default_rng(1), way=way))
        assert verdict.effect is None
        assert verdict.status == "withheld"
    assert check(judge(worlds.low_first(np.random.default_rng(1))), "dip").reason == "fell_before"


@pytest.mark.parametrize("kind", ["ceiling", "words"])
def test_an_outcome_that_cannot_follow_a_line_is_not_judged_by_one(kind):
    verdict = judge(worlds.score_with_an_end(np.random.default_rng(2), kind))
    assert (verdict.status, verdict.reason, verdict.effect) == ("withheld", "outcome_stops_at_its_end", None)
    assert check(verdict, "linearity").outcome == "failed"
    assert check(judge(worlds.by_score(np.random.default_rng(2))), "linearity").outcome == "passed"


def test_units_sent_because_they_were_low_are_not_told_from_an_effect():
    """A rise that was a fall before: of these twenty-two files of a true zero two were said to show an effect."""
    found = [judge(worlds.low_units(np.random.default_rng(seed))) for seed in range(22)]
    assert not any(v.claims for v in found)
    assert {v.reason for v in found} >= {"fell_before", "dip_may_make_much"}


def test_a_dip_counts_beside_the_effect_that_it_may_make():
    dip = Dip(Contrast(-2.0, 2.0, 18.0, 400, 20, ""), math.nan, 1, below=-2.0)
    assert dip_within(dip, 5.0).reason == "dip_may_make_much" and dip_within(dip, 5.1) is None and dip_within(dip, -5.0) is None
    assert dip_within(Dip(None, math.nan, 0, "one_period_before"), 5.0) is None


def test_waves_of_one_ranking_do_not_hide_each_others_dip():
    """Everybody is sent, the lowest first: the first wave falls before its course, the next one rises, and their mean is no dip."""
    found = [judge(worlds.all_low_first(np.random.default_rng(seed))) for seed in range(6)]
    assert not any(v.claims for v in found) and {v.reason for v in found} <= {"fell_before", "trends_differ_before"}
    assert "trends_differ_before" in {v.reason for v in found}


def test_the_rise_by_selection_alone_is_what_those_sent_show():
    made = [judge(worlds.low_first(np.random.default_rng(seed))) for seed in range(6)]
    shown = np.mean([next(d.value for d in v.described if d.name == "change_of_sent") for v in made])
    alone = np.mean([v.selection_alone.value for v in made])
    assert shown > 6
    assert alone == pytest.approx(shown, abs=1.5)


def test_an_effect_after_a_draw_is_found_and_one_by_choice_is_not_claimed():
    found = judge(worlds.drawn(np.random.default_rng(2), effect=6.0), cost=40_000_000.0)
    assert found.claims
    assert found.grade == "strong"
    assert found.effect.conf_low < 6 < found.effect.conf_high
    assert found.effect.in_sd[0] == pytest.approx(found.effect.estimate / found.effect.sd)
    each = 40_000_000.0 / found.n_sent
    assert found.cost_per_point == pytest.approx((each / found.effect.estimate, each / found.effect.conf_high, each / found.effect.conf_low))
    assert judge(worlds.volunteers(np.random.default_rng(2))).status == "withheld"


def test_waves_that_are_drawn_one_after_another():
    """Two waves by lot and people who never are: each wave is compared with all that were not drawn by then, within units."""
    rng = np.random.default_rng(8)
    value = worlds.scores(rng, units=10, size=12, periods=5)
    wave = np.concatenate([rng.permutation([2] * 4 + [3] * 4 + [-1] * 4) for _ in range(10)])
    made = worlds.course(value, wave, size=12, way="drawn", effect=6.0)
    went = made.people["invited"] & (np.random.default_rng(1).random(120) < 0.8)
    verdict = assess(QUESTION, made.people.assign(completed=went), made.outcomes)
    assert verdict.claims
    assert verdict.effect.n == 120 + 80  # all in the window of the first wave, those not yet drawn in that of the second
    assert verdict.effect.conf_low < 6 < verdict.effect.conf_high
    assert verdict.effect.randomisation_p < 0.01
    assert verdict.compliers.estimate > verdict.effect.estimate  # the effect of being drawn is spread over those who stayed away
    rows = verdict.rows().set_index("measure")
    assert rows.loc["effect_in_sd", "estimate"] == pytest.approx(verdict.effect.estimate / verdict.effect.sd)
    assert rows.loc["complier_effect", "estimate"] == verdict.compliers.estimate


def test_leavers_who_leave_alike_are_shown_by_both_rules():
    made = worlds.by_place(np.random.default_rng(3), effect=6.0)
    some = made.outcomes[np.random.default_rng(1).random(len(made.outcomes)) > 0.03]
    verdict = assess(QUESTION, made.people, some)
    assert verdict.status == "estimated"
    assert [d.name for d in verdict.leavers] == ["all_available", "balanced"]
    assert verdict.events["event"].tolist() == [-3, -2, -1, 0, 1, 2]


def test_a_changed_rater_and_leavers_withhold():
    rater = judge(worlds.other_rater(np.random.default_rng(2)))
    assert (rater.status, rater.reason, rater.next_step) == ("withheld", "raters_changed_with_training", "keep_the_raters")
    left = judge(worlds.leavers(np.random.default_rng(2)), lowest=0.0, highest=150.0)
    assert (left.status, left.failed[0].name) == ("withheld", "attrition")
    lee, manski = left.bounds
    assert manski.low < lee.low < 0.5 < lee.high < manski.high
    assert left.leavers == ()


@pytest.mark.parametrize(("change", "status", "reason"), [
    (lambda p, t: (p.assign(invited=False), t), "not_estimable", "nobody_sent"),
    (lambda p, t: (p.assign(invited=True), t), "not_estimable", "everybody_sent"),
    (lambda p, t: (p.assign(cluster="one"), t), "withheld", "one_cluster"),
    (lambda p, t: (p, t[t["period"] == 5]), "not_estimable", "one_period"),
    (lambda p, t: (p.assign(wave=p["wave"].where(p["wave"].isna(), t["period"].min())), t), "not_estimable", "not_measured_before"),
    (lambda p, t: (p, t[t["period"].isin([2, 3])]), "withheld", "one_period_before"),
    (lambda p, t: (p, t.assign(value=60.0)), "not_estimable", "constant_outcome"),
    (lambda p, t: (p, t.assign(value=np.nan)), "not_estimable", "no_outcome"),
    (lambda p, t: (p, t.iloc[:0]), "not_estimable", "no_outcome"),
    (lambda p, t: (p.drop(columns="assigned_by"), t), "not_estimable", "way_not_stated"),
    (lambda p, t: (p.assign(assigned_by=["score", "place"] * (len(p) // 2)), t), "not_estimable", "mixed_ways"),
    (lambda p, t: (p.assign(assigned_by="score"), t), "not_estimable", "no_score_or_cut"),
    (lambda p, t: (p.iloc[:1], t), "not_estimable", None),
    (lambda p, t: (p.iloc[:0], t), "not_estimable", "nobody_sent"),
])
def test_degenerate_data_get_a_reason_and_a_next_step(change, status, reason):
    made = worlds.by_place(np.random.default_rng(1), units=6, size=6)
    verdict = assess(QUESTION, *change(made.people, made.outcomes))
    assert verdict.status == status
    assert verdict.reason == reason or (reason is None and verdict.reason in ("nobody_sent", "everybody_sent"))
    assert verdict.next_step
    assert verdict.effect is None
    assert len(verdict.rows())


def test_reactions_are_never_called_impact():
    verdict = judge(worlds.drawn(np.random.default_rng(2), effect=9.0), level=1)
    assert (verdict.status, verdict.reason) == ("withheld", "reaction_is_not_impact")


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(5)
    for made in (worlds.by_place(rng, effect=3.0), worlds.by_score(rng), worlds.drawn(rng, whole_units=False), worlds.volunteers(rng)):
        first = assess(QUESTION, made.people, made.outcomes)
        second = assess(QUESTION, made.people.sample(frac=1, random_state=1), made.outcomes.sample(frac=1, random_state=2))
        assert first == second


def test_inputs_are_not_changed():
    made = worlds.by_place(np.random.default_rng(1), units=6, size=6)
    people, outcomes = made.people.copy(), made.outcomes.copy()
    assess(QUESTION, made.people, made.outcomes)
    pd.testing.assert_frame_equal(people, made.people)
    pd.testing.assert_frame_equal(outcomes, made.outcomes)


def test_a_withheld_verdict_cannot_hold_an_effect():
    effect = Effect(2.0, 0.8, 20.0, 0.3, 3.7, 0.02, 10.0, "ancova", 40, 20, 40)
    failed = (Check("dip", "failed", "fell_before"),)
    with pytest.raises(EstimationError, match="if and only if"):
        Verdict("c", "s", "points", "place", "withheld", "fell_before", "none", "x", failed, "draw_the_seats", effect=effect)
    with pytest.raises(EstimationError, match="must be withheld"):
        Verdict("c", "s", "points", "place", "estimated", "", "strong", "x", failed, "", effect=effect)


@pytest.mark.parametrize(("p", "wild", "again", "claimed"), [
    (0.04, math.nan, math.nan, True), (0.06, math.nan, math.nan, False), (0.04, 0.06, math.nan, False), (0.04, 0.05, math.nan, True),
    (0.04, 0.06, 0.057, True), (0.04, 0.04, 0.2, False), (0.06, 0.01, 0.01, False)])
def test_what_may_be_claimed(p, wild, again, claimed):
    assert Effect(2.0, 0.8, 20.0, 0.3, 3.7, p, 10.0, "x", 40, 20, 40, wild_p=wild, randomisation_p=again).claimed() is claimed


def test_outcomes_that_were_not_estimated_stay_in_the_family():
    found = judge(worlds.drawn(np.random.default_rng(2), effect=6.0))
    lost = judge(worlds.other_rater(np.random.default_rng(2)))
    one, none, _ = adjust_verdicts([found, lost, lost])
    assert one.effect.p_adjusted == pytest.approx(min(1.0, 3 * found.effect.p_value))
    assert none.effect is None


def test_what_a_correction_takes_back_has_no_cost_and_no_repetition():
    found = next(v for v in (judge(worlds.drawn(np.random.default_rng(s), effect=2.0), cost=40_000_000.0) for s in range(40))
                 if v.claims and v.effect.p_value > 0.02)
    assert found.cost_per_point
    assert found.next_step == "repeat_and_follow_up"
    one, *_ = adjust_verdicts([found, found, found])
    assert (one.claims, one.cost_per_point, one.next_step) == (False, None, "larger_next_time")
    alone = adjust_verdicts([found])[0]
    assert (alone.claims, alone.cost_per_point, alone.next_step) == (True, found.cost_per_point, "repeat_and_follow_up")


@pytest.mark.parametrize(("better", "against", "step"), [("higher", False, "repeat_and_follow_up"), ("lower", True, "find_out_why"),
                                                         ("neither", False, "repeat_and_follow_up")])
def test_an_effect_against_the_wanted_direction_is_not_to_be_repeated(better, against, step):
    found = judge(worlds.drawn(np.random.default_rng(2), effect=6.0), better=better, cost=40_000_000.0)
    assert (found.claims, found.against, found.next_step) == (True, against, step)
    assert (found.cost_per_point is not None) is (better == "higher")


def test_a_duplicated_person_is_refused():
    made = worlds.by_place(np.random.default_rng(1), units=6, size=6)
    with pytest.raises(EstimationError, match="twice"):
        assess(QUESTION, pd.concat([made.people, made.people.iloc[:1]]), made.outcomes)


def test_few_units_by_place_are_tested_by_signs_as_well():
    found = judge(worlds.by_place(np.random.default_rng(4), units=9, effect=6.0)).effect
    assert found is not None
    assert found.wild_p <= 0.05
    assert found.claimed()
    assert found.wild_low < found.estimate < found.wild_high
    many = judge(worlds.by_place(np.random.default_rng(4), units=42, size=6, effect=6.0)).effect
    assert many is not None
    assert math.isnan(many.wild_p)


@pytest.mark.parametrize(("moved", "outcome", "reason"), [(0, "passed", ""), (2, "adjusted", "few_depart_from_lot"),
                                                          (3, "failed", "list_departs_from_lot")])
def test_invitations_that_are_not_the_lot_withhold(moved, outcome, reason):
    found = judge(worlds.drawn(np.random.default_rng(2), effect=6.0), cost=40_000_000.0)
    check_ = lot_check(40, moved)
    after = judge_list(found, check_)
    assert (check_.outcome, check_.reason) == (outcome, reason)
    assert (after.effect is None) is (outcome == "failed")
    assert after.next_step == ("record_who_was_sent" if outcome == "failed" else found.next_step)
    assert (after.cost_per_point, after.bounds) == ((None, ()) if outcome == "failed" else (found.cost_per_point, found.bounds))
    assert check(after, "compliance") is check_


def test_a_lot_without_its_list_or_seats_is_not_judged_as_kept():
    assert lot_check(0, 0, kept=False).outcome == "not_done"
    assert lot_check(0, 4).outcome == "failed"  # invited, and nobody had a seat by lot
    assert judge_list(judge(worlds.volunteers(np.random.default_rng(2))), lot_check(10, 9)).status == "withheld"
