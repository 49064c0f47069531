"""Thousands of small pages written once: which stand already, what each was made for, which belong to nobody any more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from evalkit.report.state import sha256
from evalkit.tables.atomic import aside_name, write_bytes

SAVE_EVERY = 500


class Book:
    """The pages of one kind of reader in a draft: target -> (key, digest of the file).

    Parameters
    ----------
    draft : Path
        The draft folder.
    reader : str
        `employees`, `evaluators`, ...: the book is `.state/<reader>.json`.

    Notes
    -----
    Pages are written aside and renamed, but not flushed to the disk one by one: a page that a power cut left short has another
    digest than the book says and is made again. A killed run leaves whole pages only.
    """

    def __init__(self, draft: Path, reader: str) -> None:
        self.draft, self._file = draft, draft / ".state" / f"{reader}.json"
        self._pages = self._load()
        self._new = 0

    def _load(self) -> dict[str, tuple[str, str]]:
        try:
            return {str(k): (str(v[0]), str(v[1])) for k, v in json.loads(self._file.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError, IndexError, TypeError):
            return {}

    @property
    def targets(self) -> tuple[str, ...]:
        """The pages that were made, in the order of their names."""
        return tuple(sorted(self._pages))

    def is_current(self, target: Path, key: str) -> bool:
        """Tell whether a page stands there, was made for this key, and nobody has changed it since."""
        known = self._pages.get(target.as_posix())
        file = self.draft / target
        return known is not None and known[0] == key and file.is_file() and known[1] == sha256(file)

    def write(self, target: Path, key: str, page: bytes) -> None:
        """Write a page whole and note it; the book is saved every few hundred pages."""
        file = self.draft / target
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = aside_name(file)
        try:
            aside.write_bytes(page)
            aside.replace(file)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        self._pages[target.as_posix()] = (key, hashlib.sha256(page).hexdigest())
        self._new += 1
        if self._new % SAVE_EVERY == 0:
            self.save()

    def keep_only(self, targets: Iterable[Path], name: str) -> int:
        """Remove pages that this book made before and that belong to nobody any more; give how many.

        Only files of this `name` are looked at, so that a run in one language leaves those of another.
        """
        wanted = {t.as_posix() for t in targets}
        gone = [t for t in self._pages if t not in wanted and Path(t).name == name]
        for target in gone:
            file = self.draft / target
            for each in (file, file.with_suffix(".pdf")):
                each.unlink(missing_ok=True)
            if file.parent.is_dir() and not any(file.parent.iterdir()):
                file.parent.rmdir()
            del self._pages[target]
        return len(gone)

    def save(self) -> None:
        """Write the book, whole or not at all."""
        write_bytes(self._file, json.dumps(self._pages, sort_keys=True, indent=0).encode())
