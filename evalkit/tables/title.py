"""What the title rows of an export say: the period that was rated, the part of the office, and when it was drawn.

The rated period stands in no column of an e-Kinerja export, only here. A file without it has no period: the caller asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evalkit.errors import ImportFileError
from evalkit.language.catalogue import Language, say
from evalkit.tables.cells import dates

_MONTHS = ("januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
           "desember")
_OTHER_MONTHS = {"pebruari": 2, "nopember": 11, "january": 1, "february": 2, "march": 3, "may": 5, "june": 6, "july": 7,
                 "august": 8, "october": 10, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7,
                 "agu": 8, "agt": 8, "ags": 8, "sep": 9, "sept": 9, "okt": 10, "nov": 11, "des": 12}
_MONTH_NUMBER = {**{name: n for n, name in enumerate(_MONTHS, start=1)}, **_OTHER_MONTHS}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_NAMES = "|".join(sorted(_MONTH_NUMBER, key=len, reverse=True))
# \b behind the number keeps "Bulanan 10" from being read as 1 and "Triwulan III" as I
_MONTH = re.compile(rf"\bbulan(?:an)?\s*:?\s*(?:(?P<name>{_NAMES})|(?P<number>1[0-2]|0?[1-9]))\b")
_BARE_MONTH = re.compile(rf"\b(?P<name>{_NAMES})\s+(?:tahun\s+)?(?:19|20)\d\d\b")
_QUARTER = re.compile(r"\b(?:triwulan(?:an)?|kuartal|tw)\s*\.?\s*:?\s*(?P<step>iv|iii|ii|i|[1-4])\b")
_SEMESTER = re.compile(r"\bsemester(?:an)?\s*:?\s*(?P<step>ii|i|[12])\b")
_ANNUAL = re.compile(r"\btahunan\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_GRAMMAR = re.compile(r"\b((?:19|20)\d\d)(?:-(0[1-9]|1[0-2])|-([qs][1-4]))?\b")
_MONTH_YEAR = re.compile(r"(0?[1-9]|1[0-2])[-/](\d{4})")
_DRAWN = re.compile(r"(?:ditarik|diunduh|dicetak|tanggal unduh)[^:]*:\s*(?P<at>.+)", re.IGNORECASE)
_SCOPE = re.compile(r"^\s*(?P<what>unor\s+induk|unor)\s*:\s*(?P<unit>.+?)\s*$", re.IGNORECASE)
_INSTANCE = re.compile(r"^\s*instansi\s*:?\s+(?P<name>.+?)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Title:
    """What the title rows say; what they do not say is missing."""

    period: str | None = None
    year: int | None = None
    scope: str | None = None
    exported_at: datetime | None = None
    instance: str = ""
    first: str = ""


def read_title(rows: Sequence[str], language: Language = "id", *, year: int | None = None) -> Title:
    """Read the rows above the header.

    Parameters
    ----------
    rows : sequence of str
        One text a row, as written.
    language : {"id", "en"}
        Language of a refusal.
    year : int, optional
        The year that a column of the file gives, used where the title names a month without one.

    Returns
    -------
    Title
        `period` in the grammar of `evalkit.tables.periods`; `scope` is "full" where both Unor lines say ALL, else the unit.

    Raises
    ------
    ImportFileError
        If the rows name two different periods, or two years for one period.

    Examples
    --------
    >>> read_title(["Laporan Penilaian SKP Periode Bulanan 10 Tahun 2025", "Periode : Bulanan Oktober"]).period
    '2025-10'
    >>> read_title(["Laporan Penilaian SKP Periode Triwulan III Tahun 2026"]).period
    '2026-Q3'
    """
    found, years = set(), set()
    drawn: datetime | None = None
    units: dict[str, str] = {}
    instance = ""
    for text in rows:
        if at := _DRAWN.search(text):
            drawn = drawn or _moment(at["at"])
            continue
        if unit := _SCOPE.match(text):
            units.setdefault(re.sub(r"\s+", " ", unit["what"].casefold()), unit["unit"])
            continue
        if name := _INSTANCE.match(text):
            instance = instance or name["name"]
            continue
        found |= _steps(text.casefold())
        years |= {int(y) for y in _YEAR.findall(text)}
    if len(found) > 1 or len(years) > 1:
        named = ", ".join(sorted({_written(step, None) for step in found} | {str(y) for y in years}))
        raise ImportFileError(say("title.two_periods", language, found=named))
    known = next(iter(years), year)
    period = _written(next(iter(found)), known) if found and known else None
    return Title(period, known, _scope(units), drawn, instance, rows[0] if rows else "")


def _steps(text: str) -> set[tuple[str, int]]:
    """Every period without its year that a folded text names."""
    steps: set[tuple[str, int]] = set()
    for mark, pattern in (("Q", _QUARTER), ("S", _SEMESTER)):
        steps |= {(mark, _ROMAN[m["step"]]) for m in pattern.finditer(text)}
    steps |= {("", _MONTH_NUMBER[m["name"]] if m["name"] else int(m["number"])) for m in _MONTH.finditer(text)}
    if not steps:
        steps |= {("", _MONTH_NUMBER[m["name"]]) for m in _BARE_MONTH.finditer(text)}
    if _ANNUAL.search(text):
        steps.add(("year", 0))
    return steps


def _written(step: tuple[str, int], year: int | None) -> str:
    start = f"{year}" if year else ""
    mark, number = step
    if mark == "year":
        return start or "tahunan"
    return f"{start}-{number:02d}" if not mark else f"{start}-{mark}{number}"


def _moment(text: str) -> datetime | None:
    stamp = dates([text])[0].iloc[0]
    return None if stamp is None or stamp != stamp else stamp.to_pydatetime()


def _scope(units: dict[str, str]) -> str | None:
    if not units:
        return None
    narrow = [unit for what in ("unor", "unor induk") if (unit := units.get(what, "")) and unit.casefold() not in ("all", "semua")]
    return narrow[0] if narrow else "full"


def period_of(text: str, year: int | None = None) -> str | None:
    """Read the period in a cell or a title: `Triwulan I 2025`, `Juli 2026`, `07-2026`, `2026-Q3`; none gives `None`.

    Parameters
    ----------
    text : str
        Any text.
    year : int, optional
        Used where the text names a month, quarter or semester without a year.

    Examples
    --------
    >>> [period_of(t) for t in ("Triwulan I 2025", "Juli 2026", "07/2026", "2026-Q3", "Semester II Tahun 2026", "2026")]
    ['2025-Q1', '2026-07', '2026-07', '2026-Q3', '2026-S2', '2026']
    >>> period_of("Bulanan 10", 2025), period_of("Bulanan 10"), period_of("entah")
    ('2025-10', None, None)
    """
    folded = re.sub(r"\s+", " ", text).strip().casefold()
    if match := _MONTH_YEAR.fullmatch(folded):
        return f"{match[2]}-{int(match[1]):02d}"
    if match := _GRAMMAR.fullmatch(folded):
        return match[0].upper()
    steps = _steps(folded)
    years = {int(y) for y in _YEAR.findall(folded)}
    known = next(iter(years), year) if len(years) < 2 else None
    if len(steps) == 1 and known:
        return _written(next(iter(steps)), known)
    return str(known) if not steps and known and re.fullmatch(r"tahun (?:19|20)\d\d", folded) else None
