"""Decisions with binomial errors: printed examples, the closed form, two drawn forms, data that cannot tell."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln, gammaln
from scipy.stats import betabinom

from evalkit.errors import EvalkitError
from evalkit.reliability import beta_binomial_consistency, decision_consistency

# Forty items, 151,050 people, the example of Hanson and Brennan's method: frequencies as in the file "act288m" of BBClassify 1.0.0
# (H. Haakstad 2025, github.com/HaakonEidemHaakstad/BBClassify_Python), whose printed output is compared below
ACT = [0, 23, 98, 384, 986, 2161, 3722, 5623, 7533, 8817, 9597, 9809, 9674, 8971, 8033, 7384, 6758, 6004, 5463, 4896, 4367, 4083, 3651, 3333, 3191,
       2899, 2644, 2597, 2287, 2197, 1967, 1874, 1710, 1581, 1503, 1349, 1181, 994, 827, 585, 294]
PEOPLE = np.repeat(np.arange(41), ACT)


def told(*args, **named) -> pd.Series:
    return beta_binomial_consistency(*args, **named).set_index("measure")["estimate"]


@pytest.mark.parametrize(("cuts", "reliability", "consistency", "kappa", "accuracy"), [
    ([24], None, 0.92203, 0.75612, 0.94427),  # Hanson and Brennan, two classes
    ([22, 24, 26], None, 0.84790, 0.62417, 0.87754),  # four classes
    ([24], 0.873, 0.92203, 0.75612, 0.94427),  # Livingston and Lewis: the effective length is 40 here
    ([22, 24], 0.873, 0.87610, 0.68358, 0.90409),  # three classes (matrices printed at 0.55 and 0.6 of the scale)
])
def test_printed_examples_of_four_parameters(cuts, reliability, consistency, kappa, accuracy):
    """Consistency is printed as a sum of rounded cells that add up to 0.99999: it agrees to one unit of the last digit."""
    found = told(PEOPLE, cuts, 40, reliability=reliability, parameters=4)
    assert found["decision_accuracy"] == pytest.approx(accuracy, abs=5.1e-6)
    assert found["decision_consistency"] == pytest.approx(consistency, abs=1.5e-5)
    assert found["decision_kappa"] == pytest.approx(kappa, abs=1.5e-5)
    method = beta_binomial_consistency(PEOPLE, cuts, 40, reliability=reliability, parameters=4)["method"].iloc[0]
    assert method == "beta-binomial, n=40, beta(0.5238, 1.626) from 0.2232 to 1"  # printed: 0.52378, 1.62569, 0.22317, 1


@pytest.mark.parametrize(("n", "cuts"), [(10, [6]), (10, [3, 6, 9]), (25, [25]), (6, [1, 2, 3, 4, 5, 6])])
def test_two_parameters_are_huynhs_sums(n, cuts):
    """Huynh (1976): f(x, y) = C(n, x) C(n, y) B(a + x + y, b + 2n - x - y) / B(a, b), a = (1 / KR21 - 1) mean, b = n / KR21 - n - a."""
    scores = np.random.default_rng(n).binomial(n, np.random.default_rng(3).beta(3, 2, 400))
    mean, variance = scores.mean(), scores.var()
    kr21 = n / (n - 1) * (1 - mean * (n - mean) / (n * variance))
    a = (1 / kr21 - 1) * mean
    b = n / kr21 - n - a
    x, y = np.meshgrid(np.arange(n + 1), np.arange(n + 1))
    choose = gammaln(n + 1) - gammaln(np.arange(n + 1) + 1) - gammaln(n - np.arange(n + 1) + 1)
    both = np.exp(choose[x] + choose[y] + betaln(a + x + y, b + 2 * n - x - y) - betaln(a, b))
    assert both.sum() == pytest.approx(1) and both.sum(axis=0) == pytest.approx(betabinom.pmf(np.arange(n + 1), n, a, b))
    of = np.digitize(np.arange(n + 1), cuts)
    same = both[of[x] == of[y]].sum()
    blind = (np.bincount(of, weights=both.sum(axis=0)) ** 2).sum()
    found = told(scores, cuts, n)
    assert found["decision_consistency"] == pytest.approx(same, abs=1e-9)
    assert found["decision_kappa"] == pytest.approx((same - blind) / (1 - blind), abs=1e-8)


@pytest.mark.parametrize("parameters", [2, 4])
def test_two_drawn_forms_agree_as_often_as_said(parameters):
    rng = np.random.default_rng(11)
    low, width = (0.0, 1.0) if parameters == 2 else (0.3, 0.6)
    true = low + width * rng.beta(2.5, 2.0, 300_000)
    first, second = rng.binomial(20, true), rng.binomial(20, true)
    cuts = [9, 14]
    of, again, level = np.digitize(first, cuts), np.digitize(second, cuts), np.digitize(true, np.array(cuts) / 20)
    found = told(first, cuts, 20, parameters=parameters)
    assert found["decision_consistency"] == pytest.approx(np.mean(of == again), abs=0.003)
    assert found["decision_accuracy"] == pytest.approx(np.mean(of == level), abs=0.003)
    blind = (np.bincount(of) / len(of) @ (np.bincount(of) / len(of)))
    assert found["decision_kappa"] == pytest.approx((np.mean(of == again) - blind) / (1 - blind), abs=0.006)


def test_graded_items_have_an_effective_length():
    """Twelve items of 0 to 4 points, each a binomial of four: the same as 48 points won one by one, on a scale that begins at 12."""
    rng = np.random.default_rng(5)
    true = rng.beta(6, 3, 100_000)
    scores = 12 + rng.binomial(4, np.repeat(true[:, None], 12, axis=1)).sum(axis=1)
    reliability = (2 / 90) / (2 / 90 + 0.2 / 48)  # variance of this beta, and its mean binomial variance over 48 points
    found = beta_binomial_consistency(scores, [12 + 24, 12 + 36], 60, lowest=12, reliability=reliability)
    assert found["method"].str.startswith("beta-binomial, n=48,").all()
    again = 12 + rng.binomial(48, true)
    same = np.mean(np.digitize(scores, [36, 48]) == np.digitize(again, [36, 48]))
    assert found.loc[0, "estimate"] == pytest.approx(same, abs=0.004)
    shares = beta_binomial_consistency((scores - 12) / 48, [0.5, 0.75], 1, reliability=reliability)
    assert shares["estimate"].to_numpy() == pytest.approx(found["estimate"].to_numpy(), abs=1e-9)


def test_a_scale_turned_round_tells_the_same():
    """At 17 of 40 and, from above, at 24 of 40 the classes are the same; the end that is held is then the lower one."""
    ahead = told(PEOPLE, [17], 40, parameters=4)
    back = told(40 - PEOPLE, [24], 40, parameters=4)
    assert back.to_numpy()[:2] == pytest.approx(ahead.to_numpy()[:2], abs=1e-7)  # of a point between 16 and 17 true shares are parted elsewhere
    assert beta_binomial_consistency(40 - PEOPLE, [24], 40, parameters=4)["method"].iloc[0].endswith("from 0 to 0.7768")


def test_normal_scores_of_a_long_test_are_told_alike():
    rng = np.random.default_rng(2)
    scores = rng.binomial(100, rng.beta(12, 12, 50_000))
    kr21 = 100 / 99 * (1 - scores.mean() * (100 - scores.mean()) / (100 * scores.var()))
    normal = decision_consistency(scores, [49.5, 59.5], kr21).set_index("measure")["estimate"]
    assert told(scores, [50, 60], 100).to_numpy() == pytest.approx(normal.to_numpy(), abs=0.012)


@pytest.mark.parametrize(("scores", "reason"), [
    ([], "fewer_than_two_scores"), ([4, None], "fewer_than_two_scores"), ([4, 4, 4], "no_variation"),
    ([4, 5, 6, 5, 5], "no_true_variance"), ([0, 10, 0, 10], "no_true_variance"),
])
@pytest.mark.parametrize("parameters", [2, 4])
def test_data_that_cannot_tell_have_a_reason(scores, reason, parameters):
    found = beta_binomial_consistency(pd.Series(scores, dtype=float), [6], 10, parameters=parameters)
    assert found["status"].eq("not_estimable").all() and found["reason"].eq(reason).all()


def test_fits_at_the_border_are_told_without_a_warning():
    for scores in ([0, 0, 0, 0, 1, 10], [0, 1, 9, 10, 10, 10], [0, 10, 5, 5, 0, 10], [1, 2, 8]):
        for parameters in (2, 4):
            found = beta_binomial_consistency(scores, [2, 10], 10, parameters=parameters)
            assert found["estimate"].between(0, 1).all() or found["status"].eq("not_estimable").all()
    far = told(np.random.default_rng(1).binomial(60, np.random.default_rng(2).beta(400, 10, 900)), [2], 60)
    assert far["decision_consistency"] == pytest.approx(1) and pd.isna(far["decision_kappa"])


@pytest.mark.parametrize(("named", "words"), [
    ({"cuts": []}, "rise"), ({"cuts": [6, 6]}, "rise"), ({"cuts": [0]}, "above the lowest"), ({"cuts": [11]}, "not above the highest"),
    ({"highest": 0}, "highest score above"), ({"reliability": 1.0}, "below 1"), ({"scores": [3, 12]}, "Row 2: the score 12"),
    ({"scores": [3.5, 4]}, "Give the reliability"), ({"scores": pd.DataFrame({"a": [1]})}, "one column"), ({"scores": ["Baik"]}, "no finite number"),
    ({"parameters": 3}, "parameters is 2"),
])
def test_what_cannot_be_meant_is_refused(named, words):
    with pytest.raises(EvalkitError, match=words):
        beta_binomial_consistency(**{"scores": [3, 5], "cuts": [6], "highest": 10, **named})
