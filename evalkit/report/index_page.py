"""The way in: the index of the office folder, one page over what a run made.

The input is plain data (`Index`); texts are escaped here, numbers are written here. The page holds no script but the
filter of the unit table, which is named in the page's content policy by its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import Block, clean, code, link
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text, datetime_text, listed, number, period_short, period_text, spelled
from evalkit.report import shell

FILTER_FROM = 8
State = Literal["done", "unchanged", "failed", "withheld"]


@dataclass(frozen=True)
class MainReport:
    """A report of the office folder: its name in words, the question it answers, its file and what became of it."""

    title: str
    question: str
    notebook: str
    href: str
    state: State
    note: str = ""


@dataclass(frozen=True)
class ReaderFolder:
    """A folder for one kind of reader. `path` is the path shown, `made` the pages in it, `planned` all there should be."""

    path: str
    reader: str
    content: str
    made: int
    planned: int
    href: str = ""


@dataclass(frozen=True)
class UnitReport:
    """A unit's report: people expected and not yet rated, open rows with faults, and what became of the page.

    `links` are further files of the unit, as (label, relative address): the monitor, the annex, the correction workbook.
    """

    name: str
    group: str
    expected: int
    missing: int
    faults: int
    state: State
    note: str = ""
    href: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FaultRule:
    """Rows that are wrong by one rule; `rule` and `remedy` are sentences in the language of the page."""

    rule: str
    rows: int
    units: int
    remedy: str


@dataclass(frozen=True)
class Waiting:
    """Who is not rated yet: people, units, the deadline in words and whether the rule behind it is confirmed."""

    people: int
    units: int
    due: str
    due_confirmed: bool
    monitor: str


@dataclass(frozen=True)
class Index:
    """Everything the index says.

    `made_at` is the moment of the run, in the zone `timezone`; `release_state` is the word shown (`draf`, `r1`);
    `next_steps` are (what to do, who and when), plain text; `checks` a sentence on how the pages were checked;
    `trace` name and value pairs of the last line.
    """

    title: str
    owner: str
    period: str
    made_at: datetime
    release_state: str
    main: tuple[MainReport, ...]
    units: tuple[UnitReport, ...] = ()
    folders: tuple[ReaderFolder, ...] = ()
    faults: tuple[FaultRule, ...] = ()
    waiting: Waiting | None = None
    next_steps: tuple[tuple[str, str], ...] = ()
    checks: str = ""
    changed: tuple[str, ...] = ()
    mark: str = ""
    timezone: str = "Asia/Makassar"
    trace: tuple[tuple[str, str], ...] = field(default=())
    language: Language = "id"


def render(index: Index) -> str:
    """Make the index page: what was done, who is not rated yet, where everything is, what to do next.

    Parameters
    ----------
    index : Index
        What the run made; every text is escaped here.

    Returns
    -------
    str
        One HTML file that asks the network for nothing; its one script filters the table of units.
    """
    page = Page(index.language, owner=index.owner)
    made = datetime_text(index.made_at, index.language, index.timezone)
    name = f"{index.title}, {period_short(index.period, index.language)}"
    facts = [period_text(index.period, index.language)]
    facts += [say("index.units", index.language, n=number(len(index.units), 0, index.language))] if index.units else []
    blocks = [page.title(index.title, [*facts, say("index.made", index.language, made=made)]),
              page.verdict(_summary(index), None, index.checks or say("index.checks", index.language),
                           say("index.check_label", index.language)),
              page.tiles(_tiles(index)), *_waiting(page, index)]
    if index.next_steps:
        blocks.append(page.actions(index.next_steps))
    blocks += [*_changes(page, index), *_main(page, index), *_folders(page, index), *_units(page, index), *_faults(page, index)]
    if index.trace:
        blocks.append(page.trace(dict(index.trace)))
    body = "".join(str(block) for block in blocks)
    script = shell.asset("filter.js") if len(index.units) > FILTER_FROM else ""
    return shell.render(body, title=name, language=index.language, owner=index.owner, layout="one", script=script,
                        state=bar_state(index.release_state, index.made_at, index.language), mark=index.mark)


def bar_state(release: str, made_at: datetime, language: Language) -> str:
    """Say the state of a page in its bar: draft or release, and the day.

    Examples
    --------
    >>> bar_state("draf", datetime(2026, 10, 12, 8, 14), "id")
    'Draf, 12 Oktober 2026'
    """
    return f"{release[:1].upper()}{release[1:]}, {date_text(made_at.date(), language)}"


def _of_state(index: Index, *states: State) -> int:
    return sum(state in states for state in [r.state for r in index.main] + [u.state for u in index.units])


def _summary(index: Index) -> str:
    total = len(index.main) + len(index.units)
    good, failed, held = _of_state(index, "done", "unchanged"), _of_state(index, "failed"), _of_state(index, "withheld")
    rest = [say("index.failed", index.language, n=spelled(failed, index.language))] if failed else []
    rest += [say("index.withheld", index.language, n=spelled(held, index.language))] if held else []
    ending = f"; {listed(rest, index.language)}" if rest else ""
    values = {"done": number(good, 0, index.language), "total": number(total, 0, index.language)}
    key = "index.summary_none" if not total else "index.summary_all" if good == total else "index.summary"
    return say(key, index.language, **values) + ending + "."


def _tiles(index: Index) -> list[tuple[object, object, object]]:
    total = number(len(index.main) + len(index.units), 0, index.language)
    made, same = _of_state(index, "done"), _of_state(index, "unchanged")
    failed, held = _of_state(index, "failed"), _of_state(index, "withheld")
    return [
        (say("index.tile.done", index.language), number(made + same, 0, index.language), say(
            "index.tile.of", index.language, total=total, same=number(same, 0, index.language))),
        (say("index.tile.failed", index.language), number(failed, 0, index.language), _names(index, "failed")),
        (say("index.tile.withheld", index.language), number(held, 0, index.language), _names(index, "withheld")),
        (say("index.tile.state", index.language), index.release_state, say("index.tile.state_note", index.language))]


def _names(index: Index, state: State) -> str:
    names = [r.title for r in index.main if r.state == state] + [u.name for u in index.units if u.state == state]
    if not names:
        return say("index.nobody", index.language)
    more = say("index.and_more", index.language, n=number(len(names) - 2, 0, index.language)) if len(names) > 2 else ""
    return listed(names[:2], index.language) if not more else ", ".join([*names[:2], more])


def _waiting(page: Page, index: Index) -> list[Block]:
    if index.waiting is None:
        return []
    waiting = index.waiting
    text = say("index.waiting" if waiting.people else "index.waiting_none", index.language,
               people=number(waiting.people, 0, index.language), units=number(waiting.units, 0, index.language), due=waiting.due)
    link = (say("index.monitor", index.language), waiting.monitor) if waiting.monitor else None
    return [page.strip(say("index.who", index.language), text, not waiting.due_confirmed and bool(waiting.due), link)]


def _changes(page: Page, index: Index) -> list[Block]:
    if not index.changed:
        return []
    heading = page.question("s-berubah", say("index.changed", index.language), "")
    items = Markup("").join(Markup("<li>{}</li>").format(clean(text)) for text in index.changed)
    return [heading, Block(Markup("<ul>{}</ul>\n").format(items))]


_SIGNS: dict[State, str] = {"done": "yes", "unchanged": "yes", "failed": "attention", "withheld": "none"}


def _state_columns(states: list[State], language: Language) -> dict[str, list[str]]:
    return {"sign": [_SIGNS[s] for s in states], "state": [say(f"index.word.{s}", language) for s in states]}


def _main(page: Page, index: Index) -> list[Block]:
    if not index.main:
        return []
    frame = pd.DataFrame({"title": [r.title for r in index.main], "question": [r.question for r in index.main],
                          "notebook": [r.notebook for r in index.main], "note": [r.note for r in index.main],
                          "href": [r.href if r.state != "withheld" else "" for r in index.main],
                          **_state_columns([r.state for r in index.main], index.language)})
    language = index.language
    columns = [Col("title", say("index.col.report", language), href="href"), Col("question", say("index.col.question", language)),
               Col("state", say("index.col.state", language), "status", sign="sign"),
               Col("note", say("index.col.note", language), missing="", optional=True)]
    if not any(r.note for r in index.main):
        columns.pop()
    return [page.table(frame, columns, id="t-utama", head=say("index.main", language), desc=say("index.main_desc", language))]


def _folders(page: Page, index: Index) -> list[Block]:
    if not index.folders:
        return []
    language = index.language
    frame = pd.DataFrame({
        "path": marked([code(f.path) for f in index.folders]), "href": [f.href for f in index.folders],
        "reader": [f.reader for f in index.folders], "content": [f.content for f in index.folders],
        "sign": ["yes" if f.made and f.made == f.planned else "none" for f in index.folders],
        "made": [say("index.of", language, n=number(f.made, 0, language), total=number(f.planned, 0, language)) if f.made
                 else say("index.not_yet", language) for f in index.folders]})
    columns = [Col("path", say("index.col.folder", language), href="href"), Col("reader", say("index.col.reader", language)),
               Col("content", say("index.col.content", language), optional=True),
               Col("made", say("index.col.made", language), "status", sign="sign")]
    return [page.table(frame, columns, id="t-map", head=say("index.folders", language), desc=say("index.folders_desc", language))]


def _files(unit: UnitReport) -> Markup:
    parts = [clean(unit.note)] if unit.note else []
    parts += [link(words, target) for words, target in unit.links]
    return Markup(" · ").join(parts)


def _units(page: Page, index: Index) -> list[Block]:
    if not index.units:
        return []
    language = index.language
    units = sorted(index.units, key=lambda u: u.name.casefold())
    order = list(dict.fromkeys(u.group for u in index.units))
    units.sort(key=lambda u: order.index(u.group))
    frame = pd.DataFrame({
        "name": [u.name for u in units], "group": [u.group for u in units], "expected": [u.expected for u in units],
        "missing": [u.missing for u in units], "faults": [u.faults for u in units],
        "href": [u.href if u.state != "withheld" else "" for u in units], "more": marked([_files(u) for u in units]),
        **_state_columns([u.state for u in units], language)})
    columns = [Col("name", say("index.col.unit", language), href="href"), Col("expected", say("index.col.expected", language), "count"),
               Col("missing", say("index.col.missing", language), "count"),
               Col("faults", say("index.col.faults", language), "count", optional=True),
               Col("state", say("index.col.state", language), "status", sign="sign"),
               Col("more", say("index.col.more", language), missing="", optional=True)]
    find = Markup('<div class="find" id="cari" data-unit="{}" hidden><label for="kata">{}</label><input id="kata" type="search" '
                  'autocomplete="off"><span id="jumlah" role="status"></span></div>\n').format(
        say("index.unit_word", language), say("index.find", language))
    table = page.table(frame, columns, id="t-laporan", head=say("index.unit_reports", language), role="descriptive",
                       desc=say("index.unit_desc", language), groups="group" if len(order) > 1 else None,
                       total={"name": say("index.total", language), "expected": sum(u.expected for u in units),
                              "missing": sum(u.missing for u in units), "faults": sum(u.faults for u in units)})
    return [*([Block(find)] if len(units) > FILTER_FROM else []), table]


def _faults(page: Page, index: Index) -> list[Block]:
    language = index.language
    rows = sum(f.rows for f in index.faults)
    answer = say("index.faults_some" if rows else "index.faults_none", language, n=number(rows, 0, language))
    heading = page.question("s-salah", say("index.faults", language), answer)
    if not index.faults:
        return [heading]
    frame = pd.DataFrame([f.__dict__ for f in index.faults])
    columns = [Col("rule", say("index.col.rule", language)), Col("rows", say("index.col.rows", language), "count"),
               Col("units", say("index.col.units", language), "count", optional=True), Col("remedy", say("index.col.remedy", language))]
    return [heading, page.table(frame, columns, id="t-salah", head=say("index.fault_table", language), role="descriptive",
                                desc=say("index.fault_desc", language))]
