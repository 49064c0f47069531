"""Worked examples of the literature, to every digit that is printed there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.raters.many_facet_rasch import many_facet_rasch, marginal_rasch
from evalkit.reliability import (
    agreement_coefficients,
    cohen_kappa,
    cronbach_alpha,
    from_category_counts,
    from_crosstab,
    from_wide,
    g_study,
    krippendorff_alpha,
    mcdonald_omega,
    subscore_value,
)

# R. L. Brennan (2001), Generalizability Theory: no. 1, ten persons by twelve items; nos. 2 and 3, ten persons, eight scores each
BRENNAN_1 = ["101000000000", "111001000000", "111110000000", "110110010000", "111110100000", "111011100000", "111111100000", "111101111100",
             "111111111110", "111111111111"]
BRENNAN_3 = [[2, 4, 5, 5, 4, 4, 2, 3, 0, 6], [6, 5, 5, 9, 3, 4, 6, 4, 5, 8], [7, 6, 4, 8, 5, 4, 6, 4, 4, 7], [5, 7, 6, 6, 6, 7, 5, 5, 5, 6],
             [2, 6, 5, 5, 4, 6, 2, 6, 5, 6], [5, 7, 4, 7, 5, 4, 7, 6, 5, 8], [5, 5, 5, 7, 6, 7, 7, 6, 5, 8], [5, 7, 5, 6, 4, 8, 5, 4, 3, 6]]
# J. L. Fleiss (1971), Psychological Bulletin 76, 378-382, table 1: 30 patients, six psychiatrists, five diagnoses
FLEISS = ["00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006", "10050", "11040", "03300", "10050", "02031",
          "00501", "30012", "51000", "02040", "10203", "00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006"]


def printed(value: float, digits: int) -> object:
    """Give what equals the value at the number of digits that is printed."""
    return pytest.approx(value, abs=0.5 * 10.0**-digits + 1e-9)


def components(study) -> list[float]:
    return study.components["variance"].tolist()


def measure(frame: pd.DataFrame, name: str) -> float:
    return float(frame.set_index("measure").loc[name, "estimate"])


def test_brennans_synthetic_data_set_1():
    """Persons by items of 0 and 1: the relative coefficient is KR-20."""
    rows = from_wide(pd.DataFrame([list(row) for row in BRENNAN_1]), columns="item")
    study = g_study(rows)
    assert components(study) == [printed(v, 4) for v in (0.0574, 0.0754, 0.1269)]
    row = study.d_study({"item": 12}).iloc[0]
    assert row["generalizability"] == printed(0.844, 3) and row["dependability"] == printed(0.773, 3)
    assert measure(cronbach_alpha(rows).iloc[:1], "cronbach_alpha") == printed(0.844, 3)


def test_brennans_synthetic_data_set_2():
    """Items nested in persons: each item is met by one person, so that the rest holds item and interaction."""
    rows = pd.DataFrame([(p, f"{p}.{i}", BRENNAN_3[i][p]) for p in range(10) for i in range(8)], columns=["object_id", "item", "rating"])
    study = g_study(rows)
    assert components(study) == [printed(0.6108, 4), 0.0, printed(2.0250, 4)]
    assert study.components.loc[1, "reason"] == "part_of_the_residual"
    assert study.d_study({"item": 8}).loc[0, "generalizability"] == printed(0.71, 2)


def test_brennans_synthetic_data_set_3():
    rows = pd.DataFrame([(p, i % 4, i // 4, BRENNAN_3[i][p]) for p in range(10) for i in range(8)],
                        columns=["object_id", "item", "occasion", "rating"])
    study = g_study(rows, ["item", "occasion"])
    assert components(study) == [printed(v, 4) for v in (0.5528, 0.4417, 0.0074, 0.5750, 0.1009, 0.1565, 0.9352)]
    row = study.d_study({"item": 4, "occasion": 2}).iloc[0]
    assert row["generalizability"] == printed(0.64, 2) and row["dependability"] == printed(0.55, 2)


def test_fleiss_diagnoses():
    found = agreement_coefficients(from_category_counts(pd.DataFrame([[int(n) for n in row] for row in FLEISS])))
    assert measure(found, "percent_agreement") == pytest.approx(0.555, abs=0.0006)  # the paper cuts 0.5556
    assert measure(found, "fleiss_kappa") == printed(0.430, 3)


def test_cohens_kappa_of_1960():
    """J. Cohen (1960), Educational and Psychological Measurement 20, 37-46: 200 cases in three classes."""
    assert cohen_kappa(from_crosstab(pd.DataFrame([[88, 10, 2], [14, 40, 6], [18, 10, 12]]))).loc[0, "estimate"] == printed(0.492, 3)


def test_gwets_answer_to_the_paradox_of_kappa():
    """K. L. Gwet (2002), Kappa statistic is not satisfactory for assessing the extent of agreement: 118 of 125 agree in one class."""
    rows = from_crosstab(pd.DataFrame([[118, 5], [2, 0]]))
    assert cohen_kappa(rows).loc[0, "estimate"] == printed(-0.0234, 4)
    found = agreement_coefficients(rows)
    assert [measure(found, m) for m in ("fleiss_kappa", "gwet_ac1")] == [printed(-0.0288, 4), printed(0.9408, 4)]


@pytest.mark.parametrize(("first", "second", "value"), [("0100000010", "1110010000", 0.095), ("aabbdcccedda", "babbbccceddd", 0.692)])
def test_krippendorffs_examples_of_two_observers(first, second, value):
    """K. Krippendorff (2011), Computing Krippendorff's alpha-reliability, sections A and B (C and D: `test_agreement`)."""
    assert krippendorff_alpha(from_wide(pd.DataFrame([list(first), list(second)]).T), "nominal").loc[0, "estimate"] == printed(value, 3)


def test_omega_from_the_printed_loadings_of_the_open_and_closed_books():
    """K. Mardia, J. Kent, J. Bibby (1979), Multivariate Analysis, section 9.4: 88 students, five examinations, one factor by maximum likelihood.

    The book prints correlations to three digits, which moves a loading by some 0.001.
    """
    printed_loadings = np.array([0.600, 0.667, 0.917, 0.772, 0.724])
    r = np.array([[1, 0.553, 0.547, 0.409, 0.389], [0.553, 1, 0.610, 0.485, 0.437], [0.547, 0.610, 1, 0.711, 0.665],
                  [0.409, 0.485, 0.711, 1, 0.607], [0.389, 0.437, 0.665, 0.607, 1]])
    z = np.random.default_rng(1).normal(size=(88, 5))
    z = np.linalg.solve(np.linalg.cholesky(np.cov(z, rowvar=False)), (z - z.mean(axis=0)).T).T @ np.linalg.cholesky(r).T
    common = printed_loadings.sum() ** 2
    found = mcdonald_omega(from_wide(pd.DataFrame(z), columns="item"), draws=0).loc[0, "estimate"]
    assert found == printed(common / (common + (1 - printed_loadings**2).sum()), 3)


@pytest.mark.parametrize("fit", [many_facet_rasch, marginal_rasch])
def test_a_frame_of_items_without_raters_is_the_rasch_model_in_one_call(fit):
    rows = from_wide(pd.DataFrame([list(row) for row in BRENNAN_1]), columns="item")
    assert set(fit(rows).measures["facet"]) <= {"object_id", "item"}
    pd.testing.assert_frame_equal(fit(rows).measures, fit(rows, ("object_id", "item")).measures)


def test_subscores_of_the_reading_test_of_sirt():
    """R package sirt, help page of prmse.subscores.scales: 328 people, three scales of four items, with three digits.

    Haberman's correlation of a true subscore with the total is ``r / sqrt(alpha) - error / sqrt(true total)``; sirt takes the second part
    times the root of the total's alpha, so that its "prmse.Z" (0.638, 0.697, 0.468) are too large. That this is what it prints is seen in
    the variance and alpha of the total: only with its factor do the printed correlations give those that it prints.
    """
    variance, alpha, with_total = np.array([1.381, 1.059, 1.107]), np.array([0.545, 0.381, 0.640]), np.array([0.799, 0.835, 0.684])
    total, alpha_total = 5.668, 0.677
    true, error = alpha * variance, (1 - alpha) * variance
    rest = with_total * np.sqrt(true * total) + np.sqrt(alpha_total) * error - variance  # covariance of a score with the others
    between = np.add.outer(rest, rest) - rest.sum() / 2
    item = variance * (1 - 0.75 * alpha) / 4
    covariance = np.kron(between, np.ones((4, 4))) / 16
    for scale in range(3):
        block = np.full((4, 4), (variance[scale] - 4 * item[scale]) / 12)
        np.fill_diagonal(block, item[scale])
        covariance[4 * scale : 4 * scale + 4, 4 * scale : 4 * scale + 4] = block
    z = np.random.default_rng(2).normal(size=(328, 12))
    z = np.linalg.solve(np.linalg.cholesky(np.cov(z, rowvar=False)), (z - z.mean(axis=0)).T).T @ np.linalg.cholesky(covariance).T
    assert float(z.sum(axis=1).var(ddof=1)) == printed(total, 3)
    rows = from_wide(pd.DataFrame(z), columns="item")
    assert measure(cronbach_alpha(rows).iloc[:1], "cronbach_alpha") == printed(alpha_total, 3)
    found = subscore_value(rows, {i: "ABC"[i // 4] for i in range(12)}).pivot_table(index="term", columns="measure", values="estimate")
    assert found["prmse_subscore"].tolist() == [printed(v, 3) for v in alpha]
    too_much = (1 - np.sqrt(alpha_total)) * error / np.sqrt(true * total)
    assert ((np.sqrt(found["prmse_total"]) + too_much) ** 2).tolist() == [printed(v, 3) for v in (0.638, 0.697, 0.468)]
    assert found["prmse_gain"].round(2).tolist() == [-0.01, -0.19, 0.22]
