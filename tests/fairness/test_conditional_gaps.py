"""Gaps with and without conditions: Berkeley, statsmodels, means by hand, what may not be held fixed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from evalkit.errors import EstimationError
from evalkit.fairness.adverse_impact import adverse_impact_counts, impact_estimates
from evalkit.fairness.conditional_gaps import conditional_gaps
from evalkit.fairness.gaps import rate_gaps


def test_berkeley_the_gap_turns_when_the_department_is_held_fixed(admissions):
    """R: odds ratio 1.84108 of men to women in the whole table, mantelhaen.test 0.9046968, 0.7719074 to 1.0603298 by department."""
    found = conditional_gaps(admissions, attribute="sex", outcome="admitted", reference="Female", conditions=[["dept"]])
    ratios = found[found["measure"] == "odds_ratio"].set_index("estimand")
    assert ratios.loc["unconditional", "estimate"] == pytest.approx(1.84108, abs=5e-6)
    assert ratios.loc["given dept", ["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx([0.9046968, 0.7719074, 1.0603298], abs=5e-8)
    gaps = found[found["measure"] == "rate_difference"].set_index("estimand")
    assert gaps.loc["unconditional", "estimate"] == pytest.approx(1198 / 2691 - 557 / 1835)
    assert gaps.loc["given dept", "estimate"] < 0
    assert set(ratios["n"]) == {4526}


def test_without_condition_the_interval_is_that_of_two_binomials():
    rows = pd.DataFrame({"g": ["a"] * 80 + ["b"] * 120, "hit": [True] * 30 + [False] * 50 + [True] * 30 + [False] * 90})
    gap = conditional_gaps(rows, attribute="g", outcome="hit", reference="b", conditions=[]).iloc[0]
    assert gap["std_error"] == pytest.approx(np.sqrt(0.375 * 0.625 / 80 + 0.25 * 0.75 / 120))
    other = rate_gaps(rows, attribute="g", outcome="hit", reference="b").iloc[0]
    assert gap["method"] == other["method"]
    assert gap[["conf_low", "conf_high"]].astype(float).tolist() == pytest.approx(other[["conf_low", "conf_high"]].astype(float).tolist(), abs=1e-12)


def test_the_gap_of_a_small_office_covers_its_truth_plainly_and_within_posts():
    """Sato's interval holds the truth four times in five here: the group is twelve people, and often none of them has the outcome."""
    rng, held = np.random.default_rng(5), np.zeros(2)
    post = np.r_[np.zeros(8), np.ones(4), np.zeros(30), np.ones(20)]
    for _ in range(300):
        rows = pd.DataFrame({"g": ["a"] * 12 + ["b"] * 50, "post": post, "hit": rng.random(62) < 0.1})
        found = conditional_gaps(rows, attribute="g", outcome="hit", reference="b", conditions=[["post"]])
        gaps = found[found["measure"].eq("rate_difference")]
        held += (gaps["conf_low"].isna() | (gaps["conf_low"].le(0) & gaps["conf_high"].ge(0))).to_numpy(dtype=bool)
    assert (held >= 0.92 * 300).all()


def test_the_least_gap_that_is_found_needs_the_margins_only():
    """Of one stratum of 80 and 120 people, 60 with the outcome: sqrt(60 * 140 / (80 * 120 * 199)), hypergeometric."""
    ask = {"attribute": "g", "outcome": "hit", "reference": "b", "conditions": [["unit"]]}
    rows = pd.DataFrame({"g": ["a"] * 80 + ["b"] * 120, "hit": [True] * 30 + [False] * 50 + [True] * 30 + [False] * 90, "unit": "u"})
    other = rows.assign(hit=[True] * 10 + [False] * 70 + [True] * 50 + [False] * 70)
    for some in (rows, other):
        found = conditional_gaps(some, **ask)
        least = found[found["measure"].eq("detectable_difference")].set_index("estimand")["estimate"]
        assert least.tolist() == pytest.approx([2.8016 * np.sqrt(60 * 140 / (80 * 120 * 199))] * 2, rel=1e-4)
    few = conditional_gaps(rows.iloc[[0, 79, 80, 199]].assign(hit=[True, False, True, False]), **ask)
    assert set(few.loc[few["measure"].eq("detectable_difference"), "reason"]) == {"no_gap_detectable"}


def test_means_given_strata_are_the_regression_with_constants_for_strata():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"g": rng.choice(["a", "b"], 300), "unit": rng.choice(list("uvwx"), 300)})
    rows["score"] = rng.normal(70, 5, 300) + 2 * (rows["g"] == "a") + rows["unit"].map(dict(zip("uvwx", (0, 4, 8, 12), strict=True)))
    found = conditional_gaps(rows, attribute="g", outcome="score", reference="b", conditions=[["unit"]]).set_index("estimand")
    design = np.column_stack([(rows["g"] == "a").astype(float), pd.get_dummies(rows["unit"], dtype=float)])
    fit = OLS(rows["score"].to_numpy(), design).fit()
    assert found.loc["given unit", "estimate"] == pytest.approx(fit.params[0])
    assert found.loc["given unit", "std_error"] == pytest.approx(fit.bse[0], rel=0.05)
    plain = stats.ttest_ind(rows.loc[rows["g"] == "a", "score"], rows.loc[rows["g"] == "b", "score"], equal_var=False)
    assert found.loc["unconditional", "estimate"] / found.loc["unconditional", "std_error"] == pytest.approx(plain.statistic)


def test_ratings_by_the_same_hand_are_refused_and_other_faults_named():
    rows = pd.DataFrame({"g": list("aabb"), "unit": list("uuvv"), "hit": [True, False, True, False], "score": [1.0, 2.0, 3.0, 4.0],
                         "hasil_kerja": "x"})
    ask = {"attribute": "g", "reference": "a"}
    with pytest.raises(EstimationError, match="same hand"):
        conditional_gaps(rows, outcome="hit", conditions=[["unit", "hasil_kerja"]], **ask)
    with pytest.raises(EstimationError, match="same hand"):
        conditional_gaps(rows, outcome="hit", conditions=[["unit"]], same_hand=["unit"], **ask)
    with pytest.raises(EstimationError, match="no column"):
        conditional_gaps(rows, outcome="hit", conditions=[["grade"]], **ask)
    for outcome in ("hit", "score"):
        found = conditional_gaps(rows, outcome=outcome, conditions=[["unit"]], **ask)
        assert set(found.loc[found["estimand"] == "given unit", "reason"]) == {"no_shared_stratum"}
        assert set(conditional_gaps(rows.assign(g="b"), outcome=outcome, conditions=[], **ask)["reason"]) == {"group_not_in_data"}
        assert conditional_gaps(rows.iloc[:0], outcome=outcome, conditions=[["unit"]], **ask).empty
    one = conditional_gaps(rows.iloc[[0, 2]], outcome="score", conditions=[], **ask).iloc[0]
    assert (one["role"], one["reason"]) == ("descriptive", "group_of_one")
    flat = conditional_gaps(rows.assign(hit=False), outcome="hit", conditions=[], **ask).set_index("measure")
    assert flat["reason"].tolist() == ["no_informative_stratum"] * 2
    # nobody has the outcome: equal as counted, and no interval of one point
    assert flat.loc["rate_difference", ["role", "estimate"]].tolist() == ["descriptive", 0.0]
    assert flat.loc["rate_difference", ["conf_low", "conf_high", "p_value"]].isna().all()
    sided = conditional_gaps(rows.assign(hit=rows["g"] == "b"), outcome="hit", conditions=[], **ask).set_index("measure")
    assert sided.loc["odds_ratio", ["status", "reason"]].tolist() == ["boundary", "outcome_in_one_group_only"]


def test_adverse_impact_as_estimates_of_the_uniform_guidelines_example():
    """Questions and Answers on the Uniform Guidelines (44 FR 11996, 1979): 60, 45, 48, 51 per cent hired: 75, 80, 85 per cent."""
    table = adverse_impact_counts({"white": (60, 100), "indian": (45, 100), "hispanic": (48, 100), "black": (51, 100)}, attribute="group")
    found = impact_estimates(table, period="1979").set_index(["measure", "group"])
    ratios = found.loc["impact_ratio"]["estimate"]
    assert ratios.round(4).to_dict() == {"indian / white": 0.75, "hispanic / white": 0.8, "black / white": 0.85}
    marks = found.loc["below_four_fifths"]["estimate"].to_dict()
    assert marks == {"indian / white": 1.0, "hispanic / white": 0.0, "black / white": 0.0}
    assert set(found.loc["impact_ratio"]["family"]) == {"adverse_impact"}
    silent = impact_estimates(adverse_impact_counts({"a": (0, 5), "b": (0, 4), "unknown": (1, 2)}, attribute="g"))
    assert set(silent["status"]) == {"not_estimable"}
    assert silent["estimate"].isna().all()
