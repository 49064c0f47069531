"""What a study has and lacks for a period: its files, its open faults, the state of its reports. Counts only, no names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from evalkit.tables import store
from evalkit.tables.deadline import due_at
from evalkit.tables.ledger import Record, records
from evalkit.tables.periods import Period, parse
from evalkit.tables.study import Study

Need = Literal["required", "useful"]
# Kind of file -> whether a report of the period needs it.
EXPECTED: dict[str, Need] = {"units": "required", "employees": "required", "appraisals": "required", "unit_predikat": "useful",
                             "attendance": "useful", "skp_plans": "useful", "training": "useful",
                             "objections": "useful", "discipline": "useful", "indicators": "useful"}
_COLLECTED = ("ratings", "vignette_key", "survey_responses", "exclusions")  # what no export holds; asked by forms


@dataclass(frozen=True)
class FileState:
    """One kind of file: how many imports the period has, rows of the latest day, and which day it is."""

    kind: str
    need: Need
    imports: int
    rows: int
    latest: date | None


@dataclass(frozen=True)
class Status:
    """The state of one period of a study."""

    period: Period
    files: tuple[FileState, ...]
    faults_open: int
    errors_open: int
    due_at: date
    due_confirmed: bool
    report: Literal["none", "current", "outdated"]
    collected: tuple[tuple[str, int, int], ...] = ()  # forms that came back: layout, files, rows

    @property
    def lacking(self) -> tuple[str, ...]:
        """Kinds of file that are needed and are not there."""
        return tuple(f.kind for f in self.files if f.need == "required" and f.imports == 0)


def periods_of(study: Study) -> tuple[str, ...]:
    """Give the periods for which the study has appraisals or ratings, the earliest first."""
    found = {r.period for r in records(study) if r.period and r.kind in ("appraisals", "ratings", "outcomes", "panel")}
    return tuple(sorted(found, key=lambda p: (parse(p).end, parse(p).start)))


def describe(study: Study, period: str) -> Status:
    """Describe one period.

    Parameters
    ----------
    study : Study
        The study.
    period : str
        In the grammar of `evalkit.tables.periods`.

    Returns
    -------
    Status
        A file counts for the period when it names it or a part of it, or, where it names none, when the day it describes lies
        in the period or before the appraisals are due. A list of employees or plans counts from the period's first day on; a
        unit tree and a training list from whenever they are.
    """
    when = parse(period)
    due = due_at(when, study)
    known = records(study)
    files = tuple(_state(kind, need, [r for r in known if r.kind == kind and _counts(r, when, due)]) for kind, need in EXPECTED.items())
    faults = store.read(study, "faults")
    mine = faults[(faults["status"] == "open") & (faults["period"].isna() | (faults["period"] == when.text))]
    returned = [r for r in known if r.kind in _COLLECTED and _counts(r, when, due)]
    last = {i for r in returned for i in r.covers}
    of = {name: [r for r in returned if r.layout == name and r.import_id not in last] for name in sorted({r.layout for r in returned})}
    collected = tuple((name, len(own), sum(r.rows_read for r in own)) for name, own in of.items() if own)
    return Status(when, files, len(mine), int((mine["severity"] == "error").sum()), due, "due_days" not in study.calendar.unconfirmed,
                  _report(study, when.text, known), collected)


def _counts(record: Record, period: Period, due: date) -> bool:
    if record.corrections:
        return False
    if record.kind in ("units", "training"):
        return True
    if record.kind in ("employees", "skp_plans"):
        return record.on >= period.start or record.period == period.text
    if record.period is None:
        return period.start <= record.on <= due
    if record.kind == "appraisals":
        return record.period == period.text  # months of a quarter are other appraisals
    return period.contains(parse(record.period))


def _state(kind: str, need: Need, found: list[Record]) -> FileState:
    if not found:
        return FileState(kind, need, 0, 0, None)
    last = max(found, key=lambda r: (r.on, r.sequence))
    # PNS and PPPK come in two lists of one day
    rows = sum(r.rows_read for r in found if r.on == last.on and r.layout == last.layout)
    return FileState(kind, need, len(found), rows, last.on)


def _report(study: Study, period: str, known: tuple[Record, ...]) -> Literal["none", "current", "outdated"]:
    """Tell whether the way in of the period's reports is there, and whether something was taken in after it was made."""
    page = study.reports / period / "draft" / "office" / "index.html"
    if not page.is_file():
        return "none"
    newest = max((p.stat().st_mtime for r in known if (p := study.root / "imports" / f"{r.import_id}.json").is_file()), default=0.0)
    return "outdated" if newest > page.stat().st_mtime else "current"
