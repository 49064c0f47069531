"""A quarter and its correction: what a release freezes, what `status`, `diff` and the erratum say of it."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from lxml import html

from evalkit.cli import main
from evalkit.derive.causes import Cause
from evalkit.derive.diff import FigureChange
from evalkit.derive.file_digests import manifest
from evalkit.derive.release import FILE, FOLDER, files_of, find_release, folder_of, releases_of, seal_of
from evalkit.errors import DeriveError, ReportError
from evalkit.report import release as module
from evalkit.report.release import PENDING, make_release
from evalkit.report.releases import between, out_of_date, period_of
from evalkit.report.run import run_reports
from evalkit.report.state import RunState
from evalkit.tables import atomic
from evalkit.tables.study import Study, load_study
from tests.report.conftest import PERIOD, Cycle
from tests.report.quick import QuickKernels, quick, stands_in

Copy = Callable[[], Study]
# The two people went from one word to the other: these counts and no others can differ for it.
EXPECTED = {("distribution", "n", ("baik",)): -2, ("distribution", "n", ("sangat_baik",)): 2,
            ("rating_counts", "n", ("sesuai", "sesuai")): -2,
            ("rating_counts", "n", ("di_atas", "di_atas")): 2,
            ("dimension_summary", "above", ("productivity",)): 2, ("dimension_summary", "meets", ("productivity",)): -2}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)


def text_of(page: Path) -> str:
    return " ".join(" ".join(html.fromstring(page.read_bytes()).find("body").itertext()).split())


def counts(figures: Sequence[FigureChange]) -> dict[tuple[str, str, tuple[str, ...]], int]:
    return {(f.table, f.column, f.item): int(str(f.after)) - int(str(f.before)) for f in figures if f.kind == "count"}


def test_a_release_holds_tables_settings_and_pages_that_may_only_be_read(cycle: Cycle) -> None:
    for made in (cycle.first, cycle.second):
        folder = folder_of(cycle.study, PERIOD, made.release.name)
        found = files_of(cycle.study, made.release)
        assert found.pages == manifest(made.pages) and {"office/index.html", "office/monitor.html"} <= found.pages.keys()
        assert f"units/{cycle.unit}/lampiran.html" in found.pages
        for file in [f for place in (folder, made.pages) for f in place.rglob("*") if f.is_file()]:
            assert not file.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH), file.name
        assert not (made.pages / "public").exists()
    assert [r.name for r in releases_of(cycle.study, PERIOD)] == ["r1", "r2"]
    assert cycle.second.release.before == "r1" and cycle.second.release.before_seal == cycle.first.seal
    left = [f.name for place in (cycle.study.root / FOLDER / PERIOD, cycle.study.reports / PERIOD) for f in place.glob(f"{atomic.ASIDE}*")]
    assert left == []


def test_pages_of_people_go_into_a_release_once_the_draft_has_them(cycle: Cycle) -> None:
    assert cycle.first.release.kinds == () and cycle.second.release.kinds == ("employees", "evaluators")
    assert not any(f.startswith("employees/") for f in cycle.first.files.pages)
    drafted = {f.name for f in (cycle.study.reports / PERIOD / "draft" / "employees").iterdir() if f.is_dir()}
    assert len(drafted) > 100 and drafted == {f.name for f in (cycle.second.pages / "employees").iterdir() if f.is_dir()}
    assert cycle.first.release.content != replace(cycle.first.release, kinds=("employees",)).content


def test_the_second_release_leaves_the_first_as_it_was(cycle: Cycle) -> None:
    assert cycle.first.files.pages == manifest(cycle.first.pages)
    assert seal_of(cycle.study, cycle.first.release) == cycle.first.seal


def test_status_names_the_printed_figures_that_are_out_of_date(cycle: Cycle) -> None:
    found = re.search(r"Sangat Baik, jumlah: r1 mencetak (\d+); sekarang (\d+)", cycle.told)
    assert found and int(found[2]) == int(found[1]) + 2
    assert cycle.reimport in cycle.told and "INSPEKTORAT DAERAH" in cycle.told
    current = out_of_date(cycle.study, PERIOD)
    assert current is not None and current.before == "r2" and current.figures == ()


def test_the_erratum_names_exactly_the_figures_that_changed_and_the_import(cycle: Cycle) -> None:
    found = cycle.second.difference
    assert found is not None
    for scope in ("city", "unit"):
        own = [f for f in found.figures if f.scope == scope]
        changed = counts(own)
        assert {k: v for k, v in changed.items() if k in EXPECTED} == EXPECTED
        assert {k[0] for k in changed} <= {"distribution", "rating_counts", "dimension_summary"}
        printed = {"distribution", "history", "pattern", "outcome_rates", "evaluator_effects", "fairness_estimates", "false_claims"}
        assert {f.table for f in own if f.kind != "count"} <= printed
        assert all(type(c) is Cause and (c.kind, c.import_id, c.changed) == ("appraisals", cycle.reimport, 2) for f in own for c in f.causes)
        assert all(len(f.causes) == 1 for f in own)
    assert [found.units[u][1] for u in found.concerned] == [cycle.unit]


def test_the_erratum_page_stands_in_the_release_for_the_office_and_for_the_unit_concerned(cycle: Cycle) -> None:
    assert cycle.second.erratum is not None
    pages = {f for f in cycle.second.files.pages if "erratum" in f}
    assert pages == {"office/erratum.html", f"units/{cycle.unit}/erratum.html"}
    for name in pages:
        page = text_of(cycle.second.pages / name)
        assert cycle.reimport in page and "Sangat Baik, jumlah" in page and "Ralat r2 terhadap r1" in page
    assert not any("erratum" in f for f in cycle.first.files.pages)
    index = html.fromstring((cycle.second.pages / "office" / "index.html").read_bytes())
    assert "erratum.html" in index.xpath("//a/@href")


def test_the_list_of_releases_names_note_seal_and_erratum(cycle: Cycle) -> None:
    entries = json.loads((cycle.study.reports / PERIOD / module.LIST).read_text(encoding="utf-8"))
    assert [(e["release"], e["note"], e["seal"], e["erratum"]) for e in entries] == [
        ("r1", "Rilis pertama <b>", cycle.first.seal, None), ("r2", "", cycle.second.seal, "r2/office/erratum.html")]


def test_a_release_of_unchanged_data_is_refused(cycle: Cycle) -> None:
    with pytest.raises(ReportError, match=r"sejak r2"):
        make_release(cycle.study, PERIOD)
    assert len(releases_of(cycle.study, PERIOD)) == 2


def test_diff_says_figures_causes_and_tables_and_writes_its_page(cycled: Copy, cycle: Cycle, capsys: pytest.CaptureFixture[str]) -> None:
    study = cycled()
    assert main(["diff", "r1", "r2", "--study", str(study.root)]) == 0
    out = capsys.readouterr().out
    assert "Sangat Baik, jumlah: r1 mencetak" in out and cycle.reimport in out and "  roster: berubah; baris:" in out
    page = Path(out.strip().splitlines()[-1].partition(": ")[2])
    assert page == study.reports / PERIOD / "diff" / "r1-r2" / "office" / "erratum.html"
    assert cycle.reimport in text_of(page)
    assert main(["diff", "r2", "draf", "--study", str(study.root), "--language", "en"]) == 0
    assert "no printed figure differs" in capsys.readouterr().out
    assert main(["diff", "r1", "r9", "--study", str(study.root)]) == 1
    assert "r1, r2" in capsys.readouterr().err


def test_settings_are_named_only_where_they_change_a_figure(cycled: Copy) -> None:
    study = cycled()
    file = study.root / "study.toml"
    text = file.read_text(encoding="utf-8")
    assert 'productivity = ["hasil_kerja"]' in text
    file.write_text(text.replace('productivity = ["hasil_kerja"]', 'productivity = ["indicators"]'), encoding="utf-8")
    found = between(load_study(study.root), PERIOD, "r1", "draf")
    by = {f.table: {c.kind for c in f.causes} for f in found.figures}
    assert by["distribution"] == {"appraisals"} and by["dimension_summary"] == {"settings"}
    assert {c.kind for c in found.causes} == {"appraisals", "settings"}


def test_a_failed_report_makes_no_release(redrafted: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    study = redrafted()

    class Failing(QuickKernels):
        def run(self, notebook, parameters, **options):  # type: ignore[no-untyped-def]  # as its parent
            if parameters.get("unit") == "dinas-sosial":
                raise ReportError("no figure")
            return super().run(notebook, parameters)

    stands_in(monkeypatch, Failing())
    with pytest.raises(ReportError, match="dinas-sosial"):
        make_release(study, PERIOD)
    assert releases_of(study, PERIOD) == ()
    assert [f.name for f in (study.root / FOLDER / PERIOD).iterdir() if f.is_dir()] == []
    assert sorted(f.name for f in (study.reports / PERIOD).iterdir() if f.is_dir()) == ["draft"]


def test_a_draft_that_does_not_fit_the_data_is_refused_with_the_command(redrafted: Copy) -> None:
    study = redrafted()
    (study.reports / PERIOD / "draft" / "office" / "monitor.html").write_text("changed")
    with pytest.raises(ReportError, match=r"report --period 2026-Q3 --study"):
        make_release(study, PERIOD)
    with pytest.raises(ReportError, match="2026-Q2"):
        make_release(study, "2026-Q2")
    with FileLock(study.root / FOLDER / PERIOD / ".lock"), pytest.raises(ReportError, match="proses lain"):
        make_release(study, PERIOD)
    with pytest.raises(ReportError, match="belum mempunyai rilis"):
        period_of(study, None)
    assert out_of_date(study, PERIOD) is None


KILLED = """
import sys
import time
from pathlib import Path
import pytest
from evalkit.report import release
from evalkit.tables.study import load_study
from tests.report.quick import quick
quick(pytest.MonkeyPatch())
def stop(*a, **k):
    print("here", flush=True)
    time.sleep(600)
release.sync_folder = stop  # the pages have their name, the tables do not
release.make_release(load_study(Path(sys.argv[1])), "2026-Q3")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_release_leaves_none_and_the_next_one_completes(redrafted: Copy) -> None:
    study = redrafted()
    job = subprocess.Popen([sys.executable, "-c", KILLED, str(study.root)], stdout=subprocess.PIPE, text=True,
                           cwd=Path(__file__).resolve().parents[2], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert job.stdout is not None
    while "here" not in job.stdout.readline():
        assert job.poll() is None
    os.kill(job.pid, signal.SIGKILL)
    job.wait()
    job.stdout.close()
    assert releases_of(study, PERIOD) == () and (study.reports / PERIOD / "r1").is_dir()
    made = make_release(study, PERIOD)
    assert made.release.name == "r1" and made.files.pages == manifest(made.pages)
    folder = study.root / FOLDER / PERIOD
    assert sorted(f.name for f in folder.iterdir()) == [".lock", "r1"] and not (folder / PENDING).exists()
    assert sorted(f.name for f in (study.reports / PERIOD).iterdir() if f.is_dir()) == ["draft", "r1"]


def test_the_command_says_what_was_made_and_what_comes_next(redrafted: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    study = redrafted()
    extra = study.reports / PERIOD / "draft" / "office" / "catatan-saya.txt"
    extra.write_text("by hand", encoding="utf-8")
    assert main(["release", "--period", PERIOD, "--note", "Untuk wali kota", "--study", str(study.root)]) == 0
    out = capsys.readouterr().out
    assert "r1 dibuat" in out and "office/catatan-saya.txt" in out
    assert f"deliver r1 --period {PERIOD} --to units --study" in out.strip().splitlines()[-1]


def test_a_release_that_cannot_be_read_hides_no_other(cycled: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    study = cycled()
    file = folder_of(study, PERIOD, "r1") / FILE
    file.chmod(0o644)
    file.write_text("{", encoding="utf-8")
    assert find_release(study, PERIOD, "r2").name == "r2"
    assert [r.name for r in releases_of(study, PERIOD, whole=False)] == ["r2"]
    run_reports(study, PERIOD)
    assert "r2" in text_of(study.reports / PERIOD / "draft" / "office" / "index.html")
    assert main(["status", "--study", str(study.root), "--period", PERIOD]) == 0
    assert "r1" in capsys.readouterr().out
    with pytest.raises(DeriveError, match="cadangan"):
        make_release(study, PERIOD)


def test_languages_and_formats_are_those_of_the_draft(redrafted: Copy) -> None:
    study = redrafted()
    state = RunState.load(study.reports / PERIOD / "draft")
    assert module._languages(study, PERIOD, state) == ("id",) and module._formats(state) == ("html",)
    page = state.folder / "office" / "monitor.en.html"
    page.write_text("page", encoding="utf-8")
    page.with_suffix(".pdf").write_text("page", encoding="utf-8")
    state.made(Path("office/monitor.en.html"), "key", [page, page.with_suffix(".pdf")])
    assert module._languages(study, PERIOD, state) == ("id", "en") and module._formats(state) == ("html", "pdf")
