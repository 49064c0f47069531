"""The whole invented city at once: everything that happened, before any of it is written to a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from evalkit.simulate.calendar import quarters_until, rounds_of
from evalkit.simulate.city import FULL, City, build_city
from evalkit.simulate.evaluators import Evaluators, draw_evaluators
from evalkit.simulate.history import History, simulate_history
from evalkit.simulate.people import opaque
from evalkit.simulate.ratings import Outcome, draw_unit_predikat, quadrant, rate
from evalkit.simulate.staff_courses import staff_courses
from evalkit.simulate.training import Courses, draw_courses

FILING_DAYS = 20  # an export of a finished quarter is drawn this many days after its end
_UNRATED_LAST, _UNRATED_BEFORE = 0.015, 0.006
_PRESSED = 0.02
_DECIDE_WITHIN = 14  # the office's own deadline: no rule of it was found
_REVISED, _WITHDRAWN, _LATE = 14, 3, 6  # rows of the corrected export, in a city of full size


@dataclass(frozen=True)
class World:
    """The city with its history, habits, outcomes, and what was revised afterwards.

    `outcomes` holds one round each, in order of time. `revised` holds the rows of the corrected export of the last quarter
    but one, `revisions` what differs in it, `objections` who objected and what was decided.
    """

    seed: int
    as_of: date
    starts: tuple[date, ...]
    share: float
    city: City
    history: History
    courses: Courses
    evaluators: Evaluators
    unit_predikat: pd.DataFrame
    outcomes: tuple[Outcome, ...]
    revised: Outcome
    revisions: pd.DataFrame
    objections: pd.DataFrame
    attendance: pd.DataFrame


def build_world(seed: int, employees: int = FULL, quarters: int = 8, last: str = "2026-Q3",
                as_of: date = date(2026, 10, 12)) -> World:
    """Simulate the city.

    Parameters
    ----------
    seed : int
        Everything random comes from it: the same seed gives the same city.
    employees : int
        People in service in the last quarter.
    quarters : int
        Length of the span, at least 2.
    last : str
        The last quarter, such as `2026-Q3`.
    as_of : date
        The day on which the office looks: ratings of the last quarter are still coming in.

    Returns
    -------
    World

    Raises
    ------
    EstimationError
        If the city or the span is too small, or `last` is no quarter.
    """
    rng = np.random.default_rng(seed)
    starts = quarters_until(last, quarters)
    city = build_city(employees)
    share = min(1.0, employees / FULL)
    history = simulate_history(rng, city, starts, employees, seed)
    courses = draw_courses(rng, city, history, starts, share)
    evaluators = draw_evaluators(rng, history, len(city.posts), courses)
    predikat = draw_unit_predikat(rng, city, quarters)
    rounds = rounds_of(starts)
    outcomes: list[Outcome] = []
    previous: dict[str, pd.DataFrame] = {}
    for this in rounds:
        listed = predikat.loc[predikat["quarter"] == this.last]
        outcome = rate(rng, city, history, evaluators, this, previous.get(this.population),
                       dict(zip(listed["unit"], listed["predikat"], strict=True)))
        final = this is rounds[-1] or (this.population == "asn" and this.last == quarters - 1)
        _file(rng, seed, city, history, outcome, as_of if final else this.end + timedelta(days=FILING_DAYS), final)
        previous[this.population] = outcome.rows
        outcomes.append(outcome)
    base = next(o for o in outcomes if o.round.population == "asn" and o.round.last == quarters - 2)
    revised, revisions, objections = _revise(rng, base, share)
    attendance = _attendance(rng, history, starts, evaluators)
    more, attendance, effects = staff_courses(seed, city, history, starts, share, attendance)
    if len(more):
        courses = Courses(pd.concat([courses.enrolments, more], ignore_index=True), effects)
    return World(seed, as_of, starts, share, city, history, courses, evaluators, predikat, tuple(outcomes), revised, revisions,
                 objections, attendance)


def _file(rng: np.random.Generator, seed: int, city: City, history: History, outcome: Outcome, exported: date, final: bool) -> None:
    """Add ids, the day of each rating, who pressed the button, and who is not rated yet."""
    rows, this = outcome.rows, outcome.round
    n = len(rows)
    rows["appraisal"] = opaque(seed, f"appraisal {this.population} {this.period}", np.arange(n))
    rows["rated"] = _rated(rng, rows, _UNRATED_LAST if final else _UNRATED_BEFORE)
    days = (exported - this.end).days - 1
    raters, position = np.unique(rows["rater"], return_inverse=True)
    begin = np.floor(rng.beta(1.7, 2.0, len(raters)) * days)[position]
    day = np.minimum(begin + rng.integers(0, 2, n), max(days - 1, 0)).astype(int)
    rows["rated_on"] = [_workday(this.end + timedelta(days=1 + d), this.end) for d in day.tolist()]
    rows["clock"] = [f"{h:02d}:{m:02d}:{s:02d}" for h, m, s in zip(
        rng.integers(8, 16, n).tolist(), rng.integers(0, 60, n).tolist(), rng.integers(0, 60, n).tolist(), strict=True)]
    pressed = np.isin(rows["rater"], raters[rng.random(len(raters)) < _PRESSED])
    above = city.posts["parent"].to_numpy()[rows["team"]]
    other = history.leader[np.maximum(above, 0), this.last]
    usable = pressed & (above >= 0) & history.people["listed"].to_numpy()[other] & (other != rows["person"].to_numpy())
    rows["pressed_by"] = np.where(usable, other, rows["rater"])


def _workday(day: date, end: date) -> date:
    """Move most weekend ratings to the Friday before; a first weekend stays."""
    friday = day - timedelta(days=max(day.weekday() - 4, 0))
    return friday if friday > end else day


def _rated(rng: np.random.Generator, rows: pd.DataFrame, share: float) -> np.ndarray:
    """Whoever is not rated mostly shares an evaluator who has not come to it yet."""
    n = len(rows)
    target = max(2, round(share * n))
    missing = np.zeros(n, dtype=bool)
    groups = rows.groupby("rater").indices
    for rater in rng.permutation(np.unique(rows["rater"])):
        if missing.sum() >= 0.8 * target:
            break
        team = groups[rater]
        if len(team) <= 0.3 * target:
            missing[team if rng.random() < 0.5 else team[: max(1, len(team) // 2)]] = True
    rest = np.flatnonzero(~missing)
    missing[rng.choice(rest, max(target - int(missing.sum()), 0), replace=False)] = True
    return ~missing


def _revise(rng: np.random.Generator, base: Outcome, share: float) -> tuple[Outcome, pd.DataFrame, pd.DataFrame]:
    """Make the corrected export: objections that were granted, rows withdrawn, ratings that came late."""
    rows = base.rows.copy()
    predikat = quadrant(rows["hasil"].to_numpy(), rows["perilaku"].to_numpy())
    plain = np.flatnonzero(rows["rated"] & rows["main"] & (predikat != "sangat_baik") & (rows["post"] < 0))
    filed = rng.choice(plain, min(len(plain), max(4, round(2 * _REVISED * share))), replace=False)
    granted = filed[: max(2, round(_REVISED * share))]
    others = np.setdiff1d(plain, filed)
    withdrawn = rng.choice(others, max(1, round(_WITHDRAWN * share)), replace=False)
    late = np.flatnonzero(~rows["rated"])[: max(1, round(_LATE * share))]
    hasil, perilaku = rows["hasil"].to_numpy(copy=True), rows["perilaku"].to_numpy(copy=True)
    star = rng.random(len(granted)) < 0.7
    low = hasil[granted] + perilaku[granted] < 2
    hasil[granted], perilaku[granted] = np.where(star & ~low, 2, 1), np.where(star & ~low, 2, np.where(low, 1, 2))
    changes = [("revised", i) for i in granted] + [("withdrawn", i) for i in withdrawn] + [("late", i) for i in late]
    where = np.array([i for _, i in changes], dtype=np.int64)
    revisions = pd.DataFrame({"change": [c for c, _ in changes], "person": rows["person"].to_numpy()[where],
                              "appraisal": rows["appraisal"].to_numpy()[where], "before": predikat[where],
                              "after": quadrant(hasil, perilaku)[where], "period": base.round.period})
    day = base.round.end + timedelta(days=FILING_DAYS)
    objections = pd.DataFrame({"appraisal": rows["appraisal"].to_numpy()[filed], "person": rows["person"].to_numpy()[filed],
                               "filed_at": [day + timedelta(days=int(d)) for d in rng.integers(2, 13, len(filed))],
                               "decision": np.where(np.isin(filed, granted), "diubah", "tetap"), "period": base.round.period})
    # decided within a week, before the corrected export is drawn
    objections["decided_at"] = [d + timedelta(days=4 + i % 4) for i, d in enumerate(objections["filed_at"])]
    objections["due_at"] = [d + timedelta(days=_DECIDE_WITHIN) for d in objections["filed_at"]]
    rows["hasil"], rows["perilaku"] = hasil, perilaku
    rows.loc[late, "rated"] = True
    moved = np.concatenate([granted, late])
    rows.loc[moved, "rated_on"] = [day + timedelta(days=14 + int(i) % 9) for i in range(len(moved))]
    return Outcome(base.round, rows.drop(index=withdrawn.tolist()), base.threshold), revisions, objections


def _attendance(rng: np.random.Generator, history: History, starts: tuple[date, ...], evaluators: Evaluators) -> pd.DataFrame:
    """Days of absence and minutes of delay in each month of the last four quarters; a person's own rate hardly changes."""
    listed = history.people["listed"].to_numpy()
    rate_of = np.exp(rng.normal(-1.6, 0.8, len(listed)) - 0.25 * evaluators.ability)
    frames = []
    for q in range(max(0, len(starts) - 4), len(starts)):
        person = np.flatnonzero(history.active[:, q] & listed)
        for k in range(3):
            month = date(starts[q].year, starts[q].month + k, 1)
            due = int(np.busday_count(month, (month + timedelta(days=32)).replace(day=1))) - 1
            absent = np.minimum(rng.poisson(rate_of[person]), due)
            late = np.round(rng.gamma(0.8, 25 * rate_of[person] + 2)).astype(int)
            frames.append(pd.DataFrame({"person": person, "quarter": q, "month": month, "days_due": due, "days_absent": absent,
                                        "late_minutes": late}))
    return pd.concat(frames, ignore_index=True)
