import pandas as pd
import pytest

from evalkit.tables.cells import text_column
from evalkit.tables.posts import employment_of, exclusion_of, is_head, is_teacher, post_type_of, sex_of


def one(function, *texts):
    return [None if v is pd.NA else v for v in function(text_column(list(texts)))]


def test_one_post_written_in_two_ways_is_a_teacher_in_both():
    titles = ["GURU AHLI PERTAMA", "AHLI PERTAMA - GURU KELAS", "Kepala Sekolah", "PENGAWAS SEKOLAH AHLI MADYA", "PENATA LAYANAN", "GURUH"]
    assert one(is_teacher, *titles) == [True, True, True, True, False, False]


@pytest.mark.parametrize(("words", "kind"), [("pns", "pns"), ("CPNS", "pns"), ("PPPK", "pppk"), ("P3K", "pppk"),
                                             ("pppk_paruh_waktu", "pppk_paruh_waktu"),
                                             ("PPPK Paruh Waktu", "pppk_paruh_waktu"), ("Honorer", None)])
def test_employment(words, kind):
    assert one(employment_of, words) == [kind]


def test_kind_of_post_by_code_or_words():
    assert one(post_type_of, "1", "2", "4", "Jabatan Pelaksana", "3") == ["struktural", "fungsional", "pelaksana", "pelaksana", None]


def test_l_is_a_man_and_p_a_woman():
    assert one(sex_of, "L", "P", "M", "F", "perempuan", "X") == ["M", "F", "M", "F", "F", None]


def test_one_head_a_unit():
    titles = ["KEPALA DINAS CONTOH", "SEKRETARIS DINAS", "KEPALA BIDANG A", "KEPALA BIDANG A", "KEPALA SEKOLAH", "CAMAT CONTOH TIMUR",
              "KEPALA SEKSI B"]
    units = ["DINAS CONTOH", "DINAS CONTOH", "DINAS CONTOH", "BIDANG A", "SD NEGERI 1", "KECAMATAN CONTOH TIMUR", "KECAMATAN CONTOH TIMUR"]
    echelons = ["II.b", "III.a", "III.b", "III.b", "-", "III.a", "IV.a"]
    got = is_head(text_column(titles), text_column(units), text_column(echelons))
    assert got.tolist() == [True, False, False, True, True, True, False]


def test_status_that_excludes_and_status_that_does_not():
    reason, unclear = exclusion_of(text_column(["Aktif", "PPPK Aktif", "Pensiun", "Meninggal Dunia", "CLTN", "Tugas Belajar", "Tidak Aktif",
                                                "Diberhentikan Sementara", "Hukuman Disiplin Berat", "Entah", "-"]))
    assert reason.fillna("").tolist() == ["", "", "pensiun", "meninggal", "cltn", "", "tidak_aktif", "diberhentikan", "hukuman_disiplin",
                                          "", ""]
    assert unclear.tolist() == [False] * 9 + [True, False]
