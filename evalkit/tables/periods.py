"""Periods of evaluation: `2026-09` (month), `2026-Q3` (quarter), `2026-S2` (semester), `2026` (year).

The annual predikat is a record of its own and never a mean of quarters, so a year is a period like the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from evalkit.errors import StudyError

if TYPE_CHECKING:
    from evalkit.language.catalogue import Language

Cycle = Literal["month", "quarter", "semester", "year"]
MONTHS_IN: dict[Cycle, int] = {"month": 1, "quarter": 3, "semester": 6, "year": 12}
_GRAMMAR = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|S(?P<semester>[12])))?",
                      re.ASCII)
_MONTHS = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
           "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
}
_KIND_WORD = {"quarter": {"id": "Triwulan", "en": "Quarter"}, "semester": {"id": "Semester", "en": "Semester"}}
_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Period:
    """One period: its text in the grammar, its kind, its first and its last day."""

    text: str
    kind: Cycle
    start: date
    end: date

    def previous(self, n: int = 1) -> Period:
        """Give the period of the same kind `n` steps earlier (a negative `n` gives a later one).

        Examples
        --------
        >>> parse("2026-Q1").previous().text, parse("2026-S1").previous(3).text, parse("2026-01").previous(-1).text
        ('2025-Q4', '2024-S2', '2026-02')
        """
        months = MONTHS_IN[self.kind]
        first = self.start.year * 12 + self.start.month - 1 - n * months
        return _of(self.kind, first // 12, first % 12 // months)

    def contains(self, other: Period) -> bool:
        """Tell whether `other` lies wholly within this period.

        Examples
        --------
        >>> parse("2026-S2").contains(parse("2026-Q3")), parse("2026-Q3").contains(parse("2026-S2"))
        (True, False)
        """
        return self.start <= other.start and other.end <= self.end

    def label(self, language: Language = "id") -> str:
        """Say the period as a person reads it.

        Examples
        --------
        >>> parse("2026-Q3").label("id"), parse("2026-Q3").label("en")
        ('Juli–September 2026 (Triwulan III)', 'July–September 2026 (Quarter III)')
        >>> parse("2026-09").label(), parse("2026").label("en"), parse("2026-S1").label()
        ('September 2026', '2026', 'Januari–Juni 2026 (Semester I)')
        """
        months, year = _MONTHS[language], self.start.year
        if self.kind == "month":
            return f"{months[self.start.month - 1]} {year}"
        if self.kind == "year":
            return f"Tahun {year}" if language == "id" else str(year)
        step = (self.start.month - 1) // MONTHS_IN[self.kind]
        span = f"{months[self.start.month - 1]}–{months[self.end.month - 1]} {year}"
        return f"{span} ({_KIND_WORD[self.kind][language]} {_ROMAN[step]})"

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Period:
    """Read a period in the grammar `2026-09`, `2026-Q3`, `2026-S2`, `2026`.

    Parameters
    ----------
    text : str
        The period; blanks around it and lower-case letters are allowed.

    Returns
    -------
    Period
        With `start` and `end` inclusive.

    Raises
    ------
    StudyError
        If the text is no period; the message gives the grammar.

    Notes
    -----
    The kind follows from the grammar alone: `2026-S1` is a semester, never two quarters.

    Examples
    --------
    >>> period = parse("2026-q3")
    >>> period.text, period.kind, period.start.isoformat(), period.end.isoformat()
    ('2026-Q3', 'quarter', '2026-07-01', '2026-09-30')
    >>> parse("2024-02").end.isoformat()
    '2024-02-29'
    """
    match = _GRAMMAR.fullmatch(str(text).strip().upper())
    if match is None:
        from evalkit.language.catalogue import say

        raise StudyError(say("period.grammar", text=str(text)[:40]))
    year = int(match["year"])
    if match["month"]:
        return _of("month", year, int(match["month"]) - 1)
    if match["quarter"]:
        return _of("quarter", year, int(match["quarter"]) - 1)
    if match["semester"]:
        return _of("semester", year, int(match["semester"]) - 1)
    return _of("year", year, 0)


def covering(day: date, kind: Cycle) -> Period:
    """Give the period of a kind in which a day lies.

    Examples
    --------
    >>> covering(date(2026, 10, 12), "quarter").text, covering(date(2026, 10, 12), "year").text
    ('2026-Q4', '2026')
    """
    return _of(kind, day.year, (day.month - 1) // MONTHS_IN[kind])


def _of(kind: Cycle, year: int, step: int) -> Period:
    months = MONTHS_IN[kind]
    start = date(year, step * months + 1, 1)
    after = year * 12 + (step + 1) * months
    end = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    mark = {"month": f"-{step + 1:02d}", "quarter": f"-Q{step + 1}", "semester": f"-S{step + 1}", "year": ""}[kind]
    return Period(f"{year}{mark}", kind, start, end)
