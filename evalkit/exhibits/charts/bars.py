"""How are ratings of a longer scale spread? One bar a category, in the order of the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evalkit.errors import ExhibitError
from evalkit.exhibits.amounts import Amount
from evalkit.exhibits.chart import Chart, need, nothing
from evalkit.exhibits.style import BLUE, INK, MID, box, canvas, fitted, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import plain
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import count_share, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 30
_LINE, _TALL = 26, 16


def bars(frame: pd.DataFrame, *, counted: str, category: str = "", language: Language = "id") -> Chart:
    """Show how often each category of a scale was used, with counts and shares beside the bars.

    Parameters
    ----------
    frame : pandas.DataFrame
        `label` (the category, words or an `Amount`) and `n` (how often), in the order of the scale; a category nobody used is a row of 0.
    counted : str
        What is counted, in the language of the page: "penilaian", "ratings".
    category : str
        The name of the scale in the table behind the figure; without it "result".

    Raises
    ------
    ExhibitError
        If nothing was counted or there are more than 30 categories.

    Examples
    --------
    >>> chart = bars(pd.DataFrame({"label": ["1", "2", "3"], "n": [4, 0, 6]}), counted="ratings", language="en")
    >>> chart.alt
    'Bar chart of 10 ratings in 3 categories. Most often 3 (6 of 10), least often 2 (0 of 10).'
    """
    rows = need(frame, ("label", "n"), "bars")
    parts = [(plain(label), 0 if pd.isna(n) else int(n)) for label, n in zip(rows["label"], rows["n"], strict=True)]
    total = sum(n for _, n in parts)
    if not total:
        raise nothing("bars")
    if len(parts) > MOST_ROWS:
        raise ExhibitError(f"A chart of {len(parts)} bars cannot be read; group the scale into at most {MOST_ROWS} categories.")
    most, least = max(parts, key=lambda p: p[1]), min(parts, key=lambda p: p[1])
    alt = say("chart.bars.alt", language, total=number(total, 0, language), counted=counted, k=number(len(parts), 0, language),
              most=f"{fitted(most[0], 200)} ({count_share(most[1], total, language)})",
              least=f"{fitted(least[0], 200)} ({count_share(least[1], total, language)})")
    names = marked([v if isinstance(v, Amount) else p[0] for v, p in zip(rows["label"], parts, strict=True)])
    numbers = pd.DataFrame({"label": names, "n": [p[1] for p in parts], "share": [p[1] / total for p in parts]})
    columns = (Col("label", category or say("chart.result", language)), Col("n", counted[:1].upper() + counted[1:], "count"),
               Col("share", "%", "points", digits=1))
    return Chart(_draw(parts, total, language), alt, numbers=(numbers, columns))


def _draw(parts: list[tuple[str, int]], total: int, language: Language) -> Draw:
    figures = [count_share(n, total, language) if n else "0" for _, n in parts]

    def draw(width: float, narrow: bool) -> Figure:
        room = 130.0 if narrow else 260.0
        left = min(room, max(text_width(label) for label, _ in parts)) + 10
        right = max(text_width(f) for f in figures) + 10
        fig, ax = canvas(width, _LINE * len(parts) + 4)
        scale = (width - left - right) / max(n for _, n in parts)
        for i, ((label, n), shown) in enumerate(zip(parts, figures, strict=True)):
            y = 2 + _LINE * i
            ax.text(left - 8, y + _LINE / 2, fitted(label, left - 10), ha="right", va="center")
            if n:
                box(ax, left, y + (_LINE - _TALL) / 2, max(scale * n, 1.5), _TALL, BLUE, INK)
            ax.text(left + scale * n + 7, y + _LINE / 2, shown, va="center")
        ax.plot([left, left], [2, 2 + _LINE * len(parts)], color=MID, lw=0.8)
        return fig
    return draw
