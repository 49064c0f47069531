"""How long `evalkit --help` takes, against the start of a bare Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = 15
HELP = ("-c", "import sys; from evalkit.cli import main; sys.exit(main(['--help']))")
BARE = ("-c", "pass")
_PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"


def run() -> list[dict[str, float | str | None]]:
    """Measure both, alternated, and give the median; `ratio` is the first over the second (at most 8)."""
    helped, bare = [], []
    for _ in range(RUNS):
        bare.append(_seconds(BARE))
        helped.append(_seconds(HELP))
    seconds, base = statistics.median(helped), statistics.median(bare)
    return [{"name": "cli_start", "seconds": round(seconds, 4), "peak_mb": _peak_mb(), "ratio": round(seconds / base, 2)}]


def _seconds(words: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _peak_mb() -> float | None:
    """Give the largest memory of one start in megabytes; Windows does not tell it this way."""
    if sys.platform == "win32":
        return None
    code = f"import subprocess, sys; subprocess.run([sys.executable, *{HELP!r}], stdout=subprocess.DEVNULL, check=True); {_PEAK}"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return round(float(out.stdout), 1)


if __name__ == "__main__":
    import json

    for line in run():
        print(json.dumps(line))
