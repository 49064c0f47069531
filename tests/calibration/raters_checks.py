"""Checks of the statistics on evaluators, on small cities with and without evaluators who differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from evalkit.raters.carry_over import carried_over
from evalkit.raters.clustering import clustering_test
from evalkit.raters.leave_out import effect_spread
from evalkit.raters.rotation import rotation_effect, rotation_spread
from evalkit.raters.variance_between import evaluator_spread
from tests.calibration.designs import city
from tests.calibration.registry import Check, register
from tests.calibration.worlds import World, latent_city, rotating, true_spread

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

# Takeovers: what may differ without any evaluator differing in severity.
NO_SEVERITY: dict[str, tuple[str, dict[str, Any]]] = {
    "city": ("10 units of 8 teams, a quarter taken over each period", {}),
    "teams": ("only teams differ, SD 0.8", {"team_sd": 0.8}),
    "one-unit": ("one unit of 8 teams", {"units": 1, "team_sd": 0.8}),
    "fives": ("teams of five", {"size": (5, 5), "team_sd": 0.8}),
    "rare": ("97% one category", {"star": 0.03, "team_sd": 0.8}),
    "copied": ("half of the results copied while the evaluator stays", {"copying": 0.5, "team_sd": 0.8}),
}
SEVERITY: dict[str, tuple[str, dict[str, Any]]] = {
    "04": ("severity, SD 0.4 of the latent scale", {"severity_sd": 0.4}),
    "08": ("severity, SD 0.8", {"severity_sd": 0.8}),
    "08-rare": ("severity, SD 0.8, 97% one category", {"severity_sd": 0.8, "star": 0.03}),
    "08-fives": ("severity, SD 0.8, teams of five", {"severity_sd": 0.8, "size": (5, 5)}),
}
Kernel = Callable[[World], Any]


def _effect(world: World) -> Any:
    return rotation_effect(world.rows, world.periods, events=(0,)).iloc[0]


def _placebo(world: World) -> Any:
    return rotation_effect(world.rows, world.periods, events=(-2,)).set_index("group").loc["-2"]


def _spread(world: World) -> Any:
    return rotation_spread(world.rows, world.periods, draws=PERMUTATIONS).iloc[0]


def _leave_out(world: World) -> Any:
    return effect_spread(world.rows).iloc[0]


def _p(kernel: Kernel, settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        found = kernel(rotating(rng, **settings))
        return None if found["status"] == "not_estimable" else float(found["p_value"])

    return draw


def _holds(kernel: Kernel, settings: dict[str, Any]) -> Callable[[np.random.Generator], bool | None]:
    def draw(rng: np.random.Generator) -> bool | None:
        world = rotating(rng, **settings)
        found = kernel(world)
        return None if found["status"] == "not_estimable" else bool(found["conf_low"] <= world.spread <= found["conf_high"])

    return draw


def _claims(kernel: Kernel, settings: dict[str, Any]) -> Callable[[np.random.Generator], bool | None]:
    def draw(rng: np.random.Generator) -> bool | None:
        found = kernel(rotating(rng, **settings))
        return None if found["status"] == "not_estimable" else bool(found["conf_low"] > 0)

    return draw


for _name, (_design, _settings) in NO_SEVERITY.items():
    register(Check(f"rotation-effect-size-{_name}", "Evaluators", "size", "mean change under another evaluator", _design, _p(_effect, _settings)))
    register(Check(f"rotation-spread-size-{_name}", "Evaluators", "size", "spread of severity from takeovers", _design, _p(_spread, _settings)))
    register(Check(f"rotation-spread-claims-{_name}", "Evaluators", "false_claims", "spread of severity from takeovers: interval above 0", _design,
                   _claims(_spread, _settings), at_most=0.05))
    register(Check(f"leave-out-claims-{_name}", "Evaluators", "false_claims", "spread of severity by leave-out: interval above 0", _design,
                   _claims(_leave_out, _settings), at_most=0.05))
register(Check("rotation-effect-size-lead", "Evaluators", "size", "change before a takeover", "only teams differ, SD 0.8",
               _p(_placebo, {"team_sd": 0.8})))
for _name, (_design, _settings) in SEVERITY.items():
    for _kind, _kernel, _said in (("rotation-spread", _spread, "spread of severity from takeovers"),
                                  ("leave-out", _leave_out, "spread of severity by leave-out")):
        register(Check(f"{_kind}-coverage-{_name}", "Evaluators", "coverage", _said, _design, _holds(_kernel, _settings), nominal=0.95))
    register(Check(f"rotation-spread-power-{_name}", "Evaluators", "power", "spread of severity from takeovers", _design, _p(_spread, _settings)))


def _between(sigma: float, settings: dict[str, Any]) -> Callable[[np.random.Generator], bool | None]:
    truth = true_spread(sigma, settings.get("share", 0.11)) if sigma else 0.0

    def draw(rng: np.random.Generator) -> bool | None:
        found = evaluator_spread(latent_city(rng, sigma=sigma, unit_sd=0.0, **settings), draws=PERMUTATIONS).iloc[0]
        return None if found["status"] == "not_estimable" else bool(found["conf_low"] <= truth <= found["conf_high"])

    return draw


for _sigma, _name, _settings in ((0.0, "0", {}), (0.5, "05", {}), (1.0, "10", {}), (1.0, "10-rare", {"share": 0.03}),
                                 (1.0, "10-fives", {"size": (5, 5)}), (0.0, "0-one-unit", {"units": 1}), (1.0, "10-one-unit", {"units": 1})):
    register(Check(f"between-coverage-{_name}", "Evaluators", "coverage", "spread between evaluators, severity and team",
                   f"spread {_sigma} of people's own, {_settings or '12 units of 8 teams'}", _between(_sigma, _settings), nominal=0.95))


def _gap(copying: float) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        rows = city(rng, units=6, teams=6, periods=3, rotate=0.3, copying=copying)
        found = carried_over(rows, ["2026-01", "2026-02", "2026-03"]).set_index("measure").loc["carried_over_gap"]
        return float(found["p_value"]) if found["status"] == "estimated" else None

    return draw


register(Check("carried-over-size", "Evaluators", "size", "share carried over, evaluator stays less changes", "no copying", _gap(0.0)))
register(Check("carried-over-power", "Evaluators", "power", "share carried over, evaluator stays less changes", "half of the results copied",
               _gap(0.5)))
