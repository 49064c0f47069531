"""The index and the annex: every state said in words, hostile names shown as text, nothing empty left out silently."""

from datetime import datetime
from pathlib import Path

import pytest
from lxml import html as lxml_html

from evalkit.report import annex_page, folder_page, index_page
from evalkit.report.annex_page import Annex, Unrated, WaitedFor
from evalkit.report.changes import Compared, compared, unit_changes
from evalkit.report.downloads import Download, downloads, pages_of_people
from evalkit.report.folder_page import Counts, Folder
from evalkit.report.index_parts import FaultRule, Index, MainReport, ReaderFolder, UnitReport, Waiting
from evalkit.report.release_rows import ReleaseRow

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


def test_a_unit_has_several_reports_and_each_is_counted():
    page = tree(index_page.render(index(reports=("done",) * 30 + ("unchanged",) * 5 + ("failed",) * 2)))
    tiles = [t.text_content() for t in page.xpath("//dl[@class='tiles']//span[@class='n']")]
    assert tiles == ["35", "2", "0", "draf"]
    assert "35 dari 37 laporan selesai" in page.xpath("string(//section[@class='verdict'])")


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


def office(i, slug="dinas-pemberdayaan-perempuan-dan-perlindungan-anak"):
    """A unit as it stands in a full index: a long name, every format, every further file."""
    base = f"../units/{slug}{i}/"
    return UnitReport("Dinas Pemberdayaan Perempuan dan Perlindungan Anak", "Dinas", 1200, 12, 3, "done", "", f"{base}evaluasi.html",
                      (("monitor", f"{base}monitor.html"), ("lampiran", f"{base}lampiran.html"), ("map", f"{base}index.html")),
                      (Download("PDF", f"{base}evaluasi.pdf", "120 kB"), Download("Excel", f"{base}evaluasi.xlsx", "17 kB")))


def test_pages_are_light():
    assert len(index_page.render(index(units=tuple(office(i) for i in range(43)))).encode()) < 60_000
    assert len(annex_page.render(annex()).encode()) < 40_000
    assert len(folder_page.render(folder()).encode()) < 30_000


def folder(language="id", **words):
    reports = (MainReport("Evaluasi <unit>", "Bagaimana?", "evaluation", "evaluasi.html", "done",
                          files=(Download("PDF", "evaluasi.pdf", "120 kB"), Download("Excel", "evaluasi.xlsx", "17 kB"))),
               MainReport("Monitor", "Siapa?", "monitor", "monitor.failed.html", "failed"),
               MainReport("Lampiran", "", "annex", "lampiran.html", "missing"))
    given = {"reports": reports, "counts": Counts(74, 70, 4, 2), "waiting": Waiting(4, 0, "14 Oktober", False, "monitor.html"),
             "changed": ("Sudah dinilai: 60 → 70 (+10)",), "since": (Compared("Diharapkan", 73, 74), Compared("Baik", 60, 55)),
             "since_period": "2026-Q2", "releases": (ReleaseRow("r1", "12 Oktober 2026", "=1+1 <b>"),)}
    return Folder("Laporan Dinas <b>", "Kota · BKPPD", "2026-Q3", MADE, "draf", "70 dari 74.", "hanya untuk kepala unit.", "Internal",
                  language=language, **(given | words))


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_folder_of_a_unit_leads_to_its_own_files_only(language):
    page = tree(folder_page.render(folder(language)))
    links = [str(h) for h in page.xpath("//main//a/@href") if not h.startswith("#")]
    assert links == ["monitor.html", "evaluasi.html", "evaluasi.pdf", "evaluasi.xlsx", "monitor.failed.html"]
    assert not page.xpath("//script")
    assert "PDF\u00a0120 kB" in page.text_content()
    assert [r.text_content() for r in page.xpath("//table[.//caption[@id='t-periode']]//tbody/tr[2]/td")] == ["60", "55", "−5"]
    assert "=1+1 <b>" in page.text_content()


def test_a_folder_of_pages_of_people_names_nobody():
    page = tree(folder_page.render(folder(reports=(), counts=None, waiting=None, changed=(), since=(), releases=())))
    assert not page.xpath("//main//table|//main//a")
    assert len(page.xpath("//h1")) == 1


def test_reports_that_no_run_has_made_have_no_link_and_say_so():
    main = (MainReport("Evaluasi kota", "Bagaimana?", "evaluation", "evaluation.html", "missing"),)
    page = tree(index_page.render(index(main=main)))
    assert not page.xpath("//table[.//caption[@id='t-utama']]//a")
    assert "belum dibuat" in page.xpath("string(//table[.//caption[@id='t-utama']])")


def test_units_are_chosen_by_name_and_by_state():
    page = tree(index_page.render(index()))
    assert [o.get("value") for o in page.xpath("//select[@id='pilih']/option")] == [
        "", "sselesai", "stidak berubah", "sgagal", "sditahan", "n2", "n3"]
    assert page.xpath("//div[@id='cari']/@hidden")
    heads = [h.text_content() for h in page.xpath("//table[.//caption[@id='t-laporan']]//thead//th")]
    assert heads[2:4] == ["Belum", "Data salah"]  # the columns that the choices n2 and n3 look at


def test_two_periods_are_compared_only_where_both_have_people_enough():
    before, now = {"expected": 9, "rated": 9, "missing": 0, "baik": 9}, {"expected": 12, "rated": 10, "missing": 2, "faults_open": 1, "baik": 10}
    assert [c.label for c in compared(before, now, "id", least=10)] == ["Diharapkan", "Sudah dinilai", "Belum dinilai"]
    assert [(c.before, c.now) for c in compared(before | {"expected": 10}, now, "id", least=10)][3] == (9, 10)
    assert compared({}, now, "id", least=10) == ()


def test_what_changed_for_a_unit_is_said_without_its_results():
    before, now = {"a": {"expected": 12, "rated": 9, "baik": 9}}, {"a": {"expected": 12, "rated": 10, "baik": 10}}
    assert unit_changes(before, now, "a", "id") == ["Sudah dinilai: 9 → 10 (+1)"]
    assert unit_changes({}, now, "a", "id") == []


def test_downloads_are_files_that_stand_there(tmp_path):
    for name in ("office/a.html", "office/a.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 1_234)
    files = [Path("office/a.html"), Path("office/a.pdf"), Path("office/a.xlsx")]
    assert downloads(tmp_path, files, "id", base="../office/") == (Download("PDF", "../office/a.pdf", "2\u00a0kB"),)
    (tmp_path / "employees" / "abc").mkdir(parents=True)
    (tmp_path / "employees" / "cara-dinilai.html").write_text("x")
    assert [pages_of_people(tmp_path, f) for f in ("employees", "evaluators", "public")] == [1, 0, 0]
