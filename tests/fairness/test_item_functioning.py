"""Items given the total: the verbal aggression data as R's difR prints them, known truth, degenerate forms."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nchypergeom_fisher

from evalkit.errors import EstimationError
from evalkit.fairness.item_functioning import item_functioning, purified
from evalkit.fairness.item_regression import item_regression

# difR 5 on its data `verbal` (D. Magis, S. Beland, F. Tuerlinckx, P. De Boeck (2010), Behavior Research Methods 42, 847-862): focal group
# men. difMH without purification: p, odds ratio, delta; difMH with purification: p, odds ratio; difLogistic of both kinds: chi-square.
PRINTED = """
S1WantCurse 0.1913 1.7005 -1.2476 0.9336 1.1054  2.0014
S1WantScold 0.1427 1.7702 -1.3420 0.8462 1.1357  3.3541
S1WantShout 0.3191 1.4481 -0.8701 0.9256 1.0919  2.4742
S2WantCurse 0.1647 1.9395 -1.5567 0.3460 1.5998  4.7296
S2WantScold 0.0857 1.9799 -1.6052 0.7388 1.1994  4.1404
S2WantShout 0.0019 2.8804 -2.4861 0.0388 2.2088 11.4111
S3WantCurse 0.9711 0.9439  0.1358 0.7534 0.8584  1.6061
S3WantScold 0.4112 0.7194  0.7741 0.0365 0.4593  1.6331
S3WantShout 0.3656 1.5281 -0.9965 0.5567 1.3348  2.6989
S4wantCurse 0.2018 1.6849 -1.2260 0.7077 1.2183  2.4547
S4WantScold 0.9020 1.0901 -0.2028 0.1942 0.6322  2.0997
S4WantShout 0.0424 2.3458 -2.0036 0.2995 1.5764  3.6877
S1DoCurse   0.7160 0.7967  0.5340 0.1477 0.5481  1.2196
S1DoScold   0.0972 0.4995  1.6313 0.0123 0.3832  4.7304
S1DoShout   0.7938 1.1765 -0.3821 1.0000 0.9822  1.0456
S2DoCurse   0.0121 0.3209  2.6709 0.0019 0.2658  7.6935
S2DoScold   0.0089 0.3746  2.3072 0.0005 0.3014 10.2622
S2DoShout   0.6414 0.7931  0.5447 0.4029 0.6832  1.7016
S3DoCurse   0.0162 0.4616  1.8165 0.0021 0.3713  7.2379
S3DoScold   0.0486 0.4727  1.7606 0.0112 0.4079  5.8680
S3DoShout   0.5846 0.6373  1.0585 0.2336 0.4654  1.2763
S4DoCurse   0.2895 0.6444  1.0327 0.0474 0.4744  2.9521
S4DoScold   0.2287 0.6385  1.0541 0.0160 0.4148  2.6956
"""
# The correction of difR goes below zero where the counts lie within one half of their expectation, and gives 0.8957 for S1DoShout
# purified; R's own mantelhaen.test stops it at zero, and so do we: p is 1.


@pytest.fixture(scope="module")
def verbal():
    text = (Path(__file__).parent / "data" / "verbal_aggression.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    answers = pd.DataFrame([[int(c) for c in line[1:]] for line in lines[1:]], columns=lines[0].split(","))
    return answers, pd.Series([line[0] for line in lines[1:]])


@pytest.fixture(scope="module")
def printed():
    rows = [line.split() for line in PRINTED.strip().splitlines()]
    table = pd.DataFrame(rows, columns=["item", "p", "ratio", "delta", "p_pure", "ratio_pure", "chi2"]).set_index("item")
    return table.astype(float)


def of(found, measure, column="estimate"):
    return found[found["measure"] == measure].set_index("term")[column]


def test_verbal_aggression_as_difr_prints_it(verbal, printed):
    found = item_functioning(*verbal, focal="M", reference="F", purify=False)
    at = printed.index
    assert of(found, "item_odds_ratio", "p_value").loc[at].to_numpy() == pytest.approx(printed["p"].to_numpy(), abs=5.1e-5)
    assert of(found, "item_odds_ratio").loc[at].to_numpy() == pytest.approx(printed["ratio"].to_numpy(), abs=5.1e-5)
    assert of(found, "item_delta").loc[at].to_numpy() == pytest.approx(printed["delta"].to_numpy(), abs=5.1e-5)
    # printed with method BH: only S2WantShout stays below 5%, at 0.0466
    adjusted = of(found, "item_odds_ratio", "p_adjusted")
    assert adjusted[adjusted < 0.05].round(4).to_dict() == {"S2WantShout": 0.0466}


def test_verbal_aggression_purified_as_difr_prints_it(verbal, printed):
    """Convergence after 6 iterations, nine items out of the matching total."""
    found = item_functioning(*verbal, focal="M", reference="F")
    at = printed.index
    assert of(found, "item_odds_ratio", "p_value").loc[at].to_numpy() == pytest.approx(printed["p_pure"].to_numpy(), abs=5.1e-5)
    assert of(found, "item_odds_ratio").loc[at].to_numpy() == pytest.approx(printed["ratio_pure"].to_numpy(), abs=5.1e-5)
    line = found[found["measure"] == "item_anchors"].iloc[0]
    assert (line["estimate"], line["method"], pd.isna(line["reason"])) == (15.0, "purified_in_6_rounds", True)


def test_verbal_aggression_exact_as_difr_prints_it(verbal):
    """difMH with exact = TRUE: p 0.0015 of S2WantShout, 0.0082 of S2DoCurse, 0.3304 of S3WantScold."""
    found = of(item_functioning(*verbal, focal="M", reference="F", purify=False, exact=True), "item_odds_ratio", "p_value").round(4)
    assert found[["S2WantShout", "S2DoCurse", "S3WantScold", "S4WantShout"]].tolist() == [0.0015, 0.0082, 0.3304, 0.0334]


def test_logistic_regression_as_difr_prints_it(verbal, printed):
    some = ["S2WantShout", "S2DoScold", "S1DoShout", "S3DoCurse"]
    answers, group = verbal
    found = item_regression(answers, group, focal="M", reference="F")
    assert of(found, "item_either").loc[printed.index].to_numpy() == pytest.approx(printed["chi2"].to_numpy(), abs=5.1e-5)
    parts = of(found, "item_uniform") + of(found, "item_nonuniform")
    assert parts[some].to_numpy() == pytest.approx(of(found, "item_either")[some].to_numpy(), abs=1e-4)


def test_one_item_that_is_harder_for_a_group_is_found_and_the_others_are_not():
    rng = np.random.default_rng(1)
    group = pd.Series(["F", "M"] * 600)
    able = rng.normal(size=1200) - 0.5 * (group == "F").to_numpy()  # a true difference in level is no functioning of items
    hard = np.array([0.0, 0.3, -0.3, 0.5, -0.5, 0.0])
    logit = able[:, None] - hard - 1.1 * np.outer((group == "F").to_numpy(), np.arange(6) == 2)
    answers = pd.DataFrame((rng.random((1200, 6)) < 1 / (1 + np.exp(-logit))).astype(int), columns=list("abcdef"))
    found = item_functioning(answers, group, focal="F", reference="M")
    classes = of(found, "item_class")
    assert classes["c"] == 2.0
    assert classes.drop("c").max() == 0.0
    assert of(found, "item_delta")["c"] == pytest.approx(-2.35 * 1.1, abs=0.9)
    low, high = (found.loc[(found["measure"] == "item_delta") & (found["term"] == "c"), c].iloc[0] for c in ("conf_low", "conf_high"))
    assert low < -2.35 * 1.1 < high


ASK = {"focal": "F", "reference": "M"}


def test_what_each_item_could_show_stands_beside_it_on_the_scale_of_delta(verbal):
    """By another path: the totals of scipy's noncentral hypergeometric distributions, and Mantel and Haenszel's rule on each."""
    answers, group = verbal
    found = item_functioning(answers, group, focal="M", reference="F", purify=False)
    below, above = of(found, "item_detectable_below"), of(found, "item_detectable_above")
    assert ((below < 0) & (above > 0)).all() and len(below) == 24
    item, total = answers["S2WantShout"].to_numpy(), answers.sum(axis=1).to_numpy()
    chances, expected, variance = np.ones(1), 0.0, 0.0
    for t in range(1, 24):
        women, men = (item[(total == t) & (np.asarray(group) == g)] for g in ("F", "M"))
        n, hits = len(women) + len(men), int(women.sum() + men.sum())
        if len(women) and len(men) and 0 < hits < n:
            law = nchypergeom_fisher(n, len(women), hits, math.exp(above["S2WantShout"] / -2.35))
            chances = np.convolve(chances, law.pmf(np.arange(hits + 1)))
            expected += hits * len(women) / n
            variance += len(women) * len(men) * hits * (n - hits) / (n * n * (n - 1))
    few = np.arange(len(chances)) <= expected - 0.5 - 1.959964 * math.sqrt(variance)
    assert chances[few].sum() == pytest.approx(0.8, abs=1e-6)
    # the exact test is a little more cautious than the one with Yates' correction is here
    exact = of(item_functioning(answers, group, focal="M", reference="F", purify=False, exact=True), "item_detectable_above")
    assert exact["S2WantShout"] == pytest.approx(above["S2WantShout"], abs=0.25)


def test_an_item_as_far_off_as_is_stated_is_found_eight_times_in_ten():
    rng, deltas, hits = np.random.default_rng(5), [], []
    group = np.array(["F", "M"] * 150)
    for _ in range(500):
        logit = rng.normal(size=300)[:, None] - np.linspace(-1, 1, 8) - 0.82 * np.outer(group == "F", np.arange(8) == 3)
        answers = pd.DataFrame((rng.random((300, 8)) < 1 / (1 + np.exp(-logit))).astype(int), columns=list("abcdefgh"))
        found = item_functioning(answers, group, focal="F", reference="M", purify=False)
        deltas.append(of(found, "item_detectable_below")["d"])
        hits.append(of(found, "item_odds_ratio", "p_value")["d"] <= 0.05)
    # the true shift is 0.82 logits, a delta of 1.93, and that is what the design is said to find
    assert np.mean(deltas) == pytest.approx(-2.35 * 0.82, abs=0.06)
    assert np.mean(hits) == pytest.approx(0.8, abs=0.055)


def test_a_form_that_few_answered_finds_no_item():
    rng, group = np.random.default_rng(1), ["F", "M"] * 4
    answers = pd.DataFrame(rng.integers(0, 2, size=(8, 4)), columns=list("abcd"))
    found = item_functioning(answers, group, focal="F", reference="M", purify=False)
    none = found[found["measure"].isin(["item_detectable_below", "item_detectable_above"]) & found["status"].eq("not_estimable")]
    assert set(none["reason"]) == {"no_gap_detectable"}


def test_two_ratings_and_degenerate_answers_have_a_reason():
    two = pd.DataFrame({"hasil": [1, 0, 1, 0], "perilaku": [1, 0, 1, 1]})
    group = pd.Series(["F", "M", "F", "M"])
    for function in (item_functioning, item_regression):
        assert set(function(two, group, **ASK)["reason"]) == {"fewer_than_three_items"}
        three = two.assign(third=1)
        assert set(function(three, pd.Series(["F"] * 4), **ASK)["reason"]) == {"group_not_in_data"}
        assert set(function(three.iloc[:0], group, **ASK)["reason"]) == {"group_not_in_data"}
        found = function(three, group, **ASK)
        assert found.loc[found["term"] == "third", "status"].iloc[0] == "not_estimable"
        with pytest.raises(EstimationError, match="0 or 1"):
            function(three.assign(third=3), group, **ASK)
        with pytest.raises(EstimationError, match="no column"):
            function(three, group, items=["fourth"], **ASK)
        assert not np.isinf(found.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)).any()


def test_where_every_item_stands_out_none_can_match():
    member = np.array([True] * 40 + [False] * 40)
    answered = np.column_stack([member, member, ~member, ~member]).astype(int)
    answered[::7] = 1 - answered[::7]
    found = purified(answered, member, list("abcd"))
    assert (found.settled, found.anchors) == (False, ("a", "b", "c", "d"))
    line = item_functioning(pd.DataFrame(answered, columns=list("abcd")), pd.Series(np.where(member, "M", "F")), **ASK).iloc[-1]
    assert line["reason"] == "purification_did_not_settle"
