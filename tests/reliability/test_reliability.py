"""Internal consistency, intraclass correlation, generalizability, subscores, decisions: printed examples, second paths, truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.reliability.decision_consistency import decision_consistency
from evalkit.reliability.generalizability import g_study
from evalkit.reliability.internal_consistency import cronbach_alpha, mcdonald_omega, standard_error_of_measurement
from evalkit.reliability.intraclass import icc, icc_incomplete
from evalkit.reliability.subscores import subscore_value

# P. E. Shrout, J. L. Fleiss (1979), table 2: six targets, four judges
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# R. L. Brennan (2001), synthetic data set no. 4: ten persons, three tasks, four raters within each task
BRENNAN_4 = [[5, 9, 3, 7, 9, 3, 7, 5, 9, 4], [6, 3, 4, 5, 2, 4, 3, 8, 9, 4], [5, 7, 3, 5, 9, 3, 7, 5, 8, 4], [5, 7, 3, 3, 7, 5, 7, 7, 8, 3],
             [5, 7, 5, 3, 7, 3, 7, 7, 6, 3], [3, 5, 3, 1, 7, 3, 5, 5, 6, 5], [4, 5, 3, 4, 3, 6, 5, 5, 6, 6], [5, 5, 5, 3, 7, 3, 7, 4, 5, 5],
             [6, 7, 6, 5, 2, 4, 5, 3, 5, 5], [7, 7, 5, 3, 7, 5, 5, 2, 8, 7], [3, 5, 1, 3, 5, 1, 5, 1, 1, 1], [3, 2, 6, 5, 3, 2, 4, 1, 1, 1]]


def long(table, columns=("object_id", "rater_id", "rating")) -> pd.DataFrame:
    return pd.DataFrame([(i, r, v) for i, row in enumerate(table) for r, v in enumerate(row)], columns=list(columns))


def items(table) -> pd.DataFrame:
    return long(table, ("object_id", "item", "rating"))


def test_shrout_and_fleiss_as_printed():
    found = icc(long(SHROUT_FLEISS)).set_index("measure")
    printed = {"icc_1_1": 0.17, "icc_2_1": 0.29, "icc_3_1": 0.71, "icc_1_k": 0.44, "icc_2_k": 0.62, "icc_3_k": 0.91}
    for measure, value in printed.items():
        assert found.loc[measure, "estimate"] == pytest.approx(value, abs=0.005), measure
    # limits as psych and SPSS print them for these data
    for measure, low, high in [("icc_1_1", -0.133, 0.723), ("icc_2_1", 0.019, 0.761), ("icc_3_1", 0.342, 0.946)]:
        assert found.loc[measure, "conf_low"] == pytest.approx(low, abs=0.0006), measure
        assert found.loc[measure, "conf_high"] == pytest.approx(high, abs=0.0006), measure


def test_incomplete_icc_equals_the_complete_one_where_nothing_is_missing():
    complete = icc(long(SHROUT_FLEISS)).set_index("measure")["estimate"]
    found = icc_incomplete(long(SHROUT_FLEISS), draws=0).set_index("measure")["estimate"]
    assert found["icc_agreement"] == pytest.approx(complete["icc_2_1"], abs=1e-4)
    assert found["icc_consistency"] == pytest.approx(complete["icc_3_1"], abs=1e-4)
    assert found["icc_agreement_mean"] == pytest.approx(complete["icc_2_k"], abs=1e-4)


def test_incomplete_icc_finds_the_truth():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame([(o, r) for o in range(300) for r in rng.choice(25, rng.integers(1, 4), replace=False)], columns=["object_id", "rater_id"])
    rows["rating"] = rng.normal(0, 1, 300)[rows["object_id"]] + rng.normal(0, 0.5, 25)[rows["rater_id"]] + rng.normal(0, 0.7, len(rows))
    found = icc_incomplete(rows, draws=39).set_index("measure")
    assert found.loc["icc_agreement", "conf_low"] < 1 / (1 + 0.25 + 0.49) < found.loc["icc_agreement", "conf_high"]
    assert found.loc["icc_consistency", "estimate"] == pytest.approx(1 / 1.49, abs=0.08)


def test_brennans_synthetic_data_set_4():
    rows = pd.DataFrame([(p, t, r, BRENNAN_4[4 * t + r][p]) for p in range(10) for t in range(3) for r in range(4)],
                        columns=["object_id", "task", "rater_id", "rating"])
    study = g_study(rows, ["task", "rater_id"], nested={"rater_id": "task"})
    found = study.components.set_index("effect")["variance"]
    printed = {"object_id": 0.4731, "task": 0.3252, "task x rater_id": 0.6475, "object_id x task": 0.5596, "object_id x task x rater_id": 2.3802}
    for effect, value in printed.items():
        assert found[effect] == pytest.approx(value, abs=6e-5), effect
    row = study.d_study({"task": 3, "rater_id": 4}).iloc[0]
    assert row["generalizability"] == pytest.approx(0.55, abs=0.005) and row["dependability"] == pytest.approx(0.46, abs=0.005)


def test_one_facet_generalizability_is_alpha():
    """For persons by items the relative coefficient is Cronbach's alpha (Brennan 2001, section 2.3)."""
    rows = long(SHROUT_FLEISS)
    alpha = cronbach_alpha(rows.rename(columns={"rater_id": "item"})).loc[0, "estimate"]
    row = g_study(rows, ["rater_id"]).d_study({"rater_id": 4}).iloc[0]
    assert row["generalizability"] == pytest.approx(alpha, abs=1e-6)
    assert row["generalizability"] == pytest.approx(icc(rows).set_index("measure").loc["icc_3_k", "estimate"], abs=1e-6)


def test_feldts_interval_by_his_formula():
    """L. Feldt (1965), Psychometrika 30, 357-370: (1 - alpha) / (1 - observed) has an F of n - 1 and (n - 1)(k - 1)."""
    from scipy import stats

    data = np.random.default_rng(3).normal(size=(41, 1)) + np.random.default_rng(4).normal(size=(41, 26))
    row = cronbach_alpha(items(data)).iloc[0]
    variances = data.var(axis=0, ddof=1)
    observed = 26 / 25 * (1 - variances.sum() / data.sum(axis=1).var(ddof=1))
    assert row["estimate"] == pytest.approx(observed)
    f = stats.f(40, 40 * 25)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([1 - (1 - observed) * f.ppf(0.975), 1 - (1 - observed) * f.ppf(0.025)])


def test_feldts_interval_covers():
    rng = np.random.default_rng(9)
    true = 4 * 1.0 / (4 * 1.0 + 1.5)  # four parallel items, error variance 1.5
    hits = 0
    for _ in range(80):
        data = rng.normal(size=(40, 1)) + rng.normal(0, np.sqrt(1.5), (40, 4))
        row = cronbach_alpha(items(data)).iloc[0]
        hits += int(row["conf_low"] <= true <= row["conf_high"])
    assert 69 <= hits <= 80  # 76 expected, standard error 1.9


def test_alpha_without_an_item_is_alpha_of_the_rest():
    rng = np.random.default_rng(2)
    data = rng.normal(size=(50, 1)) + rng.normal(size=(50, 5))
    found = cronbach_alpha(items(data))
    without = found.query("measure == 'alpha_if_deleted' and term == '2'")["estimate"].iloc[0]
    assert without == pytest.approx(cronbach_alpha(items(np.delete(data, 2, axis=1))).loc[0, "estimate"])
    rest = found.query("measure == 'item_rest_correlation' and term == '2'")["estimate"].iloc[0]
    assert rest == pytest.approx(np.corrcoef(data[:, 2], np.delete(data, 2, axis=1).sum(axis=1))[0, 1])


def test_omega_is_alpha_for_equal_loadings_and_more_for_unequal_ones():
    rng = np.random.default_rng(4)
    equal = rng.normal(size=(3000, 1)) + rng.normal(size=(3000, 5))
    assert mcdonald_omega(items(equal), draws=0).loc[0, "estimate"] == pytest.approx(cronbach_alpha(items(equal)).loc[0, "estimate"], abs=0.005)
    loadings = np.array([0.2, 0.5, 1.0, 1.5, 2.0])
    unequal = rng.normal(size=(3000, 1)) * loadings + rng.normal(size=(3000, 5))
    truth = loadings.sum() ** 2 / (loadings.sum() ** 2 + 5)
    found = mcdonald_omega(items(unequal), draws=40).iloc[0]
    assert found["estimate"] == pytest.approx(truth, abs=0.01) and found["conf_low"] < truth < found["conf_high"]
    assert found["estimate"] > cronbach_alpha(items(unequal)).loc[0, "estimate"]


def test_subscores_add_value_only_when_they_differ():
    rng = np.random.default_rng(6)
    names = {f"{s}{i}": s for s in "AB" for i in range(4)}

    def gains(correlation: float) -> pd.Series:
        a = rng.normal(size=4000)
        b = correlation * a + np.sqrt(1 - correlation**2) * rng.normal(size=4000)
        table = pd.DataFrame({i: (a if s == "A" else b) + rng.normal(0, 1.3, 4000) for i, s in names.items()}).rename_axis("object_id")
        found = subscore_value(table.reset_index().melt("object_id", var_name="item", value_name="rating"), names)
        return found.set_index(["measure", "term"])["estimate"]

    apart, near = gains(0.3), gains(0.97)
    assert (apart["prmse_gain"] > 0).all() and (near["prmse_gain"] < 0).all()
    # the truth: reliability 4/(4 + 1.69), and the squared correlation of the true subscore with the observed total
    reliability = 4 / (4 + 1.69)
    total = (16 + 16 * 0.3) ** 2 / (16 * (2 * 16 + 2 * 16 * 0.3 + 8 * 1.69))
    assert apart["prmse_subscore"].to_numpy() == pytest.approx([reliability] * 2, abs=0.02)
    assert apart["prmse_total"].to_numpy() == pytest.approx([total] * 2, abs=0.02)


def test_consistency_at_the_mean_is_sheppards_formula():
    scores = pd.Series(np.random.default_rng(1).normal(size=2000))
    scores = (scores - scores.mean()) / scores.std()
    for reliability in (0.2, 0.5, 0.8, 0.95):
        found = decision_consistency(scores, [0.0], reliability).set_index("measure")["estimate"]
        assert found["decision_consistency"] == pytest.approx(0.5 + np.arcsin(reliability) / np.pi, abs=1e-6)
        assert found["decision_accuracy"] == pytest.approx(0.5 + np.arcsin(np.sqrt(reliability)) / np.pi, abs=1e-6)
        assert found["decision_kappa"] == pytest.approx(2 * np.arcsin(reliability) / np.pi, abs=1e-6)


def test_consistency_of_three_classes_by_simulation():
    rng = np.random.default_rng(8)
    true = rng.normal(size=200_000) * np.sqrt(0.7)
    first, second = (true + rng.normal(size=200_000) * np.sqrt(0.3) for _ in range(2))
    cuts = [-1.0, 0.5]
    found = decision_consistency(pd.Series(first), cuts, 0.7).set_index("measure")["estimate"]
    assert found["decision_consistency"] == pytest.approx(np.mean(np.digitize(first, cuts) == np.digitize(second, cuts)), abs=0.006)
    assert found["decision_accuracy"] == pytest.approx(np.mean(np.digitize(first, cuts) == np.digitize(true, cuts)), abs=0.006)


def test_feldts_limits_as_printed():
    """C. Evans's example on the MRC CBU statistics wiki, page "FAQ/cafun": alpha 0.913, 873 people, 20 items, limits to seven places.

    The items have exactly this alpha: a column that all share and uncorrelated ones beside it, ``r = alpha / (k - alpha (k - 1))``.
    """
    alpha, people, count = 0.913, 873, 20
    drawn = np.random.default_rng(5).normal(size=(people, count + 1))
    apart = np.linalg.qr(drawn - drawn.mean(axis=0))[0] * np.sqrt(people - 1)
    r = alpha / (count - alpha * (count - 1))
    found = cronbach_alpha(items(np.sqrt(r) * apart[:, [0]] + np.sqrt(1 - r) * apart[:, 1:])).iloc[0]
    assert found["estimate"] == pytest.approx(alpha, abs=1e-12)
    assert (round(found["conf_low"], 7), round(found["conf_high"], 7)) == (0.9044024, 0.9211588)


def test_standard_error_of_measurement():
    assert standard_error_of_measurement(15, 0.91) == pytest.approx(4.5)
    with pytest.raises(EstimationError, match="0 to 1"):
        standard_error_of_measurement(15, 1.2)


@pytest.mark.parametrize("table", [[], [[3, 3, 3], [3, 3, 3]], [[1, 2, 3]], [[1], [2], [3]]])
def test_degenerate_data_have_a_status_and_a_reason(table):
    rows = long(table)
    own = rows.rename(columns={"rater_id": "item"})
    for frame in (icc(rows), icc_incomplete(rows, draws=3), cronbach_alpha(own), mcdonald_omega(own, draws=3)):
        assert frame["status"].eq("not_estimable").all() and frame["reason"].str.len().gt(0).all()
    study = g_study(rows, ["rater_id"])
    assert study.status == "not_estimable" and study.d_study({"rater_id": 2}).loc[0, "reason"] == study.reason
    assert decision_consistency(pd.Series([1.0, 1.0]), [0.5], 0.5)["reason"].eq("no_variation").all()


def test_arguments_that_cannot_be_meant_are_refused():
    rows = long(SHROUT_FLEISS)
    with pytest.raises(EstimationError, match="no column"):
        icc(rows, rater="judge")
    with pytest.raises(EstimationError, match="rise"):
        decision_consistency(pd.Series([1.0, 2.0]), [1.0, 1.0], 0.5)
    with pytest.raises(EstimationError, match="each of the facets"):
        g_study(rows, ["rater_id"]).d_study({"rater_id": 0})
    with pytest.raises(EstimationError, match="within"):
        g_study(rows.assign(item=1), ["rater_id", "item"], nested={"rater_id": "occasion"})
    with pytest.raises(EstimationError, match="None of the items"):
        subscore_value(items(SHROUT_FLEISS), {"x": "A"})


def test_limits_of_incomplete_designs_come_near_the_exact_ones_where_nothing_is_missing():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"object_id": np.repeat(range(40), 3), "rater_id": np.tile(range(3), 40),
                         "rating": np.repeat(rng.normal(size=40), 3) + rng.normal(0, 0.8, 120)})
    exact = icc(rows).set_index("measure").loc["icc_3_1"]
    found = icc_incomplete(rows, draws=400).set_index("measure").loc["icc_consistency"]
    assert found["estimate"] == pytest.approx(exact["estimate"], abs=0.01)
    assert found["conf_low"] == pytest.approx(exact["conf_low"], abs=0.04) and found["conf_high"] == pytest.approx(exact["conf_high"], abs=0.04)
    nothing = rows.assign(rating=rng.normal(size=120))
    low, high = icc_incomplete(nothing, draws=100).set_index("measure").loc["icc_consistency", ["conf_low", "conf_high"]]
    assert low == 0.0 and 0.05 < high < 0.6
