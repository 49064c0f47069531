"""Published worked examples of power with clusters, to every printed digit."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from evalkit.impact import clusters_for, power_curve, power_of, smallest_effect
from evalkit.impact.power import Design

WEBPOWER = {20: 0.5901684, 30: 0.6365313, 40: 0.6620030, 50: 0.6780525, 60: 0.6890755, 70: 0.6971076, 80: 0.7032181, 90: 0.7080217, 100: 0.7118967}


def test_the_power_table_of_webpower():
    """R package WebPower (Z. Zhang, K.-H. Yuan, 2018), manual of wp.crt2arm: f = 0.6, 10 clusters, ICC 0.1, 20 to 100 people a cluster."""
    base = Design(10, 20, icc=0.1)
    found = {n: round(float(power_of(replace(base, span=n), 0.6)), 7) for n in WEBPOWER}
    assert found == WEBPOWER
    assert list(power_curve(replace(base, span=100), [0.6])["power"].round(7)) == [WEBPOWER[100]]


UNIROOT = 2.220446e-16**0.25  # how near R's solver comes to what it solves for, unless told otherwise


@pytest.mark.parametrize(("design", "effect", "solved"), [
    (Design(10, 16.02558, icc=0.1), 0.8, "span"), (Design(10, 100, icc=0.1476605), 0.8, "icc"), (Design(20, 200, icc=0.15), 0.5203701, "effect"),
    (Design(20, 200, icc=0.15, level=0.3860032), 0.3, "level")])
def test_what_webpower_solves_for(design, effect, solved):
    """The same function solving for a chance of 0.8: the printed number is the root, as near as R's solver comes to it."""
    sides = [(replace(design, **{solved: getattr(design, solved) + step}), effect) if solved != "effect" else (design, effect + step)
             for step in (-UNIROOT, UNIROOT)]
    low, high = sorted(float(power_of(d, e)) for d, e in sides)
    assert low < 0.8 < high
    assert high - low < 1e-3
    assert smallest_effect(design) == pytest.approx(effect, abs=UNIROOT)
    assert clusters_for(design, effect + UNIROOT) == design.clusters


def test_powerup_s_cross_checks():
    """PowerUp! (N. Dong, R. Maynard, 2013, Journal of Research on Educational Effectiveness 6, 24-67), as the R package PowerUpR prints it."""
    clusters = Design(20, 15, icc=0.17)
    assert (round(smallest_effect(clusters), 3), clusters.df, round(clusters.std_error, 3)) == (0.629, 18, 0.212)
    assert round(float(power_of(clusters, 0.629)), 3) == 0.8
    people = Design(1, 250, icc=0.0, drawn="person")
    assert (round(smallest_effect(people), 3), people.df, round(people.std_error, 3)) == (0.356, 248, 0.126)
    assert round(float(power_of(people, 0.356)), 3) == 0.801


def test_the_multiplier_of_bloom():
    """H. Bloom (1995), Evaluation Review 19, 547-556: with many people the smallest effect is 2.8 standard errors (two sides, 80%, 5%)."""
    many = Design(5000, 1, icc=0.0)
    assert round(smallest_effect(many) / many.std_error, 1) == 2.8
    assert round(smallest_effect(replace(many, sides=1)) / many.std_error, 2) == 2.49
    assert math.isclose(many.std_error, 2 / math.sqrt(5000))
