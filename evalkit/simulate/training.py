"""Courses of the invented city: a training of evaluators in three waves with a known effect, and two courses without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from evalkit.simulate.city import City
from evalkit.simulate.history import History

COPYING_AFTER = 0.4  # a trained evaluator repeats the last round 0.4 times as often
SPLITTING_AFTER = 0.085  # and lets the two ratings differ more often (untrained: 0.045)
EVALUATOR_COURSE = "BIMTEK PENILAI KINERJA"
_STAFF_COURSES = (("PELATIHAN PELAYANAN PRIMA", "office", 16, 70), ("DIKLAT KURIKULUM", "guru", 40, 110))


@dataclass(frozen=True)
class Courses:
    """`enrolments`: person, course, wave, quarter, start, end, hours, invited, completed, effective, assigned_by, score, cut.

    `effects` says what each course for staff truly does to minutes late, and how its people changed anyway.
    """

    enrolments: pd.DataFrame
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)


def draw_courses(rng: np.random.Generator, city: City, history: History, starts: tuple[date, ...], share: float) -> Courses:
    """Send the evaluators of whole OPD to a training in three waves by the calendar, and some staff to other courses.

    Parameters
    ----------
    rng : numpy.random.Generator
    city : City
    history : History
    starts : tuple of date
        First days of the quarters.
    share : float
        Size of the city, 1 for the full one.

    Returns
    -------
    Courses
        Waves follow the order of a drawn list of OPD, never a score: whoever is trained later is the comparison.
    """
    span = len(starts)
    waves = sorted({max(1, span * k // 8) for k in (2, 4, 5)})
    opds = rng.permutation(city.opd_units)
    wave_of = {int(opd): 1 + i % (len(waves) + 1) for i, opd in enumerate(opds)}  # the last group stays untrained
    frames: list[pd.DataFrame] = []
    for number, quarter in enumerate(waves, start=1):
        opd = city.posts["opd"].map(wave_of).fillna(0).to_numpy()
        leaders = np.unique(history.leader[opd == number, quarter])
        already = np.concatenate([f["person"].to_numpy() for f in frames]) if frames else np.array([], dtype=np.int64)
        leaders = np.setdiff1d(leaders[history.people["listed"].to_numpy()[leaders]], already)
        frames.append(_enrol(leaders, EVALUATOR_COURSE, number, quarter, starts[quarter], 24, rng.random(len(leaders)) < 0.95, True))
    for name, kind, hours, number in _STAFF_COURSES:
        quarter = span // 2
        ready = history.active[:, quarter] & (history.people["kind"] == kind).to_numpy() & (history.post[:, quarter] < 0)
        chosen = rng.choice(np.flatnonzero(ready), min(int(ready.sum()), max(3, round(number * share))), replace=False)
        frames.append(_enrol(np.sort(chosen), name, 1, quarter, starts[quarter], hours, np.ones(len(chosen), dtype=bool), False))
    return Courses(pd.concat(frames, ignore_index=True))


def _enrol(people: np.ndarray, course: str, wave: int, quarter: int, start: date, hours: int, completed: np.ndarray,
           effective: bool) -> pd.DataFrame:
    first = start + timedelta(days=20 + 7 * wave)
    return pd.DataFrame({"person": people, "course": course, "wave": wave, "quarter": quarter, "start": first,
                         "end": first + timedelta(days=hours // 8 - 1), "hours": hours, "invited": True, "completed": completed,
                         "effective": effective, "assigned_by": "calendar", "score": np.nan, "cut": np.nan})
