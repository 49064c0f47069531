"""Marginal fits without a finite maximum: said, and no number of what runs away; by construction and against a linear programme."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from evalkit.raters import many_facet_rasch, marginal_rasch

COLUMNS = ["object_id", "rater_id", "item", "rating"]


def told(model) -> list:
    return [model.status, model.reason]


def test_a_rater_in_other_categories_than_all_others_has_no_distance_and_they_have():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame([(o, r, above + int(rng.normal() < level)) for o, level in enumerate(rng.normal(0, 2, 40))
                         for r, above in zip("abc", (1, 1, 3), strict=True)], columns=["object_id", "rater_id", "rating"])
    model = marginal_rasch(rows)
    assert told(model) == ["estimated", "no_finite_maximum"]
    raters = model.measures.set_index("level")
    assert raters.loc["c", ["status", "reason"]].tolist() == ["boundary", "no_finite_distance"]
    assert raters.loc["c", ["measure", "std_error", "conf_low", "conf_high"]].isna().all()
    kept = raters.loc[["a", "b"]]
    alone = marginal_rasch(rows[rows["rater_id"].ne("c")]).measures
    assert kept["status"].eq("estimated").all() and kept["measure"].sum() == pytest.approx(0, abs=1e-9)
    assert (np.abs(kept["measure"].to_numpy() - alone["measure"].to_numpy()) < kept["std_error"].to_numpy() / 2).all()  # of c: his objects' levels
    assert kept["std_error"].to_numpy() == pytest.approx(alone["std_error"].to_numpy(), rel=0.2)
    assert model.thresholds["threshold"].isna().all() and model.thresholds["reason"].eq("no_finite_threshold_fits").all()
    assert np.isnan(model.mean) and model.objects["measure"].isna().all() and 0 <= model.sd < 5


def test_ratings_in_guttmans_order_spread_objects_without_end():
    patterns = [(0, 0, 0)] * 5 + [(1, 0, 0)] * 7 + [(1, 1, 0)] * 8 + [(1, 1, 1)] * 4
    rows = pd.DataFrame([(o, r, v) for o, p in enumerate(patterns) for r, v in zip("abc", p, strict=True)],
                        columns=["object_id", "rater_id", "rating"])
    model = marginal_rasch(rows)
    assert model.reason == "no_finite_maximum" and np.isnan([model.sd, model.sd_error, model.mean]).all()
    assert model.measures["measure"].isna().all() and model.measures["reason"].eq("no_finite_distance").all()
    assert model.objects[["measure", "posterior_sd"]].isna().all(axis=None)


def test_cells_that_fit_without_end_though_no_level_is_extreme():
    """Of x on a always 1, of y on b always 0, the other two cells mixed: x and a may rise together, as y and b fall."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame([r for o in range(30) for r in ((o, "x", "a", 1), (o, "x", "b", int(rng.integers(0, 2))),
                                                       (o, "y", "a", int(rng.integers(0, 2))), (o, "y", "b", 0))], columns=COLUMNS)
    model = marginal_rasch(rows)
    assert model.reason == "no_finite_maximum" and model.measures["measure"].isna().all()


def test_a_category_that_one_rater_never_used_costs_its_own_threshold_alone():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame([(o, r, int(v)) for o in range(80) for r, v in zip("ab", [rng.integers(1, 5), rng.choice([1, 2, 4])], strict=True)],
                        columns=["object_id", "rater_id", "rating"])
    model = marginal_rasch(rows, steps="rater_id")
    lost = model.thresholds["threshold"].isna()
    assert model.reason == "objects_do_not_differ"
    assert model.thresholds.loc[lost, ["group", "category", "reason"]].to_numpy().tolist() == [["b", 3, "category_never_used"]]
    assert model.thresholds.loc[~lost, "status"].eq("estimated").all() and model.thresholds["threshold"].abs().max() < 3
    assert model.thresholds.set_index(["group", "category"]).loc[("b", 4), "reason"] == "steps_between_never_used"
    assert model.measures["status"].eq("estimated").all() and np.isfinite([model.mean, model.sd]).all()


def test_raters_with_items_of_their_own_are_told_apart_from_nobody():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame([(o, r, i, int(rng.integers(1, 4))) for o in range(40)
                         for r, i in (("p", "s"), ("q", "s"), ("x", "t"), ("y", "t"), ("z", "t"))], columns=COLUMNS)
    model = marginal_rasch(rows)
    raters = model.measures.query("facet == 'rater_id'").set_index("level")
    assert model.reason == "not_connected" and many_facet_rasch(rows).n_subsets == 2
    assert raters.loc[["p", "q"], "reason"].eq("not_connected").all() and raters.loc[["p", "q"], "measure"].isna().all()
    assert raters.loc[list("xyz"), "status"].eq("estimated").all() and raters["measure"].sum() == pytest.approx(0, abs=1e-9)
    assert model.measures.query("facet == 'item'")["status"].eq("not_estimable").all()
    assert model.thresholds["status"].eq("estimated").all()


def _endless(rows: pd.DataFrame) -> bool:
    """Tell by a linear programme whether a step of raters, items, the mean and steps favours some ratings and disfavours none."""
    used = np.unique(rows["rating"])
    codes = [pd.factorize(rows[f], sort=True)[0] for f in ("rater_id", "item")]
    n_r, n_i = (int(c.max()) + 1 for c in codes)
    lines = []
    for r, i, x in zip(*codes, rows["rating"], strict=True):
        for k in used[used != x]:
            line = np.zeros(n_r + n_i + max(len(used) - 2, 0))
            line[r] = line[n_r + i] = x - k
            for value, sign in ((x, 1.0), (k, -1.0)):
                place = int(np.searchsorted(used, value))
                if 0 < place < len(used) - 1:
                    line[n_r + n_i + place - 1] += sign
            lines.append(line)
    lines = np.unique(lines, axis=0)
    found = linprog(-lines.sum(axis=0), A_ub=-lines, b_ub=np.zeros(len(lines)), bounds=[(-1, 1)] * lines.shape[1])
    return bool(found.fun < -1e-6)


def test_equals_a_linear_programme_on_sets_drawn_by_chance():
    """Objects stay where their population holds them, so that only raters, items and steps can run; 60 small sets of both kinds."""
    rng = np.random.default_rng(12)
    seen = {True: 0, False: 0}
    while sum(seen.values()) < 60:
        n_r, n_i, top = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(1, 3))
        way = np.add.outer(rng.integers(-1, 2, n_r), rng.integers(-1, 2, n_i)) * (rng.random((n_r, n_i)) < 0.9)  # a step that some cells follow
        rows = [(o, f"r{r}", f"i{i}", top if way[r, i] > 0 else 0 if way[r, i] < 0 else int(rng.integers(0, top + 1)))
                for o in range(8) for r in range(n_r) for i in range(n_i)]
        frame = pd.DataFrame(rows, columns=COLUMNS)
        if frame.groupby("rater_id")["rating"].nunique().min() < 2 or frame.groupby("item")["rating"].nunique().min() < 2:
            continue  # extreme levels are left out of the fit
        model, wanted = marginal_rasch(frame), _endless(frame)
        if np.isnan(model.sd):
            continue
        seen[wanted] += 1
        assert (model.reason == "no_finite_maximum") == wanted
    assert min(seen.values()) > 10


def test_far_but_finite_raters_keep_their_numbers():
    """Raters at five logits and a few ratings each: wide errors, and no word of a distance without end."""
    rng = np.random.default_rng(6)
    severe = np.array([-5.0, -4.0, -1.0, 0.0, 1.0, 4.0, 5.0])
    rows = [(o, r, int(rng.random() < 1 / (1 + np.exp(severe[r] - b)))) for o, b in enumerate(rng.normal(0, 3, 300)) for r in range(7)]
    model = marginal_rasch(pd.DataFrame(rows, columns=["object_id", "rater_id", "rating"]))
    assert told(model) == ["estimated", ""] and model.measures["status"].eq("estimated").all()
    assert ((model.measures["measure"] - severe).abs() < 4 * model.measures["std_error"]).all()
