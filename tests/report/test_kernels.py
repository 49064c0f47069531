from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from evalkit.report.forking import CAN_FORK, ForkServer, ServerGoneError
from evalkit.report.ground import Ground
from evalkit.report.kernels import KernelFailure, Kernels
from evalkit.report.limits import Limits

WAYS = [pytest.param(False, id="ordinary"), pytest.param(True, id="forked", marks=pytest.mark.skipif(
    not CAN_FORK, reason="this system does not fork kernels"))]
FORKED = pytest.mark.skipif(not CAN_FORK, reason="this system does not fork kernels")


@pytest.fixture(scope="module", params=WAYS)
def kernels(request: pytest.FixtureRequest) -> Iterator[Kernels]:
    """One of each way for all tests of this file: the server takes longer to start than any kernel."""
    with Kernels(fork=request.param) as given:
        yield given


@pytest.fixture(scope="module")
def forked() -> Iterator[Kernels]:
    with Kernels(fork=True) as given:
        yield given


def notebook(*cells: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("unit = ''", metadata={"tags": ["parameters"]}), *map(nbformat.v4.new_code_cell, cells)],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})


def text(executed: nbformat.NotebookNode) -> str:
    return executed.cells[-1].outputs[0].data["text/plain"]


def test_a_notebook_runs_with_its_parameters_and_no_state_stays(kernels: Kernels, tmp_path: Path) -> None:
    leak = notebook("import evalkit, os; found = (getattr(evalkit, 'left_behind', 'nothing'), os.environ.get('LEFT')); "
                    "evalkit.left_behind = unit; os.environ['LEFT'] = unit", "print(repr((found, unit, os.getcwd())))")
    source = notebook("1")
    for unit in ("007", 'SEKSI "A" \\ B\'s'):
        printed = kernels.run(leak, {"unit": unit}, cwd=tmp_path).cells[-1].outputs[0].text.strip()
        assert printed == repr((("nothing", None), unit, str(tmp_path)))
    kernels.run(source, {})
    assert source == notebook("1") or not source.cells[-1].outputs


LOOK = """
import builtins, contextlib, io, json, locale, os, random, sys, warnings
import numpy as np, pandas as pd, matplotlib as mpl
from evalkit.language.catalogue import catalogue
state = {"rc": {k: str(v) for k, v in mpl.rcParams.items()}, "pandas": [pd.get_option(o) for o in ("display.max_rows", "display.precision")],
         "env": dict(sorted(os.environ.items())), "cwd": os.getcwd(), "path": sys.path, "recursion": sys.getrecursionlimit(),
         "errors": np.geterr(), "print": np.get_printoptions()["precision"], "warnings": len(warnings.filters), "umask": os.umask(0o22),
         "locale": locale.setlocale(locale.LC_ALL), "words": len(catalogue()), "left": hasattr(builtins, "left"),
         "files": sorted(os.listdir("."))}
print(json.dumps([state, [random.random(), float(np.random.rand())]], default=str, sort_keys=True))
"""
SPOIL = """
mpl.rcParams["font.size"] = 99; pd.set_option("display.max_rows", 3); pd.set_option("display.precision", 1)
os.environ["LEFT"] = "behind"; os.environ.pop("HOME", None); os.chdir("/"); sys.path.insert(0, "/left"); sys.setrecursionlimit(5000)
np.seterr(all="ignore"); np.set_printoptions(precision=2); warnings.simplefilter("ignore"); os.umask(0o77)
random.seed(1); np.random.seed(1); catalogue().clear(); builtins.left = True
"""


def test_nothing_that_a_notebook_sets_is_there_for_the_next_one_and_no_two_draw_the_same(kernels: Kernels, tmp_path: Path) -> None:
    found = [json.loads(kernels.run(notebook(LOOK, SPOIL), {}, cwd=tmp_path).cells[-2].outputs[0].text) for _ in range(3)]
    states, draws = [state for state, _ in found], [tuple(drawn) for _, drawn in found]
    assert states[0] == states[1] == states[2]
    assert not states[0]["left"]
    assert states[0]["cwd"] == str(tmp_path)
    assert len({d[0] for d in draws}) == len({d[1] for d in draws}) == 3


def test_a_failing_cell_is_told_with_the_notebook(kernels: Kernels) -> None:
    with pytest.raises(KernelFailure, match="ValueError: no such thing") as caught:
        kernels.run(notebook("x = 1", "raise ValueError('no such thing')", "x = 2"), {})
    assert "no such thing" in caught.value.cell
    assert any(o.output_type == "error" for c in caught.value.notebook.cells if c.cell_type == "code" for o in c.outputs)


def test_a_sentence_of_the_package_stands_without_the_name_of_its_class(kernels: Kernels) -> None:
    with pytest.raises(KernelFailure, match=r"^Tidak ada kelompok X\.$"):
        kernels.run(notebook("from evalkit.errors import DeriveError", "raise DeriveError('Tidak ada kelompok X.')"), {})


@FORKED
def test_kernels_run_side_by_side_and_are_gone_afterwards(forked: Kernels) -> None:
    with ThreadPoolExecutor(4) as pool:
        cells = notebook("import os, time; time.sleep(0.2)", "os.getpid()")
        pids = [int(text(nb)) for nb in pool.map(lambda _: forked.run(cells, {}), range(6))]
    assert len(set(pids)) == 6
    until = time.monotonic() + 60  # the server reaps them in its own time
    while (left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left


@pytest.mark.parametrize(("code", "said", "word"), [
    ("import os, sys; print('gone by itself', file=sys.stderr); os._exit(3)", "status 3", "gone by itself"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL", ""),
    ("import ctypes; ctypes.string_at(0)", "SIGSEGV", "Segmentation fault")])
def test_a_dead_kernel_is_told_with_its_status_its_cell_and_its_last_words(kernels: Kernels, code: str, said: str, word: str) -> None:
    with pytest.raises(KernelFailure, match=said) as caught:
        kernels.run(notebook("x = 1", code, "x = 2"), {})
    assert caught.value.cell == code
    assert word in caught.value.last_words
    assert text(kernels.run(notebook("1 + 1"), {})) == "2"


def test_a_report_beyond_its_time_is_ended_with_a_sentence(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_limits", Limits(minutes=0.1))
    with pytest.raises(KernelFailure, match=r"0\.10 minutes") as caught:
        kernels.run(notebook("import time; time.sleep(600)"), {}, language="en")
    assert "sleep" in caught.value.cell


@FORKED
def test_a_report_beyond_its_memory_is_ended_and_a_small_one_is_not(forked: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked, "_limits", Limits(memory_mb=900))
    assert text(forked.run(notebook("1 + 1"), {})) == "2"
    with pytest.raises(KernelFailure, match="900 MB"):
        forked.run(notebook("import time; held = b'x' * 1_000_000_000; time.sleep(600)"), {})


@FORKED
def test_a_notebook_whose_server_is_killed_runs_again_with_a_new_one() -> None:
    with Kernels() as kernels, ThreadPoolExecutor(1) as pool:
        first = kernels._server
        running = pool.submit(kernels.run, notebook("import time; time.sleep(1.5)", "6 * 7"), {})
        time.sleep(1)
        os.kill(first.pid, signal.SIGKILL)
        assert text(running.result()) == "42"
        assert kernels._server is not first
        kernels.close()
        with pytest.raises(ServerGoneError):
            kernels.run(notebook("1"), {})


@FORKED
def test_forty_kernels_start_together_without_one_failure(forked: Kernels) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert [text(nb) for nb in pool.map(lambda n: forked.run(notebook(f"{n} + 1"), {}), range(40))] == [str(n + 1) for n in range(40)]


@FORKED
def test_the_server_that_forks_runs_no_thread_of_its_own(ran) -> None:
    """Only the memory allocator of Arrow has one, and it knows of forks; also after it has read the tables of a study."""
    with Kernels(fork=True, ground=Ground(str(ran.study.root), "2026-Q3", reports=("evaluation",))) as kernels:
        code = "from evalkit.derive import slices; slices._readers.cache_info().currsize"
        assert int(text(kernels.run(notebook(code), {}))) >= 10
        server = kernels._server
        assert server is not None
        threads = [t for t in Path(f"/proc/{server.pid}/task").iterdir() if t.name != str(server.pid)]
        assert {t.joinpath("comm").read_text().strip() for t in threads} <= {"jemalloc_bg_thd"}


@FORKED
def test_a_server_says_without_waiting_whether_it_is_ready() -> None:
    server = ForkServer()
    assert server.is_busy(), "it imports its libraries first"
    server.stand_on(Ground("nowhere", "2026-Q3", "", ()))
    assert server.ask(do="poll", pid=0)["code"] < 0
    assert not server.is_busy(), "both answers before this one were read"
    server.close()
    assert not server.is_busy()


def test_what_a_library_logs_of_a_dead_kernel_is_not_printed_beside_our_sentence() -> None:
    """In a process of its own: a test runner gives every logger a place to write to."""
    program = ("import logging\nfrom evalkit.report.jupyter import papermill\n"
               "logging.getLogger('papermill').error('Error occurred while starting new kernel client for kernel 1')")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
