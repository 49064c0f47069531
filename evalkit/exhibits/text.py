"""Text on its way into a page: whatever it says, it stays text.

Every string is escaped here and nowhere else. What a page may contain as markup is made by the functions of this
module and of its neighbours and carries the type `Markup`; a plain `str` is always what a person or a file said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from evalkit.errors import ExhibitError

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"(?!//)[^\s:\\<>\"'`{}|^\x00-\x20]*(#[A-Za-z0-9_\-.%]*)?")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*")
_UNBROKEN = re.compile(r"(?<![\w-])(?:e-[A-Z]\w+|\d\d-\d\d-\d{4}(?![\w-])|--[a-z][a-z-]*)")  # a browser may end a line after any hyphen
_TAB = Markup('<span class="tab">\u21e5 </span>')


@dataclass(frozen=True)
class Block:
    """A finished piece of a page; a notebook shows it as it is.

    `carried` holds, by mime type, what travels with the block in a notebook that has run and is no part of the page.
    """

    html: Markup
    carried: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/html": str(self.html), **self.carried}

    def _repr_html_(self) -> str:
        return str(self.html)

    def __html__(self) -> str:
        return str(self.html)

    def __str__(self) -> str:
        return str(self.html)


def stacked(*blocks: Block) -> Block:
    """Put blocks under one another in one cell, with what they carry.

    Examples
    --------
    >>> stacked(Block(Markup("<p>a</p>")), Block(Markup("<p>b</p>"), {"x/y": 1}))
    Block(html=Markup('<p>a</p><p>b</p>'), carried={'x/y': 1})
    """
    return Block(Markup("").join(b.html for b in blocks), {k: v for b in blocks for k, v in b.carried.items()})


def plain(text: object) -> str:
    r"""Take from a text what cannot be printed: control characters become a visible sign, marks of direction go.

    Examples
    --------
    >>> plain("a\x00b\u202ec")
    'a�bc'
    """
    return _DIRECTION.sub("", _CONTROL.sub("\ufffd", str(text)))


def clean(text: object) -> Markup:
    r"""Make a text safe in the body of a page, as it was typed: a line break stays one, a tab gets a sign.

    Markup made by this package passes unchanged. A text that turns the direction of writing is isolated, so it
    cannot turn its neighbours. Names with a small e, dates in figures and options of a command are not broken after their
    hyphens; the letters stay what they are, so that a search finds them.

    Examples
    --------
    >>> clean("<b>tebal & {{ 7*7 }}")
    Markup('&lt;b&gt;tebal &amp; {{ 7*7 }}')
    >>> clean("baris satu\nbaris dua")
    Markup('baris satu<br>baris dua')
    >>> clean("Nilai di e-Kinerja, rata-rata")
    Markup('Nilai di <span class="whole">e-Kinerja</span>, rata-rata')
    """
    if isinstance(text, Block):
        return text.html
    if isinstance(text, Markup):
        return text
    raw = _CONTROL.sub("\ufffd", str(text)).replace("\r\n", "\n").replace("\r", "\n")
    safe = Markup(escape(raw).replace("\n", Markup("<br>")).replace("\t", _TAB))
    if "-" in raw:
        safe = Markup(_UNBROKEN.sub(r'<span class="whole">\g<0></span>', str(safe)))  # found in escaped text: no tag can come of it
    return Markup("<bdi>{}</bdi>").format(safe) if _DIRECTION.search(raw) else safe


def attribute(text: object) -> Markup:
    r"""Make a text safe as the value of an attribute, on one line.

    Examples
    --------
    >>> attribute('unit "A" < B\n dua')
    Markup('unit &#34;A&#34; &lt; B dua')
    """
    source = str(text.striptags()) if isinstance(text, Markup) else str(text)
    return escape(re.sub(r"\s+", " ", plain(source)).strip())


def identifier(name: str) -> str:
    """Check the id of a block: small letters, digits and hyphens, as page addresses need it.

    Raises
    ------
    ExhibitError
        If the id has any other character.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise ExhibitError(f"The id {name!r} is not made of small letters, digits and hyphens, beginning with a letter.")
    return name


def address(target: str) -> Markup:
    """Check the address of a link: a file beside the page or a place in it, never another site or a script.

    Raises
    ------
    ExhibitError
        If the address has a scheme, a host or a character that addresses do not have.

    Examples
    --------
    >>> address("../units/dinas-sosial/evaluation.html#s-pola")
    Markup('../units/dinas-sosial/evaluation.html#s-pola')
    """
    if not target or not _ADDRESS.fullmatch(target):
        raise ExhibitError("A link must be the relative address of a file of the report or '#' and an id of the page.")
    return escape(target)


def link(text: object, target: str) -> Markup:
    """Make a link to a file of the report or a place in the page.

    Examples
    --------
    >>> link("Monitor", "monitor.html")
    Markup('<a href="monitor.html">Monitor</a>')
    """
    return Markup('<a href="{}">{}</a>').format(address(target), clean(text))


def strong(text: object) -> Markup:
    """Make a text bold.

    Examples
    --------
    >>> strong("Baik")
    Markup('<strong>Baik</strong>')
    """
    return Markup("<strong>{}</strong>").format(clean(text))


def code(text: object) -> Markup:
    """Set a text as a command or file name.

    Examples
    --------
    >>> code("evalkit verify")
    Markup('<code>evalkit verify</code>')
    """
    return Markup("<code>{}</code>").format(clean(text))


def joined(*parts: object) -> Markup:
    """Put texts and markup together, each by its own rule.

    Examples
    --------
    >>> joined("a < b, ", strong("c"))
    Markup('a &lt; b, <strong>c</strong>')
    """
    return Markup("").join(clean(part) for part in parts)


def optional(template: str, text: object) -> Markup:
    """Fill a template with one text, or give nothing when there is no text."""
    return Markup(template).format(clean(text)) if text else Markup("")
