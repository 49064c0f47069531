"""`score_twenty_million`: quadrant, distribution and differentiation of a nation's appraisals, against plain DuckDB SQL.

The peer is the same group-by on the same keys, written by hand: it counts and computes nothing else.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from tests.benchmarks.measure import Figure, alternated

_RATINGS = "['di_atas', 'sesuai', 'di_bawah']"
# the shares of the national table, and one in fifty not rated
_PREDIKAT = ("case when u < 0.02 then null when u < 0.13 then 'sangat_baik' when u < 0.997 then 'baik' "
             "when u < 0.998 then 'butuh_perbaikan' when u < 0.999 then 'kurang' else 'sangat_kurang' end")
_CASES = """case when hasil_kerja = 'di_atas' and perilaku_kerja = 'di_atas' then 'sangat_baik'
 when hasil_kerja in ('di_atas', 'sesuai') and perilaku_kerja in ('sesuai', 'di_atas') then 'baik'
 when hasil_kerja in ('di_atas', 'sesuai') and perilaku_kerja = 'di_bawah' then 'kurang'
 when hasil_kerja = 'di_bawah' and perilaku_kerja = 'di_bawah' then 'sangat_kurang'
 when hasil_kerja = 'di_bawah' and perilaku_kerja in ('sesuai', 'di_atas') then 'butuh_perbaikan' end"""
_OURS = {
    "quadrant": "(score_quadrant(table).aggregate('predikat_quadrant, contradicts, count(*) as n').to_arrow_table())",
    "distribution": "distribution(table, ['unit_id', 'period']).to_arrow_table()",
    "differentiation": "differentiation(table, ['rated_by_id', 'period']).to_arrow_table()",
}
_SUMS = ", ".join(f"count(*) filter (predikat = '{word}') as {word}" for word in
                  ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"))
_PLAIN = {
    "quadrant": f"select {_CASES} as q, coalesce(q <> predikat, false) as contradicts, count(*) as n from {{file}} group by all",
    "distribution": "select unit_id, period, predikat, count(*) as n from {file} group by all",
    "differentiation": f"select rated_by_id, period, {_SUMS}, count(*) as n from {{file}} group by all",
}


def write_appraisals(path: Path, rows: int, seed: float = 0.3) -> None:
    """Write appraisals of eight quarters, some six people an evaluator and quarter, in no order."""
    evaluators, units = max(rows // 50, 1), max(rows // 2000, 1)
    with duckdb.connect() as connection:
        connection.execute(f"set threads = 1; select setseed({seed})")  # one thread: the seed gives the same rows each time
        connection.execute(f"""copy (select {_PREDIKAT} as predikat,
            {_RATINGS}[1 + least(2, floor(random() * 3))::int] as hasil_kerja,
            {_RATINGS}[1 + least(2, floor(random() * 3))::int] as perilaku_kerja,
            'p' || floor(random() * {evaluators})::int as rated_by_id, 'u' || floor(random() * {units})::int as unit_id,
            '202' || (5 + floor(random() * 2))::int || '-Q' || (1 + floor(random() * 4))::int as period
            from (select random() as u from range({rows}))) to '{path.as_posix()}' (format parquet)""")


def pieces(path: Path) -> dict[str, tuple[str, str]]:
    """Give setup and timed code of each figure: ours and, under `plain_...`, the peer."""
    opened = f"import duckdb; c = duckdb.connect(); c.execute(\"set memory_limit = '1000MB'\"); file = {path.as_posix()!r}\n"
    library = ("from evalkit.scoring.quadrant import score_quadrant\nfrom evalkit.scoring.distribution import distribution\n"
               "from evalkit.scoring.differentiation import differentiation\n")
    found = {}
    for name, call in _OURS.items():
        query = _PLAIN[name].format(file=f"read_parquet('{path.as_posix()}')")
        found[name] = (opened + library, f"table = c.read_parquet(file); out = {call}")
        found[f"plain_{name}"] = (opened, f"out = c.sql({query!r}).to_arrow_table()")
    return found


def run(rows: int = 20_000_000, runs: int = 3) -> list[dict[str, object]]:
    """Time all in fresh processes, in turn; `ratio` is ours over plain SQL, the first line over the three together."""
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        path = Path(folder) / "appraisals.parquet"
        write_appraisals(path, rows)
        found = alternated(pieces(path), runs)
    ours, plain = {n: found[n] for n in _OURS}, {n: found[f"plain_{n}"] for n in _OURS}
    total = _line("score_twenty_million", rows, _together(ours), _together(plain))
    return [total, *(_line(f"score_twenty_million_{name}", rows, ours[name], plain[name]) for name in _OURS)]


def _together(figures: dict[str, Figure]) -> Figure:
    return Figure(sum(f.seconds for f in figures.values()), max(f.peak_mb for f in figures.values()))


def _line(name: str, rows: int, ours: Figure, plain: Figure) -> dict[str, object]:
    return {"name": name, "rows": rows, "seconds": round(ours.seconds, 3), "peak_mb": round(ours.peak_mb, 1),
            "ratio": round(ours.seconds / plain.seconds, 3), "plain_seconds": round(plain.seconds, 3),
            "plain_peak_mb": round(plain.peak_mb, 1)}
