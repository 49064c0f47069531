"""The workbook in which a unit puts its faults right: one row a fault, one empty column, read back by `add`.

A form is known by the id that stands in its second row, never by its name, place or order: units rename, sort, and save with
other programs. Every cell is text, so nothing that a file holds can act, and a NIP that is typed in keeps its digits.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from evalkit.errors import ImportFileError, InstrumentError
from evalkit.instruments import labels
from evalkit.language.catalogue import say
from evalkit.language.invocation import typed
from evalkit.tables import atomic
from evalkit.tables.fault_states import KEEP
from evalkit.tables.grid import Sheet, read_grid
from evalkit.tables.schema import PREDIKAT, RATINGS, UNIT_PREDIKAT

VERSION = 1
_FORM = re.compile(r"evalkit-perbaikan/(\d+)\s+(\S+)\s+(\S+)\s+(\S+)")
_COLUMNS = ("fault_id", "name", "file", "sheet", "row", "column", "value", "text", "remedy", "new", "reason")
_WIDTHS = (12, 24, 26, 14, 8, 18, 22, 46, 46, 26, 26)
_HEADER_ROW = 4
_CLOSED: Mapping[str, tuple[labels.Kind, tuple[str, ...]]] = {
    "hasil_kerja": ("rating", RATINGS), "perilaku_kerja": ("rating", RATINGS), "hasil_akhir": ("predikat", PREDIKAT),
    "predikat": ("unit_predikat", UNIT_PREDIKAT)}


@dataclass(frozen=True)
class Answer:
    """What a unit wrote beside one fault."""

    fault_id: str
    new: str = field(repr=False)
    reason: str
    is_number: bool = False


@dataclass(frozen=True)
class Form:
    """A workbook that came back: its study, period and unit, and the rows that were filled in."""

    study: str
    period: str
    unit: str
    answers: tuple[Answer, ...]


def write_form(path: Path, faults: pd.DataFrame, *, study: str, period: str, unit: str, unit_name: str,
               names: Mapping[str, str]) -> None:
    """Write the workbook of one unit.

    Parameters
    ----------
    path : Path
        Where it is to stand; written whole or not at all.
    faults : DataFrame
        Rows of the contract `faults` that the unit is to answer.
    study, period, unit : str
        What the id of the form says; `period` may be empty.
    unit_name : str
        For the title.
    names : mapping of str to str
        Fault -> name of the person, where it is known.

    Notes
    -----
    The sheet is protected against slips, without a password: only correction and reason can be filled in.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Perbaikan")
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "border_color": "#c8c8c8"})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
        answer = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#fff8dc",
                                  "locked": False})
        sheet.write_string(0, 0, say("form.title", "id", unit=unit_name, period=period or "–"), book.add_format({"bold": True}))
        sheet.write_string(1, 0, f"evalkit-perbaikan/{VERSION} {study} {period or '-'} {unit}")
        sheet.write_string(2, 0, say("form.how", "id", keep=KEEP))
        for j, (column, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(j, j, width)
            sheet.write_string(_HEADER_ROW, j, say(f"form.column.{column}", "id"), head)
        for i, row in enumerate(faults.to_dict("records"), start=_HEADER_ROW + 1):
            _write_row(sheet, i, {**{str(k): v for k, v in row.items()}, "name": names.get(str(row["fault_id"]), "")}, text, answer)
        sheet.freeze_panes(_HEADER_ROW + 1, 1)
        sheet.autofilter(_HEADER_ROW, 0, _HEADER_ROW + max(len(faults), 1), len(_COLUMNS) - 1)
        sheet.protect("", {"sort": True, "autofilter": True, "format_columns": True, "format_rows": True})
    atomic.write_bytes(path, buffer.getvalue())


def _write_row(sheet: object, i: int, row: Mapping[str, object], text: object, answer: object) -> None:
    for j, column in enumerate(_COLUMNS):
        open_cell = column in ("new", "reason")
        value = "" if open_cell or pd.isna(row.get(column)) else str(row[column])  # type: ignore[call-overload]  # one cell
        if value:
            sheet.write_string(i, j, value, text)  # type: ignore[attr-defined]  # xlsxwriter ships no types
        else:
            sheet.write_blank(i, j, None, answer if open_cell else text)  # type: ignore[attr-defined]  # as above
    choices = _choices(str(row.get("column")), str(row.get("severity")))
    if choices:
        sheet.data_validation(i, _COLUMNS.index("new"), i, _COLUMNS.index("new"),  # type: ignore[attr-defined]  # as above
                              {"validate": "list", "source": choices, "error_title": "evalkit", "error_message": say("form.choose", "id")})


def _choices(column: str, severity: str) -> list[str]:
    """Give the words a drop-down offers: those of a closed list, and that a value noted as unusual is right."""
    kind, codes = _CLOSED.get(column.strip().lower(), ("rating", ()))
    words = [labels.export_label(kind, code) for code in codes]
    return [*words, KEEP] if words and severity == "warning" else words


def read_form(path: Path) -> Form | None:
    """Read a workbook that came back, whole or half filled in, sorted, renamed, or saved by another program.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    Form or None
        None where no sheet carries the id of such a form.

    Raises
    ------
    ImportFileError
        If the id is there and the columns that are needed are not, or the form was made by a newer evalkit.
    """
    for sheet in read_grid(path):
        top = [[str(c) for c in sheet.row(i)] for i in range(min(sheet.height, 30))]
        found = next((m for row in top for cell in row if (m := _FORM.search(cell))), None)
        if found is None:
            continue
        if int(found[1]) > VERSION:
            raise ImportFileError(say("store.newer", "id"))
        return Form(found[2], "" if found[3] == "-" else found[3], found[4], tuple(_answers(sheet, top)))
    return None


def _answers(sheet: Sheet, top: Sequence[Sequence[str]]) -> list[Answer]:
    wanted = {c: say(f"form.column.{c}", "id") for c in ("fault_id", "new", "reason")}
    stripped = [[c.strip() for c in row] for row in top]
    at = next((n for n, cells in enumerate(stripped) if wanted["fault_id"] in cells and wanted["new"] in cells), None)
    if at is None:
        raise ImportFileError(say("form.columns", "id", names=", ".join(wanted.values()), command=typed("check --to-units")))
    place = {c: stripped[at].index(header) if header in stripped[at] else None for c, header in wanted.items()}
    answers = []
    for i in range(at + 1, sheet.height):
        cells_of = {c: "" if j is None else sheet.columns[j][i] for c, j in place.items()}
        fault, new = str(cells_of["fault_id"]).strip(), cells_of["new"]
        if fault and str(new).strip():
            number = isinstance(new, (int, float)) and not isinstance(new, bool)
            written = str(int(new)) if isinstance(new, float) and new.is_integer() else str(new)
            answers.append(Answer(fault, written.strip(), str(cells_of["reason"]).strip(), number))
    return answers


def fits_closed_list(column: str, new: str) -> bool:
    """Tell whether a correction is a word of the column's closed list; other columns take any text.

    Examples
    --------
    >>> fits_closed_list("hasil_kerja", "Sesuai ekspektasi"), fits_closed_list("hasil_kerja", "bagus"), fits_closed_list("nip", "1")
    (True, False, True)
    """
    if column.strip().lower() not in _CLOSED:
        return True
    try:
        return labels.canonical(_CLOSED[column.strip().lower()][0], new) is not None
    except InstrumentError:
        return False
