"""The way in to one folder: a unit's, or one with a page for each person. It links to nothing outside its folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from evalkit.exhibits.page import MarkClass, Page
from evalkit.exhibits.text import Block, clean
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import datetime_text, number, period_short, period_text
from evalkit.report import index_tables as tables
from evalkit.report import shell
from evalkit.report.changes import Compared
from evalkit.report.index_page import bar_state
from evalkit.report.index_parts import MainReport, Waiting
from evalkit.report.release_rows import ReleaseRow, release_table


@dataclass(frozen=True)
class Counts:
    """How far the ratings of a unit are: people expected, rated, not yet rated, and open rows of data with faults."""

    expected: int
    rated: int
    missing: int
    faults: int


@dataclass(frozen=True)
class Folder:
    """Everything the way in to one folder says; `about` is the sentence at its head, `why` the one under it."""

    title: str
    owner: str
    period: str
    made_at: datetime
    release_state: str
    about: str
    why: str
    mark: str
    mark_class: MarkClass = "private"
    counts: Counts | None = None
    waiting: Waiting | None = None
    reports: tuple[MainReport, ...] = ()
    changed: tuple[str, ...] = ()
    since: tuple[Compared, ...] = ()
    since_period: str = ""
    releases: tuple[ReleaseRow, ...] = ()
    timezone: str = "Asia/Makassar"
    language: Language = "id"


def render(folder: Folder) -> str:
    """Make the way in to a folder: what it holds, how far the ratings are, what changed.

    Parameters
    ----------
    folder : Folder
        Every text is escaped here.

    Returns
    -------
    str
        One HTML file that asks the network for nothing and needs no script.
    """
    language = folder.language
    page = Page(language, owner=folder.owner)
    made = say("index.made", language, made=datetime_text(folder.made_at, language, folder.timezone))
    blocks = [page.title(folder.title, [period_text(folder.period, language), made]),
              page.verdict(folder.about, None, folder.why, say("folder.use", language)), *_tiles(page, folder), *_waiting(page, folder),
              *_reports(page, folder), *_changed(page, folder), *tables.since(page, folder.since, folder.since_period, folder.period),
              *release_table(page, folder.releases, language)]
    body = "".join(str(block) for block in blocks)
    return shell.render(body, title=f"{folder.title}, {period_short(folder.period, language)}", language=language, owner=folder.owner,
                        layout="one", state=bar_state(folder.release_state, folder.made_at, language, folder.timezone), mark=folder.mark,
                        mark_class=folder.mark_class)


def _tiles(page: Page, folder: Folder) -> list[Block]:
    if folder.counts is None:
        return []
    counts, language = folder.counts, folder.language
    figures = {"expected": counts.expected, "rated": counts.rated, "missing": counts.missing, "faults_open": counts.faults}
    return [page.tiles([(say(f"run.count.{name}", language), number(n, 0, language), say(f"folder.tile.{name}", language))
                        for name, n in figures.items()])]


def _waiting(page: Page, folder: Folder) -> list[Block]:
    if folder.waiting is None:
        return []
    waiting, language = folder.waiting, folder.language
    text = say("folder.waiting" if waiting.people else "index.waiting_none", language, people=number(waiting.people, 0, language), due=waiting.due)
    link = (say("index.monitor", language), waiting.monitor) if waiting.monitor else None
    return [page.strip(say("index.who", language), text, not waiting.due_confirmed, link)]


def _reports(page: Page, folder: Folder) -> list[Block]:
    if not folder.reports:
        return []
    return [tables.report_table(page, folder.reports, say("folder.files", folder.language), say("folder.files_desc", folder.language))]


def _changed(page: Page, folder: Folder) -> list[Block]:
    if not folder.changed:
        return []
    items = Markup("").join(Markup("<li>{}</li>").format(clean(text)) for text in folder.changed)
    return [page.question("s-berubah", say("index.changed", folder.language), ""), Block(Markup("<ul>{}</ul>\n").format(items))]
