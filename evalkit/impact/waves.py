"""A lottery for seats: who is trained in which wave, drawn from a published seed, the same chance for everybody."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.reading import listed


def ticket(seed: int, name: str, code: str) -> float:
    """Give the lottery number of a code, between 0 and 1: anybody can work it out again from the published seed.

    The first 13 hexadecimal digits of SHA-256 of ``seed:name:code``, as a fraction.

    Parameters
    ----------
    seed : int
        The published seed.
    name : str
        The course: each has a lottery of its own.
    code : str
        The code of a person or unit.

    Examples
    --------
    >>> ticket(2026, "loket", "p1") == ticket(2026, "loket", "p1") != ticket(2027, "loket", "p1")
    True
    """
    digest = hashlib.sha256(f"{seed}:{name}:{code}".encode()).hexdigest()
    return int(digest[:13], 16) / 16**13


def draw_waves(people: pd.DataFrame, seats: Sequence[int], *, seed: int, name: str, drawn: str = "person") -> pd.DataFrame:
    """Draw the waves of a course.

    People stand in a list, unit by unit, units and people within them in the order of their tickets. Wave 1 takes every place at
    which ``floor((i + 1) s / N + u)`` steps up (a systematic sample with the random start u): everybody has the chance s / N, and
    each unit gets its share of the seats rounded up or down. Each next wave draws in the same way among those who are left.

    Parameters
    ----------
    people : DataFrame
        `person_id`, `unit_id`; each person once.
    seats : sequence of int
        Seats of each wave; whoever is left after the last has no wave.
    seed : int
        The published seed.
    name : str
        The course.
    drawn : {"person", "unit"}
        The lot falls on people within their unit, or on whole units, which fill the waves in the order of their tickets.

    Returns
    -------
    DataFrame
        `person_id`, `unit_id`, `ticket`, `wave` (missing without a seat), sorted by wave, unit and ticket.

    Raises
    ------
    EstimationError
        If a column is absent, a person stands twice or has no code, or a number of seats is no whole number or below zero.

    Notes
    -----
    The order of the rows does not matter. Whole units are only for courses in which what one person learns reaches the next desk:
    they cost most of the sight. A unit that does not fit in a wave any more goes to the next one, so large ones
    have smaller chances: `evalkit.impact.lot` knows them.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a", "b", "c", "d"], "unit_id": ["x", "x", "y", "y"]})
    >>> drawn = draw_waves(people, [2], seed=7, name="loket")
    >>> drawn.dropna()["unit_id"].tolist()
    ['x', 'y']
    """
    need(people, "person_id", "unit_id", what="people of a lottery")
    if people["person_id"].isna().any():
        raise EstimationError("A row of the list for a lottery names nobody.")
    if people["person_id"].duplicated().any():
        raise EstimationError("A person stands twice in the list for a lottery.")
    listed(seats=None if isinstance(seats, (int, float)) else seats)
    if isinstance(seats, (int, float)):
        raise EstimationError(f"Seats are those of each wave, such as [{seats}].")
    if any(not math.isfinite(s) or s < 0 or s != int(s) for s in seats) or drawn not in ("person", "unit"):
        raise EstimationError("Waves need whole numbers of seats that are not below zero, drawn among people or units.")
    seats = [int(s) for s in seats]
    frame = people[["person_id", "unit_id"]].astype(object).reset_index(drop=True)
    frame["unit_id"] = frame["unit_id"].fillna("")
    frame["ticket"] = [ticket(seed, name, str(p)) for p in frame["person_id"]]
    frame["_unit"] = frame["unit_id"].map({u: ticket(seed, f"{name}:unit", str(u)) for u in frame["unit_id"].unique()})
    frame = frame.sort_values(["_unit", "unit_id", "ticket", "person_id"], kind="stable", ignore_index=True)
    frame["wave"] = _of_units(frame, seats) if drawn == "unit" else _of_people(frame, seats, seed, name)
    frame["wave"] = frame["wave"].astype("Int64")
    return frame.drop(columns="_unit").sort_values(["wave", "unit_id", "ticket"], kind="stable", ignore_index=True)


def _of_people(frame: pd.DataFrame, seats: Sequence[int], seed: int, name: str) -> pd.Series:
    wave = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    for number, wanted in enumerate(seats, 1):
        left = np.flatnonzero(wave.isna().to_numpy())
        size = min(wanted, len(left))
        if not size:
            continue
        start = ticket(seed, name, f"start of wave {number}")
        # in whole steps of 1e-9: sums of fractions would give a seat too many where a share ends on a whole number
        steps = np.floor(np.round(np.arange(len(left) + 1) * size / len(left) + start, 9))
        taken = left[np.diff(steps) > 0]
        wave.iloc[taken] = number
    return wave


def _of_units(frame: pd.DataFrame, seats: Sequence[int]) -> pd.Series:
    sizes = frame.groupby("unit_id", sort=False).size()
    of: dict[object, int] = {}
    left = list(seats)
    for unit, size in sizes.items():
        place = next((i for i, room in enumerate(left) if size <= room), None)
        if place is not None:
            of[unit] = place + 1
            left[place] -= int(size)
    return frame["unit_id"].map(of).astype("Int64")


def chance_of_first(n: int, seats: Sequence[int]) -> float:
    """Give everybody's chance of a seat in the first wave; missing (nan) with nobody in the list.

    Examples
    --------
    >>> chance_of_first(200, [50, 50])
    0.25
    """
    return min(1.0, seats[0] / n) if n and seats else math.nan
