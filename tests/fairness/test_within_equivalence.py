"""Equivalence within evaluators: the margin decides, few data conclude nothing, size at the margin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.fairness.within_equivalence import within_equivalence
from evalkit.fairness.within_rater import within_rater

ASK = {"attribute": "sex", "outcome": "top", "reference": "M"}


def teams(rng, gap=0.0, n_teams=500, size=6):
    n = n_teams * size
    sex = rng.choice(["F", "M"], n)
    return pd.DataFrame({"person_id": range(n), "rater_id": np.arange(n) // size, "period": "p", "sex": sex,
                         "top": rng.random(n) < 0.12 + gap * (sex == "F")})


def test_the_margin_decides_and_the_interval_is_that_of_ninety_percent():
    rows = teams(np.random.default_rng(1))
    found = within_equivalence(rows, margin=0.05, **ASK).iloc[0]
    wide = within_rater(rows, level=0.9, **ASK).set_index("measure").loc["within_difference"]
    assert found[["estimate", "conf_low", "conf_high"]].tolist() == wide[["estimate", "conf_low", "conf_high"]].tolist()
    assert (found["reason"], found["null_value"], found["conf_level"]) == ("no_important_gap", 0.05, 0.9)
    assert found["p_value"] < 0.05
    assert within_equivalence(rows, margin=0.001, **ASK).iloc[0]["reason"] == "cannot_tell"
    assert within_equivalence(teams(np.random.default_rng(2), gap=0.3), margin=0.05, **ASK).iloc[0]["reason"] == "important_gap"


def test_at_the_margin_it_is_concluded_about_one_time_in_twenty():
    rng = np.random.default_rng(7)
    claims = [within_equivalence(teams(rng, gap=0.08, n_teams=100), margin=0.08, **ASK).iloc[0]["reason"] == "no_important_gap" for _ in range(60)]
    assert np.mean(claims) < 0.14


def test_nobody_with_the_outcome_and_nobody_at_all_conclude_nothing():
    rows = teams(np.random.default_rng(3), n_teams=10)
    for frame in (rows.assign(top=False), rows.assign(rater_id=rows["sex"])):
        found = within_equivalence(frame, margin=0.05, **ASK).iloc[0]
        assert (found["status"], found["reason"]) == ("not_estimable", "cannot_tell")
        assert pd.isna(found["p_value"])
    assert within_equivalence(rows.iloc[:0], margin=0.05, **ASK).empty
    with pytest.raises(EstimationError, match="margin"):
        within_equivalence(rows, margin=0.0, **ASK)
