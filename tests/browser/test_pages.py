"""Pages in a real browser: accessible, whole without a network, no sideways scroll, the same ink everywhere."""

import itertools
import re
import shutil
import socket
from pathlib import Path

import pytest

from evalkit.exhibits import style
from evalkit.report import annex_page, folder_page, index_page
from tests.browser import gallery
from tests.report.test_index_page import annex, index
from tests.report.test_index_page import folder as unit_folder

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]
WIDTHS = (1280, 390, 320)


def pages():
    made = {f"galeri-{language}": gallery.build(language) for language in ("id", "en")}
    made |= {f"indeks-{language}": index_page.render(index(language, n=43)) for language in ("id", "en")}
    made |= {f"map-{language}": folder_page.render(unit_folder(language)) for language in ("id", "en")}
    return made | {f"lampiran-{language}": annex_page.render(annex(language)) for language in ("id", "en")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("pages")
    for name, text in pages().items():
        (out / f"{name}.html").write_text(text, encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"])
        yield made
        made.close()


@pytest.fixture
def opened(browser, folder):
    contexts = []

    def open_page(name, width=1280, **words):
        context = browser.new_context(viewport={"width": width, "height": 900}, **words)
        contexts.append(context)
        page = context.new_page()
        page.seen, page.said = [], []
        page.on("request", lambda request: page.seen.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto((folder / f"{name}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["galeri-id", "galeri-en"])
def test_a_sign_stands_on_the_line_of_its_word(opened, name):
    """Also in a dense table whose column is narrower than the words: the sign never has a line of its own."""
    page = opened(name)
    apart = page.evaluate("""() => {
        const cells = [...document.querySelectorAll('.st')].filter(e => e.querySelector('.s'));
        for (const e of cells) { e.parentElement.classList.add('dense'); e.parentElement.style.maxWidth = '5em'; }
        return cells.map(e => { const r = document.createRange(); r.selectNodeContents(e.lastChild);
            const s = e.querySelector('.s').getBoundingClientRect(), w = r.getClientRects()[0];
            return [Math.abs((s.top + s.bottom) / 2 - (w.top + w.bottom) / 2), w.left - s.left]; });
    }""")
    assert len(apart) >= 2 and all(abs(down) < 6 and right > 4 for down, right in apart)


NAMES = ("galeri-id", "galeri-en", "indeks-id", "indeks-en", "lampiran-id", "lampiran-en")


@pytest.mark.parametrize("width", WIDTHS[:2])
@pytest.mark.parametrize("name", NAMES)
def test_no_barrier_is_found(opened, name, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = axe.Axe().run(opened(name, width)).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_no_page_scrolls_sideways_and_no_text_is_too_small(opened, name, width):
    page = opened(name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll('main *, header *, footer *')]
        .filter(e => !e.closest('svg') && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .map(e => parseFloat(getComputedStyle(e).fontSize)))""")
    assert smallest >= 13.9


@pytest.mark.parametrize("width", WIDTHS)
def test_a_tile_that_says_words_keeps_them_within_itself(opened, width):
    """\"Hampir tidak pernah\" ran over the number of the next tile."""
    over = opened("galeri-id", width).evaluate("""() => [...document.querySelectorAll('.tiles .n')].map(e => {
        e.textContent = 'Hampir tidak pernah';
        return e.getBoundingClientRect().right - e.closest('div').getBoundingClientRect().right; })""")
    assert len(over) >= 4 and max(over) <= 0.5


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_and_breaks_no_rule_of_its_own(opened, name):
    page = opened(name)
    page.emulate_media(media="print")
    assert len(page.seen) == 1
    assert page.said == []


def test_text_that_slips_in_as_a_script_finds_no_one_to_run_it(opened, folder):
    text = (folder / "galeri-id.html").read_text(encoding="utf-8")
    (folder / "jahat.html").write_text(
        text.replace("</main>", "<script>document.title='x'</script><p id=p onclick=\"document.title='x'\" style='color:red'>p</p></main>"),
        encoding="utf-8",
    )
    page = opened("jahat")
    page.click("#p")
    assert page.title() != "x"
    assert page.evaluate("getComputedStyle(document.getElementById('p')).color") == "rgb(22, 36, 47)"


def test_nothing_listens_so_nothing_could_be_sent(opened):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.3)
        page = opened("galeri-id")
        page.evaluate(f"fetch('http://127.0.0.1:{listener.getsockname()[1]}/').catch(() => null)")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_the_phone_sees_one_drawing_and_the_desk_the_other(opened):
    def shown(width):
        return opened("galeri-id", width).evaluate(
            "[...document.querySelectorAll('.plot svg')].filter(s => s.getBoundingClientRect().width).map(s => s.getAttribute('class'))"
        )

    assert set(shown(1280)) == {"wide"}
    assert set(shown(390)) == {"narrow"}


def test_the_filter_leaves_the_unit_that_was_asked_for(opened):
    page = opened("indeks-id")
    page.fill("#kata", "dinas <05>")
    rows = page.evaluate(
        "[...document.querySelectorAll('#t-laporan~tbody tr')].filter(r => r.cells.length > 1 && r.offsetParent)"
        ".map(r => r.cells[0].textContent)"
    )
    assert rows == ["Dinas <05>"]
    assert page.inner_text("#jumlah") == "1 unit"
    assert page.is_hidden("#t-laporan ~ tfoot")  # the total of all units is not that of those shown


def test_units_are_left_that_have_the_state_or_the_lack_that_was_chosen(opened):
    page = opened("indeks-id")

    def rows():
        return page.evaluate("[...document.querySelectorAll('#t-laporan~tbody tr')].filter(r => r.cells.length > 1 && r.offsetParent)"
                             ".map(r => [r.querySelector('.st').textContent, r.cells[2].textContent])")

    page.select_option("#pilih", "sgagal")
    assert {state for state, _ in rows()} == {"!gagal"}
    page.select_option("#pilih", "n2")
    assert "0" not in {missing for _, missing in rows()}
    shown = len(rows())
    assert page.inner_text("#jumlah") == f"{shown} unit"
    page.fill("#kata", "tidak ada")
    assert rows() == []
    page.fill("#kata", "")
    page.select_option("#pilih", "")
    assert len(rows()) > shown
    assert page.is_visible("#t-laporan ~ tfoot")


def test_without_a_script_the_whole_table_is_there(opened):
    page = opened("indeks-id", java_script_enabled=False)
    assert page.is_hidden("#cari")
    assert page.locator("#t-laporan ~ tbody tr").count() >= 43


def test_the_skip_link_comes_first_and_leads_to_the_content(opened):
    page = opened("galeri-id")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#isi")


@pytest.mark.parametrize("name", NAMES)
def test_headings_skip_no_level_and_stand_in_order(opened, name):
    levels = opened(name).evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("name", NAMES[:2])
def test_ids_stand_once_and_links_in_the_page_lead_somewhere(folder, name):
    text = (folder / f"{name}.html").read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    assert "@FOOT@" not in text


def test_three_charts_and_a_shell_stay_light():
    from evalkit.exhibits import charts
    from evalkit.exhibits.page import Page
    from evalkit.report import shell

    page = Page("id")
    blocks = [
        page.title("x"),
        *(
            page.figure(chart, id=f"g-{i}", role=None, head="x")
            for i, chart in enumerate(
                [
                    charts.composition(gallery.distribution((740, 5645, 11, 5, 3), 96)),
                    charts.unit_pattern(gallery.pattern(gallery.city_units(43))),
                    charts.control_chart(gallery.history([0.104, 0.112, 0.108, 0.115, 0.110, 0.117, 0.111, 0.114], 0.129)),
                ]
            )
        ),
    ]
    assert len(shell.render("".join(str(b) for b in blocks), title="x").encode()) < 120_000


def contrast(one, two):
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", style.TINT, style.BAND])
def test_contrast_of_text_and_marks(ground):
    for text in (style.INK, style.MUTED, style.NAVY, style.SIGNAL):
        assert contrast(text, ground) >= 4.5
    for mark in (style.BLUE, style.POINT, style.VERMILION, style.MID):
        assert contrast(mark, ground) >= 3.0


def test_colours_of_the_sheet_are_those_of_the_figures():
    sheet = (Path(gallery.__file__).parents[2] / "evalkit" / "report" / "assets" / "page.css").read_text(encoding="utf-8")
    known = {style.INK, style.MUTED, style.NAVY, style.BLUE, style.RULE, style.TINT, style.SIGNAL, style.POINT, "#fff"}
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", sheet)) <= known


def test_a_notebook_at_work_shows_one_drawing_and_keeps_its_own_looks(browser, tmp_path):
    from evalkit.exhibits import charts
    from evalkit.exhibits.page import Page

    page = Page("id")
    chart = charts.composition(gallery.distribution((740, 5645, 11, 5, 3), 96))
    title = page.title("Judul")._repr_mimebundle_()["text/html"]
    outputs = [title, page.figure(chart, id="g-a", role=None, head="x")._repr_html_()]
    cells = "".join(f'<div class="jp-RenderedHTMLCommon">{o}</div>' for o in outputs)
    (tmp_path / "lab.html").write_text(f"<!DOCTYPE html><meta charset=utf-8><h1 id=lab>Lab</h1>{cells}", encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto((tmp_path / "lab.html").as_uri())
    shown = opened.evaluate(
        "[...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width).map(s => s.getAttribute('class'))"
    )
    sizes = opened.evaluate("[...document.querySelectorAll('h1')].map(h => getComputedStyle(h).fontSize)")
    context.close()
    assert shown == ["wide"]
    assert sizes == ["32px", "34px"]
