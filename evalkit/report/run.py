"""Make the reports of a period: plan, run what changed, keep what failed apart, name the annexes, write the index."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

from filelock import FileLock, Timeout

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.language.invocation import typed
from evalkit.report.changes import changes, figures_of
from evalkit.report.early import early_server
from evalkit.report.folders import write_people_folders, write_unit_folders
from evalkit.report.forking import ForkServer
from evalkit.report.ground import Ground
from evalkit.report.index import Run, write_index
from evalkit.report.index_parts import State
from evalkit.report.job import Job
from evalkit.report.keys import keys_of
from evalkit.report.naming import annex, annex_basis, annex_file, write_annex
from evalkit.report.people.run import make_people, split
from evalkit.report.plan import Frozen, Plan, Task, make_plan, whole
from evalkit.report.pool import at_once
from evalkit.report.progress import Progress, Step
from evalkit.report.state import RunState, notebook_file
from evalkit.stops import refused_by_computer
from evalkit.tables.atomic import sweep_aside
from evalkit.tables.periods import parse
from evalkit.tables.study import Running, Study


@dataclass(frozen=True)
class _Asked:
    """How the reports of a run are to be made."""

    formats: tuple[str, ...]
    running: Running
    workers: int
    server: ForkServer | None


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
        """0 good, 1 faults in the data, 2 a report failed, 3 nothing but that pages are withheld; the worst to mend comes first."""
        return 2 if self.count("failed") else 1 if self.faults else 3 if self.count("withheld") else 0

    def count(self, state: State) -> int:
        """How many pages ended in this state."""
        return sum(s == state for s in self.states.values())

    def lines(self, language: Language, study: Path | None = None) -> Iterator[str]:
        """Say it in lines, commands as the reader of this study types them; the last line is the way in."""
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
            yield say("report.run.faults", language, n=self.faults, command=typed("check --to-units", study))
        yield say("report.run.way_in", language, path=self.way_in)


def run_reports(study: Study, period: str, *, names: Sequence[str] | None = None, units: Sequence[str] | None = None,
                languages: Sequence[Language] = ("id",), formats: Sequence[str] = ("html",), people_formats: Sequence[str] = ("html",),
                as_of: date | None = None, jobs: int | None = None, only: str | None = None, minutes: float | None = None,
                memory_mb: float | None = None, given: Mapping[str, str] | None = None, progress: Progress | None = None,
                frozen: Frozen | None = None, server: ForkServer | None = None) -> Summary:
    """Make the reports of a period; pages whose printed content is the same are left as they are.

    Parameters
    ----------
    study : Study
        The study.
    period : str
        `2026-Q3`, `2026-S1`, ...
    names, units : sequence of str, optional
        These reports, these units only (folder name or `opd_id`); by default all notebooks. `employees` and `evaluators` are
        pages of people, made only when they are named.
    languages : sequence of {"id", "en"}
        A page for each; those in another language than the study's end in `.en.html`.
    formats : sequence of {"html", "pdf", "xlsx"}
        The files of each report; a page that lacks one that is asked for is made again.
    people_formats : sequence of {"html", "pdf"}
        The files of each page of a person: thousands of PDFs take half an hour, so they are made only when they are asked for.
    as_of : date, optional
        Data that came later do not count.
    jobs : int, optional
        Notebooks at the same time; by default `pool.at_once`.
    only : {"failed", "changed"}, optional
        `failed`: only what failed last time. `changed` is what always happens.
    minutes, memory_mb : float, optional
        What one report may take, in the place of the study's own limits; 0 is no limit.
    given : mapping of str to str, optional
        Parameters of the notebooks by name, as written on the command line; each goes to the notebooks that have it.
    progress : callable, optional
        Told each `Step`.
    frozen : Frozen, optional
        A release in the making: its pages are made of its frozen tables, into its own folder.
    server : ForkServer, optional
        What forks kernels, started before; whoever started it ends it.

    Returns
    -------
    Summary
        With `lines` to print and the exit code.

    Raises
    ------
    ReportError
        If another run is under way; if period, report, unit or a parameter are not of this study; if the disk is full.
    """
    begun = time.monotonic()
    period = parse(period).text  # before any folder is made of it
    draft = frozen.pages if frozen else study.reports / period / "draft"
    kinds, names = split(names)
    running = replace(study.running, minutes=study.running.minutes if minutes is None else minutes,
                      memory_mb=study.running.memory_mb if memory_mb is None else memory_mb)
    asked = _Asked(tuple(formats), running, jobs or study.jobs or at_once(running), server)
    with _told_if_refused(study.language), _alone(draft, study.language), ExitStack() as ends:
        state = RunState.load(draft)
        if names != () and not state.pages and asked.server is None:
            asked = replace(asked, server=ends.enter_context(early_server(study, draft, names)))
        plan = make_plan(study, period, names=names, units=units, languages=languages, as_of=as_of.isoformat() if as_of else "",
                         frozen=frozen, given=given, told=(lambda said: progress(Step(0, 0, said, "tables"))) if progress else None)
        tasks = [t for t in plan.tasks if only != "failed" or state.has_failed(t.target)]
        if asked.server is not None and tasks:
            asked.server.stand_on(_ground(tasks))  # read there while keys are made here
        made_at = datetime.now(UTC)

        annexes = _annexes(study, plan, period, state, languages, made_at) if names != () else iter(())
        states, reasons = _run(study, plan, tasks, state, asked, progress, annexes)
        for task in plan.withheld:
            states[task.target] = "withheld"
            reasons[task.target] = say("report.run.few", study.language, least=10)
        people = make_people(study, plan, kinds, draft, languages, units=units, formats=formats, people_formats=people_formats,
                             frozen=frozen, progress=progress)
        if names == ():
            write_people_folders(study, plan, state, languages, made_at=datetime.now(UTC))
            return Summary(people, {}, (), False, 0, draft, time.monotonic() - begun)
        states |= people
        return _finish(study, plan, period, state, states, reasons, languages, begun)


def _annexes(study: Study, plan: Plan, period: str, state: RunState, languages: Sequence[Language], made_at: datetime) -> Iterator[None]:
    """Write the named annex of each unit that is not of today's tables and names, one at each turn."""
    for language in languages:
        for office in sorted({t.office for t in plan.tasks if t.office is not None}, key=lambda o: o.slug):
            basis, target = annex_basis(study, plan.built, office, language), annex_file(study, office, language)
            if not state.is_current(target, state.key_for(target, basis) or "none"):
                write_annex(study, annex(study, plan.built, period, office, made_at=made_at, language=language), office, state, basis)
                yield


@contextmanager
def _told_if_refused(language: Language) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        sentence = refused_by_computer(error, language)
        if sentence is None:  # a fault of the program, or nobody reads the progress any more: not for the reader to mend
            raise
        raise ReportError(sentence) from error


@contextmanager
def _alone(draft: Path, language: Language) -> Iterator[None]:
    """Let one run at a time make the pages of a period; sweep what a killed one left, and leave no folder where nothing was made."""
    is_new = not draft.parent.exists()
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
        if is_new and not any(p.is_file() for p in draft.rglob("*")):  # refused, for a period without data say
            shutil.rmtree(draft, ignore_errors=True)
            with suppress(OSError):
                Path(lock.lock_file).unlink(missing_ok=True)
                draft.parent.rmdir()  # only where nothing else stands there


def _run(study: Study, plan: Plan, tasks: list[Task], state: RunState, asked: _Asked, progress: Progress | None,
         meanwhile: Iterator[None]) -> tuple[dict[Path, State], dict[Path, str]]:
    states: dict[Path, State] = {}
    reasons: dict[Path, str] = {}
    keys = keys_of(study, plan, tasks, state)
    todo = []
    for task in tasks:
        key, basis = keys[task.target]
        if state.is_current(task.target, key, asked.formats):
            state.rests_on(task.target, basis)
            states[task.target] = "unchanged"
        else:
            todo.append(task)
    if not todo:
        deque(meanwhile, maxlen=0)
        return states, reasons
    from evalkit.report.pool import each  # papermill, jupyter and nbconvert: only where a notebook runs

    if asked.server is not None:
        import_module("evalkit.report.make")
        while asked.server.is_busy() and next(meanwhile, meanwhile) is None:
            pass
    of = {task.target: task for task in todo}
    jobs = [_job(task, state.folder, asked.formats) for task in todo]
    made = each(jobs, asked.running, _ground(todo), workers=asked.workers, language=study.language,
                server=asked.server)
    for number, one in enumerate(made, 1):
        if number == 1:
            deque(meanwhile, maxlen=0)  # the next reports are in the making
        key, basis = keys[one.name]
        states[one.name] = "failed" if one.reason else "done"
        if one.reason:
            reasons[one.name] = one.reason
            state.failed(one.name)
        else:
            state.made(one.name, key, one.files, basis)
        if progress:
            progress(Step(number, len(todo), of[one.name].label, states[one.name]))
    return states, reasons


def _job(task: Task, draft: Path, formats: tuple[str, ...]) -> Job:
    return Job(task.target, draft / task.target, notebook_file(task.notebook), task.parameters, task.label, task.language, formats)


def _ground(tasks: list[Task]) -> Ground:
    first = tasks[0].parameters
    return Ground(first["study"], first["period"], first["as_of"], tuple(dict.fromkeys(t.notebook for t in tasks)))


def _finish(study: Study, plan: Plan, period: str, state: RunState, states: dict[Path, State], reasons: dict[Path, str],
            languages: Sequence[Language], begun: float) -> Summary:
    made_at = datetime.now(UTC)
    figures = figures_of(plan.built, period)
    changed = changes(state.figures, figures, plan.offices, study.language)
    had_before = bool(state.figures)
    if changed or not had_before:
        state.before, state.figures = state.figures, figures
    known = {Path(k): v["state"] for k, v in state.pages.items()}
    everything = whole(study, plan, languages)
    shown: dict[Path, State] = {t.target: "failed" if known[t.target] == "failed" else "done" for t in everything.tasks if t.target in known}
    way_in = Path()
    for language in reversed(list(languages)):
        run = Run(study, everything, period, state, {**shown, **states}, made_at, language)
        write_unit_folders(run)
        way_in = write_index(run)
    write_people_folders(study, plan, state, languages, made_at=made_at)
    state.save()
    labels = {t.target: t.label for t in (*plan.tasks, *plan.withheld)}
    return Summary(states, reasons, tuple(changed), had_before, figures.get("", {}).get("faults_open", 0), state.folder / way_in,
                   time.monotonic() - begun, labels)
