"""The engine as a whole: kills, full disks, other backends, keys, parameters, what a run says."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import nbformat
import pytest
from pydantic import Field

from evalkit.commands import report as command
from evalkit.errors import ReportError, StudyError
from evalkit.report import export, keys, parameters, pool, progress
from evalkit.report.forking import CAN_FORK
from evalkit.report.kernels import KernelFailure
from evalkit.report.parameter_models import MODELS, ReportParameters
from evalkit.report.parameters import check_parameters, described, given_to
from evalkit.report.pool import at_once, backend_of
from evalkit.report.progress import Step
from evalkit.report.run import Summary, run_reports
from evalkit.tables.study import Running, Study, load_study
from tests.report.quick import QuickKernels, stands_in

PERIOD = "2026-Q3"
UNIT = "dinas-sosial"
PAGE = Path("units") / UNIT / "monitor.html"
Copy = Callable[[], Study]
FORKS = pytest.mark.skipif(not CAN_FORK, reason="this system does not fork")


def draft_of(study: Study) -> Path:
    return study.reports / PERIOD / "draft"


def one_page(study: Study, **options: object) -> Summary:
    return run_reports(study, PERIOD, names=["monitor"], units=[UNIT], **options)


@FORKS
def test_runs_that_are_ended_at_random_moments_leave_whole_pages_and_the_next_one_completes(copied: Copy) -> None:
    """The same as `python start.py bench kills`, which ends 200 runs of all pages; here 5 of two units, the fifth by Ctrl-C."""
    code = ("import sys; from tests.benchmarks.kills import rounds; from evalkit.tables.study import load_study; "
            "print(rounds(load_study(sys.argv[1]), 5, names=['monitor'], units=sys.argv[2:]))")
    study = copied()
    units = sorted(folder.name for folder in (draft_of(study) / "units").iterdir())[:2]
    done = subprocess.run([sys.executable, "-c", code, str(study.root), *units], capture_output=True, text=True, check=False,
                          cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-2000:]
    counts = dict(eval(done.stdout.strip().splitlines()[-1]))
    assert counts.pop("kills") == 5
    counts.pop("completed")
    assert set(counts.values()) == {0}, counts


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    study = copied()
    page = draft_of(study) / PAGE
    page.write_text("changed, so that it is made again")
    before = {f: f.read_bytes() for f in draft_of(study).rglob("*.html") if not f.name.startswith("index")}

    def full(path: Path, data: bytes, **options: object) -> None:
        path.write_bytes(data[:len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    stands_in(monkeypatch, QuickKernels())
    with monkeypatch.context() as patch:
        patch.setattr(export, "write_bytes", full)
        summary = one_page(study)
    assert summary.exit_code == 2
    assert any("Disk penuh" in line for line in summary.lines("id"))
    assert {f: f.read_bytes() for f in before} == before
    assert not list(draft_of(study).rglob(".aside-*"))
    assert one_page(study, only="failed").count("done") == 1


def test_a_disk_that_is_full_for_the_state_itself_ends_the_run_with_a_sentence(copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    study = copied()
    monkeypatch.setattr("evalkit.report.state.RunState.save", full)
    with pytest.raises(ReportError, match="Disk penuh"):
        one_page(study)


def test_a_failed_report_tells_the_last_words_of_its_kernel(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("os._exit(3)")])
    failure = KernelFailure("status 3", notebook, "os._exit(3)", "Fatal Python error: <b>Segmentation fault</b>")
    export.write_failure(tmp_path / "monitor.html", failure, title="monitor", language="en")
    told = (tmp_path / "monitor.failed.html").read_text(encoding="utf-8")
    for words in ("os._exit(3)", "status 3", "Fatal Python error: &lt;b&gt;Segmentation fault"):
        assert words in told
    assert (tmp_path / "monitor.failed.ipynb").is_file()
    assert not (tmp_path / "monitor.html").exists()


def made_by(study: Study, running: Running) -> bytes:
    """Make one page again with a backend."""
    page = draft_of(study) / PAGE
    page.unlink()
    summary = one_page(replace(study, running=running), jobs=2)
    assert summary.count("done") == 2 - summary.count("unchanged"), list(summary.lines("en"))
    assert summary.count("failed") == 0
    return page.read_bytes()


def test_processes_and_a_dask_cluster_make_the_same_page(ran, copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    study, right = copied(), (ran.draft / PAGE).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("evalkit.report.forking.CAN_FORK", False)
        assert backend_of(Running()) == "processes"
        assert made_by(study, Running()) == right
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        assert made_by(study, Running(backend="dask", cluster=cluster.scheduler_address)) == right


def test_a_cluster_that_is_not_there_is_a_sentence(copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nobody:
        def __init__(self, *given: object, **options: object) -> None:
            raise OSError("timed out")

    monkeypatch.setattr("distributed.Client", Nobody)
    study = copied()
    (draft_of(study) / PAGE).unlink()
    with pytest.raises(ReportError, match=r"cluster|[Kk]laster"):
        one_page(replace(study, running=Running(backend="dask", cluster="tcp://127.0.0.1:1")))


def test_the_settings_of_a_run_are_read_and_refused(tmp_path: Path) -> None:
    def written(run: str) -> Study:
        (tmp_path / "study.toml").write_text(f'[study]\nname = "s"\n[people]\nvault = "../v"\n[run]\n{run}\n')
        return load_study(tmp_path)

    assert written("").running == Running(10, 0, "", "")
    assert written('minutes = 0.5\nmemory_mb = 700\nbackend = "dask"\ncluster = "tcp://a:8786"').running == Running(0.5, 700, "dask", "tcp://a:8786")
    with pytest.raises(StudyError, match="threads, processes, dask"):
        written('backend = "spark"')
    assert backend_of(Running(backend="threads")) == "threads"


def test_an_unchanged_run_reads_no_table_for_its_keys(ran, copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    study = copied()
    run_reports(study, PERIOD)  # the folder of the copy is another one: its keys are worked out once more
    monkeypatch.setattr(keys, "key_of", None)
    monkeypatch.setattr(pool, "each", None)
    assert run_reports(study, PERIOD).count("done") == 0


def test_another_setting_works_the_keys_out_again_and_makes_nothing_that_prints_the_same(copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    study = copied()
    asked: list[Path] = []
    of = keys.key_of
    monkeypatch.setattr(keys, "key_of", lambda s, p, t: asked.append(t.target) or of(s, p, t))
    summary = one_page(replace(study, raw={**study.raw, "collect": {"min_raters_per_role": 4}}))
    assert asked == [PAGE]
    assert summary.states[PAGE] == "unchanged"


class WithWindow(ReportParameters):
    """A report with parameters of its own."""

    window: Annotated[int, Field(ge=2, description="jendela / window")] = 8
    attributes: list[str] = Field(default=["sex"])
    strict: bool = False


@pytest.fixture
def windowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "windowed", WithWindow)


def test_parameters_of_the_command_line_get_their_types(windowed: None) -> None:
    found = given_to(["windowed", "monitor"], {"window": "4", "attributes": "sex, employment", "strict": "true"})
    assert found == {"windowed": {"window": 4, "attributes": ["sex", "employment"], "strict": True}, "monitor": {}}
    assert check_parameters("windowed", {"study": "s", "period": PERIOD, **found["windowed"]})["window"] == 4


@pytest.mark.parametrize(("given", "told"), [
    ({"windw": "4"}, "Did you mean window"), ({"window": "four"}, "a whole number"), ({"window": "4.5"}, "a whole number"),
    ({"strict": "maybe"}, "true or false"), ({"unit": "007"}, "--unit"), ({"period": PERIOD}, "--period")])
def test_parameters_that_cannot_be_are_refused(windowed: None, given: dict[str, str], told: str) -> None:
    with pytest.raises(ReportError, match=told):
        given_to(["windowed"], given)


def test_a_value_outside_its_bounds_is_refused_with_its_form(windowed: None) -> None:
    with pytest.raises(ReportError, match="greater than or equal to 2"):
        check_parameters("windowed", {"study": "s", "period": PERIOD, "window": 1})


def test_a_misspelt_parameter_is_refused_before_a_kernel_or_a_table(ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "each", None)
    monkeypatch.setattr("evalkit.report.plan.build", None)
    with pytest.raises(ReportError, match="--period"):
        one_page(ran.study, given={"period": "2026"})
    with pytest.raises(ReportError, match="perido"):
        one_page(ran.study, given={"perido": "2026-Q3"})


def test_help_of_a_report_names_each_parameter_with_type_default_and_meaning(windowed: None, capsys: pytest.CaptureFixture[str]) -> None:
    from evalkit.cli import main

    assert main(["report", "evaluation", "--help"]) == 0
    said = capsys.readouterr().out
    for name, field in MODELS["evaluation"].model_fields.items():
        line = next(row for row in said.splitlines() if row.strip().startswith(parameters.OPTIONS[name]))
        assert str(field.description) in line
    assert "wajib / required" in said
    assert main(["report", "--help"]) == 0
    assert "--memory-mb" in capsys.readouterr().out
    own = "\n".join(described("windowed"))
    assert "--set window=..." in own
    assert "bawaan / default: 8" in own
    assert "jendela / window" in own


@pytest.mark.parametrize("text", ["window", "=4"])
def test_a_parameter_without_a_name_or_a_value_is_refused(text: str) -> None:
    import argparse

    with pytest.raises(argparse.ArgumentTypeError, match="NAME=VALUE"):
        command._pair(text)


@pytest.mark.parametrize(("states", "faults", "code"), [
    (["done", "unchanged"], 0, 0), (["done", "withheld"], 2, 1), (["failed", "withheld"], 2, 2), (["done", "withheld"], 0, 3)])
def test_the_exit_code_says_what_to_mend_first(states: list[str], faults: int, code: int) -> None:
    named = {Path(str(i)): state for i, state in enumerate(states)}
    assert Summary(named, {}, (), False, faults, Path(), 0.0).exit_code == code


def test_a_terminal_gets_a_bar_that_keeps_what_failed_and_a_file_gets_few_lines(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [Step(0, 0, "Menyiapkan tabel", "tables"),
             *(Step(n + 1, 1000, f"units/u{n}", "failed" if n == 7 else "done") for n in range(1000))]
    with progress.shown("id") as show:
        for step in steps:
            show(step)
    plain = capsys.readouterr().out.splitlines()
    assert 20 <= len(plain) <= 60
    assert plain[0] == "  Menyiapkan tabel"
    assert sum("GAGAL" in line for line in plain) == 1
    assert "1000/1000" in plain[-1]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with progress.shown("id") as show:
        for step in steps[:10]:
            show(step)
    assert "units/u7: GAGAL" in capsys.readouterr().out


@FORKS
def test_by_default_the_processors_of_this_process_are_kept_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {3, 5})  # a part of the machine, as a container or a batch system gives
    assert at_once(Running()) == 3  # kernels that start and end leave one idle
    assert at_once(Running(backend="processes")) == 2
    monkeypatch.setattr("evalkit.report.forking.CAN_FORK", False)
    assert at_once(Running()) == 2
