"""How large is a gap? Estimates with intervals under one another, a grey band for what this design could not find."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BAND, BLUE, INK, MID, MUTED, POINT, box, canvas, fitted, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import plain
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, range_text, signed

_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
_BESIDE, _LINE = 46, 16  # pixels of a row on a phone, and of one more line in it


def forest(frame: pd.DataFrame, *, axis: str, digits: int = 1, language: Language = "id") -> Chart:
    """Show gaps with their 95% ranges and the smallest gap that this design finds eight times in ten (MDE).

    Parameters
    ----------
    frame : pandas.DataFrame
        `label`, `section` (rows of one stand together), `estimate`, `conf_low`, `conf_high`, `detectable` (shares), `sure` (the gap
        stands after correction for all that were looked at).
    axis : str
        What is compared, in percentage points.
    digits : int
        Decimals.

    Raises
    ------
    ExhibitError
        If nothing is estimated.
    """
    rows = need(frame.dropna(subset=["estimate", "conf_low", "conf_high"]),
                ("label", "section", "estimate", "conf_low", "conf_high", "detectable", "sure"), "forest").reset_index(drop=True)
    points = rows.assign(**{c: 100.0 * rows[c].astype(float) for c in ("estimate", "conf_low", "conf_high", "detectable")},
                         label=[plain(v) for v in rows["label"]], section=[plain(v) for v in rows["section"]])
    sure = points[points["sure"].to_numpy(dtype=bool)]
    named = "; ".join(f"{r['label']} {signed(r['estimate'], digits, language)}" for r in sure.head(3).to_dict("records"))
    alt = say("chart.forest.alt", language, n=len(points), low=signed(points["estimate"].min(), digits, language),
              high=signed(points["estimate"].max(), digits, language), sure=named or say("chart.forest.none", language))
    columns = (Col("label", say("chart.forest.gap", language)), Col("estimate", say("chart.forest.points", language), "signed", digits=digits),
               Col("conf_low", say("chart.low", language), "signed", digits=digits),
               Col("conf_high", say("chart.high", language), "signed", digits=digits), Col("detectable", "MDE", "number", digits=digits))
    key = (("◆", say("chart.forest.sure", language)), ("○", say("chart.forest.unsure", language)), ("▒", say("chart.forest.band", language)))
    return Chart(_draw(points, axis, digits, language), alt, key, (points[["label", "estimate", "conf_low", "conf_high", "detectable"]], columns))


def _draw(points: pd.DataFrame, axis: str, digits: int, language: Language) -> Draw:
    reach = _reach(points)

    def draw(width: float, narrow: bool) -> Figure:
        texts = [f"{signed(r['estimate'], digits, language)} ({range_text(r['conf_low'], r['conf_high'], digits, language)})"
                 for r in points.to_dict("records")]
        head = 8 if narrow else 34
        tall = [_tall(label, text, bool(sure), width) if narrow else 32
                for label, text, sure in zip(points["label"], texts, points["sure"], strict=True)]
        sections = list(dict.fromkeys(points["section"]))
        height = head + sum(tall) + 26 * len(sections) + 62
        fig, ax = canvas(width, height)
        label_room = width * 0.36 if not narrow else width
        number_room = 0 if narrow else max(text_width(t) for t in texts) + 56
        left, right = (10.0, width - 12.0) if narrow else (label_room + 4, width - number_room - 12)
        if not narrow:
            ax.text(width - 52, 14, say("chart.forest.range", language), ha="right", color=MUTED)
            ax.text(width - 1, 14, "MDE", ha="right", color=MUTED)
        y = float(head)
        for section in sections:
            ax.text(1, y + 14, fitted(section, width - 4), va="center", color=MUTED)
            y += 26
            for i, row in points[points["section"].eq(section).to_numpy(dtype=bool)].iterrows():
                high = tall[int(str(i))]
                _row(ax, row, texts[int(str(i))], y, high, (left, right), reach, label_room, digits, narrow, width, language)
                y += high
        _scale(ax, y + 4, (left, right), reach, axis, width, language)
        return fig
    return draw


def _reach(points: pd.DataFrame) -> float:
    """Half of the axis: it holds most intervals; a longer one ends in an arrow."""
    ends = sorted(max(abs(a), abs(b), d if d == d else 0.0) for a, b, d in zip(points["conf_low"], points["conf_high"], points["detectable"],
                                                                             strict=True))
    usual = ends[len(ends) // 2] * 3.0
    return float(max(min(ends[-1], usual) * 1.06, max(abs(v) for v in points["estimate"]) * 1.1, 0.1))


def _tall(label: str, text: str, sure: bool, width: float) -> int:
    """Give the height of a row on a phone: a label that has no room beside its figures stands above them."""
    return _BESIDE if text_width(label, bold=sure) <= width - text_width(text) - 12 else _BESIDE + _LINE


def _row(ax: Axes, row: pd.Series, text: str, y: float, tall: float, span: tuple[float, float], reach: float, room: float, digits: int,
         narrow: bool, width: float, language: Language) -> None:
    left, right = span
    middle = y + (tall - 12 if narrow else tall / 2)

    def at(value: float) -> float:
        return left + (min(max(value, -reach), reach) + reach) / (2 * reach) * (right - left)

    sure = bool(row["sure"])
    weight = "bold" if sure else "normal"
    below = tall - _BESIDE if narrow else 0
    free = room if not narrow else width - 2 if below else width - text_width(text) - 12
    ax.text(1, y + 9 if narrow else middle, fitted(row["label"], free, bold=sure), va="center", weight=weight)
    ax.text(width - 1 if narrow else width - 52, y + 9 + below if narrow else middle, text, va="center", ha="right")
    mde = row["detectable"]
    if mde == mde:
        box(ax, at(-mde), middle - 9, at(mde) - at(-mde), 18, BAND, "none")
        if not narrow:
            ax.text(width - 1, middle, number(mde, digits, language), va="center", ha="right")
    ax.plot([at(0)] * 2, [middle - 11, middle + 11], color=POINT, lw=1.1)
    ax.plot([at(row["conf_low"]), at(row["conf_high"])], [middle] * 2, color=INK if sure else MID, lw=2 if sure else 1.6)
    for end, sign in ((row["conf_low"], "<"), (row["conf_high"], ">")):
        if abs(end) > reach:
            ax.plot(at(end), middle, sign, ms=7, mfc=INK if sure else MID, mec="none")
    ax.plot(at(row["estimate"]), middle, "D" if sure else "o", ms=8.5, mfc=BLUE if sure else "white", mec=INK if sure else POINT, mew=1.3)


def _scale(ax: Axes, y: float, span: tuple[float, float], reach: float, axis: str, width: float, language: Language) -> None:
    left, right = span
    step = next((s for s in _TICKS if reach / s <= 2.6), 50)
    ax.plot([left, right], [y, y], color=MID, lw=0.9)
    count = math.floor(reach / step)
    for i in range(-count, count + 1):
        x = left + (i * step + reach) / (2 * reach) * (right - left)
        ax.plot([x, x], [y, y + 4], color=MID, lw=0.9)
        label = signed(i * step, 0 if float(step).is_integer() else 1, language)
        half = text_width(label) / 2
        ax.text(min(max(x, half + 1), width - half - 1), y + 17, label, ha="center", va="center")
    words = fitted(axis, width - 10)
    half = text_width(words) / 2
    ax.text(min(max((left + right) / 2, half + 2), width - half - 2), y + 38, words, ha="center", va="center")
