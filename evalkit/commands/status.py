"""`evalkit status`: what is here, what is missing, and the next step."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from evalkit.commands.console import clean, columns, said_in_general, study_arguments, study_of

if TYPE_CHECKING:
    from evalkit.tables.status import Status
    from evalkit.tables.study import Study

_UNITS_SHOWN = 15


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--period", help="periode; biasanya yang terakhir / by default the latest")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print the state of a study; 0 always: a study that lacks something is not broken."""
    from evalkit.tables.periods import parse
    from evalkit.tables.status import describe, periods_of

    study = study_of(options)
    known = periods_of(study)
    period = parse(options.period).text if options.period else known[-1] if known else None
    for line in _overview(study, known):
        print(line)
    if period is not None:
        status = describe(study, period)
        for line in chain(_of_period(study, status), _missing(study, status), _rung(study, status), _ends(study, status)):
            print(line)
    return 0


def _overview(study: Study, known: tuple[str, ...]) -> Iterator[str]:
    from evalkit.language.catalogue import say
    from evalkit.tables.periods import parse

    language = study.language
    yield study.title
    if known:
        yield say("status.periods", language, n=len(known), first=parse(known[0]).label(language), last=parse(known[-1]).label(language))
        return
    yield say("status.empty", language)
    missing = [m for m in study.mappings if m.where]
    for mapping in missing:
        yield f"  {mapping.files}: {clean(mapping.where)}"
    yield say("status.next", language, command="evalkit add FILE... --period 2026-Q3")


def _of_period(study: Study, status: Status) -> Iterator[str]:
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import date_text, number

    language = study.language
    yield ""
    yield status.period.label(language)
    mark = "" if status.due_confirmed else f" ({say('status.unconfirmed', language)})"
    yield "  " + say("status.due", language, date=date_text(status.due_at, language)) + mark
    yield "  " + say("status.files", language)
    rows = []
    for file in status.files:
        state = "✓" if file.imports else "!" if file.need == "required" else "–"
        what = say("status.absent", language) if file.latest is None else say(
            "status.present", language, n=file.imports, rows=number(file.rows, 0, language), date=date_text(file.latest, language))
        rows.append([state, said_in_general(f"kind.{file.kind}", language), what])
    yield from columns(rows, indent="    ")
    yield "  " + say("status.faults", language, n=number(status.faults_open, 0, language), errors=number(status.errors_open, 0, language))
    yield "  " + say(f"status.report_{status.report}", language)


def _missing(study: Study, status: Status) -> Iterator[str]:
    """Tell how many are not rated yet, by unit, from the derived table of the whole population."""
    from evalkit.derive.build import build
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import number

    if not any(f.kind == "appraisals" and f.imports for f in status.files):
        return
    language = study.language
    built = build(study, status.period.text, names=["coverage", "units_current"])
    coverage = built.table("coverage")
    coverage = coverage[coverage["period"] == status.period.text]
    city = coverage[coverage["scope"] == "city"]
    if city.empty or not int(city["expected"].iloc[0]):
        return
    yield ""
    counts = {c: number(int(city[c].iloc[0]), 0, language) for c in ("expected", "rated", "missing")}
    yield say("status.coverage", language, **counts)
    names = built.table("units_current").drop_duplicates("unit_id").set_index("unit_id")["name"]
    units = coverage[(coverage["scope"] == "unit") & (coverage["missing"] > 0)]
    units = units.sort_values(["missing", "scope_id"], ascending=[False, True])
    rows = [[clean(names.get(u, u)), number(int(m), 0, language), say("status.of", language, n=number(int(e), 0, language))]
            for u, m, e in zip(units["scope_id"], units["missing"], units["expected"], strict=True)]
    yield from columns(rows[:_UNITS_SHOWN], right=[1, 2])
    if len(rows) > _UNITS_SHOWN:
        yield "  " + say("status.more_units", language, n=len(rows) - _UNITS_SHOWN)


def _rung(study: Study, status: Status) -> Iterator[str]:
    """Tell how far the official ratings reach, and the next step up."""
    from evalkit.derive.build import build
    from evalkit.language.catalogue import say

    if not any(f.kind == "appraisals" and f.imports for f in status.files):
        return
    table = build(study, status.period.text, names=["identification"]).table("identification")
    names = [p.instrument for p in study.populations]
    rows = table[(table["scope"].eq("city") & table["instrument"].isin(names)).to_numpy(dtype=bool)]
    yield "" if len(rows) else say("status.no_rung", study.language)
    for row in rows.astype(object).to_dict("records"):
        yield say("status.rung", study.language, instrument=row["instrument"], rung=row["rung"],
                  reason=say(f"ladder.reason.{row['reason']}", study.language))
        if isinstance(row["next_step"], str):
            yield "  " + say("status.next_rung", study.language, step=say(f"ladder.step.{row['next_step']}", study.language))


def _ends(study: Study, status: Status) -> Iterator[str]:
    from evalkit.language.catalogue import say

    period = status.period.text
    yield ""
    if status.lacking:
        kinds = ", ".join(said_in_general(f"kind.{k}", study.language) for k in status.lacking)
        yield say("status.next_lacking", study.language, kinds=kinds, command=f"evalkit add FILE... --period {period}")
    elif status.report != "current":
        yield say("status.next", study.language, command=f"evalkit report --period {period}")
    elif status.errors_open:
        yield say("status.next", study.language, command=f"evalkit check --period {period} --to-units")
    else:
        yield say("status.done", study.language, page=str(study.reports / period / "draft" / "office" / "index.html"))
