"""Did it change? A control chart of single values, with the limits of the usual ups and downs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.errors import ExhibitError
from evalkit.exhibits.chart import Chart, need, nothing
from evalkit.exhibits.style import BAND, BLUE, DASHES, INK, MID, MUTED, VERMILION, above_axis, box, sheet, spread, stroke, text_width, tick_digits
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, percent, period_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50)
_PLOT = 156  # height of the axes of the narrow figure, pixels
BEHIND = {"fc": "white", "ec": "none", "pad": 1.5, "alpha": 0.85}
_TICKS = 7


@dataclass(frozen=True)
class _Series:
    """Shares in percent by period; a period without data is None."""

    periods: tuple[str, ...]
    shares: tuple[float | None, ...]
    outside: tuple[bool, ...]
    centre: float
    lower: float
    upper: float
    bound: float

    @property
    def last(self) -> float:
        value = self.shares[-1]
        if value is None:
            raise ExhibitError("The control chart ends in a period without data; put page.cannot or a table in its place.")
        return value


def _series(frame: pd.DataFrame) -> _Series:
    rows = frame.sort_values("period", kind="stable")
    last = rows.iloc[-1]
    if pd.isna(last["centre"]) or pd.isna(last["lower"]) or pd.isna(last["upper"]) or pd.isna(last["share"]):
        raise ExhibitError("The control chart has no limits in its last period (fewer than six earlier ones, or no data); "
                           "put page.table with the counts in its place.")
    values = tuple(None if pd.isna(v) else 100 * float(v) for v in rows["share"])
    high = last["share"] if pd.isna(last["share_high"]) else last["share_high"]
    return _Series(tuple(str(p) for p in rows["period"]), values, tuple(bool(o) if pd.notna(o) else False for o in rows["outside"]),
                   100 * float(last["centre"]), max(0.0, 100 * float(last["lower"])), min(100.0, 100 * float(last["upper"])),
                   100 * float(high))


def control_chart(frame: pd.DataFrame, *, measure: str = "", language: Language = "id") -> Chart:
    """Show one measure over the periods, with the mean and limits of the earlier ones; the last period is filled.

    The whisker of the last period ends where it would stand if everybody not rated yet were counted in.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of `history` for one scope and one measure: `period`, `share`, `share_high`, `centre`, `lower`, `upper`,
        `outside`, `count`, `expected`; shares 0 to 1.
    measure : str
        What is counted, as the axis says it; without it "Sangat Baik".

    Raises
    ------
    ExhibitError
        If there are no limits yet or the last period has no data: a table of counts takes the chart's place.
    """
    needed = ("period", "share", "share_high", "centre", "lower", "upper", "outside", "count", "expected")
    rows = need(frame, needed, "control_chart").sort_values("period", kind="stable")
    series = _series(rows)
    if len(series.shares) < 2:
        raise nothing("control_chart")
    name = measure or say("predikat.sangat_baik", "id")
    numbers = rows[["period", "expected", "count", "share"]].reset_index(drop=True)
    columns = (Col("period", say("chart.period", language), "period"), Col("expected", say("chart.expected", language), "count"),
               Col("count", name, "count"), Col("share", f"% {name}", "points", digits=1))
    low, _, step = _axis(series)
    missing = int(rows["expected"].iloc[-1]) and series.bound > series.last + 1e-9
    key = [("●", say("chart.control.now", language))]
    key += [("┃", say("chart.control.whisker", language, measure=name))] if missing else []
    key += [("◆", say("chart.control.outside", language))] if any(series.outside) else []
    key += [("", say("chart.axis_from", language, low=number(low, tick_digits([step]), language)))] if low > 0 else []
    return Chart(_draw(series, name, language), _alt(series, name, language), tuple(key), (numbers, columns))


def _alt(series: _Series, name: str, language: Language) -> str:
    seen = [v for v in series.shares if v is not None]
    return say("chart.control.alt", language, n=len(series.shares), measure=name, low=number(min(seen), 1, language),
               high=number(max(seen), 1, language), last=number(series.last, 1, language), lower=number(series.lower, 1, language),
               upper=number(series.upper, 1, language),
               finding=say(f"chart.control.{'beyond' if series.outside[-1] else 'within'}", language))


def _axis(series: _Series) -> tuple[float, float, float]:
    """Choose an axis that holds every value and limit, with few round ticks."""
    seen = [v for v in series.shares if v is not None] + [series.lower, series.upper, series.bound]
    low, high = min(seen), max(seen)
    step = next((s for s in _STEPS if (high - low) / s <= _TICKS - 2), 50)
    bottom = max(0.0, step * math.floor((low - 0.4 * step) / step))
    top = min(100.0, step * math.ceil((high + 0.4 * step) / step))
    return bottom, top if top > bottom else bottom + step, step


def _draw(series: _Series, name: str, language: Language) -> Draw:
    words = [(series.upper, say("chart.control.upper", language), MUTED), (series.centre, say(
        "chart.control.mean", language, mean=percent(series.centre / 100, language)), INK),
        (series.lower, say("chart.control.lower", language), MUTED)]

    def draw(width: float, narrow: bool) -> Figure:
        right = 58 if narrow else 14 + max(text_width(text) for _, text, _ in words)
        height = 240 if narrow else 230
        fig, ax = sheet(width, height, 44, right, 40, 44)
        bottom, top, step = _axis(series)
        edge = (-0.4, len(series.shares) - 0.6)
        ax.set(xlim=edge, ylim=(bottom, top))
        _limits(ax, series, edge)
        _points(ax, series, (width - 44 - right) / len(series.shares), language)
        _beside(ax, [(series.centre, percent(series.centre / 100, language), INK)] if narrow else words, height - 84)
        ticks = [bottom + step * i for i in range(round((top - bottom) / step) + 1)]
        ax.set_yticks(ticks, [number(t, tick_digits([step]), language) for t in ticks])
        _periods(ax, series, width - 44 - right, language)
        above_axis(ax, f"% {name}")
        return fig
    return draw


def _limits(ax: Axes, series: _Series, edge: tuple[float, float]) -> None:
    box(ax, edge[0], series.lower, edge[1] - edge[0], series.upper - series.lower, BAND, "none")
    for limit in (series.lower, series.upper):
        stroke(ax, edge, [limit] * 2, color=MID, lw=0.9, ls=DASHES)
    stroke(ax, edge, [series.centre] * 2, color=INK, lw=1)


def _points(ax: Axes, series: _Series, pitch: float, language: Language) -> None:
    """Draw the values; `pitch` is the room of one period in pixels."""
    x = list(range(len(series.shares)))
    stroke(ax, x, [math.nan if v is None else v for v in series.shares], color=BLUE, lw=1.8)
    end = x[-1]
    if series.bound > series.last:
        stroke(ax, [end, end], [series.last, series.bound], color=INK, lw=1.6, clip_on=False)
        stroke(ax, [end - 0.09, end + 0.09], [series.bound] * 2, color=INK, lw=1.6, clip_on=False)
    before = [(xi, v, out) for xi, v, out in zip(x[:-1], series.shares, series.outside, strict=False) if v is not None]
    for look in (False, True):
        if spots := [(xi, v) for xi, v, out in before if out == look]:
            stroke(ax, [x for x, _ in spots], [y for _, y in spots], "D" if look else "o", ms=9 if look else 7, mfc=VERMILION if look else "white",
                   mec=INK if look else BLUE, mew=1.6, clip_on=False)
    out = series.outside[-1]
    stroke(ax, end, series.last, "D" if out else "o", ms=9, mfc=VERMILION if out else BLUE, mec=INK, mew=1.2, clip_on=False)
    fell = bool(before) and before[-1][1] > series.last
    rose = bool(before) and (series.last - before[-1][1]) / (ax.get_ylim()[1] - ax.get_ylim()[0]) > 0.15
    height, shift, behind = _crowded(ax, series, pitch, fell) if pitch < 36 else _roomy(ax, series, pitch, rose)
    ax.annotate(percent(series.last / 100, language), (end, height), xytext=shift, textcoords="offset points", ha="right", weight="bold",
                bbox=BEHIND if behind else None)


def _roomy(ax: Axes, series: _Series, pitch: float, rose: bool) -> tuple[float, tuple[float, float], bool]:
    """Place the number of the last value beside its point: height, shift in pixels, no ground behind it."""
    low, high = ax.get_ylim()
    near_floor = (series.last - low) / (high - low) < 0.22
    return series.last, (-12.0, 4.0) if rose else (-12.0, 8.0) if near_floor else (min(18.0, 0.4 * pitch + 2), -21.0), False


def _crowded(ax: Axes, series: _Series, pitch: float, fell: bool) -> tuple[float, tuple[float, float], bool]:
    """Place it under or over the point where there is no room beside it, on the side that no line crosses."""
    low, high = ax.get_ylim()
    point, centre, top = (_PLOT * (v - low) / (high - low) for v in (series.last, series.centre, max(series.last, series.bound)))
    far = top - point > 0.08 * _PLOT  # above the whisker the number would be read as that of its end
    over, under = top < centre < top + 26, point - 25 < centre < point
    below = (far or fell or over) and not under and point > 26  # the number reaches 24 pixels down
    right = min(18.0, 0.4 * pitch + 2)
    if below:
        return series.last, (right, -21.0), far
    return (series.last if far else max(series.last, series.bound)), (right, 9.0), far or over or fell


def _beside(ax: Axes, words: list[tuple[float, str, str]], height: float) -> None:
    """Write the names of the lines at the right, kept apart when the lines are close."""
    low, high = ax.get_ylim()
    wanted = [height * (high - v) / (high - low) for v, _, _ in words]
    for y, (_, text, colour) in zip(spread(wanted, [15] * len(words), -6, height + 6, 1), words, strict=True):
        ax.annotate(text, (1, 1 - y / height), xycoords="axes fraction", xytext=(8, 0), textcoords="offset points", va="center",
                    color=colour)


def _periods(ax: Axes, series: _Series, room: float, language: Language) -> None:
    """Name the periods, the year under the first of each; on a narrow figure every second or third, from the last back."""
    parts = [period_axis(p, language) for p in series.periods]
    widest = max(text_width(word) for part in parts for word in part) + 8
    every = max(1, math.ceil(widest * len(parts) / room))
    keep = [i for i in range(len(parts)) if (len(parts) - 1 - i) % every == 0]
    labels, shown = [], ""
    for part, year in (parts[i] for i in keep):
        labels.append(f"{part}\n{year}" if part and year != shown else part or year)
        shown = year
    ax.set_xticks(keep, labels)
