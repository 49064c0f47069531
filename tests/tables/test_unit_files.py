from collections import Counter
from datetime import date

import pytest

from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.grid import Sheet
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from evalkit.tables.unit_files import read_unit_predikat, read_units

TREE = [("0", "PEMERINTAH KOTA", ""), ("11", "BAGIAN UMUM", "1"), ("21", "SEKRETARIAT", "2"), ("1", "SEKRETARIAT DAERAH", "0"),
        ("2", "DINAS A", "1"), ("22", "SD NEGERI 1", "2"), ("3", "KECAMATAN B", "1"), ("31", "KELURAHAN C", "3"),
        ("211", "SUB BAGIAN UMUM", "21"),
        ("4", "RSUD D", "1"), ("5", "SATUAN POLISI PAMONG PRAJA", "1")]


def key(short):
    return f"{int(short, 16) + 16:032x}".upper() if short else ""


def sheet(rows):
    width = max(len(r) for r in rows)
    full = [[*r, *[""] * (width - len(r))] for r in rows]
    return Sheet("Sheet1", tuple(zip(*full, strict=True)), len(full))


def units(rows):
    table = [["ID", "NAMA_UNOR", "ID_ATASAN"], *[[key(u), n, key(p)] for u, n, p in rows]]
    return read_units(collect(recognise([sheet(table)], "a.xlsx")), Context())


def rules(parsed):
    return Counter(f.rule for f in parsed.faults)


def offices(parsed):
    frame = parsed.frames["units"]
    names = dict(zip(frame["unit_id"], frame["name"], strict=True))
    return {n: names[o] for n, o in zip(frame["name"], frame["opd_id"], strict=True)}


def test_the_office_of_each_unit_also_where_the_parent_follows():
    parsed = units(TREE)
    assert not parsed.faults
    TABLES["units"].conform(parsed.frames["units"].assign(import_id="i", valid_from=date(2026, 1, 1)))
    assert offices(parsed) == {
        "PEMERINTAH KOTA": "PEMERINTAH KOTA", "SEKRETARIAT DAERAH": "SEKRETARIAT DAERAH", "BAGIAN UMUM": "SEKRETARIAT DAERAH",
        "DINAS A": "DINAS A",
        "SEKRETARIAT": "DINAS A", "SUB BAGIAN UMUM": "DINAS A", "SD NEGERI 1": "DINAS A", "KECAMATAN B": "KECAMATAN B",
        "KELURAHAN C": "KECAMATAN B",
        "RSUD D": "RSUD D", "SATUAN POLISI PAMONG PRAJA": "SATUAN POLISI PAMONG PRAJA"}


def test_a_tree_of_one_office():
    parsed = units([("2", "DINAS A", ""), ("21", "SEKRETARIAT", "2"), ("211", "SUB BAGIAN UMUM", "21")])
    assert set(offices(parsed).values()) == {"DINAS A"}


def test_two_units_of_one_name_are_two_units():
    parsed = units([("0", "PEMERINTAH KOTA", ""), ("2", "DINAS A", "0"), ("3", "DINAS B", "0"), ("21", "SEKRETARIAT", "2"),
                    ("31", "SEKRETARIAT", "3")])
    frame = parsed.frames["units"]
    assert not parsed.faults and frame.loc[frame["name"] == "SEKRETARIAT", "opd_id"].nunique() == 2


@pytest.mark.parametrize(("rows", "expected"), [
    ([("", "DINAS A", "")], {"unit.no_id": 1}), ([("2", "", "")], {"unit.no_name": 1}), ([("2", "A", "9")], {"unit.parent_unknown": 1}),
    ([("2", "A", "3"), ("3", "B", "2")], {"unit.circle": 2}), ([("2", "A", ""), ("2", "A", "")], {"unit.copy": 1}),
    ([("2", "A", ""), ("2", "B", "")], {"unit.conflict": 2}), ([("2", "A", "2")], {"unit.circle": 1}),
])
def test_rules_of_the_tree(rows, expected):
    parsed = units(rows)
    assert rules(parsed) == expected
    assert parsed.rows_in_file == parsed.rows_read + parsed.rows_refused


def predikat(rows, title=(), context=None, headers=("ID UNOR", "UNIT KERJA", "PERIODE", "PREDIKAT", "DITETAPKAN OLEH",
                                                    "TANGGAL PENETAPAN")):
    table = [[t] for t in title] + [list(headers), *rows]
    return read_unit_predikat(collect(recognise([sheet(table)], "a.xlsx")), context or Context())


def test_the_predikat_of_units_by_id_or_name():
    parsed = predikat([[key("2"), "DINAS A", "Triwulan III 2026", "ISTIMEWA", "Wali Kota", "05/10/2026"],
                       ["", "DINAS B", "2026-Q3", "Butuh Perbaikan/Cukup", "", ""]])
    frame = parsed.frames["unit_predikat"]
    assert not parsed.faults and parsed.period == "2026-Q3"
    assert frame["unit_id"].tolist() == ["unor:" + key("2").lower(), "name:DINAS B"]
    assert frame["predikat"].tolist() == ["istimewa", "butuh_perbaikan"] and str(frame["set_at"].iloc[0]) == "2026-10-05"


def test_the_period_of_the_list_from_title_or_caller():
    short = ("NO", "OPD", "PREDIKAT")
    assert predikat([["1", "DINAS A", "BAIK"]], ["Predikat Kinerja Organisasi Triwulan II Tahun 2026"], headers=short).period == "2026-Q2"
    assert predikat([["1", "DINAS A", "BAIK"]], context=Context(period="2026-Q1"), headers=short).period == "2026-Q1"
    assert predikat([["1", "DINAS A", "BAIK"]], headers=short).period is None


@pytest.mark.parametrize(("rows", "expected"), [
    ([["", "A", "", "-", "", ""]], {"unit_predikat.missing": 1}), ([["", "A", "", "SANGAT BAIK", "", ""]],
                                                                   {"unit_predikat.unknown_label": 1}),
    ([["", "-", "", "BAIK", "x", ""]], {"unit.no_name": 1}), ([["", "A", "", "BAIK", "", ""]] * 2, {"unit_predikat.copy": 1}),
    ([["", "A", "", "BAIK", "", ""], ["", "A", "", "KURANG", "", ""]], {"unit_predikat.conflict": 2}),
    ([["", "A", "2026-Q3", "BAIK", "", ""], ["", "B", "2026-Q3", "BAIK", "", ""], ["", "C", "2026-Q2", "BAIK", "", ""]],
     {"unit_predikat.other_period": 1}),
])
def test_rules_of_the_list(rows, expected):
    parsed = predikat(rows)
    assert rules(parsed) == expected
    assert len(parsed.frames["unit_predikat"]) == parsed.rows_read
