"""A release checked: its files and pages by their digests, its ground, and its tables computed again on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from evalkit.derive import release as frozen
from evalkit.derive.file_digests import manifest, sha256
from evalkit.derive.ground import lock_digest, rule_digests, stages_digest
from evalkit.derive.recompute import TableCheck, compare, recompute
from evalkit.derive.record import versions
from evalkit.derive.release import Release
from evalkit.errors import EvalkitError
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import listed, number
from evalkit.tables import ledger
from evalkit.tables.study import Study

SHOWN = 10
Place = Literal["own", "pages", "raw"]


@dataclass(frozen=True)
class FileCheck:
    """One file that is not as it was released: `state` is `changed`, `missing` or `added`."""

    place: Place
    file: str
    state: str


@dataclass(frozen=True)
class Verification:
    """What a check of a release found.

    `counts` are the files looked at by place, `files` those that are not as they were, `tables` the result of computing again (none
    where `reason` says why it could not be done), `notes` what of the ground is another today, `seal` the digest of the release.
    """

    release: Release
    seal: str
    sealed: bool
    counts: Mapping[Place, int]
    files: tuple[FileCheck, ...]
    tables: tuple[TableCheck, ...]
    reason: str
    notes: tuple[str, ...]

    @property
    def pages_good(self) -> bool:
        """Whether every file of the release and of its pages is the one that was released."""
        return self.sealed and not any(f.place in ("own", "pages") for f in self.files)

    @property
    def tables_good(self) -> bool:
        """Whether the raw files are those of then and every table came out the same."""
        return not self.reason and not any(f.place == "raw" for f in self.files) and all(t.state == "equal" for t in self.tables)

    @property
    def exit_code(self) -> int:
        """0 all equal, 1 raw files or tables differ, 2 a page or file of the release is not the one that was released."""
        return 2 if not self.pages_good else 0 if self.tables_good else 1

    def lines(self, language: Language) -> Iterator[str]:
        """Say it in lines; the last one is the result."""
        yield say("release.seal", language, name=self.release.name, seal=self.seal)
        if not self.sealed:
            yield "  ! " + say("verify.seal_differs", language)
        for place, n in self.counts.items():
            wrong = [f for f in self.files if f.place == place]
            counts = {"n": number(n, 0, language), "wrong": number(len(wrong), 0, language)}
            yield say(f"verify.{place}" if not wrong else f"verify.{place}_wrong", language, **counts)
            yield from (f"  ! {f.file}: {say(f'verify.file.{f.state}', language)}" for f in wrong[:SHOWN])
            if len(wrong) > SHOWN:
                yield "  ! " + say("release.cause.more", language, n=number(len(wrong) - SHOWN, 0, language))
        yield from self._tables(language)
        yield from self.notes
        good = self.exit_code == 0
        yield say("verify.equal" if good else "verify.differs", language, name=self.release.name)

    def _tables(self, language: Language) -> Iterator[str]:
        if self.reason or not self.tables:
            yield "! " + self.reason if self.reason else say("verify.not_again", language)
            return
        wrong = [t for t in self.tables if t.state != "equal"]
        yield say("verify.tables", language, n=number(len(self.tables) - len(wrong), 0, language), total=number(len(self.tables), 0, language))
        yield from (f"  ! {t.table}: {_how(t, language)}" for t in wrong)


def verify(study: Study, period: str, name: str, *, pages: Path | None = None, seal: str = "",
           recomputed: bool = True) -> Verification:
    """Check a release: nobody changed its files, and its tables come out the same when they are computed again.

    Parameters
    ----------
    study : Study
        The study that holds the release, or a copy of it on another machine.
    period, name : str
        The period, and the release (`r1`).
    pages : Path, optional
        Where its pages stand, if not in the reports of the study.
    seal : str, optional
        The digest of the release as it was noted when it was made.
    recomputed : bool
        Whether the tables are computed again; without it files are compared only, the frozen tables among them.

    Returns
    -------
    Verification
        With `lines` to print and the exit code.

    Raises
    ------
    DeriveError
        If there is no such release, or its description cannot be read.

    Notes
    -----
    Tables are computed from the imports that counted then, with the settings of then and the code of today, in a folder that is
    removed afterwards; the study is only read. They are compared by the digest of their content, not of their bytes.
    """
    release = frozen.find_release(study, period, name)
    own = frozen.files_of(study, release)
    folder = frozen.folder_of(study, release.period, release.name)
    where = pages or study.reports / release.period / release.name
    raw = {sha: sha for sha in release.imports.values()}
    checks = [*_against("own", own.own, manifest(folder), frozenset({frozen.FILES})),
              *_against("pages", own.pages, manifest(where) if where.is_dir() else {}),
              *(f for f in _against("raw", raw, _raw(study)) if f.state != "added")]
    counts: dict[Place, int] = {"own": len(own.own), "pages": len(own.pages), "raw": len(raw)}
    reason, tables = _again(study, release) if recomputed else ("", ())
    found = frozen.seal_of(study, release)
    return Verification(release, found, not seal or found == seal.strip().lower(), counts, tuple(checks), tables, reason,
                        tuple(_notes(study, release)))


def _again(study: Study, release: Release) -> tuple[str, tuple[TableCheck, ...]]:
    """Compute the tables again; give why that cannot be done, or how each compares."""
    try:
        with TemporaryDirectory(prefix="evalkit-") as work:
            return "", compare(study, release, recompute(study, release, Path(work) / "study"))
    except EvalkitError as error:
        return str(error), ()


def _against(place: Place, pinned: Mapping[str, str], found: Mapping[str, str], ignore: frozenset[str] = frozenset()) -> Iterator[FileCheck]:
    for file in sorted({*pinned, *found} - ignore):
        if pinned.get(file) != found.get(file):
            yield FileCheck(place, file, "missing" if file not in found else "added" if file not in pinned else "changed")


def _raw(study: Study) -> dict[str, str]:
    """Give the digests of the raw files as they are now, by the digest under which they stand."""
    found = {}
    for record in ledger.records(study):
        file = study.root / "raw" / record.sha256 / record.raw
        if file.is_file():
            found[record.sha256] = sha256(file)
    return found


def _how(check: TableCheck, language: Language) -> str:
    text = say(f"verify.table.{check.state}", language)
    change = check.change
    if change is not None:
        counts = {k: number(getattr(change, k), 0, language) for k in ("added", "removed", "changed")}
        text += "; " + say("verify.rows", language, **counts)
        text += f"; {', '.join(change.columns[:6])}" if change.columns else ""
        text += f" ({'; '.join(change.keys)})" if change.keys else ""
    return text + ("" if check.same_code else f"; {say('verify.other_code', language)}")


def _notes(study: Study, release: Release) -> Iterator[str]:
    """Say what of the ground is another today; the tables may be the same all the same."""
    now = versions()
    other = [f"{n} {release.versions.get(n, '–')} → {v}" for n, v in now.items() if release.versions.get(n) != v]
    if other:
        yield say("verify.note.versions", study.language, versions=", ".join(other))
    if release.stages != stages_digest():
        yield say("verify.note.code", study.language)
    rules = rule_digests()
    changed = sorted(n for n in {*rules, *release.rules} if rules.get(n) != release.rules.get(n))
    if changed:
        yield say("verify.note.rules", study.language, rules=listed([c.rpartition("/")[2] for c in changed[:SHOWN]], study.language))
    if release.lock != lock_digest():
        yield say("verify.note.lock", study.language)
