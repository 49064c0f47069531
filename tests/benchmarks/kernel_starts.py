"""`kernel_starts`: kernels started side by side, each answering one cell; how many failed, and how long one takes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import nbformat

from evalkit.report.kernels import Kernels


def answers(kernels: Kernels, number: int) -> bool:
    """Start a kernel, let it add, and see whether the sum came back."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"{number} + 1")],
                                        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})
    try:
        done = kernels.run(notebook, {})
    except Exception as error:  # whatever it is, it is a kernel that did not start: it is counted and told
        print(f"kernel {number}: {type(error).__name__}: {error}")
        return False
    return bool(done.cells[0].outputs[0].data["text/plain"] == str(number + 1))


def run(kernels: int = 1_000, side_by_side: int = 8) -> list[dict[str, object]]:
    """Start so many kernels, so many at the same time."""
    with Kernels() as started, ThreadPoolExecutor(side_by_side) as pool:
        begun = time.monotonic()
        good = sum(pool.map(lambda n: answers(started, n), range(kernels)))
        seconds = time.monotonic() - begun
    return [{"name": "kernel_starts", "kernels": kernels, "side_by_side": side_by_side, "failed": kernels - good, "seconds": round(seconds, 1),
             "seconds_a_kernel": round(seconds / kernels, 4)}]
