"""Checks of the statistics on evaluators: the clustering test on small cities with and without evaluators who differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from evalkit.raters.clustering import clustering_test
from tests.calibration.designs import city
from tests.calibration.registry import Check, register

PERMUTATIONS = 199
# What of a city may differ without any evaluator or team differing: then the test may not find clustering.
NOTHING: dict[str, tuple[str, dict[str, Any]]] = {
    "city": ("10 units of 6 teams, 11% Sangat Baik", {}),
    "one-unit": ("one unit of 6 teams", {"units": 1}),
    "fives": ("teams of five", {"size": (5, 5)}),
    "quota": ("each unit gives exactly its share", {"quota": True}),
    "rare": ("97% one category", {"star": 0.03}),
    "copied": ("half of the results copied from the period before", {"copying": 0.5, "periods": 3}),
    "rotating": ("a third of the teams has a new evaluator each period", {"rotate": 0.33, "periods": 3}),
    "one-period": ("one period, single ratings exchanged", {"periods": 1}),
}
FOUND: dict[str, tuple[str, dict[str, Any]]] = {
    "severity-04": ("severity of evaluators, SD 0.4 of the latent scale", {"severity_sd": 0.4}),
    "severity-08": ("severity of evaluators, SD 0.8", {"severity_sd": 0.8}),
    "teams-08": ("quality of teams, SD 0.8, evaluators alike: the two cannot be told apart", {"team_sd": 0.8}),
}


def _p_value(settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        rows = city(rng, **settings).assign(instrument="i")
        found = clustering_test(rows, draws=PERMUTATIONS, seed=int(rng.integers(2**31))).set_index("measure").loc["clustering_ratio"]
        return float(found["p_value"]) if found["status"] == "estimated" else None

    return draw


for _name, (_design, _settings) in NOTHING.items():
    register(Check(f"clustering-size-{_name}", "Evaluators", "size", "clustering by evaluator", _design, _p_value(_settings)))
for _name, (_design, _settings) in FOUND.items():
    register(Check(f"clustering-power-{_name}", "Evaluators", "power", "clustering by evaluator", _design, _p_value(_settings)))
