"""The benchmark at a hundredth of its size: the same cells and counts as plain SQL, and its figures."""

import duckdb
import pandas as pd

from evalkit.fairness.disaggregate import BETWEEN, UNKNOWN, disaggregate
from tests.benchmarks import disaggregate_sql as bench

ROWS = 200_000


def test_every_cell_is_the_peers(tmp_path):
    path = tmp_path / "people.parquet"
    bench.write_people(path, ROWS)
    with duckdb.connect() as connection:
        ours = disaggregate(connection.read_parquet(str(path)), attributes=bench.ATTRIBUTES, outcome="top", intersections=bench.SETS, person=None)
        plain = connection.sql(bench.plain(path)).fetchall()
    counted = {}
    for *values, level, n, rated, count in plain:
        used = [i for i in range(3) if not level >> (2 - i) & 1]
        group = BETWEEN.join(values[i] or UNKNOWN for i in used) or "total"
        counted[BETWEEN.join(bench.ATTRIBUTES[i] for i in used), group] = (n, rated, count)
    found = {(r.attribute, r.group): (r.n, r.rated, r.cases) for r in ours.rename(columns={"count": "cases"}).itertuples()}
    assert found == counted
    assert len(found) == 1 + 3 + 4 + 7 + 12 + 21 + 28 + 84
    assert pd.Series([n for n, _, _ in found.values()]).sum() == 8 * ROWS


def test_figures():
    (line,) = bench.run(rows=ROWS, runs=1)
    assert line["name"] == "disaggregate_sql"
    assert line["seconds"] > 0
    assert line["ratio"] > 0
    assert line["peak_mb"] < 2048
