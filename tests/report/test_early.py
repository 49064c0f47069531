"""The process that forks kernels is started early only where notebooks are sure to run, and never outlives the run."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.exhibits import style, svg
from evalkit.report import early, fork_server
from evalkit.report.early import early_server
from evalkit.report.jupyter import without
from evalkit.tables.study import Running, Study


class Server:
    """Counts what becomes of it."""

    closed = 0

    def close(self) -> None:
        Server.closed += 1


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr(early, "ForkServer", Server)
    monkeypatch.setattr("evalkit.report.forking.CAN_FORK", True)
    monkeypatch.setattr(Server, "closed", 0)
    return Study(root=tmp_path, name="s", title="S", language="id", timezone="Asia/Makassar", vault=tmp_path / "v", reports=tmp_path / "r", seed=1)


@pytest.mark.parametrize("names", [None, ["monitor"], ["employees", "evaluation"]])
def test_a_first_run_has_it_at_once_and_it_ends_whatever_comes(study: Study, tmp_path: Path, names: list[str] | None) -> None:
    with pytest.raises(KeyboardInterrupt), early_server(study, tmp_path / "draft", names) as server:
        assert isinstance(server, Server)
        raise KeyboardInterrupt
    assert Server.closed == 1


def test_where_pages_are_known_or_need_no_kernel_or_are_made_elsewhere_nothing_is_started(study: Study, tmp_path: Path,
                                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "known" / ".state").mkdir(parents=True)
    cases = [(study, tmp_path / "known", None), (study, tmp_path / "draft", ["employees"]), (study, tmp_path / "draft", ["monitr"]),
             (replace(study, running=Running(backend="processes")), tmp_path / "draft", None)]
    for case in cases:
        with early_server(*case) as server:
            assert server is None
    monkeypatch.setattr("evalkit.report.forking.CAN_FORK", False)
    with early_server(study, tmp_path / "draft", None) as server:
        assert server is None
    assert Server.closed == 0


def test_a_module_that_is_there_stays_and_one_that_was_left_out_can_be_had_later() -> None:
    import json

    with without("json"):
        import json as same
    assert same is json
    with without("this.week"), pytest.raises(ModuleNotFoundError):
        __import__("this.week")


def test_a_sheet_that_was_laid_out_is_drawn_as_one_that_was_not() -> None:
    def drawn(width: float, narrow: bool) -> object:
        fig, ax = style.sheet(width, 120, 40, 10, 10, 20)
        ax.bar([0, 1, 2], [1, 3, 2])
        ax.set_ylabel("orang")
        return fig

    assert not style._READY
    plain = svg.both(drawn, "x")
    style.lay_out(4)
    assert svg.both(drawn, "x") == plain
    assert len(style._READY) == 2
    style._READY.clear()


def test_who_asked_may_have_ended_before_it_is_ready(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A misspelt report is refused while this side still imports: that is one sentence there, and no traceback from here."""
    ours, theirs = socket.socketpair()
    ours.close()
    for name in ("preload", "warm"):
        monkeypatch.setattr(fork_server, name, lambda *given: None)
    monkeypatch.setattr(fork_server, "serve", lambda connection: pytest.fail("nobody is there to serve"))
    monkeypatch.setattr(fork_server.signal, "signal", lambda *given: None)
    monkeypatch.setattr("sys.argv", ["fork_server", str(theirs.detach())])
    fork_server.main()
    assert capfd.readouterr() == ("", "")
