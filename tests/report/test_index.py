"""What the index says of a unit whose pages did not all come out, and the commands it gives."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from evalkit.commands import report as report_command
from evalkit.language.catalogue import say
from evalkit.report import index
from evalkit.report.index import Run
from evalkit.report.index_parts import State
from evalkit.report.plan import Office, Plan, Task
from evalkit.report.state import RunState
from evalkit.tables.study import Study

UNIT = Office("u1", "Dinas Contoh", "dinas-contoh", 40, 0)


def run_with(tmp_path: Path, states: dict[str, State]) -> Run:
    names = {"monitor": "monitor", "evaluation": "evaluasi", "bias_analysis": "analisis-bias"}
    tasks = tuple(Task(n, Path("units") / UNIT.slug / f"{name}.html", "id", "unit", {}, UNIT) for n, name in names.items())
    plan = SimpleNamespace(tasks=tasks, withheld=(), offices=(UNIT,))
    return Run(cast(Study, SimpleNamespace(language="id")), cast(Plan, plan), "2026-Q3", RunState.load(tmp_path),
               {t.target: states.get(t.notebook, "done") for t in tasks}, datetime(2026, 10, 12, tzinfo=UTC), "id")


def contents() -> Any:
    return SimpleNamespace(offices=lambda: pd.DataFrame({"opd_id": ["u1"], "group": ["Dinas"]}),
                           coverage=lambda: SimpleNamespace(missing=0))


@pytest.mark.parametrize("failed", ["monitor", "evaluation", "bias_analysis"])
def test_a_unit_is_done_only_if_all_its_reports_are(failed: str, tmp_path: Path) -> None:
    assert [u.state for u in index._units(run_with(tmp_path, {}), contents())] == ["done"]
    run = run_with(tmp_path, {failed: "failed"})
    (unit,) = index._units(run, contents())
    (task,) = [t for t in run.plan.tasks if t.notebook == failed]
    kept = f"../units/dinas-contoh/{task.target.stem}.failed.html"
    assert unit.state == "failed"
    assert (unit.href == kept) if failed == "evaluation" else (say(f"report.index.{failed}_unit"), kept) in unit.links


def test_the_command_after_a_failure_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    import argparse

    run = run_with(tmp_path, {"monitor": "failed"})
    study = cast(Study, SimpleNamespace(root=tmp_path))
    steps = index._steps(study, contents(), 0, run.states, "2026-Q3", "en")
    command = steps[0][0].partition("(command: ")[2].removesuffix(").")
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    report_command.arguments(parser)
    given = parser.parse_args(shlex.split(command.partition(" report ")[2]))
    assert (given.period, given.only) == ("2026-Q3", "failed")


def test_how_you_are_evaluated_is_in_the_index_where_it_stands_in_the_folder(tmp_path: Path) -> None:
    run = run_with(tmp_path, {})
    office = run.state.folder / "office"
    assert list(index._explainers(run)) == []
    office.mkdir(parents=True)
    for name in ("bagaimana-dinilai-permenpanrb-6-2022.html", "bagaimana-dinilai-permenpanrb-6-2022.pdf",
                 "bagaimana-dinilai-permenpanrb-6-2022.en.html", "evaluasi-kota.html"):
        (office / name).write_text("x", encoding="utf-8")
    (row,) = index._explainers(run)
    assert (row.title, row.href, row.state) == ("Bagaimana Anda dinilai", "bagaimana-dinilai-permenpanrb-6-2022.html", "done")
    assert [f.href for f in row.files] == ["bagaimana-dinilai-permenpanrb-6-2022.pdf"]
    (office / "bagaimana-dinilai-perdirjen-gtk-7607-2023.html").write_text("x", encoding="utf-8")
    assert [r.title.partition(": ")[2] for r in index._explainers(run)] == ["perdirjen-gtk-7607-2023", "permenpanrb-6-2022"]
