"""Kernels for report notebooks: papermill runs each notebook in a process of its own.

Where the system can fork (Linux), kernels are forked from one process that has imported everything; elsewhere the
ordinary kernel starts. Both give the same notebook; only the time differs.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import ensure_event_loop
from papermill.exceptions import PapermillExecutionError

from evalkit.errors import ReportError

CAN_FORK = hasattr(os, "fork") and sys.platform.startswith("linux")
CELL_SECONDS = 600
_reads: Any = nbformat.reads  # typed only in part
# One report is one process: threads of a linear algebra library inside it only fight over the same cores.
ENVIRONMENT = {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
               "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


class KernelFailure(ReportError):
    """A cell of a notebook failed; `notebook` is the notebook as far as it came, `cell` the failing cell's code."""

    def __init__(self, message: str, notebook: nbformat.NotebookNode, cell: str) -> None:
        super().__init__(message)
        self.notebook = notebook
        self.cell = cell


class OwnPythonManager(AsyncKernelManager):
    """Starts kernels with the Python that runs evalkit, whatever kernel a user's folder calls python3."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._folder = tempfile.TemporaryDirectory(prefix="evk-")
        self.connection_file = str(Path(self._folder.name) / "k.json")
        if sys.platform != "win32":  # a socket in a folder of our own: no port that another program takes meanwhile
            self.transport = "ipc"

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            self._folder.cleanup()

    cleanup_resources = _async_cleanup_resources

    @property
    def kernel_spec(self) -> KernelSpec:
        """Name this very interpreter."""
        return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], language="python",
                          display_name="evalkit")


class ForkServer:
    """The other end of `fork_server`: starts kernels by forking, asks after them, sends them signals."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {**os.environ, **ENVIRONMENT}
        with theirs:
            self._process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "evalkit.report.fork_server", str(theirs.fileno())],
                                             pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL)
        self._socket = ours
        self._stream = ours.makefile("rwb")
        self._lock = threading.Lock()
        if not self._stream.readline():
            self.close()
            raise ReportError("The process that starts kernels ended at once; run again with --jobs 1 to see why.")

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        with self._lock:
            self._stream.write(json.dumps(request).encode() + b"\n")
            self._stream.flush()
            line = self._stream.readline()
        if not line:
            raise ReportError("The process that starts kernels has ended.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the server, and with it every kernel that is still there."""
        self._stream.close()
        self._socket.close()
        self._process.wait()


class ForkedProcess:
    """What jupyter_client expects of a `subprocess.Popen`, for a child of the fork server."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Give the exit code, or nothing while the kernel runs."""
        if self.returncode is None:
            self.returncode = self._server.ask(do="poll", pid=self.pid)["code"]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Give the exit code; jupyter_client calls it only after `poll` has given one."""
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel."""
        self.returncode = self._server.ask(do="signal", pid=self.pid, signal=int(signum))["code"]

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(9)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(15)


class ForkedProvisioner(LocalProvisioner):
    """Gets the kernel's process from the fork server instead of a new interpreter."""

    server: ForkServer
    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel; `cmd` is `python -m ipykernel_launcher ARGUMENTS`."""
        environment = {k: v for k, v in (kwargs.get("env") or os.environ).items() if k != "JPY_PARENT_PID"}
        answer = self.server.ask(do="start", arguments=cmd[3:], env={**environment, **ENVIRONMENT}, cwd=str(kwargs.get("cwd") or ""))
        self.process = ForkedProcess(self.server, answer["pid"])
        self.pid = self.pgid = answer["pid"]  # the child makes itself the leader of its group
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info


def _forked_manager(server: ForkServer) -> type[OwnPythonManager]:
    class ForkedManager(OwnPythonManager):
        async def _async_pre_start_kernel(self, **kw: Any) -> Any:
            if self.provisioner is None:
                self.provisioner = ForkedProvisioner(kernel_id=self.kernel_id or "", kernel_spec=self.kernel_spec, parent=self)
                self.provisioner.server = server
            return await super()._async_pre_start_kernel(**kw)

    return ForkedManager


class Kernels:
    """Runs notebooks; a context that ends everything it started.

    Parameters
    ----------
    fork : bool, optional
        Fork kernels from a preloaded process; by default where the system can.

    Examples
    --------
    >>> import nbformat
    >>> cell = nbformat.v4.new_code_cell("40 + 2")
    >>> notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": {"name": "python3", "language": "python",
    ...     "display_name": "Python 3"}})
    >>> with Kernels() as kernels:
    ...     print(kernels.run(notebook, {}).cells[0].outputs[0].data["text/plain"])
    42
    """

    def __init__(self, *, fork: bool | None = None) -> None:
        self._server = ForkServer() if (CAN_FORK if fork is None else fork) else None
        self._manager = _forked_manager(self._server) if self._server else OwnPythonManager

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server:
            self._server.close()

    def run(self, notebook: nbformat.NotebookNode, parameters: Mapping[str, Any], *, cwd: Path | None = None) -> nbformat.NotebookNode:
        """Run one notebook and give it back with its outputs; the notebook given is not changed.

        Raises
        ------
        KernelFailure
            If a cell fails or outlasts `CELL_SECONDS`; carries the notebook as far as it came.
        """
        return contextvars.copy_context().run(self._run, notebook, parameters, cwd)

    def _run(self, notebook: nbformat.NotebookNode, parameters: Mapping[str, Any], cwd: Path | None) -> nbformat.NotebookNode:
        source = _reads(json.dumps(notebook), as_version=4)
        loop = ensure_event_loop(prefer_selector_loop=True)  # the one that papermill will use in this context; ours to close
        with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
            output = Path(folder) / "out.ipynb"
            try:
                done: nbformat.NotebookNode = papermill.execute_notebook(
                    source, str(output), dict(parameters), progress_bar=False, request_save_on_cell_execute=False,
                    kernel_manager_class=self._manager, shutdown_kernel="immediate", execution_timeout=CELL_SECONDS,
                    start_timeout=120, resources={"metadata": {"path": str(cwd)}} if cwd else {})
            except PapermillExecutionError as error:
                executed = _reads(output.read_text(encoding="utf-8"), as_version=4)
                raise KernelFailure(f"{error.ename}: {error.evalue}", executed, str(error.source)) from None
            else:
                return done
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
                asyncio.set_event_loop(None)
