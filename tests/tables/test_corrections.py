"""Corrections: from the fault list to the workbook of a unit, back through `add`, and into the next version."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from evalkit.tables import store
from evalkit.tables.imports import add
from evalkit.tables.results import FileResult
from evalkit.tables.study import Study
from evalkit.tables.unit_forms import write_unit_forms
from evalkit.tables.unit_workbook import read_form
from tests.tables.hand_made import RECEIVED

LATER = RECEIVED + timedelta(days=1)
Rows = list[list[object]]


def open_faults(study: Study) -> pd.DataFrame:
    faults = store.read(study, "faults")
    return faults[faults["status"] == "open"]


def forms(study: Study) -> dict[str, Path]:
    """Fault id -> the workbook it stands in."""
    written = write_unit_forms(study, open_faults(study), "2026-Q3")
    return {fault: path for path in written for row in rows_of(path) if (fault := str(row[0])).startswith("f") and len(fault) == 9}


def rows_of(path: Path) -> Rows:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)


def fill(path: Path, answers: dict[str, tuple[object, str]], *, by: str = "xlsx", order: int = 1) -> Path:
    """Fill in a workbook and save it as another program would: other name, other styles, other order of rows."""
    rows = rows_of(path)
    at = next(i for i, row in enumerate(rows) if "Perbaikan" in row)
    new, reason = rows[at].index("Perbaikan"), rows[at].index("Alasan")
    for row in rows[at + 1:]:
        if row[0] in answers:
            row[new], row[reason] = answers[str(row[0])]
    rows = rows[:at + 1] + rows[at + 1:][::order]
    target = path.with_name(f"balasan unit.{by}")
    if by == "csv":
        target.write_text("\n".join(";".join('"' + str(c).replace('"', '""') + '"' for c in row) for row in rows), encoding="utf-8-sig")
        return target
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet("Catatan").write(0, 0, "x")
        sheet = book.add_worksheet("Lembar lain")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
    return target


def send(study: Study, path: Path, at: datetime = LATER) -> FileResult:
    return add(study, [path], received_at=at).files[0]


def one(study: Study, rule: str) -> dict[str, object]:
    faults = open_faults(study)
    return {str(k): v for k, v in faults[faults["rule"] == rule].iloc[0].to_dict().items()}


def test_a_workbook_names_fault_remedy_and_person_and_is_protected(city: Study) -> None:
    import zipfile

    fault = one(city, "predikat.contradicts")
    path = forms(city)[str(fault["fault_id"])]
    assert path.is_relative_to(city.root / "units")
    row = next(r for r in rows_of(path) if r[0] == fault["fault_id"])
    assert fault["remedy"] in row
    assert row[1]
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<sheetProtection" in sheet
    assert "<dataValidation " in sheet
    assert "<f>" not in sheet


def test_every_open_fault_is_in_exactly_one_workbook(city: Study) -> None:
    written = write_unit_forms(city, open_faults(city), "2026-Q3")
    ids = [str(r[0]) for p in written for r in rows_of(p) if re.fullmatch("f[a-z2-7]{8}", str(r[0]))]
    assert sorted(ids) == sorted(open_faults(city)["fault_id"])


@pytest.mark.parametrize(("by", "order"), [("xlsx", 1), ("xlsx", -1), ("csv", -1)])
def test_a_corrected_predikat_becomes_the_next_version_with_its_reason(city: Study, by: str, order: int) -> None:
    fault = one(city, "predikat.contradicts")
    path = forms(city)[str(fault["fault_id"])]
    result = send(city, fill(path, {str(fault["fault_id"]): ("BAIK", "salah ketik")}, by=by, order=order))
    assert (result.status, result.kind, result.changed, result.new) == ("added", "corrections", 1, 0)
    rows = store.read(city, "appraisals")
    own = rows[rows["appraisal_id"] == fault["record_key"]].sort_values("version")
    assert own[["version", "predikat", "revision_reason"]].astype(object).where(own.notna(), None).to_numpy().tolist() == [
        [1, "sangat_baik", None], [2, "baik", "salah ketik"]]
    faults = store.read(city, "faults").set_index("fault_id")["status"]
    assert faults[fault["fault_id"]] == "corrected"
    assert (faults == "open").sum() == len(faults) - 1


def test_a_row_that_could_not_be_read_is_read_once_its_number_is_text(city: Study) -> None:
    fault = one(city, "nip.number_cell")
    path = forms(city)[str(fault["fault_id"])]
    before = store.read(city, "appraisals")
    assert fault["record_key"] not in set(before["appraisal_id"])
    nip = "19850505" + "201001" + "1" + "931"
    result = send(city, fill(path, {str(fault["fault_id"]): (nip, "")}))
    assert (result.new, result.changed) == (1, 0)
    own = store.read(city, "appraisals")
    own = own[own["appraisal_id"] == fault["record_key"]]
    assert own["predikat"].notna().all()
    assert own["revision_reason"].tolist() == ["perbaikan oleh unit"]
    for table in ("corrections", "faults", "imports"):
        assert nip not in store.read(city, table).to_csv(), table
    assert all(nip.encode() not in p.read_bytes() for p in city.root.rglob("*.json"))


def test_a_correction_that_breaks_a_rule_again_leaves_the_fault_open(city: Study) -> None:
    fault = one(city, "nip.number_cell")
    result = send(city, fill(forms(city)[str(fault["fault_id"])], {str(fault["fault_id"]): ("123", "")}))
    assert result.faults == {"nip.length": 1}
    faults = store.read(city, "faults")
    own = faults[faults["record_key"] == fault["record_key"]].set_index("rule")["status"].to_dict()
    assert own == {"nip.number_cell": "corrected", "nip.length": "open"}


def test_an_empty_workbook_changes_nothing(city: Study) -> None:
    before = store.read(city, "faults").to_csv()
    path = next(iter(forms(city).values()))
    result = send(city, fill(path, {}))
    assert (result.status, result.rows, result.changed) == ("added", 0, 0)
    assert store.read(city, "faults").to_csv() == before


def test_the_same_workbook_twice_is_said(city: Study) -> None:
    fault = one(city, "predikat.contradicts")
    filled = fill(forms(city)[str(fault["fault_id"])], {str(fault["fault_id"]): ("BAIK", "")})
    send(city, filled)
    assert send(city, filled).status == "known"


@pytest.mark.parametrize(("rule", "new", "words"), [
    ("predikat.contradicts", "LUMAYAN", "bukan salah satu pilihan"), ("nip.number_cell", 198505052010011931, "ditulis sebagai angka"),
    ("nip.number_cell", "TETAP", "tidak mungkin")])
def test_answers_that_cannot_be_used_are_told_one_by_one(city: Study, rule: str, new: object, words: str) -> None:
    fault = one(city, rule)
    result = send(city, fill(forms(city)[str(fault["fault_id"])], {str(fault["fault_id"]): (new, "")}))
    assert any(words in note for note in result.notes)
    assert result.rows_refused == 1
    assert one(city, rule)["fault_id"] == fault["fault_id"]


def test_what_a_unit_says_is_right_is_waived(city: Study) -> None:
    faults = open_faults(city)
    fault = faults[faults["severity"] == "warning"].iloc[0]
    send(city, fill(forms(city)[fault["fault_id"]], {fault["fault_id"]: ("tetap", "memang begitu")}))
    assert store.read(city, "faults").set_index("fault_id")["status"][fault["fault_id"]] == "waived"


def test_a_workbook_of_another_study_is_refused(city: Study) -> None:
    from dataclasses import replace

    path = next(iter(forms(replace(city, name="lain")).values()))
    result = send(city, fill(path, {}))
    assert result.status == "refused"
    assert "lain" in result.message


def test_a_workbook_that_lost_its_columns_says_so(city: Study) -> None:
    path = next(iter(forms(city).values()))
    broken = path.with_name("rusak.xlsx")
    with xlsxwriter.Workbook(broken) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate(rows_of(path)):
            sheet.write_row(i, 0, row[:5])
    assert "check --to-units" in send(city, broken).message


def test_a_correction_is_applied_again_to_a_later_export_with_the_same_value(city: Study, city_files: Path, tmp_path: Path) -> None:
    fault = one(city, "predikat.contradicts")
    send(city, fill(forms(city)[str(fault["fault_id"])], {str(fault["fault_id"]): ("BAIK", "salah ketik")}))
    source = next(city_files.rglob("laporan-penilaian-2026-Q3*"))
    later = tmp_path / "laporan-penilaian-2026-Q3-lagi.xlsx"
    rows = CalamineWorkbook.from_path(source).get_sheet_by_index(0).to_python(skip_empty_area=False)
    with xlsxwriter.Workbook(later) as book:
        sheet = book.add_worksheet("Worksheet")
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if isinstance(value, (int, float)):
                    sheet.write_number(i, j, value)
                else:
                    sheet.write_string(i, j, str(value).replace("12/10/2026", "20/10/2026").replace("2026-10-12", "2026-10-20"))
    result = send(city, later, LATER + timedelta(days=9))
    assert result.status == "added"
    assert any("diterapkan lagi" in note for note in result.notes)
    held = store.read(city, "appraisals")
    own = held[held["appraisal_id"] == fault["record_key"]].sort_values(["exported_at", "version"])
    assert own["predikat"].iloc[-1] == "baik"
    assert store.read(city, "faults").set_index("fault_id")["status"][fault["fault_id"]] == "corrected"


def test_a_workbook_from_an_export_is_no_form(city_files: Path) -> None:
    assert read_form(next(city_files.rglob("hierarki-unor*"))) is None
