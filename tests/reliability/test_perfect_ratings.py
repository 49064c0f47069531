"""Raters who never differ, or differ by the same on every object: an answer with a status, never a stop and never infinity."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model import NoResidualError, mixed_model
from evalkit.raters import adjusted_scores, linked_severity, severity
from evalkit.reliability import (
    agreement_coefficients,
    cohen_kappa,
    from_wide,
    g_study,
    icc,
    icc_incomplete,
    krippendorff_alpha,
    mcdonald_omega,
)


def rows(rule, objects=8, raters=3, scale=1.0):
    return pd.DataFrame([(o, r, scale * rule(o, r)) for o in range(objects) for r in range(raters)], columns=["object_id", "rater_id", "rating"])


def of(frame):
    return frame.set_index("measure")


@pytest.mark.parametrize("scale", [1.0, 0.1, 1 / 3])
def test_raters_who_never_differ_agree_in_every_form(scale):
    ratings = rows(lambda o, _: o % 5, scale=scale)
    found = of(icc(ratings))
    assert found[["estimate", "conf_low", "conf_high"]].eq(1).all(axis=None)
    incomplete = icc_incomplete(ratings.drop(index=[0, 7]))
    assert incomplete["estimate"].eq(1).all() and incomplete["reason"].eq("raters_never_differ").all() and incomplete["conf_low"].isna().all()
    study = g_study(ratings)
    assert (study.status, study.reason) == ("not_estimable", "no_residual") and study.components["reason"].eq("no_residual").all()
    assert study.d_study({"rater_id": 2}).loc[0, "reason"] == "no_residual"


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_limits_of_agreement_are_those_that_error_tends_to_where_there_is_none(scale):
    """Raters differ by one, two steps on every object: the limits of ICC(2,1) are continuous in the error that vanishes."""
    ratings, rng = rows(lambda o, r: o % 5 + r, scale=scale), np.random.default_rng(1)
    found, near = of(icc(ratings)), of(icc(ratings.assign(rating=lambda f: f["rating"] + 1e-5 * scale * rng.normal(size=len(f)))))
    assert np.isfinite(found[["estimate", "conf_low", "conf_high"]].astype(float)).all(axis=None)
    for form in ("icc_2_1", "icc_2_k"):
        assert found.loc[form, ["estimate", "conf_low", "conf_high"]].astype(float).tolist() == pytest.approx(
            near.loc[form, ["estimate", "conf_low", "conf_high"]].astype(float).tolist(), abs=2e-3)
    assert found.loc["icc_3_1", ["estimate", "conf_low", "conf_high"]].astype(float).tolist() == pytest.approx([1, 1, 1], abs=1e-12)
    assert icc_incomplete(ratings)["reason"].eq("no_residual").all() and g_study(ratings).reason == "no_residual"


@pytest.mark.parametrize(("rule", "reason", "sd"), [
    (lambda o, _: 1 + o % 5, "no_rater_variance", 0.0), (lambda o, r: 1 + o % 3 + r, "no_residual", None)])
def test_no_severities_of_raters_without_any_error(rule, reason, sd):
    ratings = rows(rule)
    for method in ("deviation", "many_facet"):
        found = severity(ratings, method=method)
        assert found["reason"].eq(reason).all() and found.loc[found["measure"].eq("severity"), "estimate"].isna().all()
        assert found["estimate"].iloc[0] == sd if sd is not None else np.isnan(found["estimate"].iloc[0])
    assert adjusted_scores(ratings).reason == linked_severity(ratings).reason == reason


def test_a_mixed_model_without_a_residual_says_so_in_one_way():
    for rule in (lambda o, _: o, lambda o, r: o + r, lambda o, r: o + 0.1 * r):
        with pytest.raises(NoResidualError, match="leave no residual"):
            mixed_model(rows(rule), "rating ~ 1 + (1 | object_id) + (1 | rater_id)")
    assert issubclass(NoResidualError, EstimationError)


def test_omega_of_items_that_are_one_item_is_one_and_of_two_that_never_differ_is_none():
    own = np.array([1, 4, 2, 5, 3, 3, 2, 5, 1, 4, 2, 3])
    same = mcdonald_omega(from_wide(pd.DataFrame({"a": own, "b": 2 * own, "c": own + 1}), columns="item"), draws=30).iloc[0]
    assert same["estimate"] == 1 and same["conf_high"] == pytest.approx(1, abs=1e-9)
    other = np.random.default_rng(3).permutation(own)
    twice = mcdonald_omega(from_wide(pd.DataFrame({"a": own, "b": own, "c": own + other, "d": other}), columns="item"), draws=30).iloc[0]
    assert twice[["status", "reason"]].tolist() == ["not_estimable", "factor_not_found"]


def test_an_object_rated_once_may_differ_where_all_pairs_agree():
    """Two ratings of one object are alike, another object was rated once and otherwise: alpha has no variation, and Fleiss' kappa has some."""
    found = of(agreement_coefficients(pd.DataFrame({"object_id": ["a", "b", "b"], "rater_id": ["x", "x", "y"], "rating": [4, 2, 2]})))
    assert found.loc["krippendorff_alpha", ["status", "reason"]].tolist() == ["not_estimable", "no_variation"]
    assert found.loc["fleiss_kappa", "status"] == "estimated" and found.loc["fleiss_kappa", "estimate"] == 1


def test_a_coefficient_below_minus_one_lies_within_its_limits():
    ratings = pd.DataFrame([("a", "x", 0), ("a", "y", 1), ("b", "x", 0), ("b", "y", 1), ("c", "x", 0), ("d", "y", 0), ("e", "x", 0), ("f", "x", 0)],
                           columns=["object_id", "rater_id", "rating"])
    found = of(agreement_coefficients(ratings))
    assert found.loc["fleiss_kappa", "estimate"] < -1
    alike = ["percent_agreement", "krippendorff_alpha"]  # both objects that were rated twice show the same
    assert found.loc[alike, "conf_low"].isna().all() and found.loc[alike, "reason"].eq("objects_all_alike").all()
    rest = found.drop(index=alike)
    assert (rest["conf_low"] <= rest["estimate"]).all() and (rest["estimate"] <= rest["conf_high"]).all()


def test_perfect_agreement_of_a_few_objects_has_no_limits_that_are_one():
    """Two raters who know the right one of three words 95 times in a hundred agree on all of ten objects every other time."""
    for chosen in (["a"] * 5 + ["b"] * 5, ["a"] * 9 + ["b"]):
        ratings = pd.DataFrame([(o, r, word) for o, word in enumerate(chosen) for r in "xy"], columns=["object_id", "rater_id", "rating"])
        for found in (agreement_coefficients(ratings), cohen_kappa(ratings), krippendorff_alpha(ratings)):
            assert found["estimate"].to_numpy(dtype=float) == pytest.approx(1)
            assert found["status"].eq("estimated").all() and found["reason"].eq("objects_all_alike").all()
            assert found[["conf_low", "conf_high", "std_error"]].isna().all(axis=None)
    one = agreement_coefficients(pd.concat([ratings, pd.DataFrame({"object_id": [99] * 2, "rater_id": ["x", "y"], "rating": ["a", "b"]})]))
    assert one["conf_low"].notna().all()


def test_means_of_raters_on_objects_that_do_not_differ_have_no_reliability_and_no_infinity():
    found = of(icc(rows(lambda o, r: (o + r) % 3, objects=6)))
    assert found.loc["icc_1_1", "estimate"] == -0.5
    means = found.loc[["icc_1_k", "icc_3_k"]]
    assert means["status"].eq("not_estimable").all() and means["reason"].eq("objects_do_not_differ").all() and means["estimate"].isna().all()


def test_a_g_study_of_objects_rated_once_has_no_effect_of_its_own():
    found = g_study(pd.DataFrame({"object_id": [1, 2, 3], "rater_id": list("xyz"), "rating": [3, 4, 4]}))
    assert (found.status, found.reason) == ("not_estimable", "no_object_rated_twice")
    once = pd.DataFrame([(o, 0, i, o + i) for o in range(4) for i in range(2)], columns=["object_id", "rater_id", "item", "rating"])
    assert g_study(once.assign(rater_id=[0, 0, 1, 1, 0, 0, 0, 0]), nested={"rater_id": "object_id"}).reason != ""  # one rater each: no slip


def test_no_limits_of_a_spread_that_the_data_cannot_tell():
    flat = pd.DataFrame({"g": list("aabbcc"), "x": [1, 2, 1, 2, 1, 2], "y": [3, 5, 3, 5, 3, 5], "one": "o"})
    for method in ("profile", "bootstrap"):
        found = mixed_model(flat, "y ~ x + (1 | g)").intervals(method=method, draws=20)
        assert found["sd"].to_numpy() == pytest.approx(0, abs=1e-9) and found[["conf_low", "conf_high"]].isna().all(axis=None)
        some = mixed_model(flat.assign(y=[3, 5, 4, 6, 3, 4]), "y ~ 1 + (1 | g) + (1 | one)").intervals(method=method, draws=20).set_index("factor")
        assert some.loc["one", ["conf_low", "conf_high"]].isna().all() and some.loc["g", ["conf_low", "conf_high"]].notna().all()


def test_a_response_of_zeros_has_a_spread_of_nothing():
    zeros = pd.DataFrame({"g": list("aabb"), "x": [1, 2, 1, 2], "y": 0})
    fit = mixed_model(zeros, "y ~ x + (1 | g)", method="ML")
    assert fit.deviance is None and fit.intervals()[["conf_low", "conf_high"]].isna().all(axis=None)


def test_four_ratings_have_an_icc_though_some_draws_of_them_have_none():
    few = pd.DataFrame({"object_id": [0, 1, 1, 2], "rater_id": [0, 0, 2, 2], "rating": [1.0, 2, 4, 5]})
    found = icc_incomplete(few, draws=40)
    assert found["status"].isin(["estimated", "not_estimable"]).all() and found.loc[found["status"].eq("not_estimable"), "reason"].ne("").all()
