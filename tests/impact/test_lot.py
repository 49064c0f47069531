"""A lot of whole units gives large ones a smaller chance: they are compared at the same chance, and by the very lot drawn again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.assess import assess
from evalkit.impact.assignment import read_assignment
from evalkit.impact.by_lot import drawing
from evalkit.impact.lot import Lot, chances, redrawn, redrawn_p, redraws
from evalkit.impact.question import Question, material
from evalkit.impact.verdict import Verdict
from evalkit.impact.waves import draw_waves
from evalkit.impact.windows import draw_windows
from tests.calibration import training_worlds as worlds

SIZES = (127, 60, 45, 37, 30, 25, 22, 20, 17, 15, 15, 12, 10, 10, 7, 7, 6, 5, 5, 3, 3, 2, 2)
SEATS = (125, 125)


def listed(sizes: tuple[int, ...]) -> pd.DataFrame:
    unit = np.repeat(np.arange(len(sizes)), sizes)
    return pd.DataFrame({"person_id": np.char.add("p", np.char.zfill(np.arange(len(unit)).astype(str), 4)),
                         "unit_id": np.char.add("u", np.char.zfill(unit.astype(str), 2))})


def world(seed: int, effect: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame, Lot]:
    """Two waves of whole units; large ones have higher values, and rise more, whether they are trained or not."""
    rng, frame = np.random.default_rng(seed), listed(SIZES)
    drawn = draw_waves(frame, SEATS, seed=seed, name="x", drawn="unit").set_index("person_id")["wave"]
    wave = drawn.reindex(frame["person_id"]).fillna(0).astype(int).to_numpy()
    unit = np.repeat(np.arange(len(SIZES)), SIZES)
    large = (np.log(SIZES) - np.mean(np.log(SIZES)))[unit][:, None]
    value = 60 + 6 * large + 3 * large * np.array([0, 0, 1, 1.5]) + rng.normal(0, 3, len(SIZES))[unit][:, None]
    value = value + rng.normal(0, 7, (len(unit), 1)) + rng.normal(0, 7, (len(unit), 4))
    start = np.where(wave > 0, wave + 1, 99)
    value += effect * (np.arange(4)[None] >= start[:, None])
    people = pd.DataFrame({"person_id": frame["person_id"], "cluster": frame["unit_id"], "invited": wave > 0, "assigned_by": "drawn",
                           "wave": np.where(wave > 0, start, np.nan)})
    values = pd.DataFrame({"person_id": np.repeat(frame["person_id"].to_numpy(), 4), "period": np.tile(np.arange(4), len(unit)),
                           "value": value.ravel()})
    first = pd.Series(wave).groupby(frame["unit_id"].to_numpy()).first()
    return people, values, Lot(tuple(first.index), SIZES, SEATS, tuple(map(int, first)))


def judged(seed: int, effect: float = 0.0) -> tuple[Verdict, Verdict]:
    people, values, lot = world(seed, effect)
    return assess(Question("c", "score", lot=lot), people, values), assess(Question("c", "score"), people, values)


def test_drawing_again_is_the_very_draw() -> None:
    sizes, seats, frame = (9, 5, 4, 2, 1), (8, 6), listed((9, 5, 4, 2, 1))
    real = [draw_waves(frame, seats, seed=s, name="x", drawn="unit").groupby("unit_id")["wave"].first().fillna(0).to_numpy() for s in range(300)]
    share = np.stack([(np.array(real) == w).mean(axis=0) for w in (1, 2)], axis=1)
    found = chances(Lot(tuple("abcde"), sizes, seats, (0,) * 5))
    assert found[0].tolist() == [0, 0]  # nine people never fit
    assert np.abs(share - found).max() < 4 * 0.5 / np.sqrt(300)
    made = redraws(sizes, seats, draws=200)
    assert max((made == 1) @ np.array(sizes)) <= 8


def test_where_size_tells_the_outcome_nothing_is_found_that_is_not_there() -> None:
    with_lot, without = zip(*(judged(s) for s in range(30)), strict=True)
    kept = [v.effect.estimate for v in with_lot if v.effect]
    plain = [v.effect.estimate for v in without if v.effect]
    assert len(kept) >= 28
    assert abs(np.mean(kept)) < 0.9
    assert np.mean(plain) < -2  # what comes of taking the chances for equal
    assert sum(v.claims for v in with_lot) <= 4
    assert sum(v.claims for v in without) > 5


def test_an_effect_that_is_there_is_found_at_its_size() -> None:
    found = [judged(s, 6.0)[0] for s in range(100, 112)]
    assert np.mean([v.effect.estimate for v in found if v.effect]) == pytest.approx(6, abs=1.5)


def test_a_unit_without_a_chance_is_left_out_and_named_and_the_grade_tells_what_is_known() -> None:
    with_lot, without = judged(3)
    assert with_lot.left_out == ("u00",)
    assert [(c.outcome, c.reason) for c in with_lot.checks if c.name == "chances"] == [("adjusted", "units_without_chance")]
    assert (with_lot.grade, with_lot.grade_reason) == ("strong", "units_drawn_by_lot")
    assert (without.grade, without.grade_reason) == ("with_reservations", "chances_not_known")
    people, values, lot = world(3)
    moved = people.assign(invited=people["invited"] | (people["cluster"] == "u00"))
    moved.loc[moved["cluster"].eq("u00"), "wave"] = 2.0
    assert assess(Question("c", "score", lot=lot), moved, values).grade_reason == "chances_not_known"  # the lot did not send u00


def test_the_lot_drawn_again_gives_the_same_p_as_one_regression_a_draw() -> None:
    people, values, lot = world(5)
    data, question = material(people, values), Question("c", "score", lot=lot)
    found = read_assignment(people)
    again = redrawn(lot, [{1}, {2}], seed=1, draws=60)
    every = draw_windows(found, data, everybody=True)
    at = np.array([lot.units.index(u) for u in every.unit])
    made = drawing(question, found, data)
    assert made.rows.sent.sum() > 0
    sent, there = (np.zeros(again.chance.shape, dtype=bool) for _ in range(2))
    sent[at[every.sent], every.window[every.sent]] = True
    there[at[every.there], every.window[every.there]] = True

    def coefficient(d: np.ndarray, r: np.ndarray) -> float:
        kept = (r & again.compared)[at, every.window]
        x = np.column_stack([d[at, every.window], every.window == 0, every.window == 1, every.before, again.chance[at, every.window]]).astype(float)
        return float(np.linalg.lstsq(x[kept], every.after[kept], rcond=None)[0][0])

    seen = abs(coefficient(sent, there))
    hits = sum(abs(coefficient(d & r, r)) >= seen - 1e-9 for d, r in zip(again.sent, again.there, strict=True))
    p, low, high = redrawn_p(every.after, at, every.window, every.before, again, sent, there)
    assert p == pytest.approx((hits + 1) / 61)
    # an effect of four points for everybody trained moves the limits by four, and is rejected where the limits leave it out
    trained = (~there | sent)[at, every.window]
    moved = redrawn_p(every.after + 4 * trained, at, every.window, every.before, again, sent, there)
    assert moved[1:] == pytest.approx((low + 4, high + 4), abs=1e-4)
    assert redrawn_p(every.after - (high + 0.01) * trained, at, every.window, every.before, again, sent, there)[0] <= 0.05


def test_what_is_no_lot_is_refused() -> None:
    with pytest.raises(EstimationError):
        Lot(("a", "a"), (1, 1), (2,), (0, 0))
    with pytest.raises(EstimationError):
        Lot(("a",), (0,), (2,), (0,))


def by_lot(rng: np.random.Generator, sizes: tuple[int, ...], seats: int, effect: float = 0.0) -> Verdict:
    made = worlds.lot(rng, sizes, (seats,), effect=effect)
    return assess(Question("c", "score", lot=made.lot), made.people, made.outcomes)


def test_units_of_one_size_need_no_adjusting_and_eight_of_them_may_show_something() -> None:
    found = [by_lot(np.random.default_rng(s), (20,) * 8, 80, effect=12.0) for s in range(20)]
    assert [c.reason for c in found[0].checks if c.name == "chances"] == ["compared_at_the_same_chance"]
    assert {v.effect.method for v in found if v.effect} == {"drawn_ancova"}
    assert sum(v.claims for v in found) >= 16  # at 0.05 for the lot drawn again half of them were lost: eight units have p of 0.03, 0.06, 0.09


def test_where_the_lot_drawn_again_rules_nothing_out_no_range_is_shown() -> None:
    found = [by_lot(np.random.default_rng(s), (10, 15, 20, 25, 30, 40), 70) for s in range(12)]
    assert {v.reason for v in found} == {"lot_rules_nothing_out", "too_few_degrees_of_freedom"}
    assert all(v.effect is None for v in found)
    withheld = next(v for v in found if v.reason == "lot_rules_nothing_out")
    assert [(c.outcome, c.reason) for c in withheld.checks if c.name == "clusters"] == [("failed", "lot_rules_nothing_out")]
    assert withheld.next_step == "train_more_units"
