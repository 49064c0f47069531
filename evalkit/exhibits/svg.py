"""From a matplotlib figure to a lean inline SVG: a few kilobytes, no ids that leak, no style that leaks.

The file of matplotlib is read as a tree, so text is never touched by a rule meant for attributes. Dropped: metadata,
the global style element, comments, clip paths, ids that nothing refers to, groups that say nothing. `style` becomes
presentation attributes, because a page whose content policy forbids inline styles would lose it and print engines
read attributes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import Markup, escape

from evalkit.exhibits.style import FONTS, INK, NARROW, TEXT_PX, WIDE, settings

if TYPE_CHECKING:  # an index or an annex has no chart: matplotlib is imported by the page that draws
    from matplotlib.figure import Figure

Draw = Callable[[float, bool], "Figure"]
_LONG = 300  # characters of a path from which its points are written once
_SKIP = {"metadata", "style", "clipPath", "title"}
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_ALIKE = re.compile(r'<path d="[^"]*"((?: [a-z-]+="[^"]*")*)/>(?:<path d="[^"]*"\1/>)+')
_NOTHING = {("stroke-linejoin", "miter"), ("stroke-linecap", "butt"), ("stroke-dashoffset", "0"), ("opacity", "1"),
            ("fill-opacity", "1"), ("stroke-opacity", "1"), ("font-size", str(TEXT_PX)), ("font-style", "normal"),
            ("font-weight", "400"), ("font-weight", "normal"), ("text-anchor", "start")}
_SHORTHAND = re.compile(r"(?:(?P<slant>italic|oblique)\s+)?(?:(?P<weight>bold|[1-9]00)\s+)?(?P<size>[\d.]+)px")


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
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    root = etree.fromstring(buffer.getvalue(), etree.XMLParser(resolve_entities=False, no_network=True))
    names = {old: f"{prefix}{i}" for i, old in enumerate(sorted(_referred(root)))} | {"": prefix}
    inner = _ALIKE.sub(_one_path, _children(root, names))
    head = (f'<svg viewBox="{escape(root.get("viewBox"))}" class="{escape(css)}" font-family="{FONTS}" font-size="{TEXT_PX}" '
            f'fill="{INK}" aria-hidden="true" focusable="false">')
    return Markup(f"{head}{inner}</svg>")


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]


def _referred(root: etree._Element) -> set[str]:
    found: set[str] = set()
    for node in root.iter(etree.Element):
        for name, value in node.attrib.items():
            if _local(name) == "href":
                found.add(value.removeprefix("#"))
            elif _local(name) != "clip-path":
                found |= {ref for ref in re.findall(r"url\(#([^)]+)\)", value) if "clip-path" not in value}
    return found


def _short(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _path(d: str) -> str:
    """Tighten path data; a step of no length becomes a dot that round caps make visible."""
    parts = re.findall(r"[A-Za-z]|-?\d*\.?\d+(?:e-?\d+)?", d)
    if {p for p in parts if p.isalpha() and len(p) == 1} <= set("MLZz") and parts[:1] == ["M"]:
        return _steps(parts)
    d = re.sub(r"\s*([A-Za-z])\s*", r"\1", " ".join(d.split()))
    return re.sub(r"M[^A-Za-z]+(?:L[^A-Za-z]+)+", lambda run: run[0].replace("L", " "), d)


def _steps(parts: list[str]) -> str:
    """Write a path of straight lines as steps from point to point, in tenths of a pixel: half as long as with places."""
    out: list[str] = []
    last, start = (0, 0), (0, 0)
    place, command = 0, "M"
    while place < len(parts):
        if parts[place].isalpha():
            command = parts[place].upper()
            place += 1
            if command == "Z":
                out.append("z")
                last = start
            continue
        point = (round(float(parts[place]) * 10), round(float(parts[place + 1]) * 10))
        place += 2
        step = (point[0] - last[0], point[1] - last[1])
        if command == "M":
            out.append(("m" if out else "M") + _pair(*step))
            start, command = point, "L"
        elif not any(step):
            out += ["h0"] if out[-1][0] in "Mm" else []
        else:
            out.append(f"h{_tenth(step[0])}" if not step[1] else f"v{_tenth(step[1])}" if not step[0] else f"l{_pair(*step)}")
        last = point
    return "".join(out)


def _pair(x: int, y: int) -> str:
    return f"{_tenth(x)}{'' if y < 0 else ' '}{_tenth(y)}"


def _tenth(value: int) -> str:
    """Write tenths as briefly as SVG allows."""
    whole, rest = divmod(abs(value), 10)
    return f"{'-' if value < 0 else ''}{whole or ('' if rest else '0')}{f'.{rest}' if rest else ''}"


def _one_path(alike: re.Match[str]) -> str:
    """Write lines that are drawn alike, one after the other, as one path; what is filled or seen through stays apart."""
    attributes = alike[1]
    if 'fill="none"' not in attributes or "opacity" in attributes or "id=" in attributes:
        return alike[0]
    data = "".join(re.findall(r' d="([^"]*)"', alike[0]))
    return f'<path d="{data}"{attributes}/>'


def _style(text: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition(":")
        name, value = name.strip(), value.strip()
        if name == "font":
            shorthand = _SHORTHAND.search(value)
            if shorthand:
                out["font-size"] = shorthand["size"]
                out |= {"font-weight": "700"} if shorthand["weight"] in {"bold", "700"} else {}
                out |= {"font-style": "italic"} if shorthand["slant"] else {}
        elif value and name != "font-family":
            out[name] = value.removesuffix("px")
    return out


def _attributes(node: etree._Element, names: dict[str, str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in node.attrib.items():
        name = _local(key)
        if name == "style":
            out |= _style(value)
        elif name == "id":
            out |= {"id": names[value]} if value in names else {}
        elif name == "href":
            out["href"] = "#" + names[value.removeprefix("#")]
        elif name != "clip-path" and not (name == "transform" and re.fullmatch(r"rotate\(-?0(\.0)?( .*)?\)", value)):
            out[name] = value
    for name, value in out.items():
        if name not in {"id", "href"}:
            value = re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{names.get(m[1], m[1])})", value)
            out[name] = _NUMBER.sub(_short, value)
    if "d" in out:
        out["d"] = _path(out["d"])
    if _local(node.tag) == "text" and out.get("fill") == INK:
        del out["fill"]
    return {k: v for k, v in out.items() if (k, v) not in _NOTHING and not k.startswith("xml")}


def _element(node: etree._Element, names: dict[str, str]) -> str:
    tag = _local(node.tag)
    attributes = _attributes(node, names)
    if tag == "path" and attributes.get("fill") == "none" and "stroke" not in attributes:
        return ""
    text = str(escape(node.text)) if node.text and tag in {"text", "tspan"} else ""
    inner = text + _children(node, names)
    if tag in {"g", "defs"} and not inner:
        return ""
    if tag == "g" and not attributes:
        return inner
    written = "".join(f' {k}="{escape(v)}"' for k, v in attributes.items())
    return f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>"


def _children(node: etree._Element, names: dict[str, str]) -> str:
    kept = [child for child in node.iterchildren(etree.Element) if _local(child.tag) not in _SKIP]
    pieces: list[str] = []
    while kept:
        run = list(_run(kept, names))
        if twice := _twice(kept, names):
            pieces.append(twice)
            kept = kept[2:]
        elif len(run) > 1:
            pieces.append(_marks(run))
            kept = kept[len(run):]
        else:
            pieces.append(_element(kept.pop(0), names))
    return "".join(pieces)


def _twice(nodes: list[etree._Element], names: dict[str, str]) -> str:
    """Write two long lines of one course, one over the other, with their points once; empty for anything else."""
    lines = [_lone(n) for n in nodes[:2]]
    if len(lines) < 2 or lines[0] is None or lines[1] is None or lines[0].get("d") != lines[1].get("d"):
        return ""
    first, second = _attributes(lines[0], names), _attributes(lines[1], names)
    if len(first.get("d", "")) < _LONG or "stroke" not in first or "stroke" not in second:
        return ""
    uid = f"{names['']}d{sum(map(ord, first['d'])) % 9973}"
    uses = "".join("<use " + " ".join(f'{k}="{escape(v)}"' for k, v in {"href": f"#{uid}", **own}.items() if k != "d") + "/>"
                   for own in (first, second))
    return f'<defs><path id="{uid}" d="{first["d"]}"/></defs>{uses}'


def _lone(node: etree._Element) -> etree._Element | None:
    """Give a line, or the one line of a group that says nothing else."""
    if _local(node.tag) == "path":
        return node
    inner = list(node.iterchildren(etree.Element))
    plain = _local(node.tag) == "g" and not (set(node.attrib) - {"id", "clip-path"})
    return inner[0] if plain and len(inner) == 1 and _local(inner[0].tag) == "path" else None


def _run(nodes: list[etree._Element], names: dict[str, str]) -> Iterable[dict[str, str]]:
    """Give the attributes of the equal markers that stand at the head of the list."""
    first: dict[str, str] | None = None
    for node in nodes:
        if _local(node.tag) != "use":
            return
        attributes = _attributes(node, names)
        rest = {k: v for k, v in attributes.items() if k not in {"x", "y"}}
        if first is not None and rest != first:
            return
        first = rest
        yield attributes


def _marks(run: list[dict[str, str]]) -> str:
    """Write a run of equal markers as one group that carries what they share."""
    shared = {k: v for k, v in run[0].items() if k not in {"x", "y", "href"}}
    uses = "".join(f'<use href="{a["href"]}" x="{a["x"]}" y="{a["y"]}"/>' for a in run)
    written = "".join(f' {k}="{escape(v)}"' for k, v in shared.items())
    return f"<g{written}>{uses}</g>" if shared else uses
