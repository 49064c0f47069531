"""Forms as they come back: filled in, half filled in, sorted, renamed, copied together, saved by another program, of an old version."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import xlsxwriter
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from evalkit.collect.workbook import HEADER_ROW, drop_down
from evalkit.instruments.layout import Layout

NIP = "198603032010121943"
TYPED = {"NIP": NIP, "NIP_BARU": NIP, "NAMA": "=1+1", "NAMA_DIKLAT": "BIMTEK CONTOH", "INDIKATOR": "Layanan tepat waktu", "TARGET": 100,
         "REALISASI": 90, "BOBOT": 1, "TARGET ATAS": "", "JUMLAH_JAM": 16, "JAM_HADIR": 16, "ID PENILAIAN": "", "PERIODE": "Triwulan III 2026",
         "UNIT KERJA": "DINAS CONTOH", "SATKER": "DINAS CONTOH", "DITETAPKAN OLEH": "WALI KOTA", "ANGKATAN": "I", "ALASAN": "PINDAH INSTANSI",
         "KEPUTUSAN": "TETAP", "TANGGAL PENGAJUAN": "05-10-2026", "TANGGAL KEPUTUSAN": "09-10-2026", "BATAS WAKTU": "19-10-2026",
         "TANGGAL MULAI": "01-07-2026", "TANGGAL SELESAI": "", "TANGGAL PENETAPAN": "08-10-2026", "TANGGAL_MULAI": "2026-03-10",
         "TANGGAL_SELESAI": "2026-03-11", "DIUNDANG": "ya", "LULUS": "ya", "SASARAN": "staff", "CARA_PENUGASAN": "drawn"}


def value(layout: Layout, header: str, n: int) -> object:
    """What row `n` gets in a column that is to be filled in."""
    if header == "INDIKATOR":
        return f"{TYPED[header]} {n}"  # a person has an indicator once
    if header in TYPED:
        return TYPED[header]
    words = drop_down(layout.form.choices[header])
    chosen = words[(n + len(header)) % len(words)]
    return int(chosen) if chosen.isdigit() else chosen


def fill(source: Path, target: Path, layout: Layout, *, every: int = 1, spare: int = 2) -> Path:
    """Fill a form in with openpyxl and save it: every row, or every second one; of spare rows only the first."""
    book = load_workbook(source)
    sheet = book.worksheets[0]
    headers = {c.value: c.column for c in sheet[HEADER_ROW + 1]}
    first, last = HEADER_ROW + 2, sheet.max_row
    lone = layout.form.spare and sheet.cell(first, headers["Kode formulir"]).value is None
    for n, i in enumerate(range(first, (first + spare if lone else last + 1))):
        if n % every == 0:
            for header in layout.form.open:
                cell = sheet.cell(i, headers[header])
                assert not cell.protection.locked
                if cell.value is None:
                    new = value(layout, header, n)
                    cell.value = (NIP[:-2] + f"{n % 50 + 40:02d}") if header in ("NIP", "NIP_BARU") else new or None
                    if new == "=1+1":
                        cell.data_type = "s"
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


def grid(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)


def write(path: Path, rows: list[list[object]], name: str = "Gabungan") -> Path:
    """A sheet that somebody made by hand: values only."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell not in ("", None):
                    (sheet.write_string if isinstance(cell, str) else sheet.write_number)(i, j, cell)
    return path


def as_libreoffice(source: Path, target: Path) -> Path:
    """The parts as LibreOffice leaves them: shared strings, no defined names, no drop-downs, no hidden state, its own name."""
    texts: dict[str, int] = {}

    def shared(found: re.Match[str]) -> str:
        return f'{found[1]}t="s"{found[2]}><v>{texts.setdefault(found[3], len(texts))}</v></c>'

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        assert "xl/sharedStrings.xml" not in old.namelist()
        for entry in sorted(old.namelist(), key=lambda name: "worksheets" not in name):
            data = old.read(entry).decode() if entry.endswith((".xml", ".rels")) else old.read(entry)
            if entry.startswith("xl/worksheets/sheet"):
                data = re.sub(r'(<c [^>]*?)t="inlineStr"([^>]*)><is>(.*?)</is></c>', shared, data, flags=re.S)
                data = re.sub(r"<dataValidations.*?</dataValidations>|<sheetProtection[^>]*/>|<printOptions[^>]*/>", "", data, flags=re.S)
            if entry == "xl/workbook.xml":
                data = re.sub(r"<definedNames>.*?</definedNames>", "", data, flags=re.S).replace('state="veryHidden"', 'state="visible"')
            if entry == "docProps/app.xml":
                data = re.sub(r"<Application>.*?</Application>", "<Application>LibreOffice/7.4</Application>", data)
            if entry == "[Content_Types].xml":
                data = data.replace("</Types>", '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
                                    'officedocument.spreadsheetml.sharedStrings+xml"/></Types>')
            if entry == "xl/_rels/workbook.xml.rels":
                data = data.replace("</Relationships>", '<Relationship Id="rIdS" Target="sharedStrings.xml" Type="http://schemas.'
                                    'openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>')
            new.writestr(entry, data)
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{"".join(f"<si>{t}</si>" for t in texts)}</sst>')
    return target
