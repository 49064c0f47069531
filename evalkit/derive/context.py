"""What a derived table may know besides its input tables: the period, the window of earlier ones, declared settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from evalkit.derive.plans import list_texts, plan_texts
from evalkit.errors import DeriveError
from evalkit.tables.deadline import due_at
from evalkit.tables.periods import Period, parse
from evalkit.tables.study import Population, Study

WINDOW = 8
ATTRIBUTES = ("sex", "employment", "post_type")
MARGIN = 0.05  # the smallest gap in the share of Sangat Baik that matters, where the study states none


@dataclass(frozen=True)
class Context:
    """The period that is reported, and what a table declared that it depends on.

    `window` holds the periods of the same kind, oldest first, the last being `period`: months, quarters, semesters and years
    never meet in one table. `populations` are all populations of the study; those of the cycle are rated in these periods.
    """

    period: Period
    window: tuple[Period, ...]
    populations: tuple[Population, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cycle(self) -> tuple[Population, ...]:
        """The populations that are rated in periods of this kind."""
        return tuple(p for p in self.populations if p.cycle == self.period.kind)

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods of the window as text, oldest first."""
        return tuple(p.text for p in self.window)

    def setting(self, name: str) -> Any:
        """Give a setting that the table declared.

        Raises
        ------
        DeriveError
            If the table did not declare it: its record would not show that the result depends on it.
        """
        if name not in self.settings:
            raise DeriveError(f"The setting {name!r} is not declared by this table.")
        return self.settings[name]

    def limited(self, names: Iterable[str]) -> Context:
        """Give the same context with only the settings that a table declares."""
        return Context(self.period, self.window, self.populations, {n: self.setting(n) for n in names})

    def base(self) -> dict[str, Any]:
        """Give what every table depends on, for the key of its record."""
        return {"period": self.period.text, "window": list(self.periods),
                "populations": [[p.name, p.cycle, p.instrument, p.post, p.except_post] for p in self.populations]}


def attributes_of(study: Study) -> tuple[str, ...]:
    """Give the attributes by which the study compares people."""
    return tuple(study.fairness.get("attributes", ATTRIBUTES))


def window_of(study: Study) -> int:
    """Give how many periods the study looks back over, the reported one included."""
    return max(int(study.raters.get("window", WINDOW)), 1)


def make_context(study: Study, period: str, *, as_of: date | None, state: date | None = None, window: int = 0) -> Context:
    """Make the context of a study and period.

    Parameters
    ----------
    study : Study
        The study as `study.toml` describes it.
    period : str
        The period that is reported, in the grammar of `tables.periods`.
    as_of : date, optional
        Data that came later do not count; without it all data count.
    state : date, optional
        The day whose state the data show (the latest export), for the days that are left; the end of the period if unknown.
    window : int
        How many periods, the reported one included; 0 is what the study says.

    Raises
    ------
    StudyError
        If the period is none.
    """
    own = parse(period)
    length = max(window or window_of(study), 1)
    seen = (*(own.previous(n) for n in range(length - 1, 0, -1)), own)
    settings: dict[str, Any] = {
        "cut": as_of, "as_of": as_of or state or own.end, "seed": study.seed, "due_at": {p.text: due_at(p, study) for p in seen},
        "due_confirmed": "due_days" not in study.calendar.unconfirmed,
        "attributes": attributes_of(study),
        "min_group": int(study.fairness.get("min_group", 10)), "margin": float(study.fairness.get("margin", MARGIN)),
        "outcomes": tuple(study.fairness.get("outcomes", ())),
        "reference": dict(study.fairness.get("reference") or {}), "raters": dict(study.raters), "dimensions": dict(study.dimensions),
        "plans": plan_texts(study.root, as_of), "draws": list_texts(study.root, as_of),
        "min_raters": int(study.collect.get("min_raters_per_role", 3)),
        "mappings": tuple((m.name, m.instrument, m.kind, m.object_kind, m.direction, m.scale) for m in study.mappings)}
    return Context(own, seen, study.populations, settings)
