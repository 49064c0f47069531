"""`evalkit status`: what is here, what is missing, and the next step."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from evalkit.commands.console import clean, columns, form_words, said_in_general, study_arguments, study_of

if TYPE_CHECKING:
    from evalkit.tables.status import Status
    from evalkit.tables.study import Study

_UNITS_SHOWN = 15
_FIGURES_SHOWN = 12


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
        for line in chain(_of_period(study, status), _missing(study, status), _rung(study, status), _released(study, status),
                          _ends(study, status)):
            print(line)
    return 0


def _overview(study: Study, known: tuple[str, ...]) -> Iterator[str]:
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed
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
    yield say("status.next", language, command=typed("add FILE... --period 2026-Q3", study.root))


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
    returned = [["✓", words, say("status.returned", language, n=n, rows=number(rows, 0, language))]
                for name, n, rows in status.collected if (words := form_words(name, language))]
    if returned:
        yield "  " + say("status.collected", language)
        yield from columns(returned, indent="    ")
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
        if isinstance(step := row["next_step"], str):
            yield "  " + say("status.next_rung", study.language, step=say(f"ladder.step.{step}", study.language))


def _released(study: Study, status: Status) -> Iterator[str]:
    """Tell which printed figures of the last release are out of date, and why."""
    from evalkit.errors import DeriveError
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed
    from evalkit.language.numbers_dates import listed, number
    from evalkit.language.sentences.release import cause_text, figure_name, figure_value
    from evalkit.language.sentences.words import unit_name
    from evalkit.report.releases import out_of_date

    language = study.language
    try:
        found = out_of_date(study, status.period.text)
    except DeriveError as error:  # a release that cannot be read hides nothing of the rest
        yield from ("", str(error))
        return
    if found is None:
        if status.report == "current" and not status.lacking:  # nobody is sent to freeze what lacks its ratings
            yield ""
            yield say("release.status.none", language, command=typed(f"release --period {status.period.text}", study.root))
        return
    yield ""
    city = [f for f in found.figures if f.scope == "city"]
    counts = {"name": found.before, "n": number(len(city), 0, language), "units": number(len(found.concerned), 0, language)}
    state = "current" if not found.figures else "outdated" if found.concerned else "outdated_city"
    yield say(f"release.status.{state}", language, **counts)
    for figure in city[:_FIGURES_SHOWN]:
        yield "  " + say("release.status.figure", language, name=found.before, figure=figure_name(figure, language),
                         old=figure_value(figure, figure.before, language), new=figure_value(figure, figure.after, language))
    if len(city) > _FIGURES_SHOWN:
        yield "  " + say("release.cause.more", language, n=number(len(city) - _FIGURES_SHOWN, 0, language))
    if found.concerned:
        more = len(found.concerned) - _FIGURES_SHOWN
        names = [clean(unit_name(found.units[u][0])) for u in found.concerned[:_FIGURES_SHOWN]]
        rest = [say("release.cause.more", language, n=number(more, 0, language))] if more > 0 else []
        yield "  " + say("release.status.units", language, units=listed([*names, *rest], language))
    if found.figures:
        causes = dict.fromkeys(cause_text(c, language) for f in found.figures for c in f.causes)
        yield "  " + say("release.status.why", language, causes="; ".join(causes))


def _ends(study: Study, status: Status) -> Iterator[str]:
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed

    period = status.period.text
    yield ""
    if status.lacking:
        kinds = ", ".join(said_in_general(f"kind.{k}", study.language) for k in status.lacking)
        yield say("status.next_lacking", study.language, kinds=kinds, command=typed(f"add FILE... --period {period}", study.root))
    elif status.report != "current":
        yield say("status.next", study.language, command=typed(f"report --period {period}", study.root))
    elif status.errors_open:
        yield say("status.next", study.language, command=typed(f"check --period {period} --to-units", study.root))
    else:
        yield say("status.done", study.language, page=str(study.reports / period / "draft" / "office" / "index.html"))
