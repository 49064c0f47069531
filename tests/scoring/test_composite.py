"""Weights of PP 30/2019 and the two halves of 2021 (rules file 2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.scoring.composite import composite, integrate_2021
from evalkit.scoring.outcome import REASONS


@pytest.mark.parametrize(("option", "value"), [("70_30", 0.7 * 110 + 0.3 * 90), ("60_40", 0.6 * 110 + 0.4 * 90)])
def test_weights(option, value):
    out = composite(110, 90, option)
    assert out.value == pytest.approx(value)
    assert out.confirmed


def test_no_weight_is_claimed_for_an_office_that_stated_none():
    assert composite(110, 90, "").reason == "unknown_option"
    with pytest.raises(TypeError):
        composite(110, 90)


@pytest.mark.parametrize(("skp", "reason"), [(120.1, "out_of_range"), (-1, "out_of_range"), (None, "missing"), ("x", "not_a_number")])
def test_reasons(skp, reason):
    assert composite(skp, 90, "70_30").reason == reason


def test_halves_of_2021_count_alike():
    assert integrate_2021(80, 100).value == 90


@given(st.floats(0, 120), st.floats(0, 120), st.sampled_from(["70_30", "60_40"]))
def test_between_its_parts(skp, behaviour, option):
    assert min(skp, behaviour) - 1e-9 <= composite(skp, behaviour, option).value <= max(skp, behaviour) + 1e-9


@given(st.one_of(st.none(), st.floats(), st.text(max_size=3)), st.one_of(st.none(), st.floats()), st.text(max_size=6))
def test_total(skp, behaviour, option):
    assert composite(skp, behaviour, option).reason in (None, *REASONS)
