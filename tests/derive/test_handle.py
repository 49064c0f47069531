from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from evalkit.derive.build import build, folder_of
from evalkit.derive.catalog import CATALOG
from evalkit.derive.context import attributes_of, window_of
from evalkit.derive.handle import Handle, chosen_attributes, open_handle
from evalkit.derive.reports import REPORTS
from evalkit.derive.sources import FrameSource
from evalkit.errors import DeriveError
from evalkit.tables.study import Study

Frames = dict[str, pd.DataFrame]


@pytest.fixture
def opened(study: Study, source: FrameSource) -> Callable[..., Handle]:
    def make(report: str = "evaluation", own: FrameSource | None = None, **options: Any) -> Handle:
        return open_handle(study, report=report, period="2026-Q3", source=own or source, **options)
    return make


def test_every_declared_table_is_in_the_catalogue_and_for_a_reader_of_the_report() -> None:
    for name, report in REPORTS.items():
        for table in report.tables:
            assert table in CATALOG, (name, table)
            assert set(report.audience) & set(CATALOG[table].audience), (name, table)


def test_only_declared_tables_are_served_and_reads_are_recorded(opened: Callable[..., Handle]) -> None:
    handle = opened()
    assert handle.reads == ()
    frame = handle.table("coverage")
    assert [(r.table, r.rows) for r in handle.reads] == [("coverage", len(frame))]
    assert handle.reads[0].content != handle.reads[0].served
    with pytest.raises(DeriveError, match="did not declare"):
        handle.table("roster")
    with pytest.raises(DeriveError, match="did not declare"):
        handle.table("unrated")


def test_a_unit_sees_itself_and_the_city_and_nobody_else(opened: Callable[..., Handle]) -> None:
    for report in ("monitor", "evaluation", "annex"):
        handle = opened(report, audience="units", unit="a")
        for name in handle.tables:
            frame = handle.table(name)
            text = frame.astype("str").to_numpy().ravel().tolist()
            assert not {"b", "p06", "p07", "p08", "p09", "p11"} & set(text), (report, name)
            if "scope" in frame.columns:
                assert set(frame["scope"]) <= {"city", "unit", "group"}


def test_a_unit_sees_the_marks_of_others_without_their_names(study: Study, frames: Frames) -> None:
    marks = pd.DataFrame([{"unit_id": u, "period": "2026-Q3", "version": 1, "predikat": "baik", "import_id": "i1"} for u in "ab"])
    own = FrameSource({**frames, "unit_predikat": frames_of("unit_predikat", marks)})
    handle = open_handle(study, report="evaluation", period="2026-Q3", source=own, audience="units", unit="a")
    assert set(handle.table("pattern")["scope_id"]) == {"a"}
    assert len(handle.table("pattern_marks")) == 2


def frames_of(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    from evalkit.tables.schema import TABLES

    return TABLES[name].conform(rows)


def test_office_with_a_unit_is_cut_the_same_way(opened: Callable[..., Handle]) -> None:
    one, two = opened(unit="a"), opened(unit="a", audience="units")
    assert one.table("distribution").equals(two.table("distribution"))


def test_a_unit_is_found_by_its_folder_name(opened: Callable[..., Handle]) -> None:
    handle = opened(unit="dinas-b")
    assert (handle.unit, handle.facts.unit_name, handle.facts.unit_slug) == ("b", "Dinas B", "dinas-b")


@pytest.mark.parametrize(("options", "words"), [
    ({"report": "evaluaton"}, "No report"), ({"report": "ratings_bias", "audience": "units", "unit": "a"}, "not made for"),
    ({"audience": "units"}, "needs the unit"), ({"unit": "a1"}, "Tidak ada unit"), ({"unit": "nobody"}, "Tidak ada unit"),
    ({"audience": "public"}, "not made for"), ({"audience": "employees"}, "not made for")])
def test_wrong_readers_reports_and_units_are_refused(opened: Callable[..., Handle], options: dict[str, Any], words: str) -> None:
    with pytest.raises(DeriveError, match=words):
        opened(**options)


def test_attributes_of_a_page_are_those_of_the_study_and_a_near_miss_is_named(study: Study) -> None:
    study = replace(study, fairness={"attributes": ["sex", "employment", "grade"]})
    assert chosen_attributes(study, []) == attributes_of(study)
    assert chosen_attributes(study, ["grade", "sex"]) == ("sex", "grade")
    with pytest.raises(DeriveError, match="Maksudnya sex"):
        chosen_attributes(study, ["sexx"])
    with pytest.raises(DeriveError, match="Tersedia: sex"):
        chosen_attributes(study, ["zzz"])
    with pytest.raises(DeriveError, match=r"by no attribute 'sexx'. Did you mean sex\?"):
        chosen_attributes(replace(study, language="en"), ["sexx"])


def test_another_window_stands_in_a_folder_of_its_own(study: Study, source: FrameSource) -> None:
    usual, short = (open_handle(study, report="evaluation", period="2026-Q3", source=source, window=w) for w in (0, 2))
    assert window_of(study) != 2
    assert folder_of(study, "2026-Q3", None, window_of(study)) == folder_of(study, "2026-Q3", None)
    assert folder_of(study, "2026-Q3", None, 2).name == "latest-window-2"
    assert set(short.table("history")["period"]) <= {"2026-Q2", "2026-Q3"}
    assert usual.facts.attributes == attributes_of(study)


def test_what_only_the_office_reads_is_not_served_to_a_unit() -> None:
    declared = REPORTS["bias_analysis"]
    assert "evaluator_marks" in declared.read_by("office")
    assert "evaluator_marks" not in declared.read_by("units")
    for table in declared.read_by("units"):
        assert "units" in CATALOG[table].audience, table
    for table in declared.office_only:
        assert "office" in CATALOG[table].audience, table


def test_a_table_that_is_not_for_the_reader_is_refused(opened: Callable[..., Handle], monkeypatch: pytest.MonkeyPatch) -> None:
    handle = opened(audience="units", unit="a")
    monkeypatch.setitem(CATALOG, "history", replace(CATALOG["history"], audience=("office",)))
    with pytest.raises(DeriveError, match="not for the reader"):
        handle.table("history")


def test_city_wide_results_are_computed_once_for_all_units(study: Study, source: FrameSource, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counting(name: str) -> Callable[..., pd.DataFrame]:
        function = CATALOG[name].function

        def call(*args: Any, **kwargs: Any) -> pd.DataFrame:
            calls.append(name)
            return function(*args, **kwargs)
        return call

    for name in list(CATALOG):
        monkeypatch.setitem(CATALOG, name, replace(CATALOG[name], function=counting(name)))
    for unit in ("a", "b", None, "a", "b"):
        for report in ("monitor", "evaluation"):
            handle = open_handle(study, report=report, period="2026-Q3", source=source, unit=unit)
            for name in handle.tables:
                handle.table(name)
    assert sorted(calls) == sorted(set(calls))
    assert {"identification", "distribution", "coverage", "category_use"} <= set(calls)


def test_the_page_key_follows_the_slice(study: Study, frames: Frames, opened: Callable[..., Handle]) -> None:
    before = {u: opened(unit=u).slice_digest() for u in "ab"}
    assert before == {u: opened(unit=u).slice_digest() for u in "ab"}
    rows = frames["appraisals"].copy()
    rows.loc[rows["appraisal_id"] == "p08-2026-Q3", ["predikat", "hasil_kerja"]] = ["baik", "sesuai"]
    changed = FrameSource({**frames, "appraisals": rows})
    city = opened(own=changed, unit="a").table("distribution")
    assert opened(own=changed, unit="b").slice_digest() != before["b"]
    assert not city.empty


def test_a_change_that_the_page_does_not_print_makes_no_page_again(study: Study, frames: Frames, opened: Callable[..., Handle]) -> None:
    """A fault of another period changes an imported table and no page of this one."""
    before = {u: opened(unit=u).slice_digest() for u in "ab"}
    fault = frames_of("faults", pd.DataFrame([{
        "fault_id": "f", "rule": "date.impossible", "remedy": "r", "severity": "error", "unit_id": "b", "period": "2026-Q2",
        "status": "open", "first_seen": pd.Timestamp(2026, 10, 1), "last_seen": pd.Timestamp(2026, 10, 1)}]))
    changed = FrameSource({**frames, "faults": fault})
    assert {u: opened(own=changed, unit=u).slice_digest() for u in "ab"} == before


def test_a_later_day_of_the_same_data_makes_the_monitor_again_and_the_evaluation_not(study: Study, frames: Frames) -> None:
    later = frames["imports"].assign(exported_at=pd.Series([pd.Timestamp(2026, 10, 13)], dtype=frames["imports"]["exported_at"].dtype))
    keys = {}
    for report in ("monitor", "evaluation"):
        keys[report] = [open_handle(study, report=report, period="2026-Q3", source=FrameSource(f), unit="a").slice_digest()
                        for f in (frames, {**frames, "imports": later})]
    assert keys["monitor"][0] != keys["monitor"][1]
    assert keys["evaluation"][0] == keys["evaluation"][1]


def test_evaluation_does_not_print_the_days_that_are_left(opened: Callable[..., Handle]) -> None:
    assert "days_left" not in opened("evaluation").table("coverage").columns
    assert "days_left" in opened("monitor").table("coverage").columns


def test_facts_say_what_a_page_prints_of_itself(opened: Callable[..., Handle]) -> None:
    facts = opened(as_of=None).facts
    assert (facts.start, facts.end, facts.as_of, facts.due_at) == (
        date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 12), date(2026, 10, 14))
    assert facts.instruments == ("permenpanrb-6-2022",)
    assert facts.populations == ("asn",)
    assert "due_days" in facts.unconfirmed
    assert not facts.due_confirmed


def test_what_is_served_is_the_readers_own_copy(opened: Callable[..., Handle]) -> None:
    handle = opened()
    frame = handle.table("coverage")
    frame.loc[:, "expected"] = 0
    assert handle.table("coverage")["expected"].sum() > 0


def test_the_past_is_opened_by_its_date(study: Study, frames: Frames) -> None:
    rows = frames["appraisals"]
    newer = rows[rows["appraisal_id"] == "p03-2026-Q3"].assign(
        version=2, predikat="sangat_baik", exported_at=pd.Series([pd.Timestamp(2026, 11, 2)], dtype=rows["exported_at"].dtype).to_numpy())
    source = FrameSource({**frames, "appraisals": pd.concat([rows, newer], ignore_index=True)})

    def count(as_of: date | None) -> int:
        built = build(study, "2026-Q3", as_of=as_of, names=["distribution"], source=source).table("distribution")
        city = built[(built["scope"] == "city") & (built["period"] == "2026-Q3") & (built["predikat"] == "sangat_baik")]
        return int(city["n"].iloc[0])

    assert (count(date(2026, 10, 12)), count(None)) == (2, 3)
