from collections import Counter
from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.instruments.layout import load_layouts
from evalkit.tables.cells import text_column
from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.ekinerja import label_codes, read_appraisals, read_plans
from evalkit.tables.grid import Sheet
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from evalkit.tables.unit_names import Units
from tests.tables.files import SUPERIOR, TITLE, appraisal, grid, identity, nip

HEADERS = load_layouts()["ekinerja-penilaian"].headers


def read(rows, title=TITLE, context=None):
    table = grid(rows, HEADERS, title, 1)
    full = [[*r, *[""] * (len(HEADERS) - len(r))] for r in table]
    sheet = Sheet("Worksheet", tuple(zip(*full, strict=True)), len(full))
    return read_appraisals(collect(recognise([sheet], "a.xlsx")), context or Context())


def rules(parsed):
    return Counter(f.rule for f in parsed.faults)


def frame(parsed):
    return parsed.frames["appraisals"]


def test_a_good_row_keeps_the_contract():
    parsed = read([appraisal(1)])
    assert not parsed.faults
    row = TABLES["appraisals"].conform(frame(parsed).assign(version=1, import_id="i")).iloc[0]
    assert (row["hasil_kerja"], row["perilaku_kerja"], row["predikat"]) == ("sesuai", "sesuai", "baik")
    assert row["person_id"] == "asn:" + identity(1).replace("-", "") and row["opd_id"] == "name:DINAS CONTOH"
    assert (row["employment"], row["post_type"], row["grade"], row["rated_by_kind"]) == ("pns", "pelaksana", "III/b", "superior")
    assert row["plan_start"] == date(2026, 1, 1) and row["row"] == 9
    assert (parsed.period, parsed.scope, parsed.instance) == ("2026-Q3", "full", "Pemerintah Kota Contoh")


def test_the_people_of_a_file_have_all_their_identifiers():
    people = read([appraisal(1)]).people
    assert set(people["kind"]) == {"asn", "nip"}
    assert people.groupby("key").size().tolist() == [2, 2]
    assert set(people["name"]) == {"ORANG CONTOH 1", "ATASAN CONTOH"}


@pytest.mark.parametrize(("word", "code"), [("DIATAS EKSPEKTASI", "di_atas"), ("Di Atas Ekspektasi", "di_atas"),
                                            ("SESUAI EKSPEKTASI", "sesuai"),
                                            ("DIBAWAH EKSPEKTASI", "di_bawah"), ("-", None)])
def test_labels_of_ratings(word, code):
    got = label_codes("rating", text_column([word]))[0].iloc[0]
    assert (None if pd.isna(got) else got) == code


def test_an_unknown_word_is_a_fault_and_missing_never_a_guess():
    parsed = read([appraisal(1, hasil_akhir="TIDAK MEMBUAT SKP")])
    assert rules(parsed) == {"predikat.unknown_label": 1}
    assert pd.isna(frame(parsed)["predikat"].iloc[0])


def test_a_predikat_that_contradicts_the_quadrant_stays_and_is_a_fault():
    parsed = read([appraisal(1, hasil_akhir="SANGAT BAIK"), appraisal(2, hasil_kerja="DIBAWAH EKSPEKTASI", hasil_akhir="CUKUP")])
    (fault,) = parsed.faults
    assert (fault.rule, fault.row, fault.column, fault.value) == ("predikat.contradicts", 9, "hasil_akhir", "SANGAT BAIK")
    assert fault.values["work"] == "SESUAI EKSPEKTASI"  # noqa: PD011  # a mapping, no frame
    assert frame(parsed)["predikat"].tolist() == ["sangat_baik", "butuh_perbaikan"]


def test_somebody_who_is_not_rated_is_read_without_fault():
    parsed = read([appraisal(1, hasil_kerja="-", perilaku_kerja="-", hasil_akhir="-", waktu_dinilai="")])
    assert not parsed.faults
    row = frame(parsed).iloc[0]
    assert pd.isna(row["predikat"]) and pd.isna(row["rated_by_id"]) and pd.isna(row["rated_by_kind"])


@pytest.mark.parametrize(("change", "rule"), [
    ({"hasil_akhir": "-"}, "predikat.missing"), ({"hasil_kerja": "-", "perilaku_kerja": "-"}, "predikat.without_rating"),
    ({"hasil_kerja": "-", "hasil_akhir": "-"}, "rating.half"), ({"waktu_dinilai": "2026-06-01 10:00:00"}, "rated_at.before_period"),
    ({"waktu_dinilai": "2027-06-01 10:00:00"}, "rated_at.impossible"), ({"waktu_dinilai": ""}, "rated_at.missing"),
    ({"waktu_dinilai": "31-02-2026"}, "date.unreadable"), ({"nip": "123"}, "nip.length"), ({"pegawai_atasan_nip": "123"}, "superior.nip"),
    ({"pegawai_atasan_nip": 198603032010121943.0}, "superior.number_cell"), ({"jenis_pegawai": "honorer"}, "employment.unknown"),
    ({"pegawai_atasan_id": "", "pegawai_atasan_nip": ""}, "superior.missing"), ({"skp_jenis_jabatan": 3.0}, "post_type.unknown"),
    ({"skp_unor_id": "", "skp_unor": "-"}, "unit.missing"), ({"is_skp_plt_plh_pjb": "mungkin"}, "yes_no.unreadable"),
])
def test_each_rule_is_told_and_the_row_stays(change, rule):
    parsed = read([appraisal(1, **change), appraisal(2)])
    assert rule in rules(parsed)
    assert parsed.rows_read == len(frame(parsed)) == 2


@pytest.mark.parametrize(("change", "rule"), [
    ({"nip": 198603032010121943.0}, "nip.number_cell"), ({"skp_penilaian_id": "-"}, "appraisal.no_id"),
    ({"nip": "-", "id": ""}, "person.none"),
])
def test_what_cannot_be_used_without_guessing_is_refused_and_the_others_go_on(change, rule):
    parsed = read([appraisal(1, **change), appraisal(2)])
    assert rules(parsed)[rule] == 1
    assert (parsed.rows_in_file, parsed.rows_read, parsed.rows_refused) == (2, 1, 1)
    assert frame(parsed)["appraisal_id"].tolist() == [identity(3002)]
    assert not parsed.people["key"].eq("asn:" + identity(1).replace("-", "")).any()


def test_one_number_on_two_ids_is_told():
    assert rules(read([appraisal(1), appraisal(2, nip=nip(1))])) == {"nip.two_people": 2}
    assert rules(read([appraisal(1), appraisal(2, id=identity(1))])) == {"nip.two_numbers": 2}


def test_the_same_key_with_the_same_content_counts_once():
    parsed = read([appraisal(1), appraisal(1), appraisal(2)])
    assert rules(parsed) == {"appraisal.copy": 1}
    assert parsed.rows_read == len(frame(parsed)) == 2


def test_the_same_key_with_other_content_counts_nowhere():
    parsed = read([appraisal(1), appraisal(1, hasil_kerja="DIATAS EKSPEKTASI"), appraisal(2)])
    assert [(f.rule, f.row) for f in parsed.faults] == [("appraisal.conflict", 9), ("appraisal.conflict", 10)]
    assert frame(parsed)["appraisal_id"].tolist() == [identity(3002)]


def test_a_unit_outside_the_tree_is_told_where_there_is_a_tree():
    tree = Units.of(pd.DataFrame({"unit_id": ["1" * 32], "opd_id": ["1" * 32], "name": ["DINAS CONTOH"]}))
    assert rules(read([appraisal(1)], context=Context(units=tree))) == {"unit.unknown": 1}


def test_a_stated_period_is_used_only_where_the_title_has_none():
    assert read([appraisal(1)], context=Context(period="2025")).period == "2026-Q3"
    assert read([appraisal(1)], title=(), context=Context(period="2025")).period == "2025"


def test_the_year_of_a_title_without_one_comes_from_the_year_of_the_plan():
    assert read([appraisal(1)], title=("Laporan Penilaian SKP Periode Triwulan II",)).period == "2026-Q2"


def test_a_title_of_the_other_report_is_noted():
    assert rules(read([appraisal(1)], title=("Laporan SKP Tahun 2026",))) == {"title.other_report": 1}


def test_many_faults_are_told_together():
    parsed = read([appraisal(1, nip=1.98603032010121943e17), appraisal(2, hasil_akhir="BAGUS"), appraisal(3, waktu_dinilai="x"),
                   appraisal(4)])
    assert set(rules(parsed)) == {"nip.number_cell", "predikat.unknown_label", "date.unreadable"}
    assert all(f.row and f.column and f.sheet == "Worksheet" for f in parsed.faults)


DIRT = st.sampled_from(["", "-", "x", 3.0, 198603032010121943.0, "198603032010121943", "KURANG", "SANGAT KURANG", "31-02-2026", None, True,
                        "\u00a0"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(HEADERS), DIRT, max_size=4), max_size=8), st.booleans())
def test_no_row_is_lost_silently(changes, repeat):
    rows = [appraisal(n, **change) for n, change in enumerate(changes)]
    parsed = read(rows + rows[:1] if repeat else rows)
    assert parsed.rows_in_file == parsed.rows_read + parsed.rows_refused == len(rows) + (repeat and bool(rows))
    assert len(frame(parsed)) == parsed.rows_read
    told = {f.row for f in parsed.faults}
    assert set(range(9, 9 + parsed.rows_in_file)) - set(frame(parsed)["row"].tolist()) <= told
    TABLES["appraisals"].conform(frame(parsed).assign(version=1, import_id="i"))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["nip", "nama", "pegawai_atasan_nip", "pegawai_atasan_nama"]), min_size=1, max_size=4), st.integers(1, 9))
def test_no_number_and_no_name_stands_in_a_fault(columns, n):
    parsed = read([appraisal(n, **dict.fromkeys(columns, "RAHASIA 197001012010011901"), skp_penilaian_id="-",
                             hasil_akhir="197001012010011901")])
    for fault in parsed.faults:
        text = repr(fault)
        assert "197001012010011901" not in text and "RAHASIA" not in text


def plans(rows):
    headers = load_layouts()["ekinerja-skp"].headers
    title = ("Laporan SKP Tahun 2026", "Instansi X", "Periode : Tahunan 2026", "Unor Induk : ALL", "Unor : ALL")
    table = [[*r, *[""] * (len(headers) - len(r))] for r in grid(rows, headers, title, 1)]
    return read_plans(collect(recognise([Sheet("W", tuple(zip(*table, strict=True)), len(table))], "a.xlsx")), Context())


def plan(n, **changed):
    return {"skp_id": identity(n), "id": identity(100 + n), "nip": nip(n), "nama": "A", "jenis_pegawai": "pns", "skp_status": "persetujuan",
            "skp_model": "kuantitatif", "skp_unor": "BIDANG A", "skp_unor_induk": "DINAS A", "skp_jabatan": "ANALIS",
            "periode_awal": "2026-01-01",
            "periode_akhir": "2026-12-31", "is_plt_plh": 0.0, **changed}


def test_plans_are_read():
    parsed = plans([plan(1), plan(2, skp_status="Draft", is_plt_plh=1.0)])
    table = TABLES["skp_plans"].conform(parsed.frames["skp_plans"].assign(import_id="i", exported_at=pd.Timestamp("2026-10-08")))
    assert table["skp_status"].tolist() == ["persetujuan", "draft"] and table["is_acting"].tolist() == [False, True]
    assert table["year"].tolist() == [2026, 2026] and parsed.period == "2026"


@pytest.mark.parametrize(("change", "rule", "read_rows"), [
    ({"skp_id": "-", "skp_status": "-"}, "plan.none", 0), ({"skp_id": "-"}, "plan.no_id", 0),
    ({"skp_status": "batal"}, "plan.unknown_status", 1),
    ({"nip": 2.0e17}, "nip.number_cell", 0),
])
def test_rules_of_plans(change, rule, read_rows):
    parsed = plans([plan(1, **change)])
    assert [f.rule for f in parsed.faults] == [rule] and parsed.rows_read == read_rows


def test_a_plan_that_stands_twice():
    assert [f.rule for f in plans([plan(1), plan(1)]).faults] == ["plan.copy"]
    assert plans([plan(1), plan(1, skp_status="draft")]).rows_read == 0


def test_the_one_who_pressed_the_button_may_be_another():
    row = frame(read([appraisal(1, pegawai_penilai_id=identity(77))])).iloc[0]
    assert row["rated_by_kind"] == "other" and row["superior_id"] == "asn:" + SUPERIOR.replace("-", "")
