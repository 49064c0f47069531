"""Finds in a workbook the text cells that are numbers: a reader could not count with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import openpyxl

from evalkit.exhibits.data import DATA_MIME, unpacked
from evalkit.exhibits.text import Block

_N = r"[+−-]?\s?\d[\d.,]*\s?%?"
_ONE = rf"(?:p\s?)?[<>=≤≥]?\s?{_N}"
_RANGE = rf"{_N}\s?(?:–|sampai|to|dan|and|dari|of)\s?{_N}"
_WHOLE = re.compile(rf"(?:{_ONE}|{_RANGE})(?:[^\d;:]*\(?{_RANGE}\)?)?(?:\s(?:poin persen|percentage points|poin|points|menit sehari|minutes a day))?")

_YEAR = re.compile(r"(?:19|20)\d\d")
_CODES = frozenset({"unit"})  # a file may name its units by figures


def is_number(text: str) -> bool:
    """Tell whether a text is nothing but a number, a range or a count out of a whole, in Indonesian or English writing.

    Examples
    --------
    >>> [is_number(t) for t in ("−6,0 (−8,2 sampai −3,9)", "0.54 (0.41 to 0.70)", "5–9", "17 dari 4.116", "p < 0,001", "10,9–12,5%", "+1")]
    [True, True, True, True, True, True, True]
    >>> [is_number(t) for t in ("–", "Triwulan III 2026", "A1", "3 predikat", "P-8509", "25% di bawah", "2. Pengetahuan", "12 Oktober 2026")]
    [False, False, False, False, False, False, False, False]
    """
    return _WHOLE.fullmatch(text.strip()) is not None and not _YEAR.fullmatch(text)


def number_cells(file: Path) -> Iterator[str]:
    """Name every text cell under the heads of the exhibits of a workbook that is a number."""
    book = openpyxl.load_workbook(file)
    for sheet in book.worksheets[1:-1]:
        if sheet.auto_filter.ref is None:
            continue
        top = int(re.findall(r"\d+", sheet.auto_filter.ref)[0])
        for row in sheet.iter_rows(min_row=top + 1):
            yield from (f"{file.name} {sheet.title} {c.coordinate}: {c.value}" for c in row if isinstance(c.value, str) and is_number(c.value))


def number_texts(blocks: Iterable[Block]) -> Iterator[str]:
    """Name every text of the data that travel with the blocks of a page that is a number."""
    for one in (e for b in blocks for e in unpacked(b.carried.get(DATA_MIME, "[]"))):
        yield from (f"{one.id} {f.label}: {v}" for row in (*one.rows, one.total) for f, v in zip(one.fields, row, strict=False)
                    if isinstance(v, str) and f.source not in _CODES and is_number(v))
