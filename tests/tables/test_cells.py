from datetime import date, datetime, time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.tables.cells import as_text, booleans, clean_header, dates, is_number, map_unique, numbers, text_column


@pytest.mark.parametrize("written", ["NIP Baru", "nip baru", "NIP\u00a0Baru", "\ufeffNIP  Baru ", "NIP\nBaru", "NIP_BARU", "N\u200bIP Baru",
                                     "NIP\u202fBaru", "\tNIP Baru\r\n", "\u00adNIP BARU"])
def test_header_is_compared_without_what_cannot_be_seen(written):
    assert clean_header(written) == "nip baru"


def test_header_of_other_words_stays_different():
    assert clean_header("NIP LAMA") != clean_header("NIP BARU")
    assert clean_header(None) == "" and clean_header(3.0) == "3.0"


def test_text_is_cleaned_and_dashes_are_missing():
    got = text_column(["'1234", "’1234", " a  b ", "a\u00a0b", "a\nb", "-", "—", "", None, "O'Reilly", 2025.0, 2.5, True, date(2025, 1, 2)])
    words = ["1234", "1234", "a b", "a b", "a b", "?", "?", "?", "?", "O'Reilly", "2025", "2.5", "TRUE", "2025-01-02"]
    assert got.fillna("?").tolist() == words


def test_yes_cell_is_not_taken_for_the_number_one():
    assert text_column([True, 1.0, False, 0.0]).tolist() == ["TRUE", "1", "FALSE", "0"]


@given(st.lists(st.one_of(st.text(), st.none(), st.floats(), st.booleans(), st.integers(), st.dates(), st.datetimes(), st.times())))
def test_every_column_has_a_text_of_its_own_length(values):
    got = text_column(values)
    assert len(got) == len(values)
    assert not got.isin(["", "-"]).any()


@given(st.lists(st.one_of(st.text(max_size=30), st.none(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.times())))
def test_dates_numbers_and_yes_no_are_total(values):
    for function in (dates, numbers, booleans):
        got, bad = function(values)
        assert len(got) == len(bad) == len(values)
        assert not (got.notna().to_numpy() & bad).any()


@pytest.mark.parametrize(("written", "meant"), [
    ("2025-04-03", "2025-04-03"), ("03-04-2025", "2025-04-03"), ("03/04/2025", "2025-04-03"), ("3/4/2025", "2025-04-03"),
    ("03.04.2025", "2025-04-03"), ("3 April 2025", "2025-04-03"), ("3 Agustus 2025", "2025-08-03"), ("17 Mei 2025", "2025-05-17"),
    ("3/2/2025, 08.15.22", "2025-02-03 08:15:22"), ("2025/04/01 9:00:05 AM GMT+8", "2025-04-01 09:00:05"),
    ("2026/04/02 1:30:00 PM GMT+8", "2026-04-02 13:30:00"), ("2025/04/01 12:00:05 AM GMT+8", "2025-04-01 00:00:05"),
    ("2025-02-01 08:10:45", "2025-02-01 08:10:45"), ("2025-02-01T08:10:45+08:00", "2025-02-01 08:10:45"),
    ("01-12-2000 07:05 WITA", "2000-12-01 07:05:00"), (27760.0, "1976-01-01"), ("27760", "1976-01-01"), (45750.5, "2025-04-03 12:00:00"),
    (date(2025, 4, 3), "2025-04-03"), (datetime(2025, 4, 3, 1, 2, 3), "2025-04-03 01:02:03"), ("29-02-2024", "2024-02-29"),
])
def test_dates_are_read_day_first(written, meant):
    got, bad = dates([written])
    assert got.iloc[0] == pd.Timestamp(meant)
    assert not bad[0]


@pytest.mark.parametrize("written", ["31-02-2025", "29-02-2025", "13/13/2025", "04/31/2025", "2025-13-01", "kemarin", "01-01-25", "2025",
                                     12.0, 1e9, "2025-04-03 25:00", "2025-04-03 13:00 PM", time(8, 0)])
def test_what_is_no_date_is_said(written):
    got, bad = dates([written])
    assert pd.isna(got.iloc[0])
    assert bad[0]


@given(st.dates(date(1930, 1, 1), date(2100, 12, 31)))
def test_a_date_reads_the_same_in_every_form(day):
    serial = float((day - date(1899, 12, 30)).days)
    got, bad = dates([day.isoformat(), day.strftime("%d-%m-%Y"), f"{day.day}/{day.month}/{day.year}", serial, day])
    assert [v.date() for v in got] == [day] * 5
    assert not bad.any()


def test_numbers_with_comma_and_text():
    got, bad = numbers(["3,5", 2.0, "1e2", "-", "x", "1.000,5", True])
    assert got.fillna(-1).tolist() == [3.5, 2.0, 100.0, -1, -1, -1, -1]
    assert bad.tolist() == [False, False, False, False, True, True, True]


def test_kind_of_cell_is_kept():
    assert is_number([1.0, "1", True, None, 3, date(2020, 1, 1)]).tolist() == [True, False, False, False, True, False]
    assert as_text(1986030320101219.0) == "1986030320101219"


def test_a_function_is_called_once_a_word():
    seen = []
    got = map_unique(text_column(["a", "b", "a", "-"]), lambda w: seen.append(w) or w.upper())
    assert got == ["A", "B", "A", None] and sorted(seen) == ["a", "b"]


def test_empty_column():
    for function in (dates, numbers, booleans):
        got, bad = function([])
        assert len(got) == 0 and isinstance(bad, np.ndarray)
