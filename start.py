#!/usr/bin/env python3
"""The one door of evalkit: it makes the environment, then does what is asked.

    python start.py report          the demo city: its data, its reports, and the way in
    python start.py add FILE ...    take in files, make again what they change
    python start.py test            every test
    python start.py lab             JupyterLab on the demo city
    python start.py bench [NAME]    measure, one JSON line a figure
    python start.py bundle          wheels for a machine without a network
    python start.py evalkit ...     the evalkit command itself

Standard library only. A second call installs nothing and rebuilds nothing. Written so that an old Python can still
read it and say in a sentence what is missing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
WHEELS = ROOT / "bundle" / "wheels"
STUDY = ROOT / "data" / "kupang"
PERIODS = ("2026-S1", "2026-Q3")  # the last semester of the teachers, then the last quarter of everybody else
NEEDED = (3, 11)


class CannotStart(Exception):
    """Something that start.py needs is missing; the message says what to install."""


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> None:
    """Refuse a Python that is too old, or that cannot make an environment."""
    if version[:2] < NEEDED:
        raise CannotStart(
            "evalkit memerlukan Python 3.11 atau lebih baru; ini Python {}. Pasang dari python.org (Windows) atau "
            "'sudo apt install python3 python3-venv' (Debian 12 ke atas).\nevalkit needs Python 3.11 or later; this is "
            "Python {}.".format(*[".".join(map(str, version))] * 2)
        )
    for module, remedy in (("venv", "python3-venv"), ("ensurepip", "python3-venv"), ("tomllib", "python3")):
        if importlib.util.find_spec(module) is None:
            raise CannotStart(
                f"Python ini tidak memiliki modul '{module}'. Pasang dengan 'sudo apt install {remedy}', lalu ulangi.\nThis Python has no "
                f"module '{module}'. Install it with 'sudo apt install {remedy}', then try again."
            )


def python_of(environment: Path) -> Path:
    """Give the interpreter of an environment on this system."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint() -> str:
    """Say what the environment is made from: the lock, the project file and the Python."""
    digest = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    digest.update(sys.version.encode() + str(ROOT).encode())
    return digest.hexdigest()


def ensure_environment(environment: Path = ENVIRONMENT) -> Path:
    """Make the environment from the hashed lock, unless it is there already. The stamp is written last."""
    if os.environ.get("EVALKIT_PYTHON"):  # an environment that somebody else made: conda users, and the tests of a clone
        return Path(os.environ["EVALKIT_PYTHON"])
    stamp = environment / "evalkit-ready"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint():
        return python_of(environment)
    stamp.unlink(missing_ok=True)
    say(f"1/2  menyiapkan lingkungan Python / making the environment ({environment.name})")
    if not python_of(environment).is_file():
        shutil.rmtree(environment, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(environment)], "membuat lingkungan / making the environment")
    install(python_of(environment))
    stamp.write_text(fingerprint(), encoding="utf-8")
    return python_of(environment)


def install(python: Path) -> None:
    """Install the lock with a line of progress, then evalkit itself, without a build environment of its own."""
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    source = ["--no-index", "--find-links", str(WHEELS)] if WHEELS.is_dir() else []
    total = sum(1 for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line.split(" ;")[0])
    command = [*pip, *source, "--require-hashes", "-r", str(LOCK)]
    tail, seen, begun = [], 0, time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as job:
        for line in job.stdout or ():
            tail = [*tail, line.rstrip()][-12:]
            if line.startswith(("Collecting ", "Processing ", "Requirement already")):
                seen += 1
                progress(f"     {seen} dari sekitar {total} paket / packages", begun)
            elif line.startswith("Installing"):
                progress("     memasang / installing", begun)
    finish_progress()
    if job.returncode:
        raise CannotStart("\n".join([*tail, "", "Pemasangan paket gagal. Periksa sambungan jaringan, atau bawa folder 'bundle' dari mesin "
                                     "yang tersambung ('python start.py bundle').", "Installing the packages failed. Check the network, or "
                                     "bring the folder 'bundle' from a connected machine."]))
    run([*pip, "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], "memasang evalkit / installing evalkit")
    # each command and each kernel is a new process: where Python may not write bytecode, all of them would compile evalkit anew
    subprocess.run([str(python), "-m", "compileall", "-q", str(ROOT / "evalkit"), str(ROOT / "tests")],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def progress(text: str, begun: float) -> None:
    """Show one moving line on a terminal; elsewhere stay quiet."""
    if sys.stdout.isatty():
        print(f"\r{text} · {time.monotonic() - begun:.0f} s   ", end="", flush=True)


def finish_progress() -> None:
    """End the moving line."""
    if sys.stdout.isatty():
        print(flush=True)


def run(command: list[str], what: str) -> None:
    """Run a step quietly; where it fails, tell its last lines and what it was."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode:
        raise CannotStart("\n".join([*done.stdout.strip().splitlines()[-12:], "", "Gagal / failed: " + what]))


def evalkit(python: Path, *words: str) -> int:
    """Run the evalkit command in the environment, on this terminal and in this folder: files are named as the reader sees them."""
    return subprocess.run([str(python), "-m", "evalkit.cli", *words], env=environment_of()).returncode


def environment_of() -> dict[str, str]:
    """Give the environment of a step: UTF-8 everywhere, since a Windows console may not be; and how this reader types a command."""
    own = Path(sys.argv[0]).as_posix()
    called = " ".join(["python" if os.name == "nt" or shutil.which("python") else "python3", f'"{own}"' if " " in own else own, "evalkit"])
    paths = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)  # this evalkit, whatever the folder
    return {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": paths, "EVALKIT_CALLED_AS": called}


def demo(python: Path) -> int:
    """Build the demo city if it is not there; EVALKIT_DEMO_EMPLOYEES makes a smaller one, for a slow machine and for the tests."""
    size = os.environ.get("EVALKIT_DEMO_EMPLOYEES", "")
    return evalkit(python, "init", str(STUDY), "--demo", *(["--employees", size] if size else []))


def report(python: Path, words: list[str]) -> int:
    """Build the demo city if it is not there, then make its reports; the last line is the way in."""
    say("2/2  kota contoh: data, lalu laporan / the demo city: data, then reports")
    code = demo(python)
    if code:
        return code
    if words:
        return evalkit(python, "report", "--study", str(STUDY), *words)
    worst = 0
    for period in PERIODS:
        worst = max(worst, evalkit(python, "report", "--study", str(STUDY), "--period", period))
    return worst


def add(python: Path, words: list[str]) -> int:
    """Take files into the demo study (or the one named by --study), then make again what they change."""
    code = demo(python) if "--study" not in words else 0
    study = [] if "--study" in words else ["--study", str(STUDY)]
    return code or evalkit(python, "add", *study, *words, "--report")


def lab(python: Path, words: list[str]) -> int:
    """Open JupyterLab on the demo city (or the study named by --study)."""
    code = demo(python) if "--study" not in words else 0
    study = [] if "--study" in words else ["--study", str(STUDY)]
    return code or evalkit(python, "lab", *study, *words)


def test(python: Path, words: list[str]) -> int:
    """Run every test, on three workers unless told otherwise: the third works while others wait for a browser, a kernel or the disk."""
    workers = [] if any(w.startswith("-n") for w in words) else ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    return subprocess.run([str(python), "-m", "pytest", *workers, *words], cwd=ROOT, env=environment_of()).returncode


def bundle(python: Path, words: list[str]) -> int:
    """Fetch every wheel of the lock into bundle/wheels, to carry to a machine of the same kind without a network."""
    target = Path(words[0]) if words else WHEELS
    target.mkdir(parents=True, exist_ok=True)
    code = subprocess.run([str(python), "-m", "pip", "download", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK),
                           "-d", str(target)], cwd=ROOT).returncode
    if not code:
        say("Salin seluruh folder evalkit, termasuk 'bundle', ke mesin lain; 'python start.py report' tidak memerlukan jaringan.\n"
            "Copy the whole folder, 'bundle' included; 'python start.py report' then needs no network.")
    return code


def main(words: list[str]) -> int:
    """Do one verb; a missing need is one sentence, never a traceback."""
    verb, rest = (words[0], words[1:]) if words else ("", [])
    verbs = {
        "report": report,
        "add": add,
        "test": test,
        "bundle": bundle,
        "evalkit": lambda python, rest: evalkit(python, *rest),
        "lab": lab,
        "bench": lambda python, rest: subprocess.run([str(python), "-m", "tests.benchmarks", *rest], cwd=ROOT,
                                                     env=environment_of()).returncode,
    }
    if verb not in verbs:
        say(__doc__ or "")
        return 0 if verb in ("", "-h", "--help", "help") else 2
    try:
        check_python()
        return verbs[verb](ensure_environment(), rest)
    except CannotStart as missing:
        print(missing, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nDihentikan; yang sudah selesai tetap ada. / Stopped; what was finished is kept.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
