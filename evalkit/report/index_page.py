"""The way in: the index of the office folder, one page over what a run made.

The input is plain data (`Index`); texts are escaped here, numbers are written here. The page holds no script but the
filter of the unit table, which is named in the page's content policy by its digest.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from evalkit.exhibits.page import Page
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text, datetime_text, listed, number, period_short, period_text, spelled
from evalkit.report import index_tables as tables
from evalkit.report import shell
from evalkit.report.index_parts import Index, State
from evalkit.report.release_rows import release_table


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
    blocks += [*tables.changes(page, index), *tables.main(page, index), *tables.since(page, index.since, index.since_period, index.period),
               *tables.folders(page, index), *release_table(page, index.releases, index.language)]
    blocks += [*tables.units(page, index), *tables.faults(page, index)]
    if index.trace:
        blocks.append(page.trace(dict(index.trace)))
    body = "".join(str(block) for block in blocks)
    script = shell.asset("filter.js") if len(index.units) > tables.FILTER_FROM else ""
    return shell.render(body, title=name, language=index.language, owner=index.owner, layout="wide", script=script,
                        state=bar_state(index.release_state, index.made_at, index.language, index.timezone), mark=index.mark)


def bar_state(release: str, made_at: datetime, language: Language, timezone: str = "Asia/Makassar") -> str:
    """Say the state of a page in its bar: draft or release, and the day as it was in the zone of the office.

    Examples
    --------
    >>> bar_state("draf", datetime(2026, 10, 12, 8, 14), "id"), bar_state("r1", datetime(2026, 10, 12, 8, 14), "id")
    ('Draf, 12 Oktober 2026', 'r1, 12 Oktober 2026')
    >>> bar_state("draf", datetime(2026, 10, 12, 16, 58, tzinfo=ZoneInfo("UTC")), "id")
    'Draf, 13 Oktober 2026'
    """
    local = made_at.astimezone(ZoneInfo(timezone)) if made_at.tzinfo else made_at
    name = release if release[1:].isdigit() else f"{release[:1].upper()}{release[1:]}"
    return f"{name}, {date_text(local.date(), language)}"


def _of_state(index: Index, *states: State) -> int:
    return sum(state in states for state in index.states)


def _summary(index: Index) -> str:
    total = len(index.states)
    good, failed, held = _of_state(index, "done", "unchanged"), _of_state(index, "failed"), _of_state(index, "withheld")
    rest = [say("index.failed", index.language, n=spelled(failed, index.language))] if failed else []
    rest += [say("index.withheld", index.language, n=spelled(held, index.language))] if held else []
    ending = f"; {listed(rest, index.language)}" if rest else ""
    values = {"done": number(good, 0, index.language), "total": number(total, 0, index.language)}
    key = "index.summary_none" if not total else "index.summary_all" if good == total else "index.summary"
    return say(key, index.language, **values) + ending + "."


def _tiles(index: Index) -> list[tuple[object, object, object]]:
    total = number(len(index.states), 0, index.language)
    made, same = _of_state(index, "done"), _of_state(index, "unchanged")
    failed, held = _of_state(index, "failed"), _of_state(index, "withheld")
    return [
        (say("index.tile.done", index.language), number(made + same, 0, index.language), say(
            "index.tile.of", index.language, total=total, same=number(same, 0, index.language))),
        (say("index.tile.failed", index.language), number(failed, 0, index.language), _names(index, "failed")),
        (say("index.tile.withheld", index.language), number(held, 0, index.language), _names(index, "withheld")),
        (say("index.tile.state", index.language), index.release_state,
         say("index.release.tile" if index.release_state[1:].isdigit() else "index.tile.state_note", index.language))]


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
