"""What would we see? The chance of finding a change, over its size, with the mark at eight times in ten."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BLUE, DASHES, INK, MID, MUTED, SEPARATOR, TINT, above_axis, fitted, sheet, text_width, tick_digits
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number

_TIMES = (0, 2, 4, 6, 8, 10)


def power(frame: pd.DataFrame, *, axis: str, digits: int, smallest: float, wanted: float | None = None, chance: float = 0.8,
          language: Language = "id") -> Chart:
    """Show how often a change would be found, by its size.

    Parameters
    ----------
    frame : pandas.DataFrame
        `effect` (in the unit of the axis), `chance` (0 to 1), and `more`, the chance with more seats, missing where there are none.
    axis : str
        What is measured, with its unit.
    digits : int
        Decimals of the unit.
    smallest : float
        The smallest change that is found with the chance `chance`.
    wanted : float, optional
        The smallest change of use.

    Raises
    ------
    ExhibitError
        If nothing can be drawn.
    """
    rows = need(frame.dropna(subset=["effect", "chance"]), ("effect", "chance", "more"), "power").reset_index(drop=True)
    alt = say("chart.power.alt", language, smallest=number(smallest, digits, language), axis=axis, times=number(10 * chance, 0, language))
    every = rows.iloc[:: max(len(rows) // 10, 1)]
    table = pd.DataFrame({"effect": every["effect"], "chance": 10 * every["chance"].astype(float), "more": 10 * every["more"].astype(float)})
    columns = [Col("effect", axis, "number", digits=digits), Col("chance", say("chart.power.planned", language), "number", digits=1)]
    has_more = bool(rows["more"].notna().any())
    key = [("—", say("chart.power.planned", language))]
    if has_more:
        columns.append(Col("more", say("chart.power.double", language), "number", digits=1))
        key.append(("– –", say("chart.power.double", language)))
    key.append(("◆", say("chart.power.mark", language, times=number(10 * chance, 0, language))))
    return Chart(_draw(rows, axis, digits, smallest, wanted, chance, language), alt, tuple(key), (table, tuple(columns)))


def _draw(rows: pd.DataFrame, axis: str, digits: int, smallest: float, wanted: float | None, chance: float, language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        fig, ax = sheet(width, 250 if narrow else 270, 30, 12, 40, 54)
        top = float(rows["effect"].max())
        ax.set(xlim=(0, top), ylim=(0, 10.4))
        for times in _TIMES:
            ax.axhline(times, color=SEPARATOR, lw=1)
        ax.axhspan(10 * chance, 10.4, color=TINT, lw=0)
        if rows["more"].notna().any():
            ax.plot(rows["effect"], 10 * rows["more"].astype(float), color=MID, lw=2, ls=DASHES)
        ax.plot(rows["effect"], 10 * rows["chance"].astype(float), color=BLUE, lw=2.6)
        if smallest <= top:
            ax.plot([smallest, smallest], [0, 10 * chance], color=INK, lw=1, ls=DASHES)
            ax.plot(smallest, 10 * chance, "D", ms=9, mfc=BLUE, mec=INK, mew=1.3)
            _label(ax, smallest, 10 * chance - 1.1, say("chart.power.seen", language, size=number(smallest, digits, language)), top, width)
        if wanted is not None and 0 < wanted < top:
            ax.plot([wanted, wanted], [0, 1.0], color=INK, lw=1.6)
            _label(ax, wanted, 1.0, say("chart.power.wanted", language, size=number(wanted, digits, language)), top, width)
        ax.set_yticks(_TIMES, [number(t, 0, language) for t in _TIMES])
        ticks = [t for t in ax.get_xticks() if 0 <= t <= top]
        ax.set_xticks(ticks, [number(t, tick_digits(ticks), language) for t in ticks])
        short = axis.rpartition(", ")[2]  # where the outcome does not fit beside its unit, the text above the figure names it
        label = axis if text_width(axis) <= width - 50 else short[:1].upper() + short[1:]
        ax.set_xlabel(fitted(label, width - 50), labelpad=6)
        above_axis(ax, fitted(say("chart.power.upright", language), width - 40))
        return fig
    return draw


def _label(ax: Axes, x: float, y: float, words: str, top: float, width: float) -> None:
    """Write words beside a mark, at the side that has room."""
    room = (width - 42) * (1 - x / top)
    right = room > text_width(words) + 12
    ax.annotate(words, (x, y), xytext=(8 if right else -8, 0), textcoords="offset points", ha="left" if right else "right",
                va="center", color=MUTED, bbox={"fc": "white", "ec": "none", "pad": 1.5})
