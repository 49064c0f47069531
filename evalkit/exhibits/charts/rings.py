"""How do evaluators scatter? One ring an evaluator against the band of shuffles, without names, codes or order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.exhibits.amounts import Amount
from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BAND, DASHES, INK, MID, MUTED, POINT, above_axis, dots, sheet, spread, text_width, tick_digits, wrapped
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col, marked
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, signed

ROOM = 238.0  # height of the plot in pixels
TEAMS = (5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)
MOST = 15  # rings of one place: more would lie on each other
WIDEST = 0.4  # how far rings of one place stand apart sideways, in people


def rings(marks: pd.DataFrame, band: pd.DataFrame, *, least: int = 5, language: Language = "id") -> Chart:
    """Show how many people of each evaluator have the outcome, less what blind labels give; all rings look alike.

    Parameters
    ----------
    marks : pandas.DataFrame
        `n` (people), `count` (with the outcome), `n_raters` (evaluators there).
    band : pandas.DataFrame
        `n`, `expected`, `low`, `high` (shares under blind labels), `n_raters`, `outside`, `outside_expected`.
    least : int
        Smaller teams are left out: in them nothing lies outside.

    Raises
    ------
    ExhibitError
        If no team is large enough.
    """
    seen = need(marks[(marks["n"] >= least).to_numpy(dtype=bool)], ("n", "count", "n_raters"), "rings")
    limits = need(band[(band["n"] >= least).to_numpy(dtype=bool)], ("n", "expected", "low", "high"), "rings").sort_values("n", kind="stable")
    joined = seen.merge(limits[["n", "expected"]], on="n", how="inner", validate="many_to_one")
    joined["above"] = joined["count"] - joined["n"] * joined["expected"]
    outside, expected = int(limits["outside"].sum()), float(limits["outside_expected"].sum())
    total = int(joined["n_raters"].sum())
    alt = say("chart.rings.alt", language, n=number(total, 0, language), low=signed(joined["above"].min(), 1, language),
              high=signed(joined["above"].max(), 1, language), outside=number(outside, 0, language), expected=number(expected, 0, language))
    groups = pd.cut(limits["n"], [least - 1, 9, 14, 19, 29, 10_000], labels=[f"{least}–9", "10–14", "15–19", "20–29", "30+"])
    table = limits.groupby(groups, observed=True)[["n_raters", "outside", "outside_expected"]].sum().reset_index()
    columns = (Col("n", say("chart.rings.team", language)), Col("n_raters", say("chart.rings.raters", language), "count"),
               Col("outside", say("chart.rings.outside", language), "count"),
               Col("outside_expected", say("chart.rings.outside_expected", language), "number", digits=1))
    table["n"] = marked([_team(str(words)) for words in table["n"]])
    return Chart(_draw(joined, limits, language), alt, (("○", say("chart.rings.one", language)), ("▒", say("chart.rings.band", language))),
                 (table, columns))


def _team(words: str) -> Amount:
    """Give a class of team sizes as a range; the last one has no upper limit."""
    low, _, high = words.rstrip("+").partition("–")
    return Amount(words, low=float(low), high=float(high) if high else None, form="count")


def _draw(joined: pd.DataFrame, limits: pd.DataFrame, language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        right = 10 if narrow else 14 + max(text_width(say(f"chart.rings.{k}", language)) for k in ("band", "expected"))
        fig, ax = sheet(width, 300 if narrow else 330, 44, right, 40, 52)
        n = limits["n"].to_numpy(dtype=float)
        low = limits["n"] * (limits["low"] - limits["expected"])
        high = limits["n"] * (limits["high"] - limits["expected"])
        ax.fill_between(n, low, high, step="mid", color=BAND, lw=0)
        for edge in (low, high):
            ax.plot(n, edge, drawstyle="steps-mid", color=MID, lw=0.9, ls=DASHES)
        ax.axhline(0, color=INK, lw=1)
        ax.set_xscale("log")  # most teams are small: on an even scale their rings lie upon each other
        ends = (n.min() - 0.6, (n.max() + 0.6) * 1.02)
        ax.set_xlim(*ends)
        size = 3.6 if narrow else 4.4
        dots(ax, _spots(joined, (width - 44 - right) / np.log(ends[1] / ends[0]) / (1.4 * size)), size, POINT)
        lowest, highest = float(min(joined["above"].min(), low.min())), float(max(joined["above"].max(), high.max()))
        pad = 0.08 * max(highest - lowest, 1.0)
        ax.set_ylim(lowest - pad, highest + pad)
        ax.locator_params(axis="y", nbins=6, integer=True)
        ax.set_yticks([t for t in ax.get_yticks() if ax.get_ylim()[0] <= t <= ax.get_ylim()[1]])
        ax.set_yticklabels([signed(t, tick_digits(ax.get_yticks()), language) for t in ax.get_yticks()])
        teams = [t for t in TEAMS if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]][::2 if narrow else 1]
        ax.set_xticks(teams, [number(t, 0, language) for t in teams])
        ax.minorticks_off()
        ax.set_xlabel(say("chart.rings.x", language), labelpad=6)
        title = wrapped(say("chart.rings.y", language), width - 60)[:2]
        above_axis(ax, "\n".join(title), 10 if len(title) == 1 else 6)
        if not narrow:
            _names(ax, float(high.iloc[-1]), language)
        return fig
    return draw


def _spots(joined: pd.DataFrame, rings: float) -> list[tuple[float, float]]:
    """Spread evaluators of one place, at most `MOST` of them, sideways and in rows; `rings` of them fill one unit of the logarithm."""
    found = []
    for size, above, there in zip(joined["n"], joined["above"], joined["n_raters"], strict=True):
        count, across = min(int(there), MOST), max(int(rings * np.log((size + WIDEST) / (size - WIDEST))) + 1, 2)
        rows = -(-count // across)
        for i in range(count):
            row, place = divmod(i, across)
            here = min(across, count - row * across)
            shift = WIDEST * (2.0 * place - (here - 1)) / (across - 1)
            found.append((float(size) + shift, float(above) + min(0.22, 0.8 / rows) * (row - (rows - 1) / 2)))
    return found


def _names(ax: Axes, high: float, language: Language) -> None:
    low, top = ax.get_ylim()
    names = [(0.0, say("chart.rings.expected", language), INK), (high, say("chart.rings.band", language), MUTED)]
    places = spread([ROOM * (y - low) / (top - low) for y, _, _ in names], [15.0, 15.0], 0, ROOM, 2)
    for place, (_, words, colour) in zip(places, names, strict=True):
        ax.annotate(words, (1, place / ROOM), xycoords="axes fraction", xytext=(8, 0), textcoords="offset points", va="center", color=colour)
