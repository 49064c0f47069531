"""The index of a draft: what a run made, who is not rated yet, what changed, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from evalkit.derive.handle import open_handle
from evalkit.exhibits.reports.base import owner_of
from evalkit.exhibits.reports.contents import Contents
from evalkit.exhibits.reports.training_base import titled
from evalkit.language.catalogue import Language, say
from evalkit.language.invocation import typed
from evalkit.language.numbers_dates import date_text
from evalkit.report import index_page
from evalkit.report.changes import Figures, changes, compared, figures_of
from evalkit.report.downloads import PEOPLE, downloads, pages_of_people
from evalkit.report.index_parts import FaultRule, Index, MainReport, ReaderFolder, State, UnitReport, Waiting
from evalkit.report.people.make import EXPLAINER
from evalkit.report.plan import LEAST_UNIT, Plan, Task
from evalkit.report.release_rows import release_rows
from evalkit.report.state import RunState
from evalkit.tables.atomic import write_bytes
from evalkit.tables.periods import parse
from evalkit.tables.study import Study

ANNEX = "lampiran"


@dataclass(frozen=True)
class Run:
    """What an index says something about: every report of the period, what became of each, and when.

    `states` may lack reports that no run has made yet.
    """

    study: Study
    plan: Plan
    period: str
    state: RunState
    states: Mapping[Path, State]
    made_at: datetime
    language: Language

    @property
    def ending(self) -> str:
        """What ends the names of pages in this language."""
        return ".html" if self.language == self.study.language else f".{self.language}.html"

    @property
    def earlier(self) -> str:
        """The period before."""
        return parse(self.period).previous().text

    @cached_property
    def earlier_figures(self) -> Figures:
        """The figures of the period before."""
        return figures_of(self.plan.built, self.earlier)

    def of(self, task: Task) -> State:
        """Say what became of a report."""
        return "withheld" if task in self.plan.withheld else self.states.get(task.target, "missing")

    def main(self, task: Task) -> MainReport:
        """Describe a report that stands in the folder of its index."""
        words, state = f"report.index.{task.notebook}", self.of(task)
        named = words if task.office is None else f"{words}_unit"
        name = _failed_name(task) if state == "failed" else task.target.name
        files = downloads(self.state.folder, self.state.files(task.target), self.language)
        title = say(named, self.language) if task.course is None else f"{say(named, self.language)}: {titled(task.course.name)}"
        return MainReport(title, say(f"{named}_question", self.language), task.notebook, name, state, files=files)


def write_index(run: Run) -> Path:
    """Write `office/index.html`, the way in; give its place in the draft folder."""
    study, language, plan = run.study, run.language, run.plan
    handle = open_handle(study, report="index", period=run.period, built=plan.built)
    contents = Contents(handle, language)
    faults = contents.fault_rows()
    main = tuple(run.main(task) for task in plan.tasks if task.office is None and task.language == language)
    units = tuple(_units(run, contents))
    target, monitor = Path("office") / f"index{run.ending}", f"monitor{run.ending}"
    coverage = contents.coverage()
    page = index_page.render(Index(
        title=say("report.index.title", language, place=study.title), owner=owner_of(handle.facts, language), period=run.period,
        made_at=run.made_at, release_state=handle.facts.release or say("run.draft", language), main=(*main, *_explainers(run)), units=units,
        folders=_folders(run),
        faults=tuple(FaultRule(str(r["rule"]), int(r["rows"]), int(r["units"]), str(r["remedy"])) for r in faults.to_dict("records")),
        waiting=Waiting(coverage.missing, coverage.units, date_text(handle.facts.due_at, language), handle.facts.due_confirmed,
                        monitor if (run.state.folder / "office" / monitor).is_file() else "") if coverage.expected else None,
        next_steps=_steps(study, contents, int(faults["rows"].sum()) if len(faults) else 0, run.states, run.period, language),
        checks=say("report.index.checks", language), changed=tuple(changes(run.state.before, run.state.figures, plan.offices, language)),
        since=compared(run.earlier_figures.get("", {}), run.state.figures.get("", {}), language, least=LEAST_UNIT), since_period=run.earlier,
        releases=release_rows(study, plan.built, language), mark=say("report.mark.office", language), timezone=study.timezone,
        trace=((say("report.index.trace_made", language), f"evalkit {handle.facts.version}"),), language=language,
        reports=tuple(run.of(t) for t in (*plan.tasks, *plan.withheld) if t.language == language)))
    write_bytes(run.state.folder / target, page.encode())
    return target


def _explainers(run: Run) -> Iterator[MainReport]:
    """Describe "how you are evaluated", one page an instrument, where it was made: it has no notebook and is in no plan."""
    here = run.state.folder / "office"
    found = [f for f in sorted(here.glob(f"{EXPLAINER}*{run.ending}")) if len(f.suffixes) == run.ending.count(".")]
    for file in found:
        title = say("explainer.title", run.language) + (f": {file.name.removesuffix(run.ending).removeprefix(EXPLAINER)}" if len(found) > 1 else "")
        files = [f.relative_to(run.state.folder) for f in (file, file.with_suffix(".pdf")) if f.is_file()]
        yield MainReport(title, say("report.index.explainer_question", run.language), "explainer", file.name, "done",
                         files=downloads(run.state.folder, files, run.language))


def _units(run: Run, contents: Contents) -> Iterator[UnitReport]:
    groups = dict(zip(contents.offices()["opd_id"], contents.offices()["group"], strict=True))
    tasks = [t for t in (*run.plan.tasks, *run.plan.withheld) if t.language == run.language]
    monitors = {t.office: t for t in tasks if t.notebook == "monitor"}
    for task in tasks:
        office = task.office
        if task.notebook != "evaluation" or office is None:
            continue
        folder = f"../{task.target.parent.as_posix()}/"
        own = {"link_monitor": monitors[office].target.name, "link_annex": f"{ANNEX}{run.ending}", "link_folder": f"index{run.ending}"}
        links = tuple((say(f"report.index.{key}", run.language), f"{folder}{name}") for key, name in own.items()
                      if (run.state.folder / task.target.parent / name).is_file())
        failed = [t for t in tasks if t.office == office and run.of(t) == "failed"]
        more = tuple((say(f"report.index.{t.notebook}_unit", run.language), f"{folder}{_failed_name(t)}") for t in failed if t is not task)
        yield UnitReport(office.name, groups.get(office.opd_id, ""), office.expected, office.missing,
                         int(run.state.figures.get(office.opd_id, {}).get("faults_open", 0)), "failed" if failed else run.of(task),
                         href=f"{folder}{_failed_name(task) if task in failed else task.target.name}", links=more + links,
                         files=downloads(run.state.folder, run.state.files(task.target), run.language, base=folder))


def _failed_name(task: Task) -> str:
    """Give the name under which a report that failed is kept."""
    return task.target.with_suffix(".failed.html").name


def _folders(run: Run) -> tuple[ReaderFolder, ...]:
    language = run.language

    def row(folder: str, made: int, planned: int) -> ReaderFolder:
        href = f"../{folder}/index{run.ending}" if (run.state.folder / folder / f"index{run.ending}").is_file() else ""
        return ReaderFolder(f"{folder}/", say(f"report.index.{folder}", language), say(f"report.index.{folder}_content", language), made,
                            planned, href if folder != "office" else "")

    def of(folder: str) -> tuple[int, int]:
        tasks = [t for t in run.plan.tasks if t.target.parts[0] == folder and t.language == language]
        return sum(run.of(t) in ("done", "unchanged") for t in tasks), len(tasks)

    people = {folder: pages_of_people(run.state.folder, folder) for folder in PEOPLE}
    rows = [row("office", *of("office"))] + ([row("units", *of("units"))] if run.plan.offices else [])
    return tuple(rows + [row(folder, n, n) for folder, n in people.items() if n])


def _steps(study: Study, contents: Contents, faults: int, states: Mapping[Path, State], period: str,
           language: Language) -> tuple[tuple[str, str], ...]:
    steps = []
    here = study.root if study.root.is_relative_to(Path.cwd()) else None  # a page carries no other path of the machine that made it
    if "failed" in states.values():
        again = typed(f"report --period {period} --only failed", here)
        steps.append((say("report.index.step_failed", language, command=again), say("report.index.step_failed_who", language)))
    coverage = contents.coverage()
    if coverage.missing:
        due = date_text(contents.facts.due_at, language)
        steps.append((say("report.index.step_missing", language), say("report.index.step_missing_who", language, due=due)))
    if faults:
        command = typed("check --to-units", here)
        steps.append((say("report.index.step_faults", language, command=command), say("report.index.step_faults_who", language)))
    steps.append((say("report.index.step_read", language), say("report.index.step_read_who", language)))
    return tuple(steps)
