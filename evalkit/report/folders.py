"""The way in to each folder of a draft: one for every unit, one for evaluators, employees and the public where they exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lxml import html as lxml_html

from evalkit.derive.digest import digest_of
from evalkit.derive.handle import open_handle
from evalkit.exhibits.reports.base import owner_of
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text, number
from evalkit.report import folder_page
from evalkit.report.changes import compared, unit_changes
from evalkit.report.downloads import PEOPLE, downloads, pages_of_people
from evalkit.report.folder_page import Counts, Folder
from evalkit.report.index import ANNEX, Run
from evalkit.report.index_parts import MainReport, Waiting
from evalkit.report.one_reader import READING
from evalkit.report.plan import LEAST_UNIT, Office, Plan
from evalkit.report.release_rows import release_rows
from evalkit.report.state import RunState, code_digest
from evalkit.tables.atomic import write_bytes
from evalkit.tables.study import Study

_NO_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def write_unit_folders(run: Run) -> None:
    """Write `units/<unit>/index.html` for every unit that has a folder; what says the same as before is left as it is."""
    if not run.plan.offices:
        return
    facts = open_handle(run.study, report="index", period=run.period, built=run.plan.built).facts
    released = tuple(replace(r, href="", erratum="") for r in release_rows(run.study, run.plan.built, run.language))
    plain = Folder("", owner_of(facts, run.language), run.period, run.made_at, facts.release or say("run.draft", run.language), "",
                   say("folder.unit_why", run.language), say("report.mark.unit", run.language),
                   releases=released, timezone=run.study.timezone, language=run.language,
                   waiting=Waiting(0, 0, date_text(facts.due_at, run.language), facts.due_confirmed, ""))
    for office in run.plan.offices:
        folder = Path("units") / office.slug
        if (run.state.folder / folder).is_dir():
            _write(run.state, folder / f"index{run.ending}", _unit(run, office, folder, plain))


def _unit(run: Run, office: Office, folder: Path, plain: Folder) -> Folder:
    language, figures = run.language, run.state.figures.get(office.opd_id, {})
    own = [t for t in (*run.plan.tasks, *run.plan.withheld) if t.office == office and t.language == language]
    reports = [run.main(t) for t in sorted(own, key=lambda t: t.notebook != "evaluation")]
    annex = f"{ANNEX}{run.ending}"
    if (run.state.folder / folder / annex).is_file():
        reports.append(MainReport(say("report.index.annex_unit", language), say("report.index.annex_unit_question", language), "annex", annex,
                                  "done", files=downloads(run.state.folder, run.state.files(folder / annex), language)))
    counts = Counts(office.expected, office.expected - office.missing, office.missing, int(figures.get("faults_open", 0)))
    monitor = next((r.href for r in reports if r.notebook == "monitor" and r.state in ("done", "unchanged")), "")
    about = say("folder.unit_all" if not office.missing else "folder.unit_some", language, rated=number(counts.rated, 0, language),
                expected=number(counts.expected, 0, language))
    waiting = replace(plain.waiting, people=office.missing, monitor=monitor) if plain.waiting else None
    return replace(plain, title=say("folder.unit", language, unit=office.name), about=about, counts=counts, waiting=waiting,
                   reports=tuple(reports), changed=tuple(unit_changes(run.state.before, run.state.figures, office.opd_id, language)),
                   since=compared(run.earlier_figures.get(office.opd_id, {}), figures, language, least=LEAST_UNIT), since_period=run.earlier)


def write_people_folders(study: Study, plan: Plan, state: RunState, languages: Sequence[Language], *, made_at: datetime) -> None:
    """Write the way in to the folders that hold a page for each person, and to the public one; no person is listed there."""
    period = plan.built.context.period.text
    for name in (n for n in PEOPLE if pages_of_people(state.folder, n)):
        for language in languages:
            facts = open_handle(study, report="index", period=period, built=plan.built).facts
            ending = ".html" if language == study.language else f".{language}.html"
            pages = number(pages_of_people(state.folder, name), 0, language)
            public = name == "public"
            _write(state, Path(name) / f"index{ending}", Folder(
                say(f"folder.{name}", language, place=study.title), owner_of(facts, language), period, made_at,
                facts.release or say("run.draft", language), say(f"folder.{name}_about", language, n=pages),
                say(f"folder.{name}_why", language), say(f"folder.{name}_mark", language), "public" if public else "private",
                reports=_beside(state.folder / name, language, ending), timezone=study.timezone, language=language))


def _beside(folder: Path, language: Language, ending: str) -> tuple[MainReport, ...]:
    """List the pages that stand in a folder itself, by their own titles."""
    found = []
    for file in sorted(folder.glob(f"*{ending}")):
        stem = file.name.removesuffix(ending)
        if stem != "index" and "." not in stem:
            with READING:
                title = str(lxml_html.fromstring(file.read_bytes()).findtext(".//title") or stem)
            inside = [file.with_suffix(s).relative_to(folder) for s in (".pdf", ".xlsx")]
            found.append(MainReport(title, "", "", file.name, "done", files=downloads(folder, inside, language)))
    return tuple(found)


def _write(state: RunState, target: Path, folder: Folder) -> None:
    key = digest_of({"says": repr(replace(folder, made_at=_NO_MOMENT)), "code": code_digest()})
    if not state.is_current(target, key):
        write_bytes(state.folder / target, folder_page.render(folder).encode())
        state.made(target, key, (target,))
