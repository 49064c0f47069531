"""Which layout a file is, and where its header, rows and columns stand.

A header is a row in which several exact column names stand (after cleaning), on any sheet, among the first rows; letters
that merely occur in a title sentence never count. What is not recognised is described.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import Layout, LayoutColumn, load_layouts
from evalkit.language.catalogue import Language, say
from evalkit.tables.cells import as_text, clean_header
from evalkit.tables.grid import Sheet

HEADER_WITHIN = 30
_NAMES_NEEDED = 2
_SHOWN = 6


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

    Examples
    --------
    >>> sheet = Sheet("Sheet1", (("Pohon unit", "ID", "A1"), ("", "NAMA_UNOR", "DINAS A"), ("", "ID_ATASAN", "")), 3)
    >>> [(match.layout.name, match.header) for match in recognise([sheet], "unor.xlsx")]
    [('unor', 1)]
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

    Examples
    --------
    >>> sheet = Sheet("Sheet1", (("ID", "A1"), ("NAMA_UNOR", "DINAS A")), 2)
    >>> hold(sheet, load_layouts()["unor"]).missing
    ('ID_ATASAN',)
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
    titles = " ".join(row_text(sheet, i) for i in range(header)).casefold()
    strange = tuple(as_text(sheet.row(header)[places[n][0]]) for n in map(clean_header, layout.never) if n in places)
    return Match(layout, sheet, header, found, tuple(missing), tuple(twice), strange, any(w in titles for w in layout.title_words))


def _places(column: LayoutColumn, places: dict[str, list[int]]) -> list[int]:
    """Where a column stands: its own name first, an alias only where that is absent."""
    own = places.get(clean_header(column.header), [])
    return own or [p for alias in dict.fromkeys(map(clean_header, column.aliases)) for p in places.get(alias, [])]


def row_text(sheet: Sheet, index: int) -> str:
    """Give a row as one text, each different cell once."""
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

    Examples
    --------
    >>> sheet = Sheet("Sheet1", (("ID", "A1"), ("NAMA_UNOR", "DINAS A")), 2)
    >>> describe(hold(sheet, load_layouts()["unor"]), [sheet], "unor.xlsx", "en").split(". ")[1]
    'Missing columns: ID_ATASAN'
    """
    if best is None or not _telling(best):
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


def _telling(match: Match) -> bool:
    """Whether a column that only this layout has stands there: NIP and name stand in every list of an office."""
    signs = [c.header for c in match.layout.columns if c.signature]
    return not signs or match.titled or any(header in match.found for header in signs)


def _listed(words: Iterable[str]) -> str:
    listed = list(words)
    return ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")
