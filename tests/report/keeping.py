"""What is heavy is made once for all workers of a test run; each works on a copy of its own."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

T = TypeVar("T")


def kept(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> tuple[Path, T]:
    """Make a folder and what belongs to it, or take what another worker made; give a folder of this worker and what belongs to it.

    Parameters
    ----------
    factory : TempPathFactory
        Of the session; the workers of one run have a folder in common above their own.
    name : str
        Under which it is kept.
    make : callable
        Makes the folder that it is given (it is not there yet), and gives what is to be kept beside it: as it was made, with the paths
        of the folder in which it was made.
    """
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    common = factory.getbasetemp() if alone else factory.getbasetemp().parent
    folder, beside = common / f"kept-{name}", common / f"kept-{name}.pickle"
    with FileLock(common / f"kept-{name}.lock"):
        if not beside.is_file():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed over it
            value = make(folder)
            beside.write_bytes(pickle.dumps(value))
    value = pickle.loads(beside.read_bytes())  # made by this very test run
    if alone:
        return folder, value
    own = factory.mktemp(name) / "kantor"
    shutil.copytree(folder, own, copy_function=shutil.copy2)
    return own, value
