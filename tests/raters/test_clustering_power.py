"""The spread that clustering finds eight times in ten: against exact chances, exact moments, and the simulation of one period."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from evalkit.raters.clustering import clustering_test
from evalkit.raters.clustering_power import smallest_spread, tilted_pairs
from evalkit.raters.pairs import pair_design, pair_draws, pair_moments
from evalkit.raters.power import detectable_spread, telling_pairs
from evalkit.raters.variance_between import evaluator_spread
from tests.calibration.worlds import latent_city


def design_of(people: int, raters: int, periods: int = 1, share: float = 0.2, seed: int = 1):
    rng = np.random.default_rng(seed)
    who = np.tile(np.arange(people), periods)
    rows = pd.DataFrame({"person_id": who, "period": np.repeat(np.arange(periods), people), "rater_id": who % raters, "u": who % 2})
    rows.loc[rng.random(len(rows)) < 0.1, "rater_id"] = 0
    return pair_design(rows, pd.Series(rng.random(len(rows)) < share), strata=["u"], exchange="people" if periods > 1 else "ratings")


def test_without_a_tilt_it_is_the_permutation_of_the_test():
    design = design_of(60, 7)
    found = tilted_pairs(design, 0.0, 20_000, 3)
    mean, variance = pair_moments(design)
    assert found.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / 20_000))
    assert found.var() == pytest.approx(variance, rel=0.06)
    several = design_of(60, 7, periods=3)
    blind, found = pair_draws(several, 20_000, np.random.default_rng(1)), tilted_pairs(several, 0.0, 20_000, 3)
    assert found.mean() == pytest.approx(blind.mean(), abs=6 * blind.std() / np.sqrt(20_000))
    assert found.std() == pytest.approx(blind.std(), rel=0.03)


def test_two_evaluators_against_the_chances_of_successive_sampling():
    """Two of four results, one evaluator with two people each: the first goes to e with odds 2w : 2f, the next with what is left."""
    rows = pd.DataFrame({"person_id": list("abcd"), "period": "p", "rater_id": list("eeff"), "u": ""})
    design = pair_design(rows, pd.Series([True, True, False, False]), strata=["u"], exchange="ratings")
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    for tilt in (0.5, 2.0):
        w = np.exp(tilt * np.sqrt(2) * nodes)  # the difference of two standard normal leniencies
        both = (2 * w / (2 * w + 2)) * (w / (w + 2)) + (2 / (2 * w + 2)) * (1 / (1 + 2 * w))
        exact = float((weights * both).sum() / weights.sum())
        assert tilted_pairs(design, tilt, 40_000, 5).mean() == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))


def test_a_row_of_results_goes_as_a_whole_and_people_of_one_team_over_time_are_told_apart():
    """Two people, results in both periods, one of them: she keeps both, so that pairs stay those of two people."""
    told = [(p, t, r, "") for t in (1, 2) for p, r in zip("abcd", "eeff", strict=True)]
    rows = pd.DataFrame(told, columns=["person_id", "period", "rater_id", "u"])
    marks = rows["person_id"].isin(["a", "b"])
    design = pair_design(rows, marks, strata=["u"], exchange="people")
    assert set(tilted_pairs(design, 1.0, 500, 1).tolist()) == {0, 2}  # together in both periods, or in none


def test_one_period_agrees_with_the_simulation_of_the_spread_between_evaluators():
    """Two ways to the same number: log odds within fixed totals, and latent merit whose totals are free."""
    rows = latent_city(np.random.default_rng(2), sigma=0.3, unit_sd=0.0, post_types=1, units=16, teams=10, share=0.15)
    one = clustering_test(rows, draws=999, exchange="ratings").set_index("measure").loc["clustering_detectable", "estimate"]
    two = evaluator_spread(rows, draws=199).set_index("measure").loc["evaluator_spread_detectable", "estimate"]
    assert one == pytest.approx(two, rel=0.15)


def test_eight_in_ten_are_found_at_the_tilt_that_is_named():
    design = design_of(300, 40, periods=4)
    blind = pair_draws(design, 1999, np.random.default_rng(1))
    pairs, plain = telling_pairs(design), detectable_spread(design, blind.mean(), blind.std())
    named = smallest_spread(design, blind, pairs, plain)
    assert plain < named < 2 * plain
    spreads, powers = [], []
    for tilt, seed in itertools.product(np.linspace(0.2, 1.6, 15), (11, 12)):
        found = tilted_pairs(design, float(tilt), 400, seed)
        spreads.append(np.sqrt(max(found.mean() - blind.mean(), 0) / pairs))
        powers.append((found > np.quantile(blind, 0.95)).mean())
    order = np.argsort(spreads)
    near = np.interp(named, np.array(spreads)[order], np.array(powers)[order])
    assert 0.72 < near < 0.88


def test_nothing_is_named_where_no_spread_is_found():
    rows = pd.DataFrame({"person_id": range(8), "period": "p", "rater_id": list("eeffgghh"), "u": ""})
    design = pair_design(rows, pd.Series([True] * 2 + [False] * 6), strata=["u"], exchange="ratings")
    blind = pair_draws(design, 999, np.random.default_rng(1))
    assert np.isnan(smallest_spread(design, blind, telling_pairs(design), 0.5))
    found = clustering_test(rows.assign(opd_id="", post_type="", predikat=["sangat_baik"] * 2 + ["baik"] * 6), draws=99)
    said = found.set_index("measure").loc["clustering_detectable"]
    assert (said["status"], said["reason"]) == ("not_estimable", "no_spread_detectable")


def test_the_order_of_the_rows_changes_nothing():
    rows = latent_city(np.random.default_rng(4), sigma=0.3, unit_sd=0.0, post_types=1, units=4, teams=6, share=0.2)
    two = [clustering_test(r, draws=199) for r in (rows, rows.sample(frac=1, random_state=3).reset_index(drop=True))]
    pd.testing.assert_frame_equal(*two)


def test_huge_tilts_stay_numbers():
    found = tilted_pairs(design_of(40, 5, periods=8, share=0.5), 1e6, 50, 1)
    assert (found >= 0).all()
