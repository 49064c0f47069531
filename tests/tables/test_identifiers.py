import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.tables.cells import text_column
from evalkit.tables.identifiers import birth_and_sex, check_nip, file_key, hex_id, mask, nip_column, nip_kind


def rule(number, kind):
    flag = np.array([True])
    got = check_nip(text_column([number]), flag if kind == "pppk" else ~flag, flag if kind == "pns" else ~flag).iloc[0]
    return None if pd.isna(got) else got


@pytest.mark.parametrize(("number", "kind", "expected"), [
    ("198603032010121943", "pns", None), ("198603032010131943", "pns", "nip.appointed"), ("198603032010211943", "pppk", None),
    ("198603032010211943", "pns", "nip.appointed"), ("198603032010211943", "", None), ("198602302010121943", "pns", "nip.birth_date"),
    ("19860303201012194", "pns", "nip.length"), ("1986030320101219433", "pns", "nip.length"), ("19860303201012194X", "pns", "nip.length"),
    ("198603031985121943", "pns", "nip.order"), ("198603032010123943", "pns", "nip.sex"), ("198603032010121000", "pns", "nip.serial"),
    ("198402292010122901", "pns", None), ("198502292010122901", "pns", "nip.birth_date"),
])
def test_each_kind_by_its_own_rule(number, kind, expected):
    assert rule(number, kind) == expected


@given(st.text(max_size=25))
def test_every_text_has_an_answer(text):
    digits, damaged = nip_column([text])
    none = np.array([False])
    assert len(check_nip(digits, none, ~none)) == len(damaged) == 1


def test_a_number_cell_is_found_by_its_type_not_by_its_digits():
    # the double nearest to this NIP is another valid NIP: no check of digits can see it
    damaged_number = 198603032010121943.0
    assert int(damaged_number) != 198603032010121943
    assert rule(str(int(damaged_number)), "pns") is None
    digits, damaged = nip_column([damaged_number, "198603032010121943"])
    assert damaged.tolist() == [True, False] and pd.isna(digits.iloc[0])


@pytest.mark.parametrize("written", ["1,98603E+17", "1.98603E+17", "1.9860303201012194E+17", "2E+17"])
def test_a_number_in_scientific_writing_is_damaged(written):
    assert nip_column([written])[1].tolist() == [True]


def test_spaces_and_apostrophes_belong_to_the_writing():
    assert nip_column(["'19860303 201012 1 943"])[0].tolist() == ["198603032010121943"]


def test_ids_of_both_systems_are_one():
    got = hex_id(["A31FA40F71B55E40A9687936BAD951B9", " a31fa40f-71b5-5e40-a968-7936bad951b9 ", "-", "?"])
    assert got.fillna("").tolist() == ["a31fa40f71b55e40a9687936bad951b9"] * 2 + ["", ""]


def test_kind_is_told_by_the_number_alone():
    assert nip_kind(text_column(["198603032010121943", "198603032023211943", "-"])).tolist()[:2] == ["nip", "ni_pppk"]


def test_keys_and_what_the_number_reveals():
    assert file_key("nip", text_column(["1", "-"])).fillna("").tolist() == ["nip:1", ""]
    born, sex = birth_and_sex(text_column(["198603032010122943"]))
    assert born.tolist() == ["19860303"] and sex.tolist() == ["F"]


@given(st.text(alphabet="0123456789", min_size=9, max_size=20))
def test_mask_shows_four_digits_only(number):
    assert mask(number) == number[:4] + "…"


def test_mask_of_a_name_shows_one_letter():
    assert mask("SITI AMINAH BINTI ALI") == "S…"
