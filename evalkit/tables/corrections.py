"""Corrections that units send back: judged, applied to the file they are about, and applied again to its later exports.

A corrected row goes through the same reader and the same rules as any other: the file is written again aside, with the new
cells and only the rows concerned, and read. Nothing is patched in a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from evalkit.language.catalogue import say
from evalkit.tables.fault_states import KEEP, fault_ids, masked
from evalkit.tables.grid import Sheet, read_grid
from evalkit.tables.ledger import records
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.study import Study
from evalkit.tables.unit_workbook import Answer, Form, fits_closed_list, read_form

KIND, LAYOUT = "corrections", "perbaikan"
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True)
class Cell:
    """One cell that is to be put right; `new` may be a personal value and is never shown."""

    sheet: str
    row: int
    column: str
    new: str = field(repr=False)


@dataclass(frozen=True)
class Judged:
    """The answers of a form: those that can be used with the fault each is about, and what to tell about the others."""

    accepted: tuple[tuple[Answer, Mapping[str, object]], ...]
    notes: tuple[str, ...]


def judge(form: Form, faults: pd.DataFrame, study: Study) -> Judged:
    """Sort out which answers of a form can be used.

    Parameters
    ----------
    form : Form
        The workbook that came back.
    faults : DataFrame
        The table `faults`.
    study : Study
        For the language of what is told.

    Returns
    -------
    Judged
        Left out and told: an unknown fault, a number in a cell that must be text, a word outside a closed list, "keep it"
        for a row that cannot be read. A fault that is settled already is left out and counted. Of two answers to one fault
        the last counts.
    """
    known = {str(row["fault_id"]): row for row in faults.to_dict("records")}
    notes: list[str] = []
    accepted: dict[str, tuple[Answer, Mapping[str, object]]] = {}
    closed = 0
    for answer in form.answers:
        fault = known.get(answer.fault_id)
        if fault is None:
            notes.append(say("form.unknown", study.language, fault=masked(answer.fault_id[:20])))
        elif fault["status"] != "open":
            closed += 1
        elif problem := _problem(answer, fault):
            notes.append(say(problem, study.language, fault=answer.fault_id, column=str(fault["column"]), keep=KEEP))
        else:
            accepted[answer.fault_id] = (answer, {str(k): v for k, v in fault.items()})
    if closed:
        notes.append(say("form.closed", study.language, n=closed))
    return Judged(tuple(accepted.values()), tuple(notes))


def _problem(answer: Answer, fault: Mapping[object, object]) -> str | None:
    if answer.new.upper() == KEEP:
        return "form.not_kept" if fault["severity"] == "error" else None
    if answer.is_number and len(answer.new) > 15:
        return "form.number"
    return None if fits_closed_list(str(fault["column"]), answer.new) else "form.not_in_list"


def correction_rows(judged: Judged, study: Study, form: Form, at: datetime, import_id: str) -> pd.DataFrame:
    """Give the rows of the table `corrections`; long numbers are masked, the workbook in `raw/` keeps them."""
    rows = []
    for answer, fault in judged.accepted:
        text = "\x1f".join((answer.fault_id, answer.new, at.isoformat()))
        rows.append({
            "correction_id": "c" + hashlib.sha256(text.encode()).hexdigest()[:12], "table": str(fault["rule"]).partition(".")[0],
            "record_key": _text(fault["record_key"]) or answer.fault_id, "column": _text(fault["column"]) or "-",
            "old": _text(fault["value"]), "new": shown(str(fault["column"]), answer.new), "reason": masked(answer.reason) or None,
            "by": form.unit, "at": pd.Timestamp(at), "fault_id": answer.fault_id, "import_id": import_id, "row": None})
    return pd.DataFrame(rows)


def shown(column: str, new: str) -> str:
    """Give a correction as the study's tables may hold it: a name or a number of a person stays in the workbook."""
    personal = any(word in column.lower() for word in ("nip", "nama", "name", "pns id", "pegawai_id", "_id"))
    return "…" if personal and new.upper() != KEEP else masked(new)


def standing(study: Study) -> dict[str, Answer]:
    """Give the last answer to each fault, as the workbooks in `raw/` hold them."""
    found: dict[str, Answer] = {}
    for record in sorted((r for r in records(study) if r.kind == KIND), key=lambda r: (r.received_at, r.sequence)):
        form = read_form(study.root / "raw" / record.sha256 / record.raw)
        found |= {} if form is None else {a.fault_id: a for a in form.answers}
    return found


def again(study: Study, parsed: Parsed, period: str | None, answered: pd.DataFrame) -> tuple[dict[str, Answer], list[tuple[Fault, str]]]:
    """Find the faults of a new export that a unit answered before, where the value is still the one she answered about.

    Parameters
    ----------
    study : Study
        The study.
    parsed : Parsed
        The new export.
    period : str, optional
        Its period.
    answered : DataFrame
        The table `corrections`.

    Returns
    -------
    dict, list
        The answers by fault, and the faults they are about with their ids.
    """
    if answered.empty:
        return {}, []
    old = dict(zip(answered["fault_id"], answered["old"], strict=True))
    found = [(fault, identity) for fault, identity in zip(parsed.faults, fault_ids(parsed.faults, parsed.kind, period or ""), strict=True)
             if identity in old and masked(fault.value) == (_text(old[identity]) or "")]
    if not found:
        return {}, []
    answers = standing(study)
    use = [(f, i) for f, i in found if i in answers and answers[i].new.upper() != KEEP and f.row is not None]
    return {i: answers[i] for _, i in use}, use


def cells_of(pairs: Sequence[tuple[Mapping[str, object], Answer]]) -> list[Cell]:
    """Give the cells that answers put right; a fault without a place in the file has none."""
    return [Cell(str(f["sheet"] or ""), int(str(f["row"])), str(f["column"]), a.new) for f, a in pairs
            if not pd.isna(f["row"]) and f["column"]]  # type: ignore[call-overload]  # one cell


def digest(cells: Sequence[Cell]) -> str:
    """Give a digest of corrections, which tells one corrected reading of a file from another."""
    text = "\x1e".join("\x1f".join((c.sheet, str(c.row), c.column, c.new)) for c in sorted(cells, key=lambda c: (c.sheet, c.row, c.column)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def amend(source: Path, target: Path, cells: Sequence[Cell], rows: Collection[int]) -> None:
    """Write a file again with corrected cells: its title and header rows, and of its data rows only `rows`.

    Parameters
    ----------
    source : Path
        The file as it came.
    target : Path
        A workbook, under whatever name: what a file is, its first bytes say.
    cells : sequence of Cell
        What is put right.
    rows : collection of int
        Rows that are kept, as a spreadsheet numbers them; they keep their numbers.
    """
    import xlsxwriter

    sheets = read_grid(source)
    alone = len(sheets) == 1  # a text file calls its one sheet after the file, which has another name by now
    new = {("" if alone else c.sheet, c.row, c.column.strip()): c.new for c in cells}
    tops = [_header_row(sheet, {c.column.strip() for c in cells}) for sheet in sheets]
    top = max((t for t in tops if t is not None), default=0)
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for n, (sheet, own) in enumerate(zip(sheets, tops, strict=True)):
            out = book.add_worksheet(f"{sheet.name.translate(_FORBIDDEN)[:24].strip() or 'Lembar'}{'' if n == 0 else n}")
            kept = [*range(min(top + 1, sheet.height)), *sorted(r - 1 for r in rows if top < r - 1 < sheet.height)]
            for j, column in enumerate(sheet.columns):
                header = str(column[own or 0]).strip() if sheet.height else ""
                for i in kept:
                    _write(out, i, j, new.get(("" if alone else sheet.name, i + 1, header), column[i]), day)


def _header_row(sheet: Sheet, columns: Collection[str]) -> int | None:
    for i in range(min(sheet.height, 40)):
        if {str(c).strip() for c in sheet.row(i)} & set(columns):
            return i
    return None


def _write(sheet: object, i: int, j: int, value: object, day: object) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(i, j, value)  # type: ignore[attr-defined]  # xlsxwriter ships no types
    elif isinstance(value, (int, float)):
        sheet.write_number(i, j, value)  # type: ignore[attr-defined]  # as above
    elif isinstance(value, (datetime, date)):
        sheet.write_datetime(i, j, value, day)  # type: ignore[attr-defined]  # as above
    elif value not in ("", None):
        sheet.write_string(i, j, str(value))  # type: ignore[attr-defined]  # as above


def merged(first: Parsed, second: Parsed, rows: Collection[int]) -> Parsed:
    """Put the corrected reading of some rows in the place of the first reading of them."""
    kept = {name: frame[~frame["row"].isin(list(rows))] for name, frame in first.frames.items()}
    lost = max((len(first.frames[n]) - len(kept[n]) for n in kept), default=0)
    frames = {name: pd.concat([kept[name], second.frames[name]], ignore_index=True) if name in second.frames else kept[name]
              for name in kept}
    faults = tuple(f for f in first.faults if f.row not in rows) + second.faults
    read = first.rows_read - lost + second.rows_read
    return replace(first, frames=frames, people=pd.concat([first.people, second.people], ignore_index=True), faults=faults,
                   rows_read=read, rows_refused=first.rows_in_file - read)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
