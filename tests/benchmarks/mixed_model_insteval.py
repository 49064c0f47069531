"""`mixed_model_insteval`: InstEval, three crossed factors, ML and REML, against mixedlm; fresh processes, one thread, CPU seconds of the fit.

A fit of 3,000 rows comes before the clock starts, of both: libraries are then there.
The data are `../shared/data/insteval.csv.gz`, or the file that `EVALKIT_INSTEVAL` names.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.benchmarks._peers import ROOT, alternated, line

BEST = {"ML": 237721.76877449, "REML": 237733.83412752}
_READ = """
import json, sys, time, pandas as pd
d = pd.read_csv(sys.argv[1], dtype={"s": str, "d": str, "dept": str})
"""
_OURS = _READ + """
from evalkit.inference.mixed_model import mixed_model
mixed_model(d.head(3000), "y ~ service + (1 | s) + (1 | d) + (1 | dept)", method=sys.argv[2])
t = time.process_time()
m = mixed_model(d, "y ~ service + (1 | s) + (1 | d) + (1 | dept)", method=sys.argv[2])
print(json.dumps([time.process_time() - t, m.deviance]))
"""
_PEER = _READ + """
import mixedlm
mixedlm.lmer("y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)", d.head(3000), REML=sys.argv[2] == "REML")
t = time.process_time()
m = mixedlm.lmer("y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept)", d, REML=sys.argv[2] == "REML")
print(json.dumps([time.process_time() - t, float(m.deviance() if callable(getattr(m, "deviance", None)) else 0.0)]))
"""


def run(runs: int = 5) -> list[dict[str, object]]:
    """Give both criteria; nothing where the data are not here."""
    file = Path(os.environ.get("EVALKIT_INSTEVAL", ROOT.parent / "shared" / "data" / "insteval.csv.gz"))
    if not file.is_file():
        return [{"name": "mixed_model_insteval", "skipped": f"{file.name} does not stand beside the repository; name it in EVALKIT_INSTEVAL"}]
    out = []
    for method, best in BEST.items():
        ours, peer = alternated(_OURS, _PEER, (str(file), method), runs)
        out.append(line(f"mixed_model_insteval_{method.lower()}", ours, peer, over_best=round(ours[0][1] - best, 9)))
    return out
