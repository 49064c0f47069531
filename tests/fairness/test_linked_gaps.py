"""Gaps under common raters: planted ones are found, own groups are told from quality, small sets have a reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from evalkit.errors import EstimationError
from evalkit.fairness.linked_gaps import linked_gaps, linked_gaps_of, own_group_effect


def world(gap: float, own: float, seed: int = 1) -> pd.DataFrame:
    """40 objects of two groups, each rated by all of ten raters of two groups; objects of F are worse by `gap`."""
    rng = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product([range(40), range(10)], names=["object_id", "rater_id"]).to_frame(index=False)
    rows["sex"], rows["rater_sex"] = np.where(rows["object_id"] % 2, "F", "M"), np.where(rows["rater_id"] % 2, "F", "M")
    level, severity = 0.3 * rng.standard_normal(40), rng.standard_normal(10)
    rows["rating"] = (level[rows["object_id"]] - severity[rows["rater_id"]] - gap * rows["sex"].eq("F")
                      + own * rows["sex"].eq(rows["rater_sex"]) + 0.3 * rng.standard_normal(len(rows)))
    return rows


def test_a_planted_gap_and_a_planted_preference_are_told_apart() -> None:
    found = linked_gaps_of(world(0.8, 0.4), references={"sex": "M"}).set_index("measure")
    for measure, truth in (("linked_gap", -0.8), ("own_group_effect", 0.4)):
        row = found.loc[measure]
        assert row["conf_low"] < truth < row["conf_high"]
        assert row["p_adjusted"] < 0.01


def test_the_own_group_effect_is_the_difference_of_differences() -> None:
    rows = world(0.5, 0.3, seed=2)
    means = rows.groupby(["sex", "rater_sex"])["rating"].mean().unstack()  # noqa: PD010  # a square of four means
    by_hand = (means.loc["F", "F"] - means.loc["F", "M"] - means.loc["M", "F"] + means.loc["M", "M"]) / 2
    found = own_group_effect(rows, attribute="sex", rater_attribute="rater_sex")["estimate"].iloc[0]
    assert found == pytest.approx(by_hand, abs=1e-6)


def test_in_a_full_design_the_gap_is_the_t_test_on_means_of_objects() -> None:
    """Every rater rates every object, so severity drops out of the gap, and what is left is a comparison of two samples of objects."""
    rows = world(0.6, 0.0, seed=4)
    found = linked_gaps(rows, attribute="sex", reference="M").iloc[0]
    means = rows.groupby(["object_id", "sex"])["rating"].mean().reset_index()
    one, zero = (means.loc[means["sex"] == g, "rating"] for g in "FM")
    plain = stats.ttest_ind(one, zero)
    assert found["estimate"] == pytest.approx(one.mean() - zero.mean(), abs=1e-8)
    assert found["estimate"] / found["std_error"] == pytest.approx(plain.statistic, rel=1e-4)


def test_in_a_full_design_the_own_group_effect_is_least_squares_with_constants_for_objects_and_raters() -> None:
    rows = world(0.5, 0.3, seed=5)
    found = own_group_effect(rows, attribute="sex", rater_attribute="rater_sex").iloc[0]
    design = np.column_stack([rows["sex"].eq(rows["rater_sex"]).astype(float), pd.get_dummies(rows["object_id"], dtype=float),
                              pd.get_dummies(rows["rater_id"], dtype=float).iloc[:, 1:]])
    peer = OLS(rows["rating"].to_numpy(), design).fit()
    assert found["estimate"] == pytest.approx(peer.params[0], abs=1e-7)
    assert found["std_error"] == pytest.approx(peer.bse[0], rel=1e-4)


def test_small_absent_and_constant_groups_have_a_reason() -> None:
    rows = world(0.0, 0.0)
    assert linked_gaps(rows.assign(sex="M"), attribute="sex", reference="M").empty
    assert linked_gaps(rows, attribute="sex", reference="X")["reason"].unique().tolist() == ["group_not_in_data"]
    assert linked_gaps(rows, attribute="sex", reference="M", min_group=30)["status"].tolist() == ["withheld"]
    assert linked_gaps(rows.assign(rating=1.0), attribute="sex", reference="M")["reason"].tolist() == ["no_variation"]
    assert own_group_effect(rows.assign(rater_sex="X"), attribute="sex", rater_attribute="rater_sex")["reason"].tolist() == ["no_pair_of_one_group"]
    with pytest.raises(EstimationError, match="no column"):
        linked_gaps(rows, attribute="age", reference="M")
