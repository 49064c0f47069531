from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from filelock import FileLock
from lxml import html

from evalkit.commands import report as command
from evalkit.errors import ReportError
from evalkit.report import run as run_module
from evalkit.report.run import Summary, run_reports
from evalkit.report.state import notebook_file
from evalkit.tables.atomic import ASIDE
from evalkit.tables.register import Register
from evalkit.tables.store import read
from evalkit.tables.study import Study, load_study
from tests.nip import holds_nip
from tests.report.in_process import in_process
from tests.report.quick import light

PERIOD = "2026-Q3"
UNIT = "dinas-kesehatan"


class Made(NamedTuple):
    """A study, its draft folder, and what its first run said."""

    study: Study
    draft: Path
    first: Summary


@pytest.fixture
def made(ran) -> Made:
    return Made(ran.study, ran.draft, ran.summary)


@pytest.fixture
def copy(ran, copied) -> Made:
    study = copied()
    return Made(study, study.reports / PERIOD / "draft", ran.summary)


def pages(draft: Path) -> list[Path]:
    return sorted(draft.rglob("*.html"))


def text_of(page: Path) -> str:
    return " ".join(html.fromstring(page.read_bytes()).find("body").itertext())


def content(draft: Path) -> dict[str, bytes]:
    return {p.relative_to(draft).as_posix(): p.read_bytes() for p in pages(draft)}


def break_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, code: str) -> None:
    """Let one report fail in its last cell; the others stay as they are."""
    notebook = nbformat.read(notebook_file(name), as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    broken = tmp_path / "broken.ipynb"
    nbformat.write(notebook, broken)
    monkeypatch.setattr(run_module, "notebook_file", lambda n: broken if n == name else notebook_file(n))


def test_a_run_makes_every_page_and_ends_at_the_way_in(made) -> None:
    assert made.first.count("failed") == 0
    assert made.first.way_in == made.draft / "office" / "index.html"
    for name in ("index", "monitor", "evaluasi-kota", "analisis-bias"):
        assert (made.draft / "office" / f"{name}.html").is_file()
    folders = sorted(p.name for p in (made.draft / "units").iterdir())
    assert UNIT in folders
    for folder in folders:
        assert (made.draft / "units" / folder / "monitor.html").is_file()
        assert (made.draft / "units" / folder / "lampiran.html").is_file()
    last = list(made.first.lines("id"))[-1]
    assert last.endswith("index.html")


def test_units_with_few_people_are_withheld_and_said_to_be(made) -> None:
    from evalkit.report.plan import make_plan

    plan = make_plan(made.study, PERIOD, names=None, units=None, languages=("id",), as_of="")
    small = [t for t in plan.withheld if t.office is not None]
    assert small
    assert all(t.office.expected < 10 for t in small)
    for task in small:
        assert not (made.draft / task.target).exists()
        assert task.office.name in text_of(made.draft / "office" / "index.html")
    assert made.first.count("withheld") == len(small)


def test_a_page_that_somebody_changed_is_made_again_and_no_other(copy) -> None:
    page = copy.draft / "units" / UNIT / "monitor.html"
    before = content(copy.draft)
    page.write_text("<p>changed by hand</p>")
    again = run_reports(copy.study, PERIOD, jobs=2)
    assert (again.count("done"), again.count("unchanged")) == (1, copy.first.count("done") - 1)
    after = content(copy.draft)
    report_pages = [k for k in before if not k.endswith(("index.html", "lampiran.html"))]
    assert all(before[k] == after[k] for k in report_pages)


def test_a_failed_report_is_kept_apart_and_the_good_page_stays(copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = copy.draft / "office" / "monitor.html"
    good = page.read_bytes()
    state = copy.draft / ".state" / "pages.json"
    known = json.loads(state.read_text())
    known["pages"]["office/monitor.html"] |= {"key": "older", "basis": "older"}
    state.write_text(json.dumps(known))
    with monkeypatch.context() as patch:
        break_notebook(patch, tmp_path, "monitor", "raise ValueError('<b>the data end here</b>')")
        summary = run_reports(copy.study, PERIOD, names=["monitor"])
    assert summary.count("failed") == 1
    assert summary.exit_code == 2
    assert page.read_bytes() == good
    told = (copy.draft / "office" / "monitor.failed.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;the data end here" in told
    assert "<b>the data end here" not in told
    kept = nbformat.read(copy.draft / "office" / "monitor.failed.ipynb", as_version=4)
    assert any("the data end here" in "".join(o.get("evalue", "") for o in c.get("outputs", ())) for c in kept.cells)
    assert "monitor.failed.html" in (copy.draft / "office" / "index.html").read_text(encoding="utf-8")

    mended = run_reports(copy.study, PERIOD, only="failed")
    assert mended.count("failed") == 0
    assert mended.count("done") == 1
    assert not (copy.draft / "office" / "monitor.failed.html").exists()
    assert page.read_bytes() == good


def test_without_forking_every_file_of_a_report_is_the_same(copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows and macOS processes make the reports: page, PDF and workbook, to the byte."""
    formats = ("html", "pdf", "xlsx")
    files = [copy.draft / "units" / UNIT / f"evaluasi.{ending}" for ending in formats]
    assert not run_reports(copy.study, PERIOD, names=["evaluation"], units=[UNIT], formats=formats).count("failed")
    good = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    monkeypatch.setattr("evalkit.report.forking.CAN_FORK", False)
    assert not run_reports(copy.study, PERIOD, names=["evaluation"], units=[UNIT], formats=formats).count("failed")
    assert [file.read_bytes() for file in files] == good


def test_data_as_of_an_earlier_day_give_the_earlier_state(copy, monkeypatch: pytest.MonkeyPatch) -> None:
    light(monkeypatch)
    page = copy.draft / "units" / UNIT / "monitor.html"
    now = text_of(page)
    run_reports(copy.study, PERIOD, names=["monitor"], units=[UNIT], as_of=date(2026, 10, 6))
    assert text_of(page) != now


@pytest.mark.parametrize(("asked", "told"), [
    ({"names": ["monitr"]}, "monitor"), ({"units": ["dinas-kesehatn"]}, "dinas-kesehatan"), ({"names": ["ratings_bias"]}, "ratings_bias")])
def test_what_is_unknown_is_refused_with_the_nearest_name(made, asked: dict[str, list[str]], told: str) -> None:
    with pytest.raises(ReportError, match=told):
        run_reports(made.study, PERIOD, **asked)


def test_a_period_of_another_cycle_is_refused(made) -> None:
    with pytest.raises(ReportError, match="triwulan"):
        run_reports(made.study, "2026-09")


def test_two_runs_at_once_do_not_mix(copy) -> None:
    with FileLock(copy.draft.parent / ".lock"), pytest.raises(ReportError):
        run_reports(copy.study, PERIOD)


def test_what_a_killed_run_left_aside_is_swept(copy) -> None:
    left = copy.draft / "office" / f"{ASIDE}abc-monitor.html"
    left.write_text("half a page")
    run_reports(copy.study, PERIOD, names=["monitor"], units=[UNIT])
    assert not left.exists()


def test_names_and_numbers_of_people_stand_in_the_annexes_only(made) -> None:
    people = read(made.study, "person_attributes")["person_id"].astype(str).unique()
    named = Register(made.study.vault).names(people)
    names = {p.name for p in named.values() if p.name and len(p.name) > 6}
    assert len(names) > 100
    annexes = [p for p in pages(made.draft) if p.name.startswith("lampiran")]
    for page in pages(made.draft):
        text = page.read_text(encoding="utf-8")
        assert not holds_nip(text), page.name
        if page not in annexes:
            assert not [n for n in names if n in text], page.name
            assert not [p for p in people if p in text], page.name
    assert any(n in text_of(p) for p in annexes for n in names)


def test_no_page_names_a_folder_of_this_machine(made) -> None:
    for page in pages(made.draft):
        text = page.read_text(encoding="utf-8")
        assert str(made.study.root) not in text, page.name
        assert "/home/" not in text


def test_a_code_of_an_evaluator_stands_on_monitors_only(made) -> None:
    codes = re.compile(r"(?<!\w)P-\d{4}")
    assert codes.search(text_of(made.draft / "office" / "monitor.html"))
    for page in pages(made.draft):
        if "monitor" not in page.name:
            assert not codes.search(text_of(page)), page.name


def test_every_link_of_every_page_leads_to_a_file(made) -> None:
    for page in pages(made.draft):
        for href in html.fromstring(page.read_bytes()).xpath("//a/@href"):
            target, _, anchor = str(href).partition("#")
            file = (page.parent / target).resolve() if target else page
            assert file.exists(), f"{page.relative_to(made.draft)}: {href}"
            if anchor:
                assert html.fromstring(file.read_bytes()).xpath(f"//*[@id='{anchor}']"), f"{page.name}: {href}"


def test_words_that_the_pages_do_not_use(made) -> None:
    """Section 10 of the design: no person is called biased, no luck explains a result."""
    barred = re.compile(r"\b(penilai bias|orang yang bias|tidak adil|subjektif|menyimpang|anomali|outlier|melanggar|tidak signifikan|"
                        r"nilai sebenarnya|skor sejati|kebetulan)\b", re.IGNORECASE)
    for page in pages(made.draft):
        found = barred.search(text_of(page))
        assert not found, f"{page.name}: {found and found[0]}"


def test_a_page_keeps_its_weight_and_its_one_title(made) -> None:
    for page in pages(made.draft):
        data = page.read_bytes()
        assert len(data) < 120_000, page.name
        assert len(html.fromstring(data).xpath("//h1")) == 1


def test_the_command_makes_reports_and_prints_the_way_in(copy, capsys: pytest.CaptureFixture[str]) -> None:
    from evalkit.cli import main

    code = main(["report", "monitor", "--study", str(copy.study.root), "--period", PERIOD, "--unit", UNIT])
    out = capsys.readouterr().out
    assert code in (0, 1)
    assert out.strip().splitlines()[-1].endswith("index.html")
    assert main(["report", "--study", str(copy.study.root), "--period", "2026-Q9"]) == 2, "1 would say that data have faults"
    assert command.languages_of("en, id") == ("en", "id")


def test_a_study_without_data_says_so_on_its_page(made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_process(monkeypatch, lambda slug: True)
    shutil.copy(made.study.root / "study.toml", tmp_path / "study.toml")
    summary = run_reports(load_study(tmp_path), PERIOD)
    assert summary.count("failed") == 0
    told = text_of(summary.way_in.parent / "monitor.html")
    assert "Tidak ada pegawai yang harus dinilai" in told
