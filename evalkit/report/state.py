"""What the last run left: the key of each page, the figures it printed, and what had changed by then."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from evalkit.derive.digest import digest_of
from evalkit.errors import ReportError
from evalkit.tables.atomic import write_bytes

FILE = Path(".state") / "pages.json"
_ROOMS = ("exhibits", "language", "report")


@dataclass
class RunState:
    """Kept beside the pages of one draft; written after every page, so that a killed run goes on where it stopped."""

    folder: Path
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path) -> RunState:
        """Read the state of a draft folder; what cannot be read counts as nothing, so that every page is made again."""
        try:
            found = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls(folder, dict(found["pages"]), dict(found["figures"]), list(found["changed"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(folder)

    def save(self) -> None:
        """Write the state, whole or not at all."""
        text = json.dumps({"pages": self.pages, "figures": self.figures, "changed": self.changed}, ensure_ascii=False, sort_keys=True)
        write_bytes(self.folder / FILE, text.encode())

    def is_current(self, target: Path, key: str) -> bool:
        """Tell whether a page stands there, was made for this key, and nobody has changed it since."""
        known = self.pages.get(target.as_posix())
        file = self.folder / target
        return known is not None and known.get("key") == key and file.is_file() and known.get("sha256") == sha256(file)

    def has_failed(self, target: Path) -> bool:
        """Tell whether the last try at a page failed."""
        return self.pages.get(target.as_posix(), {}).get("state") == "failed"

    def made(self, target: Path, key: str) -> None:
        """Note a page that was made."""
        self.pages[target.as_posix()] = {"state": "done", "key": key, "sha256": sha256(self.folder / target)}
        self.save()

    def failed(self, target: Path) -> None:
        """Note a page that could not be made; the earlier one keeps its place, but not its key."""
        self.pages[target.as_posix()] = {"state": "failed", "key": "", "sha256": ""}
        self.save()


def sha256(file: Path) -> str:
    """Give the digest of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def page_key(slice_digest: str, notebook: str, parameters: dict[str, Any]) -> str:
    """Key of a page: what it can print at display precision, its notebook, its parameters, and the code that draws it.

    The day of the data is a parameter that is printed; two days with the same figures are one page all the same.
    """
    own = {k: v for k, v in parameters.items() if k not in ("study", "as_of")}
    return digest_of({"slice": slice_digest, "notebook": notebook_digest(notebook), "parameters": own, "code": _code_digest()})


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
def _code_digest() -> str:
    digest = hashlib.sha256()
    for room in _ROOMS:
        with resources.as_file(resources.files(f"evalkit.{room}")) as folder:
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file.suffix in {".py", ".toml", ".css", ".js", ".j2", ".json"}:
                    digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
