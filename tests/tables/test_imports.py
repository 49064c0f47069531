"""Taking files in: versions, withdrawals, scope, periods, the same bytes twice, and what is never stored."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from evalkit.errors import StudyError
from evalkit.tables import ledger, store
from evalkit.tables.imports import add, safe_name
from evalkit.tables.study import Study
from tests.nip import holds_nip
from tests.tables.hand_made import BADAN, BIDANG, DINAS, appraisal, employee, employees_of, nip, post, ratings_of, tree, write

pytestmark = pytest.mark.usefixtures("by_hand")
AT = datetime(2026, 10, 3, 9)


def put(study: Study, folder: Path, content: dict, **more: object):  # a FileResult
    n = len(list(folder.glob("*.json")))
    return add(study, [write(folder, f"f{n}.json", content)], received_at=AT, **more).files[0]


@pytest.fixture
def inbox(tmp_path: Path, study: Study) -> Path:
    folder = tmp_path / "inbox"
    put(study, folder, tree())
    return folder


def test_first_export_is_stored_with_persons_units_and_contract(study: Study, inbox: Path) -> None:
    result = put(study, inbox, ratings_of([appraisal(1), appraisal(2, None, hasil_kerja=None, perilaku_kerja=None)]))
    assert (result.status, result.rows_read, result.new, result.changed) == ("added", 2, 2, 0)
    rows = store.read(study, "appraisals")
    assert rows["version"].tolist() == [1, 1]
    assert rows["unit_id"].unique().tolist() == [BIDANG]
    assert rows["opd_id"].unique().tolist() == [DINAS]
    assert rows["instrument"].unique().tolist() == ["permenpanrb-6-2022"]
    assert rows["person_id"].str.fullmatch("p[a-z2-7]{12}").all()
    assert rows["superior_id"].nunique() == 1


def test_same_bytes_twice_are_said_and_add_nothing(study: Study, inbox: Path) -> None:
    file = write(inbox, "laporan.json", ratings_of([appraisal(1)]))
    add(study, [file], received_at=AT)
    before = sorted(p.name for p in study.root.rglob("*"))
    again = add(study, [file, file]).files
    assert [f.status for f in again] == ["known", "known"]
    assert "3 Oktober 2026" in again[0].message
    assert sorted(p.name for p in study.root.rglob("*")) == before


def test_same_file_twice_in_one_call_counts_once(study: Study, inbox: Path) -> None:
    file = write(inbox, "laporan.json", ratings_of([appraisal(1)]))
    assert [f.status for f in add(study, [file, file], received_at=AT).files] == ["added", "known"]
    assert len(store.read(study, "appraisals")) == 1


def test_changed_content_is_the_next_version_and_unchanged_is_none(study: Study, inbox: Path) -> None:
    put(study, inbox, ratings_of([appraisal(1), appraisal(2)]))
    result = put(study, inbox, ratings_of([appraisal(1, "sangat_baik", row=30), appraisal(2, row=31)], "2026-10-09T08:00:00"))
    assert (result.new, result.changed, result.unchanged) == (0, 1, 1)
    rows = store.read(study, "appraisals").sort_values(["appraisal_id", "version"])
    assert list(zip(rows["appraisal_id"], rows["version"], rows["predikat"], strict=True)) == [
        ("a1", 1, "baik"), ("a1", 2, "sangat_baik"), ("a2", 1, "baik")]
    earlier = store.read(study, "appraisals", as_of=date(2026, 10, 5))
    assert earlier["predikat"].tolist() == ["baik", "baik"]


def test_an_older_export_taken_in_later_does_not_undo_a_newer_one(study: Study, inbox: Path) -> None:
    put(study, inbox, ratings_of([appraisal(1, "sangat_baik")], "2026-10-09T08:00:00"))
    put(study, inbox, ratings_of([appraisal(1, "baik")], "2026-10-02T08:00:00"))
    rows = store.read(study, "appraisals").sort_values("exported_at")
    assert rows["predikat"].tolist() == ["baik", "sangat_baik"]
    assert rows["version"].tolist() == [2, 1]


def test_a_row_missing_from_a_full_export_is_withdrawn_and_can_come_back(study: Study, inbox: Path) -> None:
    ten = [appraisal(n) for n in range(1, 11)]
    put(study, inbox, ratings_of(ten))
    result = put(study, inbox, ratings_of(ten[1:], "2026-10-09T08:00:00"))
    assert result.withdrawn == 1
    assert store.read(study, "withdrawals")["record_key"].tolist() == ["a1"]
    assert store.read(study, "withdrawals", as_of=date(2026, 10, 5)).empty
    back = put(study, inbox, ratings_of(ten, "2026-10-12T08:00:00"))
    assert (back.new, back.changed, back.unchanged) == (0, 1, 9)
    rows = store.read(study, "appraisals")
    assert rows.loc[rows["appraisal_id"] == "a1", "version"].tolist() == [1, 2]


def test_a_row_missing_from_a_partial_export_means_nothing(study: Study, inbox: Path) -> None:
    put(study, inbox, ratings_of([appraisal(n) for n in range(1, 11)]))
    result = put(study, inbox, ratings_of([appraisal(1)], "2026-10-09T08:00:00", scope="DINAS CONTOH"))
    assert (result.scope, result.withdrawn) == (DINAS, 0)
    unsaid = put(study, inbox, ratings_of([appraisal(2)], "2026-10-10T08:00:00", scope=None))
    assert (unsaid.scope, unsaid.withdrawn) == ("partial", 0)
    assert unsaid.notes


def test_a_refused_row_of_a_full_export_is_not_withdrawn(study: Study, inbox: Path) -> None:
    ten = [appraisal(n) for n in range(1, 11)]
    put(study, inbox, ratings_of(ten))
    fault = {"rule": "nip.number_cell", "severity": "error", "record_key": "a1", "row": 9, "column": "nip", "value": "1990…"}
    result = put(study, inbox, ratings_of(ten[1:], "2026-10-09T08:00:00", faults=[fault], refused=1))
    assert result.withdrawn == 0


def test_a_full_list_of_one_kind_of_employment_says_nothing_about_the_others(study: Study, inbox: Path) -> None:
    put(study, inbox, ratings_of([appraisal(n, employment="pppk") for n in range(1, 5)]))
    put(study, inbox, ratings_of([appraisal(n) for n in range(5, 9)], "2026-10-03T08:00:00"))
    assert store.read(study, "withdrawals").empty


def test_a_title_that_says_all_but_holds_far_fewer_rows_is_refused_until_stated(study: Study, inbox: Path) -> None:
    put(study, inbox, ratings_of([appraisal(n) for n in range(1, 11)]))
    few = ratings_of([appraisal(1)], "2026-10-09T08:00:00")
    refused = put(study, inbox, few)
    assert refused.status == "refused"
    assert "--scope full" in refused.message
    assert store.read(study, "withdrawals").empty
    assert put(study, inbox, few, scope="full").withdrawn == 9


@pytest.mark.parametrize(("said", "stated", "words"), [("full", "DINAS CONTOH", "--scope"), ("DINAS CONTOH", "full", "DINAS CONTOH"),
                                                       ("DINAS CONTOH", "BADAN CONTOH", "BADAN CONTOH"), (None, "DINAS LAIN", "0 unit")])
def test_stated_scope_and_title_must_agree(study: Study, inbox: Path, said: str | None, stated: str, words: str) -> None:
    result = put(study, inbox, ratings_of([appraisal(1)], scope=said), scope=stated)
    assert result.status == "refused"
    assert words in result.message
    assert store.read(study, "appraisals").empty


def test_period_of_the_title_and_the_stated_one_must_agree(study: Study, inbox: Path) -> None:
    result = put(study, inbox, ratings_of([appraisal(1)]), period="2026-Q2")
    assert result.status == "refused"
    assert "2026-Q3" in result.message
    assert "2026-Q2" in result.message
    assert put(study, inbox, ratings_of([appraisal(1)]), period="2026-q3").status == "added"


def test_without_a_period_it_asks(study: Study, inbox: Path) -> None:
    content = ratings_of([appraisal(1)], period=None)
    assert "--period" in put(study, inbox, content).message
    assert put(study, inbox, content, period="2026-Q3").period == "2026-Q3"
    with pytest.raises(StudyError, match="2026-Q5"):
        put(study, inbox, content, period="2026-Q5")


def test_a_period_nobody_is_rated_in_is_kept_and_said(study: Study, inbox: Path) -> None:
    assert put(study, inbox, ratings_of([appraisal(1)], period="2026-09")).notes
    assert not put(study, inbox, ratings_of([appraisal(2)], period="2026")).notes


def test_one_bad_file_does_not_stop_the_others_and_leaves_nothing(study: Study, inbox: Path) -> None:
    bad = inbox / "rusak.json"
    bad.write_text("{", encoding="utf-8")
    good = write(inbox, "baik.json", ratings_of([appraisal(1)]))
    result = add(study, [bad, good, inbox / "tiada.json"], received_at=AT)
    assert [f.status for f in result.files] == ["refused", "added", "refused"]
    assert len(list((study.root / "raw").iterdir())) == 2
    assert {r.kind for r in ledger.records(study)} == {"units", "appraisals"}


def test_the_unit_tree_goes_first_whatever_the_order(tmp_path: Path, study: Study) -> None:
    files = [write(tmp_path / "in", "b.json", ratings_of([appraisal(1)])), write(tmp_path / "in", "a.json", tree())]
    result = add(study, files, received_at=AT)
    assert [f.kind for f in result.files] == ["appraisals", "units"]
    assert not result.faults
    assert store.read(study, "appraisals")["opd_id"].tolist() == [DINAS]


def test_a_tree_that_comes_after_the_appraisals_gives_their_office_its_place(study: Study, tmp_path: Path) -> None:
    put(study, tmp_path / "in", ratings_of([appraisal(1)]))
    before = store.read(study, "appraisals")["opd_id"].iloc[0]
    digest = store.digest_inputs(study, ["appraisals"])
    put(study, tmp_path / "in", tree())
    assert before.startswith("u")
    assert store.read(study, "appraisals")["opd_id"].tolist() == [DINAS]
    assert before not in set(store.read(study, "units")["unit_id"])
    assert store.digest_inputs(study, ["appraisals"]) != digest
    again = put(study, tmp_path / "in", ratings_of([appraisal(1)], "2026-10-09T08:00:00"))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)


def test_a_file_without_any_tree_keeps_its_units_by_name(study: Study, tmp_path: Path) -> None:
    rows = [appraisal(1, unit_id="name:Bagian A"), appraisal(2, unit_id="name:BAGIAN  A."), appraisal(3, unit_id="name:Bagian B")]
    assert not put(study, tmp_path / "in", ratings_of(rows)).faults
    assert store.read(study, "appraisals")["unit_id"].nunique() == 2
    assert {"Bagian A", "Bagian B"} <= set(store.read(study, "units")["name"])


def test_unit_names_that_are_unknown_or_ambiguous_are_faults(study: Study, tmp_path: Path) -> None:
    doubled = tree()
    doubled["frames"]["units"].append({"unit_id": "unor:" + "9" * 32, "parent_id": f"unor:{BADAN}", "name": "Bidang  latihan",
                                       "valid_from": "2020-01-01", "row": 9})
    put(study, tmp_path / "in", doubled)
    rows = [appraisal(1, unit_id="name:BIDANG LATIHAN"), appraisal(2, unit_id="name:BIDANG LAIN", opd_id=None), appraisal(3)]
    result = put(study, tmp_path / "in", ratings_of(rows))
    assert result.faults == {"unit.name_ambiguous": 1, "unit.name_unknown": 1}
    assert result.rows_read == 3
    assert store.read(study, "appraisals")["unit_id"].isna().tolist() == [True, True, False]


def test_a_predikat_of_an_unknown_unit_refuses_its_row(study: Study, inbox: Path) -> None:
    rows = [{"unit_id": "name:Dinas Contoh", "predikat": "baik", "row": 2}, {"unit_id": "name:Dinas Lain", "predikat": "baik", "row": 3}]
    result = put(study, inbox, {"kind": "unit_predikat", "layout": "predikat-unit", "frames": {"unit_predikat": rows}}, period="2026-Q3")
    assert (result.rows, result.rows_read, result.rows_refused) == (2, 1, 1)
    assert store.read(study, "unit_predikat")["unit_id"].tolist() == [DINAS]


def test_the_predikat_of_a_unit_keeps_its_versions(study: Study, inbox: Path) -> None:
    for n, predikat in enumerate(["baik", "baik", "istimewa"]):
        put(study, inbox, {"kind": "unit_predikat", "layout": "predikat-unit", "exported_at": f"2026-10-0{n + 1}T08:00:00",
                           "frames": {"unit_predikat": [{"unit_id": f"unor:{DINAS}", "predikat": predikat, "row": 2}]}}, period="2026-Q3")
    rows = store.read(study, "unit_predikat")
    assert rows[["version", "predikat"]].to_numpy().tolist() == [[1, "baik"], [2, "istimewa"]]


def test_faults_have_stable_ids_and_a_state(study: Study, inbox: Path) -> None:
    def fault(row: int) -> dict[str, object]:
        return {"rule": "predikat.contradicts", "severity": "error", "record_key": "a1", "row": row, "column": "hasil_akhir",
                "value": "BAIK", "unit": "name:DINAS CONTOH", "values": {"work": "sesuai", "behaviour": "di bawah"}}

    put(study, inbox, ratings_of([appraisal(1)], faults=[fault(9)]))
    put(study, inbox, ratings_of([appraisal(1, row=50)], "2026-10-05T08:00:00", faults=[fault(50)]))
    faults = store.read(study, "faults")
    assert faults[["row", "status", "unit_id"]].to_numpy().tolist() == [[50, "open", DINAS]]
    assert faults["first_seen"].dt.day.tolist() == [2]
    assert faults["last_seen"].dt.day.tolist() == [5]
    put(study, inbox, ratings_of([appraisal(1, "kurang")], "2026-10-09T08:00:00"))
    assert store.read(study, "faults")["status"].tolist() == ["gone"]
    assert store.read(study, "faults", as_of=date(2026, 10, 6))["status"].tolist() == ["open"]


def test_no_name_and_no_number_outside_the_vault_and_raw(study: Study, inbox: Path) -> None:
    fault = {"rule": "nip.length", "severity": "error", "record_key": nip(1), "row": 9, "column": "nip", "value": nip(1)}
    file = write(inbox, f"laporan {nip(1)}.json", ratings_of([appraisal(1)], faults=[fault]))
    add(study, [file], received_at=AT)
    for path in study.root.rglob("*"):
        if path.is_file() and "raw" not in path.parts:
            text = path.read_bytes()
            assert b"NAMA CONTOH" not in text, path
            assert not holds_nip(text), path
        assert not re.search(r"\d{18}", path.name), path
    for table in ("faults", "imports", "appraisals"):
        text = store.read(study, table).to_csv()
        assert "NAMA" not in text and not holds_nip(text), table


def test_safe_names() -> None:
    assert safe_name("a/b\\c.xlsx") == "c.xlsx"
    assert safe_name("..") == "berkas"
    assert safe_name("x" * 300 + ".csv") == "x" * 80 + ".csv"


def test_a_disk_that_fills_up_leaves_the_state_before(study: Study, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    put(study, inbox, ratings_of([appraisal(1)]))
    before = {t: store.read(study, t).to_csv() for t in ("appraisals", "imports", "faults")}
    real = os.fsync
    for allowed in range(12):
        left = [allowed]

        def full(handle: int, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(handle)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            content = ratings_of([appraisal(1, "sangat_baik"), appraisal(2)], f"2026-10-09T08:00:{allowed:02d}")
            try:
                done = put(study, inbox, content).status == "added"
            except Exception as error:
                assert type(error).__name__ == "ImportFileError"
                assert "disk" in str(error).lower()
                done = False
        after = {t: store.read(study, t).to_csv() for t in before}
        if done:
            assert after["appraisals"].count("sangat_baik") == 1
            break
        if len(store.read(study, "imports")) == 2:  # the record had its name before the folder's flush failed
            assert after == before
    else:
        pytest.fail("the import never got through")


def test_a_second_run_waits_and_says_so(study: Study, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "LOCK_SECONDS", 0.1)
    with ledger.locked(study), pytest.raises(StudyError, match="sedang memakai"):
        add(study, [])


def test_a_store_of_a_newer_evalkit_is_refused(study: Study, inbox: Path) -> None:
    (study.root / "imports" / "format.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(StudyError, match="lebih baru"):
        add(study, [])


def test_employees_become_intervals(study: Study, inbox: Path) -> None:
    put(study, inbox, employees_of([employee(n) for n in (1, 2, 3)], [post(1), post(2), post(3)], "2026-01-10"))
    later = [employee(1, grade="III/b", valid_from="2026-04-01"), employee(2)]
    moved = [post(1), post(2, BADAN, "ANALIS MADYA", valid_from="2026-03-01")]
    put(study, inbox, employees_of(later, moved, "2026-07-10"), scope="full")
    people = store.read(study, "person_attributes")
    assert people["grade"].tolist().count("III/b") == 1
    ends = {(r.grade, str(r.valid_to)) for r in people.itertuples()}
    assert ("III/a", "2026-03-31") in ends
    assert ("III/a", "2026-07-09") in ends  # the third is no longer listed
    posts = store.read(study, "assignments")
    second = posts[posts["unit_id"] == BADAN]["person_id"].iloc[0]
    own = posts[posts["person_id"] == second].sort_values("valid_from")
    assert [str(d) for d in own["valid_to"]] == ["2026-02-28", "<NA>"]
    assert store.read(study, "person_attributes", as_of=date(2026, 5, 1))["valid_to"].isna().all()


def test_a_list_of_one_unit_ends_nobody(study: Study, inbox: Path) -> None:
    put(study, inbox, employees_of([employee(n) for n in (1, 2, 3)], [post(n) for n in (1, 2, 3)], "2026-01-10"))
    result = put(study, inbox, employees_of([employee(1)], [post(1)], "2026-07-10"))
    assert result.scope == "partial"
    assert store.read(study, "person_attributes")["valid_to"].isna().all()


def test_two_rows_of_attributes_for_one_person_are_told_apart_by_their_dates(study: Study, inbox: Path) -> None:
    rows = [employee(1), employee(1, grade="III/b", valid_from="2026-04-01", row=3)]
    put(study, inbox, employees_of(rows, [post(1)], "2026-05-01"))
    people = store.read(study, "person_attributes")
    assert [(r.grade, str(r.valid_to)) for r in people.itertuples()] == [("III/a", "2026-03-31"), ("III/b", "<NA>")]


def test_a_pppk_who_becomes_pns_stays_one_person(study: Study, inbox: Path) -> None:
    put(study, inbox, employees_of([employee(1, employment="pppk")], [post(1)], "2026-01-10"))
    put(study, inbox, employees_of([employee(1, employment="pns", valid_from="2026-06-01")], [post(1)], "2026-07-10"))
    put(study, inbox, employees_of([employee(2, employment="pppk")], [post(2)], "2026-07-11"), scope="full")
    people = store.read(study, "person_attributes").sort_values("valid_from")
    first = people[people["employment"] == "pns"]["person_id"].iloc[0]
    own = people[people["person_id"] == first]
    assert [str(d) for d in own["valid_to"]] == ["2026-05-31", "<NA>"]


def test_digests_change_only_with_their_tables(study: Study, inbox: Path) -> None:
    put(study, inbox, ratings_of([appraisal(1)]))
    before = store.digest_inputs(study, ["appraisals", "units", "assignments"])
    put(study, inbox, employees_of([employee(1)], [post(1)], "2026-01-10"))
    after = store.digest_inputs(study, ["appraisals", "units", "assignments"])
    assert [before[t] == after[t] for t in ("appraisals", "units", "assignments")] == [True, True, False]


def test_an_unknown_table_is_refused(study: Study) -> None:
    from evalkit.errors import TableError

    with pytest.raises(TableError, match="gaji"):
        store.read(study, "gaji")


@pytest.mark.parametrize("table", ["appraisals", "units", "person_attributes", "assignments", "exclusions", "faults", "imports", "periods",
                                   "unit_predikat", "ratings", "withdrawals", "corrections", "aliases", "attendance"])
def test_every_table_of_an_empty_study_is_empty_with_its_columns(study: Study, table: str) -> None:
    from evalkit.tables.schema import TABLES

    frame = store.read(study, table)
    assert frame.empty
    assert tuple(frame.columns) == TABLES[table].names
