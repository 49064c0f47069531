"""The looks of figures: colours, sizes, and a sheet measured in CSS pixels.

A figure of 720 x 200 has `figsize = (10, 2.78)` at 72 points an inch, so a point of matplotlib is a pixel of the page.
Contrast on white: ink 15.8, muted 7.1, blue 5.2, point 5.5, vermilion 3.9; pale, band and tint are fills only and
always stand beside an edge in ink or a word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, NAVY, BLUE = "#16242f", "#4a5a68", "#0b3c5d", "#0072b2"
VERMILION, PALE, POINT, MID = "#d55e00", "#c9d6df", "#5d6b77", "#7a8894"
RULE, SEPARATOR, TINT, BAND = "#c5ced6", "#e3e9ed", "#f1f5f8", "#e6ecf0"
SIGNAL = "#8f3d00"
WIDE, NARROW = 720, 350
TEXT_PX, SMALL_PX = 13, 12
FONTS = "Arial,Liberation Sans,sans-serif"
DASHES = (0, (4, 3))


_READY: list[tuple[Figure, Axes]] = []
_TICKS = 8  # of an axis that are made beforehand; more are made when they are asked for


@lru_cache(maxsize=1)
def notebook_sheet() -> str:
    """Give the style sheet of the pages for the outputs of a notebook that somebody works in.

    Its rules hold inside outputs only, so the notebook itself keeps its looks; a finished page drops it.
    """
    css = resources.files("evalkit").joinpath("report", "assets", "page.css").read_text(encoding="utf-8")
    css = re.sub(r"/\*.*?\*/|@page\{.*?\}\}", "", css, flags=re.DOTALL).replace("\n", "").replace(":root{", ":scope{")
    return f"<style data-notebook>@scope (.jp-RenderedHTMLCommon){{{css}}}</style>"


@lru_cache(maxsize=1)
def family() -> str:
    """Find the first installed font with the widths that pages use."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next(name for name in ("Arial", "Liberation Sans", "DejaVu Sans") if name in installed)


def settings() -> dict[str, Any]:
    """Give the settings that every figure is drawn under.

    Text stays text in the file, formulas are never read from it, and the ids depend on the drawing only.
    """
    return {
        "font.family": family(), "font.size": TEXT_PX, "text.color": INK, "text.parse_math": False, "text.usetex": False,
        "axes.labelcolor": INK, "axes.edgecolor": MID, "axes.linewidth": 0.8, "axes.spines.top": False,
        "axes.spines.right": False, "axes.axisbelow": True, "axes.facecolor": "none", "figure.facecolor": "none",
        "xtick.color": MID, "ytick.color": MID, "xtick.labelcolor": INK, "ytick.labelcolor": INK, "xtick.major.size": 4,
        "ytick.major.size": 0, "ytick.major.pad": 7, "path.simplify": False, "svg.fonttype": "none",
        "svg.hashsalt": "evalkit",
    }


def sheet(width: float, height: float, left: float, right: float, top: float, bottom: float) -> tuple[Figure, Axes]:
    """Open a figure of width x height pixels with margins in pixels and axes inside."""
    fig, ax = _READY.pop() if _READY else _blank()
    fig.set_size_inches(width / 72, height / 72)
    ax.set_position((left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height))
    return fig, ax


def _blank() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    fig = Figure()
    ax = fig.add_axes((0, 0, 1, 1))
    for axis in (ax.xaxis, ax.yaxis):
        _measure_labels_for_a_title_only(axis)
    return fig, ax


def _measure_labels_for_a_title_only(axis: Any) -> None:
    """Let an axis measure the labels of its ticks only where something stands beside them: most charts of a page have no such title."""
    measured = axis._get_ticklabel_bboxes

    def boxes(ticks: Any, renderer: Any) -> Any:
        return measured(ticks, renderer) if axis.label.get_text() or axis.major.formatter.get_offset() else ([], [])

    axis._get_ticklabel_bboxes = boxes


def lay_out(sheets: int) -> None:
    """Make empty sheets beforehand, under the settings of `svg.both`: half of the work of a small chart is its axes.

    For a process that kernels are forked from: each finds the sheets and takes its own.
    """
    import matplotlib as mpl

    with mpl.rc_context(settings()):
        _READY.extend(_blank() for _ in range(sheets))
    for _, ax in _READY:
        for axis in (ax.xaxis, ax.yaxis):
            axis.get_major_ticks(_TICKS)


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Open a figure whose coordinates are pixels from the upper left corner."""
    fig, ax = sheet(width, height, 0, 0, 0, 0)
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    return fig, ax


def box(ax: Axes, x: float, y: float, width: float, height: float, fill: str, edge: str = INK) -> None:
    """Draw a filled rectangle."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((x, y), width, height, fc=fill, ec=edge, lw=0 if edge == "none" else 1))


def stroke(ax: Axes, x: Any, y: Any, marker: str = "", **looks: Any) -> None:
    """Draw a line, or marks alone where a marker is named, on axes whose limits are set: what `plot` does, without looking for limits.

    A page has some hundred lines and marks, and `plot` spends most of their time on limits, cycles of colours and short-hand.
    """
    from matplotlib.lines import Line2D

    if marker:
        looks = {"ls": "", "marker": marker, **looks}
    ax.add_artist(Line2D(x if hasattr(x, "__len__") else [x], y if hasattr(y, "__len__") else [y], **looks))


def rules(ax: Axes, heights: Sequence[float], width: float) -> None:
    """Draw thin lines across a canvas, all as one path."""
    gap = float("nan")
    stroke(ax, [1, width - 1, gap] * len(heights), [v for y in heights for v in (y, y, gap)], color=SEPARATOR, lw=0.8)


def above_axis(ax: Axes, text: str, lift: float = 10) -> None:
    """Write the title of the upright axis above it, horizontal, at the left."""
    ax.annotate(text, xy=(0, 1), xycoords="axes fraction", xytext=(0, lift), textcoords="offset points", ha="left",
                va="bottom", color=MUTED)


def dots(ax: Axes, spots: Sequence[tuple[float, float]], size: float, edge: str, fill: str = "white") -> None:
    """Draw many dots, white inside by default, as two paths of strokes without length and with round caps: a quarter of the bytes of markers."""
    nan = float("nan")
    x = [v for a, _ in spots for v in (a, a + 1e-4, nan)]
    y = [v for _, b in spots for v in (b, b, nan)]
    for colour, width in ((edge, size + 1), (fill, size - 1.2)):
        stroke(ax, x, y, color=colour, lw=width, solid_capstyle="round")


@lru_cache(maxsize=4)
def face(bold: bool = False) -> Any:
    """Give the font of figures, which measures lines of text."""
    from matplotlib.font_manager import FontProperties

    from evalkit.exhibits.text_metrics import face_of

    return face_of(FontProperties(family=family(), weight="bold" if bold else "normal"))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = TEXT_PX, bold: bool = False) -> float:
    """Measure a line of text in pixels, so that labels can be kept apart before they are drawn.

    Examples
    --------
    >>> text_width("Sangat Baik") > text_width("Baik") > 20
    True
    """
    from evalkit.exhibits.text_metrics import SCALE

    width: float = face(bold).measure(text)[0] * size / SCALE
    return width


def tick_digits(ticks: Iterable[float], most: int = 6) -> int:
    """Give the fewest decimals that write each tick as it is, so that no two ticks read alike; `most` where more would be needed.

    Examples
    --------
    >>> tick_digits([0, 20, 40]), tick_digits([0.34, 0.345, 0.35]), tick_digits([1 / 3])
    (0, 3, 6)
    """
    places = [float(t) for t in ticks]
    return next((d for d in range(most) if all(math.isclose(t, round(t, d), rel_tol=0, abs_tol=1e-9) for t in places)), most)


def fitted(text: str, room: float, size: float = TEXT_PX, bold: bool = False) -> str:
    """Shorten a line with an ellipsis until it fits the room in pixels.

    Examples
    --------
    >>> fitted("Dinas Sosial", 500), fitted("Dinas Pemberdayaan Perempuan dan Perlindungan Anak", 120)[-1]
    ('Dinas Sosial', '…')
    """
    if text_width(text, size, bold) <= room:
        return text
    kept = text
    while kept and text_width(kept.rstrip() + "…", size, bold) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrapped(text: str, room: float, size: float = TEXT_PX) -> list[str]:
    """Break a text into lines that fit the room in pixels; a longer word is shortened.

    Examples
    --------
    >>> wrapped("paling sedikit 60%", 90)
    ['paling sedikit', '60%']
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(word, room, size))
    return lines


def spread(wanted: Sequence[float], widths: Sequence[float], low: float, high: float, gap: float = 10) -> list[float]:
    """Place labels side by side: each as near its wanted centre as the others and the edges allow, in their order.

    Parameters
    ----------
    wanted : sequence of float
        The centres that the labels would like, in ascending order, pixels.
    widths : sequence of float
        Their widths, pixels.
    low, high : float
        The edges that no label may cross.
    gap : float
        The space between neighbours.

    Returns
    -------
    list of float
        The centres. When the labels need more room than there is, they begin at the low edge and the last ones cross
        the high edge: `fits` says so beforehand.

    Examples
    --------
    >>> spread([5, 10, 95], [20, 20, 20], 0, 100)
    [10.0, 40.0, 90.0]
    """
    centres = [float(c) for c in wanted]
    edge = float(high)
    for i in reversed(range(len(centres))):
        centres[i] = min(centres[i], edge - widths[i] / 2)
        edge = centres[i] - widths[i] / 2 - gap
    edge = float(low)
    for i, width in enumerate(widths):
        centres[i] = max(centres[i], edge + width / 2)
        edge = centres[i] + width / 2 + gap
    return centres


def fits(widths: Sequence[float], room: float, gap: float = 10) -> bool:
    """Tell whether labels of these widths can stand side by side."""
    return sum(widths) + gap * (len(widths) - 1) <= room
