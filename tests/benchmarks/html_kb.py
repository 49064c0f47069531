"""`html_kb`: the weight of the pages of a whole period, by kind of page; the largest counts."""

from __future__ import annotations

from evalkit.report.run import run_reports
from tests.benchmarks.city import PERIOD, city


def run() -> list[dict[str, object]]:
    """Give the largest page of each name, in thousands of bytes."""
    with city() as study:
        run_reports(study, PERIOD)
        largest: dict[str, float] = {}
        for file in (study.reports / PERIOD / "draft").rglob("*.html"):
            largest[file.name] = max(largest.get(file.name, 0.0), round(file.stat().st_size / 1000, 1))
    return [{"name": "html_kb", "largest": max(largest.values()), "pages": dict(sorted(largest.items()))}]
