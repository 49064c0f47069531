from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from evalkit.derive.context import Context, make_context
from evalkit.derive.tables import coverage
from evalkit.derive.tables.results import distribution
from evalkit.instruments.labels import canonical
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Study

Frames = dict[str, pd.DataFrame]
Chain = Callable[..., Frames]
LONG_AGO = date(2019, 1, 1)


def table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return TABLES[name].conform(pd.DataFrame([{"import_id": "i", **r} for r in rows]))


def of(frame: pd.DataFrame, period: str = "2026-Q3") -> pd.DataFrame:
    return frame[frame["period"] == period].set_index("person_id")


def test_the_small_city_is_counted_by_hand(chain: Chain, frames: Frames) -> None:
    found = of(chain(frames)["population"])
    assert int(found["eligible"].sum()) == 10
    assert found["reason"].dropna().to_dict() == {"p10": "other_cycle", "p11": "left_during"}
    assert found["population"].to_dict()["p10"] == "guru"


def test_an_exclusion_counts_from_its_day_on(chain: Chain, frames: Frames) -> None:
    """p04 goes on study leave on 1 October: still expected for the third quarter."""
    assert of(chain(frames)["population"])["eligible"]["p04"]
    earlier = frames["exclusions"].assign(valid_from=pd.array([date(2026, 9, 30)], dtype=frames["exclusions"]["valid_from"].dtype))
    assert of(chain({**frames, "exclusions": earlier})["population"])["reason"]["p04"] == "tugas_belajar"


def test_who_stands_only_in_the_appraisals_is_expected(chain: Chain, frames: Frames) -> None:
    found = of(chain(frames)["population"]).loc["p12"]
    assert (found["eligible"], found["unit_id"], found["superior_id"]) == (True, "a", "p01")


def test_who_stands_only_in_the_list_is_expected(chain: Chain, frames: Frames) -> None:
    rows = frames["appraisals"][frames["appraisals"]["person_id"] != "p02"]
    found = of(chain({**frames, "appraisals": rows})["roster"]).loc["p02"]
    assert (found["is_rated"], found["unit_id"], found["opd_id"]) == (False, "a1", "a")


def test_heads_of_offices_follow_their_unit_and_heads_of_parts_do_not(chain: Chain, frames: Frames) -> None:
    posts = frames["assignments"].copy()
    posts.loc[posts["person_id"] == "p02", "is_head"] = True
    found = of(chain({**frames, "assignments": posts})["population"])
    assert found.loc[["p01", "p02", "p03"], "is_head"].tolist() == [True, True, False]
    assert found.loc[["p01", "p02", "p03"], "is_rule_determined"].tolist() == [True, False, False]


def test_a_later_list_does_not_hide_who_was_rated_before(chain: Chain, frames: Frames) -> None:
    """The only list was drawn up in October: everybody with an appraisal of the quarter or before it was there."""
    late = frames["person_attributes"].assign(
        valid_from=pd.array([date(2026, 10, 1)] * len(frames["person_attributes"]), dtype=frames["person_attributes"]["valid_from"].dtype))
    posts = frames["assignments"].assign(
        valid_from=pd.array([date(2026, 10, 1)] * len(frames["assignments"]), dtype=frames["assignments"]["valid_from"].dtype))
    found = of(chain({**frames, "person_attributes": late, "assignments": posts})["population"])
    assert int(found["eligible"].sum()) == 10
    assert found.loc["p02", "sex"] == "M"


def test_a_moved_person_is_counted_once_in_her_last_office(chain: Chain, frames: Frames) -> None:
    rows = frames["appraisals"]
    moved = rows[rows["appraisal_id"] == "p03-2026-Q3"].assign(
        appraisal_id="p03-b", unit_id="b", opd_id="b", superior_id="p06",
        plan_end=pd.array([date(2026, 12, 31)], dtype=rows["plan_end"].dtype))
    found = chain({**frames, "appraisals": pd.concat([rows, moved], ignore_index=True)})
    roster = of(found["roster"])
    assert (roster.loc["p03", "opd_id"], roster.loc["p03", "superior_id"]) == ("b", "p06")
    assert roster.index.is_unique
    assert len(roster) == 10


def test_teachers_are_expected_in_their_semester_and_nobody_else(chain: Chain, frames: Frames, study: Study) -> None:
    rows = frames["appraisals"]
    semester = rows[rows["appraisal_id"] == "p08-2026-Q3"].assign(
        appraisal_id="p10-2026-S2", person_id="p10", period="2026-S2", post_title="GURU KELAS", instrument="perdirjen-gtk-7607-2023",
        predikat="baik", hasil_kerja="sesuai")
    own = make_context(study, "2026-S2", as_of=None)
    found = chain({**frames, "appraisals": pd.concat([rows, semester], ignore_index=True)}, own)
    assert set(found["appraisals_current"]["period"]) == {"2026-S2"}
    assert found["roster"][["person_id", "instrument", "is_rated"]].to_numpy().tolist() == [["p10", "perdirjen-gtk-7607-2023", True]]


def test_an_appraisal_under_another_rule_does_not_count(chain: Chain, frames: Frames) -> None:
    rows = frames["appraisals"].copy()
    rows.loc[rows["appraisal_id"] == "p01-2026-Q3", "instrument"] = "pp-30-2019"
    roster = of(chain({**frames, "appraisals": rows})["roster"])
    assert (roster.loc["p01", "is_rated"], roster.loc["p01", "instrument"]) == (False, "permenpanrb-6-2022")
    assert roster["predikat"].isna().sum() == 3


def test_pc11_who_is_missing_counts(chain: Chain, study: Study, shared: Path) -> None:
    given = pd.read_csv(shared / "cases" / "pc11-who-is-missing.csv")
    context = make_context(study, "2026-Q1", as_of=None)
    begins, ends = {"P12": date(2026, 4, 2)}, {"P11": date(2025, 12, 15)}
    people = given["person_id"].tolist()
    frames = {
        "person_attributes": table("person_attributes", [{"person_id": p, "valid_from": begins.get(p, LONG_AGO),
                                                          "valid_to": ends.get(p)} for p in people]),
        "assignments": table("assignments", [{"person_id": p, "unit_id": u, "post_title": "ANALIS", "is_acting": False,
                                              "valid_from": begins.get(p, LONG_AGO), "valid_to": ends.get(p)}
                                             for p, u in zip(people, given["unit"], strict=True)]),
        "appraisals": table("appraisals", [
            {"appraisal_id": p, "version": 1, "person_id": p, "period": "2026-Q1", "unit_id": u, "opd_id": u, "is_acting": False,
             "post_title": "ANALIS", "predikat": canonical("predikat", r), "instrument": "permenpanrb-6-2022",
             "exported_at": datetime(2026, 4, 10)}
            for p, u, r in zip(people, given["unit"], given["predikat_2026_Q1"], strict=True) if isinstance(r, str)])}
    made = chain(frames, context)
    assert int(made["population"]["eligible"].sum()) == 10
    assert of(made["population"], "2026-Q1")["reason"].dropna().to_dict() == {"P11": "left_before", "P12": "joined_after"}
    city = coverage.coverage(context, made["roster"], pd.DataFrame({"opd_id": [], "open": []})).set_index("scope").loc["city"]
    assert (city["expected"], city["rated"], city["missing"], city["share_rated"]) == (10, 8, 2, pytest.approx(0.8, abs=1e-12))
    missing = coverage.unrated(context, made["roster"], made["appraisals_current"], TABLES["skp_plans"].empty())
    assert sorted(missing["person_id"]) == ["P05", "P08"]
    counts = distribution(context, made["roster"])
    whole = counts[counts["scope"] == "city"].set_index("predikat")
    assert whole.loc["baik", "n"] / whole.loc["baik", "rated"] == pytest.approx(0.75, abs=1e-12)
    assert whole.loc["baik", ["share_low", "share_high"]].tolist() == pytest.approx([0.6, 0.8], abs=1e-12)
    or_better = whole.loc[["baik", "sangat_baik"], "n"].sum()
    assert [or_better / 10, (or_better + 2) / 10] == pytest.approx([0.7, 0.9], abs=1e-12)
    steps = coverage.denominator(context, made["population"])
    assert steps[["reason", "n"]].to_numpy().tolist() == [["listed", 12], ["joined_after", -1], ["left_before", -1], ["expected", 10]]


def test_pc46_two_rows_of_attributes_for_one_person(chain: Chain, study: Study, shared: Path) -> None:
    sheets = pd.read_excel(shared / "cases" / "pc46-two-rows-for-one-person.xlsx", sheet_name=None, engine="calamine")
    sex = {"L": "M", "P": "F"}
    attributes = [{"person_id": r.person_id, "sex": sex[r.sex], "grade": r.grade, "valid_from": pd.Timestamp(r.valid_from).date(),
                   "valid_to": None if pd.isna(r.valid_to) else pd.Timestamp(r.valid_to).date()}
                  for r in sheets["person_attributes"].itertuples()]
    rows = [{"appraisal_id": r.person_id, "version": 1, "person_id": r.person_id, "period": "2026-Q1", "unit_id": "u", "opd_id": "u",
             "post_title": "ANALIS", "is_acting": False, "predikat": canonical("predikat", r.predikat),
             "instrument": "permenpanrb-6-2022", "exported_at": datetime(2026, 4, 10)} for r in sheets["appraisals"].itertuples()]
    made = chain({"person_attributes": table("person_attributes", attributes), "appraisals": table("appraisals", rows)},
                 make_context(study, "2026-Q1", as_of=None))
    roster = made["roster"]
    assert len(roster) == 8
    women = roster[roster["sex"] == "F"]
    assert (len(women), int((women["predikat"] == "sangat_baik").sum())) == (4, 2)
    assert roster["grade"].value_counts().to_dict() == {"III/a": 3, "III/c": 2, "III/b": 1, "IV/a": 1, "IV/b": 1}


def test_attributes_that_begin_later_are_not_used(chain: Chain, frames: Frames) -> None:
    own = frames["person_attributes"]
    later = own[own["person_id"] == "p02"].assign(grade="IV/a", employment="pppk",
                                                  valid_from=pd.array([date(2026, 10, 1)], dtype=own["valid_from"].dtype))
    found = of(chain({**frames, "person_attributes": pd.concat([own, later], ignore_index=True)})["population"])
    assert (found.loc["p02", "employment"], found.loc["p02", "grade"] is pd.NA) == ("pns", True)


def test_the_context_gives_the_window_of_one_kind(study: Study) -> None:
    context: Context = make_context(study, "2026-Q1", as_of=None)
    assert context.periods[0] == "2024-Q2"
    assert len(context.periods) == 8
    assert [p.name for p in context.cycle] == ["asn"]
