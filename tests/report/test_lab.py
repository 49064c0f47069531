"""JupyterLab on a study: what the panel offers, the page it shows, the copies it works in, and how the server is started."""

from __future__ import annotations

import html
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from evalkit.cli import main
from evalkit.commands import lab as command
from evalkit.errors import ReportError
from evalkit.report.lab.choices import choices, page_of, task_of
from evalkit.report.lab.notebooks import FOLDER, HOME, copy_notebooks, shipped
from evalkit.report.lab.panel import Panel, framed, panel
from evalkit.report.parameters import read_parameters_cell
from evalkit.tables.study import Study, load_study

PERIOD, UNIT = "2026-Q3", "dinas-kesehatan"


def parameters(file: Path) -> dict[str, object]:
    cells = nbformat.read(file, as_version=4).cells
    return read_parameters_cell(next(c.source for c in cells if "parameters" in c.metadata.get("tags", ())))


def test_the_panel_offers_what_the_study_has(built_city: Study) -> None:
    offered = choices(built_city, PERIOD, "id")
    assert next(value for _, value in offered.periods) in (PERIOD, "2026-S1")
    assert PERIOD in {value for _, value in offered.periods}
    assert [value for _, value in offered.reports][:3] == ["monitor", "evaluation", "bias_analysis"]
    assert offered.units[0] == ("seluruhnya", "")
    assert UNIT in {value for _, value in offered.units}
    assert offered.by_unit >= {"monitor", "evaluation", "bias_analysis"}
    small = sorted(offered.withheld)[0]
    with pytest.raises(ReportError, match="Ditahan"):
        task_of(offered.plan, "evaluation", small, "id")
    city = replace(offered.plan, tasks=tuple(t for t in offered.plan.tasks if t.office is None))
    with pytest.raises(ReportError, match="the whole only"):
        task_of(city, "bias_analysis", UNIT, "en")


def test_running_in_the_panel_gives_the_page_of_the_export(ran) -> None:
    """Byte for byte: the same notebook, the same parameters, the same shell."""
    task = task_of(choices(ran.study, PERIOD, "id").plan, "monitor", UNIT, "id")
    assert page_of(task).encode() == (ran.draft / task.target).read_bytes()


def test_the_button_runs_the_choice_and_says_how_it_ended(built_city: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr("evalkit.report.lab.panel.page_of", lambda task: made.append(task.label) or "<p>page</p>")
    box = Panel(built_city)
    box.period.value, box.report.value, box.unit.value, box.language.value = PERIOD, "evaluation", UNIT, "en"
    box.button.click()
    assert made == [f"units/{UNIT}/evaluasi.en"]
    assert html.unescape(box.page.value).count("<p>page</p>") == 1
    assert "report evaluation --period 2026-Q3" in box.message.value
    assert not box.button.disabled
    box.report.value = "bias_analysis"
    assert not box.unit.disabled
    box.report.value, box.unit.value = "evaluation", sorted(choices(built_city, PERIOD, "id").withheld)[0]
    box.button.click()
    assert "Withheld" in box.message.value
    assert box.page.value == ""


def test_another_period_offers_its_own_units_and_keeps_what_is_still_there(built_city: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    now = choices(built_city, PERIOD, "id")
    earlier = replace(now, units=tuple(u for u in now.units if u[1] != "dinas-sosial"))
    monkeypatch.setattr("evalkit.report.lab.panel.choices", lambda study, period, language: now if period == PERIOD else earlier)
    box = Panel(built_city)
    other = next(value for _, value in now.periods if value != PERIOD)
    for unit, kept in ((UNIT, UNIT), ("dinas-sosial", "")):
        box.period.value = PERIOD
        box.unit.value = unit
        box.period.value = other
        assert box.unit.value == kept
        assert not box.button.disabled


def test_a_study_without_ratings_says_so(built_city: Study, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text((built_city.root / "study.toml").read_text(encoding="utf-8"), encoding="utf-8")
    box = Panel(load_study(tmp_path))
    assert box.button.disabled
    assert "add" in box.message.value
    box.run()
    assert box.page.value == ""
    assert panel(tmp_path).children


def test_a_page_cannot_leave_its_frame() -> None:
    shown = framed('"><script>alert(1)</script>', '"><b>')
    assert shown.count("<") == 2
    assert " sandbox " in shown


def test_the_copies_begin_with_the_study_and_its_period(copied: Callable[[], Study]) -> None:
    study = copied()
    made = copy_notebooks(study, PERIOD)
    assert {p.relative_to(study.root / FOLDER).as_posix() for p in made} >= {"panel.ipynb", "reports/monitor.ipynb", "reports/evaluation.ipynb"}
    assert not [p for p in made if p.name.startswith("ratings_")]
    for file in (p for p in made if "research" not in p.parts):
        given = parameters(file)
        assert (file.parent / str(given["study"])).resolve() == study.root
        assert given.get("period", PERIOD) == PERIOD
    before = {p: p.stat().st_mtime_ns for p in made}
    copy_notebooks(study, PERIOD)
    assert before == {p: p.stat().st_mtime_ns for p in made}


def test_a_copy_that_somebody_changed_is_kept_and_the_others_follow(copied: Callable[[], Study], tmp_path: Path) -> None:
    study = copied()
    home = tmp_path / "home"
    (home / FOLDER / "reports").mkdir(parents=True)
    for name in ("monitor", "evaluation"):
        (home / FOLDER / "reports" / f"{name}.ipynb").write_bytes((HOME / FOLDER / "reports" / f"{name}.ipynb").read_bytes())
    mine, other = copy_notebooks(study, PERIOD, home)[::-1]
    mine.write_text(mine.read_text(encoding="utf-8").replace("report.verdict()", "report.verdict()  # mine"), encoding="utf-8")
    copy_notebooks(study, "2026-Q2", home)
    assert "# mine" in mine.read_text(encoding="utf-8") or "report.verdict" not in mine.read_text(encoding="utf-8")
    assert parameters(mine)["period"] in (PERIOD, "2026-Q2")
    assert parameters(other)["period"] == "2026-Q2"


def test_research_on_public_data_keeps_its_data(copied: Callable[[], Study], tmp_path: Path) -> None:
    study, home = copied(), tmp_path / "home"
    (home / FOLDER / "research").mkdir(parents=True)
    for name, where in (("own", "../../data/kupang"), ("public", "../../data/insteval")):
        cell = nbformat.v4.new_code_cell(f'study = "{where}"  # type: str\nperiod = "2011"  # type: str', metadata={"tags": ["parameters"]})
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), home / FOLDER / "research" / f"{name}.ipynb")
    own, public = copy_notebooks(study, PERIOD, home)
    assert parameters(own) == {"study": "../..", "period": PERIOD}
    assert parameters(public) == {"study": (home / "data" / "insteval").as_posix(), "period": "2011"}


def test_the_notebooks_of_a_study_of_rating_files_are_its_own(built_city: Study) -> None:
    names = {p.stem for p in shipped(replace(built_city, populations=()))}
    assert {"ratings_evaluation", "ratings_bias", "panel"} <= names
    assert not names & {"monitor", "evaluation", "bias_analysis"}


def test_the_server_stays_on_this_machine_and_asks_nobody(copied: Callable[[], Study], monkeypatch: pytest.MonkeyPatch,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    study = copied()
    started: list[list[str]] = []

    def run(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        started.append(words)
        assert env["JUPYTER_PREFER_ENV_PATH"] == "1"
        assert list(Path(env["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]).rglob("page_config.json"))
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(command.subprocess, "run", run)
    assert main(["lab", "--study", str(study.root), "--no-browser", "--port", "8899"]) == 0
    words = started[0]
    assert words[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {f"--ServerApp.root_dir={study.root}", "--LabApp.default_url=/lab/tree/notebooks/panel.ipynb", "--ServerApp.ip=127.0.0.1",
            "--no-browser", "--ServerApp.port=8899", "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"} <= set(words)
    assert study.vault not in [study.root, *study.root.glob("**")]  # what JupyterLab can open holds no names
    assert (study.root / command.FIRST).is_file()
    assert study.title in capsys.readouterr().out
