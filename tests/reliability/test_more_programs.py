"""More of what other programs and books print, called in one line on the table that they print."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.raters import marginal_rasch
from evalkit.reliability import (
    agreement_coefficients,
    cohen_kappa,
    cronbach_alpha,
    from_category_counts,
    from_crosstab,
    from_wide,
    icc,
    krippendorff_alpha,
    standard_error_of_measurement,
)
from tests.reliability.test_printed_examples import measure, printed

# Law School Admission Test, section 7, five items: the 32 patterns and their counts (R. D. Bock, M. Lieberman 1970, Psychometrika 35, 179-197)
LSAT7 = [12, 19, 1, 7, 3, 19, 3, 17, 10, 5, 3, 7, 7, 23, 8, 28, 7, 39, 11, 34, 14, 51, 15, 90, 6, 25, 7, 35, 18, 136, 32, 308]
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# S. Chatterjee, B. Price (1977), Regression Analysis by Example: thirty departments of a firm, seven items (data set attitude of R)
ATTITUDE = {
    "rating": "436371618143587172676467696877817465655050645340636678488582",
    "complaints": "516470637855677582615360628377908560705840616637547775578582",
    "privileges": "305168455649425072455347578354506465466833525242426658447139",
    "learning": "395469476644565567475839424572726975575434625058486374457159",
    "raises": "616376547154667071625859555979607955756443666350668880517764",
    "critical": "927386848349686683806774637777547980857864808057757678837478",
    "advance": "454748354734354131413441253546366360465233413749337249385539"}


def patterns(counts: list[int]) -> pd.DataFrame:
    of = np.repeat(np.arange(32), counts)
    return from_wide(pd.DataFrame({i: (of >> (5 - i)) & 1 for i in range(1, 6)}), columns="item")


def test_the_other_law_school_test_by_mirt():
    """mirt in R: itemstats(LSAT7), and the model with one slope for all items, a1 = 1.011 with d and the log-likelihood -2664.90."""
    rows = patterns(LSAT7)
    found = cronbach_alpha(rows)
    assert measure(found.iloc[:1], "cronbach_alpha") == printed(0.453, 3)
    assert found.loc[found["measure"].eq("alpha_if_deleted"), "estimate"].tolist() == [printed(v, 3) for v in (0.396, 0.394, 0.345, 0.415, 0.438)]
    rest = found.loc[found["measure"].eq("item_rest_correlation"), "estimate"]
    assert rest.tolist() == [printed(v, 3) for v in (0.246, 0.247, 0.313, 0.223, 0.175)]
    spread = float(rows.groupby("object_id")["rating"].sum().std())
    assert standard_error_of_measurement(spread, float(found["estimate"].iloc[0])) == printed(0.886, 3)
    model = marginal_rasch(rows)
    assert model.sd == printed(1.011, 3) and model.log_likelihood == printed(-2664.90, 2)
    assert (model.mean - model.measures["measure"]).tolist() == pytest.approx([1.868, 0.791, 1.461, 0.521, 1.993], abs=1e-3)


def test_attitude_by_psych():
    """alpha(attitude) of psych in R: 0.84 with Feldt's limits 0.74 and 0.92, and without each item."""
    table = pd.DataFrame({name: [int(digits[i:i + 2]) for i in range(0, 60, 2)] for name, digits in ATTITUDE.items()})
    found = cronbach_alpha(from_wide(table, columns="item"))
    assert found.loc[0, ["estimate", "conf_low", "conf_high"]].tolist() == [printed(v, 2) for v in (0.84, 0.74, 0.92)]
    without = found[found["measure"].eq("alpha_if_deleted")].set_index("term").loc[list(table.columns), "estimate"]
    assert without.tolist() == [printed(v, 2) for v in (0.81, 0.80, 0.83, 0.80, 0.80, 0.86, 0.84)]


def test_means_of_four_judges_by_psych():
    """ICC of psych on the example of Shrout and Fleiss: limits of the forms for means."""
    found = icc(from_wide(pd.DataFrame(SHROUT_FLEISS))).iloc[3:]
    assert found["conf_low"].tolist() == [printed(v, 3) for v in (-0.884, 0.071, 0.676)]
    assert found["conf_high"].tolist() == [printed(v, 3) for v in (0.912, 0.927, 0.986)]


@pytest.mark.parametrize(("table", "weights", "kappa", "digits"), [
    ([[38, 5, 0, 1], [33, 11, 3, 0], [10, 14, 5, 6], [3, 7, 3, 10]], "identity", 0.208, 3),  # Landis, Koch (1977), Winnipeg
    ([[5, 3, 0, 0], [3, 11, 4, 0], [2, 13, 3, 4], [1, 2, 4, 14]], "identity", 0.297, 3),  # and New Orleans
    ([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]], "identity", 0.4728, 4),  # Boyd and others (1982), in Stata's manual, kap
    ([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]], "linear", 0.5684, 4),
    ([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]], "quadratic", 0.6714, 4),
    ([[46, 0, 0], [4, 40, 0], [0, 0, 10]], "identity", 0.9315, 4),  # tests of scikit-learn, cohen_kappa_score
    ([[46, 0, 0], [4, 40, 0], [0, 0, 10]], "linear", 0.9412, 4),
    ([[46, 0, 0], [4, 40, 0], [0, 0, 10]], "quadratic", 0.9541, 4),
    ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], "identity", 0.68, 2)])  # Fleiss (1981), Statistical Methods for Rates and Proportions, table 13.1
def test_kappas_of_tables(table, weights, kappa, digits):
    assert cohen_kappa(from_crosstab(pd.DataFrame(table)), weights=weights).loc[0, "estimate"] == printed(kappa, digits)


def test_ten_subjects_of_fourteen_raters():
    """The encyclopedic example of Fleiss' kappa, also in the tests of statsmodels: 0.378 of pairs agree, kappa 0.210."""
    table = ["0 0 0 0 14", "0 2 6 4 2", "0 0 3 5 6", "0 3 9 2 0", "2 2 8 1 1", "7 7 0 0 0", "3 2 6 3 0", "2 5 3 2 2", "6 5 2 1 0", "0 2 2 3 7"]
    found = agreement_coefficients(from_category_counts(pd.DataFrame([[int(n) for n in row.split()] for row in table])))
    assert [measure(found, m) for m in ("percent_agreement", "fleiss_kappa")] == [printed(0.378, 3), printed(0.210, 3)]


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.691), ("interval", 0.811)])
def test_three_coders_of_fifteen_units(level, alpha):
    """The encyclopedic example of Krippendorff's alpha, and that of the Python package krippendorff; a unit that nobody coded twice is left out."""
    words = ("-----34121133-3", "1-213343-------", "--21344-21133-4")
    assert krippendorff_alpha(from_wide(pd.DataFrame([list(w) for w in words]).T.replace("-", None)), level).loc[0, "estimate"] == printed(alpha, 3)


def test_each_target_with_judges_of_its_own_is_case_one():
    """Shrout and Fleiss (1979) call it case 1: .17 and .44; all six forms were missing, "fewer_than_two_objects"."""
    rows = pd.DataFrame([(target, f"{target}.{judge}", v) for target, row in enumerate(SHROUT_FLEISS) for judge, v in enumerate(row)],
                        columns=["object_id", "rater_id", "rating"])
    found, same = (icc(r).set_index("measure") for r in (rows, from_wide(pd.DataFrame(SHROUT_FLEISS))))
    assert found.loc[["icc_1_1", "icc_1_k"], "estimate"].tolist() == [printed(0.17, 2), printed(0.44, 2)]
    limits = ["estimate", "conf_low", "conf_high", "n"]
    pd.testing.assert_frame_equal(found.loc[["icc_1_1", "icc_1_k"], limits], same.loc[["icc_1_1", "icc_1_k"], limits])
    assert set(found.drop(index=["icc_1_1", "icc_1_k"])["reason"]) == {"raters_differ_by_object"}
    assert found.loc["icc_1_1", ["n_raters", "estimand"]].tolist() == [24, "objects_left_out=0; ratings_per_object=4"]
    once = pd.concat([rows, pd.DataFrame({"object_id": [99], "rater_id": ["x"], "rating": [5]})])
    assert icc(once).set_index("measure").loc["icc_1_1", "estimand"] == "objects_left_out=1; ratings_per_object=4"
    uneven = icc(rows.drop(index=[3, 7, 8]))
    assert set(uneven["status"]) == {"not_estimable"} and set(uneven["reason"]) == {"raters_differ_by_object"}
