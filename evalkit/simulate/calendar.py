"""The span of the demo: its quarters, its semesters, and the days on which files reach the office."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from evalkit.errors import EstimationError

_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Round:
    """One round of appraisals: a population in a period; `last` is the position of its last quarter in the span."""

    population: str
    period: str
    start: date
    end: date
    last: int
    quarters: tuple[int, ...]

    @property
    def words(self) -> str:
        """The period as the title rows of an export say it.

        Only "Bulanan Januari" is confirmed; the wording of quarters and semesters is assumed.
        """
        year, _, part = self.period.partition("-")
        name = "Triwulan" if part[0] == "Q" else "Semester"
        return f"{name} {_ROMAN[int(part[1]) - 1]} Tahun {year}"


def quarter_start(text: str) -> date:
    """Give the first day of a quarter such as `2026-Q3`.

    Raises
    ------
    EstimationError
        If the text is not a quarter.

    Examples
    --------
    >>> quarter_start("2026-Q3")
    datetime.date(2026, 7, 1)
    """
    match = re.fullmatch(r"(\d{4})-Q([1-4])", text)
    if match is None:
        raise EstimationError(f"{text!r} is not a quarter; write it as 2026-Q3.")
    return date(int(match[1]), 3 * int(match[2]) - 2, 1)


def quarter_of(day: date) -> str:
    """Give the quarter in which a day lies.

    Examples
    --------
    >>> quarter_of(date(2026, 9, 30))
    '2026-Q3'
    """
    return f"{day.year}-Q{(day.month + 2) // 3}"


def quarters_until(last: str, number: int) -> tuple[date, ...]:
    """Give the first days of `number` quarters, the last of which is `last`.

    Raises
    ------
    EstimationError
        If fewer than two quarters are asked for: nothing could be copied or change.

    Examples
    --------
    >>> [quarter_of(d) for d in quarters_until("2026-Q1", 3)]
    ['2025-Q3', '2025-Q4', '2026-Q1']
    """
    if number < 2:
        raise EstimationError(f"A span of {number} quarter(s) has no change in it; ask for two or more.")
    days = [quarter_start(last)]
    while len(days) < number:
        days.append(quarter_start(quarter_of(days[-1] - timedelta(days=1))))
    return tuple(reversed(days))


def quarter_end(start: date) -> date:
    """Give the last day of the quarter that starts on `start`.

    Examples
    --------
    >>> quarter_end(date(2026, 7, 1))
    datetime.date(2026, 9, 30)
    """
    following = date(start.year + (start.month == 10), (start.month + 2) % 12 + 1, 1)
    return following - timedelta(days=1)


def rounds_of(starts: tuple[date, ...]) -> tuple[Round, ...]:
    """Give the rounds of a span: one a quarter for `asn`, one a finished semester for `guru`.

    Examples
    --------
    >>> [(r.population, r.period) for r in rounds_of(quarters_until("2026-Q3", 3))]
    [('asn', '2026-Q1'), ('asn', '2026-Q2'), ('guru', '2026-S1'), ('asn', '2026-Q3')]
    """
    found = []
    for i, start in enumerate(starts):
        end = quarter_end(start)
        found.append(Round("asn", quarter_of(start), start, end, i, (i,)))
        if end.month in (6, 12):
            half = 1 if end.month == 6 else 2
            found.append(Round("guru", f"{end.year}-S{half}", date(end.year, 6 * half - 5, 1), end, i, (i - 1, i) if i else (i,)))
    return tuple(found)
