"""The digests of the files of a release: how it is seen that nobody changed one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """The SHA-256 of every file: `own` in the folder of the release, `pages` in the folder of its pages."""

    own: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)


def manifest(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of every file in a folder, by its path in it."""
    return {f.relative_to(folder).as_posix(): sha256(f) for f in sorted(folder.rglob("*")) if f.is_file()}


def sha256(file: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def as_json(value: Files) -> bytes:
    """Give the digests of the files as they are stored."""
    return json.dumps(asdict(value), indent=1, sort_keys=True, ensure_ascii=False).encode()
