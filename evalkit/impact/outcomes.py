"""What can be measured of people who were trained: for each outcome its unit, the direction that is better, and what kind of evidence it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["test", "record", "behaviour", "official"]


@dataclass(frozen=True)
class Outcome:
    """One outcome. `level` is Kirkpatrick's: 2 learning, 3 behaviour, 4 results; `better` the direction that is better, empty for none."""

    name: str
    audience: Literal["staff", "evaluator"]
    unit: Literal["points", "share", "minutes", "percent", "items"]
    kind: Kind
    level: int
    better: Literal["more", "less", ""]


# In the order in which one of them is taken as the primary outcome where no plan names it. Official ratings come last and have no better
# direction: more or fewer Sangat Baik is in itself neither better nor worse.
_ALL = (
    Outcome("accuracy", "evaluator", "points", "test", 2, "less"),
    Outcome("distance", "evaluator", "points", "test", 2, "less"),
    Outcome("halo", "evaluator", "points", "test", 2, "more"),
    Outcome("spread", "evaluator", "points", "test", 2, "more"),
    Outcome("agreement", "evaluator", "share", "behaviour", 3, "more"),
    Outcome("repeated", "evaluator", "share", "behaviour", 3, "less"),
    Outcome("split", "evaluator", "share", "behaviour", 3, "more"),
    Outcome("sangat_baik_given", "evaluator", "share", "official", 3, ""),
    Outcome("test", "staff", "points", "test", 2, "more"),
    Outcome("late_minutes", "staff", "minutes", "record", 3, "less"),
    Outcome("absent_share", "staff", "share", "record", 3, "less"),
    Outcome("achieved", "staff", "percent", "record", 4, "more"),
    Outcome("items", "staff", "items", "behaviour", 3, "more"),
    Outcome("sangat_baik", "staff", "share", "official", 3, ""),
)
OUTCOMES: dict[str, Outcome] = {o.name: o for o in _ALL}


def outcomes_for(audience: str, measured: set[str]) -> tuple[Outcome, ...]:
    """Give the outcomes of a kind of course that are measured, in order of preference.

    Parameters
    ----------
    audience : str
        `staff` or `evaluator`.
    measured : set of str
        The outcomes that the data hold.

    Examples
    --------
    >>> [o.name for o in outcomes_for("evaluator", {"split", "repeated", "late_minutes"})]
    ['repeated', 'split']
    """
    return tuple(o for o in _ALL if o.audience == audience and o.name in measured)
