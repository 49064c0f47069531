"""Who gets which pages of a release: units by their folders, people by their codes, each with the files and their digests."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

import pandas as pd

from evalkit.derive import release as frozen
from evalkit.derive.release import Release
from evalkit.errors import ReportError
from evalkit.language.catalogue import say
from evalkit.language.invocation import typed
from evalkit.report.people.codes import code_of
from evalkit.tables.study import Study

Reader = Literal["units", "evaluators", "employees"]
READERS: tuple[Reader, ...] = ("units", "evaluators", "employees")
# Where a person may stand in the frozen tables: table, her column, and the column of her office.
_PEOPLE = (("personal_people", "person_id", "opd_id"), ("mirror", "rater_id", "opd_id"), ("roster", "person_id", "opd_id"),
           ("roster", "superior_id", "opd_id"), ("roster", "rated_by_id", "opd_id"))
NO_UNIT, PAGES = "tanpa-unit", "halaman"
# "How you are evaluated" stands beside the folders of people, says nothing of anybody, and goes along; an index of them never does.
_UP = re.compile(r'href="\.\./(bagaimana-dinilai-[A-Za-z0-9._-]+)["#]')


@dataclass(frozen=True)
class Recipient:
    """One unit or person: `code` names her in the log (an `opd_id` or `person_id`), `unit` her office.

    `copies` are file -> page of the release, `sources` page -> digest; `folder` is where the files stand, relative.
    """

    reader: Reader
    code: str
    unit: str
    folder: str
    copies: Mapping[str, str]
    sources: Mapping[str, str]

    @property
    def files(self) -> dict[str, str]:
        """The digests of the files by their path in the folder."""
        return {file: self.sources[source] for file, source in self.copies.items()}


def recipients(study: Study, release: Release, reader: Reader, units: Sequence[str] = ()) -> tuple[Recipient, ...]:
    """Give who gets pages of a release, in the order of the folders.

    Parameters
    ----------
    study, release : Study, Release
        The study, and one of its releases.
    reader : {"units", "evaluators", "employees"}
        Whose pages.
    units : sequence of str
        Only these units or their people (folder name or `opd_id`); all without it.

    Raises
    ------
    ReportError
        If the release has no such pages, or a unit is unknown.
    """
    files = {f: d for f, d in frozen.files_of(study, release).pages.items() if _is_plain(f)}
    slugs = _slugs(study, release)
    chosen = _chosen(study, slugs, units)
    folders: dict[str, list[str]] = defaultdict(list)
    for file in files:
        parts = PurePosixPath(file).parts
        if len(parts) > 2 and parts[0] == reader:
            folders[parts[1]].append(file)
    if not folders:
        names = "" if reader == "units" else f"{reader} "
        command = typed(f"report {names}--period {release.period}", study.root)
        raise ReportError(say(f"deliver.none_{reader}", study.language, name=release.name, command=command))
    whose = {slug: (unit, unit) for unit, slug in slugs.items()} if reader == "units" else _people(study, release, reader)
    pages = study.reports / release.period / release.name
    found = []
    for folder in sorted(folders):
        code, unit = whose.get(folder, ("", ""))
        if code and (chosen is None or unit in chosen):
            place = folder if reader == "units" else f"{slugs.get(unit, NO_UNIT)}/{folder}"
            copies = _copies(pages, reader, folder, folders[folder], files)
            found.append(Recipient(reader, code, unit, place, copies, {s: files[s] for s in copies.values()}))
    return tuple(found)


def _is_plain(file: str) -> bool:
    """Tell whether a path stays in its folder, on every system: the list of files is a file that somebody may have changed."""
    return not any(part in ("", ".", "..") or set(part) & set('\\:*?"<>|\0') for part in file.split("/"))


def _slugs(study: Study, release: Release) -> dict[str, str]:
    """Give the folder of each office, by its `opd_id`."""
    units = frozen.frozen_table(study, release, "units_current").astype(object)
    offices = units[units["unit_id"].eq(units["opd_id"]).to_numpy(dtype=bool)]
    return {str(u): str(s) for u, s in zip(offices["unit_id"], offices["slug"], strict=True)}


def _chosen(study: Study, slugs: Mapping[str, str], units: Sequence[str]) -> frozenset[str] | None:
    if not units:
        return None
    known = {**{slug: unit for unit, slug in slugs.items()}, **{unit: unit for unit in slugs}}
    for unit in units:
        if unit not in known:
            close = difflib.get_close_matches(unit, list(slugs.values()), n=1, cutoff=0.5)
            hint = say("report.run.near", study.language, name=close[0]) if close else ""
            raise ReportError(say("report.run.no_unit", study.language, unit=unit[:60], near=hint))
    return frozenset(known[unit] for unit in units)


def _people(study: Study, release: Release, reader: Reader) -> dict[str, tuple[str, str]]:
    """Give the person and her office by the code of her folder."""
    offices: dict[str, str] = {}
    for table, column, office in _PEOPLE:
        if table in release.tables:
            frame = frozen.frozen_table(study, release, table)
            if {"period", column, office} <= set(frame.columns):
                rows = frame[frame["period"].eq(release.period).to_numpy(dtype=bool, na_value=False)]
                for person, unit in rows[[column, office]].astype(object).dropna(subset=[column]).itertuples(index=False, name=None):
                    offices.setdefault(str(person), "" if pd.isna(unit) else str(unit))
    return {code: (person, offices[person]) for code, person in _codes(replace(study, name=release.study), list(offices), reader).items()}


def _codes(study: Study, people: Sequence[str], reader: Reader) -> dict[str, str]:
    """Give the person by the code of her folder."""
    return {code_of(study, person, reader): person for person in people}


def _copies(pages: Path, reader: Reader, folder: str, own: Sequence[str], files: Mapping[str, str]) -> dict[str, str]:
    """Give the files of a folder; with a page of all readers that they lead to, one step up, the folder keeps both at their distance."""
    inner = {posixpath.relpath(f, f"{reader}/{folder}"): f for f in own}
    common = {name for f in own if f.endswith(".html") for name in _led_to(pages / f) if f"{reader}/{name}" in files}
    if not common:
        return inner
    return {**{name: f"{reader}/{name}" for name in sorted(common)}, **{f"{PAGES}/{file}": source for file, source in inner.items()}}


def _led_to(page: Path) -> set[str]:
    """Give the names that a page links to one step up."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    return {m[1] for m in _UP.finditer(text)}
