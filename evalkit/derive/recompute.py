"""A release computed again from the files that counted, in a folder of its own: the study itself is not touched."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from evalkit.derive.build import Built, build
from evalkit.derive.catalog import CATALOG
from evalkit.derive.diff import TableChange, compare_tables
from evalkit.derive.digest import content_digest
from evalkit.derive.plans import copy_plans
from evalkit.derive.release import Release, frozen_table, settings_of
from evalkit.errors import DeriveError, EvalkitError
from evalkit.language.catalogue import say
from evalkit.tables import ledger
from evalkit.tables.study import Study


@dataclass(frozen=True)
class TableCheck:
    """One table of a release, computed again.

    `state` is `equal`, `differs`, `frozen` (the frozen copy is not what was pinned), `damaged` (it cannot be read) or `gone` (this
    evalkit knows no such table); `change` says how a table differs, `same_code` whether its code is the one of then.
    """

    table: str
    state: str
    same_code: bool = True
    change: TableChange | None = None


def copy_ground(study: Study, release: Release, folder: Path) -> Study:
    """Copy the imports that a release rests on into a folder, and give it as a study with the settings of then.

    Parameters
    ----------
    study : Study
        The study that holds the release, or a copy of it.
    release : Release
        The release; only its own imports are copied, so what came later cannot be seen.
    folder : Path
        An empty folder.

    Raises
    ------
    DeriveError
        If an import of the release is gone.
    """
    for identity in release.imports:
        record = study.root / "imports" / f"{identity}.json"
        if not record.is_file():
            raise DeriveError(say("verify.import_gone", study.language, name=release.name, id=identity))
        _copy(record, folder / "imports" / record.name)
        for table in ledger.read_record(record).tables:
            rows = ledger.partition(study, table, identity)
            if not rows.is_file():
                raise DeriveError(say("verify.import_gone", study.language, name=release.name, id=f"{identity}, {table}"))
            _copy(rows, folder / "tables" / table / rows.name)
    copy_plans(study.root, folder, datetime.fromisoformat(release.made_at).date())
    return replace(settings_of(study, release), root=folder, vault=folder.with_name("vault"), reports=folder / "reports")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def recompute(study: Study, release: Release, folder: Path) -> Built:
    """Compute the tables of a release again, from the imports that counted then and with the settings of then.

    Parameters
    ----------
    study, release : Study, Release
        The study, and one of its releases.
    folder : Path
        An empty folder for the work.

    Returns
    -------
    Built
        The tables that this evalkit knows; those of a later version may say something else.
    """
    names = [n for n in release.tables if n in CATALOG]
    return build(copy_ground(study, release, folder), release.period, as_of=release.cut_day, names=names)


def compare(study: Study, release: Release, built: Built) -> tuple[TableCheck, ...]:
    """Compare each table of a release with the one computed again, by the digest of its content.

    Parameters
    ----------
    study, release : Study, Release
        The study, and one of its releases.
    built : Built
        What `recompute` gave.

    Returns
    -------
    tuple of TableCheck
        In the order of the names.
    """
    return tuple(_check(study, release, built, name) for name in sorted(release.tables))


def _check(study: Study, release: Release, built: Built, name: str) -> TableCheck:
    pinned = release.tables[name]
    try:
        frozen = frozen_table(study, release, name)
    except EvalkitError:
        return TableCheck(name, "damaged")
    if _digest(frozen, pinned.key) != pinned.content:
        return TableCheck(name, "frozen")
    record = built.records.get(name)
    if record is None:
        return TableCheck(name, "gone")
    same = record.code == pinned.code
    if record.content == pinned.content:
        return TableCheck(name, "equal", same)
    return TableCheck(name, "differs", same, compare_tables(name, frozen, built.table(name), pinned.key))


def _digest(frame: pd.DataFrame, key: tuple[str, ...]) -> str:
    """Give the digest of a table; one with other columns than its key has none."""
    try:
        return content_digest(frame, key)
    except (pa.ArrowException, TypeError, ValueError):
        return ""
