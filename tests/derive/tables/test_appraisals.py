from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.tables.appraisals import appraisals_current
from evalkit.tables.schema import TABLES

Frames = dict[str, pd.DataFrame]
OCTOBER, NOVEMBER = datetime(2026, 10, 12, 8), datetime(2026, 11, 2, 8)


@pytest.fixture
def current(context: Context) -> Callable[..., pd.DataFrame]:
    def make(rows: list[dict[str, Any]], cut: date | None = None, **others: list[dict[str, Any]]) -> pd.DataFrame:
        base = {"version": 1, "person_id": "p", "period": "2026-Q3", "unit_id": "a", "post_title": "ANALIS", "is_acting": False,
                "superior_id": "s", "instrument": "i", "exported_at": OCTOBER, "import_id": "i1", "predikat": "baik"}
        tables = {"appraisals": [{**base, **r} for r in rows], **others}
        frames = {n: TABLES[n].conform(pd.DataFrame([{"import_id": "i1", **r} for r in tables[n]])) if tables.get(n)
                  else TABLES[n].empty() for n in ("appraisals", "withdrawals", "skp_plans", "assignments")}
        own = replace(context, settings={**context.settings, "cut": cut})
        found = appraisals_current(own, **frames)
        return found.set_index("appraisal_id") if len(found) else found
    return make


def test_the_latest_export_counts_and_ties_go_to_the_higher_version(current: Callable[..., pd.DataFrame]) -> None:
    found = current([{"appraisal_id": "x", "version": 2, "exported_at": NOVEMBER, "predikat": "sangat_baik"},
                     {"appraisal_id": "x", "version": 1}, {"appraisal_id": "y", "version": 1},
                     {"appraisal_id": "y", "version": 2, "predikat": "kurang"}])
    assert found["predikat"].to_dict() == {"x": "sangat_baik", "y": "kurang"}


def test_the_past_stays_as_it_was(current: Callable[..., pd.DataFrame]) -> None:
    rows = [{"appraisal_id": "x", "version": 1}, {"appraisal_id": "x", "version": 2, "exported_at": NOVEMBER, "predikat": "kurang"},
            {"appraisal_id": "y", "exported_at": NOVEMBER}]
    assert current(rows, cut=date(2026, 10, 12))["predikat"].to_dict() == {"x": "baik"}
    assert current(rows, cut=date(2026, 11, 2))["predikat"].to_dict() == {"x": "kurang", "y": "baik"}
    assert len(current(rows, cut=date(2026, 10, 11))) == 0


def test_a_withdrawn_row_is_gone_from_its_withdrawal_on(current: Callable[..., pd.DataFrame]) -> None:
    rows = [{"appraisal_id": "x"}, {"appraisal_id": "y"}]
    gone = [{"table": t, "record_key": k, "exported_at": NOVEMBER} for t, k in (("appraisals", "x"), ("skp_plans", "y"))]
    assert list(current(rows, withdrawals=gone).index) == ["y"]
    assert list(current(rows, cut=date(2026, 10, 20), withdrawals=gone).index) == ["x", "y"]


def test_a_row_that_came_back_counts(current: Callable[..., pd.DataFrame]) -> None:
    rows = [{"appraisal_id": "x"}, {"appraisal_id": "x", "version": 2, "exported_at": datetime(2026, 12, 1)}]
    gone = [{"table": "appraisals", "record_key": "x", "exported_at": NOVEMBER}]
    assert len(current(rows, withdrawals=gone)) == 1


def test_acting_rows_are_kept_and_never_official(current: Callable[..., pd.DataFrame]) -> None:
    found = current([{"appraisal_id": "x"}, {"appraisal_id": "plt", "is_acting": True, "unit_id": "b", "rated_at": NOVEMBER},
                     {"appraisal_id": "only", "person_id": "q", "is_acting": True}])
    assert found["is_official"].to_dict() == {"x": True, "plt": False, "only": False}


def test_after_a_move_the_later_end_of_the_plan_is_official(current: Callable[..., pd.DataFrame]) -> None:
    rows = [{"appraisal_id": "old", "unit_id": "a", "plan_end": date(2026, 7, 31), "rated_at": NOVEMBER},
            {"appraisal_id": "new", "unit_id": "b", "plan_end": date(2026, 12, 31), "predikat": None}]
    assert current(rows)["is_official"].to_dict() == {"old": False, "new": True}


def test_the_plans_tell_the_end_where_the_row_does_not(current: Callable[..., pd.DataFrame]) -> None:
    plans = [{"skp_id": s, "person_id": "p", "unit_id": u, "post_title": "ANALIS", "end": e, "exported_at": OCTOBER}
             for s, u, e in (("1", "a", date(2026, 7, 31)), ("2", "b", date(2026, 12, 31)))]
    found = current([{"appraisal_id": "z-old", "unit_id": "a"}, {"appraisal_id": "a-new", "unit_id": "b"}], skp_plans=plans)
    assert found["is_official"].to_dict() == {"z-old": False, "a-new": True}


def test_without_plans_the_post_at_the_end_of_the_period_decides(current: Callable[..., pd.DataFrame]) -> None:
    posts = [{"person_id": "p", "unit_id": "a", "post_title": "ANALIS", "valid_from": date(2020, 1, 1), "valid_to": date(2026, 8, 14),
              "is_acting": False},
             {"person_id": "p", "unit_id": "b", "post_title": "ANALIS", "valid_from": date(2026, 8, 15), "is_acting": False},
             {"person_id": "p", "unit_id": "c", "post_title": "PLT KEPALA", "valid_from": date(2026, 9, 1), "is_acting": True}]
    rows = [{"appraisal_id": "z-old", "unit_id": "a", "rated_at": NOVEMBER}, {"appraisal_id": "a-new", "unit_id": "b"}]
    assert current(rows, assignments=posts)["is_official"].to_dict() == {"z-old": False, "a-new": True}


def test_each_period_has_its_own_official_row_and_other_cycles_are_left_out(current: Callable[..., pd.DataFrame]) -> None:
    found = current([{"appraisal_id": "q2", "period": "2026-Q2"}, {"appraisal_id": "q3"}, {"appraisal_id": "s2", "period": "2026-S2"},
                     {"appraisal_id": "later", "period": "2026-Q4"}, {"appraisal_id": "old", "period": "2020-Q1"}])
    assert found["is_official"].to_dict() == {"q2": True, "q3": True}
