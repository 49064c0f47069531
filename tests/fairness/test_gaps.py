"""Gaps: public cases, a second path, constant and tiny groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from evalkit.errors import EstimationError
from evalkit.fairness.gaps import rate_gaps, standardised_gaps


def test_pc27_gap_from_seventeen_people_and_three_said_to_be_left_out(shared):
    rows = pd.read_csv(shared / "cases" / "pc27-attribute-missing.csv")
    found = rate_gaps(rows.assign(top=rows["predikat"] == "SANGAT BAIK"), attribute="sex", outcome="top", reference="L",
                      period="2026-Q1").set_index("measure")
    gap = found.loc["rate_difference"]
    assert (gap["group"], gap["n"], gap["period"], gap["method"]) == ("P - L", 17, "2026-Q1", "newcombe")
    assert gap["estimate"] == pytest.approx(-0.16666666666666669, abs=1e-9)
    assert gap[["conf_low", "conf_high"]].tolist() == pytest.approx([-0.5221441586839646, 0.25610510912723966], abs=1e-6)
    assert gap[["conf_low", "conf_high"]].tolist() == pytest.approx(confint_proportions_2indep(3, 9, 4, 8, method="newcomb"), abs=1e-9)
    assert found.loc["attribute_unknown", "n"] == 3
    assert found.loc["rate_ratio", "estimate"] == pytest.approx(2 / 3)


def test_pc45_divided_by_a_named_spread_of_all_or_of_two(shared):
    rows = pd.read_csv(shared / "cases" / "pc45-standardised-gap.csv")
    found = standardised_gaps(rows, attribute="employment", score="score", reference="pns")
    values = {(r.group, r.measure, r.method if isinstance(r.method, str) else ""): r.estimate for r in found.itertuples()}
    smd = "standardised_mean_difference"
    assert values["pppk - pns", "mean_difference", ""] == pytest.approx(-6.75, abs=1e-9)
    assert values["pppk_paruh_waktu - pns", "mean_difference", ""] == pytest.approx(-5.0, abs=1e-9)
    assert values["pppk - pns", smd, "sd_of_all"] == pytest.approx(-1.0808050551082808, abs=1e-9)
    assert values["pppk_paruh_waktu - pns", smd, "sd_of_all"] == pytest.approx(-0.8005963371172451, abs=1e-9)
    assert values["pppk - pns", smd, "sd_pooled_of_two"] == pytest.approx(-1.0990694263679623, abs=1e-9)
    assert np.isfinite(found["estimate"].to_numpy()).all()  # the constant group has a finite gap
    assert found.loc[found["measure"] == smd, "method"].notna().all()


def test_nobody_in_the_reference_has_the_outcome():
    rows = pd.DataFrame({"g": list("aabb"), "top": [False, False, True, False]})
    ratio = rate_gaps(rows, attribute="g", outcome="top", reference="a").set_index("measure").loc["rate_ratio"]
    assert (ratio["status"], ratio["reason"]) == ("not_estimable", "no_outcome_in_reference")
    assert pd.isna(ratio["estimate"])


@pytest.mark.parametrize(("scores", "reason"), [([5.0, 5.0, 5.0, 5.0], "no_variation"), ([1.0, 2.0], "group_of_one")])
def test_a_spread_of_nothing_has_a_reason(scores, reason):
    rows = pd.DataFrame({"g": ["a", "b"] * (len(scores) // 2), "s": scores})
    found = standardised_gaps(rows, attribute="g", score="s", reference="a")
    assert reason in found["reason"].dropna().tolist()
    assert not np.isinf(found["estimate"].to_numpy()).any()


def test_groups_of_one_and_no_reference():
    one = pd.DataFrame({"g": ["a", "b", None], "s": [1.0, 3.0, 8.0], "top": [True, False, True]})
    assert len(rate_gaps(one, attribute="g", outcome="top", reference="a")) == 3
    for function, column in ((rate_gaps, "top"), (standardised_gaps, "s")):
        key = "outcome" if column == "top" else "score"
        with pytest.raises(EstimationError, match="reference"):
            function(one, attribute="g", reference="z", **{key: column})
        with pytest.raises(EstimationError, match="no column"):
            function(one, attribute="h", reference="a", **{key: column})
    arrow = one.convert_dtypes(dtype_backend="pyarrow")
    assert rate_gaps(arrow, attribute="g", outcome="top", reference="a")["estimate"].tolist()[0] == -1.0


def test_simulated_truth_is_inside_its_interval_as_often_as_promised():
    """Rates of 0.12 and 0.05 in groups of 200 and 150: the true difference of 0.07."""
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(300):
        top = np.concatenate([rng.random(200) < 0.12, rng.random(150) < 0.05])
        rows = pd.DataFrame({"g": ["a"] * 200 + ["b"] * 150, "top": top})
        gap = rate_gaps(rows, attribute="g", outcome="top", reference="b").iloc[0]
        inside += gap["conf_low"] <= 0.07 <= gap["conf_high"]
    assert 0.91 <= inside / 300 <= 0.985


def test_with_a_level_the_gap_of_means_is_welchs_and_d_inverts_the_noncentral_t():
    rng = np.random.default_rng(3)
    for shift in (0.8, -0.4, 0.0):
        rows = pd.DataFrame({"g": ["a"] * 30 + ["b"] * 20, "s": np.r_[rng.normal(shift, 1, 30), rng.normal(0, 1, 20)]})
        found = standardised_gaps(rows, attribute="g", score="s", reference="b", level=0.95).set_index(["measure", "method"])
        one, zero = rows.loc[rows["g"] == "a", "s"], rows.loc[rows["g"] == "b", "s"]
        peer = stats.ttest_ind(one, zero, equal_var=False)
        row = found.loc["mean_difference"].iloc[0]
        interval = peer.confidence_interval(0.95)
        assert row[["p_value", "conf_low", "conf_high"]].astype(float).tolist() == pytest.approx([peer.pvalue, interval.low, interval.high])
        d = found.loc[("standardised_mean_difference", "sd_pooled_of_two")]
        scale = np.sqrt(30 * 20 / 50)
        tails = [stats.nct.sf(d["estimate"] * scale, 48, d["conf_low"] * scale), stats.nct.cdf(d["estimate"] * scale, 48, d["conf_high"] * scale)]
        assert tails == pytest.approx([0.025, 0.025], abs=1e-4)
        assert pd.isna(found.loc[("standardised_mean_difference", "sd_of_all"), "conf_low"])
    flat = standardised_gaps(pd.DataFrame({"g": list("aabb"), "s": [1.0] * 4}), attribute="g", score="s", reference="b", level=0.95)
    assert flat["conf_low"].isna().all()
    assert set(flat["role"]) == {"descriptive"}
