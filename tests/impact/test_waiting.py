"""Everybody is trained, in waves: the last one is the comparison until its turn, so that a fair lottery of all seats can be judged at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact import Question, assess, trend_sensitivity, until_last_wave
from evalkit.impact.lot import Lot
from tests.calibration import training_worlds as worlds

QUESTION = Question("bimtek", "score")


def rolled_out(way="drawn", *, effect=6.0, whole=True, seed=3, waves=(2, 4), periods=6):
    """24 units of ten, all of them trained by the end, in waves of equal size."""
    rng = np.random.default_rng(seed)
    value = worlds.scores(rng, units=24, size=10, periods=periods)
    order = rng.permutation(24) % len(waves) if whole else rng.permuted(np.tile(np.arange(10) % len(waves), (24, 1)), axis=1).ravel()
    wave = np.array(waves)[np.repeat(order, 10) if whole else order]
    return worlds.course(value, wave, size=10, way=way, effect=effect)


@pytest.mark.parametrize(("way", "whole"), [("drawn", True), ("drawn", False), ("calendar", True), ("place", True)])
def test_a_course_for_all_is_judged_by_those_who_wait(way, whole):
    made = rolled_out(way, whole=whole)
    verdict = assess(QUESTION, made.people, made.outcomes)
    assert verdict.claims
    assert verdict.effect.conf_low < 6 < verdict.effect.conf_high
    comparison = verdict.checks[0]
    assert (comparison.name, comparison.outcome, comparison.reason) == ("comparison", "passed", "last_wave_waits")
    assert comparison.figures == {"sent": 120.0, "not_sent": 120.0}
    assert verdict.n_sent == 240


@pytest.mark.parametrize("way", ["drawn", "place"])
def test_the_answer_does_not_go_when_the_last_wave_comes(way):
    made = rolled_out(way)
    before = made.outcomes[made.outcomes["period"] < 4]
    early = assess(QUESTION, made.people.assign(invited=made.people["wave"] == 2, wave=made.people["wave"].where(made.people["wave"] == 2)), before)
    late = assess(QUESTION, made.people, made.outcomes)
    assert (late.effect.estimate, late.effect.conf_low, late.effect.p_value) == (early.effect.estimate, early.effect.conf_low, early.effect.p_value)
    table = [trend_sensitivity(v, *frames) for v, frames in ((late, (made.people, made.outcomes)), (early, (made.people, before)))]
    pd.testing.assert_frame_equal(*table)


def test_without_an_effect_none_is_claimed():
    made = [rolled_out(way, effect=0.0, seed=seed) for seed in range(15) for way in ("drawn", "place")]
    claims = sum(assess(QUESTION, m.people, m.outcomes).claims for m in made)
    assert claims <= 4


def test_the_lot_of_whole_units_is_drawn_again_with_its_last_wave():
    made = rolled_out()
    first = made.people.drop_duplicates("cluster")
    lot = Lot(tuple(first["cluster"]), (10,) * 24, (120, 120), tuple(np.where(first["wave"] == 2, 1, 2)))
    verdict = assess(Question("bimtek", "score", lot=lot), made.people, made.outcomes)
    assert verdict.grade == "strong"
    assert next(c for c in verdict.checks if c.name == "chances").outcome == "passed"


def test_a_last_wave_of_one_unit_waits_with_the_wave_before():
    made = rolled_out("place", waves=(2, 3, 5))
    alone = made.people["wave"].where(made.people["wave"] != 5, 3).mask(made.people["cluster"] == "u0", 5)
    people, values, waiting = until_last_wave(made.people.assign(wave=alone), made.outcomes)
    assert waiting == int((alone >= 3).sum())
    assert values["period"].max() == 2
    assert set(people.loc[people["invited"], "wave"]) == {2}
    assert made.people["invited"].all()  # the caller's frame stays


@pytest.mark.parametrize("way", ["drawn", "place"])
def test_one_unit_that_is_never_sent_waits_with_the_last_wave(way):
    made = rolled_out(way)
    alone = made.people["cluster"] == made.people.loc[made.people["wave"] == 4, "cluster"].iloc[0]
    people = made.people.assign(invited=~alone, wave=made.people["wave"].mask(alone), assigned_by=made.people["assigned_by"].where(~alone))
    compared, values, waiting = until_last_wave(people, made.outcomes)
    assert (waiting, values["period"].max()) == (110, 3)
    assert compared["invited"].sum() == 120
    verdict = assess(QUESTION, people, made.outcomes)
    assert verdict.claims
    assert verdict.checks[0].reason == "last_wave_waits"
    assert until_last_wave(people.assign(cluster=people["person_id"]), made.outcomes)[2] == 0  # ten people who are never sent are enough
    beside = people.assign(invited=people["invited"] | (people["person_id"] == people.loc[alone, "person_id"].iloc[0]))
    assert until_last_wave(beside.assign(wave=beside["wave"].fillna(4)), made.outcomes)[2] == 0  # the others of the unit are beside them


@pytest.mark.parametrize("change", [
    lambda p: p.assign(wave=2), lambda p: p.assign(assigned_by="volunteer"), lambda p: p.assign(wave=p["wave"].where(p["wave"] == 2)),
    lambda p: p.drop(columns="wave")])
def test_where_nobody_waits_there_is_still_no_comparison(change):
    made = rolled_out()
    people = change(made.people)
    assert until_last_wave(people, made.outcomes)[2] == 0
    verdict = assess(QUESTION, people, made.outcomes)
    assert (verdict.status, verdict.reason, verdict.next_step) == ("not_estimable", "everybody_sent", "keep_untrained_for_comparison")


@pytest.mark.parametrize("name", [str, lambda n: f"2026-{n + 1:02}", lambda n: pd.Timestamp(2026, n + 1, 1)])
def test_periods_of_any_kind(name):
    made = rolled_out("place", waves=(2, 4), periods=12)
    people = made.people.assign(wave=[name(w) for w in made.people["wave"]])
    values = made.outcomes.assign(period=[name(t) for t in made.outcomes["period"]])
    compared, seen, waiting = until_last_wave(people, values)
    assert waiting == 120
    assert set(compared["wave"].dropna()) == {name(2)}
    assert set(seen["period"]) == {name(t) for t in range(4)}
    assert assess(QUESTION, people, values).effect.estimate == assess(QUESTION, made.people, made.outcomes).effect.estimate


def test_a_course_that_lies_before_what_counts_is_on_neither_side():
    made = rolled_out("place", waves=(2, 5))
    people = made.people.assign(begun=made.people["wave"].astype(int) - 1, completed=True)
    compared, values, waiting = until_last_wave(people, made.outcomes)
    assert (values["period"].max(), waiting) == (3, 120)
    assert compared.loc[~compared["invited"], ["wave", "begun"]].isna().all(axis=None)
    assert compared["completed"].eq(True).tolist() == compared["invited"].tolist()
