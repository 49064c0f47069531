"""Pieces of personal pages that are made once and used by thousands: tables from ready rows, words with a marked value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from markupsafe import Markup

from evalkit.exhibits.blocks import question
from evalkit.exhibits.text import clean, identifier, joined, optional
from evalkit.language.catalogue import Language, say
from evalkit.language.sentences.words import unit_name

_HERE = "\ue000"
_FIVE = 5


def filled(key: str, language: Language, marked: object, /, name: str = "predikat", **values: object) -> Markup:
    """Say words whose value `name` is markup: a bold word, a marked day.

    Examples
    --------
    >>> filled("employee.verdict.partly", "id", Markup("<strong>Baik</strong>"), this="triwulan ini")[:52]
    Markup('Predikat Anda triwulan ini <strong>Baik</strong>; ti')
    """
    before, _, after = say(key, language, **{name: _HERE}, **values).partition(_HERE)
    return joined(before, marked, after)


@lru_cache(maxsize=4096)
def row(cells: tuple[Markup, ...], css: tuple[str, ...]) -> Markup:
    """Make one row of a table; the first cell names it."""
    rest = Markup("").join(Markup('<td class="{}">{}</td>').format(c, t) if c else Markup("<td>{}</td>").format(t)
                           for t, c in zip(cells[1:], css[1:], strict=True))
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(cells[0], rest)


@lru_cache(maxsize=256)
def _around(id: str, n: int, head: str, desc: str, columns: tuple[tuple[str, str], ...], language: Language) -> Markup:
    heads = Markup("").join(Markup('<th scope="col" class="{}">{}</th>').format(css, label) if css else
                            Markup('<th scope="col">{}</th>').format(label) for label, css in columns)
    caption = Markup('<span class="no">{}</span><span class="head">{}</span>').format(say("page.table", language, n=n), head)
    return Markup('<div class="scroll keep" role="region" aria-labelledby="{id}" tabindex="0"><table><caption id="{id}">{caption}{desc}'
                  "</caption><thead><tr>{heads}</tr></thead>").format(
        id=identifier(id), caption=caption, desc=optional('<span class="desc">{}</span>', desc), heads=heads)


def table(id: str, n: int, head: str, desc: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]], language: Language,
          note: object = "") -> Markup:
    """Make a table of finished words, with the looks of `exhibits.tables`.

    Parameters
    ----------
    id, n : str, int
        Of the table.
    head, desc : str
        What it shows.
    columns : sequence of (label, css class)
        The first names the row.
    rows : iterable of sequences
        Texts (escaped here) or markup.
    note : object
        What a reader must know.
    """
    css = tuple(c for _, c in columns)
    body = Markup("").join(row(tuple(clean(cell) for cell in cells), css) for cells in rows)
    return _around(id, n, head, desc, tuple(columns), language) + Markup("<tbody>") + body + Markup("</tbody></table></div>") + optional(
        '<p class="note">{}</p>', note)


@lru_cache(maxsize=1024)
def heading(id: str, text: str, answer: Markup | str, language: Language) -> Markup:
    """Open a section with the reader's question and its answer."""
    return question(id, text, answer, language)


@lru_cache(maxsize=8192)
def shown(name: str) -> str:
    """Write the name of a unit or post as in running text."""
    return unit_name(name)


def objection_due(start: date, days: int, kind: str) -> date:
    """Give the last day of an objection that may be filed within `days` days after `start`.

    ``due = start + days``, calendar days; working days leave out Saturdays and Sundays.

    Parameters
    ----------
    start : date
        The day from which the count runs; it is not counted itself.
    days : int
        Days, 0 or more.
    kind : str
        `calendar` or `working`.

    Notes
    -----
    Public holidays are not known here, so a due day in working days may be too early, never too late. PP 30/2019 Pasal 59 counts
    14 days from receipt; whether working days are meant is unconfirmed.

    Examples
    --------
    >>> objection_due(date(2026, 10, 16), 14, "calendar"), objection_due(date(2026, 10, 16), 14, "working")
    (datetime.date(2026, 10, 30), datetime.date(2026, 11, 5))
    """
    if kind != "working":
        return start + timedelta(days=days)
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < _FIVE
    return day
