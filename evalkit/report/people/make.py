"""Makes the pages of people for one period: plan, keys, only what changed is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from markupsafe import Markup

from evalkit.derive.build import Built
from evalkit.derive.handle import Facts, open_handle
from evalkit.exhibits import blocks
from evalkit.exhibits.reports.base import owner_of
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text, period_short
from evalkit.report import shell
from evalkit.report.index_parts import State
from evalkit.report.naming import names_of
from evalkit.report.people.book import Book
from evalkit.report.people.codes import file_name, target_of
from evalkit.report.people.employee import EmployeePages, Setting
from evalkit.report.people.parts import objection_due
from evalkit.report.people.records import Employee, employees, steps_of
from evalkit.report.people.rules import Rules
from evalkit.report.state import code_digest
from evalkit.tables.study import Study

EXPLAINER = "bagaimana-dinilai-"  # begins the file names of "how you are evaluated"
TELL_EVERY = 500
_BODY, _TRACE = "\ue001", "\ue002"
_ABOUT_THE_RUN = ("as_of", "version", "release")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Request:
    """What is to be made: the study with its tables, where to, in which languages, for which offices (all without).

    `released_on` is the day of the release that the pages belong to; objections are counted from it, or from the day of an earlier
    one that told a person the same result (`told_on`). With `pdf` among the `formats` each page has its PDF beside it.
    """

    study: Study
    built: Built
    period: str
    draft: Path
    languages: Sequence[Language] = ("id",)
    opd_ids: frozenset[str] | None = None
    released_on: date | None = None
    formats: tuple[str, ...] = ("html",)
    told_on: Mapping[str, date] = field(default_factory=dict)


class Frame:
    """The shell of one kind of page, made once; every page is head, body, tail.

    Parameters
    ----------
    facts : Facts
        Of the period.
    language : {"id", "en"}
        Of the pages.
    name, mark, foot : str
        The name in the browser, who may read it, the line at the end.
    mark_class : str
        How the mark is framed.
    """

    def __init__(self, facts: Facts, language: Language, *, name: str, mark: str, foot: str,
                 mark_class: str = "private") -> None:
        day = date_text(facts.as_of, language)
        state = say("report.state_release" if facts.release else "report.state", language, release=facts.release, day=day)
        whole = shell.render(f"<h1>{_BODY}</h1>", title=name, language=language, owner=owner_of(facts, language), state=state, mark=mark,
                             mark_class=mark_class, layout="one", foot=foot, other_bodies=True)
        head, _, tail = whole.partition(f"<h1>{_BODY}</h1>")
        self.head, self.tail, self.language = head.encode(), tail.encode(), language

    def page(self, body: str) -> bytes:
        """Give a whole page."""
        return self.head + body.encode() + self.tail


def trace_of(facts: Facts, language: Language, report: str) -> Markup:
    """Give the trace, with a mark where the digest of each page's content stands."""
    told: dict[str, object] = {say("people.trace.report", language): say(f"people.trace.{report}", language),
                               say("report.trace.release" if facts.release else "report.trace.state", language): facts.release,
                               say("report.trace.data", language): date_text(facts.as_of, language),
                               say("report.trace.instrument", language): ", ".join(facts.instruments), "evalkit": facts.version,
                               say("people.trace.content", language): _TRACE}
    return blocks.trace(told, language)


def key_of(*parts: object) -> str:
    """Digest what a page says: its own facts, and what all share."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def shared_key(facts: Facts, language: Language) -> str:
    """Digest what every page of the run shares; the day of the data is printed but makes no page again."""
    own = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in asdict(facts).items() if k not in _ABOUT_THE_RUN}
    return key_of(sorted(own.items(), key=lambda i: i[0]), language, code_digest())


def make_employees(request: Request, progress: Progress | None = None) -> dict[Path, State]:
    """Make the page of every employee of the period, in each language; pages that say the same are left as they are.

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
    handle = open_handle(request.study, report="employees", period=request.period, audience="employees", built=request.built)
    ids = handle.table("personal_people")["person_id"].astype(str)
    people = employees(handle, names_of(request.study, ids), request.opd_ids)
    steps, rules = steps_of(handle), Rules(handle.table("rules"))
    book = Book(request.draft, "employees")
    states: dict[Path, State] = {}
    for language in request.languages:
        setting = Setting(language, handle.facts, rules, steps, request.released_on, partial(_explainer, request.study, language),
                          request.told_on)
        shared = key_of(shared_key(handle.facts, language), request.built.records["rules"].content, request.released_on)
        pages = EmployeePages(setting)
        told = [Told(target_of(request.study, p.person_id, "employees", language), key_of(shared, _said(p, setting)), partial(pages.body, p))
                for p in people]
        frame = Frame(handle.facts, language, name=setting.say("name", period=period_short(request.period, language)),
                      mark=setting.say("mark"), foot=setting.say("foot", place=handle.facts.title))
        states |= written(book, frame, trace_of(handle.facts, language, "employee"), told, request.formats, progress)
        if request.opd_ids is None:
            book.keep_only([t.target for t in told], file_name(request.study, "employees", language))
    book.save()
    return states


def _explainer(study: Study, language: Language, instrument: str) -> str:
    """The address of the explainer from the page of a person: one folder up."""
    return f"../{explainer_file(study, instrument, language)}"


def _said(person: Employee, setting: Setting) -> tuple[object, ...]:
    """Everything that decides the page of one person, besides what all share."""
    now, start, facts = person.official, setting.counted_from(person), setting.facts
    late = start is not None and objection_due(start, facts.objection_days, facts.objection_day_type) < facts.as_of
    return person, person.name, setting.steps.get(now.derivation if now else person.derivation), start, late


@dataclass(frozen=True)
class Told:
    """One page to make: where it stands, the key of what it says, and how its body is made."""

    target: Path
    key: str
    body: Callable[[], str]


def written(book: Book, frame: Frame, trace: Markup, told: Sequence[Told], formats: Sequence[str] = ("html",),
            progress: Progress | None = None) -> dict[Path, State]:
    """Write the pages that say something else than those that stand there."""
    before, _, after = str(trace).rpartition(_TRACE)
    states: dict[Path, State] = {}
    for n, page in enumerate(told, 1):
        states[page.target] = "unchanged" if book.is_current(page.target, page.key) else "done"
        if states[page.target] == "done":
            digest = " ".join(page.key[i:i + 4] for i in range(0, 12, 4))
            book.write(page.target, page.key, frame.page(f"{page.body()}{before}{digest}{after}"))
        if "pdf" in formats and (states[page.target] == "done" or not (book.draft / page.target).with_suffix(".pdf").is_file()):
            _print(book.draft / page.target, frame.language)
            states[page.target] = "done"
        if progress is not None and (n % TELL_EVERY == 0 or n == len(told)):
            progress(n, len(told))
    return states


def _print(page: Path, language: Language) -> None:
    from evalkit.report.pdf.render import write_pdf  # loads fonts: only where a PDF is asked for

    write_pdf(page.read_text(encoding="utf-8"), page.with_suffix(".pdf"), language)


def explainer_file(study: Study, instrument: str, language: Language) -> str:
    """Give the file name of "how you are evaluated" for one instrument."""
    ending = ".html" if language == study.language else f".{language}.html"
    return f"{EXPLAINER}{instrument}{ending}"
