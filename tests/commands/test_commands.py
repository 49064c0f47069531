"""The commands as a clerk meets them: what they print, what they return, and what they never show."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from evalkit.cli import VERBS, main
from evalkit.tables import store
from evalkit.tables.study import load_study
from tests.nip import holds_nip

HEAVY = ("pandas", "numpy", "pyarrow", "evalkit.tables", "matplotlib", "narwhals")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from evalkit.simulate.exports import write_city

    folder = tmp_path_factory.mktemp("kota") / "files"
    write_city(folder, seed=11, employees=300, quarters=2)
    return folder


@pytest.fixture(scope="module")
def office(files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A study that a clerk made with two commands, and what the second printed; not to be written into."""
    import contextlib
    import io

    root = tmp_path_factory.mktemp("kantor") / "kota-contoh"
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(["init", str(root), "--yes"]) == 0
        wanted = [str(p) for name in ("hierarki*", "siasn*", "predikat*", "laporan-penilaian-2026-Q3*") for p in sorted(files.rglob(name))]
        code = main(["add", *wanted, "--study", str(root)])
    assert code == 1  # the last quarter of the city has errors on purpose
    return root, said.getvalue()


@pytest.mark.parametrize("words", [[], ["--help"], ["add", "--help"], ["--version"]])
def test_help_and_version_end_well(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "evalkit" in capsys.readouterr().out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    out = capsys.readouterr().out
    assert all(re.search(rf"^  {verb} ", out, re.MULTILINE) for verb in VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_command_starts_without_heavy_libraries(verb: str) -> None:
    code = f"import sys; from evalkit.cli import main; main([{verb!r}, '--help']); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_is_answered_with_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stauts", "x"]) == 64
    assert "evalkit status" in capsys.readouterr().err


def test_an_error_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "evalkit", "status", "--study", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "evalkit init" in done.stderr
    assert "Traceback" not in done.stderr


def test_stopping_with_the_keyboard_is_calm(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(words: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("evalkit.cli._dispatch", stopped)
    assert main(["status"]) == 130
    assert "tetap utuh" in capsys.readouterr().err


def test_init_makes_a_study_that_loads_and_a_vault_beside_it(office: tuple[Path, str]) -> None:
    study = load_study(office[0])
    assert study.name == "kota-contoh"
    assert study.vault.is_dir()
    assert study.vault.parent == office[0].parent
    assert [p.name for p in study.populations] == ["asn", "guru"]


def test_init_refuses_a_study_that_is_there(office: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(office[0]), "--yes"]) == 1
    assert "study.toml" in capsys.readouterr().err


def test_six_questions_each_with_a_default_and_a_second_chance() -> None:
    from evalkit.commands.init import questions, study_text

    asked = []
    answers = iter(["en", "City \"of\" Samples", "", "fortnight", "month", "n", "soon", "10"])

    def ask(question: str) -> str:
        asked.append(question)
        return next(answers)

    given = questions("contoh", "id", ask)
    assert (given.language, given.name, given.cycle, given.teachers, given.due_days) == ("en", "city-of-samples", "month", False, 10)
    assert [q[:3] for q in asked] == ["1/6", "2/6", "3/6", "4/6", "4/6", "5/6", "6/6", "6/6"]
    assert "Name of the office" in asked[1]
    import tomllib

    content = tomllib.loads(study_text(given))
    assert content["study"]["title"] == 'City "of" Samples'
    assert len(content["population"]) == 1


def test_add_tells_rows_faults_and_the_next_command(office: tuple[Path, str]) -> None:
    out = office[1]
    assert "hierarki-unor.xlsx" in out
    assert "nip.number_cell" in out
    assert "evalkit check --period 2026-Q3" in out
    assert re.search(r"\d+ baris dibaca, \d+ ditolak", out)


def test_add_speaks_english_when_asked(office: tuple[Path, str], files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", str(next(files.rglob("hierarki*"))), "--study", str(office[0]), "--language", "en"]) == 0
    assert "nothing was added" in capsys.readouterr().out


def test_add_of_what_is_not_there_is_refused_with_its_name(office: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", "tiada.xlsx", "--study", str(office[0])]) == 1
    assert "tiada.xlsx" in capsys.readouterr().out
    assert main(["add", "tiada-*.xlsx", "--study", str(office[0])]) == 1
    assert "tiada-*.xlsx" in capsys.readouterr().err


def test_check_lists_by_rule_with_remedy_and_place(office: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--period", "2026-Q3", "--study", str(office[0])]) == 1
    out = capsys.readouterr().out
    assert "[nip.number_cell]" in out
    assert "Ubah format kolom" in out
    assert re.search(r"laporan-penilaian-2026-Q3\.xlsx, .*baris \d+, nip", out)
    assert main(["check", "--period", "2025-Q3", "--study", str(office[0]), "--language", "en"]) == 0
    assert "0 open" in capsys.readouterr().out


def test_status_says_what_is_here_what_is_missing_and_what_next(office: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--study", str(office[0])]) == 0
    out = capsys.readouterr().out
    assert "Juli–September 2026 (Triwulan III)" in out
    assert re.search(r"✓\s+Laporan Penilaian SKP", out)
    assert re.search(r"–\s+Presensi\s+belum ada", out)
    assert "belum dikonfirmasi" in out
    assert re.search(r"Dinilai \d+ dari \d+ pegawai; belum \d+", out)
    assert "evalkit report --period 2026-Q3" in out
    assert re.search(r"Tangga bukti \(permenpanrb-6-2022\): anak tangga [0-4] dari 4\. \w", out) and "Langkah naik: " in out


def test_status_of_an_empty_study_says_how_to_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path / "baru"), "--yes"])
    assert main(["status", "--study", str(tmp_path / "baru")]) == 0
    assert "evalkit add" in capsys.readouterr().out


@pytest.mark.parametrize("called", ["evalkit", "python start.py evalkit"])
def test_the_next_step_can_be_typed_as_it_stands(called: str, office: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    """From another folder the study is named; the words behind the program are run here as they were printed."""
    monkeypatch.setenv("EVALKIT_CALLED_AS", called)
    monkeypatch.chdir(tmp_path)
    assert main(["add", str(office[0] / "study.toml"), "--study", str(office[0])]) == 1
    capsys.readouterr()
    assert main(["status", "--period", "2026-Q3", "--study", str(office[0])]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    command = line.partition(": ")[2]
    assert command.startswith(f"{called} report --period 2026-Q3 --study ")
    words = shlex.split(command)[len(called.split()):]
    assert main(["check", *words[1:]]) == 1 and "nip.number_cell" in capsys.readouterr().out


def test_within_the_study_its_folder_is_not_named(office: tuple[Path, str], monkeypatch: pytest.MonkeyPatch,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("EVALKIT_CALLED_AS", raising=False)
    monkeypatch.chdir(office[0])
    assert main(["status", "--period", "2026-Q3"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(" report --period 2026-Q3")


def test_the_study_is_found_from_within(office: tuple[Path, str], monkeypatch: pytest.MonkeyPatch,
                                        capsys: pytest.CaptureFixture[str]) -> None:
    (office[0] / "a" / "b").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(office[0] / "a" / "b")
    assert main(["check", "--period", "2026-Q3"]) == 1
    capsys.readouterr()


def test_no_name_and_no_number_in_what_is_printed(office: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    from evalkit.tables.register import Register

    root = str(office[0])
    for words in (["check", "--all"], ["status"], ["check", "--all", "--language", "en"]):
        main([*words, "--study", root])
    printed = capsys.readouterr()
    text = printed.out + printed.err + office[1]
    study = load_study(office[0])
    people = Register(study.vault).names(store.read(study, "appraisals")["person_id"])
    assert len(people) > 100
    assert not holds_nip(text)
    assert not [p for p in people.values() if p.name and p.name in text]


def test_unit_workbooks_are_written_and_come_back(office: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    shutil.copytree(office[0].parent, tmp_path / "salinan")
    root = tmp_path / "salinan" / "kota-contoh"
    assert main(["check", "--period", "2026-Q3", "--to-units", "--study", str(root)]) == 1
    assert "perbaikan-2026-Q3.xlsx" in capsys.readouterr().out
    forms = sorted(root.glob("units/*/perbaikan-2026-Q3.xlsx"))
    assert forms
    assert main(["add", str(forms[0]), "--study", str(root)]) == 0
    assert "Lembar perbaikan unit" in capsys.readouterr().out


def test_text_of_a_file_cannot_move_the_cursor() -> None:
    from evalkit.commands.console import clean

    assert clean("a\x1b[2Jb\r\n") == "a?[2Jb??"


@pytest.mark.parametrize("words", ["many", "12", "7000"])
def test_the_size_of_the_demo_city_is_checked(words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "kota"), "--demo", "--employees", words]) == 64
    assert "300 ... 6500" in capsys.readouterr().err and not (tmp_path / "kota").exists()
