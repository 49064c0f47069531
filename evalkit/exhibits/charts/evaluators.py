"""How does a unit use predikat? One mark a person, one row an evaluator, by team size and without names or codes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.exhibits.chart import Chart, need, nothing
from evalkit.exhibits.style import BLUE, INK, MUTED, POINT, VERMILION, canvas, dots, fitted, rules, stroke, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, spelled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS, MOST_PEOPLE = 40, 40
MANY = 120
_STEP_DOWN = 16
_LOOKS = (("D", BLUE, INK, 8.0), ("o", "white", POINT, 8.5), ("v", VERMILION, INK, 9.0))


def people_by_evaluator(frame: pd.DataFrame, *, language: Language = "id") -> Chart:
    """Show what each evaluator of a unit uses, not who the evaluator is.

    Rows are sorted by team size, then by what was used; the order of the frame, and with it any code, is lost on
    purpose. At most 40 rows are drawn, and the rest is counted; a team of more than 40 goes on in a second line.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of `category_use` of one unit and period: `n` (people rated), `n_sangat_baik`, `n_below`.

    Raises
    ------
    ExhibitError
        If no evaluator has rated anybody.
    """
    rows = need(frame, ("n", "n_sangat_baik", "n_below"), "people_by_evaluator")
    teams = sorted(((int(n), int(a), int(b)) for n, a, b in zip(rows["n"], rows["n_sangat_baik"], rows["n_below"], strict=True)
                    if pd.notna(n) and int(n) > 0), reverse=True)
    if not teams:
        raise nothing("people_by_evaluator")
    people, above, below = (sum(t[i] for t in teams) for i in range(3))
    none = sum(1 for t in teams if not t[1])
    alt = say("chart.evaluators.alt", language, n=number(len(teams), 0, language), people=number(people, 0, language),
              above=number(above, 0, language), below=number(below, 0, language), none=number(none, 0, language))
    key = [("◆", say("predikat.sangat_baik", "id")), ("○", say("predikat.baik", "id"))]
    key += [("▼", say("chart.below_baik", language))] if below else []
    numbers = pd.DataFrame([(n, above, n - above - below, below) for n, above, below in teams], columns=["n", "above", "middle", "below"])
    columns = (Col("n", say("chart.evaluators.team", language), "count"), Col("above", say("predikat.sangat_baik", "id"), "count"),
               Col("middle", say("predikat.baik", "id"), "count"), Col("below", say("chart.below_baik", language), "count"))
    return Chart(_draw(teams, language), alt, tuple(key), (numbers, columns))


def _draw(teams: list[tuple[int, int, int]], language: Language) -> Draw:
    shown = teams[:MOST_ROWS]
    counts = [say("chart.of", language, n=number(t[1], 0, language), total=number(t[0], 0, language)) for t in shown]
    above = say("predikat.sangat_baik", "id")

    def draw(width: float, narrow: bool) -> Figure:
        line, top = (40, 6) if narrow else (23, 30)
        rest = len(teams) - len(shown)
        heights = [line + _STEP_DOWN * (math.ceil(t[0] / MOST_PEOPLE) - 1) for t in shown]
        fig, ax = canvas(width, top + sum(heights) + (24 if rest else 8))
        right = 6 if narrow else max(text_width(c) for c in [*counts, above]) + 20
        if not narrow:
            ax.text(1, 14, fitted(say("chart.evaluators.head", language), width - right - 10), color=MUTED)
            ax.text(width - 1, 14, above, color=MUTED, ha="right")
        step = min(16.0, (width - 12 - right) / min(max(t[0] for t in shown), MOST_PEOPLE))
        marks: dict[str, list[tuple[float, float]]] = {"D": [], "o": [], "v": []}
        y, between = float(top), list[float]()
        for i, (team, count, tall) in enumerate(zip(shown, counts, heights, strict=True)):
            if i:
                between.append(y)
            middle = y + line / 2
            _row(marks, team, middle + 8 if narrow else middle, step)
            text = f"{count} {above}" if narrow else count
            ax.text(1 if narrow else width - 1, middle - 9 if narrow else middle, text, va="center", ha="left" if narrow else "right")
            y += tall
        rules(ax, between, width)
        _scatter(ax, marks, step)
        if rest:
            text = say("chart.evaluators.rest", language, n=spelled(rest, language))
            ax.text(1, y + 16, fitted(text, width - 2), va="center", color=MUTED)
        return fig
    return draw


def _row(marks: dict[str, list[tuple[float, float]]], team: tuple[int, int, int], y: float, step: float) -> None:
    """Place one mark a person; a team of more than 40 goes on below."""
    n, above, below = team
    for j in range(n):
        sign = "D" if j < above else "v" if j >= n - below else "o"
        marks[sign].append((6 + step * (j % MOST_PEOPLE), y + _STEP_DOWN * (j // MOST_PEOPLE)))


def _scatter(ax: Axes, marks: dict[str, list[tuple[float, float]]], step: float) -> None:
    for sign, fill, edge, size in _LOOKS:
        if sign == "o" and len(marks[sign]) > MANY:
            dots(ax, marks[sign], min(size, 0.66 * step), edge)
        elif marks[sign]:
            stroke(ax, [x for x, _ in marks[sign]], [y for _, y in marks[sign]], sign, ms=min(size, 0.66 * step), mfc=fill, mec=edge,
                   mew=1.2 if step > 10 else 0.9)
