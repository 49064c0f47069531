"""From a matplotlib figure to a lean inline SVG: a few kilobytes, no ids that leak, no style that leaks.

Looks are presentation attributes, because a page whose content policy forbids inline styles would lose them and print engines
read attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from evalkit.exhibits.style import FONTS, INK, NARROW, TEXT_PX, WIDE, settings

if TYPE_CHECKING:  # an index or an annex has no chart: matplotlib is imported by the page that draws
    from matplotlib.figure import Figure

Draw = Callable[[float, bool], "Figure"]


def both(draw: Draw, prefix: str) -> Markup:
    """Draw a figure twice, for the page and for the phone; the sheet of the page shows one of them.

    Parameters
    ----------
    draw : callable
        `draw(width, narrow)` gives the figure for a width in pixels.
    prefix : str
        The id of the figure on the page; ids inside begin with it.
    """
    import matplotlib as mpl

    with mpl.rc_context(settings()):
        wide = lean_svg(draw(WIDE, False), f"{prefix}-w", "wide")
        return wide + lean_svg(draw(NARROW, True), f"{prefix}-n", "narrow")


def lean_svg(figure: Figure, prefix: str, css: str) -> Markup:
    """Write a figure as inline SVG of the class `css`; ids that are needed begin with `prefix`.

    The SVG is hidden from screen readers: the box around it carries the text alternative.

    Raises
    ------
    ExhibitError
        If the figure has images, hatches or shaded triangles.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    from evalkit.exhibits.renderer import CAP, LeanRenderer

    FigureCanvasSVG(figure)
    figure.set_dpi(72)  # a point of matplotlib is a pixel of the page
    width, height = (float(side) * 72 for side in figure.get_size_inches())
    renderer = LeanRenderer(width, height, prefix)
    figure.draw(renderer)
    head = (f'<svg viewBox="0 0 {width:.6g} {height:.6g}" class="{escape(css)}" font-family="{FONTS}" font-size="{TEXT_PX}" '
            f'fill="{INK}" stroke-linecap="{CAP}" aria-hidden="true">')
    return Markup(f"{head}{renderer.written()}</svg>")
