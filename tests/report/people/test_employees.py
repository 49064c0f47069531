"""Each person's page says what holds for her, and nothing of anybody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.report.people.codes import code_of
from evalkit.report.people.listing import listing
from evalkit.report.people.make import make_employees
from evalkit.report.people.parts import objection_due
from tests.derive.conftest import appraisal, frame, make_frames
from tests.nip import holds_nip
from tests.report.people.conftest import LATER, NAMES, PERIOD, Office, cases

VERDICTS = {
    "p02": "Predikat Anda triwulan ini Sangat Baik : hasil kerja di atas ekspektasi dan perilaku kerja di atas ekspektasi.",
    "p03": "Predikat Anda triwulan ini Baik : hasil kerja sesuai ekspektasi dan perilaku kerja sesuai ekspektasi.",
    "p05": "Belum ada predikat untuk Anda triwulan ini; sebabnya menurut data:",
    "p07": "Penilaian ini pernah diubah; yang berlaku versi 2.",
    "p08": "Penilaian Anda triwulan ini ditarik:",
    "p09": "Belum ada predikat untuk Anda triwulan ini",
    "p11": "Hasil ini tidak ikut dihitung triwulan ini: keluar dari daftar pada periode ini.",
    "p12": "kedua penilaian di baliknya menunjuk kotak lain pada kuadran",
}
HERE = {"p02": "Sangat Baik", "p03": "Baik", "p04": "Baik", "p06": "Baik", "p07": "Sangat Baik", "p05": None, "p08": None, "p09": None,
        "p11": "Baik", "p12": None}


@pytest.mark.parametrize("person", VERDICTS)
def test_the_answer_fits_the_case(office: Office, person: str) -> None:
    assert VERDICTS[person] in office.text(person)


@pytest.mark.parametrize("person", HERE)
def test_the_framed_cell_is_hers_or_none_is_framed(office: Office, person: str) -> None:
    cells = [" ".join(c.text_content().split()) for c in office.tree(person).xpath("//td[@class='here']")]
    assert [c.removesuffix("hasil Anda").strip() for c in cells] == ([HERE[person]] if HERE[person] else [])


def test_a_person_with_several_appraisals_sees_which_one_counts(office: Office) -> None:
    moved = office.tree("p04").xpath("//caption[@id='t-lain']/ancestor::table//tbody/tr")
    assert [row.xpath("string(td[last()])") for row in moved] == ["hasil resmi", "jabatan lain; disimpan, tidak dihitung"]
    assert "pelaksana tugas; disimpan, tidak dihitung" in office.text("p03")
    assert not office.tree("p02").xpath("//caption[@id='t-lain']")


def test_a_corrected_appraisal_shows_both_versions_the_reason_and_the_objection(office: Office) -> None:
    text = office.text("p07")
    rows = office.tree("p07").xpath("//caption[@id='t-perubahan']/ancestor::table//tbody/tr")
    assert [r.xpath("string(td[last()])") for r in rows] == ["Baik", "Sangat Baik"]
    assert "“Keberatan dikabulkan”" in text
    assert "Keberatan Anda tercatat pada 14 Oktober 2026. Keputusan pada 19 Oktober 2026: hasil diubah." in text
    assert "perubahannya terlihat pada ekspor 20 Oktober 2026" in text


def test_the_head_is_told_that_the_units_achievement_is_her_rating(office: Office) -> None:
    assert "Anda memimpin unit" in office.text("p06")
    assert "Anda memimpin unit" not in office.text("p07")


def test_a_teacher_has_her_page_by_semester_under_her_own_rule(open_office: Callable[..., Office], office: Office) -> None:
    school = open_office(period="2026-S1")
    states = make_employees(school.request())
    assert len(states) == 1
    text = school.text("p10")
    assert "Predikat Anda semester ini Baik" in text
    assert "Januari–Juni 2026 (Semester I)" in text
    assert "Perdirjen GTK Nomor 7607" in text
    assert not office.page("p10").exists()


def test_the_deadline_of_an_objection_is_counted_and_marked(office: Office, open_office: Callable[..., Office]) -> None:
    acts = " ".join(office.tree("p02").xpath("//section[@class='acts']")[0].text_content().split())
    assert "paling lambat 19 Oktober 2026 belum dikonfirmasi. Atasan penilai yang memutuskan." in acts
    assert "Dihitung 14 hari kalender sejak penilaian tercatat, 5 Oktober 2026" in acts
    released = open_office()
    make_employees(released.request(released_on=date(2026, 10, 26)))
    text = released.text("p02")
    assert "paling lambat 9 November 2026" in text
    assert "sejak halaman ini diterbitkan, 26 Oktober 2026" in text
    make_employees(released.request(released_on=date(2026, 11, 30), told_on={"p02": date(2026, 10, 26)}))
    assert "paling lambat 9 November 2026" in released.text("p02")
    assert "sejak hasil ini pertama kali diterbitkan, 26 Oktober 2026; hasilnya tidak berubah sejak itu" in released.text("p02")
    assert "sejak halaman ini diterbitkan, 30 November 2026" in released.text("p07")
    assert "keberatan tertulis" not in " ".join(office.tree("p05").xpath("//section[@class='acts']")[0].text_content().split())


def test_a_day_that_has_passed_is_not_held_against_her(open_office: Callable[..., Office]) -> None:
    made = open_office(cases() | {"imports": frame("imports", [
        {"import_id": "i1", "sha256": "0", "file": "a.xlsx", "kind": "appraisals", "layout": "x", "scope": "full", "period": PERIOD,
         "exported_at": datetime(2026, 11, 30), "received_at": datetime(2026, 11, 30), "rows": 1, "rows_read": 1, "rows_refused": 0, "faults": 0}])})
    make_employees(made.request())
    assert "bila Anda baru sekarang menerima hasilnya" in made.text("p02")


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_working_days_agree_with_a_second_count(start: date, days: int) -> None:
    expected = np.busday_offset(np.datetime64(start), days, roll="backward").astype(date)
    assert objection_due(start, days, "working") == (expected if days else start)


def test_what_measures_her_is_shown_or_said_to_be_missing(office: Office) -> None:
    dims = " ".join(office.tree("p02").xpath("//div[@class='dims']")[0].text_content().split())
    assert "Hadir pada 95,0% hari kerja" in dims
    assert "4,0 pada skala 1 sampai 5" in dims
    assert "Rata-rata jawaban 3 pegawai" in dims
    few = " ".join(office.tree("p03").xpath("//div[@class='dims']")[0].text_content().split())
    assert "Baru 2 pegawai yang mengisi" in few
    assert "4,0" not in few
    assert few.count("belum diukur") == 2


def test_indicators_stand_with_target_and_whether_it_was_met(office: Office) -> None:
    rows = office.tree("p02").xpath("//caption[@id='t-kerja']/ancestor::table//tbody/tr")
    assert [[" ".join(c.text_content().split()) for c in row] for row in rows] == [
        ["Dokumen selesai", "kuantitas", "120", "126", "✓ya"], ["Hari sampai selesai", "kuantitas", "≤ 3", "3,40", "–belum"],
        ["Laporan", "kuantitas", "0", "2", "–tidak dapat dihitung"]]
    assert not office.tree("p03").xpath("//caption[@id='t-kerja']")


def test_what_is_held_is_counted_over_the_whole_study(office: Office) -> None:
    rows = {r.xpath("string(th)"): r for r in office.tree("p02").xpath("//caption[@id='t-data']/ancestor::table//tbody/tr")}
    assert len(rows) == 7
    assert "Presensi per bulan4 baris, Jul 2026 sampai Okt 2026" in rows
    assert "Penilaian2 baris, Triwulan II 2026 sampai Triwulan III 2026" in rows
    assert all(r.xpath("string(td[last()])") for r in rows.values())
    held = office.built.table("personal_holdings")
    counts = held[held["person_id"].eq("p02").to_numpy(dtype=bool)]
    assert dict(zip(counts["kind"], counts["n"], strict=True)) == {"attributes": 1, "assignments": 1, "appraisals": 2, "indicators": 3,
                                                                    "answers_about": 3, "attendance": 4}


def test_history_is_that_of_the_official_results(office: Office) -> None:
    rows = office.tree("p02").xpath("//caption[@id='t-riwayat']/ancestor::table//tbody/tr")
    assert [(r.xpath("string(th)"), r.xpath("string(td[last()])")) for r in rows] == [
        ("Triwulan III 2026", "Sangat Baik"), ("Triwulan II 2026", "Baik")]


def test_a_page_names_nobody_else_and_no_number_or_id(office: Office) -> None:
    ids = set(NAMES)
    for person, name in NAMES.items():
        if person == "p10":
            continue
        page = office.page(person)
        text = page.read_text(encoding="utf-8")
        assert name in text
        assert [n for p, n in NAMES.items() if p != person and n in text] == []
        assert not holds_nip(text)
        assert not re.search(rf"(?<![\w#]){'|'.join(ids)}(?!\w)", text)
        assert name.split()[0].casefold() not in page.as_posix().removeprefix(office.draft.as_posix()).casefold()
        assert not re.search(r"peringkat ke|persentil|rata-rata (kota|unit)", text)


def test_codes_are_stable_and_tell_nothing(office: Office) -> None:
    one, two = code_of(office.study, "p02", "employees"), code_of(office.study, "p02", "evaluators")
    assert one == code_of(office.study, "p02", "employees")
    assert one != two
    assert len({code_of(office.study, p, "employees") for p in NAMES}) == len(NAMES)
    assert re.fullmatch(r"[a-z2-7]{16}", one)


def test_an_english_page_says_the_same_in_english(office: Office) -> None:
    tree, text = office.tree("p02", language="en"), office.text("p02", language="en")
    assert tree.get("lang") == "en"
    assert "Your predikat this quarter is Very good (Sangat Baik) : work results above expectation" in text
    assert "by 19 October 2026 unconfirmed" in text
    for word in ("Anda", "belum", "hasil kerja", "triwulan"):
        assert word not in text.replace("Work results (hasil kerja)", ""), word


def test_pages_are_light_whole_and_ask_for_nothing(office: Office) -> None:
    for page in office.draft.rglob("*.html"):
        data = page.read_bytes()
        assert len(data) < 40_000, page.name
        assert data.count(b"<h1") == 1
        assert b"default-src 'none'" in data
        assert b"http://" not in data
        assert b"https://" not in data
        assert b"@FOOT@" not in data


def test_nothing_is_written_again_when_nothing_changed(again: Office) -> None:
    before = {p: p.stat().st_mtime_ns for p in again.draft.rglob("*.html")}
    states = make_employees(again.request(languages=("id", "en")))
    assert set(states.values()) == {"unchanged"}
    assert before == {p: p.stat().st_mtime_ns for p in again.draft.rglob("*.html")}


def test_a_page_that_somebody_changed_or_lost_is_made_again(again: Office) -> None:
    good = again.page("p02").read_bytes()
    again.page("p02").write_text("changed", encoding="utf-8")
    again.page("p03").unlink()
    states = make_employees(again.request())
    assert sum(s == "done" for s in states.values()) == 2
    assert again.page("p02").read_bytes() == good


def test_only_the_page_of_whom_something_changed_is_made_again(open_office: Callable[..., Office], again: Office) -> None:
    frames = cases()
    change = frame("appraisals", [appraisal("p02", PERIOD, "baik", version=2, exported_at=LATER)])
    frames["appraisals"] = pd.concat([frames["appraisals"], change], ignore_index=True)
    changed = open_office(frames)
    moved = Office(changed.study, changed.built, again.draft)
    states = make_employees(moved.request())
    assert [p for p, s in states.items() if s == "done"] == [moved.page("p02").relative_to(moved.draft)]


def test_the_page_of_somebody_who_is_gone_goes_too(open_office: Callable[..., Office], again: Office) -> None:
    frames = cases()
    for name in ("appraisals", "person_attributes", "assignments", "ratings"):
        table = frames[name]
        key = "person_id" if "person_id" in table else "object_id"
        frames[name] = table[table[key].ne("p03").to_numpy(dtype=bool)]
    fewer = open_office(frames)
    page = again.page("p03")
    page.with_suffix(".pdf").write_bytes(b"%PDF")
    assert page.is_file()
    make_employees(Office(fewer.study, fewer.built, again.draft).request(opd_ids=frozenset({"b"})))
    assert page.is_file(), "a run for one unit leaves the others"
    make_employees(Office(fewer.study, fewer.built, again.draft).request())
    assert not page.exists()
    assert not page.with_suffix(".pdf").exists()
    assert again.page("p03", language="en").is_file(), "a run in one language leaves the other"


def test_one_unit_alone(open_office: Callable[..., Office]) -> None:
    made = open_office()
    states = make_employees(made.request(opd_ids=frozenset({"b"})))
    assert {made.page(p).relative_to(made.draft) for p in ("p06", "p07", "p08", "p09", "p11")} == set(states)


def test_the_listing_names_nobody_and_finds_every_page(office: Office) -> None:
    for reader in ("employees", "evaluators"):
        listed = list(listing(office.study, office.built, office.draft, reader))
        assert {x.path for x in listed} == {p.relative_to(office.draft) for p in (office.draft / reader).rglob("*.html")}
        assert not [x for x in listed for n in NAMES.values() if n in x.label]
        assert "p0" not in repr(listed[0])


def test_without_anybody_there_is_no_page(open_office: Callable[..., Office]) -> None:
    nobody = open_office({"imports": cases()["imports"]})
    assert make_employees(nobody.request()) == {}


def test_a_name_that_the_register_lacks_is_said_to_be_missing(open_office: Callable[..., Office]) -> None:
    made = open_office(names={"p01": "Ratna"})
    make_employees(made.request())
    assert "Nama tidak ada dalam register" in made.text("p02")


def test_tables_of_a_study_without_any_of_the_optional_files(open_office: Callable[..., Office]) -> None:
    bare = open_office(make_frames())
    states = make_employees(bare.request())
    assert set(states.values()) == {"done"}
    assert "seharusnya ditetapkan lebih dahulu; di data ini belum tercatat" in bare.text("p02")
    assert isinstance(bare.built.table("personal_indicators"), pd.DataFrame)
