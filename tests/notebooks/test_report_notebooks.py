from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from evalkit.report.parameter_models import MODELS
from evalkit.report.parameters import check_parameters, read_parameters_cell
from evalkit.report.shell import NOTEBOOK_ONLY

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "reports"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TAGS = {"parameters", "page-one", "section", "appendix", NOTEBOOK_ONLY}
ALLOWED = ("evalkit.derive.handle", "evalkit.exhibits", "evalkit.language")
MOST_LINES = 15


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def notebook(request: pytest.FixtureRequest) -> tuple[str, nbformat.NotebookNode]:
    return request.param.stem, nbformat.read(request.param, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [c for c in notebook.cells if c.cell_type == "code"]


def test_there_is_a_notebook_for_every_model_and_a_model_for_every_notebook() -> None:
    assert {p.stem for p in NOTEBOOKS} == set(MODELS)


def test_notebooks_are_valid_and_hold_no_outputs(notebook) -> None:
    _, nb = notebook
    nbformat.validate(nb)
    for cell in code(nb):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_the_parameters_cell_is_the_model(notebook) -> None:
    name, nb = notebook
    cells = [c for c in code(nb) if "parameters" in c.metadata.get("tags", ())]
    assert len(cells) == 1
    defaults = read_parameters_cell(cells[0].source)
    assert list(defaults) == list(MODELS[name].model_fields)
    assert check_parameters(name, defaults) == defaults
    for line, value in zip(cells[0].source.splitlines(), defaults.values(), strict=True):
        assert line.endswith(f"# type: {type(value).__name__}")
    for field, value in defaults.items():
        info = MODELS[name].model_fields[field]
        assert info.is_required() or info.default == value, f"{field} has another default in the model"


def test_the_default_study_is_one_of_the_repository(notebook) -> None:
    _, nb = notebook
    cell = next(c for c in code(nb) if "parameters" in c.metadata.get("tags", ()))
    assert (FOLDER / read_parameters_cell(cell.source)["study"] / "study.toml").is_file()


def test_cells_are_short_and_define_nothing(notebook) -> None:
    _, nb = notebook
    for cell in code(nb):
        tree = ast.parse(cell.source)
        assert len(cell.source.splitlines()) <= MOST_LINES
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.Lambda)]
        assert set(cell.metadata.get("tags", ())) <= TAGS


def test_notebooks_import_no_stage(notebook) -> None:
    _, nb = notebook
    for cell in code(nb):
        for node in ast.walk(ast.parse(cell.source)):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert all(str(name).startswith(ALLOWED) for name in names)


def test_words_to_whoever_works_in_the_notebook_stay_off_the_page(notebook) -> None:
    _, nb = notebook
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            assert NOTEBOOK_ONLY in cell.metadata.get("tags", ())
