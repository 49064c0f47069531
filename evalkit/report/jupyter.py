"""What runs notebooks, imported in a tenth of the time.

nbformat brings jsonschema, and that, where it is installed, a grammar of international web addresses whose making takes seconds of
work at every start. No notebook holds a thing that it would check, so it is left out while nbformat is imported; whoever wants it
later finds it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import other modules as if one that they can do without were not installed.

    Examples
    --------
    >>> with without("this_module_is_not_there"):
    ...     import json
    >>> "this_module_is_not_there" in sys.modules
    False
    """
    modules: dict[str, Any] = sys.modules
    if name in modules:
        yield
        return
    modules[name] = None  # how Python is told that there is no such module
    try:
        yield
    finally:
        del modules[name]


with without("rfc3987_syntax"):
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.engines import NBClientEngine, papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors

logging.getLogger("papermill").addHandler(logging.NullHandler())  # why a kernel ended is said by the run, in the reader's language

__all__ = ["DeadKernelError", "NBClientEngine", "PapermillExecutionError", "nbformat", "papermill", "papermill_engines",
           "raise_for_execution_errors"]
