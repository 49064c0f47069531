"""A release: the derived tables of one period as they were on one day, kept for good.

`releases/<period>/r1/` of a study holds `release.json` (what counted and what came out), `settings/study.toml`, `tables/`
(Parquet copies with their records) and `files.json`, the digests of every file of the release and of its pages. A folder that
stands under its name is whole; nothing in it is ever written again.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.derive.build import Built
from evalkit.derive.context import make_context
from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import PACKAGE, digest_of
from evalkit.derive.record import read_record, versions
from evalkit.errors import DeriveError
from evalkit.language.catalogue import say
from evalkit.tables import ledger
from evalkit.tables.atomic import write_bytes
from evalkit.tables.periods import parse
from evalkit.tables.schema import frame_of
from evalkit.tables.study import Study, load_study

FOLDER, FILE, FILES, TABLES, SETTINGS = "releases", "release.json", "files.json", "tables", "settings"
FORMAT = 1
NAME = re.compile(r"r([1-9]\d{0,3})")


@dataclass(frozen=True)
class Pinned:
    """One derived table of a release: the digest of its content, its rows, its key, the digest of the code that made it."""

    content: str
    rows: int
    key: tuple[str, ...]
    code: str
    file: str


@dataclass(frozen=True)
class Release:
    """What one release rests on and what it holds.

    `cut` is the day whose data counted, empty where all of them did; `as_of` the day that its pages print. `imports` are all
    files that the study had (import id -> SHA-256 of the raw file), `counted` those that spoke by `cut`. `code`, `lock` and
    `settings` are digests; `before` is the release that this one follows.
    """

    name: str
    study: str
    period: str
    made_at: str
    note: str
    cut: str
    as_of: str
    imports: dict[str, str]
    counted: tuple[str, ...]
    tables: dict[str, Pinned]
    languages: tuple[str, ...]
    seed: int
    versions: dict[str, str]
    code: str
    lock: str
    settings: str
    before: str = ""
    format: int = FORMAT

    @property
    def number(self) -> int:
        """The number behind the r."""
        return int(self.name[1:])

    @property
    def cut_day(self) -> date | None:
        """The day whose data counted, if one was set."""
        return date.fromisoformat(self.cut) if self.cut else None

    @property
    def content(self) -> str:
        """The digest of all that the release says: equal where nothing that counts has changed."""
        return content_of({n: t.content for n, t in self.tables.items()}, self.languages)


@dataclass(frozen=True)
class Files:
    """The SHA-256 of every file: `own` in the folder of the release, `pages` in the folder of its pages."""

    own: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)


def content_of(tables: Mapping[str, str], languages: tuple[str, ...]) -> str:
    """Give the digest of what a release would say: its tables and the languages of its pages."""
    return digest_of({"tables": dict(sorted(tables.items())), "languages": sorted(languages)})


def folder_of(study: Study, period: str, name: str = "") -> Path:
    """Give the folder of a release, or of all releases of a period."""
    folder = study.root / FOLDER / period
    return folder / name if name else folder


def releases_of(study: Study, period: str) -> tuple[Release, ...]:
    """Give the releases of a period, the oldest first."""
    period = parse(period).text
    found = [f for f in folder_of(study, period).glob("r*") if NAME.fullmatch(f.name) and (f / FILES).is_file()]
    return tuple(sorted((_read(f, study) for f in found), key=lambda r: r.number))


def find_release(study: Study, period: str, name: str) -> Release:
    """Give one release of a period.

    Raises
    ------
    DeriveError
        If there is none of this name; the message names those that there are.
    """
    known = releases_of(study, period)
    found = next((r for r in known if r.name == name.lower()), None)
    if found is None:
        names = ", ".join(r.name for r in known) or say("release.none_yet", study.language)
        raise DeriveError(say("release.unknown", study.language, name=name[:20], period=parse(period).text, known=names))
    return found


def _read(folder: Path, study: Study) -> Release:
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise DeriveError(say("release.newer", study.language, name=folder.name))
        tables = {n: Pinned(**{**t, "key": tuple(t["key"])}) for n, t in content["tables"].items()}
        return Release(**{**content, "tables": tables, "counted": tuple(content["counted"]), "languages": tuple(content["languages"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DeriveError(say("release.damaged", study.language, name=folder.name, file=FILE)) from error


def files_of(study: Study, release: Release) -> Files:
    """Give the digests of the files of a release.

    Raises
    ------
    DeriveError
        If they cannot be read.
    """
    try:
        return Files(**json.loads((folder_of(study, release.period, release.name) / FILES).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DeriveError(say("release.damaged", study.language, name=release.name, file=FILES)) from error


def describe(study: Study, built: Built, *, name: str, made_at: datetime, note: str, cut: date | None, languages: tuple[str, ...],
             before: str) -> Release:
    """Describe what a release of these tables would rest on and hold.

    Parameters
    ----------
    study, built : Study, Built
        The study, and all its derived tables of the period.
    name, made_at, note : str, datetime, str
        The name (`r1`), the moment, and the words of the office.
    cut : date or None
        The day whose data counted.
    languages : tuple of str
        The languages of its pages.
    before : str
        The release that it follows, or empty.
    """
    every, counted = ledger.records(study), ledger.records(study, cut)
    tables = {n: Pinned(r.content, r.rows, contract_of(n).key, r.code, r.file) for n, r in sorted(built.records.items())}
    return Release(name, study.name, built.context.period.text, made_at.isoformat(timespec="seconds"), note,
                   cut.isoformat() if cut else "", built.context.setting("as_of").isoformat(), {r.import_id: r.sha256 for r in every},
                   tuple(r.import_id for r in counted), tables, languages, study.seed, versions(), whole_code_digest(), lock_digest(),
                   _sha256(study.root / "study.toml"), before)


def freeze(study: Study, built: Built, release: Release, folder: Path) -> Built:
    """Write the tables, the settings and the description of a release into a folder made aside; give the tables as frozen there.

    Raises
    ------
    DeriveError
        If a table was made again meanwhile.
    """
    (folder / TABLES).mkdir(parents=True)
    (folder / SETTINGS).mkdir()
    for name, pinned in release.tables.items():
        record = read_record(built.folder, name)
        if record is None or record.content != pinned.content:
            raise DeriveError(say("release.moved", study.language))
        for file in (pinned.file, f"{name}.json"):
            shutil.copyfile(built.folder / file, folder / TABLES / file)
    shutil.copyfile(study.root / "study.toml", folder / SETTINGS / "study.toml")
    write_bytes(folder / FILE, json.dumps(asdict(release), indent=1, sort_keys=True, ensure_ascii=False).encode())
    return replace(built, folder=folder / TABLES, release=release.name)


def open_release(folder: Path) -> tuple[Study, Built]:
    """Open the frozen tables of a release as a study and a build: the report notebooks read them like any other.

    Parameters
    ----------
    folder : Path
        The folder of the release, `releases/<period>/r1`.

    Raises
    ------
    DeriveError
        If it cannot be read.
    """
    study = load_study(folder / SETTINGS)
    release = _read(folder, study)
    records = {n: r for n in release.tables if (r := read_record(folder / TABLES, n)) is not None}
    if len(records) != len(release.tables):
        raise DeriveError(say("release.damaged", study.language, name=release.name, file=TABLES))
    context = make_context(study, release.period, as_of=release.cut_day, state=date.fromisoformat(release.as_of))
    return study, Built(folder / TABLES, context, records, (), release.name)


def is_release(folder: Path) -> bool:
    """Tell whether a folder is that of a release."""
    return (folder / FILE).is_file() and (folder / SETTINGS / "study.toml").is_file()


def settings_of(study: Study, release: Release) -> Study:
    """Give the study with the settings that it had at a release; folders and vault are those of today."""
    then = load_study(folder_of(study, release.period, release.name) / SETTINGS)
    return replace(then, root=study.root, vault=study.vault, reports=study.reports, language=study.language)


def frozen_tables(study: Study, release: Release) -> dict[str, pd.DataFrame]:
    """Read the tables of a release, with the columns that they had then.

    Raises
    ------
    DeriveError
        If a file is gone or damaged.
    """
    folder = folder_of(study, release.period, release.name) / TABLES
    try:
        return {n: frame_of(pq.read_table(folder / t.file, memory_map=False)) for n, t in release.tables.items()}
    except (OSError, pa.ArrowException) as error:
        raise DeriveError(say("release.damaged", study.language, name=release.name, file=TABLES)) from error


def manifest(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of every file in a folder, by its path in it."""
    return {f.relative_to(folder).as_posix(): _sha256(f) for f in sorted(folder.rglob("*")) if f.is_file()}


def whole_code_digest() -> str:
    """Digest all code of the package: what verification names when a later version gives another result."""
    total = hashlib.sha256()
    for file in sorted(f for f in PACKAGE.rglob("*") if f.is_file() and f.suffix in (".py", ".toml", ".css", ".js", ".j2")):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{file.relative_to(PACKAGE).as_posix()}\x00{len(content)}\x00".encode() + content)
    return total.hexdigest()


def lock_digest() -> str:
    """Digest the locked versions of all libraries; empty where the lock does not stand beside the package."""
    lock = PACKAGE.parent / "requirements.lock"
    return _sha256(lock) if lock.is_file() else ""


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def as_json(value: Files) -> bytes:
    """Give the digests of the files as they are stored."""
    content: dict[str, Any] = asdict(value)
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode()
