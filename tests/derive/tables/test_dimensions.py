from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.tables.dimensions import dimension_summary
from evalkit.tables.schema import TABLES

Frames = dict[str, pd.DataFrame]
NOTHING = {n: TABLES[n].empty() for n in ("attendance", "ratings", "indicators")}


@pytest.fixture
def summary(context: Context, chain: Callable[..., Frames], frames: Frames) -> Callable[..., pd.DataFrame]:
    roster = chain(frames)["roster"]

    def make(own: Context = context, **given: list[dict[str, object]]) -> pd.DataFrame:
        tables = {n: TABLES[n].conform(pd.DataFrame([{"import_id": "i", **r} for r in rows])) for n, rows in given.items()}
        return dimension_summary(own, roster, **{**NOTHING, **tables}).set_index(["scope", "scope_id", "dimension"]).sort_index()
    return make


def days(person: str, absent: int, month: str = "2026-08") -> dict[str, object]:
    return {"person_id": person, "month": month, "days_due": 20, "days_absent": absent}


def answer(person: str, rating: float, item: str = "akuntabel", rater: str = "r1") -> dict[str, object]:
    return {"instrument": "formulir-360", "object_id": person, "object_kind": "employee", "rater_id": rater, "item": item,
            "occasion": "1", "period": "2026-Q3", "rating": rating}


def test_two_ratings_measure_productivity_only(summary: Callable[..., pd.DataFrame]) -> None:
    found = summary()
    city = found.loc[("city", "")]
    assert city.loc["productivity", ["status", "source", "n", "above", "meets", "below"]].tolist() == [
        "measured", "hasil_kerja", 8, 2, 5, 1]
    assert city.loc[["integrity", "commitment"], "status"].tolist() == ["not_measured"] * 2
    assert city.loc["integrity", "needed"] == "akuntabel,attendance,discipline"
    assert city.loc["integrity", "reason"] == "no_data"


def test_attendance_measures_integrity_where_most_people_have_it(summary: Callable[..., pd.DataFrame]) -> None:
    """Office b has four people: three with attendance, 60 days due, 3 absent. The city has three of ten."""
    found = summary(attendance=[days("p06", 0), days("p07", 1), days("p08", 2), days("p02", 9, "2026-05")])
    row = found.loc[("unit", "b", "integrity")]
    assert row[["status", "source", "n", "mean", "scale_max"]].tolist() == ["measured", "attendance", 3, pytest.approx(95.0), 100.0]
    city = found.loc[("city", "", "integrity")]
    assert city[["status", "reason", "n"]].tolist() == ["not_measured", "few_people", 3]


def test_half_of_the_people_are_not_most(summary: Callable[..., pd.DataFrame]) -> None:
    assert summary(attendance=[days("p06", 0), days("p07", 1)]).loc[("unit", "b", "integrity"), "status"] == "not_measured"


def test_months_without_days_due_say_nothing(summary: Callable[..., pd.DataFrame]) -> None:
    none = [{**days(p, 0), "days_due": 0} for p in ("p06", "p07", "p08")]
    assert summary(attendance=none).loc[("unit", "b", "integrity"), ["status", "n"]].tolist() == ["not_measured", 0]


def test_items_come_first_and_count_each_person_once(summary: Callable[..., pd.DataFrame]) -> None:
    rows = [answer("p06", 5.0), answer("p06", 4.0, rater="r2"), answer("p06", 3.0, rater="r3"), answer("p07", 2.0), answer("p08", 3.0),
            answer("p08", 1.0, rater="p08"), answer("p08", 5.0, item="loyal")]
    found = summary(ratings=rows, attendance=[days(p, 0) for p in ("p06", "p07", "p08")])
    row = found.loc[("unit", "b", "integrity")]
    assert row[["source", "n", "mean", "scale_max"]].tolist() == ["akuntabel", 3, pytest.approx(3.0), 5.0]
    assert found.loc[("unit", "b", "commitment"), "status"] == "not_measured"


def test_the_study_chooses_its_own_map(context: Context, summary: Callable[..., pd.DataFrame]) -> None:
    own = replace(context, settings={**context.settings, "dimensions": {"integrity": ("discipline",), "commitment": ()}})
    found = summary(own)
    assert found.loc[("city", "", "integrity"), "needed"] == "discipline"
    assert found.loc[("city", "", "commitment"), ["status", "reason"]].tolist() == ["not_measured", "no_source"]


def test_a_study_without_populations_has_no_dimensions(context: Context) -> None:
    assert dimension_summary(replace(context, populations=()), pd.DataFrame({"period": []}), **NOTHING).empty
