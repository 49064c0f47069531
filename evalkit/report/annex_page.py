"""The annex of a unit head: who of her unit is not rated yet, by name. Marked "Rahasia unit", never made for others.

Names come from `report.naming`, which is the only caller. This page knows no register.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evalkit.language.catalogue import Language


@dataclass(frozen=True)
class Unrated:
    """A person who is not rated yet: name, post, the evaluator waited for, the reason and who can solve it, in words."""

    name: str
    post: str
    evaluator: str
    reason: str
    step: str
    by: str


@dataclass(frozen=True)
class WaitedFor:
    """An evaluator of whom ratings are missing: name, people expected and people missing."""

    name: str
    expected: int
    missing: int


@dataclass(frozen=True)
class Annex:
    """Everything the annex of one unit says; `workbook` is the relative address of the correction workbook."""

    unit: str
    owner: str
    period: str
    made_at: datetime
    release_state: str
    due: str
    due_confirmed: bool
    expected: int
    people: tuple[Unrated, ...]
    evaluators: tuple[WaitedFor, ...] = ()
    faults: int = 0
    workbook: str = ""
    timezone: str = "Asia/Makassar"
    trace: tuple[tuple[str, str], ...] = ()
    language: Language = "id"
