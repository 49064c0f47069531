"""The research notebooks: their law, their two languages, and their pages on the small city and on real ratings."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from evalkit.language.catalogue import CatalogueError
from evalkit.language.cells import prose, stale, translated, translations
from evalkit.report.kernels import Kernels
from evalkit.report.parameters import check_parameters, models, read_parameters_cell
from evalkit.report.research import FILES, chosen, notebook_of
from evalkit.report.research_parameters import NAMES
from evalkit.report.shell import FOR, NOTEBOOK_ONLY, render_notebook
from evalkit.tables.imports import add
from evalkit.tables.study import Study, load_study

ROOT = Path(__file__).resolve().parents[2]
TAGS = {"parameters", "page-one", "section", "appendix", NOTEBOOK_ONLY, *(f"{FOR}{k}" for k in ("appraisals", "linked", "outcomes"))}
MOST_LINES = 15
NEVER = re.compile(r"penilai bias|diskriminasi|tidak signifikan|\bnan\b|<NA>|None\b|\bp(?=[a-z]*[2-7])[a-z2-7]{12}\b|\d{18}")
SAID = {"severity_or_team": "Hanya tim berbeda", "gaps_within_evaluators": "Penilai sama", "rotation": "pergantian",
        "linked_ratings": "Seberapa berbeda para penilai?", "multiverse": "cara menghitung", "false_claims": "Mengelompok menurut penilai"}


def source(name: str) -> Any:
    return nbformat.read(ROOT / "notebooks" / "research" / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # ships no types


def page(name: str, study: Path, period: str, language: str = "id", **told: str) -> str:
    """Run the cells of a notebook here, without a kernel, and give its page."""
    notebook = notebook_of(name, "en" if language == "en" else "id")
    space: dict[str, Any] = {}
    for cell in (c for c in notebook.cells if c.cell_type == "code"):
        if "parameters" in cell.metadata.get("tags", ()):
            space |= check_parameters(f"research/{name}", {"study": str(study), "period": period, "language": language, **told})
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), space)
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), name, "eval"), space)
            cell.outputs = [nbformat.v4.new_output("display_data", data=shown._repr_mimebundle_())]
    return render_notebook(notebook)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)))


@pytest.fixture(scope="session")
def city(small_city: Study) -> Path:
    """The demo study with 300 people and 3 quarters, that all tests of reports share."""
    return small_city.root


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give a copy of a study of public data with its files taken in."""
    home = tmp_path_factory.mktemp("nyata")

    def get(name: str, *files: Path) -> Path:
        if not (home / name).is_dir():
            shutil.copytree(ROOT / "data" / name, home / name, ignore=shutil.ignore_patterns("raw", "tables", "imports", "derived"))
            add(load_study(home / name), list(files))
        return home / name

    return get


@pytest.fixture(scope="session")
def skating(real: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped scores of one competition."""
    rows = pd.read_csv(ROOT / "data" / "figure-skating" / "shipped" / "figure-skating.csv.gz")
    few = rows[rows["event_start"].eq(rows["event_start"].min()) & rows["discipline"].isin(["ladies", "men"])]
    file = tmp_path_factory.mktemp("lomba") / "figure-skating.csv"
    few.to_csv(file, index=False)
    return real("figure-skating", file)


@pytest.fixture(scope="session")
def grants(real: Callable[..., Path], shared: Path) -> Path:
    return real("grant-review", shared / "data" / "grant-review-aibs.csv", shared / "data" / "grant-review-nih.csv.gz")


@pytest.fixture(scope="session")
def firefighters(real: Callable[..., Path]) -> Path:
    return real("firefighter-promotion", ROOT / "data" / "firefighter-promotion" / "shipped" / "firefighter-promotion.csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_prose_a_call_and_a_reading(name: str) -> None:
    notebook = source(name)
    nbformat.validate(notebook)  # type: ignore[no-untyped-call]  # ships no types
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    for cell in cells:
        assert cell.outputs == []
        assert cell.execution_count is None
        assert len(cell.source.splitlines()) <= MOST_LINES
        assert not [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.Lambda)]
    assert all(set(c.metadata.get("tags", ())) <= TAGS for c in notebook.cells)
    told = [c for c in cells if "parameters" in c.metadata.get("tags", ())]
    assert len(told) == 1
    defaults = read_parameters_cell(told[0].source)
    assert list(defaults) == list(models()[f"research/{name}"].model_fields)
    assert check_parameters(f"research/{name}", defaults) == defaults
    assert (ROOT / "notebooks" / "research" / defaults["study"] / "study.toml").is_file()
    text = " ".join(c.source for c in prose(notebook))
    assert re.search(r"Sumber: .*\(\d{4}\)", text)
    assert "**Pertanyaannya.**" in text
    assert "**Yang menyesatkan.**" in text


def test_every_notebook_has_a_name_and_a_file() -> None:
    assert {p.stem for p in (ROOT / "notebooks" / "research").glob("*.ipynb")} == set(NAMES) == set(FILES)
    assert chosen(["research", "research/rotation"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_of_prose_has_its_english(name: str) -> None:
    assert stale(source(name), name) == ()
    known = translations(name)
    notebook = translated(source(name), name, "en")
    assert [c.source for c in prose(notebook)] == [known[c["id"]]["en"].strip() for c in prose(source(name))]


def test_a_translation_of_another_text_is_refused() -> None:
    notebook = source("rotation")
    next(c for c in prose(notebook) if c["id"] == "bacaan").source += " Dan."
    assert stale(notebook, "rotation") == ("bacaan",)
    with pytest.raises(CatalogueError, match="bacaan"):
        translated(notebook, "rotation", "en")


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_the_small_city(city: Path, name: str) -> None:
    html = page(name, city, "2026-Q3")
    said = words(html)
    assert SAID[name] in said
    assert not NEVER.search(said)
    assert len(html) < 120_000
    assert html.count("<h1") == 1
    assert "Tabel" in said or "Gambar" in said
    planted = {"severity_or_team": "Kebenaran kota contoh", "rotation": "Kebenaran kota contoh", "gaps_within_evaluators": "Yang ditanam"}
    assert planted.get(name, "") in said


def test_linked_ratings_of_a_competition(skating: Path) -> None:
    html = page("linked_ratings", skating, "2017", "en")
    said = words(html)
    assert re.search(r"Raters differ in severity on this instrument|This set gets no severities of raters", said)
    assert "Spread between raters" in said
    assert "BuzzFeed" in said
    assert not re.search(r"\bJ\d{3}\b|\bS\d{3}\b", said)
    assert not NEVER.search(said)


def test_a_set_without_spread_of_raters_gets_no_severities(grants: Path) -> None:
    said = words(page("linked_ratings", grants, "2017"))
    assert "Set ini tidak mendapat keketatan per penilai. Ragam antarpenilai nol" in said
    assert "Keketatan pada instrumen ini, tanpa nama" not in said


def test_a_set_in_which_most_raters_rated_once_gets_no_severities(grants: Path) -> None:
    said = words(page("linked_ratings", grants, "2017", instrument="grant-review-nih"))
    assert "kebanyakan penilai hanya menilai sedikit objek" in said
    assert "lima objek atau lebih per penilai" in said
    apart = words(page("severity_or_team", grants, "2017", instrument="grant-review-nih"))
    assert "Set ini tidak memisahkan penilai dari objeknya" in apart


@pytest.mark.parametrize("name", ["severity_or_team", "gaps_within_evaluators", "rotation", "linked_ratings"])
def test_a_study_that_cannot_answer_says_why_and_what_to_do(firefighters: Path, name: str) -> None:
    said = words(page(name, firefighters, "2003"))
    assert "Studi ini tidak dapat menjawab pertanyaan halaman ini" in said
    assert "Yang diperlukan:" in said
    assert "Dunia" not in said
    assert not NEVER.search(said)


@pytest.mark.parametrize("name", ["multiverse", "false_claims"])
def test_outcomes_allow_ways_and_false_claims(firefighters: Path, name: str) -> None:
    said = words(page(name, firefighters, "2003", "en"))
    assert "combined ≥ 70" in said
    assert not NEVER.search(said)


def test_a_notebook_prints_its_call_in_a_kernel(firefighters: Path) -> None:
    told = check_parameters("research/multiverse", {"study": str(firefighters), "period": "2003", "language": "en", "group": "black"})
    with Kernels() as kernels:
        said = words(render_notebook(kernels.run(notebook_of("multiverse", "en"), told)))
    assert "agreement_of_specifications" in said
    assert "black − white (" in said  # groups that are words of a file stand with their attribute
