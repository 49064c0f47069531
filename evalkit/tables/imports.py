"""Taking files in: recognise, resolve people and units, compare with what is stored, record. Nothing else writes data.

Each file is one step that happens wholly or not at all; the good rows of a file go on while its faults are told together.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from evalkit.errors import EvalkitError, ImportFileError
from evalkit.language.catalogue import say
from evalkit.language.numbers_dates import date_text, number
from evalkit.tables import atomic, ledger, scopes
from evalkit.tables.fault_states import masked
from evalkit.tables.form_bundle import bundled
from evalkit.tables.form_intake import Arrived, corrected_before, take_form
from evalkit.tables.intake import Intake, store_rows
from evalkit.tables.parsed import Parsed
from evalkit.tables.periods import parse
from evalkit.tables.results import AddResult, FileResult, import_id, safe_name
from evalkit.tables.study import Study
from evalkit.tables.unit_workbook import Form, read_form

NEEDS_PERIOD = frozenset({"appraisals", "unit_predikat"})
_FIRST = {"units": 0, "employees": 1, "training": 2}


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
    parsed: Parsed | None
    form: Form | None = None


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
    go on. Ten forms of one kind or more (`evalkit form`) are one entry and one import, a zip of them.
    """
    moment = received_at or datetime.now(ZoneInfo(study.timezone)).replace(tzinfo=None, microsecond=0)
    asked = _Asked(None if period is None else parse(period).text, scope, kind, moment)
    results: dict[int, FileResult] = {}
    taken: dict[int, _Taken] = {}
    with ledger.locked(study), tempfile.TemporaryDirectory(prefix="evalkit-") as aside:
        files = [Path(p) for p in paths] if kind else bundled([Path(p) for p in paths], Path(aside), study.name)
        ledger.sweep(study)
        try:
            for n, path in enumerate(files):
                outcome = _take(study, path, asked)
                if isinstance(outcome, FileResult):
                    results[n] = outcome
                else:
                    taken[n] = outcome
            for n in sorted(taken, key=lambda n: (_rank(taken[n]), n)):
                results[n] = _store(study, taken[n], asked)
        finally:
            for one in taken.values():
                shutil.rmtree(one.copy.parent, ignore_errors=True)
    return AddResult(tuple(results[n] for n in sorted(results)))


def _take(study: Study, path: Path, asked: _Asked) -> _Taken | FileResult:
    """Copy a file aside and read the copy; a refusal is a result, not an exception."""
    file = safe_name(path.name)
    try:
        copy, sha256 = atomic.copy_aside(path, study.root / "raw", path.name)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ImportFileError(say("add.disk_full", study.language)) from error
        return FileResult(file, "refused", message=say("add.unreadable", study.language, file=file))
    outcome: _Taken | FileResult | None = None
    try:
        known = _known(study, sha256, asked)
        outcome = replace(known, file=file) if known is not None else _Taken(file, copy, sha256, *_read(study, copy, asked))
    except EvalkitError as error:
        outcome = FileResult(file, "refused", message=masked(str(error)))
    finally:
        if not isinstance(outcome, _Taken):
            shutil.rmtree(copy.parent, ignore_errors=True)
    return outcome


def _read(study: Study, copy: Path, asked: _Asked) -> tuple[Parsed | None, Form | None]:
    """Read a file as an export, else as a correction form; what is neither is refused with the reader's description."""
    from evalkit.tables.reader import read_file

    try:
        return read_file(copy, study=study, kind=asked.kind, period=asked.period), None
    except ImportFileError:
        form = read_form(copy)
        if form is None:
            raise
        return None, form


def _known(study: Study, sha256: str, asked: _Asked) -> FileResult | None:
    """Tell whether the same bytes were taken in before, for the same period and scope."""
    for record in ledger.records(study):
        other_period = asked.period is not None and record.period is not None and asked.period != record.period
        other_scope = asked.scope is not None and asked.scope != record.scope
        if record.sha256 == sha256 and not other_period and not other_scope and not record.corrections:
            when = date_text(record.received_at.date(), study.language)
            return FileResult("", "known", record.kind, record.layout, record.period, record.scope, import_id=record.import_id,
                              message=say("add.known", study.language, date=when))
    return None


def _rank(taken: _Taken) -> int:
    """Units and employees go first, correction forms last: they are about what the other files brought."""
    return 99 if taken.parsed is None else _FIRST.get(taken.parsed.kind, 9)


def _store(study: Study, taken: _Taken, asked: _Asked) -> FileResult:
    try:
        if taken.form is not None:
            return take_form(study, Arrived(taken.file, taken.copy, taken.sha256, asked.received_at), taken.form)
        if taken.parsed is None:
            raise ImportFileError(say("add.unreadable", study.language, file=taken.file))
        return _commit(study, taken, taken.parsed, asked)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ImportFileError(say("add.disk_full", study.language)) from error
        raise
    except EvalkitError as error:
        kind, layout = (taken.parsed.kind, taken.parsed.layout) if taken.parsed else ("", "")
        return FileResult(taken.file, "refused", kind, layout, message=masked(str(error)))


def _commit(study: Study, taken: _Taken, parsed: Parsed, asked: _Asked) -> FileResult:
    period = _period(study, taken.file, parsed, asked)
    scope = scopes.settle(study, parsed, asked.scope, period)
    records = ledger.records(study)
    identity = import_id(taken.sha256, parsed.layout, period, scope.text)
    known = next((r for r in records if r.import_id == identity), None)
    if known is not None:
        return FileResult(taken.file, "known", known.kind, known.layout, known.period, known.scope, import_id=identity,
                          message=say("add.known", study.language, date=date_text(known.received_at.date(), study.language)))
    parsed, reasons, notes = corrected_before(study, parsed, taken.copy, period)
    record = ledger.Record(
        identity, taken.sha256, taken.file, parsed.kind, parsed.layout, scope.text, asked.received_at, parsed.rows_in_file,
        parsed.rows_read, parsed.rows_refused, 0, sequence=ledger.next_sequence(records), period=period,
        exported_at=parsed.exported_at, valid_on=parsed.valid_on, group=scope.group, raw=taken.file)
    covers = scopes.covered(record, records)
    record = replace(record, covers=covers, supersedes=covers[-1] if covers else None)
    record, intake = store_rows(study, record, parsed, reasons, taken.copy)
    return _result(study, record, intake, (*scope.notes, *_form_notes(study, parsed, record, records, asked.period), *notes))


def _form_notes(study: Study, parsed: Parsed, record: ledger.Record, records: Sequence[ledger.Record], asked: str | None) -> tuple[str, ...]:
    """Say what a form left open, and which earlier file it takes the place of."""
    n, rows = (number(v, 0, study.language) for v in (parsed.unanswered, parsed.rows_in_file))
    notes = (say("add.unanswered", study.language, n=n, rows=rows),) if parsed.unanswered else ()
    if asked is not None and record.period is not None and asked != record.period:
        notes = (*notes, say("add.own_period", study.language, said=record.period, stated=asked))
    earlier = next((r for r in records if r.import_id == record.supersedes and record.scope.startswith("form:")), None)
    if earlier is None:
        return notes
    return (*notes, say("add.form_again", study.language, file=earlier.file, date=date_text(earlier.received_at.date(), study.language)))


def _result(study: Study, record: ledger.Record, intake: Intake, notes: tuple[str, ...]) -> FileResult:
    counts = Counter(intake.frames["faults"]["rule"])
    return FileResult(record.file, "added", record.kind, record.layout, record.period, record.scope, record.rows, record.rows_read,
                      record.rows_refused, dict(counts.most_common()), intake.new, intake.changed, intake.unchanged,
                      intake.withdrawn, record.import_id, "", (*notes, *_cycle_note(study, record)))


def _cycle_note(study: Study, record: ledger.Record) -> tuple[str, ...]:
    """Say when nobody in this study is rated in periods of this kind: the file is kept, but no report will use it."""
    if record.kind != "appraisals" or record.period is None or not study.populations:
        return ()
    kind = parse(record.period).kind
    if kind == "year" or study.population_of(kind):
        return ()
    return (say("add.other_cycle", study.language, period=record.period),)


def _period(study: Study, file: str, parsed: Parsed, asked: _Asked) -> str | None:
    """Settle the period: what the title says and what was stated must agree; where neither says it, ask."""
    needed = parsed.kind in NEEDS_PERIOD
    if parsed.period is not None and asked.period is not None and parsed.period != asked.period and needed:
        raise ImportFileError(say("add.other_period", study.language, file=file, said=parsed.period, stated=asked.period))
    period = parsed.period or asked.period
    if period is None and needed:
        raise ImportFileError(say("add.no_period", study.language, file=file))
    return period
