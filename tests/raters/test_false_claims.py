"""False claims on evaluators: the draws are data sets that the page's own tests would judge alike, and 5% of them are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.clustered import clustered_difference
from evalkit.raters.clustering import clustering_test
from evalkit.raters.false_claims import false_clustering, false_rotation
from evalkit.raters.rotation import rotation_effect
from tests.calibration.designs import city

PERIODS = ["2026-01", "2026-02", "2026-03"]


def effects(seed: int = 1, **other: float) -> pd.DataFrame:
    return city(np.random.default_rng(seed), units=8, teams=6, periods=3, star=0.25, rotate=0.3, **other)


@pytest.mark.parametrize("severity", [0.0, 1.5])
def test_clustering_is_claimed_at_the_level_whether_the_data_cluster_or_not(severity: float) -> None:
    row = false_clustering(effects(severity_sd=severity), draws=2000).iloc[0]
    assert row["conf_low"] <= 0.05 <= row["conf_high"]
    assert row[["statement", "outcome", "draws", "target"]].tolist() == ["clustering", "sangat_baik", 2000, 0.05]
    assert row["share"] == pytest.approx(row["found"] / 2000)


def test_a_permuted_data_set_is_judged_by_the_test_of_the_page_as_by_the_draws() -> None:
    rows = city(np.random.default_rng(2), units=3, teams=4, periods=1, star=0.3)
    rng, n = np.random.default_rng(5), 60
    found = 0
    for i in range(n):
        own = rows.assign(predikat=rows.groupby(["opd_id", "post_type"])["predikat"].transform(lambda p: rng.permutation(p.to_numpy())))
        found += clustering_test(own, draws=199, seed=i).loc[0, "p_value"] <= 0.05
    share = false_clustering(rows, draws=2000).loc[0, "share"]
    assert abs(found / n - share) < 4 * np.sqrt(0.05 * 0.95 / n)


@pytest.mark.parametrize("severity", [0.0, 1.5])
def test_a_takeover_by_lot_is_rarely_an_effect(severity: float) -> None:
    row = false_rotation(effects(severity_sd=severity), PERIODS, draws=300).iloc[0]
    assert row["status"] == "estimated"
    assert row["conf_low"] <= 0.05  # the jackknife is cautious, so the share may lie below


def test_means_of_cells_give_the_effect_that_the_page_has() -> None:
    rng = np.random.default_rng(3)
    y, side, stratum, cluster = rng.normal(size=200), rng.random(200) < 0.4, rng.integers(0, 4, 200), rng.integers(0, 30, 200)
    cells = pd.DataFrame({"y": y, "side": side, "s": stratum, "c": cluster}).groupby(["side", "s", "c"])["y"].agg(["mean", "size"]).reset_index()
    one = clustered_difference(y, side, stratum, cluster)
    two = clustered_difference(cells["mean"], cells["side"], cells["s"], cells["c"], counts=cells["size"])
    assert two.estimate == pytest.approx(one.estimate)
    assert two.std_error == pytest.approx(one.std_error)
    assert (two.n, two.n_treated, two.n_clusters, two.df) == (one.n, one.n_treated, one.n_clusters, one.df)


def test_seeds_decide_and_wrong_requests_are_refused() -> None:
    rows = effects()
    assert false_clustering(rows, draws=200, seed=4).equals(false_clustering(rows, draws=200, seed=4))
    assert false_rotation(rows, PERIODS, draws=20, seed=4).equals(false_rotation(rows, PERIODS, draws=20, seed=4))
    with pytest.raises(EstimationError, match="at least one draw"):
        false_clustering(rows, draws=0)
    with pytest.raises(EstimationError, match="unknown"):
        false_rotation(rows, PERIODS, outcome="best")


@pytest.mark.parametrize("case", ["nobody", "constant", "one_evaluator", "everybody", "one_person", "one_period"])
def test_degenerate_data_have_the_reason_of_the_test_itself(case: str) -> None:
    rows = effects()
    few = {"nobody": rows.head(0), "constant": rows.assign(predikat="baik"), "everybody": rows.assign(predikat="sangat_baik"),
           "one_evaluator": rows.assign(rater_id="e"), "one_person": rows.head(1), "one_period": rows[rows["period"] == PERIODS[0]]}[case]
    for found, page in ((false_clustering(few, draws=20, reference=50), clustering_test(few, draws=50)),
                        (false_rotation(few, PERIODS, draws=20), rotation_effect(few, PERIODS))):
        if page.loc[0, "status"] == "estimated":
            assert found.loc[0, "status"] == "estimated"
        else:
            assert found.loc[0, ["status", "reason"]].tolist() == ["not_estimable", page.loc[0, "reason"]]
            assert found.loc[0, ["share", "conf_low", "conf_high"]].isna().all()
