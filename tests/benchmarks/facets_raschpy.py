"""`facets_raschpy`: 75,000 ratings by 500 raters, the task of severities, against raschpy's default calibration (another estimator)."""

from __future__ import annotations

from tests.benchmarks._peers import alternated, line

_DATA = """
import json, sys, time, numpy as np, pandas as pd
g = np.random.default_rng(1)
persons, raters, items = 5000, 500, 5
ability, severity, difficulty = g.normal(0, 1, persons), g.normal(0, .5, raters), np.linspace(-1, 1, items)
r = np.argsort(g.random((persons, raters)), axis=1)[:, :3]
person = np.repeat(np.arange(persons), 3 * items); rater = np.repeat(r.ravel(), items); item = np.tile(np.arange(items), persons * 3)
power = np.outer(ability[person] - severity[rater] - difficulty[item], np.arange(5)) - np.cumsum([0, -1.5, -.5, .5, 1.5])
chance = np.exp(power); chance /= chance.sum(1, keepdims=True)
x = (chance.cumsum(1) < g.random(len(person))[:, None]).sum(1).clip(0, 4)
d = pd.DataFrame({"object_id": person, "rater_id": rater, "item": item, "rating": x})
"""
_OURS = _DATA + """
from evalkit.raters.many_facet_rasch import many_facet_rasch
t = time.process_time()
m = many_facet_rasch(d)
seconds = time.process_time() - t
found = m.measures.query("facet == 'rater_id'").sort_values("level")["measure"].to_numpy(dtype=float)
print(json.dumps([seconds, float(np.corrcoef(found, severity)[0, 1])]))
"""
_PEER = _DATA + """
import raschpy
wide = d.pivot(index=["rater_id", "object_id"], columns="item", values="rating")
wide.index.names = ["Rater", "Person"]
t = time.process_time()
m = raschpy.MFRM(wide, max_score=4)
m.calibrate(model="global")
print(json.dumps([time.process_time() - t, 0.0]))
"""


def run(runs: int = 3) -> list[dict[str, object]]:
    """Give one figure; `correlation` is that of our severities with the truth."""
    ours, peer = alternated(_OURS, _PEER, (), runs)
    return [line("facets_raschpy", ours, peer, correlation=round(ours[0][1], 4))]
