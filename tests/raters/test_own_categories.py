"""Items with steps of their own that never got some category: the model in which it has chance zero, by a general optimiser."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from evalkit.raters import many_facet_rasch, marginal_rasch

FACETS = ("object_id", "rater_id", "item")


def drawn() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rows = pd.DataFrame([(o, r, i) for o in range(14) for r in "pqrs" for i in "tuv"], columns=list(FACETS))
    eta = rng.normal(0, 1, 14)[rows["object_id"]] + rows["rater_id"].map(dict(zip("pqrs", (-0.5, 0, 0.2, 0.3), strict=True))).to_numpy()
    return rows.assign(rating=np.clip(np.round(3 + eta + rng.normal(0, 0.8, len(rows))), 1, 5).astype(int))


def by_hand(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Give raters, middles of the items' own steps with their errors, and thresholds by item: between categories that an item got."""
    code = [rows[f].astype("category").cat.codes.to_numpy() for f in FACETS]
    y, items = rows["rating"].to_numpy(), sorted(set(rows["item"]))
    got = [np.sort(rows.loc[rows["item"].eq(i), "rating"].unique()) for i in items]
    begin = np.cumsum([14 + 3, *(len(g) - 1 for g in got)]).tolist()

    def steps(p: np.ndarray) -> list[np.ndarray]:
        return [p[a:b] for a, b in pairwise(begin)]

    def minus_log(p: np.ndarray) -> float:
        eta, total = p[code[0]] - np.append(p[14:17], -p[14:17].sum())[code[1]], 0.0
        for i, (own, step) in enumerate(zip(got, steps(p), strict=True)):
            mine = code[2] == i
            logits = np.outer(eta[mine], own - own[0]) - np.append(0, np.cumsum(step * np.diff(own)))
            total += float((np.logaddexp.reduce(logits, axis=1) - logits[np.arange(mine.sum()), np.searchsorted(own, y[mine])]).sum())
        return total + 1e-3 * p[begin[0]:].sum() ** 2  # which of objects and items stands at 0 is free

    best = minimize(minus_log, np.zeros(begin[-1]), method="BFGS", options={"gtol": 1e-7, "maxiter": 5000})
    middle = np.zeros((len(items), begin[-1]))
    for i, (own, a, b) in enumerate(zip(got, begin[:-1], begin[1:], strict=True)):
        middle[i, a:b] = np.diff(own) / (own[-1] - own[0])
    middle -= middle.mean(axis=0)
    h, n = 1e-4, begin[-1]
    shift = np.eye(n) * h
    information = np.array([[(minus_log(best.x + a + b) - minus_log(best.x + a - b) - minus_log(best.x - a + b) + minus_log(best.x - a - b))
                             / (4 * h * h) for b in shift] for a in shift])
    error = np.sqrt(np.diagonal(middle @ np.linalg.inv(information) @ middle.T))
    apart = {i: step - np.diff(own) @ step / (own[-1] - own[0]) for i, own, step in zip(items, got, steps(best.x), strict=True)}
    return np.append(best.x[14:17], -best.x[14:17].sum()), np.column_stack([middle @ best.x, error]), apart


@pytest.mark.parametrize("lost", [1, 3, 5])
def test_an_item_without_a_category_is_the_middle_of_its_own_steps(lost):
    """It had no measure, thresholds where the search had stopped, and the fit was called one without a maximum."""
    rows = drawn()
    rows = rows[~(rows["item"].eq("t") & rows["rating"].eq(lost))]
    model = many_facet_rasch(rows, FACETS, steps="item", tolerance=1e-5)
    assert (model.converged, model.reason, model.largest_residual < 1e-5) == (True, "", True)
    raters, items, apart = by_hand(rows)
    own = model.measures.set_index(["facet", "level"])
    assert own.loc["rater_id", "measure"].to_numpy() == pytest.approx(raters, abs=2e-3)
    assert own.loc["item", "measure"].to_numpy() == pytest.approx(items[:, 0], abs=2e-3) and set(own.loc["item", "status"]) == {"estimated"}
    assert own.loc["item", "std_error"].to_numpy() == pytest.approx(items[:, 1], rel=0.02)
    steps = model.thresholds.set_index(["group", "category"])
    for item, wanted in apart.items():
        assert steps.loc[item, "threshold"].dropna().to_numpy() == pytest.approx(wanted, abs=2e-3)
    assert steps.loc[("t", lost), ["status", "reason"]].tolist() == ["not_estimable", "category_never_used"]
    if lost == 3:
        assert steps.loc[("t", 4), "reason"] == "steps_between_never_used"
    assert model.facets.set_index("facet").loc["item", "status"] == "estimated"


def test_errors_of_many_raters_with_steps_of_their_own():
    """Of two of eighty raters one never gave the lowest and one never the highest: their errors were of ten logits in a large facet."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame([(o, r) for o in range(120) for r in rng.choice(80, 40, replace=False)], columns=["object_id", "rater_id"])
    eta = rng.normal(0, 0.7, 120)[rows["object_id"]] - rng.normal(0, 0.3, 80)[rows["rater_id"]]
    rows["rating"] = np.clip(np.round(2.9 + eta + rng.normal(0, 0.9, len(rows))), 1, 5).astype(int)
    rows = rows[~(rows["rater_id"].eq(0) & rows["rating"].eq(1)) & ~(rows["rater_id"].eq(1) & rows["rating"].eq(5))]
    raters = many_facet_rasch(rows, steps="rater_id").measures.query("facet == 'rater_id'")
    ratio = raters["std_error"] / raters["std_error_conditional"]
    assert raters["status"].eq("estimated").all() and ratio.between(1, 2).all()


@pytest.mark.parametrize("lost", [1, 3, 5])
def test_a_marginal_fit_is_that_of_categories_with_chance_zero(lost):
    """The likelihood written out over nodes, an item with the categories that it got; its measure was missing, and no maximum was told."""
    rows = drawn()
    rows = rows[~(rows["item"].eq("t") & rows["rating"].eq(lost))]
    model = marginal_rasch(rows, FACETS, steps="item")
    assert (model.status, model.reason) == ("estimated", "") and model.measures["status"].eq("estimated").all()
    code = [rows[f].astype("category").cat.codes.to_numpy() for f in FACETS]
    y = rows["rating"].to_numpy()
    got = [np.sort(rows.loc[rows["item"].eq(i), "rating"].unique()) for i in "tuv"]
    begin = np.cumsum([1 + 3, *(len(g) - 1 for g in got)]).tolist()
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)

    def minus_log(p: np.ndarray) -> float:
        each = np.zeros((14, len(nodes)))
        shift = -np.append(p[1:4], -p[1:4].sum())[code[1]]
        for i, (own, a, b) in enumerate(zip(got, begin[:-1], begin[1:], strict=True)):
            mine = code[2] == i
            eta = np.exp(p[0]) * nodes[None, :] + shift[mine][:, None]
            logits = eta[..., None] * (own - own[0]) - np.append(0, np.cumsum(p[a:b] * np.diff(own)))
            at = np.searchsorted(own, y[mine])
            chosen = np.take_along_axis(logits, at[:, None, None], axis=2)[..., 0] - np.logaddexp.reduce(logits, axis=2)
            np.add.at(each, code[0][mine], chosen)
        return -float(np.logaddexp.reduce(each + np.log(weights / weights.sum()), axis=1).sum())

    best = minimize(minus_log, np.zeros(begin[-1]), method="BFGS", options={"gtol": 1e-6, "maxiter": 3000})
    assert model.log_likelihood == pytest.approx(-best.fun, abs=1e-3) and model.sd == pytest.approx(np.exp(best.x[0]), abs=2e-3)
    middles = np.array([np.diff(own) @ best.x[a:b] / (own[-1] - own[0]) for own, a, b in zip(got, begin[:-1], begin[1:], strict=True)])
    own = model.measures.set_index(["facet", "level"])
    assert own.loc["item", "measure"].to_numpy() == pytest.approx(middles - middles.mean(), abs=2e-3)
    assert own.loc["rater_id", "measure"].to_numpy() == pytest.approx(np.append(best.x[1:4], -best.x[1:4].sum()), abs=2e-3)
    assert model.mean == pytest.approx(-middles.mean(), abs=2e-3)
    steps = model.thresholds.set_index(["group", "category"])
    for item, middle, a, b in zip("tuv", middles, begin[:-1], begin[1:], strict=True):
        assert steps.loc[item, "threshold"].dropna().to_numpy() == pytest.approx(best.x[a:b] - middle, abs=2e-3)
    joint = many_facet_rasch(rows, FACETS, steps="item").measures.set_index(["facet", "level"])
    assert own.loc["item", "std_error"].to_numpy() == pytest.approx(joint.loc["item", "std_error"].to_numpy(), rel=0.15)


def test_a_level_of_one_category_has_no_steps_and_no_measure():
    rows = drawn()
    rows["rating"] = rows["rating"].mask(rows["item"].eq("t"), 3)
    model = many_facet_rasch(rows, FACETS, steps="item")
    assert model.reason == "no_finite_maximum" and model.measures.set_index("level").loc["t", "reason"] == "no_finite_distance"
    marginal = marginal_rasch(rows, FACETS, steps="item")
    assert marginal.reason == "no_finite_maximum" and marginal.measures.set_index("level").loc["t", "reason"] == "no_finite_distance"
