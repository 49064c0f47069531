"""Charts of the rungs above 0: they draw at both widths, stay inside, and say what they show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import ExhibitError
from evalkit.exhibits import charts
from evalkit.exhibits.charts.rings import _spots as ring_spots
from evalkit.exhibits.style import NARROW, WIDE
from evalkit.exhibits.svg import both
from tests.exhibits.test_charts import texts_of


def bins(low: float = 100.0) -> pd.DataFrame:
    edges = low + 10.0 * np.arange(12)
    return pd.DataFrame({"low": edges, "high": edges + 10.0, "n": [1, 5, 20, 60, 110, 130, 105, 55, 20, 8, 3, 1]})


def gaps(**change: object) -> pd.DataFrame:
    frame = pd.DataFrame({"label": ["PPPK − PNS", "Perempuan − Laki-laki dengan nama kelompok yang sangat panjang sekali"], "section": ["a", "b"],
                          "estimate": [-0.05, 0.001], "conf_low": [-0.08, -0.4], "conf_high": [-0.02, 0.4], "detectable": [0.03, np.nan],
                          "sure": [True, False]})
    return frame.assign(**change)


def steps() -> pd.DataFrame:
    return pd.DataFrame({"step": [-3, -2, 0, 1], "estimate": [0.0, -0.01, 0.06, 0.02], "conf_low": [-0.02, -0.03, 0.02, -0.02],
                         "conf_high": [0.02, 0.01, 0.1, 0.06]})


def marks() -> tuple[pd.DataFrame, pd.DataFrame]:
    sizes = np.arange(3, 30)
    band = pd.DataFrame({"n": sizes, "n_raters": 4, "expected": 0.11, "low": 0.0, "high": np.minimum(1.0, 3.0 / sizes), "outside": 0,
                         "outside_expected": 0.1})
    seen = pd.DataFrame([(n, c, 30 if n == 5 else 1) for n in sizes for c in (0, 1, 4) if c <= n], columns=["n", "count", "n_raters"])
    return seen, band


def made(language: str) -> dict[str, object]:
    around = {"axis": "selisih", "before": "plasebo", "after": "penilai baru", "x": "Periode", "language": language}
    return {"above": charts.shuffled(bins(), 300.0, axis="Pasangan", language=language),
            "inside": charts.shuffled(bins(), 155.0, axis="Pasangan", language=language),
            "below": charts.shuffled(bins(2000.0), 10.0, axis="Pasangan", language=language),
            "rings": charts.rings(*marks(), language=language), "events": charts.events(steps(), **around),
            "one-event": charts.events(steps().iloc[[2]], **around), "forest": charts.forest(gaps(), axis="Selisih", language=language),
            "tiny": charts.forest(gaps(estimate=0.0, conf_low=0.0, conf_high=0.0, detectable=0.0, sure=False), axis="Selisih", language=language)}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", sorted(made("id")))
def test_labels_stay_inside_and_do_not_touch(name, narrow, language):
    labels, width, height = texts_of(made(language)[name], NARROW if narrow else WIDE, narrow)
    assert labels
    for text, box in labels:
        assert box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1, text
    for i, (one, a) in enumerate(labels):
        for other, b in labels[i + 1:]:
            apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1
            assert apart, (one, other)


def test_they_say_what_they_show_and_weigh_little():
    found = made("id")
    assert "300" in found["above"].alt and "di atas" in found["above"].alt and "di antara hasil acak" in found["inside"].alt
    assert "−5,0" in found["forest"].alt and "tanpa nama" in found["rings"].alt
    for name, chart in found.items():
        assert len(str(both(chart.draw, f"g-{name}"))) < 30_000, name


def test_without_numbers_there_is_no_chart():
    with pytest.raises(ExhibitError):
        charts.forest(gaps(estimate=np.nan), axis="x")
    with pytest.raises(ExhibitError):
        charts.events(steps().iloc[:0], axis="a", before="b", after="c", x="d")
    seen, band = marks()
    with pytest.raises(ExhibitError):
        charts.rings(seen[seen["n"] < 5], band[band["n"] < 5])


@pytest.mark.parametrize("language", ["id", "en"])
def test_on_a_phone_titles_and_labels_go_on_in_a_second_line_and_lose_no_word(language):
    labels = ["Fungsional dinilai sesama, jenis jabatan", "Laki-laki dinilai sesama, jenis kelamin"]
    for chart in (charts.forest(gaps(label=labels), axis="Selisih", language=language), charts.rings(*marks(), language=language)):
        words = " ".join(text for text, _ in texts_of(chart, NARROW, True)[0])
        assert "…" not in words
    forest = [text for text, _ in texts_of(charts.forest(gaps(label=labels), axis="Selisih", language=language), NARROW, True)[0]]
    assert set(labels) <= set(forest)


def test_rings_of_one_place_lie_side_by_side_and_not_on_each_other() -> None:
    spots = np.array(ring_spots(pd.DataFrame({"n": [5, 9], "above": [-0.5, 1.5], "n_raters": [99, 4]}), 36.0))
    crowd = spots[spots[:, 1] < 0.5]
    assert (len(crowd), len(spots)) == (15, 19) and np.diff(np.unique(crowd[:, 1].round(6))).min() > 0.09
    assert np.abs(crowd[:, 1] + 0.5).max() < 0.4  # within its own place
