"""Power curves as a table and a figure: each true effect with its power, and what the program prints as the smallest effect it would find."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Row = dict[str, Any]
ACROSS, INCHES = 3, (3.0, 2.3)
INK, BAND, MARK = "#1f3a5f", "#c9d6e6", "#a23b1f"
INTRO = """
## Power curves

How often the test at 5% finds an effect whose true size is known. MDE: the mean, over the draws at that effect, of the smallest effect that
the program itself prints as found eight times in ten on such data; *none*: it prints none for this test. The figure
draws the range of the MDE as a band beside the curve: where the promise is kept, the curve crosses 0.8 inside it. A curve to the right of the
band says that the printed MDE is optimistic. Effects are means over the draws of the true ones.

![Power curves](calibration_power.svg)
"""


@dataclass(frozen=True)
class Curve:
    """One statistic on one design: true effects in rising order, with power, its 99% range, and what is printed (`nan`: nothing)."""

    statistic: str
    design: str
    unit: str
    effect: np.ndarray
    power: np.ndarray
    low: np.ndarray
    high: np.ndarray
    detectable: np.ndarray
    draws: np.ndarray

    def found_at(self, share: float = 0.8) -> float:
        """Give the effect at which the curve, read straight between its points, first reaches `share`; `nan` where it does not."""
        x, y = np.concatenate([[0.0], self.effect]), np.concatenate([[0.05], self.power])
        above = np.flatnonzero(y >= share)
        if not len(above):
            return float("nan")
        i = int(above[0])
        return float(np.interp(share, y[i - 1:i + 1], x[i - 1:i + 1]))

    def printed_near(self, effect: float) -> float:
        """Give the mean of what is printed where the true effect is near `effect`."""
        known = ~np.isnan(self.detectable)
        return float(np.interp(effect, self.effect[known], self.detectable[known])) if known.any() and effect == effect else float("nan")


def curves_of(rows: Sequence[Row]) -> list[Curve]:
    """Gather the rows of power curves, curve by curve."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row.get("curve") and row["n"]:
            found.setdefault((row["statistic"], row["design"], row["curve"]), []).append(row)
    return [_curve(key, found[key]) for key in sorted(found)]


def _curve(key: tuple[str, str, str], rows: list[Row]) -> Curve:
    ordered = sorted(rows, key=lambda r: float(r["effect"]))
    columns = {c: np.array([float(r[c]) for r in ordered]) for c in ("effect", "rate", "low", "high", "n")}
    printed = np.array([float(r["detectable"]) if r["stated"] else np.nan for r in ordered])
    return Curve(*key, columns["effect"], columns["rate"], columns["low"], columns["high"], printed, columns["n"])


def table(rows: Sequence[Row]) -> list[str]:
    """Write the power curves: for each what is promised and what is kept, then its points."""
    curves = curves_of(rows)
    if not curves:
        return []
    lines = [INTRO, "| statistic | design | effect in | found eight times in ten from | MDE printed there |", "| --- | --- | --- | --- | --- |"]
    for c in curves:
        at = c.found_at()
        lines.append(f"| {c.statistic} | {c.design} | {c.unit} | {_number(at, 'not reached')} | {_number(c.printed_near(at), 'none')} |")
    lines += ["", "| statistic | true effect | power | range | draws | MDE printed |", "| --- | --- | --- | --- | --- | --- |"]
    for c in curves:
        for effect, power, low, high, printed, n in zip(c.effect, c.power, c.low, c.high, c.detectable, c.draws, strict=True):
            lines.append(f"| {c.statistic} | {effect:.2f} | {power:.3f} | {low:.3f} to {high:.3f} | {int(n)} | {_number(printed, 'none')} |")
    return lines


def _number(value: float, none: str) -> str:
    return none if value != value else f"{value:.2f}"


def figure(rows: Sequence[Row]) -> str:
    """Draw the power curves, one panel each, as SVG; the same rows give the same text."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    curves = curves_of(rows)
    down = -(-len(curves) // ACROSS)
    with mpl.rc_context({"svg.hashsalt": "evalkit", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 7}):
        canvas = Figure(figsize=(ACROSS * INCHES[0], max(down, 1) * INCHES[1]), layout="constrained")
        for place, curve in enumerate(curves):
            _panel(canvas.add_subplot(max(down, 1), ACROSS, place + 1), curve)
        text = io.StringIO()
        FigureCanvasSVG(canvas).print_svg(text, metadata={"Date": None, "Creator": None})
    short = re.sub(r"(\d+\.\d\d)\d+", r"\1", text.getvalue())  # a hundredth of a point is more than an eye sees
    return "\n".join(line.rstrip() for line in short.splitlines()) + "\n"


def _panel(ax: Any, curve: Curve) -> None:
    printed = curve.detectable[~np.isnan(curve.detectable)]
    if len(printed):
        ax.axvspan(printed.min(), max(printed.max(), printed.min() + 0.01 * curve.effect.max()), color=BAND, lw=0)
        ax.text(printed.mean(), 1.03, "MDE", ha="center", va="bottom", color=MARK)
    for level in (0.05, 0.8):
        ax.axhline(level, color="#888888", lw=0.6, ls=":")
    x, y = np.concatenate([[0.0], curve.effect]), np.concatenate([[np.nan], curve.power])
    ax.plot(x, y, color=INK, lw=1.2, marker="o", ms=2.5)
    ax.vlines(curve.effect, curve.low, curve.high, color=INK, lw=0.8)
    ax.set(ylim=(0, 1.12), xlim=(0, None), yticks=[0.05, 0.5, 0.8, 1.0], xlabel=curve.unit)
    ax.set_title(curve.statistic, fontsize=7, loc="left", pad=4)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
