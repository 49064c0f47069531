"""The sections of an employee's page that are about her data: what is measured, earlier periods, what is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Protocol

from markupsafe import Markup

from evalkit.exhibits import blocks
from evalkit.exhibits.blocks import Dim
from evalkit.exhibits.marks import status
from evalkit.exhibits.text import clean, strong
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import NOT_APPLICABLE, date_text, listed, number, percent, period_short, period_text, spelled
from evalkit.language.sentences.words import counted, first
from evalkit.report.people.parts import heading, table
from evalkit.report.people.records import Employee, Held, Indicator, Measure

_ORDER = ("productivity", "integrity", "commitment")
_RATING = {1: "di_bawah", 2: "sesuai", 3: "di_atas"}
_HUNDRED = 100.0


class Pages(Protocol):
    """What a section needs of the maker of pages."""

    language: Language
    setting: Any

    def once(self, key: tuple[object, ...], make: Callable[[], Markup]) -> Markup:
        """Give what was made for this key, or make it."""
        ...


class Count(Protocol):
    """Counts the tables of a page."""

    def next(self) -> int:
        """Give the next number."""
        ...


def indicators(pages: Pages, person: Employee, count: Count) -> Markup:
    """Give her targets and results, if the data hold any."""
    if not person.indicators:
        return Markup("")
    own, language = pages.setting.say, pages.language
    met = sum(i.met is True for i in person.indicators)
    lead = first(own("work.lead", met=spelled(met, language), n=spelled(len(person.indicators), language)))
    columns = [(own("work.indicator"), ""), (own("work.aspect"), ""), (own("work.target"), "r"), (own("work.actual"), "r"), (own("work.met"), "")]
    rows = [(i.name, i.aspect or NOT_APPLICABLE, _target(i, language), _figure(i.actual, language), _met(i, own)) for i in person.indicators]
    desc = own("work.desc", period=period_text(pages.setting.facts.period, language))
    return heading("s-kerja", own("work.question"), lead, language) + table(
        "t-kerja", count.next(), own("work.table"), desc, columns, rows, language, own("work.note"))


def _figure(value: float | None, language: Language) -> str:
    if value is None:
        return NOT_APPLICABLE
    return number(value, 0 if float(value).is_integer() else 2, language)


def _target(item: Indicator, language: Language) -> str:
    low = _figure(item.low, language)
    if item.high is not None and item.high != item.low:
        return f"{low}–{_figure(item.high, language)}"
    return f"≤ {low}" if item.less else low


def _met(item: Indicator, own: Callable[..., str]) -> Markup:
    if item.met is None:
        return status("none", own("work.unknown"))
    return status("yes", own("work.yes")) if item.met else status("none", own("work.no"))


def dims(pages: Pages, person: Employee) -> Markup:
    """Give productivity, integrity and commitment, or "not measured"."""
    if not person.measures:
        return Markup("")
    return pages.once(("dims", person.measures), lambda: _dims(pages, person.measures))


def _dims(pages: Pages, measures: tuple[Measure, ...]) -> Markup:
    own, language = pages.setting.say, pages.language
    found = {name: [m for m in measures if m.dimension == name] for name in dict.fromkeys((*_ORDER, *(m.dimension for m in measures)))}
    items = [_dim(name, rows, own, language) for name, rows in found.items() if rows]
    return heading("s-ukuran", own("dims.question"), own("dims.lead"), language) + blocks.dims(items, own("dims.note"), language, "tiga")


def _dim(name: str, rows: list[Measure], own: Callable[..., str], language: Language) -> Dim:
    known = catalogue().get(f"evaluation.dims.name.{name}")
    title = known[language] if known else name.replace("_", " ").capitalize()
    measured = [m for m in rows if m.status == "measured"]
    withheld = [own("dims.few", n=counted("person", m.n_raters, language)) for m in rows if m.status == "withheld"]
    if not measured:
        return Dim(title, "", withheld[0] if withheld else own(f"dims.{'no_source' if rows[0].reason == 'no_source' else 'no_value'}"), "")
    main, *rest = measured
    also = [f"{_value(m, own, language)} ({_source(m, own, language)})" for m in rest]
    text = " ".join([_text(main, own, language), *([own("dims.also", what=listed(also, language))] if also else []), *withheld]).strip()
    return Dim(title, first(_value(main, own, language)), text, own("dims.source", source=_source(main, own, language)))


def _value(m: Measure, own: Callable[..., str], language: Language) -> str:
    score = m.score or 0.0
    match m.kind:
        case "hasil_kerja" | "perilaku_kerja":
            return say(f"rating.{_RATING[round(score)]}", language)
        case "attendance":
            return own("dims.attendance", share=percent(score, language))
        case "items" if m.low is not None and m.high is not None:
            return own("dims.items", mean=number(score, 1, language), low=number(m.low, 0, language), high=number(m.high, 0, language))
        case "discipline":
            return own("dims.discipline", n=number(score, 0, language))
        case "indicators":
            return own("dims.indicators", share=percent(score / _HUNDRED, language))
        case _:
            return number(score, 1, language)


def _text(m: Measure, own: Callable[..., str], language: Language) -> str:
    if m.kind == "items":
        return own("dims.items_text", n=counted("person", m.n_raters, language))
    return own(f"dims.{m.kind}_text") if f"employee.dims.{m.kind}_text" in catalogue() else ""


def _source(m: Measure, own: Callable[..., str], language: Language) -> str:
    if m.kind == "items":
        return own("dims.items_source")
    found = catalogue().get(f"scoring.source.{m.kind}")
    return found[language] if found else m.kind


def history(pages: Pages, person: Employee, count: Count) -> Markup:
    """Give her official results over the periods of the window, the latest first."""
    if not person.history:
        return Markup("")
    n = count.next()
    return pages.once(("history", person.history, n), lambda: _history(pages, person.history, n))


def _history(pages: Pages, periods: tuple[tuple[str, str, str, str], ...], n: int) -> Markup:
    own, language = pages.setting.say, pages.language
    words = Counter(say(f"predikat.{p}", language) if p else own("history.none") for *_, p in periods)
    said = listed([f"{spelled(k, language)} {w}" for w, k in words.most_common()], language)
    lead = own("history.lead_one") if len(periods) == 1 else first(own("history.lead", n=spelled(len(periods), language), counts=said))
    columns = [(own("history.period"), ""), (own("col.work"), ""), (own("col.behaviour"), ""), (own("col.predikat"), "")]
    rows = [_period(row, pages) for row in sorted(periods, reverse=True)]
    note = "" if len(periods) == 1 else own("history.note")
    return heading("s-riwayat", own("history.question"), lead, language) + table(
        "t-riwayat", n, own("history.table"), own("history.desc"), columns, rows, language, note)


def _period(row: tuple[str, str, str, str], pages: Pages) -> tuple[object, ...]:
    own, language = pages.setting.say, pages.language
    period, work, behaviour, predikat = row
    word: object = say(f"predikat.{predikat}", language) if predikat else own("history.none")
    ratings = [say(f"rating.{c}", language) if c else NOT_APPLICABLE for c in (work, behaviour)]
    return period_short(period, language), *ratings, strong(word) if period == pages.setting.facts.period else word


def held(pages: Pages, person: Employee, count: Count) -> Markup:
    """Give what is held about her: from where, for what, and how to correct it."""
    own, language = pages.setting.say, pages.language
    n = count.next()
    columns = [(own("held.data"), ""), (own("held.source"), ""), (own("held.wrong"), "")]
    rows = [pages.once(("held", h), partial(_held, h, own, language)) for h in (Held("identity", 0, "", "", "identity"), *person.held)]
    lead = first(own("held.lead", n=spelled(len(rows), language)))
    start = pages.once(("held-head", lead, n), lambda: heading("s-data", own("held.question"), lead, language) + table(
        "t-data", n, own("held.table"), own("held.desc"), columns, [], language, own("held.note")))
    head, tail = str(start).split("</tbody>", 1)
    return Markup("".join((head, *rows, "</tbody>", tail)))


def _held(item: Held, own: Callable[..., str], language: Language) -> Markup:
    name = clean(own(f"kind.{item.kind}.name"))
    if item.n:
        name += Markup('<br><span class="own">{}</span>').format(_span(item, own, language))
    sources = listed([_layout(code, language) for code in item.layouts.split(",") if code], language) or NOT_APPLICABLE
    origin = Markup('{}<br><span class="own">{}</span>').format(clean(sources), own("held.used", used=own(f"kind.{item.kind}.used")))
    return Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(name, origin, clean(own(f"kind.{item.kind}.wrong")))


def _layout(code: str, language: Language) -> str:
    found = catalogue().get(f"people.layout.{code}")
    return found[language] if found else code


def _span(item: Held, own: Callable[..., str], language: Language) -> str:
    n = own("held.row") if item.n == 1 else own("held.rows", n=number(item.n, 0, language))
    ends = list(dict.fromkeys(_moment(t, language) for t in (item.first, item.last) if t))
    if not ends:
        return n
    return own("held.at", n=n, first=ends[0]) if len(ends) == 1 else own("held.span", n=n, first=ends[0], last=ends[1])


def _moment(text: str, language: Language) -> str:
    try:
        return date_text(date.fromisoformat(text), language)
    except ValueError:
        return period_short(text, language)
