"""Variance between evaluators: the public case, the likelihood written out with full matrices, simulated truth, degenerate data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from evalkit.errors import EstimationError
from evalkit.raters.between import agreement_between, variance_between


def components(frame: pd.DataFrame) -> tuple[float, float]:
    found = variance_between(frame)["estimate"]
    return float(found[0]), float(found[1])


def dense_reml(frame: pd.DataFrame) -> tuple[float, float]:
    """The restricted likelihood with its matrices written out, maximised over both variances."""
    y = frame["rating"].to_numpy()
    z = pd.get_dummies(frame["rater_id"]).to_numpy(dtype=float)
    x = np.ones((len(y), 1))

    def minus_log(theta: np.ndarray) -> float:
        v = np.exp(theta[0]) * z @ z.T + np.exp(theta[1]) * np.eye(len(y))
        inverse = np.linalg.inv(v)
        xvx = x.T @ inverse @ x
        p = inverse - inverse @ x @ np.linalg.inv(xvx) @ x.T @ inverse
        return float(np.linalg.slogdet(v)[1] + np.linalg.slogdet(xvx)[1] + y @ p @ y)

    best = minimize(minus_log, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000})
    return float(np.exp(best.x[0])), float(np.exp(best.x[1]))


def test_pc21_one_superior_each(shared):
    rows = pd.read_csv(shared / "cases" / "pc21-one-superior-each.csv")
    found = variance_between(rows, period="2026-Q1")
    assert components(rows) == pytest.approx((0.2602777777778, 0.1388888888889), abs=1e-6)
    assert found.loc[0, "estimand"] == "severity_and_team_together"
    assert found.loc[0, "n_raters"] == 6
    assert not found.astype("string").apply(lambda c: c.str.contains("E1|E2", na=False)).any().any()
    nothing = agreement_between(rows)
    assert nothing["status"].tolist() == ["not_estimable", "not_estimable"]
    assert set(nothing["reason"]) == {"one_rating_each"}
    assert nothing["estimate"].isna().all()


# O. Davies, P. Goldsmith (1972), Statistical Methods in Research and Production, 4th edition, section 6.4: yield of dyestuff, grams, five
# preparations from each of six batches; its analysis of variance also in G. Box, G. Tiao (1973), Bayesian Inference in Statistical Analysis,
# section 5.1.2
DYESTUFF = {"A": (1545, 1440, 1440, 1520, 1580), "B": (1540, 1555, 1490, 1560, 1495), "C": (1595, 1550, 1605, 1510, 1560),
            "D": (1445, 1440, 1595, 1465, 1545), "E": (1595, 1630, 1515, 1635, 1625), "F": (1520, 1455, 1450, 1480, 1445)}


def test_dyestuff_as_printed():
    """Mean squares 11,271.50 between batches and 2,451.25 within; so variances of 1,764 and 2,451."""
    rows = pd.DataFrame([(batch, float(grams)) for batch, yields in DYESTUFF.items() for grams in yields], columns=["rater_id", "rating"])
    means = rows.groupby("rater_id")["rating"].mean()
    assert 5 * means.var(ddof=1) == pytest.approx(11271.5)
    assert components(rows) == pytest.approx(((11271.5 - 2451.25) / 5, 2451.25), rel=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_unequal_teams_agree_with_the_likelihood_written_out(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"rater_id": rng.integers(0, 9, 60)})
    frame["rating"] = rng.normal(size=9)[frame["rater_id"]] * (0.4 + seed) + rng.normal(size=60)
    assert components(frame) == pytest.approx(dense_reml(frame), rel=1e-4)
    assert variance_between(frame).loc[0, "method"] == "reml"


def test_pc24_zero_variance_is_on_the_boundary(shared):
    """The offices of case pc24, which do not scatter more than the people within them."""
    rows = pd.read_csv(shared / "cases" / "pc24-zero-variance.csv")
    rest = rows.assign(rating=rows["score"] - rows.groupby("trained")["score"].transform("mean"))
    found = variance_between(rest, rater="office")
    assert found.loc[0, "estimate"] == pytest.approx(0, abs=1e-6)
    assert found.loc[0, "status"] == "boundary"
    assert found.loc[0, "reason"] == "no_more_than_within"


def test_simulated_truth_comes_back():
    """Severity of variance 0.3 and team quality of variance 0.2 are seen only as their sum."""
    rng = np.random.default_rng(2026)
    size = rng.integers(3, 20, 900)
    rater = np.repeat(np.arange(900), size)
    effect = rng.normal(0, np.sqrt(0.3), 900) + rng.normal(0, np.sqrt(0.2), 900)
    between, within = components(pd.DataFrame({"rater_id": rater, "rating": effect[rater] + rng.normal(0, 1, len(rater))}))
    assert between == pytest.approx(0.5, abs=0.08)
    assert within == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("raters", "ratings", "status", "reason"), [
    ("aabb", [1, 1, 1, 1], "boundary", "all_ratings_equal"), ("aabbb", [1, 1, 1, 1, 1], "boundary", "all_ratings_equal"),
    ("aaa", [1, 2, 3], "not_estimable", "one_evaluator"), ("abc", [1, 2, 3], "not_estimable", "one_person_each"),
    ("", [], "not_estimable", "one_evaluator"), ("aab", [1.0, np.nan, 2.0], "not_estimable", "one_person_each"),
    ("aabbb", [1, 1, 2, 2, 2], "estimated", "severity_and_team_together")])
def test_degenerate_data_have_an_answer(raters, ratings, status, reason):
    found = variance_between(pd.DataFrame({"rater_id": list(raters), "rating": pd.Series(ratings, dtype=float)}))
    assert found.loc[0, "status"] == status
    assert found.loc[0, "reason"] == reason
    assert found["estimate"].isna().all() == (status == "not_estimable")


def test_nothing_varies_within():
    found = variance_between(pd.DataFrame({"rater_id": list("aabbb"), "rating": [1.0, 1, 2, 2, 2]}))
    assert found["estimate"].tolist() == [0.5, 0.0]
    assert found.loc[1, "reason"] == "no_variance_within"


def test_words_are_refused_and_columns_named():
    with pytest.raises(EstimationError, match="numbers"):
        variance_between(pd.DataFrame({"rater_id": ["a"], "rating": ["baik"]}))
    with pytest.raises(EstimationError, match="rater_id"):
        variance_between(pd.DataFrame({"rating": [1.0]}))


def test_agreement_is_a_question_for_data_as_soon_as_two_rated_one():
    assert len(agreement_between(pd.DataFrame({"object_id": ["p", "p"], "rater_id": ["a", "b"]}))) == 0
    assert agreement_between(pd.DataFrame({"object_id": [], "rater_id": []}))["reason"].tolist() == ["nobody_rated"] * 2
