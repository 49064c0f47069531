"""Intervals of shares: published worked examples, a second path, and what never fails."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from evalkit.errors import EstimationError
from evalkit.inference.intervals import clopper_pearson, koopman, newcombe, wilson

# R. G. Newcombe (1998), Statistics in Medicine 17, 857-872, table I
ONE_SHARE = [(81, 263, wilson, 0.2553, 0.3662), (15, 148, wilson, 0.0624, 0.1605), (0, 20, wilson, 0.0, 0.1611),
             (1, 29, wilson, 0.0061, 0.1718), (81, 263, clopper_pearson, 0.2527, 0.3676),
             (15, 148, clopper_pearson, 0.0578, 0.1617), (0, 20, clopper_pearson, 0.0, 0.1684),
             (1, 29, clopper_pearson, 0.0009, 0.1776)]
# R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10
TWO_SHARES = [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
              (5, 56, 0, 29, -0.0381, 0.1926), (0, 10, 0, 20, -0.1611, 0.2775), (0, 10, 0, 10, -0.2775, 0.2775),
              (10, 10, 0, 20, 0.6791, 1.0), (10, 10, 0, 10, 0.6075, 1.0)]


@pytest.mark.parametrize(("count", "n", "method", "low", "high"), ONE_SHARE)
def test_one_share_agrees_with_the_published_table(count, n, method, low, high):
    found = method(count, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize(("x1", "n1", "x0", "n0", "low", "high"), TWO_SHARES)
def test_difference_agrees_with_the_published_table(x1, n1, x0, n0, low, high):
    found = newcombe(x1, n1, x0, n0)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=50)
@given(counts)
def test_one_share_agrees_with_statsmodels(pair):
    count, n = pair
    if n == 0:
        assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
        assert (clopper_pearson(0, 0).low, clopper_pearson(0, 0).high) == (0.0, 1.0)
        return
    for method, name in ((wilson, "wilson"), (clopper_pearson, "beta")):
        found = method(count, n, 0.9)
        assert (found.low, found.high) == pytest.approx(proportion_confint(count, n, 0.1, method=name), abs=1e-9)
        assert found.low <= count / n <= found.high


@settings(deadline=None, max_examples=50)
@given(counts, counts)
def test_difference_turns_its_sign_with_the_groups(one, zero):
    there, back = newcombe(*one, *zero), newcombe(*zero, *one)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert -1 - 1e-12 <= there.low <= there.high <= 1 + 1e-12


def test_ratio_agrees_with_the_published_example_and_with_statsmodels():
    found = koopman(36, 40, 16, 80)  # Koopman (1984), the example
    assert (found.low, found.high) == pytest.approx((2.94, 7.15), abs=5e-3)
    for x1, n1, x0, n0 in ((36, 40, 16, 80), (5, 12, 12, 20), (1, 6, 12, 20)):
        other = confint_proportions_2indep(x1, n1, x0, n0, method="score", compare="ratio", correction=False)
        found = koopman(x1, n1, x0, n0)
        assert (found.low, found.high) == pytest.approx(other, rel=1e-3)


def test_ratio_limit_is_where_the_best_fit_reaches_the_quantile():
    """A group in which everybody has the outcome: the constrained fit is found by a search of its likelihood."""
    low = koopman(7, 7, 3, 9).low

    def minus_log(p0):
        return -(7 * math.log(low * p0) + 3 * math.log(p0) + 6 * math.log(1 - p0))

    p0 = minimize_scalar(minus_log, bounds=(1e-9, 1 / low - 1e-12), method="bounded", options={"xatol": 1e-12}).x
    p1 = low * p0
    chi = (7 - 7 * p1) ** 2 / (7 * p1 * (1 - p1)) + (3 - 9 * p0) ** 2 / (9 * p0 * (1 - p0))
    assert chi == pytest.approx(3.841458820694124, rel=1e-4)


@settings(deadline=None, max_examples=50)
@given(counts, counts)
def test_ratio_is_inverted_with_the_groups_and_always_has_an_answer(one, zero):
    there, back = koopman(*one, *zero), koopman(*zero, *one)
    assert 0 <= there.low <= there.high
    if math.isfinite(there.high) and there.low > 0:
        assert (there.low, there.high) == pytest.approx((1 / back.high, 1 / back.low), rel=1e-6)
    if one[0] and zero[0]:
        assert there.low <= (one[0] / one[1]) / (zero[0] / zero[1]) <= there.high


def test_a_count_that_is_no_count_is_refused():
    with pytest.raises(EstimationError, match="5 of 3"):
        wilson(5, 3)
    with pytest.raises(EstimationError, match="level"):
        newcombe(1, 2, 1, 2, 95)
