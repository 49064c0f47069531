"""Intervals of means where one of two groups is a handful: the degrees of freedom are those of the handful, and no spread is no certainty."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.fairness import conditional_gaps, standardised_gaps


def given_unit(found: pd.DataFrame) -> pd.Series:
    return found[found["estimand"].ne("unconditional").to_numpy(dtype=bool)].iloc[0]


def test_of_one_stratum_the_difference_of_means_is_welchs():
    rng = np.random.default_rng(3)
    one, zero = rng.normal(1, 3, 4), rng.normal(0, 1, 60)
    rows = pd.DataFrame({"sex": ["F"] * 4 + ["M"] * 60, "score": np.r_[one, zero], "unit": "u"})
    welch = stats.ttest_ind(one, zero, equal_var=False)
    for row in conditional_gaps(rows, attribute="sex", reference="M", outcome="score", conditions=[["unit"]]).to_dict("records"):
        assert (row["df"], row["p_value"]) == pytest.approx((welch.df, welch.pvalue))
        assert (row["conf_low"], row["conf_high"]) == pytest.approx(tuple(welch.confidence_interval(0.95)))


def test_a_handful_in_strata_has_the_freedom_of_a_handful():
    """Twelve women in five units leave seven degrees of freedom, and nearly all of the error is theirs."""
    rng = np.random.default_rng(4)
    unit = np.repeat(np.arange(5), 40)
    woman = np.tile(np.arange(40) < 2, 5) | (np.arange(200) == 2) | (np.arange(200) == 42)
    rows = pd.DataFrame({"sex": np.where(woman, "F", "M"), "unit": unit, "score": rng.normal(size=200)})
    row = given_unit(conditional_gaps(rows, attribute="sex", reference="M", outcome="score", conditions=[["unit"]]))
    assert 7 <= row["df"] < 12


def test_a_group_of_one_score_gives_no_interval():
    """A tenth of all have the mark: of ten people nobody has it every third time, which says little of ten others."""
    rows = pd.DataFrame({"kind": ["a"] * 200 + ["b"] * 10, "mark": [1.0] * 20 + [0.0] * 190})
    found = standardised_gaps(rows, attribute="kind", score="mark", reference="a", level=0.95).set_index("measure").loc["mean_difference"]
    assert (found["estimate"], found["reason"], found["role"]) == (-0.1, "no_variation", "descriptive")
    assert pd.isna(found["conf_low"]) and pd.isna(found["p_value"])
