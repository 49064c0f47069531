"""What spread of severity takeovers can find: sums that stand for every pair, thresholds and what lasts, and worlds where the promise is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from evalkit.raters import rotation
from evalkit.raters.change_sums import ChangeSums
from evalkit.raters.official import outcome_of
from evalkit.raters.rotation import _links, rotation_spread
from evalkit.raters.rotation_power import Steps, _lasting, _ways, _World, both
from evalkit.raters.teams import TeamPanel, team_panel
from tests.calibration.worlds import rotating


def world_of(**settings: float) -> tuple[TeamPanel, Steps, pd.DataFrame, tuple[str, ...]]:
    drawn = rotating(np.random.default_rng(5), **settings)
    panel = team_panel(drawn.rows, outcome_of(drawn.rows, "sangat_baik"), drawn.periods)
    steps = _links(panel, 0)
    assert steps is not None
    return panel, steps, drawn.rows, drawn.periods


def by_pairs(changes: list[np.ndarray], period: np.ndarray, taken: np.ndarray) -> tuple[float, float]:
    """Half the difference of mean products, and its error, pair by pair."""
    stays = {t: np.concatenate([c for c, p, k in zip(changes, period, taken, strict=True) if p == t and not k]) for t in set(period)}
    level = [c - stays[p].mean() for c, p in zip(changes, period, strict=True)]
    moved = np.concatenate([c for c, k in zip(level, taken, strict=True) if k]).mean()
    sums = [sum(c[i] * c[j] for i in range(len(c)) for j in range(len(c)) if i != j) for c in
            (c - moved if k else c for c, k in zip(level, taken, strict=True))]
    found, square = 0.0, 0.0
    for kind, sign in ((True, 0.5), (False, -0.5)):
        own = [(s, len(c) * (len(c) - 1)) for s, c, k in zip(sums, changes, taken, strict=True) if k == kind]
        pairs = sum(n for _, n in own)
        mean = sum(s for s, _ in own) / pairs
        found += sign * mean
        square += sum((s - mean * n) ** 2 for s, n in own) / (2 * pairs) ** 2
    return found, square**0.5


def test_sums_stand_for_every_pair_in_every_way_and_data_set():
    rng = np.random.default_rng(2)
    period, n = np.repeat([1, 2, 4], [6, 5, 7]), rng.integers(1, 6, 18)
    data = [[rng.integers(-1, 2, k).astype(float) for k in n] for _ in range(3)]
    ways = np.array([np.isin(np.arange(18), chosen) for chosen in ([0, 7, 12], [1, 2, 8, 13], [3, 9, 10, 15, 16])])
    ways = ways[[((w * n * (n - 1)).sum() > 0) for w in ways]]
    total, squares = (np.array([[f(c) for c in d] for d in data]).T for f in (np.sum, lambda c: (c**2).sum()))
    sums = ChangeSums(total, squares, n.astype(float), np.arange(18), period, ways[0])
    excess, error = sums.excess(ways)
    for j, changes in enumerate(data):
        for i, way in enumerate(ways):
            assert (excess[i, j], error[i, j]) == pytest.approx(by_pairs(changes, period, way), abs=1e-12)
        alone = replace(sums, total=total[:, j], squares=squares[:, j]).excess(ways)
        np.testing.assert_allclose(np.column_stack(alone), np.column_stack([excess[:, j], error[:, j]]), atol=1e-12)


@pytest.mark.parametrize("shared", [0.0, 0.3, 0.9, 0.999])
def test_both_above_their_thresholds(shared):
    first, second = np.array([0.0, 1.2, -0.5, 0.0, -1.0]), np.array([0.0, 2.0, 0.7, -0.4, -1.0])
    law = multivariate_normal([0, 0], [[1, shared], [shared, 1]])
    expected = [law.cdf([-a, -b]) for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(both(first, second, shared), expected, atol=1e-5)


def test_what_lasts_is_told_by_how_many_change():
    rng = np.random.default_rng(1)
    lasting, threshold = 0.6, np.full(400_000, float(ndtri(0.85)))
    own = np.sqrt(lasting) * rng.normal(size=len(threshold))
    first, second = (own + np.sqrt(1 - lasting) * rng.normal(size=len(threshold)) > threshold for _ in range(2))
    assert _lasting(threshold, threshold, float((first != second).mean())) == pytest.approx(lasting, abs=0.01)


def test_evaluators_who_do_not_differ_are_found_no_more_often_than_the_level():
    panel, steps, *_ = world_of(units=20)
    world, ways = _World.of(panel, steps), _ways(steps.sums, 1)
    found = np.mean([world.power(0.0, ways, seed, 0.05) for seed in range(10)])
    assert found <= 0.06
    assert world.power(0.5, ways, 1, 0.05) > world.power(0.2, ways, 1, 0.05) > found


def test_the_spread_is_that_of_chances_under_one_evaluator():
    panel, steps, *_ = world_of()
    world, rng = _World.of(panel, steps), np.random.default_rng(4)
    taken = steps.sums.taken & (steps.sums.n > 1)
    at = np.concatenate(world._thresholds(taken))
    severity = rng.normal(size=(4000, 1))
    chance = ndtr((np.sqrt(0.4) * severity - at) / np.sqrt(0.6))
    assert world.spread(0.4) == pytest.approx(np.sqrt(chance.var(axis=0).mean()), rel=0.03)


@pytest.mark.parametrize("settings", [{"units": 10}, {"units": 16, "star": 0.3}, {"units": 30, "star": 0.06}])
def test_the_detectable_spread_is_found_about_eight_times_in_ten(settings):
    """The law that only looks at the error of the estimate promised eight in ten where five or fewer were found."""
    told = []
    for seed in range(3):
        world = rotating(np.random.default_rng([6, seed]), team_sd=0.4, **settings)
        rows = rotation_spread(world.rows, world.periods, draws=9)
        told.append(float(rows.loc[rows["measure"] == "rotation_spread_detectable", "estimate"].iloc[0]))
    promised = float(np.mean(told))
    low, high = 0.05, 3.0
    for _ in range(12):  # the severity that gives this spread
        middle = (low + high) / 2
        spread = np.mean([rotating(np.random.default_rng([7, s]), severity_sd=middle, team_sd=0.4, **settings).spread for s in range(8)])
        low, high = (middle, high) if spread < promised else (low, middle)
    found = []
    for seed in range(40):
        world = rotating(np.random.default_rng([8, seed]), severity_sd=high, team_sd=0.4, **settings)
        found.append(float(rotation_spread(world.rows, world.periods, draws=199).loc[0, "p_value"]) <= 0.05)
    assert 0.66 <= np.mean(found) <= 0.97


def test_few_takeovers_find_no_spread_and_a_nation_takes_the_normal_law(monkeypatch):
    few = rotating(np.random.default_rng(1), units=3, rotate=0.05)
    floor = rotation_spread(few.rows, few.periods, draws=99).set_index("measure").loc["rotation_spread_detectable"]
    assert (floor["status"], floor["reason"]) == ("not_estimable", "no_spread_detectable")
    monkeypatch.setattr(rotation, "MOST_RATINGS", 10)
    many = rotating(np.random.default_rng(1))
    floor = rotation_spread(many.rows, many.periods, draws=99).set_index("measure").loc["rotation_spread_detectable"]
    assert (floor["status"], floor["method"]) == ("estimated", "normal")


def test_the_order_of_rows_changes_nothing():
    world = rotating(np.random.default_rng(3))
    found = [rotation_spread(rows, world.periods, draws=49) for rows in (world.rows, world.rows.sample(frac=1, random_state=1))]
    pd.testing.assert_frame_equal(*found)
