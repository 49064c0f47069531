"""A handful of answers, as a first 360 of one office gives: raters and objects may explain all of them, and that is said, not raised."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.inference.mixed_model import mixed_model
from evalkit.inference.mixed_model.solvers import NoResidualError
from evalkit.raters.objectivity.guard import SeverityFit
from evalkit.reliability import g_study, icc_incomplete

# who rated whom of 4 people and 22 raters: 24 ratings, and the rank of raters and people is 24 as well
_PAIRS = [(0, r) for r in (2, 8, 11, 14, 18, 21)] + [(1, r) for r in (2, 4, 6, 7, 10, 15, 20)] + [
    (2, r) for r in (0, 1, 3, 5, 6, 12, 16)] + [(3, r) for r in (9, 13, 17, 19)]
_VALUES = [0.533, -0.368, 0.665, 0.313, -0.313, -0.61, 0.496, 0.412, 0.339, 0.589, 0.016, 0.528, -0.77, 0.469, -0.153, -0.58, -0.302, 0.385,
           0.412, 1.15, -0.017, -0.713, -1.068, 0.852]
SPARSE = pd.DataFrame(_PAIRS, columns=["object_id", "rater_id"]).assign(rating=_VALUES)


def test_ratings_that_raters_and_objects_explain_carry_no_icc():
    with pytest.raises(NoResidualError):
        mixed_model(SPARSE, "rating ~ 1 + (1 | object_id) + (1 | rater_id)")
    found = icc_incomplete(SPARSE, draws=9)
    assert set(found["status"]) == {"not_estimable"} and set(found["reason"]) == {"no_residual"}
    assert SeverityFit(SPARSE).spread.reason == "no_residual"
    study = g_study(SPARSE, ("rater_id",))
    assert (study.status, study.reason) == ("not_estimable", "no_residual")
    assert study.d_study({"rater_id": 3})["reason"].iloc[0] == "no_residual"


def test_draws_without_a_residual_take_the_estimate_with_them():
    """These ratings leave something over, but of 40 draws of their design more than two do not."""
    rows = SPARSE.assign(rating=np.random.default_rng(1).integers(1, 6, len(SPARSE)) * 1.0)
    mixed_model(rows, "rating ~ 1 + (1 | object_id) + (1 | rater_id)")
    assert set(icc_incomplete(rows, draws=40)["reason"]) == {"no_residual"}
    linked = pd.concat([rows, pd.DataFrame({"object_id": [3, 3, 0], "rater_id": [2, 6, 0], "rating": [2.0, 4.0, 3.0]})])
    found = icc_incomplete(linked, draws=199)
    assert set(found["status"]) == {"estimated"} and (found["conf_high"] > 0.25).all()


def test_a_person_and_a_rater_for_each_rating_is_said():
    assert g_study(pd.DataFrame({"object_id": [1, 2, 3], "rater_id": [1, 2, 3], "rating": [1.0, 2.0, 4.0]})).reason == "no_object_rated_twice"


@pytest.mark.parametrize("seed", range(40))
def test_no_small_design_stops_a_page(seed):
    rng = np.random.default_rng(seed)
    objects, raters = int(rng.integers(1, 7)), int(rng.integers(1, 12))
    there = np.argwhere(rng.random((objects, raters)) < rng.uniform(0.1, 0.9))
    rows = pd.DataFrame({"object_id": there[:, 0], "rater_id": there[:, 1], "rating": rng.integers(1, int(rng.integers(2, 6)), len(there)) * 1.0})
    designs = (icc_incomplete(rows, draws=5), g_study(rows, ("rater_id",)).components, g_study(rows, ("object_id",), object_id="rater_id").components)
    for found in designs:
        told = found["status"].eq("not_estimable")
        assert (found.loc[told, "reason"] != "").all()
    assert np.isfinite(SeverityFit(rows).spread.sd) or SeverityFit(rows).spread.reason
