"""Kernels that make no figures, and a catalogue without its slow tables: for tests of what happens to pages and tables, not of what
stands on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import pytest

from evalkit.derive.catalog import CATALOG
from evalkit.derive.reports import REPORTS
from evalkit.exhibits.page import Page
from evalkit.report import pool
from evalkit.report.make import make

PERIOD = "2026-Q3"
SLOW = ("fairness_estimates", "fairness_groups", "fairness_objections", "evaluator_band", "evaluator_effects", "evaluator_marks", "carry_over",
        "unit_effects", "fairness_details")
DAY = "Data ditarik pada : 13/10/2026, 07.15.22"


class QuickKernels:
    """Stands in for `report.kernels.Kernels`: every page is its title and the folder that its tables came from."""

    def run(self, notebook: nbformat.NotebookNode, parameters: dict[str, Any], **options: Any) -> nbformat.NotebookNode:
        """Give a notebook with one title block."""
        block = Page(parameters["language"]).title(f"Laporan {parameters.get('unit', 'kota')}", [Path(parameters["study"]).name])
        cell = nbformat.v4.new_code_cell("")
        cell.outputs = [nbformat.v4.new_output("display_data", data=block._repr_mimebundle_())]
        return nbformat.v4.new_notebook(cells=[cell])


def quick(patch: pytest.MonkeyPatch) -> None:
    """Let runs use kernels that make no figures, and leave out the tables that take seconds and that no other table rests on."""
    stands_in(patch, QuickKernels())
    light(patch)


def stands_in(patch: pytest.MonkeyPatch, kernels: Any) -> None:
    """Let runs make their pages one after another, with these kernels."""
    patch.setattr(pool, "each", lambda jobs, *given, **named: (make(kernels, job) for job in jobs))


def light(patch: pytest.MonkeyPatch) -> None:
    """Leave the slow tables out of the catalogue, and of what reports declare."""
    rest = {n for n, row in CATALOG.items() if n not in SLOW}
    slow = [n for n in SLOW if n in CATALOG and not any(n in CATALOG[m].inputs for m in rest)]
    for name in slow:
        patch.delitem(CATALOG, name)
    for report, declared in list(REPORTS.items()):
        left = {part: tuple(t for t in getattr(declared, part) if t not in slow) for part in ("tables", "office_only")}
        patch.setitem(REPORTS, report, replace(declared, **left))


def corrected_export(source: Path, target: Path, *, unit: str, n: int = 2) -> int:
    """Write an export of the next day in which `n` people of a unit went from Baik to Sangat Baik; give how many did."""
    book = openpyxl.load_workbook(source)
    sheet = book.active
    sheet.cell(6, 1).value = DAY
    head = [c.value for c in sheet[8]]
    done = 0
    for cells in sheet.iter_rows(min_row=9):
        row = dict(zip(head, cells, strict=True))
        said = [row[c].value for c in ("hasil_akhir", "hasil_kerja", "perilaku_kerja")]
        if done < n and row["skp_unor_induk"].value == unit and said == ["BAIK", "SESUAI EKSPEKTASI", "SESUAI EKSPEKTASI"]:
            for column, value in (("hasil_kerja", "DIATAS EKSPEKTASI"), ("perilaku_kerja", "DIATAS EKSPEKTASI"), ("hasil_akhir", "SANGAT BAIK")):
                row[column].value = value
            done += 1
    book.save(target)
    return done
