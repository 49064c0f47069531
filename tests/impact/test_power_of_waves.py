"""Power by calendar or place counts all periods that enter the average effect, as the analysis itself weighs them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.diff_in_diff import group_time, overall_weights
from evalkit.impact.panel import make_panel
from evalkit.impact.power import Design, power_of, smallest_effect
from evalkit.impact.power_of_waves import wave_factors


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
