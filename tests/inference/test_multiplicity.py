"""Adjusted p-values: the public case, a second path, and families with holes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evalkit.errors import EstimationError
from evalkit.inference.multiplicity import adjust, adjust_estimates
from evalkit.inference.results import estimates


def test_pc32_two_of_eight_tests_could_not_be_done(shared):
    rows = pd.read_csv(shared / "cases" / "pc32-p-values.csv")
    wanted = {v["quantity"].split(",")[0]: v["value"] for v in json.loads((shared / "cases" / "expected.json").read_text())
              ["cases"]["pc32"]["values"]}
    for method, name in (("benjamini_hochberg", "Benjamini-Hochberg"), ("holm", "Holm")):
        found = adjust(rows["p_value"].tolist(), method)
        expected = np.array([np.nan if v is None else v for v in wanted[name]])
        np.testing.assert_allclose(found.p_adjusted, expected, rtol=0, atol=1e-9)
        assert (found.n_tests, found.n_not_done) == (6, 2)
    eight = adjust(rows["p_value"].tolist(), "benjamini_hochberg", family_size=8)
    np.testing.assert_allclose(eight.p_adjusted[[0, 1, 7]], [0.032, 0.0826667, 0.8533333], atol=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_agrees_with_statsmodels(p):
    for method, name in (("benjamini_hochberg", "fdr_bh"), ("holm", "holm")):
        np.testing.assert_allclose(adjust(p, method).p_adjusted, multipletests(p, method=name)[1], rtol=1e-12, atol=1e-15)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20))
def test_missing_tests_change_nothing_for_the_others(p):
    found = adjust(p).p_adjusted
    kept = [v for v in p if v is not None]
    np.testing.assert_array_equal(found[~np.isnan(found)], adjust(kept).p_adjusted)
    assert np.isnan(found).tolist() == [v is None for v in p]


def test_frame_is_adjusted_family_by_family_and_the_callers_frame_stays():
    rows = estimates([{"measure": "gap", "term": t, "role": "inferential", "status": "estimated", "p_value": p, "family": f}
                      for t, p, f in (("a", 0.01, "x"), ("b", 0.04, "x"), ("c", 0.04, "y"), ("d", 0.5, None))])
    found = adjust_estimates(rows)
    assert found["p_adjusted"].tolist()[:3] == pytest.approx([0.02, 0.04, 0.04])
    assert np.isnan(found["p_adjusted"].iloc[3])
    assert rows["p_adjusted"].isna().all()


def test_values_that_are_no_p_values_are_refused():
    with pytest.raises(EstimationError, match="between 0 and 1"):
        adjust([1.2])
    with pytest.raises(EstimationError, match="family"):
        adjust([0.1, 0.2], family_size=1)
