"""Cells that say a number and its range: the page prints their words, the data behind an exhibit hold their parts."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.exhibits.amounts import Amount, Cell, amount, estimate, interval, out_of
from evalkit.exhibits.data import Exhibit, packed, unpacked, values_of
from evalkit.exhibits.tables import Col, marked, table_html
from evalkit.report.workbook import number_format

ROW = {"estimate": -0.0602, "conf_low": -0.0817, "conf_high": -0.0388}
GAP = estimate(ROW, "−6,0 (−8,2 sampai −3,9)", 1, form="gap")
UNIT = Col("unit", "Unit")


def taken(cells: list[object], language: str = "id", **more: object) -> tuple[list[str], list[tuple[object, ...]], list[str]]:
    frame = pd.DataFrame({"unit": [f"u{i}" for i in range(len(cells))], "x": marked(cells)})
    fields, rows, _ = values_of(frame, [UNIT, Col("x", "Selisih", **more)], language)
    return [f.label for f in fields[1:]], [r[1:] for r in rows], [f.form for f in fields[1:]]


@pytest.mark.parametrize(("language", "words"), [("id", ("terendah", "tertinggi")), ("en", ("lowest", "highest"))])
def test_an_estimate_has_three_columns_and_words_stand_in_the_first(language: str, words: tuple[str, str]) -> None:
    heads, rows, forms = taken([GAP, "ditahan", None], language)
    assert heads == ["Selisih", f"Selisih, {words[0]}", f"Selisih, {words[1]}"]
    assert rows == [(-0.0602, -0.0817, -0.0388), ("ditahan", "", ""), ("–", "", "")]
    assert forms == ["gap"] * 3


def test_an_estimate_without_limits_and_a_number_have_one_column() -> None:
    alone = estimate({**ROW, "conf_low": pd.NA, "conf_high": float("nan")}, "−6,0", 1)
    assert taken([alone, amount(None, 1, "id")])[:2] == (["Selisih"], [(-0.0602,), ("–",)])
    assert taken([amount(5.0, 0, "id", form="count")])[1] == [(5,)]
    assert taken([amount(None, 1, "id"), "ditahan"])[1:] == ([("–",), ("ditahan",)], ["text"])


def test_a_range_has_its_limits_only_and_a_count_its_whole() -> None:
    assert taken([interval(0.25, 0.42, 2, "id")])[:2] == (["Selisih, terendah", "Selisih, tertinggi"], [(0.25, 0.42)])
    assert taken([Amount("30+", low=30, form="count"), Amount("5–9", low=5, high=9, form="count")])[1] == [(30, ""), (5, 9)]
    assert taken([out_of(3, 11, "id"), "ditahan"])[1:] == ([(3, 11), ("ditahan", "")], ["count", "count"])


def test_cells_in_different_units_have_columns_of_their_own() -> None:
    heads, rows, forms = taken([amount(240, 0, "id", form="count"), GAP, "ditahan", amount(0.5, 1, "id", form="share"), out_of(1, 5, "id")])
    assert heads[:3] == ["Selisih", "Selisih (banyaknya)", "Selisih (poin persen)"]
    assert rows[0][:2] == ("", 240)
    assert rows[1][:5] == ("", "", -0.0602, -0.0817, -0.0388)
    assert rows[2] == ("ditahan", *[""] * 7)
    assert rows[3][5:] == (0.5, "", "")
    assert rows[4][5:] == ("", 1, 5)
    assert forms == ["text", "count", "gap", "gap", "gap", "share", "count", "count"]
    assert taken([amount(240, 0, "id", form="count"), GAP])[0][:2] == ["Selisih (banyaknya)", "Selisih (poin persen)"]


def test_the_unit_stands_in_the_head_unless_it_is_there() -> None:
    minutes = [Amount("−0,16", -0.16, digits=2, unit="menit sehari")]
    assert taken(minutes)[0] == ["Selisih (menit sehari)"]
    frame = pd.DataFrame({"unit": ["a"], "x": marked(minutes)})
    assert values_of(frame, [UNIT, Col("x", "Perubahan, menit sehari")], "id")[0][1].label == "Perubahan, menit sehari"


def test_the_page_prints_the_words_and_the_data_come_back_as_they_went() -> None:
    columns = [UNIT, Col("x", "Selisih")]
    cells: list[list[Cell]] = [[GAP, "ditahan"], [GAP.text, "ditahan"]]
    pages = [table_html(pd.DataFrame({"unit": ["a", "b"], "x": marked(x)}), columns, id="t-a", head="H", language="id",
                        total={"unit": "Jumlah", "x": x[0]}) for x in cells]
    assert pages[0] == pages[1]
    frame = pd.DataFrame({"unit": ["a", "b"], "x": marked(cells[0])})
    fields, rows, last = values_of(frame, columns, "id", total={"unit": "Jumlah", "x": GAP}, groups="unit")
    assert last == ("", "Jumlah", -0.0602, -0.0817, -0.0388)
    one = Exhibit("table", "t-a", 1, None, "H", fields=fields, rows=rows, total=last)
    assert unpacked(packed([one])) == (one,)
    assert [number_format(f) for f in fields[2:]] == ["0.0%"] * 3
