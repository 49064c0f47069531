from collections import Counter

import pytest

from evalkit.instruments.layout import load_layouts
from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.grid import Sheet
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from evalkit.tables.training import read_training
from tests.tables.files import grid, nip

HEADERS = load_layouts()["pelatihan"].headers


def row(n=1, **changed):
    return {"NIP_BARU": "'" + nip(n), "NAMA": "A", "NAMA_DIKLAT": "BIMTEK PENILAI", "ANGKATAN": "I", "TAHUN": 2026.0,
            "TANGGAL_MULAI": "2026-03-10",
            "TANGGAL_SELESAI": "2026-03-12", "NO_STTPP": "800/1", "JUMLAH_JAM": 24.0, "SATKER_INDUK": "DINAS A", **changed}


def read(rows, headers=HEADERS):
    table = grid(rows, headers)
    return read_training(collect(recognise([Sheet("S", tuple(zip(*table, strict=True)), len(table))], "a.xlsx")), Context())


def test_a_course_is_its_name_class_and_first_day():
    parsed = read([row(1), row(2), row(3, ANGKATAN="II", TANGGAL_MULAI="2026-06-01")])
    courses = TABLES["courses"].conform(parsed.frames["courses"].assign(import_id="i"))
    enrolments = TABLES["enrolments"].conform(parsed.frames["enrolments"].assign(import_id="i"))
    assert courses["course_id"].tolist() == ["bimtek-penilai-i-2026-03-10", "bimtek-penilai-ii-2026-06-01"]
    assert courses["hours"].tolist() == [24, 24] and str(courses["start"].iloc[0]) == "2026-03-10"
    assert enrolments["attended_hours"].tolist() == [24, 24, 24] and enrolments["completed"].tolist() == [True] * 3


def test_without_a_certificate_nothing_was_finished():
    frame = read([row(1, NO_STTPP="-")]).frames["enrolments"]
    assert frame["completed"].tolist() == [False] and frame["attended_hours"].isna().all()


def test_columns_of_a_training_plan_are_read_where_they_stand():
    extra = [*HEADERS, "CARA_PENUGASAN", "SKOR", "BATAS", "GELOMBANG", "DIUNDANG", "JAM_HADIR", "LULUS"]
    more = {"CARA_PENUGASAN": "score", "SKOR": "58,5", "BATAS": 60.0, "GELOMBANG": 2.0, "DIUNDANG": "Ya", "JAM_HADIR": 20.0,
            "LULUS": "Tidak"}
    (found,) = read([row(1, **more)], extra).frames["enrolments"].to_dict("records")
    assert (found["assigned_by"], found["score"], found["cut"], found["wave"]) == ("score", 58.5, 60.0, 2)
    assert (found["invited"], found["attended_hours"], found["completed"]) == (True, 20.0, False)


EXTRA = [*HEADERS, "SASARAN", "CARA_PENUGASAN", "DIUNDANG", "JAM_HADIR", "LULUS"]


@pytest.mark.parametrize(("words", "codes"), [(("PENILAI", "UNDIAN"), ("evaluator", "drawn")), (("pegawai", "sukarela"), ("staff", "volunteer")),
                                              (("evaluator", "calendar"), ("evaluator", "calendar"))])
def test_the_way_people_were_sent_is_read_in_indonesian_and_by_its_code(words, codes):
    parsed = read([row(1, SASARAN=words[0], CARA_PENUGASAN=words[1])], EXTRA)
    assert (parsed.frames["courses"]["audience"].iloc[0], parsed.frames["enrolments"]["assigned_by"].iloc[0]) == codes and not parsed.faults


def test_what_a_course_list_says_wrongly_is_told_together():
    more = {"SASARAN": "bupati", "CARA_PENUGASAN": "entah", "DIUNDANG": "mungkin", "JAM_HADIR": -3.0, "LULUS": "belum", "TANGGAL_MULAI": "12-03-2026",
            "TANGGAL_SELESAI": "01-03-2026"}
    parsed = read([row(1, **more)], EXTRA)
    assert Counter(f.rule for f in parsed.faults) == {"course.unknown_audience": 1, "enrolment.unknown_way": 1, "yes_no.unreadable": 1,
                                                      "hours.impossible": 1, "course.order": 1}
    found = parsed.frames["enrolments"].iloc[0]
    assert found[["assigned_by", "invited"]].isna().all() and not found["completed"]


@pytest.mark.parametrize(("rows", "expected"), [
    ([row(NAMA_DIKLAT="", JUMLAH_JAM="")], {"course.missing": 1}), ([row(JUMLAH_JAM="")], {"hours.missing": 1}),
    ([row(JUMLAH_JAM="banyak")], {"number.unreadable": 1}), ([row(TANGGAL_SELESAI="31-02-2026")], {"date.unreadable": 1}),
    ([row(), row()], {"enrolment.copy": 1}),
    ([row(), row(JUMLAH_JAM=30.0)], {"enrolment.conflict": 2}), ([row(NIP_BARU=1.9e17)], {"nip.number_cell": 1}),
])
def test_rules(rows, expected):
    parsed = read([*rows, row(7)])
    assert Counter(f.rule for f in parsed.faults) == expected
    assert len(parsed.frames["enrolments"]) == parsed.rows_read == parsed.rows_in_file - parsed.rows_refused
