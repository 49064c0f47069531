from collections import Counter
from datetime import date

import pandas as pd
import pytest

from evalkit.instruments.layout import load_layouts
from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.grid import Sheet
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from evalkit.tables.siasn import read_employees
from evalkit.tables.unit_names import Units
from tests.tables.files import employee, grid, identity, nip

HEADERS = load_layouts()["siasn-pegawai"].headers


def read(rows, context=None):
    table = grid(rows, HEADERS)
    return read_employees(collect(recognise([Sheet("Sheet1", tuple(zip(*table, strict=True)), len(table))], "a.xlsx")),
                          context or Context())


def rules(parsed):
    return Counter(f.rule for f in parsed.faults)


def test_a_person_with_attributes_post_and_unit():
    parsed = read([employee(1), employee(2)])
    assert not parsed.faults
    row = TABLES["person_attributes"].conform(parsed.frames["person_attributes"].assign(import_id="i")).iloc[0]
    assert (row["person_id"], row["employment"], row["grade"]) == ("asn:" + identity(1).replace("-", ""), "pns", "III/b")
    assert (row["sex"], row["birth_year"]) == ("F" if nip(1)[14] == "2" else "M", int(nip(1)[:4]))
    assert row["valid_from"] == date(2024, 1, 1)
    post = TABLES["assignments"].conform(parsed.frames["assignments"].assign(import_id="i")).iloc[0]
    assert (post["post_title"], post["valid_from"], post["is_acting"]) == ("PENGADMINISTRASI PERKANTORAN", date(2024, 1, 1), False)
    assert parsed.frames["units"]["name"].tolist() == ["DINAS CONTOH"]
    assert parsed.frames["units"]["opd_id"].tolist() == parsed.frames["units"]["unit_id"].tolist()


def test_private_columns_never_come_out():
    parsed = read([employee(1, **{"NIP BARU": "123"}), employee(2)])
    everything = repr(parsed) + "".join(frame.to_string() for frame in parsed.frames.values()) + parsed.people.to_string()
    assert "RAHASIA" not in everything and "5371000000000000" not in everything


def test_titles_belong_to_the_name_and_only_there():
    parsed = read([employee(1, **{"GELAR DEPAN": "dr.", "GELAR BELAKANG": "M.Kes"})])
    assert set(parsed.people["name"]) == {"dr. ORANG CONTOH 1 M.Kes"}
    assert not any("ORANG" in frame.to_string() for frame in parsed.frames.values())


def test_a_birth_date_may_be_a_serial_or_day_first():
    number = nip(1)
    day = date(int(number[:4]), int(number[4:6]), int(number[6:8]))
    serial = float((day - date(1899, 12, 30)).days)
    assert not read([employee(1, **{"TANGGAL LAHIR": serial})]).faults


@pytest.mark.parametrize(("change", "rule"), [
    ({"TANGGAL LAHIR": "30-12-1950"}, "birth.disagrees"), ({"TANGGAL LAHIR": "31-02-1980"}, "date.unreadable"),
    ({"JENIS KELAMIN": "X"}, "sex.unknown"),
    ({"JENIS PEGAWAI NAMA": "Honorer"}, "employment.unknown"), ({"JENIS JABATAN ID": 9.0}, "post_type.unknown"),
    ({"NIP BARU": "'1"}, "nip.length"),
    ({"KEDUDUKAN HUKUM NAMA": "Entah"}, "legal_status.unknown"), ({"TMT JABATAN": "kemarin"}, "date.unreadable"),
    ({"UNOR ID": "", "UNOR NAMA": ""}, "unit.missing"), ({"JENIS KELAMIN": "F" if nip(1)[14] == "1" else "M"}, "sex.disagrees"),
])
def test_rules(change, rule):
    parsed = read([employee(1, **change)])
    assert rules(parsed) == {rule: 1} and parsed.rows_read == 1


def test_each_kind_of_number_by_its_own_rule():
    contract = nip(1)[:12] + "21" + nip(1)[14:]
    pppk = {"NIP BARU": "'" + contract, "JENIS PEGAWAI NAMA": "PPPK"}
    assert not read([employee(1, **pppk)]).faults
    assert rules(read([employee(1, **{"NIP BARU": "'" + contract})])) == {"nip.appointed": 1}
    assert set(read([employee(1, **pppk)]).people["kind"]) == {"asn", "ni_pppk"}


def test_a_number_cell_is_refused():
    parsed = read([employee(1, **{"NIP BARU": 198603032010121943.0}), employee(2)])
    assert rules(parsed) == {"nip.number_cell": 1} and (parsed.rows_read, parsed.rows_refused) == (1, 1)


def test_a_pensioner_is_excluded_with_the_reason_and_stays_in_the_list():
    parsed = read([employee(1, **{"KEDUDUKAN HUKUM NAMA": "Pensiun"}), employee(2)])
    out = parsed.frames["exclusions"]
    assert out["reason"].tolist() == ["pensiun"] and len(parsed.frames["person_attributes"]) == 2
    assert out["valid_from"].isna().all()


def test_the_old_number_is_kept_where_it_is_one():
    people = read([employee(1, **{"NIP LAMA": "'131234567"}), employee(2, **{"NIP LAMA": "-"})]).people
    assert people.loc[people["kind"] == "nip_lama", "value"].tolist() == ["131234567"]


def test_a_unit_that_the_tree_lacks_is_given_with_its_office_and_a_warning():
    office = "a" * 32
    tree = Units.of(pd.DataFrame({"unit_id": [office], "opd_id": [office], "name": ["DINAS CONTOH"]}))
    new = employee(1, **{"UNOR ID": "B" * 32, "UNOR NAMA": "UPTD BARU"})
    parsed = read([new, employee(2, **{"UNOR ID": "B" * 32, "UNOR NAMA": "UPTD BARU"}), employee(3, **{"UNOR ID": office.upper()})],
                  Context(units=tree))
    assert rules(parsed) == {"unit.not_in_tree": 1}
    (unit,) = parsed.frames["units"].to_dict("records")
    assert (unit["unit_id"], unit["opd_id"], unit["name"]) == ("unor:" + "b" * 32, "unor:" + office, "UPTD BARU")


def test_a_head_is_told():
    head = employee(1, **{"JABATAN NAMA": "KEPALA DINAS CONTOH", "JENIS JABATAN ID": 1.0, "ESELON NAMA": "II.b"})
    assert read([head, employee(2)]).frames["assignments"]["is_head"].tolist() == [True, False]


def test_a_person_twice():
    assert rules(read([employee(1), employee(1)])) == {"person.copy": 1}
    assert rules(read([employee(1), employee(1, **{"GOL AKHIR NAMA": "III/c"})])) == {"person.conflict": 2}


def test_a_file_without_echelons_is_read():
    rows = grid([employee(1)], [h for h in HEADERS if not h.startswith("ESELON")])
    parsed = read_employees(collect(recognise([Sheet("S", tuple(zip(*rows, strict=True)), 2)], "a.xlsx")), Context())
    assert parsed.rows_read == 1
