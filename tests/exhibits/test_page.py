"""The page object: numbers that count themselves, blocks that refuse what a page may not have."""

import pandas as pd
import pytest
from lxml import html as lxml_html

from evalkit.errors import ExhibitError
from evalkit.exhibits import charts
from evalkit.exhibits.blocks import Rung
from evalkit.exhibits.chart import MOST_WORDS
from evalkit.exhibits.page import FACTS_MIME, Page
from evalkit.exhibits.tables import Col


def bar(**words):
    return charts.category_bar(pd.DataFrame({"label": ["satu", "dua"], "n": [3, 1]}), counted="penilai", **words)


def tree(block):
    return lxml_html.fragment_fromstring(str(block), create_parent="div")


@pytest.mark.parametrize(
    ("language", "number", "role", "summary"),
    [("id", "Gambar 1", "hitungan", "Angka pada Gambar 1"), ("en", "Figure 1", "count", "The numbers in Figure 1")],
)
def test_a_figure_has_number_role_text_and_numbers(language, number, role, summary):
    made = tree(Page(language).figure(bar(language=language), id="g-a", role="descriptive", head="Temuan", desc="Ukuran", note="Catatan"))
    assert made.xpath("string(.//span[@class='no'])") == f"{number} · {role}"
    plot = made.xpath(".//div[@role='img']")[0]
    assert "penilai" in plot.get("aria-label")
    assert [s.get("class") for s in plot.xpath("./svg")] == ["wide", "narrow"]
    assert all(s.get("aria-hidden") == "true" for s in plot.xpath("./svg"))
    assert made.xpath("string(.//summary)") == summary
    assert made.xpath(".//details//table/caption")


@pytest.mark.parametrize("alt", ["", "   ", "kata " * (MOST_WORDS + 1)])
def test_a_figure_without_a_text_that_can_be_listened_to_fails(alt):
    with pytest.raises(ExhibitError, match="text alternative"):
        Page("id").figure(bar().draw, id="g-a", role=None, head="x", alt=alt)


def test_numbers_count_themselves_and_stay_when_a_cell_runs_again():
    page = Page("id")
    first = str(page.figure(bar(), id="g-a", role=None, head="x"))
    second = str(page.figure(bar(), id="g-b", role=None, head="x"))
    frame = pd.DataFrame({"a": [1]})
    assert "Gambar 2" in second
    assert "Tabel 1" in str(page.table(frame, [Col("a", "A")], id="t-a", head="x"))
    assert str(page.figure(bar(), id="g-a", role=None, head="x")) == first
    assert "Gambar 3" in str(page.ladder([Rung(0, "open", "a", "b", "c")], "", head="x"))


def test_ids_inside_two_figures_do_not_meet():
    page = Page("id")
    text = "".join(str(page.figure(bar(), id=f"g-{k}", role=None, head="x")) for k in "ab")
    ids = tree(text).xpath(".//@id")
    assert len(ids) == len(set(ids))


def test_the_ladder_stands_highest_first():
    rungs = [Rung(0, "open", "a", "b", "c"), Rung(2, "not_yet", "a", "b", "c"), Rung(1, "partly", "a", "b", "c")]
    made = tree(Page("en").ladder(rungs, "rung 2", head="H"))
    assert [li.get("class") for li in made.xpath(".//li")] == ["up", "part up", "on"]
    assert [b.text_content().strip() for b in made.xpath(".//div[@class='go']/b")] == ["not yet", "partly open", "open"]


def test_what_has_no_value_is_said_to_be_not_measured():
    made = tree(Page("id").dims([("Produktivitas", "834", "x", "y"), ("Integritas", "", "x", "y"), ("Komitmen", "", "x", "y")]))
    assert [p.text_content() for p in made.xpath(".//p[@class='no-data']")] == ["belum diukur"] * 2


def test_four_numbers_and_three_parts_of_a_cannot():
    page = Page("id")
    with pytest.raises(ExhibitError, match="four"):
        page.tiles([("a", "b", "c")] * 3)
    with pytest.raises(ExhibitError, match="reason"):
        page.cannot("siapa", "", "data")
    assert "Yang diperlukan:" in str(page.cannot("siapa", "karena", "data"))
    assert "<p>Hanya satu" in str(page.cannot("siapa", "hanya satu", "data")) and ">e-Kinerja" in str(page.cannot("siapa", "e-Kinerja", "data"))
    with pytest.raises(ExhibitError, match="0 to 4"):
        page.verdict("x", 5, "y")


def test_unconfirmed_is_said_beside_the_number():
    assert "belum dikonfirmasi" in str(Page("id").strip("Siapa?", "14 Oktober", unconfirmed=True))
    assert "belum dikonfirmasi" not in str(Page("id").strip("Siapa?", "14 Oktober"))
    assert "unconfirmed" in Page("en").unsure("14 days")


def test_a_withheld_section_keeps_its_place():
    text = str(Page("id").question("s-a", "Siapa yang keras?", "Belum.", rung=4, withheld=True))
    assert "Anak tangga 4 · ditahan" in text
    assert 'class="rung-tag shut"' in text


def test_the_title_carries_the_facts_of_the_page():
    bundle = Page("en", owner="Kota", mark="Internal").title("Evaluation <x>")._repr_mimebundle_()
    assert bundle[FACTS_MIME]["title"] == "Evaluation <x>"
    assert bundle[FACTS_MIME]["language"] == "en"
    assert "&lt;x&gt;" in bundle["text/html"]


@pytest.mark.parametrize("here", [None, ("sesuai", "sesuai")])
def test_the_two_ratings_crossed(here):
    counts = pd.DataFrame(
        {"hasil_kerja": ["di_atas", "sesuai", "sesuai"], "perilaku_kerja": ["di_atas", "sesuai", "di_bawah"], "n": [2, 5000, 1]}
    )
    made = tree(Page("id").quadrant(counts, id="t-q", head="x", role="descriptive", here=here))
    assert [[c.text_content()[:5] for c in r.xpath("./td")] for r in made.xpath(".//tbody/tr")] == [
        ["0", "0", "2"],
        ["1", "5.000"[:5], "0"],
        ["0"] * 3,
    ]
    assert len(made.xpath(".//td[@class='here']")) == (here is not None)
    with pytest.raises(ExhibitError, match="quadrant"):
        Page("id").quadrant(counts.drop(columns="n"), id="t-q", head="x")
