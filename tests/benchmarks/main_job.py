"""`main_job`: the whole demo after installation, in an empty copy: files written, read, derived, and every report made."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PERIOD = "2026-Q3"


def run() -> list[dict[str, object]]:
    """Time `init --demo` and `report` as a user runs them; `ratio` is reports a second."""
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        study = Path(folder) / "data" / "kupang"
        study.mkdir(parents=True)
        shutil.copy(ROOT / "data" / "kupang" / "study.toml", study)
        data = _timed("init", str(study), "--demo")
        reports = _timed("report", "--study", str(study), "--period", PERIOD)
        again = _timed("report", "--study", str(study), "--period", PERIOD)
        pages = len([p for p in Path(folder).rglob("*.html") if ".failed" not in p.name])
    return [
        {"name": "main_job", "seconds": round(data + reports, 2), "reports": pages, "ratio": round(pages / reports, 2)},
        {"name": "main_job_data", "seconds": round(data, 2)},
        {"name": "main_job_reports", "seconds": round(reports, 2), "reports": pages},
        {"name": "main_job_unchanged", "seconds": round(again, 2), "ratio": round(again / reports, 4)},
    ]


def _timed(*words: str) -> float:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "evalkit.cli", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # 1 says that the data have faults: the demo has some on purpose
        raise RuntimeError(done.stdout + done.stderr)
    return time.perf_counter() - start
