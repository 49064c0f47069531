"""A word, a list or nothing in the place of one number is refused in a sentence by every statistic that takes one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit import inference, raters, reliability
from evalkit.errors import EstimationError

RNG = np.random.default_rng(1)
ROWS = pd.DataFrame([(o, r, i, int(np.clip(round(2 + o / 6 + RNG.normal()), 1, 5))) for o in range(12) for r in "abc" for i in (1, 2, 3)],
                    columns=["object_id", "rater_id", "item", "rating"])
ONE, ITEMS = ROWS[ROWS["item"].eq(1)].drop(columns="item"), ROWS[ROWS["rater_id"].eq("a")].drop(columns="rater_id")
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any], str]] = {
    "spearman_brown": (inference.spearman_brown, {"reliability": 0.5, "k": 2}, "reliability k"),
    "error_of_pairs": (inference.error_of_pairs, {"reliability": 0.5, "n": 20}, "reliability n"),
    "generalizability": (inference.generalizability, {"variances": {("p",): 0.4, ("p", "i"): 0.6}, "of": "p", "numbers": {"i": 6}},
                         "variances numbers"),
    "equivalent_means": (inference.equivalent_means, {"mean_1": 1.0, "sd_1": 1.0, "n_1": 9, "mean_0": 1.0, "sd_0": 1.0, "n_0": 9, "margin": 0.5},
                         "mean_1 sd_1 n_1 mean_0 sd_0 n_0 margin alpha"),
    "mixed_model": (inference.mixed_model, {"frame": ONE, "formula": "rating ~ 1 + (1 | object_id)"}, "formula seed probes"),
    "mixed_model.intervals": (inference.mixed_model(ONE, "rating ~ 1 + (1 | object_id)").intervals, {}, "level draws seed"),
    "standard_error_of_measurement": (reliability.standard_error_of_measurement, {"sd": 15.0, "reliability": 0.9}, "sd reliability"),
    "decision_consistency": (reliability.decision_consistency, {"scores": [1, 2, 3, 4], "cuts": [2.5], "reliability": 0.8}, "cuts reliability"),
    "beta_binomial_consistency": (reliability.beta_binomial_consistency, {"scores": [3, 5, 6, 8, 9], "cuts": [6], "highest": 10},
                                  "cuts highest lowest"),
    "agreement_coefficients": (reliability.agreement_coefficients, {"ratings": ONE, "categories": [1, 2, 3, 4, 5]}, "conf_level"),
    "icc_incomplete": (reliability.icc_incomplete, {"ratings": ONE, "draws": 0}, "draws seed conf_level"),
    "mcdonald_omega": (reliability.mcdonald_omega, {"ratings": ITEMS, "draws": 0}, "draws seed conf_level"),
    "subscore_value": (reliability.subscore_value, {"ratings": ITEMS, "subscales": {1: "A", 2: "A", 3: "B"}}, "subscales"),
    "many_facet_rasch": (raters.many_facet_rasch, {"ratings": ROWS, "categories": (1, 5)}, "tolerance"),
    "marginal_rasch": (raters.marginal_rasch, {"ratings": ROWS, "categories": (1, 5), "nodes": 9}, "nodes conf_level"),
    "scale_use": (raters.scale_use, {"ratings": ROWS, "scale": (1, 5)}, "scale"),
    "detectable": (raters.detectable, {"std_error": 0.1}, "std_error level power sides df"),
    "entropy_yardstick": (raters.entropy_yardstick, {"n_categories": 5}, "n_categories"),
}
CASES = [(name, argument) for name, (_, _, arguments) in CALLS.items() for argument in arguments.split()]


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_what_is_not_one_number_is_refused_in_a_sentence(name: str, argument: str) -> None:
    function, good, _ = CALLS[name]
    assert argument in inspect.signature(function).parameters
    for wrong in ("a", None, ["x"], ("a", "b")):
        with pytest.raises(EstimationError):
            function(**{**good, argument: wrong})


@pytest.mark.parametrize("name", sorted(CALLS))
def test_numbers_of_any_kind_are_taken(name: str) -> None:
    function, good, arguments = CALLS[name]
    function(**{k: np.float64(v) if k in arguments.split() and isinstance(v, float) else np.int64(v) if isinstance(v, int) else v
                for k, v in good.items()})


@pytest.mark.parametrize(("changed", "said"), [
    ({"categories": (1, 2, 3)}, "lowest and the highest"), ({"categories": "15"}, "lowest and the highest"), ({"categories": (5, 1)}, "lowest and"),
    ({"categories": (1.5, 5)}, "whole numbers"), ({"facets": "item"}, "is a list"), ({"facets": [3]}, "two or more different facets; given were 3")])
@pytest.mark.parametrize("fit", [raters.many_facet_rasch, raters.marginal_rasch])
def test_rasch_models_say_what_is_wrong_with_scale_anchors_and_facets(fit: Callable[..., Any], changed: dict[str, Any], said: str) -> None:
    with pytest.raises(EstimationError, match=said):
        fit(ROWS, **changed)


@pytest.mark.parametrize(("call", "said"), [
    (lambda: raters.many_facet_rasch(ROWS, anchors=[0.0]), "as a dict does"),
    (lambda: raters.many_facet_rasch(ROWS, anchors={"item": 0.0}), "as a dict does"),
    (lambda: reliability.g_study(ONE, ["rater_id"], nested=["rater_id"]), "as a dict does"),
    (lambda: reliability.krippendorff_alpha(ONE, categories=5), "is a list"),
    (lambda: reliability.icc(ONE, rater=["rater_id"]), "named by one text"),
    (lambda: raters.severity(ROWS, fit="a"), "fit is a SeverityFit"), (lambda: raters.adjusted_scores(ROWS, fit=3), "fit is a SeverityFit"),
    (lambda: raters.rasch_severities(ROWS), "takes what many_facet_rasch"),
    (lambda: inference.spearman_brown("a", 2), "reliability is one number, not the word 'a'"),
    (lambda: raters.many_facet_rasch(ROWS, weight=ROWS), "weight is one word"),
    (lambda: raters.marginal_rasch(ROWS, steps=ROWS), "steps is one word"),
    (lambda: raters.many_facet_rasch(ROWS, floating=["item"]), "floating is one word"),
    (lambda: reliability.weight_matrix([1, 2], ROWS), "weights is one word"), (lambda: raters.severity(ROWS, method=ROWS), "method is one word"),
    (lambda: reliability.krippendorff_alpha(ONE, level=ONE), "level is one word"),
    (lambda: reliability.from_wide(ONE, columns=ONE), "columns is one word"), (lambda: raters.connectedness(ONE, item=["item"]), "item is one word"),
    (lambda: inference.generalizability({("p",): 0.4, ("p", "i"): 0.6}, ["p"], {"i": 6}), "of is one word"),
    (lambda: reliability.g_study(ONE, ["rater_id"]).d_study(3), "as a dict does"),
    (lambda: raters.whole_categories(ROWS["rating"], most=ROWS), "most is one number"),
    (lambda: raters.concordance(ROWS, by=3.5), "by is a list"), (lambda: raters.concordance(ROWS, first=ROWS), "is one word")])
def test_what_is_wrong_is_named(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(EstimationError, match=said):
        call()


def test_of_one_factor_alone_nothing_is_estimated_by_chance() -> None:
    """With one factor there are no other levels whose traces could be estimated: `exact=False` broke in an index."""
    fits = [inference.mixed_model(ONE, "rating ~ 1 + (1 | object_id)", exact=exact) for exact in (True, False, None)]
    assert fits[0].deviance == fits[1].deviance == fits[2].deviance and fits[1].monte_carlo is None
