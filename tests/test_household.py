"""The rules of the house: imports point one way, style and types are clean, notebooks are clean, nothing leaks."""

from __future__ import annotations

import ast
import graphlib
import json
import re
import subprocess
import sys

import pytest

HOSTS = "|".join(["py" + r"pi\.org", "python" + "hosted", r"registry\.npm" + "js", r"deb\.deb" + "ian", r"conda\.ana" + "conda"])


def run(root, *command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def committed(root):
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    return [root / name for name in done.stdout.split("\0") if name and (root / name).is_file()]


def test_law_of_imports(root):
    lint = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"]
    done = subprocess.run(lint, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_stands_in_a_circle(root):
    """Imports that only types need count too: two files that each need the other cannot be read alone."""
    files = {".".join(p.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): p for p in (root / "evalkit").rglob("*.py")}
    needs = {}
    for name, path in files.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)) for n in ast.walk(f)}
        froms = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and id(n) not in inside]
        found = {f"{n.module}.{a.name}" if f"{n.module}.{a.name}" in files else n.module for n in froms for a in n.names}
        needs[name] = (found & files.keys()) - {name}
    assert sum(map(len, needs.values())) > 1000
    tuple(graphlib.TopologicalSorter(needs).static_order())  # CycleError names the modules


def test_only_the_named_rooms_open_the_register(root):
    opens = re.compile(r"from evalkit\.tables\.register import|import evalkit\.tables\.register|tables import .*\bregister\b")
    users = [p.relative_to(root).as_posix() for p in (root / "evalkit").rglob("*.py") if opens.search(p.read_text(encoding="utf-8"))]
    allowed = re.compile(r"evalkit/(tables/.*|collect/workbook|report/naming)\.py")
    assert users
    assert [u for u in users if not allowed.fullmatch(u)] == []


def test_notebooks_of_reports_import_only_what_they_may(root):
    for path in (root / "notebooks" / "reports").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        rooms = set(re.findall(r"^\s*(?:from|import) evalkit\.(\w+(?:\.handle)?)", source, flags=re.M))
        assert rooms <= {"derive.handle", "exhibits", "language"}, path.name


def test_notebooks_are_committed_clean(root):
    found = sorted((root / "notebooks").rglob("*.ipynb"))
    assert found
    for path in found:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [c for c in cells if c["cell_type"] == "code"]
        assert not any(c["outputs"] or c["execution_count"] for c in code), f"{path.name}: outputs are committed"
        assert sum("parameters" in c["metadata"].get("tags", []) for c in code) == 1, path.name
        for cell in code:
            text = "".join(cell["source"])
            assert len(text.splitlines()) <= 15, f"{path.name}: a long cell"
            assert not re.search(r"^\s*def ", text, flags=re.M), f"{path.name}: a def in a notebook"


def test_style(root):
    run(root, "ruff", "check", ".")


def test_types(root):
    run(root, "mypy")


def test_no_assert_and_no_print_for_input_in_the_package(root):
    for path in (root / "evalkit").rglob("*.py"):
        assert not re.search(r"^\s*assert ", path.read_text(encoding="utf-8"), flags=re.M), path.name


def test_no_host_of_a_registry_and_no_path_of_a_machine(root):
    pattern = re.compile(HOSTS + r"|/" + r"work/|/" + r"root/|/" + "tmp/ev")
    found = []
    for path in committed(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(root)}: {m[0]}" for m in pattern.finditer(text)]
    assert found == []


def test_no_real_looking_number_of_a_person_is_committed(root):
    """Serial numbers of invented people lie in the 900s, none is 000; another 18-digit run could be a real one."""
    found = []
    for path in committed(root):
        if path.suffix in {".py", ".md", ".toml", ".csv", ".ipynb", ".json"}:
            numbers = re.findall(r"(?<!\d)(?:19|20)\d{16}(?!\d)", path.read_text(encoding="utf-8", errors="ignore"))
            found += [f"{path.relative_to(root)}: {n[:8]}..." for n in numbers if n[15] != "9" and n[15:] != "000" and n[8:].strip("0")]
    assert found == []
