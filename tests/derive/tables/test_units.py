from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.derive.context import Context
from evalkit.derive.tables.units import slug, units_current
from evalkit.tables.schema import TABLES

NOBODY = TABLES["appraisals_current"].empty()


def tree(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"valid_from": date(2020, 1, 1), "import_id": "i"}
    return TABLES["units"].conform(pd.DataFrame([{**base, **r} for r in rows]))


def made(context: Context, units: pd.DataFrame, rows: pd.DataFrame = NOBODY) -> pd.DataFrame:
    return units_current(context, units, rows).set_index("unit_id")


def test_the_office_is_the_ancestor_below_the_root(context: Context) -> None:
    found = made(context, tree({"unit_id": "r", "name": "Kota"}, {"unit_id": "d", "name": "Dinas", "parent_id": "r"},
                               {"unit_id": "b", "name": "Bidang", "parent_id": "d"}, {"unit_id": "s", "name": "Seksi", "parent_id": "b"}))
    assert found["opd_id"].to_dict() == {"r": "r", "d": "d", "b": "d", "s": "d"}
    assert found.loc["s", "opd_name"] == "Dinas"


def test_a_stated_office_wins_at_any_height(context: Context) -> None:
    found = made(context, tree({"unit_id": "r", "name": "Kota"}, {"unit_id": "d", "name": "Setda", "parent_id": "r"},
                               {"unit_id": "b", "name": "Bagian", "parent_id": "d", "opd_id": "b"},
                               {"unit_id": "s", "name": "Sub", "parent_id": "b"}))
    assert found["opd_id"].to_dict() == {"r": "r", "d": "d", "b": "b", "s": "b"}


def test_a_circle_and_an_unknown_parent_end(context: Context) -> None:
    found = made(context, tree({"unit_id": "x", "name": "X", "parent_id": "y"}, {"unit_id": "y", "name": "Y", "parent_id": "x"},
                               {"unit_id": "z", "name": "Z", "parent_id": "gone"}))
    assert found.loc["z", "opd_id"] == "z"
    assert found["opd_id"].notna().all()


def test_the_name_is_that_of_the_period(context: Context) -> None:
    found = made(context, tree({"unit_id": "d", "name": "Lama", "valid_to": date(2026, 3, 31)},
                               {"unit_id": "d", "name": "Kini", "valid_from": date(2026, 4, 1), "valid_to": date(2026, 9, 30)},
                               {"unit_id": "d", "name": "Nanti", "valid_from": date(2026, 10, 1)}))
    assert found["name"].to_dict() == {"d": "Kini"}


def test_a_unit_that_only_appraisals_name_is_kept(context: Context) -> None:
    row = {"appraisal_id": "x", "version": 1, "person_id": "p", "period": "2026-Q3", "unit_id": "name:Bidang Lain",
           "opd_id": "name:Dinas Lain", "is_acting": False, "instrument": "i", "exported_at": pd.Timestamp(2026, 10, 1), "is_official": True}
    found = made(context, TABLES["units"].empty(), TABLES["appraisals_current"].conform(pd.DataFrame([row])))
    assert found["name"].to_dict() == {"name:Bidang Lain": "Bidang Lain", "name:Dinas Lain": "Dinas Lain"}
    assert found.loc["name:Bidang Lain", "opd_id"] == "name:Dinas Lain"


def test_units_of_one_name_have_their_own_folders(context: Context) -> None:
    found = made(context, tree({"unit_id": "a", "name": "Sekretariat"}, {"unit_id": "b", "name": "SEKRETARIAT"}, {"unit_id": "c", "name": "!!"}))
    assert found["slug"].is_unique
    assert found["slug"].str.fullmatch(r"[a-z0-9-]+").all()


@given(st.text(max_size=90))
def test_a_slug_is_safe_whatever_the_name(name: str) -> None:
    found = slug(name)
    assert len(found) <= 60
    assert not set(found) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert found.strip("-") == found


@pytest.mark.parametrize("name", ["CON", "con.", "NUL", "Com1", " LPT9 ", "aux!"])
def test_a_slug_is_no_device_of_windows(name: str) -> None:
    assert slug(name).startswith("unit-")


def test_a_unit_named_like_the_other_folder_of_a_device_has_its_own(context: Context) -> None:
    found = made(context, tree({"unit_id": "a", "name": "CON"}, {"unit_id": "b", "name": "Unit Con"}))
    assert found["slug"].is_unique
