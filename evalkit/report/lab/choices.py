"""What can be chosen in the panel, and the page that a choice gives: the same as `evalkit report` writes."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import period_text
from evalkit.report.jupyter import nbformat
from evalkit.report.kernels import Kernels
from evalkit.report.parameters import check_parameters
from evalkit.report.plan import Plan, Task, make_plan
from evalkit.report.shell import render_notebook
from evalkit.report.state import notebook_file
from evalkit.tables.periods import parse
from evalkit.tables.status import periods_of
from evalkit.tables.study import Study

LANGUAGES: tuple[tuple[str, Language], ...] = (("Bahasa Indonesia", "id"), ("English", "en"))


@dataclass(frozen=True)
class Choices:
    """What a study offers for one period: (words, value) pairs, as a drop-down list takes them.

    `by_unit` are the reports that can be made for one unit; `withheld` the folders of units that are too small for a page of their own.
    """

    periods: tuple[tuple[str, str], ...]
    reports: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    by_unit: frozenset[str]
    withheld: frozenset[str]
    plan: Plan


def periods(study: Study, language: Language) -> tuple[tuple[str, str], ...]:
    """Give the periods of a study that its reports are made for, the newest first."""
    cycles = {p.cycle for p in study.populations}
    known = sorted((parse(p) for p in periods_of(study)), key=lambda p: p.end, reverse=True)
    return tuple((period_text(p.text, language), p.text) for p in known if not cycles or p.kind in cycles)


def choices(study: Study, period: str, language: Language) -> Choices:
    """Give what can be chosen for a period.

    Parameters
    ----------
    study : Study
        The study; its tables of the period are made where they are not there yet.
    period : str
        One of `periods`.
    language : {"id", "en"}
        The language of the words.

    Raises
    ------
    ReportError
        If there is nothing to report for the period.
    """
    plan = make_plan(study, period, names=None, units=None, languages=("id", "en"), as_of="")
    notebooks = dict.fromkeys(t.notebook for t in plan.tasks)
    reports = tuple((say(f"report.index.{n}", language), n) for n in notebooks)
    units = ((say("lab.whole", language), ""), *((o.name, o.slug) for o in sorted(plan.offices, key=lambda o: o.name.casefold())))
    by_unit = frozenset(t.notebook for t in plan.tasks if t.office is not None)
    withheld = frozenset(t.office.slug for t in plan.withheld if t.office is not None)
    return Choices(periods(study, language), reports, units, by_unit, withheld, plan)


def task_of(plan: Plan, notebook: str, unit: str, language: Language) -> Task:
    """Find the page of a choice.

    Raises
    ------
    ReportError
        If there is none: the report is not made for a unit, or the unit is too small for a page of its own.
    """
    def fits(task: Task) -> bool:
        return task.notebook == notebook and task.language == language and (task.office.slug if task.office else "") == unit

    found = next((t for t in plan.tasks if fits(t)), None)
    if found is None:
        raise ReportError(say("lab.withheld" if any(fits(t) for t in plan.withheld) else "lab.not_for_units", language))
    return found


def page_of(task: Task) -> str:
    """Run the notebook of a page in a kernel of its own and give the page: the bytes that `evalkit report` writes.

    Raises
    ------
    KernelFailure
        If a cell fails.
    """
    notebook = nbformat.read(notebook_file(task.notebook), as_version=4)  # type: ignore[no-untyped-call]  # nbformat ships no types
    with Kernels(fork=False) as kernels:
        return render_notebook(kernels.run(notebook, check_parameters(task.notebook, task.parameters)))
