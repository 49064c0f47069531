"""start.py: one sentence where something is missing, nothing twice, the same lock for everybody."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from types import ModuleType

import pytest


@pytest.fixture
def start(root, monkeypatch) -> ModuleType:
    monkeypatch.delenv("EVALKIT_PYTHON", raising=False)
    spec = importlib.util.spec_from_file_location("start", root / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_standard_library_only(root):
    text = (root / "start.py").read_text(encoding="utf-8")
    names = set(re.findall(r"^(?:from|import) (\w+)", text, flags=re.M))
    assert names <= set(sys.stdlib_module_names)


def test_a_step_is_told_how_its_reader_types_a_command(start, monkeypatch):
    monkeypatch.setattr(start.sys, "argv", ["start.py", "evalkit", "status"])
    monkeypatch.setattr(start.shutil, "which", lambda name: None if name == "python" else name)
    assert start.environment_of()["EVALKIT_CALLED_AS"] == ("python" if start.os.name == "nt" else "python3") + " start.py evalkit"
    monkeypatch.setattr(start.sys, "argv", ["/opt/eval kit/start.py"])
    assert start.environment_of()["EVALKIT_CALLED_AS"].endswith(' "/opt/eval kit/start.py" evalkit')


def test_an_old_python_gets_one_sentence(start):
    with pytest.raises(start.CannotStart, match=r"Python 3\.11 atau lebih baru; ini Python 3\.9\.2"):
        start.check_python((3, 9, 2))


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_says_what_to_install(start, module, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None if name == module else real(name))
    with pytest.raises(start.CannotStart, match="sudo apt install python3-venv"):
        start.check_python((3, 11, 0))


def test_a_ready_environment_is_not_touched(start, tmp_path, monkeypatch):
    (tmp_path / "evalkit-ready").write_text(start.fingerprint(), encoding="utf-8")
    monkeypatch.setattr(start, "run", lambda *a: pytest.fail("installed again"))
    monkeypatch.setattr(start, "install", lambda *a: pytest.fail("installed again"))
    assert start.ensure_environment(tmp_path) == start.python_of(tmp_path)


def test_a_changed_lock_makes_the_environment_again(start, tmp_path, monkeypatch):
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "evalkit-ready").write_text("made from an older lock", encoding="utf-8")
    done = []
    monkeypatch.setattr(start, "run", lambda command, what: (tmp_path / "env").mkdir() or done.append("venv"))
    monkeypatch.setattr(start, "install", lambda python: done.append("install"))
    start.ensure_environment(tmp_path / "env")
    assert done == ["venv", "install"]
    assert (tmp_path / "env" / "evalkit-ready").read_text(encoding="utf-8") == start.fingerprint()


def test_a_failed_install_leaves_no_stamp(start, tmp_path, monkeypatch):
    def fails(python):
        raise start.CannotStart("no network")

    monkeypatch.setattr(start, "run", lambda *a: None)
    monkeypatch.setattr(start, "install", fails)
    with pytest.raises(start.CannotStart):
        start.ensure_environment(tmp_path)
    assert not (tmp_path / "evalkit-ready").exists()


def test_failure_of_a_step_is_told_without_a_traceback(start, capsys, monkeypatch):
    monkeypatch.setattr(start, "ensure_environment", lambda: (_ for _ in ()).throw(start.CannotStart("sentence")))
    assert start.main(["report"]) == 2
    assert capsys.readouterr().err == "sentence\n"


def test_unknown_verb_prints_the_help_and_fails(root):
    done = subprocess.run([sys.executable, str(root / "start.py"), "raport"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "python start.py report" in done.stdout


def test_conda_users_get_the_same_lock(root):
    lines = [line.strip() for line in (root / "environment.yml").read_text(encoding="utf-8").splitlines()]
    assert "- -r requirements.lock" in lines
    assert "- --require-hashes" in lines
    own = [line for line in lines if re.match(r"- [a-z]", line)]
    assert own == ["- conda-forge", "- python>=3.11,<3.14", "- pip", "- pip:"], "nothing may be pinned beside the lock"


def test_every_requirement_is_pinned_with_a_hash(root):
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==", lock, flags=re.M)
    assert len(pins) > 100
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock, "the lock names no registry"


def test_every_named_requirement_is_in_the_lock(root):
    wanted = re.findall(r"^([a-z0-9-]+)", (root / "requirements.in").read_text(encoding="utf-8"), flags=re.M)
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    missing = [name for name in wanted if not re.search(rf"^{name}==", lock, flags=re.M)]
    assert not missing


def test_makefile_has_the_verbs(root):
    text = (root / "Makefile").read_text(encoding="utf-8")
    for verb in ("report", "test", "lab", "bench", "bundle"):
        assert re.search(rf"^[a-z ]*\b{verb}\b[a-z ]*:$", text, flags=re.M)
