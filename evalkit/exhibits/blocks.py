"""The blocks of a page, each a function from finished words to HTML: verdict, tiles, strip, actions, and the others.

Few, flat and semantic, so that the printed page and the PDF can have the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from evalkit.errors import ExhibitError
from evalkit.exhibits.marks import strength, unconfirmed
from evalkit.exhibits.text import address, attribute, clean, identifier, joined, link, optional
from evalkit.language.catalogue import Language, say

TILES = 4


@dataclass(frozen=True)
class Dim:
    """One of productivity, integrity, commitment: a value with its source, or no value and what is needed."""

    name: str
    value: str
    text: str
    source: str


@dataclass(frozen=True)
class Rung:
    """A rung of the ladder of evidence; `more` says what opened it, or what it costs to open."""

    number: int
    state: Literal["open", "partly", "not_yet"]
    data: str
    may: str
    may_not: str
    more: str = ""


def title(heading: object, parts: Sequence[object]) -> Markup:
    """Give the one h1 of the page and its line of facts: period, counts."""
    between = Markup('<span class="vh">, </span>')
    facts = between.join(Markup('<span class="part">{}</span>').format(clean(part)) for part in parts if part)
    return Markup("<h1>{}</h1>\n{}\n").format(clean(heading), optional('<p class="sub">{}</p>', facts))


def verdict(sentence: object, level: int | None, why: object, language: Language, label: str = "") -> Markup:
    """Give the answer first: one sentence, the strength of its evidence, the reason."""
    shown = clean(why) if level is None else joined(strength(level, language), ". ", why)
    return Markup('<section class="verdict" aria-labelledby="v-h"><h2 id="v-h">{}</h2><p class="say">{}</p>'
                  '<p class="ev"><strong>{}:</strong> {}</p></section>\n').format(
        say("page.verdict", language), clean(sentence), label or say("page.strength_label", language), shown)


def tiles(items: Sequence[tuple[object, object, object]]) -> Markup:
    """Give the four numbers of page one, each with its denominator, bound or comparison."""
    if len(items) != TILES:
        raise ExhibitError(f"A page has exactly four numbers at its head; {len(items)} were given.")
    cells = Markup("").join(Markup('<div><dt>{}</dt><dd><span class="n">{}</span><span class="c">{}</span></dd></div>').format(
        clean(a), clean(b), clean(c)) for a, b, c in items)
    return Markup('<dl class="tiles">{}</dl>\n').format(cells)


def strip(label: object, text: object, is_unconfirmed: bool, target: tuple[str, str] | None, language: Language) -> Markup:
    """Give the line that says who is not rated yet, with its link; never a name."""
    shown = unconfirmed(language, text) if is_unconfirmed else clean(text)
    to = Markup("<div>{}</div>").format(link(*target)) if target else Markup("")
    return Markup('<section class="strip" aria-labelledby="b-h"><div><h2 id="b-h">{}</h2> {}</div>{}</section>\n').format(
        clean(label), shown, to)


def actions(items: Sequence[tuple[object, object]], language: Language, heading: str = "") -> Markup:
    """Give two or three things to do: verb and object, then who and by when."""
    rows = Markup("").join(Markup("<li>{}{}</li>").format(clean(what), optional(' <span class="who">{}</span>', who))
                           for what, who in items)
    return Markup('<section class="acts" aria-labelledby="a-h"><h2 id="a-h">{}</h2><ol>{}</ol></section>\n').format(
        heading or say("page.actions", language), rows)


def question(id: str, heading: object, answer: object, language: Language, rung: int | None = None, withheld: bool = False,
             short: str = "") -> Markup:
    """Give the head of a section: the reader's question, then its answer, under the rung that opens it."""
    tag = Markup("")
    if rung is not None:
        shut = f" · {say('status.withheld', language)}" if withheld else ""
        tag = Markup('<p class="rung-tag{}">{}{}</p>').format(" shut" if withheld else "", say("page.rung", language, n=rung), shut)
    name = Markup(' data-toc="{}"').format(attribute(short)) if short else Markup("")
    return Markup('<div class="q{}">{}<h2 id="{}"{}>{}</h2>{}</div>\n').format(
        " rg" if tag else "", tag, identifier(id), name, clean(heading), optional('<p class="lead">{}</p>', answer))


def cannot(heading: object, reason: object, needed: object, language: Language) -> Markup:
    """Give the box that takes the place of an exhibit: what cannot be answered, why, and what would answer it."""
    if not str(reason).strip() or not str(needed).strip():
        raise ExhibitError("A 'cannot' needs its reason and the one thing that would help.")
    return Markup('<div class="cannot"><h3>{} {}</h3><p>{}</p><p><strong>{}</strong> {}</p></div>\n').format(
        say("page.cannot", language), clean(heading), _begun(clean(reason)), say("page.needed", language), clean(needed))


def _begun(sentence: Markup) -> Markup:
    """Let a sentence begin with a capital letter, unless it begins with an element or a name such as e-Kinerja."""
    return sentence if sentence[1:2] == "-" else Markup(sentence[:1].upper()) + sentence[1:]


def dims(items: Sequence[Dim], note: object, language: Language, id: str) -> Markup:
    """Give productivity, integrity and commitment side by side; what has no value is "not measured"."""
    cells = Markup("")
    for item in items:
        shown = optional('<p class="v">{}</p>', item.value) or Markup('<p class="no-data">{}</p>').format(
            say("page.not_measured", language))
        cells += Markup('<div><h3>{}</h3>{}<p>{}</p>{}</div>').format(
            clean(item.name), shown, clean(item.text), optional('<p class="c">{}</p>', item.source))
    return Markup('<div class="dims" id="{}">{}</div>{}\n').format(identifier(id), cells, optional('<p class="note">{}</p>', note))


def ladder(rungs: Sequence[Rung], next_step: object, language: Language) -> Markup:
    """Give the ladder of evidence, highest rung first, and the next step up."""
    css = {"open": "on", "partly": "part up", "not_yet": "up"}
    rows = Markup("")
    for rung in sorted(rungs, key=lambda r: -r.number):
        rows += Markup('<li class="{}"><span class="rung"><span class="vh">{} </span>{}</span><div><p class="t">{}</p>'
                       '<p><strong>{}</strong> {}</p><p class="not"><strong>{}</strong> {}</p></div>'
                       '<div class="go"><b>{} </b>{}</div></li>').format(
            css[rung.state], say("page.rung_word", language), rung.number, clean(rung.data), say("page.may", language),
            clean(rung.may), say("page.may_not", language), clean(rung.may_not), say(f"page.rung_state.{rung.state}", language),
            clean(rung.more))
    step = Markup('<div class="next"><p><strong>{}</strong> {}</p></div>').format(
        say("page.next_step", language), clean(next_step)) if next_step else Markup("")
    return Markup('<ol class="ladder">{}</ol>{}').format(rows, step)


def key(items: Sequence[tuple[str, object]]) -> Markup:
    """Give the key of a figure: sign and words."""
    if not items:
        return Markup("")
    rows = Markup("").join(Markup('<li>{}{}</li>').format(
        optional('<span class="g" aria-hidden="true">{}</span>', sign), clean(words)) for sign, words in items)
    return Markup('<ul class="key">{}</ul>').format(rows)


def terms(items: Sequence[tuple[object, object]]) -> Markup:
    """Give the terms used on this page with what they mean."""
    rows = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(clean(a), clean(b)) for a, b in items)
    return Markup('<dl class="terms">{}</dl>\n').format(rows)


def trace(facts: Mapping[str, object], language: Language) -> Markup:
    """Give the last lines of a page: what made it, from what, and how to check it again."""
    parts = Markup("; ").join(joined(name, " ", Markup("<span>{}</span>").format(clean(value))) if value else clean(name)
                              for name, value in facts.items())
    return Markup('<p class="trace"><strong>{}</strong> {}.</p>\n').format(say("page.trace", language), parts)


def figure(plot: Markup, *, id: str, label: Markup, head: object, desc: object, alt: str | None, key_html: Markup,
           note: object, more: Markup) -> Markup:
    """Give a figure: number and role, finding, what is shown, key, the picture with its text, note, numbers."""
    shown = plot if alt is None else Markup('<div class="plot" role="img" aria-label="{}">{}</div>').format(attribute(alt), plot)
    return Markup('<figure id="{}"><figcaption><span class="no">{}</span><span class="head">{}</span>{}</figcaption>{}{}{}{}'
                  "</figure>\n").format(identifier(id), label, clean(head), optional('<span class="desc">{}</span>', desc),
                                        key_html, shown, optional('<p class="note">{}</p>', note), more)


def paragraphs(texts: Sequence[object]) -> Markup:
    """Give running text."""
    return Markup("").join(Markup("<p>{}</p>\n").format(clean(text)) for text in texts)


def files(items: Sequence[tuple[str, str, object]]) -> Markup:
    """Give a list of files beside the page: words, address, what is in it."""
    rows = Markup("").join(Markup('<li><a href="{}">{}</a>{}</li>').format(
        address(target), clean(words), optional(' <span class="who">{}</span>', what)) for words, target, what in items)
    return Markup("<ul>{}</ul>\n").format(rows)
