"""A release checked on another machine: equal in a copied study; a page, a table, a file that somebody changed is found and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.cli import main
from evalkit.derive.build import Built, build
from evalkit.derive.file_digests import sha256
from evalkit.derive.recompute import recompute
from evalkit.derive.release import FILES, TABLES, Release, find_release, folder_of, frozen_table
from evalkit.errors import DeriveError
from evalkit.report import verify as module
from evalkit.report.verify import FileCheck, verify
from evalkit.tables.study import Study, load_study
from tests.report.conftest import PERIOD, Cycle
from tests.report.quick import light

Copy = Callable[[], Study]


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    light(monkeypatch)


def changed(file: Path, content: bytes) -> None:
    file.chmod(0o644)
    file.write_bytes(content)


def test_a_release_is_equal_in_a_copied_study_and_does_not_see_what_came_later(cycled: Copy, cycle: Cycle,
                                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    study = cycled()
    seen: list[set[str]] = []

    def again(study: Study, release: Release, folder: Path) -> Built:
        built = recompute(study, release, folder)
        seen.append({f.stem for f in (folder / "imports").iterdir()})
        return built

    monkeypatch.setattr(module, "recompute", again)
    found = verify(study, PERIOD, "r1", seal=cycle.first.seal)
    assert found.exit_code == 0 and found.files == () and found.notes == ()
    assert {t.table for t in found.tables} == set(found.release.tables)
    assert seen == [set(cycle.first.release.imports)] and cycle.reimport not in seen[0]
    assert cycle.first.release.tables["distribution"].content != cycle.second.release.tables["distribution"].content
    assert list(found.lines("en"))[-1] == "r1 is equal."


def test_a_page_that_somebody_changed_added_or_took_away_is_found(cycled: Copy) -> None:
    study = cycled()
    pages = study.reports / PERIOD / "r1"
    changed(pages / "office" / "monitor.html", (pages / "office" / "monitor.html").read_bytes().replace(b"Laporan", b"Lap0ran"))
    (pages / "office" / "index.html").unlink()
    (pages / "units" / "baru.html").write_text("new", encoding="utf-8")
    found = verify(study, PERIOD, "r1", recomputed=False)
    assert found.exit_code == 2
    assert set(found.files) == {FileCheck("pages", "office/monitor.html", "changed"), FileCheck("pages", "office/index.html", "missing"),
                                FileCheck("pages", "units/baru.html", "added")}
    told = "\n".join(found.lines("id"))
    assert "! office/monitor.html: isinya berubah" in told and "r1 berbeda" in told
    shutil.copytree(study.reports / PERIOD / "r2", study.root.parent / "usb")
    assert verify(study, PERIOD, "r2", pages=study.root.parent / "usb", recomputed=False).exit_code == 0
    assert verify(study, PERIOD, "r2", pages=study.root.parent / "nowhere", recomputed=False).exit_code == 2


def test_a_frozen_table_that_somebody_changed_is_found_even_with_its_digests(cycled: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes a table and puts the new digest into the list of files changes the digest of the release."""
    study = cycled()
    release = find_release(study, PERIOD, "r1")
    folder = folder_of(study, PERIOD, "r1")
    frame = frozen_table(study, release, "distribution")
    frame["n"] = frame["n"] + 1
    file = folder / TABLES / release.tables["distribution"].file
    seal = module.frozen.seal_of(study, release)
    before = sha256(file)
    file.chmod(0o644)
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file)
    today = build(study, PERIOD)  # stands for the tables computed again: what is looked at here are the frozen ones
    monkeypatch.setattr(module, "recompute", lambda *a: today)
    found = verify(study, PERIOD, "r1")
    assert found.exit_code == 2 and {(t.table, t.state) for t in found.tables if t.state in ("frozen", "damaged")} == {("distribution", "frozen")}
    changed(folder / FILES, (folder / FILES).read_bytes().replace(before.encode(), sha256(file).encode()))
    again = verify(study, PERIOD, "r1")
    assert again.pages_good and again.exit_code == 1 and "distribution: salinan bekunya bukan yang dirilis" in "\n".join(again.lines("id"))
    assert verify(study, PERIOD, "r1", seal=seal, recomputed=False).exit_code == 2
    file.write_bytes(b"no table")
    assert {t.state for t in verify(study, PERIOD, "r1").tables if t.table == "distribution"} == {"damaged"}


def test_data_that_were_changed_under_the_release_are_found_table_by_table(cycled: Copy) -> None:
    study = cycled()
    release = find_release(study, PERIOD, "r1")
    rows = sorted((study.root / "tables" / "appraisals").glob("*.parquet"))
    touched = 0
    for file in rows:
        table = pq.read_table(file)
        frame = table.to_pandas()
        own = frame["period"].eq(PERIOD) & frame["predikat"].eq("baik")
        if own.any() and file.stem in release.imports:
            frame.loc[frame.index[own][:1], "predikat"] = "kurang"
            pq.write_table(pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False), file)
            touched += 1
    assert touched
    found = verify(study, PERIOD, "r1")
    states = {t.table: t for t in found.tables}
    assert found.exit_code == 1 and found.pages_good and states["distribution"].state == "differs" and states["units_current"].state == "equal"
    assert states["distribution"].same_code
    told = "\n".join(found.lines("id"))
    assert "! distribution: hasil hitung ulang berbeda; baris:" in told
    people = set(pd.read_parquet(study.root / "tables" / "appraisals" / rows[0].name)["person_id"])
    assert not any(p in told for p in people)


def test_raw_files_that_changed_or_imports_that_are_gone_are_said(cycled: Copy, cycle: Cycle) -> None:
    study = cycled()
    raw = next(f for f in (study.root / "raw").rglob("*") if f.is_file() and f.parent.name in set(cycle.first.release.imports.values()))
    changed(raw, b"other")
    found = verify(study, PERIOD, "r1", recomputed=False)
    assert found.exit_code == 1 and found.files == (FileCheck("raw", raw.parent.name, "changed"),)
    identity = next(iter(cycle.first.release.imports))
    (study.root / "imports" / f"{identity}.json").unlink()
    gone = verify(study, PERIOD, "r1")
    assert gone.exit_code == 1 and identity in gone.reason and not gone.tables_good
    assert identity in "\n".join(gone.lines("id"))


def test_another_version_or_lock_is_said_and_does_not_make_it_differ(cycled: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    study = cycled()
    known = module.rule_digests()
    monkeypatch.setattr(module, "lock_digest", lambda: "0" * 64)
    monkeypatch.setattr(module, "stages_digest", lambda: "0" * 64)
    monkeypatch.setattr(module, "rule_digests", lambda: {**known, "regulations/permenpanrb-6-2022": "0"})
    monkeypatch.setattr(module, "versions", lambda: {"evalkit": "9.9.9"})
    found = verify(study, PERIOD, "r1", recomputed=False)
    assert found.exit_code == 0
    told = "\n".join(found.notes)
    assert "9.9.9" in told and "requirements.lock" in told and "permenpanrb-6-2022" in told and "kode" in told


def test_what_is_unknown_is_said(cycled: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    study = cycled()
    with pytest.raises(DeriveError, match="r1, r2"):
        verify(study, PERIOD, "r5")
    assert main(["verify", "r1", "--study", str(study.root), "--files-only", "--language", "en"]) == 0
    assert capsys.readouterr().out.strip().splitlines()[-1] == "r1 is equal."
    assert main(["verify", "r5", "--study", str(study.root)]) == 1
    assert "r1, r2" in capsys.readouterr().err
    assert load_study(study.root).name == "kupang"
