"""Which severities differ? Raters of a linked instrument in the order of their estimate, each with its range, none with a name."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BAND, BLUE, INK, MID, POINT, above_axis, dots, fitted, sheet, tick_digits
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, signed

MOST_MARKS = 80
PARTS = 40  # of the band that stands for more raters than that


def caterpillar(frame: pd.DataFrame, *, axis: str, digits: int = 2, language: Language = "id") -> Chart:
    """Show estimates of unnamed raters with their 95% ranges, from the lowest to the highest.

    Parameters
    ----------
    frame : pandas.DataFrame
        `estimate`, `conf_low`, `conf_high`; one row a rater, in any order. More than 80 raters are drawn as means
        of neighbours with one band for their ranges.
    axis : str
        What is estimated, with its unit and direction.
    digits : int
        Decimals.

    Raises
    ------
    ExhibitError
        If no rater has an estimate with a range.
    """
    rows = need(frame.dropna(subset=["estimate", "conf_low", "conf_high"]).astype(float), ("estimate", "conf_low", "conf_high"), "caterpillar")
    rows = rows.sort_values("estimate", kind="stable", ignore_index=True)
    clear = ((rows["conf_low"] > 0) | (rows["conf_high"] < 0)).to_numpy(dtype=bool)
    alt = say("chart.caterpillar.alt", language, n=number(len(rows), 0, language), low=signed(rows["estimate"].iloc[0], digits, language),
              high=signed(rows["estimate"].iloc[-1], digits, language), clear=number(int(clear.sum()), 0, language))
    shown, each = _joined(rows.assign(clear=clear))
    edges = np.quantile(rows["estimate"], [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    names = [say(f"chart.caterpillar.q{i}", language) for i in range(7)]
    table = pd.DataFrame({"at": names, "estimate": edges})
    key = [("●", say("chart.caterpillar.clear", language)), ("○", say("chart.caterpillar.unclear", language))]
    if each > 1:
        key.append(("▒", say("chart.caterpillar.joined", language, n=number(each, 0, language))))
    return Chart(_draw(shown, axis, digits, each > 1, language), alt, tuple(key),
                 (table, (Col("at", say("chart.caterpillar.part", language)), Col("estimate", axis, "signed", digits=digits))))


def _joined(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Join neighbours where there are too many marks; a mark of several is clear where most of them are."""
    if len(rows) <= MOST_MARKS:
        return rows.assign(clear=rows["clear"].astype(float)), 1
    each = -(-len(rows) // PARTS)
    return rows.astype(float).groupby(np.arange(len(rows)) // each).mean(), each


def _draw(rows: pd.DataFrame, axis: str, digits: int, band: bool, language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        fig, ax = sheet(width, 250 if narrow else 280, 44 if narrow else 52, 8, 34, 18)
        x = np.arange(len(rows), dtype=float)
        low, high = rows["conf_low"].to_numpy(), rows["conf_high"].to_numpy()
        if band:
            ax.fill_between(x, low, high, color=BAND, lw=0)
            for edge in (low, high):
                ax.plot(x, edge, color=MID, lw=0.9)
        else:
            gap = np.full(len(x), np.nan)
            ax.plot(np.column_stack((x, x, gap)).ravel(), np.column_stack((low, high, gap)).ravel(), color=MID, lw=1.2 if len(x) > 40 else 1.8)
        ax.axhline(0, color=INK, lw=1)
        clear = rows["clear"].to_numpy() > 0.5
        size = (3.2 if narrow else 5.0) if len(x) > 40 else 6.5
        dots(ax, list(zip(x[~clear], rows["estimate"].to_numpy()[~clear], strict=True)), size, POINT)
        dots(ax, list(zip(x[clear], rows["estimate"].to_numpy()[clear], strict=True)), size, INK, BLUE)
        ax.set_xlim(-1, len(rows))
        ax.set_xticks([])
        ax.locator_params(axis="y", nbins=6)
        ticks = [t for t in ax.get_yticks() if ax.get_ylim()[0] <= t <= ax.get_ylim()[1]]
        ax.set_yticks(ticks, [signed(t, tick_digits(ticks), language) for t in ticks])
        above_axis(ax, fitted(axis, width - 60))
        return fig
    return draw
