"""The numbers of people: NIP and NI PPPK, each checked by its own rule, and the id that SIASN and e-Kinerja share.

An 18-digit number reveals birth date and sex. Nothing here writes one into a message: `mask` shows the first four
characters. A number that became a number cell has lost its last digits and comes back as another person's valid number,
so no check of digits can find it: the type of the cell decides (see `evalkit.tables.validate`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT, Cell, is_number, map_unique, text_column

_PARTS = r"^(?P<birth>\d{8})(?P<year>\d{4})(?P<month>\d{2})(?P<sex>\d)(?P<serial>\d{3})$"
_SHOWN = 4


def mask(value: str) -> str:
    """Show enough of a personal value to find it in the file, and no more.

    Examples
    --------
    >>> mask("198603032010121943"), mask("Siti"), mask("")
    ('1986…', 'S…', '')
    """
    if not value:
        return ""
    return value[:_SHOWN] + "…" if len(value) > 2 * _SHOWN and not value[0].isalpha() else value[0] + "…"


def nip_column(values: Sequence[Cell]) -> tuple[pd.Series, np.ndarray]:
    """Read a column of NIP or NI PPPK as text, and tell which cells hold a number instead.

    Returns
    -------
    pandas.Series, numpy.ndarray
        The digits without spaces or dots (missing where blank, a dash, or a number cell), and where a cell is a number:
        by its type, or by text such as `1,98603E+17`, which is how a damaged number is written into a CSV.

    Examples
    --------
    >>> digits, damaged = nip_column(["'19860303 201012 1 943", 198603032010121943.0, "1,98603E+17", "-"])
    >>> digits.tolist(), damaged.tolist()
    (['198603032010121943', <NA>, <NA>, <NA>], [False, True, True, False])
    """
    number = is_number(values)
    text = pa.array(text_column(values))
    science = pc.fill_null(pc.match_substring_regex(text, r"^\d(?:[.,]\d+)?[eE]\+?\d{2}$"), False).to_numpy(zero_copy_only=False)
    damaged = number | science
    digits = pc.replace_substring_regex(text, r"[ .]", "")
    digits = pc.if_else(pa.array(damaged), pa.scalar(None, pa.string()), digits)
    return pd.Series(digits, dtype=TEXT), damaged


def check_nip(digits: pd.Series, pppk: np.ndarray, pns: np.ndarray) -> pd.Series:
    """Give the rule that each number breaks, or a missing value where it keeps all.

    A NIP is birth date (8), year and month of appointment (6), sex (1), serial (3). An NI PPPK has the year of the first
    contract (4) and the number of the contract (2) in the middle, so its month is not checked.

    Parameters
    ----------
    digits : pandas.Series
        Text from `nip_column`, shape (n,).
    pppk, pns : numpy.ndarray
        Which rows are known to be PPPK or PNS, shape (n,). Where neither is known, the month is not checked.

    Returns
    -------
    pandas.Series
        A rule such as `nip.length`, or missing.

    Notes
    -----
    Sources: Perka BKN 22/2007 and 43/2007 (NIP); BKN regional office Yogyakarta, 2022 (NI PPPK). That the middle digits
    of an NI PPPK are 4 + 2 follows from the 18 digits.

    Examples
    --------
    >>> import numpy as np
    >>> from evalkit.tables.cells import text_column
    >>> numbers = text_column(["198603032010121943", "198613032010121943", "196605052023221957", "12"])
    >>> check_nip(numbers, np.array([False, False, True, False]), np.array([True, True, False, False])).tolist()
    [<NA>, 'nip.birth_date', <NA>, 'nip.length']
    """
    encoded = pa.array(digits)
    parts = pc.extract_regex(encoded, _PARTS)
    whole = parts.is_valid().to_numpy(zero_copy_only=False)
    field = {name: _integers(pc.struct_field(parts, name)) for name in ("birth", "year", "month", "sex", "serial")}
    year, month, day = field["birth"] // 10000, field["birth"] // 100 % 100, field["birth"] % 100
    real = _real_date(year, month, day)
    rule = np.full(len(digits), None, dtype=object)
    tests = (
        ("nip.length", ~whole),
        ("nip.birth_date", ~real),
        ("nip.appointed", pns & ((field["month"] < 1) | (field["month"] > 12))),
        ("nip.order", (field["year"] <= year) | (field["year"] > 2100)),
        ("nip.sex", (field["sex"] != 1) & (field["sex"] != 2)),
        ("nip.serial", field["serial"] == 0),
    )
    filled = digits.notna().to_numpy(dtype=bool)
    for name, broken in tests:
        rule[filled & broken & pd.isna(rule)] = name
    return pd.Series(pa.array(rule.tolist(), type=pa.string()), dtype=TEXT)


def _integers(values: pa.Array) -> np.ndarray:
    result: np.ndarray = pc.fill_null(pc.cast(values, pa.int64()), 0).to_numpy(zero_copy_only=False)
    return result


def _real_date(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    good = (year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1)
    first = (np.where(good, year, 1970) - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (np.where(good, month, 1) - 1)
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int)
    result: np.ndarray = good & (day <= length)
    return result


def nip_kind(digits: pd.Series) -> pd.Series:
    """Tell `nip` from `ni_pppk` by the number alone, so that every file of one person gives the same answer.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> nip_kind(text_column(["198603032010121943", "196605052023221957"])).tolist()
    ['nip', 'ni_pppk']
    """
    month = pc.utf8_slice_codeunits(pa.array(digits), 12, 14)
    plain = pc.fill_null(pc.match_substring_regex(month, r"^(?:0[1-9]|1[0-2])$"), False)
    return pd.Series(pc.if_else(plain, "nip", "ni_pppk"), dtype=TEXT)


def hex_id(values: Sequence[Cell] | pd.Series) -> pd.Series:
    """Give ids without dashes, in lower case: SIASN writes capitals without dashes, e-Kinerja the other way.

    Examples
    --------
    >>> hex_id(["A31FA40F71B55E40A9687936BAD951B9", "a31fa40f-71b5-5e40-a968-7936bad951b9"]).nunique()
    1
    """
    text = values if isinstance(values, pd.Series) else text_column(values)
    array = pc.replace_substring(pc.utf8_lower(pa.array(text)), "-", "")
    good = pc.match_substring_regex(array, "^[0-9a-z]{6,64}$")
    return pd.Series(pc.if_else(good, array, pa.scalar(None, pa.string())), dtype=TEXT)


def file_key(kind: str, values: pd.Series) -> pd.Series:
    """Put the kind before each value: `nip:198603…`; missing stays missing.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> file_key("code", text_column(["R1", ""])).tolist()
    ['code:R1', <NA>]
    """
    return pd.Series(pc.binary_join_element_wise(pa.scalar(kind), pa.array(values), ":"), dtype=TEXT)


def birth_and_sex(digits: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Give the birth date (`YYYYMMDD`) and the sex (`M`, `F`) that a number reveals; missing where it has no 18 digits.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> [part.tolist() for part in birth_and_sex(text_column(["198603032010121943", "-"]))]
    [['19860303', <NA>], ['M', <NA>]]
    """
    whole = pc.match_substring_regex(pa.array(digits), r"^\d{18}$")
    kept = pc.if_else(whole, pa.array(digits), pa.scalar(None, pa.string()))
    sex = map_unique(pd.Series(pc.utf8_slice_codeunits(kept, 14, 15), dtype=TEXT), {"1": "M", "2": "F"}.get)
    return pd.Series(pc.utf8_slice_codeunits(kept, 0, 8), dtype=TEXT), pd.Series(pa.array(sex, type=pa.string()), dtype=TEXT)
