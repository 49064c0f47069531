"""Translations of notebook prose: Indonesian stands in the notebook, English here, keyed by cell and by the digest of its text.

A cell whose Indonesian text has changed since it was translated has no translation any more: `stale` names it, and a test fails.
"""

from __future__ import annotations

import copy
import hashlib
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from evalkit.language.catalogue import CatalogueError, Language

LEFT_OUT = "reader"  # the tag of cells for whoever works in the notebook: they say it in both languages


def digest(text: str) -> str:
    """Give the digest by which a translation knows the text that it translates.

    Examples
    --------
    >>> digest("Pertanyaan"), digest("Pertanyaan ")
    ('da0f7f3fb871', 'da0f7f3fb871')
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


@lru_cache(maxsize=32)
def translations(notebook: str) -> dict[str, dict[str, str]]:
    """Read the translations of one notebook: cell id -> `of` (digest of the Indonesian text) and `en`; empty where there are none."""
    file = resources.files("evalkit.language").joinpath("cells", f"{notebook}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def prose(notebook: Any) -> Iterator[Any]:
    """Give the cells of running text that reach a page."""
    return (c for c in notebook.cells if c.cell_type == "markdown" and LEFT_OUT not in c.metadata.get("tags", ()))


def stale(notebook: Any, name: str) -> tuple[str, ...]:
    """Give the ids of cells whose translation is absent or of another text, and of translations without a cell."""
    known, seen = translations(name), {c["id"]: digest(c.source) for c in prose(notebook)}
    wrong = [i for i, of in seen.items() if known.get(i, {}).get("of") != of or not known.get(i, {}).get("en", "").strip()]
    return (*wrong, *(i for i in known if i not in seen))


def translated(notebook: Any, name: str, language: Language) -> Any:
    """Give a notebook with its prose in a language; the one given is not changed.

    Raises
    ------
    CatalogueError
        If a cell has no translation of its present text.
    """
    made = copy.deepcopy(notebook)
    if language == "id":
        return made
    wrong = stale(notebook, name)
    if wrong:
        raise CatalogueError(f"The notebook {name} has no English text of its cell {wrong[0]!r} as it stands.")
    for cell in prose(made):
        cell.source = translations(name)[cell["id"]]["en"].strip()
    return made
