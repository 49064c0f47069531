"""Checks of the many-facet Rasch model: bias of the spread, coverage of severities, size of fit statistics and chi-squares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from evalkit.raters.many_facet_rasch import many_facet_rasch
from evalkit.raters.many_facet_rasch.marginal import marginal_rasch
from tests.calibration.registry import Check, register

PART = "Many-facet Rasch model"
STEPS = np.array([0.0, -1.2, -0.4, 0.4, 1.2])
ITEMS = 4
DESIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "five": ("5 raters, 80 people, 4 items, two raters a person", {}),
    "sparse": ("3 units of 4 raters, a tenth of 120 people has a rater of the next unit", {"raters": 12, "persons": 120, "units": 3}),
    "extreme": ("6 raters, one of severity 2.5", {"raters": 6, "extreme": 2.5}),
}


def ratings(rng: np.random.Generator, **settings: Any) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw a form with two raters a person, and the severities, whose mean is 0."""
    rows, severity, _ = form(rng, **settings)
    return rows, severity


def form(rng: np.random.Generator, *, persons: int = 80, raters: int = 5, units: int = 1, severity_sd: float = 0.5,
         extreme: float | None = None) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Draw a form with two raters a person, the severities, whose mean is 0, and the persons' measures."""
    severity = rng.normal(0, severity_sd, raters) if severity_sd else np.zeros(raters)
    if extreme is not None:
        severity[0] = extreme
    severity -= severity.mean()
    own = raters // units
    unit = rng.integers(0, units, persons)
    pair = np.argsort(rng.random((persons, own)), axis=1)[:, :2]
    pair += (unit * own)[:, None]
    if units > 1:
        far = rng.random(persons) < 0.1
        pair[far, 1] = (pair[far, 1] + own) % raters
    person, rater = np.repeat(np.arange(persons), 2 * ITEMS), np.repeat(pair.ravel(), ITEMS)
    item = np.tile(np.arange(ITEMS), 2 * persons)
    measure = rng.normal(0, 1, persons)
    level = measure[person] - severity[rater] - np.linspace(-0.8, 0.8, ITEMS)[item]
    power = np.outer(level, np.arange(5)) - np.cumsum(STEPS)
    chance = np.exp(power - power.max(axis=1, keepdims=True))
    x = (np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1) < rng.random(len(level))[:, None]).sum(axis=1)
    return pd.DataFrame({"object_id": person, "rater_id": rater, "item": item, "rating": x.clip(0, 4)}), severity, measure


def _joint(rows: pd.DataFrame) -> pd.DataFrame:
    found = many_facet_rasch(rows).measures
    return found[found["facet"].eq("rater_id")].sort_values("level").reset_index(drop=True)


def _marginal(rows: pd.DataFrame) -> pd.DataFrame:
    found = marginal_rasch(rows).measures
    own = found[found["facet"].eq("rater_id")].sort_values("level").reset_index(drop=True)
    return own.assign(status=np.where(own["std_error"].notna(), "estimated", "not_estimable"))


Fit = Callable[[pd.DataFrame], pd.DataFrame]


def _covers(fit: Fit, settings: dict[str, Any]) -> Callable[[np.random.Generator], bool | None]:
    def draw(rng: np.random.Generator) -> bool | None:
        rows, severity = ratings(rng, **settings)
        found = fit(rows).loc[0]  # the first rater: the extreme one where there is one
        if found["status"] != "estimated":
            return None
        return bool(abs(found["measure"] - severity[0]) <= 1.959964 * found["std_error"])

    return draw


def _slope(fit: Fit, settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        rows, severity = ratings(rng, **settings)
        found = fit(rows)
        return float(found["measure"].to_numpy(dtype=float) @ severity / (severity @ severity)) - 1 if found["status"].eq("estimated").all() else None

    return draw


def _fit_size(column: str, settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        found = _joint(ratings(rng, **settings)[0]).loc[0]
        return float(2 * ndtr(-abs(found[column]))) if found["status"] == "estimated" else None

    return draw


def _chi_size(column: str, settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        found = many_facet_rasch(ratings(rng, **settings)[0]).facets.set_index("facet").loc["rater_id"]
        return float(found[column]) if found["status"] == "estimated" else None

    return draw


def _interaction(settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    return lambda rng: many_facet_rasch(ratings(rng, **settings)[0]).interaction("rater_id", "item")[1]["p_value"]


def _alike(settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    """Likelihood ratio of the marginal fits with and without raters."""
    def draw(rng: np.random.Generator) -> float | None:
        rows, _ = ratings(rng, **settings)
        whole, less = marginal_rasch(rows), marginal_rasch(rows, ("object_id", "item"))
        if whole.status != "estimated" or less.status != "estimated":
            return None
        return float(chdtrc(rows["rater_id"].nunique() - 1, max(2 * (whole.log_likelihood - less.log_likelihood), 0.0)))

    return draw


JOINT = "joint estimates are spread too far and their errors do not hold it: take `marginal_rasch`"
FIXED = "FACETS' own formula on joint estimates, errors of raters taken for independent: compare marginal likelihoods"
for _name, (_said, _settings) in DESIGNS.items():
    for _kind, _fit, _words in (("joint", _joint, "joint"), ("marginal", _marginal, "marginal")):
        register(Check(f"rasch-{_kind}-coverage-{_name}", PART, "coverage", f"severity of one rater, {_words}: measure and twice its error", _said,
                       _covers(_fit, _settings), nominal=0.95, limited=JOINT if _kind == "joint" else ""))
        register(Check(f"rasch-{_kind}-bias-{_name}", PART, "bias", f"spread of severities, {_words}: slope on the truth, less 1", _said,
                       _slope(_fit, _settings)))
    for _column in ("infit_z", "outfit_z"):
        register(Check(f"rasch-{_column.replace('_', '-')}-size-{_name}", PART, "size", f"fit of one rater, {_column} beyond 1.96", _said,
                       _fit_size(_column, _settings)))
    register(Check(f"rasch-random-chi-size-{_name}", PART, "size", "random chi-square of raters", _said, _chi_size("p_random", _settings)))
    register(Check(f"rasch-interaction-size-{_name}", PART, "size", "chi-square of the interaction, rater by item", _said, _interaction(_settings)))
for _name in ("five", "sparse"):
    register(Check(f"rasch-fixed-chi-size-{_name}", PART, "size", "fixed chi-square: raters alike", DESIGNS[_name][0],
                   _chi_size("p_fixed", {**DESIGNS[_name][1], "severity_sd": 0.0}), limited=FIXED))
    register(Check(f"rasch-marginal-alike-size-{_name}", PART, "size", "raters alike, marginal likelihood ratio", DESIGNS[_name][0],
                   _alike({**DESIGNS[_name][1], "severity_sd": 0.0})))
