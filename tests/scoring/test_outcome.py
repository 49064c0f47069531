"""Numbers as a person wrote them."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.scoring.outcome import REASONS, exact


@pytest.mark.parametrize(("value", "expected"), [
    (1, 1), (0.1, Fraction(1, 10)), (np.int64(3), 3), (np.float64(0.7), Fraction(7, 10)), (Fraction(1, 3), Fraction(1, 3)),
    (None, "missing"), (np.nan, "missing"), (pd.NA, "missing"), (pd.NaT, "missing"), (True, "not_a_number"), ("1", "not_a_number"),
    (float("inf"), "not_a_number"), (1e13, "out_of_range"), (10**400, "out_of_range"), ([], "not_a_number")])
def test_exact(value, expected):
    assert exact(value) == expected


@given(st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.booleans(), st.complex_numbers()))
def test_total(value):
    found = exact(value)
    assert isinstance(found, Fraction) or found in REASONS
