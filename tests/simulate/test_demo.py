"""The demo study: through the same door as an office's files, once, and whole even when it is killed."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from evalkit.errors import StudyError
from evalkit.simulate import demo
from evalkit.simulate.demo import Built, build_demo
from evalkit.tables import ledger, store
from evalkit.tables.imports import add
from evalkit.tables.study import load_study

SIZE = {"employees": 300, "quarters": 2}
LAST = "2026-Q3"


def new_study(folder, root):
    place = folder / "data" / "kupang"
    place.mkdir(parents=True)
    shutil.copy(root / "data" / "kupang" / "study.toml", place)
    return place


@pytest.fixture(scope="module")
def built(tmp_path_factory, root):
    place = new_study(tmp_path_factory.mktemp("built"), root)
    steps = []
    result = build_demo(place, lambda done, total, what: steps.append((done, total, what)), **SIZE)
    return place, result, steps


def truth_of(place, name):
    return pd.read_parquet(place / "truth" / f"{name}.parquet")


def test_every_file_is_taken_in(built):
    place, result, steps = built
    study = load_study(place)
    records = ledger.records(study)
    assert result.files_written == len(records) == len(list((place / "files").glob("*/*")))
    assert all(r.rows == r.rows_read + r.rows_refused for r in records)
    assert steps[-1][:2] == (result.imports_made, result.imports_made) and not (place / ".staging").exists()


def test_a_second_call_does_nothing(built):
    place, _, _ = built
    before = {p: p.stat().st_mtime_ns for p in place.rglob("*") if p.is_file() and p.name != ".lock"}
    assert build_demo(place, **SIZE) == Built(0, 0)
    assert {p: p.stat().st_mtime_ns for p in place.rglob("*") if p.is_file() and p.name != ".lock"} == before


def test_shares_come_back_through_the_door(built):
    place, _, _ = built
    rows = store.read(load_study(place), "appraisals")
    expected = truth_of(place, "expected")
    for period in ("2026-Q2", LAST, "2026-S1"):
        own = rows[(rows["period"] == period) & ~rows["is_acting"] & rows["predikat"].notna()]
        said = expected[expected["period"] == period]
        stars = own[own["predikat"] == "sangat_baik"]["appraisal_id"].nunique()
        assert own["appraisal_id"].nunique() == pytest.approx(said["rated"].sum(), abs=12)
        assert stars == pytest.approx(said["sangat_baik"].sum(), abs=5)


def test_teachers_have_semesters_and_their_own_instrument(built):
    place, _, _ = built
    rows = store.read(load_study(place), "appraisals")
    by = rows.groupby("period")["instrument"].unique().map(list)
    assert by[LAST] == ["permenpanrb-6-2022"] and by["2026-S1"] == ["perdirjen-gtk-7607-2023"]


def test_planted_faults_are_found(built):
    place, _, _ = built
    faults = store.read(load_study(place), "faults")
    rules = faults[(faults["period"] == LAST) & faults["file"].str.contains("penilaian")]["rule"].value_counts()
    assert rules["nip.number_cell"] == 2 and rules["predikat.contradicts"] == 2 and rules["date.unreadable"] == 1
    assert rules["appraisal.conflict"] >= 1 and rules.sum() <= 12


def test_the_corrected_export_makes_versions_and_withdrawals(built):
    place, _, _ = built
    study = load_study(place)
    rows = store.read(study, "appraisals")
    changes = truth_of(place, "revisions").groupby("change").size()
    versions = rows[rows["period"] == changes_period(place)].groupby("appraisal_id")["version"].max()
    assert (versions > 1).sum() == changes["revised"] + changes["late"]
    assert len(store.read(study, "withdrawals")) == changes["withdrawn"]


def changes_period(place):
    return truth_of(place, "revisions")["period"].iloc[0]


def test_a_call_that_was_killed_goes_on(tmp_path, root, monkeypatch):
    place = new_study(tmp_path, root)
    calls = []

    def dies(*args, **kwargs):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(args)
        return add(*args, **kwargs)

    monkeypatch.setattr(demo, "add", dies)
    with pytest.raises(KeyboardInterrupt):
        build_demo(place, **SIZE)
    taken = {r.import_id for r in ledger.records(load_study(place))}
    assert taken
    monkeypatch.setattr(demo, "add", add)
    again = build_demo(place, **SIZE)
    assert again.files_written == 0 and again.imports_made > 0
    records = ledger.records(load_study(place))
    assert taken < {r.import_id for r in records} and len({r.sha256 for r in records}) == len(records)
    assert build_demo(place, **SIZE) == Built(0, 0)


def test_files_appear_whole_or_not_at_all(tmp_path, root, monkeypatch):
    place = new_study(tmp_path, root)

    def dies(folder, **kwargs):
        folder.mkdir(parents=True)
        (folder / "half.xlsx").write_bytes(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "write_city", dies)
    with pytest.raises(KeyboardInterrupt):
        build_demo(place, **SIZE)
    assert not (place / "files").exists() and not ledger.records(load_study(place))


def test_what_was_added_by_hand_outlives_a_change_of_the_code(tmp_path, root, monkeypatch):
    place = new_study(tmp_path, root)
    build_demo(place, **SIZE)
    study = load_study(place)
    own = place.parent / "presensi-2026-09.csv"
    lines = (place / "files" / LAST / "presensi-2026-09.csv").read_text(encoding="utf-8").splitlines()
    own.write_text("\n".join(lines[:20]) + "\n", encoding="utf-8")
    assert not add(study, [own], period="2026-09").refused
    number = len(ledger.records(study))
    monkeypatch.setattr(demo, "_digest_of", lambda parts: "another reader" if "tables" in parts else "same")
    monkeypatch.setattr(demo, "_stamp", lambda *args: demo._listed(study)["stamp"])
    build_demo(place, **SIZE)
    assert len(ledger.records(study)) == number and not list((place / "added").glob("*"))


def test_data_of_an_office_are_never_cleared(tmp_path, root, small):
    place = new_study(tmp_path, root)
    folder, _ = small
    add(load_study(place), [next(folder.rglob("hierarki-unor.xlsx"))])
    with pytest.raises(StudyError, match="bukan data contoh"):
        build_demo(place, **SIZE)
    assert len(ledger.records(load_study(place))) == 1


def test_the_denominator_of_the_reports_is_the_truth(built):
    from evalkit.derive.build import build
    from evalkit.derive.handle import open_handle

    place, _, _ = built
    study, expected, faults = load_study(place), truth_of(place, "expected"), truth_of(place, "faults")
    for period, lost in ((LAST, {"nip as number", "same id twice"}), ("2026-S1", set())):
        build(study, period)
        coverage = open_handle(study, report="monitor", period=period).table("coverage")
        city = coverage[(coverage["scope"] == "city") & (coverage["period"] == period)].iloc[0]
        said = expected[expected["period"] == period]
        assert city["expected"] == said["expected"].sum()
        assert said["rated"].sum() - city["rated"] == faults["kind"].isin(lost).sum()
