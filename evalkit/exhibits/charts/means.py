"""How did those who were sent and the others do? Means by period, and beside them what those sent would have done anyway."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BLUE, DASHES, INK, MUTED, POINT, SEPARATOR, TINT, above_axis, fitted, sheet, tick_digits
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, period_axis


def means(frame: pd.DataFrame, *, axis: str, digits: int, ghost: tuple[float, float, float] | None = None, withheld: bool = False,
          language: Language = "id") -> Chart:
    """Show the means of two groups by period, the later side tinted.

    Parameters
    ----------
    frame : pandas.DataFrame
        `period`, `sent`, `others` (missing where nothing is shown), `after` (whether the course had been).
    axis : str
        What is measured, with its unit.
    digits : int
        Decimals.
    ghost : tuple of float, optional
        What those sent would have shown in the first later period anyway, with its limits.
    withheld : bool
        Whether the later side of those sent is held back: it stays blank.

    Raises
    ------
    ExhibitError
        If nothing can be drawn.
    """
    rows = need(frame.dropna(subset=["sent", "others"], how="all"), ("period", "sent", "others", "after"), "means").reset_index(drop=True)
    last = rows.dropna(subset=["sent"])
    shown = number(last["sent"].iloc[-1], digits, language) if len(last) else "–"
    alt = say("chart.means.alt", language, n=len(rows), sent=shown, axis=axis)
    key = [("●", say("chart.means.sent", language)), ("□", say("chart.means.others", language))]
    key += [("◇", say("chart.means.ghost", language))] if ghost else []
    table = rows[["period", "sent", "others"]]
    columns = (Col("period", say("chart.period", language), "period"), Col("sent", say("chart.means.sent", language), "number", digits=digits),
               Col("others", say("chart.means.others", language), "number", digits=digits))
    return Chart(_draw(rows, axis, digits, ghost, withheld, language), alt, tuple(key), (table, columns))


def _draw(rows: pd.DataFrame, axis: str, digits: int, ghost: tuple[float, float, float] | None, withheld: bool, language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        fig, ax = sheet(width, 240 if narrow else 250, 46, 12, 40, 46)
        seen = [float(v) for c in ("sent", "others") for v in rows[c] if not math.isnan(float(v))] + list(ghost or ())
        pad = 0.15 * max(max(seen) - min(seen), 1e-6)
        ax.set(xlim=(-0.5, len(rows) - 0.5), ylim=(min(seen) - pad, max(seen) + 1.6 * pad))
        later = [i for i, a in enumerate(rows["after"]) if bool(a)]
        if later:
            ax.axvspan(later[0] - 0.5, len(rows) - 0.5, color=TINT, lw=0)
            ax.axvline(later[0] - 0.5, color=INK, lw=1, ls=DASHES)
            words = say("chart.means.withheld" if withheld else "chart.means.after", language)
            room = width * (len(rows) - later[0]) / len(rows) - 16
            ax.annotate(fitted(words, max(room, 40)), (later[0] - 0.5, 1), xycoords=("data", "axes fraction"), xytext=(6, -4),
                        textcoords="offset points", ha="left", va="top", color=MUTED)
        ax.grid(axis="y", color=SEPARATOR, lw=1)
        ax.plot(range(len(rows)), rows["others"].astype(float), "s-", color=POINT, ms=8, mfc="white", mec=POINT, mew=1.4, lw=1.6)
        ax.plot(range(len(rows)), rows["sent"].astype(float), "o-", color=BLUE, ms=8, mec=INK, mew=1.2, lw=2.2)
        if ghost and later:
            x = later[0] + 0.14
            ax.plot([x, x], ghost[1:], color=INK, lw=1.6)
            ax.plot(x, ghost[0], "D", ms=9, mfc="white", mec=INK, mew=1.4)
        step = 2 if narrow and len(rows) > 4 else 1
        ax.set_xticks(range(len(rows)), ["\n".join(period_axis(str(p), language)) if i % step == 0 else "" for i, p in enumerate(rows["period"])])
        ticks = [t for t in ax.get_yticks() if ax.get_ylim()[0] <= t <= ax.get_ylim()[1]]
        ax.set_yticks(ticks, [number(t, tick_digits(ticks), language) for t in ticks])
        above_axis(ax, fitted(axis, width - 60))
        return fig
    return draw
