"""What ends a command that neither the data nor the reader asked for: its code, its sentence, its log, and what the log never holds."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evalkit import cli, stops
from evalkit.cli import main
from evalkit.errors import ImportFileError, ReportError

NIP, NAME = "198501012010011901", "Yohana Tallo"


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVALKIT_LOG_FOLDER", str(tmp_path / "log"))
    monkeypatch.delenv("EVALKIT_DEBUG", raising=False)
    return tmp_path / "log"


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(options: object) -> int:
        raise error

    monkeypatch.setattr("evalkit.commands.status.run", run)


def test_a_fault_of_the_program_has_its_own_code_and_says_so_twice(logs: Path, monkeypatch: pytest.MonkeyPatch,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, KeyError(f"{NAME} {NIP}"))
    assert main(["status", "--period", NIP, f"--study={NAME}"]) == 70
    said = capsys.readouterr().err
    (log,) = logs.iterdir()
    assert "kesalahan program" in said and "fault of the program" in said and "setengah tertulis" in said
    assert said.count(str(log)) == 2 and "Traceback" not in said and NIP not in said
    text = log.read_text(encoding="utf-8")
    assert "command: status --period --study\n" in text and "evalkit/cli.py:" in text and "KeyError" in text
    assert not [v for v in (NIP, NAME, *NAME.split(), NIP[:8]) if v in text]
    if os.name == "posix":
        assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("way", ["option", "variable"])
def test_the_traceback_is_shown_to_whoever_asks(way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, ZeroDivisionError("x"))
    if way == "variable":
        monkeypatch.setenv("EVALKIT_DEBUG", "1")
    assert main(["status", *(["--debug"] if way == "option" else [])]) == 70
    said = capsys.readouterr().err
    assert "Traceback" in said and "fault of the program" in said


def test_values_go_from_messages_of_libraries_and_from_what_an_exception_came_from(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({NAME: [1], "b": ["x"]})
    try:
        try:
            int(f"{NAME} {NIP}")
        except ValueError as first:
            raise RuntimeError(f"{NAME}: {NIP}") from first
    except RuntimeError as error:
        text = "\n".join(stops.log_lines(error, ["report"]))
    assert "ValueError: invalid literal for int() with" in text and text.index("ValueError") < text.index("RuntimeError")
    try:
        frame.loc[0, "b"] + frame[NIP]
    except KeyError as error:
        text += "\n".join(stops.log_lines(error, ["report"]))
    assert "pandas/core/frame.py:" in text
    assert not [v for v in (NIP, *NAME.split()) if v in text] and str(tmp_path) not in text and str(Path.home()) not in text


def test_a_file_that_is_not_of_the_program_is_not_named(tmp_path: Path) -> None:
    place = tmp_path / NAME / "x.py"
    try:
        exec(compile(f"a = {NIP}\nraise ValueError('{NAME}')", str(place), "exec"), {})
    except ValueError as error:
        text = "\n".join(stops.log_lines(error, []))
    assert "another file:2" in text and "Yohana" not in text and NIP not in text


@pytest.mark.parametrize(("error", "words"), [
    (OSError(errno.ENOSPC, "No space left on device", "/a/b/c.html"), "Disk penuh"),
    (PermissionError(errno.EACCES, "Permission denied", "/home/yohana/studi/units/daftar.xlsx"), "units/daftar.xlsx tidak boleh"),
    (OSError(errno.EROFS, "Read-only file system", "studi/x"), "izin map"),
    (NotADirectoryError(errno.ENOTDIR, "Not a directory", "studi/raw"), "studi/raw: di tempat sebuah map ada berkas"),
    (FileExistsError(errno.EEXIST, "File exists", "studi/reports"), "studi/reports: di tempat"),
    (OSError(errno.EIO, "Input/output error", "Z:/x"), "map jaringan"),
    (MemoryError(), "--jobs 1"),
])
def test_what_the_computer_refuses_is_no_fault_of_the_program(error: Exception, words: str, logs: Path, monkeypatch: pytest.MonkeyPatch,
                                                              capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, error)
    assert main(["status"]) == 74
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 2 and "yohana" not in said
    assert not logs.exists()


@pytest.mark.parametrize(("error", "code"), [(ReportError("x"), 2), (ImportFileError("x"), 1)])
def test_a_refusal_keeps_its_code_unless_a_full_disk_is_behind_it(error: Exception, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, error)
    assert main(["status"]) == code
    error.__cause__ = OSError(errno.ENOSPC, "x")
    assert main(["status"]) == 74


def test_words_that_are_missing_are_a_fault_of_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from evalkit.language.catalogue import say

    def run(options: object) -> int:
        return len(say("no.such.words"))

    monkeypatch.setattr("evalkit.commands.status.run", run)
    assert main(["status"]) == 70
    assert "CatalogueError" in capsys.readouterr().err


def test_a_log_that_no_folder_takes_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, KeyError("x"))
    monkeypatch.setattr(stops, "write_log", lambda error, words: None)
    assert main(["status"]) == 70
    assert "EVALKIT_DEBUG=1" in capsys.readouterr().err


def test_the_last_twenty_logs_are_kept(logs: Path) -> None:
    for _ in range(23):
        assert stops.write_log(KeyError("x"), ["status"])
    assert len(list(logs.iterdir())) == 20


def test_a_broken_pipe_that_is_not_the_readers_is_a_fault(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that makes reports and is gone breaks a pipe too: to call that good would hide it."""
    raising(monkeypatch, BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert main(["status"]) == 70 and list(logs.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="pipes and /dev/full of POSIX")
@pytest.mark.parametrize("both", [False, True])
def test_a_reader_that_went_away_is_no_news(both: bool, logs: Path) -> None:
    out, into = os.pipe()
    os.close(out)
    said = into if both else subprocess.PIPE
    done = subprocess.run([sys.executable, "-m", "evalkit", "--version"], stdout=into, stderr=said, text=True, check=False)
    os.close(into)
    assert done.returncode == 141 and not (done.stderr or "").strip() and not logs.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device of Linux")
def test_output_into_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "evalkit", "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 74 and "Disk penuh" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("console", ["ascii", "cp1252"])
def test_a_plain_console_gets_every_sign_as_letters(console: str) -> None:
    code = "from evalkit.cli import _plain_output; _plain_output(); print('✓ – ≥ 2 → A · Ñ 猫')"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONIOENCODING": console, "PYTHONUTF8": "0"}, capture_output=True,
                          check=True)
    ascii_line = b"v - >= 2 -> A - ? ?"
    assert done.stdout.rstrip() == (ascii_line if console == "ascii" else "v – >= 2 -> A · Ñ ?".encode("cp1252"))


@pytest.mark.parametrize(("words", "said"), [(["status", "--perriod", "2026"], "--period"), (["report"], "--period"), (["stauts"], "status"),
                                             (["check", "--period"], "check --help")])
def test_words_that_are_not_understood_never_look_like_a_failed_report(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 64
    assert said in capsys.readouterr().err


def test_the_help_and_the_guide_name_the_same_codes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    texts = (capsys.readouterr().out, (root / "docs" / "panduan-kantor.md").read_text(encoding="utf-8").partition("Kode keluar: 0 baik")[2])
    for code in (stops.NOT_UNDERSTOOD, stops.PROGRAM, stops.COMPUTER, stops.STOPPED):
        assert all(f"{code} " in text for text in texts)
    assert cli.main.__doc__ and all(str(c) in cli.main.__doc__ for c in (stops.PROGRAM, stops.COMPUTER, stops.READER_GONE))


def test_a_folder_that_is_a_file_and_a_study_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "berkas").write_text("x", encoding="utf-8")
    assert main(["status", "--study", str(tmp_path / "tidak ada")]) == 1 and "tidak ada" in capsys.readouterr().err
    assert main(["status", "--study", str(tmp_path / "berkas")]) == 1
    assert main(["init", str(tmp_path / "berkas" / "kota"), "--yes"]) == 74
    assert main(["init", str(tmp_path / "berkas"), "--yes"]) in (1, 74)
    assert "Traceback" not in capsys.readouterr().err


def test_a_study_whose_path_has_spaces_and_other_letters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "Kantor Wali Kota – Ñusa 'Tenggara'"
    assert main(["init", str(folder), "--yes"]) == 0
    assert main(["status", "--study", str(folder)]) == 0
    assert '"' in capsys.readouterr().out.splitlines()[-1]  # the next command, in quotes


def test_a_place_where_a_folder_is_needed_and_a_file_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "kota"), "--yes"]) == 0
    (tmp_path / "kota" / "reports").write_text("x", encoding="utf-8")
    assert main(["report", "monitor", "--period", "2026-Q3", "--study", str(tmp_path / "kota")]) == 74
    assert "di tempat sebuah map ada berkas" in capsys.readouterr().err


def test_one_report_with_a_fault_of_the_program_does_not_stop_the_others(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evalkit.report import make as making
    from evalkit.report.job import Job

    def broken(kernels: object, job: Job) -> None:
        raise ValueError(f"{NAME} {NIP}")

    monkeypatch.setattr(making, "_made", broken)
    made = making.make(None, Job(Path("a.html"), tmp_path / "a.html", tmp_path / "a.ipynb", {}, "a", "id", ("html",)))  # type: ignore[arg-type]
    assert "kesalahan program" in made.reason and NIP not in made.reason and list(logs.iterdir())
