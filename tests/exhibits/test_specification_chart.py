"""The curve of specifications: order, words, and room for its labels on a phone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import ExhibitError
from evalkit.exhibits import charts
from evalkit.exhibits.svg import both

CHOICES = (("Yang dikeluarkan", [("x", "tim di bawah lima orang dan pejabat struktural")]),
           ("Yang disamakan", [("a", "tidak ada"), ("b", "penilai")]))


def frame(n: int) -> pd.DataFrame:
    value = np.linspace(0.05, -0.1, n)
    return pd.DataFrame({"estimate": value, "conf_low": value - 0.04, "conf_high": value + 0.04, "x": np.arange(n) % 2 == 0,
                         "a": np.arange(n) < n / 2, "b": np.arange(n) >= n / 2})


@pytest.mark.parametrize("n", [1, 16, 64])
def test_ways_stand_in_order_with_what_they_chose(n: int) -> None:
    chart = charts.specifications(frame(n), CHOICES, axis="Selisih, poin persen")
    assert f"Kurva {n} cara" in chart.alt
    assert chart.numbers is not None
    assert chart.numbers[0]["estimate"].is_monotonic_increasing
    assert chart.numbers[0]["chosen"].str.contains("penilai|tidak ada").all()
    drawn = str(both(chart.draw, "g-cara"))
    assert drawn.count("Yang disamakan") == 2
    assert len(drawn) < 40_000


def test_without_an_estimate_there_is_no_curve() -> None:
    with pytest.raises(ExhibitError, match="nothing to show"):
        charts.specifications(frame(3).assign(estimate=np.nan), CHOICES, axis="y")
