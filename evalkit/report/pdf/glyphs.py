"""Which signs the shipped fonts can show, and how the others are written, so that none is lost.

The PDF uses the fonts of this package and no other, so a page is the same on every machine. A sign that none of them
has (most of the world's scripts fit into no small package) is written by its code point, `U+738B`, in a thin box;
the sign itself stays in the file for readers by ear and for search.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

FAMILIES = ("Liberation Sans", "Noto Sans Symbols2", "Noto Sans Arabic", "Noto Sans Javanese", "Noto Sans Balinese",
            "Noto Sans Sundanese", "Noto Sans Batak", "Noto Sans Buginese", "Noto Sans Tamil")
_FACES = ("LiberationSans-Regular", "LiberationSans-Bold", "LiberationSans-Italic")
_BLANK = re.compile(r"[ \t\r\n\f]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# steer or mark the text and have no look of their own; joiners stay, scripts need them
_UNSEEN = re.compile("[\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]")
_JOINERS = frozenset({0x200C, 0x200D})
_ENDLESS = re.compile(r"[^\s-]{24,}")  # Typst breaks a line only at blanks and hyphens
_PIECE = 8
_UNBROKEN = re.compile(r"(\b\w-\w{2,20}\b)")  # "e-Kinerja" is one word: a line may not end after its first letter

Run = Any  # a text, or {"k": kind, "x": runs, ...}; nested, and JSON in the end


def fonts_folder() -> Path:
    """Give the folder of the shipped fonts."""
    return Path(str(resources.files("evalkit.report.pdf").joinpath("fonts")))


def _cmap(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """Give the code points that every page can show, in regular, bold and italic letters."""
    sans = frozenset.intersection(*(_cmap(fonts_folder() / f"{face}.ttf") for face in _FACES))
    return sans.union(_JOINERS, *(_cmap(file) for file in sorted(fonts_folder().glob("Noto*.ttf"))))


@lru_cache(maxsize=1)
def _advances() -> dict[int, int]:
    with TTFont(fonts_folder() / "LiberationSans-Regular.ttf", lazy=True) as font:
        widths = font["hmtx"]
        return {code: widths[glyph][0] for code, glyph in font.getBestCmap().items()}


def advance(text: str) -> int:
    """Give about how far a text runs, in units of the font (2048 an em), to compare texts with one another.

    Examples
    --------
    >>> advance("mm") > advance("ill")
    True
    """
    widths = _advances()
    return sum(widths.get(ord(sign), 2048) for sign in text)


def _shown(sign: str) -> bool:
    return ord(sign) in covered() or sign == " "


def name(sign: str) -> str:
    """Write a sign by its code point.

    Examples
    --------
    >>> name("王")
    'U+738B'
    """
    return f"U+{ord(sign):04X}"


def visible(text: str) -> str:
    r"""Take from a text what has no look; control characters become the sign for "unreadable", endless words may break.

    Examples
    --------
    >>> visible("a \n\u202eb")
    'a b'
    >>> len(visible("x" * 40)) - 40
    4
    """
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", _CONTROL.sub("\ufffd", _BLANK.sub(" ", text))))
    return _ENDLESS.sub(lambda word: "\u200b".join(re.findall(f".{{1,{_PIECE}}}", word[0])), text)


def runs_of(text: str) -> list[Run]:
    """Give a text as runs: what the fonts have as it is, each other sign by its code point, with the sign kept beside.

    Examples
    --------
    >>> runs_of("a 王")
    ['a ', {'k': 'code-point', 'sign': '王', 'x': ['U+738B']}]
    """
    out: list[Run] = []
    for i, part in enumerate(_UNBROKEN.split(visible(text))):
        out += [{"k": "nw", "c": "", "x": _in_fonts(part)}] if i % 2 else _in_fonts(part)
    return out


def _in_fonts(text: str) -> list[Run]:
    out: list[Run] = []
    start = 0
    for i, sign in enumerate(text):
        if _shown(sign) or sign == "\u200b":
            continue
        out += [text[start:i]] * (i > start)
        out.append({"k": "code-point", "sign": sign, "x": [name(sign)]})
        start = i + 1
    return out + [text[start:]] * (len(text) > start)


def written(text: str) -> str:
    """Give a text for a place that holds letters only (a drawing, the title): other signs by their code points.

    Examples
    --------
    >>> written("unit 王")
    'unit U+738B'
    """
    return "".join(sign if _shown(sign) else name(sign) for sign in visible(text).replace("\u200b", ""))
