"""What `add` tells about the files it was given, and the names under which it keeps them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evalkit.tables.fault_states import masked

Status = Literal["added", "known", "refused"]


@dataclass(frozen=True)
class FileResult:
    """What became of one file; `message` says why it was refused, `notes` what else the clerk should know."""

    file: str
    status: Status
    kind: str = ""
    layout: str = ""
    period: str | None = None
    scope: str = ""
    rows: int = 0
    rows_read: int = 0
    rows_refused: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    import_id: str | None = None
    message: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddResult:
    """What became of the files of one call, in the order in which they were given."""

    files: tuple[FileResult, ...]

    @property
    def refused(self) -> tuple[FileResult, ...]:
        """Files of which nothing was stored."""
        return tuple(f for f in self.files if f.status == "refused")

    @property
    def faults(self) -> dict[str, int]:
        """Faults by rule, all files together."""
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.faults)
        return dict(total)


def safe_name(name: str) -> str:
    """Give a file name that is harmless on every system and shows no NIP.

    Examples
    --------
    >>> safe_name("../Laporan Penilaian (1) 198603032010121943.xlsx")
    'Laporan_Penilaian_1_1986….xlsx'
    """
    stem, dot, suffix = Path(name.replace("\\", "/")).name.rpartition(".")
    stem, suffix = (stem, suffix) if dot and stem else (suffix, "")
    clean = re.sub(r"[^\w.-]+", "_", stem).strip("._") or "berkas"
    tail = re.sub(r"[^\w]+", "", suffix)[:8]
    return masked(clean[:80]) + (f".{tail}" if tail else "")


def import_id(sha256: str, layout: str, period: str | None, scope: str, corrections: str = "") -> str:
    """Give the id of an import: the same file, taken in the same way, has the same id.

    Examples
    --------
    >>> import_id("ab", "unor", None, "full")
    'i19fbfdc355e2'
    """
    text = "\x1f".join((sha256, layout, period or "", scope, corrections))
    return "i" + hashlib.sha256(text.encode()).hexdigest()[:12]
