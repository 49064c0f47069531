"""Ends a process before each step of its work on the disk, one after the other: a kill can fall nowhere else."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

STEPS = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"})
_ENDED = 77


def ended_before_each_step(base: Path, ground: str, work: Callable[[Path], object]) -> Iterator[Path]:
    """Fork a child that works in a copy of `base / ground` until its n-th step, for n = 0, 1, ...; yield the copy as each child left it.

    The last child comes to its end.
    """
    for n in range(10_000):
        place = base / f"step-{n}"
        shutil.copytree(base / ground, place)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a child that only writes files and ends waits for no thread's lock
            pid = os.fork()
        if pid == 0:
            _work_until(n, partial(work, place))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code not in (0, _ENDED):
            raise RuntimeError(f"The work gave {code} at step {n}.")
        yield place
        shutil.rmtree(place)
        if code == 0:
            return


def _work_until(n: int, work: Callable[[], object]) -> None:
    left = n

    def step(event: str, given: tuple[object, ...]) -> None:
        nonlocal left
        if event in STEPS and not (event == "open" and _only_reads(given)):
            if left == 0:
                os._exit(_ENDED)
            left -= 1

    code = 1
    try:
        sys.addaudithook(step)
        work()
        code = 0
    finally:
        os._exit(code)


def _only_reads(given: tuple[object, ...]) -> bool:
    flags = given[2]
    return isinstance(flags, int) and not flags & (os.O_WRONLY | os.O_RDWR)
