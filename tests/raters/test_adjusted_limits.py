"""Adjusted scores: limits that are those of the measures, against known truth."""

from __future__ import annotations

import numpy as np

from evalkit.raters import adjusted_scores
from tests.calibration.linked_checks import _expected as expected_score
from tests.calibration.rasch_checks import form


def test_the_limits_of_adjusted_scores_are_those_of_the_measures_and_hold_the_truth():
    """Limits by error and slope left the form near its ends, and held the truth 91 times in 100."""
    held, seen = 0, 0
    for seed in range(12):
        rows, _, measure = form(np.random.default_rng([7, seed]), raters=8, severity_sd=0.8)
        scores = adjusted_scores(rows, categories=(0, 4)).scores
        scores = scores[scores["status"].eq("estimated")]
        assert (scores["conf_low"] > 0).all() and (scores["conf_high"] < 4).all()
        assert (scores["conf_low"] < scores["adjusted"]).all() and (scores["adjusted"] < scores["conf_high"]).all()
        truth = expected_score(measure)[scores["object_id"].astype(int)]
        held += int(((scores["conf_low"] <= truth) & (truth <= scores["conf_high"])).sum())
        seen += len(scores)
    assert 0.925 < held / seen < 0.97
