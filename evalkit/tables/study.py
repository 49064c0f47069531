"""The study: what `study.toml` says, read once, checked, and never changed.

A study is a folder. Everything evalkit knows about an office stands in it, except names and numbers of people, which
stand in the vault beside it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

from evalkit.errors import StudyError
from evalkit.language.catalogue import Language, say
from evalkit.language.invocation import typed
from evalkit.tables.periods import Cycle

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TEXTS = "list of text"
# Table -> key -> type. `*` stands for keys that the study may choose.
_KEYS: dict[str, dict[str, str]] = {
    "study": {"name": "text", "title": "text", "owner": "text", "language": "text", "timezone": "text"},
    "people": {"vault": "text"},
    "calendar": {"due_days": "number", "objection_days": "number", "objection_day_type": "text", "unconfirmed": _TEXTS},
    "dimensions": {"productivity": _TEXTS, "integrity": _TEXTS, "commitment": _TEXTS, "*": _TEXTS},
    "raters": {"window": "number", "vignettes": "any", "double_rating_share": "number"},
    "fairness": {"attributes": _TEXTS, "outcomes": _TEXTS, "reference": "any", "min_group": "number", "margin": "number",
                 "person": "text"},
    "disclosure": {"min_cell": "number", "max_share": "number", "below_baik": "text", "periods_back": "number"},
    "collect": {"min_raters_per_role": "number", "max_forms_per_superior": "number"},
    "run": {"seed": "number", "jobs": "number", "reports": "text", "minutes": "number", "memory_mb": "number", "backend": "text",
            "cluster": "text"},
    "population": {"name": "text", "cycle": "text", "instrument": "text", "post": "text", "except": "text"},
    "mapping": {"name": "text", "files": "text", "instrument": "text", "kind": "text", "columns": "table", "object_kind": "text",
                "direction": "text", "scale": "list of number", "period": "text", "attributes": "any", "source": "text",
                "terms": "text", "where": "text"},
}
_LISTS = ("population", "mapping")
_TYPES: dict[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "table": (dict,), "any": (object,)}


@dataclass(frozen=True)
class Population:
    """People who share a cycle and an instrument; `post` limits it to a kind of post, `except_post` leaves one out."""

    name: str
    cycle: Cycle
    instrument: str
    post: str = ""
    except_post: str = ""


@dataclass(frozen=True)
class Calendar:
    """Day counts; those in `unconfirmed` are printed as such."""

    due_days: int = 14
    objection_days: int = 14
    objection_day_type: str = "calendar"
    unconfirmed: frozenset[str] = frozenset({"due_days", "objection_days", "objection_day_type"})


@dataclass(frozen=True)
class Running:
    """How reports are made: `minutes` and `memory_mb` one report may take (0: no limit), and who runs them.

    `backend` empty: threads that drive forked kernels, or processes where the system cannot fork. `dask` hands the reports to
    the Dask cluster whose scheduler is at `cluster` (empty: one on this machine).
    """

    minutes: float = 10
    memory_mb: float = 0
    backend: str = ""
    cluster: str = ""


@dataclass(frozen=True)
class Mapping:
    """How the columns of one family of rating files are read: role -> column of the file."""

    name: str
    files: str
    instrument: str
    kind: str = "ratings"
    columns: dict[str, Any] = field(default_factory=dict)
    object_kind: str = "employee"
    direction: str = "high_is_good"
    scale: tuple[float, float] | None = None
    period: str = ""
    attributes: Any = field(default_factory=dict)
    source: str = ""
    terms: str = ""
    where: str = ""


@dataclass(frozen=True)
class Study:
    """A study as `study.toml` describes it; paths are absolute."""

    root: Path
    name: str
    title: str
    language: Language
    timezone: str
    vault: Path
    reports: Path
    populations: tuple[Population, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    dimensions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    raters: dict[str, Any] = field(default_factory=dict)
    fairness: dict[str, Any] = field(default_factory=dict)
    disclosure: dict[str, Any] = field(default_factory=dict)
    collect: dict[str, Any] = field(default_factory=dict)
    seed: int = 1
    jobs: int = 1
    mappings: tuple[Mapping, ...] = ()
    owner: str = ""
    running: Running = field(default_factory=Running)
    raw: dict[str, Any] = field(default_factory=dict)

    def population_of(self, cycle: Cycle) -> tuple[Population, ...]:
        """Give the populations that are rated in periods of this kind."""
        return tuple(p for p in self.populations if p.cycle == cycle)


def find_study(start: Path) -> Path:
    """Give the nearest folder, from `start` upwards, that holds a `study.toml`.

    Raises
    ------
    StudyError
        If neither the folder nor one above it is a study.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "study.toml").is_file():
            return folder
    raise StudyError(say("study.none", folder=start.name or str(start), command=typed("init FOLDER")))


def load_study(path: Path | str) -> Study:
    """Read and check a study.

    Parameters
    ----------
    path : Path or str
        The folder of the study, or its `study.toml`.

    Returns
    -------
    Study
        Frozen; relative paths of the file are taken from the folder of the study.

    Raises
    ------
    StudyError
        If the file is absent or no TOML; if a key is unknown (the nearest known key is named), has the wrong type or a
        value outside its list; if the vault lies inside the study.

    Notes
    -----
    A key that is misspelt would otherwise fall back to its default without a word, and the report would rest on it.
    """
    file = Path(path).resolve()
    if file.name != "study.toml":
        file = file / "study.toml"
    if not file.is_file():
        raise StudyError(say("study.none", folder=file.parent.name, command=typed("init FOLDER")))
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(say("study.not_toml", error=str(error)[:200])) from error
    language = raw["study"].get("language", "id") if isinstance(raw.get("study"), dict) else "id"
    return _Reader(raw, file.parent, cast(Language, language if language in ("id", "en") else "id")).study()


@dataclass(frozen=True)
class _Reader:
    """Turns the raw TOML into a Study; every refusal is said in the study's language."""

    raw: dict[str, Any]
    root: Path
    language: Language

    def study(self) -> Study:
        self._check()
        own, run = self.raw.get("study", {}), self.raw.get("run", {})
        name = own.get("name") or re.sub(r"[^a-z0-9]+", "-", self.root.name.lower()).strip("-")[:40] or "studi"
        if not _SLUG.fullmatch(name):
            raise self._refuse("study.bad_name", name=name)
        vault = self._path(self.raw.get("people", {}).get("vault", f"../vault-{name}"))
        if vault == self.root or self.root in vault.parents:
            raise self._refuse("study.vault_inside")
        return Study(
            root=self.root, name=name, title=own.get("title", name),
            language=self._one_of("study", "language", own.get("language", "id"), ("id", "en")),
            timezone=own.get("timezone", "Asia/Makassar"), vault=vault, reports=self._path(run.get("reports", "reports")),
            populations=self._populations(), calendar=self._calendar(),
            dimensions={k: tuple(v) for k, v in self.raw.get("dimensions", {}).items()},
            raters=dict(self.raw.get("raters", {})), fairness=dict(self.raw.get("fairness", {})),
            disclosure=dict(self.raw.get("disclosure", {})), collect=dict(self.raw.get("collect", {})),
            seed=int(run.get("seed", 1)), jobs=int(run.get("jobs", 0)),
            mappings=tuple(self._mapping(m) for m in self.raw.get("mapping", [])), owner=own.get("owner", ""),
            running=self._running(), raw=self.raw)

    def _check(self) -> None:
        for table, content in self.raw.items():
            self._known("study.toml", table, tuple(_KEYS))
            items = content if table in _LISTS else [content]
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                kind = f"[[{table}]]" if table in _LISTS else f"[{table}]"
                raise self._refuse("study.wrong_type", table=table, key=table, kind=kind)
            for item in items:
                for key, value in item.items():
                    self._known(table, key, tuple(_KEYS[table]))
                    self._typed(table, key, value)

    def _known(self, table: str, key: str, known: tuple[str, ...]) -> None:
        if key in known:
            return
        names = [k for k in known if k != "*"]
        near = difflib.get_close_matches(key, names, n=1, cutoff=0.6)
        if near:
            raise self._refuse("study.unknown_near", table=table, key=key, near=near[0])
        if "*" not in known:
            raise self._refuse("study.unknown", table=table, key=key, known=", ".join(names))

    def _typed(self, table: str, key: str, value: object) -> None:
        kind = _KEYS[table].get(key, _KEYS[table].get("*", "any"))
        part = kind.removeprefix("list of ")
        values = value if kind.startswith("list of ") and isinstance(value, list) else [value]
        right = kind == part or isinstance(value, list)
        right = right and all(isinstance(v, _TYPES[part]) and not (part == "number" and isinstance(v, bool)) for v in values)
        if not right:
            raise self._refuse("study.wrong_type", table=table, key=key, kind=kind)
        if kind == "number" and isinstance(value, (int, float)) and value < 0:
            raise self._refuse("study.negative", table=table, key=key)

    def _one_of(self, table: str, key: str, value: str, allowed: tuple[str, ...]) -> Any:
        if value not in allowed:
            raise self._refuse("study.not_allowed", table=table, key=key, value=value, allowed=", ".join(allowed))
        return value

    def _populations(self) -> tuple[Population, ...]:
        found: list[Population] = []
        for item in self.raw.get("population", []):
            missing = [k for k in ("name", "cycle", "instrument") if k not in item]
            if missing:
                raise self._refuse("study.missing", table="population", key=missing[0])
            cycle = self._one_of("population", "cycle", item["cycle"], get_args(Cycle))
            if item["name"] in {p.name for p in found}:
                raise self._refuse("study.twice", table="population", key=item["name"])
            found.append(Population(item["name"], cycle, item["instrument"], item.get("post", ""), item.get("except", "")))
        return tuple(found)

    def _calendar(self) -> Calendar:
        given, default = self.raw.get("calendar", {}), Calendar()
        unconfirmed = frozenset(given.get("unconfirmed", default.unconfirmed))
        for name in sorted(unconfirmed):
            self._one_of("calendar", "unconfirmed", name, tuple(sorted(default.unconfirmed)))
        days = self._one_of("calendar", "objection_day_type", given.get("objection_day_type", "calendar"), ("calendar", "working"))
        return Calendar(int(given.get("due_days", default.due_days)), int(given.get("objection_days", default.objection_days)),
                        days, unconfirmed)

    def _running(self) -> Running:
        given, default = self.raw.get("run", {}), Running()
        backend = self._one_of("run", "backend", given.get("backend", ""), ("", "threads", "processes", "dask"))
        return Running(float(given.get("minutes", default.minutes)), float(given.get("memory_mb", default.memory_mb)), backend,
                       given.get("cluster", ""))

    def _mapping(self, item: dict[str, Any]) -> Mapping:
        missing = [k for k in ("name", "files", "instrument", "columns") if k not in item]
        if missing:
            raise self._refuse("study.missing", table="mapping", key=missing[0])
        self._one_of("mapping", "kind", item.get("kind", "ratings"), ("ratings", "outcomes", "panel"))
        self._one_of("mapping", "direction", item.get("direction", "high_is_good"), ("high_is_good", "low_is_good"))
        scale = item.get("scale")
        if scale is not None and (len(scale) != 2 or scale[0] >= scale[1]):
            raise self._refuse("study.scale", name=item["name"])
        return Mapping(**{**item, "scale": None if scale is None else (float(scale[0]), float(scale[1]))})

    def _path(self, text: str) -> Path:
        return (self.root / Path(text).expanduser()).resolve()

    def _refuse(self, words: str, /, **values: object) -> StudyError:
        return StudyError(say(words, self.language, **{k: str(v)[:120] for k, v in values.items()}))
