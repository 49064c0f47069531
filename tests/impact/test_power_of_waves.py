"""Power by calendar or place counts all periods that enter the average effect, as the analysis itself weighs them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.ancova import ancova
from evalkit.impact.assignment import read_assignment
from evalkit.impact.diff_in_diff import group_time, overall_weights
from evalkit.impact.panel import make_panel
from evalkit.impact.power import Design, power_of, smallest_effect
from evalkit.impact.power_of_waves import lot_information, wave_factors
from evalkit.impact.question import material
from evalkit.impact.windows import draw_windows


def estimates(waves: list[tuple[int, int | None]], periods: int, draws: int, seed: int) -> tuple[np.ndarray, float]:
    """The average effect in noise of variance 1 a unit and period, none in truth; and the degrees of freedom of the analysis."""
    rng, start = np.random.default_rng(seed), [b for n, b in waves for _ in range(n)]
    people = pd.DataFrame({"person_id": range(len(start)), "wave": start, "cluster": range(len(start))})
    found, df = [], 0.0
    for _ in range(draws):
        value = rng.normal(0, 3, (len(start), 1)) + rng.normal(size=(len(start), periods))
        rows = pd.DataFrame({"person_id": np.repeat(range(len(start)), periods), "period": np.tile(range(periods), len(start)),
                             "value": value.ravel()})
        fit = group_time(make_panel(people, rows))
        one = fit.contrast(overall_weights(fit))
        found.append(one.estimate)
        df += one.df / draws
    return np.array(found), df


@pytest.mark.parametrize(("waves", "periods"), [([(6, 3), (6, 4), (6, None)], 6), ([(4, 1), (12, None)], 4), ([(5, 2), (10, 4)], 6)])
def test_the_variance_and_the_degrees_of_freedom_are_those_of_the_analysis(waves: list[tuple[int, int | None]], periods: int) -> None:
    units = sum(n for n, _ in waves)
    planned = tuple((n / units, b) for n, b in waves if b is not None)
    design = Design(clusters=units, span=1, icc=0.0, pre=0.0, waves=planned, periods=periods)
    found, df = estimates(waves, periods, 300, 7)
    assert found.std() == pytest.approx(design.std_error, rel=0.13)
    assert df == pytest.approx(design.df, rel=0.15)


def test_by_hand() -> None:
    assert wave_factors([(0.5, 1)], 2).tolist() == [4, 4]
    # one period before, three after: 1 + 1/3 instead of 2
    assert wave_factors([(0.5, 1)], 4).tolist() == pytest.approx([8 / 3, 8 / 3])
    # nobody is left when the second wave begins: it is the comparison only
    assert wave_factors([(0.5, 1), (0.5, 2)], 4).tolist() == pytest.approx([4, 4, 0])


def test_more_periods_and_steady_offices_show_more() -> None:
    one = Design(clusters=20, span=20, icc=0.1, pre=0.5, waves=((0.5, 1),), periods=2)
    more = Design(clusters=20, span=20, icc=0.1, pre=0.5, waves=((0.5, 1),), periods=6)
    steady = Design(clusters=20, span=20, icc=0.1, pre=0.5, waves=((0.5, 1),), periods=6, unit_pre=1.0)
    assert smallest_effect(steady) < smallest_effect(more) < smallest_effect(one)
    assert float(power_of(steady, 9.0)) == pytest.approx(0.95**2)  # the checks before withhold some sound effects, however large


@pytest.mark.parametrize(("waves", "periods"), [((), 3), (((0.6, 1), (0.6, 2)), 4), (((0.5, 0),), 4), (((0.2, 2), (0.2, 1)), 4), (((0.5, 1),), 1)])
def test_what_are_no_waves_is_refused(waves: tuple[tuple[float, int], ...], periods: int) -> None:
    with pytest.raises(EstimationError):
        wave_factors(waves, periods)


@pytest.mark.parametrize("waves", [((0.3, 1, 1),), ((0.25, 1, 1), (0.25, 2, 2)), ((0.25, 1, 2), (0.25, 2, 3)),
                                   ((0.2, 1, 2), (0.3, 3, 4), (0.3, 4, 5))])
def test_what_waves_of_a_lot_tell_is_what_the_analysis_finds(waves: tuple[tuple[float, int, int], ...]) -> None:
    """No effect, one correlation of 0.5 between any two periods: the error of the analysis itself, with the last past value as it takes it."""
    rng, n, pre, last = np.random.default_rng(5), 120, 0.5, max(w for *_, w in waves)
    found = []
    for _ in range(200):
        kinds = rng.permutation(np.repeat(range(len(waves) + 1), [*(round(s * n) for s, *_ in waves), n - sum(round(s * n) for s, *_ in waves)]))
        held, first = ([waves[k][i] if k < len(waves) else None for k in kinds] for i in (1, 2))
        people = pd.DataFrame({"person_id": range(n), "invited": kinds < len(waves), "assigned_by": "drawn", "stratum": "", "wave": first,
                               "begun": held}, dtype=object).astype({"invited": bool})
        value = np.sqrt(pre) * rng.normal(size=(n, 1)) + np.sqrt(1 - pre) * rng.normal(size=(n, last + 1))
        rows = pd.DataFrame({"person_id": np.repeat(range(n), last + 1), "period": np.tile(range(last + 1), n), "value": value.ravel()})
        made = draw_windows(read_assignment(people), material(people, rows))
        one = ancova(made.after, made.sent, None, made.unit, strata=made.block, wild=False)
        found.append(one.difference if one.effect is None else one.effect.estimate)
    # without a past two periods keep the whole correlation: 0.5 is 1 / (1 + 1)
    planned = 1 / np.sqrt(n * lot_information(waves, pre=1.0))
    assert np.std(found) == pytest.approx(planned, rel=0.13)


def test_what_waves_of_a_lot_tell_by_hand() -> None:
    assert lot_information([(0.3, 1, 1)]) == pytest.approx(0.21)
    assert lot_information([(0.5, 1, 1), (0.5, 2, 2)]) == pytest.approx(0.25)  # the last wave has nobody left to be compared with
    assert lot_information([(0.5, 1, 2), (0.5, 2, 3)]) == 0  # the second is in its course while the first is measured
    assert lot_information([(0.25, 1, 1), (0.25, 2, 2)], windows=1) == pytest.approx(0.1875)
    # 0.25 and 0.25 against the half that never comes, in two windows: 1/6 each, and 2 x 0.5 / 9 r of the half that stands in both
    assert lot_information([(0.25, 1, 2), (0.25, 2, 3)], pre=0.5) == pytest.approx((1 / 3) ** 2 / (1 / 3 + (1 / 9) / 3))
    with pytest.raises(EstimationError):
        lot_information([(0.6, 1, 1), (0.6, 2, 2)])
    with pytest.raises(EstimationError):
        lot_information([(0.5, 2, 1)])
