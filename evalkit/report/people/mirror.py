"""The evaluator's mirror: her own spread, her own list of who is not rated, what the data can say; nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from evalkit.derive.handle import Facts, Handle, open_handle
from evalkit.exhibits import blocks
from evalkit.exhibits.marks import unconfirmed
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text, number, period_short, period_text, range_text, signed, spelled
from evalkit.language.sentences.words import counted, first
from evalkit.report.index_parts import State
from evalkit.report.naming import names_of
from evalkit.report.people import reasons
from evalkit.report.people.book import Book
from evalkit.report.people.codes import file_name, target_of
from evalkit.report.people.make import Frame, Progress, Request, Told, key_of, shared_key, trace_of, written
from evalkit.report.people.parts import filled, heading, table
from evalkit.report.people.records import rows_of
from evalkit.tables.schema import PREDIKAT

_WORDS = tuple(reversed(PREDIKAT))
_ALWAYS = ("sangat_baik", "baik")
_MEASURES = ("elevation", "distance", "differential_elevation", "halo", "central_tendency", "range_ratio")
_SIGNED = frozenset({"elevation", "halo", "central_tendency"})


@dataclass(frozen=True)
class Team:
    """The team of one evaluator in one period."""

    period: str
    expected: int
    rated: int
    missing: int
    by_other: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """One measure of an evaluator's own answers to vignettes: value, range, what experts have, cases, period."""

    measure: str
    value: float
    low: float
    high: float
    neutral: float
    n: int
    period: str


@dataclass(frozen=True)
class Evaluator:
    """What one mirror says: the team by period, the latest first, and who is not rated (name, reason), by name."""

    rater_id: str
    name: str = field(repr=False)
    opd_id: str = ""
    teams: tuple[Team, ...] = ()
    waiting: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    accuracy: tuple[Measured, ...] = ()


def make_mirrors(request: Request, progress: Progress | None = None) -> dict[Path, State]:
    """Make the mirror of every evaluator of the period, in each language.

    Parameters
    ----------
    request : Request
        What is to be made.
    progress : callable, optional
        Told how many of how many pages are looked after, now and then.

    Returns
    -------
    dict of Path to str
        Each page, relative to the draft folder, and whether it was `done` or `unchanged`.
    """
    handle = open_handle(request.study, report="evaluators", period=request.period, audience="evaluators", built=request.built)
    people = evaluators(request, handle)
    rung = _rung(handle)
    book = Book(request.draft, "evaluators")
    states: dict[Path, State] = {}
    for language in request.languages:
        shared = key_of(shared_key(handle.facts, language), rung)
        told = [Told(target_of(request.study, p.rater_id, "evaluators", language), key_of(shared, p, p.name, p.waiting),
                     partial(body, p, handle.facts, rung, language)) for p in people]
        frame = Frame(handle.facts, language, name=say("mirror.name", language, period=period_short(request.period, language)),
                      mark=say("mirror.mark", language), foot=say("mirror.foot", language, place=handle.facts.title))
        states |= written(book, frame, trace_of(handle.facts, language, "mirror"), told, request.formats, progress)
        if request.opd_ids is None:
            book.keep_only([t.target for t in told], file_name(request.study, "evaluators", language))
    book.save()
    return states


def evaluators(request: Request, handle: Handle) -> list[Evaluator]:
    """Give the evaluators of the period with all that their mirrors say, in the order of their ids."""
    table_ = handle.table("mirror")
    if request.opd_ids is not None:
        table_ = table_[table_["opd_id"].isin(request.opd_ids).to_numpy(dtype=bool)]
    unrated = handle.table("unrated")
    own = unrated[(unrated["period"].eq(request.period) & unrated["superior_id"].isin(table_["rater_id"])).to_numpy(dtype=bool)]
    names = names_of(request.study, [*table_["rater_id"].astype(str), *own["person_id"].astype(str)])
    waiting: dict[str, list[tuple[str, str]]] = {}
    for row in rows_of(own):
        waiting.setdefault(str(row["superior_id"]), []).append((names.get(str(row["person_id"]), ""), str(row["reason"])))
    measured = _measured(handle)
    teams: dict[str, list[Team]] = {}
    offices: dict[str, str] = {}
    for row in rows_of(table_):
        teams.setdefault(str(row["rater_id"]), []).append(_team(row))
        offices[str(row["rater_id"])] = str(row["opd_id"] or "")
    return [Evaluator(r, names.get(r, ""), offices[r], tuple(sorted(t, key=lambda x: x.period, reverse=True)),
                      tuple(sorted(waiting.get(r, []), key=lambda w: (w[0].casefold(), w[1]))), measured.get(r, ()))
            for r, t in sorted(teams.items())]


def _measured(handle: Handle) -> dict[str, tuple[Measured, ...]]:
    """Give what vignettes say of each evaluator's own accuracy and use of the scale; only where there is an expert key."""
    rows = handle.table("linked_accuracy")
    keyed = rows.loc[(rows["measure"].eq("distance") & rows["status"].eq("estimated")).to_numpy(dtype=bool), "instrument"].unique()
    own = rows[(rows["instrument"].isin(keyed) & rows["measure"].isin(_MEASURES) & rows["term"].ne("")
                & rows["status"].eq("estimated")).to_numpy(dtype=bool)].astype(object)
    found: dict[str, dict[str, Measured]] = {}
    for r in rows_of(own):
        low, high, neutral = (float("nan") if r[c] is None or r[c] != r[c] else float(r[c]) for c in ("conf_low", "conf_high", "null_value"))
        one = Measured(str(r["measure"]), float(r["estimate"]), low, high, neutral, int(r["n"] or 0), str(r["period"]))
        found.setdefault(str(r["term"]), {})[one.measure] = one
    return {rater: tuple(own[m] for m in _MEASURES if m in own) for rater, own in found.items()}


def _team(row: Mapping[str, Any]) -> Team:
    return Team(str(row["period"]), int(row["expected"]), int(row["rated"]), int(row["missing"]), int(row["by_other"]),
                tuple(int(row[f"n_{p}"]) for p in _WORDS))


def _rung(handle: Handle) -> int | None:
    rows = handle.table("identification")
    own = rows[(rows["scope"].eq("city") & rows["instrument"].isin(list(handle.facts.instruments))).to_numpy(dtype=bool)]
    return None if own.empty else int(own["rung"].max())


def body(person: Evaluator, facts: Facts, rung: int | None, language: Language) -> str:
    """Make the blocks of one mirror.

    Parameters
    ----------
    person : Evaluator
        What it says; nothing of another evaluator is in it.
    facts : Facts
        Of the period.
    rung : int or None
        The rung of evidence that the whole study reaches.
    language : {"id", "en"}
        Of the page.
    """
    own = partial(_own, language)
    now = person.teams[0] if person.teams and person.teams[0].period == facts.period else Team(facts.period, 0, 0, 0, 0, (0,) * len(_WORDS))
    parts = [blocks.title(own("title"), [person.name or say("employee.nameless", language), period_text(facts.period, language),
                                         own("team", n=counted("person", now.expected, language))]),
             blocks.verdict(_verdict(now, language), None, own("why"), language, say("employee.why.label", language)),
             blocks.actions([_suggestion(now, facts, language)], language, own("do.head")),
             _spread(person, now, language), _waiting(person, language), _evidence(facts, rung, person, language),
             heading("s-siapa", own("sees.question"), own("sees.lead"), language), blocks.paragraphs([own("sees.text")])]
    return str(Markup("").join(parts))


def _own(language: Language, key: str, **values: object) -> str:
    return say(f"mirror.{'verdict.' if key == 'why' else ''}{key}", language, **values)


def _verdict(now: Team, language: Language) -> Markup:
    own = partial(_own, language)
    people = partial(counted, "person", language=language)
    if not now.missing:
        said = own("verdict.one") if now.expected == 1 else own("verdict.all", expected=people(n=now.expected))
    elif not now.rated:
        said = own("verdict.none", expected=people(n=now.expected))
    else:
        said = first(own("verdict.some", rated=spelled(now.rated, language), expected=people(n=now.expected), missing=spelled(now.missing, language)))
    used = [word for word, n in zip(_WORDS, now.counts, strict=True) if n]
    same = filled("mirror.verdict.same", language, say(f"predikat.{used[0]}", language)) if len(used) == 1 and now.rated > 1 else Markup("")
    return Markup("{}{}").format(said, same)


def _suggestion(now: Team, facts: Facts, language: Language) -> tuple[object, object]:
    own = partial(_own, language)
    if now.missing:
        due = own("do.missing_who", due=date_text(facts.due_at, language))
        return own("do.missing"), due if facts.due_confirmed else unconfirmed(language, due)
    return own("do.evidence"), own("do.evidence_who")


def _spread(person: Evaluator, now: Team, language: Language) -> Markup:
    own = partial(_own, language)
    used = sum(n > 0 for n in now.counts)
    lead = first(own("spread.lead", used=spelled(used, language))) if used else own("spread.lead_none")
    told = [i for i, w in enumerate(_WORDS) if w in _ALWAYS or any(t.counts[i] for t in person.teams)]
    columns = [(own("spread.period"), ""), (own("spread.expected"), "r"), *((say(f"predikat.{_WORDS[i]}", "id"), "r") for i in told),
               (own("spread.missing"), "r")]
    rows = [(period_short(t.period, language), *(number(n, 0, language) for n in (t.expected, *(t.counts[i] for i in told), t.missing)))
            for t in person.teams]
    unused = "" if len(told) == len(_WORDS) else f"{own('spread.unused')} "
    note = unused + own("spread.note") + (f" {own('spread.other', n=counted('person', now.by_other, language))}" if now.by_other else "")
    return heading("s-sebaran", own("spread.question"), lead, language) + table(
        "t-sebaran", 1, own("spread.table"), own("spread.desc"), columns, rows, language, note)


def _waiting(person: Evaluator, language: Language) -> Markup:
    own = partial(_own, language)
    if not person.waiting:
        return heading("s-belum", own("waiting.question"), own("waiting.nobody"), language)
    lead = own("waiting.lead", n=counted("person", len(person.waiting), language))
    columns = [(own("waiting.person"), ""), (own("waiting.reason"), ""), (own("waiting.step"), "")]
    rows = [(name or say("employee.nameless", language), first(reasons.unrated(why, language)), first(reasons.step(why, language)))
            for name, why in person.waiting]
    return heading("s-belum", own("waiting.question"), lead, language) + table(
        "t-belum", 2, own("waiting.table"), own("waiting.desc"), columns, rows, language)


def _evidence(facts: Facts, rung: int | None, person: Evaluator, language: Language) -> Markup:
    own = partial(_own, language)
    lead = own("rung.none") if rung is None else own("rung.lead", place=facts.title, rung=rung)
    out = heading("s-tangga", own("rung.question"), lead, language)
    if rung is not None:
        out += blocks.paragraphs([own("rung.may", may=say(f"ladder.rung.{rung}.may", language)),
                                  own("rung.may_not", may_not=say(f"ladder.rung.{rung}.may_not", language))])
    if person.accuracy:
        return out + _accuracy(person.accuracy, 3 if person.waiting else 2, language)
    return out + blocks.cannot(own("rung.accuracy"), own("rung.accuracy_why"), own("rung.accuracy_needed"), language)


def _accuracy(measured: tuple[Measured, ...], n: int, language: Language) -> Markup:
    """Show her own accuracy and use of the scale on vignettes, each with its range; nothing of anybody else."""
    own = partial(_own, language)
    columns = [(own("accuracy.measure"), ""), (own("accuracy.value"), "r"), (own("accuracy.range"), ""), (own("accuracy.neutral"), "r")]
    rows = []
    for m in measured:
        value = signed(m.value, 2, language) if m.measure in _SIGNED else number(m.value, 2, language)
        limits = range_text(m.low, m.high, 2, language) if m.low == m.low and m.high == m.high else say("report.none", language)
        rows.append((own(f"accuracy.{m.measure}"), value, limits, number(m.neutral, 0, language)))
    first_ = measured[0]
    lead = own("accuracy.lead", n=number(first_.n, 0, language), period=period_text(first_.period, language))
    return heading("s-ketepatan", own("accuracy.question"), lead, language) + table(
        "t-ketepatan", n, own("accuracy.head"), own("accuracy.desc"), columns, rows, language, own("accuracy.note"))
