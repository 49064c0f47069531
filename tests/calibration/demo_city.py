"""The demo city scaled down: its own generator of posts, people, takeovers and ratings, drawn as tables with chosen causes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from evalkit.simulate.calendar import Round, quarters_until, rounds_of
from evalkit.simulate.city import City, build_city
from evalkit.simulate.evaluators import draw_evaluators
from evalkit.simulate.history import History, simulate_history
from evalkit.simulate.ratings import GAPS, draw_unit_predikat, quadrant, rate
from evalkit.simulate.training import Courses, draw_courses

SPANS = 6  # histories among which the draws alternate
LAST = "2026-Q3"


@dataclass(frozen=True)
class Ground:
    """What stands before anybody is rated: posts, who leads them in each quarter, who attended a course, and the rounds."""

    city: City
    history: History
    courses: Courses
    rounds: tuple[Round, ...]
    quarters: int


@lru_cache(maxsize=SPANS + 2)
def ground(seed: int, employees: int, quarters: int) -> Ground:
    """Play the history of a small city once; the people rated each quarter, without the yearly rounds of teachers."""
    rng = np.random.default_rng(seed)
    starts = quarters_until(LAST, quarters)
    city = build_city(employees)
    history = simulate_history(rng, city, starts, employees, seed)
    courses = draw_courses(rng, city, history, starts, 1.0)
    return Ground(city, history, courses, tuple(r for r in rounds_of(starts) if r.population == "asn"), quarters)


def demo(rng: np.random.Generator, *, employees: int = 1000, quarters: int = 4, severity: bool = True, teams: bool = True,
         gaps: bool = False, copying: bool = True, one_unit: bool = False) -> pd.DataFrame:
    """Draw the ratings of the demo city by its own causes; each cause can be taken away.

    Gives the rows that the statistics on evaluators rest on (one a person and quarter, heads whose result a rule decides left out), with
    `sex`, `employment`, `rater_sex` and `top`. `one_unit`: the unit with the most people alone.
    """
    place = ground(int(rng.integers(SPANS)), employees, quarters)
    habits = draw_evaluators(rng, place.history, len(place.city.posts), place.courses)
    habits = replace(habits, severity=habits.severity * severity, team=habits.team * teams, copying=habits.copying * copying)
    listed = draw_unit_predikat(rng, place.city, place.quarters)
    parts, before = [], None
    for this in place.rounds:
        now = listed[listed["quarter"] == this.last]
        outcome = rate(rng, place.city, place.history, habits, this, before, dict(zip(now["unit"], now["predikat"], strict=True)),
                       GAPS if gaps else {})
        before = outcome.rows
        parts.append(_official(place, before).assign(period=this.period))
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["opd_id"] == rows["opd_id"].mode()[0]].reset_index(drop=True) if one_unit else rows


def _official(place: Ground, rows: pd.DataFrame) -> pd.DataFrame:
    """Give one row a person, as the roster has it."""
    post = rows["post"].to_numpy()
    units, posts, people = place.city.units, place.city.posts, place.history.people
    ruled = (post >= 0) & (posts["level"].to_numpy()[post] == 2) & np.isin(rows["unit"], place.city.opd_units)
    keep = rows["main"].to_numpy() & ~ruled
    person, rater = rows["person"].to_numpy()[keep], rows["rater"].to_numpy()[keep]
    word = quadrant(rows["hasil"].to_numpy()[keep], rows["perilaku"].to_numpy()[keep])
    kind = np.where(post >= 0, posts["post_type"].to_numpy()[post], people["post_type"].to_numpy()[rows["person"]])
    return pd.DataFrame({"person_id": person, "rater_id": rater, "opd_id": units["opd"].to_numpy()[rows["unit"]][keep],
                         "post_type": kind[keep], "instrument": "i", "predikat": word, "top": word == "sangat_baik",
                         "sex": people["sex"].to_numpy()[person], "employment": people["employment"].to_numpy()[person],
                         "rater_sex": people["sex"].to_numpy()[rater]})
