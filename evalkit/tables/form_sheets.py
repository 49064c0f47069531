"""Forms that evalkit made, on their way back: told by the code on every row, whatever became of the file's name, place or order.

A code names kind, version with a digest of what was printed, study, and form: `evalkit/vinyet/1.90cf29/kupang/F7K2Q5AB`. It stands
above the table, in the last column of each row, and on a hidden sheet; any one of them is enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import Layout, load_layouts
from evalkit.language.catalogue import Language, say
from evalkit.tables.cells import TEXT, as_text, clean_header
from evalkit.tables.context import Context
from evalkit.tables.data_rows import Rows
from evalkit.tables.grid import BETWEEN, Sheet
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.recognise import Match, describe, hold
from evalkit.tables.validate import plain

CODE_ROLE = "form_code"
SHEETS_BESIDE = ("_evalkit", "Vinyet")
MARK = "evalkit/"
ANY_STUDY = "-"  # stands in a form that any study may take in, such as those of the demo city
_CODE = re.compile(r"evalkit/([a-z0-9-]+)/(\d+)\.([0-9a-f]{6})/([a-z0-9-]+)/([A-Z2-7]{8})")
_LOOKED_AT = 60  # rows; a code above the table or in its first rows
_HEADS = 4  # names of columns in a line of nothing else, from which it is the head of a form
_KEEP_EMPTY = ("ratings", "survey_responses", "unit_predikat")  # who was asked and did not answer is counted


@dataclass(frozen=True)
class FormCode:
    """What the code of a form says."""

    kind: str
    version: int
    digest: str
    study: str
    form: str

    def __str__(self) -> str:
        return f"{MARK}{self.kind}/{self.version}.{self.digest}/{self.study}/{self.form}"

    @property
    def printed(self) -> str:
        """Version and digest: what stands in the column `form_version` of a table."""
        return f"{self.version}.{self.digest}"


def read_code(text: object) -> FormCode | None:
    """Find a code in a cell.

    Examples
    --------
    >>> code = read_code("evalkit/vinyet/1.90cf29/kupang/F7K2Q5AB  Untuk: A")
    >>> code.kind, code.printed, str(code)
    ('vinyet', '1.90cf29', 'evalkit/vinyet/1.90cf29/kupang/F7K2Q5AB')
    >>> read_code("evalkit")
    """
    found = _CODE.search(text) if isinstance(text, str) and MARK in text else None
    return FormCode(found[1], int(found[2]), found[3], found[4], found[5]) if found else None


def form_matches(sheets: Sequence[Sheet], name: str, language: Language = "id") -> tuple[Match, ...]:
    """Find the tables of a form; none where no sheet has a code.

    Raises
    ------
    ImportFileError
        If the form is of a newer evalkit, or a column without which its rows say nothing is gone.

    Notes
    -----
    A question that an older form did not have, or that somebody removed, costs its own answers only.
    """
    code = next((c for sheet in sheets for c in _codes(sheet)), None)
    layout = None if code is None else layout_of(code.kind)
    if code is None or layout is None or layout.form is None:
        if code is not None:
            raise ImportFileError(say("forms.unknown_kind", language, file=name, kind=code.kind[:40]))
        return ()
    if code.version > layout.form.version:
        raise ImportFileError(say("forms.newer", language))
    held = [m for sheet in sheets if not is_beside(sheet.name) and (m := hold(sheet, layout)) is not None]
    usable = [m for m in held if not (m.twice or m.strange or _essential(m))]
    if not held:
        what = layout.what_en if language == "en" else layout.what_id
        raise ImportFileError(say("forms.no_head", language, file=name, what=what))
    if not usable:
        lacking = describe(max(held, key=lambda m: m.score), sheets, name, language)
        raise ImportFileError(f"{lacking} {say('forms.restore', language)}")
    return tuple(usable)


def is_beside(sheet: str) -> bool:
    """Tell whether a sheet goes with a form and holds no answers, also in a zip of forms.

    Examples
    --------
    >>> is_beside("_evalkit"), is_beside("a.xlsx · Vinyet"), is_beside("Penilaian")
    (True, True, False)
    """
    return sheet.rpartition(BETWEEN)[2] in SHEETS_BESIDE


def layout_of(kind: str) -> Layout | None:
    """Give the layout of a kind of form, by its code, its English name or its layout.

    Examples
    --------
    >>> layout_of("vignettes").name, layout_of("vinyet").name, layout_of("x")
    ('formulir-vinyet', 'formulir-vinyet', None)
    """
    return next((lay for lay in load_layouts().values() if lay.form and kind in (lay.form.code, lay.form.name, lay.name)), None)


def _codes(sheet: Sheet) -> list[FormCode]:
    return [c for i in range(min(sheet.height, _LOOKED_AT)) for v in sheet.row(i) if (c := read_code(v))]


def _essential(match: Match) -> list[str]:
    items = {c.header.strip() for c in match.layout.columns if c.role.startswith("item:")}
    return [m for m in match.missing if m not in items]


def checked(rows: Rows, matches: Sequence[Match], context: Context) -> tuple[Rows, tuple[Fault, ...], int, tuple[str, ...]]:
    """Leave out rows that belong to another study or kind, or that nobody filled in; tell old versions and lost columns.

    Returns
    -------
    Rows, tuple of Fault, int, tuple of str
        The rows that are read, what is to be told, how many rows were refused, and the forms that the file holds.
    """
    layout = rows.layout
    if layout.form is None:
        return rows, (), 0, ()
    rows = rows.only(~_names_of_columns(rows, matches))
    codes = [read_code(v) for v in rows.get(CODE_ROLE)]
    heads = [c for m in matches for i in range(m.header) for v in m.sheet.row(i) if (c := read_code(v))]
    known = [c for c in codes if c] or heads
    if any(c.version > layout.form.version for c in known):
        raise ImportFileError(say("forms.newer", context.language))
    study = context.study.name if context.study else None
    other_study = np.array([bool(c and study and c.study not in (study, ANY_STUDY)) for c in codes], dtype=bool)
    other_kind = np.array([bool(c and c.kind != layout.form.code) for c in codes], dtype=bool) & ~other_study
    for i in (i for i, c in enumerate(codes) if c is None and known):  # a wider or narrower form copied below has its code elsewhere
        codes[i] = _elsewhere(matches, str(rows.sheet[i]), int(rows.row[i]) - 1)
        other_kind[i] = (c := codes[i]) is not None and c.kind != layout.form.code
    if heads and not any(codes) and study and all(c.study not in (study, ANY_STUDY) for c in heads):
        raise ImportFileError(say("forms.other_study", context.language, study=heads[0].study))
    faults = [*_rows_told("form.other_study", rows, other_study, codes), *_rows_told("form.other_kind", rows, other_kind, codes),
              *_old(known, layout), *_columns(matches)]
    refused = other_study | other_kind
    empty = _empty(rows) & ~refused if layout.kind not in _KEEP_EMPTY else np.zeros(len(rows), dtype=bool)
    if empty.any():
        faults.append(Fault("form.rows_empty", "warning", values={"rows": str(int(empty.sum()))}))
    ids = tuple(sorted({c.form for c in known}))
    return rows.only(~(refused | empty)), tuple(faults), int(refused.sum()), ids


def _names_of_columns(rows: Rows, matches: Sequence[Match]) -> np.ndarray:
    """Find the lines that name the columns of a form that was copied below: they are no rows."""
    names = {clean_header(n) for layout in load_layouts().values() if layout.form for c in layout.columns for n in (c.header, *c.aliases)}
    sheets = {m.sheet.name: m.sheet for m in matches}
    found = np.zeros(len(rows), dtype=bool)
    for i, (sheet, row) in enumerate(zip(rows.sheet, rows.row, strict=True)):
        own, held = sheets.get(str(sheet)), 0
        for column in own.columns if own is not None else ():
            value = column[int(row) - 1] if int(row) <= len(column) else None
            if as_text(value).strip():
                if clean_header(value) not in names:  # mostly the first cell: a number
                    held = 0
                    break
                held += 1
        found[i] = held >= _HEADS
    return found


def _elsewhere(matches: Sequence[Match], sheet: str, row: int) -> FormCode | None:
    return next((c for m in matches if m.sheet.name == sheet for v in m.sheet.row(row) if (c := read_code(v))), None)


def unanswered(rows: Rows) -> int:
    """Count the rows that nobody filled in and that stay, since who was asked and did not answer is counted."""
    if rows.layout.form is None or rows.layout.kind not in ("ratings", "survey_responses"):
        return 0
    asked = _empty(rows)
    for role in (c.role for c in rows.layout.columns if c.required and c.role and c.header not in rows.layout.form.open):
        asked &= rows.text(role).notna().to_numpy(dtype=bool)  # a line without it is no question, and is refused
    return int(asked.sum())


def versions(rows: Rows) -> pd.Series:
    """Give the printed version of the form of each row, for `form_version`; missing where the row has no code."""
    codes = [read_code(v) for v in rows.get(CODE_ROLE)]
    return pd.Series([c.printed if c else None for c in codes], dtype=TEXT)


def with_form(parsed: Parsed, faults: tuple[Fault, ...], refused: int, ids: tuple[str, ...]) -> Parsed:
    """Put what was told of the form to what was read of its rows."""
    return replace(parsed, faults=(*faults, *parsed.faults), rows_in_file=parsed.rows_in_file + refused,
                   rows_refused=parsed.rows_refused + refused, forms=ids)


def _rows_told(rule: str, rows: Rows, where: np.ndarray, codes: list[FormCode | None]) -> list[Fault]:
    header = rows.headers.get(CODE_ROLE, "")
    return [Fault(rule, "error", str(rows.sheet[i]), int(rows.row[i]), header, plain(str(codes[i])),
                  values={"study": c.study, "kind": c.kind} if (c := codes[i]) else {}) for i in np.flatnonzero(where)]


def _old(codes: Sequence[FormCode], layout: Layout) -> list[Fault]:
    form = layout.form
    seen = sorted({c.printed for c in codes if form and c.kind == form.code and c.digest != form.digest})
    now = f"{form.version}.{form.digest}" if form else ""
    return [Fault("form.old_version", "warning", value=old, values={"old": old, "now": now}) for old in seen]


def _columns(matches: Sequence[Match]) -> list[Fault]:
    """Columns that are gone, and those of an older form that are no longer asked."""
    faults = []
    for match in matches:
        names = {clean_header(n) for c in match.layout.columns for n in (c.header, *c.aliases)}
        row = match.sheet.row(match.header)
        extra = [(as_text(v).strip(), j) for j, v in enumerate(row) if as_text(v).strip() and clean_header(v) not in names]
        below = match.header + 1
        faults += [Fault("form.column_unknown", "warning", match.sheet.name, below, plain(header), values={"header": plain(header)})
                   for header, j in extra if any(as_text(v).strip() for v in match.sheet.columns[j][below:])]
        items = [c.header for c in match.layout.columns if c.role.startswith("item:") and c.header not in match.found]
        faults += [Fault("form.column_absent", "warning", match.sheet.name, below, header, values={"header": header}) for header in items]
    return faults


def _empty(rows: Rows) -> np.ndarray:
    """Rows in which every cell that is to be filled in is empty."""
    form = rows.layout.form
    roles = [c.role for c in rows.layout.columns if form and c.header in form.open and c.role]
    empty = np.ones(len(rows), dtype=bool)
    for role in roles:
        empty &= rows.text(role).isna().to_numpy(dtype=bool)
    return empty
