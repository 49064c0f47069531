"""Subsets of the many-facet model: what the rank of the design compares, however many levels a facet has."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import null_space

from evalkit.errors import EstimationError
from evalkit.raters import SeverityFit, adjusted_scores, linked_severity, many_facet_rasch, rasch_drift, rasch_severities, severity
from evalkit.raters.many_facet_rasch.design import Coded, design
from evalkit.raters.many_facet_rasch.subsets import subsets


def drawn(objects, raters, items, seed):
    """Every rater rates every object on every item; categories 1 to 5."""
    rng = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product([objects, raters, items], names=["object_id", "rater_id", "item"]).to_frame(index=False)
    level = dict(zip(objects, rng.normal(size=len(objects)), strict=True))
    return rows.assign(rating=np.clip(np.round(3 + rows["object_id"].map(level) + rng.normal(size=len(rows))), 1, 5).astype(int))


@pytest.mark.parametrize("raters", [1, 2])
def test_raters_who_share_items_and_no_object_are_two_subsets_also_where_items_are_more_than_raters(raters):
    left = drawn([f"a{i}" for i in range(6)], [f"p{i}" for i in range(raters)], list("tuvwx"), 1)
    right = drawn([f"b{i}" for i in range(7)], [f"q{i}" for i in range(raters)], list("tuvwx"), 2)
    model = many_facet_rasch(pd.concat([left, right], ignore_index=True))
    assert model.n_subsets == 2
    table = model.measures.set_index("facet")
    assert table.loc["item", "subset"].isna().all()
    for facet in ("object_id", "rater_id"):
        own = table.loc[facet]
        assert own.groupby(own["level"].str[0])["subset"].nunique().eq(1).all() and own["subset"].nunique() == 2
        assert model.facets.set_index("facet").loc[facet, "reason"] == "several_subsets"
    own = table.loc["rater_id"]
    if raters > 1:
        assert own.groupby("subset")["measure"].mean().to_numpy() == pytest.approx([0, 0], abs=1e-9)
    else:  # a rater alone is the centre of the raters: the measure was 0 there, with an error of 1e-16, as if it were known
        assert own[["measure", "std_error", "fair_average"]].isna().all(axis=None) and set(own["reason"]) == {"alone_in_subset"}


def test_raters_with_items_of_their_own_are_not_compared_and_their_objects_are():
    objects = [f"o{i}" for i in range(12)]
    model = many_facet_rasch(pd.concat([drawn(objects, ["p", "q", "r"], list("tu"), 3), drawn(objects, ["x", "y"], list("vw"), 3)]))
    table = model.measures.set_index("facet")
    assert model.n_subsets == 2 and table.loc["object_id", "subset"].isna().all()
    assert table.loc["rater_id"].set_index("level")["subset"].tolist() == [0, 0, 0, 1, 1]
    assert table.loc["rater_id"].groupby("subset")["measure"].mean().to_numpy() == pytest.approx([0, 0], abs=1e-9)
    assert table.loc["item", "measure"].mean() == pytest.approx(0, abs=1e-9)
    assert (model.expected()["residual"].groupby(model.expected()["rater_id"]).sum().abs() < 1e-2).all()  # moving centres moved no rating


def test_labels_are_what_no_invisible_shift_parts():
    """Sets drawn by chance: two levels are compared where all vectors of the null space are equal on them."""
    rng = np.random.default_rng(7)
    several = 0
    for number in range(400):
        n, k = int(rng.integers(4, 22)), int(rng.integers(2, 5))
        codes = [rng.integers(0, int(rng.integers(2, 7)), size=n) for _ in range(k)]
        if number % 3 == 0:
            block = rng.integers(0, 2, size=n)
            codes = [c // 2 * 2 + block if f <= number % k else c for f, c in enumerate(codes)]
        codes = [np.unique(c, return_inverse=True)[1].astype(np.int32) for c in codes]
        sizes = [int(c.max()) + 1 for c in codes]
        made = design(Coded(tuple(codes), tuple(pd.RangeIndex(s) for s in sizes), rng.integers(0, 3, size=n).astype(np.uint8), None),
                      np.ones(n, dtype=bool))
        count, labels = subsets(made)
        invisible = null_space(np.hstack([np.eye(s)[c] for s, c in zip(sizes, codes, strict=True)]))
        ends = np.concatenate([[0], np.cumsum(sizes)])
        most = 1
        for f, own in enumerate(labels):
            part = invisible[ends[f]:ends[f + 1]]
            same = np.abs(part[:, None] - part[None]).max(axis=2) < 1e-8
            assert ((own[:, None] == own[None]) == same).all()
            most = max(most, len(np.unique(same, axis=0)))
        assert count == most
        several += count > 1
    assert several > 100


def panel(seed=5, objects=40, raters=8):
    """Six levels, raters of unlike severity, each object by four raters, and a ninth rater with five objects of his own."""
    rng = np.random.default_rng(seed)
    level, severe = rng.normal(size=objects), np.linspace(-1.2, 1.2, raters)
    rows = [(f"o{o:02d}", f"r{r}", i, int(np.clip(np.round(3.5 + level[o] - severe[r] + rng.normal(0, 0.8)), 1, 6)))
            for o in range(objects) for r in rng.choice(raters, 4, replace=False) for i in "ab"]
    alone = [(f"x{o}", "lone", i, int(v)) for o in range(5) for i, v in zip("ab", rng.integers(2, 6, 2), strict=True)]
    columns = ["object_id", "rater_id", "item", "rating"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(alone, columns=columns)


def test_who_is_linked_keeps_severities_and_adjusted_scores_though_one_rater_is_not():
    rows, alone = panel(raters=12)
    whole, part = pd.concat([rows, alone], ignore_index=True), adjusted_scores(rows, categories=(1, 6))
    found = severity(whole, method="many_facet").query("measure == 'severity'").set_index("term")
    assert found.loc["lone", ["status", "reason"]].tolist() == ["withheld", "not_connected"] and np.isnan(found.loc["lone", "estimate"])
    assert found.drop("lone")["status"].eq("estimated").all() and found.drop("lone")["estimate"].mean() == pytest.approx(0, abs=1e-9)
    scores = adjusted_scores(whole, categories=(1, 6))
    assert scores.reason == "" and len(scores.scores) == 45
    pd.testing.assert_frame_equal(scores.scores.iloc[:40], part.scores)
    lost = scores.scores.iloc[40:]
    assert lost["object_id"].tolist() == [f"x{i}" for i in range(5)] and lost["adjusted"].isna().all()
    assert lost["status"].eq("not_estimable").all() and lost["reason"].eq("not_connected").all()
    assert scores.difference("o00", "o01") == part.difference("o00", "o01")
    with pytest.raises(EstimationError, match="no covariance"):
        scores.covariance(["o00", "x0"])
    told = linked_severity(whole)
    assert told.reason == "" and "lone" not in set(told.severities["level"]) and len(told.severities) == 12


def test_a_rater_who_always_stands_above_takes_no_adjusted_score_from_the_others():
    """His ratings share no category with theirs, so that his distance has no finite value."""
    rows, _ = panel()
    rows = rows.assign(rating=rows["rating"].clip(upper=4))
    rng = np.random.default_rng(2)
    above = pd.DataFrame([(o, "lone", i, int(rng.integers(5, 7))) for o in [*rows["object_id"].unique()[:20], "x0", "x1"] for i in "ab"],
                         columns=["object_id", "rater_id", "item", "rating"])
    whole = pd.concat([rows, above], ignore_index=True)
    fit = SeverityFit(whole, (1, 6))
    assert fit.reason == "" and fit.model.reason == "no_finite_maximum"
    scores, part = adjusted_scores(whole, fit=fit), adjusted_scores(rows, categories=(1, 6))
    known, alone = scores.scores.set_index("object_id"), part.scores.set_index("object_id")
    assert known.index.tolist() == sorted(known.index)
    lost = known["adjusted"].isna()
    assert lost[["x0", "x1"]].all() and known.loc[lost, "status"].eq("not_estimable").all() and known.loc[lost, "observed"].notna().all()
    assert set(known.index[lost]) - {"x0", "x1"} <= set(alone.index[alone["status"].eq("boundary")])  # all 4, and then above: nowhere
    told = known.index[~lost]
    assert len(told) > 35 and known.loc[told, "adjusted"].to_numpy() == pytest.approx(alone.loc[told, "adjusted"].to_numpy(), abs=1e-6)
    found = severity(whole, method="many_facet", fit=fit).query("measure == 'severity'").set_index("term")
    assert found.drop("lone")["status"].eq("estimated").all() and np.isnan(found.loc["lone", "estimate"])
    assert found.loc["lone", "reason"] == "no_finite_distance"


def test_two_equal_halves_have_neither():
    left, right = drawn([f"a{i}" for i in range(9)], list("pq"), list("tuv"), 1), drawn([f"b{i}" for i in range(9)], list("xy"), list("tuv"), 2)
    model = many_facet_rasch(pd.concat([left, right], ignore_index=True))
    found = rasch_severities(model)
    assert found["status"].eq("withheld").all() and found["estimate"].isna().all() and found["reason"].eq("not_connected").all()


def test_an_extreme_rater_belongs_to_the_subset_of_whom_he_rated():
    left, right = drawn([f"a{i}" for i in range(6)], list("pqr"), list("tu"), 1), drawn([f"b{i}" for i in range(5)], list("xy"), list("tu"), 2)
    always = pd.DataFrame({"object_id": ["b0", "b1", "b2"], "rater_id": "z", "item": "t", "rating": 5})
    raters = many_facet_rasch(pd.concat([left, right, always])).measures.query("facet == 'rater_id'").set_index("level")
    assert raters.loc["z", "reason"] == "all_highest" and raters["subset"].tolist() == [0, 0, 0, 1, 1, 1]


def test_drift_is_told_of_raters_whose_periods_are_linked():
    rows, alone = panel()
    both = pd.concat([rows.assign(period="1"), rows.assign(period="2"), alone.assign(period="1"),
                      alone.assign(period="2", object_id="y" + alone["object_id"])], ignore_index=True)
    found = rasch_drift(both).set_index("term")
    assert found.loc["lone", ["status", "reason"]].tolist() == ["not_estimable", "no_anchor"] and np.isnan(found.loc["lone", "estimate"])
    assert found.drop("lone")["status"].eq("estimated").all() and found.drop("lone")["estimate"].abs().max() < 1e-6


def test_severities_of_a_facet_that_is_not_there_are_refused():
    with pytest.raises(EstimationError, match="no facet 'rater_id'; the facets are object_id, judge"):
        rasch_severities(many_facet_rasch(panel()[0].rename(columns={"rater_id": "judge"}), ["object_id", "judge"]))


def test_anchors_in_both_halves_link_them():
    left, right = drawn([f"a{i}" for i in range(9)], list("pq"), list("tuv"), 1), drawn([f"b{i}" for i in range(9)], list("xy"), list("tuv"), 2)
    rows = pd.concat([left, right])
    held = many_facet_rasch(rows, anchors={"rater_id": {"p": 0.0, "x": 0.4}})
    assert held.n_subsets == 1 and held.apart.empty and held.facets["reason"].eq("").all()
    assert rasch_severities(held)["status"].eq("estimated").all()
    assert many_facet_rasch(rows, anchors={"rater_id": {"p": 0.0, "q": 0.4}}).n_subsets == 2


def test_facets_that_part_alike_are_numbered_alike_though_a_third_parts_otherwise():
    """Each rater has an item of his own, and the last one two objects as well: objects fall into two parts, raters and items into five."""
    rows = pd.DataFrame([*((o, r, f"{r}", 1 + (o + 2 * r) % 3) for r in range(4) for o in range(8)), (20, 4, "4", 2), (21, 4, "4", 2),
                         (22, 4, "4", 1)], columns=["object_id", "rater_id", "item", "rating"])
    model = many_facet_rasch(rows)
    table = model.measures.set_index("facet")
    objects = table.loc["object_id"].set_index("level")["subset"]
    assert model.n_subsets == 5 and objects.drop(22).tolist() == [0] * 8 + [1] * 2
    assert pd.isna(objects[22])  # all lowest, and of another number among raters than among objects
    assert table.loc["rater_id", "subset"].tolist() == table.loc["item", "subset"].tolist() == [0, 1, 2, 3, 4]
    assert (model.expected().groupby("rater_id")["residual"].sum().abs() < 1e-2).all()
