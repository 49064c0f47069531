"""Kernels for report notebooks: papermill runs each notebook in a process of its own.

Where the system can fork (Linux), kernels are forked from one process that has imported everything; elsewhere the
ordinary kernel starts. Both give the same notebook; only the time differs.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

from jupyter_core.utils import ensure_event_loop

from evalkit import errors
from evalkit.errors import ReportError
from evalkit.language.catalogue import Language
from evalkit.report.forking import CAN_FORK, ForkServer, ServerGoneError
from evalkit.report.ground import Ground
from evalkit.report.jupyter import (
    DeadKernelError,
    NBClientEngine,
    PapermillExecutionError,
    nbformat,
    papermill,
    papermill_engines,
    raise_for_execution_errors,
)
from evalkit.report.limits import Life, Limits
from evalkit.report.managing import START_SECONDS, OwnPythonManager

_reads: Any = nbformat.reads  # typed only in part


class KernelFailure(ReportError):
    """A cell of a notebook failed, or its kernel ended; `notebook` is as far as it came, `cell` the code it came to.

    `last_words` are the last lines that a kernel wrote to its standard error before it ended; empty where a cell failed.
    """

    def __init__(self, message: str, notebook: nbformat.NotebookNode, cell: str, last_words: str = "") -> None:
        super().__init__(message)
        self.notebook = notebook
        self.cell = cell
        self.last_words = last_words


class _Engine(NBClientEngine):  # type: ignore[misc]  # papermill ships no types
    """papermill's own engine, which also hands out the notebook while it runs: a dead kernel gives none back."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run the notebook; papermill gets an empty one back, since it would write as a text, for no file, what it is given."""
        raise_for_execution_errors(super().execute_notebook(nb, kernel_name, **options), None)
        return nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]  # nbformat ships no types

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, seen: list[nbformat.NotebookNode], **options: Any) -> Any:
        """Run the notebook."""
        seen.append(nb_man.nb)
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


papermill_engines.register("evalkit", _Engine)


class Kernels:
    """Runs notebooks; a context that ends everything it started. Many threads may use one.

    Parameters
    ----------
    fork : bool, optional
        Fork kernels from a preloaded process; by default where the system can.
    limits : Limits
        What one report may take.
    ground : Ground, optional
        What the reports of this run stand on, so that it is read once; only where kernels are forked.
    server : ForkServer, optional
        One that was started before; it is closed with this.

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

    def __init__(self, *, fork: bool | None = None, limits: Limits = Limits(), ground: Ground | None = None,  # noqa: B008  # frozen
                 server: ForkServer | None = None) -> None:
        self._limits, self._ground = limits, ground
        self._forks = CAN_FORK if fork is None else fork
        self._lock = threading.Lock()
        self._closed = False
        self._server = server or (ForkServer() if self._forks else None)

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End every kernel; what is asked for after that is refused."""
        with self._lock:
            self._closed = True
            if self._server:
                self._server.close()

    def run(self, notebook: nbformat.NotebookNode, parameters: Mapping[str, Any], *, cwd: Path | None = None,
            language: Language = "id") -> nbformat.NotebookNode:
        """Run one notebook and give it back with its outputs; the notebook given is not changed.

        Raises
        ------
        KernelFailure
            If a cell fails, or its kernel ends by itself or at a limit; carries the notebook as far as it came.
        ServerGoneError
            If the process that forks kernels ends twice while this notebook runs, or this was closed.
        """
        if _in_a_loop():  # in JupyterLab, say: papermill's loop needs a thread of its own
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(self.run, notebook, parameters, cwd=cwd, language=language).result()
        try:
            return contextvars.copy_context().run(self._run, notebook, parameters, cwd, language)
        except ServerGoneError:  # no fault of the notebook: once more, with a new server
            return contextvars.copy_context().run(self._run, notebook, parameters, cwd, language)

    def _serving(self) -> ForkServer | None:
        with self._lock:
            if self._closed:
                raise ServerGoneError
            if self._server is not None and self._server.is_gone:
                self._server.close()
                self._server = ForkServer()
            if self._server is not None:
                self._server.stand_on(self._ground)
            return self._server

    def _run(self, notebook: nbformat.NotebookNode, parameters: Mapping[str, Any], cwd: Path | None, language: Language) -> nbformat.NotebookNode:
        server, seen = self._serving(), list[nbformat.NotebookNode]()
        loop = ensure_event_loop(prefer_selector_loop=True)  # the one that papermill will use in this context; ours to close
        try:
            with tempfile.TemporaryDirectory(prefix="evalkit-") as folder, Life(self._limits, Path(folder)) as life:
                try:
                    manager = type("Manager", (OwnPythonManager,), {"server": server, "life": life})
                    return _execute(notebook, parameters, cwd, manager, seen)
                except PapermillExecutionError as error:
                    raise KernelFailure(_said(error), seen[-1], str(error.source)) from None
                except (DeadKernelError, RuntimeError, TimeoutError) as error:  # RuntimeError: it ended before it was ready
                    if server is not None and server.is_gone:
                        raise ServerGoneError from error
                    if not life.passed and life.status is None:
                        raise
                    raise KernelFailure(life.sentence(language), seen[-1], _reached(seen[-1]), life.last_words()) from error
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            asyncio.set_event_loop(None)


def _execute(notebook: nbformat.NotebookNode, parameters: Mapping[str, Any], cwd: Path | None, manager: type[OwnPythonManager],
             seen: list[nbformat.NotebookNode]) -> nbformat.NotebookNode:
    papermill.execute_notebook(
        _reads(json.dumps(notebook), as_version=4), None, dict(parameters), progress_bar=False, engine_name="evalkit", seen=seen,
        kernel_manager_class=manager, shutdown_kernel="immediate", start_timeout=START_SECONDS,
        iopub_timeout=START_SECONDS,  # four seconds by default: on a busy machine a report would fail whose cells all ran
        resources={"metadata": {"path": str(cwd)}} if cwd else {})
    return seen[-1]


def _said(error: PapermillExecutionError) -> str:
    """Give what went wrong: of the package's own errors the sentence alone."""
    own = getattr(errors, str(error.ename), None)
    return str(error.evalue) if isinstance(own, type) and issubclass(own, errors.EvalkitError) else f"{error.ename}: {error.evalue}"


def _in_a_loop() -> bool:
    """Tell whether this thread runs an event loop already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _reached(notebook: nbformat.NotebookNode) -> str:
    """Give the code of the last cell that was begun."""
    begun = [c for c in notebook.cells if c.cell_type == "code" and c.metadata.get("papermill", {}).get("start_time")]
    return str(begun[-1].source) if begun else ""
