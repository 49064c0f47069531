"""What matplotlib draws a figure with here: it writes the few kinds of elements that charts need, short, as they will stand in the page.

matplotlib's own writer makes a file, with metadata, styles and ids, that would have to be read again and cut down: half of the work of
a chart. This one is a renderer of the same library, so every artist draws itself as ever.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from markupsafe import escape
from matplotlib import font_manager
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Affine2D

from evalkit.errors import ExhibitError
from evalkit.exhibits.style import INK, TEXT_PX
from evalkit.exhibits.svg_path import path_data, tenth
from evalkit.exhibits.text import plain
from evalkit.exhibits.text_metrics import SCALE, face_of

AXIS = "matplotlib.axis"  # what matplotlib calls the group of an axis
LONG = 300  # characters of a path from which its points are written once
_ANCHORS = {"right": "end", "center": "middle"}
CAP = "square"  # how matplotlib ends most lines: said once, at the root
_NOTHING = {("stroke-linejoin", "miter"), ("stroke-linecap", CAP), ("stroke-dashoffset", "0"), ("opacity", "1"),
            ("fill-opacity", "1"), ("stroke-opacity", "1"), ("font-size", str(TEXT_PX)), ("text-anchor", "start")}
_NUMBER = re.compile(r"-?\d+\.\d+")
_RECTANGLE = re.compile(r"M-?[\d.]+[ -][\d.]+h(-?)[\d.]+v(-?)[\d.]+h-?[\d.]+z")
_STROKE = re.compile(r"M0 0([hv]-?\d*\.?\d+)")  # a mark that is one short line, such as a tick: shorter written out than used
Attributes = dict[str, str]


class LeanRenderer(RendererSVG):  # type: ignore[misc]  # checked without matplotlib's types
    """Draws one figure as the inside of an SVG element; ids that are needed begin with `prefix`.

    Parameters
    ----------
    width, height : float
        Of the figure, pixels.
    prefix : str
        Begins every id.
    """

    def __init__(self, width: float, height: float, prefix: str) -> None:
        super().__init__(width, height, io.StringIO(), image_dpi=72)
        self._prefix = prefix
        self._pieces: list[tuple[str, Attributes, str]] = []  # tag, attributes, words
        self._ids: dict[str, str] = {}
        self._axis = 0  # where the pieces of the axis begin that is being drawn

    # ---- what artists call
    def open_group(self, s: str, gid: str | None = None) -> None:
        """Leave out groups: they say nothing, but that an axis begins."""
        if s == AXIS:
            self._axis = len(self._pieces)

    def close_group(self, s: str) -> None:
        """Leave out groups; the ticks of an axis come before its words, so that equal ones stand together."""
        if s == AXIS:
            self._pieces[self._axis:] = sorted(self._pieces[self._axis:], key=lambda piece: piece[0] == "text")

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:  # matplotlib's name
        """Draw a line or a shape."""
        looks = self._looks(gc, rgbFace)
        if looks.get("fill") == "none" and "stroke" not in looks:
            return
        found = self._convert_path(path, self._make_flip_transform(transform), clip=rgbFace is None,
                                   simplify=path.should_simplify and rgbFace is None, sketch=gc.get_sketch_params())
        data = path_data(found)
        self._pieces.append(("path", {"d": data, **_capped(looks, data)}, ""))

    def draw_markers(self, gc: Any, marker_path: Any, marker_trans: Any, path: Any, trans: Any,
                     rgbFace: Any = None) -> None:  # matplotlib's name
        """Draw one shape at many places: it is written once."""
        looks = self._looks(gc, rgbFace)
        data = path_data(self._convert_path(marker_path, _flipped(marker_trans), simplify=False))
        stroke = _STROKE.fullmatch(data)
        shape, looks = "" if stroke else self._shape(data), _capped(looks, data)
        for vertices, _ in path.iter_segments(self._make_flip_transform(trans), clip=(0, 0, self.width * 72, self.height * 72), simplify=False):
            if len(vertices) and stroke:
                self._pieces.append(("path", {"d": f"M{_short(vertices[-2])} {_short(vertices[-1])}{stroke[1]}", **looks, "fill": "none"}, ""))
            elif len(vertices):
                self._use(shape, vertices[-2], vertices[-1], looks)

    def draw_path_collection(self, gc: Any, master_transform: Any, paths: Any, all_transforms: Any, offsets: Any, offset_trans: Any,
                             facecolors: Any, edgecolors: Any, linewidths: Any, linestyles: Any, antialiaseds: Any, urls: Any,
                             offset_position: Any, *, hatchcolors: Any = None) -> None:
        """Draw the points of a scatter: a shape that comes more than twice is written once."""
        colours = [] if hatchcolors is None else hatchcolors
        if len(paths) != 1 or len(offsets) < 3:
            super(RendererSVG, self).draw_path_collection(
                gc, master_transform, paths, all_transforms, offsets, offset_trans, facecolors, edgecolors, linewidths, linestyles,
                antialiaseds, urls, offset_position, hatchcolors=colours)
            return
        shapes = [path_data(self._convert_path(path, _flipped(transform), simplify=False))
                  for path, transform in self._iter_collection_raw_paths(master_transform, paths, all_transforms)]
        for x, y, data, own, face in self._iter_collection(gc, shapes, offsets, offset_trans, facecolors, edgecolors, linewidths, linestyles,
                                                           antialiaseds, urls, offset_position, hatchcolors=colours):
            self._use(self._shape(data), x, self.height - y, _capped(self._looks(own, face), data))

    def draw_text(self, gc: Any, x: float, y: float, s: str, prop: FontProperties, angle: float, ismath: Any = False, mtext: Any = None) -> None:
        """Write words as words, anchored as the figure says."""
        looks = _font(prop)
        colour = self._colour(gc)
        looks |= {} if colour == INK else {"fill": colour}
        alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
        looks |= {} if alpha == 1 else {"opacity": _short(alpha)}
        if mtext is not None and (angle == 0 or mtext.get_rotation_mode() == "anchor"):
            left, up = mtext.get_transform().transform(mtext.get_unitless_position())
            up = self.height - up
            turn = np.deg2rad(angle)  # the anchor stands where the figure says; only the height of the line comes from its layout
            off = np.sin(turn) * (x - left) + np.cos(turn) * (y - up)
            left, up = left + off * np.sin(turn), up + off * np.cos(turn)
            looks |= {"x": _short(left), "y": _short(up)}
            looks |= {"text-anchor": _ANCHORS[mtext.get_ha()]} if mtext.get_ha() in _ANCHORS else {}
            looks |= {"transform": f"rotate({_short(-angle)} {_short(left)} {_short(up)})"} if angle else {}
        else:
            turned = f" rotate({_short(-angle)})" if angle else ""
            looks["transform"] = f"translate({_short(x)} {_short(y)}){turned}"
        self._pieces.append(("text", looks, plain(s)))

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Refuse pixels: the policy of a page loads no image.

        Raises
        ------
        ExhibitError
            Always.
        """
        raise ExhibitError("A figure of a page is drawn with lines, shapes and words; images (imshow) have no place in it.")

    def draw_gouraud_triangles(self, gc: Any, triangles_array: Any, colors_array: Any, transform: Any) -> None:
        """Refuse shaded triangles.

        Raises
        ------
        ExhibitError
            Always.
        """
        raise ExhibitError("A figure of a page is drawn with lines, shapes and words; shaded triangles have no place in it.")

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        """Measure a line of text in pixels; formulas are never read from text here."""
        size = prop.get_size_in_points() / SCALE
        width, height, depth = face_of(prop).measure(s)
        return width * size, height * size, depth * size

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        """Give ascent, descent and line gap in pixels, for which matplotlib would look the font up again for each line."""
        size = prop.get_size_in_points() / SCALE
        ascent, descent, gap = face_of(prop).lines()
        return ascent * size, descent * size, gap * size

    # ---- how things are written
    def _looks(self, gc: Any, face: Any) -> Attributes:
        """Give the attributes of a line or shape; what is so by default is left out."""
        if gc.get_hatch() is not None:
            raise ExhibitError("A figure of a page has no hatches: they hide the words beside them in print.")
        found: Attributes = self._get_style_dict(gc, face)
        if "stroke" in found and gc.get_capstyle() == "butt":
            found["stroke-linecap"] = "butt"
        found = {k: v.replace("#ffffff", "#fff") for k, v in found.items()}
        return {k: short for k, v in found.items() if (k, short := _NUMBER.sub(lambda m: _short(float(m[0])), v)) not in _NOTHING}

    def _colour(self, gc: Any) -> str:
        return "#" + "".join(f"{round(v * 255):02x}" for v in gc.get_rgb()[:3])

    def _shape(self, data: str) -> str:
        """Give the id of a shape that is used many times; its looks are those of each use."""
        if data not in self._ids:
            self._ids[data] = f"{self._prefix}{len(self._ids)}"
            self._pieces.append(("defs", {}, f"<defs>{_tag('path', {'id': self._ids[data], 'd': data})}</defs>"))
        return self._ids[data]

    def _use(self, shape: str, x: float, y: float, looks: Attributes) -> None:
        self._pieces.append(("use", {"href": f"#{shape}", "x": _short(x), "y": _short(y), **looks}, ""))

    def written(self) -> str:
        """Give all that was drawn; marks that look alike share a group, lines that look alike a path."""
        return "".join(_joined(self._pieces, self._prefix))


def _joined(pieces: Sequence[tuple[str, Attributes, str]], prefix: str) -> Iterator[str]:
    place = 0
    while place < len(pieces):
        tag, looks, words = pieces[place]
        alike = _alike(pieces, place)
        if tag == "use" and alike > 1:
            yield _marks([p[1] for p in pieces[place:place + alike]])
        elif tag == "text" and alike > 1 and _without_place(looks):
            run = [_tag("text", {k: p[1][k] for k in ("x", "y") if k in p[1]}, str(escape(p[2]))) for p in pieces[place:place + alike]]
            yield _tag("g", _without_place(looks), "".join(run))
        elif tag == "path" and alike > 1 and (_are_lines(looks) or _are_areas(pieces[place:place + alike])):
            yield _tag("path", {**looks, "d": "".join(p[1]["d"] for p in pieces[place:place + alike])})
        elif tag == "path" and _has_edge(pieces[place + 1:place + 2], looks):
            alike = 2
            yield _tag("path", {**pieces[place + 1][1], **looks})
        elif tag == "path" and len(looks["d"]) >= LONG and _has_course(pieces[place + 1:place + 2], looks):
            alike = 2
            yield _twice([looks, pieces[place + 1][1]], prefix)
        else:
            alike = 1
            yield words if tag == "defs" else _tag(tag, looks, str(escape(words)))
        place += alike


def _alike(pieces: Sequence[tuple[str, Attributes, str]], place: int) -> int:
    """Count the pieces from here on that differ in nothing but their place."""
    tag, looks = pieces[place][0], _without_place(pieces[place][1])
    end = place + 1
    while tag in {"use", "path", "text"} and end < len(pieces) and pieces[end][0] == tag and _without_place(pieces[end][1]) == looks:
        end += 1
    return end - place


def _without_place(looks: Attributes) -> Attributes:
    return {k: v for k, v in looks.items() if k not in {"x", "y", "d", "href"}}


def _capped(looks: Attributes, data: str) -> Attributes:
    """Leave out how lines end where none does: in a closed shape without dashes."""
    closed = data.endswith("z") and data.lower().count("m") == 1 and "stroke-dasharray" not in looks
    return {k: v for k, v in looks.items() if k != "stroke-linecap"} if closed else looks


def _are_lines(looks: Attributes) -> bool:
    return looks.get("fill") == "none" and not any("opacity" in k for k in looks)


def _are_areas(run: Sequence[tuple[str, Attributes, str]]) -> bool:
    """Tell whether these are opaque rectangles drawn round in one direction: one path then fills what they fill together."""
    looks = run[0][1]
    found = [_RECTANGLE.fullmatch(p[1]["d"]) for p in run]
    turns = {(f[1] == "-") == (f[2] == "-") for f in found if f}
    return None not in found and len(turns) == 1 and "stroke" not in looks and not any("opacity" in k for k in looks)


def _has_course(following: Sequence[tuple[str, Attributes, str]], looks: Attributes) -> bool:
    """Tell whether the next piece is a line over the same points."""
    return bool(following) and following[0][1].get("d") == looks["d"] and "stroke" in looks and "stroke" in following[0][1]


def _has_edge(following: Sequence[tuple[str, Attributes, str]], looks: Attributes) -> bool:
    """Tell whether the next piece is the edge of this area: one element draws both in the same order."""
    return (bool(following) and following[0][1].get("d") == looks["d"] and "stroke" not in looks and following[0][1].get("fill") == "none"
            and not any("opacity" in k for k in (*looks, *following[0][1])))


def _twice(lines: Sequence[Attributes], prefix: str) -> str:
    """Write two lines of one course, one over the other, with their points once."""
    uid = f"{prefix}d{sum(map(ord, lines[0]['d'])) % 9973}"
    uses = "".join(_tag("use", {"href": f"#{uid}", **{k: v for k, v in own.items() if k != "d"}}) for own in lines)
    return f'<defs><path id="{uid}" d="{lines[0]["d"]}"/></defs>{uses}'


def _marks(run: Sequence[Attributes]) -> str:
    """Write a run of equal marks as one group that carries what they share."""
    shared = {k: v for k, v in run[0].items() if k not in {"x", "y", "href"}}
    uses = "".join(f'<use href="{a["href"]}" x="{a["x"]}" y="{a["y"]}"/>' for a in run)
    return _tag("g", shared, uses) if shared else uses


def _tag(name: str, attributes: Attributes, inside: str = "") -> str:
    written = "".join(f' {k}="{escape(v)}"' for k, v in attributes.items())
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def _short(value: float) -> str:
    return tenth(round(float(value) * 10), zero="0")


def _flipped(transform: Any) -> Affine2D:
    return Affine2D(transform.get_matrix()).scale(1.0, -1.0)


@lru_cache(maxsize=64)
def _font_of(size: float, style: str, weight: Any) -> tuple[tuple[str, str], ...]:
    number = font_manager.weight_dict.get(weight, weight)
    looks = {"font-style": style} if style != "normal" else {}
    looks |= {} if ("font-size", _short(size)) in _NOTHING else {"font-size": _short(size)}
    return tuple((looks | ({} if number == 400 else {"font-weight": str(number)})).items())


def _font(prop: FontProperties) -> Attributes:
    return dict(_font_of(float(prop.get_size_in_points()), prop.get_style(), prop.get_weight()))

