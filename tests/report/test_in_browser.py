"""Every kind of page of a whole run, in both languages, in a real browser: no barrier, no sideways scroll, nothing asked for."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lxml import html

from evalkit.derive.build import build
from evalkit.derive.handle import open_handle
from evalkit.exhibits.reports import RatingsBias, RatingsEvaluation
from evalkit.language.catalogue import Language
from evalkit.report.export import write_failure
from evalkit.report.kernels import KernelFailure
from evalkit.report.pdf.render import pdf_of
from evalkit.report.people.explainer import make_explainers
from evalkit.report.people.listing import listing
from evalkit.report.run import run_reports
from evalkit.report.shell import render
from evalkit.tables.imports import add
from evalkit.tables.register import Register
from evalkit.tables.store import read
from evalkit.tables.study import load_study
from tests.nip import holds_nip
from tests.report.conftest import PERIOD, Cycle, Ran
from tests.report.in_process import in_process
from tests.report.pdf.reading import lost, outside, tags_of
from tests.report.people.conftest import Office, office, open_office

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]
UNIT = "dinas-kesehatan"
LANGUAGES = ("id", "en")
SMALLEST = 13.9
APART = 7.9  # pixels between two numbers side by side: nearer, they read as one
NAMED = ("employees", "evaluators", "units")
# Kind of page -> where one stands in a draft; `*` is a code.
KINDS = {
    "index": "office/index", "monitor of the city": "office/monitor", "evaluation of the city": "office/evaluasi-kota",
    "bias analysis": "office/analisis-bias", "explainer": "office/bagaimana-dinilai-permenpanrb-6-2022",
    "monitor of a unit": f"units/{UNIT}/monitor", "evaluation of a unit": f"units/{UNIT}/evaluasi", "annex": f"units/{UNIT}/lampiran",
    "index of a unit": f"units/{UNIT}/index", "index of employees": "employees/index", "index of evaluators": "evaluators/index",
    "employee": "employees/*/hasil", "mirror": "evaluators/*/cermin", "bias analysis of a unit": f"units/{UNIT}/analisis-bias",
    "feedback": "office/umpan-balik-360", "plan of a course": "office/rencana-pelatihan-*", "impact of a course": "office/dampak-pelatihan-*"}
__all__ = ["office", "open_office"]  # fixtures of the folder people
GROUPS = (*LANGUAGES, "ratings", "failed and erratum")
CASES = ("p02", "p04", "p05", "p07", "p08", "p11", "p12")


@dataclass(frozen=True)
class Site:
    """All pages in one folder; `draft` is that of the small city, `cases` those of the invented people."""

    root: Path
    draft: Path
    cases: Office

    def page(self, kind: str, language: str) -> Path:
        found = [f for f in self.draft.glob(f"{KINDS[kind].removesuffix('*')}*.html") if f.name.endswith(".en.html") == (language == "en")]
        return min(found, key=lambda f: (len(f.name), f))  # `index` and not `index-…`

    def others(self, group: str) -> list[Path]:
        """The pages that no draft holds: people of every case by language, a failed page, an erratum, a study of ratings."""
        if group in LANGUAGES:
            return [self.cases.page(p, "employees", group) for p in CASES] + [self.cases.page("p01", "evaluators", group)]
        files = sorted((self.root / "lain").rglob("*.html"))
        return [f for f in files if f.name.startswith("ratings") == (group == "ratings")]


@pytest.fixture(scope="session")
def site(ran: Ran, cycle: Cycle, office: Office, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Make every kind of page in both languages: the run of the small city, with a unit, the people and the rest."""
    base = tmp_path_factory.mktemp("situs")
    shutil.copytree(ran.study.root.parent, base / "kantor", copy_function=shutil.copy2)
    study = load_study(base / "kantor" / "city")
    with pytest.MonkeyPatch.context() as patch:
        in_process(patch, lambda slug: slug == UNIT)
        names = ["monitor", "evaluation", "bias_analysis", "feedback_360", "training_plan", "training_impact", "employees", "evaluators"]
        summary = run_reports(study, PERIOD, names=names, languages=("id", "en"), jobs=1)
    assert summary.count("failed") == 0, summary.reasons
    shutil.copytree(office.draft, base / "kasus")
    cases = Office(office.study, office.built, base / "kasus")
    make_explainers(cases.request(languages=LANGUAGES))
    other = base / "lain"
    _failed(other)
    _ratings(other, root, base)
    for file in (cycle.study.reports / PERIOD / "r2" / "office").glob("erratum*.html"):
        shutil.copyfile(file, other / file.name)
    return Site(base, study.reports / PERIOD / "draft", cases)


def _failed(folder: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("report.verdict()")])
    for language in LANGUAGES:
        failure = KernelFailure("ValueError: <b>data</b>", cell="report.verdict()", notebook=notebook)
        write_failure(folder / f"gagal.{language}.html", failure, title="evaluasi-kota", language=language)  # type: ignore[arg-type]  # id or en


def _ratings(folder: Path, root: Path, base: Path) -> None:
    shutil.copytree(root / "data" / "firefighter-promotion", base / "ujian", ignore=shutil.ignore_patterns("raw", "tables", "imports", "derived"))
    study = base / "ujian"
    add(load_study(study), [study / "shipped" / "firefighter-promotion.csv"])
    blocks = {"ratings_evaluation": (RatingsEvaluation, ("title", "verdict", "tiles", "values", "who", "by_unit", "groups", "rests_on", "closing")),
              "ratings_bias": (RatingsBias, ("title", "verdict", "tiles", "ladder", "use", "linking", "higher", "closing"))}
    for (name, (made, parts)), language in itertools.product(blocks.items(), LANGUAGES):
        report = made(open_handle(study, report=name, period="2003"), language)  # type: ignore[arg-type]  # id or en
        text = render("".join(str(getattr(report, part)()) for part in parts), title=name, language=language)  # type: ignore[arg-type]  # id or en
        (folder / f"{name}.{language}.html").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser a file: while it is open, this thread counts as running a loop, and no other can be opened in it."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"])
        yield made
        made.close()


def faults_of(browser: Any, file: Path) -> list[str]:
    """Open a page once and look at it at three widths; give what is wrong."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, seen, said = context.new_page(), [], []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    page.goto(file.as_uri())
    found = _at(page, axe, 1280) + _at(page, axe, 390) + _at(page, None, 320)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    if levels[:1] != [1] or levels.count(1) != 1 or any(b - a > 1 for a, b in itertools.pairwise(levels)):
        found.append(f"headings {levels}")
    if len(seen) != 1 or said:
        found.append(f"asked for {seen[1:]}, said {said}")
    context.close()
    return found


def _at(page: Any, axe: Any, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    found = [f"{v['id']} at {width}: {[n['target'] for n in v['nodes']][:2]}" for v in axe.run(page).response["violations"]] if axe else []
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append(f"scrolls at {width}")
    smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll('main *, header *, footer *')]
        .filter(e => !e.closest('svg') && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .map(e => parseFloat(getComputedStyle(e).fontSize)))""")
    apart = page.evaluate("""() => Math.min(999, ...[...document.querySelectorAll('tbody .r + .r')].filter(e => e.checkVisibility()).map(e => {
        const box = c => { const r = document.createRange(); r.selectNodeContents(c); return r.getBoundingClientRect() }
        const [a, b] = [box(e.previousElementSibling), box(e)]
        return a.width && b.width ? b.left - a.right : 999 }))""")
    found += [f"numbers {apart} apart at {width}"] if apart < APART else []
    return found + ([f"text of {smallest} at {width}"] if smallest < SMALLEST else [])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_page_has_a_fault(site: Site, browser: Any, kind: str, language: str) -> None:
    file = site.page(kind, language)
    assert html.fromstring(file.read_bytes()).get("lang") == language
    assert faults_of(browser, file) == []


@pytest.mark.parametrize("group", GROUPS)
def test_no_page_of_any_case_has_a_fault(site: Site, browser: Any, group: str) -> None:
    others = site.others(group)
    assert len(others) >= 3
    faulty = {p.name: found for p in others if (found := faults_of(browser, p))}
    assert faulty == {}


IN_PDF_ELSEWHERE = ("index of", "explainer")  # lists of links are for the screen; how a result came about is printed from the browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_report_is_whole_in_its_pdf(site: Site, language: Language) -> None:
    """The Indonesian reports are read back in `pdf/test_pages.py`; here their English ones, people, mirrors and errata in both."""
    kinds = [k for k in KINDS if not k.startswith(IN_PDF_ELSEWHERE) and (language == "en" or KINDS[k].startswith(("employees", "evaluators")))]
    files = [site.page(kind, language) for kind in kinds]
    errata = [f for f in site.others("failed and erratum") if f.name.startswith("erratum")]
    files += [f for f in errata if html.fromstring(f.read_bytes()).get("lang") == language]
    assert len(files) > 2
    for file in files:
        text = file.read_text(encoding="utf-8")
        pdf = pdf_of(text, language=language)
        assert (lost(text, pdf), outside(pdf)) == ([], []), file.name
        tags = tags_of(pdf)
        assert (tags.lang, tags.standard, tags.count["H1"]) == (language, "1", 1), file.name


def test_every_page_keeps_its_weight_its_policy_and_its_one_title(site: Site) -> None:
    for page in (*site.draft.rglob("*.html"), *(p for g in GROUPS for p in site.others(g))):
        data = page.read_bytes()
        most = 60_000 if page.name.startswith("index") else 40_000 if page.parent.parent.name in ("employees", "evaluators") else 120_000
        assert len(data) < most, page
        tree = html.fromstring(data)
        policy = tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
        assert policy.startswith("default-src 'none'; style-src 'sha256-"), page
        assert len(tree.xpath("//h1")) == 1, page
        assert tree.xpath("string(//title)"), page
        assert not [v for v in tree.xpath("//@src|//@href|//@action") if re.match(r"([a-z]+:)?//", str(v))], page


def test_every_link_leads_to_a_file_and_a_place_in_it(site: Site) -> None:
    """Links between pages of the city and of units that were not made again are those of the whole run."""
    trees: dict[Path, Any] = {}

    def tree(file: Path) -> Any:
        if file not in trees:
            trees[file] = html.fromstring(file.read_bytes())
        return trees[file]

    for page in site.draft.rglob("*.html"):
        if page.parent.name != UNIT and page.parent.parent.name == "units":
            continue
        for href in tree(page).xpath("//a/@href"):
            target, _, anchor = str(href).partition("#")
            file = (page.parent / target).resolve() if target else page
            if not target or "/units/" not in file.as_posix() or f"/{UNIT}/" in file.as_posix():
                assert file.is_file(), f"{page.relative_to(site.draft)}: {href}"
                assert not anchor or tree(file).xpath(f"//*[@id='{anchor}']"), f"{page.name}: {href}"


def test_names_stand_on_named_pages_only_and_numbers_nowhere(site: Site) -> None:
    study = load_study(site.root / "kantor" / "city")
    people = read(study, "person_attributes")["person_id"].astype(str).unique()
    names = {p.name for p in Register(study.vault).names(people).values() if len(p.name) > 6}
    assert len(names) > 100
    small = [n.casefold() for n in names]
    for page in site.draft.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not holds_nip(text), page
        assert not [p for p in people if p in text], page
        own = page.parent.parent.name in NAMED and (page.name.startswith("lampiran") or page.parent.parent.name != "units")
        text = "" if own else text.casefold()
        assert not [n for n in small if n in text], page
    paths = " ".join(p.relative_to(site.draft).as_posix() for p in site.draft.rglob("*")).casefold()
    assert not [n for n in names if n.casefold().replace(" ", "-") in paths or n.casefold() in paths]


def test_the_page_of_an_employee_names_her_alone(site: Site) -> None:
    study = load_study(site.root / "kantor" / "city")
    listed = list(listing(study, build(study, PERIOD), site.draft, "employees", ("id",)))
    names = {k: p.name for k, p in Register(study.vault).names([x.person_id for x in listed]).items()}
    assert len(listed) > 100
    for one in listed:
        text = (site.draft / one.path).read_text(encoding="utf-8")
        own = names[one.person_id]
        assert own in text
        rest = text.replace(own, "")  # a short name may be the end of a longer one
        assert not [n for n in names.values() if n in rest], one.path


