"""What a result rests on besides the data: the code that computes, the rules, the locked libraries, the settings of the study."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from evalkit.derive.digest import PACKAGE
from evalkit.tables.study import Study

_NOT_COMPUTING = frozenset({"exhibits", "report", "language", "commands", "simulate", "cli.py"})


def whole_code_digest() -> str:
    """Digest all code of the package: what verification names when a later version gives another result."""
    return _digest_files(f for f in PACKAGE.rglob("*") if f.suffix in (".py", ".toml", ".css", ".js", ".j2", ".typ"))


def stages_digest() -> str:
    """Digest the code that computes tables, without pages, words and rules."""
    return _digest_files(f for f in PACKAGE.rglob("*.py") if f.relative_to(PACKAGE).parts[0] not in _NOT_COMPUTING)


def rule_digests() -> dict[str, str]:
    """Digest each file of regulations, forms and layouts, by its path in `instruments` without ending."""
    folder = PACKAGE / "instruments"
    return {f.relative_to(folder).with_suffix("").as_posix(): _digest_files([f]) for f in sorted(folder.rglob("*.toml"))}


def _digest_files(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in sorted(f for f in files if f.is_file()):
        content = _plain_lines(file)
        total.update(f"{file.relative_to(PACKAGE).as_posix()}\x00{len(content)}\x00".encode() + content)
    return total.hexdigest()


def lock_digest() -> str:
    """Digest the locked versions of all libraries; empty where the lock does not stand beside the package."""
    lock = PACKAGE.parent / "requirements.lock"
    return hashlib.sha256(_plain_lines(lock)).hexdigest() if lock.is_file() else ""


def settings_digest(study: Study) -> str:
    """Digest the settings of a study as they are today, whatever its line ends."""
    return hashlib.sha256(_plain_lines(study.root / "study.toml")).hexdigest()


def _plain_lines(file: Path) -> bytes:
    """Read a file; line ends differ between checkouts on Windows and Linux, what stands in the lines does not."""
    return file.read_bytes().replace(b"\r\n", b"\n")
