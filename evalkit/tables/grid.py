"""Any file of an office as sheets of cells that keep their type: xlsx, xls, ods, csv, gz, and HTML that calls itself xls.

What a file is, its first bytes say, never its name. The range that a workbook claims for itself is not believed.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import lxml.html
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from evalkit.errors import ImportFileError
from evalkit.language.catalogue import Language, say
from evalkit.tables.cells import Cell

_DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 40  # lines of a text file in which its delimiter shows itself
_LARGEST = 2_000_000_000  # bytes unpacked; a file that unpacks to more is no export of an office
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|table|body|meta|head|style)\b", re.IGNORECASE)
_CSV_FIELD = 10_000_000
_WORKBOOK = ("[Content_Types].xml", "content.xml", "mimetype")
_MEMBERS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv")
BETWEEN = " · "  # between the name of a file in a zip and that of its sheet


@dataclass(frozen=True)
class Sheet:
    """One sheet, by columns: `columns[j][i]` is the cell in row `i + 1` of the sheet, column `j + 1`; "" is empty."""

    name: str
    columns: tuple[Sequence[Cell], ...]
    height: int

    def row(self, index: int) -> list[Cell]:
        """Give row `index` (the first is 0)."""
        return [column[index] for column in self.columns]


def read_grid(path: Path, language: Language = "id") -> tuple[Sheet, ...]:
    r"""Read every sheet of a file.

    Parameters
    ----------
    path : Path
        A workbook (xlsx, xlsm, xls, ods), a text file (comma, semicolon, tab or bar; UTF-8, UTF-16 or Windows-1252, also
        packed with gzip), a zip of such files, or a web page with tables, which some programs save under the name .xls.
    language : {"id", "en"}
        Language of a refusal.

    Returns
    -------
    tuple of Sheet
        In the order of the file; every row of a merged range has the value of the range.

    Raises
    ------
    ImportFileError
        If the file is absent, empty, locked with a password, broken, or of a kind that is not read.

    Notes
    -----
    All cells of a text file or web page are text. A merged range gives its value to each of its rows, in its first
    column only; a cell that is merely blank stays blank.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("NIP;NAMA\n1;A, B\n", encoding="utf-16")
    ...     [sheet.row(1) for sheet in read_grid(path)]
    [['1', 'A, B']]
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImportFileError(say("file.absent", language, file=path.name)) from error
    sheets = _bundle(data, path, language) if data[:4] == b"PK\x03\x04" else ()
    return sheets or _sheets(data, path, language)


def _bundle(data: bytes, path: Path, language: Language) -> tuple[Sheet, ...]:
    """Read a zip of files, each sheet under the name of its file; nothing for a zip that is a workbook itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            if not entries or any(e.filename in _WORKBOOK or Path(e.filename).suffix.lower() not in _MEMBERS for e in entries):
                return ()
            if sum(e.file_size for e in entries) > _LARGEST:
                raise ImportFileError(say("file.too_large", language, file=path.name))
            members = [(Path(e.filename), archive.read(e)) for e in entries]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return ()  # what is wrong with it is said where a workbook is read
    found = []
    for name, content in members:
        own = _sheets(content, name, language)
        found += [replace(s, name=name.name if len(own) == 1 else f"{name.name}{BETWEEN}{s.name}") for s in own]
    return tuple(found)


def _sheets(data: bytes, path: Path, language: Language) -> tuple[Sheet, ...]:
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, path, language)
    if not data.strip(b"\x00\xff\xfe\xef\xbb\xbf \r\n\t"):
        raise ImportFileError(say("file.empty", language, file=path.name))
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        sheets = _workbook(data, path, language)
    elif data[:5] == b"%PDF-" or data[:5] in (b"{\\rtf", b"\x89PNG\r") or data[:3] == b"\xff\xd8\xff":
        raise ImportFileError(say("file.kind", language, file=path.name))
    else:
        text = decode(data)
        start = data[:4096].replace(b"\x00", b"")
        if b"schemas-microsoft-com:office:spreadsheet" in start and not _HTML.search(start):
            raise ImportFileError(say("file.kind", language, file=path.name))
        sheets = _page(text, path, language) if _HTML.search(start) else (_text(text, path, language),)
    if not any(sheet.height for sheet in sheets):
        raise ImportFileError(say("file.empty", language, file=path.name))
    return sheets


def _unpacked(data: bytes, path: Path, language: Language) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            plain = stream.read(_LARGEST + 1)
    except (OSError, EOFError) as error:
        raise ImportFileError(say("file.broken", language, file=path.name)) from error
    if len(plain) > _LARGEST:
        raise ImportFileError(say("file.too_large", language, file=path.name))
    return plain


def _workbook(data: bytes, path: Path, language: Language) -> tuple[Sheet, ...]:
    try:
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                    raise ImportFileError(say("file.too_large", language, file=path.name))
        if _is_locked(data):
            raise ImportFileError(say("file.locked", language, file=path.name))
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return tuple(_sheet(book, name) for name in book.sheet_names)
    except PasswordError as error:
        raise ImportFileError(say("file.locked", language, file=path.name)) from error
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise ImportFileError(say("file.broken", language, file=path.name)) from error


def _is_locked(data: bytes) -> bool:
    """A new workbook with a password is an old container that holds the stream EncryptedPackage."""
    return data[:4] == b"\xd0\xcf\x11\xe0" and "EncryptedPackage".encode("utf-16-le") in data


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    source = book.get_sheet_by_name(name)
    rows = source.to_python(skip_empty_area=False)
    columns: list[Sequence[Cell]] = list(zip(*rows, strict=True))
    for (top, left), (bottom, _) in source.merged_cell_ranges or ():
        if bottom > top and left < len(columns):
            column = list(columns[left])
            column[top:bottom + 1] = [column[top]] * (min(bottom + 1, len(column)) - top)
            columns[left] = column
    return Sheet(name, tuple(columns), len(rows))


def decode(data: bytes) -> str:
    r"""Turn bytes into text: UTF-8, UTF-16 with or without its mark, else Windows-1252.

    Parameters
    ----------
    data : bytes
        The whole file.

    Notes
    -----
    Text that is not valid UTF-8 is taken for Windows-1252, the encoding of older programs here. Its five unused bytes are
    read as Latin-1, so that decoding never fails.

    Examples
    --------
    >>> decode("\ufeffnip;é".encode("utf-8")), decode("nip".encode("utf-16")), decode(b"caf\xe9")
    ('nip;é', 'nip', 'café')
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    zeros = data[:2000].count(b"\x00")
    if zeros > len(data[:2000]) // 4:
        return data.decode("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be", errors="replace").removeprefix("\ufeff")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _text(text: str, path: Path, language: Language) -> Sheet:
    if "\x00" in text:
        raise ImportFileError(say("file.kind", language, file=path.name))
    lines = text.splitlines()[:_LOOKED_AT]
    told = re.fullmatch(r"sep=(.)", lines[0].strip()) if lines else None
    delimiter = told[1] if told else _delimiter(lines)
    csv.field_size_limit(_CSV_FIELD)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ImportFileError(say("file.broken", language, file=path.name)) from error
    if told:
        rows[0] = []
    return Sheet(path.stem, tuple(zip_longest(*rows, fillvalue="")), len(rows))


def _delimiter(lines: Sequence[str]) -> str:
    """Take the delimiter that cuts most rows into most equal parts: commas of a title or of decimals cut few rows alike."""
    def cut(delimiter: str) -> int:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        return max(((width - 1) * rows for width, rows in widths.items()), default=0)

    return max(_DELIMITERS, key=cut)


def _page(text: str, path: Path, language: Language) -> tuple[Sheet, ...]:
    # a declaration of encoding inside text that is already decoded is refused by the parser
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        tree = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(huge_tree=True))
    except (lxml.etree.LxmlError, ValueError) as error:
        raise ImportFileError(say("file.broken", language, file=path.name)) from error
    tables = [table for table in tree.iter("table") if not any(True for _ in table.iterdescendants("table"))]
    return tuple(_table(table, f"{path.stem} {n}" if len(tables) > 1 else path.stem) for n, table in enumerate(tables, start=1))


def _table(table: lxml.html.HtmlElement, name: str) -> Sheet:
    rows: list[dict[int, str]] = []
    waiting: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, value
    for element in table.iter("tr"):
        row = {column: value for column, (_, value) in waiting.items()}
        waiting = {column: (left - 1, value) for column, (left, value) in waiting.items() if left > 1}
        at = 0
        for cell in element.iterchildren("td", "th"):
            while at in row:
                at += 1
            value = " ".join(cell.text_content().split(" ")).strip("\r\n\t ")
            down = _span(cell.get("rowspan"))
            row[at] = value
            if down > 1:
                waiting[at] = (down - 1, value)
            for extra in range(1, _span(cell.get("colspan"))):
                row[at + extra] = ""
            at += _span(cell.get("colspan"))
        rows.append(row)
    width = max((max(row, default=-1) for row in rows), default=-1) + 1
    return Sheet(name, tuple([row.get(j, "") for row in rows] for j in range(width)), len(rows))


def _span(text: str | None) -> int:
    return min(int(text), 10_000) if text and text.strip().isascii() and text.strip().isdigit() and int(text) > 0 else 1
