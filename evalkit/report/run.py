"""Make the reports of a period: plan, run what changed, keep what failed apart, name the annexes, write the index."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import nbformat
from filelock import FileLock, Timeout

from evalkit.derive.handle import open_handle
from evalkit.errors import EvalkitError, ReportError
from evalkit.language.catalogue import Language, say
from evalkit.report.changes import changes, figures_of
from evalkit.report.export import write_failure, write_page
from evalkit.report.index import write_index
from evalkit.report.index_page import State
from evalkit.report.kernels import KernelFailure, Kernels
from evalkit.report.naming import annex, write_annex
from evalkit.report.parameters import check_parameters
from evalkit.report.plan import Frozen, Plan, Task, make_plan
from evalkit.report.progress import Progress, Step
from evalkit.report.state import RunState, notebook_file, page_key
from evalkit.tables.atomic import sweep_aside
from evalkit.tables.periods import parse
from evalkit.tables.study import Study


@dataclass(frozen=True)
class Summary:
    """What became of each page, what changed since the last run, and the way in."""

    states: dict[Path, State]
    reasons: dict[Path, str]
    changed: tuple[str, ...]
    had_before: bool
    faults: int
    way_in: Path
    seconds: float
    labels: dict[Path, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 good, 1 faults in the data, 2 a report failed."""
        return 2 if self.count("failed") else 1 if self.faults else 0

    def count(self, state: State) -> int:
        """How many pages ended in this state."""
        return sum(s == state for s in self.states.values())

    def lines(self, language: Language) -> Iterator[str]:
        """Say it in lines; the last one is the way in."""
        counts = {s: self.count(s) for s in ("done", "unchanged", "withheld", "failed")}
        yield say("report.run.summary", language, **counts, seconds=f"{self.seconds:.0f}")
        for target, state in self.states.items():
            if state in ("failed", "withheld"):
                yield "  " + say(f"report.run.{state}_line", language, report=self.labels[target], reason=self.reasons.get(target, ""))
        if self.changed:
            yield say("run.changed_head", language)
            yield from (f"  {text}" for text in self.changed)
        elif self.had_before:
            yield say("run.nothing_changed", language)
        if self.faults:
            yield say("report.run.faults", language, n=self.faults)
        yield say("report.run.way_in", language, path=self.way_in)


def run_reports(study: Study, period: str, *, names: Sequence[str] | None = None, units: Sequence[str] | None = None,
                languages: Sequence[Language] = ("id",), as_of: date | None = None, jobs: int | None = None, only: str | None = None,
                progress: Progress | None = None, frozen: Frozen | None = None) -> Summary:
    """Make the reports of a period; pages whose printed content is the same are left as they are.

    Parameters
    ----------
    study : Study
        The study.
    period : str
        `2026-Q3`, `2026-S1`, ...
    names, units : sequence of str, optional
        These reports, these units only (folder name or `opd_id`); by default all.
    languages : sequence of {"id", "en"}
        A page for each; those in another language than the study's end in `.en.html`.
    as_of : date, optional
        Data that came later do not count.
    jobs : int, optional
        Notebooks at the same time; by default one a processor.
    only : {"failed", "changed"}, optional
        `failed`: only what failed last time. `changed` is what always happens.
    progress : callable, optional
        Told each `Step`.
    frozen : Frozen, optional
        A release in the making: its pages are made of its frozen tables, into its own folder.

    Returns
    -------
    Summary
        With `lines` to print and the exit code.

    Raises
    ------
    ReportError
        If another run is under way, or period, report or unit are not of this study.
    """
    begun = time.monotonic()
    period = parse(period).text  # before any folder is made of it
    draft = frozen.pages if frozen else study.reports / period / "draft"
    with _alone(draft, study.language):
        plan = make_plan(study, period, names=names, units=units, languages=languages, as_of=as_of.isoformat() if as_of else "",
                         frozen=frozen)
        for task in plan.tasks:
            check_parameters(task.notebook, task.parameters)
        state = RunState.load(draft)
        tasks = [t for t in plan.tasks if only != "failed" or state.has_failed(t.target)]
        states, reasons = _run(study, plan, tasks, state, jobs or study.jobs or os.cpu_count() or 1, progress)
        for task in plan.withheld:
            states[task.target] = "withheld"
            reasons[task.target] = say("report.run.few", study.language, least=10)
        return _finish(study, plan, period, state, states, reasons, languages, begun)


@contextmanager
def _alone(draft: Path, language: Language) -> Iterator[None]:
    """Let one run at a time make the pages of a period; sweep what a killed one left."""
    draft.mkdir(parents=True, exist_ok=True)
    lock = FileLock(draft.parent / ".lock")
    try:
        lock.acquire(timeout=1)
    except Timeout:
        raise ReportError(say("run.busy", language)) from None
    try:
        for folder in [draft, *[p for p in draft.rglob("*") if p.is_dir()]]:
            sweep_aside(folder)
        yield
    finally:
        lock.release()


def _run(study: Study, plan: Plan, tasks: list[Task], state: RunState, jobs: int,
         progress: Progress | None) -> tuple[dict[Path, State], dict[Path, str]]:
    states: dict[Path, State] = {}
    reasons: dict[Path, str] = {}
    keys = {t.target: _key(study, plan, t) for t in tasks}
    todo = [t for t in tasks if not state.is_current(t.target, keys[t.target])]
    states |= {t.target: "unchanged" for t in tasks if t not in todo}
    if todo:
        with Kernels() as kernels, ThreadPoolExecutor(max(1, min(jobs, len(todo)))) as pool:
            running = {pool.submit(_one, kernels, task, state.folder): task for task in todo}
            for number, job in enumerate(as_completed(running), 1):
                task = running[job]
                reason = job.result()
                states[task.target] = "failed" if reason else "done"
                if reason:
                    reasons[task.target] = reason
                    state.failed(task.target)
                else:
                    state.made(task.target, keys[task.target])
                if progress:
                    progress(Step(number, len(todo), task.label, states[task.target]))
    return states, reasons


def _key(study: Study, plan: Plan, task: Task) -> str:
    unit = task.office.opd_id if task.office else None
    handle = open_handle(study, report=task.notebook, period=task.parameters["period"], unit=unit, audience=task.audience, built=plan.built)
    return page_key(handle.slice_digest(), task.notebook, task.parameters)


def _one(kernels: Kernels, task: Task, draft: Path) -> str:
    """Run one notebook and write its page; give the reason where it failed."""
    target = draft / task.target
    notebook = nbformat.read(notebook_file(task.notebook), as_version=4)  # type: ignore[no-untyped-call]  # nbformat ships no types
    try:
        write_page(target, kernels.run(notebook, task.parameters))
    except KernelFailure as failure:
        write_failure(target, failure, title=task.label, language=task.language)
        return str(failure)[:200]
    except EvalkitError as error:
        return str(error)[:200]
    return ""


def _finish(study: Study, plan: Plan, period: str, state: RunState, states: dict[Path, State], reasons: dict[Path, str],
            languages: Sequence[Language], begun: float) -> Summary:
    made_at = datetime.now(UTC)
    figures = figures_of(plan.built, period)
    changed = changes(state.figures, figures, plan.offices, study.language)
    had_before = bool(state.figures)
    if changed or not had_before:
        state.figures, state.changed = figures, changed
    known = {Path(k): v["state"] for k, v in state.pages.items()}
    shown: dict[Path, State] = {t.target: "failed" if known.get(t.target) == "failed" else "done" for t in plan.tasks if t.target in known}
    way_in = Path()
    for language in reversed(list(languages)):
        for office in {t.office for t in plan.tasks if t.office is not None}:
            filled = annex(study, plan.built, period, office, made_at=made_at, language=language)
            write_annex(study, filled, office, state)
        way_in = write_index(study, plan, period, state.folder, {**shown, **states}, state.changed, made_at=made_at, language=language)
    state.save()
    labels = {t.target: t.label for t in (*plan.tasks, *plan.withheld)}
    return Summary(states, reasons, tuple(changed), had_before, figures.get("", {}).get("faults_open", 0), state.folder / way_in,
                   time.monotonic() - begun, labels)
