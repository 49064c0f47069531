"""`evalkit form`: the workbooks that people fill in, and the plan that says how many are worth it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalkit.commands.console import columns, study_arguments, study_of

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.collect.asked import Asked
    from evalkit.tables.study import Study


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("kind", metavar="KIND", help="jenis / kind: unit-predikat, unit-achievement, indicators, 360, vignettes, "
                        "vignette-key, double-rating, courses, fairness-survey, training-reaction, exclusions, objections, corrections, "
                        "plan (berapa yang perlu / how many are needed)")
    parser.add_argument("--period", required=True, help="2026-Q3, 2026-S2, 2026-09, 2026")
    parser.add_argument("--unit", help="satu unit saja, nama atau id / one unit only, name or id")
    parser.add_argument("--course", help="satu pelatihan, kode atau nama / one course, id or name")
    parser.add_argument("--packet", metavar="A", default="A", help="paket vinyet / parallel form of the vignettes")
    parser.add_argument("--experts", type=int, default=5, metavar="N", help="banyaknya pakar untuk kunci / experts of the key")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Write the forms of one kind; 0 when they stand there."""
    from evalkit.collect.asked import Asked
    from evalkit.collect.forms import CORRECTIONS
    from evalkit.tables.periods import parse

    study = study_of(options)
    asked = Asked(study, parse(options.period).text, options.unit, options.course, options.packet, max(1, options.experts))
    if options.kind == "plan":
        lines = plan(asked)
    elif options.kind in CORRECTIONS:
        lines = _corrections(study, asked.period)
    else:
        lines = _made(asked, options.kind)
    for line in lines:
        print(line)
    return 0


def _made(asked: Asked, kind: str) -> Iterator[str]:
    from evalkit.collect.forms import LIST, make_forms
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed

    study = asked.study
    made = make_forms(asked, kind)
    yield say("forms.made", study.language, forms=made.forms, folder=str(made.folder), written=made.written)
    if made.forms > 1:
        yield say("forms.list", study.language, file=str(made.folder / LIST))
    yield from made.notes
    if made.names:
        yield say(f"forms.names_{made.names}", study.language)
    yield say("forms.next", study.language, command=typed(f"add {say('forms.back', study.language)} --period {asked.period}", study.root))


def _corrections(study: Study, period: str) -> Iterator[str]:
    from evalkit.commands.check import to_units
    from evalkit.tables.store import read

    faults = read(study, "faults")
    mine = (faults["status"] == "open") & (faults["period"].isna() | (faults["period"] == period))
    yield from to_units(study, faults[mine.to_numpy(dtype=bool)], period)


def plan(asked: Asked) -> Iterator[str]:
    """Give the lines of the linking plan: what so many vignettes and double ratings would tell, before anyone rates.

    The variances are those of the study's own vignettes and double ratings where it has enough of them, else supposed; each line says which.
    """
    from evalkit.collect.linking_plan import SUPPOSED_RELIABILITY, double_plan, vignette_plan
    from evalkit.collect.roster import roster
    from evalkit.derive.own_spread import LEAST_RATERS, LEAST_VIGNETTES, own_spread
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import number

    language = asked.study.language
    own = own_spread(asked.study, asked.period)
    known = {"raters": number(own.n_raters, 0, language), "vignettes": own.n_vignettes, "period": own.period}
    state = "estimated" if own.spread else "few" if own.n_raters else "supposed"
    how = say(f"forms.{state}", language, least=LEAST_RATERS, least_vignettes=LEAST_VIGNETTES, **known)
    yield say("forms.plan_vignettes", language, how=how)
    yield from _table(vignette_plan(own.spread), say("forms.plan_v", language), language)
    yield say("forms.plan_read", language)
    people = roster(asked.study, asked.period, asked.unit)
    yield ""
    if people.empty:
        yield say("forms.plan_nobody", language)
        return
    value = SUPPOSED_RELIABILITY if own.reliability is None else own.reliability
    of = say("forms.pairs_supposed" if own.reliability is None else "forms.pairs_estimated", language, n=number(own.n_pairs, 0, language))
    yield say("forms.plan_double", language, n=number(len(people), 0, language), r=number(value, 2, language), how=of)
    yield from _table(double_plan(len(people), value), say("forms.plan_d", language), language)


def _table(frame: pd.DataFrame, heads: str, language: str) -> list[str]:
    from evalkit.language.numbers_dates import number

    whole = {"vignettes", "pairs", "minutes", "hours"}
    rows = [[number(float(v), 0 if c in whole else 2, "en" if language == "en" else "id") for c, v in zip(frame.columns, r, strict=True)]
            for r in frame.itertuples(index=False)]
    return columns([heads.split("|"), *rows], right=range(len(frame.columns)))
