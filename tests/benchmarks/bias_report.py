"""`bias_report`: the whole bias analysis of the demo city after the ground tables are derived: its tables, and its page."""

from __future__ import annotations

import statistics

from evalkit.tables.study import Study
from tests.benchmarks.city import PERIOD, city
from tests.benchmarks.measure import Figure, fresh

RUNS = 3
_STUDY = """
from pathlib import Path
from evalkit.derive.build import build, folder_of
from evalkit.derive.catalog import CATALOG
from evalkit.derive.reports import REPORTS
from evalkit.tables.study import load_study
study = load_study(Path({root!r}))
wanted = REPORTS["bias_analysis"].read_by("office")
analysis = [n for n in wanted if {{"raters", "fairness"}} & set(CATALOG[n].stages)]
"""
_FORGET = """
build(study, {period!r}, names=[i for n in analysis for i in CATALOG[n].inputs if i in CATALOG and i not in analysis])
for name in analysis:
    (folder_of(study, {period!r}, None) / f"{{name}}.json").unlink(missing_ok=True)
"""
_TABLES = "built = build(study, {period!r}, names=wanted)"
_NOTEBOOK = """
import nbformat
from evalkit.report.shell import render_notebook
from evalkit.report.state import notebook_file
from tests.report.in_process import InProcess
build(study, {period!r})
given = dict(study=str(study.root), period={period!r}, as_of="", language="id", unit="")
"""
_PAGE = "page = render_notebook(InProcess().run(nbformat.read(notebook_file({name!r}), as_version=4), given))"


def run() -> list[dict[str, float | str | int]]:
    """Measure the tables of evaluators and groups, and the page over them, each in a fresh process, `RUNS` times in turn.

    `ratio` of the page is that to the page of the evaluation of the same city, in the same run.
    """
    with city() as study:
        parts = {"tables": (_STUDY + _FORGET, _TABLES), "page": (_STUDY + _NOTEBOOK, _PAGE), "evaluation": (_STUDY + _NOTEBOOK, _PAGE)}
        seen: dict[str, list[Figure]] = {name: [] for name in parts}
        for _ in range(RUNS):
            for name, (setup, code) in parts.items():
                seen[name].append(_one(study, setup, code, "evaluation" if name == "evaluation" else "bias_analysis"))
    seconds = {name: statistics.median(f.seconds for f in figures) for name, figures in seen.items()}
    peak = {name: max(f.peak_mb for f in figures) for name, figures in seen.items()}
    return [{"name": "bias_report", "part": "tables of evaluators and groups", "seconds": round(seconds["tables"], 1),
             "peak_mb": round(peak["tables"], 1)},
            {"name": "bias_report", "part": "page of the city", "seconds": round(seconds["page"], 2), "peak_mb": round(peak["page"], 1),
             "evaluation_seconds": round(seconds["evaluation"], 2), "ratio": round(seconds["page"] / seconds["evaluation"], 2)}]


def _one(study: Study, setup: str, code: str, notebook: str) -> Figure:
    values = {"root": str(study.root), "period": PERIOD, "name": notebook}
    return fresh(code.format(**values), setup.format(**values))


if __name__ == "__main__":
    import json

    for line in run():
        print(json.dumps(line))
