"""What the page of a plan advises follows from its own rows: seats only where they help, a lot only where none was drawn."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import html

from evalkit.derive.build import build
from evalkit.derive.handle import open_handle
from evalkit.derive.plans import save_plan
from evalkit.derive.sources import FrameSource
from evalkit.exhibits import reports
from evalkit.impact.plan import TrainingPlan
from tests.exhibits.reports.test_degenerate import study
from tests.exhibits.reports.test_training_pages import PERIOD, TABLES, text_of, trained_city


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    own = study(tmp_path_factory.mktemp("rencana"))
    return own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city()))


def design(**chances: float) -> pd.DataFrame:
    rows = [{"course": "undi", "variant": v, "order": n, "status": "estimated", "seats": 120 if v == "double" else 60, "chance": c,
             "smallest_sd": 0.3,
             "smallest_unit": 1.0, "smallest_of_use": 0.3, "people": 400, "units": 8, "drawn": "person", "outcome": "late_minutes"}
            for n, (v, c) in enumerate(chances.items())]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("chances", "said", "unsaid"), [
    ({"as_planned": 0.5, "double": 0.7, "by_unit": 0.2}, ("Lebih banyak kursi menolong.", "Mengundi orang memperlihatkan lebih"), ("tidak",)),
    ({"as_planned": 0.06, "double": 0.09, "by_unit": 0.055}, ("Kursi dua kali lipat tidak menolong", "hasil yang lebih peka"), ("kursi menolong.",)),
    ({"as_planned": 0.06, "double": 0.08, "by_person": 0.6}, ("Kursi dua kali lipat tidak menolong", "Mengundi orang"), ("kursi menolong.",)),
    ({"as_planned": 0.97, "double": 1.0}, ("sudah hampir selalu terlihat",), ("kursi menolong.",)),
    ({"as_planned": 0.5, "first_wave": 0.3, "double": 0.7, "by_unit": 0.29}, ("Lebih banyak kursi menolong.",), ("Mengundi orang",)),
    ({"enough": 0.8, "by_cut": 0.4}, ("Seperti rencana tidak ada yang dapat dibandingkan",), ("kursi menolong.",)),
    ({"as_planned": 0.5}, ("hasil yang lebih peka",), ("Kursi dua kali", "kursi menolong."))])
def test_more_seats_are_advised_only_where_they_help(office, monkeypatch: pytest.MonkeyPatch, chances, said, unsaid) -> None:
    report = reports.TrainingPlan(open_handle(office[0], report="training_plan", period=PERIOD, built=office[1]), "id", "undi")
    monkeypatch.setattr(report, "rows", lambda name: design(**chances))
    text = report._helps()
    assert [s for s in said if s not in text] == []
    assert [s for s in unsaid if s in text] == []


@pytest.mark.parametrize(("chance", "tile", "unsaid"), [
    (0.995, "Hampir selalu bila sebesar", "9 dari 10"), (0.93, "9 dari 10 kali, bila sebesar", "Hampir"),
    (0.03, "Hampir tidak pernah bila sebesar", "0 dari 10")])
def test_the_tile_says_the_chance_as_the_table_does(office, monkeypatch: pytest.MonkeyPatch, chance: float, tile: str, unsaid: str) -> None:
    report = reports.TrainingPlan(open_handle(office[0], report="training_plan", period=PERIOD, built=office[1]), "id", "undi")
    row = {**report.variant(), **design(as_planned=chance).iloc[0].to_dict()}
    monkeypatch.setattr(report, "variant", lambda name="as_planned": row)
    text = re.sub(r"\s+", " ", " ".join(html.fromstring(f"<div>{report.tiles()._repr_html_()}</div>").itertext()))
    assert tile in text
    assert unsaid not in text.partition("Yang dicari terlihat")[2]


@pytest.mark.parametrize(("chance", "said"), [(0.03, "yang dicari hampir tidak pernah terlihat;"),
                                              (0.31, "yang dicari hanya terlihat 3 dari 10 kali;")])
def test_the_verdict_is_a_sentence_at_every_chance(office, monkeypatch: pytest.MonkeyPatch, chance: float, said: str) -> None:
    report = reports.TrainingPlan(open_handle(office[0], report="training_plan", period=PERIOD, built=office[1]), "id", "undi")
    row = {**report.variant(), **design(as_planned=chance).iloc[0].to_dict()}
    monkeypatch.setattr(report, "variant", lambda name="as_planned": row)
    text = re.sub(r"\s+", " ", " ".join(html.fromstring(f"<div>{report.verdict()._repr_html_()}</div>").itertext()))
    assert said in text


def test_a_lot_that_was_drawn_is_not_advised_again(tmp_path: Path) -> None:
    own = study(tmp_path)
    for name, digest in (("kelak", "0123456789ab"), ("esok", "")):
        save_plan(own, TrainingPlan(name, name.upper(), seats=(30, 30), outcomes={"late_minutes": "less"}, list_digest=digest), date(2026, 8, 1),
                  freeze=True)
    made = (own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city())))
    drawn, without = (text_of(made, "training_plan", c) for c in ("kelak", "esok"))
    assert "evalkit plan kelak --draw" not in drawn
    assert "Undang menurut daftar undian" in drawn
    assert "undian-0123456789ab.csv" in drawn
    assert "evalkit plan esok --draw" in without


def test_a_planned_course_is_told_by_the_way_of_its_plan(tmp_path: Path) -> None:
    """Before anybody is on a list the plan alone says how people come: a plan by score promised the evidence of a lottery."""
    own = study(tmp_path)
    for name, way in (("batas", "score"), ("jadwal", "calendar"), ("undi-kelak", "drawn"), ("minat", "volunteer")):
        save_plan(own, TrainingPlan(name, name.upper(), seats=(40,), assigned_by=way, attrition=0.0, outcomes={"late_minutes": "less"},
                                    smallest=3.0), date(2026, 8, 1))
    made = (own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city())))
    score, calendar, drawn = (text_of(made, "training_plan", c) for c in ("batas", "jadwal", "undi-kelak"))
    assert "Batas tertulis dapat dibandingkan" in score and "evalkit plan batas --draw" not in score
    assert "Jadwal yang tidak mengikuti nilai" in calendar
    for said in (score, calendar):
        assert "Undian membuat" not in said and "siapa yang terundi" not in said and "■■■■" not in said
        assert "setiap calon mempunyai peluang yang sama" not in said
    assert "Undian membuat" in drawn and "■■■■" in drawn and "Yang belum mendapat kursi adalah pembanding" in drawn
    own_choice = text_of(made, "training_plan", "minat")
    assert "adalah pembanding" not in own_choice and "– kali" not in own_choice and "evalkit plan minat --draw" in own_choice


def test_a_plan_by_place_says_to_what_period_it_counts(tmp_path: Path) -> None:
    own = study(tmp_path)
    for name, way in (("kelak", "place"), ("esok", "drawn")):
        save_plan(own, TrainingPlan(name, name.upper(), seats=(40, 40), assigned_by=way, attrition=0.02, outcomes={"late_minutes": "less"}),
                  date(2026, 8, 1))
    made = (own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city())))
    assert "sampai satu periode sesudah gelombang terakhir" in text_of(made, "training_plan", "kelak")
    assert "sampai satu periode sesudah gelombang terakhir" not in text_of(made, "training_plan", "esok")


@pytest.mark.parametrize(("smallest", "chance", "said"), [
    (0.304, 0.78, ("0,304 SD", "0,300 SD")), (0.304, 0.8, ("0,30 SD",)), (0.35, 0.7, ("0,35 SD", "0,30 SD"))])
def test_one_size_is_not_seen_both_eight_and_seven_in_ten_times(office, monkeypatch: pytest.MonkeyPatch, smallest, chance, said) -> None:
    report = reports.TrainingPlan(open_handle(office[0], report="training_plan", period=PERIOD, built=office[1]), "id", "undi")
    own, made = report.rows, design(as_planned=chance).assign(smallest_sd=smallest)
    monkeypatch.setattr(report, "rows", lambda name: made if name == "training_design" else own(name))
    text = " ".join(html.fromstring(f"<div>{report.verdict()._repr_html_()}{report.tiles()._repr_html_()}</div>").itertext())
    assert [s for s in said if s not in text] == []


@pytest.mark.parametrize(("seats", "said", "unsaid"), [(90, "Sediakan 90 kursi", "Cukup 90"), (40, "Cukup 40 kursi", "Sediakan 40")])
def test_fewer_first_seats_are_told_with_their_reason(office, monkeypatch: pytest.MonkeyPatch, seats: int, said: str, unsaid: str) -> None:
    report = reports.TrainingPlan(open_handle(office[0], report="training_plan", period=PERIOD, built=office[1]), "id", "undi")
    rows = {row["variant"]: {**report.variant(), **row} for row in design(as_planned=0.5, enough=0.8).to_dict("records")}
    rows["enough"]["seats"] = seats
    monkeypatch.setattr(report, "variant", lambda name="as_planned": rows[name])
    text = re.sub(r"\s+", " ", " ".join(html.fromstring(f"<div>{report.actions()._repr_html_()}</div>").itertext()))
    assert said in text and unsaid not in text
