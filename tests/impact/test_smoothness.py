"""Intervals of an effect when trends may bend: closed forms, a search over every weight, an engine, and coverage at the worst case."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.errors import EstimationError
from evalkit.impact import smoothness_interval
from evalkit.impact.smoothness import _folded

SIGMA = np.array([[4, 2, 1, 0.5], [2, 3, 1, 0.5], [1, 1, 3, 1.5], [0.5, 0.5, 1.5, 4]]) / 100


def folded(bias: float, level: float = 0.95) -> float:
    """Quantile of |N(bias, 1)|, by the noncentral chi-squared distribution."""
    return float(np.sqrt(stats.ncx2.ppf(level, 1, max(bias, 1e-12) ** 2)))


def half(found: tuple[float, float]) -> float:
    return (found[1] - found[0]) / 2


@pytest.mark.parametrize("bend", [0.0, 0.1, 1.0])
def test_one_period_before_and_one_after_in_closed_form(bend: float) -> None:
    # Rambachan and Roth (2023), section 2.4.1: with periods -1, 0, 1 the difference afterwards lies within `bend` of minus that before
    sigma = np.array([[0.04, 0.01], [0.01, 0.09]])
    found = smoothness_interval([0.3], [1.2], sigma, bend=bend)
    error = math.sqrt(0.04 + 0.09 + 2 * 0.01)
    assert sum(found) / 2 == pytest.approx(1.5)
    assert half(found) == pytest.approx(folded(bend / error) * error, rel=1e-6)


@pytest.mark.parametrize("bend", [0.02, 0.1, 0.4])
def test_no_other_weights_give_a_shorter_interval(bend: float) -> None:
    share = np.array([0.5, 0.5])
    lengths = []
    for v in np.linspace(-5, 5, 20_001):  # of period -2; that of period -1 follows, so that a slope cancels
        weights = np.array([v, 1.5 - 2 * v, *share])
        error = math.sqrt(weights @ SIGMA @ weights)
        bias = bend * (share[1] + abs(2 * v + weights[1]) + abs(v))
        lengths.append((error, bias))
    errors, biases = np.array(lengths).T
    shortest = float((errors * np.sqrt(stats.ncx2.ppf(0.95, 1, (biases / errors) ** 2))).min())
    assert half(smoothness_interval([0, 0], [0, 0], SIGMA, bend=bend)) == pytest.approx(shortest, rel=1e-6)


def test_a_line_is_drawn_on_whatever_its_slope() -> None:
    flat, steep = (smoothness_interval(s * np.array([-3, -2, -1]), 2 + s * np.array([1, 2]), np.eye(5) / 50, bend=0.0) for s in (0.0, 7.0))
    assert flat == pytest.approx(steep)
    assert sum(flat) / 2 == pytest.approx(2)


def test_the_engine_agrees_where_it_has_limits() -> None:
    from diff_diff import CallawaySantAnna, compute_honest_did

    rng = np.random.default_rng(1)
    first = np.array([6, 7, 0])[np.arange(120) % 3]
    rows = [(i, t, 2.0 * (0 < first[i] <= t) + rng.normal(), first[i]) for i in range(120) for t in range(1, 10)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = CallawaySantAnna(base_period="universal").fit(pd.DataFrame(rows, columns=["unit", "time", "y", "first"]), outcome="y", unit="unit",
                                                              time="time", first_treat="first").aggregate("event_study")
        engine = {bend: compute_honest_did(study, method="smoothness", M=bend) for bend in (0.0, 0.1, 0.5)}
    table = study.to_dataframe().set_index("event_time").drop(-1)
    before = table.loc[table.index < -1, "att"]
    for bend, its in engine.items():
        ours = smoothness_interval(before, table.loc[table.index > -1, "att"], study.vcov, bend=bend)
        assert np.isfinite(ours).all()
        if np.isfinite(its.ci_lb):  # it finds no limits in many designs, which is why there is an interval of our own
            assert ours == pytest.approx((its.ci_lb, its.ci_ub), abs=2e-4)
    assert np.isfinite([engine[0.0].ci_lb, engine[0.1].ci_lb]).all()


def test_the_worst_bends_are_covered_and_no_more() -> None:
    bend, share = 0.05, np.array([0.5, 0.5])
    # the interval is linear in what was measured: its weights are read off, then drawn from at the bend that hurts most
    weights = np.array([sum(smoothness_interval(row[:2], row[2:], SIGMA, bend=bend)) / 2 for row in np.eye(4)])
    kinks = {1: [0, 0, 0, 1], 0: [2, 1, 0, 0], -1: [1, 0, 0, 0]}  # what a bend of 1 at each period does to periods -2, -1, 1, 2
    trend = bend * sum(np.sign(weights @ np.array(k)) * np.array(k) for k in kinks.values())
    found = smoothness_interval([0, 0], [0, 0], SIGMA, bend=bend)
    draws = np.random.default_rng(5).multivariate_normal(trend, SIGMA, 40_000) @ weights
    assert np.mean(np.abs(draws) <= half(found)) == pytest.approx(0.95, abs=0.004)  # 3.7 Monte Carlo errors
    assert weights[2:] == pytest.approx(share)


def test_it_widens_with_the_bend_and_with_few_degrees_of_freedom() -> None:
    lengths = [half(smoothness_interval([0, 0], [1, 1], SIGMA, bend=b)) for b in (0, 0.01, 0.1, 1, 10)]
    assert lengths == sorted(lengths)
    assert half(smoothness_interval([0, 0], [1, 1], SIGMA, bend=0, df=4)) == pytest.approx(lengths[0] * stats.t.ppf(0.975, 4) / stats.norm.ppf(0.975))
    wide = half(smoothness_interval([0, 0], [1, 1], SIGMA, bend=10, df=4))
    assert wide > lengths[-1]


@pytest.mark.parametrize("df", [1, 3, 11.3, 29, 60, 1e4])
def test_the_quantile_of_a_folded_t_is_one_whatever_the_bias(df: float) -> None:
    # the share of |T| inside, with the error drawn out of its chi-squared distribution: no noncentral t of a library
    error = np.sqrt(stats.chi2.ppf((np.arange(4000) + 0.5) / 4000, df) / df)
    for bias in np.linspace(0, 8, 81):
        x = _folded(float(bias), 0.95, df)
        assert np.mean(stats.norm.cdf(x * error - bias) - stats.norm.cdf(-x * error - bias)) == pytest.approx(0.95, abs=2e-4)


def test_what_is_no_design_is_refused_or_has_no_bounds() -> None:
    with pytest.raises(EstimationError, match="at least one period"):
        smoothness_interval([], [1.0], np.eye(1), bend=0)
    with pytest.raises(EstimationError, match="negative"):
        smoothness_interval([0.0], [1.0], np.eye(2), bend=-1)
    assert np.isnan(smoothness_interval([0.0], [1.0], np.zeros((2, 2)), bend=0.1)).all()
