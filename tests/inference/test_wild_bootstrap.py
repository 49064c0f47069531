"""Wild cluster bootstrap and randomisation inference: every draw refitted by hand, all draws enumerated, degenerate data."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.randomisation import randomisation_p
from evalkit.inference.wild_bootstrap import POINTS, _form, wild_bootstrap, wild_interval
from evalkit.inference.wild_form import _statistics
from evalkit.inference.wild_means import wild_of_means


def data(seed=1, g=6, size=7, effect=1.0):
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(g), size)
    x = np.column_stack([np.ones(len(clusters)), clusters < g // 2, rng.normal(size=len(clusters))])
    return rng.normal(size=g)[clusters] * 0.4 + effect * x[:, 1] + rng.normal(size=len(clusters)), x, clusters


def cr1(y, x, clusters, null):
    m = np.linalg.inv(x.T @ x)
    b = m @ x.T @ y
    e = y - x @ b
    g, (n, k) = len(np.unique(clusters)), x.shape
    scores = np.array([x[clusters == c].T @ e[clusters == c] for c in np.unique(clusters)])
    variance = g / (g - 1) * (n - 1) / (n - k) * (m @ scores.T @ scores @ m)[1, 1]
    return (b[1] - null) / math.sqrt(variance)


@pytest.mark.parametrize(("weights", "null", "g"), [("rademacher", 0.0, 6), ("rademacher", 0.7, 6), ("webb", 0.0, 4)])
def test_every_draw_refitted_by_hand(weights, null, g):
    y, x, clusters = data(g=g)
    rest = np.delete(x, 1, axis=1)
    target = y - null * x[:, 1]
    fitted = rest @ np.linalg.lstsq(rest, target, rcond=None)[0]
    t = abs(cr1(y, x, clusters, null))
    draws = [abs(cr1(fitted + null * x[:, 1] + np.array(v)[clusters] * (target - fitted), x, clusters, null))
             for v in itertools.product(POINTS[weights], repeat=g)]
    found = wild_bootstrap(y, x, clusters, column=1, null=null, weights=weights)
    assert found.enumerated
    assert found.draws == len(POINTS[weights]) ** g
    assert found.t_statistic == pytest.approx(cr1(y, x, clusters, null), rel=1e-9)
    assert found.p_value == pytest.approx(np.mean([d >= t * (1 - 1e-9) for d in draws]))
    assert found.p_without_ties == pytest.approx(np.mean([d > t * (1 + 1e-9) for d in draws]))
    assert found.ties >= 2 if weights == "rademacher" else found.ties >= 1


def test_random_draws_agree_with_all_of_them():
    y, x, clusters = data(g=12, effect=0.6)
    exact = wild_bootstrap(y, x, clusters, column=1)
    drawn = wild_bootstrap(y, x, clusters, column=1, draws=4000)
    assert exact.enumerated
    assert not drawn.enumerated
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * math.sqrt(exact.p_value * (1 - exact.p_value) / 4000))


def test_the_interval_holds_what_is_not_rejected():
    y, x, clusters = data(g=9)
    low, high = wild_interval(y, x, clusters, column=1)
    for value, inside in ((low - 0.05, False), (low + 0.05, True), (high - 0.05, True), (high + 0.05, False)):
        assert (wild_bootstrap(y, x, clusters, column=1, null=value).p_value > 0.05) is inside


def test_the_seed_decides_the_draws():
    y, x, clusters = data(g=20)
    one, two, other = (wild_bootstrap(y, x, clusters, column=1, draws=999, seed=s).p_value for s in (1, 1, 2))
    assert one == two
    assert other == pytest.approx(one, abs=0.06)


@pytest.mark.parametrize(("change", "reason"), [(lambda y, x, c: (y, x, c * 0), "one_cluster"),
                                                (lambda y, x, c: (x[:, 1] * 2 + 3, x, c), "no_variation_between_clusters")])
def test_degenerate(change, reason):
    found = wild_bootstrap(*change(*data()), column=1)
    assert found.reason == reason
    assert math.isnan(found.p_value)
    assert all(map(math.isnan, wild_interval(*change(*data()), column=1)))


def test_refusals():
    y, x, clusters = data()
    with pytest.raises(EstimationError, match="column"):
        wild_bootstrap(y, x, clusters, column=7)
    with pytest.raises(EstimationError, match="at least one draw"):
        wild_bootstrap(y, x, clusters, column=1, draws=0)
    with pytest.raises(EstimationError, match="in part"):
        randomisation_p([1, 2, 3, 4], [1, 0, 0, 1], blocks=[0] * 4, units=[0, 0, 1, 1])


def test_randomisation_enumerates_within_blocks():
    """Two blocks of four with two drawn each: 36 ways, by hand from plain means within blocks."""
    rng = np.random.default_rng(3)
    y, blocks = rng.normal(size=8), np.repeat([0, 1], 4)
    mark = np.array([1, 1, 0, 0, 1, 0, 1, 0], dtype=bool)

    def gap(drawn):
        return np.mean([y[(blocks == b) & drawn].mean() - y[(blocks == b) & ~drawn].mean() for b in (0, 1)])

    ways = [np.isin(np.arange(8), [*a, *b]) for a in itertools.combinations(range(4), 2) for b in itertools.combinations(range(4, 8), 2)]
    found = randomisation_p(y, mark, blocks=blocks, units=np.arange(8))
    assert found.draws == 36
    assert found.error == 0
    assert found.p_value == pytest.approx(np.mean([abs(gap(w)) >= abs(gap(mark)) - 1e-12 for w in ways]))


def test_randomisation_draws_whole_units_and_uses_the_past():
    rng = np.random.default_rng(4)
    units = np.repeat(np.arange(14), 5)
    mark, past = units < 7, rng.normal(size=70)
    y = past + rng.normal(size=70) * 0.3 + 2.0 * mark
    exact = randomisation_p(y, mark, blocks=np.zeros(70), units=units, covariates=past)
    drawn = randomisation_p(y, mark, blocks=np.zeros(70), units=units, covariates=past, draws=999)
    assert exact.draws == math.comb(14, 7)
    assert exact.p_value == pytest.approx(2 / 3432)
    assert drawn.p_value < 0.01


def test_one_way_to_draw_tells_nothing():
    assert math.isnan(randomisation_p([1.0, 2.0], [True, True], blocks=[0, 0], units=[0, 1]).p_value)
    assert math.isnan(randomisation_p([], [], blocks=[], units=[]).p_value)


def stacked(seed=3, g=7, means=4):
    """Rows in several means, some clusters in some means only; as rows, and as counts and sums."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 5, (g, means)) + (np.arange(means) % 2 == np.arange(g)[:, None] % 2)
    cluster = np.repeat(np.repeat(np.arange(g), means), counts.ravel())
    mean = np.repeat(np.tile(np.arange(means), g), counts.ravel())
    y = rng.normal(size=g)[cluster] * 0.5 + mean + rng.normal(size=len(cluster))
    sums = np.zeros((g, means))
    np.add.at(sums, (cluster, mean), y)
    return y, cluster, mean, counts, sums


@pytest.mark.parametrize("weights", [[0.5, -0.5, 0.5, -0.5], [1.0, -0.2, 0.3, -1.1]])
def test_means_are_the_regression_of_their_stacked_rows(weights):
    y, cluster, mean, counts, sums = stacked()
    found = wild_of_means(counts, sums, weights)
    c, dummies = np.array(weights), (mean[:, None] == np.arange(4)).astype(float)
    turn = np.eye(4)
    turn[0] = c  # a regression in which the weighted sum is the first coefficient
    design = dummies @ np.linalg.inv(turn)
    rows = wild_bootstrap(y, design, cluster, column=0)
    assert (found.test.p_value, found.test.draws, found.test.ties) == (rows.p_value, 2**7, rows.ties)
    assert found.test.estimate == pytest.approx(rows.estimate)
    assert found.test.t_statistic == pytest.approx(rows.t_statistic)
    assert (found.low, found.high) == pytest.approx(wild_interval(y, design, cluster, column=0), rel=1e-5)


def test_means_with_nobody_one_cluster_or_no_spread():
    assert wild_of_means([[3, 3]], [[3, 6]], [1, -1]).test.reason == "one_cluster"
    flat = wild_of_means([[2, 0], [2, 0], [0, 2]], [[4, 0], [4, 0], [0, 6]], [1, -1])
    assert flat.test.reason == "no_variation_between_clusters"
    assert math.isnan(flat.low)
    with pytest.raises(EstimationError, match="somebody"):
        wild_of_means([[2, 0], [2, 0]], [[1, 0], [1, 0]], [1, -1])
    with pytest.raises(EstimationError, match="weight"):
        wild_of_means([[2, 0]], [[1, 0]], [1, -1, 0])
    with pytest.raises(EstimationError, match="draw"):
        wild_of_means([[2, 1]], [[1, 0]], [1, -1], draws=0)


@pytest.mark.parametrize("weights", ["rademacher", "webb"])
def test_drawn_signs_go_with_the_data_not_with_names_or_rows(weights):
    """Thirty clusters of six: renamed, rows shuffled, or the outcome turned round, the p-value and the interval stay what they are."""
    rng = np.random.default_rng(3)
    code = np.repeat(np.arange(30), 6)
    design = np.column_stack([np.ones(180), code % 2, rng.normal(size=180)])
    y = rng.normal(size=30)[code] + rng.normal(size=180) + 0.6 * (code % 2)
    named = {"column": 1, "draws": 999, "weights": weights}
    first = wild_bootstrap(y, design, code, **named)
    assert not first.enumerated
    limits = wild_interval(y, design, code, **named)
    for seed in range(5):
        other = np.random.default_rng(seed)
        names, rows = other.permutation(30), other.permutation(180)
        assert wild_bootstrap(y, design, names[code], **named).p_value == first.p_value
        assert wild_bootstrap(y[rows], design[rows], names[code][rows], **named).p_value == first.p_value
        assert wild_interval(y, design, names[code], **named) == pytest.approx(limits, abs=1e-6)
    assert wild_bootstrap(-y, design, code, **named).p_value == first.p_value
    assert wild_bootstrap(y, design, code, seed=5, **named).p_value != first.p_value


def test_signs_of_waves_go_with_the_data_too():
    rng = np.random.default_rng(8)
    counts = rng.integers(0, 9, (24, 3)).astype(float) + 1
    sums = counts * rng.normal(5, 1, (24, 3))
    first = wild_of_means(counts, sums, [1, -0.5, -0.5], draws=999)
    assert not first.test.enumerated
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(24)
        again = wild_of_means(counts[order], sums[order], [1, -0.5, -0.5], draws=999)
        assert again.test.p_value == first.test.p_value and (again.low, again.high) == pytest.approx((first.low, first.high), abs=1e-6)


@pytest.mark.parametrize("weights", ["rademacher", "webb"])
@pytest.mark.parametrize("null", [0.0, 0.7])
def test_the_few_columns_of_a_regression_give_what_all_clusters_give(weights, null):
    """Squares of the denominator by k steps and by G, also where nearly nothing is left of them."""
    rng = np.random.default_rng(8)
    code = np.repeat(np.arange(30), 12)
    x = np.column_stack([np.ones(360), code < 15, rng.normal(size=360)]).astype(float)
    y = 0.4 * x[:, 1] + x[:, 2] + rng.normal(size=30)[code] + rng.normal(size=360)
    signs = POINTS[weights][rng.integers(0, len(POINTS[weights]), (3000, 30))]
    form, _ = _form(y, x, code, 1)
    assert form.thin is not None
    slow = _statistics(replace(form, thin=None), signs, null, weights == "rademacher")
    np.testing.assert_allclose(_statistics(form, signs, null, weights == "rademacher"), slow, rtol=1e-11)


def test_where_nothing_is_left_of_the_denominator_it_is_summed_as_it_stands():
    """Eight clusters of one residual each: two sign vectors fit without any rest, where a difference would leave rounding."""
    code = np.repeat(np.arange(8), 3)
    x = np.column_stack([np.ones(24), code < 4]).astype(float)
    y = np.array([1.0, -1, 1, -1, 1, -1, 1, -1])[code] * (1 + 1e-9 * (code == 5))
    form, _ = _form(y, x, code, 1)
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=8)))
    slow = _statistics(replace(form, thin=None), signs, 0.0, True)
    assert np.abs(slow).max() > 1e6
    np.testing.assert_allclose(_statistics(form, signs, 0.0, True), slow, rtol=1e-9)
