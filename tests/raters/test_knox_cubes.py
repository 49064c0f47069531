"""The Knox cube test: 35 children, 18 tapping patterns, of which four are extreme (B. Wright, M. Stone 1979, Best Test Design)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from evalkit.raters import many_facet_rasch, marginal_rasch
from evalkit.reliability import from_wide

# a child a word, a digit a tapping pattern; data as the SAS macros of K. B. Christensen have them (knox cube test example)
CHILDREN = """111111100000000000 111111111100000000 111111111001000000 111100101000000000 111111111100000000 111111111100000000 111111111111101000
111111111100000000 111111111100000000 111111111110000000 111011111000000000 111110101100000000 111110011111000000 111111111110000000
111111111111100000 111111111010000000 111101111100000000 111111111100100000 111111111000000000 111111111100100000 111111111110100000
111111111111000000 111111111100110000 111111111110100110 111011000000000000 111111111100000000 111111100000000000 111111111010000000
111111001110010000 111111111000000000 111111111100000000 111111111110000000 111100100100000000 111111111101010000 111000000000000000"""
TABLE = pd.DataFrame([[int(v) for v in child] for child in CHILDREN.split()], columns=range(1, 19))
ROWS = from_wide(TABLE, columns="item")


def test_joint_measures_meet_every_total_and_extremes_stand_apart():
    model = many_facet_rasch(ROWS, tolerance=1e-8)
    own = model.measures.query("facet == 'item'").set_index("level")
    assert own.index[own["status"].eq("boundary")].tolist() == [1, 2, 3, 18]
    assert model.measures.query("facet == 'object_id' and status == 'boundary'")["level"].tolist() == [34]
    inner = TABLE.drop(index=34)[range(4, 18)].to_numpy(dtype=float)

    def minus_log(p: np.ndarray) -> float:
        eta = p[:34, None] - np.append(p[34:], -p[34:].sum())
        return float((np.logaddexp(0, eta) - inner * eta).sum())

    best = minimize(minus_log, np.zeros(47), method="BFGS", options={"gtol": 1e-7})
    assert own.loc[range(4, 18), "measure"].to_numpy() == pytest.approx(np.append(best.x[34:], -best.x[34:].sum()), abs=1e-4)


def test_fit_of_the_most_regular_items_is_below_what_is_expected():
    """Manual of Winsteps, table 27.3: of the 14 items the smallest outfit is .11 with ZSTD -.6, which is the smallest of all.

    The cube root with fewer than one degree of freedom turned round: these items had 1.65, as if they were noisy. Winsteps stops before
    its estimates are converged (4.80 for an item with one success; it is 4.96).
    """
    own = many_facet_rasch(ROWS, tolerance=1e-8).measures.query("facet == 'item' and status == 'estimated'")
    least = own.loc[own["outfit"].idxmin()]
    assert least["outfit"] == pytest.approx(0.11, abs=0.005)
    assert own["outfit_z"].min() == pytest.approx(-0.6, abs=0.05) and least["outfit_z"] == pytest.approx(own["outfit_z"].min())


def test_a_marginal_fit_leaves_extreme_items_out_and_places_them_afterwards():
    """They were driven to the bounds of the search, and took the centre, and with it every error, along."""
    model, inner = marginal_rasch(ROWS), marginal_rasch(from_wide(TABLE[range(4, 18)], columns="item"))
    own = model.measures.set_index("level")
    assert own["status"].tolist() == ["boundary"] * 3 + ["estimated"] * 14 + ["boundary"]
    assert own["reason"].tolist() == ["all_highest"] * 3 + [""] * 14 + ["all_lowest"]
    assert (model.log_likelihood, model.sd, model.mean) == pytest.approx((inner.log_likelihood, inner.sd, inner.mean), abs=1e-6)
    pd.testing.assert_frame_equal(own.loc[range(4, 18)], inner.measures.set_index("level"), check_index_type=False)
    assert own.loc[1, "measure"] < own.loc[range(4, 18), "measure"].min() and own.loc[18, "measure"] > own.loc[17, "measure"]
    nodes = np.linspace(-9, 9, 3001) * model.sd + model.mean
    weight = np.exp(-((nodes - model.mean) ** 2) / (2 * model.sd**2))
    total = 0.0  # children's measures given the 14 items, and what they expect of an item that all of them met
    for child in TABLE[range(4, 18)].to_numpy(dtype=float):
        eta = nodes[:, None] - own.loc[range(4, 18), "measure"].to_numpy()
        posterior = weight * np.exp((child * eta - np.logaddexp(0, eta)).sum(axis=1))
        total += float((posterior / posterior.sum()) @ (1 / (1 + np.exp(own.loc[1, "measure"] - nodes))))
    assert total == pytest.approx(35 - 0.3, abs=1e-4)


def test_raters_who_only_give_the_highest_are_placed_with_steps_and_weights_of_their_own():
    rng = np.random.default_rng(4)
    rows = pd.DataFrame([(o, r, i) for o in range(60) for r in "abcd" for i in (1, 2)], columns=["object_id", "rater_id", "item"])
    true = rng.normal(0, 1, 60)[rows["object_id"]] - rows["rater_id"].map(dict(zip("abcd", (-1, 0, 1, 0), strict=True))).to_numpy()
    rows["rating"] = np.clip(np.round(2 + true + rng.normal(0, 1, len(rows))), 0, 4).astype(int)
    rows.loc[rows["rater_id"].eq("d"), "rating"] = 4
    for more in ({}, {"steps": "item"}, {"steps": "rater_id"}, {"weight": "w"}):
        model = marginal_rasch(rows.assign(w=np.where(rows["item"].eq(1), 2.0, 0.5)), **more)
        own = model.measures.query("facet == 'rater_id'").set_index("level")
        assert own["status"].tolist() == ["estimated"] * 3 + ["boundary"] and own.loc["d", "measure"] < own.loc["a", "measure"] - 1
        assert abs(own.loc[list("abc"), "measure"].sum()) < 1e-6 and own["std_error"].between(0, 5).all() and model.n_ratings == 360
    alone = rows.assign(rating=np.where(rows["rater_id"].isin(["a", "d"]), 4, 0))
    assert marginal_rasch(alone).reason == "all_extreme"
