"""`evalkit plan` on the small city: a lottery, a frozen plan, names in the vault only."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.derive.build import build
from evalkit.derive.plans import copy_plans, list_digest, list_texts, plan_texts, read_list
from evalkit.derive.tables.training_lots import lot_people
from evalkit.impact.plan import read_plan
from evalkit.tables.register import Register
from evalkit.tables.study import Study, load_study


def test_a_plan_is_drawn_and_frozen_and_names_stay_in_the_vault(small_city: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(small_city.root.parent, tmp_path / "kantor", copy_function=shutil.copy2)
    study = load_study(tmp_path / "kantor" / "city")
    words = ["plan", "Kelas Uji", "--study", str(study.root), "--seats", "20,20", "--attrition", "0", "--outcome", "late_minutes:less", "--seed", "7"]
    assert main([*words, "--draw", "--freeze"]) == 0
    said = capsys.readouterr().out
    assert "benih 7" in said
    assert "Kompetensi terendah: " in said
    assert "PNS belum mencapai 20 JP" in said
    assert "Rencana beku sejak" in said
    codes = next((study.root / "plans" / "kelas-uji").glob("undian-*.csv")).read_text(encoding="utf-8-sig").splitlines()
    named = next((study.vault / "plans" / "kelas-uji").glob("undian-*.csv")).read_text(encoding="utf-8-sig").splitlines()
    assert [sum(r.startswith(f"{w},") for r in codes) for w in (1, 2)] == [20, 20]
    assert len(codes) == len(named)
    person = codes[1].split(",")[1]
    name = Register(study.vault).names([person])[person].name
    assert name in named[1]
    everything = said + "".join(f.read_text(encoding="utf-8-sig") for f in (study.root / "plans").rglob("*") if f.is_file())
    assert name not in everything
    # the list can be checked against the digest in the plan, in a copy of the study's plans too
    course, digest, text = list_texts(study.root)[0]
    assert (course, list_digest(read_list(text))) == ("kelas-uji", digest)
    copy_plans(study.root, tmp_path / "copy", datetime.now(UTC).date())
    assert list_texts(tmp_path / "copy") == list_texts(study.root)
    # the same seed draws the same people; another plan is said to be another one
    assert main([*words, "--draw"]) == 0
    assert len(list((study.root / "plans" / "kelas-uji").glob("undian-*.csv"))) == 1
    assert main([*words, "--smallest", "0.5"]) == 0
    said = capsys.readouterr().out
    assert "tetap yang dibekukan" in said
    assert "bila dibekukan" in said
    assert main([*words, "--smallest", "0.5", "--freeze"]) == 0
    said = capsys.readouterr().out
    assert "Dibekukan lagi" in said
    assert "tercatat sebagai penyimpangan" in said
    assert "bila dibekukan" not in said


def test_a_lot_of_whole_units_says_what_chances_it_gave(small_city: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(small_city.root.parent, tmp_path / "kantor", copy_function=shutil.copy2)
    study = load_study(tmp_path / "kantor" / "city")
    main(["plan", "Kelas Uji", "--study", str(study.root), "--seats", "12", "--outcome", "late_minutes:less", "--drawn", "unit", "--draw"])
    said = capsys.readouterr().out
    assert "Peluang satu unit mendapat gelombang 1: 0%" in said
    assert "Tanpa peluang pada gelombang 1, sehingga tidak ikut dibandingkan: " in said
    plan, _ = read_plan(plan_texts(study.root)[-1])
    found = lot_people(plan, list_texts(study.root)[0][2])
    assert found is not None  # whoever has the list and the seed can draw again
    assert found["unit_id"].nunique() > 1


def test_a_new_course_for_evaluators_starts_from_what_evaluators_lack(small_city: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(small_city.root.parent, tmp_path / "kantor", copy_function=shutil.copy2)
    root = str(tmp_path / "kantor" / "city")
    main(["plan", "Kelas Penilai", "--audience", "evaluator", "--seats", "10,10", "--study", root])
    said = capsys.readouterr().out
    assert "Kompetensi terendah: " in said
    assert "Belum ada hasil yang diuji" not in said


def test_what_can_be_seen_is_that_of_those_among_whom_the_lot_falls(small_city: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(small_city.root.parent, tmp_path / "kantor", copy_function=shutil.copy2)
    study = load_study(tmp_path / "kantor" / "city")
    words = ["plan", "Kelas Uji", "--study", str(study.root), "--seats", "8,8", "--attrition", "0", "--outcome", "late_minutes:less"]
    assert main(words) == 0
    everybody = re.search(r"calon: (\d+)", capsys.readouterr().out)[1]
    roster = build(study, "2026-Q3", names=("roster",)).table("roster")
    units = roster.loc[roster["period"].eq("2026-Q3").to_numpy(dtype=bool), "opd_id"].value_counts().index[:5].astype(str).tolist()
    assert main([*words, *(f"--unit={u}" for u in units), "--draw"]) == 0
    some = re.search(r"calon: (\d+)", capsys.readouterr().out)[1]
    codes = next((study.root / "plans" / "kelas-uji").glob("undian-*.csv")).read_text(encoding="utf-8-sig").splitlines()
    assert int(some) == len(codes) - 1 < int(everybody)
    assert main(words) == 0  # the list of the plan is what counts, without naming the units again
    assert f"calon: {some}." in capsys.readouterr().out
    assert main([*words, f"--unit={units[0]}", "--draw"]) == 1  # of one office it cannot be judged, so no chance is promised
    assert "Unit atau calon terlalu sedikit" in capsys.readouterr().out


def test_what_cannot_be_planned_is_said_in_a_sentence(small_city: Study, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(small_city.root)
    assert main(["plan", "***", "--study", root]) == 1
    assert main(["plan", "x", "--study", root, "--attrition", "2"]) == 1
    assert main(["plan", "x", "--study", root, "--unit", "tidak-ada", "--draw"]) == 1
    for refused in ("sangat_baik:more", "late_minutes:up", "late_minutes:more", "accuracy:more"):
        assert main(["plan", "x", "--study", root, "--outcome", refused]) == 64
    told = capsys.readouterr().err
    assert "attrition" in told
    assert "late_minutes" in told and "accuracy:less" in told
    assert main(["plan", "x", "--study", root, "--outcome", "accuracy:less"]) == 1
    assert "--audience evaluator" in capsys.readouterr().err
    assert "sangat_baik," not in told
    assert "Traceback" not in told


def test_each_wave_has_its_seats_and_its_day(small_city: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(small_city.root.parent, tmp_path / "kantor", copy_function=shutil.copy2)
    study = load_study(tmp_path / "kantor" / "city")
    words = ["plan", "Kelas Hari", "--study", str(study.root), "--outcome", "late_minutes:less"]
    assert main([*words, "--seats", "20", "--starts", "12-01-2027,12-04-2027"]) == 1
    assert "Kursi disebut untuk 1 gelombang, tanggal untuk 2" in capsys.readouterr().err and not (study.root / "plans" / "kelas-hari").exists()
    assert main([*words, "--seats", "60,60", "--starts", "12-01-2027,12-04-2027"]) == 0
    saved = next((study.root / "plans" / "kelas-hari").glob("*.json")).read_text(encoding="utf-8")
    assert json.loads(saved)["starts"] == ["2027-01-12", "2027-04-12"]


def test_candidates_of_a_unit_are_named_as_status_prints_it(small_city: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(small_city.root.parent, tmp_path / "kantor", copy_function=shutil.copy2)
    root = str(tmp_path / "kantor" / "city")
    words = ["plan", "Kelas Unit", "--study", root, "--seats", "5", "--outcome", "late_minutes:less", "--unit"]
    said = []
    for unit in ("DINAS KESEHATAN", "dinas-kesehatan"):
        main([*words, unit])
        said.append(capsys.readouterr().out.splitlines()[1])
    assert said[0] == said[1] and said[0].startswith("Kursi: 5; calon: ")
