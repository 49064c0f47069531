"""Marginal maximum likelihood of the Rasch model on a printed example, an integral by another rule, and simulated truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from evalkit.errors import EstimationError
from evalkit.raters.many_facet_rasch import many_facet_rasch, marginal_rasch
from tests.raters.test_many_facet_rasch import simulated

# Law School Admission Test, section 6, five items: the 32 patterns and their counts (R. D. Bock, M. Lieberman 1970, Psychometrika 35, 179-197)
LSAT6 = [3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298]


def lsat6() -> pd.DataFrame:
    pattern = np.repeat(np.arange(32), LSAT6)
    item = np.tile(np.arange(1, 6), 1000)
    person = np.repeat(np.arange(1000), 5)
    return pd.DataFrame({"object_id": person, "item": item, "rating": (pattern[person] >> (5 - item)) & 1})


def test_lsat6_as_printed():
    """D. Rizopoulos (2006), Journal of Statistical Software 17(5), the Rasch model with a common slope: slope .7551, log-likelihood -2466.938."""
    rows = lsat6()
    assert rows.groupby("item")["rating"].sum().tolist() == [924, 709, 553, 763, 870]
    model = marginal_rasch(rows, ("object_id", "item"))
    difficulty = (model.measures["measure"].to_numpy() - model.mean) / model.sd
    assert difficulty == pytest.approx([-3.6153, -1.3224, -0.3176, -1.7301, -2.7802], abs=0.0006)
    assert model.sd == pytest.approx(0.7551, abs=0.0001)
    assert model.log_likelihood == pytest.approx(-2466.938, abs=0.001)
    assert model.largest_gradient < 1e-3


def test_the_likelihood_is_the_integral():
    """One object, two ratings: quadrature over nodes against adaptive integration."""
    rows, _, _ = simulated(12, 3, 2, seed=9)
    model = marginal_rasch(rows, nodes=61)
    of = {f: model.measures.query("facet == @f").set_index("level")["measure"] for f in ("rater_id", "item")}
    tau = np.r_[0.0, np.cumsum(model.thresholds["threshold"])]
    low = rows["rating"].min()

    def chance(logit: float, x: int) -> float:
        power = np.exp(np.arange(len(tau)) * logit - tau)
        return float(power[x - low] / power.sum())

    total = 0.0
    for _, own in rows.groupby("object_id"):
        cells = [(of["rater_id"][r] + of["item"][i], x) for r, i, x in zip(own["rater_id"], own["item"], own["rating"], strict=True)]
        total += np.log(quad(lambda b, cells=cells: np.prod([chance(b - d, x) for d, x in cells]) * norm.pdf(b, model.mean, model.sd),
                             -8, 8, limit=200)[0])
    assert model.log_likelihood == pytest.approx(total, abs=1e-6)


def test_no_spread_that_joint_estimates_have():
    rows, severity, _ = simulated(1200, 12, 2, per=2, seed=12)
    joint = many_facet_rasch(rows, tolerance=1e-5).measures.query("facet == 'rater_id'")["measure"].to_numpy()
    marginal = marginal_rasch(rows, nodes=21)
    own = marginal.measures.query("facet == 'rater_id'")
    assert np.polyfit(severity, joint, 1)[0] > 1.15
    assert np.polyfit(severity, own["measure"], 1)[0] == pytest.approx(1.0, abs=0.08)
    assert marginal.sd == pytest.approx(1.0, abs=0.1)
    inside = (own["conf_low"] <= severity) & (severity <= own["conf_high"])
    assert inside.sum() >= 9  # of 12 at 95%


@pytest.mark.parametrize(("rows", "reason"), [
    (pd.DataFrame({"object_id": [], "rater_id": [], "item": [], "rating": []}), "no_ratings"),
    (pd.DataFrame({"object_id": ["a", "b"], "rater_id": "x", "item": 1, "rating": 3}), "constant"),
    (pd.DataFrame({"object_id": ["a", "a"], "rater_id": ["x", "y"], "item": 1, "rating": [1, 2]}), "one_object")])
def test_degenerate_data_have_a_status_and_a_reason(rows, reason):
    model = marginal_rasch(rows)
    assert model.status == "not_estimable" and model.reason == reason


def test_objects_that_do_not_differ_are_named():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"object_id": np.repeat(np.arange(200), 4), "rater_id": np.tile(np.arange(4), 200), "rating": rng.integers(0, 3, 800)})
    model = marginal_rasch(rows, ("object_id", "rater_id"))
    assert model.sd < 0.35 and np.isfinite(model.measures["std_error"]).all()


def test_too_large_for_memory_is_said():
    rows, _, _ = simulated(40, 6, 4)
    with pytest.raises(EstimationError, match="many_facet_rasch"):
        marginal_rasch(rows, nodes=200_000)
