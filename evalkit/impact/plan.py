"""The plan of a training, as it can be frozen: what is measured, in which direction, how seats are given; with its digest."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any, Literal, get_args

from evalkit.errors import EstimationError

Assigned = Literal["drawn", "score", "calendar", "place", "volunteer"]
Direction = Literal["more", "less"]
FORMAT = 1
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def course_slug(name: str) -> str:
    """Give the key of a course: its name in lower case with dashes; classes and waves of one course share it.

    Examples
    --------
    >>> course_slug("BIMTEK PENILAI  KINERJA")
    'bimtek-penilai-kinerja'
    """
    return re.sub(r"[^0-9a-z]+", "-", name.casefold()).strip("-")[:80].strip("-")


@dataclass(frozen=True)
class TrainingPlan:
    """What an office decides before a course; no person stands in it.

    `seats` are those of each wave and `starts` their first days; `assigned_by` says how people come to the course, `drawn` what the
    lot falls on, `seed` is published with it. `outcomes` are all that will be tested, the primary one first, each with its direction
    (`more`, `less`). `icc`, `pre`, `attrition` are what power rests on, `smallest` the smallest effect of use, in standard deviations.
    `cost` is in rupiah, for the whole course. `saved_at` is the day of this version, `frozen` whether it may still change.
    """

    course: str
    name: str
    audience: str = "staff"
    seats: tuple[int, ...] = (30, 30)
    starts: tuple[str, ...] = ()
    hours: float = 0.0
    assigned_by: Assigned = "drawn"
    drawn: Literal["unit", "person"] = "person"
    seed: int = 1
    outcomes: Mapping[str, str] = field(default_factory=dict)
    icc: float | None = None
    pre: float | None = None
    attrition: float = 0.1
    smallest: float = 0.3
    level: float = 0.05
    power: float = 0.8
    cost: float | None = None
    list_digest: str = ""
    saved_at: str = ""
    frozen: bool = False
    format: int = FORMAT

    def __post_init__(self) -> None:
        """Refuse what cannot be planned."""
        checks = {
            "course": _SLUG.fullmatch(self.course) is not None, "audience": self.audience in ("staff", "evaluator"),
            "seats": bool(self.seats) and all(isinstance(s, int) and s > 0 for s in self.seats),
            "assigned_by": self.assigned_by in get_args(Assigned), "drawn": self.drawn in ("unit", "person"),
            "outcomes": all(d in get_args(Direction) for d in self.outcomes.values()), "icc": self.icc is None or 0 <= self.icc < 1,
            "pre": self.pre is None or -1 < self.pre < 1, "attrition": 0 <= self.attrition < 1, "smallest": self.smallest > 0,
            "level": 0 < self.level < 1, "power": 0 < self.power < 1, "cost": self.cost is None or self.cost > 0,
            "starts": all(_is_day(s) for s in self.starts), "saved_at": not self.saved_at or _is_day(self.saved_at)}
        wrong = [name for name, is_right in checks.items() if not is_right]
        if wrong:
            raise EstimationError(f"The plan of the course cannot be read: {', '.join(wrong)}.")

    @property
    def primary(self) -> str:
        """The primary outcome; empty where none is stated."""
        return next(iter(self.outcomes), "")

    @property
    def digest(self) -> str:
        """The digest of all that was decided: 12 hexadecimal digits of SHA-256; the day and the state of the version do not count."""
        content = {k: v for k, v in self.as_json().items() if k not in ("saved_at", "frozen")}
        return _digest(content)

    def as_json(self) -> dict[str, Any]:
        """Give the plan as plain data; outcomes keep their order as a list of pairs."""
        found = asdict(self)
        found["outcomes"] = [[k, v] for k, v in self.outcomes.items()]
        found["seats"], found["starts"] = list(self.seats), list(self.starts)
        return found

    def as_text(self) -> str:
        """Give the file of the plan."""
        sealed = {**self.as_json(), "digest": self.digest, "seal": self._seal()}
        return json.dumps(sealed, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def _seal(self) -> str:
        """Digest all of it, the day and the state too."""
        return _digest(self.as_json())


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()[:12]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def read_plan(text: str) -> tuple[TrainingPlan, bool]:
    """Read the file of a plan, and tell whether it still is what its digest says.

    Parameters
    ----------
    text : str
        What `TrainingPlan.as_text` wrote.

    Returns
    -------
    tuple of (TrainingPlan, bool)
        The second is false where the file was changed after it was written.

    Raises
    ------
    EstimationError
        If it is no plan.

    Examples
    --------
    >>> plan = TrainingPlan("loket", "Pelayanan loket", outcomes={"late_minutes": "less"})
    >>> read_plan(plan.as_text()) == (plan, True)
    True
    >>> read_plan(plan.as_text().replace('"less"', '"more"'))[1]
    False
    """
    try:
        found = json.loads(text)
        stated = (str(found.pop("digest", "")), str(found.pop("seal", "")))
        known = {f.name for f in fields(TrainingPlan)}
        values = {k: v for k, v in found.items() if k in known}
        values["outcomes"] = {str(k): str(v) for k, v in values.get("outcomes", [])}
        values["seats"], values["starts"] = tuple(values.get("seats", ())), tuple(values.get("starts", ()))
        plan = TrainingPlan(**values)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise EstimationError("The file of a training plan cannot be read.") from error
    return plan, (plan.digest, plan._seal()) == stated and set(found) <= known


def frozen_of(plan: TrainingPlan, on: date) -> TrainingPlan:
    """Give the plan as it is frozen on a day.

    Raises
    ------
    EstimationError
        If it names no outcome: nothing could be judged by it.
    """
    if not plan.outcomes:
        raise EstimationError("A plan without an outcome cannot be frozen: name the primary one and its direction.")
    return replace(plan, saved_at=on.isoformat(), frozen=True)


@dataclass(frozen=True)
class Happened:
    """What the lists say about a course: how people came to it, when, how many in each wave, and who was invited.

    `drawn` people have a seat by lot in the waves that were held, `astray` stand on one of the two lists only, of the lot or of the invited;
    `list_kept` is false where the list of the lot is gone or is not what its digest says.
    """

    assigned_by: str = ""
    starts: tuple[date, ...] = ()
    seats: tuple[int, ...] = ()
    hours: float = math.nan
    drawn: int = 0
    astray: int = 0
    list_kept: bool = True


def deviations(plan: TrainingPlan, happened: Happened, *, intact: bool = True, later: int = 0) -> tuple[tuple[str, str, str], ...]:
    """List where a course left its frozen plan.

    Parameters
    ----------
    plan : TrainingPlan
        The first frozen version.
    happened : Happened
        What the training lists say.
    intact : bool
        Whether the file of the plan is what its digest says.
    later : int
        Versions that were frozen after the first.

    Returns
    -------
    tuple of (str, str, str)
        Code, what was planned, what happened; empty: none was found. Codes: `changed`, `again`, `late`, `assigned_by`, `list_gone`, `drawn`
        (people with a seat by lot, and how many are invited without one or have one and are not invited), `waves`, `seats`, `starts`, `hours`.

    Notes
    -----
    Only what the lists show can be compared.

    Examples
    --------
    >>> plan = TrainingPlan("a", "A", seats=(20,), assigned_by="drawn", outcomes={"x": "more"}, saved_at="2026-01-10")
    >>> [d[0] for d in deviations(plan, Happened("volunteer", (date(2026, 1, 5),), (26,)))]
    ['late', 'assigned_by', 'seats']
    """
    found: list[tuple[str, str, str]] = []
    if not intact:
        found.append(("changed", plan.digest, ""))
    if later:
        found.append(("again", plan.saved_at, str(later)))
    first = min(happened.starts, default=None)
    if first is not None and plan.saved_at and date.fromisoformat(plan.saved_at) >= first:
        found.append(("late", plan.saved_at, first.isoformat()))
    if happened.assigned_by and happened.assigned_by != plan.assigned_by:
        found.append(("assigned_by", plan.assigned_by, happened.assigned_by))
    if plan.list_digest and not happened.list_kept:
        found.append(("list_gone", plan.list_digest, ""))
    if happened.astray:
        found.append(("drawn", str(happened.drawn), str(happened.astray)))
    if happened.seats and len(happened.seats) != len(plan.seats):
        found.append(("waves", str(len(plan.seats)), str(len(happened.seats))))
    elif any(abs(a - b) > max(2, 0.1 * b) for a, b in zip(happened.seats, plan.seats, strict=False)):
        found.append(("seats", " + ".join(map(str, plan.seats)), " + ".join(map(str, happened.seats))))
    moved = [(p, h) for p, h in zip(plan.starts, sorted(happened.starts), strict=False) if abs((date.fromisoformat(p) - h).days) > 14]
    found += [("starts", p, h.isoformat()) for p, h in moved]
    if plan.hours and not math.isnan(happened.hours) and abs(happened.hours - plan.hours) > 0.5:
        found.append(("hours", f"{plan.hours:g}", f"{happened.hours:g}"))
    return tuple(found)
