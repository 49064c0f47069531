"""What a report may see: the tables it declared, cut to its reader, with a note of what was read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

import pandas as pd

import evalkit
from evalkit.derive.build import Built, build, folder_of
from evalkit.derive.catalog import CATALOG, Audience
from evalkit.derive.context import attributes_of
from evalkit.derive.contracts import contract_of
from evalkit.derive.digest import content_digest, digest_of
from evalkit.derive.release import is_release, open_release
from evalkit.derive.reports import REPORTS, Declaration
from evalkit.derive.slices import offices_named, slice_digest, sliced
from evalkit.derive.sources import Source
from evalkit.errors import DeriveError
from evalkit.language.catalogue import Language, say
from evalkit.tables.study import Study, load_study

# What a page prints about the run, not about its content: it does not make a page again.
_ABOUT_THE_RUN = frozenset({"as_of", "version", "release"})
DISPLAY = 4  # decimals that a fingerprint sees; no page prints more
_KEPT: dict[Path, Built] = {}


@dataclass(frozen=True)
class Read:
    """One table that was served: which content, how many rows of it, and the digest of what was served."""

    table: str
    content: str
    served: str
    rows: int


@dataclass(frozen=True)
class Facts:
    """What a page says about itself; dates are days, `unconfirmed` names settings and numbers without a confirmed source.

    `sources` holds instrument, source and terms of each mapping of rating files; `owner` is empty where the study names none;
    `attributes` are those by which people are compared.
    """

    study: str
    title: str
    language: str
    timezone: str
    report: str
    audience: str
    period: str
    period_kind: str
    start: date
    end: date
    as_of: date
    due_at: date
    due_confirmed: bool
    objection_days: int
    objection_day_type: str
    populations: tuple[str, ...]
    instruments: tuple[str, ...]
    unconfirmed: frozenset[str]
    unit: str
    unit_name: str
    unit_slug: str
    seed: int
    version: str
    has_appraisals: bool
    has_ratings: bool
    release: str = ""
    owner: str = ""
    attributes: tuple[str, ...] = ()
    sources: tuple[tuple[str, str, str], ...] = ()


class Handle:
    """Serves the declared tables of one report to one reader; made by `open_handle`."""

    def __init__(self, built: Built, facts: Facts, declaration: Declaration) -> None:
        self.facts = facts
        self.unit = facts.unit or None
        self._built, self._declaration = built, declaration
        self._tables = declaration.read_by(facts.audience)
        self._served: dict[str, pd.DataFrame] = {}

    @property
    def reads(self) -> tuple[Read, ...]:
        """What was served so far, in the order of the names."""
        return tuple(Read(name, self._built.records[name].content, content_digest(frame, self._key(name)), len(frame))
                     for name, frame in sorted(self._served.items()))

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables that this report declared."""
        return self._tables

    def table(self, name: str) -> pd.DataFrame:
        """Give a declared table, cut to the reader.

        A unit sees its own rows and the results of the whole city; never those of another unit or of one evaluator elsewhere.

        Parameters
        ----------
        name : str
            A table that the report declared in `derive.reports`.

        Returns
        -------
        pandas.DataFrame
            A copy; types as in the contract.

        Raises
        ------
        DeriveError
            If the report did not declare the table, or the table is not for this reader.
        """
        frame = sliced(self._built, self._served_by_right(name), self.unit)
        if self._declaration.without:
            frame = frame.drop(columns=[c for c in frame.columns if c in self._declaration.without])
        self._served[name] = frame.copy(deep=False)  # digested only where somebody asks what was read
        return frame

    def slice_digest(self, display: int = DISPLAY) -> str:
        """Digest all that the page can print: its declared tables as served, rounded to `display` decimals, and its facts.

        Notes
        -----
        The day of the data and the version of evalkit are left out: they are printed, but a page whose numbers are the same is
        not made again for them.
        """
        tables = {n: slice_digest(self._built, self._served_by_right(n), self.unit, self._declaration.without, display) for n in self._tables}
        facts = {k: v for k, v in asdict(self.facts).items() if k not in _ABOUT_THE_RUN}
        return digest_of({"tables": tables, "facts": facts})

    def _key(self, name: str) -> tuple[str, ...]:
        return tuple(k for k in contract_of(name).key if k not in self._declaration.without)

    def _served_by_right(self, name: str) -> str:
        """Give the name back if the report declared the table and its reader may see it."""
        if name not in self._tables:
            raise DeriveError(f"The report {self.facts.report} did not declare the table {name!r}; it declared "
                              f"{', '.join(self._tables)}.")
        if self.facts.audience not in CATALOG[name].audience:
            raise DeriveError(f"The table {name!r} is not for the reader {self.facts.audience!r}.")
        return name


def open_handle(study: Study | Path | str, *, report: str, period: str, as_of: date | str | None = None, unit: str | None = None,
                audience: Audience = "office", source: Source | None = None, built: Built | None = None,
                window: int = 0, attributes: Sequence[str] = ()) -> Handle:
    """Open the tables of one report for one reader, making those that are missing or out of date.

    Parameters
    ----------
    study : Study, Path or str
        The study, or its folder (a notebook knows the folder only). The folder of a release gives its frozen tables.
    report : str
        A report of `derive.reports.REPORTS`.
    period : str
        The period that is reported.
    as_of : date or text as 2026-10-12, optional
        Data that came later do not count; empty text is no date.
    unit : str, optional
        The `opd_id` or the folder name (slug) of a unit; without it the city.
    audience : str
        Who reads: `office`, `units`, ...
    source : Source, optional
        Imported tables from somewhere else than the store of the study.
    built : Built, optional
        A build of this period and day that was made a moment ago; without it the build is looked after here.
    window : int
        Look back over so many periods, the reported one included, in the place of those of the study (0).
    attributes : sequence of str
        Compare people by these attributes of the study only; all without it.

    Returns
    -------
    Handle
        With `facts`, `table`, `reads` and `slice_digest`.

    Raises
    ------
    DeriveError
        If the report is unknown or not for this reader, the unit is unknown, a reader `units` names no unit, an attribute is none
        of the study (the nearest is given), or a release was made with another window.
    """
    declaration = REPORTS.get(report)
    if declaration is None:
        raise DeriveError(f"No report is named {report!r}; there are {', '.join(REPORTS)}.")
    if audience not in declaration.audience:
        raise DeriveError(f"The report {report!r} is not made for the reader {audience!r}.")
    if audience == "units" and not unit:
        raise DeriveError(f"A handle for the reader 'units' needs the unit; the report {report!r} was opened without one.")
    if built is None and not isinstance(study, Study) and is_release(Path(study)):
        own, built = open_release(Path(study))
        if built.context.period.text != period:
            raise DeriveError(f"The release in {Path(study).name} is one of {built.context.period.text}, not of {period[:20]}.")
    else:
        own = study if isinstance(study, Study) else load_study(study)
    day = (date.fromisoformat(as_of) if as_of else None) if isinstance(as_of, str) else as_of
    if built is None and source is None:
        built = _KEPT.get(folder_of(own, period, day, window))
    if built is None:
        built = build(own, period, as_of=day, names=(*declaration.read_by(audience), "units_current", "coverage"), source=source, window=window)
    if built.release and window and window != len(built.context.window):
        raise DeriveError(f"The release {built.release} looks back over {len(built.context.window)} periods; it cannot be read with {window}.")
    return Handle(built, _facts(own, built, report, audience, unit, chosen_attributes(own, attributes)), declaration)


def chosen_attributes(study: Study, names: Sequence[str]) -> tuple[str, ...]:
    """Give the attributes of the study that are named, in the order of the study; all where none is named.

    Raises
    ------
    DeriveError
        If a name is none of them; the nearest one is given.
    """
    known = attributes_of(study)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = say("asked.near", study.language, name=near[0]) if near else say("asked.known", study.language, names=", ".join(known))
            raise DeriveError(f"{say('asked.no_attribute', study.language, name=str(name)[:40])} {hint}")
    return tuple(a for a in known if a in names) or known


def keep(built: Built) -> None:
    """Let handles that are opened in this process, and in what is forked from it, rest on a build that was just made.

    All pages of a run then show the same tables, whatever is taken in meanwhile. Only for a process that lives for one run.
    """
    _KEPT[built.folder] = built


def _facts(study: Study, built: Built, report: str, audience: str, unit: str | None, attributes: tuple[str, ...]) -> Facts:
    context = built.context
    cycle = context.cycle
    unit_id, name, slug = _unit(built, unit, study.language)
    values = {
        "study": study.name, "title": study.title, "language": study.language, "timezone": study.timezone, "report": report,
        "audience": audience, "period": context.period.text, "period_kind": context.period.kind, "start": context.period.start,
        "end": context.period.end, "as_of": context.setting("as_of"), "due_at": context.setting("due_at")[context.period.text],
        "due_confirmed": context.setting("due_confirmed"), "objection_days": study.calendar.objection_days,
        "objection_day_type": study.calendar.objection_day_type, "populations": tuple(p.name for p in cycle),
        "instruments": tuple(dict.fromkeys(p.instrument for p in cycle)) or tuple(m.instrument for m in study.mappings),
        "unconfirmed": study.calendar.unconfirmed, "unit": unit_id, "unit_name": name, "unit_slug": slug, "seed": study.seed,
        "version": evalkit.__version__, "has_appraisals": bool(cycle), "has_ratings": bool(study.mappings),
        "release": built.release, "owner": study.owner, "attributes": attributes,
        "sources": tuple((m.instrument, m.source, m.terms) for m in study.mappings)}
    return Facts(**{f.name: values[f.name] for f in fields(Facts)})


def _unit(built: Built, unit: str | None, language: Language) -> tuple[str, str, str]:
    if not unit:
        return "", "", ""
    found = offices_named(built, unit)
    if len(found) != 1:
        raise DeriveError(say("asked.no_office", language, name=unit[:60]))
    return found[0]
