"""Text from files in a PDF: it stays text, nothing is lost, nothing leaves the paper, a page comes whatever it holds."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col
from evalkit.report import shell
from evalkit.report.pdf.render import pdf_of
from tests.report.pdf.reading import lost, outside, squeezed, tags_of, text_of

ENDLESS = "panjang" * 200
TYPST = ['#panic("x")', "$x$ *b* _i_ `c` @ref <lab>", '\\ = // ~ --- #import "x.typ": *', '] #read("page.typ") [', "#{while true {}}",
         "{{ 7 * 7 }} {% raw %}", '=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "../../etc/passwd", '"; "k": "strong', "</span>"]

MARKS = ["\u202eabc\u202c d", "a\x00b\x07c", "\ufeffawal", "a\u200fb\u2066c\u2069", "x\u0301\u0301\u0301" * 30, "\ud7ff", "\t\r\n"]


def page_with(text: str, *, title: str = "Laporan uji") -> str:
    """A page with the text in every kind of place a name can stand."""
    page = Page("id", owner=f"Kota {text}", state="Draf, 12 Oktober 2026", mark="Internal")
    frame = pd.DataFrame({"name": [text, "Dinas Sosial"], "n": [12, 3], "word": ["selesai", text], "sign": ["yes", "none"]})
    columns = [Col("name", "Unit"), Col("n", "Pegawai", "count"), Col("word", "Keadaan", "status", sign="sign")]
    blocks = [page.title(title, [text]), page.verdict(text, 3, text), page.tiles([(text, "12", text)] * 4),
              page.strip("Siapa?", text, True), page.actions([(text, text)]), page.question("s-a", text, text, 1, withheld=True),
              page.table(frame, columns, id="t-a", head=text, desc=text, note=text), page.cannot(text, text, text),
              page.dims([(text, "", text, text), (text, "1", text, text), (text, "", text, text)]), page.terms([(text, text)]),
              page.text(text), page.trace({text: text})]
    return shell.render("".join(block.html for block in blocks), title=f"{title} {text}", owner="Kota", mark="Internal", state="Draf")


@pytest.mark.parametrize("text", TYPST)
def test_commands_are_printed_as_they_are_written(text: str) -> None:
    html = page_with(text)
    pdf = pdf_of(html, language="id")
    assert squeezed(text) in squeezed(text_of(pdf))
    assert lost(html, pdf) == []
    assert outside(pdf) == []


@pytest.mark.parametrize("text", [ENDLESS, "kata " * 300, "W" * 300])
def test_endless_words_stay_on_the_paper_and_break(text: str) -> None:
    html = page_with(text)
    pdf = pdf_of(html, language="id")
    assert outside(pdf) == []
    assert lost(html, pdf) == []


@pytest.mark.parametrize("sign", ["王", "ก", "😀", "\ue000", "अ", "한"])
def test_a_sign_without_a_font_is_written_by_its_number_and_kept_for_readers_by_ear(sign: str) -> None:
    pdf = pdf_of(page_with(f"Nama {sign}{sign} Satu"), language="id")
    text = text_of(pdf)
    code = f"U+{ord(sign):04X}"
    assert squeezed(code * 2) in squeezed(text)
    assert "nomornya dalam Unicode" in text
    assert sign in tags_of(pdf).actual
    assert outside(pdf) == []


def test_a_page_of_known_signs_has_no_word_on_unknown_ones() -> None:
    assert "Unicode" not in text_of(pdf_of(page_with("Ñoño Łukasz ♂"), language="id"))


@pytest.mark.parametrize("name", ["Đặng Thị Ñuñez", "Ωμέγα Иванов", "ᮞᮥᮔ᮪ᮓ", "ꦗꦮ", "ᬩᬮᬶ", "ᨅᨔ ᨕᨘᨁᨗ", "தமிழ்"])
def test_names_in_the_scripts_of_the_fonts_are_set_in_them(name: str) -> None:
    tags = tags_of(pdf_of(page_with(name), language="id"))
    assert tags.actual == () or not any(a in name for a in tags.actual)
    assert not any("notdef" in font for font in tags.fonts)


@pytest.mark.parametrize("text", MARKS)
def test_marks_of_direction_and_control_characters_cannot_break_the_page(text: str) -> None:
    html = page_with(f"Nama {text} Satu")
    pdf = pdf_of(html, language="id")
    assert "Satu" in text_of(pdf)
    assert not set(text_of(pdf)) & set("\x00\x07\u202e\u2066\ufeff")
    assert outside(pdf) == []


def test_arabic_reads_from_the_right_and_the_rest_of_the_line_stays() -> None:
    pdf = pdf_of(page_with("Nama محمد علي 12"), language="id")
    assert any("Arabic" in font for font in tags_of(pdf).fonts)
    assert outside(pdf) == []


def test_a_block_taller_than_a_page_goes_on_on_the_next() -> None:
    page = Page("id")
    rows = pd.DataFrame({"name": [f"Unit {i} " + "kata " * 40 for i in range(12)], "note": ["panjang " * 60] * 12})
    blocks = [page.title("Uji"), page.verdict("kalimat " * 900, None, "alasan"), page.cannot("apa", "sebab " * 900, "perlu " * 300),
              page.table(rows, [Col("name", "Nama"), Col("note", "Catatan")], id="t-x", head="Tabel")]
    html = shell.render("".join(b.html for b in blocks), title="Uji")
    pdf = pdf_of(html, language="id")
    assert outside(pdf) == []
    assert squeezed(text_of(pdf)).count("kalimat") == 900
    assert squeezed(text_of(pdf)).lower().count("sebab") == 900
    assert lost(html, pdf) == []
