"""Which layout a file is, and where its header, rows and columns stand.

A header is a row in which several exact column names stand (after cleaning), on any sheet, among the first rows; letters
that merely occur in a title sentence never count. What is not recognised is described.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import Layout, LayoutColumn, load_layouts
from evalkit.language.catalogue import Language, say
from evalkit.tables.cells import Cell, as_text, clean_header, text_column
from evalkit.tables.grid import Sheet

HEADER_WITHIN = 30
_NAMES_NEEDED = 2
_SHOWN = 6
_FOOTER = re.compile(r"^(?:grand\s+)?(?:total|jumlah|dicetak|diunduh|keterangan|catatan|sumber|mengetahui|data ditarik|halaman|"
                     r"rekapitulasi|rata-rata|nip\.?\b|[a-z ]+, \d{1,2} [a-z]+ \d{4}$)", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """One sheet held against one layout: the header row (from 0), the column of each role, and what does not fit."""

    layout: Layout
    sheet: Sheet
    header: int
    found: dict[str, int]  # header of the layout -> column of the sheet, from 0
    missing: tuple[str, ...]
    twice: tuple[tuple[str, tuple[int, ...]], ...]  # header, positions as a person counts them
    strange: tuple[str, ...]  # columns that this layout never has
    titled: bool

    @property
    def complete(self) -> bool:
        """Whether every required column stands there once, and none that rules the layout out."""
        return not (self.missing or self.twice or self.strange)

    @property
    def score(self) -> tuple[bool, float, int]:
        """For comparing layouts: complete ones first, then the share of the telling columns, then their number."""
        telling = [c.header for c in self.layout.columns if c.signature or c.required]
        hits = sum(h in self.found for h in telling)
        return self.complete, hits / max(len(telling), 1) + 0.5 * self.titled, len(self.found)


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

    def text(self, role: str) -> pd.Series:
        """Give the cells of a role as clean text."""
        return text_column(self.get(role))


def recognise(sheets: Sequence[Sheet], name: str, language: Language = "id", *, kind: str | None = None) -> tuple[Match, ...]:
    """Find the layout of a file and every sheet that has it.

    Parameters
    ----------
    sheets : sequence of Sheet
        The file.
    name : str
        Its name, for messages.
    language : {"id", "en"}
        Language of a refusal.
    kind : str, optional
        A kind or a layout that the caller states; others are not considered.

    Returns
    -------
    tuple of Match
        All of one layout, complete, in the order of the sheets.

    Raises
    ------
    ImportFileError
        If no sheet is complete: says what the file looks like, why, and which columns are missing or stand twice.
    """
    layouts = [lay for lay in load_layouts().values() if lay.columns and (kind is None or kind in (lay.kind, lay.name))]
    if not layouts:
        known = ", ".join(sorted({lay.kind for lay in load_layouts().values()}))
        raise ImportFileError(say("file.unknown_kind", language, kind=str(kind)[:40], known=known))
    matches = [match for sheet in sheets for lay in layouts if (match := hold(sheet, lay))]
    best = max(matches, key=lambda m: m.score, default=None)
    if best is None or not best.complete:
        raise ImportFileError(describe(best, sheets, name, language))
    of_sheet: dict[str, Match] = {}
    for match in matches:
        if match.layout is best.layout and match.complete:
            of_sheet.setdefault(match.sheet.name, match)
    return tuple(of_sheet.values())


def hold(sheet: Sheet, layout: Layout, *, need: int = _NAMES_NEEDED) -> Match | None:
    """Hold a sheet against a layout: the row among the first with most of its names is the header.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    layout : Layout
        The layout.
    need : int
        How many names a row must have to be a header at all.
    """
    names = {clean_header(n) for c in layout.columns for n in (c.header, *c.aliases)}
    best, most = -1, 0
    for index in range(min(sheet.height, HEADER_WITHIN)):
        hits = len({clean_header(v) for v in sheet.row(index) if isinstance(v, str)} & names)
        if hits > most:
            best, most = index, hits
    if most < need:
        return None
    return _match(sheet, layout, best)


def _match(sheet: Sheet, layout: Layout, header: int) -> Match:
    places: dict[str, list[int]] = {}
    for position, value in enumerate(sheet.row(header)):
        if cleaned := clean_header(value):
            places.setdefault(cleaned, []).append(position)
    found: dict[str, int] = {}
    missing, twice = [], []
    for column in layout.columns:
        at = _places(column, places)
        if len(at) > 1 and column.role:
            twice.append((column.header.strip(), tuple(p + 1 for p in at)))
        elif at:
            found[column.header] = at[0]
        elif column.required:
            missing.append(column.header.strip())
    titles = " ".join(_row_text(sheet, i) for i in range(header)).casefold()
    strange = tuple(as_text(sheet.row(header)[places[n][0]]) for n in map(clean_header, layout.never) if n in places)
    return Match(layout, sheet, header, found, tuple(missing), tuple(twice), strange, any(w in titles for w in layout.title_words))


def _places(column: LayoutColumn, places: dict[str, list[int]]) -> list[int]:
    """Where a column stands: its own name first, an alias only where that is absent."""
    own = places.get(clean_header(column.header), [])
    return own or [p for alias in dict.fromkeys(map(clean_header, column.aliases)) for p in places.get(alias, [])]


def _row_text(sheet: Sheet, index: int) -> str:
    return " ".join(dict.fromkeys(t for v in sheet.row(index) if (t := as_text(v).strip())))


def describe(best: Match | None, sheets: Sequence[Sheet], name: str, language: Language) -> str:
    """Say what a file that cannot be taken looks like, why, and what is missing.

    Parameters
    ----------
    best : Match or None
        The layout that fits best, incomplete; None if no row looks like a header.
    sheets : sequence of Sheet
        The file.
    name : str
        Its name.
    language : {"id", "en"}
        Language of the text.

    Returns
    -------
    str
        One or more sentences.
    """
    if best is None:
        widest = max(sheets, key=lambda s: len(s.columns))
        known = "; ".join(getattr(lay, f"what_{language}") for lay in load_layouts().values() if lay.columns)
        parts = [say("file.not_recognised", language, file=name, sheets=len(sheets), rows=widest.height, within=HEADER_WITHIN),
                 say("file.known_kinds", language, known=known)]
        return " ".join(parts)
    what = best.layout.what_id if language == "id" else best.layout.what_en
    parts = [say("file.looks_like", language, file=name, what=what, row=best.header + 1, sheet=best.sheet.name,
                 columns=_listed(c.strip() for c in best.found))]
    if best.titled:
        parts.append(say("file.title_agrees", language))
    parts += [say("file.column_twice", language, column=column, positions=_listed(map(str, at))) for column, at in best.twice]
    if best.missing:
        parts.append(say("file.column_missing", language, columns=", ".join(best.missing)))
    if best.strange:
        parts.append(say("file.column_strange", language, columns=", ".join(best.strange)))
    parts.append(say("file.nothing_stored", language))
    return " ".join(parts)


def _listed(words: Iterable[str]) -> str:
    listed = list(words)
    return ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")


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
    titles = tuple(dict.fromkeys(t for m in matches for i in range(m.header) if (t := _row_text(m.sheet, i))))
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


def _first_text(sheet: Sheet, index: int) -> str:
    return next((t for v in sheet.row(index) if (t := as_text(v).strip())), "")
