from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from evalkit.report.kernels import CAN_FORK, KernelFailure, Kernels

WAYS = [pytest.param(False, id="ordinary"), pytest.param(True, id="forked", marks=pytest.mark.skipif(
    not CAN_FORK, reason="this system does not fork kernels"))]
FORKED = pytest.mark.skipif(not CAN_FORK, reason="this system does not fork kernels")


def notebook(*cells: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("unit = ''", metadata={"tags": ["parameters"]}), *map(nbformat.v4.new_code_cell, cells)],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})


def text(executed: nbformat.NotebookNode) -> str:
    return executed.cells[-1].outputs[0].data["text/plain"]


@pytest.mark.parametrize("fork", WAYS)
def test_a_notebook_runs_with_its_parameters_and_no_state_stays(fork: bool, tmp_path: Path) -> None:
    leak = notebook("import evalkit, os; found = (getattr(evalkit, 'left_behind', 'nothing'), os.environ.get('LEFT')); "
                    "evalkit.left_behind = unit; os.environ['LEFT'] = unit", "print(repr((found, unit, os.getcwd())))")
    source = notebook("1")
    with Kernels(fork=fork) as kernels:
        for unit in ("007", 'SEKSI "A" \\ B\'s'):
            printed = kernels.run(leak, {"unit": unit}, cwd=tmp_path).cells[-1].outputs[0].text.strip()
            assert printed == repr((("nothing", None), unit, str(tmp_path)))
        kernels.run(source, {})
        assert source == notebook("1") or not source.cells[-1].outputs


@pytest.mark.parametrize("fork", WAYS)
def test_a_failing_cell_is_told_with_the_notebook(fork: bool) -> None:
    with Kernels(fork=fork) as kernels, pytest.raises(KernelFailure, match="ValueError: no such thing") as caught:
        kernels.run(notebook("x = 1", "raise ValueError('no such thing')", "x = 2"), {})
    assert "no such thing" in caught.value.cell
    assert any(o.output_type == "error" for c in caught.value.notebook.cells if c.cell_type == "code" for o in c.outputs)


@FORKED
def test_kernels_run_side_by_side_and_are_gone_afterwards() -> None:
    with Kernels(fork=True) as kernels, ThreadPoolExecutor(4) as pool:
        cells = notebook("import os, time; time.sleep(0.2)", "os.getpid()")
        pids = [int(text(nb)) for nb in pool.map(lambda _: kernels.run(cells, {}), range(6))]
    assert len(set(pids)) == 6
    time.sleep(0.1)
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@FORKED
def test_a_killed_kernel_is_an_error_and_the_next_one_runs() -> None:
    with Kernels(fork=True) as kernels:
        with pytest.raises(Exception, match=r"[Kk]ernel"):
            kernels.run(notebook("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), {})
        assert text(kernels.run(notebook("1 + 1"), {})) == "2"


@FORKED
def test_the_server_that_forks_runs_no_thread_of_its_own() -> None:
    """Only the memory allocator of Arrow has one, and it knows of forks."""
    with Kernels(fork=True) as kernels:
        server = kernels._server
        assert server is not None
        threads = [t for t in Path(f"/proc/{server._process.pid}/task").iterdir() if t.name != str(server._process.pid)]
        assert {t.joinpath("comm").read_text().strip() for t in threads} <= {"jemalloc_bg_thd"}
