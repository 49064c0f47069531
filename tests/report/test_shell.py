"""The shell: one file, its own policy, contents from its headings, and notebooks whose code never reaches a page."""

import base64
import hashlib
import re

import nbformat
import pytest
from lxml import html as lxml_html

from evalkit.errors import ReportError
from evalkit.exhibits.page import Page
from evalkit.report import shell
from evalkit.report.fitting import fitting
from evalkit.report.lean import lean

BODY = '<h1>Judul</h1><section class="verdict"><h2 id="v-h">Kesimpulan</h2></section><h2 id="s-a" data-toc="Pola">Apakah?</h2>'


def sha(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_policy_names_the_style_and_nothing_else(language):
    text = shell.render(BODY, title="Evaluasi", language=language, mark="Internal", state="draf")
    tree = lxml_html.document_fromstring(text)
    policy = tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert f"style-src '{sha(style)}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert tree.get("lang") == language
    assert not tree.xpath("//script | //link | //img | //@style | //*[@src]")
    assert "url(" not in style
    assert ("Halaman " if language == "id" else "Page ") in style


def test_a_script_is_named_by_its_digest():
    script = shell.asset("filter.js")
    text = shell.render(BODY, title="x", script=script)
    assert f"script-src '{sha(script)}'" in text
    assert f"<script>{script}</script>" in text


def test_contents_are_built_from_the_headings():
    text = shell.render(BODY, title="x")
    assert '<li><a href="#v-h">Kesimpulan</a></li><li><a href="#s-a">Pola</a></li>' in text
    assert "nav class" not in shell.render(BODY, title="x", layout="one")
    assert "nav class" in shell.render(BODY, title="x", layout="one", toc=[("s-a", "Pola")])


@pytest.mark.parametrize(
    ("body", "words"), [("<p>x</p>", {}), ("<h1>a</h1><h1>b</h1>", {}), (BODY, {"layout": "three"}), (BODY, {"mark_class": "x y"})]
)
def test_what_is_no_page_is_refused(body, words):
    with pytest.raises(ReportError):
        shell.render(body, title="x", **words)


def test_the_foot_of_the_printed_sheet_cannot_end_its_quotes():
    style = shell.style_sheet('A"; } body{display:none} </style>\\', "m", "s", "id")
    assert '"; }' not in style
    assert "</style>" not in style
    assert "body{display:none}" not in style


def test_the_style_sheet_is_light():
    assert len(shell.style_sheet("x", "y", "z", "id").encode()) < 14_000


def notebook(*outputs):
    made = nbformat.v4.new_notebook()
    for data in outputs:
        cell = nbformat.v4.new_code_cell("rahasia_kode = 1")
        cell.outputs = [nbformat.v4.new_output("stream", text="rahasia_aliran"), nbformat.v4.new_output("display_data", data)]
        made.cells.append(cell)
    made.cells.append(nbformat.v4.new_markdown_cell("**Catatan** analis"))
    made.cells.append(nbformat.v4.new_raw_cell("rahasia_mentah"))
    return made


def test_a_notebook_gives_its_blocks_and_nothing_of_its_code():
    page = Page("en", owner="Kota Contoh · BKPPD", state="draft", mark="Internal", mark_class="private")
    text = shell.render_notebook(
        notebook(
            page.title("Evaluation", ["x"])._repr_mimebundle_(),
            {"text/html": page.question("s-a", "Q?", "A")._repr_html_(), "text/plain": "rahasia_teks"},
        )
    )
    tree = lxml_html.document_fromstring(text)
    assert tree.get("lang") == "en"
    assert tree.xpath("string(//title)") == "Evaluation"
    assert tree.xpath("string(//header//strong)") == "Kota Contoh"
    assert "mark private" in text
    assert tree.xpath("string(//main//p/strong)") == "Catatan"
    assert lean(str(page.title("Evaluation", ["x"]))) in text
    assert "rahasia" not in text
    assert "data-notebook" not in text
    assert "Traceback" not in text


def test_a_notebook_without_a_title_is_refused():
    with pytest.raises(ReportError, match="title"):
        shell.render_notebook(notebook({"text/html": "<p>x</p>"}))


def test_the_style_sheet_is_cut_to_the_page_and_never_where_something_comes_later():
    whole = shell.style_sheet("x", "y", "z", "id")
    every = frozenset(re.findall(r"\.(-?[A-Za-z_][\w-]*)", whole))
    assert fitting(whole, every) == whole
    plain = shell.render("<h1>A</h1><p class='lead'>b</p>", title="x", language="id", owner="o", state="s", mark="m", layout="one")
    scripted = shell.render("<h1>A</h1>", title="x", language="id", owner="o", state="s", mark="m", layout="one", script="1")
    framed = shell.render("<h1>A</h1>", title="x", language="id", owner="o", state="s", mark="m", layout="one", other_bodies=True)
    style, full, frame = (re.findall(r"<style>(.*?)</style>", p, re.S)[0] for p in (plain, scripted, framed))
    assert len(style) < 0.6 * len(full) == 0.6 * len(frame) == 0.6 * len(whole) and ".lead{" in style
    assert ".ladder" not in style and ".mark{" in style and "@page{" in style and "@media print{" in style
    assert shell.digest(style) in plain  # the policy names what is there
