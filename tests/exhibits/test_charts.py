"""Charts on ordinary and on awkward frames: they draw, stay inside, say what they show, and weigh little."""

import itertools
import re
from datetime import date

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.text import Text

from evalkit.errors import ExhibitError
from evalkit.exhibits import charts
from evalkit.exhibits.style import INK, NARROW, WIDE
from evalkit.exhibits.style import settings as looks
from evalkit.exhibits.svg import both
from tests.browser import gallery as g

COUNTS = st.tuples(*[st.integers(0, 7000)] * 2, *[st.integers(0, 60)] * 3)


class Kept:
    """A page that keeps the charts it is given."""

    def __init__(self):
        self.charts = {}

    def figure(self, chart, *, id, **_):
        self.charts[id] = chart


def all_charts(language):
    page = Kept()
    g.awkward(page, language)
    made = dict(page.charts)
    made["kota"] = charts.composition(g.distribution((740, 5645, 11, 5, 3), 96), language=language)
    made["pola"] = charts.unit_pattern(g.pattern(g.city_units(43)), focus="u05", language=language)
    others = {"unit_predikat": ["istimewa", "baik"], "met": [True, False], "share_sangat_baik": [0.6, 0.1], "share_baik": [0.4, 0.9]}
    made["pola-lain"] = charts.unit_pattern(g.pattern(g.city_units(1)), focus="u00", marks=pd.DataFrame(others), language=language)
    return {f"{name}-{language}": chart for name, chart in made.items()}


CHARTS = all_charts("id") | all_charts("en")


def texts_of(chart, width, narrow):
    """The labels of a drawn figure with their boxes, in pixels from the lower left."""
    with mpl.rc_context(looks()):
        fig = chart.draw(width, narrow)
        canvas = FigureCanvasAgg(fig)
        fig.set_dpi(72)
        canvas.draw()
        renderer = canvas.get_renderer()
        found = [t for t in fig.findobj(Text) if t.get_text().strip() and t.get_visible()]
        labels = [(t.get_text(), t.get_window_extent(renderer)) for t in found]
        return labels, fig.bbox.width, fig.bbox.height


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", sorted(CHARTS))
def test_labels_stay_inside_and_apart(name, narrow):
    labels, width, height = texts_of(CHARTS[name], NARROW if narrow else WIDE, narrow)
    for text, box in labels:
        assert box.x0 >= -3, (text, box)
        assert box.x1 <= width + 3, (text, box)
        assert box.y0 >= -3, (text, box)
        assert box.y1 <= height + 3, (text, box)
    for i, (a, first) in enumerate(labels):
        for b, second in labels[i + 1 :]:
            overlap = min(first.x1, second.x1) - max(first.x0, second.x0), min(first.y1, second.y1) - max(first.y0, second.y0)
            assert min(overlap) <= 2.5, (a, b, overlap)


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_every_chart_is_light_and_speaks(name):
    chart = CHARTS[name]
    assert len(both(chart.draw, "g-x")) < 30_000
    assert 5 <= len(chart.alt.split()) <= 60
    assert not re.search(r"\bnan\b|None|<NA>|\{", chart.alt)


@settings(max_examples=12, deadline=None)
@given(COUNTS, st.integers(0, 7000))
def test_composition_says_every_count(counts, missing):
    frame = g.distribution(counts, missing)
    if not sum(counts) + missing:
        with pytest.raises(ExhibitError, match=r"page\.cannot"):
            charts.composition(frame)
        return
    chart = charts.composition(frame, language="en")
    low = sum(counts[2:])
    numbers = [int(x.replace(",", "")) for x in re.findall(r"([\d,]+) \(", chart.alt)]
    assert numbers == [counts[0], counts[1], low, missing]
    for narrow, width in ((False, WIDE), (True, NARROW)):
        labels, wide, _ = texts_of(chart, width, narrow)
        top = sorted(((b.x0, b.x1) for t, b in labels if t in {"Sangat Baik", "Baik", "below Baik"}))
        assert all(left[1] < right[0] for left, right in itertools.pairwise(top))
        assert top[-1][1] <= wide + 1


def test_rare_results_are_one_mark_a_person():
    def marks(counts):
        with mpl.rc_context(looks()):
            fig = charts.composition(g.distribution(counts, 0)).draw(WIDE, False)
            return sum(len(line.get_xdata()) for line in fig.axes[0].lines if line.get_marker() in {"v", "s", "X"})

    assert marks((10, 100, 11, 5, 3)) == 19
    assert marks((10, 100, 0, 0, 0)) == 0
    assert marks((10, 100, 41, 0, 0)) == 0


def test_the_control_chart_draws_what_is_beyond():
    inside = charts.control_chart(g.history([0.104, 0.112, 0.108, 0.115, 0.110, 0.117, 0.111, 0.114], 0.129))
    beyond = charts.control_chart(g.history([0.104, 0.112, 0.108, 0.115, 0.110, 0.117, 0.111, 0.164], 0.164))
    assert "di dalam variasi biasa" in inside.alt
    assert "di luar variasi biasa" in beyond.alt
    assert {"◆"} <= {sign for sign, _ in beyond.key}
    assert {"┃"} <= {sign for sign, _ in inside.key}


@pytest.mark.parametrize(("before", "last", "under"), [(0.13, 0.088, True), (0.07, 0.09, True), (0.07, 0.13, False), (0.14, 0.115, False)])
def test_on_a_phone_no_line_crosses_the_number_of_the_last_value(before, last, under):
    # it fell; the mean is just above it; it rose away from all; the mean is just below it
    figure = charts.control_chart(g.history([0.07, 0.085, 0.135, 0.10, 0.10, 0.115, before, last], last)).draw(NARROW, True)
    axes = figure.axes[0]
    number = next(t for t in axes.texts if t.get_weight() == "bold")
    assert (number.xyann[1] < 0) == under
    figure.draw_without_rendering()
    mean = next(child for child in axes.get_children() if isinstance(child, Line2D) and child.get_color() == INK and child.get_linewidth() == 1)
    box = number.get_window_extent()
    assert not box.y0 < axes.transData.transform((0, mean.get_ydata()[0]))[1] < box.y1


@pytest.mark.parametrize("last", [0.028, 0.012])
def test_on_a_phone_the_line_that_fell_to_the_floor_does_not_cross_its_number(last):
    # seen on the page of an office: 8.5, then 2.8 per cent; lower still there is no room under the point, and a ground hides the line
    figure = charts.control_chart(g.history([0.059, 0.059, 0.088, 0.058, 0.087, 0.072, 0.085, last], last)).draw(NARROW, True)
    number = next(t for t in figure.axes[0].texts if t.get_weight() == "bold")
    assert number.xyann[1] < 0 or number.get_bbox_patch() is not None


@pytest.mark.parametrize("column", ["centre", "share"])
def test_a_control_chart_without_limits_or_last_value_is_refused(column):
    frame = g.history([0.1, 0.11, 0.12, 0.1, 0.11, 0.1, 0.12, 0.11], 0.11)
    frame.loc[frame.index[-1], column] = np.nan
    with pytest.raises(ExhibitError, match=r"page\.table"):
        charts.control_chart(frame)


def test_the_field_of_a_unit_is_read_from_the_rules():
    chart = charts.unit_pattern(
        g.pattern(
            [
                ("a", "istimewa", {"sangat_baik": 6, "baik": 4}, 10),
                ("b", "baik", {"baik": 9, "sangat_baik": 1}, 10),
                ("c", "butuh_perbaikan", {"butuh_perbaikan": 7, "baik": 3}, 10),
            ]
        ),
        language="en",
    )
    assert "Istimewa: 1 of 1 units inside; Baik: 0 of 1 units inside; Butuh Perbaikan: 1 of 1 units inside" in chart.alt
    assert "In all 2 of 3" in chart.alt


def test_other_units_are_not_drawn_by_a_share_that_is_not_theirs():
    mine = g.pattern([("a", "butuh_perbaikan", {"butuh_perbaikan": 7, "baik": 3}, 10)])
    others = pd.DataFrame({"unit_predikat": ["butuh_perbaikan"], "met": [True], "share_below": [0.9]})
    assert "1 dari 1 unit" in charts.unit_pattern(mine, marks=others).alt
    assert "2 dari 2 unit" in charts.unit_pattern(mine, marks=others.assign(share_butuh_perbaikan=0.6)).alt


def test_the_own_unit_is_among_the_marks_and_is_drawn_once():
    mine = g.pattern([("a", "butuh_perbaikan", {"butuh_perbaikan": 7, "baik": 3}, 10)])
    every = pd.DataFrame({"unit_predikat": ["butuh_perbaikan"] * 3, "met": [True] * 3, "share_butuh_perbaikan": [0.7, 0.7, 0.6]})
    assert "3 dari 3 unit" in charts.unit_pattern(mine, focus="a", marks=every).alt


def test_rows_of_evaluators_lose_their_order():
    one = charts.people_by_evaluator(g.use([(3, 0, 0), (9, 2, 1), (5, 5, 0)]))
    two = charts.people_by_evaluator(g.use([(5, 5, 0), (3, 0, 0), (9, 2, 1)]))
    assert both(one.draw, "g-x") == both(two.draw, "g-x")


EMPTY = [
    (charts.composition, g.distribution((0, 0, 0, 0, 0), 0), {}),
    (charts.composition, g.distribution((1, 1, 1, 1, 1), 0).iloc[:0], {}),
    (charts.unit_pattern, g.pattern([("a", "baik", {"baik": 1}, 1)]).assign(n_rated=0), {}),
    (charts.progress, g.steps(3, 5, 2).assign(expected=0), {"due": date(2026, 10, 1)}),
    (charts.progress, g.steps(3, 5, 2).iloc[:0], {}),
    (charts.people_by_evaluator, g.use([(0, 0, 0)]), {}),
    (charts.category_bar, pd.DataFrame({"label": ["a"], "n": [0]}), {"counted": "x"}),
    (charts.bars, pd.DataFrame({"label": ["a"], "n": [0]}), {"counted": "x"}),
    (charts.control_chart, g.history([0.1] * 8, 0.1).iloc[-1:], {}),
]


@pytest.mark.parametrize(("chart", "frame", "words"), EMPTY)
def test_nobody_to_show_names_the_block_to_use(chart, frame, words):
    with pytest.raises(ExhibitError, match=r"page\.cannot"):
        chart(frame, **words)


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        (charts.composition, {}),
        (charts.control_chart, {}),
        (charts.unit_pattern, {}),
        (charts.progress, {}),
        (charts.people_by_evaluator, {}),
        (charts.category_bar, {"counted": "x"}),
        (charts.bars, {"counted": "x"}),
        (charts.entropy, {}),
    ],
)
def test_an_absent_column_is_named(chart, words):
    with pytest.raises(ExhibitError, match="needs the column"):
        chart(pd.DataFrame({"x": [1]}), **words)


def test_entropy_keeps_to_its_scale():
    for value in (-0.1, 2.4):
        with pytest.raises(ExhibitError, match="outside"):
            charts.entropy(pd.DataFrame({"label": ["a"], "entropy": [value]}))
    with pytest.raises(ExhibitError, match="one to three"):
        charts.entropy(pd.DataFrame({"label": ["a"], "entropy": [np.nan]}))
    assert "1,58" in charts.entropy(pd.DataFrame({"label": ["a"], "entropy": [1.0]}), categories=3).alt


def test_frames_are_left_as_they_were():
    for make, frame in (
        (charts.composition, g.distribution((740, 5645, 11, 5, 3), 96)),
        (charts.control_chart, g.history([0.1] * 8, 0.1)),
        (charts.unit_pattern, g.pattern(g.city_units(5))),
        (charts.progress, g.steps(5, 9, 8)),
    ):
        before = frame.copy(deep=True)
        both(make(frame).draw, "g-x")
        pd.testing.assert_frame_equal(frame, before)


ARROW = [
    (charts.composition, g.distribution((740, 5645, 11, 5, 3), 96), {}),
    (charts.control_chart, g.history([0.5, 0.52, float("nan"), 0.55, 0.49, 0.61, 0.51, 0.98], 0.995), {}),
    (charts.unit_pattern, g.pattern(g.city_units(9)), {"focus": "u03"}),
    (charts.progress, g.steps(5, 9, 8), {"due": date(2026, 10, 14)}),
    (charts.people_by_evaluator, g.use([(3, 0, 0), (9, 2, 1)]), {}),
    (charts.category_bar, pd.DataFrame({"label": ["a", "b"], "n": [3, None]}), {"counted": "x"}),
    (charts.bars, pd.DataFrame({"label": ["a", "b"], "n": [3, None]}), {"counted": "x"}),
    (charts.entropy, pd.DataFrame({"label": ["a", "b"], "entropy": [0.5, None]}), {}),
]


@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
@pytest.mark.parametrize(("chart", "frame", "words"), ARROW)
def test_columns_of_the_store_draw_the_same(chart, frame, words, backend):
    stored = frame.convert_dtypes(dtype_backend=backend)
    assert chart(stored, **words).alt == chart(frame, **words).alt
    assert both(chart(stored, **words).draw, "g-x") == both(chart(frame, **words).draw, "g-x")


def test_roles_of_one_mean_do_not_hide_one_another() -> None:
    frame = pd.DataFrame({"label": "Loyal", "role": ["superior", "peer", "subordinate", "self"], "mean": 3.7})
    figure = charts.role_dots(frame, scale=(1, 5)).draw(720, False)
    marks = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "", None)]
    assert len({float(line.get_ydata()[0]) for line in marks}) == len(marks) == 4
