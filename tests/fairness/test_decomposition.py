"""Decomposition: the public case, Stata's figures on the credit card data, bootstrap as second path, what cannot be split."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets.ccard.data import load_pandas
from statsmodels.stats.oaxaca import OaxacaBlinder

from evalkit.errors import EstimationError
from evalkit.fairness.decomposition import decompose

PC34 = {"attribute": "sex", "outcome": "skor", "group": "L", "reference": "P", "covariates": ["masa_kerja"]}


def whole(found):
    """The parts of the whole gap, without those of single covariates."""
    return found[found["term"].isin(["sex", "own"])].set_index("measure")["estimate"]


def test_pc34_parts_add_up_to_the_gap_of_one_sample(shared):
    people = pd.read_csv(shared / "cases" / "pc34-decomposition.csv")
    found = decompose(people, **PC34, coefficients="group")
    parts = whole(found)
    assert parts["gap_of_all"] == pytest.approx(6.858333333333, abs=1e-6)
    assert parts["gap"] == pytest.approx(4.370909090909, abs=1e-6)
    assert (parts["explained"], parts["unexplained"]) == pytest.approx((5.065280984076, -0.6943718931671), abs=1e-6)
    assert parts["explained"] + parts["unexplained"] == pytest.approx(parts["gap"], abs=1e-12)
    threefold = parts[["endowments", "coefficients", "interaction"]]
    assert threefold.tolist() == pytest.approx([4.198797865368, -0.6943718931671, 0.8664831187078], abs=1e-6)
    counts = found.set_index("measure")["n"]
    assert (counts["gap_of_all"], counts["gap"], counts["left_out"]) == (24, 21, 3)
    other = decompose(people, **PC34, coefficients="reference")
    assert whole(other)[["explained", "unexplained"]].tolist() == pytest.approx([4.198797865368, 0.1721112255407], abs=1e-6)
    assert set(other.loc[other["measure"] == "explained", "estimand"]) == {"coefficients of P"}


@pytest.fixture(scope="module")
def cards():
    data = load_pandas().data
    return data.assign(own=data["OWNRENT"].astype(int).astype(str))


CARDS = {"attribute": "own", "outcome": "AVGEXP", "group": "1", "reference": "0", "covariates": ["AGE", "INCOME", "INCOMESQ"]}


def test_credit_cards_as_stata_prints_them(cards):
    """Stata's oaxaca on W. Greene's credit card data, as in the tests of statsmodels (stats/tests/test_oaxaca.py)."""
    parts = whole(decompose(cards, **CARDS))
    assert parts[["gap", "endowments", "coefficients", "interaction"]].tolist() == pytest.approx([158.7504, 321.7482, 75.45371, -238.4515], abs=1e-3)
    assert parts[["explained", "unexplained"]].tolist() == pytest.approx([130.8095, 27.94091], abs=1e-3)


def test_statsmodels_is_the_second_path_for_neumark(cards):
    exog = cards[["AGE", "INCOME", "INCOMESQ", "OWNRENT"]].assign(const=1.0).to_numpy()
    unexplained, explained, _ = OaxacaBlinder(cards["AVGEXP"].to_numpy(), exog, 3, hasconst=True).two_fold(two_fold_type="nuemark").params
    parts = whole(decompose(cards, **CARDS, coefficients="neumark"))
    assert (parts["explained"], parts["unexplained"]) == pytest.approx((explained, unexplained), rel=1e-8)


def simulated(rng, n=150, unexplained=3.0):
    sex = np.repeat(["L", "P"], n)
    years = rng.normal(np.where(sex == "L", 12, 10), 3)
    post = np.where(rng.random(2 * n) < np.where(sex == "L", 0.6, 0.4), "a", "b")
    score = 60 + 1.5 * years + 4 * (post == "a") + unexplained * (sex == "L") + rng.normal(0, 4, 2 * n)
    return pd.DataFrame({"sex": sex, "years": years, "post": post, "score": score, "rater": np.arange(2 * n) // 5})


ASK = {"attribute": "sex", "outcome": "score", "group": "L", "reference": "P", "covariates": ["years", "post"]}


def test_true_parts_are_found_and_details_add_up():
    """Explained in truth: 1.5 times 2 years, and 4 times 0.2 of the posts, 3.8; unexplained 3."""
    found = decompose(simulated(np.random.default_rng(2), n=2000), **ASK)
    parts = whole(found)
    assert parts["explained"] == pytest.approx(3.8, abs=0.5)
    assert parts["unexplained"] == pytest.approx(3.0, abs=0.5)
    details = found[found["term"].str.contains(":")]
    assert details["term"].tolist() == ["sex: years", "sex: post"]
    assert details["estimate"].sum() == pytest.approx(parts["explained"])
    wide = found.set_index("measure").loc["unexplained"]
    assert wide["conf_low"] <= 3.0 <= wide["conf_high"]


@pytest.mark.parametrize("coefficients", ["group", "pooled"])
def test_standard_errors_are_those_of_the_bootstrap(coefficients):
    rng = np.random.default_rng(4)
    people = simulated(rng, n=120)
    found = decompose(people, **ASK, coefficients=coefficients)
    errors = found[found["term"] == "sex"].set_index("measure")["std_error"]
    drawn = []
    for _ in range(60):
        some = people.groupby("sex", group_keys=False)[list(people.columns)].apply(lambda d: d.sample(len(d), replace=True, random_state=rng))
        drawn.append(whole(decompose(some, **ASK, coefficients=coefficients)))
    spread = pd.DataFrame(drawn).std()
    for part in ("explained", "unexplained"):
        assert errors[part] == pytest.approx(spread[part], rel=0.3)


def test_people_under_one_evaluator_are_no_independent_witnesses():
    people = simulated(np.random.default_rng(5), n=60)
    copied = pd.concat([people.assign(rater=range(len(people)))] * 4, ignore_index=True)
    one = decompose(people, **ASK).set_index("measure")["std_error"]
    four = decompose(copied, **ASK, cluster="rater").set_index("measure")["std_error"]
    assert four["unexplained"] == pytest.approx(one["unexplained"], rel=0.05)
    few = decompose(people.assign(rater=np.arange(len(people)) % 3), **ASK, cluster="rater").set_index("measure").loc["unexplained"]
    assert (few["reason"], pd.isna(few["std_error"])) == ("few_clusters", True)


def test_what_cannot_be_split_says_why():
    people = simulated(np.random.default_rng(6), n=60)
    for frame, reason in ((people[people["sex"] == "L"], "group_not_in_data"), (people.iloc[:0], "group_not_in_data"),
                          (people.iloc[55:65], "too_few_people"), (people.assign(years=1.0), "covariates_depend_on_each_other")):
        found = decompose(frame, **ASK).set_index("measure")
        assert found.loc["unexplained", ["status", "reason"]].tolist() == ["not_estimable", reason]
    flat = decompose(people.assign(score=7.0), **ASK).set_index("measure")
    assert flat.loc["unexplained", "estimate"] == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(EstimationError, match="same hand"):
        decompose(people.assign(predikat="baik"), **{**ASK, "covariates": ["predikat"]})
    with pytest.raises(EstimationError, match="coefficients"):
        decompose(people, **ASK, coefficients="mine")
    with pytest.raises(EstimationError, match="no column"):
        decompose(people, **{**ASK, "covariates": ["grade"]})
