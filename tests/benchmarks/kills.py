"""`kills`: runs of a small city ended at random moments; what is left must be whole, nothing may be lost, the next run completes.

One process imports everything and forks a child for each run, so that a run begins at once and the kills fall on its work.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from evalkit.report import make, pool  # noqa: F401  # imported before the forks, as all else
from evalkit.report.run import run_reports
from evalkit.tables.atomic import ASIDE
from evalkit.tables.study import Study, load_study

PERIOD = "2026-Q3"


def pages_of(draft: Path) -> dict[str, bytes]:
    """Every page that stands under its name, with its content; the index says when it was made and is left out.

    What is written aside is no page yet: a run ended between writing and naming leaves it there, and the next run sweeps it away.
    """
    found = {}
    for file in draft.rglob("*.html"):
        name = file.relative_to(draft)
        if not any(part.startswith(ASIDE) for part in name.parts) and not name.name.startswith(("index", "lampiran")):
            with contextlib.suppress(FileNotFoundError):  # a page can be taken out of the way while we look
                found[name.as_posix()] = file.read_bytes()
    return found


def is_whole(page: bytes) -> bool:
    """Whether a page begins and ends as a page does."""
    return page.lower().startswith(b"<!doctype html>") and page.rstrip().endswith(b"</html>")


def begun(study: Study, what: dict[str, list[str]]) -> int:
    """Fork a child that makes the reports, silently, in a group of its own; give its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115  # the child ends without closing anything
        run_reports(study, PERIOD, jobs=2, **what)
        code = 0
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(code)


def ended(pid: int, seconds: float) -> int | None:
    """Wait for a child for so long; give its exit code, or nothing."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    return None


def completed(study: Study, what: dict[str, list[str]]) -> None:
    """Let a run come to its end, in a child too: this process stays without threads, so that it can be forked."""
    code = ended(begun(study, what), 600)
    if code != 0:
        raise RuntimeError(f"A run that nobody ended gave {code}.")


def rounds(study: Study, kills: int, *, seed: int = 1, **what: list[str]) -> dict[str, int]:
    """End so many runs at random moments, every fifth by Ctrl-C; count what was broken, lost, or wrong in the end.

    A round waits for a random number of new pages and then a random part of a second. When a run is quicker than that, all
    pages are taken away and the next round begins from nothing.
    """
    chance, draft = random.Random(seed), study.reports / PERIOD / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    completed(study, what)
    right = pages_of(draft)
    counts = {"kills": 0, "broken": 0, "lost": 0, "slow_to_stop": 0, "completed": 0}
    shutil.rmtree(draft)
    while counts["kills"] < kills:
        before = pages_of(draft)
        pid, wanted, code = begun(study, what), chance.randint(0, max(0, len(right) - len(before))), None
        while code is None and len(pages_of(draft)) - len(before) < wanted:
            code = ended(pid, 0.02)
        code = ended(pid, chance.random() * 0.5) if code is None else code
        if code is None:
            counts["kills"] += 1
            gently = counts["kills"] % 5 == 0
            os.kill(pid, signal.SIGINT if gently else signal.SIGKILL)
            if ended(pid, 120) is None:
                counts["slow_to_stop"] += 1
                os.kill(pid, signal.SIGKILL)
                ended(pid, 30)
        else:
            counts["completed"] += 1
        after = pages_of(draft)
        counts["broken"] += sum(not is_whole(page) for page in after.values())
        counts["lost"] += sum(name not in after for name in before)
        if code is not None:
            shutil.rmtree(draft)
    completed(study, what)
    last = pages_of(draft)
    counts["wrong_in_the_end"] = sum(last.get(name) != page for name, page in right.items()) + len(list(draft.rglob("*.failed.*")))
    counts["left_aside"] = len(list(draft.rglob(".aside-*")))
    return counts


def run(kills: int = 200) -> list[dict[str, object]]:
    """Make a small city and end so many runs of it."""
    from evalkit.simulate.demo import build_demo

    settings = Path(__file__).resolve().parents[2] / "data" / "kupang" / "study.toml"
    with tempfile.TemporaryDirectory(prefix="evalkit-kills-") as base:
        folder = Path(base) / "data" / "kupang"
        folder.mkdir(parents=True)
        shutil.copyfile(settings, folder / "study.toml")
        build_demo(folder, employees=300, quarters=3)
        return [{"name": "kills", **rounds(load_study(folder), kills, names=["monitor", "evaluation"])}]
