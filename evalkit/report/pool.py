"""The map over reports, by joblib: threads that drive forked kernels, processes where none can be forked, or a Dask cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal, cast

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.report import forking
from evalkit.report.forking import ForkServer
from evalkit.report.ground import Ground
from evalkit.report.job import Job, Made
from evalkit.report.limits import Limits
from evalkit.tables.study import Running

Backend = Literal["threads", "processes", "dask"]
_CHUNK = 8  # reports a worker of a cluster gets before results are looked at: joblib gives those of Dask all at once


def backend_of(running: Running) -> Backend:
    """Give the backend of a study: the one it names, else threads where kernels can be forked and processes elsewhere."""
    if running.backend:
        return cast(Backend, running.backend)  # the study knows no other
    return "threads" if forking.CAN_FORK else "processes"


def at_once(running: Running) -> int:
    """Give how many notebooks keep the processors busy that this process may use.

    One more than there are processors where kernels are forked: a kernel that starts or ends, and this process, which has one
    thread of Python at a time, leave a processor idle now and then. A process of its own for each report leaves none.
    """
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return processors + 1 if backend_of(running) == "threads" and forking.CAN_FORK else processors


def each(jobs: Sequence[Job], running: Running, ground: Ground, *, workers: int, language: Language,
         server: ForkServer | None = None) -> Iterator[Made]:
    """Make reports side by side, and give each as soon as it is made, in any order.

    Parameters
    ----------
    jobs : sequence of Job
        The reports.
    running : Running
        Backend, cluster and limits, as the study says.
    ground : Ground
        What the reports stand on.
    workers : int
        Reports at the same time; a cluster has its own number.
    language : {"id", "en"}
        The language of refusals.
    server : ForkServer, optional
        One that was started before and has not been used.

    Raises
    ------
    ReportError
        If the cluster cannot be reached, or a worker process was killed; what was made stays made.

    Notes
    -----
    Every way gives the same pages: each report is a notebook in a kernel of its own. Workers of a cluster need evalkit and the
    folders of the study and of the reports under the same paths.
    """
    limits = Limits(running.minutes, running.memory_mb)
    backend = backend_of(running)
    workers = max(1, min(workers, len(jobs)))
    if backend == "threads":
        return _threads(jobs, limits, ground, workers, server)
    if backend == "processes":
        return _processes(jobs, limits, ground, workers, language)
    return _cluster(jobs, limits, ground, running.cluster, language)


def _threads(jobs: Sequence[Job], limits: Limits, ground: Ground, workers: int, server: ForkServer | None) -> Iterator[Made]:
    server = server or (ForkServer() if forking.CAN_FORK else None)  # gets ready while this side imports its libraries
    import joblib

    from evalkit.report.kernels import Kernels
    from evalkit.report.make import make

    with Kernels(fork=server is not None, limits=limits, ground=ground, server=server) as kernels:
        pool = joblib.Parallel(n_jobs=workers, backend="threading", return_as="generator_unordered", batch_size=1)
        results = pool(joblib.delayed(make)(kernels, job) for job in jobs)
        try:
            for made in results:  # noqa: UP028  # closing this generator must end the kernels before joblib waits for its threads
                yield made
        except BaseException:  # whatever stops the run: the kernels end first, then the threads that wait for them come back
            kernels.close()
            raise


def _processes(jobs: Sequence[Job], limits: Limits, ground: Ground, workers: int, language: Language) -> Iterator[Made]:
    import joblib
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    from evalkit.report.make import make_here

    pool = joblib.Parallel(n_jobs=workers, backend="loky", return_as="generator_unordered", batch_size=1)
    try:
        yield from pool(joblib.delayed(make_here)(job, forking.CAN_FORK, limits, ground) for job in jobs)
    except TerminatedWorkerError:
        raise ReportError(say("engine.worker_gone", language)) from None
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _cluster(jobs: Sequence[Job], limits: Limits, ground: Ground, address: str, language: Language) -> Iterator[Made]:
    import joblib

    from evalkit.report.make import make_here

    with _client(address, language) as client, joblib.parallel_config(backend="dask", client=client, wait_for_workers_timeout=60):
        size = _CHUNK * max(1, sum(client.nthreads().values()))
        for begin in range(0, len(jobs), size):
            part = jobs[begin:begin + size]
            yield from joblib.Parallel(n_jobs=-1, batch_size=1)(joblib.delayed(make_here)(job, forking.CAN_FORK, limits, ground) for job in part)


@contextmanager
def _client(address: str, language: Language) -> Iterator[Any]:
    """Open the cluster; without an address one of processes on this machine."""
    client_of: Any = import_module("distributed").Client  # heavy, and typed only in part

    try:
        client = client_of(address, timeout=20) if address else client_of(threads_per_worker=1, dashboard_address=None)
    except (OSError, ValueError) as error:
        raise ReportError(say("engine.no_cluster", language, address=address[:80])) from error
    with client:
        yield client
