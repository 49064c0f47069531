"""What `add` says of forms that came back strangely: unanswered, sent again, without codes, two kinds in one sheet."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evalkit.cli import main
from evalkit.collect.asked import Asked
from evalkit.collect.forms import LIST, make_forms
from evalkit.collect.workbook import HEADER_ROW
from evalkit.instruments.layout import load_layouts
from evalkit.tables import store
from evalkit.tables.imports import add
from evalkit.tables.study import Study
from tests.collect.conftest import copy_of
from tests.collect.fill import fill, grid, write
from tests.tables.hand_made import RECEIVED, make_study

PERIOD = "2026-Q3"
VIGNETTES, FEEDBACK = load_layouts()["formulir-vinyet"], load_layouts()["formulir-360"]


@pytest.fixture
def study(town: Path, tmp_path: Path) -> Study:
    return copy_of(town, tmp_path)


@pytest.fixture
def sent(study: Study) -> list[Path]:
    return sorted(make_forms(Asked(study, PERIOD), "vignettes").folder.glob("*/*.xlsx"))


def put(study: Study, path: Path, hours: int = 0, **stated: str):
    return add(study, [path], period=PERIOD, received_at=RECEIVED + timedelta(hours=hours), **stated).files[0]


@pytest.mark.parametrize(("every", "said"), [(1, None), (2, "3 dari 6 baris tanpa jawaban"), (99, "5 dari 6 baris tanpa jawaban")])
def test_rows_that_nobody_answered_are_told(study: Study, sent: list[Path], tmp_path: Path, every: int, said: str | None) -> None:
    told = " ".join(put(study, fill(sent[0], tmp_path / "a.xlsx", VIGNETTES, every=every)).notes)
    assert said in told if said else "tanpa jawaban" not in told


def test_a_form_that_came_before_is_told_with_its_file(study: Study, sent: list[Path], tmp_path: Path) -> None:
    rows = grid(fill(sent[0], tmp_path / "pertama.xlsx", VIGNETTES))
    assert put(study, tmp_path / "pertama.xlsx").notes == ()
    rows[HEADER_ROW + 1][rows[HEADER_ROW].index("Loyal")] = 2
    assert "pertama.xlsx" in " ".join(put(study, write(tmp_path / "kedua.xlsx", rows), 1).notes)


def test_a_few_rows_without_codes_say_nothing_of_what_others_sent(study: Study, sent: list[Path], tmp_path: Path) -> None:
    wrong = grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))
    wrong[HEADER_ROW + 1][wrong[HEADER_ROW].index("Loyal")] = 9
    put(study, write(tmp_path / "a.xlsx", wrong))
    every = [row for n, path in enumerate(sent[1:4]) for row in grid(fill(path, tmp_path / f"y{n}.xlsx", VIGNETTES))[HEADER_ROW + 1:]]
    put(study, write(tmp_path / "b.xlsx", [wrong[HEADER_ROW], *every]), 1)
    plain = [row[:-1] for row in grid(fill(sent[4], tmp_path / "z.xlsx", VIGNETTES))[HEADER_ROW:]]
    result = put(study, write(tmp_path / "c.xlsx", plain), 2)
    assert result.scope == "partial" and "6 dari" in " ".join(result.notes)
    faults = store.read(study, "faults")
    assert faults.loc[faults["rule"] == "rating.off_scale", "status"].tolist() == ["open"]


def test_a_whole_list_without_codes_stays_one(study: Study, sent: list[Path], tmp_path: Path) -> None:
    rows = grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))[HEADER_ROW:]
    first, again = [row[:-1] for row in rows], [row[:-1] for row in rows]
    first[1][rows[0].index("Loyal")] = 9
    assert put(study, write(tmp_path / "a.xlsx", first)).scope == "full"
    assert put(study, write(tmp_path / "b.xlsx", again), 1).scope == "full"
    faults = store.read(study, "faults")
    assert faults.loc[faults["rule"] == "rating.off_scale", "status"].tolist() == ["gone"]


def test_another_kind_of_form_copied_below_is_refused_row_by_row(study: Study, sent: list[Path], tmp_path: Path) -> None:
    other = max(make_forms(Asked(study, PERIOD), "360").folder.glob("*/*.xlsx"), key=lambda p: p.stat().st_size)
    mine = grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))
    other_rows = grid(fill(other, tmp_path / "y.xlsx", FEEDBACK))
    result = put(study, write(tmp_path / "dua.xlsx", [*mine, *other_rows]))
    assert result.rows_read == 6 and result.faults["form.other_kind"] == len(other_rows) - HEADER_ROW - 1
    assert store.read(study, "ratings")["object_id"].str.len().max() == 2
    assert set(result.faults) <= {"form.other_kind"}  # its title, its instructions and the names of its columns are no rows
    assert not any("tanpa jawaban" in note for note in result.notes)


@pytest.mark.parametrize(("code", "rule", "said"), [
    ("Z9", "form.no_vignette", '"Z9" bukan kode vinyet; kodenya: A1, A2, A3, A4, A5, A6, B1, B2, B3, B4, B5, B6.'),
    ("A", "form.no_vignette", '"A" bukan kode vinyet'), ("B2", "form.other_packet", "Vinyet B2 tidak ada di paket A.")])
def test_an_answer_about_no_vignette_of_the_form_is_told_and_not_stored(study: Study, sent: list[Path], tmp_path: Path, code: str, rule: str,
                                                                         said: str) -> None:
    rows = grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))
    rows[HEADER_ROW + 3][rows[HEADER_ROW].index("Vinyet")] = code
    result = put(study, write(tmp_path / "a.xlsx", rows))
    assert result.faults == {rule: 1} and (result.rows_read, result.rows_refused) == (5, 1)
    told = store.read(study, "faults").query("rule == @rule").iloc[0]
    assert (told["row"], told["column"], told["value"]) == (HEADER_ROW + 4, "Vinyet", code)
    assert said in told["text"] and "formulir asal" in told["remedy"]
    assert store.read(study, "ratings")["object_id"].nunique() == 5 and code not in set(store.read(study, "ratings")["object_id"])


def test_an_expert_on_no_vignette_is_told_and_not_taken_into_the_key(study: Study, tmp_path: Path) -> None:
    form = next(make_forms(Asked(study, PERIOD), "vignette-key").folder.glob("*.xlsx"))
    rows = grid(fill(form, tmp_path / "x.xlsx", load_layouts()["kunci-vinyet"]))
    at, packet = rows[HEADER_ROW].index("Vinyet"), rows[HEADER_ROW].index("Paket")
    rows[HEADER_ROW + 1][at], rows[HEADER_ROW + 2][packet], rows[HEADER_ROW + 3][packet] = "z9", "B", ""
    result = put(study, write(tmp_path / "a.xlsx", rows))
    assert result.faults == {"form.no_vignette": 1, "form.other_packet": 1} and result.rows_refused == 2
    key = store.read(study, "vignette_key")
    assert set(key["object_id"]) == {f"{f}{n}" for f in "AB" for n in range(1, 7)}
    assert (key["form"] == key["object_id"].str[0]).all()  # also where the column was left empty


@pytest.mark.parametrize("moved", ["198603032010121943", "SITI CONTOH"])
def test_a_person_in_the_column_of_codes_is_no_vignette_and_not_told(study: Study, sent: list[Path], tmp_path: Path, moved: str) -> None:
    rows = [row[:-1] for row in grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))[HEADER_ROW:]]
    rows[1][rows[0].index("Vinyet")] = moved
    rows[2][rows[0].index("Paket")] = moved
    result = put(study, write(tmp_path / "a.xlsx", rows))
    assert result.faults == {"form.no_code": 1, "form.other_packet": 1} and result.rows_refused == 2
    assert not any(word in store.read(study, "faults").to_csv() for word in moved.split())


@pytest.mark.parametrize(("column", "rows"), [("NIP Penilai", 1), ("NIP yang Dinilai", 1)])
def test_a_number_in_a_360_form_that_no_list_of_employees_knows_is_told_without_it(study: Study, tmp_path: Path, column: str, rows: int) -> None:
    form = max(make_forms(Asked(study, PERIOD), "360").folder.glob("*/*.xlsx"), key=lambda p: p.stat().st_size)
    filled = grid(fill(form, tmp_path / "x.xlsx", FEEDBACK))
    assert "form.not_in_register" not in put(study, write(tmp_path / "a.xlsx", filled)).faults
    number = "199001012015031901"
    filled[HEADER_ROW + 2][filled[HEADER_ROW].index(column)] = number  # the first row is about oneself
    result = put(study, write(tmp_path / "b.xlsx", filled), 1)
    assert result.faults["form.not_in_register"] == rows
    told = store.read(study, "faults").query("rule == 'form.not_in_register'").iloc[0]
    assert told["column"] == column and told["row"] == HEADER_ROW + 3 and "daftar pegawai" in told["text"]
    assert not any(number in str(v) or number[:8] in str(v) for v in told)


def test_a_superior_above_the_ceiling_is_told_with_how_many_lack_her_rating(study: Study) -> None:
    made = make_forms(Asked(study, PERIOD), "360")
    tight = replace(study, collect={"max_forms_per_superior": 4})
    told = " ".join(make_forms(Asked(tight, PERIOD), "360").notes)
    assert "tidak ditanyakan kepada atasannya" in told and "memimpin lebih dari 4 orang" in told
    assert "memimpin lebih dari" not in " ".join(made.notes) or "30" in " ".join(made.notes)


def test_a_name_in_the_place_of_a_code_of_a_survey_is_neither_stored_nor_told(study: Study, tmp_path: Path) -> None:
    layout = load_layouts()["survei-keadilan"]
    made = make_forms(Asked(study, PERIOD), "fairness-survey").folder
    form = min((p for p in made.glob("*.xlsx") if p.name != LIST), key=lambda p: p.stat().st_size)
    rows = grid(fill(form, tmp_path / "x.xlsx", layout))
    at = rows[HEADER_ROW].index("Responden")
    rows[HEADER_ROW + 1][at], rows[HEADER_ROW + 2][at] = "BUDI CONTOH", "199001012015031901"
    result = put(study, write(tmp_path / "a.xlsx", rows))
    assert result.faults["form.respondent_named"] == 2 and result.rows_refused == 2
    told = store.read(study, "faults").query("rule == 'form.respondent_named'")
    assert set(told["column"]) == {"Responden"} and "formulir asal" in told["remedy"].iloc[0]
    for table in (told, store.read(study, "survey_responses")):
        assert not table.astype(str).apply(lambda c: c.str.contains("BUDI|1990")).to_numpy().any()


@pytest.mark.parametrize(("kind", "column"), [("exclusions", "NIP"), ("objections", "NIP"), ("courses", "NIP_BARU")])
def test_a_number_that_no_list_knows_is_told_of_the_other_forms_too(study: Study, tmp_path: Path, kind: str, column: str) -> None:
    layout = next(lay for lay in load_layouts().values() if lay.form and lay.form.name == kind)
    made = make_forms(Asked(study, PERIOD), kind)
    rows = grid(fill(next(made.folder.glob("*.xlsx")), tmp_path / "x.xlsx", layout, spare=1))
    rows[HEADER_ROW + 1][rows[HEADER_ROW].index(column)] = "199001012015031901"
    result = put(study, write(tmp_path / "a.xlsx", rows))
    assert result.faults["form.not_in_register"] == 1 and result.rows_refused == 0
    told = store.read(study, "faults").query("rule == 'form.not_in_register'").iloc[0]
    assert (told["column"], told["row"]) == (column, HEADER_ROW + 2) and not any("19900101" in str(v) for v in told)


def test_a_folder_of_forms_is_taken_in_and_said_by_its_kind(study: Study, sent: list[Path], tmp_path: Path,
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    inbox = tmp_path / "kembali"
    for n, path in enumerate(sent[:2]):
        fill(path, inbox / f"unit-{n}" / "vinyet.xlsx", VIGNETTES)
    fill(sent[2], inbox / "~$vinyet.xlsx", VIGNETTES)
    (inbox / LIST).write_bytes(b"x")
    assert main(["add", str(inbox), "--period", PERIOD, "--study", str(study.root)]) == 0
    said = capsys.readouterr().out
    assert said.count("✓ vinyet.xlsx: Formulir penilaian vinyet, 2026-Q3, formulir ") == 2 and "form:" not in said and "!" not in said


def test_each_kind_says_whether_names_stand_in_it_and_what_to_do_next(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for kind in ("fairness-survey", "vignette-key", "exclusions", "vignettes"):
        assert main(["form", kind, "--period", PERIOD, "--study", str(study.root)]) == 0
        told[kind] = capsys.readouterr().out
        assert "add MAP-FORMULIR --period 2026-Q3" in told[kind]
    assert "NIP" not in told["fairness-survey"] + told["vignette-key"]
    assert "Setelah diisi, formulir memuat nama" in told["exclusions"] and "Formulir memuat nama" in told["vignettes"]


def test_forms_that_cannot_be_made_say_what_is_lacking(study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["form", "training-reaction", "--period", PERIOD, "--study", str(study.root)]) == 1
    assert "Sebutkan pelatihannya dengan --course" in capsys.readouterr().err
    empty = str(make_study(tmp_path / "kosong").root)
    assert main(["form", "training-reaction", "--period", PERIOD, "--study", empty]) == 1
    assert "Belum ada pelatihan" in capsys.readouterr().err
    assert main(["form", "x", "--period", PERIOD, "--study", empty]) == 1
    assert "corrections, plan." in capsys.readouterr().err
    assert main(["form", "corrections", "--period", PERIOD, "--study", empty]) == 0
    assert capsys.readouterr().out.startswith("Tidak ada lembar perbaikan yang ditulis")


def test_the_list_of_faults_says_the_value_and_the_column_of_the_form(study: Study, sent: list[Path], tmp_path: Path,
                                                                      capsys: pytest.CaptureFixture[str]) -> None:
    rows = grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))
    rows[HEADER_ROW + 1][rows[HEADER_ROW].index("Loyal")] = 9
    put(study, write(tmp_path / "a.xlsx", rows))
    units = grid(make_forms(Asked(study, PERIOD), "unit-predikat").folder / "predikat-unit.xlsx")
    row = units[HEADER_ROW + 1]
    for header, value in (("ID UNOR", ""), ("UNIT KERJA", "DINAS ENTAH"), ("PREDIKAT", "BAIK")):
        row[units[HEADER_ROW].index(header)] = value
    put(study, write(tmp_path / "u.xlsx", units), 1)
    main(["check", "--period", PERIOD, "--study", str(study.root)])
    said = capsys.readouterr().out
    assert "9 di luar skala 1 sampai 5; dikosongkan. (1)" in said and "Isi angka dari 1 sampai 5, atau kosongkan" in said
    assert "UNIT KERJA: DINAS ENTAH" in said and "unit_id" not in said
    main(["check", "--period", PERIOD, "--study", str(study.root), "--language", "en"])
    assert "off the scale; left empty (1)" in capsys.readouterr().out


def with_formula(source: Path, target: Path) -> Path:
    """As a program saves it that rewrites a workbook and does not calculate: the formula, without a result."""
    target.parent.mkdir(parents=True, exist_ok=True)
    book = load_workbook(fill(source, target, VIGNETTES))
    sheet = book.worksheets[0]
    at = next(c.column for c in sheet[HEADER_ROW + 1] if c.value == "Loyal")
    sheet.cell(HEADER_ROW + 2, at).value = "=1+2"
    book.save(target)
    return target


def test_a_formula_without_its_result_is_told_and_not_taken_for_no_answer(study: Study, sent: list[Path], tmp_path: Path) -> None:
    result = put(study, with_formula(sent[0], tmp_path / "a.xlsx"))
    told = store.read(study, "faults").query("rule == 'cell.formula'").iloc[0]
    assert result.faults == {"cell.formula": 1} and (told["row"], told["column"]) == (HEADER_ROW + 2, "Loyal")
    assert "rumus tanpa hasilnya" in told["text"] and "Tulis isinya tanpa rumus" in told["remedy"]


def test_formulas_are_told_of_many_forms_at_once_and_by_their_file(study: Study, sent: list[Path], tmp_path: Path) -> None:
    paths = [fill(p, tmp_path / f"{n}.xlsx", VIGNETTES) for n, p in enumerate(sent[:11])]
    with_formula(sent[11], tmp_path / "11.xlsx")
    files = add(study, [*paths, tmp_path / "11.xlsx"], period=PERIOD, received_at=RECEIVED).files
    assert len(files) == 1 and files[0].faults == {"cell.formula": 1}
    assert store.read(study, "faults").query("rule == 'cell.formula'")["sheet"].iloc[0].startswith("11.xlsx")


def test_status_says_which_forms_came_back(study: Study, sent: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["status", "--period", PERIOD, "--study", str(study.root)])
    assert "Formulir yang kembali" not in capsys.readouterr().out
    rows = grid(fill(sent[0], tmp_path / "a.xlsx", VIGNETTES))
    put(study, tmp_path / "a.xlsx")
    rows[HEADER_ROW + 1][rows[HEADER_ROW].index("Loyal")] = 2
    put(study, write(tmp_path / "a-lagi.xlsx", rows), 1)  # takes the place of the first
    put(study, fill(sent[1], tmp_path / "b.xlsx", VIGNETTES), 2)
    main(["status", "--period", PERIOD, "--study", str(study.root)])
    assert "✓  Formulir penilaian vinyet  2 berkas; 12 baris" in capsys.readouterr().out


def said_of(study: Study, *paths: Path, period: str = PERIOD) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main(["add", *map(str, paths), "--period", period, "--study", str(study.root)])
    return out.getvalue()


def test_a_form_without_a_column_or_without_their_names_says_how_to_mend_it(study: Study, sent: list[Path], tmp_path: Path) -> None:
    rows = grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))
    at = rows[HEADER_ROW].index("NIP Penilai")
    said = said_of(study, write(tmp_path / "a.xlsx", [[c for j, c in enumerate(r) if j != at] for r in rows]))
    assert "Kolom yang tidak ada: NIP Penilai" in said and "Kembalikan kolomnya seperti pada formulir asal" in said
    said = said_of(study, write(tmp_path / "b.xlsx", [*rows[:HEADER_ROW], *rows[HEADER_ROW + 1:]]))
    assert "baris judul kolomnya hilang" in said and "Yang dapat dibaca" not in said


def test_a_form_of_another_study_or_a_newer_evalkit_is_told_as_what_it_is(study: Study, sent: list[Path], tmp_path: Path) -> None:
    rows = grid(fill(sent[0], tmp_path / "x.xlsx", VIGNETTES))

    def changed(old: str, new: str) -> list[list[object]]:
        return [[c.replace(old, new) if isinstance(c, str) else c for c in r] for r in rows]

    said = said_of(study, write(tmp_path / "a.xlsx", changed(f"/{study.name}/", "/kota-lain/")))
    assert "Tidak satu baris pun masuk" in said and "Baris yang baik sudah masuk" not in said and said.startswith("! a.xlsx")
    said = said_of(study, write(tmp_path / "b.xlsx", changed("evalkit/vinyet/1.", "evalkit/vinyet/9.")))
    assert "Formulir ini dibuat oleh evalkit versi yang lebih baru" in said


def test_what_was_refused_beside_what_was_taken_and_a_period_that_is_not_used_are_told(study: Study, sent: list[Path], tmp_path: Path) -> None:
    (tmp_path / "rusak.xlsx").write_bytes(b"PK\x03\x04")
    said = said_of(study, fill(sent[0], tmp_path / "a.xlsx", VIGNETTES), tmp_path / "rusak.xlsx", period="2026-Q2")
    assert "1 berkas ditolak (bertanda !)" in said and "menyebut 2026-Q3, dan itu yang dipakai; --period 2026-Q2 tidak dipakai" in said
