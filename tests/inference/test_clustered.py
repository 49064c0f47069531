"""Clustered differences: by hand, against statsmodels, with planted clusters, and where nothing can be compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from evalkit.errors import EstimationError
from evalkit.inference.clustered import clustered_difference


def test_one_stratum_is_near_the_regression_with_clustered_errors_of_statsmodels():
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(60), 6)
    treated = cluster % 3 == 0
    y = rng.normal(size=60)[cluster] + rng.normal(size=360) + 0.5 * treated
    found = clustered_difference(y, treated, np.zeros(360), cluster)
    fit = sm.OLS(y, sm.add_constant(treated.astype(float))).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    assert found.estimate == pytest.approx(fit.params[1])
    assert found.std_error == pytest.approx(fit.bse[1], rel=0.05)
    assert (found.df, found.n, found.n_treated, found.n_clusters) == (19, 360, 120, 60)
    assert found.interval()[0] < found.estimate < found.interval()[1]


def test_the_error_is_that_of_leaving_out_each_cluster_by_force():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"y": rng.normal(size=90), "t": rng.random(90) < 0.4, "s": rng.integers(0, 8, 90), "c": rng.integers(0, 20, 90)})

    def estimate(rows):
        parts = [(p.loc[p["t"], "y"], p.loc[~p["t"], "y"]) for _, p in rows.groupby("s")]
        gaps = [(len(one), one.mean() - two.mean()) for one, two in parts if len(one) and len(two)]
        return sum(n * g for n, g in gaps) / sum(n for n, _ in gaps)

    found = clustered_difference(frame["y"], frame["t"], frame["s"], frame["c"])
    without = np.array([estimate(frame[frame["c"] != c]) for c in range(20)])
    assert found.estimate == pytest.approx(estimate(frame))
    assert found.std_error == pytest.approx(np.sqrt(19 / 20 * ((without - estimate(frame)) ** 2).sum()))


def test_strata_by_hand():
    found = clustered_difference([1, 3, 5, 9, 2, 4, 4, 7], [0, 0, 1, 1, 0, 0, 0, 1], list("aaaabbbb"), range(8))
    # a: 7 - 2 with two treated; b: 7 - 10/3 with one
    assert found.estimate == pytest.approx((2 * 5 + 11 / 3) / 3)


def test_strata_without_both_sides_are_left_out():
    found = clustered_difference([1.0, 2.0, 3.0, 9.0, 9.0], [0, 1, 1, 1, 1], list("aaabb"), range(5))
    assert (found.n, found.reason) == (3, "one_cluster")
    assert np.isnan(found.p_value)


def test_the_size_holds_when_clusters_move_together():
    rejected = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        cluster = np.repeat(np.arange(24), 5)
        y = rng.normal(size=24)[cluster] + 0.3 * rng.normal(size=120)
        rejected += clustered_difference(y, cluster % 2 == 0, np.zeros(120), cluster).p_value <= 0.05
    assert rejected <= 27  # 5% of 300 is 15; 27 lies beyond 3 standard errors


@pytest.mark.parametrize(("values", "treated"), [([], []), ([1.0], [1]), ([1.0, 2.0], [1, 1])])
def test_nothing_to_compare(values, treated):
    found = clustered_difference(values, treated, [0] * len(values), range(len(values)))
    assert found.reason == "nothing_to_compare"
    assert np.isnan(found.interval()[0])


def test_constant_values_and_wrong_lengths():
    assert clustered_difference([1.0] * 6, [0, 0, 0, 1, 1, 1], [0] * 6, range(6)).p_value == 1.0
    assert clustered_difference([0.0] * 3 + [1.0] * 3, [0, 0, 0, 1, 1, 1], [0] * 6, range(6)).p_value == 0.0
    with pytest.raises(EstimationError):
        clustered_difference([1.0], [1, 0], [0], [0])
