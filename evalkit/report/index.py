"""The index of a draft: what a run made, who is not rated yet, what changed, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from evalkit.derive.handle import open_handle
from evalkit.exhibits.reports.base import owner_of
from evalkit.exhibits.reports.contents import Contents
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text
from evalkit.report import index_page
from evalkit.report.index_page import FaultRule, Index, MainReport, ReaderFolder, State, UnitReport, Waiting
from evalkit.report.plan import Plan, Task
from evalkit.tables.atomic import write_bytes
from evalkit.tables.study import Study


def write_index(study: Study, plan: Plan, period: str, draft: Path, states: Mapping[Path, State], changed: list[str], *,
                made_at: datetime, language: Language) -> Path:
    """Write `office/index.html`, the way in.

    Parameters
    ----------
    study, plan, period : Study, Plan, str
        What was to be made.
    draft : Path
        The draft folder.
    states : mapping of Path to str
        What became of each page.
    changed : list of str
        Sentences on what changed since the last run.
    made_at : datetime
        The moment of the run.
    language : {"id", "en"}
        The language of the page.
    """
    handle = open_handle(study, report="index", period=period, built=plan.built)
    contents = Contents(handle, language)
    faults = contents.fault_rows()
    main = tuple(_main(task, states, language) for task in plan.tasks if task.office is None and task.language == language)
    units = tuple(_units(plan, states, contents, language))
    ending = ".html" if language == study.language else f".{language}.html"
    target = Path("office") / f"index{ending}"
    coverage = contents.coverage()
    page = index_page.render(Index(
        title=say("report.index.title", language, place=study.title), owner=owner_of(handle.facts, language), period=period,
        made_at=made_at, release_state=handle.facts.release or say("run.draft", language), main=main, units=units,
        folders=_folders(plan, states, language),
        faults=tuple(FaultRule(str(r["rule"]), int(r["rows"]), int(r["units"]), str(r["remedy"])) for r in faults.to_dict("records")),
        waiting=Waiting(coverage.missing, coverage.units, date_text(handle.facts.due_at, language), handle.facts.due_confirmed,
                        f"monitor{ending}") if coverage.expected else None,
        next_steps=_steps(contents, int(faults["rows"].sum()) if len(faults) else 0, states, language),
        checks=say("report.index.checks", language), changed=tuple(changed), mark=say("report.mark.office", language),
        timezone=study.timezone, trace=((say("report.index.trace_made", language), f"evalkit {handle.facts.version}"),),
        language=language))
    write_bytes(draft / target, page.encode())
    return target


def _main(task: Task, states: Mapping[Path, State], language: Language) -> MainReport:
    words = f"report.index.{task.notebook}"
    state = states.get(task.target, "done")
    name = task.target.with_suffix(".failed.html").name if state == "failed" else task.target.name
    return MainReport(say(words, language), say(f"{words}_question", language), task.notebook, name, state)


def _units(plan: Plan, states: Mapping[Path, State], contents: Contents, language: Language) -> list[UnitReport]:
    groups = dict(zip(contents.offices()["opd_id"], contents.offices()["group"], strict=True))
    tasks = [t for t in (*plan.tasks, *plan.withheld) if t.office is not None and t.language == language]
    found = []
    for task in (t for t in tasks if t.notebook == "evaluation" and t.office is not None):
        office = task.office
        if office is None:
            continue
        state: State = "withheld" if task in plan.withheld else states.get(task.target, "done")
        folder = f"../{task.target.parent.as_posix()}/"
        links = [(say("report.index.link_monitor", language), f"{folder}{t.target.name}") for t in tasks
                 if t.notebook == "monitor" and t.office == office]
        links.append((say("report.index.link_annex", language), f"{folder}{task.target.name.replace('evaluasi', 'lampiran')}"))
        name = task.target.with_suffix(".failed.html").name if state == "failed" else task.target.name
        found.append(UnitReport(office.name, groups.get(office.opd_id, ""), office.expected, office.missing,
                                contents.coverage("unit", office.opd_id).faults, state, href=f"{folder}{name}", links=tuple(links)))
    return found


def _folders(plan: Plan, states: Mapping[Path, State], language: Language) -> tuple[ReaderFolder, ...]:
    def of(folder: str) -> tuple[int, int]:
        tasks = [t for t in plan.tasks if t.target.parts[0] == folder and t.language == language]
        return sum(states.get(t.target) in ("done", "unchanged") for t in tasks), len(tasks)

    rows = [ReaderFolder("office/", say("report.index.office", language), say("report.index.office_content", language), *of("office"))]
    if plan.offices:
        rows.append(ReaderFolder("units/", say("report.index.units", language), say("report.index.units_content", language), *of("units")))
    return tuple(rows)


def _steps(contents: Contents, faults: int, states: Mapping[Path, State], language: Language) -> tuple[tuple[str, str], ...]:
    steps = []
    if "failed" in states.values():
        steps.append((say("report.index.step_failed", language), say("report.index.step_failed_who", language)))
    coverage = contents.coverage()
    if coverage.missing:
        due = date_text(contents.facts.due_at, language)
        steps.append((say("report.index.step_missing", language), say("report.index.step_missing_who", language, due=due)))
    if faults:
        steps.append((say("report.index.step_faults", language), say("report.index.step_faults_who", language)))
    steps.append((say("report.index.step_read", language), say("report.index.step_read_who", language)))
    return tuple(steps)
