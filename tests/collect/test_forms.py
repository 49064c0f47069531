"""What a form is: protected, printable, known again; what it says when something does not fit; the command."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from scipy.stats import spearmanr

from evalkit.cli import main
from evalkit.collect.asked import Asked
from evalkit.collect.forms import kinds, make_forms
from evalkit.collect.workbook import HEADER_ROW, FormFile, drop_down, form_id, workbook_bytes
from evalkit.errors import ImportFileError, StudyError
from evalkit.instruments.layout import load_layouts
from evalkit.instruments.vignettes import load_vignettes, packet
from evalkit.tables import store
from evalkit.tables.imports import add
from evalkit.tables.reader import read_file
from evalkit.tables.register import Register
from evalkit.tables.study import Study
from tests.collect.conftest import copy_of
from tests.collect.fill import fill, grid, write
from tests.tables.files import employee, write_xlsx
from tests.tables.files import grid as rows_of_layout
from tests.tables.hand_made import RECEIVED

PERIOD = "2026-Q3"
VIGNETTES = load_layouts()["formulir-vinyet"]


@pytest.fixture
def study(town: Path, tmp_path: Path) -> Study:
    return copy_of(town, tmp_path)


@pytest.fixture(scope="module")
def busy(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The study, into which forms are written that several tests read."""
    return copy_of(town, tmp_path_factory.mktemp("busy"))


@pytest.fixture(scope="module")
def one(busy: Study) -> Path:
    """A vignette form that was filled in."""
    made = make_forms(Asked(busy, PERIOD, "DINAS KESEHATAN"), "vignettes")
    return fill(sorted(made.folder.glob("*/*.xlsx"))[0], busy.root.parent / "vinyet.xlsx", VIGNETTES)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_form_is_protected_has_drop_downs_and_is_printable(kind: str, tmp_path: Path) -> None:
    layout = kinds()[kind]
    rows = [{c: "x" for c in layout.form.columns if c not in layout.form.open} | {"Vinyet": "A1"}] if not layout.form.spare else []
    texts = packet("A") if "vignette" in kind else ()
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook_bytes(layout, FormFile("a.xlsx", "AAAAAAAA", rows, "=HYPERLINK()", texts), study="contoh", period=PERIOD))
    book = load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet.protection.sheet and sheet.freeze_panes == f"A{HEADER_ROW + 2}"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == ("landscape", 9, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.print_title_rows == f"${HEADER_ROW + 1}:${HEADER_ROW + 1}"
    assert sheet.print_area and "evalkit/" in sheet.oddFooter.left.text and "&P" in sheet.oddFooter.right.text
    headers = {c.value: c for c in sheet[HEADER_ROW + 1]}
    first = HEADER_ROW + 2
    assert {h for h, c in headers.items() if not sheet.cell(first, c.column).protection.locked} == {c.strip() for c in layout.form.open}
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in sheet.data_validations.dataValidation}
    for header, choices in layout.form.choices.items():
        assert lists[headers[header].coordinate.replace(str(HEADER_ROW + 1), str(first))] == '"' + ",".join(drop_down(choices)) + '"'
    assert all(len(f) <= 257 for f in lists.values())
    assert book["_evalkit"].sheet_state == "veryHidden"
    assert book["_evalkit"]["A1"].value == f"evalkit/{layout.form.code}/1.{layout.form.digest}/contoh/AAAAAAAA"
    assert sheet.column_dimensions[headers["Kode formulir"].column_letter].hidden
    assert {c.data_type for row in sheet.iter_rows() for c in row} <= {"s", "n", "inlineStr"}
    assert sheet["A2"].value.endswith("=HYPERLINK()")


def test_text_that_begins_like_a_formula_stays_text(tmp_path: Path) -> None:
    rows = [{"Vinyet": "A1", "Nama Penilai": word} for word in ("=1+1", "+62", "-1", "@x")]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook_bytes(VIGNETTES, FormFile("a", "AAAAAAAA", rows), study="s", period=PERIOD))
    cells = [r[1] for r in load_workbook(path).worksheets[0].iter_rows(min_row=HEADER_ROW + 2)]
    assert [c.value for c in cells] == ["=1+1", "+62", "-1", "@x"] and all(c.data_type != "f" for c in cells)


def test_a_second_call_writes_only_what_changed(study: Study) -> None:
    asked = Asked(study, PERIOD, "DINAS KESEHATAN")
    first, second = make_forms(asked, "vignettes"), make_forms(asked, "vignettes")
    assert first.forms == first.written == second.forms > 2 and second.written == 0
    some = next(first.folder.glob("*/*.xlsx"))
    some.write_bytes(b"x")
    assert make_forms(asked, "vinyet").written == 1
    assert not list(first.folder.rglob("*.tmp"))


def test_no_name_and_no_number_of_a_person_in_paths_or_on_the_console(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    register = Register(study.vault)
    people = register.names(store.read(study, "assignments")["person_id"])
    assert main(["form", "vignettes", "--period", PERIOD, "--study", str(study.root)]) == 0
    said = capsys.readouterr().out + " ".join(str(p) for p in (study.root / "forms").rglob("*"))
    assert "vinyet" in said and not any(p.nip in said or p.name in said for p in people.values() if p.nip and p.name)
    handed = str(grid(study.root / "forms" / PERIOD / "vinyet" / "daftar-pembagian.xlsx"))
    assert sum(p.name in handed for p in people.values()) > 20


def test_a_wrong_answer_is_told_with_file_row_column_value_and_remedy(study: Study, one: Path, tmp_path: Path) -> None:
    rows = grid(one)
    at = rows[HEADER_ROW].index("Loyal")
    rows[HEADER_ROW + 1][at], rows[HEADER_ROW + 2][at] = 9, "baik sekali"
    result = add(study, [write(tmp_path / "jawaban.xlsx", rows)], period=PERIOD, received_at=RECEIVED).files[0]
    faults = store.read(study, "faults").astype(object)
    mine = faults[faults["import_id"] == result.import_id].sort_values("row")
    assert mine[["file", "row", "column", "value", "rule"]].to_numpy().tolist() == [
        ["jawaban.xlsx", HEADER_ROW + 2, "Loyal", "9", "rating.off_scale"],
        ["jawaban.xlsx", HEADER_ROW + 3, "Loyal", "baik sekali", "rating.not_number"]]
    assert mine["remedy"].str.len().min() > 10 and result.rows_refused == 0
    assert store.read(study, "ratings")["rating"].isna().sum() == 2


def test_a_number_in_the_place_of_a_word_is_not_taken(busy: Study, tmp_path: Path) -> None:
    made = make_forms(Asked(busy, PERIOD), "double-rating")
    rows = grid(max(made.folder.glob("*/*.xlsx"), key=lambda p: p.stat().st_size))
    rows[HEADER_ROW + 1][rows[HEADER_ROW].index("Hasil Kerja")] = 1
    rows[HEADER_ROW + 1][rows[HEADER_ROW].index("Perilaku Kerja")] = "Di atas ekspektasi"
    parsed = read_file(write(tmp_path / "a.xlsx", rows), study=busy)
    assert [(f.rule, f.value) for f in parsed.faults] == [("rating.not_word", "1")]
    assert parsed.frames["ratings"]["rating"].dropna().tolist() == [3.0]


def test_rows_of_another_study_or_kind_are_refused_and_the_rest_goes_on(busy: Study, one: Path, tmp_path: Path) -> None:
    rows = grid(one)
    code = rows[HEADER_ROW].index("Kode formulir")
    rows[HEADER_ROW + 1][code] = rows[HEADER_ROW + 1][code].replace("/contoh/", "/lain/")
    rows[HEADER_ROW + 2][code] = rows[HEADER_ROW + 2][code].replace("/vinyet/", "/360/")
    parsed = read_file(write(tmp_path / "a.xlsx", rows), study=busy)
    assert [(f.rule, f.row) for f in parsed.faults] == [("form.other_study", HEADER_ROW + 2), ("form.other_kind", HEADER_ROW + 3)]
    assert (parsed.rows_in_file, parsed.rows_read, parsed.rows_refused) == (6, 4, 2)


@pytest.mark.parametrize(("old", "new", "words"), [("/vinyet/1.", "/vinyet/2.", "lebih baru"), ("/vinyet/", "/asing/", "jenis \"asing\""),
                                                   ("/contoh/", "/lain/", "studi \"lain\"")])
def test_a_form_that_cannot_be_taken_is_refused_in_a_sentence(busy: Study, one: Path, tmp_path: Path, old: str, new: str, words: str) -> None:
    rows = [[c.replace(old, new) if isinstance(c, str) else c for c in row] for row in grid(one)]
    if "lain" in new:  # only the head names the study: the column of codes was lost on the way
        rows = [row[:-1] for row in rows]
    with pytest.raises(ImportFileError, match=words):
        read_file(write(tmp_path / "a.xlsx", rows), study=busy)


def test_without_its_codes_a_form_is_a_plain_list(busy: Study, one: Path, tmp_path: Path) -> None:
    rows = [row[:-1] for row in grid(one)[HEADER_ROW:]]
    parsed = read_file(write(tmp_path / "a.xlsx", rows), study=busy)
    assert parsed.layout == "formulir-vinyet" and parsed.forms == () and parsed.rows_read == 6


def test_a_form_without_the_column_that_says_what_was_rated_is_refused(busy: Study, one: Path, tmp_path: Path) -> None:
    rows = grid(one)
    at = rows[HEADER_ROW].index("Vinyet")
    with pytest.raises(ImportFileError, match="Vinyet"):
        read_file(write(tmp_path / "a.xlsx", [[c for j, c in enumerate(row) if j != at] for row in rows]), study=busy)


def test_a_form_that_is_sent_again_speaks_for_itself_only(study: Study, one: Path, tmp_path: Path) -> None:
    rows = grid(one)
    at = rows[HEADER_ROW].index("Loyal")
    for n, (name, answer) in enumerate((("a.xlsx", 7), ("b.xlsx", 4))):
        rows[HEADER_ROW + 1][at] = answer
        add(study, [write(tmp_path / name, rows)], period=PERIOD, received_at=RECEIVED + timedelta(hours=n))
    ratings = store.read(study, "ratings")
    assert len(ratings) == 42 and ratings["rating"].notna().all()
    faults = store.read(study, "faults")
    assert set(faults.loc[faults["rule"] == "rating.off_scale", "status"]) == {"gone"}


def test_an_exclusion_that_an_office_stated_outlives_the_next_employee_list(study: Study, tmp_path: Path) -> None:
    made = make_forms(Asked(study, PERIOD), "exclusions")
    form = fill(next(made.folder.glob("*.xlsx")), tmp_path / "p.xlsx", load_layouts()["pengecualian"])
    assert add(study, [form], received_at=RECEIVED).files[0].rows_read == 2
    person = store.read(study, "exclusions")
    person = person[person["reason"] == "pindah_instansi"]
    assert len(person) == 2
    number = next(iter(Register(study.vault).names(person["person_id"]).values())).nip
    later = [employee(1, **{"NIP BARU": "'" + number})]
    path = write_xlsx(tmp_path / "siasn-pns-2026-12-31.xlsx", {"Sheet1": rows_of_layout(later, load_layouts()["siasn-pegawai"].headers)})
    assert not add(study, [path], received_at=RECEIVED + timedelta(days=90)).refused
    after = store.read(study, "exclusions")
    assert after.loc[after["reason"] == "pindah_instansi", "valid_to"].isna().all()


def test_the_texts_are_two_parallel_forms_spread_over_the_scale() -> None:
    texts = load_vignettes()
    assert [v.code for v in texts] == [f"{f}{n}" for f in "AB" for n in range(1, 7)]
    assert sorted(v.intended for v in packet("A")) == sorted(v.intended for v in packet("B"))
    means = [sum(v.intended) / 7 for v in packet("A")]
    assert max(means) > 4.5 and min(means) < 1.5 and len({round(m) for m in means}) >= 4
    for item in range(7):
        assert len({v.intended[item] for v in packet("A")}) >= 3  # each item is low for some and high for others
    assert all(60 <= len(v.text.split()) <= 110 for v in texts)
    assert not any(re.search(r"\b(?:ia laki|wanita|pria|bapak|ibu |perempuan)\b", v.text.casefold()) for v in texts)


def test_codes_tell_neither_the_merit_of_a_text_nor_which_two_belong_together() -> None:
    for form in "AB":
        merits = [sum(v.intended) for v in packet(form)]
        assert abs(spearmanr(range(6), merits).statistic) < 0.1
        assert merits[0] not in (min(merits), max(merits)) and merits[-1] not in (min(merits), max(merits))
    assert not any(a.intended == b.intended for a, b in zip(packet("A"), packet("B"), strict=True))


def test_a_text_that_changes_needs_a_new_code() -> None:
    said = hashlib.sha256("\n".join(f"{v.code} {v.title} {v.text}" for v in load_vignettes()).encode()).hexdigest()[:16]
    assert said == "6df0e230dc4d1cbc"


@pytest.mark.parametrize(("words", "said"), [(["x"], "Tidak ada formulir"), (["training-reaction"], "--course"),
                                             (["vignettes", "--unit", "DINAS YANG TIDAK ADA"], "DINAS YANG TIDAK ADA")])
def test_what_cannot_be_made_is_said(people_study: Study, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["form", *words, "--period", PERIOD, "--study", str(people_study.root)]) == 1
    assert said in capsys.readouterr().err


def test_an_empty_study_gets_the_lists_and_no_forms_of_people(tmp_path: Path) -> None:
    from tests.tables.hand_made import make_study

    empty = make_study(tmp_path)
    assert make_forms(Asked(empty, PERIOD), "objections").written == 1
    for kind in ("vignettes", "360", "unit-predikat", "fairness-survey"):
        with pytest.raises(StudyError, match="belum ada orang"):
            make_forms(Asked(empty, PERIOD), kind)


def test_the_plan_and_the_corrections_of_the_command(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["form", "plan", "--period", PERIOD, "--study", str(study.root), "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "reliability" in said and "0.77" in said and "pairs" in said
    assert main(["form", "corrections", "--period", PERIOD, "--study", str(study.root)]) == 0
    assert "units" in capsys.readouterr().out


def test_the_id_of_a_form_is_its_own() -> None:
    ids = {form_id("s", "vinyet", PERIOD, f"p{n}") for n in range(500)}
    assert len(ids) == 500 and all(re.fullmatch(r"[A-Z2-7]{8}", i) for i in ids)


@pytest.mark.parametrize("unit", ["DINAS KESEHATAN", "Dinas Kesehatan", "dinas-kesehatan"])
def test_a_unit_is_named_as_the_tree_or_as_its_folder(busy: Study, unit: str) -> None:
    assert make_forms(Asked(busy, PERIOD, unit), "unit-achievement").forms == 1


def test_a_unit_that_is_misspelt_is_answered_with_the_near_one(busy: Study) -> None:
    with pytest.raises(StudyError, match=r'pada --unit cocok dengan 0 unit\. Apakah maksud Anda "DINAS KESEHATAN"'):
        make_forms(Asked(busy, PERIOD, "DINAS KESEHATN"), "unit-achievement")
    with pytest.raises(StudyError, match="Tulis nama atau ID unit"):
        make_forms(Asked(busy, PERIOD, "qqq"), "unit-achievement")
