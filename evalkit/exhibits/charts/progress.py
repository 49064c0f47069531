"""Is it on time? Steps by day against the number expected, with the deadline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
from babel.dates import format_date

from evalkit.exhibits.chart import Chart, need, nothing
from evalkit.exhibits.style import BLUE, DASHES, INK, MUTED, TINT, above_axis, sheet, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class _Steps:
    days: tuple[date, ...]
    rated: tuple[int, ...]
    expected: int
    due: date | None


def progress(frame: pd.DataFrame, due: date | None = None, *, language: Language = "id") -> Chart:
    """Show how many people were rated by each day, the number expected, and the days that remain.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of `progress` for one scope: `day` (dates), `rated` (running count), `expected`.
    due : datetime.date, optional
        The deadline; without it no deadline is drawn.

    Raises
    ------
    ExhibitError
        If there is no day or nobody is expected.
    """
    rows = need(frame, ("day", "rated", "expected"), "progress").sort_values("day", kind="stable")
    days = tuple(pd.Timestamp(d).date() for d in rows["day"])
    expected = int(rows["expected"].max())
    if expected <= 0:
        raise nothing("progress")
    steps = _Steps(days, tuple(int(r) for r in rows["rated"]), expected, due)
    numbers = rows[["day", "rated"]].reset_index(drop=True)
    columns = (Col("day", say("chart.day", language), "date"), Col("rated", say("chart.rated", language), "count"))
    deadline = say("chart.progress.alt_due", language, due=date_text(due, language)) if due else ""
    alt = say("chart.progress.alt", language, first=date_text(days[0], language), last=date_text(days[-1], language),
              start=number(steps.rated[0], 0, language), end=number(steps.rated[-1], 0, language),
              expected=number(expected, 0, language), due=deadline)
    return Chart(_draw(steps, language), alt, numbers=(numbers, columns))


def _day(day: date, language: Language) -> str:
    return str(format_date(day, "d MMM", locale="id_ID" if language == "id" else "en_GB")).replace(".", "")


def _draw(steps: _Steps, language: Language) -> Draw:
    start = steps.days[0]
    x = [(d - start).days for d in steps.days]
    due = (steps.due - start).days if steps.due is not None else None
    last = max([x[-1] + 1, *([due] if due is not None else [])])
    expected_words = say("chart.progress.expected", language, n=number(steps.expected, 0, language))
    due_words = say("chart.progress.due", language, due=_day(steps.due, language)) if steps.due else ""

    def draw(width: float, narrow: bool) -> Figure:
        left = 14 + text_width(number(_top(steps.expected), 0, language))
        right = 14 if narrow else 18 + max(text_width(expected_words), text_width(due_words))
        height, top = (254, 56) if narrow else (246, 40)
        fig, ax = sheet(width, height, left, right, top, 44)
        end = last + 0.03 * max(last, 1)
        ax.set(xlim=(0, end), ylim=(0, steps.expected * 1.04))
        if due is not None and due >= 0:
            if due > x[-1]:
                ax.axvspan(x[-1], due, color=TINT, lw=0)
            ax.plot([due] * 2, [0, steps.expected], color=INK, lw=1, ls=DASHES)
        ax.plot([0, end], [steps.expected] * 2, color=INK, lw=1)
        ax.plot(x, steps.rated, "-", color=BLUE, lw=2, drawstyle="steps-post")
        ax.plot(x[-1], steps.rated[-1], "o", ms=9, mfc=BLUE, mec=INK, mew=1.2, clip_on=False)
        _words(ax, steps, x[-1], end, due, (expected_words, due_words), narrow, language)
        ticks = _ticks(steps.expected)
        ax.set_yticks(ticks, [number(t, 0, language) for t in ticks])
        _days(ax, start, last, width - left - right, language)
        above_axis(ax, say("chart.progress.axis", language), 25 if narrow else 10)
        return fig
    return draw


def _words(ax: Axes, steps: _Steps, x: float, end: float, due: int | None, words: tuple[str, str], narrow: bool,
           language: Language) -> None:
    """Write the current count, the number expected and the deadline where nothing else stands."""
    now = steps.rated[-1]
    at_left = x / end > 0.75
    low = now / steps.expected < 0.16
    ax.annotate(number(now, 0, language), (x, now), xytext=(-10 if at_left else 10, 9 if low else -18), textcoords="offset points",
                ha="right" if at_left else "left", weight="bold")
    if narrow:
        ax.annotate(words[0], (0, steps.expected), xytext=(5, 5), textcoords="offset points", va="bottom", annotation_clip=False)
        if due is not None and due >= 0:
            past = due / end < 0.4  # a deadline far to the left has no room for its words there
            ax.annotate(words[1], (due, 0), xytext=(6 if past else -6, 8), textcoords="offset points", ha="left" if past else "right", color=MUTED)
        return
    ax.annotate(words[0], (end, steps.expected), xytext=(8, 0), textcoords="offset points", va="center", annotation_clip=False)
    if due is not None and due >= 0:
        beside = end if due >= x else due
        ax.annotate(words[1], (beside, 0), xytext=(8, 8), textcoords="offset points", color=MUTED, annotation_clip=False)


def _ticks(expected: int) -> list[int]:
    rough = max(expected / 4, 1)
    power = 10 ** math.floor(math.log10(rough))
    step = max(1, int(next(power * f for f in (1, 2, 5, 10) if power * f >= rough)))
    return list(range(0, expected + 1, step))


def _top(expected: int) -> int:
    return _ticks(expected)[-1]


def _days(ax: Axes, start: date, last: int, room: float, language: Language) -> None:
    widest = text_width("30 Sept") + 14
    every = max(1, math.ceil(last * widest / room))
    at = list(range(0, last + 1, every))
    ax.set_xticks(at, [_day(start + timedelta(days=i), language) for i in at])
