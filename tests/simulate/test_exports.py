from __future__ import annotations

import hashlib
import re

import pandas as pd
import pytest

from evalkit.instruments.layout import load_layouts
from evalkit.simulate.exports import write_city
from evalkit.simulate.planted import RULES

LAST = "2026-Q3"


def digests(folder):
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_same_seed_same_bytes_and_another_seed_others(tmp_path, small):
    folder, _ = small
    write_city(tmp_path / "files", seed=7, employees=300, quarters=3)
    assert digests(tmp_path / "files") == digests(folder)
    write_city(tmp_path / "files", seed=8, employees=300, quarters=3)
    assert digests(tmp_path / "files").keys() == digests(folder).keys() and digests(tmp_path / "files") != digests(folder)


def test_a_small_city_has_every_layout(tmp_path):
    sent = write_city(tmp_path / "files", seed=7, employees=300, quarters=3)
    names = {re.split(r"-?\d{4}", p.stem)[0] for d in sent for p in d.paths}
    assert names == {"hierarki-unor", "siasn-pns", "siasn-pppk", "predikat-unit", "laporan-skp", "laporan-penilaian", "presensi",
                     "daftar-pelatihan", "formulir-360", "keberatan", "formulir-vinyet", "formulir-vinyet-terkumpul", "kunci-vinyet",
                     "penilaian-ganda", "survei-keadilan"}


def test_deliveries_come_in_order_and_exist(full):
    _, sent = full
    assert [d.received_at for d in sent] == sorted(d.received_at for d in sent)
    assert all(p.is_file() for d in sent for p in d.paths)
    assert sent[-1].period == LAST and sent[-1].scope == "full" and str(sent[-1].received_at.date()) == "2026-10-12"


@pytest.mark.parametrize(("pattern", "layout", "header"), [
    ("hierarki-unor*", "unor", 1), ("siasn-pns*", "siasn-pegawai", 1), ("siasn-pppk*", "siasn-pegawai", 1),
    ("laporan-skp*", "ekinerja-skp", 8), ("laporan-penilaian*", "ekinerja-penilaian", 8)])
def test_headers_stand_as_exported(small, read_sheet, pattern, layout, header):
    folder, _ = small
    for path in folder.rglob(pattern):
        assert tuple(read_sheet(path, header).columns) == load_layouts()[layout].headers


def test_title_rows(small):
    from python_calamine import CalamineWorkbook

    folder, _ = small
    titles = {p.stem: [r[0] for r in CalamineWorkbook.from_path(p).get_sheet_by_index(0).to_python(skip_empty_area=False)[:7]]
              for p in folder.rglob("laporan-*.xlsx")}
    assert titles["laporan-penilaian-2026-Q3"] == [
        "Laporan Penilaian SKP Periode Triwulan III Tahun 2026", "Instansi Pemerintah Kota Kupang", "Periode : Triwulan III",
        "Unor Induk : ALL", "Unor : ALL", "Data ditarik pada : 12/10/2026, 07.15.22", ""]
    assert titles["laporan-penilaian-2026-S1"][0] == "Laporan Penilaian SKP Periode Semester I Tahun 2026"
    assert titles["laporan-skp-2026"][0] == "Laporan SKP Tahun 2026"


def test_totals_come_back_from_the_files(appraisals):
    rated = pd.concat([f for name, f in appraisals.items() if not name.endswith("ulang")])
    rated = rated[rated["hasil_akhir"] != "-"]
    share = rated["hasil_akhir"].value_counts(normalize=True)
    assert share["BAIK"] == pytest.approx(0.885, abs=0.01) and share["SANGAT BAIK"] == pytest.approx(0.11, abs=0.008)
    assert share.drop(["BAIK", "SANGAT BAIK"]).sum() == pytest.approx(0.003, abs=0.0015)
    assert "CUKUP" in share.index


def test_teachers_stand_in_semesters_only(appraisals):
    for name, frame in appraisals.items():
        teacher = frame["skp_jabatan"].str.contains(r"\bGURU\b|KEPALA SEKOLAH", regex=True)
        assert teacher.all() if "-S" in name else not teacher.any()


def test_one_superior_each(appraisals):
    for frame in appraisals.values():
        plain = frame[(frame["is_skp_plt_plh_pjb"] == 0) & (frame["periode_akhir_skp"].str.endswith("12-31"))]
        plain = plain.drop_duplicates("skp_penilaian_id")
        assert plain["id"].is_unique
        assert (plain["pegawai_atasan_id"] != plain["id"]).all()


def test_the_mayor_has_no_nip_and_the_secretary_stands_on_no_list(appraisals, full, read_sheet):
    folder, _ = full
    frame = appraisals["2026-Q2"]
    assert set(frame.loc[frame["pegawai_atasan_nama"] == "WALI KOTA", "pegawai_atasan_nip"]) == {"-"}
    listed = set(read_sheet(folder / "2026-Q2" / "siasn-pns-2026-06-30.xlsx")["NIP BARU"].str.removeprefix("'"))
    outside = frame.loc[frame["pegawai_atasan_jabatan"] == "SEKRETARIS DAERAH", "pegawai_atasan_nip"]
    assert len(outside) > 10 and len(set(outside)) == 1 and not set(outside) & listed


def test_no_two_people_share_a_number(full, read_sheet):
    folder, _ = full
    frames = [read_sheet(p)[["PNS ID", "NIP BARU"]] for p in folder.rglob("siasn-p*.xlsx")]
    pairs = pd.concat(frames).drop_duplicates()
    assert pairs["NIP BARU"].is_unique and pairs["PNS ID"].is_unique and len(pairs) > 6500


def test_the_employee_lists_have_the_usual_dirt(full, read_sheet):
    folder, _ = full
    pns = read_sheet(folder / LAST / "siasn-pns-2026-09-30.xlsx")
    pppk = read_sheet(folder / LAST / "siasn-pppk-2026-09-30.xlsx")
    assert pns["NIP BARU"].str.startswith("'").all()
    assert all(isinstance(v, float) for v in pns["TANGGAL LAHIR"]) and pppk["TANGGAL LAHIR"].str.fullmatch(r"\d\d-\d\d-\d{4}").all()
    assert {"PPPK", "PPPK Paruh Waktu"} == set(pppk["JENIS PEGAWAI NAMA"])
    assert "Pensiun" in set(pns["KEDUDUKAN HUKUM NAMA"]) and len(pns) + len(pppk) > 6500


def test_planted_faults_and_nothing_else(appraisals, truth):
    frame, faults = appraisals[LAST], truth("faults")
    assert tuple(faults["kind"]) == RULES
    by = faults.set_index("kind")
    number = [i for i, v in enumerate(frame["nip"]) if not isinstance(v, str)]
    assert sorted(number) == sorted(by.loc["nip as number", "row"]) and all(isinstance(frame["nip"].iloc[i], float) for i in number)
    wrong = frame[(frame["hasil_akhir"] == "SANGAT BAIK") & (frame["hasil_kerja"] == "SESUAI EKSPEKTASI")]
    assert sorted(wrong.index) == sorted(by.loc["predikat against quadrant", "row"])
    assert frame["waktu_dinilai"].str.contains("-10-32").sum() == 1
    assert (frame["skp_unor"] == "SEKSI YANG SUDAH DIHAPUS").sum() == 1
    twice = frame[frame["skp_penilaian_id"].duplicated(keep=False)]
    assert len(twice) == 2 and twice["hasil_akhir"].nunique() == 2
    for name, other in appraisals.items():
        if name != LAST:
            assert other["skp_penilaian_id"].is_unique and all(isinstance(v, str) for v in other["nip"])


def test_the_corrected_export_differs_as_the_truth_says(appraisals, truth):
    first, again = (appraisals[n].set_index("skp_penilaian_id") for n in ("2026-Q2", "2026-Q2-ulang"))
    changes = truth("revisions")
    ids = changes["appraisal"].map(lambda h: f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}")
    assert set(first.index) - set(again.index) == set(ids[changes["change"] == "withdrawn"])
    assert not set(again.index) - set(first.index)
    both = first.loc[again.index]
    results = ["hasil_kerja", "perilaku_kerja", "hasil_akhir"]
    differs = (both[results] != again[results]).any(axis=1)
    assert set(again.index[differs]) == set(ids[changes["change"].isin(["revised", "late"])])
    granted = truth("objections").query("decision == 'diubah'")["appraisal"]
    assert set(granted) == set(changes.loc[changes["change"] == "revised", "appraisal"])


def test_rotations_come_back_from_the_files(appraisals, truth):
    nip = truth("persons").set_index("person")["nip"].to_dict()
    posts = truth("evaluators")
    units = truth("units").set_index("unit")["name"]
    assert len(units) > 800
    names = [f"{y}-Q{q}" for y, q in ((2024, 4), (2025, 1), (2025, 2), (2025, 3), (2025, 4), (2026, 1), (2026, 2), (2026, 3))]
    found = 0
    for event in truth("rotations").itertuples():
        before, after = appraisals[names[event.quarter - 1]], appraisals[names[event.quarter]]
        old, new = nip[event.from_person], nip[event.to_person]
        team = set(before.loc[before["pegawai_atasan_nip"] == old, "id"]) & set(after.loc[after["pegawai_atasan_nip"] == new, "id"])
        if posts.query("post == @event.post and quarter == @event.quarter").empty:
            continue
        found += bool(team)
    assert found >= 0.7 * len(truth("rotations"))  # the others lead posts without staff in a quarterly file (schools)


def test_transfers_and_acting_posts_stand_twice(appraisals, truth):
    frame = appraisals["2026-Q2"]
    acting = frame[frame["is_skp_plt_plh_pjb"] == 1]
    assert len(acting) and acting["skp_jabatan"].str.startswith("Plt. ").all() and acting["id"].isin(
        frame.loc[frame["is_skp_plt_plh_pjb"] == 0, "id"]).all()
    definitive = frame[frame["is_skp_plt_plh_pjb"] == 0]
    moved = definitive[definitive["id"].duplicated(keep=False)]
    assert len(moved) >= 10 and moved.groupby("id")["skp_unor_id"].nunique().eq(2).all()


def test_expected_counts_are_those_of_the_files(appraisals, truth):
    expected = truth("expected").query("period == '2026-Q2'")
    frame = appraisals["2026-Q2"]
    main = frame[(frame["is_skp_plt_plh_pjb"] == 0) & frame["periode_akhir_skp"].str.endswith("12-31")]
    assert expected["expected"].sum() == len(main)
    rated = main[main["hasil_akhir"] != "-"].groupby("skp_unor_induk").size()
    assert rated.to_dict() == expected.set_index("opd_name")["rated"].to_dict()


def test_unit_predikat_list(small, full, read_sheet):
    folder, _ = full
    frame = read_sheet(folder / LAST / f"predikat-unit-{LAST}.xlsx")
    assert len(frame) == 43 and frame["UNIT KERJA"].is_unique
    assert frame["PREDIKAT"].value_counts().to_dict() == {"BAIK": 38, "ISTIMEWA": 4, "BUTUH PERBAIKAN": 1}


def test_attendance_and_training(full, truth):
    folder, _ = full
    files = sorted(folder.rglob("presensi-*.csv"))
    assert len(files) == 12
    first = files[0].read_bytes()
    assert first.startswith(b"\xef\xbb\xbf") and b";" in first.splitlines()[0]
    september = pd.read_csv(folder / LAST / "presensi-2026-09.csv", dtype=str)
    assert len(september) == 6500 and (september["TIDAK HADIR"].astype(int) <= september["HARI KERJA"].astype(int)).all()
    waves = truth("training").query("effective")
    assert sorted(waves["wave"].unique()) == [1, 2, 3] and len(waves) > 400 and waves["person"].is_unique
