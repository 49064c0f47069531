"""A number or a range as a table prints it, with the numbers themselves: the page shows the words, the workbook holds the numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, percent, range_text, signed

Form = Literal["text", "count", "number", "signed", "share", "gap", "date"]
Part = Literal["value", "low", "high", "count", "of"]
PARTS: tuple[Part, ...] = ("value", "low", "high", "count", "of")
COUNTED: frozenset[Part] = frozenset({"count", "of"})


@dataclass(frozen=True)
class Amount:
    """A cell that says a number, its range, or a count out of a whole.

    Only what the words of the cell say is given: a part that the page does not print stays absent.

    Parameters
    ----------
    text : str
        The cell as the page prints it.
    value, low, high : float, optional
        The number and its limits, not rounded; shares from 0 to 1 where `form` is "share", their differences where it is "gap".
    count, of : float, optional
        The parts of "3 of 11".
    form : str
        The form of value and limits: "count", "number", "signed", "share" or "gap".
    digits : int
        The decimals that the page prints.
    unit : str
        The unit of value and limits, where the head of the column does not say it or its cells differ in it.

    Examples
    --------
    >>> str(Amount("0,54 (0,41 sampai 0,70)", 0.5412, 0.4088, 0.7004, digits=2))
    '0,54 (0,41 sampai 0,70)'
    """

    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    count: float | None = None
    of: float | None = None
    form: Form = "number"
    digits: int = 0
    unit: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that the cell has."""
        return tuple(p for p in PARTS if getattr(self, p) is not None)


Cell = Amount | str


def _float(value: Any) -> float | None:
    """Give a number that a workbook can hold, or nothing: a missing value is no number."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _shown(value: Any, form: Form, digits: int, language: Language) -> str:
    if form == "share":
        return percent(value, language, digits)
    return signed(value, digits, language) if form == "signed" else number(value, digits, language)


def amount(value: Any, digits: int, language: Language, *, form: Form = "number", text: str = "", unit: str = "") -> Amount:
    """Give one number as a cell; `text` where the page writes it in another way than its form says.

    Examples
    --------
    >>> amount(0.123, 2, "id"), str(amount(0.4, 0, "id", form="share"))
    (Amount(text='0,12', value=0.123, low=None, high=None, count=None, of=None, form='number', digits=2, unit=''), '40%')
    """
    return Amount(text or _shown(value, form, digits, language), _float(value), form=form, digits=digits, unit=unit)


def interval(low: Any, high: Any, digits: int, language: Language, *, form: Form = "number", text: str = "") -> Amount:
    """Give a range as a cell.

    Examples
    --------
    >>> interval(-0.071, 0.018, 2, "id").text, interval(-0.071, 0.018, 2, "id").parts
    ('−0,07 sampai 0,02', ('low', 'high'))
    """
    return Amount(text or range_text(low, high, digits, language), low=_float(low), high=_float(high), form=form, digits=digits)


def estimate(row: Mapping[Any, Any], text: str, digits: int, *, form: Form = "number", limits: bool = True) -> Amount:
    """Give an estimate of a row with its limits as a cell."""
    low, high = (_float(row.get(c)) for c in ("conf_low", "conf_high"))
    both = limits and low is not None and high is not None
    return Amount(text, _float(row["estimate"]), low if both else None, high if both else None, form=form, digits=digits)


def out_of(count: Any, total: Any, language: Language, *, text: str = "") -> Amount:
    """Give "3 of 11" as a cell.

    Examples
    --------
    >>> out_of(3, 11, "en").text, out_of(3, 11, "en").parts
    ('3 of 11', ('count', 'of'))
    """
    words = text or say("chart.of", language, n=number(count, 0, language), total=number(total, 0, language))
    return Amount(words, count=_float(count), of=_float(total), form="share")
