from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.tables.dimensions import dimension_summary, scores
from evalkit.tables.schema import TABLES
from tests.derive.conftest import frame

Frames = dict[str, pd.DataFrame]
NOTHING = {n: TABLES[n].empty() for n in ("attendance", "ratings", "indicators", "discipline", "imports")}


@pytest.fixture
def summary(context: Context, chain: Callable[..., Frames], frames: Frames) -> Callable[..., pd.DataFrame]:
    roster = chain(frames)["roster"]

    def make(own: Context = context, **given: list[dict[str, object]]) -> pd.DataFrame:
        tables = {n: frame(n, rows) for n, rows in given.items()}
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


def listed(received: datetime = datetime(2026, 10, 3)) -> dict[str, object]:
    return {"import_id": "d", "sha256": "0", "file": "d.csv", "kind": "discipline", "layout": "x", "scope": "full",
            "received_at": received, "rows": 0, "rows_read": 0, "rows_refused": 0, "faults": 0}


def case(person: str, begin: date, end: date | None = None) -> dict[str, object]:
    return {"case_id": f"{person}{begin}", "person_id": person, "level": "ringan", "from": begin, "to": end}


def result(person: str, actual: float | None, target: float = 10.0, **other: object) -> dict[str, object]:
    return {"object_id": person, "object_kind": "employee", "period": "2026-Q3", "indicator": "laporan", "target_low": target,
            "actual": actual, **other}


def test_discipline_counts_measures_in_force(context: Context, summary: Callable[..., pd.DataFrame]) -> None:
    """Of ten expected people one has a measure of July, one that was over in June, one that began in October."""
    rows = [case("p02", date(2026, 7, 1)), case("p03", date(2025, 7, 1), date(2026, 6, 30)), case("p04", date(2026, 10, 1)),
            case("p05", date(2026, 1, 1), date(2026, 12, 31))]
    own = replace(context, settings={**context.settings, "dimensions": {"integrity": ("discipline",)}})
    row = summary(own, discipline=rows, imports=[listed()]).loc[("city", "", "integrity")]
    assert row[["status", "source", "n", "mean", "scale_max"]].tolist() == ["measured", "discipline", 10, pytest.approx(80.0), 100.0]


def test_an_empty_list_says_that_nobody_has_a_case(context: Context, summary: Callable[..., pd.DataFrame]) -> None:
    own = replace(context, settings={**context.settings, "dimensions": {"integrity": ("discipline",)}})
    assert summary(own, discipline=[], imports=[listed()]).loc[("city", "", "integrity"), "mean"] == 100.0


def test_a_list_drawn_before_the_end_of_the_period_cannot_know(context: Context, summary: Callable[..., pd.DataFrame]) -> None:
    own = replace(context, settings={**context.settings, "dimensions": {"integrity": ("discipline",)}})
    found = summary(own, discipline=[case("p02", date(2026, 7, 1))], imports=[listed(datetime(2026, 9, 1))])
    assert found.loc[("city", "", "integrity"), ["status", "reason"]].tolist() == ["not_measured", "no_data"]


def test_indicators_are_a_mean_over_people(context: Context, summary: Callable[..., pd.DataFrame]) -> None:
    """Office b: 90% and, weighted, (3 x 50 + 1 x 100) / 4 = 62.5%, and one month within the quarter of 100%."""
    rows = [result("p06", 9.0), result("p07", 5.0, weight=3.0), result("p07", 10.0, indicator="surat", weight=1.0),
            result("p08", 4.0, 4.0, period="2026-08"), result("p09", None), result("p02", 1.0, period="2026-Q2")]
    own = replace(context, settings={**context.settings, "dimensions": {"productivity": ("indicators", "hasil_kerja")}})
    found = summary(own, indicators=rows)
    row = found.loc[("unit", "b", "productivity")]
    assert row[["status", "source", "n", "mean"]].tolist() == ["measured", "indicators", 3, pytest.approx((90 + 62.5 + 100) / 3)]
    assert pd.isna(row["scale_max"])
    assert found.loc[("city", "", "productivity"), "source"] == "hasil_kerja"


def test_scores_give_every_expected_person_a_row_in_every_dimension(context: Context, chain: Callable[..., Frames], frames: Frames) -> None:
    roster = chain(frames)["roster"]
    tables = {n: TABLES[n].empty() for n in ("ratings", "indicators", "discipline", "imports")}
    attendance = frame("attendance", [days("p06", 1), days("p02", 9, "2026-05")])
    found = scores(context, roster, attendance=attendance, **tables)
    own = roster[roster["period"] == "2026-Q3"]
    assert found.groupby("dimension").size().to_dict() == dict.fromkeys(("productivity", "integrity", "commitment"), len(own))
    assert found.set_index(["object_id", "dimension"]).loc[("p06", "integrity"), ["score", "score_kind"]].tolist() == [0.95, "attendance"]
    rated = found[(found["dimension"] == "productivity") & (found["status"] == "measured")]
    assert len(rated) == int(own["is_rated"].sum())


def test_a_study_without_populations_has_no_dimensions(context: Context) -> None:
    assert dimension_summary(replace(context, populations=()), pd.DataFrame({"period": []}), **NOTHING).empty
