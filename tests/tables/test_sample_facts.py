"""The nine facts about real exports that developers should know (samples/README.md): each is a test."""

import pandas as pd
import pytest

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import load_layouts
from evalkit.tables.posts import is_teacher
from evalkit.tables.reader import read_file
from tests.tables.files import TITLE, appraisal, employee, grid, identity, nip, write_csv, write_xlsx

HEADERS = list(load_layouts()["ekinerja-penilaian"].headers)


@pytest.fixture
def ratings(shared):
    return read_file(shared / "samples" / "laporan-penilaian-2025-01.xlsx", study=None)


def test_all_samples_are_good_files(shared):
    expected = {"laporan-penilaian-2025-01.xlsx": 25, "laporan-skp-2025.xlsx": 26, "siasn-pns.xlsx": 18, "siasn-pppk.xlsx": 13,
                "hierarki-unor.xlsx": 14, "daftar-pelatihan.xlsx": 19, "formulir-360-2025-tw1.csv": 28}
    for file, rows in expected.items():
        parsed = read_file(shared / "samples" / file, study=None)
        assert parsed.rows_in_file == rows, file
        assert [f.rule for f in parsed.faults if f.rule != "plan.none"] == [], file


def test_fact_1_id_is_the_person_and_not_the_key_of_a_row(ratings):
    frame = ratings.frames["appraisals"]
    twice = frame[frame["person_id"].duplicated(keep=False)]
    assert len(frame) == 25 and frame["appraisal_id"].is_unique
    assert len(twice) == 2 and sorted(twice["is_acting"]) == [False, True]


def test_fact_2_the_rated_month_stands_in_the_title_only(ratings, tmp_path):
    assert ratings.period == "2025-01"
    assert str(ratings.frames["appraisals"]["plan_end"].iloc[0]) == "2025-12-31"
    title = [t.replace("Triwulan III", "Bulanan 10") for t in TITLE]
    assert read_file(write_xlsx(tmp_path / "a.xlsx", {"S": grid([appraisal(1)], HEADERS, title, 1)}), study=None).period == "2026-10"
    assert read_file(write_csv(tmp_path / "b.csv", grid([appraisal(1)], HEADERS)), study=None).period is None


def test_fact_3_a_number_cell_is_refused_by_its_type(tmp_path):
    book = write_xlsx(tmp_path / "a.xlsx", {"S": grid([appraisal(1, nip=198603032010121943), appraisal(2)], HEADERS, TITLE, 1)})
    parsed = read_file(book, study=None)
    (fault,) = parsed.faults
    assert (fault.rule, fault.row, fault.column) == ("nip.number_cell", 9, "nip")
    assert parsed.rows_refused == 1
    # the digits that the cell now has are those of another person, and must not come out anywhere
    text = repr(parsed) + parsed.people.to_string() + parsed.frames["appraisals"].to_string()
    assert "198603032010121984" not in text and "198603032010121943" not in text


def test_fact_4_cukup_and_dash_and_kurang(tmp_path, ratings):
    words = {"CUKUP": "butuh_perbaikan", "KURANG": "kurang", "SANGAT KURANG": "sangat_kurang", "SANGAT BAIK": "sangat_baik", "BAIK": "baik",
             "-": None}
    works = {"CUKUP": "DIBAWAH EKSPEKTASI", "KURANG": "SESUAI EKSPEKTASI", "SANGAT KURANG": "DIBAWAH EKSPEKTASI",
             "SANGAT BAIK": "DIATAS EKSPEKTASI", "-": "-"}
    behaves = {"KURANG": "DIBAWAH EKSPEKTASI", "SANGAT KURANG": "DIBAWAH EKSPEKTASI", "SANGAT BAIK": "DIATAS EKSPEKTASI", "-": "-"}
    rows = [appraisal(n, hasil_akhir=w, hasil_kerja=works.get(w, "SESUAI EKSPEKTASI"), perilaku_kerja=behaves.get(w, "SESUAI EKSPEKTASI"))
            for n, w in enumerate(words)]
    parsed = read_file(write_xlsx(tmp_path / "a.xlsx", {"S": grid(rows, HEADERS, TITLE, 1)}), study=None)
    assert [None if pd.isna(v) else v for v in parsed.frames["appraisals"]["predikat"]] == list(words.values())
    assert not parsed.faults
    counts = ratings.frames["appraisals"]["predikat"].value_counts(dropna=False)
    assert counts["butuh_perbaikan"] == 1 and counts[pd.NA] == 2
    odd = read_file(write_xlsx(tmp_path / "b.xlsx", {"S": grid([appraisal(1, hasil_akhir="Tidak membuat SKP")], HEADERS, TITLE, 1)}),
                    study=None)
    assert [f.rule for f in odd.faults] == ["predikat.unknown_label"]


def test_fact_5_one_thing_has_two_names_and_three_files(shared, ratings):
    plans = read_file(shared / "samples" / "laporan-skp-2025.xlsx", study=None)
    pns, pppk = (read_file(shared / "samples" / f"siasn-{kind}.xlsx", study=None) for kind in ("pns", "pppk"))
    assert plans.frames["skp_plans"]["is_acting"].sum() == ratings.frames["appraisals"]["is_acting"].sum() == 1
    staff = pd.concat([pns.frames["person_attributes"], pppk.frames["person_attributes"]])
    assert set(staff["employment"]) == {"pns", "pppk", "pppk_paruh_waktu"}
    assert set(ratings.frames["appraisals"]["person_id"]) <= set(staff["person_id"])
    tree = read_file(shared / "samples" / "hierarki-unor.xlsx", study=None)
    used = set(pns.frames["units"]["unit_id"]) | set(pppk.frames["units"]["unit_id"])
    assert used - set(tree.frames["units"]["unit_id"])
    assert tree.frames["units"]["name"].duplicated().any() and tree.frames["units"]["unit_id"].is_unique


def test_fact_6_a_title_sentence_with_the_letters_nip_is_no_header(tmp_path):
    title = ["Daftar NIP dan nama, hasil_kerja, perilaku_kerja", *TITLE]
    parsed = read_file(write_xlsx(tmp_path / "a.xlsx", {"S": grid([appraisal(1)], HEADERS, title, 9)}), study=None)
    assert parsed.rows_read == 1
    (tmp_path / "b.csv").write_text("Daftar NIP pegawai\nNama pegawai dan NIP\n", encoding="utf-8")
    with pytest.raises(ImportFileError):
        read_file(tmp_path / "b.csv", study=None)


def test_fact_7_the_day_comes_first(tmp_path):
    rows = grid([employee(1, **{"TMT JABATAN": "03/04/2025", "TMT GOLONGAN": "01/02/2020"})], load_layouts()["siasn-pegawai"].headers)
    frame = read_file(write_csv(tmp_path / "a.csv", rows), study=None).frames["assignments"]
    assert str(frame["valid_from"].iloc[0]) == "2025-04-03"


def test_fact_8_one_post_has_two_strings(shared):
    staff = [read_file(shared / "samples" / f"siasn-{kind}.xlsx", study=None).frames["assignments"]["post_title"] for kind in ("pns",
                                                                                                                               "pppk")]
    titles = pd.concat(staff, ignore_index=True)
    found = set(titles[is_teacher(titles).to_numpy(dtype=bool)])
    assert {"GURU AHLI PERTAMA", "AHLI PERTAMA - GURU KELAS", "KEPALA SEKOLAH"} <= found
    assert not any("GURU" in t for t in set(titles) - found)


def test_fact_9_superiors_outside_the_list_are_evaluators_all_the_same(ratings, tmp_path):
    frame = ratings.frames["appraisals"]
    mayor = frame.loc[frame["post_title"] == "SEKRETARIS DAERAH", "superior_id"].iloc[0]
    assert mayor.startswith("asn:") and mayor not in set(frame["person_id"])
    assert ratings.people.loc[ratings.people["key"] == mayor, "kind"].tolist() == ["asn"]
    outside = appraisal(1, pegawai_atasan_id=identity(900), pegawai_atasan_nip=nip(88), pegawai_penilai_id=identity(900))
    parsed = read_file(write_xlsx(tmp_path / "a.xlsx", {"S": grid([outside], HEADERS, TITLE, 1)}), study=None)
    assert not parsed.faults and set(parsed.people["kind"]) == {"asn", "nip"} and len(parsed.people) == 4


def test_the_evaluator_who_pressed_the_button_for_another(ratings):
    frame = ratings.frames["appraisals"]
    other = frame[frame["rated_by_kind"] == "other"]
    assert len(other) and (other["rated_by_id"] != other["superior_id"]).all()
    assert (frame.loc[frame["rated_by_kind"] == "superior", "rated_by_id"] == frame.loc[frame["rated_by_kind"] == "superior",
                                                                                        "superior_id"]).all()
