"""Pages on double ratings, vignettes and 360: full where the forms are there, honest where they are not, nobody to be read."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.contracts import contract_of
from evalkit.derive.tables.rated_by_several import plain
from evalkit.exhibits import charts
from evalkit.exhibits.page import Page
from evalkit.exhibits.reports import BiasAnalysis, Feedback360
from evalkit.exhibits.reports.bias_collected import MEASURES
from evalkit.exhibits.style import NARROW, WIDE
from evalkit.exhibits.svg import both
from evalkit.inference.results import estimates
from evalkit.raters import accuracy, halo, role_means, role_reliability, scale_use, self_other, severity, severity_in_service
from tests.raters.test_objectivity import forms, linked

EMPTY = estimates([]).assign(instrument="", model="", scope="")
SILENT = contract_of("fairness_survey").empty()


class Tables:
    """A handle over frames."""

    def __init__(self, unit: str = "", **frames: pd.DataFrame) -> None:
        self.frames = frames
        self.facts = SimpleNamespace(unit=unit, unit_name="Dinas A" if unit else "", title="Kota Contoh", owner="", language="id", period="2026-Q3",
                                     period_kind="quarter", as_of=pd.Timestamp("2026-10-12").date(), release="", version="1", seed=1,
                                     instruments=("i",), has_appraisals=True, has_ratings=False)
        self.read: list[str] = []

    def table(self, name: str) -> pd.DataFrame:
        self.read.append(name)
        return self.frames[name]

    def slice_digest(self, display: int = 4) -> str:
        return "0" * 12


@pytest.fixture(scope="module")
def vignettes() -> dict[str, pd.DataFrame]:
    rows, key, _ = linked(40, 6, 7)
    name = {"instrument": "vinyet", "period": "2026-Q3"}
    blank = dict.fromkeys(("term", "group"), "")
    deviations = severity(rows, key).fillna(blank).assign(model="deviation", **name)
    exact = pd.concat([accuracy(rows, key), halo(rows, key), scale_use(rows, key, scale=(1, 5))]).fillna(blank).assign(**name)
    own = deviations[deviations["measure"].eq("severity")].rename(columns={"term": "rater_id", "estimate": "severity"})
    both_ = severity_in_service(own[["rater_id", "severity", "std_error"]], own[["rater_id", "severity", "std_error"]]).fillna(blank).assign(**name)
    facets = pd.DataFrame({"facet": ["object", "object", "item", "threshold", "threshold", *["rater"] * 40],
                           "label": ["A1", "A2", "loyal", "2", "3", *[""] * 40], "object_kind": "vignette", "largest_residual": 1e-4,
                           "measure": [1.0, -1.0, 0.1, -1.2, 1.2, *np.linspace(-1, 1, 40)], **name})
    rungs = pd.DataFrame({"scope": "city", "scope_id": "", "instrument": ["i", "vinyet"], "rung": [2, 4],
                          "reason": ["evaluators_changed", "common_vignettes"], "n_periods": 3,
                          "n_raters": 40, "next_step": None, "next_step_hours": np.nan})
    told = {"role": "inferential", "status": "estimated", "estimate": 0.7, "conf_low": 0.6, "conf_high": 0.8, "n": 120}
    doubles = estimates([{"measure": m, "term": t, **told} for t in ("hasil_kerja", "perilaku_kerja")
                         for m in ("percent_agreement", "gwet_ac2", "krippendorff_alpha", "icc_1_1", "second_less_first")])
    words = ("di_bawah", "sesuai", "di_atas")
    pairs = pd.DataFrame([{"item": i, "first": a, "second": b, "n": 3} for i in ("hasil_kerja", "perilaku_kerja") for a in words for b in words])
    return {"linked_severity": deviations, "linked_accuracy": exact, "linked_map": facets, "severity_and_service": both_, "double_agreement": doubles,
            "double_pairs": pairs, "identification": rungs, "collected_reliability": EMPTY, "fairness_survey": SILENT}


@pytest.mark.parametrize("language", ["id", "en"])
def test_rungs_three_and_four_are_shown_without_any_evaluator(vignettes, language):
    html = str(BiasAnalysis(Tables(**vignettes), language).higher().html)
    assert all(f'id="{i}"' in html for i in ("g-keketatan", "g-peta", "t-ketepatan", "t-dinas", "t-ganda", "t-silang"))
    assert "r000" not in html and "r039" not in html and "nan" not in html.lower().replace("nanti", "")
    assert ("bukan keketatan dalam dinas" if language == "id" else "not in service") in html


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_reliability_that_hangs_on_a_handful_has_no_range(vignettes, language):
    doubles = vignettes["double_agreement"].copy()
    few = doubles["measure"].isin(["krippendorff_alpha", "icc_1_1"])
    doubles.loc[few, ["conf_low", "conf_high"]] = np.nan
    html = str(BiasAnalysis(Tables(**{**vignettes, "double_agreement": doubles.assign(reason=doubles["reason"].mask(few, "few_other_words"))}),
                            language).higher().html)
    assert ("0,70, tanpa rentang" if language == "id" else "0.70, without a range") in html and "nan" not in html.lower().replace("nanti", "")
    assert ("kurang dari 20 orang" if language == "id" else "fewer than 20 people") in html


@pytest.mark.parametrize("language", ["id", "en"])
def test_rungs_that_are_not_reached_say_what_they_would_take(vignettes, language):
    held = estimates([{"measure": "percent_agreement", "term": t, "role": "inferential", "status": "withheld", "reason": "few_doubles", "n": 7}
                      for t in ("hasil_kerja", "perilaku_kerja")])
    none = {**vignettes, "linked_severity": EMPTY, "linked_accuracy": EMPTY, "linked_map": vignettes["linked_map"].head(0), "double_agreement": held,
            "identification": vignettes["identification"].head(1)}
    html = str(BiasAnalysis(Tables(**none), language).higher().html)
    assert html.count('class="cannot"') == 4 and "<svg" not in html and ("7 pegawai" in html or "7 people" in html)


def test_severities_are_withheld_where_the_raters_do_not_differ(vignettes):
    rows = vignettes["linked_severity"]
    spread = rows[rows["measure"].eq("severity_spread")].assign(status="boundary", reason="no_rater_variance", estimate=0.0)
    none = estimates([{"measure": "severity", "role": "inferential", "status": "not_estimable", "reason": "no_rater_variance"}])
    frame = pd.concat([spread, none.assign(model="deviation", instrument="vinyet", period="2026-Q3", term="", group="")])
    html = str(BiasAnalysis(Tables(**{**vignettes, "linked_severity": frame}), "id").vignettes().html)
    assert "g-keketatan" not in html and "ragamnya nol" in html and "t-ketepatan" in html


def test_a_unit_reads_no_table_of_the_city(vignettes):
    handle = Tables(unit="u", **vignettes)
    html = str(BiasAnalysis(handle, "id").higher().html)
    assert html.count('class="cannot"') == 2 and not handle.read


def feedback(rows: pd.DataFrame, unit: str = "u", least: int = 3) -> Tables:
    place = {"scope": "unit" if unit else "city", "scope_id": unit, "period": "2026-Q3", "instrument": "formulir-360"}
    numbers = pd.concat([self_other(rows, min_raters=least), role_reliability(rows, "peer"), role_reliability(rows, "subordinate")])
    return Tables(unit=unit, feedback_360=role_means(rows, min_raters=least).assign(**place),
                  feedback_estimates=numbers.fillna({"term": "", "group": ""}).assign(**place))


def blocks(report: Feedback360) -> str:
    made = (report.title(), report.verdict(), report.tiles(), report.roles(), report.actions(), report.self_and_others(), report.reliability(),
            report.closing())
    return "".join(str(b.html) for b in made)


@pytest.mark.parametrize("language", ["id", "en"])
def test_feedback_shows_roles_and_withholds_the_small_one(language):
    rows = pd.concat([forms({"self": 1, "superior": 1, "peer": 3}),
                      pd.DataFrame([{"object_id": "p0", "rater_id": "s", "rater_role": "subordinate", "item": i, "rating": 4} for i in ("a", "b")])])
    html = blocks(Feedback360(feedback(rows), language))
    assert 'id="g-peran"' in html and 'class="cannot"' in html and "nan" not in html.lower().replace("nanti", "")
    assert not any(r in html for r in ("peer00", "superior1", "p0<"))
    # a reader who asks for more raters gets fewer roles, never more
    fewer = blocks(Feedback360(feedback(rows), language, min_raters=5))
    assert fewer.count('class="cannot"') > html.count('class="cannot"')
    assert blocks(Feedback360(feedback(rows), language, min_raters=1)) == html


@pytest.mark.parametrize("language", ["id", "en"])
def test_feedback_without_anything_to_show_says_so(language):
    rows = forms({"peer": 1}).head(2)
    html = blocks(Feedback360(feedback(rows), language))
    assert "<svg" not in html and html.count('class="cannot"') == 3
    none = Tables(unit="u", **{name: frame.head(0) for name, frame in feedback(rows).frames.items()})
    assert blocks(Feedback360(none, language)).count('class="cannot"') == 3


def sheets(chart) -> dict[int, object]:
    return {w: chart.draw(w, w == NARROW) for w in (WIDE, NARROW)}


@pytest.mark.parametrize("n", [1, 2, 40, 900])
def test_severities_are_drawn_few_and_many_in_few_bytes(n):
    value = np.random.default_rng(1).normal(0, 0.5, n)
    frame = pd.DataFrame({"estimate": value, "conf_low": value - 0.6, "conf_high": value + 0.6})
    chart = charts.caterpillar(frame, axis="Keketatan")
    assert len(both(chart.draw, "x")) < 16_000 and str(n) in chart.alt


def test_charts_stand_where_everything_is_equal():
    page = Page("id")
    frame = pd.DataFrame({"facet": ["rater", "object", "item", "threshold"], "measure": 0.0,
                          "label": ["", "A1", "satu nilai yang namanya panjang sekali", "2"]})
    names = {"object": "Kasus", "rater": "Penilai", "item": "Nilai", "threshold": "Langkah"}
    for chart in (charts.wright_map(frame, names=names),
                  charts.role_dots(pd.DataFrame({"label": ["a"], "role": ["peer"], "mean": [3.0]}), scale=(1, 5)),
                  charts.caterpillar(pd.DataFrame({"estimate": [0.0], "conf_low": [0.0], "conf_high": [0.0]}), axis="x")):
        assert "<svg" in str(page.figure(chart, id="g-x", role="inferential", head="h").html)


def test_codes_of_vignettes_are_the_same_with_and_without_their_mark():
    frame = pd.DataFrame({"object_id": ["code:A1", "A1"], "rating": [1, 2]})
    assert plain(frame)["object_id"].tolist() == ["A1", "A1"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_reliability_and_the_survey_are_shown(vignettes, language):
    told = {"role": "inferential", "status": "estimated", "estimate": 0.7, "conf_low": 0.6, "conf_high": 0.8, "n": 120, "p_value": 0.2}
    found = estimates([*({"measure": m, **told} for m in MEASURES), *({"measure": "generalizability", "group": "cases", "term": k, **told}
                                                                        for k in "36"),
                       {"measure": "groups_differ", "group": "sex", **told}, {"measure": "groups_apart", "group": "sex", **told, "estimate": 2.0}])
    survey = contract_of("fairness_survey").conform(pd.DataFrame([
        {"period": "2026-Q3", "question": q, "group": g, "status": "withheld" if g == "struktural" else "estimated",
         "reason": "small_group" if g == "struktural" else "", **({} if g == "struktural" else {"n": 40, "mean": 3.6, "share": 0.61})}
        for q in ("", "didengar", "dihormati") for g in ("", "pelaksana", "struktural")]))
    frames = {**vignettes, "collected_reliability": found.assign(instrument="vinyet"), "fairness_survey": survey}
    html = str(BiasAnalysis(Tables(**frames), language).collected().html)
    assert all(f'id="{i}"' in html for i in ("t-keandalan", "t-tambahan", "t-penilai-kelompok", "t-survei"))
    assert ("ditahan" if language == "id" else "withheld") in html and "nan" not in html.lower().replace("nanti", "")


def test_who_rates_in_two_roles_is_counted_once_and_means_say_over_how_many_items():
    """Five people rate each other as peers, and their superior as subordinates: eleven answers by role, never ten raters."""
    rng = np.random.default_rng(3)
    rows = [("x", r, "subordinate", i, int(rng.integers(2, 6))) for r in "abcde" for i in ("loyal", "adaptif")]
    rows += [(o, r, "peer", i, int(rng.integers(2, 6))) for o in "abcde" for r in "abcde" if o != r for i in ("loyal", "adaptif")]
    rows += [(o, o, "self", i, 4 if i == "adaptif" else 1 + "abcde".index(o)) for o in "abcde" for i in ("loyal", "adaptif")]
    frame = pd.DataFrame(rows, columns=["object_id", "rater_id", "rater_role", "item", "rating"]).astype({"rating": float})
    report = Feedback360(feedback(frame), "en")
    page = report.title().html + report.tiles().html
    assert "5 raters or more" in page and "10 raters" not in page
    html = report.roles().html
    assert "1 of 2" in html and "2 of 2" in html and "The items shown together" in html
    whole = Feedback360(feedback(frame[frame["rater_role"] != "self"]), "en").roles().html
    assert "of 2" not in whole  # where nothing is withheld the column would say nothing


def test_the_note_speaks_of_a_corrected_correlation_only_where_it_stands(vignettes):
    page = str(BiasAnalysis(Tables(**vignettes), "en").higher().html)
    assert "The second row is divided" in page and "cannot be computed: one reliability" not in page
    service = vignettes["severity_and_service"]
    gone = service.assign(status=service["status"].mask(service["measure"].eq("severity_in_service_corrected"), "not_estimable"))
    page = str(BiasAnalysis(Tables(**{**vignettes, "severity_and_service": gone}), "en").higher().html)
    assert "The second row is divided" not in page and "cannot be computed: one reliability" in page
