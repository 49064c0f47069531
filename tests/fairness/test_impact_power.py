"""What a ratio of rates could be found: every table counted, simulated data, an example of another program, degenerate groups."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binom, fisher_exact

from evalkit.errors import EstimationError
from evalkit.fairness.adverse_impact import adverse_impact_counts, impact_estimates
from evalkit.fairness.impact_power import _EXACT, _normal, _Region, detectable_ratio


def power(n1: int, n0: int, rate: float, p: float, side: int) -> float:
    """Count every table of two groups and ask Fisher's test of each."""
    chance_1, chance_0 = binom.pmf(range(n1 + 1), n1, p), binom.pmf(range(n0 + 1), n0, rate)
    return sum(chance_1[a] * chance_0[b] for a in range(n1 + 1) for b in range(n0 + 1)
               if side * (a * n0 - b * n1) > 0 and fisher_exact([[a, n1 - a], [b, n0 - b]])[1] <= 0.05)


@pytest.mark.parametrize(("n1", "n0", "rate"), [(20, 20, 0.6), (12, 30, 0.4), (25, 9, 0.5), (1, 40, 0.97), (30, 30, 1.0), (7, 33, 0.25)])
def test_the_power_is_that_of_all_tables(n1, n0, rate):
    below, above = detectable_ratio(n1, n0, rate)
    if below > 0:
        assert power(n1, n0, rate, below * rate, -1) == pytest.approx(0.8, abs=1e-6)
    else:
        assert power(n1, n0, rate, 0.0, -1) < 0.8
    if math.isfinite(above):
        assert power(n1, n0, rate, above * rate, 1) == pytest.approx(0.8, abs=1e-6)
    else:
        assert power(n1, n0, rate, 1.0, 1) < 0.8


def test_the_power_is_that_of_other_programs():
    """lrstat's own tests of powerFisherExact(pi1 = 0.25, pi2 = 0.05), n 136 and 137; statmod's manual of 0.5, 0.9, 20, 20: "70% chance"."""
    assert [_Region(n1, 68, 0.05, 0.05).chance_above(0.25) for n1 in (68, 69)] == pytest.approx([0.897983, 0.906564], abs=5.1e-7)
    region = _Region(20, 20, 0.9, 0.05)
    # of 100 simulated tables
    assert region.chance_below(0.5) == pytest.approx(0.70, abs=3 * math.sqrt(0.7 * 0.3 / 100))
    assert region.chance_below(0.5) == pytest.approx(power(20, 20, 0.9, 0.5, -1), abs=1e-12)


def test_the_stated_ratio_is_found_eight_times_in_ten_of_simulated_offices():
    rng, (below, above) = np.random.default_rng(3), detectable_ratio(130, 310, 0.2)
    for ratio in (below, above):
        counts = zip(rng.binomial(130, 0.2 * ratio, 1500), rng.binomial(310, 0.2, 1500), strict=True)
        found = np.mean([fisher_exact([[a, 130 - a], [b, 310 - b]])[1] <= 0.05 for a, b in counts])
        assert found == pytest.approx(0.8, abs=0.03)


def test_larger_groups_find_ratios_nearer_to_one_and_huge_ones_by_the_normal_approximation():
    found = [detectable_ratio(n, 2 * n, 0.12) for n in (100, 400, 1600, 6400, 60_000, 2_000_000)]
    below, above = zip(*found, strict=True)
    assert list(below) == sorted(below)
    assert list(above) == sorted(above, reverse=True)
    n1, n0 = _EXACT // 3, 2 * _EXACT // 3
    chance = _normal(n1, n0, 0.12, 0.05, -1)
    assert brentq(lambda p: chance(p) - 0.8, 0.05, 0.12) / 0.12 == pytest.approx(detectable_ratio(n1, n0, 0.12)[0], abs=5e-4)


def test_where_nothing_can_be_found_there_is_none():
    assert detectable_ratio(5, 5, 0.2) == (0.0, math.inf)
    assert detectable_ratio(0, 5, 0.2) == (0.0, math.inf)
    assert detectable_ratio(40, 40, 0.0) == (0.0, math.inf)
    # everybody of the reference has it: no group can have it more often
    assert detectable_ratio(40, 40, 1.0)[1] == math.inf
    for wrong in ({"rate": 1.2}, {"n_group": -1}, {"level": 5}, {"power": 0.0}):
        with pytest.raises(EstimationError):
            detectable_ratio(**{"n_group": 10, "n_reference": 10, "rate": 0.5, **wrong})


def test_it_stands_beside_each_ratio():
    table = adverse_impact_counts({"a": (90, 800), "b": (30, 400), "c": (1, 6)}, reference="a").set_index("group")
    assert table.loc["b", ["detectable_below", "detectable_above"]].tolist() == pytest.approx(detectable_ratio(400, 800, 90 / 800))
    assert table.loc["a", ["detectable_below", "detectable_above"]].isna().all()
    rows = impact_estimates(table.reset_index()).set_index(["group", "measure"])
    assert rows.loc[("b / a", "impact_detectable_below"), "estimate"] == pytest.approx(table.loc["b", "detectable_below"])
    few = rows.loc[("c / a", "impact_detectable_below")]
    assert (few["status"], few["reason"]) == ("not_estimable", "no_gap_detectable")
    assert few["role"] == "descriptive"
    # six people: no ratio below is found, one far above is
    assert rows.loc[("c / a", "impact_detectable_above"), "estimate"] > 4
