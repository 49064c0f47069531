"""A page with every block and chart, on ordinary and on awkward invented data: `python tests/browser/gallery.py OUT.html [en]`."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.blocks import Dim, Rung
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language
from evalkit.report import shell

PREDIKAT = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
LONG = "Dinas Pemberdayaan Perempuan, Perlindungan Anak, Pengendalian Penduduk, dan Keluarga Berencana"


def distribution(counts: tuple[int, ...], missing: int) -> pd.DataFrame:
    rated = sum(counts)
    return pd.DataFrame(
        {
            "scope": "city",
            "scope_id": "",
            "period": "2026-Q3",
            "predikat": PREDIKAT,
            "n": counts,
            "rated": rated,
            "expected": rated + missing,
            "missing": missing,
        }
    )


def history(shares: list[float], high: float, periods: list[str] | None = None) -> pd.DataFrame:
    names = periods or ["2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]
    past = np.array(shares[:-1], float)
    past = past[~np.isnan(past)]
    reach = 2.66 * np.abs(np.diff(past)).mean()
    low, up = max(0.0, past.mean() - reach), min(1.0, past.mean() + reach)
    return pd.DataFrame(
        {
            "period": names,
            "share": shares,
            "share_high": [*shares[:-1], high],
            "centre": past.mean(),
            "lower": low,
            "upper": up,
            "outside": [not low <= s <= up for s in shares],
            "count": [round(6500 * np.nan_to_num(s)) for s in shares],
            "expected": 6500,
            "missing": 0,
        }
    )


RULES = {
    "istimewa": [("sangat_baik", "majority", None), ("sangat_baik", "max", 0.7)],
    "baik": [("baik", "majority", None), ("baik", "max", 0.7), ("butuh_perbaikan+kurang", "any", None)],
    "butuh_perbaikan": [("sangat_baik", "max", 0.1), ("butuh_perbaikan", "min", 0.6)],
}


def pattern(units: list[tuple[str, str, dict[str, int], int]]) -> pd.DataFrame:
    rows = []
    for scope, predikat, counts, n in units:
        for i, (counted, bound, share) in enumerate(RULES[predikat]):
            k = sum(counts.get(c, 0) for c in counted.split("+"))
            met = {"majority": 2 * k > n, "max": k <= (share or 0) * n, "min": k >= (share or 0) * n, "any": k > 0}[bound]
            rows.append(
                {
                    "scope_id": scope,
                    "period": "2026-Q3",
                    "rule": f"{predikat}-{i}",
                    "unit_predikat": predikat,
                    "counted": counted,
                    "count": k,
                    "n_rated": n,
                    "limit_share": share,
                    "bound": bound,
                    "met": met,
                }
            )
    return pd.DataFrame(rows)


def city_units(n: int, seed: int = 1) -> list[tuple[str, str, dict[str, int], int]]:
    rng = np.random.default_rng(seed)
    out = []
    for i in range(n):
        size = int(rng.integers(20, 400))
        above = int(rng.binomial(size, 0.11))
        predikat = "istimewa" if i % 11 == 0 else "butuh_perbaikan" if i == 5 else "baik"
        out.append((f"u{i:02d}", predikat, {"sangat_baik": above, "baik": size - above}, size))
    return out


def steps(days: int, expected: int, end: int) -> pd.DataFrame:
    first = date(2026, 9, 28)
    rated = np.round(end * (1 - np.exp(-np.arange(1, days + 1) / 4)) / (1 - np.exp(-days / 4))).astype(int)
    return pd.DataFrame({"day": [first + timedelta(days=i) for i in range(days)], "rated": rated, "expected": expected})


def use(teams: list[tuple[int, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(teams, columns=["n", "n_sangat_baik", "n_below"])


def build(language: Language = "id") -> str:
    page = Page(language, owner="Pemerintah Kota Contoh · BKPPD", state="Draf, data per 12 Oktober 2026", mark="Internal: pimpinan")
    out = [
        page.title(
            "Galeri blok" if language == "id" else "Gallery of blocks", ["Juli–September 2026 (Triwulan III)", "6.500 pegawai", LONG]
        ),
        page.verdict("5.645 dari 6.500 pegawai (86,8%) berpredikat Baik; tidak ada perubahan di luar variasi biasa.", 4, "Semua dihitung."),
        page.tiles(
            [
                ("Baik", "86,8%", "5.645 pegawai"),
                ("Sangat Baik", "11,4%", "paling banyak 12,9%"),
                ("Di bawah Baik", "19", "pegawai"),
                ("Unit sesuai pola", "1 dari 43", "SE MenPANRB 3/2023"),
            ]
        ),
        page.strip("Siapa belum dinilai?", "96 pegawai, 17 unit; tenggat 14 Oktober", unconfirmed=True, link=("Monitor", "monitor.html")),
        page.figure(
            charts.composition(distribution((740, 5645, 11, 5, 3), 96), language=language),
            id="g-hasil",
            role="descriptive",
            head="Hampir sembilan dari sepuluh pegawai berpredikat Baik",
            desc="Jumlah dan persentase",
            note="Catatan.",
        ),
        page.actions([("Selesaikan 96 penilaian.", "Kepala unit, sebelum 14 Oktober"), ("Bahas bukti.", "")]),
        page.question("s-waktu", "Apakah hasilnya berubah?", "Tidak terlihat.", short="Perubahan"),
        page.figure(
            charts.control_chart(history([0.104, 0.112, 0.108, 0.115, 0.110, 0.117, 0.111, 0.114], 0.129), language=language),
            id="g-waktu",
            role="inferential",
            head="Triwulan ini tetap di dalam variasi biasa",
            desc="Persentase Sangat Baik per triwulan",
        ),
        page.question("s-pola", "Apakah hasil sesuai dengan capaian unitnya?", "Hampir tidak pernah.", short="Pola unit"),
        page.figure(charts.unit_pattern(pattern(city_units(43)), language=language), id="g-pola", role="descriptive", head="Pola"),
        page.figure(
            charts.progress(steps(12, 6500, 6404), date(2026, 10, 14), language=language), id="g-laju", role="descriptive", head="Laju"
        ),
        page.figure(
            charts.people_by_evaluator(use([(12, 3, 0), (15, 0, 1), (9, 1, 0), (44, 6, 2), (5, 5, 0)]), language=language),
            id="g-penilai",
            role="descriptive",
            head="Pemakaian predikat",
        ),
        page.figure(
            charts.category_bar(
                pd.DataFrame({"label": ["satu predikat", "dua", "tiga"], "n": [140, 310, 30]}), counted="penilai", language=language
            ),
            id="g-pakai",
            role="descriptive",
            head="Pakai",
        ),
        page.figure(
            charts.entropy(pd.DataFrame({"label": ["kota"], "entropy": [0.58]}), language=language),
            id="g-entropi",
            role="descriptive",
            head="Entropi",
        ),
        page.question("s-tabel", "Tabel apa saja?", "Empat macam.", rung=0),
        page.table(
            pd.DataFrame(
                {
                    "unit": ["Bagian Hukum", LONG, "RSUD Kota"],
                    "kind": ["Sekretariat", "Dinas", "Dinas"],
                    "own": ["", "", "Istimewa"],
                    "n": [18, 49, 712],
                    "low": [0.111, 0.2, 0.119],
                    "high": [0.111, 0.31, 0.14],
                    "sign": ["yes", "usual", "attention"],
                    "word": ["sesuai", "Baik > 70%", "gagal"],
                    "href": ["", "../units/dinas/evaluation.html", None],
                }
            ),
            [
                Col("unit", "Unit", href="href", beside="own"),
                Col("n", "Pegawai", "count"),
                Col("low", "%", "bounds", high="high", digits=1, optional=True),
                Col("low", "0–50%", "micro", high="high", top=0.5, optional=True),
                Col("word", "Pola", "status", sign="sign"),
            ],
            id="t-unit",
            role="descriptive",
            head="Semua unit",
            groups="kind",
            dense=True,
            total={"unit": "Kota", "n": 779, "low": 0.12, "high": 0.14},
            note="Catatan tabel.",
        ),
        page.quadrant(
            pd.DataFrame(
                {"hasil_kerja": ["di_atas", "sesuai", "di_bawah"], "perilaku_kerja": ["di_atas", "sesuai", "di_bawah"], "n": [740, 5393, 3]}
            ),
            id="t-selaras",
            role="descriptive",
            head="Dua penilaian resmi, disilangkan",
        ),
        page.quadrant(
            pd.DataFrame(
                [(h, p, "baik") for h in ("di_atas", "sesuai", "di_bawah") for p in ("di_atas", "sesuai", "di_bawah")],
                columns=["hasil_kerja", "perilaku_kerja", "predikat"],
            ),
            id="t-kuadran",
            head="Kuadran",
            here=("sesuai", "sesuai"),
        ),
        page.table(
            pd.DataFrame({"q": ["Berapa pegawai per predikat?"], "role": ["hitungan"], "level": [4], "why": ["Semua dihitung"]}),
            [Col("q", "Pertanyaan"), Col("role", "Jenis"), Col("level", "Kekuatan bukti", "strength"), Col("why", "Alasan", optional=True)],
            id="t-bukti",
            head="Kekuatan bukti",
        ),
        page.question("s-tiga", "Produktif, berintegritas, berkomitmen?", "Hanya produktivitas yang diukur.", rung=2, withheld=True),
        page.dims(
            [
                Dim("Produktivitas", "834 di atas ekspektasi", "Penilaian hasil kerja.", "Sumber: hasil kerja"),
                Dim("Integritas", "", "Ekspor hanya memuat satu penilaian perilaku.", "Diperlukan: butir Akuntabel"),
                Dim("Komitmen", "", "Tidak ada butir perilaku.", "Diperlukan: butir Loyal"),
            ],
            "Pemetaan adalah alat bantu analisis.",
        ),
        page.ladder(
            [
                Rung(0, "open", "Satu periode, dua penilaian resmi", "siapa belum dinilai", "keketatan, bias", "98,5% masuk"),
                Rung(1, "partly", "Beberapa periode", "hasil yang terbawa", "apa pun tentang satu penilai", "delapan triwulan"),
                Rung(2, "not_yet", "Penilai berganti", "akibat pergantian", "keketatan penilai tertentu", "41 tim"),
            ],
            "anak tangga 2.",
            head="Data dinas mencapai anak tangga 1",
            desc="Tangga bukti",
        ),
        page.cannot(
            "siapa yang keras menilai", "Setiap pegawai hanya punya satu penilai.", "enam contoh kasus bersama, 1,5 jam per penilai."
        ),
        page.question("s-sulit", "Data yang canggung?", "Tetap terbaca.", short="Data canggung"),
    ]
    out += awkward(page, language)
    out += [
        page.question("s-data", "Data, istilah, dan jejak", "Sumber: ekspor e-Kinerja BKN dan SIASN."),
        page.terms(["role", "bound", "usual", "entropy", "pattern", "concordance", "population", "range", "mde"]),
        page.trace({"laporan": "galeri", "rilis": "draf", "benih": 2026, "sidik irisan": "4f1c 09ab 77e2"}),
    ]
    return shell.render(
        "".join(str(b) for b in out),
        title="Galeri blok, Triwulan III 2026",
        language=language,
        owner="Pemerintah Kota Contoh · BKPPD",
        state="Draf, data per 12 Oktober 2026",
        mark="Internal: pimpinan",
    )


def awkward(page: Page, language: Language) -> list[object]:
    made = {
        "semua-baik": charts.composition(distribution((0, 12, 0, 0, 0), 0), language=language),
        "semua-sb": charts.composition(distribution((6500, 0, 0, 0, 0), 0), language=language),
        "belum": charts.composition(distribution((0, 0, 0, 0, 0), 40), language=language),
        "banyak-rendah": charts.composition(distribution((10, 500, 120, 60, 4), 700), language=language),
        "empat-puluh": charts.composition(distribution((3, 4000, 25, 10, 5), 3000), language=language),
        "nasional": charts.composition(distribution((512_345, 3_645_678, 8123, 1234, 99), 123_456), language=language),
        "kecil": charts.composition(distribution((2, 7, 1, 0, 0), 1), language=language),
        "luar": charts.control_chart(history([0.104, 0.112, 0.108, 0.115, 0.110, 0.117, 0.111, 0.164], 0.164), language=language),
        "tetap": charts.control_chart(history([0.0] * 8, 0.0), language=language),
        "celah": charts.control_chart(history([0.5, 0.52, float("nan"), 0.55, 0.49, 0.61, 0.51, 0.98], 0.995), language=language),
        "bulan": charts.control_chart(
            history([0.1 + 0.01 * (i % 3) for i in range(24)], 0.2, [f"{2025 + i // 12}-{i % 12 + 1:02d}" for i in range(24)]),
            language=language,
        ),
        "satu-unit": charts.unit_pattern(pattern([("u1", "baik", {"baik": 9, "sangat_baik": 1}, 10)]), focus="u1", language=language),
        "enam-puluh": charts.unit_pattern(pattern([(f"u{i}", "baik", {"baik": 20}, 20) for i in range(60)]), focus="u3", language=language),
        "laju-satu": charts.progress(steps(1, 5, 2), date(2026, 10, 14), language=language),
        "laju-lewat": charts.progress(steps(40, 128_000, 128_000), date(2026, 10, 14), language=language),
        "laju-lama": charts.progress(steps(75, 19, 0), date(2026, 10, 7), language=language),  # the deadline is long past: far to the left
        "laju-nol": charts.progress(steps(9, 300, 0), None, language=language),
        "penilai-banyak": charts.people_by_evaluator(use([(3 + i % 9, i % 4, i % 17 == 0) for i in range(52)]), language=language),
        "skala": charts.bars(
            pd.DataFrame({"label": [f"{i / 2:.1f}" for i in range(13)], "n": [0, 1, 0, 4, 12, 90, 340, 812, 1204, 640, 88, 7, 0]}),
            counted="penilaian",
            language=language,
        ),
        "skala-kata": charts.bars(pd.DataFrame({"label": [LONG, "b"], "n": [1, 1_250_000]}), counted="penilaian", language=language),
        "satu-kata": charts.category_bar(
            pd.DataFrame({"label": ["satu predikat", "dua"], "n": [1, 0]}), counted="penilai", language=language
        ),
        "tujuh": charts.category_bar(
            pd.DataFrame({"label": [LONG, *"abcdef"], "n": [3000, 9, 8, 7, 6, 5, 4]}), counted="pegawai", language=language
        ),
        "tipis": charts.category_bar(
            pd.DataFrame({"label": ["satu predikat", "dua predikat", "tiga predikat"], "n": [997, 2, 1]}),
            counted="penilai",
            language=language,
        ),
        "entropi-nol": charts.entropy(pd.DataFrame({"label": ["unit ini", "kota", LONG], "entropy": [0.0, 0.02, 2.3]}), language=language),
    }
    return [page.figure(chart, id=f"g-{name}", role="descriptive", head=f"Data canggung: {name}") for name, chart in made.items()]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(build("en" if "en" in sys.argv[2:] else "id"), encoding="utf-8")
