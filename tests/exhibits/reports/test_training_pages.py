"""The pages of courses over a made city: a drawn course with an effect, people chosen after a bad quarter, volunteers, a course to come."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lxml import html

from evalkit.derive.build import build
from evalkit.derive.handle import open_handle
from evalkit.derive.plans import list_digest, list_file, save_plan
from evalkit.derive.sources import FrameSource
from evalkit.exhibits import reports
from evalkit.exhibits.charts.means import means
from evalkit.exhibits.charts.power import power
from evalkit.impact.outcomes import OUTCOMES
from evalkit.impact.plan import TrainingPlan
from evalkit.impact.waves import draw_waves
from evalkit.language.catalogue import catalogue
from evalkit.tables.study import Study
from tests.exhibits.reports.test_degenerate import EARLIER, B, S, calls, city, conformed, study
from tests.exhibits.reports.test_linked_pages import Tables

PERIOD = "2026-Q3"
TABLES = tuple(dict.fromkeys(("training_courses", "training_impact", "training_deviations", "training_design", "training_curve", "training_waves",
                              "training_hours", "training_needs", "units_current", "coverage")))
MONTHS = {q: [f"{q[:4]}-{3 * int(q[-1]) - 2 + k:02d}" for k in range(3)] for q in ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")}


def trained_city() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(8)
    made = city({u: [B] * 17 + [S] for u in "abcdefgh"}, earlier=EARLIER)
    people = sorted(made["person_attributes"]["person_id"])
    usual = {p: 60 + 20 * rng.normal() for p in people}
    late = {(p, q): max(usual[p] + 30 * rng.normal(), 0) for p in people for q in MONTHS}
    low = sorted(people, key=lambda p: -late[p, "2026-Q2"])[:24]
    drawn = [p for i, p in enumerate(people) if i % 2 == 0]
    sent = set(drawn[::2])
    for p in sent:
        late[p, "2026-Q2"] -= 40
        late[p, "2026-Q3"] -= 40
    attendance = [{"person_id": p, "month": m, "days_due": 20, "days_absent": 0, "late_minutes": max(round(v / 3), 0)}
                  for (p, q), v in late.items() for m in MONTHS[q]]
    courses = [{"course_id": c, "name": c.upper(), "audience": "staff", "start": d, "end": d, "hours": 8.0}
               for c, d in (("undi", date(2026, 4, 2)), ("pilih", date(2026, 7, 2)), ("sukarela", date(2026, 7, 2)))]
    rows: list[dict[str, Any]] = [{"person_id": p, "course_id": "undi", "assigned_by": "drawn", "invited": p in sent, "completed": p in sent}
                                  for p in drawn]
    rows += [{"person_id": p, "course_id": "pilih", "assigned_by": "calendar", "invited": True, "completed": True} for p in low]
    rows += [{"person_id": p, "course_id": "sukarela", "assigned_by": "volunteer", "invited": True, "completed": True} for p in people[1::9]]
    return {**made, "attendance": conformed("attendance", attendance), "courses": conformed("courses", courses),
            "enrolments": conformed("enrolments", rows)}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Any]:
    own = study(tmp_path_factory.mktemp("latih"))
    outcome = {"late_minutes": "less"}
    first = TrainingPlan("undi", "UNDI", seats=(36,), starts=("2026-04-02",), hours=8, outcomes=outcome, cost=1e7)
    save_plan(own, first, date(2026, 3, 1), freeze=True)
    save_plan(own, TrainingPlan("pilih", "PILIH", seats=(30,), assigned_by="drawn", outcomes=outcome), date(2026, 8, 1), freeze=True)
    save_plan(own, TrainingPlan("kelak", "KELAK", seats=(20, 20), outcomes=outcome), date(2026, 8, 1))
    return own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city()))


def text_of(office: tuple[Study, Any], notebook: str, course: str, language: str = "id") -> str:
    cls = {"training_plan": reports.TrainingPlan, "training_impact": reports.TrainingImpact}[notebook]
    report = cls(open_handle(office[0], report=notebook, period=PERIOD, built=office[1]), language, course)
    blocks = [eval(call, {"report": report}) for call in calls(notebook)]
    page = "".join(b._repr_html_() for b in blocks if b is not None)
    return re.sub(r"\s+", " ", " ".join(html.fromstring(f"<div>{page}</div>").itertext()))


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("notebook", ["training_plan", "training_impact"])
def test_every_course_has_whole_pages(office, notebook: str, language: str) -> None:
    for course in ("undi", "pilih", "sukarela", "kelak") if language == "id" else ("undi", "pilih"):
        text = text_of(office, notebook, course, language)
        assert not re.search(r"\bnan\b|None|<NA>|training\.[a-z]|[a-z]_[a-z]+_[a-z]", text), course
        assert not re.search(r"\b[ps][a-h]\d+\b", text), course  # no person


def test_an_effect_that_a_lottery_shows_is_said_with_its_range(office) -> None:
    text = text_of(office, "training_impact", "undi")
    assert "Sesudah pelatihan, menit terlambat berubah −" in text
    assert "kuat" in text
    assert "karena pelatihan, ke arah yang diharapkan" in text
    assert "Undian kursi diulang dengan cara yang sama" in text  # a claim after a draw hangs on it, so the page has it
    assert re.search(r"muncul dengan p [<=] 0,0", text)
    assert "Sampai tingkat 3" in text
    assert "Perubahan di atas 0,5 SD jarang dicapai" in text  # planted far above what programmes deliver
    assert "Biaya satu menit sehari" in text


def test_an_effect_against_what_was_expected_is_said_so_and_reaches_no_level(office, tmp_path: Path) -> None:
    own = study(tmp_path)
    plan = TrainingPlan("undi", "UNDI", seats=(36,), starts=("2026-04-02",), hours=8, outcomes={"late_minutes": "more"})
    save_plan(own, plan, date(2026, 3, 1), freeze=True)
    text = text_of((own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city()))), "training_impact", "undi")
    assert "karena pelatihan, berlawanan dengan arah yang diharapkan" in text
    assert "Belum ada tingkat yang terbukti" in text
    assert "Tahan gelombang berikut" in text
    assert "Ulangi pada gelombang berikut" not in text


def test_people_chosen_after_a_bad_quarter_give_no_effect_anywhere(office) -> None:
    text = text_of(office, "training_impact", "pilih")
    assert "tidak dapat dijawab" in text
    assert "Ini tidak berarti pelatihan gagal" in text
    assert "Tidak: peserta naik tepat sebelum pelatihan" in text  # not "no: the waves followed a calendar"
    assert "Menurut daftar pelatihan: gelombang mengikuti jadwal" in text
    assert "Cara peserta dipilih" in text  # planned as drawn: the page lists it itself
    assert "Dibekukan pada atau sesudah hari pertama" in text
    table = office[1].table("training_impact")
    own = table[(table["course"].eq("pilih") & table["outcome"].eq("late_minutes")).to_numpy(dtype=bool)]
    assert own.loc[own["part"].eq("verdict"), "value"].isna().all()
    assert not own["part"].isin(["event", "bound", "leaver", "second_opinion", "trend"]).any()
    sides = own.loc[own["part"].eq("mean"), "name"].tolist()
    assert f"others {PERIOD}" in sides
    assert f"sent {PERIOD}" not in sides
    # what would have come anyway is a figure, and it is a fall
    assert float(own.loc[own["part"].eq("alone"), "high"].iloc[0]) < 0


def test_volunteers_are_described_and_nothing_is_claimed(office) -> None:
    text = text_of(office, "training_impact", "sukarela")
    assert "mendaftar sendiri" in text
    assert "undi kursi" in text.lower()
    assert "tidak dapat dinilai" in text


def test_a_course_by_calendar_says_how_far_apart_both_sides_stood_before(office) -> None:
    text = text_of(office, "training_impact", "pilih")
    assert re.search(r"Keadaan awal kedua sisi jauh berbeda tingkat sebelum pelatihan, lebih dari 0,25.* selisih \+\d,\d\d SD ○ disesuaikan", text)


def test_a_plan_says_what_would_be_seen(office) -> None:
    text = text_of(office, "training_plan", "kelak")
    assert "akan terlihat" in text
    assert "benih" in text
    assert "rencana masih draf" in text.lower()


def test_a_lot_of_whole_units_is_not_said_to_give_everybody_the_same_chance(tmp_path: Path) -> None:
    own = study(tmp_path)
    for name, drawn in (("kelak", "unit"), ("esok", "person")):
        save_plan(own, TrainingPlan(name, name.upper(), seats=(30, 30), drawn=drawn, outcomes={"late_minutes": "less"}), date(2026, 8, 1),
                  freeze=True)
    made = (own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city())))
    units, people = (text_of(made, "training_plan", c) for c in ("kelak", "esok"))
    assert "unit besar lebih jarang" in units
    assert "setiap calon mempunyai peluang yang sama" not in units
    assert "setiap calon mempunyai peluang yang sama" in people
    assert "Belum ada daftar pelatihan" in people  # nothing was held yet, so nothing was kept
    assert "sesuai dengan rencana beku" not in people


def needs_rows(audience: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["scope", "scope_id", "kind", "competence", "source", "n", "below", "level", "status", "reason", "label_id", "label_en"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(period=PERIOD, audience=audience, measured_in="2025", gain=np.nan, source_id="PK Guru", source_en="PK Guru form")


def needs_text(rows: pd.DataFrame, audience: str = "staff", language: str = "id") -> str:
    courses = pd.DataFrame({"course": ["kelas"], "name": ["KELAS"], "audience": [audience]})
    two = ["a", "kecil"]
    units = pd.DataFrame({"unit_id": two, "opd_id": two, "name": ["DINAS A", "DINAS KECIL"], "kind": "opd", "slug": two})
    hours = pd.DataFrame(columns=["scope", "scope_id", "period", "n", "with_rule", "below", "hours_due", "at_most"])
    frames = {"training_courses": courses, "training_needs": rows, "units_current": units, "training_hours": hours}
    report = reports.TrainingPlan(Tables(**frames), language, "kelas")
    page = "".join(b._repr_html_() for b in (report.needs(), report.hours()))
    text = re.sub(r"\s+", " ", " ".join(html.fromstring(f"<div>{page}</div>").itertext()))
    assert not re.search(r"\bnan\b|None|<NA>|training(_plan)?\.[a-z]", text)
    return text


def test_needs_of_teachers_say_which_group_of_competences_adds_nothing() -> None:
    rows = needs_rows("staff", ("city", "", "total", "total", "pk-guru-14", 40, 9, 0.62, "estimated", None, None, None),
                      ("city", "", "item", "k01", "pk-guru-14", 40, 21, 0.5, "estimated", None, "Menguasai peserta didik", "Knows learners"),
                      ("city", "", "subscore", "Pedagogik", "pk-guru-14", 40, 19, 0.55, "estimated", None, None, None),
                      ("city", "", "subscore", "Sosial", "pk-guru-14", 40, None, None, "withheld", "total_says_more", None, None),
                      ("city", "", "subscore", "Kepribadian", "pk-guru-14", 40, None, None, "withheld", "value_not_known", None, None),
                      ("unit", "a", "item", "k01", "pk-guru-14", 12, 7, 0.44, "estimated", None, "Menguasai peserta didik", "Knows learners"),
                      ("unit", "kecil", "item", "k01", "pk-guru-14", 3, None, None, "withheld", "small_group", "x", "x"))
    text = needs_text(rows)
    assert "PK Guru, Tahun 2025" in text and "Menguasai peserta didik" in text
    assert "Tidak ditampilkan tersendiri: Sosial" in text and "perbandingan Haberman" in text
    assert "Tidak ditampilkan tersendiri: Kepribadian" in text
    table = text[text.index("PK Guru, Tahun 2025"):]
    assert table.index("Semua butir bersama") < table.index("Pedagogik") < table.index("Menguasai peserta didik")
    assert "44%" in text and "1 unit tidak ditampilkan" in text
    assert "Knows learners" in needs_text(rows, language="en")


def test_needs_of_evaluators_are_vignettes_and_nothing_of_staff() -> None:
    rows = pd.concat([
        needs_rows("evaluator", ("city", "", "vignettes", "total", "vinyet", 90, 41, 0.51, "estimated", None, None, None),
                   ("city", "", "vignettes", "akuntabel", "vinyet", 90, 60, 0.38, "estimated", None, None, None)),
        needs_rows("staff", ("city", "", "item", "loyal", "formulir-360", 40, 4, 0.8, "estimated", None, None, None))], ignore_index=True)
    text = needs_text(rows, "evaluator")
    assert "kunci pakar" in text and "Contoh kasus, Tahun 2025" in text
    assert "Akuntabel" in text and "Loyal" not in text
    assert "Kompetensi terendah: Akuntabel, 38%" in text
    assert text.index("Semua butir bersama") < text.index("Akuntabel", text.index("Contoh kasus, Tahun 2025"))
    assert "Loyal" in needs_text(rows, "staff") and "Akuntabel" not in needs_text(rows, "staff")
    few = rows.assign(status="withheld", reason="small_group", level=np.nan, below=None)
    assert "terlalu sedikit" in needs_text(few, "evaluator")
    assert "enam contoh kasus" in needs_text(rows.iloc[:0], "evaluator")


@pytest.mark.parametrize(("facts", "said"), [
    ({"wild_p": 0.031, "wild_low": -2.4, "wild_high": -0.2, "design": "place"}, "p = 0,031, rentang −2,40 sampai −0,20"),
    ({"wild_p": 0.125, "wild_low": None, "wild_high": None, "design": "score"}, "p = 0,125. Dampak hanya dinyatakan bila kedua cara sepakat"),
    ({"wild_p": 0.0, "wild_low": None, "wild_high": None, "design": "score"}, "p &lt; 0,001"), ({"wild_p": None}, "")])
def test_few_units_are_said_with_what_their_signs_give(office, facts: dict[str, Any], said: str) -> None:
    report = reports.TrainingImpact(open_handle(office[0], report="training_impact", period=PERIOD, built=office[1]), "id", "undi")
    text = "".join(b._repr_html_() for b in report._few({"outcome": "late_minutes", "n_clusters": 8, **facts}))
    assert said in text if said else text == ""


def test_every_word_of_an_outcome_is_there() -> None:
    for name, outcome in OUTCOMES.items():
        for key in (f"training.outcome.{name}.name", f"training.better.{name}", f"training.level.{name}", f"training.unit.{outcome.unit}"):
            assert key in catalogue(), key


def test_every_code_that_a_verdict_may_carry_has_words() -> None:
    folder = Path(__file__).resolve().parents[3] / "evalkit" / "impact"
    codes = set()
    for file in folder.glob("*.py"):
        codes |= set(re.findall(r'Check\("\w+", "(?:failed|not_done|adjusted)", "(\w+)"', file.read_text(encoding="utf-8")))
    assert len(codes) > 10
    assert [c for c in sorted(codes) if f"training.withheld.{c}" not in catalogue()] == []
    from evalkit.impact.verdict import CHECKS, NEXT_STEPS

    assert all(f"training.step.{s}" in catalogue() for s in NEXT_STEPS.values())
    assert all(f"training.check.{c}" in catalogue() for c in CHECKS)


def test_charts_of_courses_have_words_and_numbers() -> None:
    curve = power(pd.DataFrame({"effect": [0.0, 1.0, 2.0], "chance": [0.05, 0.5, 0.9], "more": np.nan}), axis="menit", digits=1, smallest=1.7)
    assert "1,7" in curve.alt
    rows = pd.DataFrame({"period": ["2026-Q1", "2026-Q2"], "sent": [3.0, np.nan], "others": [2.0, 2.0], "after": [False, True]})
    chart = means(rows, axis="menit", digits=1, ghost=(2.2, 2.0, 2.4), withheld=True)
    for width, narrow in ((720, False), (350, True)):
        assert chart.draw(width, narrow).axes


@pytest.mark.parametrize(("rows", "said"), [
    ([("0", "estimated", None, 0.0, -11.0, -2.0), ("0.5", "estimated", None, 2.5, -39.0, 14.0), ("1", "estimated", None, 5.1, -63.0, 31.0)],
     "tetap ada bila tren berjalan lurus, tidak bila membelok"),
    ([("0", "estimated", None, 0.0, -11.0, -2.0), ("0.5", "estimated", None, 2.5, -9.0, -1.0), ("1", "estimated", None, 5.1, -8.0, -0.5)],
     "tetap ada walau tren membelok"),
    ([("0", "estimated", None, 0.0, -11.0, 2.0)], "tidak tahan"),
    ([("0", "not_estimable", "too_few_periods_before", None, None, None)], "sedikitnya empat periode"),
    ([("0", "not_estimable", "not_computed", None, None, None)], "tidak dapat dihitung")])
def test_how_far_trends_may_bend_is_said(office, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[Any, ...]], said: str) -> None:
    report = reports.TrainingImpact(open_handle(office[0], report="training_impact", period=PERIOD, built=office[1]), "id", "undi")
    frame = pd.DataFrame(rows, columns=["name", "status", "reason", "value", "low", "high"])
    monkeypatch.setattr(report, "part", lambda outcome, part: frame)
    text = "".join(b._repr_html_() for b in report._trend({"outcome": "late_minutes"}))
    assert said in text
    assert not re.search(r"\bnan\b|None|training_impact\.", text)


@pytest.mark.parametrize(("low", "said"), [(-9.0, True), (0.5, False)])
def test_an_effect_that_the_trends_before_would_undo_is_told_so_at_its_head(office, monkeypatch: pytest.MonkeyPatch, low: float, said: bool) -> None:
    report = reports.TrainingImpact(open_handle(office[0], report="training_impact", period=PERIOD, built=office[1]), "id", "undi")
    trend, part = pd.DataFrame([("0.0", "estimated", "", 0.0, low, 5.4)], columns=["name", "status", "reason", "value", "low", "high"]), report.part
    monkeypatch.setattr(report, "part", lambda outcome, name: trend if name == "trend" else part(outcome, name))
    text = "".join(b._repr_html_() for b in (report.verdict(), report.actions()))
    assert ("tidak tahan bila selisih tren sebelum pelatihan diteruskan" in text) == said
    assert ("bersama kalimat bahwa ia tidak tahan" in text) == said


def test_a_change_that_may_be_none_is_not_laid_to_the_return_to_the_mean(office) -> None:
    report = reports.TrainingImpact(open_handle(office[0], report="training_impact", period=PERIOD, built=office[1]), "id", "undi")
    still, moved = (report._anyway(pd.DataFrame({"value": [v], "low": [v - 0.1], "high": [v + 0.1]})) for v in (0.02, -0.5))
    assert "kira-kira akan tetap" in still and "biasanya kembali" not in still
    assert "biasanya kembali" in moved


def test_a_plan_says_what_it_rests_on(tmp_path: Path) -> None:
    own, base = study(tmp_path), {"outcomes": {"late_minutes": "less"}, "seats": (30,)}
    save_plan(own, TrainingPlan("kelak", "KELAK", icc=0.2, pre=0.5, attrition=0.05, **base), date(2026, 8, 1))
    save_plan(own, TrainingPlan("esok", "ESOK", **base), date(2026, 8, 1))
    save_plan(own, TrainingPlan("lusa", "LUSA", drawn="unit", attrition=0.0, **{**base, "seats": (60,)}), date(2026, 8, 1))
    made = (own, build(own, PERIOD, names=TABLES, source=FrameSource(trained_city())))
    stated, lost, units = (text_of(made, "training_plan", c) for c in ("kelak", "esok", "lusa"))
    assert "0,50 (menurut rencana, bukan diukur), dan dengan perkiraan 5% keluar" in stated  # nobody measured who will leave
    assert "Dihitung untuk gelombang pertama saja" in stated
    assert "dampak tidak boleh ditampilkan, karena satu sisi kehilangan lebih banyak orang" in stated
    assert "dampak dua dari sepuluh kali atau lebih tidak boleh ditampilkan" in lost  # 30 seats, a tenth leaving
    assert "Yang dapat dilakukan Ukur juga yang pindah di unit barunya" in lost  # what to change comes before the lot and the freezing
    assert "ukuran tiap unit yang sebenarnya" in units
    assert all("lalu dilatih juga" not in t for t in (stated, lost, units))  # not everybody who waits has a seat later


@pytest.mark.parametrize(("rows", "said", "unsaid"), [
    ([("leaver", "all_available"), ("leaver", "balanced"), ("bound", "lee")], ("Dua aturan berdampingan", "Batas Lee menganggap"), ("Manski",)),
    ([("bound", "lee"), ("bound", "manski")], ("Batasnya bila yang keluar berbeda", "Batas Manski menempatkan"), ("Dua aturan",)),
    ([("second_opinion", "jump_at_cut")], ("Tidak ada yang keluar; di bawah ini",), ("Dua aturan", "menganggap yang keluar", "Manski")),
    ([], ("semua aturan memberi angka yang sama",), ("di bawah ini",))])
def test_leavers_are_spoken_of_only_where_somebody_left(office, monkeypatch: pytest.MonkeyPatch, rows, said, unsaid) -> None:
    report = reports.TrainingImpact(open_handle(office[0], report="training_impact", period=PERIOD, built=office[1]), "id", "undi")
    frame = pd.DataFrame([(p, n, -0.1, -0.3, 0.1, 90) for p, n in rows], columns=["part", "name", "value", "low", "high", "n"])
    monkeypatch.setattr(report, "part", lambda outcome, part: frame[frame["part"].eq(part).to_numpy(dtype=bool)])
    text = re.sub(r"\s+", " ", " ".join(html.fromstring(f"<div>{report.leavers()._repr_html_()}</div>").itertext()))
    assert [s for s in said if s not in text] == []
    assert [s for s in unsaid if s in text] == []


@pytest.mark.parametrize(("swapped", "said"), [(0, "Kursi diundi dan tidak ada pemeriksaan"), (1, "beberapa orang diundang di luar undian"),
                                               (6, "yang diundang bukan yang diundi")])
def test_a_course_that_did_not_invite_whom_the_lot_drew_has_no_effect(tmp_path: Path, swapped: int, said: str) -> None:
    own, made = study(tmp_path), trained_city()
    listed = made["enrolments"][made["enrolments"]["course_id"].eq("undi").to_numpy(dtype=bool)]
    sent = listed.loc[listed["invited"].astype(bool).to_numpy(), "person_id"].astype(str).tolist()
    others = listed.loc[~listed["invited"].astype(bool).to_numpy(), "person_id"].astype(str).tolist()
    drawn = [*sent[swapped:], *others[:swapped]]  # the lot had given some seats to others
    rows = [["1" if p in drawn else "", p, "0.5"] for p in (*sent, *others)]
    digest = list_digest(rows)
    plan = TrainingPlan("undi", "UNDI", seats=(36,), starts=("2026-04-02",), hours=8, outcomes={"late_minutes": "less"}, list_digest=digest)
    save_plan(own, plan, date(2026, 3, 1), freeze=True)
    list_file(own.root, "undi", digest).write_text("gelombang,kode,nomor\n" + "".join(",".join(r) + "\n" for r in rows), encoding="utf-8")
    text = text_of((own, build(own, PERIOD, names=TABLES, source=FrameSource(made))), "training_impact", "undi")
    assert said in text
    assert ("Sesudah pelatihan, menit terlambat berubah" in text) is (swapped < 6)
    assert ("Orang yang mendapat kursi dari undian" in text) is (swapped > 0)


def test_whole_units_that_had_no_chance_are_left_out_and_named(tmp_path: Path) -> None:
    own, made = study(tmp_path), trained_city()
    people = sorted(made["person_attributes"]["person_id"].astype(str))
    offices = pd.DataFrame({"person_id": people, "unit_id": [p[1] for p in people]})  # of pa7 it is a
    some = offices[offices["unit_id"].eq("a").to_numpy() | (offices.groupby("unit_id").cumcount() < 3).to_numpy()]  # a: 18 people, the others 3
    drawn = draw_waves(some, (12,), seed=3, name="kantor", drawn="unit")
    rows = [["" if pd.isna(w) else str(w), p, f"{k:.9f}", u] for p, u, k, w in drawn.itertuples(index=False)]
    digest = list_digest(rows)
    plan = TrainingPlan("kantor", "KANTOR", seats=(12,), starts=("2026-04-02",), hours=8, outcomes={"late_minutes": "less"}, drawn="unit", seed=3,
                        list_digest=digest)
    save_plan(own, plan, date(2026, 3, 1), freeze=True)
    day = date(2026, 4, 2)
    made["courses"] = pd.concat([made["courses"], conformed("courses", [{"course_id": "kantor", "name": "KANTOR", "audience": "staff", "start": day,
                                                                          "end": day, "hours": 8.0}])])
    listed = [{"person_id": p, "course_id": "kantor", "assigned_by": "drawn", "invited": w != "", "completed": w != ""} for w, p, *_ in rows]
    made["enrolments"] = pd.concat([made["enrolments"], conformed("enrolments", listed)])
    for known, said in ((True, "dibandingkan pada peluang yang sama"), (False, "peluang tiap unit tidak dapat dihitung ulang")):
        text = "gelombang,kode,nomor,unit\n" + "".join(",".join(r if known else r[:3]) + "\n" for r in rows)
        list_file(own.root, "kantor", digest).write_text(text, encoding="utf-8")
        page = text_of((own, build(own, PERIOD, names=TABLES, source=FrameSource(made))), "training_impact", "kantor")
        assert said in page
        assert ("tidak ikut dibandingkan:" in page) is known
        assert "unit besar lebih jarang mendapat kursi" in page
        assert "setiap calon mempunyai peluang yang sama" not in page
