"""Fingerprints: of the content of a table, of the code that makes it, of the settings it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

PACKAGE = Path(__file__).resolve().parents[1]
# Which file a row came from is bookkeeping: the same rows out of another file give the same results.
BOOKKEEPING = ("import_id", "row")


def content_digest(frame: pd.DataFrame, key: tuple[str, ...], *, ignore: Iterable[str] = ()) -> str:
    """Digest what a table says, whatever its row order, index, column order or storage type.

    ``sha256`` over the columns in the order of their names, the rows sorted by `key` and then by all other columns; of each
    column its name, its family of types, which values are missing, and the values.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any table; the index is not part of the content.
    key : tuple of str
        The columns that identify a row; may be empty.
    ignore : iterable of str
        Columns that are left out.

    Returns
    -------
    str
        64 hexadecimal digits.

    Notes
    -----
    Parquet bytes depend on the version of the writer, and Arrow buffers hold arbitrary bytes under missing values: neither is
    hashed. `nan` counts as missing, `-0.0` as `0.0`. Whole numbers and decimals are different families.

    Examples
    --------
    >>> frame = pd.DataFrame({"k": ["a", "b"], "x": [1, 2]})
    >>> content_digest(frame, ("k",)) == content_digest(frame.iloc[::-1].astype({"k": "object", "x": "Int64"}), ("k",))
    True
    """
    return arranged_digest(arranged(frame, key, ignore=ignore))


def arranged(frame: pd.DataFrame, key: tuple[str, ...], *, ignore: Iterable[str] = ()) -> pa.Table:
    """Give a table in the one form that is digested: columns and rows in order, one storage type a family of types.

    Rows that are left out of it leave the others in order, so that parts of one arranged table need no arranging of their own.
    """
    names = sorted(c for c in frame.columns if c not in set(ignore))
    table = pa.table({n: _plain(pa.array(frame[n], from_pandas=True)) for n in names})
    order = [k for k in key if k in names] + [n for n in names if n not in key]
    if order and len(table) > 1:
        table = table.sort_by([(n, "ascending") for n in order])
    return table.combine_chunks()


def arranged_digest(table: pa.Table) -> str:
    """Digest a table that was arranged, or some rows of one."""
    total = hashlib.sha256(f"rows {len(table)}".encode())
    for name in table.column_names:
        _feed(total, name, table[name].combine_chunks())
    return total.hexdigest()


def _plain(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Give one storage type to each family, so that `object`, `string` and dictionaries of text agree."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _plain(array.dictionary_decode())
    if pa.types.is_null(kind):
        return array.cast(pa.large_string())
    if pa.types.is_boolean(kind):
        return array
    if pa.types.is_integer(kind):
        return array.cast(pa.int64())
    if pa.types.is_floating(kind):
        wide = array.cast(pa.float64())
        return pc.if_else(pc.is_nan(wide), None, pc.add(wide, 0.0))
    if pa.types.is_date(kind):
        return array.cast(pa.date32())
    if pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp("us"))
    return array.cast(pa.large_string())


def _feed(total: Any, name: str, array: pa.Array) -> None:
    family = "text" if pa.types.is_large_string(array.type) and array.null_count == len(array) else str(array.type)
    missing = np.asarray(array.is_null().to_numpy(zero_copy_only=False))
    # A column with nothing in it has no family: an empty text column and an empty column of numbers say the same.
    total.update(f"\x00{name}\x00{'empty' if missing.all() else family}\x00".encode())
    total.update(np.packbits(missing).tobytes())
    present = array.drop_null()
    if pa.types.is_large_string(present.type):
        total.update(pc.binary_length(present).to_numpy(zero_copy_only=False).astype("<i8").tobytes())
        total.update("".join(present.to_pylist()).encode("utf-8", "surrogatepass"))
    elif pa.types.is_boolean(present.type):
        total.update(np.packbits(present.to_numpy(zero_copy_only=False)).tobytes())
    else:
        width = pa.int32() if pa.types.is_date32(present.type) else pa.int64() if pa.types.is_timestamp(present.type) else present.type
        total.update(np.ascontiguousarray(present.cast(width).to_numpy(zero_copy_only=False)).tobytes())


def display_digest(frame: pd.DataFrame, key: tuple[str, ...], digits: int) -> str:
    """Digest a table as a page prints it: decimals rounded to `digits` places.

    Data are never rounded; only this fingerprint is, so that a page whose printed content is the same is not made again.

    Examples
    --------
    >>> one, two = pd.DataFrame({"x": [0.11111]}), pd.DataFrame({"x": [0.11112]})
    >>> display_digest(one, (), 4) == display_digest(two, (), 4), display_digest(one, (), 5) == display_digest(two, (), 5)
    (True, False)
    """
    return content_digest(rounded(frame, digits), key)


def rounded(frame: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Give the table as it is printed, for its fingerprint only."""
    decimals = [c for c in frame.columns if pd.api.types.is_float_dtype(frame[c].dtype)]
    return frame.assign(**{c: frame[c].astype("float64").round(digits) for c in decimals})


@lru_cache(maxsize=64)
def code_digest(stages: tuple[str, ...]) -> str:
    """Digest the code that can decide a table: its stages, the ground under them, and the locked versions.

    Parameters
    ----------
    stages : tuple of str
        Folders of the package, such as `("raters",)`.

    Notes
    -----
    The law of imports says that a stage knows `inference`, `instruments` and `tables.schema` only, so nothing else can matter;
    `derive.tables` joins the stages and always counts.
    """
    parts = [*stages, "inference", "instruments", "tables/schema.py", "tables/periods.py", "tables/posts.py", "derive/tables",
             "derive/contracts.py", "derive/context.py"]
    files = {f for part in parts for f in _files(PACKAGE / part)}
    lock = PACKAGE.parent / "requirements.lock"
    total = hashlib.sha256()
    for file in sorted(files) + ([lock] if lock.is_file() else []):
        # Line ends differ between checkouts on Windows and Linux; the code does not.
        content = file.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{file.relative_to(PACKAGE.parent).as_posix()}\x00{len(content)}\x00".encode() + content)
    return total.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [f for f in path.rglob("*") if f.suffix in (".py", ".toml") and f.is_file()]


def digest_of(value: Mapping[str, Any]) -> str:
    """Digest settings and digests: the SHA-256 of their canonical JSON.

    Examples
    --------
    >>> digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_jsonable)
    return hashlib.sha256(text.encode()).hexdigest()


def _jsonable(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
