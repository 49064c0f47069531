"""By calendar or place changes are compared: how far apart both sides stood before is shown by its band, and does not withhold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.assess import assess
from evalkit.impact.question import Question
from evalkit.impact.verdict import Verdict


def judged(apart: float, way: str = "place") -> Verdict:
    """Forty units of ten, two waves of ten; those sent stand `apart` SD higher in every period, and everybody rises by 30 points in the last."""
    rng = np.random.default_rng(4)
    unit = np.repeat(np.arange(40), 10)
    wave = np.array([3.0, 4.0, np.nan, np.nan])[unit % 4]
    value = 60 + rng.normal(0, 8, (400, 6)) + rng.normal(0, 6, 400)[:, None] + np.array([0, 0, 0, 30, 30, 30])
    value[~np.isnan(wave)] += 10 * apart + value[np.isnan(wave), 2].mean() - value[~np.isnan(wave), 2].mean()
    people = pd.DataFrame({"person_id": range(400), "cluster": unit, "wave": wave, "invited": ~np.isnan(wave), "assigned_by": way})
    return assess(Question("c", "score"), people, pd.DataFrame({"person_id": np.repeat(range(400), 6), "period": np.tile(range(6), 400),
                                                               "value": value.ravel()}))


@pytest.mark.parametrize(("apart", "outcome", "reason"), [(0.02, "passed", ""), (0.15, "adjusted", "levels_taken_off"),
                                                          (0.8, "adjusted", "levels_far_apart"), (-0.8, "adjusted", "levels_far_apart")])
def test_the_band_of_the_difference_before_is_told(apart: float, outcome: str, reason: str) -> None:
    for way in ("place", "calendar"):
        found = judged(apart, way)
        check = next(c for c in found.checks if c.name == "baseline")
        assert (check.outcome, check.reason) == (outcome, reason)
        assert check.figures["points"] == pytest.approx(10 * apart, abs=1e-9)  # one period for all: the rise of the later wave's past is not in it
        assert found.effect is not None


def test_what_lies_before_does_not_change_the_effect() -> None:
    one, other = judged(0.02).effect, judged(0.8).effect
    assert one is not None
    assert other is not None
    assert one.estimate == pytest.approx(other.estimate)
