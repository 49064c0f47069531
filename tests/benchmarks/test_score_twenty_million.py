"""The benchmark at a hundredth of its size: the same rows in, the same counts out as plain SQL, and its figures."""

import duckdb
import pytest

from evalkit.scoring.differentiation import differentiation
from evalkit.scoring.distribution import distribution
from evalkit.scoring.quadrant import score_quadrant
from tests.benchmarks import score_twenty_million as bench

ROWS = 200_000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("bench") / "appraisals.parquet"
    bench.write_appraisals(file, ROWS)
    return file


def _plain(connection, name, path):
    return connection.sql(bench._PLAIN[name].format(file=f"read_parquet('{path.as_posix()}')"))


def test_quadrant_is_the_peers(path):
    with duckdb.connect() as connection:
        ours = score_quadrant(connection.read_parquet(str(path))).aggregate("predikat_quadrant, contradicts, count(*) as n").fetchall()
        assert sorted(ours) == sorted(_plain(connection, "quadrant", path).fetchall())
        assert sum(row[2] for row in ours) == ROWS


def test_distribution_is_the_peers(path):
    with duckdb.connect() as connection:
        counted = distribution(connection.read_parquet(str(path)), ["unit_id", "period"])
        ours = counted.filter("n > 0").project("unit_id, period, predikat, n")
        plain = _plain(connection, "distribution", path).filter("predikat is not null")
        assert sorted(ours.fetchall()) == sorted(plain.fetchall())


def test_differentiation_is_the_peers(path):
    columns = "rated_by_id, period, sangat_baik, baik, butuh_perbaikan, kurang, sangat_kurang, n_rows"
    with duckdb.connect() as connection:
        ours = differentiation(connection.read_parquet(str(path)), ["rated_by_id", "period"]).project(columns)
        assert sorted(ours.fetchall()) == sorted(_plain(connection, "differentiation", path).fetchall())


def test_figures():
    lines = bench.run(rows=ROWS, runs=1)
    assert lines[0]["name"] == "score_twenty_million"
    assert len(lines) == 4
    assert all(line["seconds"] > 0 and line["ratio"] > 0 and line["peak_mb"] < 2048 for line in lines)
