"""Predikat to credit (rules file 3.3; S20, S46)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.scoring.credit import annual_credit, coefficient, periodic_credit
from evalkit.scoring.outcome import REASONS
from evalkit.tables.schema import PREDIKAT


@pytest.mark.parametrize(("predikat", "share"), [("sangat_baik", 1.5), ("baik", 1), ("butuh_perbaikan", 0.75), ("kurang", 0.5),
                                                 ("sangat_kurang", 0.25)])
def test_shares(predikat, share):
    assert annual_credit(predikat, 12.5).value == pytest.approx(share * 12.5)


def test_printed_examples():
    assert annual_credit("sangat_baik", 12.5).value == 18.75
    assert periodic_credit("baik", 12.5, 2).value == pytest.approx(2.08, abs=0.005)


def test_four_quarters_are_a_year():
    assert sum(periodic_credit("baik", 25, 3).value for _ in range(4)) == pytest.approx(annual_credit("baik", 25).value)


@pytest.mark.parametrize(("jenjang", "value", "confirmed"), [
    ("ahli_pertama", 12.5, True), ("ahli_muda", 25, True), ("ahli_madya", 37.5, False), ("ahli_utama", 50, False), ("pemula", 3.75, False),
    ("terampil", 5, False), ("mahir", 12.5, False), ("penyelia", 25, False)])
def test_coefficients(jenjang, value, confirmed):
    assert (coefficient(jenjang).value, coefficient(jenjang).confirmed) == (value, confirmed)


@pytest.mark.parametrize(("arguments", "reason"), [
    (("cukup", 12.5, 3), "unknown_label"), (("periodic", 12.5, 3), "unknown_label"), ((None, 12.5, 3), "missing"),
    (("baik", None, 3), "missing"),
    (("baik", -1, 3), "negative"), (("baik", 12.5, 0), "out_of_range"), (("baik", 12.5, 13), "out_of_range"),
    (("baik", 12.5, 2.5), "out_of_range")])
def test_reasons(arguments, reason):
    assert periodic_credit(*arguments).reason == reason


words = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(PREDIKAT))


@given(words, st.one_of(st.none(), st.floats()), st.one_of(st.none(), st.floats(), st.integers()))
def test_total(predikat, points, months):
    assert periodic_credit(predikat, points, months).reason in (None, *REASONS)
