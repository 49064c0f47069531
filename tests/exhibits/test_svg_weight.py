"""What is drawn is written once: ticks, circles, areas with an edge, words that look alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.path import Path

from evalkit.exhibits.style import settings, sheet
from evalkit.exhibits.svg import lean_svg
from evalkit.exhibits.svg_path import path_data


def svg_of(draw: Callable[[Any], object]) -> str:
    with mpl.rc_context(settings()):
        fig, ax = sheet(400, 200, 40, 40, 40, 40)
        draw(ax)
        return str(lean_svg(fig, "g-a", "wide"))


def test_the_ticks_of_an_axis_are_one_path_and_its_words_share_their_looks() -> None:
    svg = svg_of(lambda ax: (ax.set_xlim(0, 5), ax.set_xticks(range(6)), ax.tick_params(axis="x", length=4), ax.yaxis.set_visible(False)))
    assert len([d for d in re.findall(r' d="([^"]*)"', svg) if d.count("v4") == 6]) == 1
    assert len(re.findall(r'<g text-anchor="middle">(?:<text x="[\d.]+" y="[\d.]+">\d</text>){6}</g>', svg)) == 1


def test_a_shape_is_written_without_the_looks_that_each_use_has() -> None:
    svg = svg_of(lambda ax: ax.plot([1, 2, 3], [1, 2, 1], "o", ms=7, color="#0072b2", mec="#16242f"))
    assert re.search(r'<defs><path id="g-a0" d="[^"]+"/></defs>', svg)
    assert 'stroke="#16242f"' in svg


def _circle(radius: float) -> str:
    whole = Path.circle((0, 0), radius)
    points = [" ".join(f"{v:.6f}" for v in xy) for xy in whole.vertices]
    return f"M {points[0]} " + " ".join(f"C {' '.join(points[i:i + 3])}" for i in range(1, len(points) - 1, 3)) + " z"


def test_a_circle_is_two_arcs_and_another_round_thing_keeps_its_curves() -> None:
    assert path_data(_circle(4.2)) == "M0 4.2a4.2 4.2 0 1 0 0-8.4a4.2 4.2 0 1 0 0 8.4z"
    assert "C" in path_data(_circle(4.2).replace("4.200000", "6.100000"))  # longer than wide
    assert "C" in path_data(_circle(4.2).removesuffix(" z"))


def test_an_area_and_its_edge_are_one_element_where_nothing_shines_through() -> None:
    def area(ax: Any, **looks: Any) -> None:
        ax.fill([1, 2, 3], [1, 2, 1], fc="#c9d6df", lw=0, closed=False, **looks)
        ax.plot([1, 2, 3], [1, 2, 1], color="#5d6b77", solid_capstyle="projecting")

    paths = [re.findall(r'<path d="M([^"]*)"([^>]*)/>', svg_of(lambda ax, o=o: area(ax, **o))) for o in ({}, {"alpha": 0.5})]
    found = [[looks for _, looks in drawn if "#c9d6df" in looks or "#5d6b77" in looks] for drawn in paths]
    assert [len(looks) for looks in found] == [1, 2]
    assert 'fill="#c9d6df"' in found[0][0] and 'stroke="#5d6b77"' in found[0][0]


def test_rectangles_of_one_look_are_one_path_and_keep_their_places() -> None:
    svg = svg_of(lambda ax: [ax.axvspan(x, x + 0.5, fc="#e6ecf0", lw=0) for x in (1, 2, 3)])
    areas = re.findall(r'<path d="([^"]*)" fill="#e6ecf0"', svg)
    assert len(areas) == 1
    assert areas[0].count("M") == 3


def test_how_lines_end_is_said_once_and_where_it_differs() -> None:
    svg = svg_of(lambda ax: (ax.plot([1, 2], [1, 2], solid_capstyle="projecting"), ax.plot([1, 2], [2, 1], solid_capstyle="butt"),
                             ax.plot([1, 2], [1.5, 1.5], solid_capstyle="round")))
    root, inside = svg.split(">", 1)
    assert 'stroke-linecap="square"' in root
    assert "square" not in inside
    assert 'stroke-linecap="butt"' in inside
    assert 'stroke-linecap="round"' in inside
