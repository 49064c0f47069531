"""Pages are whole in their language: every kind of page of the small city, made in this process, in both."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lxml import html

from evalkit.derive.build import build
from evalkit.language.catalogue import Language
from evalkit.report import annex_page
from evalkit.report.changes import figures_of
from evalkit.report.folders import write_people_folders, write_unit_folders
from evalkit.report.index import Run, write_index
from evalkit.report.naming import annex
from evalkit.report.plan import make_plan
from evalkit.report.shell import render_notebook
from evalkit.report.state import RunState, notebook_file
from evalkit.tables.store import read
from evalkit.tables.study import Study
from tests.language.test_one_language import BOTH, ENGLISH, INDONESIAN, strangers

PERIOD, UNIT = "2026-Q3", "dinas-kesehatan"
PAGES = [("monitor", ""), ("monitor", UNIT), ("evaluation", ""), ("evaluation", UNIT), ("bias_analysis", ""), ("bias_analysis", UNIT)]
WORDS: dict[Language, frozenset[str]] = {"en": INDONESIAN, "id": ENGLISH - BOTH}


def run_here(notebook: str, study: Study, language: Language, unit: str) -> nbformat.NotebookNode:
    """Run a report notebook cell by cell in this process, without a kernel."""
    source = nbformat.read(notebook_file(notebook), as_version=4)
    space: dict[str, Any] = {}
    for cell in (c for c in source.cells if c.cell_type == "code"):
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, notebook, "exec"), space)
        if "parameters" in cell.metadata.get("tags", ()):
            space |= {"study": str(study.root), "period": PERIOD, "language": language} | ({"unit": unit} if "unit" in space else {})
        shown = eval(compile(ast.Expression(last.value), notebook, "eval"), space) if isinstance(last, ast.Expr) else None
        if shown is not None:
            cell.outputs = [nbformat.v4.new_output("display_data", data=shown._repr_mimebundle_())]
    return source


def said(page: str) -> list[str]:
    """Every text of a page: what is read, what is read aloud, and the numbers behind figures."""
    tree = html.fromstring(page)
    for silent in tree.xpath("//script|//style|//code|//p[@class='trace']"):
        silent.drop_tree()
    return [t for t in tree.itertext() if t.strip()] + [str(v) for v in tree.xpath("//@aria-label|//@data-toc|//@data-unit|//@title")]


def without_names(texts: list[str], study: Study) -> list[str]:
    named = {str(n) for table in ("units", "courses") for n in read(study, table)["name"]}
    names = sorted(named | {study.title}, key=len, reverse=True)
    barred = re.compile("|".join(re.escape(n) for n in names if n), re.IGNORECASE)
    return [barred.sub(" ", t) for t in texts]


def check(page: str, study: Study, language: Language) -> None:
    assert html.fromstring(page).get("lang") == language
    texts = without_names(said(page), study)
    found = [(sorted(hit), t) for t in texts if (hit := strangers(t, WORDS[language]))]
    assert not found, found[:12]
    other = re.compile(r"\d\.\d{3},\d|\d,\d%|\bpukul\b|\b(?:Januari|Juli|Oktober|Desember)\b" if language == "en" else
                       r"(?<![\d,])[1-9]\d{0,2},\d{3}\b|\d\.\d%|\b(?:January|July|October|December)\b")
    assert not [t for t in texts if other.search(t)]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(("notebook", "unit"), PAGES)
def test_reports_are_whole_in_their_language(built_city: Study, notebook: str, unit: str, language: Language) -> None:
    check(render_notebook(run_here(notebook, built_city, language, unit)), built_city, language)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_index_and_the_annexes_are_whole_in_their_language(built_city: Study, language: Language, tmp_path: Path) -> None:
    plan = make_plan(built_city, PERIOD, names=None, units=None, languages=(language,), as_of="")
    now = datetime(2026, 10, 12, 8, 14, tzinfo=UTC)
    figures = figures_of(plan.built, PERIOD)
    state = RunState(tmp_path, figures=figures, before={k: {n: v + 1 for n, v in f.items()} for k, f in figures.items()})
    for folder in (f"units/{plan.offices[0].slug}", "employees/abc", "public"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "public" / "kota.html").write_text("<title>1</title>")
    run = Run(built_city, plan, PERIOD, state, {}, now, language)
    write_unit_folders(run)
    write_people_folders(built_city, plan, state, [language], made_at=now)
    way_in = write_index(run)
    pages = list(tmp_path.rglob(f"index{run.ending}"))
    assert len(pages) == 4
    assert tmp_path / way_in in pages
    for page in pages:
        check(page.read_text(encoding="utf-8"), built_city, language)
    filled = annex(built_city, build(built_city, PERIOD), PERIOD, plan.offices[0], made_at=now, language=language)
    check(annex_page.render(filled), built_city, language)
