"""The mixed model on the examples of J. Pinheiro, D. Bates (2000), Mixed-Effects Models in S and S-PLUS, to every digit that is printed there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.inference import mixed_model

RAILS = pd.DataFrame({"rail": np.repeat(np.arange(6), 3), "travel": [55, 53, 54, 26, 37, 32, 78, 91, 85, 92, 100, 96, 49, 51, 50, 80, 85, 83]})
SCORES = """
52 52.8 53.1 51.8 52.8 53.1 60 60.2 58.4 51.1 52.3 50.3 50.9 51.8 51.4 46.4 44.8 49.2
62.1 62.6 64 59.7 60 59 68.6 65.8 69.7 63.2 62.8 62.2 64.8 65 65.4 43.7 44.2 43
67.5 67.2 66.9 61.5 61.7 62.3 70.8 70.6 71 64.1 66.2 64 72.1 72 71.1 62 61.4 60.5"""
MACHINES = pd.DataFrame({"machine": np.repeat(list("ABC"), 18), "worker": np.tile(np.repeat(np.arange(6), 3), 3),
                         "score": [float(v) for v in SCORES.split()]})
EFFORT = "12 15 12 10 10 14 13 12 7 14 13 9 7 11 10 9 8 11 8 7 9 11 11 10 8 12 12 11 7 11 8 7 9 13 10 8"
STOOLS = pd.DataFrame({"subject": np.repeat(np.arange(9), 4), "type": np.tile(["T1", "T2", "T3", "T4"], 9),
                       "effort": [int(v) for v in EFFORT.split()]})


@pytest.mark.parametrize(("method", "error", "rail", "likelihood"), [("REML", 10.17104, 24.80547, -61.0885), ("ML", 9.284844, 22.62435, -64.28002)])
def test_rails(method, error, rail, likelihood):
    """Section 1.1; the book's standard error of ML (9.554) is ours times sqrt(18 / 17), as lme adjusts it."""
    fit = mixed_model(RAILS, "travel ~ 1 + (1 | rail)", method=method)
    assert fit.fixed.loc[0, ["estimate", "std_error"]].tolist() == pytest.approx([66.5, error], abs=6e-6)
    assert fit.variances["sd"].tolist() == pytest.approx([rail, 4.020779], abs=6e-6)
    assert fit.log_likelihood == pytest.approx(likelihood, abs=6e-5)


def test_machines_with_one_effect_a_worker():
    fit = mixed_model(MACHINES, "score ~ machine + (1 | worker)")
    assert fit.fixed["estimate"].tolist() == pytest.approx([52.35556, 7.96667, 13.91667], abs=6e-6)
    assert fit.fixed["std_error"].tolist() == pytest.approx([2.229312, 1.053883, 1.053883], abs=6e-7)
    assert fit.variances["sd"].tolist() == pytest.approx([5.146552, 3.161647], abs=6e-7)
    assert fit.log_likelihood == pytest.approx(-143.4391, abs=6e-5)


def test_machines_with_an_effect_of_each_worker_on_each_machine():
    """Section 1.3; printed 4.781049 and 3.729536, where the search of that program stopped: the mean squares give 4.781051 and 3.729538."""
    fit = mixed_model(MACHINES, "score ~ machine + (1 | worker / machine)")
    cells = MACHINES.pivot_table(index="worker", columns="machine", values="score", aggfunc="mean")
    within = MACHINES.groupby(["worker", "machine"])["score"].var(ddof=1).mean()
    rows, columns = cells.mean(axis=1), cells.mean(axis=0)
    rest = cells.sub(rows, axis=0).sub(columns, axis=1) + cells.to_numpy().mean()
    both = 3 * float((rest**2).to_numpy().sum()) / 10
    exact = np.sqrt([(9 * rows.var(ddof=1) - both) / 9, (both - within) / 3, within])
    assert fit.variances["sd"].tolist() == pytest.approx(exact, abs=6e-7)
    assert fit.variances["sd"].tolist() == pytest.approx([4.781049, 3.729536, 0.9615768], abs=3e-6)
    assert fit.fixed["std_error"].tolist() == pytest.approx([2.485829, 2.176974, 2.176974], abs=2e-6)
    assert fit.log_likelihood == pytest.approx(-107.8438, abs=6e-5)


def test_stools():
    """Section 1.2: four types of stool, nine subjects."""
    fit = mixed_model(STOOLS, "effort ~ type + (1 | subject)")
    assert fit.fixed["estimate"].tolist() == pytest.approx([8.555556, 3.888889, 2.222222, 0.666667], abs=6e-7)
    assert fit.fixed["std_error"].tolist() == pytest.approx([0.5760123, *[0.5186838] * 3], abs=6e-8)
    assert fit.variances["sd"].tolist() == pytest.approx([1.332465, 1.100295], abs=6e-7)
    assert (fit.log_likelihood, fit.aic) == pytest.approx((-60.56539, 133.13079), abs=6e-6)


YIELDS = """
111 130 157 174 117 114 161 141 105 140 118 156 61 91 97 100 70 108 126 149 96 124 121 144 68 64 112 86 60 102 89 96 89 129 132 124
74 89 81 122 64 103 132 133 70 89 104 117 62 90 100 116 80 82 94 126 63 70 109 99 53 74 118 113 89 82 86 104 97 99 119 121"""
JAWS = """
26 25 29 31 21.5 22.5 23 26.5 23 22.5 24 27.5 25.5 27.5 26.5 27 20 23.5 22.5 26 24.5 25.5 27 28.5 22 22 24.5 26.5 24 21.5 24.5 25.5
23 20.5 31 26 27.5 28 31 31.5 23 23 23.5 25 21.5 23.5 24 28 17 24.5 26 29.5 22.5 25.5 25.5 26 23 24.5 26 30 22 21.5 23.5 25
21 20 21.5 23 21 21.5 24 25.5 20.5 24 24.5 26 23.5 24.5 25 26.5 21.5 23 22.5 23.5 20 21 21 22.5 21.5 22.5 23 25 23 23 23.5 24
20 21 22 21.5 16.5 19 19 19.5 24.5 25 28 28"""


def test_split_plots_of_oats():
    """F. Yates (1935), three varieties in six blocks, four amounts of nitrogen; section 1.6: yield on nitrogen, plots within blocks."""
    oats = pd.DataFrame({"block": np.repeat(np.arange(6), 12), "variety": np.tile(np.repeat(list("VGM"), 4), 6),
                         "nitro": np.tile([0, 0.2, 0.4, 0.6], 18), "crop": [float(v) for v in YIELDS.split()]})
    fit = mixed_model(oats, "crop ~ nitro + (1 | block/variety)")
    assert fit.fixed["estimate"].tolist() == pytest.approx([81.87222, 73.66667], abs=6e-6)
    assert fit.fixed["std_error"].tolist() == pytest.approx([6.9453, 6.7815], abs=6e-5)
    assert fit.variances["sd"].tolist() == pytest.approx([14.506, 11.005, 12.867], abs=6e-4)
    whole = mixed_model(oats, "crop ~ C(nitro) * variety + (1 | block/variety)")
    assert whole.variances["sd"].tolist() == pytest.approx([14.645, 10.299, 13.307], abs=6e-4)


@pytest.mark.parametrize(("formula", "estimates", "errors", "sds", "likelihood"), [
    ("distance ~ age + (1 | child)", [16.76111, 0.66019], [0.8023952, 0.0616059], [2.114724, 1.431592], -223.5013),
    ("distance ~ age + girl + (1 | child)", [17.706713, 0.660185, -2.321023], [0.83392, 0.06161, 0.76142], [1.807425, 1.431592], -218.7563)])
def test_jaws_of_children(formula, estimates, errors, sds, likelihood):
    """R. Potthoff, S. Roy (1964), Biometrika 51: 16 boys and 11 girls at 8, 10, 12 and 14 years; the data set Orthodont of the book."""
    jaws = pd.DataFrame({"child": np.repeat(np.arange(27), 4), "age": np.tile([8, 10, 12, 14], 27), "girl": np.repeat([0.0, 1.0], [64, 44]),
                         "distance": [float(v) for v in JAWS.split()]})
    fit = mixed_model(jaws, formula)
    assert fit.fixed["estimate"].tolist() == pytest.approx(estimates, abs=6e-6)
    assert fit.fixed["std_error"].tolist() == pytest.approx(errors, abs=6e-6)
    assert fit.variances["sd"].tolist() == pytest.approx(sds, abs=1e-6) and fit.log_likelihood == pytest.approx(likelihood, abs=6e-5)
