"""Checks of the ground: profile intervals of the crossed mixed model, also where a variance is zero."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from evalkit.inference.mixed_model import mixed_model
from tests.calibration.registry import Check, register

RATERS, PEOPLE = 15, 8


def _covered(sd: float) -> Callable[[np.random.Generator], bool]:
    def draw(rng: np.random.Generator) -> bool:
        rater, person = np.repeat(np.arange(RATERS), PEOPLE), np.tile(np.arange(PEOPLE), RATERS)
        y = sd * rng.normal(size=RATERS)[rater] + rng.normal(size=PEOPLE)[person] + rng.normal(size=RATERS * PEOPLE)
        found = mixed_model(pd.DataFrame({"rater": rater, "person": person, "y": y}), "y ~ 1 + (1 | rater) + (1 | person)").intervals("rater").loc[0]
        return bool(found["conf_low"] <= sd <= found["conf_high"])

    return draw


for _sd in (0.0, 0.3, 0.6):
    register(Check(f"profile-coverage-{_sd}", "Mixed model", "coverage", "profile interval of a standard deviation",
                   f"{RATERS} raters by {PEOPLE} people, true SD {_sd}", _covered(_sd), nominal=0.95))
