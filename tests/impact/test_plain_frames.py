"""Frames of a course as offices keep them: labels called like a column, waves and periods in any kind, a course not measured yet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact import Question, assess, draw_waves, group_time, make_panel, one_form_each, read_assignment, side_of_cut

N = 48
PEOPLE = pd.DataFrame({"person_id": [f"p{i:02d}" for i in range(N)], "invited": [i % 2 == 0 for i in range(N)], "assigned_by": "drawn",
                       "cluster": [f"c{i // 4}" for i in range(N)], "unit_id": [f"c{i // 4}" for i in range(N)],
                       "wave": [3.0 if i % 2 == 0 else np.nan for i in range(N)]})
VALUES = pd.DataFrame([(f"p{i:02d}", t, 50.0 + (i * 7 + t * 3) % 11 + 3 * (t >= 3) * (i % 2 == 0), f"r{i % 5}") for i in range(N) for t in (1, 2, 3)],
                      columns=["person_id", "period", "value", "rater_id"])
ASKED = Question("bimtek", "score")
TOLD = assess(ASKED, PEOPLE, VALUES)
KINDS = {"labels that are columns": lambda d: d.set_index("person_id", drop=False),
         "several levels": lambda d: d.set_index(["person_id"] * 2, drop=False),
         "text": lambda d: d.assign(**{c: d[c].map(lambda v: None if pd.isna(v) else str(v)) for c in d.columns.intersection(["wave", "period"])}),
         "categories": lambda d: d.astype(dict.fromkeys(d.columns.intersection(["wave", "period", "cluster", "person_id"]), "category")),
         "blanks": lambda d: d.assign(wave=[" " if pd.isna(w) else w for w in d["wave"]]) if "wave" in d else d}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ["people", "values", "both"])
def test_a_verdict_does_not_hang_on_how_frames_are_kept(kind, which):
    people = PEOPLE if which == "values" else KINDS[kind](PEOPLE)
    values = VALUES if which == "people" else KINDS[kind](VALUES)
    found = assess(ASKED, people, values)
    assert TOLD.effect is not None and found.effect is not None
    assert (found.status, found.n, found.n_sent) == (TOLD.status, TOLD.n, TOLD.n_sent)
    assert found.effect.estimate == pytest.approx(TOLD.effect.estimate)
    assert group_time(make_panel(people, values)).cells["att"].tolist() == pytest.approx(group_time(make_panel(PEOPLE, VALUES)).cells["att"].tolist())


def test_a_course_that_is_not_measured_yet_has_a_reason():
    """Its waves lie after the last period: the judge of drawn courses joined no window at all."""
    for way in ("drawn", "calendar", "place", "volunteer"):
        found = assess(ASKED, PEOPLE.assign(wave=PEOPLE["wave"] + 6, assigned_by=way), VALUES)
        assert (found.status, found.reason, found.next_step) == ("not_estimable", "no_outcome", "measure_before_and_after")


def test_later_periods_come_later_whatever_they_are_written_as():
    values = VALUES.assign(period=VALUES["period"].map({1: "8", 2: "9", 3: "10"}))
    assert make_panel(PEOPLE.assign(wave="10"), values).periods.tolist() == ["8", "9", "10"]
    assert make_panel(PEOPLE.assign(wave="10"), values).wave.tolist() == [2] * N


@pytest.mark.parametrize("wave", ["kemudian", pd.Timestamp("2026-01-01"), np.inf])
def test_waves_are_of_the_kind_of_periods(wave):
    for call in (lambda p: make_panel(p, VALUES), lambda p: assess(ASKED, p, VALUES)):
        with pytest.raises(EstimationError, match="must all be numbers, all dates or all words"):
            call(PEOPLE.assign(wave=wave))


@pytest.mark.parametrize("wrong", [None, VALUES.to_dict("list"), VALUES.to_numpy(), VALUES.drop(columns="period"),
                                   pd.concat([VALUES, VALUES[["period"]]], axis=1)])
def test_values_that_are_none_are_refused_in_a_sentence(wrong):
    with pytest.raises(EstimationError, match="values of a course"):
        assess(ASKED, PEOPLE, wrong)


@pytest.mark.parametrize("column", ["wave", "cluster", "assigned_by"])
def test_a_column_of_people_that_stands_twice_is_named(column):
    with pytest.raises(EstimationError, match=f"several columns '{column}'"):
        read_assignment(pd.concat([PEOPLE, PEOPLE[[column]]], axis=1))


def test_codes_of_several_kinds_are_people_too():
    mixed = PEOPLE.assign(person_id=[i if i % 3 else f"p{i}" for i in range(N)])
    values = VALUES.assign(person_id=np.repeat(mixed["person_id"].to_numpy(), 3))
    found = assess(ASKED, mixed, values)
    assert found.effect is not None and TOLD.effect is not None and found.effect.estimate == pytest.approx(TOLD.effect.estimate)


def test_lots_and_forms_do_not_read_labels():
    labelled = PEOPLE.set_index("person_id", drop=False)
    pd.testing.assert_frame_equal(draw_waves(labelled, [9, 9], seed=3, name="x"), draw_waves(PEOPLE, [9, 9], seed=3, name="x"))
    rows = pd.DataFrame({"person_id": ["a", "a"], "period": [1, 1], "value": [2.0, 1.0], "form": ["A", "B"], "turn": [1, 2]})
    assert one_form_each(rows.set_index("person_id", drop=False), pd.Series({"a": 2})).rows["value"].tolist() == [2.0]
    with pytest.raises(EstimationError, match="several columns 'form'"):
        one_form_each(pd.concat([rows, rows[["form"]]], axis=1), pd.Series({"a": 2}))


def test_scores_beside_a_cut_are_one_column():
    assert side_of_cut([58, 60, 62], 60).tolist() == [True, False, False]
    assert side_of_cut(np.array([58, 62]), 60, sent_if="above").tolist() == [False, True]
    with pytest.raises(EstimationError, match="one column"):
        side_of_cut(pd.DataFrame({"a": [1.0], "b": [2.0]}), 60)
