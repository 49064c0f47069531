"""`impact_panel`: group-time effects and all aggregations of 100,000 people in 12 periods, against the engine alone; fresh processes.

Both start from the same arrays of people, periods and values, and give effects by wave and period, the two averages, and the event study
with its errors; ours by person and with Satterthwaite degrees of freedom and a uniform band, the engine with its analytic errors. Import is
not counted; CPU seconds, so that a busy machine hurts neither.
"""

from __future__ import annotations

import json
import statistics

from tests.benchmarks.measure import Figure, fresh

_DATA = """
import numpy as np, pandas as pd
rng = np.random.default_rng(1)
n, periods = 100_000, 12
wave = rng.choice([4, 6, 8, 10, 0], n, p=[0.15, 0.15, 0.15, 0.15, 0.4])
value = rng.normal(size=n)[:, None] + rng.normal(size=(n, periods)) + 0.5 * ((np.arange(1, periods + 1) >= wave[:, None]) & (wave > 0)[:, None])
frame = pd.DataFrame({"person_id": np.repeat(np.arange(n), periods), "period": np.tile(np.arange(1, periods + 1), n), "value": value.ravel()})
"""
_OURS = _DATA + """
from evalkit.impact.diff_in_diff import event_study, group_time, overall_weights
from evalkit.impact.panel import make_panel
people = pd.DataFrame({"person_id": np.arange(n), "wave": pd.array(wave, dtype="Int64")})
people.loc[people["wave"] == 0, "wave"] = pd.NA
"""
_RUN_OURS = """
cpu = time.process_time()
fit = group_time(make_panel(people, frame))
group, simple, events = fit.contrast(overall_weights(fit)), fit.contrast(overall_weights(fit, "simple")), event_study(fit)
open(NOTE, "w").write(json.dumps([simple.estimate, time.process_time() - cpu]))
"""
_ENGINE = _DATA + """
from diff_diff import CallawaySantAnna
frame["first"] = np.repeat(wave, periods)
"""
_RUN_ENGINE = """
cpu = time.process_time()
fit = CallawaySantAnna(control_group="not_yet_treated").fit(frame, outcome="value", unit="person_id", time="period", first_treat="first")
group, simple, events = fit.aggregate("group"), fit.aggregate("simple"), fit.aggregate("event_study")
open(NOTE, "w").write(json.dumps([fit.overall_att, time.process_time() - cpu]))
"""


def run(runs: int = 3) -> list[dict[str, object]]:
    """Measure both in turn; `ratio` is ours over the engine (at most 1.2), `apart` the distance of the two averages."""
    import tempfile
    from pathlib import Path

    ours: list[Figure] = []
    engine: list[Figure] = []
    notes: list[list[float]] = []
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        note = Path(folder) / "note.txt"
        for _ in range(runs):
            for setup, code, seen in ((_OURS, _RUN_OURS, ours), (_ENGINE, _RUN_ENGINE, engine)):
                seen.append(fresh(code.replace("NOTE", repr(str(note))), setup))
                notes.append(json.loads(note.read_text()))
    pairs = list(zip(notes[::2], notes[1::2], strict=True))
    ratios = [a[1] / b[1] for a, b in pairs]
    return [{"name": "impact_panel", "ratio": round(statistics.median(ratios), 2), "ratios": [round(r, 2) for r in ratios],
             "cpu_seconds": round(statistics.median(a[1] for a, _ in pairs), 3),
             "engine_cpu_seconds": round(statistics.median(b[1] for _, b in pairs), 3),
             "peak_mb": round(max(f.peak_mb for f in ours), 1), "engine_peak_mb": round(max(f.peak_mb for f in engine), 1),
             "estimate": round(notes[0][0], 6), "apart": abs(notes[0][0] - notes[1][0])}]


if __name__ == "__main__":
    for line in run():
        print(json.dumps(line))
