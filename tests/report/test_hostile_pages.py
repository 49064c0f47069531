"""Texts of files and of the vault that would act if they could: on every kind of page they stay text, and are shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import html

from evalkit.derive import handle
from evalkit.derive.build import Built, build
from evalkit.derive.sources import FrameSource
from evalkit.exhibits.text import plain
from evalkit.report import plan
from evalkit.report.run import run_reports
from evalkit.tables.schema import TABLES
from tests.report.in_process import in_process
from tests.report.people.conftest import NAMES, PERIOD, Office, cases, make_study
from tests.report.test_in_browser import CHROMIUM, browser

__all__ = ["browser"]  # a fixture
LONG = "W" * 5000
BAD = ('<script>alert("x")</script>', '=HYPERLINK("http://x.example","y")', "{{ 7*7 }} {% raw %} {# x #}", '#panic("x") $x$ *b*',
       "../../../etc/passwd", "nol\x00nol\x07", "\u202eterbalik\u202c dan \u200fkanan", "Kantor 😀 🏛", '" onmouseover="alert(1)" x=\'',
       "</title></style><img src=x onerror=alert(1)>", "javascript:alert(1)", "&lt;b&gt; &amp; ]]> <!-- -->", LONG)
UNITS = {"root": "Kota " + BAD[0], "a": "Dinas " + BAD[9], "a1": BAD[12], "b": BAD[1] + BAD[0]}


def hostile() -> dict[str, pd.DataFrame]:
    """Put them wherever a file may say something freely: units, posts, reasons, indicators, why somebody is not rated."""
    made, endless = cases(), itertools.cycle(BAD)

    def put(table: str, column: str) -> None:
        frame = made[table].astype(object)
        frame[column] = [None if pd.isna(v) else next(endless) for v in frame[column]]
        made[table] = TABLES[table].conform(frame.where(frame.notna(), None))

    for table, column in (("appraisals", "post_title"), ("assignments", "post_title"), ("appraisals", "revision_reason"),
                          ("indicators", "aspect"), ("exclusions", "reason"), ("units", "kind")):
        put(table, column)
    frame = made["units"].astype(object)
    frame["name"] = [UNITS[str(u)] for u in frame["unit_id"]]
    made["units"] = TABLES["units"].conform(frame.where(frame.notna(), None))
    frame = made["indicators"].astype(object)
    frame["indicator"] = [f"{n} {i}" for i, n in enumerate(itertools.islice(BAD, len(frame)))]
    made["indicators"] = TABLES["indicators"].conform(frame.where(frame.notna(), None))
    return made


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Every page of a run over such texts, notebooks and people, with such names in the vault."""
    base = tmp_path_factory.mktemp("nakal")
    names = dict(zip(NAMES, itertools.cycle(BAD), strict=False))
    study = make_study(base, names, owner="BKPPD " + BAD[0])
    built = build(study, PERIOD, source=FrameSource(hostile()))
    opened: Callable[..., Any] = handle.open_handle
    with pytest.MonkeyPatch.context() as patch:
        in_process(patch, lambda slug: True)
        patch.setattr(plan, "build", lambda *_, **__: built)
        patch.setattr(handle, "open_handle", lambda _, **given: opened(study, **{**given, "built": built}))
        summary = run_reports(study, PERIOD, names=["monitor", "evaluation", "bias_analysis", "employees", "evaluators"], jobs=1)
    assert summary.count("failed") == 0, summary.reasons
    return Office(study, built, study.reports / PERIOD / "draft")


def pages(site: Office) -> list[Path]:
    return sorted(site.draft.rglob("*.html"))


def test_every_kind_is_there(hostile_site: Office) -> None:
    found = {p.name for p in pages(hostile_site)}
    assert {"index.html", "monitor.html", "evaluasi-kota.html", "analisis-bias.html", "lampiran.html", "hasil.html", "cermin.html"} <= found
    assert isinstance(hostile_site.built, Built)


def test_nothing_that_a_file_says_becomes_markup(hostile_site: Office) -> None:
    for page in pages(hostile_site):
        text = page.read_text(encoding="utf-8")
        tree = html.fromstring(text.encode())
        scripts = tree.xpath("//script")
        assert len(scripts) <= ("office" in page.parts), page
        assert not tree.xpath("//img|//iframe|//object|//embed|//form|//*[@onerror or @onmouseover or @onclick or @onload]"), page
        assert not [a for a in tree.xpath("//@href") if re.match(r"\s*[a-z]+:", str(a), re.IGNORECASE)], page
        assert len(tree.xpath("//title")) == 1, page
        assert "\x00" not in text, page
        assert "\x07" not in text, page


def test_no_path_leaves_the_folder_or_carries_a_text_of_a_file(hostile_site: Office) -> None:
    for page in hostile_site.draft.rglob("*"):
        relative = page.relative_to(hostile_site.draft).as_posix()
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", relative), relative
        assert ".." not in relative
        assert len(page.name) < 120


def test_names_and_texts_are_shown_as_they_were_written(hostile_site: Office) -> None:
    names = dict(zip(NAMES, itertools.cycle(BAD), strict=False))
    for person in ("p01", "p02", "p03", "p05", "p06", "p07"):
        shown = html.fromstring(hostile_site.page(person).read_bytes()).text_content()
        assert plain(names[person]) in plain(shown), person
    city = html.fromstring((hostile_site.draft / "office" / "monitor.html").read_bytes()).text_content()
    assert BAD[9] in city or BAD[9].casefold() in city.casefold()
    annexes = "".join(html.fromstring(p.read_bytes()).text_content() for p in hostile_site.draft.rglob("lampiran.html"))
    assert names["p05"] in annexes


def test_what_stands_in_a_step_of_a_template_stays_there(hostile_site: Office) -> None:
    everything = "".join(p.read_text(encoding="utf-8") for p in pages(hostile_site))
    assert "{{ 7*7 }} {% raw %}" in everything
    assert " 49 {% raw" not in everything


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_nothing_runs_nothing_is_asked_for_and_nothing_leaves_the_page(hostile_site: Office, browser: Any) -> None:
    wrong: dict[str, list[str]] = {}
    seen_kinds: set[str] = set()
    for file in pages(hostile_site):
        if file.name == "hasil.html" and "hasil.html" in seen_kinds and file != hostile_site.page("p02"):
            continue
        seen_kinds.add(file.name)
        wrong[file.name] = wrong.get(file.name, []) + _looked_at(browser, file)
    assert {name: found for name, found in wrong.items() if found} == {}


def _looked_at(browser: Any, file: Path) -> list[str]:
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page, seen, said = context.new_page(), [], []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.goto(file.as_uri())
    page.mouse.move(100, 200)
    page.mouse.move(180, 420)
    handlers = page.evaluate("""() => [...document.querySelectorAll('*')].flatMap(e => [...e.attributes].map(a => a.name))
        .filter(n => n.startsWith('on')).length + [...document.querySelectorAll('main script')].length""")
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    found = [f"handlers {handlers}"] if handlers else []
    found += [f"asked {seen[1:]}"] if len(seen) != 1 else []
    found += [f"scrolls to {width}"] if width > 390 else []
    return found + said


def test_the_address_of_the_study_is_on_no_page(hostile_site: Office) -> None:
    for page in pages(hostile_site):
        assert str(hostile_site.study.root) not in page.read_text(encoding="utf-8")


