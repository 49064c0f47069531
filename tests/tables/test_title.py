from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import ImportFileError
from evalkit.tables.periods import parse
from evalkit.tables.title import period_of, read_title

MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember")


@pytest.mark.parametrize("number", range(1, 13))
def test_a_month_as_a_word_or_a_number_is_the_same_month(number):
    for written in (MONTHS[number - 1], MONTHS[number - 1].upper(), str(number), f"{number:02d}"):
        rows = [f"Laporan Penilaian SKP Periode Bulanan {written} Tahun 2025", "Instansi Contoh", f"Periode : Bulanan {written}"]
        assert read_title(rows).period == f"2025-{number:02d}"
        assert period_of(f"Bulanan {written} Tahun 2025") == f"2025-{number:02d}"


@pytest.mark.parametrize(("written", "period"), [
    ("Triwulan I", "2026-Q1"), ("Triwulan II", "2026-Q2"), ("Triwulan III", "2026-Q3"), ("Triwulan IV", "2026-Q4"),
    ("Triwulan 3", "2026-Q3"), ("TW III", "2026-Q3"), ("Triwulanan IV", "2026-Q4"), ("Semester I", "2026-S1"), ("Semester II", "2026-S2"),
    ("Semester 2", "2026-S2"),
    ("Tahunan", "2026"),
])
def test_other_kinds_of_period(written, period):
    assert read_title([f"Laporan Penilaian SKP Periode {written} Tahun 2026", f"Periode : {written}"]).period == period


def test_the_other_rows_are_read():
    title = read_title(["Laporan Penilaian SKP Periode Bulanan 5 Tahun 2026", "Instansi Pemerintah Kota Contoh", "Periode : Bulanan Mei",
                        "Unor Induk : DINAS 2024", "Unor : ALL", "Data ditarik pada : 3/6/2026, 08.15.22"])
    assert (title.period, title.instance, title.scope) == ("2026-05", "Pemerintah Kota Contoh", "DINAS 2024")
    assert title.exported_at == datetime(2026, 6, 3, 8, 15, 22)


def test_scope_is_full_only_where_both_lines_say_all():
    assert read_title(["Unor Induk : ALL", "Unor : ALL"]).scope == "full"
    assert read_title(["Unor Induk : DINAS A", "Unor : BIDANG B"]).scope == "BIDANG B"
    assert read_title(["Judul"]).scope is None


def test_a_title_that_says_nothing_says_nothing():
    title = read_title([])
    assert (title.period, title.year, title.exported_at) == (None, None, None)
    assert read_title(["Laporan Penilaian SKP Periode Bulanan Mei"]).period is None
    assert read_title(["Laporan Penilaian SKP Periode Bulanan Mei"], year=2026).period == "2026-05"


@pytest.mark.parametrize("rows", [["Periode Bulanan Mei Tahun 2026", "Periode : Bulanan Juni"],
                                  ["Bulanan Mei Tahun 2025", "Bulanan Mei Tahun 2026"],
                                  ["Triwulan I Tahun 2026", "Bulanan Maret Tahun 2026"]])
def test_two_periods_are_refused(rows):
    with pytest.raises(ImportFileError, match="periode"):
        read_title(rows)


@given(st.text(max_size=60))
def test_any_text_gives_a_period_of_the_grammar_or_none(text):
    found = period_of(text, 2026)
    assert found is None or parse(found).text == found


@pytest.mark.parametrize("text", ["", "Dinas 10", "bulan", "Triwulan V 2026", "Bulanan 13 Tahun 2026", "Semester III 2026"])
def test_what_is_no_period(text):
    assert period_of(text, 2026) is None
