"""`report_one_changed`: one appraisal of one unit changes; the pages that are made again, against all pages made from nothing."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from evalkit.report.run import run_reports
from evalkit.tables.imports import add
from evalkit.tables.study import Study
from tests.benchmarks.city import PERIOD, city


def changed_export(study: Study, target: Path) -> str:
    """Write the export of one unit, drawn a little later on the same day, with one predikat changed; give the unit's name."""
    source = study.root / "files" / PERIOD / f"laporan-penilaian-{PERIOD}.xlsx"
    rows = CalamineWorkbook.from_path(source).get_sheet_by_index(0).to_python(skip_empty_area=False)
    top = next(i for i, row in enumerate(rows) if "nip" in row)
    at = {str(name): i for i, name in enumerate(rows[top])}
    one = next(row for row in rows[top + 1:] if row[at["hasil_akhir"]] == "BAIK" and row[at["skp_unor_induk"]] != rows[top + 1][at["skp_unor_induk"]])
    unit = str(one[at["skp_unor_induk"]])
    one[at["hasil_kerja"]] = one[at["perilaku_kerja"]] = "DIATAS EKSPEKTASI"
    one[at["hasil_akhir"]] = "SANGAT BAIK"
    kept = [*rows[:top + 1], *(row for row in rows[top + 1:] if row[at["skp_unor_induk"]] == unit)]
    with xlsxwriter.Workbook(str(target)) as book:
        sheet = book.add_worksheet("Worksheet")
        for i, row in enumerate(kept):
            for j, cell in enumerate(row):
                text = str(cell).replace(", 07.", ", 17.").replace("Unor Induk : ALL", f"Unor Induk : {unit}") if i < top else cell
                (sheet.write_string if isinstance(text, str) else sheet.write_number)(i, j, text)
    return unit


def contents(draft: Path) -> dict[str, bytes]:
    """The pages that notebooks made."""
    return {f.relative_to(draft).as_posix(): f.read_bytes() for f in draft.rglob("*.html") if not f.name.startswith(("index", "lampiran"))}


def run() -> list[dict[str, object]]:
    """Count the pages made again, those that a making from nothing shows to have been missed, and those made without need."""
    with city() as study:
        draft = study.reports / PERIOD / "draft"
        run_reports(study, PERIOD)
        before = contents(draft)
        export = study.root.parent / "laporan-penilaian-satu-unit.xlsx"
        unit = changed_export(study, export)
        added = add(study, [export], period=PERIOD, scope=unit)
        if sum(f.changed for f in added.files) != 1:
            raise RuntimeError(f"One appraisal was to change: {[f.message for f in added.files]}")
        begun = time.monotonic()
        again = run_reports(study, PERIOD)
        seconds = time.monotonic() - begun
        after = contents(draft)
        made = {t.as_posix() for t, state in again.states.items() if state == "done"}
        shutil.rmtree(draft)
        run_reports(study, PERIOD)
        right = contents(draft)
    return [{"name": "report_one_changed", "unit": unit, "rows": sum(f.rows for f in added.files), "pages": len(right),
             "made": len(made & right.keys()), "missed": sum(after[p] != right[p] for p in right),
             "without_need": sum(before.get(p) == right[p] for p in made & right.keys()), "seconds": round(seconds, 1)}]
