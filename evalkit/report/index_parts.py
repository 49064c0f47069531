"""What an index says, as plain data: reports, folders, units, faults, who is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from evalkit.language.catalogue import Language
from evalkit.report.changes import Compared
from evalkit.report.downloads import Download
from evalkit.report.release_rows import ReleaseRow

State = Literal["done", "unchanged", "failed", "withheld", "missing"]


@dataclass(frozen=True)
class MainReport:
    """A report of the office folder: its name in words, the question it answers, its file and what became of it."""

    title: str
    question: str
    notebook: str
    href: str
    state: State
    note: str = ""
    files: tuple[Download, ...] = ()


@dataclass(frozen=True)
class ReaderFolder:
    """A folder for one kind of reader. `path` is the path shown, `made` the pages in it, `planned` all there should be."""

    path: str
    reader: str
    content: str
    made: int
    planned: int
    href: str = ""


@dataclass(frozen=True)
class UnitReport:
    """A unit's report: people expected and not yet rated, open rows with faults, and what became of the page.

    `links` are further files of the unit, as (label, relative address): the monitor, the annex, the folder of the unit; `files`
    the report in other formats.
    """

    name: str
    group: str
    expected: int
    missing: int
    faults: int
    state: State
    note: str = ""
    href: str = ""
    links: tuple[tuple[str, str], ...] = ()
    files: tuple[Download, ...] = ()


@dataclass(frozen=True)
class FaultRule:
    """Rows that are wrong by one rule; `rule` and `remedy` are sentences in the language of the page."""

    rule: str
    rows: int
    units: int
    remedy: str


@dataclass(frozen=True)
class Waiting:
    """Who is not rated yet: people, units, the deadline in words and whether the rule behind it is confirmed."""

    people: int
    units: int
    due: str
    due_confirmed: bool
    monitor: str


@dataclass(frozen=True)
class Index:
    """Everything the index says.

    `made_at` is the moment of the run, in the zone `timezone`; `release_state` is the word shown (`draf`, `r1`);
    `next_steps` are (what to do, who and when), plain text; `checks` a sentence on how the pages were checked; `changed` sentences on
    what changed since the last run, `since` the figures of the period before (`since_period`) beside those of this one;
    `trace` name and value pairs of the last line; `reports` what became of every report, of which a unit has several.
    """

    title: str
    owner: str
    period: str
    made_at: datetime
    release_state: str
    main: tuple[MainReport, ...]
    units: tuple[UnitReport, ...] = ()
    folders: tuple[ReaderFolder, ...] = ()
    faults: tuple[FaultRule, ...] = ()
    waiting: Waiting | None = None
    next_steps: tuple[tuple[str, str], ...] = ()
    checks: str = ""
    changed: tuple[str, ...] = ()
    since: tuple[Compared, ...] = ()
    since_period: str = ""
    releases: tuple[ReleaseRow, ...] = ()
    mark: str = ""
    timezone: str = "Asia/Makassar"
    trace: tuple[tuple[str, str], ...] = field(default=())
    language: Language = "id"
    reports: tuple[State, ...] = ()

    @property
    def states(self) -> tuple[State, ...]:
        """What became of each report; where `reports` says nothing, of those listed."""
        return self.reports or tuple(r.state for r in self.main) + tuple(u.state for u in self.units)
