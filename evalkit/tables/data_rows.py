"""The data rows of a recognised file: which rows count, and their cells by role.

Blank rows, titles, repeated headers and the footer are no data; everything else is, also what cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.instruments.layout import FormSheet, Layout, load_layouts
from evalkit.tables.cells import Cell, as_text, text_column
from evalkit.tables.grid import Sheet
from evalkit.tables.recognise import Match, row_text

_FOOTER = re.compile(r"^(?:grand\s+)?(?:total|jumlah|dicetak|diunduh|keterangan|catatan|sumber|mengetahui|data ditarik|halaman|"
                     r"rekapitulasi|rata-rata|nip\.?\b|[a-z ]+, \d{1,2} [a-z]+ \d{4}$)", re.IGNORECASE)


@dataclass(frozen=True)
class Rows:
    """The rows of all sheets of one layout: cells by role, and where each row stands.

    `sheet` and `row` (as a spreadsheet counts) have one entry a row; `headers` gives the header as written of each role.
    """

    layout: Layout
    cells: dict[str, Sequence[Cell]]
    headers: dict[str, str]
    sheet: np.ndarray
    row: np.ndarray
    titles: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.row)

    def get(self, role: str) -> Sequence[Cell]:
        """Give the cells of a role; empty cells where the file has no such column."""
        return self.cells.get(role, [""] * len(self))

    def only(self, keep: np.ndarray) -> Rows:
        """Give the rows where `keep` (shape (n,)) is true."""
        if keep.all():
            return self
        kept = np.flatnonzero(keep)
        cells = {role: _taken(column, kept) for role, column in self.cells.items()}
        return Rows(self.layout, cells, self.headers, self.sheet[kept], self.row[kept], self.titles)

    def text(self, role: str) -> pd.Series:
        """Give the cells of a role as clean text."""
        return text_column(self.get(role))


def collect(matches: Sequence[Match]) -> Rows:
    """Take the data rows out of the sheets: below the header, without blank rows, repeated headers and the footer.

    Parameters
    ----------
    matches : sequence of Match
        Complete matches of one layout, from `recognise`.

    Returns
    -------
    Rows
        Every other row, also one that cannot be used: the reader refuses it with a reason.

    Examples
    --------
    >>> from evalkit.tables.recognise import recognise
    >>> sheet = Sheet("Sheet1", (("OPD", "DINAS A", "", "Total"), ("PREDIKAT", "BAIK", "", "")), 4)
    >>> rows = collect(recognise([sheet], "predikat.xlsx"))
    >>> rows.row.tolist(), list(rows.get("predikat"))
    ([2], ['BAIK'])
    """
    layout = matches[0].layout
    parts = [_kept(match) for match in matches]
    roles = {c.role: c.header for c in layout.columns if c.role and not c.drop}
    cells: dict[str, Sequence[Cell]] = {}
    headers: dict[str, str] = {}
    for role, header in roles.items():
        if not any(header in m.found for m in matches):
            continue
        columns = [[""] * len(kept) if header not in m.found else _taken(m.sheet.columns[m.found[header]], kept)
                   for m, kept in zip(matches, parts, strict=True)]
        cells[role] = columns[0] if len(columns) == 1 else [v for column in columns for v in column]
        first = next(m for m in matches if header in m.found)
        headers[role] = " ".join(as_text(first.sheet.columns[first.found[header]][first.header]).split())
    titles = tuple(dict.fromkeys(t for m in matches for i in range(m.header) if (t := row_text(m.sheet, i))))
    sheet = np.concatenate([np.full(len(kept), m.sheet.name, dtype=object) for m, kept in zip(matches, parts, strict=True)])
    return Rows(layout, cells, headers, sheet, np.concatenate(parts) + 1, titles)


def _taken(column: Sequence[Cell], kept: np.ndarray) -> Sequence[Cell]:
    if len(kept) and kept[-1] - kept[0] + 1 == len(kept):
        return column[int(kept[0]):int(kept[-1]) + 1]
    return [column[i] for i in kept]


def _kept(match: Match) -> np.ndarray:
    """Give the rows (from 0) that hold data: from the first footer behind the last whole row on, nothing counts."""
    sheet, start = match.sheet, match.header + 1
    required = [match.found[c.header] for c in match.layout.columns if c.required and c.header in match.found]
    whole = np.ones(sheet.height, dtype=bool)
    for position in required:
        whole &= _filled(sheet.columns[position])
    whole[:start] = False
    filled = whole.copy()
    # only rows that lack a required cell have to be looked at in all their cells
    partly = (np.flatnonzero(~whole[start:]) + start).tolist()
    for column in sheet.columns:
        filled[partly] |= _filled([column[i] for i in partly])
    filled[_repeated(match, filled)] = False
    if match.layout.form is not None:
        every = tuple(lay.form for lay in load_layouts().values() if lay.form)
        filled[[i for i in np.flatnonzero(filled).tolist() if _of_form(every, sheet, i)]] = False
    lines = [i for i in np.flatnonzero(filled & ~whole).tolist() if _FOOTER.match(_first_text(sheet, i))]
    filled[lines] = False
    last = np.flatnonzero(filled & whole)
    behind = [i for i in lines if not len(last) or i > last[-1]]
    if behind:
        filled[behind[0]:] = False
    return np.flatnonzero(filled)


def _filled(column: Sequence[Cell]) -> np.ndarray:
    kinds = set(map(type, column))
    if kinds <= {str}:
        blank: np.ndarray = pc.equal(pc.utf8_trim_whitespace(pa.array(column, type=pa.string())), "").to_numpy(zero_copy_only=False)
        return ~blank
    if not kinds & {str, type(None)}:
        return np.ones(len(column), dtype=bool)
    return np.fromiter((v is not None and v != "" and (not isinstance(v, str) or bool(v.strip())) for v in column), dtype=bool,
                       count=len(column))


def _repeated(match: Match, filled: np.ndarray) -> list[int]:
    """Rows that say the header again, as printed pages and headers merged over two rows do."""
    position = next(iter(match.found.values()))
    column = match.sheet.columns[position]
    name, header = column[match.header], match.sheet.row(match.header)
    return [i for i, value in enumerate(column) if value == name and filled[i] and match.sheet.row(i) == header]


def _of_form(forms: Sequence[FormSheet], sheet: Sheet, index: int) -> bool:
    """Whether a line is of the head of a form, of whatever kind: sheets that are copied one below the other bring theirs along."""
    cell = sheet.columns[0][index]
    said = isinstance(cell, str) and (cell.startswith("evalkit/") or any(cell.startswith(f.title.partition("{")[0]) or cell in f.how for f in forms))
    return said and not any(column[index] not in ("", None) for column in sheet.columns[1:])


def _first_text(sheet: Sheet, index: int) -> str:
    return next((t for v in sheet.row(index) if (t := as_text(v).strip())), "")
