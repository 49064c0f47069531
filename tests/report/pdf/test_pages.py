"""The PDFs of every page of the small city: nothing lost, nothing off the paper, tags that say what the page is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from lxml import html as lxml_html

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language
from evalkit.report.pdf.render import pdf_of, write_pdf
from tests.report.pdf.reading import lost, outside, tags_of, text_of

KINDS = ("office/index", "office/monitor", "office/evaluasi-kota", "office/analisis-bias", "units/dinas-kesehatan/evaluasi",
         "units/dinas-kesehatan/monitor", "units/dinas-kesehatan/lampiran", "units/dinas-kesehatan/analisis-bias", "office/umpan-balik-360",
         "office/rencana-pelatihan-*", "office/dampak-pelatihan-*")
SHIPPED = re.compile(r"(LiberationSans|LiberationMono|NotoSans)")


@cache
def made(page: Path) -> tuple[str, bytes]:
    html = page.read_text(encoding="utf-8")
    return html, pdf_of(html, language="id")


@pytest.fixture(params=KINDS)
def pair(request, ran) -> tuple[str, bytes]:
    return made(min(ran.draft.glob(f"{request.param}.html")))


def test_every_text_of_the_page_is_in_the_pdf(pair) -> None:
    assert lost(*pair) == []


def test_nothing_lies_outside_the_margins(pair) -> None:
    assert outside(pair[1]) == []


def test_the_tags_say_what_the_page_says(pair) -> None:
    html, pdf = pair
    page = lxml_html.fromstring(html.encode())
    tags = tags_of(pdf)
    assert (tags.lang, tags.standard) == ("id", "1")
    assert tags.title == page.findtext(".//title")
    assert tags.count["H1"] == 1
    assert list(tags.alts) == [str(n.get("aria-label")) for n in page.xpath("//main//div[@class='plot']")]
    levels = [int(h[1]) for h in tags.headings]
    assert all(b - a <= 1 for a, b in zip([0, *levels], levels, strict=False))
    tables = page.xpath("//main//table[not(ancestor::details)]")
    assert tags.count["Table"] == len(tables)
    assert tags.count["TH Row"] == sum(len(t.xpath(".//th[@scope='row' or @scope='rowgroup']")) for t in tables)
    assert tags.count["TH Column"] == sum(len(t.xpath("./thead//th")) for t in tables)


def test_the_fonts_are_those_of_the_package(pair) -> None:
    assert all(SHIPPED.search(name) for name in tags_of(pair[1]).fonts)


def test_the_foot_counts_the_pages(pair) -> None:
    text = text_of(pair[1])
    last = max(int(n) for n in re.findall(r"Halaman \d+ dari (\d+)", text))
    assert [int(n) for n in re.findall(r"Halaman (\d+) dari", text)] == list(range(1, last + 1))


def test_the_same_page_gives_the_same_bytes(ran, tmp_path) -> None:
    html = (ran.draft / "office" / "monitor.html").read_text(encoding="utf-8")
    write_pdf(html, tmp_path / "a.pdf", "id")
    write_pdf(html, tmp_path / "b.pdf", "id")
    first = (tmp_path / "a.pdf").read_bytes()
    assert first == (tmp_path / "b.pdf").read_bytes()
    assert first == made(ran.draft / "office" / "monitor.html")[1]


def test_an_english_page_counts_in_english(ran) -> None:
    html = (ran.draft / "office" / "index.html").read_text(encoding="utf-8").replace('<html lang="id">', '<html lang="en">')
    assert "Page 1 of" in text_of(pdf_of(html, language="en"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_page_in_another_language_is_refused(language: Language) -> None:
    other = "en" if language == "id" else "id"
    with pytest.raises(ReportError, match="asked for"):
        pdf_of(f'<html lang="{other}"><body></body></html>', language=language)


def test_a_pdf_is_light_enough_to_send(pair) -> None:
    assert len(pair[1]) < 150_000
