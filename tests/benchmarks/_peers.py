"""The environment of the peers: made once from `requirements-bench.lock` beside the repository's own, and measured in fresh processes."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}


def peer_python() -> str:
    """Give the Python that has the peers; `EVALKIT_PEERS` names one that is there already."""
    named = os.environ.get("EVALKIT_PEERS")
    if named:
        return named
    lock = ROOT / "requirements-bench.lock"
    folder = ROOT / ".bench" / hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "ready").is_file():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)], check=True)
        (folder / "ready").write_text("")
    return str(python)


def cpu_seconds(python: str, code: str, *arguments: str) -> list[float]:
    """Run code in a fresh process of one thread; it prints a JSON list whose first entry is its CPU seconds."""
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([python, "-W", "ignore", "-c", code, *arguments], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: list[float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def alternated(ours: str, peer: str, arguments: tuple[str, ...], runs: int) -> tuple[list[list[float]], list[list[float]]]:
    """Run ours and the peer in turn, so that a drift of the machine hits both alike."""
    python = peer_python()
    first: list[list[float]] = []
    second: list[list[float]] = []
    for _ in range(runs):
        first.append(cpu_seconds(sys.executable, ours, *arguments))
        second.append(cpu_seconds(python, peer, *arguments))
    return first, second


def line(name: str, first: list[list[float]], second: list[list[float]], **more: object) -> dict[str, object]:
    """Give one figure; `ratio` is the median of the peer's CPU seconds over ours, pair by pair."""
    ratios = [b[0] / a[0] for a, b in zip(first, second, strict=True)]
    return {"name": name, "ratio": round(statistics.median(ratios), 2), "ratios": [round(r, 2) for r in ratios],
            "seconds": round(statistics.median(a[0] for a in first), 3), "peer_seconds": round(statistics.median(b[0] for b in second), 3), **more}
