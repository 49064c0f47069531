"""What jupyter_client is asked to start, wait for and end: the kernel of one report, without waiting longer than need be.

The library looks ten times a second whether a kernel is there or gone, and listens a fifth of a second for messages that nobody
sent. A report is made in a second: here the looks are two hundred a second, and nobody listens in vain.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from evalkit.report.forking import ENVIRONMENT, ForkedProcess, ForkServer
from evalkit.report.limits import Life

START_SECONDS = 120
_PAUSE = 0.005
# Echoed to the real streams and not caught at the level of the system: what a dying kernel says still reaches its file.
_OPTIONS = ("--IPKernelApp.quiet=False", "--IPKernelApp.capture_fd_output=False", "--HistoryManager.enabled=False",
            "--IPKernelApp.outstream_class=evalkit.report.kernel_stream.KernelStream")


class OwnClient(AsyncKernelClient):
    """Talks to the kernel of one report."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and what it tells everybody comes through.

        Raises
        ------
        RuntimeError
            If it ends before that, or is not ready in time.
        """
        until = time.monotonic() + (timeout or START_SECONDS)
        while True:
            self.kernel_info()
            try:
                reply = await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=0.2)
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info") from None
                if time.monotonic() > until:
                    raise RuntimeError("Kernel was not ready in time") from None
                continue
            if reply["msg_type"] == "kernel_info_reply":
                self._handle_kernel_info_reply(reply)
                return


class OwnProvisioner(LocalProvisioner):
    """Starts the process of a kernel, by forking where there is a server; its standard error goes to a file."""

    server: ForkServer | None
    life: Life
    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel; `cmd` is `python -m ipykernel_launcher ARGUMENTS`."""
        environment = {k: v for k, v in (kwargs.get("env") or os.environ).items() if not (self.server and k == "JPY_PARENT_PID")}
        if self.server is None:
            kwargs["env"] = {**environment, **ENVIRONMENT, "PYTHONFAULTHANDLER": "1"}
            with self.life.stderr.open("wb") as words:
                given = await super().launch_kernel(cmd, **kwargs, stdout=subprocess.DEVNULL, stderr=words)
        else:
            answer = self.server.ask(do="start", arguments=cmd[3:], env={**environment, **ENVIRONMENT}, cwd=str(kwargs.get("cwd") or ""),
                                     stderr=str(self.life.stderr))
            self.process = ForkedProcess(self.server, answer["pid"])
            self.pid = self.pgid = answer["pid"]  # the child makes itself the leader of its group
            self.cwd = kwargs.get("cwd", Path.cwd())
            given = self.connection_info
        self.life.begins(self.process)
        await self._until_it_listens()
        return given

    async def _until_it_listens(self) -> None:
        """Wait for the sockets of the kernel: who knocks earlier waits a tenth of a second before the next try, and misses messages."""
        info: dict[str, Any] = {**self.connection_info}
        if info.get("transport") != "ipc":
            return
        sockets = [Path(f"{info['ip']}-{info[f'{channel}_port']}") for channel in ("shell", "iopub", "stdin", "control", "hb")]
        until = time.monotonic() + START_SECONDS
        while not all(s.exists() for s in sockets) and self.process.poll() is None and time.monotonic() < until:
            await asyncio.sleep(_PAUSE)

    async def wait(self) -> int | None:
        """Wait for the end of the process; the library looks ten times a second, which every report would wait for."""
        while self.process and await self.poll() is None:
            await asyncio.sleep(_PAUSE)
        code: int | None = await super().wait()
        return code


class OwnPythonManager(AsyncKernelManager):
    """Starts kernels with the Python that runs evalkit, whatever kernel a user's folder calls python3."""

    server: ForkServer | None = None
    life: Life

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        folder = tempfile.mkdtemp(prefix="evk-")
        # a kernel that never came up is not cleaned by anybody: its folder goes with the manager, quietly
        self._sweep = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.connection_file = str(Path(folder) / "k.json")
        if sys.platform != "win32":  # a socket in a folder of our own: no port that another program takes meanwhile
            self.transport = "ipc"

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        if self.provisioner is None:
            self.provisioner = OwnProvisioner(kernel_id=self.kernel_id or "", kernel_spec=self.kernel_spec, parent=self)
            self.provisioner.server, self.provisioner.life = self.server, self.life
        return await super()._async_pre_start_kernel(**kw)

    def client(self, **given: Any) -> Any:
        """Give a client of our own kind, whatever kind nbclient names."""
        self.client_factory = OwnClient
        return super().client(**given)

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        await super()._async_wait(pollinterval=_PAUSE)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            self._sweep()

    cleanup_resources = _async_cleanup_resources

    @property
    def kernel_spec(self) -> KernelSpec:
        """Name this very interpreter."""
        return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *_OPTIONS], language="python",
                          display_name="evalkit")
