"""Needs counted by hand, with hours as the regulations have them, and with nobody."""

import math

import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.needs import competence_needs, hours_due, hours_rule
from evalkit.instruments.catalog import load


def test_hours_are_data_with_a_source():
    assert hours_rule("pns") == (20.0, pytest.approx(math.nan, nan_ok=True))
    assert hours_rule("pppk")[1] == 24.0
    assert all(math.isnan(h) for h in hours_rule("pppk_paruh_waktu"))
    assert all(fact.sources for fact in load("jam-pelajaran").facts())


def test_hours_by_hand():
    frame = pd.DataFrame({"person_id": list("abcd"), "unit_id": ["x", "x", "y", None], "employment": ["pns", "pns", "pppk", "pns"],
                          "hours": [20.0, 5.0, 30.0, None]})
    found = hours_due(frame).set_index("unit_id")
    assert found.loc[""].to_dict() == {"n": 4, "with_rule": 3, "below": 2, "hours_due": 35.0, "at_most": 1, "mean_hours": 13.75}
    assert found.loc["x", ["below", "hours_due"]].astype(float).tolist() == [1.0, 15.0]
    assert hours_due(frame.iloc[:0])["n"].tolist() == [0]


def rows(values, unit="x", low=1.0, high=5.0):
    return pd.DataFrame({"person_id": [f"p{unit}{i}" for i in range(len(values))], "unit_id": unit, "competence": "akuntabel",
                         "source": "items", "value": values, "scale_min": low, "scale_max": high})


def test_levels_by_hand_and_small_units_withheld():
    measured = pd.concat([rows([1.0, 3.4, 5.0]), rows([2.0] * 2, unit="y"), rows([4.0] * 4, unit="z")])
    found = competence_needs(measured, target=0.6, least=1).set_index("unit_id")
    assert found.loc["", ["n", "below"]].tolist() == [9, 3]
    assert found.loc["x", "below"] == 1  # 3.4 is just 0.6 of the scale: at the wanted level, not below it
    assert found.loc["x", "level"] == pytest.approx((0 + 0.6 + 1) / 3)
    told = competence_needs(measured, target=0.6, least=3).set_index("unit_id")
    assert told["status"].to_dict() == {"": "estimated", "x": "withheld", "y": "withheld", "z": "estimated"}  # x, or the city less the others is y
    for unit in "xy":
        assert told.loc[unit, "reason"] == "small_group"
        assert pd.isna(told.loc[unit, "below"])
        assert pd.isna(told.loc[unit, "level"])


def test_nothing_measured_and_a_scale_without_span():
    assert competence_needs(rows([])).empty
    assert competence_needs(rows([3.0], low=1.0, high=1.0)).empty
    assert competence_needs(rows([None, None])).empty
    with pytest.raises(EstimationError):
        competence_needs(rows([1.0]), target=0)
