"""Correction forms on their way in: what units wrote is applied to the stored file, and again to its later exports."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evalkit.errors import ImportFileError
from evalkit.language.catalogue import say
from evalkit.tables import atomic, corrections, ledger, store
from evalkit.tables.corrections import KIND, LAYOUT, Cell
from evalkit.tables.fault_states import KEEP, masked
from evalkit.tables.intake import store_rows
from evalkit.tables.parsed import Parsed
from evalkit.tables.results import FileResult, import_id
from evalkit.tables.study import Study
from evalkit.tables.unit_workbook import Answer, Form

_Pair = tuple[Mapping[str, object], Answer]


@dataclass(frozen=True)
class Arrived:
    """A file that was copied aside, and when it came in."""

    file: str
    copy: Path
    sha256: str
    received_at: datetime


def take_form(study: Study, arrived: Arrived, form: Form) -> FileResult:
    """Take in a correction form: its rows become corrections, and the files they are about are read again with them.

    Parameters
    ----------
    study : Study
        The study; the caller holds its lock.
    arrived : Arrived
        The workbook.
    form : Form
        What it holds.

    Returns
    -------
    FileResult
        `changed` counts corrected rows that became new versions, `new` those that could not be read before.

    Raises
    ------
    ImportFileError
        If the form belongs to another study.

    Notes
    -----
    The form's own record is written last: a run that is killed before leaves corrected rows with their reason, and adding
    the form again completes it.
    """
    if form.study != study.name:
        raise ImportFileError(say("form.other_study", study.language, study=form.study[:40]))
    faults = store.read(study, "faults")
    judged = corrections.judge(form, faults, study)
    identity = import_id(arrived.sha256, LAYOUT, form.period or None, form.unit)
    new = changed = 0
    found: dict[str, int] = {}
    of_import: dict[str, list[_Pair]] = defaultdict(list)
    for answer, fault in judged.accepted:
        if answer.new.upper() != KEEP:
            of_import[str(fault["import_id"])].append((fault, answer))
    for original, pairs in of_import.items():
        result = _read_again(study, original, pairs, arrived.received_at)
        new, changed = new + result.new, changed + result.changed
        found |= result.faults
    known = ledger.records(study)
    record = ledger.Record(
        identity, arrived.sha256, arrived.file, KIND, LAYOUT, form.unit, arrived.received_at, len(form.answers), len(judged.accepted),
        len(form.answers) - len(judged.accepted), 0, sequence=ledger.next_sequence(known), period=form.period or None,
        raw=arrived.file)
    rows = corrections.correction_rows(judged, study, form, arrived.received_at, identity)
    ledger.commit(study, record, {"corrections": rows} if len(rows) else {}, arrived.copy)
    notes = (say("form.applied", study.language, n=len(judged.accepted)), *judged.notes)
    return FileResult(arrived.file, "added", KIND, LAYOUT, record.period, form.unit, record.rows, record.rows_read,
                      record.rows_refused, found, new, changed, import_id=identity, notes=notes)


def corrected_before(study: Study, parsed: Parsed, copy: Path, period: str | None) -> tuple[Parsed, dict[str, str], tuple[str, ...]]:
    """Apply earlier corrections to a new export that still holds the values they were about.

    Returns
    -------
    Parsed, dict, tuple
        The file with the corrected rows, the reason by record, and what to tell; unchanged where nothing was answered.
    """
    answers, faults = corrections.again(study, parsed, period, store.read(study, "corrections"))
    if not answers:
        return parsed, {}, ()
    cells = [Cell(f.sheet, f.row, f.column, answers[i].new) for f, i in faults if f.row is not None and f.column]
    keys = {f.record_key for f, _ in faults if f.record_key}
    rows = {f.row for f in parsed.faults if f.row is not None and f.record_key in keys} | {c.row for c in cells}
    second = _amended(study, copy, cells, rows, parsed.layout, period)
    reasons = {f.record_key: _reason(answers[i], study) for f, i in faults}
    return corrections.merged(parsed, second, rows), reasons, (say("form.again", study.language, n=len(cells)),)


def _read_again(study: Study, original: str, pairs: list[_Pair], at: datetime) -> FileResult:
    """Read the rows of a stored file that were corrected, and store them as an import of their own."""
    known = ledger.records(study)
    record = next(r for r in known if r.import_id == original)
    cells = corrections.cells_of(pairs)
    identity = import_id(record.sha256, record.layout, record.period, "partial", corrections.digest(cells))
    if not cells or any(r.import_id == identity for r in known):
        return FileResult(record.file, "known")
    seen = store.raw_rows(study, "faults", [record])
    keys = {str(f["record_key"]) for f, _ in pairs if isinstance(f["record_key"], str)}
    rows = {int(r) for r in seen.loc[seen["record_key"].isin(list(keys)), "row"].dropna()} | {c.row for c in cells}
    source = study.root / "raw" / record.sha256 / record.raw
    parsed = _amended(study, source, cells, rows, record.layout, record.period)
    again = ledger.Record(
        identity, record.sha256, record.file, record.kind, record.layout, "partial", at, parsed.rows_in_file, parsed.rows_read,
        parsed.rows_refused, 0, sequence=ledger.next_sequence(known), period=record.period, valid_on=record.on, raw=record.raw,
        corrections=corrections.digest(cells))
    reasons = {str(f["record_key"]): _reason(a, study) for f, a in pairs}
    again, intake = store_rows(study, again, parsed, reasons, None)
    counts = intake.frames["faults"]["rule"].value_counts().to_dict()
    return FileResult(record.file, "added", faults={str(k): int(v) for k, v in counts.items()}, new=intake.new, changed=intake.changed)


def _amended(study: Study, source: Path, cells: list[Cell], rows: set[int], layout: str, period: str | None) -> Parsed:
    from evalkit.tables.reader import read_file

    folder = atomic.aside_name(study.root / "raw" / "amended")
    folder.mkdir(parents=True)
    try:
        target = folder / source.name
        corrections.amend(source, target, cells, rows)
        return read_file(target, study=study, kind=layout, period=period)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reason(answer: Answer, study: Study) -> str:
    return masked(answer.reason)[:200] or say("form.by_unit", study.language)
