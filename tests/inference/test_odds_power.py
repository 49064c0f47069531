"""What the test of Mantel and Haenszel could find: another path by scipy, simulated tables, the approximation, degenerate strata."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import nchypergeom_fisher

from evalkit.errors import EstimationError
from evalkit.inference import odds_power
from evalkit.inference.odds_power import detectable_common_odds
from evalkit.inference.strata import Strata, common_odds

DESIGN = Strata([6, 9, 4, 2], [15, 22, 9, 3], [11, 5, 7, 4], [24, 12, 14, 11])


def found_at(design: Strata, ratio: float, correct: bool) -> float:
    """Give the power by multiplying out scipy's noncentral hypergeometric distributions, and asking the test of every total."""
    x, n = design.x1 + design.x0, design.n1 + design.n0
    chances = np.ones(1)
    for one, all_of, hits in zip(design.n1, n, x, strict=True):
        chances = np.convolve(chances, nchypergeom_fisher.pmf(np.arange(int(hits) + 1), int(all_of), int(one), int(hits), ratio))
    expected = float((design.n1 * x / n).sum())
    variance = float((design.n1 * design.n0 * x * (n - x) / (n * n * (n - 1))).sum())
    gap = np.arange(len(chances)) - expected
    rejected = np.maximum(abs(gap) - 0.5 * correct, 0) ** 2 / variance >= 3.8414588
    return float(chances[rejected & (gap * math.log(ratio) > 0)].sum())


@pytest.mark.parametrize("correct", [False, True])
def test_the_power_is_that_of_another_path(correct):
    below, above = detectable_common_odds(DESIGN, correct=correct)
    assert below < 1 < above
    assert [found_at(DESIGN, r, correct) for r in (below, above)] == pytest.approx([0.8, 0.8], abs=1e-6)


def test_the_stated_ratio_is_found_eight_times_in_ten_of_simulated_tables():
    rng, above = np.random.default_rng(2), detectable_common_odds(DESIGN)[1]
    x, n = DESIGN.x1 + DESIGN.x0, DESIGN.n1 + DESIGN.n0
    drawn = np.column_stack([nchypergeom_fisher.rvs(int(a), int(b), int(c), above, size=1500, random_state=rng)
                             for a, b, c in zip(n, DESIGN.n1, x, strict=True)])
    p = [common_odds(Strata(row, DESIGN.n1, x - row, DESIGN.n0)).p_value for row in drawn.astype(float)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.8, abs=0.03)


def test_only_margins_count_and_strata_that_say_nothing_do_not():
    moved = Strata([4, 9, 4, 2, 0, 5], [15, 22, 9, 3, 4, 5], [13, 5, 7, 4, 0, 0], [24, 12, 14, 11, 6, 0])
    assert detectable_common_odds(moved) == pytest.approx(detectable_common_odds(DESIGN))


def test_many_people_take_the_approximation_which_agrees(monkeypatch):
    many = Strata([400, 300], [1000, 900], [500, 350], [1200, 1000])
    exact = detectable_common_odds(many, correct=True)
    monkeypatch.setattr(odds_power, "_MOST", 10)
    assert detectable_common_odds(many, correct=True) == pytest.approx(exact, abs=0.004)


def test_where_nothing_can_be_found_there_is_none():
    assert detectable_common_odds(Strata([1], [2], [1], [2])) == (0.0, math.inf)
    assert detectable_common_odds(Strata([0, 2], [3, 2], [0, 0], [4, 0])) == (0.0, math.inf)
    assert detectable_common_odds(Strata([], [], [], [])) == (0.0, math.inf)
    for wrong in ({"level": 95}, {"power": 1.0}):
        with pytest.raises(EstimationError):
            detectable_common_odds(DESIGN, **wrong)
