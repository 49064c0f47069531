"""Lean SVG: text untouched, nothing that leaks, same input same bytes."""

import io
import itertools
import re

import matplotlib as mpl
import pytest
from lxml import etree
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from evalkit.errors import ExhibitError
from evalkit.exhibits.renderer import LeanRenderer
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


def test_a_course_drawn_twice_is_written_once_and_a_scatter_has_one_shape() -> None:
    def lines(width: float, narrow: bool) -> Figure:
        fig, ax = sheet(width, 200, 40, 40, 40, 40)
        ax.axis("off")
        x = range(200)
        for looks in ({"lw": 5, "color": "#ffffff"}, {"lw": 2, "color": "#123456"}):
            ax.plot(x, [(7 * i) % 31 for i in x], **looks)
        ax.scatter([1, 2, 3, 4], [1, 2, 3, 4], s=20, color="#654321")
        ax.scatter([1, 2, 3], [5, 6, 7], s=30, color=["#111111", "#222222", "#333333"])
        ax.scatter([1, 2], [8, 9], s=40, color=["#444444", "#555555"])
        return fig

    wide = etree.fromstring(str(both(lines, "g-t")).split("</svg>")[0] + "</svg>")
    uses = [u.get("href") for u in wide.iter("use")]
    assert [uses.count(u) for u in dict.fromkeys(uses)] == [4, 3, 2]  # dots of one size share their shape, two lines their points
    assert [u.get("stroke-width") for u in wide.iter("use")][-2:] == ["5", "2"]
    assert {u.get("fill") for u in wide.iter("use", "g")} >= {"#654321", "#111111", "#222222", "#333333"}
    assert [p.get("fill") for p in wide.iter("path") if p.get("fill") in {"#444444", "#555555"}] == ["#444444", "#555555"]  # two are short


def test_a_turned_label_keeps_its_anchor() -> None:
    def labels(width: float, narrow: bool) -> Figure:
        fig, ax = canvas(width, 100)
        ax.text(50, 40, "naik", rotation=90, rotation_mode="anchor", ha="right", alpha=0.5)
        ax.text(80, 40, "turun", rotation=30)
        return fig

    wide = etree.fromstring(str(both(labels, "g-r")).split("</svg>")[0] + "</svg>")
    up, down = wide.iter("text")
    assert up.get("text-anchor") == "end" and up.get("opacity") == "0.5" and up.get("transform", "").startswith("rotate(-90 50")
    assert down.get("transform", "").startswith("translate(") and down.get("transform", "").endswith("rotate(-30)")


@pytest.mark.parametrize("draws", [lambda ax: ax.imshow([[0, 1], [1, 0]]), lambda ax: ax.bar([0], [1], hatch="//")])
def test_what_a_page_cannot_show_is_refused_in_words(draws) -> None:
    fig, ax = sheet(300, 200, 40, 40, 40, 40)
    draws(ax)
    with mpl.rc_context(settings()), pytest.raises(ExhibitError, match="figure of a page"):
        lean_svg(fig, "g-x", "wide")


@pytest.mark.parametrize("looks", [{}, {"weight": "bold"}, {"style": "italic"}, {"size": 22}])
def test_a_line_is_measured_as_matplotlib_measures_it(looks) -> None:
    font = FontProperties(family=["DejaVu Sans"], **{"size": 13, **looks})
    own, theirs = (r.get_text_width_height_descent("Sangat Baik 12,5%", font, False)
                   for r in (LeanRenderer(100, 100, "g"), RendererSVG(100, 100, io.StringIO())))
    assert own == pytest.approx(theirs, rel=1e-12)


def titled(width: float, narrow: bool, x_title: str = "Tahun", places: tuple[float, ...] = (0.0, 0.5, 1.0)) -> Figure:
    fig, ax = sheet(width, 200, 60, 40, 40, 60)
    ax.plot(places, places, lw=2)
    ax.set_xticks(places, ["nol", "separuh\nlagi", "satu"])
    ax.set_xlabel(x_title, labelpad=6)
    for place, upright in enumerate(("baseline", "top", "bottom", "center", "center_baseline")):
        ax.text(0.2 * place, 0.5, "Baik\ngap", va=upright, ha="center", weight="bold" if place == 2 else "normal", fontsize=11 + place)
    return fig


@pytest.mark.parametrize("looks", [{}, {"x_title": ""}, {"places": (0.0, 3e9, 7e9)}])
def test_what_is_looked_up_once_or_left_out_moves_nothing(looks, monkeypatch) -> None:
    def drawn() -> str:
        return str(both(lambda width, narrow: titled(width, narrow, **looks), "g-x"))

    own = drawn()
    monkeypatch.delattr(LeanRenderer, "_get_font_height_metrics")
    monkeypatch.setattr("evalkit.exhibits.style._measure_labels_for_a_title_only", lambda axis: None)
    monkeypatch.setattr("evalkit.exhibits.style._READY", [])
    assert own == drawn()
