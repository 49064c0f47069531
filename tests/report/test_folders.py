"""The folders of a draft: each has its way in, leads to nothing of another reader, and lists what no run has made yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html

from evalkit.report.run import run_reports
from evalkit.report.shell import render_notebook
from evalkit.report.workbook import exhibits_of
from evalkit.tables.study import Study
from tests.report.in_process import in_process
from tests.report.test_one_language import run_here

PERIOD, UNIT = "2026-Q3", "dinas-kesehatan"


def links(page: Path) -> list[str]:
    return [str(h) for h in html.fromstring(page.read_bytes()).xpath("//a/@href") if not str(h).startswith("#")]


def text(page: Path) -> str:
    return re.sub(r"\s+", " ", " ".join(html.fromstring(page.read_bytes()).find("body").itertext()))


def test_every_unit_has_a_way_in_that_lists_its_files(ran) -> None:
    folders = sorted(p for p in (ran.draft / "units").iterdir() if p.is_dir())
    assert folders
    for folder in folders:
        own = {p.name for p in folder.iterdir() if p.suffix in (".html", ".pdf", ".xlsx") and p.name != "index.html"}
        assert {h.partition("#")[0] for h in links(folder / "index.html")} == own


def test_no_page_of_a_unit_leads_out_of_its_folder(ran) -> None:
    for page in (ran.draft / "units").rglob("*.html"):
        assert not [h for h in links(page) if ".." in h or "/" in h], page.relative_to(ran.draft)


def test_a_unit_reads_nothing_of_another_one(ran) -> None:
    names = {p.name: text(p / "index.html") for p in (ran.draft / "units").iterdir() if p.is_dir()}
    titles = {slug: html.fromstring((ran.draft / "units" / slug / "index.html").read_bytes()).findtext(".//h1") for slug in names}
    for slug, said in names.items():
        own = re.sub(r"\s+", " ", str(titles[slug])).removeprefix("Laporan ")
        others = {re.sub(r"\s+", " ", str(t)).removeprefix("Laporan ") for s, t in titles.items() if s != slug} - {own}
        assert not [o for o in others if o in said.replace(own, "")], slug


def test_a_run_of_one_report_of_one_unit_still_lists_all_of_them(copied: Callable[[], Study], monkeypatch: pytest.MonkeyPatch) -> None:
    in_process(monkeypatch, lambda slug: True)
    study = copied()
    draft = study.reports / PERIOD / "draft"
    before = links(draft / "office" / "index.html")
    run_reports(study, PERIOD, names=["monitor"], units=[UNIT], formats=("html", "xlsx"))
    index = draft / "office" / "index.html"
    assert set(before) <= set(links(index))
    folder = draft / "units" / UNIT
    assert (folder / "monitor.xlsx").is_file()
    assert "monitor.xlsx" in links(folder / "index.html")
    for page in (index, *draft.glob("units/*/index.html")):
        assert all((page.parent / h.partition("#")[0]).is_file() for h in links(page)), page


def test_the_first_run_of_a_language_says_what_is_not_made_yet(copied: Callable[[], Study], monkeypatch: pytest.MonkeyPatch) -> None:
    in_process(monkeypatch, lambda slug: True)
    study = copied()
    draft = study.reports / PERIOD / "draft"
    run_reports(study, PERIOD, names=["monitor"], units=[UNIT], languages=("en",))
    index = draft / "office" / "index.en.html"
    assert "not made yet" in text(index)
    assert all((index.parent / h.partition("#")[0]).is_file() for h in links(index))
    assert f"../units/{UNIT}/monitor.en.html" in links(index)


def test_the_data_of_a_page_travel_with_its_notebook(ran) -> None:
    """Every figure and table that a page numbers has its sheet, for every report."""
    for notebook, unit in (("evaluation", ""), ("evaluation", UNIT), ("monitor", ""), ("bias_analysis", "")):
        done = run_here(notebook, ran.study, "id", unit)
        page = html.fromstring(render_notebook(done))
        numbers = [str(n.text_content()).split(" · ")[0] for n in page.xpath("//main//span[@class='no']")]
        found = exhibits_of(done)
        assert [f"{'Gambar' if e.kind == 'figure' else 'Tabel'} {e.number}" for e in found] == numbers
        shown = " ".join(page.text_content().split())
        for exhibit in found:
            assert all(str(v) in shown for row in exhibit.rows for v, f in zip(row, exhibit.fields, strict=True) if f.form == "text"), exhibit.id
