"""Objections by group: each rate on its own base, small bases withheld, states that cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.fairness.objections import objection_rates


def people(n=400, seed=1):
    rng = np.random.default_rng(seed)
    filed = rng.random(n) < 0.3
    decided = filed & (rng.random(n) < 0.8)
    return pd.DataFrame({"person_id": range(n), "sex": rng.choice(["F", "M", None], n, p=[0.5, 0.4, 0.1]), "filed": filed, "decided": decided,
                         "granted": decided & (rng.random(n) < 0.4), "late": decided & (rng.random(n) < 0.2)})


def test_each_rate_has_its_own_base():
    rows = people()
    found = objection_rates(rows, attributes=["sex"]).set_index(["rate", "group"])
    all_of_them = rows["person_id"] >= 0
    for rate, base, counted in (("filed", all_of_them, "filed"), ("decided", rows["filed"], "decided"), ("granted", rows["decided"], "granted")):
        for group, own in (("total", all_of_them), ("F", rows["sex"] == "F"), ("unknown", rows["sex"].isna())):
            line = found.loc[(rate, group)]
            assert line["n"] == (base & own).sum()
            if line["status"] == "estimated":
                assert line["share"] == pytest.approx(rows.loc[base & own, counted].mean())


def test_a_group_that_filed_nothing_keeps_its_row():
    rows = people(60)
    rows.loc[rows["sex"] == "M", ["filed", "decided", "granted", "late"]] = False
    found = objection_rates(rows, attributes=["sex"], min_group=1).set_index(["rate", "group"])
    assert found.loc[("granted", "M"), ["n", "status", "reason"]].tolist() == [0, "not_estimable", "empty_cell"]
    none = objection_rates(rows.assign(filed=False, decided=None, granted=None, late=None), attributes=["sex"])
    assert none.loc[none["rate"] == "decided", "n"].sum() == 0
    assert len(objection_rates(rows.iloc[:0], attributes=["sex"])) == 4


def test_states_that_cannot_be_are_refused():
    rows = people(10).assign(filed=False, decided=False, granted=False, late=False)
    for wrong in ({"decided": True}, {"filed": True, "granted": True}, {"filed": True, "late": True}):
        with pytest.raises(EstimationError):
            objection_rates(rows.assign(**wrong), attributes=["sex"])
    with pytest.raises(EstimationError, match="late"):
        objection_rates(rows.drop(columns="late"), attributes=["sex"])


@pytest.mark.parametrize("seed", range(40))
def test_no_withheld_count_is_the_total_less_the_shown_ones(seed):
    """Every way to share out what the total leaves among the withheld groups, whose bases are taken as known: no count is the same in all."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 120))
    filed = rng.random(n) < rng.choice([0.2, 0.5])
    decided = filed & (rng.random(n) < 0.8)
    people = pd.DataFrame({"kind": rng.choice(list("abcde"), n, p=[0.5, 0.25, 0.15, 0.06, 0.04]), "sex": rng.choice(list("FM"), n, p=[0.3, 0.7]),
                           "filed": filed, "decided": decided, "granted": decided & (rng.random(n) < 0.4), "late": decided & (rng.random(n) < 0.3)})
    least = 6
    found = objection_rates(people, attributes=["kind", "sex"], min_group=least, person=None)
    whole = objection_rates(people, attributes=["kind", "sex"], min_group=0, person=None)
    total = found[found["attribute"].eq("")].set_index("rate")
    for (rate, attribute), own in found[found["attribute"].ne("")].groupby(["rate", "attribute"]):
        assert not (own["rated"].gt(0) & own["rated"].lt(least) & own["count"].notna()).any()
        bases = whole[whole["rate"].eq(rate) & whole["attribute"].eq(attribute)].set_index("group")["rated"]
        gone = own[own["status"].eq("withheld")]
        assert gone["share"].isna().all() and gone["count"].isna().all()
        left, sizes = int(total.loc[rate, "count"] - own["count"].sum()), [v for v in bases[gone["group"]] if v]
        if sizes and 0 < total.loc[rate, "count"] < total.loc[rate, "rated"] and bases.gt(0).sum() > 1:
            low = [max(0, left - (sum(sizes) - s)) for s in sizes]
            high = [min(s, left) for s in sizes]
            assert all(a < b for a, b in zip(low, high, strict=True))
        parent = {"decided": "filed", "granted": "decided", "late": "decided"}.get(rate)
        before = found[found["rate"].eq(parent) & found["attribute"].eq(attribute) & found["status"].eq("withheld")]["group"]
        shown = own[own["status"].eq("estimated")]["group"]
        assert not set(shown) & set(before)  # its base would be the count that is withheld
        of_hidden = own[own["group"].isin(before)]
        assert of_hidden["status"].eq("withheld").all() and of_hidden[["n", "rated", "count"]].isna().all(axis=None)
    shown = found["status"].eq("estimated")
    pd.testing.assert_frame_equal(found[shown], whole[shown])
