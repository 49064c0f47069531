"""Labels: every spelling seen in data (rules file 1.3, samples point 4), and nothing that only looks alike."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InstrumentError
from evalkit.instruments.labels import canonical, codes, export_label
from evalkit.tables import schema

SEEN = [
    ("rating", "DIATAS EKSPEKTASI", "di_atas"), ("rating", "Diatas ekspektasi", "di_atas"), ("rating", "Di Atas Ekspektasi", "di_atas"),
    ("rating", "SESUAI EKSPEKTASI", "sesuai"), ("rating", "DIBAWAH EKSPEKTASI", "di_bawah"), ("rating", "di-bawah ekspektasi", "di_bawah"),
    ("rating", "1", "di_atas"), ("rating", 2, "sesuai"), ("rating", 3.0, "di_bawah"),
    ("predikat", "SANGAT BAIK", "sangat_baik"), ("predikat", " baik ", "baik"), ("predikat", "CUKUP", "butuh_perbaikan"),
    ("predikat", "Cukup/Butuh Perbaikan", "butuh_perbaikan"), ("predikat", "cukup / butuh perbaikan", "butuh_perbaikan"),
    ("predikat", "KURANG", "kurang"), ("predikat", "Kurang/Misconduct", "kurang"), ("predikat", "Kurang / Misconduct", "kurang"),
    ("predikat", "SANGAT KURANG", "sangat_kurang"), ("predikat", "SANGAT\u00a0KURANG", "sangat_kurang"),
    ("predikat", "\u200bBaik\ufeff", "baik"), ("predikat", "Sangat\nBaik", "sangat_baik"), ("predikat", "ＢＡＩＫ", "baik"),
    ("unit_predikat", "Istimewa", "istimewa"), ("unit_predikat", "Butuh Perbaikan/Cukup", "butuh_perbaikan"),
]


@pytest.mark.parametrize(("kind", "text", "code"), SEEN)
def test_spellings_seen_in_data(kind, text, code):
    assert canonical(kind, text) == code


@pytest.mark.parametrize("mark", ["-", "", "  ", "–", "—", None, math.nan, np.float64("nan"), pd.NA, pd.NaT, "\u00a0", "\u200b"])
def test_missing_marks_say_nothing(mark):
    assert canonical("predikat", mark) is None
    assert canonical("rating", mark) is None


@pytest.mark.parametrize(("kind", "text"), [
    ("predikat", "Tidak membuat SKP"), ("predikat", "1"), ("predikat", "SANGAT"), ("predikat", "ISTIMEWA"), ("rating", "4"),
    ("rating", "BAIK"), ("unit_predikat", "SANGAT BAIK"), ("predikat", "KURANG BAIK"), ("rating", "1.5"), ("rating", True)])
def test_words_of_another_kind_are_refused(kind, text):
    with pytest.raises(InstrumentError, match="is not a word of"):
        canonical(kind, text)


def test_error_text_carries_no_identity_number():
    with pytest.raises(InstrumentError) as caught:
        canonical("predikat", "198603032010121943")
    assert "198603032010121943" not in str(caught.value)


def test_codes_are_those_of_the_table_contracts():
    assert set(codes("rating")) == set(schema.RATINGS)
    assert set(codes("predikat")) == set(schema.PREDIKAT)
    assert set(codes("unit_predikat")) == set(schema.UNIT_PREDIKAT)


@pytest.mark.parametrize("kind", ["rating", "predikat", "unit_predikat"])
def test_exported_words_come_back(kind):
    assert [canonical(kind, export_label(kind, code)) for code in codes(kind)] == list(codes(kind))


def test_unknown_kind_or_code_is_told():
    with pytest.raises(InstrumentError, match="no set of words"):
        canonical("grade", "A")
    with pytest.raises(InstrumentError, match="is not a code of predikat"):
        export_label("predikat", "cukup")


@given(st.text())
def test_any_text_gives_a_code_nothing_or_a_refusal(text):
    try:
        found = canonical("predikat", text)
    except InstrumentError:
        return
    assert found is None or found in schema.PREDIKAT
