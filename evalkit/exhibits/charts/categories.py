"""How many words are in use? One bar whose parts carry their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evalkit.errors import ExhibitError
from evalkit.exhibits.amounts import Amount
from evalkit.exhibits.chart import Chart, need, nothing
from evalkit.exhibits.style import BAND, BLUE, INK, MID, PALE, POINT, box, canvas, fits, fitted, spread, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import plain
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILLS = (PALE, BLUE, INK, "white", MID, BAND, POINT)
_LINE = 20


def category_bar(frame: pd.DataFrame, *, counted: str, language: Language = "id") -> Chart:
    """Show how a whole falls into parts, each with its count and share.

    Parameters
    ----------
    frame : pandas.DataFrame
        `label` (what the part is, words or an `Amount`) and `n` (its count), in the order to be drawn; up to seven parts.
    counted : str
        What is counted, in the language of the page: "penilai", "evaluators".

    Raises
    ------
    ExhibitError
        If all counts are zero or there are more parts than can be told apart.
    """
    rows = need(frame, ("label", "n"), "category_bar")
    parts = [(plain(label), int(n)) for label, n in zip(rows["label"], rows["n"], strict=True) if pd.notna(n) and int(n) > 0]
    total = sum(n for _, n in parts)
    if not total:
        raise nothing("category_bar")
    if len(parts) > len(FILLS):
        raise ExhibitError(f"A bar of {len(parts)} parts cannot be read; give at most {len(FILLS)} or a table.")
    listed = ", ".join(f"{label} {number(n, 0, language)}" for label, n in parts)
    alt = say("chart.category.alt", language, parts=listed, total=number(total, 0, language), counted=counted)
    cells = {plain(label): label for label in rows["label"] if isinstance(label, Amount)}
    labels = marked([cells.get(p[0], p[0]) for p in parts])
    numbers = pd.DataFrame({"label": labels, "n": [p[1] for p in parts], "share": [p[1] / total for p in parts]})
    columns = (Col("label", say("chart.part", language)), Col("n", counted, "count"), Col("share", "%", "points", digits=1))
    return Chart(_draw(parts, total, language), alt, numbers=(numbers, columns))


def _draw(parts: list[tuple[str, int]], total: int, language: Language) -> Draw:
    figures = [f"{number(n, 0, language)} ({percent(n / total, language, 0)})" for _, n in parts]

    def draw(width: float, narrow: bool) -> Figure:
        widths = [max(text_width(label, bold=True), text_width(f)) for (label, _), f in zip(parts, figures, strict=True)]
        beside = fits(widths, width - 2, 14)
        top = 48 if beside else 6
        fig, ax = canvas(width, top + 44 + (0 if beside else _LINE * len(parts) + 8))
        x, centres = 1.0, []
        for (_, n), fill in zip(parts, FILLS, strict=False):
            wide = (width - 2) * n / total
            box(ax, x, top, wide, 38, fill)
            centres.append(x + wide / 2)
            x += wide
        if beside:
            wanted = [c if 0 < i < len(parts) - 1 else (1 + widths[i] / 2 if i == 0 else width - 1 - widths[i] / 2)
                      for i, c in enumerate(centres)]
            for i, at in enumerate(spread(wanted, widths, 1, width - 1, 14)):
                side = "left" if i == 0 else "right" if i == len(parts) - 1 else "center"
                shift = {"left": -widths[i] / 2, "center": 0.0, "right": widths[i] / 2}[side]
                ax.text(at + shift, 18, parts[i][0], weight="bold", ha=side, va="baseline")
                ax.text(at + shift, 36, figures[i], ha=side, va="baseline")
        else:
            for i, (label, _) in enumerate(parts):
                y = top + 38 + 14 + _LINE * i
                box(ax, 1, y - 1, 12, 12, FILLS[i])
                room = width - 30 - text_width(figures[i])
                ax.text(20, y + 9, fitted(label, room, bold=True), weight="bold", va="baseline")
                ax.text(width - 1, y + 9, figures[i], ha="right", va="baseline")
        return fig
    return draw
