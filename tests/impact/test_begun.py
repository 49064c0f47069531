"""A course in the middle of a period: that period is neither before nor after, so that what it taught is no dip and no part of the past."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.assess import assess
from evalkit.impact.assignment import read_assignment
from evalkit.impact.diff_in_diff import group_time
from evalkit.impact.panel import make_panel
from evalkit.impact.question import Question, material
from evalkit.impact.regression_to_mean import dip_test
from evalkit.impact.trend_sensitivity import trend_sensitivity
from evalkit.impact.windows import draw_windows, one_step

QUESTION = Question("loket", "late", better="lower")


def world(seed: int, way: str, share: float, effect: float = -4.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six periods; the course is held in period 3, of which `share` lies after it, and counts from period 4 on."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(40), 15)
    n = len(unit)
    sent = np.isin(unit, rng.choice(40, 20, replace=False)) if way in ("calendar", "place") else rng.random(n) < 0.5
    value = rng.normal(0, 8, n)[:, None] + rng.normal(0, 6, (n, 6)) + rng.normal(0, 1, (40, 6))[unit]
    score = value[:, 2].copy()
    sent = score < 0 if way == "score" else sent
    value += effect * sent[:, None] * np.array([0, 0, 0, share, 1, 1])
    person = np.char.add("p", np.char.zfill(np.arange(n).astype(str), 4))
    people = pd.DataFrame({"person_id": person, "cluster": np.char.add("u", unit.astype(str)), "invited": sent, "completed": sent,
                           "assigned_by": np.where(sent, way, None), "wave": np.where(sent, 4.0, np.nan), "begun": np.where(sent, 3.0, np.nan)})
    if way == "score":
        people = people.assign(score=score, cut=0.0)
    return people, pd.DataFrame({"person_id": np.repeat(person, 6), "period": np.tile(np.arange(6), n), "value": value.ravel()})


@pytest.mark.parametrize("way", ["calendar", "drawn"])
def test_what_was_learnt_in_the_period_of_the_course_is_no_dip_and_no_past(way: str) -> None:
    people, values = zip(*(world(s, way, 0.74) for s in range(12)), strict=True)
    found = [assess(QUESTION, p, v) for p, v in zip(people, values, strict=True)]
    kept = [v.effect.estimate for v in found if v.effect]
    assert len(kept) >= 9
    assert np.mean(kept) == pytest.approx(-4, abs=0.35)
    without = [assess(QUESTION, p.drop(columns="begun"), v) for p, v in zip(people, values, strict=True)]
    wrong = [v.effect.estimate if v.effect else v.reason for v in without]
    assert wrong.count("fell_before") > 9 if way == "calendar" else np.mean(wrong) > -3.7  # what comes of taking that period for the past


@pytest.mark.parametrize("way", ["calendar", "place", "drawn", "score", "volunteer"])
def test_nothing_of_the_period_of_the_course_enters(way: str) -> None:
    people, values = world(5, way, 0.5)
    other = values.assign(value=values["value"] + 900.0 * (values["period"] == 3) * np.random.default_rng(1).random(len(values)))
    first, second = assess(QUESTION, people, values), assess(QUESTION, people, other)
    assert first == replace(second, events=first.events)
    if first.events is not None:
        pd.testing.assert_frame_equal(first.events, second.events)
        pd.testing.assert_frame_equal(*(trend_sensitivity(first, people, v)[["points", "reason"]] for v in (values, other)))


@pytest.mark.parametrize("way", ["calendar", "drawn", "score"])
def test_a_course_at_the_start_of_its_period_is_as_without_that_column(way: str) -> None:
    people, values = world(5, way, 0.0)
    same = people.assign(begun=people["wave"])
    assert replace(assess(QUESTION, same, values), events=None) == replace(assess(QUESTION, people.drop(columns="begun"), values), events=None)


def small() -> tuple[pd.DataFrame, pd.DataFrame]:
    people = pd.DataFrame({"person_id": list("abcdef"), "wave": [3, 3, 5, 5, None, None], "begun": [2, 2, 4, 4, None, None]})
    value = np.array([[1, 2, 9, 5, 6, 7], [1, 2, 8, 6, 7, 8], [1, 1, 1, 2, 9, 4], [1, 1, 1, 2, 8, 5], [0, 1, 2, 2, 3, 3], [0, 1, 2, 3, 3, 4.0]])
    rows = [(p, t, value[i, t]) for i, p in enumerate("abcdef") for t in range(6)]
    return people, pd.DataFrame(rows, columns=["person_id", "period", "value"])


def test_cells_by_hand() -> None:
    panel = make_panel(*small())
    assert panel.starts == {3: 2, 5: 4}
    assert panel.first.tolist() == [2, 2, 4, 4, 6, 6]
    cells = group_time(panel).cells.set_index(["position", "period"])
    assert sorted(cells.index) == [(3, 1), (3, 3), (3, 4), (3, 5), (5, 1), (5, 2), (5, 3), (5, 5)]
    assert cells["event"].to_dict() == {(3, 1): -1, (3, 3): 0, (3, 4): 1, (3, 5): 2, (5, 1): -3, (5, 2): -2, (5, 3): -1, (5, 5): 0}
    # from period 1 to 3 against the second wave, not yet held, and those never trained; from 1 to 4 only against the latter
    assert cells.loc[(3, 3), "att"] == pytest.approx(3.5 - np.mean([1, 1, 1, 2]))
    assert cells.loc[(3, 4), "att"] == pytest.approx(4.5 - np.mean([2, 2]))
    assert cells.loc[(3, 4), "n_not"] == 2
    assert cells.loc[(5, 5), "att"] == pytest.approx(2.5 - np.mean([1, 1]))
    everybody = make_panel(small()[0].assign(cluster="x"), small()[1])  # the other way to compute the same
    pd.testing.assert_frame_equal(group_time(everybody).cells, group_time(panel).cells)


def test_windows_by_hand() -> None:
    people, values = small()
    data = material(people.assign(invited=people["wave"].notna(), assigned_by="drawn"), values)
    assert data.before[:4].tolist() == [2, 2, 2, 2]
    assert data.after[:4].tolist() == [5, 6, 4, 5]
    rows = draw_windows(read_assignment(data.people), data)
    assert rows.sent.tolist() == [True, True, False, False, False, False, True, True, False, False]
    assert rows.after.tolist() == [5, 6, 2, 2, 2, 3, 4, 5, 3, 4]  # the first window ends before the second course
    assert rows.before[:2].tolist() == [1.5, 1.5]
    steps = one_step(data)
    assert steps.before[:2].tolist() == [2, 2]
    assert steps.after[:2].tolist() == [5, 6]


def test_whose_course_is_held_in_the_last_period_is_no_witness_there() -> None:
    people, values = small()
    people = people.assign(wave=[3, 3, None, None, None, None], begun=[2, 2, 5, 5, None, None])
    cells = group_time(make_panel(people, values)).cells.set_index("period")
    assert cells["n_not"].to_dict() == {1: 4, 3: 4, 4: 4, 5: 2}
    assert dip_test(group_time(make_panel(people, values))).dip.estimate == pytest.approx(1 - np.mean([0, 0, 1, 1]))
