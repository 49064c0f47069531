"""What a lot of whole units could show: against the real regression of one draw, against courses really drawn and judged, and at its ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.assess import assess
from evalkit.impact.lot import redraws
from evalkit.impact.power import Design, clusters_for, power_curve, power_of, smallest_effect
from evalkit.impact.power_of_lot import _lines, lot_sight
from evalkit.impact.question import Question
from evalkit.inference.cluster_covariance import cluster_regression
from tests.calibration import training_worlds as worlds

SIZES = (40, 16, 12, 10, 9, 8, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3)
SEATS = 50


def test_the_line_of_a_draw_is_the_regression_of_the_page() -> None:
    sizes, rng = np.array(SIZES), np.random.default_rng(1)
    made = redraws(SIZES, (SEATS,), draws=400)[:, :] == 1
    chance = made.mean(axis=0)
    lines, unit = _lines(made[:3].astype(float), sizes.astype(float), chance), np.repeat(np.arange(16), sizes)
    for b in range(3):
        y = rng.normal(size=len(unit))
        fit = cluster_regression(y, np.column_stack([np.ones(len(unit)), made[b][unit], chance[unit]]), unit).contrast([0, 1, 0])
        means = np.array([y[unit == j].mean() for j in range(16)])
        assert float(lines.weights[b] @ means) == pytest.approx(fit.estimate)
        assert lines.df[b] == pytest.approx(fit.df)


def test_power_is_what_courses_by_a_real_lot_find() -> None:
    """Half of what equal sizes and equal chances would promise: drawn, judged and counted, without any of the planner's code."""
    effect = smallest_effect(Design(16, sum(SIZES) / 16, icc=0.1, share=SEATS / sum(SIZES)))
    planned = float(power_of(Design(16, 9, icc=0.1, sizes=SIZES, seats=SEATS), effect))
    rng, found, draws = np.random.default_rng(4), 0, 80
    for _ in range(draws):
        made = worlds.lot(rng, SIZES, (SEATS,), effect=worlds.LEVELS * effect, pre=0.0)
        found += assess(Question("c", "score", lot=made.lot), made.people, made.outcomes).claims
    assert planned < 0.7
    assert abs(found / draws - planned) < 3 * math.sqrt(planned * (1 - planned) / draws)


def test_units_alike_have_the_power_of_the_formula() -> None:
    for units, seats in ((20, 200), (40, 300)):
        alike = Design(units, 20, icc=0.1, pre=0.5, share=seats / (20 * units), sizes=(20,) * units, seats=seats)
        plain = Design(units, 20, icc=0.1, pre=0.5, share=seats / (20 * units))
        assert alike.std_error == pytest.approx(plain.std_error, rel=0.05)
        assert smallest_effect(alike) == pytest.approx(smallest_effect(plain), rel=0.05)


def test_nothing_is_promised_of_units_that_the_lot_cannot_tell_apart() -> None:
    few = lot_sight((100, 90, 80, 10, 10, 10, 10), 25)  # the large ones never fit: four are left
    assert few.units == 4
    assert few.power([0.5, 20.0]).tolist() == [0.0, 0.0]
    assert math.isnan(few.smallest(0.8))
    alone = Design(5, 20, sizes=(19, 20, 20, 21, 22), seats=42)
    assert math.isnan(smallest_effect(alone)) and float(power_of(alone, 5.0)) == 0.0


def test_at_no_effect_it_claims_at_most_its_level_and_a_larger_effect_is_seen_more_often() -> None:
    sight = lot_sight(SIZES, SEATS)
    assert 0.02 < float(sight.power(0.0)) <= 0.06
    curve = power_curve(Design(16, 9, icc=0.1, sizes=SIZES, seats=SEATS))
    assert curve["power"].diff().min() >= -0.002  # four courses of 2,000: near zero the claims against the effect fall as those for it rise
    # the smallest effect is that of 0.8 itself
    assert (curve["power"] >= 0.8).tolist() == (curve["effect"] >= curve["smallest"]).tolist()
    assert float(sight.power(-0.7)) == float(sight.power(0.7))
    assert lot_sight(SIZES, SEATS, attrition=0.4).smallest() > sight.smallest() > lot_sight(SIZES, SEATS, pre=0.7).smallest()


def test_what_is_no_lot_is_refused() -> None:
    for sizes, seats in (((), 5), ((3, 0), 5), ((3, 2.5), 5), ((3, 2), 0)):
        with pytest.raises(EstimationError):
            lot_sight(sizes, seats)  # type: ignore[arg-type]  # the half person is the test
    with pytest.raises(EstimationError):
        Design(16, 9, drawn="person", sizes=SIZES, seats=SEATS)
    with pytest.raises(EstimationError):
        clusters_for(Design(16, 9, sizes=SIZES, seats=SEATS), 0.3)
