"""`disaggregate_sql`: 20 million ratings by three attributes and their intersections, against the same grouping sets in plain SQL.

The peer counts the same cells by hand-written GROUPING SETS; it fills no empty cell, names no reason and has no interval. A row is a
rating and its key was checked when it was stored, so neither side looks for people who stand twice.
"""

from __future__ import annotations

import tempfile
from itertools import combinations
from pathlib import Path

import duckdb

from tests.benchmarks.measure import Figure, alternated

ATTRIBUTES = ("sex", "employment", "post_type")
SETS = [c for size in (2, 3) for c in combinations(ATTRIBUTES, size)]
_SETS = ", ".join(f"({', '.join(s)})" for s in [(), *((a,) for a in ATTRIBUTES), *SETS])
_OURS = (f"out = disaggregate(c.read_parquet(file), attributes={list(ATTRIBUTES)}, outcome='top', intersections={[list(s) for s in SETS]}, "
         "person=None, role='inferential')")


def write_people(path: Path, rows: int, seed: float = 0.3) -> None:
    """Write ratings with three attributes, one in fifty unknown, and an outcome that one in fifty lacks."""
    with duckdb.connect() as connection:
        connection.execute(f"set threads = 1; select setseed({seed})")  # one thread: the seed gives the same rows each time
        connection.execute(f"""copy (select case when random() < 0.02 then null when random() < 0.46 then 'L' else 'P' end as sex,
            (['pns', 'pns', 'pppk', 'pppk_paruh_waktu', null])[1 + least(4, floor(random() * 5))::int] as employment,
            (['guru', 'jft', 'jfu', 'pelaksana', 'struktural', 'tenaga_kesehatan', null])[1 + least(6, floor(random() * 7))::int] as post_type,
            case when random() < 0.02 then null else random() < 0.11 end as top
            from range({rows})) to '{path.as_posix()}' (format parquet)""")


def plain(path: Path) -> str:
    """Give the peer's query."""
    return (f"select {', '.join(ATTRIBUTES)}, grouping_id({', '.join(ATTRIBUTES)}) as level, count(*) as n, count(top) as rated, "
            f"count(*) filter (top) as count from read_parquet('{path.as_posix()}') group by grouping sets ({_SETS})")


def run(rows: int = 20_000_000, runs: int = 3) -> list[dict[str, object]]:
    """Time both in fresh processes, in turn; `ratio` is ours over plain SQL."""
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        path = Path(folder) / "people.parquet"
        write_people(path, rows)
        opened = f"import duckdb; c = duckdb.connect(); c.execute(\"set memory_limit = '1000MB'\"); file = {path.as_posix()!r}\n"
        found = alternated({"ours": (opened + "from evalkit.fairness.disaggregate import disaggregate", _OURS),
                            "plain": (opened, f"out = c.sql({plain(path)!r}).to_arrow_table()")}, runs)
    return [_line(rows, found["ours"], found["plain"])]


def _line(rows: int, ours: Figure, peer: Figure) -> dict[str, object]:
    return {"name": "disaggregate_sql", "rows": rows, "seconds": round(ours.seconds, 3), "peak_mb": round(ours.peak_mb, 1),
            "ratio": round(ours.seconds / peer.seconds, 3), "plain_seconds": round(peer.seconds, 3), "plain_peak_mb": round(peer.peak_mb, 1)}
