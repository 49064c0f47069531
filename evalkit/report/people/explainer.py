""""How you are evaluated": one page an instrument, made of what the instrument says; no data of any person."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from markupsafe import Markup

from evalkit.derive.handle import Facts, open_handle
from evalkit.exhibits import blocks
from evalkit.exhibits.crosstab import quadrant_html
from evalkit.exhibits.marks import unconfirmed
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import date_text, listed, period_text
from evalkit.language.sentences.results import Rule
from evalkit.language.sentences.words import first, rule_text
from evalkit.report.index_parts import State
from evalkit.report.people.book import Book
from evalkit.report.people.make import Frame, Progress, Request, Told, explainer_file, key_of, shared_key, trace_of, written
from evalkit.report.people.parts import heading, table
from evalkit.report.people.rules import Fact, Rules
from evalkit.tables.schema import PREDIKAT, RATINGS, UNIT_PREDIKAT

FOLDERS = ("office", "employees", "evaluators")


def make_explainers(request: Request, progress: Progress | None = None) -> dict[Path, State]:
    """Make "how you are evaluated" for each instrument of the cycle, in each language.

    It stands in the office folder, and beside the pages of people once there are any.

    Parameters
    ----------
    request : Request
        What is to be made.
    progress : callable, optional
        Told how many of how many pages are looked after.
    """
    handle = open_handle(request.study, report="explainer", period=request.period, built=request.built)
    rules, facts = Rules(handle.table("rules")), handle.facts
    book = Book(request.draft, "explainer")
    states: dict[Path, State] = {}
    folders = [f for f in FOLDERS if f == FOLDERS[0] or (request.draft / f).is_dir()]
    for language in request.languages:
        shared = key_of(shared_key(facts, language), request.built.records["rules"].content)
        for instrument in rules.instruments:
            title = rules.text(instrument, language)
            name = say("explainer.name", language, instrument=_short(title))
            frame = Frame(facts, language, name=name, mark=say("explainer.mark", language), foot=say("explainer.foot", language, place=facts.title),
                          mark_class="")
            told = [Told(Path(folder) / explainer_file(request.study, instrument, language), key_of(shared, instrument),
                         partial(body, facts, rules, instrument, language)) for folder in folders]
            states |= written(book, frame, trace_of(facts, language, "explainer"), told, request.formats, progress)
    book.save()
    return states


def _short(title: str) -> str:
    return title.split(" tentang ")[0]


def body(facts: Facts, rules: Rules, instrument: str, language: Language) -> str:
    """Make the blocks of the page.

    Parameters
    ----------
    facts : Facts
        Of the period: its calendar is printed.
    rules : Rules
        What the instruments say.
    instrument : str
        The instrument that is explained.
    language : {"id", "en"}
        Of the page.
    """
    own = partial(_own, language)
    title = rules.text(instrument, language)
    parts = [blocks.title(own("title"), [title, own("every", kind=say(f"report.kind.{facts.period_kind}", language))]),
             blocks.verdict(own("verdict"), None, own("why", title=_short(title)), language, say("employee.why.label", language)),
             _quadrant(rules, instrument, language),
             blocks.actions([(own(f"do.{k}"), "") for k in ("plan", "evidence", "object")], language, own("do.head")),
             _steps(rules, instrument, language), _words(language), _when(facts, language), _pattern(rules, instrument, language),
             heading("s-data", own("data.question"), own("data.lead"), language)]
    items = Markup("").join(Markup("<li>{}</li>").format(own(f"data.{n}")) for n in ("one", "two", "three", "four"))
    return str(Markup("").join(parts) + Markup("<ul>{}</ul>\n").format(items))


def _own(language: Language, key: str, **values: object) -> str:
    return say(f"explainer.{key}", language, **values)


def _sourced(fact: Fact, language: Language) -> object:
    return fact.source if fact.confirmed else unconfirmed(language, fact.source)


def _quadrant(rules: Rules, instrument: str, language: Language) -> Markup:
    frame = rules.quadrant(instrument)
    fact = rules.fact(instrument, "quadrant.sesuai.sesuai")
    if frame.empty or fact is None:
        return Markup("")
    out = quadrant_html(frame, id="t-kuadran", label=Markup("{}").format(say("page.table", language, n=1)), head=_own(language, "quadrant"),
                        desc=_own(language, "quadrant_desc", source=fact.source), note="", here=None, language=language)
    note = Markup('<p class="note">{}{}</p>').format(
        _own(language, "quadrant_note"), Markup("") if fact.confirmed else Markup(" ") + unconfirmed(language))
    return out + note


def _steps(rules: Rules, instrument: str, language: Language) -> Markup:
    own = partial(_own, language)
    who = f"steps.evaluator_{instrument}"
    days = rules.fact(instrument, "read.objection.days")
    told: list[tuple[str, Fact | None]] = [
        (own("steps.unit"), rules.fact(instrument, "evaluation.steps")), (own("steps.pattern"), rules.fact(instrument, "binding")),
        (own("steps.ratings"), rules.fact(instrument, "evaluation.steps")),
        (own(who if f"explainer.{who}" in catalogue() else "steps.evaluator"), rules.fact(instrument, "evaluator")),
        (own("steps.head"), rules.fact(instrument, "head.hasil_kerja_from_unit")),
        (own("steps.cell"), rules.fact(instrument, "quadrant.sesuai.sesuai")),
        (own("steps.objection", days=days.value) if days else "", days)]
    rows = [(f"{n}. {words}", _sourced(fact, language)) for n, (words, fact) in enumerate([t for t in told if t[1] is not None], 1) if fact]
    return heading("s-urutan", own("steps.question"), own("steps.lead"), language) + table(
        "t-urutan", 2, own("steps.table"), own("steps.desc"), [(own("steps.step"), ""), (own("steps.basis"), "")], rows, language,
        own("steps.note", mark=say("status.unconfirmed", language)))


def _words(language: Language) -> Markup:
    own: Callable[..., str] = partial(_own, language)
    terms = [(own("words.rating"), [say(f"rating.{c}", language) for c in reversed(RATINGS)]),
             (own("words.predikat"), [say(f"predikat.{c}", language) for c in reversed(PREDIKAT)]),
             (own("words.unit"), [say(f"predikat.{c}", language) for c in reversed(UNIT_PREDIKAT)])]
    said = blocks.terms([(a, first(listed(b, language)) + ".") for a, b in terms])
    return heading("s-kata", own("words.question"), own("words.lead"), language) + said


def _when(facts: Facts, language: Language) -> Markup:
    own = partial(_own, language)
    due: object = date_text(facts.due_at, language)
    objection: object = own("when.objection_day", days=facts.objection_days, type=say(f"employee.day.{facts.objection_day_type}", language))
    unsure = facts.unconfirmed & {"objection_days", "objection_day_type"}
    rows = [(own("when.span"), own("when.span_day", start=date_text(facts.start, language), end=date_text(facts.end, language))),
            (own("when.due"), due if facts.due_confirmed else unconfirmed(language, due)),
            (own("when.objection"), unconfirmed(language, objection) if unsure else objection)]
    return heading("s-kapan", own("when.question"), own("when.lead"), language) + table(
        "t-kapan", 3, own("when.table", period=period_text(facts.period, language)), own("when.desc"),
        [(own("when.what"), ""), (own("when.day"), "")], rows, language)


def _pattern(rules: Rules, instrument: str, language: Language) -> Markup:
    own = partial(_own, language)
    rows = []
    for unit in reversed(UNIT_PREDIKAT):
        facts = [f.value for f in rules.under(instrument, f"pattern.{unit}.").values()]
        said = [rule_text(Rule(tuple(v["counted"]), v["bound"], share=v.get("share"), count=v.get("count")), language) for v in facts]
        if said:
            rows.append((say(f"predikat.{unit}", language), first("; ".join(said)) + "."))
    if not rows:
        return Markup("")
    source = next(iter(rules.under(instrument, "pattern.").values())).source.split(",")[0]
    return heading("s-pola", own("pattern.question"), own("pattern.lead"), language) + table(
        "t-pola", 4, own("pattern.table"), source, [(own("words.unit"), ""), (own("pattern.rules"), "")], rows, language)
