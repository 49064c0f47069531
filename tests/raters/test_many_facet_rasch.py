"""The many-facet Rasch model: an independent dense fit, InstEval, partial credit, anchors, weights, subsets, degenerate data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from evalkit.errors import EstimationError
from evalkit.raters.many_facet_rasch import many_facet_rasch, marginal_rasch

FACETS = ("object_id", "rater_id", "item")


def simulated(objects: int, raters: int, items: int, *, per: int = 2, seed: int = 1, thresholds: tuple[float, ...] = (-1.2, 0.0, 1.2)):
    rng = np.random.default_rng(seed)
    ability, severity, difficulty = rng.normal(0, 1, objects), rng.normal(0, 0.6, raters), np.linspace(-0.8, 0.8, items)
    severity -= severity.mean()
    pairs = [(o, r) for o in range(objects) for r in rng.choice(raters, per, replace=False)]
    o, r = np.repeat(np.array(pairs), items, axis=0).T
    i = np.tile(np.arange(items), len(pairs))
    power = np.outer(ability[o] - severity[r] - difficulty[i], np.arange(len(thresholds) + 1)) - np.r_[0, np.cumsum(thresholds)]
    chance = np.exp(power - power.max(1, keepdims=True))
    chance /= chance.sum(1, keepdims=True)
    x = (chance.cumsum(1) < rng.random(len(o))[:, None]).sum(1)
    frame = pd.DataFrame({"object_id": [f"o{v:05d}" for v in o], "rater_id": [f"r{v:04d}" for v in r], "item": i, "rating": x + 1})
    return frame, severity, ability


def dense(rows: pd.DataFrame, facets: tuple[str, ...] = FACETS, weight: np.ndarray | None = None):
    """The same likelihood, maximised by a general optimiser over all parameters at once."""
    codes = [pd.factorize(rows[f], sort=True)[0] for f in facets]
    sizes = [int(c.max()) + 1 for c in codes]
    x = rows["rating"].to_numpy() - rows["rating"].min()
    top = int(x.max())
    w = np.ones(len(x)) if weight is None else weight
    ends = np.cumsum([sizes[0], *[n - 1 for n in sizes[1:]], top - 1])

    def unpack(p):
        parts = np.split(p, ends[:-1])
        return [parts[0], *[np.r_[v, -v.sum()] for v in parts[1:-1]]], np.r_[0, parts[-1], -parts[-1].sum()]

    def loss(p):
        facet, f = unpack(p)
        logit = facet[0][codes[0]] - sum(v[c] for v, c in zip(facet[1:], codes[1:], strict=True))
        power = np.outer(logit, np.arange(top + 1)) - np.cumsum(f)
        high = power.max(1)
        logs = np.log(np.exp(power - high[:, None]).sum(1)) + high
        chance = np.exp(power - logs[:, None])
        r = w * (x - chance @ np.arange(top + 1))
        full = [np.bincount(c, r, n) for c, n in zip(codes, sizes, strict=True)]
        counts = np.array([(w * (x >= k)).sum() - (w * chance[:, k:].sum(1)).sum() for k in range(1, top + 1)])
        gradient = np.concatenate([-full[0], *[v[:-1] - v[-1] for v in full[1:]], counts[:-1] - counts[-1]])
        return float(-(w * (power[np.arange(len(x)), x] - logs)).sum()), gradient

    found = minimize(loss, np.zeros(ends[-1]), jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 5000})
    return *unpack(found.x), -found.fun


def of(model, facet: str) -> pd.Series:
    return model.measures.query("facet == @facet").set_index("level")["measure"]


@pytest.fixture(scope="module")
def small():
    rows, severity, ability = simulated(40, 6, 4)
    return rows, severity, ability, many_facet_rasch(rows, tolerance=1e-9)


def test_equals_a_general_optimiser(small):
    rows, _, _, model = small
    (objects, raters, items), thresholds, likelihood = dense(rows)
    assert model.converged and model.largest_residual < 1e-9
    assert of(model, "rater_id").to_numpy() == pytest.approx(raters, abs=1e-6)
    assert of(model, "item").to_numpy() == pytest.approx(items, abs=1e-6)
    assert of(model, "object_id").to_numpy() == pytest.approx(objects, abs=1e-5)
    assert model.thresholds["threshold"].to_numpy()[1:] == pytest.approx(thresholds[1:], abs=1e-6)
    assert model.log_likelihood == pytest.approx(likelihood, abs=1e-6)


def test_large_facets_take_the_iterative_way_to_the_same_place():
    rows, severity, _ = simulated(900, 150, 4, per=3, seed=4)
    model = many_facet_rasch(rows, tolerance=1e-6)
    residual = model.expected().groupby("rater_id")["residual"].sum()
    assert residual.abs().max() < 1e-6 and model.largest_residual < 1e-6
    found = of(model, "rater_id").to_numpy()
    assert np.corrcoef(found, severity)[0, 1] > 0.9
    # 12 ratings an object: joint estimates spread about 12/11 too far, and the slope shows it
    assert 1.0 < np.polyfit(severity, found, 1)[0] < 1.25


def test_weakly_linked_units_converge():
    rng = np.random.default_rng(3)
    rows, _, _ = simulated(2400, 10, 3, seed=8)
    unit = rows["object_id"].str[1:].astype(int) // 200
    rows["rater_id"] = unit.astype(str).str.zfill(2) + rows["rater_id"]
    link = rng.random(len(rows)) < 0.01
    rows.loc[link, "rater_id"] = ((unit[link] + 1) % 12).astype(str).str.zfill(2) + rows.loc[link, "rater_id"].str[2:]
    model = many_facet_rasch(rows, tolerance=1e-4)
    assert model.converged and model.n_subsets == 1 and model.rounds < 40


def test_contrasts_that_no_data_tell_are_counted():
    """Each object meets the tasks of one of eleven classes only: the classes cannot be compared, however connected it looks."""
    rows, _, _ = simulated(180, 10, 3, seed=2)
    rows["task"] = [f"t{(7 * i) % 66:02d}" for i in range(len(rows))]
    assert many_facet_rasch(rows, ("object_id", "rater_id", "task")).n_lacking == 10
    assert many_facet_rasch(rows).n_lacking == 0


def test_two_large_facets_meet_every_total_and_no_step_improves_them():
    """The likelihood is concave: where every marginal total is met, there is its only maximum."""
    rows, _, _ = simulated(180, 70, 3, seed=2)
    rows["task"] = [f"t{t:02d}" for t in np.random.default_rng(5).integers(0, 66, len(rows))]
    facets = ("object_id", "rater_id", "task")
    model = many_facet_rasch(rows, facets, tolerance=1e-8)
    looked = model.expected()
    for facet in facets:
        assert looked.groupby(facet)["residual"].sum().abs().max() < 1e-8
    assert model.n_lacking is not None and model.converged


def test_insteval_reaches_the_known_likelihood(shared):
    """3,000 students, 1,128 lecturers, 14 departments, 2 kinds of service: -105,592.279 with the extreme levels left out."""
    rows = pd.read_csv(shared / "data" / "insteval.csv.gz")
    model = many_facet_rasch(rows, ("s", "d", "dept", "service"), rating="y", positive=("s", "d", "dept", "service"), tolerance=0.003)
    assert model.log_likelihood == pytest.approx(-105592.279, abs=0.02)
    assert len(rows) - model.n_ratings == 10 and model.converged


def test_partial_credit_gives_each_item_its_own_steps(small):
    rows, _, _, _ = small
    model = many_facet_rasch(rows, steps="item", tolerance=1e-8)
    one = model.thresholds.query("group == 2")
    expected = model.expected().query("item == 2")
    assert expected["expected"].sum() == pytest.approx(expected["observed"].sum(), abs=1e-6)
    assert one["threshold"].dropna().sum() == pytest.approx(0.0, abs=1e-9)
    shared_scale = many_facet_rasch(rows, tolerance=1e-8)
    assert model.log_likelihood > shared_scale.log_likelihood
    assert model.thresholds["group"].nunique() == 4


def test_fit_statistics_are_the_textbook_sums(small):
    _, _, _, model = small
    e = model.expected()
    one = e[e["rater_id"].eq("r0002")]
    row = model.measures.query("facet == 'rater_id' and level == 'r0002'").iloc[0]
    assert row["infit"] == pytest.approx((one["residual"] ** 2).sum() / one["variance"].sum(), rel=1e-12)
    assert row["outfit"] == pytest.approx((one["residual"] ** 2 / one["variance"]).mean(), rel=1e-12)
    assert row["std_error_conditional"] == pytest.approx(1 / np.sqrt(one["variance"].sum()), rel=1e-9)
    assert row["std_error"] > row["std_error_conditional"]


def test_summary_of_a_facet_by_hand(small):
    _, _, _, model = small
    own = model.measures.query("facet == 'rater_id'")
    row = model.facets.set_index("facet").loc["rater_id"]
    m, se = own["measure"].to_numpy(), own["std_error_conditional"].to_numpy()
    assert row["chi_square_fixed"] == pytest.approx((m**2 / se**2).sum() - (m / se**2).sum() ** 2 / (1 / se**2).sum())
    assert row["reliability_sample"] == pytest.approx(1 - np.mean(se**2) / m.var(ddof=1))
    assert row["strata_sample"] == pytest.approx((4 * row["separation_sample"] + 1) / 3)


def test_agreement_counts_pairs_on_the_same_thing(small):
    rows, _, _, model = small
    table = model.agreement("rater_id")
    pairs = rows.merge(rows, on=["object_id", "item"]).query("rater_id_x < rater_id_y")
    pairs = pairs[pairs["object_id"].isin(model.expected()["object_id"])]
    assert table.loc[0, "opportunities"] == len(pairs)
    assert table.loc[0, "exact"] == (pairs["rating_x"] == pairs["rating_y"]).sum()
    assert table.loc[1:, "opportunities"].sum() == 2 * len(pairs)
    assert 0 < table.loc[0, "expected_percent"] < 100


def test_interaction_is_converged_cell_by_cell(small):
    _, _, _, model = small
    cells, test = model.interaction("rater_id", "item")
    e = model.expected()
    one = cells.query("rater_id == 'r0001' and item == 3").iloc[0]
    rows = e.query("rater_id == 'r0001' and item == 3")
    assert one["observed"] == pytest.approx((rows["observed"] - 1).sum()) and one["expected"] == pytest.approx((rows["expected"] - 1).sum())
    assert np.sign(one["bias"]) == np.sign(one["observed"] - one["expected"])
    assert test["chi_square"] == pytest.approx((cells["t"] ** 2).sum()) and test["df"] == 24
    assert test["p_value"] > 0.001  # none was put in


def test_weights_are_repetitions(small):
    rows, _, _, _ = small
    weight = np.where(rows["item"].eq(1), 2, 1)
    weighted = many_facet_rasch(rows.assign(w=weight), weight="w", tolerance=1e-8)
    repeated = many_facet_rasch(rows.loc[rows.index.repeat(weight)], tolerance=1e-8)
    assert of(weighted, "rater_id").to_numpy() == pytest.approx(of(repeated, "rater_id").to_numpy(), abs=1e-6)
    assert weighted.thresholds["count"].tolist() == repeated.thresholds["count"].tolist()


def test_anchors_hold_and_the_rest_moves_with_them(small):
    rows, _, _, free = small
    held = {"rater_id": {"r0000": 0.5, "r0003": -0.5}}
    model = many_facet_rasch(rows, anchors=held, tolerance=1e-8)
    assert of(model, "rater_id")["r0000"] == pytest.approx(0.5) and of(model, "rater_id")["r0003"] == pytest.approx(-0.5)
    assert set(model.measures.query("status == 'anchored'")["level"]) == {"r0000", "r0003"}
    own = of(free, "rater_id")
    same = many_facet_rasch(rows, anchors={"rater_id": own.to_dict()}, tolerance=1e-8)
    assert of(same, "object_id").to_numpy() == pytest.approx(of(free, "object_id").to_numpy(), abs=1e-5)


def test_subsets_are_found_and_each_has_its_own_centre():
    left, _, _ = simulated(30, 4, 3, seed=5)
    right, _, _ = simulated(20, 3, 3, seed=6)
    right = right.assign(object_id="x" + right["object_id"], rater_id="x" + right["rater_id"])
    model = many_facet_rasch(pd.concat([left, right], ignore_index=True))
    raters = model.measures.query("facet == 'rater_id'")
    assert model.n_subsets == 2
    assert raters.groupby("subset")["measure"].mean().to_numpy() == pytest.approx([0, 0], abs=1e-9)
    assert model.measures.query("facet == 'item'")["subset"].isna().all()
    known = model.facets.set_index("facet")
    assert known.loc["rater_id", ["status", "reason"]].tolist() == ["not_estimable", "several_subsets"]  # no spread over what nothing links
    assert known.loc["item", "status"] == "estimated"


@pytest.mark.parametrize("raters", [6, 80])
def test_steps_of_a_facet_of_one_level_are_those_of_the_model(raters):
    """80 raters are a large facet, whose information is added up in another way."""
    rows, _, _ = simulated(60, raters, 1, seed=4)
    one, own = many_facet_rasch(rows, tolerance=1e-9), many_facet_rasch(rows, steps="item", tolerance=1e-9)
    assert own.rounds == one.rounds
    columns = ["measure", "std_error", "std_error_conditional", "infit", "outfit"]
    assert own.measures[columns].to_numpy() == pytest.approx(one.measures[columns].to_numpy(), abs=1e-6, nan_ok=True)
    assert own.thresholds["std_error"].to_numpy() == pytest.approx(one.thresholds["std_error"].to_numpy(), abs=1e-6, nan_ok=True)


def test_a_facet_has_no_interaction_with_itself(small):
    with pytest.raises(EstimationError, match="'rater_id' was named twice"):
        small[3].interaction("rater_id", "rater_id")


def test_anchors_of_which_no_level_is_there_are_a_slip_and_not_left_aside(small):
    rows = small[0]
    with pytest.raises(EstimationError, match="None of the anchors of 'rater_id' is one of its levels"):
        many_facet_rasch(rows, anchors={"rater_id": {"R0000": 0.5}})
    some = many_facet_rasch(rows, anchors={"rater_id": {"r0000": 0.5, "of an earlier year": 2.0}})
    assert of(some, "rater_id")["r0000"] == pytest.approx(0.5)


def test_anchors_are_read_as_numbers_are_read_elsewhere(small):
    """A decimal comma, as a spreadsheet keeps it, was a fault of the library."""
    rows = small[0]
    assert of(many_facet_rasch(rows, anchors={"rater_id": {"r0000": "0,5"}}), "rater_id")["r0000"] == pytest.approx(0.5)
    with pytest.raises(EstimationError, match="anchors of 'rater_id': row 1 holds no finite number"):
        many_facet_rasch(rows, anchors={"rater_id": {"r0000": "strict"}})


@pytest.mark.parametrize("fit", [many_facet_rasch, marginal_rasch])
def test_weights_of_nothing_leave_no_ratings(small, fit):
    """They were called "all_extreme"."""
    assert fit(small[0].assign(w=0.0), weight="w").reason == "no_ratings"


def test_steps_never_used_keep_their_number(shared):
    """Public case pc26."""
    rows = pd.read_csv(shared / "cases" / "pc26-steps-never-used.csv")
    model = many_facet_rasch(rows, categories=(1, 5))
    use = model.thresholds.set_index("category")
    assert use["count"].tolist() == [0, 10, 0, 17, 9]
    assert use.loc[[1, 3], "reason"].eq("category_never_used").all() and use.loc[[1, 3], "threshold"].isna().all()
    assert use["threshold"].dropna().abs().max() < 10 and use.loc[4, "reason"] == "steps_between_never_used"
    severity = of(model, "rater_id")
    totals = rows.groupby("rater_id")["rating"].sum()
    assert severity["R1"] > severity["R2"] and severity["R2"] == pytest.approx(severity["R3"], abs=1e-3)
    assert np.isfinite(severity).all() and totals.tolist() == [43, 45, 45]


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-6, 1e-8])
def test_a_threshold_that_runs_away_is_said_to_and_never_printed_beyond_ten_logits(shared, tolerance):
    """Of case pc26 no object has ratings on both sides of 4: the further its steps are apart, the better the fit, however long one searches."""
    rows = pd.read_csv(shared / "cases" / "pc26-steps-never-used.csv")
    use = many_facet_rasch(rows, categories=(1, 5), tolerance=tolerance).thresholds.set_index("category")
    assert not (use["threshold"].abs() > 10).any() and use.loc[5, ["status", "reason"]].tolist() == ["boundary", "no_finite_threshold_fits"]
    assert (use.loc[4, "status"] == "boundary" or use.loc[4, "std_error"] <= 5) and use.loc[4, "reason"] == "steps_between_never_used"


def test_extreme_levels_get_a_finite_measure_and_stay_out_of_the_fit(small):
    rows, _, _, free = small
    severe = pd.DataFrame({"object_id": rows["object_id"].unique()[:10], "rater_id": "hard", "item": 0, "rating": 1})
    model = many_facet_rasch(pd.concat([rows, severe], ignore_index=True), tolerance=1e-8)
    row = model.measures.query("level == 'hard'").iloc[0]
    assert row["status"] == "boundary" and row["reason"] == "all_lowest" and 0 < row["measure"] < 10
    assert of(model, "rater_id").drop("hard").to_numpy() == pytest.approx(of(free, "rater_id").to_numpy(), abs=1e-6)


@pytest.mark.parametrize(("rows", "reason"), [
    (pd.DataFrame({"object_id": [], "rater_id": [], "item": [], "rating": []}), "no_ratings"),
    (pd.DataFrame({"object_id": ["a", "b"], "rater_id": "x", "item": 1, "rating": 3}), "constant"),
    (pd.DataFrame({"object_id": ["a", "b"], "rater_id": ["x", "y"], "item": 1, "rating": [1, 2]}), "all_extreme"),
    (pd.DataFrame({"object_id": ["a"], "rater_id": ["x"], "item": 1, "rating": [np.nan]}), "no_ratings"),
])
def test_degenerate_data_have_a_status_and_a_reason(rows, reason):
    model = many_facet_rasch(rows)
    assert model.status == "not_estimable" and model.reason == reason
    assert model.measures["measure"].isna().all() and len(model.facets) in (0, 3)
    with pytest.raises(EstimationError, match="nothing to look back at"):
        model.agreement()


@pytest.mark.parametrize(("change", "said"), [
    ({"facets": ("object_id",)}, "two or more"), ({"facets": ("object_id", "nobody")}, "no column 'nobody'"), ({"steps": "mood"}, "mood"),
    ({"categories": (2, 4)}, "outside the declared"), ({"floating": "mood"}, "mood"), ({"anchors": {"mood": {}}}, "mood")])
def test_arguments_that_cannot_be_meant_are_refused(small, change, said):
    with pytest.raises(EstimationError, match=said):
        many_facet_rasch(small[0], **change)


def test_the_frame_stays_and_the_order_of_rows_does_not_matter(small):
    rows, _, _, model = small
    before = rows.copy()
    again = many_facet_rasch(rows.sample(frac=1, random_state=3), tolerance=1e-9)
    pd.testing.assert_frame_equal(rows, before)
    assert of(again, "rater_id").to_numpy() == pytest.approx(of(model, "rater_id").to_numpy(), abs=1e-9)


@pytest.mark.parametrize("steps", [None, "item"])
@pytest.mark.parametrize("weight", [None, "times"])
def test_counts_and_totals_are_of_all_ratings_also_of_those_that_take_no_part(steps: str | None, weight: str | None) -> None:
    random = np.random.default_rng(4)
    rows = pd.DataFrame({"object_id": np.repeat(np.arange(40), 6), "rater_id": random.integers(0, 5, 240), "item": np.tile([0, 1, 2], 80),
                         "rating": random.integers(1, 5, 240), "times": random.integers(0, 3, 240)})
    rows.loc[rows["object_id"] < 3, "rating"], rows.loc[rows["object_id"].eq(7), "rating"] = 4, 1
    model = many_facet_rasch(rows, steps=steps, weight=weight)
    assert model.n_ratings < (240 if weight is None else rows["times"].gt(0).sum())
    w = rows[weight] if weight else pd.Series(1, index=rows.index)
    for facet in ("object_id", "rater_id", "item"):
        mine = model.measures[model.measures["facet"].eq(facet)].set_index("level")
        assert mine["n"].to_dict() == w.groupby(rows[facet]).sum().to_dict()
        assert mine["total"].to_dict() == (w * rows["rating"]).groupby(rows[facet]).sum().to_dict()
    by = [rows["item"], rows["rating"]] if steps else [rows["rating"]]
    used = model.thresholds.set_index(["group", "category"] if steps else "category")["count"]
    assert used.to_dict() == w.groupby(by).sum().reindex(used.index, fill_value=0).to_dict()
