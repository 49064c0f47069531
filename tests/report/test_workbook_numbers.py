"""Every number of every workbook of a study is a number there, whatever words the page writes it with."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from evalkit.report.run import run_reports
from evalkit.tables.study import Study, load_study
from tests.report.in_process import in_process
from tests.report.number_cells import is_number, number_cells

PERIOD = "2026-Q3"
UNIT = "dinas-kesehatan"
WRITINGS = ("12", "−3", "+0,5", "4.116", "1,234.5", "12,3%", "< 0,1%", "p = 0,03", "p < 0.001", "5–9", "10,9–12,5%", "−1 to 2", "0,72 dan 1,31",
            "17 dari 4.116", "3 of 11", "−6,0 (−8,2 sampai −3,9)", "0.54 (0.41 to 0.70)", "−5,7 poin persen (−8,4 sampai −3,1)", "+2,1 poin persen")
WORDS = ("–", "ditahan", "Triwulan III 2026", "Q3 2026", "A1", "P-8509", "2 predikat", "3 kasus per penilai", "25% di bawah", "2. Pengetahuan",
         "12 Oktober 2026", "tidak ada pada 5 dari 5", "Loyal 44%; Kompeten 45%")


@pytest.mark.parametrize("text", WRITINGS)
def test_numbers_and_ranges_in_both_writings_are_found(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", WORDS)
def test_words_with_figures_in_them_are_words(text: str) -> None:
    assert not is_number(text)


@pytest.fixture(scope="module")
def workbooks(small_city: Study, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One workbook of each kind and language: the office's, and those of one unit."""
    base = tmp_path_factory.mktemp("workbooks") / "copy"
    shutil.copytree(small_city.root.parent, base, copy_function=shutil.copy2)
    study = load_study(base / "city")
    with pytest.MonkeyPatch.context() as patch:
        in_process(patch, lambda slug: slug == UNIT)
        summary = run_reports(study, PERIOD, languages=("id", "en"), formats=("html", "xlsx"), jobs=1)
    assert summary.count("failed") == 0
    return sorted((study.reports / PERIOD / "draft").rglob("*.xlsx"))


def test_no_workbook_holds_a_number_as_text(workbooks: list[Path]) -> None:
    kinds = {file.name.split(".")[0].split("-pelatihan")[0] for file in workbooks}
    assert kinds >= {"monitor", "evaluasi", "evaluasi-kota", "analisis-bias", "umpan-balik-360", "rencana", "dampak"}
    assert {len(file.suffixes) for file in workbooks} == {1, 2}
    assert [cell for file in workbooks for cell in number_cells(file)] == []


def test_a_range_has_its_value_and_limits_in_columns_of_their_own(workbooks: list[Path]) -> None:
    book = openpyxl.load_workbook(next(f for f in workbooks if f.name == "analisis-bias.xlsx" and "office" in f.parts))
    sheet = next(s for s in book.worksheets if any(c.value == "Tanpa syarat" for r in s.iter_rows() for c in r))
    table = [[c.value for c in r] for r in sheet.iter_rows()]
    top = next(i for i, r in enumerate(table) if "Tanpa syarat" in r)
    at = table[top].index("Tanpa syarat")
    assert table[top][at:at + 3] == ["Tanpa syarat", "Tanpa syarat, terendah", "Tanpa syarat, tertinggi"]
    told = [r[at:at + 3] for r in table[top + 1:] if isinstance(r[at], int | float)]
    assert any(low is not None for _, low, _ in told)
    assert all(low <= value <= high for value, low, high in told if low is not None)
    said = [r[at + 1] for r in table[top + 1:] if not isinstance(r[at], int | float)]
    assert set(said) <= {None}
