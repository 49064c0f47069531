"""A word, a list or nothing in the place of one number is refused in a sentence, in the rooms of impact and fairness as in the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit import fairness, impact, inference, raters
from evalkit.errors import EstimationError

ROWS = pd.DataFrame({"person_id": range(24), "rater_id": np.arange(24) // 6, "period": "p", "sex": ["F", "M"] * 12, "top": [True, False, False] * 8,
                     "predikat": "baik", "opd_id": "o", "post_type": "x"})
GAP = {"attribute": "sex", "outcome": "top", "reference": "M"}
DESIGN = impact.Design(clusters=20, span=10)
STRATA = inference.strata_of([1, 0, 1, 0], [1, 0, 0, 1], [1, 1, 1, 1])
CALLS: dict[str, Callable[[Any], Any]] = {
    "allowed_difference": impact.allowed_difference, "band_of": impact.band_of, "cut_design_effect": impact.cut_design_effect,
    "chance_of_low, overall": lambda v: impact.chance_of_low(v, 10, 10), "chance_of_low, people": lambda v: impact.chance_of_low(0.1, v, 10),
    "manski_bounds, lowest": lambda v: impact.manski_bounds([1, 2], [1, 0], lowest=v, highest=3),
    "manski_bounds, highest": lambda v: impact.manski_bounds([1, 2], [1, 0], lowest=1, highest=v),
    "smoothness_interval": lambda v: impact.smoothness_interval([0], [1], np.eye(2), bend=v),
    "discontinuity": lambda v: impact.discontinuity([1, 2, 3], [1, 2, 3], v), "density_at_cut": lambda v: impact.density_at_cut([1, 2, 3], v),
    "side_of_cut": lambda v: impact.side_of_cut([1, 2], v), "smallest_effect": lambda v: impact.smallest_effect(DESIGN, v),
    "clusters_for": lambda v: impact.clusters_for(DESIGN, v), "clusters_for, power": lambda v: impact.clusters_for(DESIGN, 0.3, v),
    "lot_sight, seats": lambda v: impact.lot_sight((5,) * 9, v), "lot_sight, icc": lambda v: impact.lot_sight((5,) * 9, 20, icc=v),
    "detectable_ratio": lambda v: fairness.detectable_ratio(10, 20, v),
    "detectable_ratio, power": lambda v: fairness.detectable_ratio(10, 20, 0.2, power=v),
    "disaggregate": lambda v: fairness.disaggregate(ROWS, attributes=["sex"], outcome="top", min_group=v),
    "within_rater": lambda v: fairness.within_rater(ROWS, **GAP, level=v), "common_odds": lambda v: inference.common_odds(STRATA, level=v),
    "common_difference": lambda v: inference.common_difference(STRATA, level=v),
    "exact_odds": lambda v: inference.exact_odds(inference.conditional(STRATA), level=v),
    "rotation_effect": lambda v: raters.rotation_effect(ROWS, ["p"], min_team=v),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_not_one_number_is_refused_in_a_sentence(name):
    for wrong in ("a", None, [1, 2], ("a", "b")):
        with pytest.raises(EstimationError):
            CALLS[name](wrong)


def test_waves_and_sizes_are_lists():
    for wrong in ("a", 3, [0.5, 2], [(0.5, 2, 1)]):
        with pytest.raises(EstimationError, match=r"list|wave"):
            impact.wave_factors(wrong, 4)
    with pytest.raises(EstimationError, match="is a list"):
        impact.lot_sight(20, 10)
    assert impact.lot_sight([20] * 12, np.int64(120)).units == impact.lot_sight((20,) * 12, 120).units == 12
