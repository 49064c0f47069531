"""Strata of two by two: published tables, statsmodels as second path, exact enumeration, degenerate counts."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from evalkit.errors import EstimationError
from evalkit.inference.clusters import clustered_ratio, linked_clusters
from evalkit.inference.exact_odds import conditional, detectable_odds, exact_odds, exact_p
from evalkit.inference.odds_power import detectable_common_odds
from evalkit.inference.strata import Strata, common_difference, common_odds, homogeneity, strata_of
from evalkit.inference.strata_limits import difference_limits


def strata(*rows):
    """Tables as (x1, n1, x0, n0)."""
    return Strata(*np.array(rows, dtype=float).reshape(-1, 4).T)


# R's UCBAdmissions by department: men and women admitted, and applied
UCB = strata((512, 825, 89, 108), (353, 560, 17, 25), (120, 325, 202, 593), (138, 417, 131, 375), (53, 191, 94, 393), (22, 373, 24, 341))
# A. Agresti (1990), Categorical Data Analysis, pages 231-237: penicillin and rabbits, cured at once and after 1.5 hours by dose
RABBITS = strata((0, 6, 0, 5), (3, 6, 0, 6), (6, 6, 2, 6), (5, 6, 6, 6), (2, 2, 5, 5))


def test_ucb_admissions_as_r_prints_them():
    """R, mantelhaen.test(UCBAdmissions): X-squared 1.4269 (with correction), p 0.2323, ratio 0.9046968, 0.7719074 to 1.0603298."""
    found = common_odds(UCB, correct=True)
    assert (round(found.chi2, 4), round(found.p_value, 4)) == (1.4269, 0.2323)
    assert (found.ratio, found.low, found.high) == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=5e-8)


def test_rabbits_as_the_help_page_of_r_says():
    """Help page of mantelhaen.test: p 0.047 with correction, exact p 0.040."""
    assert round(common_odds(RABBITS, correct=True).p_value, 3) == 0.047
    assert round(exact_odds(conditional(RABBITS)).p_value, 3) == 0.040


def test_tea_tasting_as_the_help_page_of_r_says():
    """R, fisher.test(TeaTasting): p 0.4857, ratio 6.408309 by a root finder of tolerance 1e-4 (R. A. Fisher (1935), The Design of Experiments)."""
    found = exact_odds(conditional(strata((3, 4, 1, 4))))
    assert (found.p_value, found.ratio) == pytest.approx((17 * 2 / 70, 6.408309), abs=1e-4)


tables = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=6)


@settings(max_examples=60)
@given(tables)
def test_statsmodels_is_the_second_path(rows):
    counts = strata(*((a, a + b, c, c + d) for a, b, c, d in rows))
    found = common_odds(counts)
    inside = [r for r in rows if r[0] + r[1] and r[2] + r[3] and r[0] + r[2] and r[1] + r[3]]
    if found is None:
        assert not inside
        return
    peer = StratifiedTable([np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in inside])
    test = peer.test_null_odds()
    assert (found.chi2, found.p_value) == pytest.approx((test.statistic, test.pvalue), abs=1e-9)
    if math.isfinite(found.log_error):
        assert found.ratio == pytest.approx(peer.oddsratio_pooled)
        assert (found.low, found.high) == pytest.approx(peer.oddsratio_pooled_confint())
        if len(inside) > 1 and homogeneity(counts) is not None:
            with np.errstate(all="ignore"):  # the peer divides by zero where a fitted cell is empty
                same = peer.test_equal_odds(adjust=True)
            # at a common ratio of one the peer's quadratic divides nought by nought; the fitted cells are then those of independence: next test
            if np.isfinite(same.statistic) and abs(found.ratio - 1) > 1e-6:
                assert homogeneity(counts)[0] == pytest.approx(max(same.statistic, 0.0), abs=1e-6)


def test_alike_ratios_at_a_common_ratio_of_one():
    """By hand: ratios 1/4 and 25/16 pool to 1, so 3/2 and 9/2 are expected: (1/2)^2 / (3/8) + (1/2)^2 / (9/8) = 8/9."""
    counts = strata((1, 3, 2, 3), (5, 9, 4, 9))
    assert common_odds(counts).ratio == pytest.approx(1)
    assert homogeneity(counts)[0] == pytest.approx(8 / 9)


def enumerated(rows):
    """Count by hand the ways to each total, over all tables with the margins of the strata."""
    ways = {}
    ranges = [range(max(0, x1 + x0 - n0), min(n1, x1 + x0) + 1) for x1, n1, x0, n0 in rows]
    for totals in product(*ranges):
        weight = math.prod(math.comb(n1, t) * math.comb(n0, x1 + x0 - t) for t, (x1, n1, x0, n0) in zip(totals, rows, strict=True))
        ways[sum(totals)] = ways.get(sum(totals), 0) + weight
    return ways


@settings(max_examples=40)
@given(tables)
def test_the_exact_distribution_is_the_enumeration(rows):
    rows = [(a, a + b, c, c + d) for a, b, c, d in rows]
    found = conditional(strata(*rows))
    informative = [r for r in rows if r[1] and r[3] and 0 < r[0] + r[2] < r[1] + r[3]]
    if found is None:
        assert not informative
        return
    ways = enumerated(informative)
    total = sum(ways.values())
    assert found.probabilities(0.0) == pytest.approx([ways[t] / total for t in sorted(ways)])
    p = sum(w for w in ways.values() if w <= ways[found.total]) / total
    exact = exact_odds(found)
    assert exact.p_value == pytest.approx(p)
    assert exact.low <= exact.ratio <= exact.high
    if 0 < exact.ratio < math.inf:
        weights = {t: w * exact.ratio**t for t, w in ways.items()}
        assert sum(t * w for t, w in weights.items()) / sum(weights.values()) == pytest.approx(found.total)


def test_the_detectable_ratio_has_the_power_it_says():
    found = conditional(strata(*[(2, 6, 1, 6)] * 20))
    below, above = detectable_odds(found)
    null = found.probabilities(0.0)
    first = int(np.flatnonzero(np.cumsum(null[::-1])[::-1] <= 0.025)[0])
    assert found.probabilities(math.log(above))[first:].sum() == pytest.approx(0.8)
    assert 0 < below < 1 < above
    assert detectable_odds(conditional(strata((1, 2, 0, 2)))) == (0.0, math.inf)


def test_the_common_difference_of_one_stratum_is_its_difference():
    found = common_difference(strata((30, 100, 20, 100)))
    assert (found.difference, found.error) == pytest.approx((0.1, math.sqrt(0.3 * 0.7 / 100 + 0.2 * 0.8 / 100)), rel=1e-9)
    flat = common_difference(strata((0, 5, 0, 4)))
    assert (flat.difference, flat.error, flat.p_value) == (0.0, 0.0, 1.0)


def test_the_common_difference_of_sparse_strata_covers_its_truth():
    """Teams of three and two, differences of 0.1 everywhere: Sato's standard error is that of many draws."""
    rng = np.random.default_rng(5)
    base = rng.uniform(0.1, 0.6, 400)
    draws = [common_difference(Strata(rng.binomial(3, base + 0.1).astype(float), np.full(400, 3.0), rng.binomial(2, base).astype(float),
                                      np.full(400, 2.0))) for _ in range(300)]
    gaps = np.array([d.difference for d in draws])
    assert gaps.mean() == pytest.approx(0.1, abs=0.005)
    assert np.mean([d.error for d in draws]) == pytest.approx(gaps.std(), rel=0.12)


def test_degenerate_counts_give_nothing_and_never_raise():
    empty = strata_of([], [], [])
    for counts in (empty, strata((0, 3, 0, 3)), strata((2, 2, 0, 0))):
        assert common_odds(counts) is None
        assert conditional(counts) is None
        assert homogeneity(counts) is None
    assert common_difference(empty) is None
    one_side = common_odds(strata((2, 4, 0, 4)))
    assert (one_side.ratio, one_side.low, one_side.high) == (math.inf, 0.0, math.inf)
    assert exact_odds(conditional(strata((2, 4, 0, 4)))).ratio == math.inf
    for wrong in (0.0, 1.0):
        for function in (common_odds, common_difference):
            with pytest.raises(EstimationError, match="level"):
                function(UCB, level=wrong)
    with pytest.raises(EstimationError, match="same people"):
        strata_of([True], [True, False], [1, 1])
    with pytest.raises(EstimationError, match="power"):
        detectable_odds(conditional(UCB), power=1.0)
    with pytest.raises(EstimationError, match="common_odds"):
        conditional(strata((30_000, 60_000, 30_000, 60_000)))


def test_clusters_are_what_a_chain_of_people_and_evaluators_joins():
    clusters = linked_clusters(["e", "e", "f", "f", "g", None], [1, 2, 2, 3, 4, 5])
    assert clusters.tolist() == [0, 0, 0, 0, 1, 2]
    assert linked_clusters([], []).tolist() == []


def test_a_clustered_ratio_inverts_its_test():
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(25), 4)
    r, s = rng.poisson(3.0, 100).astype(float), rng.poisson(2.0, 100).astype(float)
    found = clustered_ratio(r, s, clusters, null=1.0)
    for limit in (found.low, found.high):
        assert clustered_ratio(r, s, clusters, null=limit).p_value == pytest.approx(0.05, abs=1e-9)
    assert found.ratio == pytest.approx(r.sum() / s.sum())
    assert found.low < found.ratio < found.high


def test_one_cluster_that_carries_everything_is_no_evidence():
    r, s = np.array([50.0] + [0.0] * 14), np.array([1.0] + [0.5] * 14)
    found = clustered_ratio(r, s, np.arange(15), null=1.0)
    assert found.p_value > 0.2
    flat = clustered_ratio(s, s, np.arange(15), null=1.0)
    assert (flat.ratio, flat.p_value) == (1.0, 1.0)
    for counts in ([], [0.0]):
        with pytest.raises(EstimationError, match="cluster"):
            clustered_ratio(counts, counts, np.zeros(len(counts), dtype=int), null=1.0)


@pytest.mark.parametrize("wrong", [[[3, 4, 1, 4]], pd.DataFrame({"x1": [3], "n1": [4], "x0": [1], "n0": [4]}), None, (3, 4, 1, 4)])
def test_a_table_in_the_place_of_strata_is_refused_with_the_way_to_count_it(wrong):
    for reads_counts in (common_odds, common_difference, homogeneity, conditional, detectable_common_odds, difference_limits):
        with pytest.raises(EstimationError, match=r"instead of Strata: take Strata\(x1, n1, x0, n0\), or count people by strata_of"):
            reads_counts(wrong)
    for reads_distribution in (exact_odds, exact_p, detectable_odds):
        with pytest.raises(EstimationError, match=r"instead of Conditional: take inference\.conditional of the counts"):
            reads_distribution(wrong)


def test_limits_of_a_rare_difference_may_hold_zero_where_the_test_finds_a_gap():
    rare = Strata([4, 0, 3, 0, 2, 0, 3, 0], [100] * 8, [0, 1, 0, 0, 1, 0, 0, 1], [100] * 8)
    limits, sato = difference_limits(rare), common_difference(rare)
    assert common_odds(rare).p_value < 0.05 and sato.low > 0 > limits.low  # as the notes of the limits tell
    assert limits.high - limits.low > 1.5 * (sato.high - sato.low)
