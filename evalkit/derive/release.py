"""A release: the derived tables of one period as they were on one day, kept for good.

`releases/<period>/r1/` of a study holds `release.json` (what counted and what came out), `settings/study.toml`, `tables/`
(Parquet copies with their records) and `files.json`, the digests of every file of the release and of its pages. A folder that
stands under its name is whole; nothing in it is ever written again.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.derive.build import Built
from evalkit.derive.context import make_context
from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import digest_of
from evalkit.derive.file_digests import Files, sha256
from evalkit.derive.ground import lock_digest, rule_digests, settings_digest, stages_digest, whole_code_digest
from evalkit.derive.record import read_record, versions
from evalkit.errors import DeriveError
from evalkit.language.catalogue import say
from evalkit.language.invocation import typed
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
    files that the study had (import id -> SHA-256 of the raw file), `counted` those that spoke by `cut`. `code` (all of the
    package), `stages` (what computes), `lock` and `settings` are digests, `rules` one of each file of regulations and forms.
    `languages`, `formats` and `kinds` (pages of people) say what its pages are. `before` is the release that this one follows,
    `before_seal` the digest of all its files.
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
    formats: tuple[str, ...] = ("html",)
    kinds: tuple[str, ...] = ()
    stages: str = ""
    rules: dict[str, str] = field(default_factory=dict)
    before: str = ""
    before_seal: str = ""
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
        pages = (self.languages, self.formats, self.kinds)
        return digest_of({"tables": {n: t.content for n, t in self.tables.items()}, "pages": [sorted(p) for p in pages]})


def folder_of(study: Study, period: str, name: str = "") -> Path:
    """Give the folder of a release, or of all releases of a period."""
    folder = study.root / FOLDER / period
    return folder / name if name else folder


def releases_of(study: Study, period: str, *, whole: bool = True) -> tuple[Release, ...]:
    """Give the releases of a period, the oldest first; without `whole`, those that cannot be read are left out.

    Raises
    ------
    DeriveError
        If one cannot be read.
    """
    found = []
    for folder in _folders(study, parse(period).text):
        try:
            found.append(_read(folder, study))
        except DeriveError:
            if whole:
                raise
    return tuple(sorted(found, key=lambda r: r.number))


def _folders(study: Study, period: str) -> list[Path]:
    found = [f for f in folder_of(study, period).glob("r*") if NAME.fullmatch(f.name) and (f / FILES).is_file()]
    return sorted(found, key=lambda f: int(f.name[1:]))


def find_release(study: Study, period: str, name: str) -> Release:
    """Give one release of a period.

    Raises
    ------
    DeriveError
        If there is none of this name (the message names those that there are), or it cannot be read.
    """
    period = parse(period).text
    folders = {f.name: f for f in _folders(study, period)}
    if name.lower() not in folders:
        names = ", ".join(folders) or say("release.none_yet", study.language)
        command = typed(f"release --period {period}", study.root)
        raise DeriveError(say("release.unknown", study.language, name=name[:20], period=period, known=names, command=command))
    return _read(folders[name.lower()], study)


def _read(folder: Path, study: Study) -> Release:
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise DeriveError(say("release.newer", study.language, name=folder.name))
        tables = {n: Pinned(**{**t, "key": tuple(t["key"])}) for n, t in content["tables"].items()}
        lists = {k: tuple(content[k]) for k in ("counted", "languages", "formats", "kinds")}
        return Release(**{**content, "tables": tables, **lists})
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
             before: str, before_seal: str = "", formats: tuple[str, ...] = ("html",), kinds: tuple[str, ...] = ()) -> Release:
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
    before, before_seal : str
        The release that it follows and the digest of all its files, or empty.
    formats, kinds : tuple of str
        The files of each report, and the pages of people that it has.
    """
    every, counted = ledger.records(study), ledger.records(study, cut)
    tables = {n: Pinned(r.content, r.rows, contract_of(n).key, r.code, r.file) for n, r in sorted(built.records.items())}
    return Release(name, study.name, built.context.period.text, made_at.isoformat(timespec="seconds"), note,
                   cut.isoformat() if cut else "", built.context.setting("as_of").isoformat(), {r.import_id: r.sha256 for r in every},
                   tuple(r.import_id for r in counted), tables, languages, study.seed, versions(), whole_code_digest(), lock_digest(),
                   settings_digest(study), formats, kinds, stages_digest(), rule_digests(), before, before_seal)


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
    release = _read(folder, load_study(folder / SETTINGS))
    study = _then(folder, release)
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
    then = _then(folder_of(study, release.period, release.name), release)
    return replace(then, root=study.root, vault=study.vault, reports=study.reports, language=study.language)


def _then(folder: Path, release: Release) -> Study:
    """Load the settings of a release; a study that names itself nowhere is called by its folder, not by that of its settings."""
    study = load_study(folder / SETTINGS)
    named = study.raw.get("study", {})
    return replace(study, name=release.study, title=named.get("title", release.study))


def frozen_tables(study: Study, release: Release, folder: Path | None = None) -> dict[str, pd.DataFrame]:
    """Read the tables of a release, with the columns that they had then; `folder` where it is not made yet.

    Raises
    ------
    DeriveError
        If a file is gone or damaged.
    """
    return {n: frozen_table(study, release, n, folder) for n in release.tables}


def frozen_table(study: Study, release: Release, name: str, folder: Path | None = None) -> pd.DataFrame:
    """Read one table of a release.

    Raises
    ------
    DeriveError
        If its file is gone or damaged.
    """
    file = (folder or folder_of(study, release.period, release.name)) / TABLES / release.tables[name].file
    try:
        return frame_of(pq.read_table(file, memory_map=False))
    except (OSError, pa.ArrowException) as error:
        raise DeriveError(say("release.damaged", study.language, name=release.name, file=TABLES)) from error


def seal_of(study: Study, release: Release) -> str:
    """Give the digest of a release: of the list of the digests of all its files."""
    return sha256(folder_of(study, release.period, release.name) / FILES)
