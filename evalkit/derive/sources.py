"""Where derived tables get imported tables from: the store of a study, or frames in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pandas as pd

from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import BOOKKEEPING, content_digest
from evalkit.tables import store
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Study


class Source(Protocol):
    """Gives imported tables and a digest of their content."""

    def read(self, table: str) -> pd.DataFrame:
        """Give the table."""

    def digest(self, table: str) -> str:
        """Give the digest of its content."""


class FrameSource:
    """Imported tables from memory; a table that was not given is empty."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = dict(frames)

    def read(self, table: str) -> pd.DataFrame:
        """Give the table."""
        frame = self._frames.get(table)
        return TABLES[table].empty() if frame is None else frame

    def digest(self, table: str) -> str:
        """Give the digest of its content."""
        return content_digest(self.read(table), contract_of(table).key, ignore=BOOKKEEPING)


class StoreSource:
    """Imported tables from the store of a study.

    A table whose ledger says that nothing came in since the last time is not read: its content digest stands in a small file
    beside the derived tables.
    """

    def __init__(self, study: Study, as_of: date | None, tables: tuple[str, ...], folder: Path) -> None:
        self._study, self._as_of, self._file = study, as_of, folder / "inputs.json"
        self._ledger = store.digest_inputs(study, tables, as_of)
        self._frames: dict[str, pd.DataFrame] = {}
        self._known = self._load()

    def read(self, table: str) -> pd.DataFrame:
        """Give the table, read once."""
        if table not in self._frames:
            self._frames[table] = store.read(self._study, table, as_of=self._as_of)
        return self._frames[table]

    def digest(self, table: str) -> str:
        """Give the digest of its content, from the last time if its ledger has not changed."""
        at, content = self._known.get(table, ("", ""))
        if at != self._ledger[table]:
            content = content_digest(self.read(table), contract_of(table).key, ignore=BOOKKEEPING)
            self._known[table] = (self._ledger[table], content)
            self._save()
        return content

    def _load(self) -> dict[str, tuple[str, str]]:
        try:
            return {k: (str(v[0]), str(v[1])) for k, v in json.loads(self._file.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError, IndexError, TypeError):
            return {}

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        aside = self._file.with_name(f".inputs.{uuid4().hex[:8]}")
        aside.write_text(json.dumps(self._known, indent=1, sort_keys=True), encoding="utf-8")
        aside.replace(self._file)
