"""`reports_batch`: the evaluation pages of all units, against papermill and nbconvert in a pool of two processes; both have two processors."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from evalkit.derive.build import build
from evalkit.report.plan import make_plan
from evalkit.report.state import notebook_file
from evalkit.tables.study import Study
from tests.benchmarks.city import PERIOD, city
from tests.benchmarks.measure import cpu_seconds, fresh

WORKERS = 2


def peer_ready(number: int) -> int:
    """Import what the peer needs, so that its imports are not counted against it; long enough that both workers come."""
    import nbconvert
    import papermill

    time.sleep(2)
    return number if papermill.__name__ and nbconvert.__name__ else -1


@contextmanager
def two_processors() -> Iterator[None]:
    """Keep this process, and what it starts, to as many processors as the peer has processes."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(own)[:WORKERS]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def peer_page(study: str, unit: str, target: str) -> tuple[int, float]:
    """Make one page as papermill and nbconvert make it by themselves: an ordinary kernel, the HTML exporter without code.

    Gives its size and the processor seconds that it took, those of its kernel among them.
    """
    import nbconvert
    import papermill

    begun = cpu_seconds()
    parameters = {"study": study, "period": PERIOD, "as_of": "", "language": "id", "unit": unit}
    done = papermill.execute_notebook(str(notebook_file("evaluation")), None, parameters, progress_bar=False, kernel_name="python3")
    body, _ = nbconvert.HTMLExporter(exclude_input=True).from_notebook_node(done)
    return Path(target).write_text(body, encoding="utf-8"), cpu_seconds() - begun


def peer(study: Study, units: Sequence[str]) -> tuple[float, float]:
    """Seconds a page of the peer, by the clock and of the processor, its processes warm; what getting warm costs is `peer_imports`."""
    folder = study.reports / "peer"
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(peer_ready, range(WORKERS)))
        begun = time.monotonic()
        jobs = [pool.submit(peer_page, str(study.root), unit, str(folder / f"{unit}.html")) for unit in units]
        made = [job.result() for job in jobs]
        seconds = time.monotonic() - begun
    if min(size for size, _ in made) < 10_000:
        raise RuntimeError("The peer made an empty page.")
    return seconds / len(units), sum(cpu for _, cpu in made) / len(units)


def peer_round(study: Study, units: Sequence[str], most: int = 3) -> tuple[float, float]:
    """Give a round of the peer in which every kernel started: two of its processes may draw one port, which is no measure of its speed."""
    for left in reversed(range(most)):
        try:
            return peer(study, units)
        except RuntimeError as error:
            if not left or "Kernel died" not in str(error):
                raise
    raise ValueError("A round needs one try at least.")


def peer_imports() -> float:
    """Seconds until a process of the peer has its libraries; both processes get there side by side."""
    return statistics.median(fresh("import nbconvert, papermill").seconds for _ in range(3))


def ours(study: Study, pages: int) -> tuple[float, float]:
    """Seconds a page of `evalkit report evaluation`, by the clock and of the processor: imports, plan, keys, annexes, index and all."""
    shutil.rmtree(study.reports / PERIOD / "draft", ignore_errors=True)
    words = ["report", "evaluation", "--period", PERIOD, "--study", str(study.root), "--formats", "html"]
    begun = cpu_seconds()
    seconds = fresh(f"from evalkit.cli import main; import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): code = main({words!r})\n"
                    "assert code in (0, 1, 3), code").seconds
    made = len(list((study.reports / PERIOD / "draft").rglob("evaluasi*.html")))
    if made < pages:
        raise RuntimeError(f"{made} pages were made, not {pages}.")
    return seconds / pages, (cpu_seconds() - begun) / pages


def run(peer_reports: int = 8, rounds: int = 2) -> list[dict[str, object]]:
    """Measure both in turn; `ratio` is how many times faster evalkit is, by the median second a page.

    The peer makes `peer_reports` of the pages in each round and is scaled by the page; imports are counted once on both sides.
    """
    with city() as study, two_processors():
        build(study, PERIOD)  # both start from derived tables that stand
        plan = make_plan(study, PERIOD, names=["evaluation"], units=None, languages=("id",), as_of="")
        units = [t.office.slug for t in plan.tasks if t.office is not None]
        seen: dict[str, list[tuple[float, float]]] = {"ours": [], "peer": []}
        for number in range(rounds):
            part = [units[(number * peer_reports + i) % len(units)] for i in range(peer_reports)]
            seen["peer"].append(peer_round(study, part))
            seen["ours"].append(ours(study, len(plan.tasks)))
        largest = max(f.stat().st_size for f in (study.reports / PERIOD / "draft").rglob("*.html")) / 1000
    page = {name: statistics.median(seconds for seconds, _ in found) for name, found in seen.items()}
    page["peer"] += peer_imports() / len(plan.tasks)
    cpu = {name: statistics.median(spent for _, spent in found) for name, found in seen.items()}
    return [{"name": "reports_batch", "reports": len(plan.tasks), "seconds": round(page["ours"] * len(plan.tasks), 1),
             "seconds_a_report": round(page["ours"], 3), "peer_reports": peer_reports, "peer_seconds_a_report": round(page["peer"], 3),
             "ratio": round(page["peer"] / page["ours"], 2), "cpu_a_report": round(cpu["ours"], 3), "peer_cpu_a_report": round(cpu["peer"], 3),
             "cpu_ratio": round(cpu["peer"] / cpu["ours"], 2)},
            {"name": "html_kb_units", "largest": round(largest, 1)}]
