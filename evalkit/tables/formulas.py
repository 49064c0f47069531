"""Formulas that a program wrote without their results: such a cell reads as empty, so an answer in it would be lost without a word."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from evalkit.tables.cells import as_text
from evalkit.tables.grid import BETWEEN
from evalkit.tables.parsed import Fault
from evalkit.tables.recognise import Match

_FIRST = "xl/worksheets/sheet1.xml"  # the sheet of a form that is filled in
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"[^>]*>\s*<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>')
_MOST = 20_000_000  # bytes of a part; a form is smaller


def without_result(path: Path, matches: Sequence[Match]) -> tuple[Fault, ...]:
    """Tell each formula without a result below the head of a form, also of a zip of forms.

    Parameters
    ----------
    path : Path
        The file.
    matches : sequence of Match
        Its tables. A file of another kind, or one that evalkit does not make, tells nothing.

    Returns
    -------
    tuple of Fault
        Excel and LibreOffice always store the result; programs that write workbooks often do not.
    """
    if matches[0].layout.form is None or not zipfile.is_zipfile(path):
        return ()
    return tuple(_faults(path.read_bytes(), "", matches))


def _faults(data: bytes, member: str, matches: Sequence[Match]) -> Iterator[Fault]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if entry.file_size > _MOST:
                continue
            if not member and entry.filename.lower().endswith(".xlsx"):
                yield from _faults(archive.read(entry), Path(entry.filename).name, matches)
            elif entry.filename == _FIRST:
                own = next((m for m in matches if not member or m.sheet.name.split(BETWEEN)[0] == member), None)
                yield from _told(archive.read(entry), own) if own is not None else ()


def _told(sheet: bytes, match: Match) -> Iterator[Fault]:
    for letters, digits in _CELL.findall(sheet):
        row, column = int(digits), 0
        for letter in letters:
            column = 26 * column + letter - 64
        if row > match.header + 1 and column <= len(match.sheet.columns):
            header = as_text(match.sheet.columns[column - 1][match.header]).strip()
            yield Fault("cell.formula", "error", match.sheet.name, row, header, values={"cell": f"{letters.decode()}{row}"})
