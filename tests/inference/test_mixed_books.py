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
