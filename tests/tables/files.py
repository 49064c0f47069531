"""Files of an office for tests, written in every form in which such files come: workbook, text, a page that calls itself xls."""

from __future__ import annotations

import csv
import html
import io
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from evalkit.instruments.layout import load_layouts

TITLE = ("Laporan Penilaian SKP Periode Triwulan III Tahun 2026", "Instansi Pemerintah Kota Contoh", "Periode : Triwulan III",
         "Unor Induk : ALL", "Unor : ALL", "Data ditarik pada : 12/10/2026, 07.15.22")
SUPERIOR = str(uuid.UUID(int=7))


def identity(n: int) -> str:
    """An id as e-Kinerja writes it."""
    return str(uuid.UUID(int=1000 + n))


def nip(n: int) -> str:
    """A NIP by its rule; invented: the serial lies in the 900s."""
    return f"19{70 + n % 20}{1 + n % 12:02d}{1 + n % 12:02d}201{n % 10}0{1 + n % 9}{1 + n % 2}{900 + n % 100}"


def appraisal(n: int, **changed: Any) -> dict[str, Any]:
    """A row of a Laporan Penilaian by its headers; `changed` overrides cells."""
    row: dict[str, Any] = {
        "jenis": 1.0, "id": identity(n), "nip": nip(n), "nama": f"ORANG CONTOH {n}", "periode_awal_skp": "2026-01-01",
        "periode_akhir_skp": "2026-12-31", "skp_unor_id": identity(500), "skp_unor": "BIDANG CONTOH", "skp_unor_induk": "DINAS CONTOH",
        "skp_jabatan": "PENELAAH TEKNIS KEBIJAKAN", "skp_jenis_jabatan": 4.0, "is_skp_plt_plh_pjb": 0.0,
        "hasil_kerja": "SESUAI EKSPEKTASI", "perilaku_kerja": "SESUAI EKSPEKTASI", "hasil_akhir": "BAIK", "pegawai_atasan_id": SUPERIOR,
        "pegawai_atasan_nip": nip(99), "pegawai_atasan_nama": "ATASAN CONTOH", "pegawai_atasan_unor_id": identity(500),
        "pegawai_atasan_unor": "BIDANG CONTOH", "pegawai_atasan_jabatan": "KEPALA BIDANG", "pegawai_atasan_golru": "IV/a",
        "waktu_dinilai": "2026-10-03 10:00:00", "pegawai_penilai_id": SUPERIOR, "tahun_skp": 2026.0, "skp_id": identity(2000 + n),
        "periode_id": identity(501), "skp_penilaian_id": identity(3000 + n), "golru": "III/b", "jenis_pegawai": "pns"}
    return {**row, **changed}


def employee(n: int, **changed: Any) -> dict[str, Any]:
    """A row of a SIASN export by its headers; private columns are filled, to see that they never come out."""
    number = nip(n)
    row: dict[str, Any] = dict.fromkeys(load_layouts()["siasn-pegawai"].headers, "")
    row |= {"PNS ID": identity(n).replace("-", "").upper(), "NIP BARU": "'" + number, "NAMA": f"ORANG CONTOH {n}",
            "TANGGAL LAHIR": f"{number[6:8]}-{number[4:6]}-{number[:4]}", "JENIS KELAMIN": "M" if number[14] == "1" else "F",
            "AGAMA NAMA": "RAHASIA-AGAMA", "JENIS KAWIN NAMA": "RAHASIA-KAWIN", "NIK": "'5371000000000000", "NOMOR HP": "RAHASIA-HP",
            "ALAMAT": "RAHASIA-ALAMAT", "NPWP NOMOR": "RAHASIA-NPWP", "BPJS": "RAHASIA-BPJS", "EMAIL": "RAHASIA-EMAIL",
            "JENIS PEGAWAI NAMA": "PNS Daerah Kab/Kota yang bekerja pada Kab/Kota", "KEDUDUKAN HUKUM NAMA": "Aktif",
            "TMT CPNS": "01-03-2012", "GOL AKHIR NAMA": "III/b", "TMT GOLONGAN": "01-04-2023", "JENIS JABATAN ID": 4.0,
            "JABATAN NAMA": "PENGADMINISTRASI PERKANTORAN", "TMT JABATAN": "01-01-2024", "TINGKAT PENDIDIKAN NAMA": "S-1/Sarjana",
            "UNOR ID": identity(500).replace("-", "").upper(), "UNOR NAMA": "DINAS CONTOH", "SATUAN KERJA KERJA NAMA": "DINAS CONTOH"}
    return {**row, **changed}


def grid(rows: Sequence[Mapping[str, Any]], headers: Sequence[str], title: Sequence[str] = (), blank: int = 0) -> list[list[Any]]:
    """Title rows, blank rows, the header, the data."""
    return [[t] for t in title] + [[] for _ in range(blank)] + [list(headers)] + [[row.get(h, "") for h in headers] for row in rows]


def write_xlsx(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], merged: Sequence[tuple[int, int, int, int]] = ()) -> Path:
    """Write sheets of typed cells; `merged` ranges (first row, first column, last row, last column) are of the first."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(i, j, value)
                    elif value is not None:
                        sheet.write(i, j, value)
        for top, left, bottom, right in merged:
            book.worksheets()[0].merge_range(top, left, bottom, right, next(iter(sheets.values()))[top][left])
    return path


def as_text(value: Any) -> str:
    """A cell as a text file holds it."""
    return "" if value is None else str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def write_csv(path: Path, rows: Sequence[Sequence[Any]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write a text file."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows([[as_text(v) for v in row] for row in rows])
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def write_page(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> Path:
    """Write a web page with one table, as programs do that call it xls."""
    width = max(len(row) for row in rows)
    body = "".join("<tr>" + (f'<td colspan="{width}">{html.escape(as_text(row[0]))}</td>' if len(row) == 1 else
                             "".join(f"<td>{html.escape(as_text(v)).replace(' ', '&nbsp;')}</td>" for v in row)) + "</tr>" for row in rows)
    head = f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="{encoding}"></head>'
    page = f"{head}<body><table>{body}</table></body></html>"
    path.write_bytes(page.encode(encoding))
    return path
