"""Courses for staff of a large city, one for each way in which people come to a course, with what they truly change: mostly nothing.

They act on minutes late, which no superior rates. Drawn seats: a true effect. Sent for a low score, chosen after a bad quarter,
volunteers who were improving anyway: none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.simulate.city import City
from evalkit.simulate.history import History

LATE_AFTER = 0.5  # whoever attended the drawn course is late half as many minutes
IMPROVING = 0.7  # volunteers are late less from then on, course or not
LEAST_SHARE, LEAST_SPAN = 0.25, 6  # smaller cities have no such courses
DRAWN, SCORED, CHOSEN, VOLUNTEERS = ("PELATIHAN DISIPLIN WAKTU", "PEMBINAAN KEHADIRAN", "KLINIK KEDISIPLINAN", "PELATIHAN PENULISAN LAPORAN")
_SENT_BY = {DRAWN: "drawn", SCORED: "score", CHOSEN: "calendar", VOLUNTEERS: "volunteer"}
_HOURS = {DRAWN: 16, SCORED: 8, CHOSEN: 8, VOLUNTEERS: 24}

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Ground:
    rng: np.random.Generator
    starts: tuple[date, ...]
    share: float
    people: Ints
    opd: Ints
    late: pd.DataFrame

    def sample(self, number: int) -> Ints:
        """Draw candidates, in order of their position."""
        size = min(len(self.people), round(number * self.share))
        return np.sort(self.rng.choice(self.people, size, replace=False))

    def minutes(self, people: Ints, quarter: int) -> Floats:
        """Minutes late in a quarter."""
        found: Floats = self.late[quarter].reindex(people).fillna(0).to_numpy(dtype=float)
        return found


def staff_courses(seed: int, city: City, history: History, starts: tuple[date, ...], share: float,
                  attendance: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Draw the courses and change the minutes late of those on whom they act.

    Parameters
    ----------
    seed : int
    city : City
    history : History
    starts : tuple of date
        First days of the quarters.
    share : float
        Size of the city, 1 for the full one.
    attendance : DataFrame
        The attendance before any course.

    Returns
    -------
    tuple of DataFrame
        Enrolments (as `training.Courses`, with assigned_by, score, cut), the attendance afterwards, and the truth: course, true effect
        as a factor on minutes late (1: none), and the factor by which its people changed anyway.
    """
    span = len(starts)
    if share < LEAST_SHARE or span < LEAST_SPAN:
        return pd.DataFrame(), attendance, pd.DataFrame({"course": [], "factor": [], "anyway": []})
    listed = history.people["listed"].to_numpy() & (history.people["kind"] != "guru").to_numpy()
    there = listed & history.active[:, span - 4:].all(axis=1) & (history.post[:, span - 4:] < 0).all(axis=1)
    people = np.flatnonzero(there)
    opd = city.units["opd"].to_numpy()[city.posts["unit"].to_numpy()[history.team[people, span - 1]]]
    late = attendance.pivot_table(index="person", columns="quarter", values="late_minutes", aggfunc="sum")
    ground = _Ground(np.random.default_rng([seed, 91]), starts, share, people, opd, late)
    frames = [_drawn(ground, span), _scored(ground, span), _chosen(ground, span), _volunteers(ground, span)]
    enrolments = pd.concat(frames, ignore_index=True)
    truth = pd.DataFrame({"course": [DRAWN, SCORED, CHOSEN, VOLUNTEERS], "factor": [LATE_AFTER, 1.0, 1.0, 1.0],
                          "anyway": [1.0, 1.0, 1.0, IMPROVING]})
    return enrolments, _changed(attendance, enrolments), truth


def _drawn(ground: _Ground, span: int) -> pd.DataFrame:
    """Three hundred want a seat; in each OPD a third has one in the first wave, a third in the second, a third none."""
    people = ground.sample(600)
    office = pd.Series(ground.opd, index=ground.people).reindex(people).to_numpy()
    order = np.lexsort((ground.rng.random(len(people)), office))
    wave = np.empty(len(people), dtype=np.int64)
    wave[order] = (np.arange(len(people)) + ground.rng.integers(0, 3)) % 3  # 0: no seat
    attended = (wave > 0) & (ground.rng.random(len(people)) < 0.92)
    quarter = np.where(wave == 1, span - 3, span - 1)
    return _frame(ground, people, DRAWN, np.maximum(wave, 1), quarter, 6, wave > 0, attended)


def _scored(ground: _Ground, span: int) -> pd.DataFrame:
    """Whoever lies below a written cut on punctuality in the quarter before is sent."""
    people = ground.sample(800)
    score = np.round(100 - ground.minutes(people, span - 3) / 2, 1)
    cut = float(np.round(np.quantile(score, 0.25), 0))
    sent = score < cut
    frame = _frame(ground, people, SCORED, np.ones(len(people), dtype=np.int64), np.full(len(people), span - 2), 1, sent, sent)
    return frame.assign(score=score, cut=cut)


def _chosen(ground: _Ground, span: int) -> pd.DataFrame:
    """Heads of units chose those who had just had a bad quarter; the list only says when the course was."""
    people = ground.sample(1600)
    worst = np.sort(people[np.argsort(-ground.minutes(people, span - 2), kind="stable")[: max(10, len(people) // 18)]])
    every = np.ones(len(worst), dtype=bool)
    return _frame(ground, worst, CHOSEN, np.ones(len(worst), dtype=np.int64), np.full(len(worst), span - 1), 1, every, every)


def _volunteers(ground: _Ground, span: int) -> pd.DataFrame:
    people = ground.sample(90)
    every = np.ones(len(people), dtype=bool)
    return _frame(ground, people, VOLUNTEERS, np.ones(len(people), dtype=np.int64), np.full(len(people), span - 2), 3, every, every)


def _frame(ground: _Ground, people: Ints, course: str, wave: Ints, quarter: Ints, days: int, invited: npt.NDArray[np.bool_],
           completed: npt.NDArray[np.bool_]) -> pd.DataFrame:
    start = [ground.starts[q] + timedelta(days=days) for q in quarter.tolist()]
    return pd.DataFrame({"person": people, "course": course, "wave": wave, "quarter": quarter, "start": start,
                         "end": [d + timedelta(days=_HOURS[course] // 8 - 1) for d in start], "hours": _HOURS[course], "invited": invited,
                         "completed": completed, "effective": False, "assigned_by": _SENT_BY[course], "score": np.nan, "cut": np.nan})


def _changed(attendance: pd.DataFrame, enrolments: pd.DataFrame) -> pd.DataFrame:
    out = attendance.copy()
    minutes = out["late_minutes"].to_numpy(dtype=float, copy=True)
    for course, factor in ((DRAWN, LATE_AFTER), (VOLUNTEERS, IMPROVING)):
        own = enrolments[(enrolments["course"] == course) & enrolments["completed"]]
        since = out["person"].map(dict(zip(own["person"], own["quarter"], strict=True)))
        minutes = np.where((out["quarter"] >= since).to_numpy(), np.round(minutes * factor), minutes)
    out["late_minutes"] = minutes.astype(int)
    return out
