"""Tables: heads, kinds of columns, groups, totals, and what is missing."""

from datetime import date

import pandas as pd
import pytest
from lxml import html as lxml_html

from evalkit.errors import ExhibitError
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col, cell_text, marked
from evalkit.exhibits.text import strong


def parse(block):
    return lxml_html.fragment_fromstring(str(block), create_parent="div")


def frame():
    return pd.DataFrame(
        {
            "unit": ["A", "B", "C"],
            "kind": ["x", "y", "x"],
            "n": pd.array([6500, None, 3], dtype="Int64"),
            "low": [0.114, None, 0.0],
            "high": [0.129, None, 0.0],
            "sign": ["yes", "attention", "none"],
            "word": ["ya", "gagal", "tidak"],
        }
    )


COLUMNS = [
    Col("unit", "Unit"),
    Col("n", "Pegawai", "count"),
    Col("low", "%", "bounds", high="high", digits=1, optional=True),
    Col("low", "0–50%", "micro", high="high", top=0.5),
    Col("word", "Pola", "status", sign="sign"),
]


def test_every_head_has_its_scope_and_the_caption_names_the_table():
    tree = parse(
        Page("id").table(
            frame(), COLUMNS, head="Semua unit", desc="Kota", role="descriptive", groups="kind", total={"unit": "Kota", "n": 6503}
        )
    )
    assert tree.xpath("string(.//caption)") == "Tabel 1 · hitunganSemua unitKota"
    assert [h.get("scope") for h in tree.xpath(".//thead//th")] == ["col"] * 5
    assert [h.text_content() for h in tree.xpath(".//th[@scope='rowgroup']")] == ["x", "y"]
    assert [h.text_content() for h in tree.xpath(".//tbody//th[@scope='row']")] == ["A", "C", "B"]
    region = tree.xpath(".//div[@role='region']")[0]
    assert region.get("aria-labelledby") == tree.xpath(".//caption/@id")[0]
    assert region.get("tabindex") == "0"
    assert [c.text_content() for c in tree.xpath(".//tfoot//th | .//tfoot//td")][:3] == ["Kota", "6.503", ""]


def test_cells_say_what_their_column_is():
    tree = parse(Page("en").table(frame(), COLUMNS, head="All", groups=None))
    rows = [[c.text_content() for c in row] for row in tree.xpath(".//tbody/tr")]
    assert rows[0][1:3] == ["6,500", "11.4–12.9"]
    assert rows[1][1:4] == ["–", "–", "–"]
    assert rows[2][2] == "0.0"
    assert tree.xpath(".//tbody/tr[2]//span[contains(@class,'s-lo')]")
    assert [c.get("class") for c in tree.xpath(".//tbody/tr[1]/td")] == ["r", "r opt", "ci", None]


@pytest.mark.parametrize(
    ("col", "value", "shown"),
    [
        (Col("v", "", "number", digits=2), 0.5555, "0,56"),
        (Col("v", "", "signed", digits=1), -0.25, "−0,3"),
        (Col("v", "", "percent", digits=1), 0.0001, "< 0,1%"),
        (Col("v", "", "points", digits=1), 0.9999, "> 99,9"),
        (Col("v", "", "date"), date(2026, 10, 1), "1 Oktober 2026"),
        (Col("v", "", "period"), "2026-Q3", "Triwulan III 2026"),
        (Col("v", "", missing="tidak ada data"), float("nan"), "tidak ada data"),
        (Col("v", "", missing="tidak ada data"), pd.NA, "tidak ada data"),
        (Col("v", "", "bounds", high="h", digits=1), 0.25, "25,0"),
    ],
)
def test_kinds(col, value, shown):
    assert cell_text(col, {"v": value, "h": None}).striptags() == shown.replace("<", "<")


def test_markup_passes_only_in_a_column_made_for_it():
    plain = parse(Page("id").table(pd.DataFrame({"u": [strong("x")]}), [Col("u", "U")], head="H"))
    made = parse(Page("id").table(pd.DataFrame({"u": marked([strong("x")])}), [Col("u", "U")], head="H"))
    assert not plain.xpath(".//strong")
    assert made.xpath("string(.//strong)") == "x"


def test_an_empty_frame_is_a_table_with_a_head_only():
    tree = parse(Page("id").table(frame().iloc[:0], COLUMNS, head="Kosong"))
    assert len(tree.xpath(".//tbody/tr")) == 0
    assert len(tree.xpath(".//thead//th")) == 5


def test_the_frame_is_left_as_it_was():
    mine = frame()
    before = mine.copy(deep=True)
    Page("id").table(mine, COLUMNS, head="H", groups="kind", total={"unit": "Kota"})
    pd.testing.assert_frame_equal(mine, before)


@pytest.mark.parametrize("columns", [[], [Col("absent", "x")], [Col("unit", "x", href="absent")]])
def test_columns_that_are_not_there_are_named(columns):
    with pytest.raises(ExhibitError, match=r"needs (at least one|the) column"):
        Page("id").table(frame(), columns, head="H")


@pytest.mark.parametrize("kind", ["status", "strength"])
def test_signs_and_strengths_are_closed_lists(kind):
    with pytest.raises(ExhibitError):
        cell_text(Col("v", "", kind, sign="s"), {"v": 7, "s": "green"})


@pytest.mark.parametrize("backend", ["pyarrow", "numpy_nullable"])
def test_columns_of_the_store_are_written_the_same(backend):
    stored = frame().convert_dtypes(dtype_backend=backend)
    words = {"head": "H", "id": "t-a", "groups": "kind"}
    assert str(Page("id").table(stored, COLUMNS, **words)) == str(Page("id").table(frame(), COLUMNS, **words))
