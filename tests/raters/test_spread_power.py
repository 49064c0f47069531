"""What spread between evaluators a design finds: exact moments of blind labels, and worlds in which the promise is kept."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from evalkit.raters.clustering import clustering_test
from evalkit.raters.latent_strata import world_of
from evalkit.raters.official import outcome_of
from evalkit.raters.pairs import pair_design, pair_moments
from evalkit.raters.spread_power import blind_moments, found_in
from evalkit.raters.third_moment import gamma_tail, gamma_tails, third_moment
from evalkit.raters.variance_between import evaluator_spread
from tests.calibration.worlds import latent_city, true_spread

ALONE = pd.DataFrame({"person_id": range(40), "period": "p", "rater_id": [i // 4 for i in range(40)], "opd_id": "", "post_type": "",
                      "predikat": ["sangat_baik"] + ["baik"] * 39})


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3), (4, 1, 2), (3, 3, 2, 1)])
def test_moments_of_blind_labels_by_listing_every_arrangement(sizes):
    rater = np.repeat(np.arange(len(sizes)), sizes)
    variance, third = blind_moments(np.array(sizes))
    for total in range(len(rater) + 1):
        counts = [np.bincount(rater[list(who)], minlength=len(sizes)) for who in itertools.combinations(range(len(rater)), total)]
        pairs = np.array([(c * (c - 1) / 2).sum() for c in counts])
        assert variance[total] == pytest.approx(pairs.var(), abs=1e-9)
        assert third[total] == pytest.approx(((pairs - pairs.mean()) ** 3).mean(), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_moments_of_blind_labels_are_those_of_the_clustering_test(seed):
    """A second path: the moments that the test of a nation takes, written for evaluators who stand in several strata."""
    rng = np.random.default_rng(seed)
    rater, hit = np.sort(rng.integers(0, 30, 300)), rng.random(300) < 0.1
    rows = pd.DataFrame({"person_id": range(300), "period": "p", "rater_id": rater, "u": ""})
    design = pair_design(rows, pd.Series(hit), strata=["u"], exchange="ratings")
    variance, third = blind_moments(np.unique(rater, return_counts=True)[1])
    assert variance[hit.sum()] == pytest.approx(pair_moments(design)[1])
    assert third[hit.sum()] == pytest.approx(third_moment(design.counts()))


def test_tails_of_many_are_the_tail_of_each():
    z, skew = (a.ravel() for a in np.meshgrid([-1.0, 0.3, 2.5], [-0.8, 0.0, 0.4, 3.0]))
    assert gamma_tails(z, skew).tolist() == [gamma_tail(float(a), float(b)) for a, b in zip(z, skew, strict=True)]


def test_evaluators_who_do_not_differ_are_found_no_more_often_than_the_level():
    rows = latent_city(np.random.default_rng(3), units=16, teams=10, post_types=1)
    p = found_in(world_of(rows, outcome_of(rows, "sangat_baik").to_numpy(), ["opd_id"]), 0.0, 4000, 1)[1]
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize(("share", "units"), [(0.11, 16), (0.02, 30)])
def test_the_detectable_spread_is_found_eight_times_in_ten_or_more(share, units):
    """Worlds with the spread that worlds without any call detectable; few pairs are no normal variable."""
    design = {"units": units, "teams": 10, "share": share, "unit_sd": 0.0, "post_types": 1}
    least = np.median([evaluator_spread(latent_city(np.random.default_rng([1, s]), **design), draws=199).loc[1, "estimate"] for s in range(8)])
    sigma = min(np.linspace(0.1, 3.0, 291), key=lambda s: abs(true_spread(float(s), share) - least))
    p = [clustering_test(latent_city(np.random.default_rng([2, s]), sigma=float(sigma), **design), method="moments").loc[0, "p_value"]
         for s in range(150)]
    assert 0.71 <= np.mean(np.array(p, dtype=float) <= 0.05) <= 0.95  # four standard errors below eight in ten


def test_the_detectable_spread_does_not_depend_on_the_order_of_the_rows():
    rows = latent_city(np.random.default_rng(4))
    again = rows.sample(frac=1, random_state=1).reset_index(drop=True)
    assert evaluator_spread(rows, draws=99).loc[1, "estimate"] == evaluator_spread(again, draws=99).loc[1, "estimate"]


def test_one_person_of_all_makes_no_pair_and_nothing_is_detectable():
    assert evaluator_spread(ALONE, draws=19).loc[1, ["status", "reason"]].tolist() == ["not_estimable", "no_spread_detectable"]
