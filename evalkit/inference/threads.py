"""One thread for small matrices: threads would only wait for each other."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_ASKED = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@cache
def _controller() -> ThreadpoolController:
    # looking through the loaded libraries costs milliseconds: once a process
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Hold linear algebra to one thread inside a `with`; nothing is done where the environment does so already.

    Returns
    -------
    context manager
        The number of threads from before is set again at its end.

    Notes
    -----
    Knows the libraries that were loaded when it was first used; for matrices of some thousand rows and more take all threads.

    Examples
    --------
    >>> with one_thread():
    ...     pass
    """
    return nullcontext() if any(os.environ.get(name) == "1" for name in _ASKED) else _controller().limit(limits=1)
