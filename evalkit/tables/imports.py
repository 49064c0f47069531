"""Taking files in: recognise, resolve people and units, compare with what is stored, record. Nothing else writes data.

Each file is one step that happens wholly or not at all; the good rows of a file go on while its faults are told together.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from evalkit.errors import EvalkitError, ImportFileError
from evalkit.language.catalogue import say
from evalkit.tables import atomic, ledger, scopes, store
from evalkit.tables.fault_states import masked
from evalkit.tables.intake import Intake, prepare
from evalkit.tables.parsed import Parsed
from evalkit.tables.periods import parse
from evalkit.tables.register import Register
from evalkit.tables.study import Study

NEEDS_PERIOD = frozenset({"appraisals", "unit_predikat"})
_FIRST = {"units": 0, "employees": 1, "training": 2}
Status = Literal["added", "known", "refused"]


@dataclass(frozen=True)
class FileResult:
    """What became of one file; `message` says why it was refused, `notes` what else the clerk should know."""

    file: str
    status: Status
    kind: str = ""
    layout: str = ""
    period: str | None = None
    scope: str = ""
    rows: int = 0
    rows_read: int = 0
    rows_refused: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    import_id: str | None = None
    message: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddResult:
    """What became of the files of one call, in the order in which they were given."""

    files: tuple[FileResult, ...]

    @property
    def refused(self) -> tuple[FileResult, ...]:
        """Files of which nothing was stored."""
        return tuple(f for f in self.files if f.status == "refused")

    @property
    def faults(self) -> dict[str, int]:
        """Faults by rule, all files together."""
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.faults)
        return dict(total)


@dataclass(frozen=True)
class _Asked:
    """What the caller stated about the files."""

    period: str | None
    scope: str | None
    kind: str | None
    received_at: datetime


@dataclass(frozen=True)
class _Taken:
    """A file that was copied aside and read."""

    file: str
    copy: Path
    sha256: str
    parsed: Parsed


def add(study: Study, paths: Sequence[Path | str], *, period: str | None = None, scope: str | None = None,
        kind: str | None = None, received_at: datetime | None = None) -> AddResult:
    """Take files into a study.

    Parameters
    ----------
    study : Study
        The study.
    paths : sequence of Path or str
        The files; within one call the unit tree and the employee lists go first, whatever their order.
    period : str, optional
        The period that the files are about; it is checked against the title of each file.
    scope : str, optional
        `full` (everybody of the city) or a unit; it is checked against the title. Only from a full file follows that what
        is missing in it was withdrawn.
    kind : str, optional
        A layout or kind, where a file cannot be told by its columns.
    received_at : datetime, optional
        When the files came in; by default now, in the time zone of the study.

    Returns
    -------
    AddResult
        For each file what was read, refused, and which faults it has.

    Raises
    ------
    StudyError
        If `period` is no period, or another run holds the study.
    ImportFileError
        If the disk is full; what was stored before is whole.

    Notes
    -----
    The same bytes for the same period and scope add nothing. A file that cannot be taken is one refused entry; the others
    go on.
    """
    moment = received_at or datetime.now(ZoneInfo(study.timezone)).replace(tzinfo=None, microsecond=0)
    asked = _Asked(None if period is None else parse(period).text, scope, kind, moment)
    files = [Path(p) for p in paths]
    results: dict[int, FileResult] = {}
    taken: dict[int, _Taken] = {}
    with ledger.locked(study):
        ledger.sweep(study)
        try:
            for n, path in enumerate(files):
                outcome = _take(study, path, asked)
                if isinstance(outcome, FileResult):
                    results[n] = outcome
                else:
                    taken[n] = outcome
            for n in sorted(taken, key=lambda n: (_FIRST.get(taken[n].parsed.kind, 9), n)):
                results[n] = _store(study, taken[n], asked)
        finally:
            for one in taken.values():
                shutil.rmtree(one.copy.parent, ignore_errors=True)
    return AddResult(tuple(results[n] for n in sorted(results)))


def safe_name(name: str) -> str:
    """Give a file name that is harmless on every system and shows no NIP.

    Examples
    --------
    >>> safe_name("../Laporan Penilaian (1) 198603032010121943.xlsx")
    'Laporan_Penilaian_1_1986….xlsx'
    """
    stem, dot, suffix = Path(name.replace("\\", "/")).name.rpartition(".")
    stem, suffix = (stem, suffix) if dot and stem else (suffix, "")
    clean = re.sub(r"[^\w.-]+", "_", stem).strip("._") or "berkas"
    tail = re.sub(r"[^\w]+", "", suffix)[:8]
    return masked(clean[:80]) + (f".{tail}" if tail else "")


def import_id(sha256: str, layout: str, period: str | None, scope: str, corrections: str = "") -> str:
    """Give the id of an import: the same file, taken in the same way, has the same id.

    Examples
    --------
    >>> import_id("ab", "unor", None, "full")
    'i4e2347e4a3e1'
    """
    text = "\x1f".join((sha256, layout, period or "", scope, corrections))
    return "i" + hashlib.sha256(text.encode()).hexdigest()[:12]


def _take(study: Study, path: Path, asked: _Asked) -> _Taken | FileResult:
    """Copy a file aside and read the copy; a refusal is a result, not an exception."""
    file = safe_name(path.name)
    try:
        copy, sha256 = atomic.copy_aside(path, study.root / "raw", file)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ImportFileError(say("add.disk_full", study.language)) from error
        return FileResult(file, "refused", message=say("add.unreadable", study.language, file=file))
    try:
        known = _known(study, sha256, asked)
        if known is not None:
            outcome: _Taken | FileResult = replace(known, file=file)
        else:
            from evalkit.tables.reader import read_file

            parsed = read_file(copy, study=study, kind=asked.kind, period=asked.period)
            return _Taken(file, copy, sha256, parsed)
    except EvalkitError as error:
        outcome = FileResult(file, "refused", message=str(error))
    except BaseException:
        shutil.rmtree(copy.parent, ignore_errors=True)
        raise
    shutil.rmtree(copy.parent, ignore_errors=True)
    return outcome


def _known(study: Study, sha256: str, asked: _Asked) -> FileResult | None:
    """Tell whether the same bytes were taken in before, for the same period and scope."""
    for record in ledger.records(study):
        other_period = asked.period is not None and record.period is not None and asked.period != record.period
        other_scope = asked.scope is not None and asked.scope != record.scope
        if record.sha256 == sha256 and not other_period and not other_scope and not record.corrections:
            when = record.received_at.date().isoformat()
            return FileResult("", "known", record.kind, record.layout, record.period, record.scope, import_id=record.import_id,
                              message=say("add.known", study.language, date=when))
    return None


def _store(study: Study, taken: _Taken, asked: _Asked) -> FileResult:
    try:
        return _commit(study, taken, asked)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ImportFileError(say("add.disk_full", study.language)) from error
        raise
    except EvalkitError as error:
        return FileResult(taken.file, "refused", taken.parsed.kind, taken.parsed.layout, message=str(error))


def _commit(study: Study, taken: _Taken, asked: _Asked, corrections: str = "", reasons: dict[str, str] | None = None) -> FileResult:
    parsed = taken.parsed
    period = _period(study, taken, asked)
    scope = scopes.settle(study, parsed, asked.scope, period)
    records = ledger.records(study)
    identity = import_id(taken.sha256, parsed.layout, period, scope.text, corrections)
    known = next((r for r in records if r.import_id == identity), None)
    if known is not None:
        return FileResult(taken.file, "known", known.kind, known.layout, known.period, known.scope, import_id=identity,
                          message=say("add.known", study.language, date=known.received_at.date().isoformat()))
    record = ledger.Record(
        identity, taken.sha256, taken.file, parsed.kind, parsed.layout, scope.text, asked.received_at, parsed.rows_in_file,
        parsed.rows_read, parsed.rows_refused, len(parsed.faults), sequence=1 + max((r.sequence for r in records), default=0),
        period=period, exported_at=parsed.exported_at, valid_on=parsed.valid_on, group=scope.group, raw=taken.copy.name,
        corrections=corrections)
    covers = scopes.covered(record, records)
    record = replace(record, covers=covers, supersedes=covers[-1] if covers else None)
    intake = prepare(study, parsed, record, reasons or {})
    record = replace(record, rows_read=parsed.rows_read - intake.refused, rows_refused=parsed.rows_refused + intake.refused,
                     faults=len(intake.frames["faults"]))
    if intake.register is not None:
        Register(study.vault).save(intake.register)
    ledger.commit(study, record, intake.frames, taken.copy)
    return _result(study, record, intake, scope.notes)


def _result(study: Study, record: ledger.Record, intake: Intake, notes: tuple[str, ...]) -> FileResult:
    counts = Counter(intake.frames["faults"]["rule"])
    period_note = _cycle_note(study, record)
    return FileResult(record.file, "added", record.kind, record.layout, record.period, record.scope, record.rows, record.rows_read,
                      record.rows_refused, dict(counts.most_common()), intake.new, intake.changed, intake.unchanged,
                      intake.withdrawn, record.import_id, "", (*notes, *period_note))


def _cycle_note(study: Study, record: ledger.Record) -> tuple[str, ...]:
    """Say when nobody in this study is rated in periods of this kind: the file is kept, but no report will use it."""
    if record.kind != "appraisals" or record.period is None or not study.populations:
        return ()
    kind = parse(record.period).kind
    if kind == "year" or study.population_of(kind):
        return ()
    return (say("add.other_cycle", study.language, period=record.period),)


def _period(study: Study, taken: _Taken, asked: _Asked) -> str | None:
    """Settle the period: what the title says and what was stated must agree; where neither says it, ask."""
    said = taken.parsed.period
    if said is not None and asked.period is not None and said != asked.period and taken.parsed.kind in NEEDS_PERIOD:
        raise ImportFileError(say("add.other_period", study.language, file=taken.file, said=said, stated=asked.period))
    period = said or asked.period
    if period is None and taken.parsed.kind in NEEDS_PERIOD:
        raise ImportFileError(say("add.no_period", study.language, file=taken.file))
    return period


def stored(study: Study, table: str) -> pd.DataFrame:
    """Give the stored rows of a table, all versions (short for `store.read` without a day)."""
    return store.read(study, table)
