"""The demo city scaled down: its own generator of posts, people, takeovers and ratings, drawn as tables with chosen causes.

What the history of a city decides (who is due, under whom, who was rated by the same hand before) is laid out once; a draw is arithmetic on
arrays. `drawn_by_the_generator` draws the same city through `evalkit.simulate.ratings.rate`, number for number: a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from evalkit.simulate.calendar import Round, quarters_until, rounds_of
from evalkit.simulate.city import City, build_city
from evalkit.simulate.evaluators import ABILITY_SD, NOISE_SD, Evaluators, draw_evaluators
from evalkit.simulate.history import History, simulate_history
from evalkit.simulate.ratings import GAPS, HIGH, LOW, MEETS, STAR_SHARE, _codes, draw_unit_predikat, gap_of, quadrant, rate, rows_of
from evalkit.simulate.training import Courses, draw_courses

SPANS = 6  # histories among which the draws alternate
LAST = "2026-Q3"
Gaps = Mapping[tuple[str, str], float]
_QUADRANTS = pd.array(quadrant(np.repeat([0, 1, 2], 3).astype(np.int8), np.tile([0, 1, 2], 3).astype(np.int8)).tolist(), dtype="str")
_TOP = 3 * HIGH + HIGH


@dataclass(frozen=True)
class Roster:
    """A round before anybody is rated: `rows` as the generator has them, and by place in them who is who.

    `again`: the place in the last round of the same person under the same evaluator, -1 for none; `head`: heads of offices; `official`: the
    rows that the statistics on evaluators rest on.
    """

    round: Round
    rows: pd.DataFrame
    person: np.ndarray
    rater: np.ndarray
    team: np.ndarray
    again: np.ndarray
    head: np.ndarray
    head_unit: np.ndarray
    official: np.ndarray


@dataclass(frozen=True)
class Ground:
    """What stands before anybody is rated: posts, who leads them in each quarter, who attended a course, the rounds and who is due in them."""

    city: City
    history: History
    courses: Courses
    rosters: tuple[Roster, ...]
    quarters: int
    frame: pd.DataFrame
    gaps: dict[tuple[Any, ...], list[np.ndarray]]

    def gap(self, gaps: Gaps) -> list[np.ndarray]:
        """Give the latent gap of each row of each round."""
        key = tuple(sorted(gaps.items()))
        if key not in self.gaps:
            self.gaps[key] = [gap_of(self.history, r.rows, self.city, gaps) for r in self.rosters]
        return self.gaps[key]


@lru_cache(maxsize=SPANS + 2)
def ground(seed: int, employees: int, quarters: int) -> Ground:
    """Play the history of a small city once; the people rated each quarter, without the yearly rounds of teachers."""
    rng = np.random.default_rng(seed)
    starts = quarters_until(LAST, quarters)
    city = build_city(employees)
    history = simulate_history(rng, city, starts, employees, seed)
    courses = draw_courses(rng, city, history, starts, 1.0)
    rosters: list[Roster] = []
    for this in (r for r in rounds_of(starts) if r.population == "asn"):
        rosters.append(_roster(city, rows_of(city, history, this), this, rosters[-1] if rosters else None))
    frame = pd.concat([_official(city, history, r) for r in rosters], ignore_index=True)
    return Ground(city, history, courses, tuple(rosters), quarters, frame, {})


def _roster(city: City, rows: pd.DataFrame, this: Round, before: Roster | None) -> Roster:
    post, level = rows["post"].to_numpy(), city.posts["level"].to_numpy()
    person, rater, main = rows["person"].to_numpy(), rows["rater"].to_numpy(), rows["main"].to_numpy()
    unit = city.posts["unit"].to_numpy()[post]
    head = np.flatnonzero((post >= 0) & (level[post] == 2) & np.isin(unit, city.opd_units))
    ruled = (post >= 0) & (level[post] == 2) & np.isin(rows["unit"], city.opd_units)
    last = {} if before is None else {(p, r): i for i, (p, r, m) in enumerate(zip(
        before.person.tolist(), before.rater.tolist(), before.rows["main"].tolist(), strict=True)) if m}
    again = np.array([last.get((p, r), -1) if m else -1 for p, r, m in zip(person.tolist(), rater.tolist(), main.tolist(), strict=True)])
    return Roster(this, rows, person, rater, rows["team"].to_numpy(), again, head, unit[head], np.flatnonzero(main & ~ruled))


def _official(city: City, history: History, roster: Roster) -> pd.DataFrame:
    """Give what is known before the ratings of the rows that count, one a person."""
    rows, people, keep = roster.rows, history.people, roster.official
    post = rows["post"].to_numpy()
    kind = np.where(post >= 0, city.posts["post_type"].to_numpy()[post], people["post_type"].to_numpy()[roster.person])
    person, rater = roster.person[keep], roster.rater[keep]
    return pd.DataFrame({"person_id": person, "rater_id": rater, "opd_id": city.units["opd"].to_numpy()[rows["unit"]][keep],
                         "post_type": kind[keep], "instrument": "i", "sex": people["sex"].to_numpy()[person],
                         "employment": people["employment"].to_numpy()[person], "rater_sex": people["sex"].to_numpy()[rater],
                         "period": roster.round.period})


def demo(rng: np.random.Generator, *, employees: int = 1000, quarters: int = 4, severity: float = 1.0, teams: float = 1.0,
         gaps: bool | Gaps = False, copying: bool = True, one_unit: bool = False, star: float | None = None) -> pd.DataFrame:
    """Draw the ratings of the demo city by its own causes; each cause can be taken away or made larger.

    Gives the rows that the statistics on evaluators rest on (one a person and quarter, heads whose result a rule decides left out), with
    `sex`, `employment`, `rater_sex`, `top`, and `chance`, that of a person of ordinary ability (its mean over abilities) to get the highest
    result in this place and under this evaluator, where nothing is copied. `severity` and `teams` are factors of the demo's own spreads;
    `gaps`: the demo's own (true), none, or other ones; `one_unit`: the unit with the most people alone; `star`: the share of Sangat Baik,
    instead of the city's habit.
    """
    place, habits, listed = _begun(rng, employees, quarters, severity, teams, copying)
    wanted: Gaps = GAPS if gaps is True else (gaps or {})
    code: np.ndarray | None = None
    words, chances = [], []
    for roster, gap in zip(place.rosters, place.gap(wanted), strict=True):
        share = star or STAR_SHARE[roster.round.last % len(STAR_SHARE)]
        code, chance = _rated(rng, roster, habits, gap, share, code, listed[roster.round.last])
        words.append(code[roster.official])
        chances.append(chance[roster.official])
    all_codes = np.concatenate(words)
    rows = place.frame.assign(predikat=_QUADRANTS.take(all_codes), top=all_codes == _TOP, chance=np.concatenate(chances))
    return rows[rows["opd_id"] == rows["opd_id"].mode()[0]].reset_index(drop=True) if one_unit else rows


def _begun(rng: np.random.Generator, employees: int, quarters: int, severity: float, teams: float,
           copying: bool) -> tuple[Ground, Evaluators, list[dict[int, str]]]:
    """Draw one of the histories, the habits of evaluators, and each quarter's predikat of the units."""
    place = ground(int(rng.integers(SPANS)), employees, quarters)
    habits = draw_evaluators(rng, place.history, len(place.city.posts), place.courses)
    habits = replace(habits, severity=habits.severity * severity, team=habits.team * teams, copying=habits.copying * copying)
    listed: list[dict[int, str]] = [{} for _ in range(quarters)]
    drawn = draw_unit_predikat(rng, place.city, quarters)
    for unit, quarter, predikat in zip(drawn["unit"].tolist(), drawn["quarter"].tolist(), drawn["predikat"].tolist(), strict=True):
        listed[quarter][unit] = predikat
    return place, habits, listed


def _rated(rng: np.random.Generator, roster: Roster, habits: Evaluators, gap: np.ndarray, share: float, before: np.ndarray | None,
           listed: Mapping[int, str]) -> tuple[np.ndarray, np.ndarray]:
    """Rate a round, 3 * hasil + perilaku, as `evalkit.simulate.ratings.rate` does; with the chance of the highest of people of ordinary ability."""
    quarter = roster.round.last
    place = habits.team[roster.team] - habits.severity[roster.rater] + gap
    latent = (habits.team[roster.team] - habits.severity[roster.rater] + habits.ability[roster.person] + gap
              + rng.normal(0, NOISE_SD, len(place)))
    threshold = float(np.quantile(latent, 1 - share))
    hasil, perilaku = _codes(rng, latent, threshold, habits.splitting_at(roster.rater, quarter))
    code = 3 * hasil.astype(np.intp) + perilaku
    raters = np.unique(roster.rater)
    copies = rng.random(len(raters)) < habits.copying_at(raters, quarter)
    if before is not None:
        code = np.where((roster.again >= 0) & copies[np.searchsorted(raters, roster.rater)], before[roster.again], code)
    result = {"istimewa": HIGH, "baik": MEETS}
    own = np.array([result.get(listed.get(int(u), "baik"), LOW) for u in roster.head_unit], dtype=np.intp)
    code[roster.head] = 3 * own + np.where((own == HIGH) & (rng.random(len(own)) < 0.5), HIGH, MEETS)
    return code, ndtr((place - threshold) / float(np.hypot(ABILITY_SD, NOISE_SD)))


def spread_of(rows: pd.DataFrame) -> float:
    """Give the true spread of evaluators' chances: their standard deviation over evaluators and periods, by pairs of people."""
    cells = rows.groupby(["rater_id", "period"])["chance"].agg(["mean", "size"])
    pairs = (cells["size"] * (cells["size"] - 1)).to_numpy(dtype=float)
    value = cells["mean"].to_numpy(dtype=float)
    return float(np.sqrt(np.average((value - np.average(value, weights=pairs)) ** 2, weights=pairs)))


def gap_within(rows: pd.DataFrame, attribute: str, group: str, reference: str) -> float:
    """Give the true difference of chances between two groups within evaluators and periods, by the weights of Mantel and Haenszel."""
    two = rows[rows[attribute].isin([group, reference])]
    sides = [two[two[attribute] == g].groupby(["rater_id", "period"])["chance"].agg(["mean", "size"]) for g in (group, reference)]
    both = sides[0].index.intersection(sides[1].index)
    mean, size = (np.array([side.loc[both, c] for side in sides], dtype=float) for c in ("mean", "size"))
    return float(np.average(mean[0] - mean[1], weights=size.prod(axis=0) / size.sum(axis=0)))


def drawn_by_the_generator(rng: np.random.Generator, *, employees: int = 1000, quarters: int = 4, severity: float = 1.0, teams: float = 1.0,
                           gaps: bool = False, copying: bool = True) -> list[str]:
    """Give the predikat of the same draw as `demo`, through the generator of the demo city itself."""
    place, habits, listed = _begun(rng, employees, quarters, severity, teams, copying)
    before, words = None, []
    for roster in place.rosters:
        before = rate(rng, place.city, place.history, habits, roster.round, before, listed[roster.round.last], GAPS if gaps else {}).rows
        words += quadrant(before["hasil"].to_numpy(), before["perilaku"].to_numpy())[roster.official].tolist()
    return words
