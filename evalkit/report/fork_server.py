"""A process that has imported everything once and then forks: a kernel is ready in the time of a fork.

A report kernel spends most of its life importing pandas and matplotlib. This process imports them, stays without
threads, and forks a child for every kernel that is asked for. Each child is a process of its own, so no state passes from
one report to the next. It speaks JSON lines over the socket whose number it gets as its argument, and ends with it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
from typing import Any

PRELOAD = (
    "numpy", "pandas", "pyarrow", "pyarrow.parquet", "pyarrow.compute", "matplotlib", "matplotlib.backends.backend_svg",
    "matplotlib.figure", "matplotlib.font_manager", "babel.dates", "babel.numbers", "jinja2", "markupsafe",
    # what a kernel imports while it starts
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib", "IPython.core.logger",
    "IPython.core.oinspect", "IPython.core.debugger", "IPython.extensions.storemagic", "sqlite3", "faulthandler",
    "tornado.platform.asyncio", "tornado.queues",
    # what a report notebook imports
    "evalkit.derive.handle", "evalkit.exhibits.page", "evalkit.exhibits.charts", "evalkit.report.warm", "evalkit.report.kernel_stream",
)
REPORTS = "evalkit.exhibits.reports"  # every module of it: the package imports a report when it is first used
LOST = -signal.SIGKILL if hasattr(signal, "SIGKILL") else -9  # what is said of a process that this server does not know


def preload(modules: tuple[str, ...] = PRELOAD) -> None:
    """Import what every kernel needs; a module that is absent is left to the notebook, which will say so."""
    for name in (*modules, *(f"{REPORTS}.{m.name}" for m in pkgutil.iter_modules(importlib.import_module(REPORTS).__path__))):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def rehearse() -> None:
    """Read a command line as kernels do: traits, parsers and patterns that are made on the way are then found by each."""
    with contextlib.suppress(Exception):
        completer: Any = importlib.import_module("IPython.core.completer")
        application: Any = importlib.import_module("ipykernel.kernelapp").IPKernelApp
        application().parse_command_line(["-f", "k.json", "--IPKernelApp.parent_handle=1"])
        completer.Completer()
        completer.IPCompleter()


def serve(connection: socket.socket) -> None:
    """Answer requests until the other side closes, then end every kernel that is still there."""
    children: dict[int, int | None] = {}
    with connection, connection.makefile("rwb") as stream, contextlib.suppress(OSError):  # the other side may end at any moment
        for line in stream:
            answer = _answer(json.loads(line), children, connection)
            stream.write(json.dumps(answer).encode() + b"\n")
            stream.flush()
    for pid, code in children.items():
        if code is None:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)


def _answer(request: dict[str, Any], children: dict[int, int | None], connection: socket.socket) -> dict[str, Any]:
    if request["do"] == "start":
        pid = os.fork()
        if pid == 0:
            _become_kernel(request, connection)
        children[pid] = None
        return {"pid": pid}
    if request["do"] == "warm":
        warm(request["ground"])
        return {}
    pid = int(request["pid"])
    if request["do"] == "signal" and children.get(pid, 0) is None:  # the number of a process that has ended may be another's by now
        with contextlib.suppress(OSError):
            os.kill(pid, int(request["signal"]))
    if children.get(pid, 0) is None:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            children[pid] = os.waitstatus_to_exitcode(status)
    return {"code": children.get(pid, LOST)}


def _become_kernel(request: dict[str, Any], connection: socket.socket) -> None:
    """Turn this child into an IPython kernel; it never returns."""
    code = 1
    try:
        connection.close()
        os.setsid()
        _streams(str(request["stderr"]))
        os.environ.clear()
        os.environ.update(request["env"])
        if request.get("cwd"):
            os.chdir(request["cwd"])
        import numpy as np
        from ipykernel import debugger
        from ipykernel.kernelapp import IPKernelApp

        debugger._is_debugpy_available = False  # nobody steps through a report, and making ready for it takes a part of its time
        np.random.seed()  # noqa: NPY002  # forked from one state, all kernels would draw the same numbers
        # The kernel ends by itself when this server is gone; the server is its parent, not the program that asked.
        IPKernelApp.parent_handle.default_value = 0
        arguments = [*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"]
        sys.argv = ["ipykernel_launcher", *arguments]
        IPKernelApp.launch_instance(argv=arguments)
        code = 0
    finally:
        os._exit(code)


def _streams(stderr: str) -> None:
    """Give the kernel streams of its own: nothing to read, a file that keeps its last words, nothing printed elsewhere."""
    null = os.open(os.devnull, os.O_RDWR)
    words = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, stream in ((0, null), (1, null), (2, words)):
        os.dup2(stream, number)
    faulthandler.enable(file=2, all_threads=False)  # a crash in compiled code names the line of Python that led to it


def warm(ground: dict[str, Any] | None) -> None:
    """Make ready what the reports of a run read and draw first; what cannot be made ready is said by the notebook that needs it."""
    with contextlib.suppress(Exception):
        warming = importlib.import_module("evalkit.report.warm")
        warming.warm(warming.Ground(**{**ground, "reports": tuple(ground["reports"])}) if ground else None)
    gc.freeze()  # the collector of a kernel leaves alone what was here before it, and a report is over before it would gain


def main() -> None:
    """Run as `python -m evalkit.report.fork_server NUMBER`, with an open socket under that number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the program that asked; it closes the socket
    gc.set_threshold(50_000, 20, 20)  # imports leave little to collect, and each collection would go through all of them
    preload()
    rehearse()
    warm(None)
    connection = socket.socket(fileno=int(sys.argv[1]))
    try:
        connection.sendall(b'{"ready": true}\n')
    except OSError:  # who asked has ended while this side got ready: a word was refused, or Ctrl-C; that is said there, and only there
        connection.close()
        return
    serve(connection)


if __name__ == "__main__":
    main()
