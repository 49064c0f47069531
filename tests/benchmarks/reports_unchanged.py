"""`reports_unchanged`: `evalkit report` of a whole period in which nothing changed, the whole command, start included."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from evalkit.report.run import run_reports
from tests.benchmarks.city import PERIOD, city
from tests.benchmarks.measure import cpu_seconds


def run(runs: int = 5) -> list[dict[str, object]]:
    """Give the median seconds of the command, by the clock and of the processor, and how many of the pages it looked at (all of them)."""
    with city() as study:
        run_reports(study, PERIOD)
        found, spent = list[float](), list[float]()
        for _ in range(runs):
            begun, cpu = time.monotonic(), cpu_seconds()
            done = subprocess.run([sys.executable, "-m", "evalkit", "report", "--period", PERIOD, "--study", str(study.root), "--formats", "html"],
                                  capture_output=True, text=True, check=False)
            found.append(time.monotonic() - begun)
            spent.append(cpu_seconds() - cpu)
            if done.returncode not in (0, 1, 3):
                raise RuntimeError(done.stderr)
        again = run_reports(study, PERIOD)
    return [{"name": "reports_unchanged", "pages": again.count("unchanged"), "made": again.count("done"),
             "seconds": round(statistics.median(found), 2), "fastest": round(min(found), 2),
             "cpu_seconds": round(statistics.median(spent), 2)}]
