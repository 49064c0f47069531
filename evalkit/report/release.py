"""Releases: the reports of a period frozen with the tables they were made of. What is released never changes; a new one follows it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from evalkit.derive import release as frozen
from evalkit.derive.build import build
from evalkit.derive.diff import Difference, difference, side_of_release
from evalkit.derive.file_digests import Files, as_json, manifest
from evalkit.derive.release import Release
from evalkit.derive.steps import steps_between
from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.language.invocation import typed
from evalkit.language.numbers_dates import date_text, number
from evalkit.report.erratum_page import write_errata
from evalkit.report.export import ENDINGS
from evalkit.report.keys import key_of
from evalkit.report.people.run import DEFAULT, MAKERS
from evalkit.report.plan import Frozen, make_plan
from evalkit.report.progress import Progress
from evalkit.report.run import run_reports
from evalkit.report.state import RunState
from evalkit.tables import ledger
from evalkit.tables.atomic import ASIDE, aside_name, sync_files, sync_folder, write_bytes
from evalkit.tables.fault_states import masked
from evalkit.tables.periods import parse
from evalkit.tables.study import Study

LIST = "releases.json"
PENDING = "pending.json"
LANGUAGES: tuple[Language, ...] = ("id", "en")


@dataclass(frozen=True)
class Made:
    """A release that was made: where its pages stand, and what draft files it leaves out."""

    study: Path
    release: Release
    pages: Path
    files: Files
    seal: str
    left_out: tuple[str, ...]
    erratum: Path | None
    difference: Difference | None

    def lines(self, language: Language) -> Iterator[str]:
        """Say it in lines; the last one is the next command."""
        name = self.release.name
        day = date_text(date.fromisoformat(self.release.as_of), language)
        counts = {"pages": number(len(self.files.pages), 0, language), "tables": number(len(self.release.tables), 0, language)}
        yield say("release.made", language, name=name, day=day, **counts)
        yield say("release.seal", language, name=name, seal=self.seal)
        if self.left_out:
            yield say("release.left_out", language, n=number(len(self.left_out), 0, language), example=self.left_out[0])
        if self.erratum is not None:
            yield say("release.erratum", language, before=self.release.before, page=self.erratum)
        yield say("report.run.way_in", language, path=self.pages / "office" / "index.html")
        yield say("release.next", language, command=typed(f"deliver {name} --period {self.release.period} --to units", self.study))


def make_release(study: Study, period: str, *, note: str = "", as_of: date | None = None, jobs: int | None = None,
                 progress: Progress | None = None) -> Made:
    """Freeze the reports of a period and the tables they are made of.

    Parameters
    ----------
    study : Study
        The study.
    period : str
        The period.
    note : str
        Words of the office, kept with the release.
    as_of : date, optional
        Data that came later do not count; the draft must have been made for the same day.
    jobs : int, optional
        Notebooks at the same time.
    progress : callable, optional
        Told each `Step`.

    Returns
    -------
    Made
        The release, `r1` or the next number.

    Raises
    ------
    ReportError
        If the draft is missing or does not fit the data, nothing has changed since the last release, a report fails, or another
        process is at it.

    Notes
    -----
    The pages are made again from the frozen tables, so that what is printed is what is pinned, and carry the name of the release.
    Everything is written aside; the two folders get their names last. What a killed run left is removed by the next one.
    """
    period = parse(period).text
    with _alone(study, period):
        recover(study, period)
        state = RunState.load(study.reports / period / "draft")
        languages, kinds = _languages(study, period, state), _kinds(state.folder)
        before = frozen.releases_of(study, period)
        with ledger.locked(study):  # nothing comes in between the check and the freezing
            notebooks = _check_current(study, period, state, languages, as_of)
            built = build(study, period, as_of=as_of)
            last = before[-1] if before else None
            release = frozen.describe(
                study, built, name=f"r{last.number + 1 if last else 1}", made_at=datetime.now(UTC), note=_words(note), cut=as_of,
                languages=languages, formats=_formats(state), kinds=kinds, before=last.name if last else "",
                before_seal=frozen.seal_of(study, last) if last else "")
            if last is not None and last.content == release.content:
                raise ReportError(say("release.same", study.language, name=last.name))
            folder = aside_name(frozen.folder_of(study, period, release.name))
            tables = frozen.freeze(study, built, release, folder)
        return _with_pages(study, release, last, Frozen(aside_name(study.reports / period / release.name), folder, tables),
                           (*notebooks, *kinds), jobs, progress)


@contextmanager
def _alone(study: Study, period: str) -> Iterator[None]:
    folder = frozen.folder_of(study, period)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=1)
    except Timeout:
        raise ReportError(say("release.busy", study.language)) from None
    try:
        yield
    finally:
        lock.release()


def recover(study: Study, period: str) -> None:
    """Remove what a killed release left: folders aside, and pages that had their name while their tables had not."""
    folder, reports = frozen.folder_of(study, period), study.reports / period
    for left in folder.glob(f"{ASIDE}*"):
        _remove(left)
    for left in reports.glob(f"{ASIDE}*") if reports.is_dir() else ():
        if frozen.NAME.fullmatch(left.name.rpartition("-")[2]):
            _remove(left)
    pending = folder / PENDING
    if pending.is_file():
        name = str(json.loads(pending.read_text(encoding="utf-8"))["release"])
        if frozen.NAME.fullmatch(name) and not (folder / name).exists() and (reports / name).is_dir():
            _remove(reports / name)
        pending.unlink()
    if frozen.releases_of(study, period):
        write_list(study, period)


def _remove(folder: Path) -> None:
    """Remove a folder that has no name yet; Windows would keep files that may only be read."""
    for file in [f for f in folder.rglob("*") if f.is_file()]:
        file.chmod(0o644)
    shutil.rmtree(folder, ignore_errors=True)


def _languages(study: Study, period: str, state: RunState) -> tuple[Language, ...]:
    """Give the languages in which the draft was made, that of the study first."""
    known = {Path(p).name for p, v in state.pages.items() if v["state"] == "done" and (state.folder / p).is_file()}
    other: Language = "en" if study.language == "id" else "id"
    if not any("." not in name.removesuffix(".html") for name in known):
        raise ReportError(say("release.no_reports", study.language, period=period, command=typed(f"report --period {period}", study.root)))
    return (study.language, other) if any(name.endswith(f".{other}.html") for name in known) else (study.language,)


def _formats(state: RunState) -> tuple[str, ...]:
    """Give the formats in which the draft was made: the release has no others."""
    made = {f.suffix.removeprefix(".") for target in state.pages for f in state.files(Path(target))}
    return tuple(f for f in ENDINGS if f in made)


def _kinds(draft: Path) -> tuple[str, ...]:
    """Give the pages of people that the draft has: those of the release are made of the frozen tables, for everybody."""
    return tuple(k for k in MAKERS if k not in DEFAULT and any((draft / k).glob("*/")))


def _words(note: str) -> str:
    """Take the words of the office as one line, without what is no letter and without the number of a person."""
    return masked(" ".join("".join(c if c.isprintable() else " " for c in note).split()))[:500]


def _check_current(study: Study, period: str, state: RunState, languages: Sequence[Language],
                   as_of: date | None) -> tuple[str, ...]:
    """Refuse a draft that does not fit the data; give the notebooks of the study."""
    day = as_of.isoformat() if as_of else ""
    plan = make_plan(study, period, names=None, units=None, languages=languages, as_of=day)
    stale = [t for t in plan.tasks if not state.is_current(t.target, key_of(study, plan, t))]
    if stale:
        more = [f" --language {','.join(languages)}" if len(languages) > 1 else "", f" --as-of {day}" if day else ""]
        command = typed(f"report --period {period}{''.join(more)}", study.root)
        raise ReportError(say("release.not_current", study.language, n=number(len(stale), 0, study.language), example=stale[0].label,
                              command=command))
    return tuple(dict.fromkeys(t.notebook for t in plan.tasks))


def _with_pages(study: Study, release: Release, last: Release | None, making: Frozen, names: Sequence[str], jobs: int | None,
                progress: Progress | None) -> Made:
    """Make the pages beside the frozen tables, then give both folders their names."""
    found: Difference | None = None
    try:
        _run(study, release, making, names, jobs, progress)
        if last is not None:
            after = side_of_release(study, release, making.folder)
            with steps_between(study, last, after) as steps:
                found = difference(study, side_of_release(study, last), after, release.period, steps)
            write_errata(study, found, making.pages, made_at=datetime.fromisoformat(release.made_at), languages=_of(release),
                         formats=release.formats)
        left_out = _left_out(study.reports / release.period / "draft", making.pages)
        files = Files(manifest(making.folder), manifest(making.pages))
        write_bytes(making.folder / frozen.FILES, as_json(files))
        _name(study, release, making.folder, making.pages)
    except BaseException:
        for aside in (making.pages, making.folder):
            _remove(aside)
        raise
    own = study.reports / release.period / release.name
    erratum = own / "office" / "erratum.html" if found is not None else None
    return Made(study.root, release, own, files, frozen.seal_of(study, release), left_out, erratum, found)


def _run(study: Study, release: Release, making: Frozen, names: Sequence[str], jobs: int | None, progress: Progress | None) -> None:
    """Make the pages of a release; one that fails ends it."""
    summary = run_reports(study, release.period, names=names, languages=_of(release), formats=release.formats, jobs=jobs,
                          as_of=release.cut_day, progress=progress, frozen=making)
    failed = [t for t, s in summary.states.items() if s == "failed"]
    if failed:
        raise ReportError(say("release.failed", study.language, n=number(len(failed), 0, study.language),
                              report=summary.labels[failed[0]], reason=summary.reasons.get(failed[0], "")))
    shutil.rmtree(making.pages / ".state", ignore_errors=True)


def _of(release: Release) -> list[Language]:
    return [language for language in LANGUAGES if language in release.languages]


def _name(study: Study, release: Release, folder: Path, pages: Path) -> None:
    """Give the two folders their names: the pages first, the tables last; those are the commit point."""
    target = frozen.folder_of(study, release.period, release.name)
    files = [f for made in (folder, pages) for f in made.rglob("*") if f.is_file()]
    sync_files(files)
    for file in files:
        file.chmod(0o444)
    write_bytes(target.parent / PENDING, json.dumps({"release": release.name}).encode())
    pages.replace(study.reports / release.period / release.name)
    sync_folder(study.reports / release.period)
    folder.replace(target)
    sync_folder(target.parent)
    (target.parent / PENDING).unlink()
    write_list(study, release.period)


def _left_out(draft: Path, pages: Path) -> tuple[str, ...]:
    """Give the files of the draft that the release does not have."""
    files = [f.relative_to(draft) for f in sorted(draft.rglob("*")) if f.is_file()]
    own = [f for f in files if f.parts[0] != ".state" and not f.name.startswith(ASIDE) and ".failed." not in f.name]
    return tuple(f.as_posix() for f in own if not (pages / f).is_file())


def write_list(study: Study, period: str) -> Path:
    """Write `releases.json` beside the pages: one entry a release, for the index and for whoever asks."""
    folder = study.reports / period
    entries = []
    for release in frozen.releases_of(study, period):
        erratum = f"{release.name}/office/erratum.html"
        entries.append({"release": release.name, "made_at": release.made_at, "note": release.note, "as_of": release.as_of,
                        "before": release.before, "seal": frozen.seal_of(study, release),
                        "erratum": erratum if (folder / erratum).is_file() else None})
    write_bytes(folder / LIST, json.dumps(entries, indent=1, ensure_ascii=False).encode())
    return folder / LIST
