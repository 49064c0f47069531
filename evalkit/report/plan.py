"""What a run has to make: one task a page, and the units whose page is withheld because they are too small."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from evalkit.derive.build import Built, build
from evalkit.derive.catalog import Audience
from evalkit.derive.handle import chosen_attributes
from evalkit.derive.reports import REPORTS
from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.language.invocation import typed
from evalkit.language.sentences.words import unit_name
from evalkit.report.parameter_models import MODELS
from evalkit.report.parameters import check_parameters, given_to, near, no_report
from evalkit.tables import ledger
from evalkit.tables.periods import parse
from evalkit.tables.study import Study

FEEDBACK = "feedback_360"  # made only where somebody answered
LEAST_UNIT = 10  # people expected: below that a page about the unit is a page about persons
FILES = {"monitor": "monitor", "evaluation": "evaluasi", "bias_analysis": "analisis-bias", "feedback_360": "umpan-balik-360",
         "training_plan": "rencana-pelatihan",
         "training_impact": "dampak-pelatihan", "ratings_evaluation": "evaluasi",
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
class Course:
    """A course that gets pages of its own: its key and its name."""

    key: str
    name: str


@dataclass(frozen=True)
class Task:
    """One page to make: `target` is relative to the draft folder, `parameters` are those of the notebook."""

    notebook: str
    target: Path
    language: Language
    audience: Audience
    parameters: dict[str, Any]
    office: Office | None = None
    course: Course | None = None

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
    """The tasks, the offices of the period, and the tasks that are withheld; `windows` holds tables of other windows than the study's."""

    tasks: tuple[Task, ...]
    offices: tuple[Office, ...]
    withheld: tuple[Task, ...]
    built: Built
    windows: Mapping[int, Built] = field(default_factory=dict)

    def tables_of(self, task: Task) -> Built:
        """Give the tables that a page is made of: those of the run, or of the window that it asks for."""
        return self.windows.get(int(task.parameters.get("window", 0)), self.built)


def make_plan(study: Study, period: str, *, names: Sequence[str] | None, units: Sequence[str] | None, languages: Sequence[Language],
              as_of: str, frozen: Frozen | None = None, given: Mapping[str, str] | None = None,
              told: Callable[[str], None] | None = None) -> Plan:
    """Plan the reports of a period; of a release in the making where `frozen` is given. `told` hears once that tables are computed.

    Raises
    ------
    ReportError
        If the period is none of this study's, a report, a unit or a parameter is unknown, or there is nothing to report.
    DeriveError
        If an attribute is none of the study's.
    """
    kinds = _reports_of(study, parse(period).kind, names)
    own = given_to(kinds, given or {})
    for one in own.values():
        chosen_attributes(study, one.get("attributes", ()))
    came = [r.received_at.date() for r in ledger.records(study)]
    if came and parse(period).start > max(came):
        raise ReportError(say("report.run.nothing", study.language, period=period, command=typed(f"add FILE --period {period}", study.root)))
    day, hears = pd.Timestamp(as_of).date() if as_of else None, _once(told, say("report.run.tables", study.language))
    if not frozen and (units is not None or any(one.get("course") for one in own.values())):  # a wrong name is told before minutes of work
        names_of = build(study, period, as_of=day, names=("coverage", "units_current", "training_courses"), progress=hears)
        _chosen(_offices(names_of, period), units, study.language)
        _courses(names_of, own, study.language)
    built = frozen.built if frozen else build(study, period, as_of=day, progress=hears)
    source = str(frozen.folder if frozen else study.root)
    offices = _offices(built, period)
    chosen = _chosen(offices, units, study.language)
    courses = _courses(built, own, study.language)
    tasks, withheld = _tasks(study, source, own, chosen, period, languages, as_of, city=units is None, courses=courses, answered=_answered(built))
    windows = {} if frozen else {w: build(study, period, as_of=built.context.settings["cut"], names=REPORTS[n].read_by("office"), window=w,
                                          progress=_once(told, say("report.run.tables_window", study.language, n=w)))
                                 for n, one in own.items() if (w := int(one.get("window", 0)))}
    return Plan(tasks, offices, withheld, built, windows)


def _once(told: Callable[[str], None] | None, sentence: str) -> Callable[[str, bool], None] | None:
    """Tell a sentence when the first table is computed, and not again."""
    if told is None:
        return None
    first = [sentence]

    def after(_: str, computed: bool) -> None:
        if computed and first:
            told(first.pop())

    return after


def whole(study: Study, plan: Plan, languages: Sequence[Language]) -> Plan:
    """Give the plan of every report of the period, with the tables and offices of a plan for some of them: what an index lists."""
    period = plan.built.context.period
    own = given_to(_reports_of(study, period.kind, None), {})
    courses = _courses(plan.built, own, study.language)
    tasks, withheld = _tasks(study, str(study.root), own, plan.offices, period.text, languages, "", city=True, courses=courses,
                             answered=_answered(plan.built))
    return Plan(tasks, plan.offices, withheld, plan.built)


def _tasks(study: Study, source: str, own: Mapping[str, Mapping[str, Any]], offices: Sequence[Office], period: str, languages: Sequence[Language],
           as_of: str, *, city: bool, courses: Mapping[str, Sequence[Course]],
           answered: frozenset[str]) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
    tasks: list[Task] = []
    withheld: list[Task] = []
    for language in languages:
        for notebook, given in own.items():
            common = {"study": source, "period": period, "as_of": as_of, "language": language, **given}
            ending = ".html" if language == study.language else f".{language}.html"
            if city and notebook in courses:
                tasks += [Task(notebook, Path("office") / f"{FILES[notebook]}-{c.key}{ending}", language, "office",
                               check_parameters(notebook, {**common, "course": c.key}), course=c) for c in courses[notebook]]
            elif city and ("" in answered or notebook != FEEDBACK):
                place = "-kota" if notebook == "evaluation" else ""
                tasks.append(Task(notebook, Path("office") / f"{FILES[notebook]}{place}{ending}", language, "office",
                                  check_parameters(notebook, common)))
            if "unit" not in MODELS[notebook].model_fields:
                continue
            for office in offices:
                if notebook == FEEDBACK and office.opd_id not in answered:
                    continue
                task = Task(notebook, Path("units") / office.slug / f"{FILES[notebook]}{ending}", language, "units",
                            check_parameters(notebook, {**common, "unit": office.slug}), office)
                small = notebook == "evaluation" and office.expected < LEAST_UNIT
                (withheld if small else tasks).append(task)
    return tuple(tasks), tuple(withheld)


def report_names(study: Study) -> tuple[str, ...]:
    """Give the reports of a study: of appraisals, or of rating files."""
    if not study.populations:
        return "ratings_evaluation", "ratings_bias"
    return "monitor", "evaluation", "bias_analysis", "feedback_360", "training_plan", "training_impact"


def _reports_of(study: Study, kind: str, names: Sequence[str] | None) -> tuple[str, ...]:
    cycles = tuple(p.cycle for p in study.populations)
    if cycles and kind not in cycles:
        words = [say(f"report.kind.{c}", study.language) for c in (kind, *dict.fromkeys(cycles))]
        raise ReportError(say("report.run.wrong_kind", study.language, kind=words[0], kinds=", ".join(words[1:])))
    own = report_names(study)
    for name in names or ():
        if name not in MODELS:
            raise ReportError(no_report(name, list(own)))
        if name not in own:
            raise ReportError(say("report.run.not_for", study.language, name=name))
    return tuple(own if names is None else names)


def _courses(built: Built, own: Mapping[str, Mapping[str, Any]], language: Language) -> dict[str, tuple[Course, ...]]:
    """Give the courses that each report about courses is made for: the one that was named, else all that it has something to say of."""
    wanted = [n for n in own if "course" in MODELS[n].model_fields]
    if not wanted:
        return {}
    rows = built.table("training_courses").astype(object).to_dict("records")
    known = {str(r["course"]): Course(str(r["course"]), str(r["name"])) for r in rows}
    end = built.context.period.end
    begun = {str(r["course"]) for r in rows if r["here"] and r["enrolled"] and isinstance(r["first_start"], date) and r["first_start"] <= end}
    planned = {str(r["course"]) for r in rows if r["here"] and r["plan_state"] != "none"}
    found = {}
    for notebook in wanted:
        named = str(own[notebook].get("course") or "")
        if named and named not in known:
            raise ReportError(say("report.run.no_course", language, course=named[:60], near=near(named, list(known)).strip()))
        chosen = {named} if named else begun if notebook == "training_impact" else planned
        found[notebook] = tuple(c for key, c in sorted(known.items()) if key in chosen)
    return found


def _answered(built: Built) -> frozenset[str]:
    """Give the offices with answers of a 360; the city is the empty id."""
    if FEEDBACK not in built.records:
        return frozenset()  # a release from before there was one
    rows = built.table(FEEDBACK)
    return frozenset(rows["scope_id"].astype(str)) if len(rows) else frozenset()


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
        match = [o for o in offices if unit in (o.slug, o.opd_id) or unit.casefold() == o.name.casefold()]
        if not match:
            close = difflib.get_close_matches(unit, [o.slug for o in offices], n=1, cutoff=0.5)
            hint = say("report.run.near", language, name=close[0]) if close else ""
            raise ReportError(say("report.run.no_unit", language, unit=unit[:60], near=hint))
        found += match
    return tuple(dict.fromkeys(found))
