"""Every block of every report, in both languages, over cities in which little or nothing can be said."""

from __future__ import annotations

import ast
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from lxml import html

from evalkit.derive.handle import open_handle
from evalkit.derive.sources import FrameSource
from evalkit.exhibits import reports
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Population, Study

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks" / "reports"
PERIOD, EARLIER = "2026-Q3", ("2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")
ASN = "permenpanrb-6-2022"
PAIRS = {"sangat_baik": ("di_atas", "di_atas"), "baik": ("sesuai", "sesuai"), "butuh_perbaikan": ("di_bawah", "sesuai"),
         "kurang": ("sesuai", "di_bawah"), "sangat_kurang": ("di_bawah", "di_bawah"), None: (None, None)}
LONG_AGO = date(2020, 1, 1)


def conformed(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    place = {"import_id": "i1", "row": 1} if TABLES[table].imported else {}
    return TABLES[table].conform(pd.DataFrame([{**place, **row} for row in rows])) if rows else TABLES[table].empty()


def city(results: dict[str, list[str | None]], *, team: int = 6, earlier: tuple[str, ...] = (), unit_predikat: dict[str, str] | None = None,
         evaluator: bool = True) -> dict[str, pd.DataFrame]:
    """Make a city from the predikat of each unit's people; every `team` people share an evaluator."""
    people, posts, rows = [], [], []
    for unit, given in results.items():
        for i, predikat in enumerate(given):
            person = f"p{unit}{i:03d}"
            superior = f"s{unit}{i // team}" if evaluator else None
            people.append({"person_id": person, "valid_from": LONG_AGO, "sex": "F" if i % 2 else "M", "employment": "pns",
                           "post_type": "pelaksana"})
            posts.append({"person_id": person, "unit_id": unit, "post_title": "ANALIS", "valid_from": LONG_AGO, "is_acting": False,
                          "superior_id": superior, "is_head": False})
            for period in (*earlier, PERIOD):
                first, second = PAIRS[predikat]
                rows.append({"appraisal_id": f"{person}-{period}", "version": 1, "person_id": person, "period": period, "unit_id": unit,
                             "opd_id": unit, "post_title": "ANALIS", "is_acting": False, "superior_id": superior, "hasil_kerja": first,
                             "perilaku_kerja": second, "predikat": predikat, "instrument": ASN, "exported_at": datetime(2026, 10, 12),
                             "rated_at": datetime(2026, 10, 5) if predikat else None})
    units = [{"unit_id": u, "valid_from": LONG_AGO, "parent_id": "root", "name": f"DINAS {u.upper()} <b>& {{{{1}}}}"} for u in results]
    known = [{"unit_id": u, "period": PERIOD, "version": 1, "predikat": p} for u, p in (unit_predikat or {}).items()]
    imports = [{"import_id": "i1", "sha256": "0", "file": "a.xlsx", "kind": "appraisals", "layout": "x", "scope": "full", "period": PERIOD,
                "exported_at": datetime(2026, 10, 12), "received_at": datetime(2026, 10, 12), "rows": 1, "rows_read": 1,
                "rows_refused": 0, "faults": 0}]
    return {"person_attributes": conformed("person_attributes", people), "assignments": conformed("assignments", posts),
            "appraisals": conformed("appraisals", rows), "unit_predikat": conformed("unit_predikat", known),
            "units": conformed("units", [{"unit_id": "root", "valid_from": LONG_AGO, "name": "Kota"}, *units]),
            "imports": conformed("imports", imports)}


B, S, C, K = "baik", "sangat_baik", "butuh_perbaikan", "kurang"
CITIES: dict[str, dict[str, pd.DataFrame]] = {
    "no data": {},
    "nobody rated": city({"a": [None] * 12, "b": [None] * 15}),
    "all the same": city({"a": [B] * 12, "b": [B] * 30}, earlier=EARLIER, unit_predikat={"a": "baik", "b": "istimewa"}),
    "all the same, some missing": city({"a": [B] * 11 + [None]}, unit_predikat={"a": "baik"}),
    "one person": city({"a": [S]}, unit_predikat={"a": "sangat_kurang"}),
    "only the best": city({"a": [S] * 25, "b": [S] * 25}, unit_predikat={"a": "butuh_perbaikan", "b": "kurang"}, earlier=EARLIER),
    "only the worst": city({"a": ["sangat_kurang"] * 50, "b": [K] * 12}, unit_predikat={"a": "sangat_kurang", "b": "kurang"}),
    "one evaluator each": city({"a": [B, S, C, None] * 5}, team=1, unit_predikat={"a": "baik"}),
    "nobody has an evaluator": city({"a": [B, S, None] * 6}, evaluator=False),
    "one team of many": city({"a": ([B] * 40 + [S] * 12 + [C, K, None]) * 2}, team=200, earlier=EARLIER, unit_predikat={"a": "baik"}),
    "many teams": city({"a": ([B] * 40 + [S] * 12 + [C, K, None]) * 3}, team=3, unit_predikat={"a": "butuh_perbaikan"}),
    "two periods": city({"a": [B, B, S] * 7, "b": [B] * 9}, earlier=EARLIER[-1:]),
}


def study(folder: Path) -> Study:
    return Study(root=folder / "kota", name="kota", title="Kota Contoh", language="id", timezone="Asia/Makassar", vault=folder / "vault",
                 reports=folder / "reports", seed=7, populations=(Population("asn", "quarter", ASN),), fairness={"attributes": ["sex"]})


def calls(notebook: str) -> list[str]:
    """The blocks of a notebook, as its cells call them, after the cell that opens the report."""
    cells = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells
    sources = [c.source for c in cells if c.cell_type == "code" and "report." in c.source and "report = " not in c.source]
    return [ast.unparse(ast.parse(s).body[-1]) for s in sources]


def page(notebook: str, report: reports.base.Report, unit: str) -> str:
    blocks = [eval(call, {"report": report, "unit": unit}) for call in calls(notebook)]
    return "".join(b._repr_html_() for b in blocks if b is not None)


@pytest.fixture(scope="module")
def handles(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Open a report over a city; each city is derived once."""
    folders: dict[str, Path] = {}

    def opened(name: str, report: str, unit: str) -> Any:
        folder = folders.setdefault(name, tmp_path_factory.mktemp("city"))
        return open_handle(study(folder), report=report, period=PERIOD, unit=unit or None, audience="units" if unit else "office",
                           source=FrameSource(CITIES[name]))

    return opened


def check(body: str) -> None:
    tree = html.fromstring(f"<div>{body}</div>")
    text = " ".join(tree.itertext())
    assert len(tree.xpath("//h1")) == 1
    assert not re.search(r"\bnan\b|\bNone\b(?! of)|<NA>|\bNaT\b|\binf\b", text)
    assert "<b>&" not in body
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for heading in tree.xpath("//h2"):
        assert " ".join(heading.itertext()).strip()
    say = " ".join(tree.xpath("//p[@class='say']")[0].itertext())
    assert len(say.split()) <= 42, say  # the design says 40; a predikat in two languages counts twice


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", CITIES)
def test_the_city_pages_say_what_they_can(handles: Any, name: str, language: Any) -> None:
    check(page("monitor", reports.Monitor(handles(name, "monitor", ""), language), ""))
    check(page("evaluation", reports.CityEvaluation(handles(name, "evaluation", ""), language), ""))
    check(page("bias_analysis", reports.BiasAnalysis(handles(name, "bias_analysis", ""), language), ""))


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", [n for n in CITIES if n != "no data"])
def test_the_pages_of_a_unit_say_what_they_can(handles: Any, name: str, language: Any) -> None:
    check(page("monitor", reports.Monitor(handles(name, "monitor", "a"), language), "a"))
    check(page("evaluation", reports.OfficeEvaluation(handles(name, "evaluation", "a"), language), "a"))
    check(page("bias_analysis", reports.UnitBiasAnalysis(handles(name, "bias_analysis", "a"), language), "a"))


def test_all_the_same_is_no_finding(handles: Any) -> None:
    body = page("evaluation", reports.CityEvaluation(handles("all the same", "evaluation", ""), "id"), "")
    assert "Semua 42 pegawai berpredikat Baik; apakah mereka memang setara, data ini tidak dapat mengatakan." in body


def test_bounds_hold_the_unrated(handles: Any) -> None:
    report = reports.CityEvaluation(handles("all the same, some missing", "evaluation", ""), "id")
    spread = report.spread()
    assert (spread.rated, spread.missing, spread.of("baik")) == (11, 1, 11)
    assert spread.low("sangat_baik") == 0
    assert spread.high("sangat_baik") == pytest.approx(1 / 12)


def test_a_unit_sees_no_other_unit(handles: Any) -> None:
    body = page("evaluation", reports.OfficeEvaluation(handles("only the worst", "evaluation", "a"), "id"), "a")
    assert "DINAS B" not in body.upper().replace("&LT;B", "")
    body = page("monitor", reports.Monitor(handles("nobody rated", "monitor", "a"), "id"), "a")
    assert "DINAS B" not in body.upper().replace("&LT;B", "")


def test_the_way_to_the_denominator_is_numbers_in_the_workbook_too(handles: Any) -> None:
    report = reports.Monitor(handles("all the same, some missing", "monitor", ""), "id")
    shown = str(report.expected())
    held = report.page._shown["t-harus"]
    assert [type(row[1]) for row in held.rows] == [int] * len(held.rows) and held.total[1] == 12
    assert len(held.rows) and shown.count('<td class="r">') == len(held.rows) + 1
