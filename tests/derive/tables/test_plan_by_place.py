"""What a course by calendar or place could show: over the periods of its waves, and by how far offices stay at their level."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.tables.training_measures import measured
from evalkit.derive.tables.training_plans import design_rows, training_curve
from evalkit.impact.attrition import attrition
from evalkit.impact.plan import TrainingPlan
from evalkit.tables.periods import parse

PLAN = TrainingPlan("tempat", "TEMPAT", seats=(100, 100), assigned_by="place", outcomes={"late_minutes": "less"}, attrition=0.0)
PEOPLE = pd.DataFrame(columns=["course", "person_id", "unit_id", "invited"])


def office(stays: float, units: int = 30, size: int = 10) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Offices with a fifth of the variance, whose level stays by `stays` from one period to the next; half of people's own stays."""
    rng, unit = np.random.default_rng(3), np.repeat(np.arange(units), size)
    level = rng.normal(size=units)
    levels = np.stack([level, stays * level + np.sqrt(1 - stays**2) * rng.normal(size=units)])
    person = rng.normal(size=len(unit)) * np.sqrt(0.4)
    parts = []
    for n, period in enumerate(("2026-Q2", "2026-Q3")):
        value = np.sqrt(0.2) * levels[n][unit] + person + rng.normal(size=len(unit)) * np.sqrt(0.4)
        parts.append(pd.DataFrame({"person_id": np.char.add("p", unit.astype(str)) + np.char.add("-", (np.arange(len(unit)) % size).astype(str)),
                                   "period": period, "unit_id": np.char.add("u", unit.astype(str)), "value": value}))
    rows = pd.concat(parts, ignore_index=True).assign(audience="staff", outcome="late_minutes", turn=1)
    return rows.rename(columns={"unit_id": "opd_id"})[["person_id", "period", "opd_id"]].assign(superior_id=None), rows


def planned(plan: TrainingPlan, stays: float = 1.0) -> dict[str, object]:
    roster, outcomes = office(stays)
    return design_rows(plan, roster, PEOPLE, outcomes, "2026-Q3")[0]


@pytest.mark.parametrize("stays", [1.0, 0.6])
def test_how_far_offices_stay_is_measured(stays: float) -> None:
    found = measured(office(stays, units=400)[1], "staff", "late_minutes")
    assert found.unit_pre == pytest.approx(stays, abs=0.08)


def test_steady_offices_and_later_waves_show_more() -> None:
    plain = planned(PLAN)
    assert plain["status"] == "estimated"
    assert float(str(planned(PLAN, 0.2)["smallest_sd"])) > 1.2 * float(str(plain["smallest_sd"]))
    apart = planned(TrainingPlan(**{**PLAN.__dict__, "starts": ("2026-10-02", "2027-07-02")}))
    assert float(str(apart["smallest_sd"])) < float(str(plain["smallest_sd"]))  # three periods between the waves
    at_once = planned(TrainingPlan(**{**PLAN.__dict__, "starts": ("2026-10-02", "2026-11-02")}))
    assert '"waves": [[0.66' in str(at_once["waves"])  # both in one quarter are one wave


def test_a_few_seats_over_all_offices_are_no_whole_offices() -> None:
    assert planned(TrainingPlan(**{**PLAN.__dict__, "seats": (15, 15)}))["waves"] is None


def test_the_curve_is_that_of_the_row() -> None:
    roster, outcomes = office(1.0)
    rows = [{"course": "tempat", "order": n, **r} for n, r in enumerate(design_rows(PLAN, roster, PEOPLE, outcomes, "2026-Q3"), 1)]
    design = pd.DataFrame(rows)
    found = training_curve(Context(parse("2026-Q3"), (parse("2026-Q3"),), settings={}), design)
    row = design[design["variant"].eq("as_planned")].iloc[0]
    own = found[found["variant"].eq("as_planned")]
    at = np.interp(row["smallest_sd"], own["effect_sd"], own["chance"])
    assert at == pytest.approx(0.8, abs=0.01)


def unlike() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same people in offices of 3 to 60."""
    roster, outcomes = office(0.6)
    home = pd.Series(np.repeat(np.arange(19), [60, 50, 40, 30, 20, 15, 12, 10, 10, 8, 8, 6, 6, 5, 5, 5, 4, 3, 3]).astype(str))
    return roster.assign(opd_id=list(home) * 2), outcomes


def test_a_lot_of_whole_offices_promises_less_where_they_are_unlike() -> None:
    lot = TrainingPlan(**{**PLAN.__dict__, "assigned_by": "drawn", "drawn": "unit", "icc": 0.2, "pre": 0.5, "smallest": 0.5})
    even = design_rows(lot, office(0.6)[0], PEOPLE, office(0.6)[1], "2026-Q3")
    rows = design_rows(lot, unlike()[0], PEOPLE, unlike()[1], "2026-Q3")
    assert float(rows[0]["smallest_sd"]) > 1.5 * float(even[0]["smallest_sd"])
    assert rows[0]["chance"] < even[0]["chance"] - 0.2
    design = pd.DataFrame([{"course": "tempat", "order": n, **r} for n, r in enumerate(rows, 1)])
    own = training_curve(Context(parse("2026-Q3"), (parse("2026-Q3"),), settings={}), design).query("variant == 'as_planned'")
    assert np.interp(rows[0]["smallest_sd"], own["effect_sd"], own["chance"]) == pytest.approx(0.8, abs=0.015)
    few = design_rows(TrainingPlan(**{**lot.__dict__, "seats": (10,)}), unlike()[0], PEOPLE, unlike()[1], "2026-Q3")[0]
    assert (few["status"], few["reason"]) == ("not_estimable", "units_too_unlike")


def test_waves_of_unlike_offices_promise_less() -> None:
    plan = TrainingPlan(**{**PLAN.__dict__, "icc": 0.2, "pre": 0.5})
    even, rows = (design_rows(plan, f[0], PEOPLE, f[1], "2026-Q3")[0] for f in (office(0.6), unlike()))
    assert float(rows["smallest_sd"]) > 1.3 * float(even["smallest_sd"])


def test_leavers_by_chance_are_part_of_what_a_plan_promises() -> None:
    """With 40 seats of 300 and a tenth leaving, one course in five has no verdict at all, though nobody leaves because of it."""
    roster, outcomes = office(0.6)
    few, none, many = (TrainingPlan(**{**PLAN.__dict__, "assigned_by": "drawn", "seats": (n,), "attrition": a, "smallest": 0.9})
                       for n, a in ((60, 0.1), (60, 0.0), (20, 0.1)))
    rows = [design_rows(p, roster, PEOPLE, outcomes, "2026-Q3")[0] for p in (few, none, many)]
    rng, share = np.random.default_rng(1), 0
    sent = np.arange(300) < 60
    for _ in range(1000):
        share += attrition(rng.random(300) > 0.1, sent).low
    assert rows[0]["shown"] == pytest.approx(share / 1000, abs=0.04)
    assert rows[0]["chance"] == pytest.approx(rows[0]["shown"], abs=0.01)  # an effect so large is missed for no other cause
    assert rows[1]["shown"] == 1.0 and rows[1]["chance"] > 0.99
    assert (rows[2]["status"], rows[2]["reason"]) == ("not_estimable", "leavers_may_withhold")
    by = {r["variant"]: r for r in design_rows(many, roster, PEOPLE, outcomes, "2026-Q3")}
    assert by["everybody"]["status"] == "estimated"
