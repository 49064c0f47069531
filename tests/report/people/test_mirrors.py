"""The evaluator's mirror and the explainer: her own people only; what the instrument says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import html

from evalkit.errors import ReportError
from evalkit.report.people.explainer import make_explainers
from evalkit.report.people.make import Request, make_employees
from evalkit.report.people.mirror import make_mirrors
from evalkit.report.people.run import make_people, split
from evalkit.report.plan import Plan
from tests.derive.conftest import appraisal, frame, make_frames
from tests.report.people.conftest import NAMES, Office

OWN = {"p01": {"p01", "p05"}, "p06": {"p06"}}  # herself, and who of her team is not rated


@pytest.mark.parametrize("rater", OWN)
def test_a_mirror_names_her_own_unrated_people_and_nobody_else(office: Office, rater: str) -> None:
    text = office.text(rater, "evaluators")
    assert {p for p, n in NAMES.items() if n in text} == OWN[rater]


def test_a_mirror_counts_her_own_team(office: Office) -> None:
    rows = office.tree("p01", "evaluators").xpath("//caption[@id='t-sebaran']/ancestor::table//tbody/tr")
    assert [[c.text_content() for c in row] for row in rows] == [
        ["Triwulan III 2026", "5", "2", "2", "1"], ["Triwulan II 2026", "2", "0", "2", "0"]]
    below = office.tree("p06", "evaluators").xpath("//caption[@id='t-sebaran']/ancestor::table//thead//th")
    assert [h.text_content() for h in below] == ["Periode", "Tim", "Sangat Baik", "Baik", "Belum dinilai"]
    assert "Empat dari 5 pegawai di tim Anda sudah dinilai; satu belum." in office.text("p01", "evaluators")


def test_a_mirror_holds_one_suggestion_and_no_comparison(office: Office) -> None:
    for rater in OWN:
        tree, text = office.tree(rater, "evaluators"), office.text(rater, "evaluators").casefold()
        assert len(tree.xpath("//section[@class='acts']//li")) == 1
        for word in ("peringkat", "rata-rata kota", "penilai bias", "subjektif", "kode penilai", "p-0"):
            assert word not in text, word


def test_all_of_one_word_is_no_verdict_on_the_team(open_office: Callable[..., Office]) -> None:
    frames = make_frames()
    frames["appraisals"] = frame("appraisals", [appraisal(p, "2026-Q3", "baik") for p in ("p07", "p08")])
    made = open_office(frames)
    make_mirrors(made.request())
    assert "apakah mereka memang setara, data ini tidak dapat mengatakan" in made.text("p06", "evaluators")


def test_mirrors_of_one_unit_and_unchanged_ones(again: Office) -> None:
    assert set(make_mirrors(again.request()).values()) == {"unchanged"}
    assert len(make_mirrors(again.request(opd_ids=frozenset({"b"})))) == 1


@pytest.mark.parametrize(("language", "told"), [
    ("id", ("dalam 14 hari sejak hasil diterima", "Baik paling banyak 70%", "14 hari kalender sejak hasil diterima belum dikonfirmasi",
            "pedoman, bukan jatah", "14 Oktober 2026 belum dikonfirmasi")),
    ("en", ("within 14 days of receipt", "14 calendar days from receipt of the result unconfirmed", "guidance, not a quota"))])
def test_the_explainer_says_what_the_instrument_says(open_office: Callable[..., Office], language: str, told: tuple[str, ...]) -> None:
    made = open_office()
    states = make_explainers(made.request(languages=(language,)))
    assert len(states) == 1
    tree = html.fromstring((made.draft / next(iter(states))).read_bytes())
    text = " ".join(" ".join(tree.find("body").itertext()).split())
    for words in told:
        assert words in text, words
    assert len(tree.xpath("//table[@class='quad']//tbody//td")) == 9
    assert not [n for n in NAMES.values() if n in text]


def test_teachers_have_their_own_explainer(open_office: Callable[..., Office]) -> None:
    made = open_office(period="2026-S1")
    states = make_explainers(made.request())
    text = (made.draft / next(iter(states))).read_text(encoding="utf-8")
    assert "Penilai guru adalah kepala sekolah" in text


def test_every_link_of_a_page_leads_to_a_file(open_office: Callable[..., Office]) -> None:
    made = open_office()
    for make in (make_employees, make_mirrors, make_explainers):
        make(made.request(languages=("id", "en")))
    links = 0
    for page in made.draft.rglob("*.html"):
        for href in html.fromstring(page.read_bytes()).xpath("//a/@href"):
            target = str(href).partition("#")[0]
            links += bool(target)
            assert not target or (page.parent / target).resolve().is_file(), href
    assert links > 10


def test_kinds_of_pages_are_parted_from_names_of_notebooks() -> None:
    assert split(["evaluators", "evaluation", "employees"]) == (("evaluators", "employees"), ("evaluation",))
    assert split(None) == (("explainer",), None)


def test_a_study_without_employees_has_no_such_pages(open_office: Callable[..., Office]) -> None:
    made = open_office()
    study = replace(made.study, populations=())
    plan = Plan((), (), (), made.built)
    assert make_people(study, plan, ("explainer",), made.draft, ("id",)) == {}
    with pytest.raises(ReportError, match="employees"):
        make_people(study, plan, ("employees",), made.draft, ("id",))
    assert isinstance(made.request(), Request)


def test_a_pdf_stands_beside_a_page_where_it_is_asked_for(open_office: Callable[..., Office]) -> None:
    made = open_office()
    target, = make_explainers(made.request())
    assert not (made.draft / target).with_suffix(".pdf").exists()
    assert set(make_explainers(made.request(formats=("html", "pdf"))).values()) == {"done"}
    assert (made.draft / target).with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert set(make_explainers(made.request(formats=("html", "pdf"))).values()) == {"unchanged"}
