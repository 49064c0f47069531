"""One report to make, and what became of it: what passes between a run and its workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.language.catalogue import Language


@dataclass(frozen=True)
class Job:
    """All that a worker must know to make one report; paths are absolute, on a disk that every worker sees.

    `name` is the report relative to the draft folder, `source` the file of its notebook.
    """

    name: Path
    target: Path
    source: Path
    parameters: Mapping[str, Any]
    label: str
    language: Language
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """What became of a job: its files, or the reason where it failed (then the files are those that could be made)."""

    name: Path
    files: tuple[Path, ...]
    reason: str = ""
