"""The kinds of pages without a kernel, as `evalkit report` knows them beside the notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from evalkit.derive.release import FILE, releases_of
from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.report.index_parts import State
from evalkit.report.people.explainer import make_explainers
from evalkit.report.people.first_told import day_of, first_told
from evalkit.report.people.make import Request, make_employees
from evalkit.report.people.mirror import make_mirrors
from evalkit.report.plan import Frozen, Plan
from evalkit.report.progress import Progress, Step
from evalkit.tables.study import Study

_Maker = Callable[[Request, Callable[[int, int], None] | None], dict[Path, State]]
MAKERS: dict[str, _Maker] = {"employees": make_employees, "evaluators": make_mirrors, "explainer": make_explainers}
DEFAULT = ("explainer",)


def split(names: Sequence[str] | None) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Part what was asked for into kinds of pages without a kernel and names of notebooks.

    Without names, all notebooks and the pages that name nobody; named pages are made when they are asked for.

    Examples
    --------
    >>> split(["employees", "monitor"]), split(["employees"]), split(None)
    ((('employees',), ('monitor',)), (('employees',), ()), (('explainer',), None))
    """
    if not names:
        return DEFAULT, None
    return tuple(n for n in dict.fromkeys(names) if n in MAKERS), tuple(n for n in names if n not in MAKERS)


def make_people(study: Study, plan: Plan, kinds: Sequence[str], draft: Path, languages: Sequence[Language], *,
                units: Sequence[str] | None = None, formats: Sequence[str] = ("html",),
                people_formats: Sequence[str] = ("html",), frozen: Frozen | None = None,
                progress: Progress | None = None) -> dict[Path, State]:
    """Make pages without a kernel: of these kinds, for these units.

    Parameters
    ----------
    study, plan : Study, Plan
        The study, and the plan of the run: its tables, its offices.
    kinds : sequence of str
        Of `MAKERS`. The explainer comes along with named pages, which lead to it.
    draft : Path
        The folder of the draft or release.
    languages : sequence of {"id", "en"}
        A page for each.
    units : sequence of str, optional
        Only people of these units (folder name or `opd_id`).
    formats : sequence of {"html", "pdf", "xlsx"}
        Of the explainer; with `pdf` it has its PDF beside it.
    people_formats : sequence of {"html", "pdf"}
        Of the page of each person; there is no workbook of one person.
    frozen : Frozen, optional
        A release in the making: objections count from its day, or from that of the release that first told the same result; it
        holds the kinds that the draft has.
    progress : callable, optional
        Told each `Step`.

    Returns
    -------
    dict of Path to str
        Each page, relative to `draft`, and whether it was `done` or `unchanged`.

    Raises
    ------
    ReportError
        If named pages are asked of a study without employees.
    """
    if not study.populations:
        named = [k for k in kinds if k not in DEFAULT]
        if named:
            raise ReportError(say("report.run.not_for", study.language, name=named[0]))
        return {}
    if frozen is not None:  # a release holds the named pages that its draft has
        kinds = (*kinds, *(k for k in MAKERS if (study.reports / plan.built.context.period.text / "draft" / k).is_dir()))
    chosen = None if units is None else frozenset(o.opd_id for o in plan.offices if o.slug in units or o.opd_id in units)
    request = _of_release(Request(study, plan.built, plan.built.context.period.text, draft, languages, chosen), kinds, frozen)
    states: dict[Path, State] = {}
    for kind in dict.fromkeys((*(k for k in kinds if k not in DEFAULT), *DEFAULT)):  # the explainer goes where the named pages are
        own = replace(request, formats=tuple(formats if kind in DEFAULT else people_formats))
        states |= MAKERS[kind](own, _told(progress, kind))
    return states


def _told(progress: Progress | None, kind: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda n, total: progress(Step(n, total, kind, "done"))


def _of_release(request: Request, kinds: Sequence[str], frozen: Frozen | None) -> Request:
    """Add the days from which objections count to the pages of a release."""
    if frozen is None:
        return request
    described = json.loads((frozen.folder / FILE).read_text(encoding="utf-8"))
    before = releases_of(request.study, request.period) if "employees" in kinds else ()
    told = first_told(request.study, before, frozen.built.table("personal_appraisals")) if before else {}
    return replace(request, released_on=day_of(request.study, described["made_at"]), told_on=told)
