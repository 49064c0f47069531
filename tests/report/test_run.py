from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.errors import EvalkitError, ReportError
from evalkit.report import pool
from evalkit.report.plan import make_plan
from evalkit.report.run import run_reports
from evalkit.tables.study import Study

PERIOD = "2026-Q3"
Copy = Callable[[], Study]


def draft_of(study: Study) -> Path:
    return study.reports / PERIOD / "draft"


def pages(draft: Path) -> dict[str, tuple[int, bytes]]:
    """The pages that notebooks make: when each file was written, and what is in it."""
    return {f.relative_to(draft).as_posix(): (f.stat().st_mtime_ns, f.read_bytes()) for f in draft.rglob("*.html")
            if not f.name.startswith(("index", "lampiran"))}


def whole(file: Path) -> bool:
    text = file.read_text(encoding="utf-8")
    return text.lower().startswith("<!doctype html>") and text.rstrip().endswith("</html>")


def test_faults_in_the_data_are_exit_code_one(ran) -> None:
    assert ran.summary.faults > 0
    assert ran.summary.exit_code == 1
    assert all(whole(f) for f in ran.draft.rglob("*.html"))


def test_tables_of_the_city_are_computed_once_for_all_pages(ran) -> None:
    assert len(ran.made) == 1
    assert len(set(ran.made[0])) == len(ran.made[0]) > 10
    assert ran.written_before
    assert ran.written_after == ran.written_before


def test_a_second_run_starts_no_kernel_and_writes_no_page(copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    study = copied()
    before = pages(draft_of(study))
    monkeypatch.setattr(pool, "each", None)  # a kernel that starts would fail here
    summary = run_reports(study, PERIOD)
    assert set(summary.states.values()) == {"unchanged", "withheld"}
    assert pages(draft_of(study)) == before
    assert summary.changed == ()


def test_a_page_for_another_window_says_that_its_tables_are_computed_once(copied: Copy) -> None:
    study, told = copied(), list[str]()
    for _ in range(2):
        make_plan(study, PERIOD, names=["bias_analysis"], units=None, languages=("id",), as_of="", given={"window": "3"}, told=told.append)
    assert told == ["Menyiapkan tabel untuk jendela 3 periode"]


@pytest.mark.parametrize(("names", "units", "given", "said"), [(["bias_analysis"], ["dinas-kesehatn"], {}, "dinas-kesehatan"),
                                                                (["training_impact"], None, {"course": "nothing"}, "nothing")])
def test_an_unknown_unit_or_course_is_told_before_the_tables_are_made(copied: Copy, names: list[str], units: list[str] | None,
                                                                      given: dict[str, str], said: str) -> None:
    study = copied()
    shutil.rmtree(study.root / "derived")
    with pytest.raises(ReportError, match=said):
        make_plan(study, PERIOD, names=names, units=units, languages=("id",), as_of="", given=given)
    made = {f.name.partition("-")[0].partition(".")[0] for f in (study.root / "derived").rglob("*.parquet")}
    assert "coverage" in made and not made & {"fairness_estimates", "false_claims", "clustering"}


@pytest.mark.parametrize(("period", "said"), [("2026-Q9", "2026-Q3"), ("2026-08", "triwulan"), ("2031-Q1", "2031-Q1"),
                                              ("../../out", "bukan periode")])
def test_a_period_that_is_not_of_the_study_is_refused_before_a_folder_or_a_kernel_is_made(
        ran, monkeypatch: pytest.MonkeyPatch, period: str, said: str) -> None:
    monkeypatch.setattr(pool, "each", None)
    with pytest.raises(EvalkitError, match=said):
        run_reports(ran.study, period)
    assert not (ran.study.reports / period).exists()
    assert not (ran.study.root.parent.parent / "out").exists()
    assert not (ran.study.root.parent / "out").exists()


def test_english_pages_of_one_unit_stand_beside_the_others(copied: Copy) -> None:
    study = copied()
    draft = draft_of(study)
    summary = run_reports(study, PERIOD, names=["monitor"], units=["dinas-sosial"], languages=("id", "en"))
    monitors = {target: state for target, state in summary.states.items() if target.name.startswith("monitor")}
    assert monitors == {Path("units/dinas-sosial/monitor.html"): "unchanged", Path("units/dinas-sosial/monitor.en.html"): "done"}
    for name in ("units/dinas-sosial/monitor", "units/dinas-sosial/lampiran", "office/index"):
        assert '<html lang="en"' in (draft / f"{name}.en.html").read_text(encoding="utf-8")
        assert '<html lang="id"' in (draft / f"{name}.html").read_text(encoding="utf-8")
    assert not (draft / "units" / "dinas-sosial" / "evaluasi.en.html").exists()
