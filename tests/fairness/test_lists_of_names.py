"""One name where a list of names is meant is told so: its letters were looked for as columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import fairness, raters, reliability
from evalkit.errors import EstimationError
from evalkit.inference import Strata, shuffled_labels, wilson

ROWS = pd.DataFrame({"person_id": range(8), "rater_id": list("eeeeffff"), "period": "p", "sex": list("FFMMFFMM"), "unit": list("uvuvuvuv"),
                     "head": False, "top": [True, False, True, True, False, False, True, False], "score": np.arange(8.0), "rating": [1, 2] * 4})
GAP = {"attribute": "sex", "outcome": "top", "reference": "M"}
CALLS = {
    "strata": lambda: fairness.within_rater(ROWS, **GAP, strata="rater_id"),
    "strata of a family": lambda: fairness.false_within(ROWS, references={"sex": "M"}, outcomes=["top"], strata="rater_id"),
    "outcomes": lambda: fairness.false_within(ROWS, references={"sex": "M"}, outcomes="top"),
    "conditions": lambda: fairness.conditional_gaps(ROWS, **GAP, conditions="unit"),
    "conditions without sets": lambda: fairness.conditional_gaps(ROWS, **GAP, conditions=["unit"]),
    "covariates": lambda: fairness.decompose(ROWS, attribute="sex", outcome="score", group="F", reference="M", covariates="unit"),
    "covariates within": lambda: fairness.within_rater_adjusted(ROWS, **GAP, covariates="unit"),
    "attributes": lambda: fairness.disaggregate(ROWS, attributes="sex", outcome="top"),
    "intersections without sets": lambda: fairness.disaggregate(ROWS, attributes=["sex"], outcome="top", intersections=["sex", "unit"]),
    "attributes of objections": lambda: fairness.objection_rates(ROWS, attributes="sex"),
    "ratings": lambda: fairness.true_score_gaps(ROWS, attribute="sex", ratings="score", reference="M"),
    "adjustments": lambda: fairness.specifications(ROWS, attribute="sex", group="F", reference="M", outcomes=["top"], exclusions=["head"],
                                                   adjustments={"evaluator": "rater_id"}),
    "items": lambda: fairness.item_functioning(ROWS[["top", "head"]], ROWS["sex"], focal="F", reference="M", items="top"),
    "facets": lambda: reliability.g_study(ROWS, "rater_id", object_id="person_id"),
    "facets of a model": lambda: raters.many_facet_rasch(ROWS, "rater_id"),
    "periods": lambda: raters.transitions(ROWS, "p"),
    "cuts": lambda: reliability.decision_consistency(ROWS["score"], 4, 0.8),
    "cuts of points": lambda: reliability.beta_binomial_consistency(ROWS["rating"], 2, 5),
}


@pytest.mark.parametrize("name", CALLS)
def test_one_name_is_no_list(name):
    with pytest.raises(EstimationError, match=r"is a list, such as \["):
        CALLS[name]()


@pytest.mark.parametrize("call", [lambda: wilson(1, 2, "x"), lambda: reliability.icc(ROWS, object_id="person_id", conf_level="0.95"),
                                  lambda: Strata(["a"], [2], [1], [2]), lambda: reliability.weight_matrix(-1), lambda: reliability.weight_matrix(2.5),
                                  lambda: raters.leave_out_sets([0, 1], [0])])
def test_words_and_odd_numbers_are_refused_in_a_sentence(call):
    with pytest.raises(EstimationError):
        call()


def test_labels_and_codes_may_be_lists():
    drawn = shuffled_labels([1, 0, 1, 0], list("aabb"), 20, np.random.default_rng(1))
    told = shuffled_labels(np.array([True, False, True, False]), np.array([0, 0, 1, 1]), 20, np.random.default_rng(1))
    assert (drawn == told).all()
    assert raters.leave_out_sets([0, 0, 1, 1], [0, 1, 0, 1]).keep.all()
