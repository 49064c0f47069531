"""What a release says about itself in sentences: the name of a printed figure, its value, and why it changed."""

from __future__ import annotations

import re
from datetime import date
from typing import Protocol

from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import NOT_APPLICABLE, date_text, listed, number, percent
from evalkit.language.sentences.words import first

SHOWN_IDS = 5
_OF_RATER = "rater_"  # begins the name of an attribute of whoever rates
_TOKEN = re.compile(r"[A-Za-z][A-Za-z_]*")
# Where the words of the parts of a figure's name stand: by table, one place a part.
_WORDS: dict[str, tuple[str, ...]] = {
    "distribution": ("predikat.{}",), "unrated_counts": ("monitor.reason.{}.name",), "denominator": ("monitor.step.{}",),
    "rating_counts": ("rating.{}", "rating.{}"), "history": ("predikat.{}",), "pattern": ("release.rule.{}",),
    "evaluator_effects": ("release.measure.{}", "release.outcome.{}", "release.part.{}"),
    "carry_over": ("release.part.{}", "predikat.{}", "predikat.{}"), "fairness_groups": ("release.outcome.{}", "release.part.{}", ""),
    "fairness_estimates": ("release.outcome.{}", "release.measure.{}", "release.part.{}", "", "release.estimand.{}"),
    "dimension_summary": ("evaluation.dims.name.{}",), "evidence": ("evaluation.evidence.question.{}",)}


class FigureLike(Protocol):
    """A printed figure, as `derive.diff` gives it."""

    @property
    def table(self) -> str:
        """The derived table."""

    @property
    def column(self) -> str:
        """Its column."""

    @property
    def item(self) -> tuple[str, ...]:
        """The parts that name it."""

    @property
    def kind(self) -> str:
        """`count`, `share`, `number`, `flag` or `word`."""

    @property
    def digits(self) -> int:
        """Decimals on the page."""


class CauseLike(Protocol):
    """A reason for a change, as `derive.causes` gives it."""

    @property
    def kind(self) -> str:
        """Kind of file, or of change."""

    @property
    def import_id(self) -> str:
        """The import."""

    @property
    def on(self) -> date | None:
        """The day that the file describes."""

    @property
    def new(self) -> int:
        """New appraisals."""

    @property
    def changed(self) -> int:
        """New versions."""

    @property
    def withdrawn(self) -> int:
        """Withdrawn appraisals."""

    @property
    def corrections(self) -> tuple[str, ...]:
        """Ids of corrections."""

    @property
    def detail(self) -> str:
        """More, for some kinds."""


def figure_name(figure: FigureLike, language: Language) -> str:
    """Name a printed figure.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> figure_name(SimpleNamespace(table="distribution", column="n", item=("sangat_baik",)), "id")
    'Sangat Baik, jumlah'
    >>> figure_name(SimpleNamespace(table="coverage", column="missing", item=()), "en")
    'Not rated'
    >>> figure_name(SimpleNamespace(table="fairness_estimates", column="estimate", item=("", "", "rater_sex × sex", "M - F | M - F")), "id")
    'Jenis kelamin penilai × jenis kelamin, laki-laki − perempuan; laki-laki − perempuan, perkiraan'
    """
    places = _WORDS.get(figure.table, ())
    parts = [_part(places[n] if n < len(places) else "", value, language) for n, value in enumerate(figure.item) if value]
    known = catalogue().get(f"release.figure.{figure.table}.{figure.column}")
    own = known[language] if known else f"{figure.table}: {figure.column}"
    between = " × " if figure.table == "rating_counts" else ", "
    return first(f"{between.join(parts)}, {own}") if parts else first(own)


def _part(place: str, value: str, language: Language) -> str:
    found = catalogue().get(place.format(value)) if place else None
    if found:
        return found[language].split("|")[0]
    return _TOKEN.sub(lambda m: _token(m[0], language), value.replace(" - ", " \N{MINUS SIGN} ").replace(" | ", "; "))


def _token(text: str, language: Language) -> str:
    known = catalogue().get(f"release.part.{text}")
    if text.startswith(_OF_RATER):
        return say("release.part.of_rater", language, part=_token(text.removeprefix(_OF_RATER), language))
    return known[language] if known else text.replace("_", " ")


def figure_value(figure: FigureLike, value: object, language: Language) -> str:
    """Write a figure as a page prints it.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> share = SimpleNamespace(kind="share", digits=1)
    >>> figure_value(share, 0.11434, "id"), figure_value(share, None, "id")
    ('11,4%', '–')
    """
    if value is None:
        return NOT_APPLICABLE
    if figure.kind == "share":
        return percent(value, language, figure.digits)
    if figure.kind == "flag":
        return say("release.yes" if str(value) == "True" else "release.no", language)
    if figure.kind == "word":
        return say(f"release.word.{value}", language) if f"release.word.{value}" in catalogue() else str(value).replace("_", " ")
    return number(value, figure.digits, language)


def cause_name(cause: CauseLike, language: Language) -> str:
    """Name one reason: the file with its day and id, or what else of the ground is another."""
    if cause.kind in ("settings", "cut", "lock"):
        return say(f"release.cause.{cause.kind}", language)
    if cause.kind == "rule":
        return say("release.cause.rule", language, name=cause.detail.rpartition("/")[2])
    if cause.kind == "code":
        return say("release.cause.code", language, versions=cause.detail)
    kind = cause.detail if cause.kind == "removed" else "appraisals" if cause.kind == "corrected" else cause.kind
    name = say(f"kind.{kind}", language) if f"kind.{kind}" in catalogue() else kind
    day = date_text(cause.on, language) if cause.on else ""
    key = cause.kind if cause.kind in ("corrected", "removed") else "file"
    return say(f"release.cause.{key}", language, name=name, day=day, id=cause.import_id)


def cause_text(cause: CauseLike, language: Language) -> str:
    """Say one reason: the file with its day and id, and what it brought.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> cause = SimpleNamespace(kind="appraisals", import_id="i1", on=date(2026, 10, 12), new=0, changed=2, withdrawn=1, corrections=(),
    ...     detail="")
    >>> cause_text(cause, "id")
    'Laporan Penilaian SKP 12 Oktober 2026 (i1): 2 versi baru, 1 ditarik'
    """
    head = cause_name(cause, language)
    said = [say(f"release.cause.{what}", language, n=number(n, 0, language))
            for what, n in (("new", cause.new), ("changed", cause.changed), ("withdrawn", cause.withdrawn)) if n]
    if cause.corrections:
        more = len(cause.corrections) - SHOWN_IDS
        ids = [*cause.corrections[:SHOWN_IDS], *([say("release.cause.more", language, n=number(more, 0, language))] if more > 0 else [])]
        said.append(say("release.cause.corrections", language, n=number(len(cause.corrections), 0, language), ids=listed(ids, language)))
    return f"{head}: {', '.join(said)}" if said else head
