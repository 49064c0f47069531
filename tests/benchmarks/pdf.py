"""How long the PDF of a page takes, against Chromium printing the same page: all pages of the demo city in one process."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evalkit.report.pdf.render import pdf_of
from evalkit.report.run import run_reports
from evalkit.tables.study import Study
from tests.benchmarks.city import PERIOD, city

PEERS = ("chromium", "chromium-browser", "google-chrome")


def run() -> list[dict[str, float | str | None]]:
    """Give the seconds of a report; `ratio` is Chromium's seconds over ours for the same pages, where there is a Chromium.

    Every page is set once, after one other page that only warms up: a page set again is partly remembered by Typst.
    """
    with city() as study, tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        pages = sorted(_pages(study), key=lambda page: page.stat().st_size)
        pdf_of(pages.pop(0).read_text(encoding="utf-8"), language="id")
        seconds = {page: _timed(page) for page in pages}
        chosen = [pages[i] for i in (-1, len(pages) // 2, 0)]  # the largest, the middle one, the smallest
        printed = _printed(chosen, Path(folder))
    mean, largest = statistics.mean(seconds.values()), pages[-1]
    ratio = round(printed / sum(seconds[page] for page in chosen), 2) if printed else None
    return [{"name": "pdf", "seconds": round(mean, 3), "reports": len(seconds), "peak_mb": _peak_mb(), "ratio": ratio},
            {"name": "pdf_slowest", "seconds": round(max(seconds.values()), 3)},
            {"name": "pdf_largest_page", "seconds": round(seconds[largest], 3)}]


def _pages(study: Study) -> list[Path]:
    run_reports(study, PERIOD)
    return [page for page in study.reports.rglob("*.html") if ".failed" not in page.name]


def _timed(page: Path) -> float:
    html = page.read_text(encoding="utf-8")
    started = time.perf_counter()
    pdf_of(html, language="id")
    return time.perf_counter() - started


def _printed(pages: list[Path], folder: Path) -> float:
    """Give the seconds in which Chromium prints these pages, one start a page as a script would do it; 0 without Chromium."""
    browser = next((found for name in PEERS if (found := shutil.which(name))), None)
    if browser is None:
        return 0.0
    started = time.perf_counter()
    for page in pages:
        subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'browser'}",
                        f"--print-to-pdf={folder / 'printed.pdf'}", page.as_uri()], check=True, capture_output=True, timeout=120)
    return time.perf_counter() - started


def _peak_mb() -> float | None:
    """Give the largest memory of this process in megabytes; Windows does not tell it this way."""
    if sys.platform == "win32":
        return None
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024), 1)


if __name__ == "__main__":
    import json

    for line in run():
        print(json.dumps(line))
