"""What happens at a change? Differences by period before and after it, the placebo at the left, the later side tinted."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from evalkit.exhibits.amounts import amount
from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BLUE, DASHES, INK, MID, MUTED, POINT, TINT, above_axis, fitted, sheet, tick_digits
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col, marked
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, signed


def events(frame: pd.DataFrame, *, axis: str, before: str, after: str, x: str, language: Language = "id") -> Chart:
    """Show one estimate with its interval a period, counted from a change; 0 is the first period after it.

    Parameters
    ----------
    frame : pandas.DataFrame
        `step` (whole numbers), `estimate`, `conf_low`, `conf_high` as shares.
    axis, before, after, x : str
        What is measured; the names of both sides; the name of the axis below.

    Raises
    ------
    ExhibitError
        If nothing is estimated.
    """
    rows = need(frame.dropna(subset=["estimate", "conf_low", "conf_high"]), ("step", "estimate", "conf_low", "conf_high"), "events")
    rows = rows.sort_values("step", kind="stable").reset_index(drop=True)
    points = rows.assign(**{c: 100.0 * rows[c].astype(float) for c in ("estimate", "conf_low", "conf_high")})
    clear = (points["conf_low"] > 0) | (points["conf_high"] < 0)
    alt = say("chart.events.alt", language, n=len(points), low=signed(points["estimate"].min(), 1, language),
              high=signed(points["estimate"].max(), 1, language), clear=number(int(clear.sum()), 0, language))
    table = rows[["step", "estimate", "conf_low", "conf_high"]].assign(step=marked([
        amount(s, 0, language, form="signed", text=_step(s)) for s in rows["step"]]))
    columns = (Col("step", x), Col("estimate", axis, "signed", digits=1), Col("conf_low", say("chart.low", language), "signed", digits=1),
               Col("conf_high", say("chart.high", language), "signed", digits=1))
    for name in ("estimate", "conf_low", "conf_high"):
        table[name] = points[name]
    key = (("◆", say("chart.clear", language)), ("○", say("chart.unclear", language)))
    return Chart(_draw(points, axis, before, after, x, language), alt, key, (table, columns))


def _step(step: object) -> str:
    value = int(str(step))
    return f"+{value}" if value > 0 else f"−{-value}" if value < 0 else "0"


def _draw(points: pd.DataFrame, axis: str, before: str, after: str, x: str, language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        fig, ax = sheet(width, 270 if narrow else 290, 48, 10, 40, 54)
        steps = points["step"].astype(int)
        left, right = int(steps.min()) - 0.6, int(steps.max()) + 0.6
        low, high = float(points["conf_low"].min()), float(points["conf_high"].max())
        pad = 0.18 * max(high - low, 1.0)
        ax.set(xlim=(left, right), ylim=(min(low, 0) - 0.5 * pad, max(high, 0) + pad))
        if right > -0.5:
            ax.axvspan(-0.5, right, color=TINT, lw=0)
            ax.axvline(-0.5, color=INK, lw=1, ls=DASHES)
        ax.axhline(0, color=INK, lw=1)
        for step, value, a, b in zip(steps, points["estimate"], points["conf_low"], points["conf_high"], strict=True):
            clear = a > 0 or b < 0
            ax.plot([step, step], [a, b], color=INK if clear else MID, lw=2 if clear else 1.6)
            ax.plot(step, value, "D" if clear else "o", ms=9, mfc=BLUE if clear else "white", mec=INK if clear else POINT, mew=1.3)
        for words, side, place in ((before, "right", -6), (after, "left", 6)):
            ax.annotate(fitted(words, width / 2 - 60), (-0.5, 1), xycoords=("data", "axes fraction"), xytext=(place, -4),
                        textcoords="offset points", ha=side, va="top", color=MUTED)
        ax.set_xticks(list(steps), [_step(s) for s in steps])
        ax.locator_params(axis="y", nbins=6)
        ticks = [t for t in ax.get_yticks() if ax.get_ylim()[0] <= t <= ax.get_ylim()[1]]
        ax.set_yticks(ticks, [signed(t, tick_digits(ticks), language) for t in ticks])
        ax.set_xlabel(fitted(x, width - 60), labelpad=6)
        above_axis(ax, fitted(axis, width - 60))
        return fig
    return draw
