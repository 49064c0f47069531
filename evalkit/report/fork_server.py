"""A process that has imported everything once and then forks: a kernel is ready in the time of a fork.

A report kernel spends most of its life importing pandas and matplotlib. This process imports them, stays without
threads, and forks a child for every kernel that is asked for. Each child is a process of its own, so no state passes from
one report to the next. It speaks JSON lines over the socket whose number it gets as its argument, and ends with it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
from typing import Any

PRELOAD = (
    "numpy", "pandas", "pyarrow", "pyarrow.parquet", "pyarrow.compute", "matplotlib", "matplotlib.backends.backend_svg",
    "matplotlib.figure", "matplotlib.font_manager", "babel.dates", "babel.numbers", "jinja2", "markupsafe",
    # what a kernel imports while it starts
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib", "IPython.core.logger",
    "IPython.core.oinspect", "IPython.extensions.storemagic", "sqlite3", "faulthandler", "tornado.platform.asyncio", "tornado.queues",
    # what a report notebook imports
    "evalkit.derive.handle", "evalkit.exhibits.page", "evalkit.exhibits.charts", "evalkit.exhibits.reports",
)


def preload(modules: tuple[str, ...] = PRELOAD) -> None:
    """Import what every kernel needs; a module that is absent is left to the notebook, which will say so."""
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def serve(connection: socket.socket) -> None:
    """Answer requests until the other side closes, then end every kernel that is still there."""
    children: dict[int, int | None] = {}
    with connection, connection.makefile("rwb") as stream:
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
    pid = int(request["pid"])
    if request["do"] == "signal":
        with contextlib.suppress(OSError):
            os.kill(pid, int(request["signal"]))
    if children.get(pid) is None:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            children[pid] = os.waitstatus_to_exitcode(status)
    return {"code": children[pid]}


def _become_kernel(request: dict[str, Any], connection: socket.socket) -> None:
    """Turn this child into an IPython kernel; it never returns."""
    code = 1
    try:
        connection.close()
        os.setsid()
        os.environ.clear()
        os.environ.update(request["env"])
        if request.get("cwd"):
            os.chdir(request["cwd"])
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        from ipykernel.kernelapp import IPKernelApp

        # The kernel ends by itself when this server is gone; the server is its parent, not the program that asked.
        IPKernelApp.parent_handle.default_value = 0
        arguments = [*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"]
        sys.argv = ["ipykernel_launcher", *arguments]
        IPKernelApp.launch_instance(argv=arguments)
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Run as `python -m evalkit.report.fork_server NUMBER`, with an open socket under that number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the program that asked; it closes the socket
    preload()
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.sendall(b'{"ready": true}\n')
    serve(connection)


if __name__ == "__main__":
    main()
