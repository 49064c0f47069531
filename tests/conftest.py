"""Fixtures that every test folder shares."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# the first example of a test pays for imports, and a busy machine for its neighbours: time is for the benchmarks
# the test command tries the same examples each time, so that a failure is that of a change; HYPOTHESIS_SEARCH=1 looks for new ones
SEARCH = "HYPOTHESIS_SEARCH" in os.environ
settings.register_profile("evalkit", deadline=None, derandomize=not SEARCH, max_examples=200 if SEARCH else 60)
settings.load_profile("evalkit")
os.environ.setdefault("MPLBACKEND", "Agg")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with samples, public cases and real ratings that stands beside the repository."""
    folder = Path(os.environ.get("EVALKIT_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"the folder {folder.name}/ with samples, cases and data does not stand beside the repository")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_power_failure() -> Iterator[None]:
    """Let no test wait for the disk: that is for a power failure, which none makes; kills, which some make, lose nothing that was written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda number: None)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that the other worker has the many quick files to do beside it."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Leave what was collected alone: thousands of tests and the libraries that they import are gone through by each full collection else."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
