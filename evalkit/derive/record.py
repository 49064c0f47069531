"""The record beside each derived table: what went in, what made it, what came out."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import evalkit
from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import content_digest
from evalkit.errors import DeriveError
from evalkit.tables.schema import frame_of

FORMAT = 1
_LIBRARIES = ("numpy", "pandas", "pyarrow", "narwhals")


@dataclass(frozen=True)
class Record:
    """How one derived table was made; `key` is the digest of everything that decides its content."""

    name: str
    key: str
    content: str
    rows: int
    inputs: dict[str, str]
    code: str
    settings: dict[str, Any]
    seed: int
    versions: dict[str, str]
    made_at: str
    file: str
    format: int = FORMAT


def versions() -> dict[str, str]:
    """Give the versions under which a table was made: evalkit, Python, and the libraries that compute."""
    return {"evalkit": evalkit.__version__, "python": platform.python_version(), **_libraries()}


@lru_cache(maxsize=1)
def _libraries() -> dict[str, str]:
    return {n: version(n) for n in _LIBRARIES}  # each is read from its installation: some milliseconds, and a build has eighty tables


def read_record(folder: Path, name: str) -> Record | None:
    """Give the record of a table, or nothing if there is no whole one of this format with its file."""
    try:
        data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        record = Record(**data)
    except (OSError, ValueError, TypeError):
        return None
    return record if record.format == FORMAT and (folder / record.file).is_file() else None


def write_table(folder: Path, frame: pd.DataFrame, record: dict[str, Any]) -> Record:
    """Write a table and its record so that a reader sees the old pair or the new pair, never a mixture.

    The file of the table carries its content digest in its name and is written aside and renamed; the record comes last, by
    rename, and is the commit point. The file that the old record named is removed after that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = str(record["name"])
    contract = contract_of(name)
    content = content_digest(frame, contract.key)
    before = read_record(folder, name)
    made = Record(**record, content=content, rows=len(frame), versions=versions(), file=f"{name}.{content[:16]}.parquet",
                  made_at=datetime.now(UTC).isoformat(timespec="seconds"))
    table = pa.Table.from_pandas(frame, schema=contract.arrow(), preserve_index=False)
    aside = folder / f".{made.file}.{uuid4().hex[:8]}"
    pq.write_table(table.replace_schema_metadata(None), aside, compression="zstd")
    _replace(aside, folder / made.file)
    note = folder / f".{name}.json.{uuid4().hex[:8]}"
    note.write_text(json.dumps(asdict(made), indent=1, sort_keys=True, ensure_ascii=False, default=str), encoding="utf-8")
    _replace(note, folder / f"{name}.json")
    if before is not None and before.file != made.file:
        (folder / before.file).unlink(missing_ok=True)
    return made


def _replace(aside: Path, target: Path) -> None:
    with aside.open("rb+") as handle:
        os.fsync(handle.fileno())
    aside.replace(target)


def read_table(folder: Path, record: Record) -> pd.DataFrame:
    """Read a derived table with the types of its contract.

    Raises
    ------
    DeriveError
        If its file is gone or damaged: the message says how to make it again.
    """
    try:
        # Read whole and without threads: small tables gain nothing by them, and a process that is forked from later must have none.
        with pq.ParquetFile(pa.BufferReader((folder / record.file).read_bytes())) as file:
            return frame_of(file.read(use_threads=False).cast(contract_of(record.name).arrow()))
    except (OSError, ValueError) as error:  # ValueError: Arrow cannot read it, or it has other columns
        raise DeriveError(f"The derived table {record.name} cannot be read. Delete the folder {folder.name} in "
                          f"{folder.parent.name} and make the report again.") from error
