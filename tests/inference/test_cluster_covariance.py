"""CR2 with Satterthwaite degrees of freedom: closed forms, brute force with whole matrices, the engine, degenerate data."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.cluster_covariance import Contrast, cluster_regression


def brute(y, x, clusters, weights):
    """The textbook: whole hat matrix, one eigendecomposition a cluster, rows as long as the data."""
    m = np.linalg.pinv(x.T @ x)
    e = y - x @ (m @ (x.T @ y))
    hat, middle, parts = x @ m @ x.T, np.zeros_like(m), []
    for c in np.unique(clusters):
        i = clusters == c
        values, vectors = np.linalg.eigh(np.eye(i.sum()) - hat[np.ix_(i, i)])
        a = vectors @ np.diag(np.where(values > 1e-9, np.where(values > 1e-9, values, 1) ** -0.5, 0)) @ vectors.T
        score = x[i].T @ a @ e[i]
        middle += np.outer(score, score)
        long = np.zeros(len(y))
        long[i] = a @ x[i] @ (m @ weights)
        parts.append((np.eye(len(y)) - hat) @ long)
    p = np.array(parts)
    b = p @ p.T
    return math.sqrt(weights @ m @ middle @ m @ weights), np.trace(b) ** 2 / (b**2).sum()


@pytest.mark.parametrize("seed", range(4))
def test_against_whole_matrices(seed):
    rng = np.random.default_rng(seed)
    clusters = rng.integers(0, 9, 150)
    x = np.column_stack([np.ones(150), clusters < 3, rng.normal(size=150), clusters == 5])
    y = rng.normal(size=9)[clusters] + x[:, 2] + rng.normal(size=150)
    fit = cluster_regression(y, x, clusters)
    for weights in (np.eye(4)[1], np.eye(4)[2], np.array([0, 1.0, -0.5, 0])):
        error, df = brute(y, x, clusters, weights)
        found = fit.contrast(weights)
        assert (found.std_error, found.df) == pytest.approx((error, df), rel=1e-9)


def test_the_mean_of_uneven_clusters_has_a_closed_form():
    """J. Pustejovsky, E. Tipton (2018), for a constant alone: V = sum n^2 d^2 / (1 - n/N) / N^2, and its degrees of freedom."""
    rng = np.random.default_rng(1)
    size = np.array([1, 2, 3, 5, 8, 13, 2, 4])
    clusters = np.repeat(np.arange(8), size)
    y, total = rng.normal(size=size.sum()), size.sum()
    mean = np.array([y[clusters == c].mean() for c in range(8)])
    variance = (size**2 * (mean - y.mean()) ** 2 / (1 - size / total)).sum() / total**2
    left = total - size
    df = total**2 / (total**2 * (size**2 / left**2).sum() - 2 * total * (size**3 / left**2).sum() + (size**2 / left).sum() ** 2)
    found = cluster_regression(y, np.ones((total, 1)), clusters).contrast([1.0])
    assert (found.std_error, found.df) == pytest.approx((math.sqrt(variance), df), rel=1e-10)


def test_two_groups_of_people_give_the_published_degrees_of_freedom():
    """G. Imbens, M. Kolesár (2016), section II: with people as clusters CR2 is Welch's error, and df depends on the group sizes alone."""
    y, mark = np.random.default_rng(2).normal(size=30), np.arange(30) < 3
    found = cluster_regression(y, np.column_stack([np.ones(30), mark]), np.arange(30)).contrast([0, 1])
    n1, n0 = 3, 27
    df = (n0 + n1) ** 2 * (n0 - 1) * (n1 - 1) / (n1**2 * (n1 - 1) + n0**2 * (n0 - 1))
    welch = math.sqrt(y[mark].var(ddof=1) / n1 + y[~mark].var(ddof=1) / n0)
    assert found.df == pytest.approx(df, rel=1e-10)
    assert round(found.df, 1) == 2.5
    assert found.std_error == pytest.approx(welch, rel=1e-10)


def test_against_the_engine():
    import diff_diff

    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(10), 12)
    x = np.column_stack([np.ones(120), clusters < 4, rng.normal(size=120)])
    y = rng.normal(size=10)[clusters] + rng.normal(size=120)
    other = diff_diff.LinearRegression(vcov_type="hc2_bm", cluster_ids=clusters, include_intercept=False).fit(x, y)
    found = cluster_regression(y, x, clusters).contrast([0, 1, 0])
    inference = other.get_inference(1)
    assert (found.estimate, found.std_error) == pytest.approx((inference.coefficient, inference.se), rel=1e-8)
    assert found.df == pytest.approx(inference.df, rel=1e-6)


def test_a_published_experiment_by_its_printed_figures():
    """National Supported Work, R. Dehejia, S. Wahba (1999), J. Am. Stat. Assoc. 94, 1053-1062: 185 and 260 men, effect $1,794."""
    sent = exact_values(185, 6349.1436, 7867.4023)
    others = exact_values(260, 4554.8011, 5483.8360)
    y, mark = np.concatenate([sent, others]), np.arange(445) < 185
    found = cluster_regression(y, np.column_stack([np.ones(445), mark]), np.arange(445)).contrast([0, 1])
    assert round(found.estimate) == 1794
    assert found.std_error == pytest.approx(math.sqrt(7867.4023**2 / 185 + 5483.8360**2 / 260), rel=1e-9)


def exact_values(n, mean, sd):
    z = np.random.default_rng(n).normal(size=n)
    return mean + sd * (z - z.mean()) / z.std(ddof=1)


def test_the_order_of_rows_and_the_names_of_clusters_do_not_matter():
    rng = np.random.default_rng(4)
    clusters = rng.integers(0, 6, 80)
    x = np.column_stack([np.ones(80), clusters < 2, rng.normal(size=80)])
    y, order = rng.normal(size=80), rng.permutation(80)
    first = cluster_regression(y, x, clusters).contrast([0, 1, 0])
    second = cluster_regression(y[order], x[order], np.array(list("fedcba"))[clusters[order]]).contrast([0, 1, 0])
    assert (first.estimate, first.std_error, first.df) == pytest.approx((second.estimate, second.std_error, second.df), rel=1e-10)


@pytest.mark.parametrize(("clusters", "reason"), [([1] * 8, "one_cluster"), ([1] * 4 + [2] * 4, "no_degrees_of_freedom")])
def test_clusters_that_cannot_tell(clusters, reason):
    x = np.column_stack([np.ones(8), np.arange(8) < 4])
    found = cluster_regression([4.0, 6, 5, 7, 1, 3, 2, 2], x, clusters).contrast([0, 1])
    assert found.reason == reason
    assert found.estimate == pytest.approx(3.5)
    assert math.isnan(found.std_error)
    assert math.isnan(found.p_value)
    assert all(map(math.isnan, found.interval()))


def test_a_constant_outcome_has_no_error():
    x = np.column_stack([np.ones(8), np.arange(8) < 4])
    assert cluster_regression(np.full(8, 3.0), x, np.arange(8)).contrast([0, 1]).reason == "no_variation_between_clusters"


def test_a_contrast_without_error_is_certain_or_nothing():
    assert Contrast(2.0, 0.0, 5.0, 10, 6).p_value == 0.0
    assert math.isnan(Contrast(0.0, 0.0, 5.0, 10, 6).p_value)


def test_rows_must_match():
    with pytest.raises(EstimationError, match="same rows"):
        cluster_regression([1.0, 2.0], [[1.0]], [1, 2])


def test_statsmodels_has_the_same_coefficients():
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc")).assign(one=1.0)
    fit = cluster_regression(frame["a"], frame[["one", "b", "c"]], np.arange(60))
    assert fit.coefficients == pytest.approx(sm.OLS(frame["a"], frame[["one", "b", "c"]]).fit().params.to_numpy())
    hc2 = sm.OLS(frame["a"], frame[["one", "b", "c"]]).fit(cov_type="HC2").bse.to_numpy()
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(hc2)


def test_many_clusters_need_no_matrix_of_their_square(monkeypatch):
    """The same degrees of freedom without it; of 60,000 people who are each a cluster it would take 27 GB."""
    rng = np.random.default_rng(8)
    unit, x = np.repeat(np.arange(300), rng.integers(1, 6, 300)), rng.normal(size=300)
    design = np.column_stack([np.ones(len(unit)), x[unit], rng.normal(size=len(unit))])
    y = design @ [1, 0.5, 0.2] + rng.normal(size=300)[unit] + rng.normal(size=len(unit))
    dense = cluster_regression(y, design, unit).contrast([0, 1, 0])
    monkeypatch.setattr("evalkit.inference.cluster_covariance._MANY", 0)
    found = cluster_regression(y, design, unit).contrast([0, 1, 0])
    assert (found.std_error, found.df) == pytest.approx((dense.std_error, dense.df), rel=1e-9)
    n = 60_000
    alone = cluster_regression(np.tile([0.0, 1, 3], n // 3), np.column_stack([np.ones(n), np.arange(n) % 2]), np.arange(n)).contrast([0, 1])
    assert alone.df == pytest.approx(n - 2, rel=1e-3)
