"""Which releases a study has: the period that is meant when none is named, and what in the last release is out of date."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derive.build import build
from evalkit.derive.catalog import CATALOG
from evalkit.derive.diff import Difference, difference, side_of_release, side_of_today
from evalkit.derive.printed import PRINTED
from evalkit.derive.release import FOLDER, find_release, releases_of
from evalkit.derive.steps import steps_between
from evalkit.errors import EvalkitError, ReportError
from evalkit.language.catalogue import say
from evalkit.language.invocation import typed
from evalkit.tables.periods import parse
from evalkit.tables.study import Study

NOW = ("draft", "draf", "now", "sekarang")


def periods_released(study: Study) -> tuple[str, ...]:
    """Give the periods that have a release, the earliest first."""
    found = []
    for folder in (study.root / FOLDER).glob("*/"):
        try:
            period = parse(folder.name).text
        except EvalkitError:
            continue
        if releases_of(study, period):
            found.append(period)
    return tuple(sorted(found, key=lambda p: (parse(p).end, parse(p).start)))


def period_of(study: Study, named: str | None) -> str:
    """Give the period that is meant: the one named, else the latest with a release.

    Raises
    ------
    ReportError
        If none is named and there is no release.
    """
    if named:
        return parse(named).text
    known = periods_released(study)
    if not known:
        raise ReportError(say("release.none", study.language, command=typed("release --period 2026-Q3", study.root)))
    return known[-1]


def out_of_date(study: Study, period: str) -> Difference | None:
    """Compare what the last release of a period prints with the data of today; nothing where there is no release.

    Only the tables of printed figures are made: `evalkit status` answers soon after an import.
    """
    known = releases_of(study, period)
    if not known:
        return None
    last = known[-1]
    names = {"units_current", *(p.table for p in PRINTED)} & {*CATALOG} & {*last.tables}
    built = build(study, period, as_of=last.cut_day, names=sorted(names))
    found = difference(study, side_of_release(study, last), side_of_today(study, built, last.cut), period)
    return replace(found, tables=tuple(t for t in found.tables if t.table in built.records))


def between(study: Study, period: str, before: str, after: str) -> Difference:
    """Compare two releases of a period, or a release with the data of today (`draft`).

    Raises
    ------
    DeriveError
        If there is no such release.
    """
    first = find_release(study, period, before)
    if after.lower() in NOW:
        second = side_of_today(study, build(study, period, as_of=first.cut_day, names=tuple(CATALOG)), first.cut)
    else:
        second = side_of_release(study, find_release(study, period, after))
    with steps_between(study, first, second) as steps:
        return difference(study, side_of_release(study, first), second, period, steps)
