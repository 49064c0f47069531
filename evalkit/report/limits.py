"""The life of one report's kernel: how long and how large it may be, how it ended, and its last words."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

import psutil

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number

PAUSE = 0.1  # seconds between two looks at the memory
_LINES, _LETTERS = 12, 2000


@dataclass(frozen=True)
class Limits:
    """How long one report may take, and how much memory its kernel may hold; 0 is no limit.

    Notes
    -----
    The memory that is watched is what the system counts as held by the process (resident), shared pages included, looked at ten
    times a second. It is not the space of addresses: Arrow reserves many times what it uses. Between two looks a kernel can
    take more than it may; processes that a notebook starts are not counted.
    """

    minutes: float = 10
    memory_mb: float = 0


class Process(Protocol):
    """What is asked of the process of a kernel."""

    pid: int

    def poll(self) -> int | None:
        """Give the exit status, or nothing while it runs."""

    def kill(self) -> None:
        """End it at once."""


class Life:
    """Watches the kernel of one report from its start to its end; a context that ends its own thread.

    Parameters
    ----------
    limits : Limits
        What the kernel may take.
    folder : Path
        Where its last words are kept while it runs.
    """

    def __init__(self, limits: Limits, folder: Path) -> None:
        self.limits = limits
        self.stderr = folder / "stderr"
        self.passed: Literal["", "time", "memory"] = ""
        self._process: Process | None = None
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="evalkit-limits", daemon=True)

    def __enter__(self) -> Life:
        if self.limits.minutes or self.limits.memory_mb:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def begins(self, process: Process) -> None:
        """Take note of the process, as soon as there is one."""
        self._process = process

    @property
    def status(self) -> int | None:
        """The exit status: negative for a signal, nothing while the kernel runs or if it never began."""
        return self._process.poll() if self._process else None

    def _watch(self) -> None:
        until = self._begun + self.limits.minutes * 60 if self.limits.minutes else float("inf")
        while not self._over.wait(PAUSE if self.limits.memory_mb else max(PAUSE, until - time.monotonic())):
            if time.monotonic() >= until:
                self.passed = "time"
            elif self._process is not None and self.limits.memory_mb and _held_mb(self._process.pid) > self.limits.memory_mb:
                self.passed = "memory"
            if self.passed and self._process is not None:
                self._process.kill()
                return

    def last_words(self) -> str:
        """Give the last lines that the kernel wrote to its standard error; of a crash in compiled code where it happened first."""
        try:
            text = self.stderr.read_bytes()[-4 * _LETTERS:].decode("utf-8", "replace")
        except OSError:
            return ""
        lines = [line for line in text.splitlines() if line.strip()]
        crash = next((i for i, line in enumerate(lines) if line.startswith(("Fatal Python error", "Windows fatal"))), None)
        return "\n".join(lines[-_LINES:] if crash is None else lines[crash:crash + _LINES])[-_LETTERS:]

    def sentence(self, language: Language) -> str:
        """Say why the kernel ended: a limit, a signal, or an exit status of its own."""
        if self.passed == "time":
            return say("engine.ended.time", language, minutes=number(self.limits.minutes, 0 if self.limits.minutes >= 1 else 2, language))
        if self.passed == "memory":
            return say("engine.ended.memory", language, memory=number(self.limits.memory_mb, 0, language))
        status = self.status
        if status is None:
            return say("engine.ended.unknown", language)
        if status < 0:
            words = {"SIGKILL": "engine.ended.killed", "SIGSEGV": "engine.ended.crashed"}
            name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
            return say(words.get(name, "engine.ended.signal"), language, signal=name)
        return say("engine.ended.status", language, status=status)


def _held_mb(pid: int) -> float:
    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0
