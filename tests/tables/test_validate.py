import re

import numpy as np
import pandas as pd
import pytest

from evalkit.instruments.layout import load_layouts
from evalkit.language.catalogue import catalogue
from evalkit.tables.data_rows import Rows
from evalkit.tables.parsed import Fault
from evalkit.tables.validate import RULES, Finder, fault_remedy, fault_text, plain, repeats, secret_key

VALUES = {"work": "a", "behaviour": "b", "period": "p", "exported": "e", "name": "n", "earlier": "1", "later": "2", "low": "1", "high": "5",
          "attribute": "x", "number": "3", "rows": "4", "study": "s", "kind": "k", "old": "1.a", "now": "1.b", "header": "h",
          "cell": "H8", "known": "A1, A2", "packet": "B"}


def finder():
    cells = {"person_nip": ["198603032010121943", "x"], "person_name": ["SITI CONTOH", ""], "unit_name": ["A", "B"]}
    rows = Rows(load_layouts()["ekinerja-penilaian"], cells, {"person_nip": "nip", "person_name": "nama", "unit_name": "skp_unor"},
                np.array(["S", "S"], dtype=object), np.array([9, 10]), ())
    return Finder(rows, unit=pd.Series(["name:A", None]), key=pd.Series(["k1", "k2"]))


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_rule_is_said_with_its_remedy(rule, language):
    fault = Fault(rule, RULES[rule].severity, "Lembar", 3, "kolom", "nilai", values=VALUES)
    for text in (fault_text(fault, language), fault_remedy(fault, language)):
        assert text.endswith(".") and "{" not in text


def test_every_sentence_has_a_rule():
    import tomllib
    from importlib import resources

    file = resources.files("evalkit.language").joinpath("words/faults.toml")
    told = tomllib.loads(file.read_text(encoding="utf-8"))["fault"]
    assert {f"{group}.{name}" for group, names in told.items() for name in names} == set(RULES)
    assert {f"fault.{rule}.remedy" for rule in RULES} <= set(catalogue())


def test_a_number_cell_is_mended_by_formatting_the_column_as_text():
    fault = Fault("nip.number_cell", "error", "S", 9, "nip", "1986…")
    assert "format the column nip as text and export again" in fault_remedy(fault, "en").lower()
    assert "Ubah format kolom nip menjadi Teks" in fault_remedy(fault, "id")


def test_a_fault_has_its_place_and_masks_people():
    found = finder()
    found.add("nip.length", np.array([True, False]), "person_nip")
    found.add("superior.missing", np.array([True, False]), "person_name")
    number, name = found.told()
    assert (number.sheet, number.row, number.column, number.value, number.unit, number.record_key) == ("S", 9, "nip", "1986…", "name:A",
                                                                                                       "k1")
    assert name.value == "S…"


def test_a_refused_row_is_told_once_and_the_others_go_on():
    found = finder()
    found.add("nip.number_cell", np.array([True, False]), "person_nip")
    found.add("nip.length", np.array([True, True]), "person_nip")
    assert found.refused.tolist() == [True, False]
    assert [(f.rule, f.row) for f in found.told()] == [("nip.number_cell", 9), ("nip.length", 10)]


def test_values_of_a_sentence_by_row():
    found = finder()
    found.add("rated_at.before_period", np.array([True, True]), "unit_name", period=pd.Series(["x", "198603032010121943"]))
    assert [f.values["period"] for f in found.told()] == ["x", "1986…"]  # noqa: PD011  # a mapping, no frame


def test_repeats_tell_copies_from_conflicts():
    keys = pd.Series(["a", "a", "a", "b", None, None, "c", "c", "c"])
    content = pd.DataFrame({"v": [1, 1, 1, 2, 3, 3, 4, 4, 5]})
    copies, conflicts = repeats(keys, content)
    assert copies.tolist() == [False, True, True, False, False, False, False, False, False]
    assert conflicts.tolist() == [False] * 6 + [True] * 3


def test_missing_content_is_equal_to_missing_content():
    copies, conflicts = repeats(pd.Series(["a", "a"]), pd.DataFrame({"v": [None, None]}))
    assert copies.tolist() == [False, True] and not conflicts.any()


def test_keys_hide_numbers():
    key = secret_key(pd.Series(["nip:198603032010121943"]), pd.Series(["2026-07"])).iloc[0]
    assert not re.search(r"\d{18}", key)
    assert key == secret_key(pd.Series(["nip:198603032010121943"]), pd.Series(["2026-07"])).iloc[0]


def test_long_text_is_shortened_and_put_on_one_line():
    assert len(plain("x" * 500)) == 60
    assert plain("a\n  b") == "a b"


def test_a_cell_that_cannot_be_read_is_told_also_of_a_row_that_is_left_out():
    """A row without a date and with an impossible number is mended in one go."""
    found = finder()
    found.add("person.none", np.array([True, False]), "person_nip")
    found.add("number.unreadable", np.array([True, True]), "unit_name")
    found.add("superior.missing", np.array([True, False]), "person_name")
    assert [(f.rule, f.row) for f in found.told()] == [("person.none", 9), ("number.unreadable", 9), ("number.unreadable", 10)]


def test_what_may_name_a_person_is_not_told():
    found = finder()
    found.add("form.respondent_named", np.array([True, False]), "unit_name", hidden=True)
    assert [(f.column, f.value) for f in found.told()] == [(found.rows.headers["unit_name"], "")]
