from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from evalkit.errors import EvalkitError
from evalkit.simulate.workbook import write_sheet

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(TEXT, st.integers(-10**9, 10**9), st.floats(-1e6, 1e6)), min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    write_sheet(path, "Lembar & <satu>", ["teks", "bulat", "pecahan"], pd.DataFrame(rows, dtype=object), ["Judul", ""])
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["Lembar & <satu>"]
    read = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert read[0][0] == "Judul" and read[2] == ["teks", "bulat", "pecahan"]
    assert [(a, int(b), c) for a, b, c in read[3:]] == [(t, n, pytest.approx(x, abs=1e-12)) for t, n, x in rows]


def test_an_office_program_opens_it_and_nip_stays_text(tmp_path):
    path = tmp_path / "a.xlsx"
    write_sheet(path, "Sheet1", ["nip", "angka"], pd.DataFrame({"nip": ["198603032010121943", 198603032010121943.0], "angka": [1, None]}))
    sheet = openpyxl.load_workbook(path).active
    assert sheet["A2"].data_type == "s" and sheet["A2"].value == "198603032010121943"
    assert sheet["A3"].data_type == "n" and sheet["B3"].value is None


def test_many_columns_and_the_same_bytes(tmp_path):
    frame = pd.DataFrame([[f"v{j}" for j in range(80)]])
    for name in ("a.xlsx", "b.xlsx"):
        write_sheet(tmp_path / name, "S", [f"h{j}" for j in range(80)], frame)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()[1][79] == "v79"


def test_headers_must_fit(tmp_path):
    with pytest.raises(EvalkitError, match="1 headers were given for 2 columns"):
        write_sheet(tmp_path / "a.xlsx", "S", ["a"], pd.DataFrame({"a": [1], "b": [2]}))
