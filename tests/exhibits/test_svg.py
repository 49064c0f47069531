"""Lean SVG: text untouched, nothing that leaks, same input same bytes."""

import itertools
import re

import matplotlib as mpl
import pytest
from lxml import etree
from matplotlib.figure import Figure

from evalkit.exhibits.style import above_axis, canvas, settings, sheet, spread, text_width, wrapped
from evalkit.exhibits.svg import both, lean_svg

HOSTILE = '5.659 <b> id="x" \'q\' $x^2$ \\input{a} style="fill:red" & ]]>'


def draw(width: float, narrow: bool) -> Figure:
    fig, ax = sheet(width, 200, 40, 40, 40, 40)
    ax.plot(range(30), range(30), "o", ms=7)
    ax.plot([0, 1.23456], [0, 1.98765], lw=2)
    ax.text(0, 1, HOSTILE)
    above_axis(ax, "% Baik")
    return fig


def test_text_is_untouched_and_attributes_are_short():
    svg = str(both(draw, "g-a"))
    roots = [etree.fromstring(part + "</svg>") for part in svg.split("</svg>")[:-1]]
    assert len(roots) == 2
    for root in roots:
        assert HOSTILE in [t.text for t in root.iter("text")]
        for node in root.iter():
            for name, value in node.attrib.items():
                assert name not in {"style", "clip-path", "transform"} or name == "transform"
                if name not in {"viewBox", "font-family"}:
                    assert not re.search(r"\d\.\d{2,}", value), (name, value)
    assert "<style" not in svg
    assert "<metadata" not in svg
    assert "xlink" not in svg


def test_ids_are_prefixed_and_all_are_needed():
    svg = str(both(draw, "g-a"))
    ids = re.findall(r'id="([^"]+)"', re.sub(r"<text.*?</text>", "", svg))
    assert ids
    assert len(ids) == len(set(ids))
    for name in ids:
        assert name.startswith(("g-a-w", "g-a-n"))
        assert f'"#{name}"' in svg


def test_same_input_same_bytes():
    assert both(draw, "g-a") == both(draw, "g-a")


def test_runs_of_markers_share_one_group():
    svg = str(both(draw, "g-a"))
    assert re.search(r'<g fill="[^"]+" stroke="[^"]+"><use href="#g-a-w\d+" x="[\d.]+" y="[\d.]+"/>', svg)


def test_the_settings_of_the_process_are_left_alone():
    before = dict(mpl.rcParams)
    both(draw, "g-a")
    assert dict(mpl.rcParams) == before


def test_a_figure_of_nothing_is_small():
    with mpl.rc_context(settings()):
        assert re.fullmatch(r"<svg [^>]*></svg>", lean_svg(canvas(100, 100)[0], "g-x", "wide"))


@pytest.mark.parametrize("wanted", [[0, 0, 0], [100, 100, 100], [50, 50, 50], [10, 90, 95]])
def test_labels_are_kept_apart_and_inside(wanted):
    widths = [20, 30, 25]
    at = spread(wanted, widths, 0, 100, 5)
    edges = [(a - w / 2, a + w / 2) for a, w in zip(at, widths, strict=True)]
    assert edges[0][0] >= -1e-9
    assert edges[-1][1] <= 100 + 1e-9
    assert all(b[0] - a[1] >= 5 - 1e-9 for a, b in itertools.pairwise(edges))


def test_lines_fit_their_room():
    lines = wrapped("Dinas Pemberdayaan Perempuan dan Perlindungananakanakanakanakanakanakanak", 120)
    assert len(lines) > 2
    assert all(text_width(line) <= 120 for line in lines)


def test_lines_drawn_alike_are_one_path_and_others_are_not() -> None:
    def lines(width: float, narrow: bool) -> Figure:
        fig, ax = sheet(width, 200, 40, 40, 40, 40)
        ax.axis("off")
        ax.hlines([0.1, 0.2, 0.3], 0, 1, colors="#123456")
        ax.hlines([0.5, 0.6], 0, 1, colors="#123456", alpha=0.5)
        ax.set_xlim(0, 1)
        return fig

    wide = etree.fromstring(str(both(lines, "g-l")).split("</svg>")[0] + "</svg>")
    assert sorted(p.get("d").count("M") for p in wide.iter("path")) == [1, 1, 3]
