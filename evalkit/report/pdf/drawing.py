"""The drawing of a figure on its way into the PDF: known tags, nothing that reaches outside the figure."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from evalkit.errors import ReportError
from evalkit.report.pdf.glyphs import visible, written

_TAGS = {"svg", "g", "path", "use", "defs", "text", "tspan", "rect", "circle", "ellipse", "line", "polyline", "polygon", "pattern",
         "clippath"}
# the HTML reader lowers names; these are the ones of a drawing that have capitals
_NAMES = {"clippath": "clipPath", "patternunits": "patternUnits", "patterncontentunits": "patternContentUnits",
          "patterntransform": "patternTransform", "clippathunits": "clipPathUnits",
          "viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio", "textlength": "textLength",
          "lengthadjust": "lengthAdjust", "pathlength": "pathLength"}
_WITHIN = re.compile(r"url\(#[\w-]+\)")
_LEFT_OUT = {"class", "aria-hidden", "focusable", "role"}


def drawing(node: Any, within: bool = False) -> str:
    """Write an inline SVG as a file of its own.

    Raises
    ------
    ReportError
        If a tag or attribute has no place in a figure (scripts, styles, anything from outside).
    """
    if node.tag not in _TAGS:
        raise ReportError(f"The PDF has no rule for <{node.tag}> in a figure.")
    attributes = "" if within else ' xmlns="http://www.w3.org/2000/svg"'
    for key, value in node.attrib.items():
        outside = (key.endswith("href") and not value.startswith("#")) or "url(" in _WITHIN.sub("", value)
        if key.startswith("on") or key == "style" or outside:
            raise ReportError(f"The attribute {key!r} is not allowed in a figure.")
        if key not in _LEFT_OUT and key != "xmlns":
            attributes += f' {_NAMES.get(key, key)}="{escape(visible(value) if key != "d" else value)}"'
    inner = _text(node.text, node.tag)
    for child in node:
        inner += drawing(child, within=True) if isinstance(child.tag, str) else ""
        inner += _text(child.tail, node.tag)
    tag = _NAMES.get(node.tag, node.tag)
    return f"<{tag}{attributes}>{inner}</{tag}>"


def _text(text: str | None, tag: str) -> str:
    return escape(written(text)) if text and tag in {"text", "tspan"} else ""
