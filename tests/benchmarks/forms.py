"""`forms`: 900 evaluators' vignette workbooks written, and read back into the table of ratings, against the writer and the reader alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.measure import alternated

_WRITE = """
from pathlib import Path
from evalkit.collect.workbook import FormFile, form_id, write_workbook
from evalkit.instruments.layout import load_layouts
from evalkit.instruments.vignettes import packet
layout, texts, folder = load_layouts()["formulir-vinyet"], packet("A"), Path({folder!r})
def forms(n):
    for k in range(n):
        number = f"198603032010121{{100 + k:03d}}"
        rows = [{{"NIP Penilai": number, "Nama Penilai": f"ORANG CONTOH {{k}}", "Periode": "Triwulan III 2026", "Paket": "A",
                 "Vinyet": v.code, **{{i: 1.0 + (k + j) % 5 for j, i in enumerate(layout.items)}}}} for v in texts]
        yield FormFile(f"{{k}}.xlsx", form_id("bench", str(k)), rows, "Untuk: ORANG CONTOH", texts)
made = list(forms({n}))
"""
_OURS = """
for form in made:
    (folder / form.place).unlink(missing_ok=True)
    write_workbook(folder / form.place, layout, form, study="bench", period="2026-Q3")
"""
_ALONE = """
import xlsxwriter
for form in made:
    with xlsxwriter.Workbook(folder / "alone" / form.place) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate(form.rows):
            sheet.write_row(i, 0, row.values())
        beside = book.add_worksheet()
        for i, text in enumerate(form.texts):
            beside.write_string(i, 0, text.text)
"""
_READ = """
bundle = bundled(sorted(folder.glob("*.xlsx")), aside, "bench")
parsed = read_file(bundle[0], study=None)
assert len(bundle) == 1 and parsed.rows_read == 6 * {n} and len(parsed.frames["ratings"]) == 42 * {n}
"""


def run(n: int = 900, runs: int = 5) -> list[dict[str, object]]:
    """Time in fresh processes, in turn; `ratio` is ours over xlsxwriter, and over python-calamine, on the same cells."""
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as name:
        folder = Path(name)
        (folder / "alone").mkdir()
        (folder / "aside").mkdir()
        setup = _WRITE.format(folder=name, n=n)
        write = alternated({"ours": (setup, _OURS), "alone": (setup, _ALONE)}, runs)
        reading = (f"from pathlib import Path; folder, aside = Path({name!r}), Path({str(folder / 'aside')!r})\n"
                   "from evalkit.tables.form_bundle import bundled; from evalkit.tables.reader import read_file")
        peer = (f"from pathlib import Path; folder = Path({name!r}); from python_calamine import CalamineWorkbook",
                "for path in sorted(folder.glob('*.xlsx')):\n"
                "    book = CalamineWorkbook.from_path(path)\n"
                "    [book.get_sheet_by_name(s).to_python(skip_empty_area=False) for s in book.sheet_names]")
        read = alternated({"ours": (reading, _READ.format(n=n)), "alone": peer}, runs)
    return [{"name": f"forms_{verb}", "forms": n, "seconds": round(found["ours"].seconds, 2), "peak_mb": round(found["ours"].peak_mb, 1),
             "ratio": round(found["ours"].seconds / found["alone"].seconds, 2), "alone_seconds": round(found["alone"].seconds, 2)}
            for verb, found in (("write", write), ("read", read))]
