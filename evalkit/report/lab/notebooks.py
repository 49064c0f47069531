"""Working copies of the notebooks in a study: they begin with that study and its newest period.

A copy that somebody changed is never written over; one that nobody changed follows the notebook that ships.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from evalkit.report.jupyter import nbformat
from evalkit.report.parameters import read_parameters_cell
from evalkit.report.plan import report_names
from evalkit.tables.atomic import write_bytes
from evalkit.tables.study import Study

FOLDER, KNOWN = "notebooks", ".shipped.json"
HOME = Path(__file__).resolve().parents[3]  # the folder of evalkit
DEMO = Path("data") / "kupang"
_FORMAT: Any = nbformat  # ships no types


def shipped(study: Study, home: Path = HOME) -> tuple[Path, ...]:
    """Give the notebooks that ship with evalkit and fit a study: the panel, its reports, all of research."""
    reports = {f"{name}.ipynb" for name in report_names(study)}
    found = [p for p in (home / FOLDER).rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    return tuple(sorted(p for p in found if p.parent.name != "reports" or p.name in reports))


def copy_notebooks(study: Study, period: str, home: Path = HOME) -> tuple[Path, ...]:
    """Put working copies of the notebooks into `notebooks/` of a study; give the copies that stand there.

    Parameters
    ----------
    study : Study
        The study that the copies begin with.
    period : str
        The period that the copies begin with; empty leaves the one that ships.
    home : Path, optional
        The folder of evalkit; by default the one that runs.
    """
    known = _known(study)
    found = []
    for source in shipped(study, home):
        name = source.relative_to(home / FOLDER).as_posix()
        target = study.root / FOLDER / name
        found.append(target)
        if target.is_file() and known.get(name) != _digest(target.read_bytes()):
            continue  # somebody works in it
        made = _for_study(source, home, period)
        if not target.is_file() or target.read_bytes() != made:
            write_bytes(target, made)
        known[name] = _digest(made)
    write_bytes(study.root / FOLDER / KNOWN, json.dumps(known, sort_keys=True).encode())
    return tuple(found)


def _known(study: Study) -> dict[str, str]:
    try:
        return dict(json.loads((study.root / FOLDER / KNOWN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _for_study(source: Path, home: Path, period: str) -> bytes:
    notebook = _FORMAT.read(source, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            cell.source = _own_parameters(cell.source, source, home, period)
    text: str = _FORMAT.writes(notebook)
    return text.encode()


def _own_parameters(code: str, source: Path, home: Path, period: str) -> str:
    """Let the copy begin with its study; in research, a study of public data that ships with evalkit is named by its whole path."""
    inside = source.relative_to(home / FOLDER)
    wanted: dict[str, str] = {}
    for name, value in read_parameters_cell(code).items():
        if isinstance(value, str) and value.startswith("../"):
            there = (source.parent / value).resolve()
            own = name == "study" and (inside.parts[0] != "research" or there == (home / DEMO).resolve())
            wanted[name] = "/".join([".."] * len(inside.parts)) if own else there.as_posix()
            if own and period:
                wanted["period"] = period
    return "\n".join(_line(line, wanted) for line in code.splitlines())


def _line(line: str, wanted: dict[str, str]) -> str:
    name, equals, rest = line.partition(" = ")
    if not equals or name not in wanted:
        return line
    _, hash_, comment = rest.rpartition("  # ")
    return f"{name} = {json.dumps(wanted[name], ensure_ascii=False)}{hash_}{comment if hash_ else ''}"
