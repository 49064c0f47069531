"""The difference of two states in plain lines, for a console: figures with their causes, units, tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.derive.causes import Cause
from evalkit.derive.diff import NOW, Difference, FigureChange
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number
from evalkit.language.sentences.release import cause_text, figure_name, figure_value
from evalkit.language.sentences.words import unit_name

SHOWN = 20


def state_name(name: str, language: Language) -> str:
    """Name a state: a release by its name, the data of today as the draft."""
    return say("run.draft", language) if name == NOW else name


def figure_line(figure: FigureChange, found: Difference, language: Language) -> str:
    """Say one figure: what the earlier state prints, and what it is in the later one."""
    return say("release.diff.figure", language, before=state_name(found.before, language), figure=figure_name(figure, language),
               old=figure_value(figure, figure.before, language), after=state_name(found.after, language),
               new=figure_value(figure, figure.after, language))


def causes_line(causes: Sequence[Cause], language: Language) -> str:
    """Say what changed a figure; nothing where no cause was found."""
    return "; ".join(cause_text(c, language) for c in causes) or say("erratum.no_reason", language)


def lines(found: Difference, language: Language, *, everything: bool = False) -> Iterator[str]:
    """Say a difference in lines: the city with its causes, the units, the tables.

    Parameters
    ----------
    found : Difference
        What differs.
    language : {"id", "en"}
        The language of the lines.
    everything : bool
        Every figure of every unit, not only the first ones and their number.
    """
    city = [f for f in found.figures if f.scope == "city"]
    yield say("release.diff.head" if found.figures else "release.diff.none", language, before=state_name(found.before, language),
              after=state_name(found.after, language), n=number(len(city), 0, language), units=number(len(found.concerned), 0, language))
    yield from _figures(city, found, language, everything)
    for unit in found.concerned:
        own = [f for f in found.figures if f.scope == "unit" and f.scope_id == unit]
        yield say("release.diff.unit", language, unit=unit_name(found.units[unit][0]), n=number(len(own), 0, language))
        if everything:
            yield from _figures(own, found, language, everything)
    changed = [t for t in found.tables if t.state != "equal"]
    yield say("release.diff.tables", language, n=number(len(changed), 0, language), total=number(len(found.tables), 0, language))
    for table in changed:
        counts = {k: number(getattr(table, k), 0, language) for k in ("added", "removed", "changed")}
        yield f"  {table.table}: {say(f'erratum.state.{table.state}', language)}; {say('verify.rows', language, **counts)}"


def _figures(figures: Sequence[FigureChange], found: Difference, language: Language, everything: bool) -> Iterator[str]:
    shown = figures if everything else figures[:SHOWN]
    for figure in shown:
        yield f"  {figure_line(figure, found, language)}"
        yield f"    {causes_line(figure.causes, language)}"
    if len(figures) > len(shown):
        yield "  " + say("release.cause.more", language, n=number(len(figures) - len(shown), 0, language))
