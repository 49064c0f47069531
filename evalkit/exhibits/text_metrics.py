"""How wide and high a line of text is, glyph by glyph: what matplotlib says of the whole line, without shaping it again.

matplotlib lays a line out by a shaping library, a third of a millisecond a line, a tenth of the time of a page. In the scripts that
pages are written in, a line is as wide as the steps from each letter to the next, and as high as its highest letter. The steps are
learnt from matplotlib's own layout, so both say the same; any other line is laid out as ever.
"""

from __future__ import annotations

import string
from functools import lru_cache
from itertools import product
from typing import Any

from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.textpath import TextToPath

SCALE = float(TextToPath.FONT_SCALE)  # the size, in points, that fonts are read at
_UNITS = 64.0  # a pixel of the font reader
Metrics = tuple[float, float, float]


def _simple(char: str) -> bool:
    """Tell whether a letter stands alone, from left to right: Latin, punctuation, signs of arithmetic."""
    code = ord(char)
    return (0x20 <= code < 0x7F or 0xA0 <= code < 0x250 or 0x2010 <= code <= 0x2027 or 0x2030 <= code <= 0x205E
            or 0x2190 <= code <= 0x22FF or 0x25A0 <= code <= 0x25FF) and code != 0xAD


class Face:
    """One font, and what was learnt of its letters.

    Parameters
    ----------
    family : tuple of str
        Names of fonts, the first that is installed counts.
    looks : tuple
        Style, variant, weight and stretch, as matplotlib has them.

    Notes
    -----
    What is kept is a property of the font, so it is the same whatever was measured before.
    """

    def __init__(self, family: tuple[str, ...], looks: tuple[Any, ...]) -> None:
        style, variant, weight, stretch = looks
        self._looks = FontProperties(family=list(family), style=style, variant=variant, weight=weight, stretch=stretch, size=SCALE)
        self._files = fontManager._find_fonts_by_props(self._looks)
        self._lines: Metrics | None = None
        self._steps: dict[str, float] = {}  # from a letter to the next
        self._glyphs: dict[str, tuple[float, float, float]] = {}  # step to the end of the line, lowest, highest

    def measure(self, text: str) -> Metrics:
        """Give width, height and depth of a line in pixels at `SCALE`."""
        try:
            width = sum([self._steps[text[i:i + 2]] for i in range(len(text) - 1)]) + self._glyphs[text[-1]][0]
            glyphs = [self._glyphs[c] for c in set(text)]
        except (KeyError, IndexError):  # a letter that was not met yet, or no letter
            return self.learn(text)
        low = min(g[1] for g in glyphs)
        return width / _UNITS, (max(g[2] for g in glyphs) - low) / _UNITS, -low / _UNITS

    def lines(self) -> Metrics:
        """Give how far lines reach above and below their base, and the gap between two, in pixels at `SCALE`, as the font says itself."""
        if self._lines is None:
            font: Any = get_font(self._files)
            head, own, other = (font.get_sfnt_table(name) for name in ("head", "OS/2", "hhea"))
            up, down, gap = (own[f"sTypo{n}"] for n in ("Ascender", "Descender", "LineGap")) if own else (
                other[n] for n in ("ascent", "descent", "lineGap"))
            unit = SCALE * TextToPath.DPI / 72 / head["unitsPerEm"]
            self._lines = up * unit, -down * unit, gap * unit
        return self._lines

    def learn(self, text: str) -> Metrics:
        """Lay a line out as matplotlib does, and keep the steps between its letters."""
        font, places = self._laid_out(text)
        (width, height), depth = font.get_width_height(), font.get_descent()
        if len(places) == len(text) and all(_simple(c) and font.get_char_index(ord(c)) for c in set(text)):
            for i in range(len(text) - 1):
                self._steps[text[i:i + 2]] = float(places[i + 1][0] - places[i][0])
            for c in set(text) - self._glyphs.keys():
                self._laid_out(c)
                (end, tall), deep = font.get_width_height(), font.get_descent()
                self._glyphs[c] = (float(end), float(-deep), float(tall - deep))
        return width / _UNITS, height / _UNITS, depth / _UNITS

    def _laid_out(self, text: str) -> tuple[Any, Any]:
        font: Any = get_font(self._files)  # not kept: after a fork two processes would read one open file, each where the other left off
        font.set_size(SCALE, TextToPath.DPI)  # shared with whoever asked for the same font
        return font, font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)


@lru_cache(maxsize=32)
def face(family: tuple[str, ...], looks: tuple[Any, ...]) -> Face:
    """Give the font that matplotlib finds for a family and its looks: style, variant, weight, stretch."""
    return Face(family, looks)


def face_of(font: FontProperties) -> Face:
    """Give the font of properties; their size does not count."""
    return face(tuple(font.get_family()), (font.get_style(), font.get_variant(), font.get_weight(), font.get_stretch()))


def alphabet() -> str:
    """Give a line in which nearly every pair of letters of an Indonesian or English word comes, and every pair within a number."""
    lower, signs = string.ascii_lowercase, string.digits + " .,%-–()/"
    pairs = [*product(lower + string.ascii_uppercase, lower), *product(signs, signs), *product(lower, " .,:"), *product(" (", string.ascii_letters)]
    return "".join(a + b for a, b in pairs)
