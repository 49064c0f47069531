"""What a run has to make: one task a page, and the units whose page is withheld because they are too small."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evalkit.derive.build import Built, build
from evalkit.derive.catalog import Audience
from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.language.sentences.words import unit_name
from evalkit.report.parameters import MODELS, near
from evalkit.tables import ledger
from evalkit.tables.periods import parse
from evalkit.tables.study import Study

LEAST_UNIT = 10  # people expected: below that a page about the unit is a page about persons
FILES = {"monitor": "monitor", "evaluation": "evaluasi", "bias_analysis": "analisis-bias", "ratings_evaluation": "evaluasi",
         "ratings_bias": "analisis-bias"}


@dataclass(frozen=True)
class Office:
    """A unit that gets a folder: its `opd_id`, name, folder, and the people expected and not yet rated."""

    opd_id: str
    name: str
    slug: str
    expected: int
    missing: int


@dataclass(frozen=True)
class Task:
    """One page to make: `target` is relative to the draft folder, `parameters` are those of the notebook."""

    notebook: str
    target: Path
    language: Language
    audience: Audience
    parameters: dict[str, Any]
    office: Office | None = None

    @property
    def label(self) -> str:
        """The page, short: its folder and file."""
        return self.target.with_suffix("").as_posix().removeprefix("office/")


@dataclass(frozen=True)
class Frozen:
    """A release in the making: the folder for its pages, the folder of the release, and the frozen tables they are made of."""

    pages: Path
    folder: Path
    built: Built


@dataclass(frozen=True)
class Plan:
    """The tasks, the offices of the period, and the tasks that are withheld."""

    tasks: tuple[Task, ...]
    offices: tuple[Office, ...]
    withheld: tuple[Task, ...]
    built: Built


def make_plan(study: Study, period: str, *, names: Sequence[str] | None, units: Sequence[str] | None, languages: Sequence[Language],
              as_of: str, frozen: Frozen | None = None) -> Plan:
    """Plan the reports of a period; of a release in the making where `frozen` is given.

    Raises
    ------
    ReportError
        If the period is none of this study's, a report or a unit is unknown, or there is nothing to report.
    """
    kinds = _reports_of(study, parse(period).kind, names)
    came = [r.received_at.date() for r in ledger.records(study)]
    if came and parse(period).start > max(came):
        raise ReportError(say("report.run.nothing", study.language, period=period))
    built = frozen.built if frozen else build(study, period, as_of=pd.Timestamp(as_of).date() if as_of else None)
    source = str(frozen.folder if frozen else study.root)
    offices = _offices(built, period)
    chosen = _chosen(offices, units, study.language)
    tasks: list[Task] = []
    withheld: list[Task] = []
    for language in languages:
        for notebook in kinds:
            common = {"study": source, "period": period, "as_of": as_of, "language": language}
            ending = ".html" if language == study.language else f".{language}.html"
            if units is None:
                city = "-kota" if notebook == "evaluation" else ""
                tasks.append(Task(notebook, Path("office") / f"{FILES[notebook]}{city}{ending}", language, "office", common))
            if "unit" not in MODELS[notebook].model_fields:
                continue
            for office in chosen:
                task = Task(notebook, Path("units") / office.slug / f"{FILES[notebook]}{ending}", language, "units",
                            {**common, "unit": office.slug}, office)
                small = notebook == "evaluation" and office.expected < LEAST_UNIT
                (withheld if small else tasks).append(task)
    return Plan(tuple(tasks), offices, tuple(withheld), built)


def _reports_of(study: Study, kind: str, names: Sequence[str] | None) -> tuple[str, ...]:
    cycles = tuple(p.cycle for p in study.populations)
    if cycles and kind not in cycles:
        words = [say(f"report.kind.{c}", study.language) for c in (kind, *dict.fromkeys(cycles))]
        raise ReportError(say("report.run.wrong_kind", study.language, kind=words[0], kinds=", ".join(words[1:])))
    own = ("monitor", "evaluation", "bias_analysis") if cycles else ("ratings_evaluation", "ratings_bias")
    for name in names or ():
        if name not in MODELS:
            raise ReportError(f"There is no report {name[:60]!r}.{near(name, list(own))}")
        if name not in own:
            raise ReportError(say("report.run.not_for", study.language, name=name))
    return tuple(names or own)


def _offices(built: Built, period: str) -> tuple[Office, ...]:
    coverage, units = built.table("coverage"), built.table("units_current")
    rows = coverage[(coverage["scope"].eq("unit") & coverage["period"].eq(period)).to_numpy(dtype=bool)]
    offices = units[units["unit_id"].eq(units["opd_id"]).to_numpy(dtype=bool)][["unit_id", "name", "slug"]]
    joined = rows.astype(object).merge(offices.astype(object), left_on="scope_id", right_on="unit_id", how="inner", validate="one_to_one")
    found = [Office(str(r["scope_id"]), unit_name(str(r["name"])), str(r["slug"]), int(r["expected"]), int(r["missing"]))
             for r in joined.to_dict("records") if int(r["expected"]) > 0]
    return tuple(sorted(found, key=lambda o: o.slug))


def _chosen(offices: tuple[Office, ...], units: Sequence[str] | None, language: Language) -> tuple[Office, ...]:
    if units is None:
        return offices
    found = []
    for unit in units:
        match = [o for o in offices if unit in (o.slug, o.opd_id)]
        if not match:
            close = difflib.get_close_matches(unit, [o.slug for o in offices], n=1, cutoff=0.5)
            hint = say("report.run.near", language, name=close[0]) if close else ""
            raise ReportError(say("report.run.no_unit", language, unit=unit[:60], near=hint))
        found += match
    return tuple(dict.fromkeys(found))
