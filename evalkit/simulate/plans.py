"""Frozen plans of the invented city: what the office had decided before two of its courses, in the form of `evalkit plan --freeze`.

Written here a second time on purpose: the simulator must not share the code that reads its files back.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from evalkit.simulate.staff_courses import DRAWN, SCORED
from evalkit.simulate.training import EVALUATOR_COURSE

BEFORE = 45  # days before the first class on which a plan was frozen
_DECIDED: dict[str, dict[str, Any]] = {
    EVALUATOR_COURSE: {"audience": "evaluator", "assigned_by": "calendar", "drawn": "unit", "smallest": 0.2, "attrition": 0.1,
                       "outcomes": [["repeated", "less"], ["split", "more"], ["accuracy", "less"]], "cost": 310_000_000.0},
    DRAWN: {"audience": "staff", "assigned_by": "drawn", "drawn": "person", "smallest": 0.25, "attrition": 0.05,
            "outcomes": [["late_minutes", "less"], ["absent_share", "less"]], "cost": 84_000_000.0},
    SCORED: {"audience": "staff", "assigned_by": "score", "drawn": "person", "smallest": 0.3, "attrition": 0.05,
             "outcomes": [["late_minutes", "less"]], "cost": 26_000_000.0},
}


def write_plans(folder: Path, enrolments: pd.DataFrame, seed: int) -> None:
    """Write the frozen plan of each course that has one, into `folder/<course>/`."""
    for name, decided in _DECIDED.items():
        rows = enrolments[(enrolments["course"] == name) & enrolments["invited"].astype(bool)]
        if rows.empty:
            continue
        sizes = rows.groupby("start").size()
        course = name.lower().replace(" ", "-")
        saved = (min(sizes.index) - timedelta(days=BEFORE)).isoformat()
        plan = {"course": course, "name": name, "seats": [int(n) for n in sizes], "starts": [d.isoformat() for d in sizes.index],
                "hours": float(rows["hours"].iloc[0]), "seed": seed, "icc": None, "pre": None, "level": 0.05, "power": 0.8, "list_digest": "",
                "format": 1, **decided}
        state = {"saved_at": saved, "frozen": True}
        place = folder / course
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**plan, **state, "digest": _digest(plan), "seal": _digest({**plan, **state})}, indent=1, sort_keys=True)
        (place / f"{saved}-001-frozen-{_digest(plan)}.json").write_text(text + "\n", encoding="utf-8")


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()[:12]
