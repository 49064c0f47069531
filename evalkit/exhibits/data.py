"""The data behind an exhibit: what a figure or table shows, as plain values that a workbook can hold.

They travel with the last block of a page in an output of their own, so a page does not grow by them. Only the columns that the
exhibit shows are taken, each as the page shows it: a value that the page leaves out or replaces by a word is not here either.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from numbers import Real
from typing import Literal

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.amounts import COUNTED, PARTS, Amount, Form, Part
from evalkit.exhibits.blocks import Rung
from evalkit.exhibits.tables import Col, Row, absent
from evalkit.exhibits.text import Block, plain
from evalkit.inference.results import Role
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import period_short

DATA_MIME = "application/vnd.evalkit.data"  # one text: as nested lists, each program that a notebook passes through would copy and check every value
Value = str | int | float | None
_FORMS: dict[str, Form] = {"count": "count", "number": "number", "signed": "signed", "percent": "share", "points": "share",
                           "bounds": "share", "micro": "share", "date": "date"}


@dataclass(frozen=True)
class Field:
    """One column of the data: its head, the form of its values, the decimals that the page prints, and the column it came from."""

    label: str
    form: Form = "text"
    digits: int = 0
    source: str = ""


@dataclass(frozen=True)
class Exhibit:
    """One figure or table: its number and words as the page shows them, and its values unrounded.

    `alt` is the text alternative of a figure. Values are text, whole numbers, numbers, shares (0 to 1), or days as
    `2026-10-12`; text in a column of numbers is what the page shows in the place of a number.
    """

    kind: Literal["figure", "table"]
    id: str
    number: int
    role: Role | None
    head: str
    desc: str = ""
    note: str = ""
    alt: str = ""
    fields: tuple[Field, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    total: tuple[Value, ...] = ()


def packed(exhibits: Iterable[Exhibit]) -> str:
    """Write exhibits as one text that travels in the output of a notebook.

    Examples
    --------
    >>> one = Exhibit("table", "t-1", 1, None, "A", "", "", "", (Field("n", "N", "count"),), ((1,), (None,)))
    >>> unpacked(packed([one])) == (one,)
    True
    """
    return json.dumps([{**vars(e), "fields": [vars(f) for f in e.fields]} for e in exhibits], ensure_ascii=False)


def unpacked(text: str) -> tuple[Exhibit, ...]:
    """Read the exhibits that `packed` wrote."""
    return tuple(Exhibit(**{**one, "fields": tuple(Field(**f) for f in one["fields"]), "rows": tuple(map(tuple, one["rows"])),
                            "total": tuple(one["total"])}) for one in json.loads(text))


def words_of(text: object) -> str:
    r"""Give the words of a text that may be markup; what a person typed keeps its blanks, a tab in front among them.

    Examples
    --------
    >>> words_of(Markup("<strong>a</strong> &lt; b")), words_of("a < b")
    ('a < b', 'a < b')
    >>> words_of("\ta")
    '\ta'
    """
    shown = text.html if isinstance(text, Block) else text
    return plain(shown.striptags()).strip() if isinstance(shown, Markup) else plain(shown)


def values_of(frame: pd.DataFrame, columns: Sequence[Col], language: Language, *, groups: str | None = None,
              total: Row | None = None) -> tuple[tuple[Field, ...], tuple[tuple[Value, ...], ...], tuple[Value, ...]]:
    """Give heads, rows and last row of a table as plain values; a bound becomes two columns, groups a column of their own.

    A column with cells that say a number and its range (`amounts.Amount`) becomes one column for each of their parts, and for each
    of their units where these differ; words that stand in the place of a number are in the first of them.

    Parameters
    ----------
    frame, columns, groups, total
        As `tables.table_html` takes them.
    language : {"id", "en"}
        The language of the words.

    Examples
    --------
    >>> fields, rows, _ = values_of(pd.DataFrame({"a": ["x"], "p": [0.1135]}), [Col("a", "Unit"), Col("p", "%", "points", digits=1)], "id")
    >>> [f.form for f in fields], rows
    (['text', 'share'], (('x', 0.1135),))
    """
    records = frame.astype(object).to_dict("records")
    wide = _columns(columns, [*records, {k: v for k, v in (total or {}).items() if not absent(v)}], language)
    fields = tuple(([Field(say("data.group", language), source=groups)] if groups else []) + [w.field for w in wide])
    rows = tuple(tuple(([words_of(row[groups])] if groups else []) + [w.value(row, language) for w in wide]) for row in records)
    if total is None:
        return fields, rows, ()
    last: list[Value] = [""] if groups else []
    return fields, rows, tuple(last + ["" if absent(total.get(w.field.source)) else w.value(total, language) for w in wide])


@dataclass(frozen=True)
class _Taken:
    """One column of the data, the column of the table that it is taken from, and which part of its cells.

    `first` tells which of the columns made from one column holds the words that stand in the place of numbers.
    """

    field: Field
    col: Col
    part: Part | None = None
    measure: tuple[Form, str] = ("text", "")
    first: bool = True

    def value(self, row: Row, language: Language) -> Value:
        value = row.get(self.field.source)
        if absent(value) and self.field.source == self.col.high:
            value = row.get(self.col.source)
        if self.part is not None and not self.first and not isinstance(value, Amount):
            return ""
        if absent(value):
            return words_of(self.col.missing)
        if isinstance(value, Amount):
            return self._part(value)
        if self.part is not None:
            return words_of(value)
        if self.field.form == "text":
            return _words(self.col, value, language)
        if isinstance(value, date):
            return value.strftime("%Y-%m-%d")
        number = float(value) if isinstance(value, Real) else math.nan  # numpy's numbers are Real too
        if math.isfinite(number):
            return int(number) if self.field.form == "count" and number.is_integer() else number
        return words_of(value)

    def _part(self, value: Amount) -> Value:
        if not value.parts:
            return words_of(value) if self.first else ""
        found = getattr(value, self.part) if self.part is not None and (value.form, value.unit) == self.measure else None
        if found is None:
            return ""
        return int(found) if self.field.form == "count" and float(found).is_integer() else float(found)


def _words(col: Col, value: object, language: Language) -> str:
    if col.kind == "strength":
        return say(f"page.strength.{value}", language)
    return period_short(str(value), language) if col.kind == "period" else words_of(value)


def _amounts(col: Col, label: str, cells: Sequence[object], language: Language) -> list[_Taken]:
    """Make a column of each part that the cells have; cells in different units have columns of their own, and words then one before them."""
    found = [c for c in cells if isinstance(c, Amount)]
    out: list[_Taken] = []
    measures = list(dict.fromkeys((a.form, a.unit) for a in found if a.parts))
    if len(measures) > 1 and any(not isinstance(c, Amount) or not c.parts for c in cells):
        out.append(_Taken(Field(label, source=col.source), col, "value"))
    for form, unit in measures:
        some = [a for a in found if (a.form, a.unit) == (form, unit)]
        word = unit or (say(f"data.unit.{form}", language) if len(measures) > 1 else "")
        head = label if word in label else say("data.in_unit", language, label=label, unit=word)
        for part in PARTS:
            if any(part in a.parts for a in some):
                name = head if part == "value" else say(f"data.{part}", language, label=head)
                digits = 0 if part in COUNTED else max(a.digits for a in some)
                out.append(_Taken(Field(name, "count" if part in COUNTED else form, digits, col.source), col, part, (form, unit), not out))
    return out


def _columns(columns: Sequence[Col], rows: Sequence[Row], language: Language) -> list[_Taken]:
    """Say what to take: a bound becomes two columns, a bar that repeats its neighbours none, a quiet word one of its own."""
    found: list[_Taken] = []
    numbers = {s for c in columns if c.kind not in ("micro", "text") for s in (c.source, c.high) if s}
    for col in columns:
        form, label = _FORMS.get(col.kind, "text"), words_of(col.label)
        cells = [row[col.source] for row in rows if col.source in row] if form == "text" else []
        if any(isinstance(c, Amount) and c.parts for c in cells):
            found += _amounts(col, label, cells, language)
        elif col.high and not (col.kind == "micro" and {col.source, col.high} <= numbers):
            found += [_Taken(Field(say(key, language, label=label), form, col.digits or 1, source), col)
                      for key, source in (("data.low", col.source), ("data.high", col.high))]
        elif col.kind != "micro" or col.source not in numbers:
            found.append(_Taken(Field(label, form, col.digits, col.source), col))
        if col.beside:
            found.append(_Taken(Field(say("data.beside", language), source=col.beside), Col(col.beside, "", missing="")))
    return found


def rung_values(rungs: Sequence[Rung], language: Language) -> tuple[pd.DataFrame, tuple[Col, ...]]:
    """Give the ladder of evidence as a frame and its columns, the highest rung first."""
    frame = pd.DataFrame([{"number": r.number, "state": say(f"page.rung_state.{r.state}", language), "data": words_of(r.data),
                           "may": words_of(r.may), "may_not": words_of(r.may_not), "more": words_of(r.more)}
                          for r in sorted(rungs, key=lambda r: -r.number)])
    heads = {"state": "data.state", "data": "data.data", "may": "page.may", "may_not": "page.may_not", "more": "data.more"}
    columns = [Col(name, say(key, language).rstrip(":")) for name, key in heads.items()]
    return frame, (Col("number", say("page.rung_word", language), "count"), *columns)
