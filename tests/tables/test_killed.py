"""A run that is killed at any moment leaves the state before or after a file, never something between."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.tables import ledger, store
from evalkit.tables.imports import add
from evalkit.tables.study import Study, load_study
from tests.tables.hand_made import BADAN, RECEIVED, appraisal, employee, employees_of, make_study, post, ratings_of, tree, write

ROUNDS = 36
TABLES = ("imports", "appraisals", "withdrawals", "units", "person_attributes", "assignments", "faults")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="a process is forked and killed, which Windows cannot do")


def state(study: Study) -> dict[str, Any]:
    """Everything that a study holds, with persons numbered as they appear: their ids are random."""
    numbers: dict[object, int] = {}
    found: dict[str, Any] = {}
    for table in TABLES:
        frame = store.read(study, table).astype(object)
        frame = frame.where(frame.notna(), None)
        order = [c for c in frame.columns if c not in store.PEOPLE]
        frame = frame.sort_values(order, key=lambda s: s.astype(str), kind="stable")
        for column in [c for c in store.PEOPLE if c in frame.columns]:
            frame[column] = [None if v is None else numbers.setdefault(v, len(numbers)) for v in frame[column]]
        found[table] = frame.to_numpy().tolist()
    return found


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    ten = [appraisal(n) for n in range(1, 11)]
    write(folder / "inbox", "1.json", tree())
    write(folder / "inbox", "2.json", employees_of([employee(n) for n in range(1, 11)], [post(n) for n in range(1, 11)], "2026-01-10"))
    write(folder / "inbox", "3.json", ratings_of(ten))
    write(folder / "inbox", "4.json", ratings_of([appraisal(2, "sangat_baik"), *ten[2:]], "2026-10-09T08:00:00"))
    nine = range(2, 11)
    write(folder / "inbox", "5.json", employees_of([employee(n) for n in nine], [post(n, BADAN) for n in nine], "2026-07-10"))
    make_study(folder / "empty")
    make_study(folder / "reference")
    script = Path(__file__).with_name("killed.py")
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, str(script), str(ROUNDS), str(folder)], capture_output=True, text=True, check=False, cwd=root,
                          env={**os.environ, "PYTHONPATH": str(root)}, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.mark.usefixtures("by_hand")
def test_every_killed_run_stands_before_or_after_a_file_and_can_go_on(killed: Path, tmp_path: Path) -> None:
    files = sorted((killed / "inbox").iterdir())
    step = make_study(tmp_path / "steps")
    allowed = [state(step)]
    for file in files:
        add(step, [file], received_at=RECEIVED)
        allowed.append(state(step))
    reached = set()
    for n in range(ROUNDS):
        study = load_study(killed / f"killed-{n}" / "studi")
        at = len(ledger.records(study))
        reached.add(at)
        assert state(study) == allowed[at], f"round {n} after {at} files"
        for file in files:
            add(study, [file], received_at=RECEIVED)
        assert state(study) == allowed[-1], f"round {n} gone on from {at}"
        assert not leftovers(study), f"round {n}"
    assert len(reached) >= 4, "the kills did not fall into different files"


def leftovers(study: Study) -> list[Path]:
    known = {r.import_id for r in ledger.records(study)}
    aside = list(study.root.rglob(".aside-*"))
    return aside + [p for p in (study.root / "tables").rglob("*.parquet") if p.stem not in known]


@pytest.mark.usefixtures("by_hand")
def test_what_a_killed_run_left_is_swept_at_the_next_start(killed: Path, tmp_path: Path) -> None:
    shutil.copytree(killed / "reference", tmp_path / "copy")
    study = load_study(tmp_path / "copy" / "studi")
    before = state(study)
    (study.root / "raw" / ".aside-abc-raw").mkdir()
    (study.root / "raw" / ("f" * 64)).mkdir()
    (study.root / "tables" / "appraisals" / "i000000000000.parquet").write_bytes(b"half")
    (study.root / "imports" / ".aside-abc-i1.json").write_bytes(b"{")
    assert state(study) == before
    add(study, [])
    assert not leftovers(study)
    assert not (study.root / "raw" / ("f" * 64)).exists()
    assert state(study) == before


def test_a_partition_with_no_record_is_not_read(killed: Path, tmp_path: Path) -> None:
    shutil.copytree(killed / "reference", tmp_path / "copy")
    study = load_study(tmp_path / "copy" / "studi")
    last = max(ledger.records(study), key=lambda r: r.sequence)
    (study.root / "imports" / f"{last.import_id}.json").unlink()
    assert len(store.read(study, "imports")) == 4
    assert isinstance(store.read(study, "assignments"), pd.DataFrame)
    assert last.import_id not in set(store.read(study, "assignments")["import_id"])
