"""From cells as a file holds them to values: text, numbers, dates, yes and no, whole columns at a time.

A cell keeps the type that its file gave it until here. Text is cleaned of what cannot be seen (no-break and zero-width
characters, the apostrophe that keeps a number as text); a date with slashes is read day first, always.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Cell = str | float | int | bool | date | time | timedelta | None
TEXT = pd.ArrowDtype(pa.string())
MISSING_MARKS = ("", "-", "--", "–", "—", "null", "NULL", "N/A", "n/a")

_DECIMAL = re.compile(r"^(\d{1,3})[.,]0+$")
_SPACES = re.compile(r"[\s_]+")
_DIRTY = r"[\x{00A0}\x{200B}-\x{200F}\x{2028}\x{2029}\x{2060}\x{FEFF}\x{00AD}\x{202F}\x{3000}\t\r\n']|  |^ | $"
_WIDE = r"[\x{00A0}\x{202F}\x{3000}\x{2028}\x{2029}\t\r\n ]+"
_UNSEEN = r"[\x{200B}-\x{200F}\x{2060}\x{FEFF}\x{00AD}]"
_MONTHS = ("jan", "feb", "mar", "apr", "mei|may", "jun", "jul", "agu|agt|aug", "sep", "okt|oct", "nov|nop", "des|dec")
_TIME = (r"(?:[ ,T]+(?P<h>\d{1,2})[:.](?P<mi>\d{2})(?:[:.](?P<s>\d{2})(?:\.\d+)?)?\s*(?P<half>[AaPp][Mm])?"
         r"(?:\s*(?:GMT|UTC|Z|WIB|WITA|WIT)?\s*(?:[+-]\d{1,2}(?::?\d{2})?)?)?)?$")
_YEAR_FIRST = r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME
_DAY_FIRST = r"^(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4})" + _TIME
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_EPOCH = np.datetime64("1899-12-30", "s")
_SERIAL_RANGE = (3654.0, 80000.0)  # 1910 to 2119: a smaller number is a count or a year, not a day
_TRUE = {"1", "ya", "y", "true", "benar", "yes", "lulus", "selesai", "hadir", "v", "x"}
_FALSE = {"0", "tidak", "t", "false", "salah", "no", "n", "tidak lulus", "belum", "tidak hadir"}


def clean_header(value: object) -> str:
    r"""Bring the name of a column to the form in which names are compared.

    Parameters
    ----------
    value : object
        The cell of the header row.

    Returns
    -------
    str
        Lower case, one space between words; no-break spaces, line breaks and underscores count as spaces, zero-width
        characters and byte order marks are gone. An empty cell gives "".

    Examples
    --------
    >>> clean_header("\ufeffNIP\u00a0Baru "), clean_header("Hubungan\ndengan"), clean_header("NAMA_UNOR")
    ('nip baru', 'hubungan dengan', 'nama unor')
    """
    text = unicodedata.normalize("NFKC", str(value)) if value is not None else ""
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    return _SPACES.sub(" ", text).strip().casefold()


def text_column(values: Sequence[Cell]) -> pd.Series:
    """Give a column as clean text; a blank cell or a dash is missing, never a category.

    Parameters
    ----------
    values : sequence of cells
        Text, numbers, dates or empty cells in the order of the rows.

    Returns
    -------
    pandas.Series
        Arrow text of the same length. A whole number is written without decimals, a date as ISO text.

    Notes
    -----
    Only an apostrophe at the very start is taken off: a spreadsheet puts it there to keep a number as text.

    Examples
    --------
    >>> text_column(["'1976", " a\u00a0 b ", "-", 4.0]).tolist()
    ['1976', 'a b', <NA>, '4']
    """
    array = pa.array(values if _all_text(values) else _texts(values), type=pa.string())
    array = array.dictionary_encode()
    words = array.dictionary
    if pc.any(pc.match_substring_regex(words, _DIRTY)).as_py():
        words = pc.replace_substring_regex(words, _UNSEEN, "")
        words = pc.utf8_trim_whitespace(pc.replace_substring_regex(words, _WIDE, " "))
        words = pc.utf8_trim_whitespace(pc.replace_substring_regex(words, "^['’]+", ""))
    words = pc.if_else(pc.is_in(words, value_set=pa.array(MISSING_MARKS)), pa.scalar(None, pa.string()), words)
    return pd.Series(pc.take(words, array.indices), dtype=TEXT)


def _all_text(values: Sequence[Cell]) -> bool:
    return set(map(type, values)) <= {str, type(None)}


def _texts(values: Sequence[Cell]) -> list[str]:
    """Each different cell is written once; yes and 1 are equal to Python, so columns with both go cell by cell."""
    if bool in set(map(type, values)):
        return [as_text(v) for v in values]
    written = {v: as_text(v) for v in set(values)}
    return [written[v] for v in values]


def as_text(value: Cell) -> str:
    """Write one cell as text, as a person would read it in the sheet.

    Examples
    --------
    >>> as_text(2025.0), as_text(2.5), as_text(True), as_text(None)
    ('2025', '2.5', 'TRUE', '')
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e22:
        return str(int(value))
    return str(value)


def is_number(values: Sequence[Cell]) -> np.ndarray:
    """Tell for each cell whether its type is a number (dates and yes/no cells are not).

    Examples
    --------
    >>> is_number(["1", 1.0, None, True]).tolist()
    [False, True, False, False]
    """
    kinds = set(map(type, values))
    if not kinds & {int, float}:
        return np.zeros(len(values), dtype=bool)
    return np.fromiter((type(v) in (int, float) for v in values), dtype=bool, count=len(values))


def numbers(values: Sequence[Cell]) -> tuple[pd.Series, np.ndarray]:
    """Read a column of numbers; a decimal comma is understood.

    Returns
    -------
    pandas.Series, numpy.ndarray
        Numbers (`double`, missing where the cell is blank or a dash), and where a cell holds something else.

    Examples
    --------
    >>> values, bad = numbers([2.0, "3,5", "-", "dua"])
    >>> values.tolist(), bad.tolist()
    ([2.0, 3.5, <NA>, <NA>], [False, False, False, True])
    """
    text = text_column(values)
    array = pa.array(text)
    plain = pc.match_substring_regex(array, r"^[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?$")
    kept = pc.if_else(pc.fill_null(plain, False), pc.replace_substring(array, ",", "."), pa.scalar(None, pa.string()))
    result = pc.cast(kept, pa.float64())
    bad = pc.and_(pc.is_valid(array), pc.is_null(result))
    return pd.Series(result, dtype=pd.ArrowDtype(pa.float64())), bad.to_numpy(zero_copy_only=False)


def booleans(values: Sequence[Cell]) -> tuple[pd.Series, np.ndarray]:
    """Read a column of yes and no: 1/0 (also 1.0, as programs write a code that they took for a number), Ya/Tidak, TRUE/FALSE.

    Examples
    --------
    >>> values, bad = booleans([1.0, "Tidak", "", "mungkin", "0.0"])
    >>> values.tolist(), bad.tolist()
    ([True, False, <NA>, <NA>, False], [False, False, False, True, False])
    """
    text = text_column(values)
    found = map_unique(text, lambda word: True if plain_code(word).casefold() in _TRUE else False if plain_code(word).casefold() in _FALSE else None)
    result = pd.Series(pa.array(found, type=pa.bool_()), dtype=pd.ArrowDtype(pa.bool_()))
    return result, (text.notna() & result.isna()).to_numpy(dtype=bool)


def plain_code(word: str) -> str:
    """Give a code without the decimal that a program wrote to it, having taken it for a number.

    Examples
    --------
    >>> plain_code("1.0"), plain_code("2,00"), plain_code("1.5"), plain_code("Ya")
    ('1', '2', '1.5', 'Ya')
    """
    return _DECIMAL.sub(r"\1", word)


def map_unique(text: pd.Series, function: Callable[[str], Hashable | None]) -> list[Hashable | None]:
    """Apply `function` once to each different text, and give the results in the order of the rows; missing stays `None`.

    Examples
    --------
    >>> map_unique(text_column(["a", "-", "a"]), str.upper)
    ['A', None, 'A']
    """
    encoded = pa.array(text).dictionary_encode()
    results = [function(word) for word in encoded.dictionary.to_pylist()]
    return [None if i is None else results[i] for i in encoded.indices.to_pylist()]


def dates(values: Sequence[Cell]) -> tuple[pd.Series, np.ndarray]:
    """Read a column of dates or times: ISO, day first with dashes, slashes or dots, month names, and Excel serials.

    Returns
    -------
    pandas.Series, numpy.ndarray
        `timestamp[s]` without a zone (the time as written), and where a cell holds something that is no date.

    Notes
    -----
    03/04/2025 is 3 April: no Indonesian export writes the month first. A zone behind the time (GMT+8, WITA) is dropped:
    the time is kept as the office wrote it.

    Examples
    --------
    >>> found, bad = dates(["03/04/2025", 27760.0, "2025/04/01 9:00:05 PM GMT+8", "3/2/2025, 08.15.22", "31-02-2025"])
    >>> [str(v) for v in found[:4]], bad.tolist()[-1]
    (['2025-04-03 00:00:00', '1976-01-01 00:00:00', '2025-04-01 21:00:05', '2025-02-03 08:15:22'], True)
    """
    kinds = set(map(type, values))
    result = np.full(len(values), np.datetime64("NaT", "s"))
    if kinds & {date, datetime}:
        at = np.fromiter((isinstance(v, date) for v in values), dtype=bool, count=len(values))
        result[at] = np.array([v for v in values if isinstance(v, date)], dtype="datetime64[s]")
    number = is_number(values)
    if number.any():
        result[number] = _of_serial(np.array([v for v, n in zip(values, number, strict=True) if n], dtype=float))
    text = text_column(["" if isinstance(v, date) or n else v for v, n in zip(values, number, strict=True)]
                       if kinds & {date, datetime, int, float} else values)
    encoded = pa.array(text).dictionary_encode()
    if len(encoded.dictionary):
        words = _of_text(encoded.dictionary)
        index = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        result = np.where(index >= 0, words[index], result)
    filled = text.notna().to_numpy(dtype=bool) | number
    stamps = pa.array(result.astype("datetime64[s]"), type=pa.timestamp("s"))
    return pd.Series(stamps, dtype=pd.ArrowDtype(pa.timestamp("s"))), filled & np.isnat(result)


def _of_serial(serial: np.ndarray) -> np.ndarray:
    low, high = _SERIAL_RANGE
    good = (serial >= low) & (serial <= high)
    seconds = np.rint(np.where(good, serial, 0.0) * 86400).astype("timedelta64[s]")
    return np.where(good, _EPOCH + seconds, np.datetime64("NaT", "s"))


def _of_text(words: pa.Array) -> np.ndarray:
    """Read different texts as times; the first form that fits counts."""
    words = _without_month_names(words)
    result = np.full(len(words), np.datetime64("NaT", "s"))
    for pattern in (_YEAR_FIRST, _DAY_FIRST):
        found = _build(pc.extract_regex(words, pattern))
        result = np.where(np.isnat(result), found, result)
    serial = pc.fill_null(pc.match_substring_regex(words, _SERIAL), False)
    if pc.any(serial).as_py():
        number = pc.cast(pc.if_else(serial, words, "0"), pa.float64()).to_numpy(zero_copy_only=False)
        result = np.where(np.isnat(result), _of_serial(number), result)
    return result


def _without_month_names(words: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(words, r"\d[ -][A-Za-z]{3}")).as_py():
        return words
    for number, names in enumerate(_MONTHS, start=1):
        words = pc.replace_substring_regex(words, rf"(?i)^(\d{{1,2}})[ -](?:{names})[a-z]*[ -](\d{{4}})", rf"\1-{number}-\2")
    return words


def _build(parts: pa.StructArray) -> np.ndarray:
    if parts.null_count == len(parts):
        return np.full(len(parts), np.datetime64("NaT", "s"))
    flat = {name: pc.struct_field(parts, name) for name in ("y", "m", "d", "h", "mi", "s", "half")}

    def part(name: str, empty: int) -> np.ndarray:
        filled = pc.if_else(pc.equal(pc.fill_null(flat[name], ""), ""), str(empty), pc.fill_null(flat[name], str(empty)))
        values: np.ndarray = pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False)
        return values

    year, month, day = part("y", 0), part("m", 0), part("d", 0)
    hour, minute, second = part("h", 0), part("mi", 0), part("s", 0)
    half = pc.utf8_lower(pc.fill_null(flat["half"], "")).to_numpy(zero_copy_only=False)
    good = (month >= 1) & (month <= 12) & (year >= 1900) & (year <= 2200) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    good &= (half == "") | ((hour >= 1) & (hour <= 12))
    hour = np.where(half == "", hour, hour % 12 + np.where(half == "pm", 12, 0))
    first = (np.where(good, year, 1970) - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (np.where(good, month, 1) - 1)
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int)
    good &= day <= length
    days = first.astype("datetime64[D]") + np.where(good, day - 1, 0)
    stamp = days.astype("datetime64[s]") + (hour * 3600 + minute * 60 + second).astype("timedelta64[s]")
    whole: np.ndarray = np.where(good & parts.is_valid().to_numpy(zero_copy_only=False), stamp, np.datetime64("NaT", "s"))
    return whole
