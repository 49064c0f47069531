"""Rules file 1.2: nine cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InstrumentError
from evalkit.instruments.catalog import load
from evalkit.instruments.quadrant import cells, contradicts, lookup
from evalkit.tables.schema import PREDIKAT, RATINGS

# Rules file 1.2, rows hasil kerja, columns perilaku kerja di bawah, sesuai, di atas.
PRINTED = {"di_atas": ("kurang", "baik", "sangat_baik"), "sesuai": ("kurang", "baik", "baik"),
           "di_bawah": ("sangat_kurang", "butuh_perbaikan", "butuh_perbaikan")}


@pytest.mark.parametrize("work", RATINGS)
@pytest.mark.parametrize(("column", "behaviour"), [(0, "di_bawah"), (1, "sesuai"), (2, "di_atas")])
def test_cell(work, column, behaviour):
    assert lookup(work, behaviour) == PRINTED[work][column]


def test_one_cell_is_very_good_three_are_good():
    values = list(cells(load("permenpanrb-6-2022")).values())
    assert (values.count("sangat_baik"), values.count("baik")) == (1, 3)


def test_teachers_use_the_same_quadrant():
    assert cells(load("perdirjen-gtk-7607-2023")) == cells(load("permenpanrb-6-2022"))


def test_a_numeric_rule_has_no_quadrant():
    with pytest.raises(InstrumentError, match="no whole quadrant"):
        cells(load("pp-30-2019"))


words = st.one_of(st.none(), st.text(), st.sampled_from(RATINGS))


@given(words, words, st.one_of(st.none(), st.text(), st.sampled_from(PREDIKAT)))
def test_total(work, behaviour, predikat):
    found = lookup(work, behaviour)
    assert (found in PREDIKAT) == (work in RATINGS and behaviour in RATINGS)
    assert contradicts(work, behaviour, predikat) == (found is not None and predikat is not None and predikat != found)
