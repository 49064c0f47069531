"""What type checkers and editors read of a room whose names are imported when first used: `python -m tests.stubs` writes it anew."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

ROOMS = ("collect", "fairness", "impact", "inference", "raters", "scoring")
HEAD = "# The public names of this room, for type checkers and editors. Written by `python -m tests.stubs`.\n"


def file_of(room: str) -> Path:
    """The stub of a room."""
    return Path(__file__).resolve().parents[1] / "evalkit" / room / "__init__.pyi"


def stub(room: str) -> str:
    """The stub of a room: each name with the module in which it stands, and the names that the room imports at once."""
    package = importlib.import_module(f"evalkit.{room}")
    places = {f"evalkit.{room}.{module}": names.split() for module, names in package.PUBLIC.items()}
    tree = ast.parse(file_of(room).with_suffix(".py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"evalkit.{room}"):
            places[str(node.module)] = [a.name for a in node.names]
    lines = [f"from {module} import {name} as {name}" for module in sorted(places) for name in sorted(places[module])]
    return HEAD + "\n".join(lines) + "\n\nPUBLIC: dict[str, str]\n"


if __name__ == "__main__":
    for one in ROOMS:
        file_of(one).write_text(stub(one), encoding="utf-8")
