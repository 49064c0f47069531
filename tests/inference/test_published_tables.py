"""Published worked examples of stratified tables, lots drawn again, equivalence and families of tests, to every printed digit."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.inference import Strata, adjust, common_difference, common_odds, equivalent_shares, homogeneity, randomisation_p


def strata(*rows):
    """Tables as (x1, n1, x0, n0)."""
    return Strata(*np.array(rows, dtype=float).T)


# smokers with and without lung cancer, others with and without
CITIES = ((126, 100, 35, 61), (908, 688, 497, 807), (913, 747, 336, 598), (235, 172, 58, 121), (402, 308, 121, 215), (182, 156, 72, 98),
          (60, 99, 11, 43), (104, 89, 21, 36))


def test_smoking_in_eight_chinese_cities():
    """A. Agresti (1996), Introduction to Categorical Data Analysis, section 3.2: 280.1; 2.17, 1.98 to 2.38; Breslow and Day's 5.2, df 7, p 0.64."""
    eight = strata(*((a, a + b, c, c + d) for a, b, c, d in CITIES))
    found = common_odds(eight)
    assert (round(found.chi2, 1), round(found.ratio, 2), round(found.low, 2), round(found.high, 2)) == (280.1, 2.17, 1.98, 2.38)
    chi2, df, p_value = homogeneity(eight)
    assert (round(chi2, 1), df, round(p_value, 2)) == (5.2, 7, 0.64)


def test_sato_on_small_centres():
    """R package criskdiff, introduction, `criskdiff_mh_sato(myel)`: 21 centres of B. Klingenberg (2014), Statistics in Medicine 33, 2968-2983."""
    centres = strata((3, 4, 1, 3), (3, 4, 8, 11), (2, 2, 2, 3), (2, 2, 2, 2), (2, 2, 0, 3), (1, 3, 2, 3), (2, 2, 2, 3), (1, 5, 4, 4), (2, 2, 2, 3),
                     (0, 2, 2, 3), (3, 3, 3, 3), (2, 2, 0, 2), (1, 4, 1, 5), (2, 3, 2, 4), (2, 4, 4, 6), (4, 12, 3, 9), (1, 2, 2, 3), (3, 3, 1, 4),
                     (1, 4, 2, 3), (0, 3, 0, 2), (2, 4, 1, 5))
    found = common_difference(centres)
    assert (found.difference, found.error, found.low, found.high, found.p_value) == pytest.approx(
        (0.057168322, 0.079887623, -0.099408542, 0.213745186, 0.474232662), abs=5e-10)


def test_farrington_and_manning_at_a_margin():
    """P. Laud's checks of SAS, PROC FREQ, `riskdiff(noninf method=score)`: 28 of 42 in both groups, margin 0.2: p 0.0245."""
    found = equivalent_shares(28, 42, 28, 42, margin=0.2, alpha=0.025)
    assert (round(found.p_value, 4), found.conclusion) == (0.0245, "no_important_gap")


def test_honey_and_coughs():
    """G. Imbens, D. Rubin (2015), Causal Inference, section 5.2: six children, means 1.00 apart, p = 16 / 20 = 0.80."""
    found = randomisation_p([3, 5, 0, 4, 0, 1], [1, 1, 1, 0, 0, 0], blocks=[0] * 6, units=range(6))
    assert (found.reached, found.draws, found.p_value) == (16, 20, 0.80)


def test_village_councils():
    """A. Gerber, D. Green (2012), Field Experiments, section 3.4: seven villages, two of them treated, 6.5 apart; two sides 8 / 21 = 0.38."""
    found = randomisation_p([15, 15, 20, 20, 10, 15, 30], [1, 0, 0, 0, 0, 0, 1], blocks=[0] * 7, units=range(7))
    assert (found.reached, found.draws, round(found.p_value, 2)) == (8, 21, 0.38)


def test_fifteen_comparisons():
    """Y. Benjamini, Y. Hochberg (1995), JRSS B 57, 289-300, section 3.2: theirs rejects four of fifteen at 5%, Bonferroni's (and Holm's) three."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert [int((adjust(p, method).p_adjusted <= 0.05).sum()) for method in ("benjamini_hochberg", "holm")] == [4, 3]
