"""What other programs print of data that are public, to every digit that they print."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from evalkit.errors import EstimationError
from evalkit.reliability import agreement_coefficients, cohen_kappa, cronbach_alpha, from_crosstab, from_wide, icc, weight_matrix
from tests.raters.test_marginal_rasch import LSAT6
from tests.reliability.test_printed_examples import measure, printed

# twenty subjects, three raters: data set "anxiety" of the R package irr
FIRST, SECOND, THIRD = "33345523522615221243", "36462424332333221334", "21443216111233113322"
ANXIETY = pd.DataFrame({n: [int(v) for v in rater] for n, rater in enumerate((FIRST, SECOND, THIRD))})


def test_anxiety_by_the_package_irr():
    """Help page of print.icclist: ICC(A,1) = 0.198, -0.039 < ICC < 0.494."""
    row = icc(from_wide(ANXIETY)).set_index("measure").loc["icc_2_1"]
    assert [row["estimate"], row["conf_low"], row["conf_high"]] == [printed(v, 3) for v in (0.198, -0.039, 0.494)]


@pytest.mark.parametrize(("weights", "kappa"), [("identity", -0.006289308), ("linear", 0.1459075), ("quadratic", 0.2520325)])
def test_two_raters_of_anxiety_by_the_package_irr(weights, kappa):
    """kappa2 of raters 2 and 3, as in the tests of statsmodels; irr leaves out the class 5, which they do not use."""
    assert cohen_kappa(from_wide(ANXIETY[[1, 2]]), weights=weights).loc[0, "estimate"] == printed(kappa, 7)


def test_wines_by_pingouin():
    """Eight wines, four judges: documentation of pingouin.intraclass_corr, the example of C. Zaiontz (Real Statistics)."""
    wines = pd.DataFrame({"A": [1, 1, 3, 6, 6, 7, 8, 9], "B": [2, 3, 8, 4, 5, 5, 7, 9], "C": [0, 3, 1, 3, 5, 6, 7, 9], "D": [1, 2, 4, 3, 6, 2, 9, 8]})
    found = icc(from_wide(wines))
    assert found["estimate"].tolist() == [printed(v, 3) for v in (0.728, 0.728, 0.729, 0.914, 0.914, 0.915)]
    assert found["conf_low"].tolist() == [printed(v, 2) for v in (0.43, 0.43, 0.43, 0.75, 0.75, 0.75)]
    assert found["conf_high"].tolist() == [printed(v, 2) for v in (0.93, 0.93, 0.93, 0.98, 0.98, 0.98)]


@pytest.mark.parametrize(("table", "weights", "values"), [
    ([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], "identity", (0.3449, 0.0724, 0.2030, 0.4868)),
    ([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], "linear", (0.5082, 0.0655, 0.3798, 0.6366)),
    ([[0, 4, 1], [0, 8, 0], [0, 1, 5]], "identity", (0.4842, 0.1380, 0.2137, 0.7547)),
    ([[0, 4, 1], [0, 8, 0], [0, 1, 5]], "linear", (0.4701, 0.1457, 0.1845, 0.7558))])
def test_kappa_by_sas(table, weights, values):
    """SAS/STAT, PROC FREQ: two dermatologists (the manual's example of kappa), and the table of the tests of statsmodels."""
    row = cohen_kappa(from_crosstab(pd.DataFrame(table)), weights=weights).iloc[0]
    assert row[["estimate", "std_error", "conf_low", "conf_high"]].tolist() == [printed(v, 4) for v in values]


@pytest.mark.parametrize(("weights", "kappa", "error"), [("identity", 0.1293, 0.0686), ("linear", 0.2374, 0.0783)])
def test_ninety_one_couples_by_vcd(weights, kappa, error):
    """A. Agresti (2002), Categorical Data Analysis, table 2.12, as Kappa() of the R package vcd has it."""
    row = cohen_kappa(from_crosstab(pd.DataFrame([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])), weights=weights).iloc[0]
    assert [row["estimate"], row["std_error"]] == [printed(kappa, 4), printed(error, 4)]


def test_two_pathologists_by_agresti():
    """Categorical Data Analysis (2002), section 10.5.4: kappa 0.493 with standard error 0.057."""
    row = cohen_kappa(from_crosstab(pd.DataFrame([[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]))).iloc[0]
    assert [row["estimate"], row["std_error"]] == [printed(0.493, 3), printed(0.057, 3)]


def test_three_classes_of_pregnancies_by_irrcac():
    """Vignette of the R package irrCAC; for two raters its errors of Scott's pi divide by n where those of many raters divide by n - 1."""
    rows = from_crosstab(pd.DataFrame([[13, 0, 0], [0, 20, 7], [0, 4, 56]]))
    row = cohen_kappa(rows).iloc[0]
    assert [row["estimate"], row["std_error"]] == [printed(0.7964094, 7), printed(0.05891072, 8)]
    found = agreement_coefficients(rows).set_index("measure").loc["fleiss_kappa"]
    assert found["estimate"] == printed(0.7962397, 7) and found["std_error"] * np.sqrt(0.99) == printed(0.05905473, 8)


def test_alpha_of_the_law_school_test_by_ltm():
    """descript(LSAT) of the R package ltm: alpha of all items, and without each of them."""
    pattern = np.repeat(np.arange(32), LSAT6)
    found = cronbach_alpha(from_wide(pd.DataFrame({i: (pattern >> (5 - i)) & 1 for i in range(1, 6)}), columns="item"))
    assert measure(found.iloc[:1], "cronbach_alpha") == printed(0.295, 3)
    without = found.loc[found["measure"].eq("alpha_if_deleted"), "estimate"]
    assert without.tolist() == [printed(v, 4) for v in (0.2754, 0.2376, 0.2168, 0.2459, 0.2663)]


def test_weights_of_cohens_own_of_1968():
    """Cohen (1968), table 1: two judges, three diagnoses, 200 cases, disagreements of 0, 1, 3 and 6; kappa .492, weighted .348."""
    both = from_crosstab(pd.DataFrame([[88, 10, 2], [14, 40, 6], [18, 10, 12]]))
    weights = 1 - np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]]) / 6
    assert cohen_kappa(both)["estimate"].iloc[0] == pytest.approx(0.492, abs=5e-4)
    for own in (weights, weights.tolist(), pd.DataFrame(weights)):
        found = cohen_kappa(both, weights=own).iloc[0]
        assert found["estimate"] == pytest.approx(0.348, abs=5e-4) and found["method"] == "weights=own"
    assert agreement_coefficients(both, weights=weights)["measure"].iloc[3] == "gwet_ac2"
    linear = weight_matrix(3, "linear")
    assert_frame_equal(agreement_coefficients(both, weights=linear).drop(columns="method"),
                       agreement_coefficients(both, weights="linear").drop(columns="method"))


@pytest.mark.parametrize(("weights", "said"), [
    ("squared", "in other programs"), (None, "in other programs"), ([[1, 0], [0, 1]], "the weights are 2 by 2, and the categories 3"),
    ([[0, 1, 3], [1, 0, 6], [3, 6, 0]], "1 on the diagonal"), ([[1, 0.5], [0.2, 1]], "symmetric"), ([1, 0], "square table")])
@pytest.mark.parametrize("coefficient", [cohen_kappa, agreement_coefficients])
def test_weights_that_cannot_be_meant_are_told_before_anything_else(coefficient, weights, said):
    words = from_crosstab(pd.DataFrame([[8, 1, 0], [1, 7, 2], [0, 1, 9]], index=list("abc"), columns=list("abc")))
    order = list("abc") if isinstance(weights, list) else None
    with pytest.raises(EstimationError, match=f"(?i){said}"):
        coefficient(words, weights=weights, categories=order)
