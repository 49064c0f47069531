"""Which reports are current: the key of each, worked out again only where something under it has changed."""

from __future__ import annotations

import hashlib
import inspect
from functools import lru_cache
from pathlib import Path

import evalkit
from evalkit.derive import handle, reports, slices
from evalkit.derive.digest import digest_of
from evalkit.derive.handle import open_handle
from evalkit.derive.reports import REPORTS
from evalkit.report.plan import Plan, Task
from evalkit.report.state import RunState, page_key
from evalkit.tables.study import Study


def keys_of(study: Study, plan: Plan, tasks: list[Task], state: RunState) -> dict[Path, tuple[str, str]]:
    """Give the key of each report and the basis that it was worked out from.

    Parameters
    ----------
    study, plan : Study, Plan
        The study, and the tables of the run.
    tasks : list of Task
        The reports.
    state : RunState
        What the last run left; a basis that it knows gives its key without any table being read.

    Returns
    -------
    dict of Path to (str, str)
        Target of each report -> key and basis.

    Notes
    -----
    A key rests on what a page can print, at display precision; a basis on all the tables that the page reads, whole, and on the
    settings. The basis changes more often: then, and only then, the tables are cut to the page and rounded to see whether
    anything printed has changed.
    """
    found = {}
    for task in tasks:
        basis = _basis(study, plan, task)
        found[task.target] = (state.key_for(task.target, basis) or key_of(study, plan, task), basis)
    return found


def _basis(study: Study, plan: Plan, task: Task) -> str:
    built = plan.tables_of(task)
    context = built.context
    return digest_of({
        "tables": {name: built.records[name].content for name in REPORTS[task.notebook].read_by(task.audience)}, "study": study.raw,
        "settings": [context.base(), context.settings], "release": built.release, "version": evalkit.__version__,
        "served_by": _serving_code(), "unit": task.office.opd_id if task.office else "", "audience": task.audience,
        "page": page_key("", task.notebook, task.parameters)})


@lru_cache(maxsize=1)
def _serving_code() -> str:
    """Digest the code between the tables and the page."""
    return hashlib.sha256("\0".join(inspect.getsource(module) for module in (handle, reports, slices)).encode()).hexdigest()


def key_of(study: Study, plan: Plan, task: Task) -> str:
    """Give the key of a page: equal keys print the same."""
    unit = task.office.opd_id if task.office else None
    opened = open_handle(study, report=task.notebook, period=task.parameters["period"], unit=unit, audience=task.audience,
                         built=plan.tables_of(task), attributes=task.parameters.get("attributes", ()))
    return page_key(opened.slice_digest(), task.notebook, task.parameters)
