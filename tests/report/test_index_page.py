"""The index and the annex: every state said in words, hostile names shown as text, nothing empty left out silently."""

from datetime import datetime

import pytest
from lxml import html as lxml_html

from evalkit.report import annex_page, index_page
from evalkit.report.annex_page import Annex, Unrated, WaitedFor
from evalkit.report.index_page import FaultRule, Index, MainReport, ReaderFolder, UnitReport, Waiting

MADE = datetime(2026, 10, 12, 8, 14)
STATES = ("done", "unchanged", "failed", "withheld")


def index(language="id", n=12, **words):
    units = tuple(
        UnitReport(
            f"Dinas <{i:02d}>",
            "Dinas" if i % 2 else "Badan",
            20 + i,
            i % 3,
            i % 2,
            STATES[i % 4],
            "catatan" if i % 4 > 1 else "",
            f"../units/u{i}/evaluation.html",
            (("monitor", f"../units/u{i}/monitor.html"),),
        )
        for i in range(n)
    )
    given = {
        "main": (MainReport("Evaluasi kota", "Bagaimana?", "evaluation", "evaluation.html", "done"),),
        "units": units,
        "folders": (ReaderFolder("office/", "BKPPD", "laporan", 3, 3), ReaderFolder("public/", "siapa saja", "halaman", 0, 1)),
        "faults": (FaultRule("Penilai kosong", 14, 3, "Isi di e-Kinerja"),),
        "waiting": Waiting(96, 17, "14 Oktober", False, "monitor.html"),
        "next_steps": (("Rilis r1.", "BKPPD"),),
        "changed": ("Dinas <01>: 3 penilaian baru",),
        "trace": (("benih", "2026"),),
    }
    return Index("Laporan kinerja", "Kota · BKPPD", "2026-Q3", MADE, "draf", language=language, mark="Internal", **(given | words))


def annex(language="id", **words):
    people = tuple(Unrated(f"Nama {c} <b>", "Penguji", "Atasan", "SKP belum diajukan", "Ajukan", "pegawai") for c in "CAB")
    given = {"people": people, "evaluators": (WaitedFor("Atasan", 12, 3),), "faults": 3, "workbook": "perbaikan.xlsx"}
    return Annex("Dinas Sosial", "Kota · BKPPD", "2026-Q3", MADE, "draf", "14 Oktober", False, 74, language=language, **(given | words))


def tree(text):
    return lxml_html.document_fromstring(text)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_index_counts_what_was_made(language):
    page = tree(index_page.render(index(language)))
    tiles = [t.text_content() for t in page.xpath("//dl[@class='tiles']//span[@class='n']")]
    assert tiles == ["7", "3", "3", "draf"]
    assert page.xpath("count(//tbody[contains(@class,'group')]/tr/td/..)") == 12
    assert len(page.xpath("//script")) == 1


def test_withheld_units_have_no_link_and_failed_ones_say_so():
    page = tree(index_page.render(index()))
    rows = {r.xpath("string(./th)"): r for r in page.xpath("//tbody[contains(@class,'group')]/tr[td]")}
    assert not rows["Dinas <03>"].xpath("./th/a")
    assert "ditahan" in rows["Dinas <03>"].text_content()
    assert "gagal" in rows["Dinas <02>"].text_content()
    assert rows["Dinas <00>"].xpath("string(./th/a/@href)") == "../units/u0/evaluation.html"


def test_the_filter_is_there_only_for_a_long_table():
    short = index_page.render(index(n=3))
    assert "<script" not in short
    assert 'id="cari"' not in short


def test_an_index_of_nothing_is_a_page():
    page = tree(index_page.render(index(n=0, main=(), folders=(), faults=(), waiting=None, next_steps=(), changed=(), trace=())))
    assert "Tidak ada baris yang menunggu perbaikan" in page.text_content()
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("string(//p[@class='say'])") == "Belum ada laporan untuk periode ini."


@pytest.mark.parametrize(
    ("people", "confirmed", "said", "marked"), [(96, False, "96 pegawai di 17 unit", True), (0, True, "Semua pegawai sudah dinilai", False)]
)
def test_the_strip_says_who_is_not_rated(people, confirmed, said, marked):
    strip = tree(index_page.render(index(waiting=Waiting(people, 17, "14 Oktober", confirmed, "monitor.html")))).xpath(
        "//section[@class='strip']"
    )[0]
    assert said in strip.text_content()
    assert ("belum dikonfirmasi" in strip.text_content()) == marked


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_annex_lists_names_in_order_and_is_marked(language):
    page = tree(annex_page.render(annex(language)))
    assert [h.text_content() for h in page.xpath("//table[.//caption[@id='t-nama']]//tbody//th")] == [f"Nama {c} <b>" for c in "ABC"]
    assert "private" in page.xpath("string(//header//span[contains(@class,'mark')]/@class)")
    assert not page.xpath("//script")
    assert page.xpath("//a[@href='perbaikan.xlsx']")


def test_an_annex_of_nobody_says_so():
    text = annex_page.render(annex(people=(), evaluators=(), faults=0))
    assert "Semua 74 pegawai sudah dinilai." in text
    assert "<table" not in text


def test_pages_are_light():
    assert len(index_page.render(index(n=43)).encode()) < 60_000
    assert len(annex_page.render(annex()).encode()) < 40_000
