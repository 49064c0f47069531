from collections import Counter

import pytest

from evalkit.tables.attendance import read_attendance
from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.grid import Sheet
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from tests.tables.files import nip

HEADERS = ["NIP", "NAMA", "UNIT KERJA", "BULAN", "HARI KERJA", "TIDAK HADIR", "MENIT TERLAMBAT"]


def read(rows, title=(), context=None, headers=HEADERS):
    table = [[*r, *[""] * (len(headers) - len(r))] for r in [*[[t] for t in title], list(headers), *rows]]
    return read_attendance(collect(recognise([Sheet("S", tuple(zip(*table, strict=True)), len(table))], "a.csv")), context or Context())


def row(n=1, month="2026-07", due="22", absent="1", late="30"):
    return [nip(n), "A", "DINAS A", month, due, absent, late]


def test_a_recap_is_read():
    parsed = read([row(), row(2, absent="0", late="")])
    frame = TABLES["attendance"].conform(parsed.frames["attendance"].assign(import_id="i"))
    assert not parsed.faults
    assert frame["person_id"].tolist() == [f"nip:{nip(1)}", f"nip:{nip(2)}"]
    assert frame["days_due"].tolist() == [22, 22] and frame["late_minutes"].fillna(-1).tolist() == [30, -1]


@pytest.mark.parametrize("written", ["2026-07", "Juli 2026", "07/2026", "7-2026", "31/07/2026", "2026-07-01", "Bulan Juli Tahun 2026"])
def test_a_month_in_any_form(written):
    assert read([row(month=written)]).frames["attendance"]["month"].tolist() == ["2026-07"]


def test_the_month_of_the_title_or_of_the_caller():
    short = [h for h in HEADERS if h != "BULAN"]
    cells = [v for i, v in enumerate(row()) if i != 3]
    assert read([cells], ["Rekap Presensi Bulan Juli 2026"], headers=short).frames["attendance"]["month"].tolist() == ["2026-07"]
    assert read([cells], context=Context(period="2026-08"), headers=short).frames["attendance"]["month"].tolist() == ["2026-08"]
    quarter = read([cells], context=Context(period="2026-Q3"), headers=short)
    assert Counter(f.rule for f in quarter.faults) == {"month.missing": 1}


@pytest.mark.parametrize(("rows", "expected"), [
    ([row(month="?")], {"month.missing": 1}), ([row(due="")], {"days.missing": 1}),
    ([row(absent="x")], {"number.unreadable": 1, "days.missing": 1}),
    ([row(absent="23")], {"days.impossible": 1}), ([row(due="40")], {"days.impossible": 1}), ([row(absent="-1")], {"days.impossible": 1}),
    ([row(due="20,5")], {"days.impossible": 1}), ([row(late="-3")], {"days.impossible": 1}), ([row(), row()], {"attendance.copy": 1}),
    ([row(), row(absent="2")], {"attendance.conflict": 2}), ([["123", *row()[1:]]], {"nip.length": 1, "person.none": 1}),
    ([["1,98603E+17", *row()[1:]]], {"nip.number_cell": 1}),
])
def test_rules(rows, expected):
    parsed = read([*rows, row(5)])
    assert Counter(f.rule for f in parsed.faults) == expected
    assert len(parsed.frames["attendance"]) == parsed.rows_read == parsed.rows_in_file - parsed.rows_refused
    assert not any(nip(1) in repr(f) for f in parsed.faults)


def test_one_person_in_two_months():
    assert not read([row(month="2026-07"), row(month="2026-08")]).faults
