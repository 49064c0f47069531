"""The demo study: its files are written once, taken in through the same door as an office's own, and never built twice."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalkit.errors import StudyError
from evalkit.language.catalogue import say
from evalkit.simulate.city import FULL
from evalkit.simulate.exports import write_city
from evalkit.tables import atomic, ledger
from evalkit.tables.imports import add
from evalkit.tables.scopes import PARTIAL
from evalkit.tables.study import Study, load_study

Progress = Callable[[int, int, str], None]
_LIST = "deliveries.json"  # stands in files/, which appears by one rename: with it the files are whole
_DONE = "imported.json"
_STORE = ("tables", "imports", "raw", "derived")


@dataclass(frozen=True)
class Built:
    """What `build_demo` did: files written and imports made in this call (0 and 0: everything was there)."""

    files_written: int
    imports_made: int


@dataclass(frozen=True)
class _Sent:
    """One delivery as the list names it."""

    paths: tuple[Path, ...]
    digests: tuple[str, ...]
    period: str | None
    scope: str | None
    received_at: datetime


def build_demo(study_root: Path, progress: Progress | None = None, *, employees: int = FULL, quarters: int = 8) -> Built:
    """Make the demo city in a study: write its files, then take them in.

    Parameters
    ----------
    study_root : Path
        Folder with a `study.toml`; its `[run] seed` is the seed of the city.
    progress : callable, optional
        Called with (steps done, steps in all, what comes next).
    employees, quarters : int
        Size of the city.

    Returns
    -------
    Built

    Raises
    ------
    StudyError
        If the study holds data that are not the demo's, or a file of the demo was refused.

    Notes
    -----
    A second call does nothing while seed, size and code are the same. Files appear by one rename, each import is whole or
    absent, so a call that was killed goes on where it stopped. When the code changes, the demo is made anew; files that
    were added by hand are taken in again.
    """
    study = load_study(study_root)
    tell = progress or (lambda done, total, what: None)
    _refuse_foreign(study)
    written = 0
    if _listed(study).get("stamp") != _stamp(study, employees, quarters):
        tell(0, 1, say("demo.files", study.language))
        written = _write(study, employees, quarters)
    return Built(written, _take_in(study, tell))


def _take_in(study: Study, tell: Progress) -> int:
    deliveries = _deliveries(study)
    own = {d for sent in deliveries for d in sent.digests}
    state = {"reader": _digest_of(("tables", "instruments")), "files": sorted(own)}
    file = study.root / "files" / _DONE
    if not file.is_file() or json.loads(file.read_text(encoding="utf-8")) != {**state, "finished": True}:
        return _import_all(study, deliveries, own, state, tell)
    return 0


def _import_all(study: Study, deliveries: tuple[_Sent, ...], own: set[str], state: dict[str, Any], tell: Progress) -> int:
    """Take in what is not there yet; what an older reader or other files left is cleared first."""
    file = study.root / "files" / _DONE
    begun = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if begun != {**state, "finished": False}:
        _keep_added(study, own)
        _clear(study)
        atomic.write_bytes(file, json.dumps({**state, "finished": False}).encode())
    known = {r.sha256 for r in ledger.records(study)}
    made = 0
    for n, sent in enumerate(deliveries):
        if not set(sent.digests) <= known:
            tell(n, len(deliveries), say("demo.add", study.language, file=sent.paths[0].name))
            _add(study, sent)
            made += 1
    made += _again(study, tell)
    atomic.write_bytes(file, json.dumps({**state, "finished": True}).encode())
    tell(len(deliveries), len(deliveries), "")
    return made


def _add(study: Study, sent: _Sent) -> None:
    result = add(study, sent.paths, period=sent.period, scope=sent.scope, received_at=sent.received_at)
    for file in result.refused:
        raise StudyError(say("demo.refused", study.language, file=file.file, message=file.message))


def _keep_added(study: Study, own: set[str]) -> None:
    """Copy aside what the user added: the store is about to be made anew."""
    older = set(_former(study)) | own
    for record in ledger.records(study):
        raw = study.root / "raw" / record.sha256 / record.raw
        if record.sha256 not in older and raw.is_file():
            place = study.root / "added" / record.sha256
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(raw, place / record.raw)
            scope = None if record.scope == PARTIAL else record.scope
            told = {"period": record.period, "scope": scope, "received_at": record.received_at.isoformat(), "file": record.raw}
            atomic.write_bytes(place / "told.json", json.dumps(told).encode())


def _former(study: Study) -> list[str]:
    file = study.root / "files" / "former.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []


def _again(study: Study, tell: Progress) -> int:
    """Take in again what the user had added; what does not fit the new city stays in `added/`."""
    done = 0
    for place in sorted((study.root / "added").glob("*/told.json")):
        told = json.loads(place.read_text(encoding="utf-8"))
        tell(0, 1, say("demo.again", study.language, file=told["file"]))
        result = add(study, [place.parent / told["file"]], period=told["period"], scope=told["scope"],
                     received_at=datetime.fromisoformat(told["received_at"]))
        if not result.refused:
            shutil.rmtree(place.parent)
            done += 1
    return done


def _write(study: Study, employees: int, quarters: int) -> int:
    """Write files and truth aside, then rename; the list in `files/` comes with them."""
    aside = study.root / ".staging"
    shutil.rmtree(aside, ignore_errors=True)
    sent = write_city(aside / "files", seed=study.seed, employees=employees, quarters=quarters)
    entries = [{"paths": [p.relative_to(aside / "files").as_posix() for p in d.paths], "period": d.period, "scope": d.scope,
                "digests": [hashlib.sha256(p.read_bytes()).hexdigest() for p in d.paths],
                "received_at": d.received_at.isoformat()} for d in sent]
    former = sorted({d for e in _listed(study).get("deliveries", []) for d in e["digests"]} | set(_former(study)))
    done = study.root / "files" / _DONE
    kept = done.read_bytes() if done.is_file() else None
    text = json.dumps({"stamp": _stamp(study, employees, quarters), "deliveries": entries}, indent=1)
    (aside / "files" / _LIST).write_text(text, encoding="utf-8")
    (aside / "files" / "former.json").write_text(json.dumps(former), encoding="utf-8")
    if kept is not None:
        (aside / "files" / _DONE).write_bytes(kept)
    for name in ("truth", "files"):
        if (study.root / name).exists():
            (study.root / name).rename(aside / f"old-{name}")
        (aside / name).rename(study.root / name)
    for place in sorted((aside / "plans").glob("*")):  # plans of the user's own courses stay
        shutil.rmtree(study.root / "plans" / place.name, ignore_errors=True)
        shutil.copytree(place, study.root / "plans" / place.name)
    shutil.rmtree(aside, ignore_errors=True)
    return sum(len(d.paths) for d in sent)


def _refuse_foreign(study: Study) -> None:
    """Data of an office are never cleared: without the demo's own list the study must be empty."""
    marked = (study.root / "files" / _LIST).is_file() or (study.root / ".staging").is_dir()
    if not marked and any((study.root / "imports").glob("i*.json")):
        raise StudyError(say("demo.not_empty", study.language, folder=study.root.name))


def _clear(study: Study) -> None:
    with ledger.locked(study):
        # The records go first: a table without its record does not exist.
        for file in (study.root / "imports").glob("i*.json"):
            file.unlink()
        for name in _STORE:
            shutil.rmtree(study.root / name, ignore_errors=True)
        shutil.rmtree(study.vault, ignore_errors=True)


def _listed(study: Study) -> dict[str, Any]:
    file = study.root / "files" / _LIST
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _deliveries(study: Study) -> tuple[_Sent, ...]:
    folder = study.root / "files"
    return tuple(_Sent(tuple(folder / p for p in e["paths"]), tuple(e["digests"]), e["period"], e["scope"],
                       datetime.fromisoformat(e["received_at"])) for e in _listed(study)["deliveries"])


def _stamp(study: Study, employees: int, quarters: int) -> str:
    code = _digest_of(("simulate", "collect", "instruments/layouts", "instruments/labels.toml", "instruments/vignettes.toml"))
    text = f"{study.seed} {employees} {quarters} {code}"
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache
def _digest_of(parts: tuple[str, ...]) -> str:
    """Digest of code and data files of the package, by their text: line ends do not count. Once a run: what runs is fixed."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for part in parts:
        place = package / part
        files = [place] if place.is_file() else [f for f in place.rglob("*") if f.suffix in (".py", ".toml")]
        for file in sorted(files):
            digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
