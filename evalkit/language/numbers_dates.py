"""Numbers, dates and periods as an Indonesian or English reader writes them.

Nothing here changes the locale of the process: the patterns and month names come from the Unicode data that Babel
ships. Rounding happens here and nowhere earlier, half away from zero, as a spreadsheet does it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

from evalkit.errors import EvalkitError
from evalkit.language.catalogue import Language

MINUS = "−"
NOT_APPLICABLE = "–"
SPELLED = {
    "id": ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
}
ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
ROMAN = ("", "I", "II", "III", "IV")
_LOCALES = {"id": "id_ID", "en": "en_GB"}
_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|S([12])|(0[1-9]|1[0-2])))?")
_TO = {"id": "sampai", "en": "to"}


class PeriodTextError(EvalkitError):
    """A text is no period: `2026-09`, `2026-Q3`, `2026-S2` or `2026`."""


@lru_cache(maxsize=2)
def _locale(language: Language) -> Locale:
    return Locale.parse(_LOCALES[language])


def _decimal(x: object) -> Decimal | None:
    try:
        value = float(cast(float, x))
    except (TypeError, ValueError):
        return None
    return Decimal(repr(value)) if math.isfinite(value) else None


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def number(x: object, digits: int = 0, language: Language = "id") -> str:
    """Write a number with separators of the language; the minus sign is U+2212.

    Parameters
    ----------
    x : number or None
        What to write; a missing or not finite value gives the sign for "not applicable".
    digits : int
        Decimals, always all of them.
    language : {"id", "en"}
        Comma as the decimal sign in Indonesian, point in English.

    Examples
    --------
    >>> number(6404), number(11.26, 1), number(6404.5, 1, "en"), number(-0.04, 1), number(None)
    ('6.404', '11,3', '6,404.5', '0,0', '–')
    """
    value = _decimal(x)
    if value is None:
        return NOT_APPLICABLE
    shown = _rounded(value, digits)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return (MINUS if shown < 0 else "") + str(format_decimal(abs(shown), format=pattern, locale=_locale(language)))


def signed(x: object, digits: int = 1, language: Language = "id") -> str:
    """Write a number with its sign; zero has none.

    Examples
    --------
    >>> signed(1.84), signed(-1.84), signed(0.04, 1, "en")
    ('+1,8', '−1,8', '0.0')
    """
    value = _decimal(x)
    plus = "+" if value is not None and _rounded(value, digits) > 0 else ""
    return plus + number(x, digits, language)


def percent(share: object, language: Language = "id", digits: int = 1) -> str:
    """Write a share (0 to 1) as a percentage that claims neither nobody nor everybody by rounding.

    `0,0%` stands only for a share of exactly zero, `100,0%` only for exactly one.

    Examples
    --------
    >>> percent(0.1135), percent(0.0002), percent(0), percent(0.9999), percent(0.5, "en", 0)
    ('11,4%', '< 0,1%', '0,0%', '> 99,9%', '50%')
    """
    value = _decimal(share)
    if value is None:
        return NOT_APPLICABLE
    step = Decimal(1).scaleb(-digits)
    shown = _rounded(value * 100, digits)
    if shown == 0 and value > 0:
        return f"< {number(step, digits, language)}%"
    if shown == 100 and value < 1:
        return f"> {number(100 - step, digits, language)}%"
    return f"{number(value * 100, digits, language)}%"


def range_text(low: object, high: object, digits: int = 1, language: Language = "id", *, unit: str = "",
               cell: bool = False) -> str:
    """Write a range: with a word in prose, with a dash in a table cell unless an end is negative.

    Examples
    --------
    >>> range_text(2.9, 14.5, unit="%"), range_text(5.8, 15.1, cell=True), range_text(-1, 2, 0, "en", cell=True)
    ('2,9 sampai 14,5%', '5,8–15,1', '−1 to 2')
    """
    a, b = number(low, digits, language), number(high, digits, language)
    if a == b:
        return f"{a}{unit}"
    if cell and not a.startswith(MINUS) and not b.startswith(MINUS):
        return f"{a}–{b}{unit}"
    return f"{a} {_TO[language]} {b}{unit}"


def spelled(n: int, language: Language = "id") -> str:
    """Write zero to eleven as a word, larger and negative counts in figures.

    Examples
    --------
    >>> spelled(3), spelled(11, "en"), spelled(12), spelled(6404)
    ('tiga', 'eleven', '12', '6.404')
    """
    words = SPELLED[language]
    return words[n] if 0 <= n < len(words) else number(n, 0, language)


def count_share(count: int, total: int, language: Language = "id") -> str:
    """Write a count with its share; under 20 people without a percentage.

    Examples
    --------
    >>> count_share(740, 6500), count_share(3, 11), count_share(3, 11, "en")
    ('740 (11,4%)', '3 dari 11', '3 of 11')
    """
    if total < 20:
        return f"{number(count, 0, language)} {'dari' if language == 'id' else 'of'} {number(total, 0, language)}"
    return f"{number(count, 0, language)} ({percent(count / total, language)})"


def listed(names: Sequence[str], language: Language = "id") -> str:
    """Join names as a sentence does.

    Examples
    --------
    >>> listed(["Kota", "Unit", "Tim"]), listed(["A", "B", "C"], "en"), listed(["A"]), listed([])
    ('Kota, Unit, dan Tim', 'A, B and C', 'A', '')
    """
    word = "dan" if language == "id" else "and"
    if len(names) < 2:
        return "".join(names)
    comma = "," if language == "id" and len(names) > 2 else ""
    return f"{', '.join(names[:-1])}{comma} {word} {names[-1]}"


def date_text(day: date, language: Language = "id") -> str:
    """Write a date with the month as a word.

    Examples
    --------
    >>> date_text(date(2026, 10, 12)), date_text(date(2026, 10, 12), "en")
    ('12 Oktober 2026', '12 October 2026')
    """
    return str(format_date(day, format="d MMMM y", locale=_locale(language)))


def datetime_text(moment: datetime, language: Language = "id", timezone: str = "Asia/Makassar") -> str:
    """Write a moment in the zone of the office, with the Indonesian name of the zone.

    A moment without a zone is taken as local time of the office.

    Examples
    --------
    >>> datetime_text(datetime(2026, 10, 12, 8, 14)), datetime_text(datetime(2026, 10, 12, 8, 14), "en")
    ('12 Oktober 2026, pukul 08.14 WITA', '12 October 2026, 08:14 WITA')
    """
    local = moment.astimezone(ZoneInfo(timezone)) if moment.tzinfo else moment
    zone = ZONES.get(timezone, timezone)
    if language == "id":
        return f"{date_text(local.date(), language)}, pukul {local:%H.%M} {zone}"
    return f"{date_text(local.date(), language)}, {local:%H:%M} {zone}"


def _parts(period: str) -> tuple[str, int, int, int]:
    match = _PERIOD.fullmatch(period.strip())
    if match is None:
        raise PeriodTextError(f"{period!r} is no period; write 2026-09, 2026-Q3, 2026-S2 or 2026.")
    quarter, half, month = (int(g or 0) for g in match.groups()[1:])
    return match[1], quarter, half, month


def period_text(period: str, language: Language = "id") -> str:
    """Write a period by its months, with its official name in brackets.

    Raises
    ------
    PeriodTextError
        If the text is no period.

    Examples
    --------
    >>> period_text("2026-Q3"), period_text("2026-Q3", "en")
    ('Juli–September 2026 (Triwulan III)', 'July–September 2026 (Q3)')
    >>> period_text("2026-S2"), period_text("2026-09"), period_text("2026"), period_text("2026", "en")
    ('Juli–Desember 2026 (Semester II)', 'September 2026', 'Tahun 2026', '2026')
    """
    year, quarter, half, month = _parts(period)
    names = get_month_names("wide", locale=_locale(language))
    if month:
        return f"{names[month]} {year}"
    if quarter:
        name = f"Triwulan {ROMAN[quarter]}" if language == "id" else f"Q{quarter}"
        return f"{names[3 * quarter - 2]}–{names[3 * quarter]} {year} ({name})"
    if half:
        return f"{names[6 * half - 5]}–{names[6 * half]} {year} (Semester {ROMAN[half] if language == 'id' else half})"
    return f"Tahun {year}" if language == "id" else year


def period_short(period: str, language: Language = "id") -> str:
    """Write a period for a table cell or a page title.

    Examples
    --------
    >>> period_short("2026-Q3"), period_short("2026-Q3", "en"), period_short("2026-S1"), period_short("2026-09")
    ('Triwulan III 2026', 'Q3 2026', 'Semester I 2026', 'Sep 2026')
    """
    year, quarter, half, month = _parts(period)
    if month:
        return f"{get_month_names('abbreviated', locale=_locale(language))[month].rstrip('.')} {year}"
    if quarter:
        return f"Triwulan {ROMAN[quarter]} {year}" if language == "id" else f"Q{quarter} {year}"
    return f"Semester {ROMAN[half] if language == 'id' else half} {year}" if half else year


def period_axis(period: str, language: Language = "id") -> tuple[str, str]:
    """Give the two lines of an axis label: the part of the year, and the year.

    Examples
    --------
    >>> period_axis("2026-Q3"), period_axis("2026-S2", "en"), period_axis("2026")
    (('III', '2026'), ('S2', '2026'), ('', '2026'))
    """
    year, quarter, half, month = _parts(period)
    if month:
        return str(get_month_names("abbreviated", locale=_locale(language))[month]).rstrip("."), year
    if quarter:
        return (ROMAN[quarter] if language == "id" else f"Q{quarter}"), year
    return (f"S{half}" if half else ""), year
