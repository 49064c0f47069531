"""Whatever a file says stays text (case pc37, and its kind)."""

import csv
import html

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markupsafe import Markup

from evalkit.errors import ExhibitError
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import address, attribute, clean, identifier, link
from evalkit.report import shell

HOSTILE = [
    "<script>document.title='x'</script>",
    '=HYPERLINK("contoh.invalid";"klik")',
    "{{ 7*7 }} dan {% raw %}",
    "</td></tr></table><b>tebal",
    "\u202edirun\u2066<b>",
    "a\x00b",
    "👩‍🏫 <img src=x onerror=alert(1)>",
    "$x^2$ _a_ `kode`",
    "baris satu\nbaris dua",
    "\tTAB",
    "]]>",
    "<!-- ",
    "&lt;b&gt;",
    "\ud800",
    "</style><script>",
    "{0} {body}",
]


def page_with(text):
    """A page that has the text in every place that takes one."""
    page = Page("id")
    frame = pd.DataFrame({"u": marked([text]), "n": [1], "own": marked([text]), "group": marked([text])})
    blocks = [
        page.title(text, [text]),
        page.verdict(text, 2, text),
        page.tiles([(text, text, text)] * 4),
        page.strip(text, text, True, (text, "a.html")),
        page.actions([(text, text)]),
        page.question("s-a", text, text, short=text),
        page.cannot(text, text + "x", text + "x"),
        page.dims([(text, text, text, text)] * 3, text),
        page.terms([(text, text)]),
        page.trace({"laporan": text}),
        page.text(text),
        page.table(frame, [Col("u", text, beside="own"), Col("n", text, "count")], head=text, desc=text, note=text, groups="group"),
    ]
    return shell.render("".join(str(b) for b in blocks), title=text, owner=text, state=text, mark=text, foot=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_tag(text):
    made, plain = (lxml_html.document_fromstring(page_with(t)) for t in (text, "biasa"))

    def tags(tree):
        kept = [e for e in tree.iter() if e.tag not in {"br", "bdi"} and e.get("class") != "tab"]
        return [e.tag for e in kept]

    assert tags(made) == tags(plain)
    assert not made.xpath("//script | //img | //b | //iframe | //@onerror | //@style")


def test_every_text_of_the_public_case_is_shown_as_typed(shared):
    with (shared / "cases" / "pc37-text-that-acts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = [row[c] for row in rows for c in ("unit", "keberatan")]
    assert len(texts) == 16
    frame = pd.DataFrame({"unit": texts})
    tree = lxml_html.fragment_fromstring(str(Page("id").table(frame, [Col("unit", "Unit")], head="Uji")), create_parent="div")
    assert not tree.xpath(".//script | .//b")
    for br in tree.xpath(".//br"):
        br.tail = "\n" + (br.tail or "")
    shown = [cell.text_content() for cell in tree.xpath(".//tbody//th")]
    assert [s.replace("⇥ ", "\t") for s in shown] == texts
    assert "49" not in "".join(shown)


@given(st.text(max_size=60))
def test_clean_shows_what_was_typed(text):
    shown = html.unescape(str(clean(text)).replace('<span class="tab">⇥ </span>', "\t").replace("<br>", "\n"))
    shown = shown.removeprefix("<bdi>").removesuffix("</bdi>")
    wanted = "".join(
        "�" if (ord(c) < 32 and c not in "\n\t\r") or 0x7F <= ord(c) < 0xA0 or c in "\ufffe\uffff" or 0xD800 <= ord(c) < 0xE000 else c
        for c in text
    )
    assert shown == wanted.replace("\r\n", "\n").replace("\r", "\n")
    assert "<" not in str(clean(text)).replace('<span class="tab">', "").replace("</span>", "").replace("<br>", "").replace(
        "<bdi>", ""
    ).replace("</bdi>", "")


@given(st.text(max_size=60))
def test_an_attribute_stays_inside_its_quotes(text):
    made = attribute(text)
    assert not set('<>"\n\r\x00') & set(str(made))


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "https://contoh.invalid/",
        "//contoh.invalid",
        "data:text/html,x",
        "",
        " a.html",
        "a b",
        'a"b',
        "\\\\share\\x",
        "a\nb",
        "<x>",
    ],
)
def test_only_files_beside_the_page_are_linked(target):
    with pytest.raises(ExhibitError):
        address(target)


@pytest.mark.parametrize("target", ["monitor.html", "../units/dinas-sosial/evaluation.html#s-pola", "#s-a", "Lampiran%20A.html"])
def test_files_of_the_report_are_linked(target):
    assert link("x", target) == Markup(f'<a href="{target}">x</a>')


@pytest.mark.parametrize("name", ["1a", "A", "a b", "", 'a"', "a_b"])
def test_ids_are_small_words(name):
    with pytest.raises(ExhibitError):
        identifier(name)


def test_a_text_that_turns_the_direction_is_isolated():
    assert clean("\u202eabc").startswith("<bdi>")
    assert "\u202e" not in attribute("\u202eabc")


@pytest.mark.parametrize(("text", "kept"), [
    ("Nilai di e-Kinerja", ["e-Kinerja"]), ("SIASN dan e-Kinerja, e-Formasi", ["e-Kinerja", "e-Formasi"]), ("sejak (31-12-2026)", ["31-12-2026"]),
    ("evalkit check --to-units --study a", ["--to-units", "--study"]), ("rata-rata, masing-masing", []), ("one-sided, re-Kinerja", []),
    ("5-31-12-2026", []), ("a--b", [])])
def test_a_name_with_a_small_e_a_date_and_an_option_are_not_broken_after_their_hyphen(text, kept):
    tree = lxml_html.fragment_fromstring(str(clean(text)), create_parent="p")
    assert [str(s.text_content()) for s in tree.xpath(".//span[@class='whole']")] == kept
    assert tree.text_content() == text  # a search for the words finds them


def test_what_is_not_broken_stays_escaped():
    assert str(clean("<b>e-<i> e-Kin<script> --<b>")).count("<") == 2  # one span, opened and closed
