"""The ledger of imports: one JSON record a file taken in; the record is the commit point.

`imports/<import_id>.json` is written last, by rename. A partition `tables/<table>/<import_id>.parquet` or a raw copy
without its record does not exist for any reader, and the next start sweeps it away.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from evalkit.errors import StudyError
from evalkit.language.catalogue import say
from evalkit.tables import atomic
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Study

FORMAT = 1
LOCK_SECONDS = 60.0


@dataclass(frozen=True)
class Record:
    """One import: the row of the table `imports`, and what the store needs beside it.

    `known_at` is when the file said what it says: its time of download, else when it was received. `group` are the kinds
    of employment that it lists: a full list of PNS says nothing about PPPK. `covers` are the earlier imports whose rows
    it speaks about again.
    """

    import_id: str
    sha256: str
    file: str
    kind: str
    layout: str
    scope: str
    received_at: datetime
    rows: int
    rows_read: int
    rows_refused: int
    faults: int
    sequence: int
    period: str | None = None
    exported_at: datetime | None = None
    supersedes: str | None = None
    valid_on: date | None = None
    group: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    raw: str = ""
    corrections: str = ""
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def known_at(self) -> datetime:
        """When the file said what it says."""
        return self.exported_at or self.received_at

    @property
    def on(self) -> date:
        """The day whose state the file describes."""
        return self.valid_on or self.known_at.date()

    def to_json(self) -> bytes:
        """Give the record as it is stored."""
        content = {k: v.isoformat() if isinstance(v, (date, datetime)) else v for k, v in asdict(self).items()}
        return json.dumps({"format": FORMAT, **content}, ensure_ascii=False, indent=1, sort_keys=True).encode()


def read_record(path: Path) -> Record:
    """Read one record of the ledger.

    Raises
    ------
    StudyError
        If the file is damaged or was written by a newer evalkit.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise StudyError(say("store.newer", "id"))
        times = {k: None if content[k] is None else datetime.fromisoformat(content[k]) for k in ("received_at", "exported_at")}
        day = None if content["valid_on"] is None else date.fromisoformat(content["valid_on"])
        return Record(**{**content, **times, "valid_on": day, "group": tuple(content["group"]),
                         "covers": tuple(content["covers"])})
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(say("store.damaged", "id", file=path.name)) from error


def records(study: Study, as_of: date | None = None) -> tuple[Record, ...]:
    """Give the imports that count as of a day (all, without one), in the order in which they speak.

    Parameters
    ----------
    study : Study
        The study.
    as_of : date, optional
        Imports whose `known_at` lies after this day do not count.
    """
    found = [read_record(p) for p in sorted((study.root / "imports").glob("i*.json"))]
    counted = [r for r in found if as_of is None or r.known_at.date() <= as_of]
    return tuple(sorted(counted, key=lambda r: (r.known_at, r.sequence)))


def next_sequence(known: Sequence[Record]) -> int:
    """Give the place of the next import in the order in which files were taken in."""
    return 1 + max((r.sequence for r in known), default=0)


def partition(study: Study, table: str, import_id: str) -> Path:
    """Give where the rows of one import stand in one table."""
    return study.root / "tables" / table / f"{import_id}.parquet"


def commit(study: Study, record: Record, frames: Mapping[str, pd.DataFrame], raw: Path | None) -> Record:
    """Store an import: partitions and raw copy first, the record last.

    Parameters
    ----------
    study : Study
        The study; the caller holds its lock.
    record : Record
        The record; its `tables` are filled in here.
    frames : mapping of str to DataFrame
        Rows by table, as the contracts say.
    raw : Path, optional
        The copy that was made aside by `atomic.copy_aside`.

    Raises
    ------
    TableError
        If a frame does not keep its contract; nothing is visible then.
    """
    described: dict[str, dict[str, Any]] = {}
    ready = {name: pa.Table.from_pandas(TABLES[name].conform(frame), schema=TABLES[name].arrow(), preserve_index=False)
             for name, frame in frames.items() if len(frame)}
    for name, table in ready.items():
        atomic.write_parquet(partition(study, name, record.import_id), table)
        described[name] = {"rows": table.num_rows, "digest": _digest(table)}
    if raw is not None:
        if raw.name != record.raw:
            raw.rename(raw.with_name(record.raw))
        atomic.move_folder(raw.parent, study.root / "raw" / record.sha256)
    done = replace(record, tables=described)
    atomic.write_bytes(study.root / "imports" / f"{record.import_id}.json", done.to_json())
    return done


def sweep(study: Study) -> int:
    """Remove what a killed run left: things aside, partitions and raw copies without a record. The caller holds the lock.

    Returns
    -------
    int
        How many leftovers were removed.
    """
    known = records(study)
    ids, raws = {r.import_id for r in known}, {r.sha256 for r in known}
    removed = atomic.sweep_aside(study.root / "imports") + atomic.sweep_aside(study.root / "raw")
    for folder in (study.root / "tables").glob("*/"):
        removed += atomic.sweep_aside(folder)
        for file in folder.glob("*.parquet"):
            if file.stem not in ids:
                file.unlink()
                removed += 1
    for folder in (study.root / "raw").glob("*/"):
        if folder.name not in raws:
            shutil.rmtree(folder)
            removed += 1
    return removed


@contextmanager
def locked(study: Study, seconds: float | None = None) -> Iterator[None]:
    """Hold the study's lock: of two runs at once the second waits, and says so when it waited too long.

    Raises
    ------
    StudyError
        If another run holds the lock for longer than `seconds`, or the store was written by a newer evalkit.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(study.root / ".lock")
    try:
        lock.acquire(timeout=LOCK_SECONDS if seconds is None else seconds)
    except Timeout:
        raise StudyError(say("store.locked", study.language)) from None
    try:
        _check_format(study)
        yield
    finally:
        lock.release()


def _check_format(study: Study) -> None:
    mark = study.root / "imports" / "format.json"
    if not mark.is_file():
        atomic.write_bytes(mark, json.dumps({"format": FORMAT}).encode())
        return
    try:
        found = int(json.loads(mark.read_text(encoding="utf-8"))["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(say("store.damaged", study.language, file=mark.name)) from error
    if found != FORMAT:
        raise StudyError(say("store.newer", study.language))


def _digest(table: pa.Table) -> str:
    """Hash the rows as Arrow data: the bytes of a Parquet file change with the writer, these do not."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as writer:
        writer.write_table(table.replace_schema_metadata(None).combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()
