from __future__ import annotations

import shlex

import pytest

from evalkit.language.invocation import called_as, quoted, typed


@pytest.mark.parametrize(("program", "expected"), [
    ("/usr/bin/evalkit", "evalkit"), ("/x/evalkit/__main__.py", "python -m evalkit"), ("/x/evalkit/cli.py", "python -m evalkit"),
    ("C:/x/evalkit.exe", "evalkit"), ("/x/pytest/__main__.py", "evalkit"), ("", "evalkit")])
def test_a_command_is_written_as_this_one_was_called(program, expected, monkeypatch):
    monkeypatch.delenv("EVALKIT_CALLED_AS", raising=False)
    monkeypatch.setattr("sys.argv", [program])
    assert called_as() == expected
    monkeypatch.setenv("EVALKIT_CALLED_AS", "python start.py evalkit")
    assert called_as() == "python start.py evalkit"


def test_the_study_is_named_unless_the_folder_tells_it(tmp_path, monkeypatch):
    study, inner = tmp_path / "kantor saya", tmp_path / "kantor saya" / "files"
    inner.mkdir(parents=True)
    (study / "study.toml").touch()
    monkeypatch.setenv("EVALKIT_CALLED_AS", "evalkit")
    monkeypatch.chdir(tmp_path)
    assert typed("status", study) == 'evalkit status --study "kantor saya"'
    monkeypatch.chdir(inner)
    assert typed("status", study) == "evalkit status"
    (inner / "study.toml").touch()
    assert shlex.split(typed("status", study))[-2:] == ["--study", ".."]


@pytest.mark.parametrize("path", ["a b", "a&b", "../kota (1)", "plain/path-1_2.x", "C:\\Data\\x"])
def test_a_console_takes_the_path_for_one_word(path):
    assert shlex.split(quoted(path), posix=True) == [path] or "\\" in path
