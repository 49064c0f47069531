"""Subsets of the many-facet model: what the rank of the design compares, however many levels a facet has."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import null_space

from evalkit.raters import many_facet_rasch
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
    assert table.loc["rater_id"].groupby("subset")["measure"].mean().to_numpy() == pytest.approx([0, 0], abs=1e-9)


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
