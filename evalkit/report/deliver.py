"""Handing out a release: the pages of each unit or person in a folder of its own, outside the reports, with a log of what left.

A folder appears whole, under its name, after the log says that it leaves. Folders are named by unit or by a code; the log holds units,
codes and digests, never a name.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from evalkit.derive import release as frozen
from evalkit.derive.file_digests import manifest, sha256
from evalkit.derive.release import Release
from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.language.invocation import typed
from evalkit.language.numbers_dates import number
from evalkit.report.recipient_list import write_lists
from evalkit.report.recipients import Reader, Recipient, recipients
from evalkit.tables.atomic import aside_name, sweep_aside, sync_files, sync_folder
from evalkit.tables.fault_states import masked
from evalkit.tables.study import Study

LOG = "delivered.jsonl"
OLD = "before"


@dataclass(frozen=True)
class Delivered:
    """What was handed out: the folder, how many recipients have a new one, an earlier one that was renewed, or the same as before.

    `lists` name whose folder is which, for pages of people; they stay in the office.
    """

    release: Release
    reader: Reader
    folder: Path
    new: int
    renewed: int
    same: int
    files: int
    lists: tuple[Path, ...] = ()

    def lines(self, language: Language) -> Iterator[str]:
        """Say it in lines."""
        counts = {k: number(getattr(self, k), 0, language) for k in ("new", "renewed", "same", "files")}
        yield say(f"deliver.done_{self.reader}", language, name=self.release.name, **counts)
        yield say("deliver.folder", language, folder=self.folder)
        if self.lists:
            yield say("deliver.lists", language, folder=self.lists[0].parent)
        yield say("deliver.careful", language)


def deliver(study: Study, period: str, name: str, reader: Reader, *, units: Sequence[str] = (), folder: Path | None = None,
            by: str = "") -> Delivered:
    """Put the pages of a release for one kind of reader into folders to be handed out, one a unit or person.

    Parameters
    ----------
    study : Study
        The study.
    period, name : str
        The period, and the release (`r1`).
    reader : {"units", "evaluators", "employees"}
        Whose pages.
    units : sequence of str
        Only these units or their people (folder name or `opd_id`); all without it.
    folder : Path, optional
        Where the folders stand; `kirim/<study>` beside the study by default. Never inside the reports or the study.
    by : str
        Who hands out, as the office names its posts; kept in the log.

    Returns
    -------
    Delivered
        With `lines` to print.

    Raises
    ------
    ReportError
        If the release has no such pages, one of them is not the one that was released, a unit is unknown, the folder lies inside the
        reports or the study, or another process is at it.
    DeriveError
        If there is no such release.

    Notes
    -----
    A second call changes nothing where the folders stand as they were handed out. A folder that somebody changed is put back. The log
    is written before a folder appears: it may name one that a killed call did not bring, never miss one that left.
    """
    release = frozen.find_release(study, period, name)
    pages = study.reports / release.period / release.name
    place = _place(study, folder) / release.period / release.name / reader
    with _alone(study, release):
        found = recipients(study, release, reader, units)
        _check_pages(study, release, pages, found)
        sweep_aside(place)
        todo = [(r, _state(place, r)) for r in found]
        _hand_out(study, release, pages, place, [r for r, state in todo if state != "same"], by)
        lists = write_lists(study, place, found)
    states = [state for _, state in todo]
    return Delivered(release, reader, place, states.count("new"), states.count("renewed"), states.count("same"), sum(len(r.files) for r in found),
                     lists)


def _place(study: Study, folder: Path | None) -> Path:
    """Give the folder for this study; beside the study by default, so that the reports hold released pages only."""
    place = (folder or study.root.parent / "kirim" / study.name).expanduser().resolve()
    for inside in (study.reports.resolve(), study.root.resolve(), study.vault.resolve()):
        if place == inside or inside in place.parents:
            raise ReportError(say("deliver.inside", study.language, folder=place))
    return place


@contextmanager
def _alone(study: Study, release: Release) -> Iterator[None]:
    lock = FileLock(frozen.folder_of(study, release.period) / ".lock")
    try:
        lock.acquire(timeout=1)
    except (Timeout, OSError):
        raise ReportError(say("release.busy", study.language)) from None
    try:
        yield
    finally:
        lock.release()


def _check_pages(study: Study, release: Release, pages: Path, found: Sequence[Recipient]) -> None:
    """Refuse to hand out a page that is not the one that was released."""
    for recipient in found:
        for source, digest in recipient.sources.items():
            file = pages / source
            if not file.is_file() or sha256(file) != digest:
                command = typed(f"verify {release.name} --period {release.period}", study.root)
                raise ReportError(say("deliver.other_page", study.language, file=source, name=release.name, command=command))


State = Literal["new", "renewed", "same"]


def _state(place: Path, recipient: Recipient) -> State:
    target = place / recipient.folder
    if not target.is_dir():
        return "new"
    return "same" if manifest(target) == recipient.files else "renewed"


def _hand_out(study: Study, release: Release, pages: Path, place: Path, todo: Sequence[Recipient], by: str) -> None:
    if not todo:
        return
    place.mkdir(parents=True, exist_ok=True)
    aside = aside_name(place / "all")
    aside.mkdir(mode=0o700)
    try:
        for recipient in todo:
            _copy(recipient, pages, aside / recipient.folder)
        sync_files(f for f in aside.rglob("*") if f.is_file())
        _log(study, release, place, todo, by)
        for recipient in todo:
            _name(aside, aside / recipient.folder, place / recipient.folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _copy(recipient: Recipient, pages: Path, folder: Path) -> None:
    for file, source in recipient.copies.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pages / source, target)


def _name(aside: Path, made: Path, target: Path) -> None:
    """Give a folder its name; what stood there before goes first, aside."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        old = aside / OLD
        target.replace(old)
        made.replace(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        made.replace(target)
    sync_folder(target.parent)


def _log(study: Study, release: Release, place: Path, todo: Sequence[Recipient], by: str) -> None:
    """Add one line a folder to the log of the period and bring it to the disk."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    seal = frozen.seal_of(study, release)
    entries = [{"at": at, "by": masked(by)[:60], "release": release.name, "seal": seal, "reader": r.reader, "recipient": r.code, "unit": r.unit,
                "folder": f"{place.name}/{r.folder}", "files": dict(sorted(r.files.items()))} for r in todo]
    text = "".join(json.dumps(e, ensure_ascii=False, sort_keys=True) + "\n" for e in entries)
    with (frozen.folder_of(study, release.period) / LOG).open("ab") as stream:
        if stream.tell() and not _ends_whole(Path(stream.name)):
            stream.write(b"\n")  # a killed call left half a line; it is no entry, and the next one must not become part of it
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())


def _ends_whole(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() == b"\n"


def log_of(study: Study, period: str) -> tuple[Mapping[str, object], ...]:
    """Give the entries of the log of a period, the oldest first; half a line that a killed call left is none."""
    file = frozen.folder_of(study, period) / LOG
    found = []
    for line in file.read_bytes().splitlines() if file.is_file() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return tuple(found)
