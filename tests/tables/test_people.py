import numpy as np
import pandas as pd

from evalkit.instruments.layout import load_layouts
from evalkit.tables.data_rows import Rows
from evalkit.tables.people import empty_people, others, people_frame, read_person
from evalkit.tables.validate import Finder
from tests.tables.files import identity, nip

ID = identity(1)
HEX = ID.replace("-", "")


def finder(numbers, ids, names=None):
    cells = {"person_nip": numbers, "person_asn": ids, "person_name": names or ["A"] * len(numbers)}
    return Finder(Rows(load_layouts()["ekinerja-penilaian"], cells, {}, np.array(["S"] * len(numbers), dtype=object),
                       np.arange(2, 2 + len(numbers)), ()))


def test_the_shared_id_is_the_key_and_the_number_where_there_is_none():
    got = read_person(finder([nip(1), nip(2)], [ID, ""]))
    assert got.key.tolist() == [f"asn:{HEX}", f"nip:{nip(2)}"]


def test_a_number_with_a_wrong_digit_is_left_out_and_the_row_stays():
    found = finder(["12345"], [ID])
    got = read_person(found)
    assert got.nip.isna().all() and not found.refused.any() and [f.rule for f in found.told()] == ["nip.length"]


def test_identifiers_once_each_and_the_last_spelling_of_a_name():
    found = finder([nip(1)] * 3, [ID] * 3, ["ANNA", "ANNA CONTOH", "ANNA C."])
    people = people_frame(read_person(found))
    assert people[["kind", "value"]].to_numpy().tolist() == [["asn", HEX], ["nip", nip(1)]]
    assert set(people["name"]) == {"ANNA C."}


def test_refused_rows_name_nobody():
    found = finder([nip(1), 2e17], [ID, identity(2)])
    person = read_person(found)
    assert set(people_frame(person, keep=~found.refused)["key"]) == {f"asn:{HEX}"}


def test_others_are_named_without_faults():
    rows = Rows(load_layouts()["ekinerja-penilaian"], {"superior_nip": ["-", "123", nip(3)], "superior_asn": [ID, "", ""]}, {},
                np.array(["S"] * 3, dtype=object), np.arange(3), ())
    keys = others(rows, "superior_asn", "superior_nip", "superior_name").key
    assert [None if pd.isna(k) else k for k in keys] == [f"asn:{HEX}", None, f"nip:{nip(3)}"]


def test_nobody():
    assert list(empty_people().columns) == list(people_frame(read_person(finder([], []))).columns)
