"""How far does a conclusion depend on choices? Every way to compute one gap, in order, and under each what was chosen."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BLUE, INK, MID, MUTED, POINT, RULE, SEPARATOR, canvas, fitted, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, signed

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]
TALL, TOP = 210.0, 40.0  # height of the curve and of the axis title above it
_MOST = 64
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def specifications(frame: pd.DataFrame, choices: Choices, *, axis: str, digits: int = 1, language: Language = "id") -> Chart:
    """Show the estimates of all specifications in ascending order with their intervals, and what each of them chose.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a specification: `estimate`, `conf_low`, `conf_high` as shares, and a column of true and false for each option.
    choices : sequence of (heading, sequence of (column, label))
        The decisions, and of each the options with the words for them.
    axis : str
        What is measured.
    digits : int
        Decimals of percentage points in the numbers.

    Raises
    ------
    ExhibitError
        If nothing is estimated, or there are more than 64 specifications.
    """
    columns = [c for _, options in choices for c, _ in options]
    rows = need(frame.dropna(subset=["estimate", "conf_low", "conf_high"]), ("estimate", "conf_low", "conf_high", *columns), "specifications")
    rows = rows.sort_values("estimate", kind="stable").reset_index(drop=True).head(_MOST)
    points = rows.assign(**{c: 100.0 * rows[c].astype(float) for c in ("estimate", "conf_low", "conf_high")})
    clear = (points["conf_low"] > 0) | (points["conf_high"] < 0)
    alt = say("chart.specifications.alt", language, n=number(len(points), 0, language), clear=number(int(clear.sum()), 0, language),
              low=signed(points["estimate"].min(), digits, language), high=signed(points["estimate"].max(), digits, language))
    table = points[["estimate", "conf_low", "conf_high"]].assign(chosen=[_said(r, choices) for _, r in points.iterrows()])
    numbers = (("estimate", axis), ("conf_low", say("chart.low", language)), ("conf_high", say("chart.high", language)))
    heads = (Col("chosen", say("chart.specifications.chosen", language)), *(Col(c, label, "signed", digits=digits) for c, label in numbers))
    key = (("◆", say("chart.clear", language)), ("○", say("chart.unclear", language)), ("■", say("chart.specifications.square", language)))
    return Chart(_draw(points, choices, axis, language), alt, key, (table, heads))


def _said(row: pd.Series, choices: Choices) -> str:
    return "; ".join(label for _, options in choices for column, label in options if bool(row[column]))


def _draw(points: pd.DataFrame, choices: Choices, axis: str, language: Language) -> Draw:
    n_rows, n_heads = sum(len(options) for _, options in choices), len(choices)

    def draw(width: float, narrow: bool) -> Figure:
        tall = 34.0 if narrow else 22.0
        height = TOP + TALL + 14 + n_rows * tall + n_heads * 24
        fig, ax = canvas(width, height)
        labels = [label for _, options in choices for _, label in options]
        left = 44.0 if narrow else min(max(max(text_width(t) for t in labels) + 22, 60.0), width * 0.42)
        at = [left + 10 + (width - left - 20) * (i + 0.5) / len(points) for i in range(len(points))]
        ax.text(1, 14, fitted(axis, width - 4), va="center", color=MUTED)
        _curve(ax, points, at, left, width, language)
        y = TOP + TALL + 14
        for heading, options in choices:
            ax.plot([1, width - 1], [y, y], color=RULE, lw=0.8)
            ax.text(1, y + 14, fitted(heading, width - 4), va="center", color=MUTED)
            y += 24
            for column, label in options:
                middle = y + (tall - 9 if narrow else tall / 2)
                ax.text(10 if narrow else left - 6, y + 8 if narrow else middle, fitted(label, width - 14 if narrow else left - 10),
                        ha="left" if narrow else "right", va="center")
                ax.plot([left, width - 2], [middle, middle], color=SEPARATOR, lw=0.9)
                size = max(3.5, min(7.0, (width - left) / len(points) * 0.55))
                chosen = [x for x, on in zip(at, points[column].astype(bool), strict=True) if on]
                ax.plot(chosen, [middle] * len(chosen), "s", ms=size, mfc=INK, mec="none", ls="none")
                y += tall
        return fig
    return draw


def _curve(ax: Axes, points: pd.DataFrame, at: Sequence[float], left: float, width: float, language: Language) -> None:
    low, high = min(float(points["conf_low"].min()), 0.0), max(float(points["conf_high"].max()), 0.0)
    room = max(high - low, 0.2) * 0.06
    low, high = low - room, high + room

    def up(value: float) -> float:
        return TOP + TALL * (high - value) / (high - low)

    step = next((s for s in _TICKS if (high - low) / s <= 7), 100)
    for i in range(int(low / step) - 1, int(high / step) + 2):
        value = i * step
        if low <= value <= high:
            ax.plot([left, width - 2], [up(value)] * 2, color=INK if i == 0 else SEPARATOR, lw=1.1 if i == 0 else 0.9)
            ax.text(left - 6, up(value), signed(value, 0 if float(step).is_integer() else 1, language), ha="right", va="center")
    size = max(4.5, min(8.5, (width - left) / len(points) * 0.5))
    for x, row in zip(at, points.to_dict("records"), strict=True):
        sure = row["conf_low"] > 0 or row["conf_high"] < 0
        ax.plot([x, x], [up(row["conf_low"]), up(row["conf_high"])], color=INK if sure else MID, lw=1.8 if sure else 1.3)
        ax.plot(x, up(row["estimate"]), "D" if sure else "o", ms=size, mfc=BLUE if sure else "white", mec=INK if sure else POINT, mew=1.1)
