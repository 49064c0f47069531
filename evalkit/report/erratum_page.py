"""The erratum: which printed figures of a release differ from the one before it, and what changed them.

One page for the office (the city, and a line a unit) and one for each unit concerned. No name and no number of a person is
on any of them; units with fewer than ten people show who is missing and nothing else, as on their pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from evalkit.derive.causes import Cause
from evalkit.derive.diff import NOW, Difference, FigureChange
from evalkit.exhibits.page import Page
from evalkit.exhibits.reports.base import owner_of
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import datetime_text, number, period_short, period_text
from evalkit.language.sentences.release import cause_name, figure_name, figure_value
from evalkit.language.sentences.words import unit_name
from evalkit.report import shell
from evalkit.report.index_page import bar_state
from evalkit.report.release_rows import ERRATUM as FILE
from evalkit.tables.atomic import write_bytes
from evalkit.tables.periods import parse
from evalkit.tables.study import Study

_COUNTS = ("expected", "rated", "missing")


@dataclass(frozen=True)
class Erratum:
    """What one erratum says: the difference, of the city (`unit` empty) or of one unit, and its moment and language."""

    difference: Difference
    owner: str
    made_at: datetime
    unit: str = ""
    timezone: str = "Asia/Makassar"
    language: Language = "id"
    ending: str = ".html"

    @property
    def own(self) -> tuple[FigureChange, ...]:
        """The figures of the page: of the city, or of the unit."""
        scope = "unit" if self.unit else "city"
        return tuple(f for f in self.difference.figures if f.scope == scope and f.scope_id == self.unit)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What changed the figures of the page; for the city everything that came in between."""
        return self.difference.causes if not self.unit else tuple(dict.fromkeys(c for f in self.own for c in f.causes))

    @property
    def place(self) -> str:
        """The unit in words; empty for the city."""
        return unit_name(self.difference.units[self.unit][0]) if self.unit else ""


def render(erratum: Erratum) -> str:
    """Make one erratum page.

    Parameters
    ----------
    erratum : Erratum
        What it says.

    Returns
    -------
    str
        One HTML file.
    """
    language, found = erratum.language, erratum.difference
    page = Page(language, owner=erratum.owner)
    title = say("erratum.title_unit" if erratum.unit else "erratum.title", language, before=found.before, after=_name(found.after, language),
                unit=erratum.place)
    made = datetime_text(erratum.made_at, language, erratum.timezone)
    blocks = [page.title(title, [period_text(found.period, language), say("erratum.made", language, made=made)]),
              page.verdict(_summary(erratum), None, say("erratum.why", language), say("erratum.why_label", language)),
              page.actions(_steps(erratum)), *_figures(page, erratum)]
    if not erratum.unit:
        blocks += _units(page, erratum)
    blocks += [*_causes(page, erratum), *([] if erratum.unit else _tables(page, erratum)), page.trace({
        say("erratum.trace", language): f"{found.before} → {_name(found.after, language)}",
        say("report.trace.check", language): f"evalkit diff {found.before} {found.after} --period {found.period}"})]
    return shell.render("".join(str(b) for b in blocks), title=f"{title}, {period_short(found.period, language)}", language=language,
                        owner=erratum.owner, state=bar_state(_name(found.after, language), erratum.made_at, language, erratum.timezone), layout="one",
                        mark=say("report.mark.unit" if erratum.unit else "report.mark.office", language),
                        mark_class="private" if erratum.unit else "")


def _name(release: str, language: Language) -> str:
    return say("run.draft", language) if release == NOW else release


def _summary(erratum: Erratum) -> str:
    language, found = erratum.language, erratum.difference
    values = {"n": number(len(erratum.own), 0, language), "before": found.before, "units": number(len(found.concerned), 0, language)}
    if erratum.unit:
        return say("erratum.sum_unit" if erratum.own else "erratum.sum_unit_none", language, **values)
    key = "erratum.sum" if found.concerned else "erratum.sum_city" if erratum.own else "erratum.sum_none"
    return say(key, language, **values)


def _steps(erratum: Erratum) -> list[tuple[object, object]]:
    language, found = erratum.language, erratum.difference
    names = {"before": found.before, "after": _name(found.after, language)}
    return [(say("erratum.step.use", language, **names), say("erratum.step.use_who", language)),
            (say("erratum.step.keep", language, **names), say("erratum.step.keep_who", language))]


def _reasons(causes: Sequence[Cause], language: Language) -> str:
    return "; ".join(cause_name(c, language) for c in causes) or say("erratum.no_reason", language)


def _figures(page: Page, erratum: Erratum) -> list[Block]:
    language, found = erratum.language, erratum.difference
    rows = erratum.own
    head = page.question("s-angka", say("erratum.figures", language), say("erratum.figures_some" if rows else "erratum.figures_none", language))
    if not rows:
        return [head]
    frame = pd.DataFrame({"name": [figure_name(f, language) for f in rows], "before": [figure_value(f, f.before, language) for f in rows],
                          "after": [figure_value(f, f.after, language) for f in rows],
                          "reason": [_reasons(f.causes, language) for f in rows]})
    columns = [Col("name", say("erratum.col.figure", language)), Col("before", found.before, nowrap=True),
               Col("after", _name(found.after, language), nowrap=True), Col("reason", say("erratum.col.reason", language))]
    desc = say("erratum.figures_desc", language)
    if len(rows) > 1 and len(set(frame["reason"])) == 1:  # said once, not in every line
        columns, desc = columns[:-1], say("erratum.figures_desc_one", language, reason=frame["reason"].iloc[0])
    return [head, page.table(frame[[c.source for c in columns]], columns, id="t-angka", head=say("erratum.figures_head", language),
                             role="descriptive", desc=desc, dense=True)]


def _units(page: Page, erratum: Erratum) -> list[Block]:
    language, found = erratum.language, erratum.difference
    units = found.concerned
    n = number(len(units), 0, language)
    head = page.question("s-unit", say("erratum.units", language), say("erratum.units_some" if units else "erratum.units_none", language, n=n))
    if not units:
        return [head]
    by_unit = {u: [f for f in found.figures if f.scope == "unit" and f.scope_id == u] for u in units}
    data: dict[str, list[object]] = {"name": [unit_name(found.units[u][0]) for u in units], "n": [len(by_unit[u]) for u in units],
                                     "href": [f"../units/{found.units[u][1]}/{FILE}{erratum.ending}" for u in units]}
    for column in _COUNTS:
        data[column] = [_change(by_unit[u], column, language) for u in units]
    columns = [Col("name", say("index.col.unit", language), href="href"), Col("n", say("erratum.col.n", language), "count"),
               *(Col(c, say(f"run.count.{c}", language), nowrap=True) for c in _COUNTS)]
    return [head, page.table(pd.DataFrame(data), columns, id="t-unit", head=say("erratum.units_head", language), role="descriptive",
                             desc=say("erratum.units_desc", language))]


def _change(figures: Sequence[FigureChange], column: str, language: Language) -> str:
    own = next((f for f in figures if f.table == "coverage" and f.column == column), None)
    return say("erratum.same", language) if own is None else \
        f"{figure_value(own, own.before, language)} → {figure_value(own, own.after, language)}"


def _causes(page: Page, erratum: Erratum) -> list[Block]:
    language = erratum.language
    causes = erratum.causes
    head = page.question("s-sebab", say("erratum.causes", language), say("erratum.causes_some" if causes else "erratum.causes_none", language))
    if not causes:
        return [head]
    frame = pd.DataFrame({"what": [cause_name(c, language) for c in causes], "new": [c.new for c in causes],
                          "changed": [c.changed for c in causes], "withdrawn": [c.withdrawn for c in causes],
                          "fixed": [len(c.corrections) for c in causes]})
    columns = [Col("what", say("erratum.col.reason", language)),
               *(Col(c, say(f"erratum.col.{c}", language), "count", optional=c == "fixed") for c in ("new", "changed", "withdrawn", "fixed"))]
    return [head, page.table(frame, columns, id="t-sebab", head=say("erratum.causes_head", language), role="descriptive",
                             desc=say("erratum.causes_desc", language))]


def _tables(page: Page, erratum: Erratum) -> list[Block]:
    language = erratum.language
    rows = [t for t in erratum.difference.tables if t.state != "equal"]
    n = {"n": number(len(rows), 0, language), "total": number(len(erratum.difference.tables), 0, language)}
    head = page.question("s-tabel", say("erratum.tables", language), say("erratum.tables_answer", language, **n))
    if not rows:
        return [head]
    frame = pd.DataFrame({"table": [t.table for t in rows], "state": [say(f"erratum.state.{t.state}", language) for t in rows],
                          "added": [t.added for t in rows], "removed": [t.removed for t in rows], "changed": [t.changed for t in rows]})
    columns = [Col("table", say("erratum.col.table", language)), Col("state", say("erratum.col.state", language)),
               *(Col(c, say(f"erratum.col.rows_{c}", language), "count") for c in ("added", "removed", "changed"))]
    return [head, page.table(frame, columns, id="t-tabel", head=say("erratum.tables_head", language), role="descriptive",
                             desc=say("erratum.tables_desc", language), dense=True)]


def write_errata(study: Study, found: Difference, folder: Path, *, made_at: datetime, languages: Sequence[Language],
                 formats: Sequence[str] = ("html",)) -> list[Path]:
    """Write the erratum of the office and of each unit concerned, in each language.

    Parameters
    ----------
    study : Study
        The study.
    found : Difference
        What differs.
    folder : Path
        The folder with `office/` and `units/`: of a release, or one of its own.
    made_at : datetime
        The moment that the pages print.
    languages : sequence of {"id", "en"}
        A page each; those in another language than the study's end in `.en.html`.
    formats : sequence of {"html", "pdf"}
        The files of each; another format is not made of an erratum.

    Returns
    -------
    list of Path
        The pages, that of the office in the language of the study first.
    """
    written = []
    for language in sorted(languages, key=lambda lang: lang != study.language):
        ending = ".html" if language == study.language else f".{language}.html"
        own = SimpleNamespace(title=study.title, owner=study.owner, has_appraisals=bool(study.population_of(parse(found.period).kind)))
        owner = owner_of(own, language)
        for unit in ("", *found.concerned):
            erratum = Erratum(found, owner, made_at, unit, study.timezone, language, ending)
            target = folder / (Path("units") / found.units[unit][1] if unit else Path("office")) / f"{FILE}{ending}"
            text = render(erratum)
            if "pdf" in formats:
                _write_pdf(text, target.with_suffix(".pdf"), language)
            write_bytes(target, text.encode())
            written.append(target)
    return written


def _write_pdf(html: str, target: Path, language: Language) -> None:
    from evalkit.report.pdf.render import write_pdf  # heavy, and needed only where a PDF is asked for

    write_pdf(html, target, language)
