"""`clustering_test`: permutations of a city of 6,500 people by 8 quarters against a pandas loop of the same test; and a nation."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.raters.official import outcome_of
from evalkit.raters.pairs import pair_design, pair_draws
from tests.benchmarks.measure import fresh
from tests.calibration.designs import city

DRAWS, SLOW_DRAWS, RUNS = 10_000, 20, 3
_STRATA = ["opd_id", "post_type"]
_NATION = """
import numpy as np, pandas as pd
from evalkit.raters.clustering import clustering_test
rng = np.random.default_rng(1)
sizes = rng.multinomial(4_700_000 - 650_000, np.full(650_000, 1 / 650_000)) + 1
team = np.repeat(np.arange(650_000), sizes)
rows = pd.DataFrame({"person_id": np.arange(len(team)), "period": "2026-Q3", "rater_id": team, "opd_id": team // 25,
                     "post_type": rng.integers(0, 3, len(team)), "predikat": np.where(rng.random(len(team)) < 0.11, "sangat_baik", "baik")})
"""


def rows_of_a_city() -> pd.DataFrame:
    """Give 6,500 people under some 1,350 evaluators in 8 quarters."""
    return city(np.random.default_rng(1), units=45, teams=30, size=(2, 7), periods=8, severity_sd=0.3, turnover=0.02)


def pandas_loop(rows: pd.DataFrame, draws: int, rng: np.random.Generator) -> list[int]:
    """Do the same test as one would write it: whole people exchanged within strata, counts by groupby."""
    who = rows.groupby("person_id")
    key = who.apply(lambda p: tuple(zip(p["period"], p["opd_id"], p["post_type"], strict=True)))
    people = pd.DataFrame({"key": pd.factorize(key)[0], "person_id": key.index})
    wide = rows.assign(y=outcome_of(rows, "sangat_baik")).pivot_table(index="person_id", columns="period", values="y", aggfunc="first")
    found = []
    for _ in range(draws):
        people["source"] = people.groupby("key")["person_id"].transform(lambda p: rng.permutation(p.to_numpy()))
        moved = pd.DataFrame(wide.loc[people["source"]].to_numpy(), index=people["person_id"], columns=wide.columns)
        long = moved.melt(ignore_index=False, value_name="y").reset_index()
        counts = rows.merge(long, on=["person_id", "period"]).groupby(["rater_id", "period"])["y"].sum().astype(int)
        found.append(int((counts * (counts - 1) // 2).sum()))
    return found


def run() -> list[dict[str, float | str | int]]:
    """Measure both in turn in CPU seconds; `ratio` is the loop over ours, per permutation (at least 50).

    The loop is run for 20 permutations and scaled to one, its preparation left out; ours is run for all 10,000. The nation (4.7 million
    people under 650,000 evaluators, one period) runs once in a fresh process a method, with the error of its p beside it.
    """
    rows, fast, slow = rows_of_a_city(), [], []
    for turn in range(RUNS):
        start = time.process_time()
        design = pair_design(rows, outcome_of(rows, "sangat_baik"), strata=_STRATA, exchange="people")
        pair_draws(design, DRAWS, np.random.default_rng(turn))
        fast.append(time.process_time() - start)
        slow.append(_loop_seconds(rows, turn))
    seconds, loop = statistics.median(fast), statistics.median(slow)
    found: list[dict[str, float | str | int]] = [
        {"name": "clustering_test", "cpu_seconds": round(seconds, 3), "people": int(rows["person_id"].nunique()), "ratings": len(rows),
         "permutations": DRAWS, "loop_cpu_seconds_each": round(loop, 4), "loop_permutations": SLOW_DRAWS,
         "ratio": round(loop / (seconds / DRAWS), 1)}]
    return found + [_nation(*method) for method in (("exact moments", "method='moments'"), ("200 draws", "draws=200"))]


def _nation(name: str, words: str) -> dict[str, float | str | int]:
    """Run the nation once; the error of p comes back through a file, since the process prints its own figures."""
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        note = Path(folder) / "note.json"
        code = (f"cpu = time.process_time(); found = clustering_test(rows, {words}).set_index('measure'); "
                f"open({str(note)!r}, 'w').write(json.dumps([time.process_time() - cpu, float(found.loc['clustering_p_error', 'estimate'])]))")
        one = fresh(code, _NATION)
        cpu, error = json.loads(note.read_text())
    return {"name": "clustering_test_nation", "method": name, "seconds": round(one.seconds, 2), "cpu_seconds": round(cpu, 2),
            "error_of_p": round(error, 5), "peak_mb": round(one.peak_mb, 1)}


def _loop_seconds(rows: pd.DataFrame, seed: int) -> float:
    """CPU seconds of one permutation of the loop, its preparation left out: two lengths, and the difference of their times."""
    rng, times = np.random.default_rng(seed), []
    for draws in (1, 1 + SLOW_DRAWS):
        start = time.process_time()
        pandas_loop(rows, draws, rng)
        times.append(time.process_time() - start)
    return (times[1] - times[0]) / SLOW_DRAWS


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
