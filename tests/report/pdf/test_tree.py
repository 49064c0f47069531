"""From HTML to the tree of the template: what is known, what is refused, and that threads do not meet."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from lxml import html as lxml_html

from evalkit.errors import ReportError
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col
from evalkit.report import shell
from evalkit.report.pdf import render
from evalkit.report.pdf.drawing import drawing
from evalkit.report.pdf.glyphs import FAMILIES, covered, fonts_folder
from evalkit.report.pdf.render import pdf_of
from evalkit.report.pdf.tree import tree_of
from tests.report.pdf.reading import tags_of, text_of

INSIDE_TYPST = {"DejaVu Sans Mono", "Libertinus Serif", "New Computer Modern", "New Computer Modern Math"}
USUAL = "abcxyzABCXYZ0123456789éèñüöçâîşğİıĐđŁł .,;:!?()[]/-–—−±×≤≥≈µ°%‰§&@#*+=<>“”‘’«»…•○●◆◇▲▼■□▪✓→←↑↓│²³½€"


def page_of(body: str) -> str:
    return shell.render(f"<h1>Uji</h1>{body}", title="Uji")


@pytest.mark.parametrize("body", ["<iframe></iframe>", '<img src="x">', "<marquee>a</marquee>", '<div class="zzz">a</div>',
                                  "<p><button>a</button></p>",
                                  "<ul>teks</ul>", '<p><span class="zzz">a</span></p>', '<div class="scroll"><table></table></div>'])
def test_what_is_no_block_of_a_page_is_refused_by_its_place(body: str) -> None:
    with pytest.raises(ReportError, match="PDF has no rule for main"):
        tree_of(page_of(body), "id")


def test_a_refusal_tells_the_place_and_not_the_text() -> None:
    with pytest.raises(ReportError) as told:
        tree_of(page_of('<section class="acts">Melati Contoh<p>x</p></section>'), "id")
    assert "section.acts" in str(told.value)
    assert "Melati" not in str(told.value)


def test_scripts_and_styles_are_not_printed() -> None:
    text = text_of(pdf_of(page_of("<script>alert(1)</script><style>p{}</style><p>isi</p>"), language="id"))
    assert "isi" in text
    assert "alert" not in text


@pytest.mark.parametrize("inner", ['<image href="http://x/a.png"/>', '<rect style="fill:red"/>', '<rect onclick="x()"/>', "<script>x</script>",
                                   '<use href="http://x#a"/>', '<rect fill="url(http://x)"/>', "<foreignObject>x</foreignObject>"])
def test_a_drawing_reaches_nothing_outside_itself(inner: str) -> None:
    node = lxml_html.fragment_fromstring(f'<svg viewBox="0 0 9 9">{inner}</svg>')
    with pytest.raises(ReportError):
        drawing(node)


def test_a_drawing_keeps_its_patterns_and_the_case_of_its_names() -> None:
    node = lxml_html.fragment_fromstring('<svg viewBox="0 0 9 9"><defs><pattern id="a" patternUnits="userSpaceOnUse"></pattern></defs>'
                                         '<rect fill="url(#a)"></rect><text>a &lt; 王</text></svg>')
    written = drawing(node)
    assert 'viewBox="0 0 9 9"' in written
    assert 'patternUnits="userSpaceOnUse"' in written
    assert 'fill="url(#a)"' in written
    assert "a &lt; U+738B" in written


def test_cells_over_several_rows_keep_the_columns_of_the_rows_below() -> None:
    head = ('<thead><tr><th scope="col" rowspan="2">A</th><th scope="colgroup" colspan="2">B</th></tr>'
            '<tr><th scope="col">C</th><th scope="col">D</th></tr></thead>')
    body = '<tbody><tr><th scope="row">x</th><td>1</td><td>2</td></tr></tbody>'
    table = f'<div class="scroll"><table><caption><span class="head">T</span></caption>{head}{body}</table></div>'
    heads = tree_of(page_of(table), "id")["blocks"][-1]["heads"]
    assert [[cell["at"] for cell in row] for row in heads] == [[0, 1], [1, 2]]


def test_a_long_table_repeats_its_head_and_keeps_small_groups_whole() -> None:
    page = Page("id")
    frame = pd.DataFrame({"name": [f"Unit {i:02d}" for i in range(90)], "group": [f"Kelompok {i // 9}" for i in range(90)], "n": range(90)})
    blocks = [page.title("Uji"), page.table(frame, [Col("name", "Nama unit"), Col("n", "Pegawai", "count")], id="t-a", head="T", groups="group")]
    pdf = pdf_of(shell.render("".join(b.html for b in blocks), title="Uji"), language="id")
    pages = text_of(pdf).split("Halaman")[:-1]
    held = [[int(n) for n in re.findall(r"Unit (\d\d)", text)] for text in pages]
    assert len(pages) > 2
    assert [n for units in held for n in units] == list(range(90))
    assert [len(units) % 9 for units in held] == [0] * len(pages)
    assert all("Nama unit" in text for text in pages)
    assert tags_of(pdf).count["TH Row"] == 100


def test_an_empty_table_still_stands() -> None:
    page = Page("id")
    block = page.table(pd.DataFrame({"a": [], "b": []}), [Col("a", "A"), Col("b", "B")], id="t-a", head="Kosong")
    pdf = pdf_of(shell.render(page.title("Uji").html + block.html, title="Uji"), language="id")
    assert "Kosong" in text_of(pdf)


def test_only_the_fonts_of_the_package_are_looked_at() -> None:
    assert set(render._fonts().families()) == {*FAMILIES, "Liberation Mono", *INSIDE_TYPST}
    assert (fonts_folder() / "OFL.txt").read_text(encoding="utf-8").count("SIL OPEN FONT LICENSE") == 1


def test_the_signs_of_every_page_are_in_the_fonts() -> None:
    assert [sign for sign in USUAL if ord(sign) not in covered()] == []


def test_threads_make_pages_at_the_same_time() -> None:
    pages = [page_of(f"<p>Halaman ke {i}</p>") for i in range(8)]
    made: dict[int, bytes] = {}

    def make(first: int) -> None:
        for i in range(first, 8, 2):
            made[i] = pdf_of(pages[i], language="id")

    threads = [threading.Thread(target=make, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [made[i] for i in range(8)] == [pdf_of(page, language="id") for page in pages]


def test_a_fault_inside_typst_is_said_and_the_next_page_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    class Broken:
        def compile(self, **_: object) -> bytes:
            raise PanicException("index out of bounds")

    good = pdf_of(page_of("<p>isi</p>"), language="id")
    monkeypatch.setattr(render._ours, "compiler", Broken())
    with pytest.raises(ReportError, match="a fault of its own"):
        pdf_of(page_of("<p>isi</p>"), language="id")
    monkeypatch.undo()
    assert pdf_of(page_of("<p>isi</p>"), language="id") == good


def test_what_typst_refuses_is_a_sentence() -> None:
    tree = tree_of(page_of("<p>isi</p>"), "id")
    with pytest.raises(ReportError, match=r"The PDF could not be made: .*title"):
        render._typeset(tree | {"title": ""})


def test_one_thread_at_a_time_reads_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """lxml parses without the interpreter's lock; a page once lost an end tag that way."""
    inside: set[int] = set()
    together: list[int] = []

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            me = threading.get_ident()
            outer = me not in inside
            inside.add(me)
            together.append(len(inside))
            time.sleep(0.01)
            try:
                return function(*args, **kwargs)
            finally:
                if outer:
                    inside.discard(me)
        return call

    for name in ("document_fromstring", "fragment_fromstring"):
        monkeypatch.setattr(lxml_html, name, counted(getattr(lxml_html, name)))
    page = page_of("<h2 id='s-a'>A</h2><p>a</p>")
    work = [lambda: tree_of(page, "id"), lambda: shell.contents("<h2 id='s-a'>A</h2>")] * 6
    with ThreadPoolExecutor(6) as pool:
        assert len([f.result() for f in [pool.submit(w) for w in work]]) == 12
    assert len(together) >= 12 and max(together) == 1
