"""Gaps within evaluators: published strata, statsmodels, known truth, repeated people, and data that cannot tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit
from statsmodels.tools.sm_exceptions import ModelWarning

from evalkit.errors import EstimationError
from evalkit.fairness.within_adjusted import within_rater_adjusted
from evalkit.fairness.within_rater import within_rater
from evalkit.inference.results import COLUMNS


def teams(rng, n_teams=150, size=6, gap=0.0, star=0.2, severity=1.0, periods=1):
    """Teams under evaluators of different severity; `gap` is the log odds of F against M."""
    team = np.repeat(np.arange(n_teams), size)
    sex = rng.choice(["F", "M"], len(team))
    level = np.log(star / (1 - star)) + rng.normal(0, severity, n_teams)[team] + gap * (sex == "F")
    parts = [pd.DataFrame({"person_id": np.arange(len(team)), "rater_id": team, "period": f"p{t}", "sex": sex,
                           "top": rng.random(len(team)) < 1 / (1 + np.exp(-level))}) for t in range(periods)]
    return pd.concat(parts, ignore_index=True)


def test_ucb_departments_are_the_strata_as_r_prints_them(admissions):
    """R, mantelhaen.test(UCBAdmissions): ratio of men to women 0.9046968, 0.7719074 to 1.0603298."""
    rows = admissions.assign(person_id=range(len(admissions)), period="1973")
    found = within_rater(rows, attribute="sex", outcome="admitted", reference="Female", rater="dept", strata=["dept"]).set_index("measure")
    ratio = found.loc["within_odds_ratio"]
    assert ratio[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx([0.9046968, 0.7719074, 1.0603298], abs=5e-8)
    assert (ratio["method"], ratio["group"], ratio["n"], ratio["n_raters"]) == ("mantel_haenszel", "Male / Female", 4526, 6)
    assert found.loc["within_difference", "estimate"] == pytest.approx(-0.01842520)
    assert found.loc["within_informative", "estimate"] == 6
    assert list(found.reset_index()[list(COLUMNS)].columns) == list(COLUMNS)


def test_the_exact_ratio_is_conditional_logistic_regression():
    rng = np.random.default_rng(11)
    rows = teams(rng, n_teams=30, size=4, star=0.05)
    found = within_rater(rows, attribute="sex", outcome="top", reference="M").set_index("measure").loc["within_odds_ratio"]
    assert found["method"] == "exact_conditional"
    with pytest.warns(ModelWarning, match="Dropped"):
        peer = ConditionalLogit(rows["top"].astype(float), (rows["sex"] == "F").astype(float).to_numpy()[:, None], groups=rows["rater_id"])
    assert np.log(found["estimate"]) == pytest.approx(float(np.asarray(peer.fit(disp=0).params)[0]), abs=1e-3)


def test_severity_of_evaluators_makes_no_gap_and_a_gap_is_found():
    """F stand more often under severe evaluators: the rates differ, the gap within evaluators is not there."""
    rng = np.random.default_rng(2)
    team = np.repeat(np.arange(400), 6)
    severe = np.arange(400) % 2 == 0
    sex = np.where(rng.random(len(team)) < np.where(severe, 0.7, 0.3)[team], "F", "M")
    for gap, low, high in ((0.0, 0.75, 1.35), (0.8, 1.7, 3.0)):
        chance = 1 / (1 + np.exp(-(np.where(severe, -2.5, -0.5)[team] + gap * (sex == "F"))))
        rows = pd.DataFrame({"person_id": range(len(team)), "rater_id": team, "period": "p", "sex": sex, "top": rng.random(len(team)) < chance})
        found = within_rater(rows, attribute="sex", outcome="top", reference="M").set_index("measure").loc["within_odds_ratio"]
        assert low < found["estimate"] < high
        assert (found["p_value"] < 0.01) == (gap > 0)
        shares = rows.groupby("sex")["top"].mean()
        assert shares["F"] < shares["M"] or gap > 0


def test_several_periods_are_one_cluster_a_chain_of_people_and_evaluators():
    rng = np.random.default_rng(4)
    once = teams(rng, n_teams=60)
    copied = pd.concat([once.assign(period=f"p{t}") for t in range(5)], ignore_index=True)
    one = within_rater(once, attribute="sex", outcome="top", reference="M").set_index("measure").loc["within_odds_ratio"]
    five = within_rater(copied, attribute="sex", outcome="top", reference="M").set_index("measure").loc["within_odds_ratio"]
    assert five["method"] == "mantel_haenszel_clustered"
    assert five["estimate"] == pytest.approx(one["estimate"])
    # five copies of the same results say no more than one
    assert five["conf_high"] / five["conf_low"] == pytest.approx(one["conf_high"] / one["conf_low"], rel=0.35)
    assert five["p_value"] == pytest.approx(one["p_value"], abs=0.1)
    few = within_rater(copied[copied["rater_id"] < 8], attribute="sex", outcome="top", reference="M").set_index("measure")
    assert few.loc["within_odds_ratio", ["role", "reason"]].tolist() == ["descriptive", "few_clusters"]
    assert few["p_value"].isna().all()


def test_the_detectable_gap_is_found_eight_times_in_ten():
    rng = np.random.default_rng(9)
    design = within_rater(teams(rng, n_teams=200), attribute="sex", outcome="top", reference="M").set_index("measure")
    gap = float(np.log(design.loc["within_detectable_ratio_above", "estimate"]))
    hits = 0
    for _ in range(60):
        found = within_rater(teams(rng, n_teams=200, gap=gap), attribute="sex", outcome="top", reference="M")
        hits += float(found.loc[found["measure"] == "within_odds_ratio", "p_value"].iloc[0]) <= 0.05
    assert 0.65 <= hits / 60 <= 0.93


def test_two_people_promise_no_gap_that_cannot_be():
    two = pd.DataFrame({"person_id": [1, 2], "rater_id": ["e", "e"], "period": "p", "sex": ["F", "M"], "top": [True, False]})
    found = within_rater(two, attribute="sex", outcome="top", reference="M").set_index("measure")
    assert "within_detectable_difference" in found.index
    assert found.loc["within_detectable_difference", ["status", "reason"]].tolist() == ["not_estimable", "no_gap_detectable"]
    assert pd.isna(found.loc["within_detectable_difference", "estimate"])


ROWS = pd.DataFrame({"person_id": range(6), "rater_id": list("eeefff"), "period": "p", "sex": ["F", "M", "M", "F", "F", "M"],
                     "top": [False] * 6})


@pytest.mark.parametrize(("rows", "reason"), [
    (ROWS, "no_informative_stratum"), (ROWS.assign(top=True), "no_informative_stratum"),
    (ROWS.assign(rater_id=ROWS["sex"]), "no_shared_evaluator"), (ROWS.assign(sex="F"), "group_not_in_data"),
    (ROWS.assign(top=pd.Series([None] * 6, dtype="boolean")), "group_not_in_data")])
def test_data_that_cannot_tell_say_why(rows, reason):
    found = within_rater(rows, attribute="sex", outcome="top", reference="M").set_index("measure")
    assert found.loc["within_odds_ratio", ["status", "reason"]].tolist() == ["not_estimable", reason]
    assert found["p_value"].isna().all()
    assert found.loc["within_informative", "estimate"] == 0
    if reason == "no_informative_stratum":
        assert found.loc["within_difference", ["estimate", "role"]].tolist() == [0.0, "descriptive"]


def test_an_outcome_of_one_group_only_is_on_the_boundary():
    rows = pd.concat([ROWS.assign(person_id=range(6 * t, 6 * t + 6), rater_id=ROWS["rater_id"] + str(t)) for t in range(6)])
    found = within_rater(rows.assign(top=rows["sex"] == "F"), attribute="sex", outcome="top", reference="M").set_index("measure")
    ratio = found.loc["within_odds_ratio"]
    assert (ratio["status"], ratio["reason"]) == ("boundary", "outcome_in_one_group_only")
    assert pd.isna(ratio["estimate"])
    assert ratio["conf_low"] > 1
    assert ratio["p_value"] < 0.01
    assert not np.isinf(found.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)).any()


def test_nobody_at_all_and_a_missing_column():
    assert within_rater(ROWS.iloc[:0], attribute="sex", outcome="top", reference="M").empty
    with pytest.raises(EstimationError, match="grade"):
        within_rater(ROWS, attribute="grade", outcome="top", reference="M")


def test_the_adjusted_gap_finds_what_a_covariate_makes():
    """Years of service decide the outcome, and F have more of them: held fixed, no gap is left."""
    rng = np.random.default_rng(8)
    team = np.repeat(np.arange(120), 5)
    sex = rng.choice(["F", "M"], len(team))
    years = rng.normal(0, 1, len(team)) + 1.2 * (sex == "F")
    rows = pd.DataFrame({"person_id": range(len(team)), "rater_id": team, "period": "p", "sex": sex, "years": years,
                         "top": rng.random(len(team)) < 1 / (1 + np.exp(1.0 - 1.5 * years))})
    plain = within_rater(rows, attribute="sex", outcome="top", reference="M").iloc[0]
    found = within_rater_adjusted(rows, attribute="sex", outcome="top", reference="M", covariates=["years"]).iloc[0]
    assert plain["estimate"] > 2.5
    assert found["conf_low"] < 1 < found["conf_high"]
    assert found["method"] == "conditional_logit: years"


def test_the_adjusted_gap_is_the_conditional_logit_of_statsmodels():
    rng = np.random.default_rng(9)
    team = np.repeat(np.arange(80), 6)
    rows = pd.DataFrame({"person_id": range(len(team)), "rater_id": team, "period": "p", "sex": rng.choice(["F", "M"], len(team)),
                         "years": rng.normal(0, 1, len(team))})
    logit = rng.normal(-0.5, 1, 80)[team] + 0.7 * rows["sex"].eq("F") + 0.4 * rows["years"]
    rows["top"] = rng.random(len(team)) < 1 / (1 + np.exp(-logit))
    found = within_rater_adjusted(rows, attribute="sex", outcome="top", reference="M", covariates=["years"]).iloc[0]
    columns = np.column_stack([rows["sex"].eq("F").astype(float), rows["years"]])
    told = rows.groupby("rater_id")["top"].transform("nunique").eq(2).to_numpy()
    peer = ConditionalLogit(rows["top"].astype(float).to_numpy()[told], columns[told], groups=team[told]).fit(disp=False)
    half = 1.959964 * peer.bse[0]
    assert found["estimate"] == pytest.approx(np.exp(peer.params[0]), rel=1e-4)
    assert [found["conf_low"], found["conf_high"]] == pytest.approx(list(np.exp([peer.params[0] - half, peer.params[0] + half])), rel=1e-3)


def test_the_adjusted_gap_refuses_ratings_by_the_same_hand_and_says_what_it_cannot():
    rows = ROWS.assign(hasil_kerja="sesuai", years=range(6))
    with pytest.raises(EstimationError, match="same hand"):
        within_rater_adjusted(rows, attribute="sex", outcome="top", reference="M", covariates=["hasil_kerja"])
    ask = {"attribute": "sex", "outcome": "top", "reference": "M", "covariates": ["years"]}
    assert within_rater_adjusted(rows, **ask)["reason"].tolist() == ["no_informative_stratum"]
    assert within_rater_adjusted(rows.assign(top=[True, False] * 3), **ask)["reason"].tolist() == ["few_outcomes"]
    assert within_rater_adjusted(rows.assign(sex="F"), **ask)["reason"].tolist() == ["group_not_in_data"]
    twice = pd.concat([rows.assign(top=[True, False] * 3), rows.assign(period="q")])
    assert within_rater_adjusted(twice, **ask)["reason"].tolist() == ["several_ratings_a_person"]


def test_the_difference_of_a_few_teams_covers_its_truth():
    """Three teams of two women and ten men, one in ten with the outcome: Sato's limits alone hold the truth four times in five."""
    rng, held = np.random.default_rng(3), 0
    team = np.repeat(np.arange(3), 12)
    rows = pd.DataFrame({"person_id": range(36), "rater_id": team, "period": "p", "sex": (["F"] * 2 + ["M"] * 10) * 3})
    for _ in range(200):
        found = within_rater(rows.assign(top=rng.random(36) < 0.1), attribute="sex", outcome="top", reference="M")
        gap = found[found["measure"].eq("within_difference")].iloc[0]
        held += bool(pd.isna(gap["conf_low"]) or gap["conf_low"] <= 0 <= gap["conf_high"])
    assert held >= 0.92 * 200
