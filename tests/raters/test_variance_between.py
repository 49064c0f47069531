"""Spread between evaluators: exact distribution at zero, a second path for the formula, known truth, and data that say little."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.raters.latent_strata import simulated, world_of
from evalkit.raters.official import outcome_of
from evalkit.raters.variance_between import evaluator_spread
from tests.calibration.worlds import latent_city, true_spread
from tests.raters.test_clustering import CASES, DEGENERATE, enumerated


@pytest.mark.parametrize("rows", CASES[:3])
def test_at_zero_the_simulated_data_are_every_arrangement(rows):
    apart = rows.assign(rater_id=rows["rater_id"] + rows["opd_id"])  # pairs are counted within one unit
    truth = enumerated(apart)
    drawn = simulated(world_of(apart, outcome_of(apart, "sangat_baik").to_numpy(), ["opd_id"]), 0.0, 20_000, 5, fixed=True)
    for value in np.unique(truth):
        assert np.isclose(drawn, value - truth.mean()).mean() == pytest.approx((truth == value).mean(), abs=0.015)
    free = simulated(world_of(apart, outcome_of(apart, "sangat_baik").to_numpy(), ["opd_id"]), 0.0, 20_000, 5, fixed=False)
    assert free.mean() == pytest.approx(0, abs=0.03)


def test_the_estimate_is_the_excess_of_pairs_under_one_evaluator_by_hand():
    """Eight people, two evaluators: 5 of the 12 pairs under one evaluator, 3 of the 16 under two."""
    rows = pd.DataFrame({"person_id": range(8), "period": "p", "rater_id": list("eeeeffff"), "opd_id": "u", "post_type": "x",
                         "predikat": ["sangat_baik"] * 3 + ["baik"] * 4 + ["sangat_baik"]})
    # pairs with the outcome: 3 under e, none under f, 3 across: 3/12 - 3/16
    assert evaluator_spread(rows, draws=19).loc[0, "estimate"] == pytest.approx(np.sqrt(3 / 12 - 3 / 16))
    everybody = pd.DataFrame({"person_id": range(8, 12), "period": "p", "rater_id": list("eeff"), "opd_id": "v", "post_type": "x",
                              "predikat": "sangat_baik"})
    both = evaluator_spread(pd.concat([rows, everybody]), draws=19).loc[0]
    # the second unit has 2 pairs under one evaluator, 4 across, no excess; weights are P times the share of pairs across
    assert both["estimate"] == pytest.approx(np.sqrt((3 / 12 - 3 / 16) * (12 * 16 / 28) / (12 * 16 / 28 + 2 * 4 / 6)))


@pytest.mark.parametrize("seed", range(3))
def test_the_estimate_by_loops_over_all_pairs(seed):
    """Each pair of people of a stratum asked in turn: under one evaluator or two, both with the outcome or not."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"person_id": range(90), "period": "p", "rater_id": rng.integers(0, 12, 90), "opd_id": rng.integers(0, 3, 90),
                         "post_type": "x", "predikat": rng.choice(["sangat_baik", "baik"], 90, p=[0.3, 0.7])})
    excess = weight = 0.0
    for _, part in rows.groupby("opd_id"):
        people = list(zip(part["rater_id"], part["predikat"] == "sangat_baik", strict=True))
        pairs = [(a[0] == b[0], bool(a[1] and b[1])) for i, a in enumerate(people) for b in people[i + 1:]]
        one = sum(same for same, _ in pairs)
        share = one / len(pairs)
        # of the pairs with the outcome, those under one evaluator, less what blind labels put there
        excess += sum(both for same, both in pairs if same) - share * sum(both for _, both in pairs)
        weight += one * (1 - share)
    found = evaluator_spread(rows, draws=19).iloc[0]
    assert found["estimate"] == pytest.approx(np.sqrt(max(excess, 0.0) / weight))


def test_known_spread_is_recovered_and_zero_is_in_the_interval_of_zero():
    truth = true_spread(1.0, 0.11)
    rows = [latent_city(np.random.default_rng(s), sigma=1.0, unit_sd=0.0) for s in range(12)]
    found = [evaluator_spread(r, draws=99).loc[0] for r in rows]
    assert np.mean([f["estimate"] ** 2 for f in found]) == pytest.approx(truth**2, rel=0.25)
    assert sum(f["conf_low"] <= truth <= f["conf_high"] for f in found) >= 10
    nothing = evaluator_spread(latent_city(np.random.default_rng(3)), draws=199).loc[0]
    assert nothing["conf_low"] == 0
    assert nothing["conf_high"] > 0.02


def test_an_estimate_of_zero_is_a_boundary_and_its_upper_limit_is_what_the_design_can_see():
    even = pd.DataFrame({"person_id": range(40), "period": "p", "rater_id": np.arange(40) // 4, "opd_id": "", "post_type": "",
                         "predikat": np.where(np.arange(40) % 4 == 0, "sangat_baik", "baik")})
    found = evaluator_spread(even, draws=199).loc[0]
    assert found[["status", "reason", "estimate", "conf_low"]].tolist() == ["boundary", "no_more_than_blind_labels", 0, 0]
    assert found["conf_high"] > 0.05



def test_one_person_of_forty_does_not_say_that_eight_evaluators_are_alike():
    """Truth 0.158 with a chance of 0.11; a single Sangat Baik among forty bounds the spread at the share seen by 0.155."""
    rows = pd.DataFrame({"person_id": range(40), "period": "p", "rater_id": np.arange(40) // 5, "opd_id": "", "post_type": "",
                         "predikat": ["sangat_baik"] + ["baik"] * 39})
    found = evaluator_spread(rows, draws=199).loc[0]
    assert found["conf_low"] == 0
    assert true_spread(1.0, 0.11) < found["conf_high"] <= 0.5

def test_the_same_seed_gives_the_same_answer_and_order_does_not_matter():
    rows = latent_city(np.random.default_rng(9), sigma=0.7)
    first = evaluator_spread(rows, draws=99)
    pd.testing.assert_frame_equal(first, evaluator_spread(rows, draws=99))
    assert first.loc[0, "n"] == len(rows)


@pytest.mark.parametrize("reason", DEGENERATE)
def test_degenerate_data_have_a_status_and_a_reason(reason):
    found = evaluator_spread(DEGENERATE[reason], draws=19)
    assert found[["status", "reason"]].drop_duplicates().to_numpy().tolist() == [["not_estimable", reason]]


def test_one_category_nearly_and_two_people():
    rare = latent_city(np.random.default_rng(1), share=0.003)
    found = evaluator_spread(rare, draws=19).loc[0]
    assert found["status"] in ("estimated", "boundary", "not_estimable")
    two = rare.head(2).assign(rater_id=["e", "f"], predikat=["baik", "sangat_baik"], opd_id=0, post_type=0)
    assert evaluator_spread(two, draws=19).loc[0, "reason"] == "no_pair_possible"


def test_arguments_that_cannot_be_meant():
    rows = latent_city(np.random.default_rng(1), units=1)
    for frame, words in ((pd.concat([rows, rows.assign(period="x")]), {}), (rows, {"draws": 3}), (rows, {"level": 1.0}),
                         (rows, {"outcome": "baik"}), (rows.drop(columns="opd_id"), {})):
        with pytest.raises(EstimationError):
            evaluator_spread(frame, **words)
