"""Small signs beside a word: status, strength of evidence, "unconfirmed", and the bar in a table cell.

A sign never stands alone: the word says the same, so grey paper and a screen reader lose nothing.
"""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

from evalkit.errors import ExhibitError
from evalkit.exhibits.style import BLUE, POINT, RULE
from evalkit.exhibits.text import clean, joined
from evalkit.inference.results import Role
from evalkit.language.catalogue import Language, say

Sign = Literal["yes", "usual", "none", "attention"]
SIGNS: dict[Sign, str] = {"yes": "✓", "usual": "○", "none": "–", "attention": "!"}
STRENGTH_LEVELS = (0, 1, 2, 3, 4)
_BAR = 120


def status(sign: Sign, word: object) -> Markup:
    """Give a word with its sign; only what needs attention is set bold.

    Examples
    --------
    >>> status("yes", "selesai")
    Markup('<span class="st"><span class="s" aria-hidden="true">✓</span>selesai</span>')
    """
    css = "st s-lo" if sign == "attention" else "st"
    return Markup('<span class="{}"><span class="s" aria-hidden="true">{}</span>{}</span>').format(css, SIGNS[sign], clean(word))


def strength(level: int, language: Language = "id") -> Markup:
    """Give the strength of evidence as four squares and a word.

    Raises
    ------
    ExhibitError
        If the level is not 0 to 4.

    Examples
    --------
    >>> "■■■□" in strength(3) and "cukup kuat" in strength(3)
    True
    """
    if level not in STRENGTH_LEVELS:
        raise ExhibitError(f"The strength of evidence is {level}; it must be 0 to 4.")
    squares = "■" * level + "□" * (4 - level)
    return Markup('<span class="nw"><span class="sq" aria-hidden="true">{}</span> {}</span>').format(
        squares, say(f"page.strength.{level}", language))


def unconfirmed(language: Language = "id", text: object = "") -> Markup:
    """Give the thin box "unconfirmed", after the number it belongs to.

    Examples
    --------
    >>> unconfirmed("en", "14 days")
    Markup('14 days <span class="open">unconfirmed</span>')
    """
    mark = Markup('<span class="open">{}</span>').format(say("status.unconfirmed", language))
    return joined(text, " ", mark) if text else mark


def role_word(role: Role | None, language: Language = "id") -> Markup:
    """Give the mark of a result, "count" or "estimate", as it follows the number of a figure or table.

    Examples
    --------
    >>> role_word("inferential", "en")
    Markup(' · <span class="role">estimate</span>')
    """
    if role is None:
        return Markup("")
    return Markup(' · <span class="role">{}</span>').format(say(f"page.role.{role}", language))


def micro(share: float, high: float, top: float = 1.0) -> Markup:
    """Draw a share and its upper bound (everybody not rated counted in) as a bar for a table cell.

    The figures stand in the neighbour cells, so it is hidden from screen readers.

    Raises
    ------
    ExhibitError
        If the scale has no length.
    """
    if not top > 0:
        raise ExhibitError("The scale of a bar in a cell must end above zero.")

    def at(value: float) -> str:
        return f"{min(max(value / top, 0), 1) * _BAR:.0f}"

    more = ""
    if at(high) != at(share):
        more = f'<path d="M{at(share)} 4.5H{at(high)}V13.5H{at(share)}Z" fill="#fff" stroke="{POINT}" stroke-width="1"/>'
    return Markup(f'<svg viewBox="0 0 {_BAR} 18" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
                  f'<path d="M0 16.5H{_BAR}" stroke="{RULE}" stroke-width="1"/>{more}'
                  f'<path d="M0 4.5H{at(share)}V13.5H0Z" fill="{BLUE}"/></svg>')
