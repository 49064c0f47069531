"""Match effects: a regression with constants for strata as second path, known truth, few clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

from evalkit.errors import EstimationError
from evalkit.fairness.match_effects import match_effects

ASK = {"attribute": "sex", "rater_attribute": "rater_sex", "outcome": "top", "reference": "M", "rater_reference": "M"}


def ratings(rng, match=0.0, n_raters=200, size=6):
    rater = np.repeat(np.arange(n_raters), size)
    rater_sex = rng.choice(["F", "M"], n_raters)[rater]
    sex = rng.choice(["F", "M"], len(rater))
    chance = 0.2 + 0.05 * (sex == "F") + match * ((sex == "F") & (rater_sex == "F")) + rng.uniform(-0.1, 0.1, n_raters)[rater]
    return pd.DataFrame({"person_id": np.arange(len(rater)), "rater_id": rater, "period": "p", "sex": sex, "rater_sex": rater_sex,
                         "top": rng.random(len(rater)) < chance})


def test_a_regression_with_a_constant_for_each_stratum_is_the_second_path():
    """Least squares with stratum constants, employee group and match term; its cluster-robust variance without the correction for k."""
    rows = ratings(np.random.default_rng(3), match=0.15, n_raters=60)
    found = match_effects(rows, **ASK).set_index("measure")
    female = (rows["sex"] == "F").astype(float).to_numpy()
    both = female * (rows["rater_sex"] == "F").astype(float).to_numpy()
    design = np.column_stack([female, both, pd.get_dummies(rows["rater_id"], dtype=float).to_numpy()])
    fit = OLS(rows["top"].astype(float).to_numpy(), design).fit(cov_type="cluster", cov_kwds={"groups": rows["rater_id"].to_numpy(),
                                                                                           "use_correction": False})
    assert found.loc["match_effect", "estimate"] == pytest.approx(fit.params[1])
    m = rows.groupby("rater_id")["sex"].nunique().eq(2).sum()
    assert found.loc["match_effect", "std_error"] * np.sqrt((m - 1) / m) == pytest.approx(fit.bse[1])
    assert found.loc["match_effect", "group"] == "F - M | F - M"
    gaps = match_effects(rows, **ASK).query("measure == 'match_gap'").set_index("group")["estimate"]
    assert gaps["F - M | M"] == pytest.approx(fit.params[0])


def test_a_match_effect_is_found_and_none_is_not():
    rng = np.random.default_rng(5)
    found = match_effects(ratings(rng, match=0.25), **ASK).set_index("measure").loc["match_effect"]
    assert found["conf_low"] <= 0.25 <= found["conf_high"]
    assert found["p_value"] < 0.01
    hits = [match_effects(ratings(rng, n_raters=80), **ASK).set_index("measure").loc["match_effect", "p_value"] < 0.05 for _ in range(30)]
    assert np.mean(hits) < 0.2


def test_a_person_with_two_ratings_joins_her_evaluators():
    rng = np.random.default_rng(6)
    once = ratings(rng, n_raters=80)
    twice = pd.concat([once, once.assign(period="q")], ignore_index=True)
    one, two = (match_effects(r, **ASK).set_index("measure").loc["match_effect"] for r in (once, twice))
    assert two["std_error"] == pytest.approx(one["std_error"])
    assert two["estimate"] == pytest.approx(one["estimate"])


def test_few_evaluators_one_group_of_them_and_nobody():
    rows = ratings(np.random.default_rng(7), n_raters=12)
    few = match_effects(rows, **ASK).set_index("measure").loc["match_effect"]
    assert (few["role"], few["reason"]) == ("descriptive", "few_clusters")
    assert pd.isna(few["std_error"])
    apart = rows.assign(sex=np.where(rows["rater_sex"] == "F", "F", rows["sex"]))
    found = match_effects(apart, **ASK).set_index("measure")
    assert found.loc["match_effect", ["status", "reason"]].tolist() == ["not_estimable", "no_shared_evaluator"]
    assert match_effects(rows.assign(rater_sex="M"), **ASK).empty
    for wrong in ({"reference": "L"}, {"rater_reference": "L"}):  # a name that is nobody's, not evaluators who rated one group only
        told = match_effects(rows, **{**ASK, **wrong}).query("measure == 'match_effect'")
        assert set(told["reason"]) == {"group_not_in_data"}
    assert match_effects(rows.iloc[:0], **ASK).empty
    same = match_effects(ratings(np.random.default_rng(7), n_raters=60).assign(top=False), **ASK).set_index("measure").loc["match_effect"]
    assert (same["estimate"], same["p_value"]) == (0.0, 1.0)
    with pytest.raises(EstimationError, match="no column"):
        match_effects(rows.drop(columns="rater_sex"), **ASK)


def test_several_groups_of_evaluators_give_each_gap_once():
    rng = np.random.default_rng(8)
    rows = ratings(rng, n_raters=90)
    rows["rater_sex"] = np.array(["M", "F", "X"])[rows["rater_id"] % 3]
    found = match_effects(rows, **ASK)
    assert not found.duplicated(["measure", "group"]).any()
    assert found.loc[found["measure"] == "match_gap", "group"].tolist() == ["F - M | F", "F - M | M", "F - M | X"]
