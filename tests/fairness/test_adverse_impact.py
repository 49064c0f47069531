"""Adverse impact: the public case, whole numbers at four fifths, a fair process, court records."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from evalkit.errors import EstimationError
from evalkit.fairness.adverse_impact import adverse_impact, adverse_impact_counts, fair_below_four_fifths


def expected(shared, case: str) -> dict:
    values = json.loads((shared / "cases" / "expected.json").read_text(encoding="utf-8"))["cases"][case]["values"]
    return {v["quantity"]: v["value"] for v in values}


def test_pc29_three_groups_and_a_good_outcome(shared):
    rows, wanted = pd.read_csv(shared / "cases" / "pc29-three-groups.csv"), expected(shared, "pc29")
    found = adverse_impact(rows.assign(top=rows["predikat"] == "SANGAT BAIK"), attribute="employment", outcome="top",
                           reference="pns").set_index("group")
    assert found["rate"].to_dict() == pytest.approx(wanted["rates of Sangat Baik"], abs=1e-9)
    assert found.loc["pppk", "impact_ratio"] == pytest.approx(wanted["ratio pppk to pns"], abs=1e-9)
    assert found.loc["pppk_paruh_waktu", "impact_ratio"] == pytest.approx(wanted["ratio pppk_paruh_waktu to pns"], abs=1e-9)
    assert found.loc["pppk", "p_value"] == pytest.approx(wanted["Fisher p, pppk against pns"], abs=1e-6)
    assert found.loc["pppk_paruh_waktu", "p_value"] == pytest.approx(wanted["Fisher p, pppk_paruh_waktu against pns"], abs=1e-6)
    assert found.loc[["pppk", "pppk_paruh_waktu"], "below_four_fifths"].all()
    assert (found["impact_ratio"] <= 1).all()
    # groups of 6 and 20: a fair process is marked in nearly a third of cases
    assert found.loc["pppk_paruh_waktu", "fair_below_four_fifths"] > 0.3


def test_pc29_a_bad_outcome_is_compared_by_its_absence(shared):
    rows, wanted = pd.read_csv(shared / "cases" / "pc29-three-groups.csv"), expected(shared, "pc29")
    below = rows.assign(below=~rows["predikat"].isin(["BAIK", "SANGAT BAIK"]))
    found = adverse_impact(below, attribute="employment", outcome="below", reference="pns", favourable=False).set_index("group")
    assert found["rate"].to_dict() == pytest.approx(wanted["rates of below Baik"], abs=1e-9)
    assert found.loc["pppk", "impact_ratio"] == pytest.approx(wanted["ratio of not being below Baik, pppk to pns"], abs=1e-9)
    assert found.loc["pppk", "outcome_ratio"] == pytest.approx(5.0)
    assert found.loc["pppk", "p_value"] == pytest.approx(wanted["Fisher p for below Baik, pppk against pns"], abs=1e-6)


def test_exactly_four_fifths_is_not_marked_whatever_floating_point_says():
    for k in range(1, 60):
        found = adverse_impact_counts({"a": (10 * k, 30 * k), "b": (8 * k, 30 * k), "c": (8 * k - 1, 30 * k)}, reference="a")
        assert found["below_four_fifths"].tolist() == [False, False, True]


def test_the_reference_is_the_highest_rate_and_a_missing_attribute_is_compared_with_nobody():
    rows = pd.DataFrame({"g": ["a"] * 4 + ["b"] * 4 + [None] * 2, "in": [1, 1, 0, 0, 1, 1, 1, 0, 1, 1]}).astype({"in": bool})
    found = adverse_impact(rows, attribute="g", outcome="in").set_index("group")
    assert set(found["reference"]) == {"b"}
    assert found.loc["unknown", ["n", "count", "status", "reason"]].tolist() == [2, 2, "not_estimable", "attribute_unknown"]
    assert found.loc["a", "impact_ratio"] == pytest.approx(2 / 3)
    assert found["n"].sum() == 10


@pytest.mark.parametrize(("counts", "reason"), [({"a": (0, 5), "b": (0, 4)}, "nobody_selected_in_reference"),
                                                ({"a": (1, 5), "b": (0, 0)}, "empty_group"), ({}, None)])
def test_degenerate_counts_have_an_answer(counts, reason):
    found = adverse_impact_counts(counts)
    assert len(found) == len(counts)
    assert reason is None or reason in found["reason"].tolist()
    assert not np.isinf(found.select_dtypes("Float64").to_numpy(dtype=float, na_value=0)).any()


def test_a_reference_of_nobody_is_refused():
    with pytest.raises(EstimationError, match="reference"):
        adverse_impact_counts({"a": (1, 2)}, reference="z")
    with pytest.raises(EstimationError, match="no column"):
        adverse_impact(pd.DataFrame({"g": ["a"]}), attribute="g", outcome="in")
    with pytest.raises(EstimationError, match="rate"):
        fair_below_four_fifths(3, 3, 1.5)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 14), st.integers(0, 14), st.sampled_from([0.0, 1e-300, 0.003, 0.1, 0.4, 0.5, 0.88, 0.999, 1.0]))
def test_a_fair_process_agrees_with_all_outcomes_counted(n1, n0, rate):
    rate_there = 0.0 if rate < 1e-12 else rate
    chance_1, chance_0 = (binom.pmf(range(n + 1), n, rate_there) for n in (n1, n0))
    total = sum(chance_1[a] * chance_0[b] for a in range(n1 + 1) for b in range(n0 + 1) if 5 * a * n0 < 4 * b * n1)
    assert fair_below_four_fifths(n1, n0, rate) == pytest.approx(total, abs=1e-9)


def test_a_fair_process_agrees_with_a_simulation():
    rng = np.random.default_rng(11)
    one, zero = rng.binomial(12, 0.4, 40_000), rng.binomial(30, 0.4, 40_000)
    assert fair_below_four_fifths(12, 30, 0.4) == pytest.approx((one * 30 * 5 < zero * 12 * 4).mean(), abs=0.012)
