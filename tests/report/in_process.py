"""Report notebooks run in this process, one after another: the same cells and the same page, without kernels."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import nbformat
import pytest

from evalkit.report import pool, run
from evalkit.report.make import make
from evalkit.report.plan import Plan, make_plan


class InProcess:
    """Stands in for `Kernels`."""

    def run(self, notebook: nbformat.NotebookNode, parameters: dict[str, Any], **options: Any) -> nbformat.NotebookNode:
        """Run the cells in order and keep what the last line of each gives."""
        done = copy.deepcopy(notebook)
        names: dict[str, Any] = {}
        for cell in (c for c in done.cells if c.cell_type == "code"):
            given = "parameters" in cell.metadata.get("tags", ())
            value = _value(cell.source, names)
            names |= parameters if given else {}
            data = _data(value)
            cell.outputs = [nbformat.v4.new_output("display_data", data)] if data else []
        return done


def _value(source: str, names: dict[str, Any]) -> object:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)  # a cell of the repository's own notebooks
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None  # as above


def _data(value: Any) -> dict[str, Any]:
    if hasattr(value, "_repr_mimebundle_"):
        return dict(value._repr_mimebundle_())
    return {"text/html": value._repr_html_()} if hasattr(value, "_repr_html_") else {}


def in_process(patch: pytest.MonkeyPatch, keep: Callable[[str], bool]) -> None:
    """Let runs work in this process, and make of the units' pages only those whose folder `keep` takes."""

    def fewer(*args: Any, **named: Any) -> Plan:
        plan = make_plan(*args, **named)
        own = [t for t in plan.tasks if t.office is None or keep(t.office.slug)]
        return replace(plan, tasks=tuple(own))

    patch.setattr(pool, "each", lambda jobs, *given, **named: (make(InProcess(), job) for job in jobs))
    patch.setattr(run, "make_plan", fewer)
