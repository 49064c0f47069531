"""`evalkit explain`: from files to the steps; no name, no NIP, all versions."""


import pytest

from evalkit.cli import main
from evalkit.commands.explain import explanation
from evalkit.errors import StudyError
from evalkit.instruments.layout import load_layouts
from evalkit.tables.imports import add
from evalkit.tables.study import load_study
from tests.nip import holds_nip
from tests.tables.files import TITLE, appraisal, grid, identity, nip, write_xlsx

HEADERS = load_layouts()["ekinerja-penilaian"].headers
LATER = (*TITLE[:5], "Data ditarik pada : 20/10/2026, 07.15.22")
STUDY = """
[study]
name = "contoh"
[[population]]
name = "asn"
cycle = "quarter"
instrument = "permenpanrb-6-2022"
"""
FIRST, SECOND = identity(3001), identity(3002)


def _export(path, rows, title=TITLE):
    return write_xlsx(path, {"Worksheet": grid(rows, HEADERS, title, blank=1)})


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    root = folder / "studi"
    root.mkdir()
    (root / "study.toml").write_text(STUDY, encoding="utf-8")
    study = load_study(root)
    rows = [appraisal(1), appraisal(2, skp_jabatan="KEPALA \x1b[31mMERAH", hasil_kerja="-", perilaku_kerja="-", hasil_akhir="-")]
    add(study, [_export(folder / "a.xlsx", rows)])
    corrected = [appraisal(1, hasil_kerja="DIATAS EKSPEKTASI", perilaku_kerja="DIATAS EKSPEKTASI", hasil_akhir="SANGAT BAIK"), rows[1]]
    add(study, [_export(folder / "b.xlsx", corrected, LATER)])
    return study


def test_the_version_that_counts_is_derived_and_all_are_listed(study):
    lines = explanation(study, FIRST)
    text = "\n".join(lines)
    assert "versi 2 dari 2" in text
    assert "Kuadran kinerja: hasil kerja (di atas ekspektasi) dan perilaku kerja (di atas ekspektasi) menjadi Sangat Baik." in text
    assert "Lampiran, kuadran kinerja pegawai (belum dikonfirmasi)" in text
    assert "PP Nomor 30 Tahun 2019, Pasal 59" in text
    history = [line for line in lines if line.startswith("  - ")]
    assert [("Baik" in line, "berlaku sekarang" in line) for line in history] == [(True, False), (True, True)]


def test_as_of_a_day_the_earlier_version_counts(study):
    from datetime import date
    text = "\n".join(explanation(study, FIRST, as_of=date(2026, 10, 15)))
    assert "versi 1 dari 1" in text
    assert "Predikat di berkas: Baik; sama dengan kuadran." in text


def test_who_is_not_rated_is_told_so(study):
    text = "\n".join(explanation(study, SECOND, "en"))
    assert "Not rated yet: there is no predikat." in text
    assert "Work results are not rated yet." in text


def test_no_name_no_number_of_a_person_and_no_escape(study):
    for key in (FIRST, SECOND):
        for language in ("id", "en"):
            text = "\n".join(explanation(study, key, language))
            assert "ORANG" not in text
            assert "ATASAN CONTOH" not in text
            assert not holds_nip(text)
            assert nip(1) not in text
            assert "\x1b" not in text


def test_a_beginning_is_enough_if_it_is_one(study):
    assert explanation(study, FIRST[:-1] + FIRST[-1].upper()) == explanation(study, FIRST)
    with pytest.raises(StudyError, match="awal dari 2 kunci"):
        explanation(study, FIRST[:8])
    with pytest.raises(StudyError, match="Tidak ada penilaian zzzz"):
        explanation(study, "zzzz")
    with pytest.raises(StudyError, match="empat huruf"):
        explanation(study, "a")


def test_a_key_is_no_pattern(study):
    with pytest.raises(StudyError, match="Tidak ada penilaian"):
        explanation(study, "....")


def test_the_command(study, capsys):
    assert main(["explain", FIRST, "--study", str(study.root), "--language", "en"]) == 0
    assert capsys.readouterr().out.startswith(f"Explanation of appraisal {FIRST}")
    assert main(["explain", "tidak-ada", "--study", str(study.root)]) == 1
    assert "Tidak ada penilaian tidak-ada" in capsys.readouterr().err


def test_the_predikat_of_the_unit_is_the_first_step(tmp_path):
    root = tmp_path / "studi"
    root.mkdir()
    (root / "study.toml").write_text(STUDY, encoding="utf-8")
    study = load_study(root)
    row = {"ID UNOR": identity(500), "UNIT KERJA": "BIDANG CONTOH", "PERIODE": "Triwulan III 2026", "PREDIKAT": "Istimewa"}
    add(study, [_export(tmp_path / "a.xlsx", [appraisal(1)]), write_xlsx(tmp_path / "p.xlsx", {"Predikat": grid([row], list(row))})],
        period="2026-Q3")
    text = "\n".join(explanation(study, FIRST))
    assert "Capaian kinerja unit ditetapkan lebih dahulu: Istimewa." in text
    assert "pedoman, bukan jatah" in text
    assert "SE MenPANRB Nomor 3 Tahun 2023" in text
