"""Needs counted by hand, with hours as the regulations have them, and with nobody."""

import math

import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.needs import competence_needs, hours_due, hours_rule, key_levels
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


def test_what_the_city_less_the_other_units_would_tell_is_withheld_too():
    parts = [rows([2.0] * n, unit=u) for u, n in (("a", 30), ("b", 12), ("c", 3), ("", 4))]
    found = competence_needs(pd.concat(parts), least=10).set_index("unit_id")
    assert found["reason"].to_dict() == {"": None, "a": None, "b": "small_group", "c": "small_group"}
    assert found.loc[["b", "c"], ["below", "level"]].isna().all(axis=None)
    assert competence_needs(rows([2.0] * 9), least=10)["status"].tolist() == ["withheld", "withheld"]  # the city is no cover for nine people


def answers(person, given, expert):
    return pd.DataFrame({"rater_id": person, "item": list("xxyy"), "rating": given, "expert": expert})


def test_way_to_the_key_by_hand():
    key = [5.0, 1.0, 4.0, 2.0]
    found = key_levels(pd.concat([answers("key", key, key), answers("middle", [3.0] * 4, key), answers("half", [4.0, 2.0, 4.0, 2.0], key),
                                  answers("astray", [1.0, 5.0, 2.0, 4.0], key)]), middle=3.0).set_index(["person_id", "competence"])["value"]
    assert found["key"].tolist() == [1.0, 1.0, 1.0]
    assert found["middle"].tolist() == [0.0, 0.0, 0.0]
    assert found["half"].to_dict() == pytest.approx({"": 1 - 2 / 6, "x": 0.5, "y": 1.0})
    assert found["astray"].tolist() == [-1.0, -1.0, -1.0]


def test_way_to_a_key_that_says_nothing_or_to_answers_that_are_not_there():
    flat = key_levels(answers("a", [1.0, 2.0, 5.0, None], [3.0, 3.0, 5.0, 1.0]), middle=3.0).set_index("competence")
    assert flat["value"].to_dict() == pytest.approx({"": 1 - 3 / 2, "y": 1.0})  # the key of x is the middle in every vignette
    assert flat.loc["", "n"] == 3
    assert key_levels(answers("a", [1.0] * 4, [3.0] * 4).iloc[:0], middle=3.0).empty
    with pytest.raises(EstimationError, match="expert"):
        key_levels(answers("a", [1.0] * 4, [3.0] * 4).drop(columns="expert"), middle=3.0)


def test_nothing_measured_and_a_scale_without_span():
    assert competence_needs(rows([])).empty
    assert competence_needs(rows([3.0], low=1.0, high=1.0)).empty
    assert competence_needs(rows([None, None])).empty
    with pytest.raises(EstimationError):
        competence_needs(rows([1.0]), target=0)
