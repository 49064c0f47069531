"""Measure a piece of Python in a fresh process: wall seconds inside it, and the peak memory of the process."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

_WRAP = """
import json, sys, time
{setup}
start = time.perf_counter()
{code}
seconds = time.perf_counter() - start
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "linux" else 1024) / 1024
except ImportError:
    import psutil
    peak = psutil.Process().memory_info().peak_wset / 2**20
print(json.dumps([seconds, peak]))
"""


@dataclass(frozen=True)
class Figure:
    """Median seconds and largest peak (MiB) over the runs."""

    seconds: float
    peak_mb: float


def cpu_seconds() -> float:
    """Processor seconds of this process and of every child that has ended, with theirs; 0 where the system does not tell.

    A busy machine makes the wall clock longer, these hardly.
    """
    try:
        import resource
    except ImportError:
        return 0.0
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(f.ru_utime + f.ru_stime for f in found)


def fresh(code: str, setup: str = "") -> Figure:
    """Run `setup` (not timed) and `code` (timed) once in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", _WRAP.format(setup=setup, code=code)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    seconds, peak = json.loads(done.stdout.strip().splitlines()[-1])
    return Figure(seconds, peak)


def alternated(pieces: dict[str, tuple[str, str]], runs: int = 5) -> dict[str, Figure]:
    """Run the pieces (name -> setup, code) in turn, `runs` times each, so that a drift of the machine hits all alike."""
    seen: dict[str, list[Figure]] = {name: [] for name in pieces}
    for _ in range(runs):
        for name, (setup, code) in pieces.items():
            seen[name].append(fresh(code, setup))
    return {name: Figure(statistics.median(f.seconds for f in figures), max(f.peak_mb for f in figures)) for name, figures in seen.items()}
