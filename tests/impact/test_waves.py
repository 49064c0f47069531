"""The lottery: the same chance for everybody, fair to units, the same from any order of rows, and by hand."""

import hashlib
import math

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.waves import chance_of_first, draw_waves, ticket


def people(sizes: dict[str, int]) -> pd.DataFrame:
    rows = [(f"p{unit}{i}", unit) for unit, n in sizes.items() for i in range(n)]
    return pd.DataFrame(rows, columns=["person_id", "unit_id"])


def test_a_ticket_can_be_worked_out_by_hand():
    digits = hashlib.sha256(b"2026:loket:p1").hexdigest()[:13]
    assert ticket(2026, "loket", "p1") == int(digits, 16) / 16**13


def test_each_wave_has_its_seats_and_each_unit_its_share():
    frame = people({"a": 40, "b": 13, "c": 7, "d": 1})
    drawn = draw_waves(frame, [20, 15], seed=1, name="x")
    assert drawn["wave"].value_counts().to_dict() == {1: 20, 2: 15}
    first = drawn[drawn["wave"].eq(1).fillna(False)].groupby("unit_id").size()
    for unit, size in frame.groupby("unit_id").size().items():
        assert math.floor(20 * size / 61) <= first.get(unit, 0) <= math.ceil(20 * size / 61)


def test_everybody_has_the_same_chance():
    frame = people({"a": 9, "b": 4, "c": 2, "d": 1})
    n, seats, draws = len(frame), 6, 250
    hits = pd.Series(0, index=frame["person_id"])
    for seed in range(draws):
        drawn = draw_waves(frame, [seats], seed=seed, name="x")
        hits[drawn.loc[drawn["wave"].notna(), "person_id"]] += 1
    error = math.sqrt(seats / n * (1 - seats / n) / draws)
    assert np.abs(hits / draws - seats / n).max() < 4 * error


def test_order_of_rows_does_not_matter_and_another_seed_draws_others():
    frame = people({"a": 9, "b": 4})
    one = draw_waves(frame, [5, 3], seed=2, name="x")
    other = draw_waves(frame.sample(frac=1, random_state=1), [5, 3], seed=2, name="x")
    pd.testing.assert_frame_equal(one, other)
    assert not one.equals(draw_waves(frame, [5, 3], seed=3, name="x"))
    assert not one.equals(draw_waves(frame, [5, 3], seed=2, name="y"))


def test_whole_units_are_never_parted():
    drawn = draw_waves(people({"a": 9, "b": 4, "c": 2, "d": 8}), [12, 12], seed=4, name="x", drawn="unit")
    assert len(drawn[["unit_id", "wave"]].drop_duplicates()) == 4
    assert (drawn["wave"].value_counts() <= 12).all()


def test_more_seats_than_people_nobody_and_no_unit():
    assert draw_waves(people({"a": 3}), [10], seed=1, name="x")["wave"].tolist() == [1, 1, 1]
    assert draw_waves(people({}), [10], seed=1, name="x").empty
    nowhere = people({"a": 3}).assign(unit_id=None)
    assert draw_waves(nowhere, [1], seed=1, name="x")["wave"].notna().sum() == 1
    assert chance_of_first(10, [20]) == 1.0
    assert math.isnan(chance_of_first(0, [3]))


def test_what_is_no_lottery_is_refused():
    twice = pd.concat([people({"a": 1})] * 2)
    for frame, seats, drawn in ((twice, [1], "person"), (people({"a": 2}), [-1], "person"), (people({"a": 2}), [1], "desk")):
        with pytest.raises(EstimationError):
            draw_waves(frame, seats, seed=1, name="x", drawn=drawn)
