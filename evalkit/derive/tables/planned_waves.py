"""The waves of a plan, in periods: what share each takes, when it is held, and from when on it counts as trained."""

from __future__ import annotations

from datetime import date

from evalkit.derive.tables.training_courses import first_full, index_of, place_of
from evalkit.impact.outcomes import OUTCOMES
from evalkit.impact.plan import TrainingPlan
from evalkit.tables.periods import parse


def waves_of_units(plan: TrainingPlan, seats: int, people: int, period: str) -> tuple[tuple[tuple[float, int], ...], int]:
    """Give the share and first period of each wave, and the periods until the last wave has one behind it; waves of one period are one."""
    left, shares = 1.0, []
    for s in (seats, *plan.seats[1:]):
        shares.append(min(s / people, left))
        left = max(left - s / people, 0.0)
    window = (parse(period),)
    at = [place_of(date.fromisoformat(s), window) for s in plan.starts] if len(plan.starts) == len(shares) else list(range(len(shares)))
    found: dict[int, float] = {}
    for share, b in zip(shares, at, strict=True):
        found[b - min(at) + 1] = found.get(b - min(at) + 1, 0.0) + share
    kept = tuple((s, b) for b, s in sorted(found.items()) if s > 1e-9)
    return kept, kept[-1][1] + 1


def waves_of_people(plan: TrainingPlan, seats: int, people: int, period: str) -> list[tuple[float, int, int]]:
    """Give of each wave of a lot among people its share, the period in which it is held, and the first that counts as trained."""
    left, shares = people, []
    for s in (seats, *plan.seats[1:]):
        shares.append(min(s, left) / people)
        left -= min(s, left)
    days = [date.fromisoformat(s) for s in plan.starts]
    held = first = list(range(1, len(shares) + 1))
    if len(days) == len(shares):
        window = (parse(period).previous(-place_of(min(days), (parse(period),))),)
        held, first = [place_of(d, window) + 1 for d in days], [index_of(first_full(d, window), window) + 1 for d in days]
        if OUTCOMES[plan.primary].kind == "test":  # taken on a day, not over a period
            held = first
    return [w for w in zip(shares, held, first, strict=True) if w[0] > 0]
