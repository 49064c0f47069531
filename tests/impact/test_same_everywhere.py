"""Neither the verdict nor the functions behind it depend on the hash seed of the process, the order of the rows, or the number of threads."""

from __future__ import annotations

import os
import subprocess
import sys

_CODE = """
import sys, numpy as np
from tests.impact.test_reading import N, numbers_of
print([float(v).hex() for v in numbers_of(np.arange(N))])
from evalkit.impact.assess import assess
from evalkit.impact.question import Question
from tests.calibration import training_worlds as worlds
for make in (lambda r: worlds.by_place(r, units=9, size=8), worlds.by_score, lambda r: worlds.drawn(r, units=10, size=8, whole_units=False)):
    made = make(np.random.default_rng(5))
    people, outcomes = made.people, made.outcomes
    if sys.argv[1] != "0":
        people, outcomes = people.sample(frac=1, random_state=int(sys.argv[1])), outcomes.sample(frac=1, random_state=3)
    found = assess(Question("course", "score"), people, outcomes)
    print(found.status, found.reason, found.effect, found.described, found.selection_alone, found.second_opinion, [c.figures for c in found.checks])
    if found.events is not None:
        print(found.events.to_numpy().tolist())
"""


def test_hash_seed_row_order_and_threads(root):
    said = []
    for seed, threads in (("0", "1"), ("7", "2")):
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        command = [sys.executable, "-W", "ignore", "-c", _CODE, seed]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, cwd=root)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert said[0] == said[1]
    assert "estimated" in said[0]
