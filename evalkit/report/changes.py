"""What has changed since the last run, in figures: who was rated meanwhile, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.derive.build import Built
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import listed, number
from evalkit.language.sentences.results import ORDER
from evalkit.report.plan import Office

COUNTS = ("expected", "rated", "missing", "faults_open")
Figures = dict[str, dict[str, int]]


def figures_of(built: Built, period: str) -> Figures:
    """Give the counts that the pages print: for the city ("") and each unit, people expected, rated, missing, faults, by predikat."""
    coverage, spread = built.table("coverage"), built.table("distribution")
    rows = coverage[(coverage["period"].eq(period) & coverage["scope"].isin(["city", "unit"])).to_numpy(dtype=bool)].astype(object)
    found: Figures = {str(r["scope_id"]): {c: int(r[c]) for c in COUNTS} for r in rows.to_dict("records")}
    own = spread[(spread["period"].eq(period) & spread["scope"].isin(["city", "unit"])).to_numpy(dtype=bool)].astype(object)
    for row in own.to_dict("records"):
        found.setdefault(str(row["scope_id"]), {})[str(row["predikat"])] = int(row["n"])
    return found


def changes(before: dict[str, Any], after: Figures, offices: tuple[Office, ...], language: Language) -> list[str]:
    """Say what changed from one run to the next, the city first; nothing where there was no run before.

    Parameters
    ----------
    before, after : mapping
        As `figures_of` gives them.
    offices : tuple of Office
        The units, for their names.
    language : {"id", "en"}
        The language of the sentences.

    Returns
    -------
    list of str
        One sentence a figure of the city that changed, then one with the units whose figures changed.
    """
    if not before or before == after:
        return []
    city_before, city = dict(before.get("", {})), after.get("", {})
    lines = [_line(name, int(city_before.get(name, 0)), city[name], language) for name in (*COUNTS, *ORDER)
             if name in city and int(city_before.get(name, 0)) != city[name]]
    units = [o.name for o in offices if before.get(o.opd_id) != after.get(o.opd_id)]
    if units:
        more = len(units) - 6
        shown = units[:6] + ([say("run.more_units", language, n=number(more, 0, language))] if more > 0 else [])
        lines.append(say("run.changed_units", language, n=number(len(units), 0, language), units=listed(shown, language)))
    return lines


@dataclass(frozen=True)
class Compared:
    """One figure of two periods."""

    label: str
    before: int
    now: int


def compared(before: Mapping[str, int], now: Mapping[str, int], language: Language, *, least: int) -> tuple[Compared, ...]:
    """Put the figures of a scope in two periods beside each other; nothing where one of them has none.

    Parameters
    ----------
    before, now : mapping
        The figures of one scope, as `figures_of` gives them: those of the period before, those of this one.
    language : {"id", "en"}
        The language of the words.
    least : int
        People expected: below that the predikat of a scope are not counted out, in neither period.

    Examples
    --------
    >>> [c.now for c in compared({"expected": 9, "rated": 9}, {"expected": 12, "rated": 12, "baik": 12}, "id", least=10)]
    [12, 12]
    """
    if not before or not now:
        return ()
    names = [n for n in COUNTS if n != "faults_open" and n in now]
    if min(before.get("expected", 0), now.get("expected", 0)) >= least:
        names += [n for n in ORDER if n in now]
    return tuple(Compared(_label(n, language), int(before.get(n, 0)), int(now[n])) for n in names)


def unit_changes(before: Mapping[str, Any], after: Figures, opd_id: str, language: Language) -> list[str]:
    """Say what changed for one unit from one run to the next; only how far its ratings are, no predikat."""
    old, new = dict(before.get(opd_id, {})), after.get(opd_id, {})
    return [_line(n, int(old.get(n, 0)), new[n], language) for n in COUNTS if old and n in new and int(old.get(n, 0)) != new[n]]


def _label(name: str, language: Language) -> str:
    return say(f"run.count.{name}", language) if name in COUNTS else say(f"predikat.{name}", language)


def _line(name: str, old: int, new: int, language: Language) -> str:
    label = _label(name, language)
    sign = "+" if new > old else "−"
    return f"{label}: {number(old, 0, language)} → {number(new, 0, language)} ({sign}{number(abs(new - old), 0, language)})"
