"""Writing that is whole or absent: write aside, flush to the disk, rename.

A program can be killed and a disk can be full at any moment. What is written here appears under its name only when
every byte of it is on the disk.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ASIDE = ".aside-"


def aside_name(path: Path) -> Path:
    """Give a name in the same folder that no reader looks at and that the next start sweeps away."""
    return path.with_name(f"{ASIDE}{secrets.token_hex(6)}-{path.name}"[:200])


def write_bytes(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that it is whole or absent, whatever happens.

    Parameters
    ----------
    path : Path
        Where it is to stand; the folder is made.
    data : bytes
        The contents.
    mode : int
        Permissions of the file.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; nothing is left under `path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder) / "a" / "b.json", b"{}")
    ...     [p.name for p in (Path(folder) / "a").iterdir()]
    ['b.json']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = aside_name(path)
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_parquet(path: Path, table: pa.Table, *, mode: int = 0o644) -> None:
    """Write a table as Parquet so that the file is whole or absent."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_bytes(path, sink.getvalue().to_pybytes(), mode=mode)


def copy_aside(source: Path, folder: Path, name: str) -> tuple[Path, str]:
    """Copy a file into a folder aside of `folder` and give the copy and its SHA-256.

    What is read afterwards is the copy, so what is stored is what was read, even when the source changes meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = aside_name(folder / "raw")
    aside.mkdir()
    digest = hashlib.sha256()
    copy = aside / name
    try:
        with source.open("rb") as incoming, copy.open("wb") as outgoing:
            while block := incoming.read(1 << 20):
                digest.update(block)
                outgoing.write(block)
            outgoing.flush()
            os.fsync(outgoing.fileno())
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return copy, digest.hexdigest()


def move_folder(aside: Path, target: Path) -> None:
    """Give a folder that was made aside its name; one that stands there already is the same by content and stays."""
    if target.exists():
        shutil.rmtree(aside, ignore_errors=True)
        return
    aside.replace(target)
    sync_folder(target.parent)


def sweep_aside(folder: Path) -> int:
    """Remove what a killed run left aside in a folder; give how many things were removed."""
    removed = 0
    for left in folder.glob(f"{ASIDE}*") if folder.is_dir() else ():
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
        removed += 1
    return removed


def sync_file(file: Path) -> None:
    """Flush a file that somebody else wrote."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_files(files: Iterable[Path]) -> None:
    """Flush many files to the disk: all at once where the system can, since one by one takes minutes for thousands."""
    if hasattr(os, "sync"):
        os.sync()
        return
    for file in files:
        sync_file(file)


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names, where the system can (Windows cannot, and need not)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
