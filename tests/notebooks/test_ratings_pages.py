"""The pages of studies of real ratings: every block, both languages, and one notebook by kernel."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from evalkit.derive.handle import open_handle
from evalkit.exhibits.reports import RatingsBias, RatingsEvaluation
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import Language
from evalkit.report.kernels import Kernels
from evalkit.report.parameters import check_parameters, read_parameters_cell
from evalkit.report.shell import render, render_notebook
from evalkit.tables.imports import add
from evalkit.tables.study import load_study
from tests.nip import holds_nip
from tests.report.number_cells import number_texts

STUDIES = {"figure-skating": ("2017", ("figure-skating.csv.gz",)), "firefighter-promotion": ("2003", ("firefighter-promotion.csv",)),
           "insteval": ("2011", ("insteval.csv.gz",)), "grant-review": ("2017", ("grant-review-aibs.csv", "grant-review-nih.csv.gz")),
           "teaching-ratings": ("2002", ("teaching-ratings.csv",)), "police-training": ("2016", ("police-training.csv.gz",))}
REPORTS = {"ratings_evaluation": (RatingsEvaluation, ("title", "verdict", "tiles", "values", "who", "by_unit", "groups", "rests_on", "closing")),
           "ratings_bias": (RatingsBias, ("title", "verdict", "tiles", "ladder", "use", "linking", "higher", "closing"))}
PAGES = [(study, report, language) for study in STUDIES for report in REPORTS for language in ("id", "en")]
NEVER = re.compile(r"penilai bias|diskriminasi|tidak signifikan|\bnan\b|<NA>|None|\bp[a-z2-7]{12}\b")


@pytest.fixture(scope="session")
def folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a copy of a study with its files taken in; skip where a file that does not ship is absent."""
    home, known = tmp_path_factory.mktemp("ratings"), set()

    def get(name: str) -> Path:
        if name not in known:
            shipped = root / "data" / name / "shipped"
            source = shipped if shipped.is_dir() else root.parent / "shared" / "data"
            paths = [source / file for file in STUDIES[name][1]]
            absent = [p.name for p in paths if not p.is_file()]
            if absent:
                pytest.skip(f"{absent[0]} does not ship with evalkit and is not in shared/data beside the repository")
            shutil.copytree(root / "data" / name, home / name, ignore=shutil.ignore_patterns("raw", "tables", "imports", "derived"))
            add(load_study(home / name), paths)
            known.add(name)
        return home / name

    return get


def blocks_of(study: Path, name: str, language: Language, period: str) -> list[Block]:
    """Give the blocks of a page in order."""
    made, blocks = REPORTS[name]
    report = made(open_handle(study, report=name, period=period), language)
    return [getattr(report, block)() for block in blocks]


def page(study: Path, name: str, language: Language, period: str) -> str:
    """Make a page without a kernel: its blocks in order, in the shell."""
    return render("".join(str(block) for block in blocks_of(study, name, language, period)), title="studi", language=language)


def words(html: str) -> str:
    """Give what a reader sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)))


@pytest.mark.parametrize(("study", "report", "language"), PAGES)
def test_every_study_gives_both_pages(folder: Callable[[str], Path], study: str, report: str, language: Language) -> None:
    blocks = blocks_of(folder(study), report, language, STUDIES[study][0])
    assert list(number_texts(blocks)) == []
    html = render("".join(map(str, blocks)), title="studi", language=language)
    said = words(html)
    assert not holds_nip(said)
    assert not NEVER.search(said)
    assert len(html) < 120_000
    assert html.count("<h1") == 1


def test_firefighters_mark_stands_with_its_test_in_each_exam(folder: Callable[[str], Path]) -> None:
    said = words(page(folder("firefighter-promotion"), "ratings_evaluation", "en", "2003"))
    assert "lieutenant · combined ≥ 70 · race" in said
    assert "captain · combined ≥ 70 · race" in said
    assert re.search(r"hispanic 3 of 15 0\.34 0\.12–0\.82 yes 0\.016 0\.064 0\.27 and 1\.63 25", said)
    assert "Of 4 comparisons, 4 are below four fifths; 0 can still be told apart" in said


def test_a_page_of_outcomes_says_that_raters_are_not_seen(folder: Callable[[str], Path]) -> None:
    said = words(page(folder("firefighter-promotion"), "ratings_bias", "id", "2003"))
    assert said.count("Penilai tidak terlihat di berkas ini") >= 4


def test_figure_skating_withholds_all_above_rung_0(folder: Callable[[str], Path]) -> None:
    html = page(folder("figure-skating"), "ratings_bias", "en", "2017")
    for name in ("severity", "agreement", "gaps", "periods"):
        assert f'id="s-{name}"' in html
    assert words(html).count("Withheld") >= 4


def test_nih_gives_no_severity_and_says_why(folder: Callable[[str], Path]) -> None:
    said = words(page(folder("grant-review"), "ratings_bias", "en", "2017"))
    severity = said[said.index("How severe is each rater?", said.index("Rung 4")):]
    assert re.search(r"grant review nih: .*most raters rate only a few.* 3,542 raters of 4,555 rated one object only", severity)
    assert "1.3% of all are connected" in severity


def rungs(html: str) -> dict[str, str]:
    """Give the state of each rung of the ladder."""
    start = html.index('<ol class="ladder">')
    found = re.findall(r"<li[^>]*>.*?</li>", html[start:html.index("</ol>", start)], re.DOTALL)
    said = [words(item).split() for item in found]
    return {s[1]: " ".join(s) for s in said}


def test_rungs_of_ratings_are_read_off_the_data(folder: Callable[[str], Path]) -> None:
    skating = rungs(page(folder("figure-skating"), "ratings_bias", "en", "2017"))
    assert "open 17 points in time" in skating["1"]
    assert "open country, discipline, segment, skater" in skating["2"]
    assert "open 1,632 objects with several raters" in skating["3"]
    students = rungs(page(folder("insteval"), "ratings_bias", "en", "2011"))
    assert "not yet All ratings are of one time." in students["1"]
    assert "not yet Attributes of objects are not known." in students["2"]


def test_the_source_stands_on_the_page_and_no_office_owns_it(folder: Callable[[str], Path]) -> None:
    for report in REPORTS:
        said = words(page(folder("figure-skating"), report, "id", "2017"))
        assert "BKPPD" not in said
        assert "Sumber: BuzzFeedNews/2018-02-figure-skating-analysis" in said
        assert "Syarat pemakaian: CC BY 4.0" in said
        assert "draf; data per" in said


def test_weighted_and_unweighted_means_stand_side_by_side(folder: Callable[[str], Path]) -> None:
    said = words(page(folder("teaching-ratings"), "ratings_evaluation", "en", "2002"))
    assert "Mean Weighted mean" in said
    assert re.search(r"40-49 \(reference\) 135 4\.00 4\.02 3\.85", said)
    assert re.search(r"F 195 3\.90 3\.90 3\.\d\d 0\.\d\d −0\.17 −0\.30", said), "the gap of means, in points and over the spread of all courses"


def test_the_panel_claims_no_effect(folder: Callable[[str], Path]) -> None:
    said = words(page(folder("police-training"), "ratings_evaluation", "en", "2016"))
    assert "1,441 objects over 12 periods; the totals are described, and no effect of a training is computed" in said


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_a_period_without_data_is_answered_in_place(folder: Callable[[str], Path], report: str) -> None:
    said = words(page(folder("firefighter-promotion"), report, "id", "1999"))
    assert "Belum dapat dijawab" in said
    assert not NEVER.search(said)


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_a_notebook_has_literal_parameters_and_a_call_a_cell(root: Path, report: str) -> None:
    notebook = nbformat.read(root / "notebooks" / "reports" / f"{report}.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # no types
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    chosen = [c for c in cells if "parameters" in c.metadata.get("tags", ())]
    assert len(chosen) == 1
    assert check_parameters(report, read_parameters_cell(chosen[0].source))
    assert notebook.cells[0].cell_type == "markdown"
    assert not any(c.outputs for c in cells)
    calls = [re.fullmatch(r"(?:#[^\n]*\n)?report\.(\w+)\(\)", c.source) for c in cells[2:]]
    assert tuple(c[1] for c in calls if c) == REPORTS[report][1]


def test_a_notebook_runs_by_kernel(folder: Callable[[str], Path], root: Path) -> None:
    source = nbformat.read(root / "notebooks" / "reports" / "ratings_evaluation.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # no types
    told = check_parameters("ratings_evaluation", {"study": str(folder("firefighter-promotion")), "period": "2003", "language": "en"})
    with Kernels() as kernels:
        html = render_notebook(kernels.run(source, told))
    assert "adverse impact ratio" in html
    assert not holds_nip(words(html))
