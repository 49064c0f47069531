"""A plan that was frozen is noticed when it changes, and a course that left it is told so."""

import json
import math
from datetime import date

import pytest

from evalkit.errors import EstimationError
from evalkit.impact.plan import Happened, TrainingPlan, course_slug, deviations, frozen_of, read_plan

PLAN = TrainingPlan("loket", "Pelayanan loket", seats=(20, 20), starts=("2026-01-08", "2026-07-08"), hours=16, seed=7,
                    outcomes={"late_minutes": "less", "absent_share": "less"}, icc=0.05, pre=0.4, cost=4e7)


def test_a_plan_comes_back_from_its_file():
    frozen = frozen_of(PLAN, date(2025, 12, 1))
    assert read_plan(frozen.as_text()) == (frozen, True)
    assert frozen.primary == "late_minutes"
    assert list(read_plan(frozen.as_text())[0].outcomes) == ["late_minutes", "absent_share"]


def test_the_digest_is_that_of_the_decisions_only():
    assert frozen_of(PLAN, date(2025, 12, 1)).digest == PLAN.digest == frozen_of(PLAN, date(2026, 12, 1)).digest
    swapped = TrainingPlan(**{**PLAN.__dict__, "outcomes": {"absent_share": "less", "late_minutes": "less"}})
    assert swapped.digest != PLAN.digest


@pytest.mark.parametrize(("key", "value"), [("smallest", 0.1), ("seats", [20, 21]), ("seed", 8), ("cost", None), ("new", 1),
                                          ("saved_at", "2025-01-01"), ("frozen", False)])
def test_a_changed_file_is_noticed(key, value):
    text = json.dumps({**json.loads(frozen_of(PLAN, date(2025, 12, 1)).as_text()), key: value})
    assert read_plan(text)[1] is False


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"course": "A B"}', '{"course": "a", "name": "a", "seats": [0]}',
                                  '{"course": "a", "name": "a", "outcomes": [["x", "up"]]}', '{"course": "a", "name": "a", "starts": ["soon"]}'])
def test_what_is_no_plan_is_refused(text):
    with pytest.raises(EstimationError):
        read_plan(text)


def test_a_plan_without_outcome_cannot_be_frozen():
    with pytest.raises(EstimationError):
        frozen_of(TrainingPlan("a", "A"), date(2026, 1, 1))


def test_nothing_is_listed_where_the_course_kept_its_plan():
    frozen = frozen_of(PLAN, date(2025, 12, 1))
    as_planned = Happened("drawn", (date(2026, 1, 8), date(2026, 7, 9)), (20, 19), 16.0)
    assert deviations(frozen, as_planned) == ()
    assert deviations(frozen, Happened()) == ()


def test_each_kind_of_deviation_is_listed():
    frozen = frozen_of(PLAN, date(2026, 1, 8))
    other = Happened("volunteer", (date(2026, 1, 8), date(2026, 9, 1)), (30, 20), 24.0)
    codes = [d[0] for d in deviations(frozen, other, intact=False, later=1)]
    assert codes == ["changed", "again", "late", "assigned_by", "seats", "starts", "hours"]
    assert [d[0] for d in deviations(frozen, Happened(seats=(40,)))] == ["waves"]
    assert deviations(frozen, Happened(hours=math.nan)) == ()


def test_classes_of_one_course_share_its_key():
    assert course_slug("  BIMTEK Penilai/Kinerja ") == course_slug("bimtek penilai kinerja") == "bimtek-penilai-kinerja"
    assert course_slug("***") == ""
