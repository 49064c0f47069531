"""How even is the use of words? Entropy in bits on its fixed scale, from one word for all to all alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.errors import ExhibitError
from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BLUE, INK, MID, MUTED, SMALL_PX, TEXT_PX, fitted, sheet, spread, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import plain
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PATTERN_20_70_10 = 1.157
MOST = 3


def entropy(frame: pd.DataFrame, *, categories: int = 5, language: Language = "id") -> Chart:
    """Show one to three values of entropy on 0 to log2(categories) bits.

    With five categories the scale names one value to hold on to: a spread of 20-70-10 gives 1.16 bits.

    Parameters
    ----------
    frame : pandas.DataFrame
        `label` and `entropy` (bits), a row a mark.
    categories : int
        How many words the scale has, at least two.

    Raises
    ------
    ExhibitError
        If no value is there, more than three are, or a value lies outside the scale.
    """
    rows = need(frame, ("label", "entropy"), "entropy").dropna(subset=["entropy"])
    top = math.log2(categories) if categories > 1 else 0.0
    values = sorted((float(v), plain(label)) for label, v in zip(rows["label"], rows["entropy"], strict=True))
    if not 1 <= len(values) <= MOST or top <= 0:
        raise ExhibitError("The entropy scale takes one to three values and at least two categories.")
    if values[0][0] < -1e-9 or values[-1][0] > top + 1e-9:
        raise ExhibitError(f"An entropy lies outside 0 to {top:.2f} bits.")
    listed = ", ".join(f"{label} {number(v, 2, language)}" for v, label in values)
    with_pattern = say("chart.entropy.alt_pattern", language) if categories == 5 else ""
    alt = say("chart.entropy.alt", language, top=number(top, 2, language), values=listed, pattern=with_pattern)
    numbers = pd.DataFrame({"label": [label for _, label in values], "bits": [v for v, _ in values]})
    columns = (Col("label", say("chart.entropy.whose", language)), Col("bits", "bit" if language == "id" else "bits", "number", digits=2))
    return Chart(_draw(values, top, categories, language), alt, numbers=(numbers, columns))


def _draw(values: list[tuple[float, str]], top: float, categories: int, language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        size = SMALL_PX if narrow else TEXT_PX
        fig, ax = sheet(width, 104, 8, 8, 46, 40)
        ax.set(xlim=(0, top), ylim=(0, 1))
        ax.axis("off")
        ax.plot([0, top], [0.5, 0.5], color=MID, lw=1.4)
        marks = [(0.0, say("chart.entropy.none", language), "left")]
        if categories == 5:
            marks.append((PATTERN_20_70_10, say("chart.entropy.pattern", language), "center"))
        marks.append((top, say("chart.entropy.all", language, top=number(top, 2, language)), "right"))
        for x, words, side in marks:
            ax.plot([x, x], [0.25, 0.75], color=INK, lw=1.2)
            ax.annotate(words.replace("|", "\n"), (x, 0.2), xytext=(0, -8), textcoords="offset points", ha=side, va="top",
                        color=MUTED, fontsize=size)
        room = width - 16
        labels = [f"{fitted(label, room / len(values) - 50)} {number(v, 2, language)}" for v, label in values]
        widths = [text_width(t, bold=True) for t in labels]
        at = spread([room * v / top for v, _ in values], widths, -6, room + 6, 12)
        for (v, _), label, x in zip(values, labels, at, strict=True):
            ax.plot(v, 0.5, "D", ms=11, mfc=BLUE, mec=INK, mew=1.2, clip_on=False)
            ax.annotate(label, (x / room, 0.5), xycoords="axes fraction", xytext=(0, 14), textcoords="offset points", ha="center",
                        weight="bold")
        return fig
    return draw
