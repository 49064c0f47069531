"""Raters who never differ, or differ by the same on every object: an answer with a status, never a stop and never infinity."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model import NoResidualError, mixed_model
from evalkit.raters import adjusted_scores, linked_severity, severity
from evalkit.reliability import from_wide, g_study, icc, icc_incomplete, mcdonald_omega


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
