"""How are ratings spread? One bar over the whole population, and one mark a person for the rare results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.exhibits.chart import Chart, need, nothing
from evalkit.exhibits.style import BLUE, INK, MUTED, PALE, POINT, RULE, TEXT_PX, VERMILION, box, canvas, fits, spread, stroke, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import count_share, number, percent, spelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RARE = ("butuh_perbaikan", "kurang", "sangat_kurang")
MARKS = {"butuh_perbaikan": "v", "kurang": "s", "sangat_kurang": "X"}
MOST_MARKS = 40
_STEP, _ROW = 16, 20


@dataclass(frozen=True)
class _Parts:
    """The counts of one scope and period, in the order of the bar."""

    above: int
    middle: int
    low: int
    missing: int
    rare: tuple[tuple[str, int], ...]

    @property
    def expected(self) -> int:
        return self.above + self.middle + self.low + self.missing


def _parts(frame: pd.DataFrame) -> _Parts:
    counts = {str(p): int(n) for p, n in zip(frame["predikat"], frame["n"], strict=True) if pd.notna(p) and pd.notna(n)}
    rare = tuple((code, counts[code]) for code in RARE if counts.get(code))
    missing = frame["missing"].dropna()
    return _Parts(counts.get("sangat_baik", 0), counts.get("baik", 0), sum(n for _, n in rare),
                  int(missing.iloc[0]) if len(missing) else 0, rare)


def composition(frame: pd.DataFrame, *, language: Language = "id") -> Chart:
    """Show the results of one scope and period over everybody expected, those not rated as the last part.

    Below the bar each result under Baik is one mark, up to 40; more are given as counts.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of `distribution` for one scope and one period: `predikat`, `n`, `missing`.
    language : {"id", "en"}
        The language of labels and text alternative.

    Raises
    ------
    ExhibitError
        If a column is absent or nobody is expected.
    """
    parts = _parts(need(frame, ("predikat", "n", "missing"), "composition"))
    if not parts.expected:
        raise nothing("composition")
    counted = [(say("predikat.sangat_baik", language), parts.above), (say("predikat.baik", language), parts.middle),
               (say("chart.below_baik", language), parts.low), (say("chart.not_rated", language), parts.missing)]
    shares = ", ".join(f"{name} {number(n, 0, language)} ({percent(n / parts.expected, language)})" for name, n in counted)
    numbers = pd.DataFrame({"name": [c[0] for c in counted], "n": [c[1] for c in counted],
                            "share": [c[1] / parts.expected for c in counted]})
    columns = (Col("name", say("chart.result", language)), Col("n", say("chart.people", language), "count"),
               Col("share", "%", "points", digits=1))
    alt = say("chart.composition.alt", language, shares=shares, total=number(parts.expected, 0, language))
    return Chart(_draw(parts, language), alt, numbers=(numbers, columns))


def _draw(parts: _Parts, language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        top, tall = (58, 40) if narrow else (52, 42)
        lines = _rare_lines(parts, width, narrow, language) if parts.low else []
        bottom = top + tall + (30 if parts.missing else 12)
        fig, ax = canvas(width, bottom + (38 + _ROW * len(lines) if lines else 0))
        _bar(ax, parts, width, top, tall)
        _labels(ax, parts, width, top, tall, language)
        if lines:
            _rare(ax, lines, parts, width, bottom, narrow, language)
        return fig
    return draw


def _edges(parts: _Parts, width: float) -> list[float]:
    scale = (width - 2) / parts.expected
    edges = [1.0]
    for n in (parts.above, parts.middle, parts.low, parts.missing):
        edges.append(edges[-1] + scale * n)
    return edges


def _bar(ax: Axes, parts: _Parts, width: float, top: float, tall: float) -> None:
    a, b, c, d, e = _edges(parts, width)
    for x0, x1, fill, n in ((a, b, BLUE, parts.above), (b, c, PALE, parts.middle), (d, e, "white", parts.missing)):
        if n:
            box(ax, x0, top, x1 - x0, tall, fill)
    if parts.missing:
        for y in range(int(top) + 7, int(top + tall) - 2, 7):
            stroke(ax, [d, e], [y, y], color=POINT, lw=0.8, solid_capstyle="butt")
    if parts.low:
        thick = max(d - c, 2)
        box(ax, min(c, width - 1 - thick), top, thick, tall, INK)


def _labels(ax: Axes, parts: _Parts, width: float, top: float, tall: float, language: Language) -> None:
    a, b, c, d, e = _edges(parts, width)
    names = [say("predikat.sangat_baik", "id"), say("predikat.baik", "id"), say("chart.below_baik", language)]
    figures = [_figure(n, parts.expected, language) for n in (parts.above, parts.middle, parts.low)]
    widths = [max(text_width(n, bold=True), text_width(f)) for n, f in zip(names, figures, strict=True)]
    if not fits(widths, width - 2):
        figures = [number(n, 0, language) for n in (parts.above, parts.middle, parts.low)]
        widths = [max(text_width(n, bold=True), text_width(f)) for n, f in zip(names, figures, strict=True)]
    wanted = [a + widths[0] / 2, (b + c) / 2, (c + d) / 2 if parts.low else width - 1 - widths[2] / 2]
    wanted = [wanted[0], max(wanted[0], min(wanted[1], wanted[2])), wanted[2]]
    for x, w, name, figure, side in zip(spread(wanted, widths, 1, width - 1), widths, names, figures, ("left", "center", "right"),
                                        strict=True):
        at = {"left": x - w / 2, "center": x, "right": x + w / 2}[side]
        ax.text(at, top - 27, name, weight="bold", ha=side, va="baseline")
        ax.text(at, top - 10, figure, ha=side, va="baseline")
    if parts.missing:
        stroke(ax, [(d + e) / 2] * 2, [top + tall, top + tall + 9], color=INK, lw=1.4)
        text = f"{say('chart.not_rated', language)} {_figure(parts.missing, parts.expected, language)}"
        left = max(1.0, min((d + e) / 2 - text_width(text) / 2, width - 1 - text_width(text)))
        ax.text(left, top + tall + 23, text, ha="left", va="baseline")


def _figure(n: int, total: int, language: Language) -> str:
    return count_share(n, total, language) if n else "0"


def _rare_lines(parts: _Parts, width: float, narrow: bool, language: Language) -> list[list[tuple[str, int, str]]]:
    """Give the rows of the magnified part: label, marks to draw, sign; a long run of marks goes on in the next row."""
    if parts.low > MOST_MARKS:
        return [[(f"{say(f'predikat.{code}', 'id')} {_figure(n, parts.expected, language)}", 0, MARKS[code])]
                for code, n in parts.rare]
    room = max(1, int((width - _indent(parts)) // _STEP))
    rows: list[list[tuple[str, int, str]]] = []
    for code, n in parts.rare:
        label = f"{say(f'predikat.{code}', 'id')} ({n})"
        rows += [[("" if first else label, min(room, n - first), MARKS[code])] for first in range(0, n, room)]
    flat = [entry for row in rows for entry in row]
    if not narrow and sum(text_width(text) + 8 + _STEP * n + 26 for text, n, _ in flat) <= width + 26:
        return [flat]
    return rows


def _indent(parts: _Parts) -> float:
    return max(text_width(f"{say(f'predikat.{code}', 'id')} ({n})") for code, n in parts.rare) + 16


def _rare(ax: Axes, lines: list[list[tuple[str, int, str]]], parts: _Parts, width: float, top: float, narrow: bool,
          language: Language) -> None:
    stroke(ax, [1, width - 1], [top + 4] * 2, color=RULE, lw=0.8)
    text = say("chart.composition.rare", language, n=spelled(parts.low, language))
    more = f" {say('chart.composition.one_mark', language)}" if parts.low <= MOST_MARKS else ""
    shown = text + more if text_width(text + more) <= width - 2 else text
    ax.text(1, top + 24, shown, va="baseline", color=MUTED, fontsize=TEXT_PX)
    for i, row in enumerate(lines):
        y = top + 44 + _ROW * i
        x = 1.0
        for label, n, mark in row:
            ax.text(x, y + 4, label, va="baseline")
            x += text_width(label) + 16 if len(row) > 1 else _indent(parts) + 6
            if n:
                stroke(ax, [x + _STEP * j for j in range(n)], [y] * n, mark, ms=9, mfc=VERMILION, mec=INK, mew=1)
            x += _STEP * n + 18
