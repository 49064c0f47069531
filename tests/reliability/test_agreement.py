"""Agreement coefficients: printed examples, the peers' figures, public cases, degenerate data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from evalkit.errors import EstimationError
from evalkit.reliability import agreement_coefficients, cohen_kappa, krippendorff_alpha

# K. Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C; also Gwet's four raters and twelve units
FOUR_RATERS = [[1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4], [1, 1, 2, 1],
               [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1], [None, None, 3, None]]


def long(table) -> pd.DataFrame:
    return pd.DataFrame([(i, r, v) for i, row in enumerate(table) for r, v in enumerate(row)], columns=["object_id", "rater_id", "rating"])


def value(frame: pd.DataFrame, measure: str, column: str = "estimate") -> float:
    return float(frame.set_index("measure").loc[measure, column])


@pytest.mark.parametrize(("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)])
def test_alpha_as_krippendorff_prints_it(level, printed):
    row = krippendorff_alpha(long(FOUR_RATERS), level).iloc[0]
    assert row["estimate"] == pytest.approx(printed, abs=0.0006)
    assert row["conf_low"] < row["estimate"] < row["conf_high"] and row["n"] == 11


def test_gwets_four_raters_with_errors():
    """K. L. Gwet's raw data of four raters, as the documentation of irrCAC prints them: coefficient and standard error."""
    found = agreement_coefficients(long(FOUR_RATERS))
    printed = {"percent_agreement": (0.81818, 0.12561), "gwet_ac1": (0.77544, 0.14295), "fleiss_kappa": (0.76117, 0.15302),
               "brennan_prediger": (0.77273, 0.14472), "krippendorff_alpha": (0.74342, 0.14557)}
    for measure, (coefficient, error) in printed.items():
        assert value(found, measure) == pytest.approx(coefficient, abs=6e-6), measure
        if error:
            assert value(found, measure, "std_error") == pytest.approx(error, abs=6e-6), measure


def test_fleiss_as_in_statsmodels_on_complete_data():
    rng = np.random.default_rng(3)
    table = rng.integers(1, 5, (30, 6))
    table[:15] = table[:15, :1]
    counts = np.array([[np.sum(row == k) for k in range(1, 5)] for row in table])
    assert value(agreement_coefficients(long(table)), "fleiss_kappa") == pytest.approx(fleiss_kappa(counts), abs=1e-12)


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
def test_cohen_as_in_statsmodels(weights):
    rng = np.random.default_rng(7)
    first = rng.integers(0, 4, 80)
    second = np.where(rng.random(80) < 0.6, first, rng.integers(0, 4, 80))
    table = np.zeros((4, 4))
    np.add.at(table, (first, second), 1)
    peer = cohens_kappa(table, wt=None if weights == "identity" else weights)
    row = cohen_kappa(long(np.column_stack([first, second])), weights=weights).iloc[0]
    assert row["estimate"] == pytest.approx(peer.kappa, abs=1e-12)
    assert row["std_error"] == pytest.approx(peer.std_kappa, rel=1e-9)


def test_both_left_it_blank(shared):
    """Public case pc17."""
    rows = pd.read_csv(shared / "cases" / "pc17-both-left-it-blank.csv", keep_default_na=False)
    rows = rows.melt("object_id", var_name="rater_id", value_name="rating")
    order = ["Cukup", "Baik", "Sangat Baik"]
    known = {"identity": 0.3548387096774193, "linear": 0.45945945945945943, "quadratic": 0.5918367346938775}
    for weights, expected in known.items():
        row = cohen_kappa(rows, categories=order, weights=weights).iloc[0]
        assert row["estimate"] == pytest.approx(expected, abs=1e-9) and row["n"] == 10
        assert row["estimand"] == "objects_left_out=4"
    assert value(agreement_coefficients(rows, categories=order), "percent_agreement") == pytest.approx(0.6, abs=1e-12)


def test_objects_with_one_to_four_raters(shared):
    """Public case pc18."""
    rows = pd.read_csv(shared / "cases" / "pc18-unequal-raters.csv")
    for level, expected in {"nominal": 0.36401673640167365, "ordinal": 0.8266340668296659, "interval": 0.8181818181818182}.items():
        row = krippendorff_alpha(rows, level).iloc[0]
        assert row["estimate"] == pytest.approx(expected, abs=1e-9)
        assert "objects_with_one_rating=1" in row["estimand"] and "ratings_paired=25" in row["estimand"]


def test_nobody_ever_differs(shared):
    """Public case pc14: agreement is 1, kappa and alpha cannot be told, AC1 comes with its reason."""
    rows = pd.read_csv(shared / "cases" / "pc14-no-variation.csv")
    found = agreement_coefficients(rows, categories=[1, 2, 3, 4, 5]).set_index("measure")
    assert found.loc["percent_agreement", "estimate"] == 1.0
    assert found.loc["gwet_ac1", "estimate"] == pytest.approx(1.0, abs=1e-12) and found.loc["gwet_ac1", "reason"] == "no_variation"
    assert found.loc["brennan_prediger", "estimate"] == pytest.approx(1.0, abs=1e-12)
    for measure in ("fleiss_kappa", "krippendorff_alpha"):
        assert found.loc[measure, "status"] == "not_estimable" and found.loc[measure, "reason"] == "no_variation"
    assert krippendorff_alpha(rows, "interval").loc[0, "reason"] == "no_variation"


def test_intervals_cover_the_agreement_of_all_objects():
    """3,000 objects are the truth; samples of 60 cover it."""
    rng = np.random.default_rng(11)
    true = rng.integers(1, 4, 3000)
    table = np.where(rng.random((3000, 3)) < 0.7, true[:, None], rng.integers(1, 4, (3000, 3)))
    whole = agreement_coefficients(long(table)).set_index("measure")["estimate"]
    hits = dict.fromkeys(["fleiss_kappa", "gwet_ac1", "krippendorff_alpha"], 0)
    for _ in range(60):
        found = agreement_coefficients(long(table[rng.choice(3000, 60, replace=False)])).set_index("measure")
        for measure in hits:
            hits[measure] += int(found.loc[measure, "conf_low"] <= whole[measure] <= found.loc[measure, "conf_high"])
    assert all(50 <= h <= 60 for h in hits.values()), hits  # 57 expected, standard error 1.7


@pytest.mark.parametrize(("rows", "reason"), [([], "no_object_rated_twice"), ([[1, None], [None, 2]], "no_object_rated_twice"),
                                              ([[None, None]], "no_object_rated_twice")])
def test_degenerate_data_have_a_reason(rows, reason):
    frame = long(rows)
    assert set(agreement_coefficients(frame)["reason"]) == {reason}
    assert krippendorff_alpha(frame).loc[0, "reason"] == reason
    assert cohen_kappa(frame).loc[0, "status"] == "not_estimable"


def test_what_cannot_be_meant_is_refused():
    rows = long([[1, 2], [2, 2]])
    with pytest.raises(EstimationError, match="rated twice by one rater"):
        agreement_coefficients(pd.concat([rows, rows]))
    with pytest.raises(EstimationError, match="declared"):
        agreement_coefficients(rows, categories=[1])
    with pytest.raises(EstimationError, match="needs numbers"):
        krippendorff_alpha(rows.assign(rating=["a", "b", "b", "b"]), "interval")
    assert cohen_kappa(long([[1, 2, 1]])).loc[0, "reason"] == "not_two_raters"
