"""Double ratings: RSMTool's test values and functions, known truth, data without double ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.fairness.true_score import components, prmse, true_score_gaps

_ = np.nan
# ratings and system scores from RSMTool's tests/data/files/prmse_data.csv, some ratings taken out
HUMAN = [[3, 3, 4, 3], [1, 2, 3, 1], [3, 3, 3, 2], [2, 1, 2, 1], [2, 2, 3, 2], [0, 0, 0, 0], [4, 1, 4, 3], [1, 1, _, _], [4, _, 2, _],
         [1, _, _, _], [4, 3, 3, 3], [3, 0, 2, 2]]
SYSTEM = [2.880846724, 2.497080351, 1.88566699, 2.138713632, 2.354959666, 0.76432395, 3.057441551, 1.815226329, 2.726850348, 1.551993362,
          3.417045736, 2.312252825]


def test_values_of_rsmtools_own_tests():
    """RSMTool, tests/test_prmse_utils.py: variance of errors 0 and 0.5; mean squared error 2/3 where ratings have no error."""
    assert components([[k, k] for k in (1, 2, 3, 1, 2, 3)]).error == 0
    assert components(np.transpose([[1, 2, 3, 1, 2], [2, 1, 4, 2, 3]])).error == 0.5
    ratings = [[k, k] for k in (1, 2, 3, 4, 5, 6)]
    assert prmse([2, 3, 2, 3, 5, 6], ratings)[1] == pytest.approx(4 / 6)


def test_rsmtools_functions_on_ratings_with_gaps():
    """Run with rsmtool 12.0.0: variance_of_errors, true_score_variance, mse_true, prmse_true."""
    found = components(HUMAN)
    assert (found.error, found.level) == pytest.approx((0.6724137931034483, 0.8987181801769274))
    assert prmse(SYSTEM, HUMAN) == pytest.approx((0.8675072690022396, 0.11907362608897842))


def test_variances_and_gap_of_a_known_truth():
    rng = np.random.default_rng(3)
    n = 4000
    group = np.repeat(["F", "M"], n // 2)
    level = rng.normal(0, 1, n) + 0.5 * (group == "F")
    ratings = level[:, None] + rng.normal(0, 0.8, (n, 2))
    ratings[rng.random(n) < 0.7, 1] = np.nan
    objects = pd.DataFrame(ratings, columns=["a", "b"]).assign(sex=group, official=level + rng.normal(0, 0.5, n))
    found = true_score_gaps(objects, attribute="sex", ratings=["a", "b"], reference="M", predictor="official", draws=60).set_index("measure")
    spread = np.sqrt(1 + 0.25 * 0.25)
    assert found.loc["error_variance", "estimate"] == pytest.approx(0.64, abs=0.05)
    assert found.loc["level_variance", "estimate"] == pytest.approx(spread**2, abs=0.1)
    assert found.loc["prmse_single_rating", "estimate"] == pytest.approx(spread**2 / (spread**2 + 0.64), abs=0.03)
    assert found.loc["prmse", "estimate"] == pytest.approx(1 - 0.25 / spread**2, abs=0.05)
    assert found.loc["true_score_gap", "conf_low"] < 0.5 / spread < found.loc["true_score_gap", "conf_high"]
    apart = 0.5 / np.sqrt(spread**2 + 0.25) - 0.5 / spread
    assert found.loc["difference_of_standardised_means", "conf_low"] < apart < found.loc["difference_of_standardised_means", "conf_high"]


ROWS = pd.DataFrame({"sex": ["F", "M"] * 10, "a": [1.0, 2.0, 3.0, 4.0] * 5, "b": [2.0, 2.0, 3.0, 3.0] * 5})
ASK = {"attribute": "sex", "ratings": ["a", "b"], "reference": "M", "draws": 20}


@pytest.mark.parametrize(("rows", "reason"), [
    (ROWS.assign(b=np.nan), "too_few_double_ratings"), (ROWS.iloc[:0], "too_few_double_ratings"),
    (ROWS.assign(a=np.nan, b=np.nan), "too_few_double_ratings"),
    (ROWS.assign(a=1.0, b=1.0), "levels_do_not_differ"), (ROWS.assign(a=[1.0, 3.0] * 10, b=[3.0, 1.0] * 10), "levels_do_not_differ")])
def test_data_without_an_answer(rows, reason):
    found = true_score_gaps(rows, **ASK)
    assert set(found["status"]) == {"not_estimable"}
    assert set(found["reason"]) == {reason}


def test_one_group_a_constant_predictor_and_wrong_shapes():
    alone = true_score_gaps(ROWS.assign(sex="F"), **ASK).set_index("measure")
    assert alone.loc["true_score_gap", "reason"] == "group_not_in_data"
    flat = true_score_gaps(ROWS.assign(official=2.0), predictor="official", **ASK).set_index("measure")
    assert flat.loc["difference_of_standardised_means", ["status", "reason"]].tolist() == ["not_estimable", "no_variation"]
    assert not np.isinf(flat.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)).any()
    with pytest.raises(EstimationError, match="no column"):
        true_score_gaps(ROWS, **{**ASK, "ratings": ["a", "c"]})
    with pytest.raises(EstimationError, match="row an object"):
        components([1.0, 2.0])
    with pytest.raises(EstimationError, match="one number"):
        prmse([1.0], HUMAN)
