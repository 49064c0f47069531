"""`evalkit plan`: who would come to a course, what it could show, a lottery for its seats, and the plan frozen with its digest."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, get_args

from evalkit.commands.console import study_arguments, study_of
from evalkit.commands.plan_words import days, numbers, outcome

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.derive.build import Built
    from evalkit.impact.plan import TrainingPlan
    from evalkit.tables.study import Study

_TABLES = ("roster", "training_courses", "training_people", "training_outcomes", "training_needs", "training_hours", "units_current")
_LOWEST = 2  # competences that the command names; the page has all
_ACTS = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is a formula to a spreadsheet


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    from evalkit.impact.plan import Assigned

    parser.add_argument("course", metavar="COURSE", help="nama pelatihan / name of the course")
    parser.add_argument("--period", help="periode yang menjadi dasar; biasanya yang terakhir / the period it rests on; by default the latest")
    parser.add_argument("--audience", choices=("staff", "evaluator"), help="untuk pegawai atau penilai / for staff or evaluators")
    parser.add_argument("--seats", type=numbers, metavar="N,N", help="kursi tiap gelombang / seats of each wave: 30,30")
    parser.add_argument("--starts", type=days, metavar="DATE,DATE", help="hari pertama tiap gelombang / first day of each wave")
    parser.add_argument("--hours", type=float, metavar="JP", help="jam pelajaran / hours")
    parser.add_argument("--assigned-by", choices=get_args(Assigned), help="cara peserta dipilih / how people come to the course")
    parser.add_argument("--drawn", choices=("person", "unit"), help="yang diundi: orang atau unit / the lot falls on people or units")
    parser.add_argument("--outcome", action="append", type=outcome, metavar="NAME:more|less", dest="outcomes",
                        help="hasil yang diuji dan arahnya, yang utama lebih dahulu / what is tested and its direction, the primary one first")
    parser.add_argument("--smallest", type=float, metavar="SD", help="perubahan terkecil yang berguna / the smallest change of use, in SD")
    parser.add_argument("--icc", type=float, help="bagian ragam antar-unit; tanpa ini dari data / share of variance between units; else from data")
    parser.add_argument("--pre", type=float, help="korelasi dengan nilai awal; / correlation with the score before; else from data")
    parser.add_argument("--attrition", type=float, help="bagian yang keluar atau pindah / share who leave: 0.1")
    parser.add_argument("--cost", type=float, metavar="RP", help="biaya seluruhnya, rupiah / whole cost in rupiah")
    parser.add_argument("--seed", type=int, help="benih undian yang diumumkan / published seed of the lottery")
    parser.add_argument("--unit", action="append", metavar="U", help="peserta dari unit ini saja / candidates of this unit only")
    parser.add_argument("--draw", action="store_true", help="undi gelombang; nama hanya ke vault / draw the waves; names go to the vault only")
    parser.add_argument("--freeze", action="store_true", help="bekukan rencana dengan sidiknya / freeze the plan with its digest")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Plan, and draw or freeze where it is asked for; 0 good, 1 where the course cannot be judged as it is planned."""
    from evalkit.derive.build import build
    from evalkit.derive.plans import codes_of, frozen_plan, list_texts, save_plan
    from evalkit.derive.tables.training_plans import candidates, design_rows

    study = study_of(options)
    period = _period(study, options.period)
    built = build(study, period, names=_TABLES)
    plan = _told(_plan(study, built, options.course, options.audience), options, study)
    today = datetime.now(UTC).date()
    frame = candidates(built.table("roster"), period, plan.audience)
    drawn, own = None, _eligible(study, built, plan, frame, options.unit) if options.draw or options.unit else None
    if options.draw and own is not None:
        plan, drawn = _draw(study, built, plan, own)
    save_plan(study, plan, today, freeze=options.freeze)
    first = frozen_plan(study, plan.course)
    among = codes_of(list_texts(study.root), plan) if own is None else tuple(own["person_id"].astype(str))
    rows = design_rows(plan, built.table("roster"), built.table("training_people"), built.table("training_outcomes"), period, among)
    lines = [*_said(study, plan, rows, int(rows[0]["people"])), *_needed(study, built, plan), *_lists(study, built, plan, drawn),
             *_state(study, plan, first, period, freeze=options.freeze)]
    print("\n".join(lines))
    return 0 if rows[0]["status"] == "estimated" else 1


def _period(study: Study, given: str | None) -> str:
    from evalkit.errors import StudyError
    from evalkit.language.catalogue import say
    from evalkit.tables.periods import parse
    from evalkit.tables.status import periods_of

    if given:
        return parse(given).text
    cycles = [p.cycle for p in study.populations]
    known = [p for p in periods_of(study) if parse(p).kind in cycles[:1]]
    if not known:
        raise StudyError(say("plan.no_period", study.language))
    return known[-1]


def _plan(study: Study, built: Built, course: str, audience: str | None) -> TrainingPlan:
    """Give the plan to start from: the last version, else one from the course's own classes, else a new one."""
    from evalkit.derive.plans import latest_plan
    from evalkit.derive.tables.training_plans import default_plan
    from evalkit.errors import StudyError
    from evalkit.impact.plan import course_slug
    from evalkit.language.catalogue import say

    slug = course_slug(course)
    if not slug:
        raise StudyError(say("plan.no_name", study.language))
    known = latest_plan(study, slug)
    if known is not None:
        return replace(known, frozen=False)
    courses = built.table("training_courses")
    found = courses[courses["course"].eq(slug).to_numpy(dtype=bool)]
    new = {"course": slug, "name": " ".join(course.split()), "audience": audience or "staff", "assigned_by": None}
    row: dict[Any, Any] = found.iloc[0].to_dict() if len(found) else new
    return default_plan(built.context, row, built.table("training_people"), built.table("training_outcomes"))


def _told(plan: TrainingPlan, options: argparse.Namespace, study: Study) -> TrainingPlan:
    """Give the plan with what the command line says."""
    from evalkit.errors import EstimationError, StudyError
    from evalkit.impact.outcomes import OUTCOMES
    from evalkit.language.catalogue import say

    names = ("audience", "seats", "starts", "hours", "assigned_by", "drawn", "smallest", "icc", "pre", "attrition", "cost", "seed")
    given: dict[str, Any] = {n: v for n in names if (v := getattr(options, n)) is not None}
    if options.outcomes:
        given["outcomes"] = dict(options.outcomes)
    elif given.get("audience", plan.audience) != plan.audience:
        given["outcomes"] = {}
    seats, starts = given.get("seats", plan.seats), given.get("starts", plan.starts)
    audience = given.get("audience", plan.audience)
    strange = [o for o in given.get("outcomes", ()) if OUTCOMES[o].audience != audience]
    if strange:
        other = OUTCOMES[strange[0]].audience
        raise StudyError(say("plan.other_audience", study.language, outcome=strange[0], other=other,
                             course=say(f"plan.for_{other}", study.language)))
    if starts and len(seats) != len(starts):
        raise StudyError(say("plan.waves", study.language, seats=len(seats), starts=len(starts)))
    try:
        return replace(plan, **given)
    except EstimationError as error:
        raise StudyError(say("plan.wrong", study.language, fields=str(error).rpartition(": ")[2].rstrip("."))) from error


def _eligible(study: Study, built: Built, plan: TrainingPlan, frame: pd.DataFrame, units: list[str] | None) -> pd.DataFrame:
    """Keep who has not finished the course yet, of the named units."""
    from evalkit.errors import StudyError
    from evalkit.language.catalogue import say

    people = built.table("training_people")
    had = people[(people["course"].eq(plan.course) & people["completed"].fillna(value=False)).to_numpy(dtype=bool)]
    kept = frame[~frame["person_id"].isin(had["person_id"].astype(object)).to_numpy()]
    if not units:
        return kept
    known = built.table("units_current").astype(object)
    named = known["name"].str.casefold().isin([u.casefold() for u in units]).to_numpy() & known["unit_id"].eq(known["opd_id"]).to_numpy()
    asked = known[named | known["slug"].isin(units).to_numpy() | known["unit_id"].isin(units).to_numpy()]
    if len(asked) < len(set(units)):
        raise StudyError(say("plan.no_unit", study.language))
    return kept[kept["unit_id"].isin(asked["unit_id"]).to_numpy()]


def _draw(study: Study, built: Built, plan: TrainingPlan, people: pd.DataFrame) -> tuple[TrainingPlan, pd.DataFrame]:
    """Draw the waves; the codes stand beside the plan, the names in the vault."""
    from evalkit.derive.plans import FOLDER, list_digest, list_file
    from evalkit.impact.waves import draw_waves
    from evalkit.report.naming import names_of
    from evalkit.tables.atomic import write_bytes

    drawn = draw_waves(people, plan.seats, seed=plan.seed, name=plan.course, drawn=plan.drawn)
    rows = drawn[["person_id", "unit_id", "wave", "ticket"]].astype(object)
    names = names_of(study, rows["person_id"])
    offices = built.table("units_current").astype(object).set_index("unit_id")["name"].to_dict()
    whole = plan.drawn == "unit"  # the unit of the day of the draw: without it nobody could draw again
    codes = [[_wave(w), str(p), f"{t:.9f}", *([str(u)] if whole else [])] for p, u, w, t in rows.itertuples(index=False)]
    digest = list_digest(codes)
    named = [[_wave(w), str(offices.get(u, "")), names.get(str(p), ""), p, f"{t:.9f}"] for p, u, w, t in rows.itertuples(index=False)]
    write_bytes(list_file(study.root, plan.course, digest), _csv(["gelombang", "kode", "nomor", *(["unit"] if whole else [])], codes))
    write_bytes(study.vault / FOLDER / plan.course / f"undian-{digest}.csv", _csv(["gelombang", "unit", "nama", "kode", "nomor"], named), mode=0o600)
    return replace(plan, list_digest=digest, assigned_by="drawn"), drawn


def _wave(value: object) -> str:
    return str(value) if isinstance(value, int) else ""


def _csv(head: list[str], rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([[f"'{v}" if str(v).startswith(_ACTS) else v for v in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _said(study: Study, plan: TrainingPlan, rows: list[dict[str, Any]], people: int) -> Iterator[str]:
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import number, percent

    language = study.language
    yield plan.name
    yield say("plan.seats", language, seats=" + ".join(number(s, 0, language) for s in plan.seats), people=number(people, 0, language))
    named = [say(f"training.outcome.{o}.name", language) + ", " + say(f"training.direction.{d}", language) for o, d in plan.outcomes.items()]
    yield say("plan.outcomes", language, outcomes="; ".join(named)) if named else say("plan.no_outcome", language)
    row = rows[0]
    if row["status"] != "estimated":
        yield say("plan.cannot", language, reason=say(f"training.reason.{row['reason']}", language))
    else:
        digits = 3 if abs(row["smallest_sd"] - plan.smallest) < 0.01 and row["chance"] < plan.power - 1e-9 else 2
        yield say("plan.sees", language, sd=number(row["smallest_sd"], digits, language), smallest=number(plan.smallest, digits, language),
                  chance=percent(row["chance"], language, 0))
    enough = next((r for r in rows if r["variant"] == "enough" and r["status"] == "estimated"), None)
    if enough is not None:
        yield say("plan.enough", language, seats=number(enough["seats"], 0, language), smallest=number(plan.smallest, 2, language))


def _needed(study: Study, built: Built, plan: TrainingPlan) -> Iterator[str]:
    """Say what is lowest among those for whom the course is, and what hours are due; units stand on the page."""
    import pandas as pd

    from evalkit.language.catalogue import catalogue, say
    from evalkit.language.numbers_dates import number, percent

    language, needs, hours = study.language, built.table("training_needs"), built.table("training_hours")
    kept = needs["scope"].eq("city") & needs["status"].eq("estimated") & needs["audience"].eq(plan.audience) & needs["competence"].ne("total")
    own = needs[kept.to_numpy(dtype=bool)].sort_values(["level", "competence"], kind="stable")
    if own.empty:
        yield say("plan.no_need", language, needed=say(f"training_plan.competence.needed_{plan.audience}", language))
    for row in own.iloc[:_LOWEST].to_dict("records"):
        key = f"training.competence.{str(row['competence']).lower().replace(' ', '_')}"
        name = say(key, language) if key in catalogue() else row[f"label_{language}"]
        yield say("plan.need", language, name=row["competence"] if pd.isna(name) else name, level=percent(row["level"], language, 0),
                  below=number(row["below"], 0, language), n=number(row["n"], 0, language))
    city = hours[hours["scope"].eq("city").to_numpy(dtype=bool)]
    if len(city) and int(city.iloc[0]["with_rule"]):
        yield say("training_plan.needs.answer", language, below=number(city.iloc[0]["below"], 0, language),
                  total=number(city.iloc[0]["with_rule"], 0, language), hours=number(city.iloc[0]["hours_due"], 0, language))


def _lists(study: Study, built: Built, plan: TrainingPlan, drawn: pd.DataFrame | None) -> Iterator[str]:
    from evalkit.derive.plans import FOLDER
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import number

    if drawn is None:
        return
    sizes = drawn["wave"].value_counts().sort_index()
    waves = ", ".join(f"{w}: {number(n, 0, study.language)}" for w, n in sizes.items())
    yield say("plan.drawn", study.language, waves=waves, left=number(int(drawn["wave"].isna().sum()), 0, study.language), seed=plan.seed)
    if plan.drawn == "unit":
        yield from _chances(study, built, plan, drawn)
    yield say("plan.named", study.language, path=str(study.vault / FOLDER / plan.course / f"undian-{plan.list_digest}.csv"))


def _chances(study: Study, built: Built, plan: TrainingPlan, drawn: pd.DataFrame) -> Iterator[str]:
    """Say what chances a lot of whole units gave, and name the units that had none: they cannot be compared."""
    from evalkit.impact.lot import LEAST_CHANCE, Lot, chances
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import percent

    units = drawn.groupby("unit_id").size()
    found = chances(Lot(tuple(map(str, units.index)), tuple(map(int, units)), plan.seats, (0,) * len(units)))[:, 0]
    offices = built.table("units_current").astype(object).set_index("unit_id")["name"].to_dict()
    yield say("plan.chances", study.language, low=percent(found.min(), study.language, 0), high=percent(found.max(), study.language, 0))
    for key, those in (("plan.chance_none", found < LEAST_CHANCE), ("plan.chance_sure", found > 1 - LEAST_CHANCE)):
        if those.any():
            yield say(key, study.language, units=", ".join(str(offices.get(u, u)) for u in units.index[those]))


def _state(study: Study, plan: TrainingPlan, first: TrainingPlan | None, period: str, *, freeze: bool) -> Iterator[str]:
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed
    from evalkit.language.numbers_dates import date_text

    language = study.language
    if first is None:
        yield say("plan.draft", language, command=typed(f"plan {plan.course} --freeze", study.root))
    else:
        day = date_text(date.fromisoformat(first.saved_at), language)
        key = "plan.frozen" if first.digest == plan.digest else "plan.frozen_again" if freeze else "plan.frozen_other"
        yield say(key, language, digest=first.digest, day=day, new=plan.digest)
    yield say("plan.page", language, command=typed(f"report training_plan --period {period} --set course={plan.course}", study.root))
