"""Adjusted scores: limits that are those of the measures, against known truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from evalkit.errors import EstimationError
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


def test_the_limits_of_a_difference_are_made_of_those_of_its_scores_and_hold_the_truth():
    """Limits by error and slope were wider and held the truth 93.0 times in 100 (600 pairs of 20 draws); these 94.3."""
    held = []
    for seed in range(8):
        rows, _, measure = form(np.random.default_rng([9, seed]), raters=8, severity_sd=0.8)
        found = adjusted_scores(rows, categories=(0, 4))
        scores = found.scores[found.scores["status"].eq("estimated")].set_index("object_id")
        truth = dict(zip(scores.index, expected_score(measure)[scores.index.astype(int)], strict=True))
        low, high = scores["conf_low"].astype(float), scores["conf_high"].astype(float)
        for pair in range(40):
            a, b = np.random.default_rng([seed, pair]).choice(scores.index, 2, replace=False)
            gap, back = found.difference(a, b), found.difference(b, a)
            assert low[a] - high[b] - 1e-9 <= gap["conf_low"] < gap["difference"] < gap["conf_high"] <= high[a] - low[b] + 1e-9
            assert (back["conf_low"], back["conf_high"]) == pytest.approx((-gap["conf_high"], -gap["conf_low"]))
            held.append(gap["conf_low"] <= truth[a] - truth[b] <= gap["conf_high"])
    assert 0.92 < np.mean(held) < 0.975


def test_two_scores_without_a_shared_error_differ_by_the_root_of_the_squares_of_their_reaches():
    rows, _, _ = form(np.random.default_rng([7, 3]), raters=8, severity_sd=0.8)
    found = adjusted_scores(rows, categories=(0, 4))
    alone = dataclasses.replace(found, _shared=np.zeros_like(found._shared))
    a, b = found.scores.loc[found.scores["status"].eq("estimated"), "object_id"].tolist()[:2]
    one, two = found.scores.set_index("object_id")[["adjusted", "conf_low", "conf_high"]].astype(float).loc[[a, b]].to_numpy()
    gap = alone.difference(a, b)
    assert gap["difference"] - gap["conf_low"] == pytest.approx(np.hypot(one[0] - one[1], two[2] - two[0]))
    assert gap["conf_high"] - gap["difference"] == pytest.approx(np.hypot(one[2] - one[0], two[0] - two[1]))
    with pytest.raises(EstimationError, match=r"between 0 and 1"):
        found.difference(a, b, conf_level=95)
