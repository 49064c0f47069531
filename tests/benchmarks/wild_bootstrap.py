"""`wild_bootstrap`: 99,999 draws, 40 clusters, 10,000 rows, against wildboottest; fresh processes, one thread, CPU seconds of the test.

wildboottest compiles itself at its first call: one small call before the clock starts. `error` is the distance of the two p-values in
Monte Carlo standard errors (each takes its own draws); with ten clusters both take every sign vector, and the p-values must be the same.
"""

from __future__ import annotations

import json
import math

from tests.benchmarks._peers import alternated, line

_READ = """
import json, sys, time, warnings, numpy as np
warnings.simplefilter("ignore")
def data(clusters, n, effect, seed=1):
    rng = np.random.default_rng(seed)
    code = np.arange(n) % clusters
    x = np.column_stack([np.ones(n), code < clusters // 2, rng.normal(size=n), rng.normal(size=n)]).astype(float)
    return rng.normal(size=clusters)[code] * 0.3 + effect * x[:, 1] + x[:, 2] + rng.normal(size=n), x, code
"""
_OURS = _READ + """
from evalkit.inference.wild_bootstrap import wild_bootstrap
y, x, code = data(40, 10_000, 0.2)
t = time.process_time()
found = wild_bootstrap(y, x, code, column=1, draws=99_999)
seconds = time.process_time() - t
y, x, code = data(10, 500, 0.3)
print(json.dumps([seconds, found.p_value, found.t_statistic, wild_bootstrap(y, x, code, column=1).p_value]))
"""
_PEER = _READ + """
import statsmodels.api as sm, pandas as pd
from wildboottest.wildboottest import wildboottest
def run(y, x, code, draws):
    model = sm.OLS(pd.Series(y), pd.DataFrame(x, columns=list("abcd")))
    return wildboottest(model, param="b", cluster=code, B=draws, seed=1, parallel=False, show=False).iloc[0]
run(*data(40, 400, 0.2), 199)
y, x, code = data(40, 10_000, 0.2)
t = time.process_time()
found = run(y, x, code, 99_999)
seconds = time.process_time() - t
few = run(*data(10, 500, 0.3), 4_999)
print(json.dumps([seconds, float(np.squeeze(found["p-value"])), float(np.squeeze(found["statistic"])), float(np.squeeze(few["p-value"]))]))
"""


def run(runs: int = 5) -> list[dict[str, object]]:
    """Give the ratio, and how far the p-values lie apart."""
    ours, peer = alternated(_OURS, _PEER, (), runs)
    p, other = ours[0][1], peer[0][1]
    error = math.sqrt(2 * p * (1 - p) / 99_999)
    return [line("wild_bootstrap", ours, peer, p_value=round(p, 5), peer_p_value=round(other, 5), error=round(abs(p - other) / error, 2),
                 t=round(ours[0][2], 6), peer_t=round(peer[0][2], 6), enumerated=ours[0][3], peer_enumerated=peer[0][3])]


if __name__ == "__main__":
    for found in run():
        print(json.dumps(found))
