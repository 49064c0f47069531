"""The annex of a unit head: who of her unit is not rated yet, by name. Marked "Rahasia unit", never made for others.

Names come from `report.naming`, which is the only caller. This page knows no register.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.marks import unconfirmed
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, clean, joined, link
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import datetime_text, number, period_short, period_text
from evalkit.report import shell
from evalkit.report.index_page import bar_state


@dataclass(frozen=True)
class Unrated:
    """A person who is not rated yet: name, post, the evaluator waited for, the reason and who can solve it, in words."""

    name: str
    post: str
    evaluator: str
    reason: str
    step: str
    by: str


@dataclass(frozen=True)
class WaitedFor:
    """An evaluator of whom ratings are missing: name, people expected and people missing."""

    name: str
    expected: int
    missing: int


@dataclass(frozen=True)
class Annex:
    """Everything the annex of one unit says; `workbook` is the relative address of the correction workbook."""

    unit: str
    owner: str
    period: str
    made_at: datetime
    release_state: str
    due: str
    due_confirmed: bool
    expected: int
    people: tuple[Unrated, ...]
    evaluators: tuple[WaitedFor, ...] = ()
    faults: int = 0
    workbook: str = ""
    timezone: str = "Asia/Makassar"
    trace: tuple[tuple[str, str], ...] = ()
    language: Language = "id"


def render(annex: Annex) -> str:
    """Make the annex of one unit: the named list of who is not rated yet, and the evaluators waited for.

    Parameters
    ----------
    annex : Annex
        What `report.naming` found; names are shown as they were given.

    Returns
    -------
    str
        One HTML file, marked for this unit only.
    """
    language = annex.language
    page = Page(language, owner=annex.owner)
    made = datetime_text(annex.made_at, language, annex.timezone)
    name = say("annex.title", language, unit=annex.unit)
    blocks = [page.title(name, [period_text(annex.period, language), say("annex.made", language, made=made)]),
              page.verdict(_summary(annex), None, say("annex.why", language), say("annex.why_label", language)),
              page.actions(_steps(annex)), *_people(page, annex), *_evaluators(page, annex)]
    blocks.append(page.question("s-aturan", say("annex.rules", language), say("annex.rules_lead", language)))
    blocks.append(page.text(say("annex.rules_text", language)))
    if annex.trace:
        blocks.append(page.trace(dict(annex.trace)))
    state = bar_state(annex.release_state, annex.made_at, language, annex.timezone)
    body = "".join(str(block) for block in blocks)
    title = f"{name}, {period_short(annex.period, language)}"
    return shell.render(body, title=title, language=language, owner=annex.owner, state=state, layout="one",
                        mark=say("annex.mark", language), mark_class="private")


def _due(annex: Annex) -> Markup:
    return unconfirmed(annex.language, annex.due) if not annex.due_confirmed else clean(annex.due)


def _summary(annex: Annex) -> Markup:
    language = annex.language
    missing = len(annex.people)
    if not missing:
        return clean(say("annex.none", language, expected=number(annex.expected, 0, language)))
    text = say("annex.some", language, missing=number(missing, 0, language), expected=number(annex.expected, 0, language))
    return joined(text, " ", _due(annex), ".") if annex.due else joined(text.rstrip("; "), ".")


def _steps(annex: Annex) -> list[tuple[object, object]]:
    language = annex.language
    steps: list[tuple[object, object]] = []
    if annex.people:
        steps.append((say("annex.step.rate", language), annex.due))
    if annex.faults:
        words = say("annex.step.faults", language, n=number(annex.faults, 0, language))
        steps.append((joined(words, ": ", link(say("annex.workbook", language), annex.workbook)) if annex.workbook else f"{words}.", ""))
    steps.append((say("annex.step.keep", language), ""))
    return steps


def _people(page: Page, annex: Annex) -> list[Block]:
    language = annex.language
    heading = page.question("s-nama", say("annex.who", language), say("annex.who_some" if annex.people else "annex.who_none", language))
    if not annex.people:
        return [heading]
    rows = sorted(annex.people, key=lambda p: p.name.casefold())
    frame = pd.DataFrame([p.__dict__ for p in rows])
    columns = [Col("name", say("annex.col.name", language)), Col("post", say("annex.col.post", language), optional=True),
               Col("evaluator", say("annex.col.evaluator", language)), Col("reason", say("annex.col.reason", language)),
               Col("step", say("annex.col.step", language)), Col("by", say("annex.col.by", language), optional=True)]
    return [heading, page.table(frame, columns, id="t-nama", head=say("annex.table", language), role="descriptive",
                                desc=say("annex.table_desc", language), dense=True)]


def _evaluators(page: Page, annex: Annex) -> list[Block]:
    if not annex.evaluators:
        return []
    language = annex.language
    rows = sorted(annex.evaluators, key=lambda e: e.name.casefold())
    frame = pd.DataFrame([e.__dict__ for e in rows])
    columns = [Col("name", say("annex.col.evaluator", language)), Col("expected", say("annex.col.expected", language), "count"),
               Col("missing", say("annex.col.missing", language), "count")]
    return [page.question("s-penilai", say("annex.evaluators", language), say("annex.evaluators_lead", language)),
            page.table(frame, columns, id="t-penilai", head=say("annex.evaluator_table", language), role="descriptive")]
