"""`facets_million`, `facets_weak_links`, `facets_ten_million`: the many-facet Rasch model at the size of a nation's form.

The unit is one numpy exp over 10^6 x 5 doubles in the same process, before and after (the faster): `ratio` is CPU seconds of the whole
public call over it, one thread. Memory is the peak above the process with the data loaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

_CODE = """
import json, resource, sys, time
import numpy as np, pandas as pd
from evalkit.raters.many_facet_rasch import many_facet_rasch

def unit():
    a = np.random.default_rng(0).normal(size=(10**6, 5)); seen = []
    for _ in range(7):
        t = time.process_time(); np.exp(a); seen.append(time.process_time() - t)
    return min(seen)

def ratings(persons, raters, items, each, links):
    g = np.random.default_rng(1)
    ability, severity, difficulty = g.normal(0, 1, persons), g.normal(0, .5, raters), np.linspace(-1, 1, items)
    if links is None:
        one = g.integers(0, raters, persons); two = (one + g.integers(1, raters, persons)) % raters
    else:
        units = raters // 20
        unit = g.integers(0, units, persons); far = np.where(g.random(persons) < links, (unit + 1) % units, unit)
        one = unit * 20 + g.integers(0, 20, persons); two = far * 20 + g.integers(0, 20, persons)
        two = np.where(two == one, far * 20 + (two - far * 20 + 1) % 20, two)
    size = persons * 2 * each
    person = np.repeat(np.arange(persons, dtype=np.int32), 2 * each)
    rater = np.repeat(np.stack([one, two], 1).ravel().astype(np.int32), each)
    item = np.tile(np.arange(2 * each) % items, persons).astype(np.int8)
    x = np.empty(size, dtype=np.int8)
    for begin in range(0, size, 10**6):
        s = slice(begin, begin + 10**6)
        power = np.outer(ability[person[s]] - severity[rater[s]] - difficulty[item[s]], np.arange(5)) - np.cumsum([0, -1.5, -.5, .5, 1.5])
        chance = np.exp(power); chance /= chance.sum(1, keepdims=True)
        x[s] = (chance.cumsum(1) < g.random(len(power))[:, None]).sum(1)
    order = g.permutation(size)
    return pd.DataFrame({"object_id": person[order], "rater_id": rater[order], "item": item[order], "rating": x[order]})

persons, raters, links = json.loads(sys.argv[1])
rows = ratings(persons, raters, 10, 5, links)
first = unit()
with open("/proc/self/clear_refs", "w") as f:
    f.write("5")
base = int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1]) / 1024
start = time.process_time()
model = many_facet_rasch(rows, tolerance=0.01)
seconds = time.process_time() - start
peak = int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) / 1024
print(json.dumps([seconds, min(first, unit()), peak - base, model.largest_residual, model.rounds, model.n_ratings]))
"""


def one(name: str, persons: int, raters: int, links: float | None, runs: int) -> dict[str, object]:
    """Fit in fresh processes; the run with the median ratio is told."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    seen = []
    for _ in range(runs):
        done = subprocess.run([sys.executable, "-c", _CODE, json.dumps([persons, raters, links])], capture_output=True, text=True, check=True,
                              env=environment)
        seen.append(json.loads(done.stdout))
    seconds, unit, memory, residual, rounds, n = sorted(seen, key=lambda s: s[0] / s[1])[len(seen) // 2]
    return {"name": name, "ratio": round(seconds / unit, 1), "seconds": round(seconds, 3), "unit_seconds": round(unit, 5),
            "over_base_mb": round(memory), "largest_residual": round(residual, 5), "passes": rounds, "ratings": n}


def run(runs: int = 3) -> list[dict[str, object]]:
    """Give random links, 20% and 5% of people between units, and ten million ratings."""
    return [one("facets_million", 100_000, 7000, None, runs), one("facets_weak_links_20", 100_000, 7000, 0.2, runs),
            one("facets_weak_links_5", 100_000, 7000, 0.05, runs), one("facets_ten_million", 1_000_000, 70_000, None, 1)]
