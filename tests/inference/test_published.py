"""Published worked examples of exact tests, equivalence and mixed models, to every printed digit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.inference import equivalent_means, mixed_model, randomisation_p, wild_bootstrap

# C. Darwin (1876): height of the crossed plant less that of its self-fertilised partner, eighths of an inch, fifteen pairs of maize
MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
# W. Stroup (1989), split plots as in SAS/STAT, PROC MIXED, example 1: in each of four blocks A = 1, 2, 3, and B = 1, 2 within it
SPLIT_PLOTS = [[56, 41, 50, 36, 39, 35], [30, 25, 36, 28, 33, 30], [32, 24, 31, 27, 15, 19], [30, 25, 35, 30, 17, 18]]


def test_fishers_maize_by_signs():
    """R. A. Fisher (1935), The Design of Experiments, section 21: of 32,768 ways 835 have a sum above 314, 28 the same sum; t = 2.148.

    One row a cluster and a mean for a model: the bootstrap then only turns signs, as Fisher did; both tails are counted.
    """
    assert MAIZE.sum() == 314
    found = wild_bootstrap(MAIZE, np.ones((15, 1)), np.arange(15), column=0)
    assert (found.enumerated, found.draws, round(found.t_statistic, 3)) == (True, 32768, 2.148)
    assert (found.p_value * 32768, found.p_without_ties * 32768, found.ties) == (2 * (835 + 28), 2 * 835, 2 * 28)
    assert round(100 * found.p_value, 3) == 5.267


def test_fishers_maize_by_drawing_one_of_each_pair():
    """M. D. Ernst (2004), Statistical Science 19, 676-685: the same ways as draws of one plant a pair, 1726 / 32768."""
    heights = np.column_stack([MAIZE, np.zeros(15)]).ravel()
    found = randomisation_p(heights, [True, False] * 15, blocks=np.repeat(np.arange(15), 2), units=np.arange(30), draws=40_000)
    assert (found.draws, found.p_value * 32768, found.error) == (32768, 1726, 0)


@pytest.fixture(scope="module")
def panel() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sixty people in twelve groups over ten years: outcome, dose, covariate, group; draws of a known generator, told by three of its rows."""
    rng = np.random.default_rng(20260929)
    size, person, year, group = rng.gamma(2.0, 0.5, 60), rng.normal(size=60), rng.normal(size=10), rng.normal(scale=0.8, size=(12, 10))
    beside, noise = np.moveaxis(rng.normal(size=(60, 10, 2)), 2, 0)
    member = np.arange(60) % 12
    dose = size[:, None] * (np.arange(10) > 4)
    y = 0.15 * dose + 0.3 * beside + person[:, None] + year + group[member] + noise
    printed = [(-2.1005010429484523, 0, 0.49898805103611921), (-0.56021822151946843, 1.3152134051742463, 0.40934333238956694),
               (-0.13727107035620267, 1.5552273479643464, 0.10760586130708785)]
    rows = [(y[at], dose[at], beside[at]) for at in ((0, 0), (0, 5), (14, 9))]
    assert rows == [pytest.approx(row, rel=1e-13) for row in printed]
    return y.ravel(), dose.ravel(), beside.ravel(), np.repeat(member, 10)


@pytest.mark.parametrize(("tested", "beside", "p", "limits"), [
    ("dose", False, 0.634277343750, (-0.22277458134243738, 0.59384218321268545)),
    ("dose", True, 0.583496093750, (-0.24306409002808482, 0.61455181284858962)),
    ("covariate", True, 0.0, (0.21111715627601141, 0.40607471001830087))])
def test_boottest_in_stata(panel, tested, beside, p, limits):
    """D. Roodman et al. (2019), Stata Journal 19, 4-60: their command in Stata 18, on a panel of StatsPAI (tests/reference_parity, hdfe_wild).

    Years and people have effects; all 4,096 sign vectors of twelve groups. The command does not count draws that tie with the data, so that
    the data themselves and their mirror image are 2 of 4,096 more here. At its limits p passes 5%, found to a thousandth there.
    """
    y, dose, covariate, group = panel
    effects = [np.kron(np.eye(60), np.ones((10, 1))), np.kron(np.ones((60, 1)), np.eye(10))[:, 1:]]
    columns = [dose, covariate] if tested == "dose" else [covariate, dose]
    x = np.column_stack([*(columns if beside else columns[:1]), *effects])
    found = wild_bootstrap(y, x, group, column=0)
    assert (found.draws, found.p_without_ties, found.p_value, found.ties) == (4096, p, p + 2 / 4096, 2)
    for limit in limits:
        assert wild_bootstrap(y, x, group, column=0, null=limit).p_without_ties == pytest.approx(0.05, abs=1e-3)


def test_ncss_equivalence_of_two_yields():
    """NCSS, two-sample t-tests for equivalence, corn yields A and B, margin 110, as the tests of R's TOSTER have it (test-NCSS1.R)."""
    a = np.array([452, 874, 554, 447, 356, 754, 558, 574, 664, 682, 547, 435, 245])
    b = np.array([546, 547, 774, 465, 459, 665, 467, 365, 589, 534, 456, 651, 654, 665, 546, 537])
    found = equivalent_means(a.mean(), a.std(ddof=1), 13, b.mean(), b.std(ddof=1), 16, margin=110, alpha=0.025)
    assert (round(found.gap, 7), round(found.low, 5), round(found.high, 5)) == (-8.1153846, -120.27336, 104.04259)
    assert (round(found.p_value, 5), found.conclusion) == (0.03628, "cannot_tell")
    mirrored = equivalent_means(b.mean(), b.std(ddof=1), 16, a.mean(), a.std(ddof=1), 13, margin=110, alpha=0.05)
    assert (round(mirrored.p_value, 5), mirrored.conclusion) == (0.03628, "no_important_gap")


@pytest.mark.parametrize(("method", "components", "deviance", "errors"), [
    ("REML", [62.3958, 15.3819, 9.3611], 119.7618, [4.6674, 3.5173, 3.5173, 2.1635, 3.0596, 3.0596]),
    ("ML", [46.7969, 11.5365, 7.0208], 141.6877, [4.0421, 3.0461, 3.0461, 1.8736, 2.6497, 2.6497])])
def test_split_plots_of_stroup(method, components, deviance, errors):
    """NAG Library, results of the example programs of g02jac (REML) and g02jbc (ML)."""
    rows = pd.DataFrame([(block, str(a), str(b), f"{block}.{a}", float(values[2 * a + b])) for block, values in enumerate(SPLIT_PLOTS)
                         for a in range(3) for b in range(2)], columns=["block", "a", "b", "plot", "y"])
    found = mixed_model(rows, "y ~ a * b + (1 | block) + (1 | plot)", method=method)
    assert found.variances["variance"].round(4).tolist() == components
    assert round(found.deviance, 4) == deviance
    assert found.fixed["estimate"].round(4).tolist() == [37.0, 1.0, -11.0, -8.25, 0.5, 7.75]
    assert found.fixed["std_error"].round(4).tolist() == errors
