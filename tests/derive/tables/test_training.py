"""Courses, outcomes and plans counted by hand in the small city."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.plans import copy_plans, frozen_plan, latest_plan, list_digest, plan_texts, save_plan
from evalkit.derive.tables.training_courses import first_full, index_of, training_courses, training_deviations, training_people
from evalkit.derive.tables.training_impact import _effect, _population, _within
from evalkit.derive.tables.training_lots import by_lot, lot_of, lot_people
from evalkit.derive.tables.training_needs import training_hours
from evalkit.derive.tables.training_outcomes import training_outcomes
from evalkit.derive.tables.training_plans import (
    candidates,
    default_plan,
    design_rows,
    training_curve,
    training_design,
    training_waves,
)
from evalkit.errors import DeriveError
from evalkit.exhibits.reports.training_base import UNITS
from evalkit.impact.outcomes import OUTCOMES
from evalkit.impact.plan import TrainingPlan, frozen_of
from evalkit.impact.waves import draw_waves
from evalkit.language.catalogue import catalogue
from evalkit.tables.periods import parse
from tests.derive.conftest import frame

WINDOW = tuple(parse(p) for p in ("2026-Q1", "2026-Q2", "2026-Q3"))
PLAN = frozen_of(TrainingPlan("loket", "LOKET", seats=(2, 2), assigned_by="drawn", outcomes={"late_minutes": "less"}, hours=8, attrition=0.0),
                 date(2026, 1, 5))


def context(*plans: TrainingPlan, draws: tuple[tuple[str, str, str], ...] = ()) -> Context:
    settings = {"plans": tuple(p.as_text() for p in plans), "draws": draws, "seed": 1, "min_group": 10}
    return Context(WINDOW[-1], WINDOW, settings=settings)


def roster() -> pd.DataFrame:
    rows = []
    for period in ("2026-Q2", "2026-Q3"):
        for i in range(12):
            pair = ("sesuai", "di_atas") if i == 0 and period == "2026-Q3" else ("sesuai", "sesuai")
            rows.append({"person_id": f"p{i:02d}", "period": period, "population": "asn", "instrument": "x", "unit_id": "abc"[i % 3],
                         "opd_id": "abc"[i % 3], "superior_id": f"s{'abc'[i % 3]}", "hasil_kerja": pair[0], "perilaku_kerja": pair[1],
                         "predikat": "baik", "is_rated": True, "is_head": False, "is_rule_determined": False, "employment": "pns"})
    return pd.DataFrame(rows)


def lists() -> tuple[pd.DataFrame, pd.DataFrame]:
    courses = frame("courses", [
        {"course_id": "loket-1", "name": "LOKET", "audience": "staff", "start": date(2026, 4, 2), "end": date(2026, 4, 3), "hours": 8.0, "wave": 1},
        {"course_id": "loket-2", "name": "Loket", "audience": "staff", "start": date(2026, 7, 2), "end": date(2026, 7, 3), "hours": 8.0, "wave": 2}])
    enrolments = frame("enrolments", [
        {"person_id": "p00", "course_id": "loket-1", "assigned_by": "drawn", "invited": True, "completed": True, "attended_hours": 8.0},
        {"person_id": "p01", "course_id": "loket-1", "assigned_by": "drawn", "invited": True, "completed": False, "attended_hours": 0.0},
        {"person_id": "p02", "course_id": "loket-2", "assigned_by": "drawn", "invited": True, "completed": True, "attended_hours": 8.0},
        {"person_id": "p03", "course_id": "loket-1", "assigned_by": "drawn", "invited": False, "completed": False, "attended_hours": 0.0},
        {"person_id": "gone", "course_id": "loket-1", "assigned_by": "drawn", "completed": True, "attended_hours": 8.0}])
    return courses, enrolments


def attendance() -> pd.DataFrame:
    return frame("attendance", [{"person_id": f"p{i:02d}", "month": m, "days_due": 20, "days_absent": 10 if i == 1 else 0, "late_minutes": 10 * i}
                                for m in ("2026-05", "2026-07") for i in range(12)])


def outcomes() -> pd.DataFrame:
    empty = {t: frame(t, []) for t in ("ratings", "indicators", "vignette_key", "outcomes")}
    return training_outcomes(context(), roster(), attendance(), *empty.values())


def test_test_scores_of_employees_belong_to_the_period_around_them() -> None:
    def score(person: str, period: str, value: float | None, measure: str = "test", kind: str = "employee") -> dict[str, object]:
        return {"instrument": f"tes-{period}-{value}", "object_id": person, "object_kind": kind, "period": period, "measure": measure, "value": value}

    rows = [score("p00", "2026-Q2", 60.0), score("p00", "2026-08", 70.0), score("p00", "2026-Q3", 90.0), score("p01", "2026-Q3", None),
            score("p02", "2026-Q3", 50.0, measure="absen"), score("p03", "2026-Q3", 50.0, kind="unit"), score("p04", "2020-Q1", 50.0),
            score("nobody", "2026-Q3", 50.0)]
    empty = [frame(t, []) for t in ("ratings", "indicators", "vignette_key")]
    found = training_outcomes(context(), roster(), attendance(), *empty, frame("outcomes", rows))
    found = found[found["outcome"].eq("test")].sort_values("period")
    assert found[["person_id", "period", "value", "n", "unit_id", "audience"]].to_numpy().tolist() == [
        ["p00", "2026-Q2", 60.0, 1, "a", "staff"], ["p00", "2026-Q3", 80.0, 2, "a", "staff"]]


def test_people_of_a_course_by_hand() -> None:
    found = training_people(context(), roster(), *lists()).set_index("person_id")
    assert found["course"].unique().tolist() == ["loket"]
    assert found["first_treated"].to_dict() | {"p03": None} == {"p00": "2026-Q2", "p01": "2026-Q2", "p02": "2026-Q3", "gone": "2026-Q2", "p03": None}
    assert pd.isna(found.loc["p03", "first_treated"])
    assert bool(found.loc["gone", "invited"]) is True  # a list without the column names those who came
    assert found.loc["p01", "unit_id"] == "b"


def test_a_course_counts_from_the_period_of_which_most_lies_after_it() -> None:
    assert first_full(date(2026, 4, 3), WINDOW) == "2026-Q2"
    assert first_full(date(2026, 5, 3), WINDOW) == "2026-Q3"
    assert first_full(date(2025, 1, 1), WINDOW) == "2026-Q1"
    assert index_of("2026-Q4", WINDOW) == 3


def test_one_row_a_course_and_what_left_the_plan() -> None:
    people = training_people(context(), roster(), *lists())
    courses = training_courses(context(PLAN), roster(), lists()[0], people, frame("survey_responses", []))
    row = courses.iloc[0]
    assert (row["enrolled"], row["invited"], row["completed"], row["waves"], row["assigned_by"]) == (5, 4, 3, 2, "drawn")
    assert (row["first_start"], row["last_end"], row["here"]) == (date(2026, 4, 2), date(2026, 7, 3), True)
    assert (row["plan_state"], row["primary"], row["direction"]) == ("frozen", "late_minutes", "less")
    assert training_deviations(context(PLAN), courses, people).empty
    other = frozen_of(replace(PLAN, seats=(30, 30), assigned_by="score"), date(2026, 5, 1))
    moved = training_deviations(context(other), training_courses(context(other), roster(), lists()[0], people, frame("survey_responses", [])), people)
    assert moved["code"].tolist() == ["late", "assigned_by", "seats"]


@pytest.mark.parametrize(("seats", "held", "found"), [
    ([("1", "p00"), ("1", "p01"), ("2", "p02"), ("2", "gone"), ("", "p03")], "", [["drawn", "4", "1"]]),  # one came to the other wave
    ([("1", "p00"), ("1", "p01"), ("1", "gone"), ("2", "p02")], "", []),
    ([("1", "p00"), ("1", "p05"), ("1", "gone"), ("2", "p02"), ("3", "p07")], "", [["drawn", "4", "2"]]),  # another came; the third wave is to come
    ([("1", "p00")], "changed", [["list_gone", "", ""]]), ([("1", "p00")], "gone", [["list_gone", "", ""]])])
def test_who_was_invited_is_compared_with_who_was_drawn(seats: list[tuple[str, str]], held: str, found: list[list[str]]) -> None:
    rows = [[wave, code, "0.500000000"] for wave, code in seats]
    text = "gelombang,kode,nomor\r\n" + "".join(",".join(r) + "\r\n" for r in rows)
    digest = list_digest(rows)
    text = {"": text, "changed": text.replace("p00", "p09"), "gone": ""}[held]
    plan = frozen_of(replace(PLAN, seats=(3, 1), list_digest=digest), date(2026, 1, 5))
    own = context(plan, draws=(("loket", plan.list_digest, text),))
    people = training_people(own, roster(), *lists())
    courses = training_courses(own, roster(), lists()[0], people, frame("survey_responses", []))
    rows_found = training_deviations(own, courses, people)
    wanted = [[c, b or digest, a] for c, b, a in found]
    assert (rows_found[["code", "planned", "happened"]].to_numpy().tolist() if len(rows_found) else []) == wanted


def test_no_lists_and_no_plans() -> None:
    empty = frame("courses", []), frame("enrolments", [])
    people = training_people(context(), roster(), *empty)
    assert people.empty
    assert training_courses(context(), roster(), empty[0], people, frame("survey_responses", [])).empty
    only = training_courses(context(PLAN), roster(), empty[0], people, frame("survey_responses", []))
    assert only[["course", "enrolled", "plan_state"]].to_numpy().tolist() == [["loket", 0, "frozen"]]
    assert training_hours(context(), roster(), *empty)["below"].iloc[0] == 12


def test_outcomes_by_hand() -> None:
    found = outcomes().set_index(["outcome", "person_id", "period"])["value"]
    assert found["late_minutes", "p02", "2026-Q2"] == pytest.approx(20 / 20)
    assert found["late_minutes", "p01", "2026-Q3"] == pytest.approx(10 / 10)  # ten days due of twenty were there
    assert found["absent_share", "p01", "2026-Q2"] == 0.5
    assert found["sangat_baik", "p00", "2026-Q3"] == 0
    assert found["split", "sa", "2026-Q3"] == pytest.approx(1 / 4)
    assert found["repeated", "sa", "2026-Q3"] == pytest.approx(3 / 4)
    assert ("repeated", "sa", "2026-Q2") not in found.index  # nothing came before
    raters = outcomes().set_index(["outcome", "person_id", "period"])["rater_id"]
    assert raters["sangat_baik", "p00", "2026-Q3"] == "sa"
    assert pd.isna(raters["late_minutes", "p02", "2026-Q2"])  # no rating


def test_hours_by_hand() -> None:
    found = training_hours(context(), roster(), *lists()).set_index("scope_id")
    assert found.loc["", ["n", "below", "hours_due"]].astype(float).tolist() == [12, 12, 12 * 20 - 16]


def test_the_design_of_a_plan() -> None:
    people = training_people(context(), roster(), *lists())
    rows = design_rows(replace(PLAN, seats=(3,)), roster(), people.iloc[:0], outcomes(), "2026-Q3")
    plan = rows[0]
    assert (plan["people"], plan["units"], plan["seats"], plan["outcome"]) == (12, 3, 3, "late_minutes")
    assert plan["status"] == "estimated"
    assert 0 < plan["chance"] < 1
    assert plan["smallest_unit"] == pytest.approx(plan["smallest_sd"] * plan["sd"])
    assert {r["variant"] for r in rows} >= {"as_planned", "double", "enough", "everybody", "by_unit", "by_cut"}
    cut = {r["variant"]: r for r in design_rows(replace(PLAN, seats=(3,), assigned_by="score"), roster(), people.iloc[:0], outcomes(), "2026-Q3")}
    assert set(cut) >= {"by_unit", "by_person"}  # the lot among the same candidates is what shows more than their score
    assert cut["by_person"]["smallest_sd"] == pytest.approx(plan["smallest_sd"])
    assert cut["by_person"]["smallest_sd"] < cut["as_planned"]["smallest_sd"]


def test_a_drawn_list_is_whom_the_chance_is_told_of() -> None:
    people = training_people(context(), roster(), *lists())
    whole = design_rows(replace(PLAN, seats=(2,)), roster(), people.iloc[:0], outcomes(), "2026-Q3")[0]
    codes = [f"p{i:02d}" for i in range(10)]
    rows = [["1" if i < 2 else "", c, "0.1"] for i, c in enumerate(codes)]
    text = "gelombang,kode,nomor\r\n" + "".join(",".join(r) + "\r\n" for r in rows)
    plan = replace(PLAN, seats=(2,), list_digest=list_digest(rows))
    own = context(plan, draws=(("loket", plan.list_digest, text),))
    courses = training_courses(own, roster(), lists()[0].iloc[:0], people.iloc[:0], frame("survey_responses", []))
    found = training_design(own, roster(), courses, people.iloc[:0], outcomes())
    planned = found[found["variant"].eq("as_planned").to_numpy(dtype=bool)].iloc[0]
    assert (whole["people"], planned["people"]) == (12, 10)
    assert planned["smallest_sd"] != whole["smallest_sd"]


@pytest.mark.parametrize(("plan", "reason"), [
    (replace(PLAN, seats=(12,)), "no_comparison"), (replace(PLAN, outcomes={}), "no_outcome"),
    (replace(PLAN, outcomes={"achieved": "more"}), "not_measured"),
    (replace(PLAN, assigned_by="volunteer"), "volunteers"), (replace(PLAN, outcomes={"sangat_baik": "more"}), "constant")])
def test_a_plan_that_cannot_be_judged_says_why(plan: TrainingPlan, reason: str) -> None:
    people = training_people(context(), roster(), *lists())
    rows = design_rows(plan, roster(), people.iloc[:0], outcomes(), "2026-Q3")
    assert (rows[0]["status"], rows[0]["reason"]) == ("not_estimable", reason)


def test_all_waves_of_a_lot_among_people_are_counted() -> None:
    people = training_people(context(), roster(), *lists()).iloc[:0]

    def planned(plan: TrainingPlan) -> dict[str, dict[str, object]]:
        return {str(r["variant"]): r for r in design_rows(plan, roster(), people, outcomes(), "2026-Q3")}

    one, two = planned(replace(PLAN, seats=(3,))), planned(replace(PLAN, seats=(3, 3)))
    assert "first_wave" not in one
    assert float(str(two["as_planned"]["smallest_sd"])) < float(str(two["first_wave"]["smallest_sd"]))
    assert two["first_wave"]["smallest_sd"] == one["as_planned"]["smallest_sd"]
    # nobody is left when the last wave comes: it tells nothing more
    assert planned(replace(PLAN, seats=(3, 9)))["as_planned"]["smallest_sd"] == pytest.approx(one["as_planned"]["smallest_sd"])


def test_waves_that_overlap_and_leave_nobody_cannot_be_judged() -> None:
    """Held in the middle of two quarters that follow each other: while the first is measured, the second is in its course."""
    people = training_people(context(), roster(), *lists()).iloc[:0]
    for drawn, days, reason in (("person", ("2027-02-12", "2027-05-12"), "nobody_waits"), ("unit", ("2027-02-12", "2027-05-12"), "too_few_units"),
                                ("person", ("2027-01-04", "2027-04-05"), None), ("person", ("2027-02-12", "2027-08-12"), None)):
        rows = design_rows(replace(PLAN, seats=(6, 6), starts=days, drawn=drawn), roster(), people, outcomes(), "2026-Q3")
        assert rows[0]["reason"] == reason
        assert reason != "nobody_waits" or not {"enough", "double", "everybody"} & {r["variant"] for r in rows}
    held = design_rows(replace(PLAN, seats=(4, 4), starts=("2027-02-12", "2027-05-12")), roster(), people, outcomes(), "2026-Q3")
    apart = design_rows(replace(PLAN, seats=(4, 4), starts=("2027-02-12", "2027-08-12")), roster(), people, outcomes(), "2026-Q3")
    assert held[0]["smallest_sd"] > apart[0]["smallest_sd"]  # those in the second course are no comparison for the first


def test_a_plan_of_fewer_than_five_whole_units_promises_nothing() -> None:
    people = training_people(context(), roster(), *lists())
    rows = design_rows(replace(PLAN, seats=(3,), drawn="unit"), roster(), people.iloc[:0], outcomes(), "2026-Q3")
    assert (rows[0]["status"], rows[0]["reason"]) == ("not_estimable", "too_few_units")
    by_person = next(r for r in rows if r["variant"] == "by_person")
    assert by_person["status"] == "estimated"


def test_tables_of_all_courses() -> None:
    people = training_people(context(), roster(), *lists())
    courses = training_courses(context(), roster(), lists()[0], people, frame("survey_responses", []))
    few = training_design(context(), roster(), courses, people, outcomes())
    assert few["reason"].dropna().unique().tolist() == ["too_few_units", "not_enough_people"]  # five on the list of a lottery
    assert training_curve(context(), few).empty
    only = training_courses(context(PLAN), roster(), lists()[0], people.iloc[:0], frame("survey_responses", []))
    curve = training_curve(context(), training_design(context(PLAN), roster(), only, people.iloc[:0], outcomes()))
    planned = curve[curve["variant"].eq("as_planned")]
    assert planned["chance"].is_monotonic_increasing
    waves = training_waves(context(), courses, people, outcomes())
    assert waves[["wave", "seats"]].to_numpy().tolist() == [[1, 3], [2, 1]]
    assert waves["start"].tolist() == [date(2026, 4, 2), date(2026, 7, 2)]
    assert candidates(roster(), "2026-Q3", "evaluator")["person_id"].tolist() == ["sa", "sb", "sc"]


def test_versions_of_a_plan_stay(study, tmp_path) -> None:
    draft = replace(PLAN, frozen=False)
    first = save_plan(study, draft, date(2026, 1, 2))
    assert save_plan(study, draft, date(2026, 1, 3)) == first
    frozen = save_plan(study, draft, date(2026, 1, 4), freeze=True)
    save_plan(study, replace(draft, smallest=0.1), date(2026, 1, 6))
    assert latest_plan(study, "loket").smallest == 0.1
    assert frozen_plan(study, "loket").saved_at == "2026-01-04"
    assert frozen_plan(study, "other") is None
    assert frozen.name.endswith(f"-frozen-{draft.digest}.json")
    assert len(plan_texts(study.root)) == 3
    assert len(plan_texts(study.root, date(2026, 1, 3))) == 1
    copy_plans(study.root, tmp_path / "copy", date(2026, 1, 4))
    assert len(plan_texts(tmp_path / "copy")) == 2
    with pytest.raises(DeriveError):
        save_plan(study, replace(draft, outcomes={}), date(2026, 1, 7), freeze=True)


def test_a_file_that_is_no_plan_is_passed_over(study) -> None:
    save_plan(study, PLAN, date(2026, 1, 2))
    (study.root / "plans" / "loket" / "x.json").write_text("{", encoding="utf-8")
    assert len(plan_texts(study.root)) == 1


def test_what_people_thought_is_counted_from_five_answers_on() -> None:
    people = training_people(context(), roster(), *lists())
    answers = [{"instrument": "kesan", "respondent_id": f"r{i}", "period": "2026-Q2", "question": "q1", "response": 4.0, "course_id": "loket-1"}
               for i in range(5)]
    row = training_courses(context(), roster(), lists()[0], people, frame("survey_responses", answers)).iloc[0]
    assert (row["reaction_n"], row["reaction_mean"]) == (5, 4.0)
    few = training_courses(context(), roster(), lists()[0], people, frame("survey_responses", answers[:4]))
    assert "reaction_n" not in few


def test_outcomes_of_evaluators_from_vignettes_and_double_ratings_by_hand() -> None:
    """Evaluator sa answers form A and then B in one quarter; two of her people are rated twice."""
    key = frame("vignette_key", [{"instrument": "v", "object_id": f"{f}{n}", "item": i, "expert_rating": e, "n_experts": 5, "form": f}
                                 for f in "AB" for n in (1, 2) for i, e in (("x", 3.0), ("y", 5.0))])
    given = {"A1": (3, 3), "A2": (4, 4), "B1": (3, 5), "B2": (3, 5)}
    rows = [{"instrument": "v", "object_id": o, "object_kind": "vignette", "rater_id": "sa", "item": i, "occasion": "1", "period": "2026-Q3",
             "rating": float(v), "answered_at": pd.Timestamp("2026-07-02" if o[0] == "A" else "2026-08-20")}
            for o, pair in given.items() for i, v in zip("xy", pair, strict=True)]
    rows += [{"instrument": "d", "object_id": p, "object_kind": "employee", "rater_id": "sz", "item": i, "occasion": "1", "period": "2026-Q3",
              "is_blind_second": True, "rating": r} for p, pair in {"p00": (2.0, 2.0), "p03": (2.0, 2.0)}.items()
             for i, r in zip(("hasil_kerja", "perilaku_kerja"), pair, strict=True)]
    found = training_outcomes(context(), roster(), attendance(), frame("ratings", rows), frame("indicators", []), key, frame("outcomes", []))
    own = found[found["person_id"].eq("sa") & found["period"].eq("2026-Q3")].set_index(["outcome", "turn"])
    assert own.loc[("accuracy", 1), ["value", "form"]].tolist() == [pytest.approx((0 + 2 + 1 + 1) / 4), "A"]
    assert own.loc[("accuracy", 2), ["value", "form"]].tolist() == [0, "B"]
    assert (own.loc[("halo", 1), "value"], own.loc[("spread", 2), "value"]) == (0, 0)
    assert own.loc[("spread", 1), "value"] == pytest.approx(2 ** -0.5)
    assert own.loc[("halo", 2), "value"] == pytest.approx(2 ** 0.5)
    assert own.loc[("agreement", 1), ["value", "n"]].tolist() == [3 / 4, 4]  # p00 was given above expectation for behaviour
    assert own.loc[("agreement", 1), "unit_id"] == "a"


def test_pages_write_every_outcome_in_its_own_unit_and_name_it() -> None:
    assert {name: o.unit for name, o in OUTCOMES.items()} == UNITS
    for name in OUTCOMES:
        for key in (f"training.outcome.{name}.name", f"training.better.{name}", f"training.level.{name}"):
            assert set(catalogue()[key]) >= {"id", "en"}


def test_a_course_without_a_plan_is_judged_first_by_what_was_measured_before_it() -> None:
    people = training_people(context(), roster(), *lists())
    courses = training_courses(context(), roster(), lists()[0], people, frame("survey_responses", []))
    late = outcomes()
    row = courses.iloc[0].to_dict()
    assert next(iter(default_plan(context(), row, people.assign(first_treated="2026-Q3"), late).outcomes)) == "late_minutes"
    late = late[~(late["outcome"].eq("late_minutes") & late["period"].eq("2026-Q2"))]
    assert next(iter(default_plan(context(), row, people.assign(first_treated="2026-Q3"), late).outcomes)) == "absent_share"
    assert next(iter(default_plan(context(), row, people.iloc[:0], late).outcomes)) == "late_minutes"


@pytest.mark.parametrize(("day", "wave", "begun"), [(date(2026, 4, 2), 1.0, 1.0), (date(2026, 5, 20), 2.0, 1.0), (date(2026, 6, 29), 2.0, 1.0)])
def test_the_period_of_a_course_is_known_beside_the_first_that_counts(day: date, wave: float, begun: float) -> None:
    courses, enrolments = lists()
    courses = courses.assign(start=day, end=day)
    people = training_people(context(), roster(), courses, enrolments)
    row = {"course": "loket", "assigned_by": "drawn"}
    found = _population(context(), row, people, outcomes()).set_index("person_id")
    assert found.loc["p00", ["wave", "begun"]].tolist() == [wave, begun]
    assert found.loc["p03", ["wave", "begun"]].isna().all()  # on the list, not invited
    late = _population(context(), row, training_people(context(), roster(), courses.assign(start=date(2026, 9, 2), end=date(2026, 9, 2)), enrolments),
                       outcomes()).set_index("person_id")
    assert late.loc["p00", ["invited", "begun"]].tolist() == [False, 2.0]  # trained after the period that is reported, but held within it


def test_a_lot_of_whole_units_is_read_only_if_its_seed_gives_it() -> None:
    people = pd.DataFrame({"person_id": [f"p{i}" for i in range(7)], "unit_id": list("aaabbcc")})
    drawn = draw_waves(people, (4, 2), seed=5, name="loket", drawn="unit")
    rows = [["" if pd.isna(w) else str(w), p, f"{k:.9f}", u] for p, u, k, w in drawn.itertuples(index=False)]
    text = "gelombang,kode,nomor,unit\n" + "".join(",".join(r) + "\n" for r in rows)
    plan = replace(PLAN, drawn="unit", seats=(4, 2), seed=5, list_digest=list_digest(rows))
    found = lot_people(plan, text)
    assert found is not None
    lot = lot_of(plan, found)
    assert (lot.units, lot.sizes, lot.seats) == (("a", "b", "c"), (3, 2, 2), (4, 2))
    assert dict(zip(lot.units, lot.waves, strict=True)) == drawn.groupby("unit_id")["wave"].first().fillna(0).to_dict()
    for other in (replace(plan, seats=(7, 2)), replace(plan, list_digest="0" * 12), replace(plan, drawn="person")):
        assert lot_people(other, text) is None
    assert lot_people(plan, "") is None


def test_people_stand_where_the_lot_put_them() -> None:
    drawn = pd.DataFrame({"person_id": list("vwxyz"), "unit_id": list("aabbc"), "wave": [1, 1, 2, 2, 0]})
    rows = pd.DataFrame({"person_id": list("vwxy?"), "cluster": list("qabbq"), "assigned_by": "drawn", "invited": [True, True, False, False, True],
                         "completed": [True, False, False, False, True], "wave": [3.0, 3.0, None, None, 3.0], "begun": [2.0, 2.0, None, None, 2.0]})
    found = by_lot(rows, drawn).set_index("person_id")
    assert found["cluster"].to_dict() == dict(zip("vwxyz", "aabbc", strict=True))  # of the day of the draw; strangers are not there
    assert found["invited"].to_dict() == {"v": True, "w": True, "x": False, "y": False, "z": False}  # the second wave is still to come
    assert found.loc[["v", "w"], "wave"].tolist() == [3.0, 3.0]
    assert found.loc["x", "wave"] is None or pd.isna(found.loc["x", "wave"])


def test_whole_units_of_a_lot_are_not_compared_within_themselves() -> None:
    whole = pd.DataFrame({"cluster": list("aaaaaaaabbbb"), "invited": [True] * 8 + [False] * 4})
    parted = whole.assign(invited=[True] * 7 + [False] * 5)
    assert (_within(whole), _within(parted)) == (False, True)  # within a unit of one kind there is nobody to compare with


def test_people_drawn_in_units_are_compared_within_them_unless_units_are_tiny() -> None:
    tens = pd.DataFrame({"cluster": list("abcdefghij" * 10), "invited": [i < 10 for i in range(100)]})  # one of each ten
    pairs = pd.DataFrame({"cluster": np.repeat(range(50), 2), "invited": [i % 10 == 0 for i in range(100)]})
    assert (_within(tens), _within(pairs)) == (True, False)


def test_what_may_be_missed_grows_with_the_wider_range() -> None:
    from evalkit.impact.verdict import Effect

    half = 2.0859634472658364 * 1.0  # t(0.975, 20)
    plain = Effect(1.0, 1.0, 20.0, 1 - half, 1 + half, 0.3, 10.0, "drawn_units", 40, 20, 22)
    wide = replace(plain, conf_low=1 - 1.5 * half, conf_high=1 + 1.5 * half)
    assert _effect(plain)["detectable"] == pytest.approx(half + 0.8599644, abs=1e-6)
    assert _effect(wide)["detectable"] == pytest.approx(1.5 * (half + 0.8599644), abs=1e-6)
