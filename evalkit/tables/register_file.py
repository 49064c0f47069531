"""The file of the person register: read once for one state of it, however many pages ask. Only `tables.register` uses it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.errors import RegisterError
from evalkit.language.catalogue import say

SCHEMA = pa.schema([("person_id", pa.string()), ("kind", pa.string()), ("value", pa.string()),
                     ("first_seen", pa.date32()), ("last_seen", pa.date32())])


@dataclass(frozen=True)
class Person:
    """The name and the number of one person, for pages and forms that are meant to show them."""

    name: str = field(repr=False)
    nip: str = field(repr=False)


def stamp(file: Path) -> tuple[int, int, int]:
    """Tell one state of the register from another: it is only ever replaced by a whole new file."""
    if not file.is_file():
        return 0, 0, 0
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def rows_of(file: Path) -> pd.DataFrame:
    """Read the register; empty where there is none yet.

    Raises
    ------
    RegisterError
        If it cannot be read.
    """
    if not file.is_file():
        return pd.DataFrame(columns=SCHEMA.names, dtype=object)
    try:
        rows: pd.DataFrame = pq.read_table(file, schema=SCHEMA, memory_map=False).to_pandas().astype(object)
    except (OSError, pa.ArrowException) as error:
        raise RegisterError(say("register.damaged")) from error
    return rows


@lru_cache(maxsize=2)
def latest(file: Path, stamp: tuple[int, int, int]) -> dict[str, Person]:
    """Give the latest name and number of everybody; read once for all pages of a run."""
    rows = rows_of(file).sort_values("last_seen", kind="stable")
    named, numbered = rows[rows["kind"] == "name"], rows[rows["kind"].isin(["nip", "ni_pppk"])]
    names = dict(zip(named["person_id"], named["value"], strict=True))
    numbers = dict(zip(numbered["person_id"], numbered["value"], strict=True))
    return {p: Person(names.get(p, ""), numbers.get(p, "")) for p in names.keys() | numbers.keys()}


@lru_cache(maxsize=2)
def digest_of_file(file: Path, stamp: tuple[int, int, int]) -> str:
    """Digest the register; empty where there is none yet."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if stamp[2] else ""
