"""Tables of a page: a finished frame and a description of its columns become an accessible HTML table.

The first column names the row. Figures stand right with the same decimals in a column and the unit in the head; a
missing value is a dash or the words given for it. Nothing is computed but the text of a cell.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup

from evalkit.errors import ExhibitError
from evalkit.exhibits.marks import STRENGTH_LEVELS, Sign, micro, status, strength
from evalkit.exhibits.text import address, attribute, clean, identifier, link, optional
from evalkit.language.catalogue import Language
from evalkit.language.numbers_dates import NOT_APPLICABLE, date_text, number, percent, period_short, range_text, signed

Kind = Literal["text", "count", "number", "signed", "percent", "points", "bounds", "micro", "status", "strength", "date", "period"]
RIGHT: frozenset[str] = frozenset({"count", "number", "signed", "percent", "points", "bounds"})
KEPT_ROWS = 12


@dataclass(frozen=True)
class Col:
    """A column of a table.

    Parameters
    ----------
    source : str
        The column of the frame.
    label : str
        The head, with the unit.
    kind : str
        `text`; `count`; `number` and `signed` with `digits`; `percent` (share 0-1 with the sign, for mixed columns);
        `points` (share 0-1 as a figure, "%" in the head); `bounds` (`source` to `high` as "11,4-12,9", shares);
        `micro` (a bar of `source` with `high` as its upper bound, on 0 to `top`); `status` (words, with the sign named
        in the column `sign`); `strength` (level 0-4); `date`; `period`.
    digits : int
        Decimals of figures.
    high : str
        The column with the upper bound, for `bounds` and `micro`.
    top : float
        The end of the scale of `micro`.
    href : str
        A column with relative addresses; empty ones give no link.
    beside : str
        A column with a quiet word after the text.
    sign : str
        The column with the sign of a `status`: "yes", "usual", "none" or "attention".
    missing : str
        What stands for a missing value.
    optional : bool
        Whether a phone may leave the column out.
    nowrap : bool
        Whether the text stays on one line.
    """

    source: str
    label: str
    kind: Kind = "text"
    digits: int = 0
    high: str = ""
    top: float = 1.0
    href: str = ""
    beside: str = ""
    sign: str = ""
    missing: str = NOT_APPLICABLE
    optional: bool = False
    nowrap: bool = False

    @property
    def css(self) -> str:
        """The classes of the column's cells."""
        right = ["r"] if self.kind in RIGHT else []
        bar = ["ci"] if self.kind == "micro" else []
        return " ".join(right + bar + ["opt"] * self.optional + ["nw"] * self.nowrap)


Row = Mapping[Hashable, Any]


def marked(values: Sequence[object]) -> pd.Series[Any]:
    """Make a column that may hold markup (links, marks): pandas would else turn it into plain text, which is escaped.

    Examples
    --------
    >>> isinstance(marked([link("Monitor", "monitor.html")])[0], Markup)
    True
    """
    return pd.Series(list(values), dtype=object)


def absent(value: object) -> bool:
    """Tell whether a cell has no value.

    Examples
    --------
    >>> [absent(v) for v in (None, "", float("nan"), pd.NA, pd.NaT, 0, False)]
    [True, True, True, True, True, False, False]
    """
    if value is None or value is pd.NA or value is pd.NaT or value == "":
        return True
    return isinstance(value, float) and value != value


def cell_text(col: Col, row: Row, language: Language = "id") -> Markup:
    """Write one value as its column says.

    Examples
    --------
    >>> cell_text(Col("share", "%", "points", digits=1), {"share": 0.1135})
    Markup('11,4')
    >>> cell_text(Col("low", "%", "bounds", high="high", digits=1), {"low": 0.114, "high": 0.129}, "en")
    Markup('11.4–12.9')
    """
    value = row.get(col.source)
    if absent(value):
        return clean(col.missing)
    shown = clean(_written(col, row, value, language))
    target = row.get(col.href) if col.href else None
    if not absent(target):
        shown = link(shown, str(target))
    beside = row.get(col.beside) if col.beside else None
    return shown if absent(beside) else shown + Markup(' <span class="own">{}</span>').format(clean(beside))


def _written(col: Col, row: Row, value: Any, language: Language) -> object:
    match col.kind:
        case "count":
            return number(value, 0, language)
        case "number":
            return number(value, col.digits, language)
        case "signed":
            return signed(value, col.digits, language)
        case "percent":
            return percent(value, language, col.digits)
        case "points":
            return percent(value, language, col.digits).removesuffix("%")
        case "bounds" | "micro":
            high = row.get(col.high) if col.high else None
            high = value if absent(high) else high
            if col.kind == "micro":
                return micro(float(value), float(high or 0), col.top)
            return range_text(100 * float(value), 100 * float(high or 0), col.digits, language, cell=True)
        case "status":
            return status(_sign(row.get(col.sign, "none")), value)
        case "strength":
            return strength(_level(value), language)
        case "date":
            return date_text(value, language) if isinstance(value, date | datetime) else value
        case "period":
            return period_short(str(value), language)
        case _:
            return value


def _sign(value: object) -> Sign:
    if value in {"yes", "usual", "none", "attention"}:
        return value
    raise ExhibitError(f"The sign {value!r} is not one of yes, usual, none, attention.")


def _level(value: object) -> int:
    level = int(str(value))
    if level not in STRENGTH_LEVELS:
        raise ExhibitError(f"The strength of evidence is {level}; it must be 0 to 4.")
    return level


def _cells(columns: Sequence[Col], row: Row, language: Language) -> Markup:
    first, *rest = columns
    out = [Markup('<th scope="row">{}</th>').format(cell_text(first, row, language))]
    for col in rest:
        css = Markup(' class="{}"').format(attribute(col.css)) if col.css else Markup("")
        out.append(Markup("<td{}>{}</td>").format(css, cell_text(col, row, language)))
    return Markup("").join(out)


def _head(columns: Sequence[Col]) -> Markup:
    heads = [Markup('<th scope="col"{}>{}</th>').format(
        Markup(' class="{}"').format(attribute(col.css)) if col.css else Markup(""), clean(col.label)) for col in columns]
    return Markup("<thead><tr>{}</tr></thead>").format(Markup("").join(heads))


def _records(frame: pd.DataFrame, columns: Sequence[Col]) -> list[dict[Hashable, Any]]:
    if not columns:
        raise ExhibitError("A table needs at least one column.")
    for col in columns:
        for name in filter(None, (col.source, col.high, col.href, col.beside, col.sign)):
            if name not in frame.columns:
                raise ExhibitError(f"The table needs the column {name!r}, which the frame does not have.")
    return frame.astype(object).to_dict("records")


def _rows(records: Sequence[Row], columns: Sequence[Col], language: Language) -> Markup:
    return Markup("").join(Markup("<tr>{}</tr>").format(_cells(columns, row, language)) for row in records)


def _bodies(records: list[dict[Hashable, Any]], columns: Sequence[Col], groups: str | None, language: Language) -> Markup:
    if groups is None:
        return Markup("<tbody>{}</tbody>").format(_rows(records, columns, language))
    by_group: dict[object, list[dict[Hashable, Any]]] = {}
    for row in records:
        if groups not in row:
            raise ExhibitError(f"The table is to be grouped by {groups!r}, which the frame does not have.")
        by_group.setdefault(row[groups], []).append(row)
    out = Markup("")
    for name, rows in by_group.items():
        keep = " keep" if len(rows) <= KEPT_ROWS else ""
        out += Markup('<tbody class="group{}"><tr><th scope="rowgroup" colspan="{}">{}</th></tr>{}</tbody>').format(
            keep, len(columns), clean(name), _rows(rows, columns, language))
    return out


def table_html(frame: pd.DataFrame, columns: Sequence[Col], *, id: str, head: str, language: Language, desc: str = "",
               label: Markup | None = None, note: str = "", total: Row | None = None, groups: str | None = None,
               dense: bool = False) -> Markup:
    """Write a whole table: caption, head, rows in the order of the frame, total, note.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a row of the table; it is not changed.
    columns : sequence of Col
        What to show; the first names the row.
    id : str
        The id of the caption.
    head, desc, note : str
        The finding, what is measured where and when, and what a reader must know.
    label : Markup, optional
        The number and role of the table; tables behind a figure have none.
    total : mapping, optional
        The values of the last row by column; what is absent stays empty.
    groups : str, optional
        The column whose values make groups of rows, in order of first appearance.

    Raises
    ------
    ExhibitError
        If a column is absent or the id is not usable.
    """
    uid = identifier(id)
    records = _records(frame, columns)
    keep = " keep" if groups is None and len(records) <= KEPT_ROWS else ""
    foot = Markup("")
    if total is not None:
        plain_cols = [Col(**{**c.__dict__, "missing": "", "href": "", "beside": ""}) for c in columns]
        foot = Markup('<tfoot><tr class="sum">{}</tr></tfoot>').format(_cells(plain_cols, total, language))
    caption = optional('<span class="no">{}</span>', label) + optional('<span class="head">{}</span>', head) + optional(
        '<span class="desc">{}</span>', desc)
    return Markup('<div class="scroll{keep}" role="region" aria-labelledby="{id}" tabindex="0"><table{css}>'
                  '<caption id="{id}">{caption}</caption>{head}{body}{foot}</table></div>{note}\n').format(
        keep=keep, id=address("#" + uid)[1:], css=Markup(' class="dense"') if dense else "", caption=caption,
        head=_head(columns), body=_bodies(records, columns, groups, language), foot=foot,
        note=optional('<p class="note">{}</p>', note))
