"""How do roles see the same items? One row an item on the whole scale of the form, one mark a role."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BLUE, INK, MID, POINT, SEPARATOR, TEXT_PX, VERMILION, canvas, fitted, text_width
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number

# role -> (glyph of the key, marker, fill, edge)
MARKS = {"superior": ("■", "s", INK, INK), "peer": ("●", "o", BLUE, INK), "subordinate": ("▲", "^", VERMILION, INK), "others": ("◆", "D", POINT, INK),
         "self": ("○", "o", "white", POINT)}

_APART = 5.5  # pixels between the heights of two roles on one line: equal means stay visible


def role_dots(frame: pd.DataFrame, *, scale: tuple[float, float], digits: int = 1, language: Language = "id") -> Chart:
    """Show the mean of each role on each item.

    Parameters
    ----------
    frame : pandas.DataFrame
        `label` (of the item, in order), `role` (superior, peer, subordinate, others, self), `mean`; what is withheld has no row.
    scale : tuple of float
        Lowest and highest rating of the form.
    digits : int
        Decimals.

    Raises
    ------
    ExhibitError
        If nothing may be shown.
    """
    rows = need(frame.dropna(subset=["mean"]), ("label", "role", "mean"), "role_dots").astype({"mean": float, "label": str, "role": str})
    roles = [r for r in MARKS if rows["role"].eq(r).any()]
    names = {r: say(f"role.{r}", language) for r in roles}
    means = "; ".join(f"{names[r]} {number(rows.loc[rows['role'].eq(r).to_numpy(dtype=bool), 'mean'].mean(), digits, language)}" for r in roles)
    alt = say("chart.role_dots.alt", language, items=rows["label"].nunique(), roles=len(roles), means=means)
    order = list(dict.fromkeys(rows["label"]))
    table = rows.pivot_table(index="label", columns="role", values="mean").reindex(order).reindex(columns=roles).reset_index()
    columns = (Col("label", say("chart.role_dots.item", language)), *(Col(r, names[r], "number", digits=digits) for r in roles))
    return Chart(_draw(rows, order, scale, language), alt, tuple((MARKS[r][0], names[r]) for r in roles), (table, columns))


def _draw(rows: pd.DataFrame, order: list[str], scale: tuple[float, float], language: Language) -> Draw:
    used = [r for r in MARKS if rows["role"].eq(r).any()]

    def draw(width: float, narrow: bool) -> Figure:
        tall = 46.0 if narrow else 32.0
        fig, ax = canvas(width, 8 + tall * len(order) + 40)
        room = 0.0 if narrow else min(max(text_width(v) for v in order) + 14, 220)
        left, right = room + 10, width - 14

        def at(value: float) -> float:
            return left + (value - scale[0]) / (scale[1] - scale[0]) * (right - left)

        for i, label in enumerate(order):
            y = 8 + tall * i + (tall - 14 if narrow else tall / 2)
            ax.plot([left, right], [y, y], color=SEPARATOR, lw=1)
            ax.text(1, 8 + tall * i + 12 if narrow else y, fitted(label, width - 4 if narrow else room - 8), va="center", fontsize=TEXT_PX)
            own = rows[rows["label"].eq(label).to_numpy(dtype=bool)]
            for step, role in enumerate(used):
                _, marker, fill, edge = MARKS[role]
                for value in own.loc[own["role"].eq(role).to_numpy(dtype=bool), "mean"]:
                    ax.plot(at(value), y + _APART * (step - (len(used) - 1) / 2), marker, ms=8.5, mfc=fill, mec=edge, mew=1.2)
        _axis(ax, 8 + tall * len(order) + 6, at(scale[0]), at(scale[1]), scale, language)
        return fig
    return draw


def _axis(ax: Axes, y: float, left: float, right: float, scale: tuple[float, float], language: Language) -> None:
    ax.plot([left, right], [y, y], color=MID, lw=1)
    step = (right - left) / (scale[1] - scale[0])
    for i in range(int(scale[1] - scale[0]) + 1):
        x = left + i * step
        ax.plot([x, x], [y, y + 4], color=MID, lw=1)
        ax.text(x, y + 15, number(scale[0] + i, 0, language), ha="center", va="center")
