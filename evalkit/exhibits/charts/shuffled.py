"""Does it cluster? What shuffling gives, as steps, and the observed number as a diamond on a stem."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from evalkit.exhibits.chart import Chart, need
from evalkit.exhibits.style import BLUE, INK, MID, MUTED, PALE, POINT, fitted, sheet, spread, text_width, tick_digits
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number


def shuffled(frame: pd.DataFrame, observed: float, *, axis: str, language: Language = "id") -> Chart:
    """Show how often shuffling gave each number of pairs, the middle 95% of them, and what was observed.

    Parameters
    ----------
    frame : pandas.DataFrame
        `low`, `high` (edges of a bin), `n` (shuffles in it), in order.
    observed : float
        What the data give.
    axis : str
        What is counted.

    Raises
    ------
    ExhibitError
        If there is no shuffle.
    """
    rows = need(frame, ("low", "high", "n"), "shuffled").sort_values("low", kind="stable").reset_index(drop=True)
    low, high = _middle(rows)
    values = {"low": number(low, 0, language), "high": number(high, 0, language), "observed": number(observed, 0, language)}
    finding = "above" if observed > high else "below" if observed < low else "inside"
    alt = say("chart.shuffled.alt", language, n=number(int(rows["n"].sum()), 0, language),
              finding=say(f"chart.shuffled.{finding}", language), **values)
    key = (("◆", say("chart.shuffled.observed", language)), ("▬", say("chart.shuffled.band", language)))
    columns = (Col("low", say("chart.shuffled.from", language), "count"), Col("high", say("chart.shuffled.to", language), "count"),
               Col("n", say("chart.shuffled.times", language), "count"))
    return Chart(_draw(rows, observed, low, high, axis, language), alt, key, (rows[["low", "high", "n"]], columns))


def _middle(rows: pd.DataFrame) -> tuple[float, float]:
    """Edges of the bins that hold the middle 95% of the shuffles."""
    share = rows["n"].cumsum() / rows["n"].sum()
    first = int((share > 0.025).to_numpy().argmax())
    last = int((share >= 0.975).to_numpy().argmax())
    return float(rows["low"].iloc[first]), float(rows["high"].iloc[last])


def _draw(rows: pd.DataFrame, observed: float, low: float, high: float, axis: str, language: Language) -> Draw:
    middle = say("chart.shuffled.middle", language, low=number(low, 0, language), high=number(high, 0, language))
    seen = f"{say('chart.shuffled.observed', language)} {number(observed, 0, language)}"

    def draw(width: float, narrow: bool) -> Figure:
        fig, ax = sheet(width, 234 if narrow else 220, 12, 12, 46, 58)
        left, right = min(float(rows["low"].min()), observed), max(float(rows["high"].max()), observed)
        room = max(right - left, 1.0)
        top = float(rows["n"].max())
        ax.set(xlim=(left - 0.06 * room, right + 0.06 * room), ylim=(-0.05 * top, 1.08 * top))
        edges = [*rows["low"], float(rows["high"].iloc[-1])]
        ax.stairs(rows["n"].to_numpy(), edges, fill=True, color=PALE)
        ax.stairs(rows["n"].to_numpy(), edges, color=POINT, lw=1)
        ax.plot([low, high], [-0.025 * top] * 2, color=INK, lw=3, solid_capstyle="butt")
        ax.plot([observed] * 2, [0, 0.8 * top], color=INK, lw=1.4)
        ax.plot(observed, 0.8 * top, "D", ms=10, mfc=BLUE, mec=INK, mew=1.2, clip_on=False)
        span = ax.get_xlim()
        at = [(v - span[0]) / (span[1] - span[0]) * (width - 24) for v in ((low + high) / 2, observed)]
        texts = [fitted(middle, width - 30), seen]
        if narrow:
            ax.annotate(texts[0], (0, 1), xycoords="axes fraction", xytext=(0, 26), textcoords="offset points", color=MUTED)
            widths = [text_width(seen, bold=True)]
            x = spread([at[1]], widths, 0, width - 24)[0]
        else:
            order = sorted((0, 1), key=lambda i: at[i])
            widths = [text_width(texts[i], bold=bool(i)) for i in order]
            placed = dict(zip(order, spread([at[i] for i in order], widths, 0, width - 24, 26), strict=True))
            x = placed[1]
            ax.annotate(texts[0], (placed[0] / (width - 24), 1), xycoords="axes fraction", xytext=(0, 14), textcoords="offset points",
                        ha="center", color=MUTED)
        ax.annotate(seen, (x / (width - 24), 0.8 if narrow else 1), xycoords="axes fraction", xytext=(0, 10 if narrow else 14),
                    textcoords="offset points", ha="center", weight="bold")
        ax.spines[["left"]].set_visible(False)
        ax.spines["bottom"].set_color(MID)
        ax.set_yticks([])
        ax.locator_params(axis="x", nbins=4 if narrow else 7, integer=True)
        ax.set_xticks([t for t in ax.get_xticks() if span[0] <= t <= span[1]])
        ax.set_xticklabels([number(t, tick_digits(ax.get_xticks()), language) for t in ax.get_xticks()])
        ax.set_xlabel(fitted(axis, width - 30), labelpad=6)
        return fig
    return draw
