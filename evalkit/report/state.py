"""What the last run left: the key of each page, the figures it printed, and what had changed by then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, TypedDict, cast

from evalkit.derive.digest import digest_of
from evalkit.errors import ReportError
from evalkit.tables.atomic import write_bytes

FILE = Path(".state") / "pages.json"
JOURNAL = Path(".state") / "journal.jsonl"
_ROOMS = ("exhibits", "language", "report")


class Known(TypedDict):
    """What is known of a report: how its last making ended, the key it was made for, and name -> digest of each of its files.

    `basis` is the digest of all that the key was worked out from: the same basis gives the same key.
    """

    state: str
    key: str
    files: dict[str, str]
    basis: str


@dataclass
class RunState:
    """Kept beside the pages of one draft; each page adds a line to a journal, so that a killed run goes on where it stopped.

    `figures` are those that the pages print now, `before` those that they printed until the last run that changed one.
    """

    folder: Path
    pages: dict[str, Known] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> RunState:
        """Read the state of a draft folder; what cannot be read counts as nothing, so that every page is made again."""
        try:
            found = json.loads((folder / FILE).read_text(encoding="utf-8"))
            state = cls(folder, _whole(found["pages"]), dict(found["figures"]), dict(found["before"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            state = cls(folder)
        state.pages |= _whole(_journal(folder / JOURNAL))
        return state

    def save(self) -> None:
        """Write the state, whole or not at all, and close the journal."""
        text = json.dumps({"pages": self.pages, "figures": self.figures, "before": self.before}, ensure_ascii=False, sort_keys=True)
        write_bytes(self.folder / FILE, text.encode())
        (self.folder / JOURNAL).unlink(missing_ok=True)

    def is_current(self, target: Path, key: str, formats: Sequence[str] = ("html",)) -> bool:
        """Tell whether a report was made for this key in these formats, and all its files stand there as they were made."""
        known = self.pages.get(target.as_posix())
        if known is None or known["key"] != key or not {target.with_suffix(f".{f}").as_posix() for f in formats} <= known["files"].keys():
            return False
        return all((self.folder / name).is_file() and sha256(self.folder / name) == digest for name, digest in known["files"].items())

    def key_for(self, target: Path, basis: str) -> str:
        """Give the key that was worked out from this basis; empty where the report was last made from another, or failed."""
        known = self.pages.get(target.as_posix())
        return known["key"] if known is not None and known["basis"] == basis else ""

    def rests_on(self, target: Path, basis: str) -> None:
        """Note that the key of a report holds for this basis too."""
        known = self.pages.get(target.as_posix())
        if known is not None:
            known["basis"] = basis

    def has_failed(self, target: Path) -> bool:
        """Tell whether the last try at a page failed."""
        known = self.pages.get(target.as_posix())
        return known is not None and known["state"] == "failed"

    def made(self, target: Path, key: str, files: Sequence[Path], basis: str = "") -> None:
        """Note a report that was made, with every one of its files (absolute, or relative to the draft folder)."""
        paths = [self.folder / f for f in files]
        digests = {p.relative_to(self.folder).as_posix(): sha256(p) for p in paths}
        self._note(target, {"state": "done", "key": key, "files": digests, "basis": basis})

    def failed(self, target: Path) -> None:
        """Note a report that could not be made; the earlier files keep their place, but not their key."""
        self._note(target, {"state": "failed", "key": "", "files": {}, "basis": ""})

    def files(self, target: Path) -> tuple[Path, ...]:
        """Give the files of a report that was made, relative to the draft folder; none where it failed or was never made."""
        known = self.pages.get(target.as_posix())
        return tuple(Path(name) for name in known["files"]) if known else ()

    def _note(self, target: Path, known: Known) -> None:
        self.pages[target.as_posix()] = known
        file = self.folder / JOURNAL
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as journal:  # a line that a kill cuts short is not read; its page is made again
            journal.write("\n" + json.dumps({target.as_posix(): known}, ensure_ascii=False))


def _whole(pages: dict[str, Any]) -> dict[str, Known]:
    return {name: cast(Known, known) for name, known in pages.items() if isinstance(known, dict) and known.keys() == Known.__annotations__.keys()}


def _journal(file: Path) -> dict[str, Any]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found: dict[str, Any] = {}
    for line in lines:
        try:
            found |= json.loads(line)
        except (ValueError, TypeError):
            continue
    return found


def sha256(file: Path) -> str:
    """Give the digest of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def page_key(slice_digest: str, notebook: str, parameters: dict[str, Any]) -> str:
    """Key of a page: what it can print at display precision, its notebook, its parameters, and the code that draws it.

    The day of the data is a parameter that is printed; two days with the same figures are one page all the same.
    """
    own = {k: v for k, v in parameters.items() if k not in ("study", "as_of")}
    return digest_of({"slice": slice_digest, "notebook": notebook_digest(notebook), "parameters": own, "code": code_digest()})


def notebook_file(name: str) -> Path:
    """Give the file of a report notebook.

    Raises
    ------
    ReportError
        If the notebooks are not where the repository has them.
    """
    file = Path(__file__).resolve().parents[2] / "notebooks" / "reports" / f"{name}.ipynb"
    if not file.is_file():
        raise ReportError(f"The notebook {file.name} does not stand in notebooks/reports of the evalkit folder.")
    return file


def notebook_digest(name: str) -> str:
    """Give the digest of a report notebook."""
    return sha256(notebook_file(name))


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Digest the code that draws pages: what it is made of, words included."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        with resources.as_file(resources.files(f"evalkit.{room}")) as folder:
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file.suffix in {".py", ".toml", ".css", ".js", ".j2", ".json", ".typ"}:
                    digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
