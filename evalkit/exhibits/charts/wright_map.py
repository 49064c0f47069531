"""One ruler for all facets: cases or people, raters, items and the steps of the scale on the same axis of logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import INK, MID, MUTED, PALE, POINT, SEPARATOR, SMALL_PX, TEXT_PX, canvas, fitted, spread, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, signed

ORDER = ("object", "rater", "item", "threshold")
_BIN = 12.0  # pixels of the ruler in one bar of raters or people
_LINE = 15.0


def wright_map(frame: pd.DataFrame, *, names: dict[str, str], language: Language = "id") -> Chart:
    """Show the measures of all facets of a many-facet model side by side.

    Parameters
    ----------
    frame : pandas.DataFrame
        `facet` (object, rater, item, threshold), `label` (empty: nameless, counted in bars), `measure` in logits.
    names : dict
        The heads of the four columns by facet; each says what being high means.

    Raises
    ------
    ExhibitError
        If there is no measure.
    """
    rows = need(frame.dropna(subset=["measure"]), ("facet", "label", "measure"), "wright_map").astype({"measure": float, "facet": str})
    rows = rows.assign(label=rows["label"].astype(object).fillna("").astype(str))
    counts = {f: int(rows["facet"].eq(f).sum()) for f in ORDER}
    raters = rows.loc[rows["facet"].eq("rater").to_numpy(dtype=bool), "measure"]
    low, high = (signed(v, 1, language) if len(raters) else "–" for v in (raters.min(), raters.max()))
    alt = say("chart.wright_map.alt", language, **{f: number(n, 0, language) for f, n in counts.items()}, low=low, high=high)
    named = rows[rows["label"].ne("").to_numpy(dtype=bool)]
    table = named.assign(facet=[names[f] for f in named["facet"]], order=[ORDER.index(f) for f in named["facet"]]).sort_values(
        ["order", "measure"], ascending=[True, False], kind="stable")
    columns = (Col("label", say("chart.wright_map.what", language)), Col("facet", say("chart.wright_map.column", language)),
               Col("measure", say("chart.wright_map.logit", language), "signed", digits=2))
    key = (("▬", say("chart.wright_map.bar", language)), ("–", say("chart.wright_map.mark", language)))
    return Chart(_draw(rows, names, language), alt, key, (table[["label", "facet", "measure"]].reset_index(drop=True), columns))


def _draw(rows: pd.DataFrame, names: dict[str, str], language: Language) -> Draw:
    lowest, highest = float(np.floor(rows["measure"].min() * 2) / 2), float(np.ceil(rows["measure"].max() * 2) / 2)
    crowded = max(int((rows["facet"].eq(f) & rows["label"].ne("")).sum()) for f in ORDER)

    def draw(width: float, narrow: bool) -> Figure:
        head = 66.0 if narrow else 52.0
        tall = max(300.0, 16.0 * crowded)
        fig, ax = canvas(width, head + tall + 14)
        left, gap = 30.0, 5.0 if narrow else 12.0
        shares = (0.26, 0.24, 0.29, 0.21) if narrow else (0.25, 0.27, 0.3, 0.18)
        room = width - left - gap * len(ORDER)

        def at(value: float) -> float:
            return head + (highest - value) / max(highest - lowest, 0.5) * tall

        _ruler(ax, at, lowest, highest, left, width, language)
        x = left + gap
        for facet, share in zip(ORDER, shares, strict=True):
            wide = room * share
            _head(ax, names[facet], x, wide, narrow)
            own = rows[rows["facet"].eq(facet).to_numpy(dtype=bool)].sort_values("measure", ascending=False, kind="stable")
            _labelled(ax, own[own["label"].ne("").to_numpy(dtype=bool)], at, x, wide, (head, head + tall), narrow)
            _bars(ax, [at(v) for v in own.loc[own["label"].eq("").to_numpy(dtype=bool), "measure"]], x, wide, language)
            x += wide + gap
        return fig
    return draw


def _ruler(ax: Axes, at: Callable[[float], float], lowest: float, highest: float, left: float, width: float, language: Language) -> None:
    step = 1.0 if highest - lowest > 3 else 0.5
    ax.text(1, 12, say("chart.wright_map.logit", language), va="center", color=MUTED, fontsize=SMALL_PX)
    ticks = [float(v) for v in np.arange(np.ceil(lowest / step) * step, highest + 1e-9, step)]
    for colour, own in ((SEPARATOR, [v for v in ticks if abs(v) > 1e-9]), (MID, [v for v in ticks if abs(v) <= 1e-9])):
        _segments(ax, [(left, at(v), width, at(v)) for v in own], colour, 1.0)
    for value in ticks:
        y = at(value)
        ax.text(left - 5, y, signed(value, 0 if step == 1.0 else 1, language), ha="right", va="center", fontsize=SMALL_PX)


def _head(ax: Axes, words: str, x: float, wide: float, narrow: bool) -> None:
    size, wide = (SMALL_PX, wide - 3) if narrow else (TEXT_PX, wide)
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= wide:
            lines[-1] = longer
        else:
            lines.append(fitted(word, wide, size))
    for i, line in enumerate(lines[:3]):
        ax.text(x, (24 if not narrow else 26) + 14 * i, line, va="center", fontsize=size, weight="bold")


def _labelled(ax: Axes, own: pd.DataFrame, at: Callable[[float], float], x: float, wide: float, span: tuple[float, float], narrow: bool) -> None:
    if own.empty:
        return
    size = SMALL_PX if narrow else TEXT_PX
    wanted = [at(v) for v in own["measure"]]
    places = spread(wanted, [_LINE] * len(wanted), *span, 0)
    _segments(ax, [(x, y, x + 7, y) for y in wanted], INK, 1.6)
    _segments(ax, [(x + 7, y, x + 13, place) for y, place in zip(wanted, places, strict=True)], MID, 0.8)
    for place, label in zip(places, own["label"], strict=True):
        ax.text(x + 16, place, fitted(label, wide - 16, size), va="center", fontsize=size)


def _bars(ax: Axes, places: Sequence[float], x: float, wide: float, language: Language) -> None:
    """Count nameless marks in steps of the ruler; the longest bar says its number."""
    if not places:
        return
    bins = np.floor(np.asarray(places) / _BIN).astype(int)
    counted = pd.Series(bins).value_counts().sort_index()
    most = int(counted.max())
    room = wide - text_width(number(most, 0, language)) - 6
    middles = [((float(str(step)) + 0.5) * _BIN, max(2.0, room * int(n) / most)) for step, n in counted.items()]
    for colour, thick in ((POINT, _BIN - 1.0), (PALE, _BIN - 3.0)):
        ax.plot(*_broken([(x + 1, y, x + long, y) for y, long in middles]), color=colour, lw=thick, solid_capstyle="butt")
    y, long = max(middles, key=lambda m: m[1])
    ax.text(x + long + 4, y, number(most, 0, language), va="center", fontsize=SMALL_PX)


def _broken(lines: Sequence[tuple[float, float, float, float]]) -> tuple[list[float], list[float]]:
    nan = float("nan")
    return [v for a, _, b, _ in lines for v in (a, b, nan)], [v for _, a, _, b in lines for v in (a, b, nan)]


def _segments(ax: Axes, lines: Sequence[tuple[float, float, float, float]], colour: str, thick: float) -> None:
    """Draw separate lines as one path."""
    if lines:
        ax.plot(*_broken(lines), color=colour, lw=thick)
