"""The draw of second ratings, and the plan that says how many are worth it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalkit.collect import Spread, assign_360, double_plan, draw_double_ratings, vignette_plan
from evalkit.errors import EstimationError
from evalkit.inference.d_study import error_of_pairs, generalizability, spearman_brown
from evalkit.reliability.generalizability import g_study
from tests.collect.test_assign_360 import offices


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 1.0])
def test_a_part_of_each_office_is_drawn_and_nobody_rates_her_own(share):
    people = offices([40, 25, 12], depth=4)
    found = draw_double_ratings(people, seed=5, share=share)
    led = people.dropna(subset=["superior_id"]).groupby("opd_id").size()
    assert (found.groupby("opd_id").size() <= np.ceil(share * led)).all()
    if share <= 0.1:
        assert found.groupby("opd_id").size().eq(np.ceil(share * led)).all()
    superior = dict(zip(people["person_id"], people["superior_id"], strict=True))
    for row in found.itertuples():
        assert row.rater_id not in (row.object_id, row.first_id) and superior[row.object_id] == row.first_id
        assert superior.get(row.rater_id) != row.object_id
    assert found["rater_id"].value_counts().max() <= 8 and found["object_id"].is_unique


def test_every_person_is_drawn_equally_often():
    people = offices([16], depth=4)
    draws = pd.concat([draw_double_ratings(people, seed=s, share=0.2) for s in range(80)])
    counts = draws["object_id"].value_counts().reindex(people.loc[people["superior_id"].notna(), "person_id"], fill_value=0)
    expected = 80 * 3 / 15
    # those right under the head have no one above her: another leader takes them, so nobody is left out
    assert counts.min() > expected - 4 * math.sqrt(expected) and counts.max() < expected + 4 * math.sqrt(expected)


def test_a_draw_is_that_of_its_seed_whatever_the_order():
    people = offices([40, 25])
    pd.testing.assert_frame_equal(draw_double_ratings(people, seed=1), draw_double_ratings(people.sample(frac=1, random_state=3), seed=1))
    assert not draw_double_ratings(people, seed=1).equals(draw_double_ratings(people, seed=2))


@pytest.mark.parametrize("people", [offices([]), offices([1]), offices([2])])
def test_who_has_nobody_else_above_is_not_drawn(people):
    assert draw_double_ratings(people, seed=1, share=1.0).empty


def test_a_share_that_cannot_be_meant():
    with pytest.raises(EstimationError, match="share"):
        draw_double_ratings(offices([9]), seed=1, share=0.0)


def test_the_d_study_is_that_of_generalizability_theory():
    """The second path: `GStudy.d_study`, from the components of simulated ratings of raters by vignettes by items."""
    rng = np.random.default_rng(4)
    r, v, i = 30, 8, 5
    y = (rng.normal(0, 0.6, (r, 1, 1)) + rng.normal(0, 1, (1, v, 1)) + rng.normal(0, 0.5, (r, v, 1)) + rng.normal(0, 0.3, (r, 1, i))
         + rng.normal(0, 0.7, (r, v, i)))
    index = np.indices(y.shape).reshape(3, -1)
    found = g_study(pd.DataFrame({"object_id": index[0], "vignette": index[1], "item": index[2], "rating": y.ravel()}), ["vignette", "item"])
    parts = {tuple("r" if e == "object_id" else e for e in effect.split(" x ")): max(float(s), 0.0)
             for effect, s in zip(found.components["effect"], found.components["variance"], strict=True)}
    for n in (2, 6):
        row = found.d_study({"vignette": n, "item": 7}).iloc[0]
        coefficient, error = generalizability(parts, "r", {"vignette": n, "item": 7})
        assert coefficient == pytest.approx(row["generalizability"], rel=1e-9) and error == pytest.approx(row["relative_error"], rel=1e-9)


def test_brennans_persons_by_items_by_hand():
    """By hand: s2_p = 0.5, s2_pi = 1.5; ten items give 0.5 / (0.5 + 0.15)."""
    assert generalizability({("p",): 0.5, ("i",): 9.0, ("p", "i"): 1.5}, "p", {"i": 10}) == (pytest.approx(0.5 / 0.65), pytest.approx(0.15))
    assert generalizability({("p",): 0.0, ("p", "i"): 0.0}, "p", {"i": 1}) == (0.0, 0.0)


def test_more_vignettes_are_worth_more_and_cost_more():
    plan = vignette_plan(Spread(0.3, 0.2, 0.1, 0.4))
    assert plan["reliability"].is_monotonic_increasing and plan["std_error"].is_monotonic_decreasing and plan["minutes"].is_monotonic_increasing
    assert vignette_plan(Spread(0.0, 0.2, 0.1, 0.4), numbers=(6,))["reliability"].iloc[0] == 0.0


def test_the_error_of_pairs_is_that_of_drawn_pairs():
    rng, r, n = np.random.default_rng(8), 0.6, 200
    common = rng.normal(0, math.sqrt(r), (3000, n, 1)) + rng.normal(0, math.sqrt(1 - r), (3000, n, 2))
    between = n and 2 * common.mean(axis=2).var(axis=1, ddof=1)
    within = common.var(axis=2, ddof=1).mean(axis=1)
    icc = (between - within) / (between + within)
    assert error_of_pairs(r, n) == pytest.approx(icc.std(), rel=0.06)


@pytest.mark.parametrize("call", [lambda: spearman_brown(1.2, 2), lambda: spearman_brown(0.5, 0), lambda: error_of_pairs(-0.1, 9),
                                  lambda: generalizability({("p",): -1.0}, "p", {}), lambda: generalizability({("p", "i"): 1.0}, "p", {})])
def test_what_cannot_be_meant_is_refused(call):
    with pytest.raises(EstimationError):
        call()


def test_degenerate_plans():
    assert math.isnan(error_of_pairs(0.5, 1))
    nobody = double_plan(0)
    assert nobody["pairs"].eq(0).all() and nobody["std_error"].isna().all()
    assert spearman_brown(0.0, 5) == 0.0 and spearman_brown(1.0, 5) == 1.0


def numbered(people):
    """The same people under numbers; the superiors are a column with gaps, so that pandas keeps them as 7.0."""
    number = {p: i for i, p in enumerate(sorted(people["person_id"]))}
    return people.assign(person_id=people["person_id"].map(number), superior_id=people["superior_id"].map(number)), number


def test_people_under_numbers_are_drawn_as_under_names():
    people = offices([40, 25], depth=4)
    plain, number = numbered(people)
    assert plain["superior_id"].dtype.kind == "f"
    named, counted = draw_double_ratings(people, seed=4), draw_double_ratings(plain, seed=4)
    for column in ("object_id", "rater_id", "first_id"):
        assert named[column].map(number).tolist() == counted[column].tolist()
    one, two = assign_360(people, seed=4).pairs, assign_360(plain, seed=4).pairs
    keys = ["rater_id", "object_id", "rater_role"]
    assert set(zip(one["rater_id"].map(number), one["object_id"].map(number), one["rater_role"], strict=True)) == set(
        two[keys].itertuples(index=False, name=None))
    assert two["rater_role"].eq("superior").sum() > 50


@pytest.mark.parametrize(("call", "said"), [
    (lambda: assign_360(pd.DataFrame({"person": ["a"]}), seed=1), "no column 'person_id'"),
    (lambda: draw_double_ratings(pd.DataFrame({"person_id": ["a"], "opd_id": "o"}), seed=1), "no column 'superior_id'"),
    (lambda: draw_double_ratings(offices([4], depth=2), seed=1, share="tenth"), "share is one number"),
    (lambda: vignette_plan({"rater": 0.3}), r"evalkit.collect.Spread\(rater=0.2"),
    (lambda: vignette_plan(numbers=6), r"numbers is a list, such as \[6\]"),
    (lambda: double_plan(6500, shares=0.1), r"shares is a list, such as \[0.1\]"), (lambda: double_plan(6500, shares=[10]), "0.1 for a tenth"),
    (lambda: double_plan("all"), "n_people is a whole number")])
def test_arguments_of_plans_that_cannot_be_meant_are_told_the_right_ones(call, said):
    with pytest.raises(EstimationError, match=said):
        call()
