"""The other end of `fork_server`: asks it for kernels, asks after them, sends them signals."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import Any

from evalkit.errors import ReportError
from evalkit.report.ground import Ground

# One report is one process: threads of a linear algebra library inside it only fight over the same cores.
ENVIRONMENT = {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
               "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


CAN_FORK = hasattr(os, "fork") and sys.platform.startswith("linux")


class ServerGoneError(ReportError):
    """The process that forks kernels has ended, and every kernel with it."""

    def __init__(self) -> None:
        super().__init__("The process that starts kernels has ended; run again.")


class ForkServer:
    """A process that forks kernels; it gets ready by itself while its maker does something else, and the first request waits for that."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "evalkit.report.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL)
        self._socket = ours
        self._stream = ours.makefile("rwb")
        self._lock = threading.Lock()
        self._owed = 1  # lines that it has yet to send; the first says that it is ready
        self.is_gone = False
        self.ground: Ground | None = None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def is_busy(self) -> bool:
        """Tell whether what it was asked for so far is not done yet; nobody waits here, and what has ended is not busy."""
        with self._lock:
            try:
                said = self._socket.recv(1 << 12, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return self._owed > 0
            except OSError:
                return False
            return bool(said) and said.count(b"\n") < self._owed

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Raises
        ------
        ServerGoneError
            If the process has ended.
        """
        try:
            with self._lock:
                self._send(request)
                line = self._last_answer()
        except (OSError, ValueError):  # ValueError: our own end is closed
            line = b""
        if not line:
            self.is_gone = True
            raise ServerGoneError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _send(self, request: dict[str, Any]) -> None:
        self._stream.write(json.dumps(request).encode() + b"\n")
        self._stream.flush()
        self._owed += 1

    def _last_answer(self) -> bytes:
        """Give the answer to the last request, or nothing where the process has ended; those before it said only that it went on."""
        line = b""
        while self._owed:
            line = self._stream.readline()
            if not line:
                break
            self._owed -= 1
        return line

    def stand_on(self, ground: Ground | None) -> None:
        """Let what the reports of a run stand on be read before the first kernel is forked, while this side goes on; once for a ground."""
        with self._lock:
            if ground is not None and ground != self.ground:
                self.ground = ground
                with contextlib.suppress(OSError, ValueError):  # it has ended: the next request says so
                    self._send({"do": "warm", "ground": asdict(ground)})

    def close(self) -> None:
        """End the process, and with it every kernel that is still there."""
        self.is_gone = True
        for end in (self._stream, self._socket):
            try:
                end.close()
            except OSError:  # what was not sent is of no use any more
                continue
        self._process.wait()


class ForkedProcess:
    """What jupyter_client expects of a `subprocess.Popen`, for a child of the fork server."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self.pid = pid
        self.returncode: int | None = None

    def _ask(self, **request: Any) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self._server.ask(pid=self.pid, **request)["code"]
            except ServerGoneError:  # a kernel does not outlive its server
                self.returncode = -signal.SIGKILL
        return self.returncode

    def poll(self) -> int | None:
        """Give the exit code, or nothing while the kernel runs."""
        return self._ask(do="poll")

    def wait(self, timeout: float | None = None) -> int | None:
        """Give the exit code; jupyter_client calls it only after `poll` has given one."""
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel."""
        self._ask(do="signal", signal=int(signum))

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(9)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(15)
