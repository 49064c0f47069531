"""Run by test_killed.py: takes files in, again and again, and is killed at a random moment each time.

    python killed.py ROUNDS FOLDER

Everything is imported once; each round is a fork that is killed with SIGKILL, and leaves its study as it then is.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from types import ModuleType

import pandas  # noqa: F401  # loaded before the fork, so that a round is only the taking in
import pyarrow.parquet  # noqa: F401  # as above

from evalkit.tables import imports
from evalkit.tables.study import load_study
from tests.tables import hand_made


def take_in(root: Path, inbox: Path) -> None:
    """Take in every file, one after the other, as a clerk would."""
    for file in sorted(inbox.iterdir()):
        imports.add(load_study(root), [file], received_at=hand_made.RECEIVED)


def one_round(root: Path, inbox: Path, kill: tuple[int, float] | None) -> float:
    """Take everything in; `kill` ends it so many seconds after so many files, and not by the clock alone: a shared machine is uneven."""
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        take_in(root, inbox)
        os._exit(0)
    if kill is not None:
        files, seconds = kill
        while len(list((root / "imports").glob("*.json"))) < files and time.perf_counter() - started < 60:
            time.sleep(0.001)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.perf_counter() - started


if __name__ == "__main__":
    # here and not above: a test run that looks for examples imports this file, and would then read by hand everywhere
    module = ModuleType("evalkit.tables.reader")
    module.read_file = hand_made.read_hand_made  # type: ignore[attr-defined]  # a module made by hand
    sys.modules["evalkit.tables.reader"] = module
    rounds, folder = int(sys.argv[1]), Path(sys.argv[2])
    moments, files = random.Random(20261012), len(list((folder / "inbox").iterdir()))
    each = one_round(folder / "reference" / "studi", folder / "inbox", None) / files
    for n in range(rounds):
        shutil.copytree(folder / "empty", folder / f"killed-{n}")
        one_round(folder / f"killed-{n}" / "studi", folder / "inbox", (n % files, moments.uniform(0, 1.5 * each)))
