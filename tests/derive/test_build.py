from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.derive import build as building
from evalkit.derive.build import build, folder_of, ordered
from evalkit.derive.catalog import CATALOG, Derived, Later
from evalkit.derive.contracts import CONTRACTS, contract_of
from evalkit.derive.digest import content_digest
from evalkit.derive.record import read_record
from evalkit.derive.sources import FrameSource
from evalkit.errors import DeriveError, EstimationError
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Study

Frames = dict[str, pd.DataFrame]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tables that were computed, in order."""
    seen: list[str] = []

    def counting(row: Derived) -> Callable[..., pd.DataFrame]:
        def call(*args: Any, **kwargs: Any) -> pd.DataFrame:
            seen.append(row.name)
            return row.function(*args, **kwargs)
        return call

    for name, row in CATALOG.items():
        monkeypatch.setitem(CATALOG, name, replace(row, function=counting(row)))
    return seen


def test_every_table_has_a_contract_and_known_inputs() -> None:
    known = set(TABLES) | set(CATALOG)
    for row in CATALOG.values():
        assert contract_of(row.name).key
        assert set(row.inputs) <= known
        assert row.stage in ("derive", "scoring", "reliability", "raters", "fairness", "impact")
    assert set(CONTRACTS) <= set(CATALOG)


def test_inputs_come_first() -> None:
    order = ordered()
    assert set(order) == set(CATALOG)
    for name in order:
        assert all(order.index(i) < order.index(name) for i in CATALOG[name].inputs if i in CATALOG)


def test_only_what_is_wanted_is_made(study: Study, source: FrameSource, calls: list[str]) -> None:
    built = build(study, "2026-Q3", names=["denominator"], source=source)
    assert set(calls) == set(built.records) == {"appraisals_current", "units_current", "population", "denominator"}


def test_a_second_build_computes_nothing(study: Study, source: FrameSource, calls: list[str]) -> None:
    first = build(study, "2026-Q3", source=source)
    assert sorted(calls) == sorted(CATALOG)
    calls.clear()
    again = build(study, "2026-Q3", source=source)
    assert (calls, again.made) == ([], ())
    assert {n: r.content for n, r in again.records.items()} == {n: r.content for n, r in first.records.items()}


def test_an_import_that_says_nothing_new_changes_nothing(study: Study, frames: Frames, calls: list[str]) -> None:
    build(study, "2026-Q3", source=FrameSource(frames))
    calls.clear()
    rows = frames["appraisals"].iloc[::-1].assign(import_id="i2", row=99)
    build(study, "2026-Q3", source=FrameSource({**frames, "appraisals": rows}))
    assert calls == []


def test_a_change_computes_exactly_what_rests_on_it(study: Study, frames: Frames, calls: list[str]) -> None:
    build(study, "2026-Q3", source=FrameSource(frames))
    calls.clear()
    fault = TABLES["faults"].conform(pd.DataFrame([{
        "fault_id": "f", "rule": "nip.number_cell", "remedy": "r", "severity": "error", "unit_id": "a", "period": "2026-Q3",
        "status": "open", "first_seen": datetime(2026, 10, 1), "last_seen": datetime(2026, 10, 1)}]))
    built = build(study, "2026-Q3", source=FrameSource({**frames, "faults": fault}))
    # evidence reads the coverage, but only what the faults do not change; its input changed, so it is looked at again
    assert set(calls) == set(built.made) == {"fault_counts", "coverage", "evidence"}


def test_a_change_that_leaves_a_result_the_same_stops_there(study: Study, frames: Frames, calls: list[str]) -> None:
    build(study, "2026-Q3", source=FrameSource(frames))
    calls.clear()
    units = frames["units"].assign(district="Kelapa Lima")
    build(study, "2026-Q3", source=FrameSource({**frames, "units": units}))
    assert calls == ["units_current"]


def test_settings_enter_the_key_only_where_they_are_declared(study: Study, source: FrameSource, calls: list[str]) -> None:
    build(study, "2026-Q3", source=source)
    calls.clear()
    build(replace(study, seed=8), "2026-Q3", source=source)
    assert sorted(calls) == ["false_claims", "training_design", "training_impact", "training_waves", "waiting"]


def test_an_undeclared_setting_cannot_be_read(study: Study, source: FrameSource) -> None:
    context = build(study, "2026-Q3", source=source).context.limited(["seed"])
    assert context.setting("seed") == 7
    with pytest.raises(DeriveError, match="due_at"):
        context.setting("due_at")


def test_the_record_says_what_went_in_and_what_came_out(study: Study, source: FrameSource) -> None:
    built = build(study, "2026-Q3", source=source)
    record = json.loads((folder_of(study, "2026-Q3", None) / "coverage.json").read_text(encoding="utf-8"))
    assert set(record["inputs"]) == {"roster", "fault_counts"}
    assert record["inputs"]["roster"] == built.records["roster"].content
    assert record["content"] == content_digest(built.table("coverage"), CATALOG["coverage"].key)
    assert record["rows"] == len(built.table("coverage"))
    assert record["seed"] == 7
    assert {"evalkit", "python", "pandas", "pyarrow"} <= set(record["versions"])
    assert record["settings"]["as_of"] == "2026-10-12"
    assert len(record["code"]) == len(record["key"]) == 64
    assert datetime.fromisoformat(record["made_at"]).tzinfo is not None


def test_the_file_holds_what_the_record_says_and_no_old_file_stays(study: Study, frames: Frames) -> None:
    build(study, "2026-Q3", source=FrameSource(frames))
    rows = frames["appraisals"][frames["appraisals"]["person_id"] != "p12"]
    build(study, "2026-Q3", source=FrameSource({**frames, "appraisals": rows}))
    folder = folder_of(study, "2026-Q3", None)
    files = sorted(f.name for f in folder.glob("*.parquet"))
    assert len(files) == len(CATALOG)
    assert {read_record(folder, n).file for n in CATALOG} == set(files)
    assert not [f for f in folder.iterdir() if f.name.startswith(".") and f.name != ".lock"]


@pytest.mark.parametrize("damage", ["record", "file", "format"])
def test_a_damaged_table_is_made_again(study: Study, source: FrameSource, calls: list[str], damage: str) -> None:
    build(study, "2026-Q3", source=source)
    calls.clear()
    folder = folder_of(study, "2026-Q3", None)
    note = folder / "denominator.json"
    if damage == "record":
        note.write_text("{", encoding="utf-8")
    elif damage == "file":
        next(folder.glob("denominator.*.parquet")).unlink()
    else:
        note.write_text(json.dumps({**json.loads(note.read_text(encoding="utf-8")), "format": 0}), encoding="utf-8")
    built = build(study, "2026-Q3", source=source)
    assert calls == ["denominator"]
    assert len(built.table("denominator")) > 0


def test_a_failure_in_the_middle_leaves_the_old_pair(study: Study, frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build(study, "2026-Q3", source=FrameSource(frames)).table("coverage")
    rows = frames["appraisals"][frames["appraisals"]["person_id"] != "p12"]

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("evalkit.derive.record.pq.write_table", fail)
    with pytest.raises(OSError, match="no space"):
        build(study, "2026-Q3", source=FrameSource({**frames, "appraisals": rows}))
    monkeypatch.undo()
    record = read_record(folder_of(study, "2026-Q3", None), "coverage")
    assert record is not None
    assert building.read_table(folder_of(study, "2026-Q3", None), record).equals(before)


def test_no_function_writes_into_its_inputs(study: Study, frames: Frames) -> None:
    copies = {n: f.copy(deep=True) for n, f in frames.items()}
    build(study, "2026-Q3", source=FrameSource(frames))
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, copies[name])


def test_dates_have_their_own_place(study: Study, source: FrameSource, calls: list[str]) -> None:
    build(study, "2026-Q3", source=source)
    calls.clear()
    early = build(study, "2026-Q3", as_of=date(2026, 10, 11), source=source)
    assert sorted(calls) == sorted(CATALOG)
    calls.clear()
    build(study, "2026-Q3", source=source)
    assert calls == []
    assert early.folder.name == "2026-10-11"


def test_a_study_without_anything_gives_tables_without_an_error(study: Study) -> None:
    built = build(study, "2026-Q3", source=FrameSource({}))
    assert built.table("coverage")[["scope", "expected", "rated"]].to_numpy().tolist() == [["city", 0, 0]]
    assert set(built.table("evidence")["strength"]) == {0}
    assert all(built.table(n).empty for n in ("population", "distribution", "history", "unrated", "waiting", "identification"))


def test_unknown_names_are_told(study: Study, source: FrameSource) -> None:
    with pytest.raises(DeriveError, match="coverag"):
        build(study, "2026-Q3", names=["coverag"], source=source)
    with pytest.raises(DeriveError, match="not built"):
        build(study, "2026-Q3", names=["roster"], source=source).table("coverage")


def test_a_circle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOG, "roster", replace(CATALOG["roster"], inputs=("coverage",)))
    with pytest.raises(DeriveError, match="circle"):
        ordered(["coverage"])


def test_progress_is_told(study: Study, source: FrameSource) -> None:
    told: list[tuple[str, bool]] = []
    build(study, "2026-Q3", names=["roster"], source=source, progress=lambda n, made: told.append((n, made)))
    assert told[-1] == ("roster", True)


def test_the_folder_is_inside_the_study(study: Study) -> None:
    assert folder_of(study, "2026-Q3", None) == Path(study.root) / "derived" / "2026-Q3" / "latest"


def test_every_function_of_the_catalogue_is_there() -> None:
    for row in CATALOG.values():
        assert callable(row.function.load() if isinstance(row.function, Later) else row.function), row.name


def test_a_run_in_which_nothing_changed_imports_no_statistics_and_no_charts() -> None:
    """Nine tenths of its time would be imports."""
    code = "import sys, evalkit.report.run; print(sorted({'scipy.stats', 'matplotlib', 'statsmodels', 'papermill'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_statistic_that_cannot_be_had_names_its_table_and_leaves_the_data(study: Study, frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> pd.DataFrame:
        raise EstimationError("No residual.")

    monkeypatch.setitem(CATALOG, "coverage", replace(CATALOG["coverage"], function=fails))
    with pytest.raises(DeriveError, match=r'Tabel "coverage" untuk 2026-Q3 tidak dapat dihitung .* \(No residual\.\)'):
        build(study, "2026-Q3", names=["coverage"], source=FrameSource(frames))
