"""`read_export`: a large Laporan Penilaian from xlsx to validated tables, against python-calamine alone on the same file."""

from __future__ import annotations

import random
import tempfile
import uuid
from pathlib import Path

import xlsxwriter

from evalkit.instruments.layout import load_layouts
from tests.benchmarks.measure import alternated

_TITLE = ("Laporan Penilaian SKP Periode Bulanan Januari Tahun 2025", "Instansi Pemerintah Kota Contoh", "Periode : Bulanan Januari",
          "Unor Induk : ALL", "Unor : ALL", "Data ditarik pada : 3/3/2025, 08.15.22")


def write_export(path: Path, rows: int, seed: int = 1) -> None:
    """Write an export with as many different values as a real one has: ids and NIP differ in every row."""
    random_ = random.Random(seed)

    def identity() -> str:
        return str(uuid.UUID(int=random_.getrandbits(128)))

    units = [(identity(), f"UNIT CONTOH {n}") for n in range(400)]
    superiors = [(identity(), _nip(random_, n)) for n in range(900)]
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Worksheet")
        for line, text in enumerate(_TITLE):
            sheet.write_string(line, 0, text)
        sheet.write_row(7, 0, load_layouts()["ekinerja-penilaian"].headers)
        for n in range(rows):
            unit, superior = units[n % 400], superiors[n % 900]
            cells = (1, identity(), _nip(random_, n), f"ORANG CONTOH {n}", "2025-01-01", "2025-12-31", *unit, "DINAS " + unit[1],
                     "PENELAAH TEKNIS KEBIJAKAN", 4, 0, "SESUAI EKSPEKTASI", "SESUAI EKSPEKTASI", "BAIK", superior[0], superior[1],
                     "ATASAN CONTOH", *unit, "KEPALA", "IV/a", f"2025-02-{random_.randint(1, 28):02d} 08:{random_.randint(0, 59):02d}:45",
                     superior[0], 2025, identity(), units[0][0], identity(), "III/c", "pns")
            for column, value in enumerate(cells):
                (sheet.write_string if isinstance(value, str) else sheet.write_number)(8 + n, column, value)


def _nip(random_: random.Random, n: int) -> str:
    birth = f"{random_.randint(1965, 1992)}{random_.randint(1, 12):02d}{random_.randint(1, 28):02d}"
    return f"{birth}20{random_.randint(12, 19)}{random_.randint(1, 12):02d}{random_.randint(1, 2)}{1 + n % 999:03d}"


def run(rows: int = 60_000, runs: int = 5) -> list[dict[str, object]]:
    """Time both in fresh processes, in turn; `ratio` is evalkit's median over that of python-calamine alone."""
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        path = Path(folder) / "laporan.xlsx"
        write_export(path, rows)
        alone = ("from python_calamine import CalamineWorkbook",
                 f"CalamineWorkbook.from_path({str(path)!r}).get_sheet_by_index(0).to_python(skip_empty_area=False)")
        setup = "from pathlib import Path; from evalkit.tables.reader import read_file; from evalkit.tables.schema import TABLES"
        code = (f"parsed = read_file(Path({str(path)!r}), study=None); assert parsed.rows_read == {rows}; "
                "TABLES['appraisals'].conform(parsed.frames['appraisals'].assign(version=1, import_id='i'))")
        found = alternated({"calamine_alone": alone, "read_export": (setup, code)}, runs)
    ours, peer = found["read_export"], found["calamine_alone"]
    return [{"name": "read_export", "rows": rows, "seconds": round(ours.seconds, 3), "peak_mb": round(ours.peak_mb, 1),
             "ratio": round(ours.seconds / peer.seconds, 3)},
            {"name": "read_export_calamine_alone", "rows": rows, "seconds": round(peer.seconds, 3), "peak_mb": round(peer.peak_mb, 1)}]
