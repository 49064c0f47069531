"""Generated courses whose true effect is known: who is sent and why, in units, over periods; the score is 60 with a spread of 10."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.lot import Lot
from evalkit.impact.waves import draw_waves

LEVELS = 10.0  # standard deviation of the score


@dataclass(frozen=True)
class Course:
    """`people` and `outcomes` as `evalkit.impact.assess.assess` wants them; the true average `effect`."""

    people: pd.DataFrame
    outcomes: pd.DataFrame
    effect: float
    lot: Lot | None = None


def scores(rng: np.random.Generator, *, units: int, size: int, periods: int, reliability: float = 0.5, icc: float = 0.1) -> np.ndarray:
    """Scores of people in units: unit + person + noise of each period; `reliability` is the share of variance that stays."""
    n = units * size
    unit = rng.normal(0, np.sqrt(icc), units)[np.arange(n) // size]
    person = rng.normal(0, np.sqrt(reliability - icc), n)
    return 60 + LEVELS * ((unit + person)[:, None] + rng.normal(0, np.sqrt(1 - reliability), (n, periods)))


def course(value: np.ndarray, wave: np.ndarray, *, size: int, way: str, effect: float = 0.0, growth: float = 0.0, **more: object) -> Course:
    """Put a matrix people x periods and the waves (-1: never) into frames; the effect grows by `growth` a period."""
    n, periods = value.shape
    since = np.arange(periods)[None, :] - wave[:, None]
    trained = (wave[:, None] >= 0) & (since >= 0)
    value = value + np.where(trained, effect + growth * np.where(trained, since, 0), 0.0)
    person = np.char.add("p", np.arange(n).astype(str))
    people = pd.DataFrame({"person_id": person, "cluster": np.char.add("u", (np.arange(n) // size).astype(str)), "invited": wave >= 0,
                           "assigned_by": np.where(wave >= 0, way, None), "wave": pd.array(np.where(wave >= 0, wave, 0), dtype="Int64"), **more})
    people.loc[wave < 0, "wave"] = pd.NA
    outcomes = pd.DataFrame({"person_id": np.repeat(person, periods), "period": np.tile(np.arange(periods), n), "value": value.ravel()})
    # the average over a wave's periods, then over the people of the waves
    true = effect + growth * float(np.mean((periods - 1 - wave[wave >= 0]) / 2)) if (wave >= 0).any() else effect
    return Course(people, outcomes.dropna(subset=["value"]), true)


def drawn(rng: np.random.Generator, *, units: int = 20, size: int = 20, effect: float = 0.0, whole_units: bool = True) -> Course:
    """Half of the units, or half of the people of each unit, drawn into one wave at period 2 of 4."""
    value = scores(rng, units=units, size=size, periods=4)
    unit = np.arange(units * size) // size
    if whole_units:
        wave = np.where(np.isin(unit, rng.permutation(units)[: units // 2]), 2, -1)
    else:
        wave = np.where(np.argsort(np.argsort(rng.random(units * size) + unit)) % size < size // 2, 2, -1)
    return course(value, wave, size=size, way="drawn", effect=effect)


def by_score(rng: np.random.Generator, *, units: int = 20, size: int = 40, effect: float = 0.0, cut: float = 55.0, way: str = "score") -> Course:
    """Sent at period 2 of 4 if the score of period 1 is below the cut."""
    value = scores(rng, units=units, size=size, periods=4)
    score = value[:, 1].copy()
    return course(value, np.where(score < cut, 2, -1), size=size, way=way, effect=effect, score=score, cut=cut)


def score_with_an_end(rng: np.random.Generator, kind: str) -> Course:
    """Sent by score, no effect; the outcome stops at 65 ("ceiling"), is one of three words ("words"), or is skewed ("skewed")."""
    value = scores(rng, units=20, size=40, periods=4)
    score = value[:, 1].copy()
    shown = {"ceiling": np.minimum(value, 65.0), "words": np.digitize(value, [42.0, 73.0]).astype(float), "skewed": np.exp((value - 60) / LEVELS)}
    return course(shown[kind], np.where(score < 55.0, 2, -1), size=40, way="score", score=score, cut=55.0)


def low_first(rng: np.random.Generator, *, units: int = 20, size: int = 20, periods: int = 6, way: str = "calendar") -> Course:
    """The known-zero file: in each of three waves whoever was below the cut in the period before is sent, and called sent by the calendar."""
    value = scores(rng, units=units, size=size, periods=periods)
    wave = np.full(len(value), -1)
    for w in (2, 3, 4):
        wave = np.where((wave < 0) & (value[:, w - 1] < 50.0), w, wave)
    return course(value, wave, size=size, way=way)


def low_units(rng: np.random.Generator, *, units: int = 20, low: int = 8, size: int = 20, periods: int = 4, shock: float = 0.15) -> Course:
    """Whole units sent at period 2 because their mean was low in the period before, and called sent by place; no effect."""
    unit = np.arange(units * size) // size
    value = scores(rng, units=units, size=size, periods=periods) + LEVELS * rng.normal(0, np.sqrt(shock), (units, periods))[unit]
    last = value[:, 1].reshape(units, size).mean(axis=1)
    return course(value, np.where(np.isin(unit, np.argsort(last)[:low]), 2, -1), size=size, way="place")


def all_low_first(rng: np.random.Generator, *, units: int = 20, size: int = 20, periods: int = 7) -> Course:
    """Everybody is sent in three waves from period 3 on, the lowest of period 2 first, and called sent by the calendar; no effect."""
    value = scores(rng, units=units, size=size, periods=periods)
    return course(value, 3 + np.argsort(np.argsort(value[:, 2])) * 3 // len(value), size=size, way="calendar")


def everybody(rng: np.random.Generator, way: str, *, units: int = 20, size: int = 20, periods: int = 7, effect: float = 0.0) -> Course:
    """Everybody is sent, in three waves of whole units from period 3 on, in an order that has nothing to do with what is measured."""
    value = scores(rng, units=units, size=size, periods=periods)
    wave = 3 + (rng.permutation(units) * 3 // units)[np.arange(units * size) // size]
    return course(value, wave, size=size, way=way, effect=effect)


def by_place(rng: np.random.Generator, *, units: int = 20, size: int = 20, periods: int = 6, effect: float = 0.0, growth: float = 0.0) -> Course:
    """Whole units in two waves by place, a third of them never."""
    value = scores(rng, units=units, size=size, periods=periods)
    group = rng.permutation(units) % 3
    wave = np.array([3, 4, -1])[group][np.arange(units * size) // size]
    return course(value, wave, size=size, way="place", effect=effect, growth=growth)


def shaken(rng: np.random.Generator, *, units: int = 20, treated: int = 0, effect: float = 0.0, shock: float = 0.1, periods: int = 6) -> Course:
    """Whole units of very unequal size, each with a fortune of its own in every period (`shock`, a share of the variance), trained in period 3.

    `treated` of them, or a half.
    """
    size = np.maximum(np.round(20 * np.exp(rng.normal(0, 0.6, units))), 4).astype(int)
    unit = np.repeat(np.arange(units), size)
    person = rng.normal(0, np.sqrt(0.5), len(unit))
    value = 60 + LEVELS * (person[:, None] + rng.normal(0, np.sqrt(shock), (units, periods))[unit]
                           + rng.normal(0, np.sqrt(0.5 - shock), (len(unit), periods)))
    sent = np.isin(unit, rng.permutation(units)[: treated or units // 2])
    made = course(value, np.where(sent, 3, -1), size=1, way="place", effect=effect)
    made.people["cluster"] = np.char.add("u", unit.astype(str))
    return made


def lot(rng: np.random.Generator, sizes: tuple[int, ...], seats: tuple[int, ...], *, effect: float = 0.0, slope: float = 0.0, icc: float = 0.1,
        pre: float = 0.5) -> Course:
    """Whole units of these sizes by the lot of the command, a wave a period from the second on; the one before foretells the next by `pre`.

    With `slope` large units have higher values, and rise more: a unit `e` times as large by so many standard deviations, and half of it a period.
    """
    unit = np.repeat(np.arange(len(sizes)), sizes)
    person, home = (np.char.add(letter, np.char.zfill(n.astype(str), 5)) for letter, n in (("p", np.arange(len(unit))), ("u", unit)))
    tickets = draw_waves(pd.DataFrame({"person_id": person, "unit_id": home}), seats, seed=int(rng.integers(2**31)), name="lot", drawn="unit")
    wave = tickets.set_index("person_id")["wave"].reindex(person).fillna(0).to_numpy(dtype=int)

    def fresh() -> np.ndarray:
        return rng.normal(0, np.sqrt(icc), len(sizes))[unit] + rng.normal(0, np.sqrt(1 - icc), len(unit))

    level = [fresh()]
    for _ in seats:
        level.append(pre * level[-1] + np.sqrt(1 - pre**2) * fresh())
    large = slope * (np.log(sizes) - np.mean(np.log(sizes)))[unit][:, None] * (1 + np.arange(len(level)) / 2)
    made = course(60 + LEVELS * (np.column_stack(level) + large), np.where(wave > 0, wave, -1), size=1, way="drawn", effect=effect)
    made.people["cluster"] = home
    waves = tuple(int(wave[unit == j][0]) for j in range(len(sizes)))
    return Course(made.people.assign(person_id=person), made.outcomes.assign(person_id=np.repeat(person, len(level))), effect,
                  Lot(tuple(dict.fromkeys(home.tolist())), sizes, seats, waves))


def in_waves(rng: np.random.Generator, waves: tuple[tuple[float, int, int], ...], *, units: int = 20, size: int = 20, effect: float = 0.0) -> Course:
    """People drawn by the lot of the command into waves (share, held, first period that counts), from one measure before to one after the last."""
    n, last = units * size, max(w for *_, w in waves)
    value, code = scores(rng, units=units, size=size, periods=last + 1), np.char.zfill(np.arange(n).astype(str), 4)
    listed = pd.DataFrame({"person_id": code, "unit_id": (np.arange(n) // size).astype(str)})
    tickets = draw_waves(listed, [round(s * n) for s, *_ in waves], seed=int(rng.integers(2**31)), name="waves")
    drawn = tickets.set_index("person_id")["wave"].reindex(code).fillna(0).to_numpy(dtype=int)
    held, first = (np.array([-1, *(w[i] for w in waves)])[drawn] for i in (1, 2))
    made = course(value, first, size=size, way="drawn", effect=effect)
    made.people["begun"] = pd.array(np.where(held >= 0, held, 0), dtype="Int64")
    made.people.loc[held < 0, "begun"] = pd.NA
    return made


def volunteers(rng: np.random.Generator, *, units: int = 20, size: int = 20, rise: float = 4.0) -> Course:
    """People who want to learn choose the course and rise anyway by `rise` points."""
    value = scores(rng, units=units, size=size, periods=4)
    chosen = rng.random(len(value)) < 0.3
    value[chosen, 2:] += rise
    return course(value, np.where(chosen, 2, -1), size=size, way="volunteer")


def other_rater(rng: np.random.Generator, *, units: int = 20, size: int = 20, kinder: float = 5.0) -> Course:
    """Units sent by place get a kinder rater when the training comes."""
    made = by_place(rng, units=units, size=size)
    wave = made.people.set_index("person_id")["wave"]
    start = wave.reindex(made.outcomes["person_id"]).to_numpy(dtype=float, na_value=np.inf)
    late = made.outcomes["period"].to_numpy() >= start
    unit = made.people.set_index("person_id")["cluster"].reindex(made.outcomes["person_id"]).to_numpy()
    rater = np.where(late, np.char.add("new-", unit.astype(str)), unit)
    outcomes = made.outcomes.assign(value=made.outcomes["value"] + kinder * late, rater_id=rater)
    return Course(made.people, outcomes, 0.0)


def leavers(rng: np.random.Generator, *, units: int = 20, size: int = 20, worst: float = 0.3, way: str = "drawn") -> Course:
    """Of those drawn the worst leave before they are measured again."""
    made = drawn(rng, units=units, size=size, whole_units=False)
    wide = made.outcomes.pivot_table(index="person_id", columns="period", values="value")
    sent = made.people.set_index("person_id")["invited"].reindex(wide.index).to_numpy()
    low = wide[2].to_numpy() < np.quantile(wide[2], worst)
    gone = set(wide.index[sent & low])
    kept = ~(made.outcomes["person_id"].isin(gone) & (made.outcomes["period"] >= 2))
    return Course(made.people, made.outcomes[kept], 0.0)
