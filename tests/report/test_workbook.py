"""The workbook beside a report: numbers as numbers, text as text, and nothing that the page does not show."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from lxml import html

from evalkit.errors import ReportError
from evalkit.exhibits.blocks import Rung
from evalkit.exhibits.charts import category_bar
from evalkit.exhibits.data import DATA_MIME
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import Block, link
from evalkit.report.shell import render_notebook
from evalkit.report.workbook import exhibits_of, write_workbook

HOSTILE = ('=HYPERLINK("http://x.example","y")', "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", "\t=1+1", "a\x00b", "007", "x" * 40_000)


def notebook_of(*blocks: Block, period: str = "2026-Q3") -> nbformat.NotebookNode:
    """A notebook as it is after a run: a block an output."""
    cells = [nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", data=b._repr_mimebundle_())]) for b in blocks]
    return nbformat.v4.new_notebook(cells=cells, metadata={"papermill": {"parameters": {"period": period}}})


def table_page(frame: pd.DataFrame, columns: list[Col], **more: object) -> nbformat.NotebookNode:
    page = Page("id", owner="Kota Contoh · BKPPD", state="Draf, data per 12 Oktober 2026", mark="Internal")
    return notebook_of(page.title("Evaluasi"), page.table(frame, columns, id="t-a", role="descriptive", head="Judul", **more), page.trace({}))


def written(notebook: nbformat.NotebookNode, folder: Path, language: str = "id") -> openpyxl.Workbook:
    file = folder / "report.xlsx"
    write_workbook(notebook, file, title="Evaluasi", language=language)
    return openpyxl.load_workbook(file)


def rows(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[tuple[object, ...]]:
    found = [tuple(c.value for c in r) for r in sheet.iter_rows()]
    return found[next(i for i, r in enumerate(found) if r[0] in ("Unit", "Anak tangga", "Hasil kerja")):]


def test_numbers_keep_every_decimal_and_percentages_are_shown_as_such(tmp_path: Path) -> None:
    frame = pd.DataFrame({"unit": ["A", "B"], "n": pd.array([6500, None], dtype="Int64"), "p": [1 / 3, None], "hi": [0.4, None],
                          "d": [date(2026, 10, 12), None], "gap": [-0.123456789, 2.0]})
    columns = [Col("unit", "Unit"), Col("n", "Pegawai", "count"), Col("p", "%", "points", digits=1), Col("p", "Batas", "bounds", high="hi", digits=1),
               Col("d", "Tenggat", "date"), Col("gap", "Selisih", "signed", digits=2)]
    sheet = written(table_page(frame, columns), tmp_path)["Tabel 1"]
    head, first, second = rows(sheet)
    assert head == ("Unit", "Pegawai", "%", "Batas, terendah", "Batas, tertinggi", "Tenggat", "Selisih")
    assert first[:5] == ("A", 6500, 1 / 3, 1 / 3, 0.4)
    assert first[5].date() == date(2026, 10, 12)
    assert first[6] == -0.123456789
    assert second == ("B", "–", "–", "–", "–", "–", 2.0)
    assert [c.number_format for c in sheet[sheet.max_row - 1]] == ["@", "#,##0", "0.0%", "0.0%", "0.0%", "yyyy-mm-dd", "+#,##0.00;-#,##0.00;0.00"]
    assert sheet.freeze_panes == f"B{sheet.max_row - 1}"


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_whatever_it_says(text: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"unit": [text], "n": [1]})
    notebook = table_page(frame, [Col("unit", "Unit"), Col("n", "Pegawai", "count")], desc=text[:200], note=text[:200])
    book = written(notebook, tmp_path)
    assert {c.data_type for s in book for r in s.iter_rows() for c in r} <= {"s", "n"}
    assert rows(book["Tabel 1"])[1][0].startswith(text.replace("\x00", "\ufffd")[:32_000])  # a tab in front too
    parts = zipfile.ZipFile(tmp_path / "report.xlsx")
    assert not any(b"<f>" in parts.read(n) or b"externalLink" in parts.read(n) for n in parts.namelist())
    assert not any(b"http://x.example" in parts.read(n) for n in parts.namelist() if n.endswith(".rels"))


def test_only_what_the_page_shows_is_there(tmp_path: Path) -> None:
    """Columns that the table leaves out, and values that it replaces by a word, are not in the notebook's data either."""
    frame = pd.DataFrame({"unit": ["A", "B"], "n": pd.array([12, None], dtype="Int64"), "secret": [4711, 4712], "person": ["pabc", "pdef"],
                          "href": ["a.html", "b.html"]})
    notebook = table_page(frame, [Col("unit", "Unit", href="href"), Col("n", "Pegawai", "count", missing="c")])
    travelled = str([o.data[DATA_MIME] for c in notebook.cells for o in c.outputs if DATA_MIME in o.data])
    assert "4711" not in travelled
    assert "pabc" not in travelled
    assert rows(written(notebook, tmp_path)["Tabel 1"])[2] == ("B", "c")


def test_an_exhibit_that_no_cell_shows_is_left_out() -> None:
    page = Page("id")
    frame, columns = pd.DataFrame({"unit": ["A"]}), [Col("unit", "Unit")]
    page.table(frame, columns, id="t-dropped", head="Tidak ditampilkan")
    shown = page.table(frame, columns, id="t-shown", head="Ditampilkan")
    assert [e.id for e in exhibits_of(notebook_of(page.title("x"), shown, page.trace({})))] == ["t-shown"]


def test_groups_totals_status_strength_and_markup(tmp_path: Path) -> None:
    frame = pd.DataFrame({"unit": marked([link("A & B", "a.html"), "C"]), "kind": ["Dinas", "Badan"], "n": [3, 4], "word": ["ya", "gagal"],
                          "sign": ["yes", "attention"], "level": [4, 0], "by": ["Baik", None], "share": [0.25, 0.5]})
    columns = [Col("unit", "Unit", beside="by"), Col("n", "Pegawai", "count"), Col("share", "%", "points", digits=1),
               Col("share", "0–100%", "micro"), Col("word", "Pola", "status", sign="sign"), Col("level", "Bukti", "strength")]
    notebook = table_page(frame, columns, groups="kind", total={"unit": "Jumlah", "n": 7})
    head, first, second, last = rows_from(written(notebook, tmp_path)["Tabel 1"], "Kelompok")
    assert head == ("Kelompok", "Unit", "Keterangan", "Pegawai", "%", "Pola", "Bukti")
    assert first == ("Dinas", "A & B", "Baik", 3, 0.25, "ya", "kuat")
    assert second == ("Badan", "C", None, 4, 0.5, "gagal", "tidak dapat dinilai")
    assert last == (None, "Jumlah", None, 7, None, None, None)


def rows_from(sheet: openpyxl.worksheet.worksheet.Worksheet, word: str) -> list[tuple[object, ...]]:
    found = [tuple(c.value for c in r) for r in sheet.iter_rows()]
    return found[next(i for i, r in enumerate(found) if r[0] == word):]


@pytest.mark.parametrize(("language", "names"), [("id", ["Isi", "Gambar 1", "Gambar 2", "Tabel 1", "Kamus"]),
                                                 ("en", ["Contents", "Figure 1", "Figure 2", "Table 1", "Dictionary"])])
def test_every_numbered_exhibit_has_its_sheet_in_the_order_of_the_page(language: str, names: list[str], tmp_path: Path) -> None:
    page = Page(language)
    bar = category_bar(pd.DataFrame({"label": ["a", "b"], "n": [3, 4]}), counted="x", language=language)
    quadrant = pd.DataFrame({"hasil_kerja": ["sesuai"], "perilaku_kerja": ["di_atas"], "n": [7]})
    notebook = notebook_of(page.title("Judul"), page.figure(bar, id="g-a", role="inferential", head="Temuan", note="Yang dapat berubah"),
                           page.ladder([Rung(0, "open", "data", "boleh", "tidak")], "langkah", head="Tangga"),
                           page.quadrant(quadrant, id="t-q", head="Silang", role="descriptive"), page.trace({}))
    book = written(notebook, tmp_path, language)
    assert book.sheetnames == names
    assert [c.value for c in book[names[3]][book[names[3]].max_row]][1:] == [0, 0, 0]
    said = [c.value for r in book[names[0]].iter_rows() for c in r]
    assert {"Temuan", "Tangga", "Silang"} <= set(said)
    numbers = html.fromstring(render_notebook(notebook)).xpath("//span[@class='no']")
    assert [n.text_content().split(" · ")[0] for n in numbers] == names[1:-1]
    described = {r[1].value for r in book[names[-1]].iter_rows() if r[0].value in names}
    assert len(described) >= 8


def test_the_same_report_gives_the_same_bytes_and_the_page_does_not_grow(tmp_path: Path) -> None:
    notebook = table_page(pd.DataFrame({"unit": ["A"] * 500, "n": range(500)}), [Col("unit", "Unit"), Col("n", "n", "count")])
    for name in ("a", "b"):
        write_workbook(notebook, tmp_path / f"{name}.xlsx", title="x", language="id")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert "vnd.evalkit" not in render_notebook(notebook)


def test_a_report_without_exhibits_has_a_workbook_that_says_so(tmp_path: Path) -> None:
    page = Page("id")
    book = written(notebook_of(page.title("Kosong"), page.trace({}), period="bukan periode"), tmp_path)
    assert book.sheetnames == ["Isi", "Kamus"]
    assert "Laporan ini tidak memuat gambar atau tabel." in [c.value for r in book["Isi"].iter_rows() for c in r]
    with pytest.raises(ReportError):
        write_workbook(nbformat.v4.new_notebook(), tmp_path / "x.xlsx", title="x", language="id")


def test_values_of_every_kind_of_empty_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame({"unit": pd.Series([], dtype=str), "p": pd.Series([], dtype=float)})
    sheet = written(table_page(frame, [Col("unit", "Unit"), Col("p", "%", "percent", digits=1)]), tmp_path)["Tabel 1"]
    assert rows(sheet) == [("Unit", "%")]
    odd = pd.DataFrame({"unit": ["A", "B", "C"], "p": [float("inf"), float("nan"), -0.0]})
    found = rows(written(table_page(odd, [Col("unit", "Unit"), Col("p", "x", "number", digits=1)]), tmp_path)["Tabel 1"])
    assert [r[1] for r in found[1:]] == ["inf", "–", 0]
