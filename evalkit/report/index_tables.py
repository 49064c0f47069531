"""The tables of an index: reports with their downloads, folders, units, faults, and the period before."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import Block, clean, code, link
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, period_short
from evalkit.report.changes import Compared
from evalkit.report.downloads import download_links
from evalkit.report.index_parts import Index, MainReport, State, UnitReport

FILTER_FROM = 8
LINKED = ("done", "unchanged", "failed")


def changes(page: Page, index: Index) -> list[Block]:
    """Say what changed since the last run."""
    if not index.changed:
        return []
    heading = page.question("s-berubah", say("index.changed", index.language), "")
    items = Markup("").join(Markup("<li>{}</li>").format(clean(text)) for text in index.changed)
    return [heading, Block(Markup("<ul>{}</ul>\n").format(items))]


_SIGNS: dict[State, str] = {"done": "yes", "unchanged": "yes", "failed": "attention", "withheld": "none", "missing": "none"}


def _state_columns(states: list[State], language: Language) -> dict[str, list[str]]:
    return {"sign": [_SIGNS[s] for s in states], "state": [say(f"index.word.{s}", language) for s in states]}


def main(page: Page, index: Index) -> list[Block]:
    """Show the reports of the office folder: where to begin."""
    if not index.main:
        return []
    return [report_table(page, index.main, say("index.main", index.language), say("index.main_desc", index.language))]


def report_table(page: Page, reports: Sequence[MainReport], head: str, desc: str) -> Block:
    """Show reports with the question each answers, what became of it, and its files in other formats."""
    language = page.language
    frame = pd.DataFrame({"title": [r.title for r in reports], "question": [r.question for r in reports], "note": [r.note for r in reports],
                          "href": [r.href if r.state in LINKED else "" for r in reports],
                          "files": marked([download_links(r.files) for r in reports]), **_state_columns([r.state for r in reports], language)})
    columns = [Col("title", say("index.col.report", language), href="href"),
               Col("question", say("index.col.question", language), missing="", optional=True),
               Col("state", say("index.col.state", language), "status", sign="sign", nowrap=True),
               Col("files", say("index.col.files", language), missing=""), Col("note", say("index.col.note", language), missing="", optional=True)]
    used = [c for c in columns if c.source in ("title", "state") or any(frame[c.source])]
    return page.table(frame, used, id="t-utama", head=head, desc=desc)


def folders(page: Page, index: Index) -> list[Block]:
    """Show which folder is for whom, and what is in it."""
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


def since(page: Page, figures: tuple[Compared, ...], before: str, now: str) -> list[Block]:
    """Show the counts of the period before beside those of this one; two periods say nothing of a change."""
    if not figures:
        return []
    language = page.language
    frame = pd.DataFrame({"label": [f.label for f in figures], "before": [f.before for f in figures], "now": [f.now for f in figures],
                          "change": [f.now - f.before for f in figures]})
    columns = [Col("label", say("index.col.figure", language)), Col("before", period_short(before, language), "count"),
               Col("now", period_short(now, language), "count"), Col("change", say("index.col.change", language), "signed")]
    return [page.table(frame, columns, id="t-periode", head=say("index.since", language), role="descriptive",
                       desc=say("index.since_desc", language), note=say("index.since_note", language))]


def _find(rows: list[UnitReport], language: Language) -> Block:
    """Give the search box and the choice by state; both are shown by the script that makes them work."""
    states = [say(f"index.word.{state}", language) for state in _SIGNS if any(u.state == state for u in rows)]
    choices = [("", say("index.any", language))] + [(f"s{word}", word) for word in states]
    choices += [("n2", say("index.not_complete", language))] if any(u.missing for u in rows) else []
    choices += [("n3", say("index.with_faults", language))] if any(u.faults for u in rows) else []
    options = Markup("").join(Markup('<option value="{}">{}</option>').format(value, words) for value, words in choices)
    return Block(Markup('<div class="find" id="cari" data-unit="{}" hidden><label for="kata">{}</label><input id="kata" type="search" '
                        'autocomplete="off"><label for="pilih">{}</label><select id="pilih">{}</select><span id="jumlah" role="status">'
                        "</span></div>\n").format(say("index.unit_word", language), say("index.find", language),
                                                  say("index.only", language), options))


def _more(unit: UnitReport) -> Markup:
    parts = [clean(unit.note)] if unit.note else []
    parts += [link(words, target) for words, target in unit.links]
    return Markup(" · ").join(parts)


def units(page: Page, index: Index) -> list[Block]:
    """Show the reports of the units in alphabetical order, with search and choice by state where there are many."""
    if not index.units:
        return []
    language = index.language
    rows = sorted(index.units, key=lambda u: u.name.casefold())
    order = list(dict.fromkeys(u.group for u in index.units))
    rows.sort(key=lambda u: order.index(u.group))
    frame = pd.DataFrame({
        "name": [u.name for u in rows], "group": [u.group for u in rows], "expected": [u.expected for u in rows],
        "missing": [u.missing for u in rows], "faults": [u.faults for u in rows],
        "href": [u.href if u.state in LINKED else "" for u in rows], "more": marked([_more(u) for u in rows]),
        "files": marked([download_links(u.files) for u in rows]),
        **_state_columns([u.state for u in rows], language)})
    columns = [Col("name", say("index.col.unit", language), href="href"), Col("expected", say("index.col.expected", language), "count"),
               Col("missing", say("index.col.missing", language), "count"),
               Col("faults", say("index.col.faults", language), "count", optional=True),
               Col("state", say("index.col.state", language), "status", sign="sign", nowrap=True),
               Col("files", say("index.col.files", language), missing="", optional=True),
               Col("more", say("index.col.more", language), missing="", optional=True)]
    table = page.table(frame, columns, id="t-laporan", head=say("index.unit_reports", language), role="descriptive",
                       desc=say("index.unit_desc", language), groups="group" if len(order) > 1 else None,
                       total={"name": say("index.total", language), "expected": sum(u.expected for u in rows),
                              "missing": sum(u.missing for u in rows), "faults": sum(u.faults for u in rows)})
    return [*([_find(rows, language)] if len(rows) > FILTER_FROM else []), table]


def faults(page: Page, index: Index) -> list[Block]:
    """Show the rows of data that wait for a correction, by rule."""
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
