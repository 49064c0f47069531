"""The demo city for the measurements of reports: made once a process, or copied from where `EVALKIT_BENCH_CITY` says."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evalkit.simulate.demo import build_demo
from evalkit.tables.study import Study, load_study

PERIOD = "2026-Q3"
_SETTINGS = Path(__file__).resolve().parents[2] / "data" / "kupang" / "study.toml"


@contextmanager
def city(employees: int = 6_500, quarters: int = 8) -> Iterator[Study]:
    """Give a study of the demo city in a folder of its own, which goes afterwards.

    `EVALKIT_BENCH_CITY` names a folder that holds such a study (`data/kupang`, its vault and reports); it is copied, never used
    itself. Without it the city is simulated, which takes minutes.
    """
    with tempfile.TemporaryDirectory(prefix="evalkit-city-") as base:
        ready = os.environ.get("EVALKIT_BENCH_CITY", "")
        if ready:
            shutil.copytree(ready, base, dirs_exist_ok=True, copy_function=shutil.copy2)
            yield load_study(Path(base) / "data" / "kupang")
        else:
            folder = Path(base) / "data" / "kupang"
            folder.mkdir(parents=True)
            shutil.copyfile(_SETTINGS, folder / "study.toml")
            build_demo(folder, employees=employees, quarters=quarters)
            yield load_study(folder)
