"""What is left out of a page is what HTML lets a writer leave out: whoever reads it finds the same elements, attributes and texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from evalkit.report.lean import lean
from tests.exhibits.test_text import HOSTILE, page_with


def read(page: str) -> list[tuple[object, ...]]:
    """Give the elements of a page as a reader of HTML finds them; blanks between the rows of a table are nothing."""
    tree = lxml_html.document_fromstring(page.encode())
    return [(e.tag, {k: v for k, v in e.attrib.items() if k != "data-toc"}, (e.text or "").strip(), (e.tail or "").strip())
            for e in tree.iter() if isinstance(e.tag, str)]


@pytest.mark.parametrize("text", [*HOSTILE, 'a href="x" class="y">', "</td><td>", "</style>", "a=b", "'", "`", "/", "x/"])
def test_a_leaned_page_reads_the_same_whatever_its_texts_say(text: str) -> None:
    page = page_with(text)
    assert read(lean(page)) == read(page)
    assert len(lean(page)) < len(page)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_reads_the_same(text: str) -> None:
    page = page_with(text)
    assert read(lean(page)) == read(page)


def test_an_inner_table_and_a_list_keep_the_ends_that_nothing_implies() -> None:
    inner = "<table><tbody><tr><td>a</td><td><ul><li>b</li></ul></td></tr></tbody></table>"
    page = f"<body><h1>x</h1><table><thead><tr><th>h</th></tr></thead><tbody><tr><td>{inner}</td><td>c</td></tr></tbody></table><p>d</p></body>"
    assert read(lean(page)) == read(page)


def test_the_head_and_scripts_stay_as_they_are() -> None:
    page = '<head><title>a class="b"</title><style>a[x="y"]{}</style></head><body><h1>x</h1><script>let a = "<i class=\\"b\\">"</script></body>'
    for kept in ('<title>a class="b"</title>', '<style>a[x="y"]{}</style>', '<script>let a = "<i class=\\"b\\">"</script>'):
        assert kept in lean(page)


def test_a_value_keeps_its_quotes_where_the_end_of_its_tag_would_become_a_part_of_it() -> None:
    rest = '<a href="">b</a><p class="c d">'
    assert lean('<svg><use href="#a" y="2"/></svg>' + rest) == '<svg><use href=#a y="2"/></svg>' + rest
