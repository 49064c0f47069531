"""The tables of K. L. Gwet's handbook of agreement, as the documentation and the tests of irrCAC (R and Python) print their coefficients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.reliability import agreement_coefficients, from_category_counts, from_wide
from tests.reliability.test_agreement import FOUR_RATERS, long, value
from tests.reliability.test_printed_examples import FLEISS, measure, printed

# a word a rater, a letter an object; a dash is a rating that was not given
FIVE_OBSERVERS = ("112-001122-0131", "1130000-2110231", "203000222100221", "-13----0-10022-", "2--0001-2----31")
TWO_GROUPS = ("abccbadab---bb", "abccbbdabe--ba", "-cccbcdbbeaccc", "abccbddabea-bb")
GENDER = ("aaaaabbbcaaaaab", "aaaababccaaaaba", "abbcaabbcabbcaa", "ccccaabbcccccaa")
BEN_AND_GERRY = ("aabbdcccedda", "babbbccce-dd")
RADICAL = 1 - np.sqrt(np.abs(np.subtract.outer(np.arange(5), np.arange(5))) / 4)


def rated(words: tuple[str, ...]) -> pd.DataFrame:
    return from_wide(pd.DataFrame([list(w) for w in words]).T.replace("-", None))


@pytest.mark.parametrize(("words", "name", "values"), [
    (FIVE_OBSERVERS, "brennan_prediger", (0.487, 0.121, 0.228, 0.747)), (FIVE_OBSERVERS, "fleiss_kappa", (0.458, 0.120, 0.199, 0.716)),
    (FIVE_OBSERVERS, "gwet_ac1", (0.497, 0.122, 0.235, 0.758)), (FIVE_OBSERVERS, "krippendorff_alpha", (0.481, 0.114, 0.237, 0.724)),
    (TWO_GROUPS, "brennan_prediger", (0.679, 0.136, 0.385, 0.974)), (TWO_GROUPS, "fleiss_kappa", (0.657, 0.150, 0.333, 0.981)),
    (TWO_GROUPS, "gwet_ac1", (0.685, 0.134, 0.396, 0.973)), (TWO_GROUPS, "krippendorff_alpha", (0.632, 0.150, 0.306, 0.958)),
    (GENDER, "brennan_prediger", (0.183, 0.102, -0.035, 0.402)), (GENDER, "fleiss_kappa", (0.129, 0.141, -0.172, 0.430)),
    (GENDER, "gwet_ac1", (0.208, 0.091, 0.014, 0.403)), (GENDER, "krippendorff_alpha", (0.143, 0.141, -0.158, 0.445)),
    (BEN_AND_GERRY, "brennan_prediger", (0.659, 0.185, 0.251, 1.0)), (BEN_AND_GERRY, "fleiss_kappa", (0.649, 0.191, 0.228, 1.0)),
    (BEN_AND_GERRY, "gwet_ac1", (0.661, 0.184, 0.257, 1.0)), (BEN_AND_GERRY, "krippendorff_alpha", (0.665, 0.180, 0.264, 1.0))])
def test_missing_ratings(words, name, values):
    row = agreement_coefficients(rated(words)).set_index("measure").loc[name]
    assert [row[c] for c in ("estimate", "std_error", "conf_low", "conf_high")] == [printed(v, 3) for v in values]


@pytest.mark.parametrize(("weights", "values"), [
    ("linear", ((0.848, 0.123, 0.577), (0.818, 0.149, 0.491), (0.859, 0.117, 0.600), (0.800, 0.135, 0.499))),
    ("quadratic", ((0.902, 0.111, 0.657), (0.865, 0.146, 0.544), (0.914, 0.104, 0.685), (0.849, 0.129, 0.561))),
    (RADICAL, ((0.813, 0.133, 0.520), (0.790, 0.150, 0.460), (0.820, 0.128, 0.537), (0.772, 0.140, 0.461)))])
def test_four_raters_with_weights(weights, values):
    found = agreement_coefficients(long(FOUR_RATERS), weights=weights).iloc[1:]
    assert found[["estimate", "std_error", "conf_low"]].to_numpy().tolist() == [[printed(v, 3) for v in row] for row in values]


def test_the_first_fifteen_patients_of_fleiss():
    """Table distrib.6raters of the vignette: counts of six psychiatrists, with seven digits.

    The error of alpha is printed as 0.0824: of counts irrCAC has another formula for it than of raw ratings, where with none missing it is
    that of Fleiss' kappa (`GENDER` above), as here.
    """
    found = agreement_coefficients(from_category_counts(pd.DataFrame([[int(n) for n in row] for row in FLEISS[:15]])))
    assert measure(found, "percent_agreement") == printed(0.5511111, 7)
    for name, coefficient, error in (("gwet_ac1", 0.4448007, 0.08418757), ("fleiss_kappa", 0.4139265, 0.08119291),
                                     ("krippendorff_alpha", 0.4204384, 0.08119291), ("brennan_prediger", 0.4388889, 0.08312142)):
        assert [value(found, name), value(found, name, "std_error")] == [printed(coefficient, 7), printed(error, 8)], name


def test_objects_rated_once_widen_percent_agreement_as_they_do_the_coefficients():
    """pa.coeff.raw(cac.raw4raters): 0.81818 with error 0.12561, 0.542 to 1; it is a coefficient whose agreement by chance is nothing."""
    row = agreement_coefficients(long(FOUR_RATERS)).iloc[0]
    assert [row["estimate"], row["std_error"], row["conf_low"], row["conf_high"]] == [
        printed(0.81818, 5), printed(0.12561, 5), printed(0.542, 3), 1.0]


def test_one_object_rated_twice_has_no_interval_however_many_are_rated_once():
    found = agreement_coefficients(long([[1, 2], [1, None], [2, None], [None, 1]]))
    assert found["status"].eq("estimated").all() and found[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
