"""The process that forks kernels, started before anything else where it is sure to be needed: it gets ready meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evalkit.report import forking
from evalkit.report.forking import ForkServer
from evalkit.tables.study import Study

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks" / "reports"


@contextmanager
def early_server(study: Study, draft: Path, names: Sequence[str] | None) -> Iterator[ForkServer | None]:
    """Start the process where no page of this draft was made yet; end it whatever comes.

    Parameters
    ----------
    study : Study
        The study; one that hands its reports to processes or a cluster needs nothing here.
    draft : Path
        The folder of the pages.
    names : sequence of str, optional
        What was asked for; pages without a notebook need no kernel.
    """
    asked = names is None or any((NOTEBOOKS / f"{name}.ipynb").is_file() for name in names)
    if not asked or (draft / ".state").exists() or not forking.CAN_FORK or study.running.backend not in ("", "threads"):
        yield None
        return
    server = ForkServer()
    try:
        yield server
    finally:
        server.close()
