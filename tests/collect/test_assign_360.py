"""Who rates whom: numbers a role, load, nobody twice, and one piece, in offices of every shape."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.collect.assign_360 import assign_360
from evalkit.collect.roster import roster
from evalkit.errors import EstimationError
from evalkit.raters.connectedness import connectedness
from evalkit.tables.study import Study


def offices(sizes: list[int], depth: int = 3) -> pd.DataFrame:
    """Offices of so many people: each person's superior is an earlier one of the same office, `depth` people a leader."""
    rows = []
    for o, n in enumerate(sizes):
        for i in range(n):
            above = None if i == 0 else f"{o:02d}-{(i - 1) // depth:03d}"
            rows.append((f"{o:02d}-{i:03d}", f"o{o}", above))
    return pd.DataFrame(rows, columns=["person_id", "opd_id", "superior_id"])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(1, 12), st.integers(2, 4), st.integers(0, 9))
def test_the_design_keeps_its_promises_in_offices_of_any_shape(sizes, depth, least, seed):
    people = offices(sizes, depth)
    found = assign_360(people, seed=seed, min_raters=least)
    pairs, unmet = found.pairs, found.unmet
    assert not pairs.duplicated(["rater_id", "object_id"]).any()
    superior = dict(zip(people["person_id"], people["superior_id"], strict=True))
    for rater, person, role in pairs.itertuples(index=False):
        assert (role == "self") == (rater == person)
        assert (role == "superior") == (superior.get(person) == rater)
        assert role != "subordinate" or superior.get(rater) == person
    counts = pd.crosstab(pairs["object_id"], pairs["rater_role"])
    short = set(zip(unmet["object_id"], unmet["rater_role"], strict=True))
    for person, row in counts.iterrows():
        assert row["self"] == 1
        assert row.get("peer", 0) >= least or (person, "peer") in short
    load = pairs[pairs["rater_role"].isin(["peer", "subordinate"])].groupby("rater_id").size()
    assert load.empty or load.max() <= 10 + len(sizes)  # the forms that tie offices come on top


@pytest.mark.parametrize("sizes", [[40], [25, 30, 18], [6, 6, 6], [5, 60]])
def test_the_forms_hang_together(sizes):
    pairs = assign_360(offices(sizes), seed=3).pairs
    others = pairs[pairs["rater_role"] != "self"]
    rows = pd.DataFrame({"object_id": others["object_id"], "rater_id": others["rater_id"], "item": "loyal", "rating": 3.0})
    found = connectedness(rows.assign(period="2026-Q3", occasion="1"))
    assert found.share_connected == 1.0


def test_the_same_seed_draws_the_same_design_and_another_one_another():
    people = offices([30])
    first, again, other = (assign_360(people, seed=s).pairs for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(first, assign_360(people.iloc[::-1], seed=1).pairs)
    assert not first.equals(other)


def test_peers_are_an_even_load():
    pairs = assign_360(offices([60], depth=12), seed=1).pairs
    peers = pairs[pairs["rater_role"] == "peer"]
    assert peers.groupby("object_id").size().eq(3).all() or peers.groupby("object_id").size().min() == 3
    assert peers.groupby("rater_id").size().max() <= 10


@pytest.mark.parametrize("people", [offices([1]), offices([2]), offices([]), offices([3], depth=1)])
def test_offices_that_are_too_small_are_told_and_not_asked(people):
    found = assign_360(people, seed=1)
    assert not (found.pairs["rater_role"] == "subordinate").any()
    assert len(found.pairs[found.pairs["rater_role"] == "self"]) == len(people)
    assert set(found.unmet["rater_role"]) <= {"peer", "subordinate"} and (found.unmet["n"] < found.unmet["needed"]).all()


@pytest.mark.parametrize(("least", "load"), [(1, 10), (4, 3)])
def test_numbers_that_cannot_be_meant_are_refused(least, load):
    with pytest.raises(EstimationError, match="two raters"):
        assign_360(offices([9]), seed=1, min_raters=least, max_load=load)


def test_the_roster_of_a_study_names_each_person_once_with_her_superior(people_study: Study):
    people = roster(people_study, "2026-Q3")
    assert people["person_id"].is_unique and len(people) > 200
    assert people["superior_id"].notna().mean() > 0.6  # the teachers of the semester have none yet
    own = roster(people_study, "2026-Q3", "DINAS KESEHATAN")
    assert 0 < len(own) < len(people) and len(set(own["opd_id"])) == 1


@pytest.mark.parametrize("size", [20, 31, 32, 115])
def test_a_superior_of_many_rates_so_many_by_lot_and_the_others_are_told(size):
    people = offices([size, 40], depth=200)
    found = assign_360(people, seed=2)
    own = found.pairs[found.pairs["rater_role"] == "superior"].groupby("rater_id").size()
    assert own.max() <= 30 and own["00-000"] == min(size - 1, 30) and own["01-000"] == 30
    told = found.unmet[found.unmet["rater_role"] == "superior"]
    assert len(told) == max(size - 31, 0) + 9 and told["n"].eq(0).all()
    rated = set(found.pairs.loc[found.pairs["rater_role"] == "superior", "object_id"])
    assert not rated & set(told["object_id"]) and len(rated) + len(told) == len(people) - 2
    others = found.pairs[found.pairs["rater_role"] != "self"]
    rows = pd.DataFrame({"object_id": others["object_id"], "rater_id": others["rater_id"], "item": "loyal", "rating": 3.0})
    assert connectedness(rows.assign(period="2026-Q3", occasion="1")).share_connected == 1.0
    free = assign_360(people, seed=2, max_team=None).pairs
    same = [p[p["rater_role"] == "subordinate"].reset_index(drop=True) for p in (found.pairs, free)]
    pd.testing.assert_frame_equal(*same)  # the lot of teams moves no other draw


def test_a_ceiling_below_one_is_refused():
    with pytest.raises(EstimationError, match="max_team"):
        assign_360(offices([9]), seed=1, max_team=0)
