"""One report, from its notebook to its files: what every worker does, wherever it runs."""

from __future__ import annotations

import atexit
from functools import lru_cache
from threading import Lock

from evalkit.errors import EvalkitError
from evalkit.language.catalogue import CatalogueError
from evalkit.report.export import FormatError, write_failure, write_format_failure, write_page
from evalkit.report.forking import CAN_FORK
from evalkit.report.ground import Ground
from evalkit.report.job import Job, Made
from evalkit.report.jupyter import nbformat
from evalkit.report.kernels import KernelFailure, Kernels
from evalkit.report.limits import Limits
from evalkit.report.shell import page_facts
from evalkit.stops import program_fault, refused_by_computer

_ONE_AT_A_TIME = Lock()


def make(kernels: Kernels, job: Job) -> Made:
    """Run one notebook and write its report; a failure is told, never raised, so that the other reports go on."""
    try:
        return _made(kernels, job)
    except CatalogueError as error:
        return Made(job.name, (), program_fault(error, ["report"], job.language))
    except EvalkitError as error:
        return Made(job.name, (), str(error)[:200])
    except Exception as error:  # whatever it was, the other reports go on; a fault of the program leaves its log
        return Made(job.name, (), refused_by_computer(error, job.language) or program_fault(error, ["report"], job.language))


def _made(kernels: Kernels, job: Job) -> Made:
    notebook = nbformat.read(job.source, as_version=4)  # type: ignore[no-untyped-call]  # nbformat ships no types
    try:
        done = kernels.run(notebook, job.parameters, language=job.language)
        title = page_facts(done).get("title", job.label)
        return Made(job.name, write_page(job.target, done, formats=job.formats, language=job.language, title=title))
    except KernelFailure as failure:
        write_failure(job.target, failure, title=job.label, language=job.language)
        return Made(job.name, (), str(failure)[:200])
    except FormatError as failure:
        write_format_failure(job.target, failure, title=job.label, language=job.language)
        return Made(job.name, failure.files, str(failure)[:300])


def make_here(job: Job, forks: bool, limits: Limits, ground: Ground) -> Made:
    """Make one report in a worker process, whose kernels live as long as it does."""
    with _ONE_AT_A_TIME:  # a worker of a cluster may have many threads; they share one server
        kernels = _kernels(forks, limits, ground)
    return make(kernels, job)


@lru_cache(maxsize=1)
def _kernels(forks: bool, limits: Limits, ground: Ground) -> Kernels:
    kernels = Kernels(fork=forks and CAN_FORK, limits=limits, ground=ground)
    atexit.register(kernels.close)
    return kernels
