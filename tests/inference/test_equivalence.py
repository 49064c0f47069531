"""Equivalence: printed values, brute force as second path, size at the margin, and data that cannot conclude."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm
from statsmodels.stats.weightstats import ttost_ind

from evalkit.errors import EstimationError
from evalkit.inference.equivalence import concluded, equivalent_means, equivalent_shares


def test_score_test_and_limits_as_printed():
    """CRAN PropTestR, introduction: 82 of 100 and 75 of 100, Miettinen and Nurminen's limits -0.04479568 and 0.1844067.

    These are the score limits with the variance times n / (n - 1), which is a quantile times the root of 200 / 199.
    """
    alpha = float(norm.sf(norm.ppf(0.975) * math.sqrt(200 / 199)))
    found = equivalent_shares(82, 100, 75, 100, margin=0.1, alpha=alpha)
    assert (found.low, found.high) == pytest.approx((-0.04479568, 0.1844067), abs=5e-8)


@pytest.mark.parametrize("counts", [(65, 100, 70, 100), (110, 1000, 105, 1000), (3, 20, 5, 30), (1, 40, 9, 25)])
@pytest.mark.parametrize("margin", [0.05, 0.1, 0.3])
def test_brute_force_is_the_second_path(counts, margin):
    x1, n1, x0, n0 = counts

    def z(d):
        def minus(q):
            return -(x1 * np.log(q) + (n1 - x1) * np.log(1 - q) + x0 * np.log(q - d) + (n0 - x0) * np.log(1 - q + d))

        q = minimize_scalar(minus, bounds=(max(d, 0) + 1e-12, min(1, 1 + d) - 1e-12), method="bounded", options={"xatol": 1e-12}).x
        return (x1 / n1 - x0 / n0 - d) / np.sqrt(q * (1 - q) / n1 + (q - d) * (1 - q + d) / n0)

    found = equivalent_shares(*counts, margin=margin)
    assert found.p_value == pytest.approx(max(norm.sf(z(-margin)), norm.cdf(z(margin))), abs=1e-6)
    assert (z(found.low), z(found.high)) == pytest.approx((norm.ppf(0.95), -norm.ppf(0.95)), abs=1e-5)
    assert (found.conclusion == "no_important_gap") == (found.p_value < 0.05)


def test_means_are_statsmodels():
    rng = np.random.default_rng(1)
    one, zero = rng.normal(0.1, 1.0, 60), rng.normal(0.0, 1.4, 45)
    found = equivalent_means(one.mean(), one.std(ddof=1), 60, zero.mean(), zero.std(ddof=1), 45, margin=0.8)
    assert found.p_value == pytest.approx(ttost_ind(one, zero, -0.8, 0.8, usevar="unequal")[0])


def test_at_the_margin_equivalence_is_concluded_one_time_in_twenty():
    """Exact: all counts of two groups of 150 whose true gap is the margin."""
    n, p0, margin = 150, 0.10, 0.08
    x = np.arange(n + 1)
    mass1, mass0 = binom.pmf(x, n, p0 + margin), binom.pmf(x, n, p0)
    likely1, likely0 = np.flatnonzero(mass1 > 1e-4), np.flatnonzero(mass0 > 1e-4)
    size = sum(mass1[a] * mass0[b] for a in likely1 for b in likely0
               if abs(a - b) / n < margin and equivalent_shares(a, n, b, n, margin=margin).conclusion == "no_important_gap")
    assert 0.03 < size < 0.06


def test_few_data_conclude_nothing():
    assert equivalent_shares(0, 0, 3, 10, margin=0.2).conclusion == "cannot_tell"
    assert equivalent_shares(0, 5, 0, 5, margin=0.2).conclusion == "cannot_tell"
    assert equivalent_shares(10, 10, 0, 10, margin=0.2).conclusion == "important_gap"
    for one in ((1.0, 0.0, 1), (1.0, 0.0, 0), (1.0, 0.0, 9)):
        assert equivalent_means(*one, 1.0, 0.0, 9, margin=1.0).conclusion == "cannot_tell"
    assert concluded(-0.1, 0.01, 0.05) == "cannot_tell"
    for call in (lambda: equivalent_shares(3, 2, 1, 2, margin=0.1), lambda: equivalent_shares(1, 2, 1, 2, margin=0.0),
                 lambda: equivalent_shares(1, 2, 1, 2, margin=1.0), lambda: equivalent_means(1, -1, 5, 1, 1, 5, margin=1.0),
                 lambda: equivalent_means(1, 1, 5, 1, 1, 5, margin=1.0, alpha=0.5)):
        with pytest.raises(EstimationError):
            call()
