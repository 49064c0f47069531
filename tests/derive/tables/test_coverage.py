from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.derive.context import Context
from evalkit.derive.tables import coverage
from evalkit.derive.tables.faults import fault_counts
from evalkit.tables.schema import TABLES

Frames = dict[str, pd.DataFrame]
NO_FAULTS = pd.DataFrame({"opd_id": pd.Series(dtype="str"), "open": pd.Series(dtype="int64")})


@pytest.fixture
def made(chain: Callable[..., Frames], frames: Frames) -> Frames:
    return chain(frames)


def plans(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"exported_at": datetime(2026, 10, 1), "year": 2026, "import_id": "i"}
    return TABLES["skp_plans"].conform(pd.DataFrame([{**base, "skp_id": str(n), **r} for n, r in enumerate(rows)]))


def test_coverage_is_counted_by_hand(context: Context, made: Frames) -> None:
    faults = pd.DataFrame({"opd_id": ["a", "b", ""], "open": [3, 1, 2]})
    table = coverage.coverage(context, made["roster"], faults)
    now = table[table["period"] == "2026-Q3"].set_index(["scope", "scope_id"])
    columns = ["expected", "rated", "missing", "faults_open", "evaluators_waited", "evaluators", "units_waited"]
    assert now.loc[("city", ""), columns].tolist() == [10, 8, 2, 6, 1, 3, 2]
    assert now.loc[("unit", "a"), columns].tolist() == [6, 5, 1, 3, 1, 2, 1]
    assert now.loc[("unit", "b"), columns].tolist() == [4, 3, 1, 1, 0, 2, 1]
    assert now.loc[("evaluator", "p01"), ["expected", "rated"]].tolist() == [5, 4]
    assert now.loc[("city", ""), ["due_at", "days_left", "due_confirmed"]].tolist() == [date(2026, 10, 14), 2, False]
    assert now.loc[("unit", "b"), "share_rated"] == 0.75


def test_groups_add_up_with_the_unknown(context: Context, made: Frames) -> None:
    table = coverage.coverage(context, made["roster"], NO_FAULTS)
    now = table[(table["period"] == "2026-Q3") & (table["scope"] == "group")]
    assert now.set_index("scope_id")["expected"].to_dict() == {"sex=F": 5, "sex=M": 4, "sex=unknown": 1}


def test_after_the_deadline_days_are_negative(context: Context, made: Frames) -> None:
    late = replace(context, settings={**context.settings, "as_of": date(2026, 10, 20)})
    assert coverage.coverage(late, made["roster"], NO_FAULTS).query("period == '2026-Q3'")["days_left"].unique().tolist() == [-6]


def test_nobody_expected_is_a_row_without_a_share(context: Context, made: Frames) -> None:
    table = coverage.coverage(context, made["roster"].iloc[:0], NO_FAULTS)
    assert table[["scope", "expected", "rated"]].to_numpy().tolist() == [["city", 0, 0]]
    assert table["share_rated"].isna().all()


def reasons(context: Context, made: Frames, plan: pd.DataFrame | None = None) -> dict[str, tuple[str, str]]:
    table = coverage.unrated(context, made["roster"], made["appraisals_current"], TABLES["skp_plans"].empty() if plan is None else plan)
    return {r.person_id: (r.reason, r.solver) for r in table.itertuples()}


def test_reasons_say_what_the_exports_show(context: Context, made: Frames) -> None:
    assert reasons(context, made) == {"p05": ("not_rated", "superior"), "p09": ("no_evaluator", "personnel_officer")}


@pytest.mark.parametrize(("status", "reason", "solver"), [
    ("draft", "plan_not_submitted", "employee"), (None, "plan_not_submitted", "employee"),
    ("pengajuan", "plan_not_approved", "superior"), ("persetujuan", "not_rated", "superior")])
def test_the_state_of_the_plan_names_who_is_next(context: Context, made: Frames, status: str | None, reason: str, solver: str) -> None:
    given_plans = plans({"person_id": "p05", "skp_status": "draft", "exported_at": datetime(2026, 1, 5)},
                        {"person_id": "p05", "skp_status": status}, {"person_id": "p05", "skp_status": "persetujuan", "year": 2025})
    assert reasons(context, made, given_plans)["p05"] == (reason, solver)


def test_who_is_in_no_export_is_told_so(context: Context, chain: Callable[..., Frames], frames: Frames) -> None:
    rows = frames["appraisals"][frames["appraisals"]["appraisal_id"] != "p02-2026-Q3"]
    made = chain({**frames, "appraisals": rows})
    assert reasons(context, made)["p02"][0] == "not_in_export"
    assert reasons(context, made, plans({"person_id": "p03", "skp_status": "persetujuan"}))["p02"][0] == "plan_not_submitted"


def test_two_rows_of_a_moved_person_are_the_reason(context: Context, chain: Callable[..., Frames], frames: Frames) -> None:
    rows = frames["appraisals"]
    old = rows[rows["appraisal_id"] == "p05-2026-Q3"].assign(appraisal_id="p05-old", unit_id="b", predikat="baik",
                                                             hasil_kerja="sesuai", perilaku_kerja="sesuai")
    made = chain({**frames, "appraisals": pd.concat([rows, old], ignore_index=True)})
    assert reasons(context, made)["p05"] == ("moved_unit", "bkppd")


def test_an_acting_row_alone_and_half_a_rating(context: Context, chain: Callable[..., Frames], frames: Frames) -> None:
    rows = frames["appraisals"].copy()
    rows.loc[rows["appraisal_id"] == "p03-2026-Q3", "is_acting"] = True
    rows.loc[rows["appraisal_id"] == "p05-2026-Q3", "hasil_kerja"] = "sesuai"
    found = reasons(context, chain({**frames, "appraisals": rows}))
    assert (found["p03"][0], found["p05"][0]) == ("only_acting", "incomplete")


def test_counts_of_reasons_add_up(context: Context, made: Frames) -> None:
    table = coverage.unrated(context, made["roster"], made["appraisals_current"], TABLES["skp_plans"].empty())
    counts = coverage.unrated_counts(context, table)
    assert counts.groupby("scope")["n"].sum().to_dict() == {"city": 2, "unit": 2}
    assert counts[counts["scope"] == "unit"].set_index("scope_id")["reason"].to_dict() == {"a": "not_rated", "b": "no_evaluator"}


def test_waiting_names_evaluators_by_code_only(context: Context, made: Frames) -> None:
    table = coverage.waiting(context, made["roster"]).set_index("rater_id")
    assert table[["missing", "due", "opd_id"]].to_dict("index") == {
        "p01": {"missing": 1, "due": 5, "opd_id": "a"}, "none:b": {"missing": 1, "due": 1, "opd_id": "b"}}
    assert table.loc["none:b", "code"] == ""
    assert len(table.loc["p01", "code"]) == 6


def test_codes_stay_the_same_when_others_come_and_change_with_the_seed() -> None:
    few, many = pd.Series([f"p{n}" for n in range(20)]), pd.Series([f"p{n}" for n in range(500)])
    one, two = coverage.evaluator_codes(few, 7), coverage.evaluator_codes(many, 7)
    assert sum(one[r] != two[r] for r in one) <= 1
    assert coverage.evaluator_codes(few, 8) != one


@given(st.sets(st.text("abcdefgh", min_size=1, max_size=6), max_size=60), st.integers(0, 99))
def test_codes_are_unique_and_well_formed(raters: set[str], seed: int) -> None:
    codes = coverage.evaluator_codes(pd.Series(sorted(raters), dtype="object"), seed)
    assert len(set(codes.values())) == len(raters)
    assert all(len(c) == 6 and c.startswith("P-") and c[2:].isdigit() for c in codes.values())


def test_more_evaluators_than_four_digits_hold() -> None:
    codes = coverage.evaluator_codes(pd.Series([f"p{n}" for n in range(12_000)]), 1)
    assert len(set(codes.values())) == 12_000
    assert {len(c) for c in codes.values()} == {7}


def test_steps_add_up(context: Context, made: Frames) -> None:
    steps = coverage.denominator(context, made["population"])
    for _, rows in steps.groupby("period"):
        whole = rows.set_index("step")["n"]
        assert whole.drop("expected").sum() == whole["expected"]
    now = steps[steps["period"] == "2026-Q3"]
    assert now[["order", "reason", "n"]].to_numpy().tolist() == [
        [0, "listed", 12], [1, "left_during", -1], [2, "other_cycle", -1], [3, "expected", 10]]


def test_progress_is_cumulative_from_the_day_after_the_period(context: Context, made: Frames) -> None:
    table = coverage.progress(context, made["roster"])
    city = table[table["scope"] == "city"].set_index("day")["rated"]
    assert (city.index[0], city.index[-1]) == (pd.Timestamp(2026, 10, 1), pd.Timestamp(2026, 10, 12))
    assert city.tolist() == [0] * 4 + [8] * 8
    last = table[table["day"] == city.index[-1]].groupby("scope")[["rated", "expected"]].sum()
    assert last.loc["unit"].tolist() == last.loc["city"].tolist() == [8, 10]


def test_early_late_and_undated_ratings_stay_inside_the_days(context: Context, made: Frames) -> None:
    roster = made["roster"].copy()
    roster["rated_at"] = roster["rated_at"].astype("object")
    roster.loc[roster["person_id"] == "p01", "rated_at"] = pd.Timestamp(2026, 9, 3)
    roster.loc[roster["person_id"] == "p02", "rated_at"] = None
    roster.loc[roster["person_id"] == "p03", "rated_at"] = pd.Timestamp(2026, 11, 3)
    city = coverage.progress(context, roster).query("scope == 'city'")["rated"].tolist()
    assert (city[0], city[-1]) == (2, 8)


def test_long_after_the_deadline_the_line_ends(context: Context, made: Frames) -> None:
    late = replace(context, settings={**context.settings, "as_of": date(2030, 1, 1)})
    assert coverage.progress(late, made["roster"])["day"].max() == pd.Timestamp(2026, 12, 13)
    assert coverage.progress(late, made["roster"].iloc[:0]).empty


def test_within_the_period_the_days_begin_with_it(context: Context, made: Frames) -> None:
    early = replace(context, settings={**context.settings, "as_of": date(2026, 7, 3)})
    assert coverage.progress(early, made["roster"])["day"].nunique() == 3


def test_faults_are_counted_by_office_and_rule(context: Context, made: Frames) -> None:
    base = {"remedy": "r", "severity": "error", "first_seen": datetime(2026, 10, 1), "last_seen": datetime(2026, 10, 1), "rule": "x"}
    rows = [{"unit_id": "a1", "period": "2026-Q3", "status": "open"}, {"unit_id": "a", "period": "2026-Q3", "status": "corrected"},
            {"unit_id": "b", "period": "2026-Q2", "status": "open"}, {"unit_id": "b", "period": "2026-Q3", "status": "gone"},
            {"unit_id": None, "period": None, "status": "open", "severity": "warning"}]
    faults = TABLES["faults"].conform(pd.DataFrame([{**base, "fault_id": str(n), **r} for n, r in enumerate(rows)]))
    table = fault_counts(context, faults, made["units_current"])
    assert table.to_dict("records") == [
        {"opd_id": "", "rule": "x", "severity": "warning", "rows": 1, "open": 1},
        {"opd_id": "a", "rule": "x", "severity": "error", "rows": 2, "open": 1}]
