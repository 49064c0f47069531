"""Checks at rung 4: severity, accuracy, halo, drift, differential functioning, adjusted scores and service, on linked ratings of known causes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from evalkit.raters.linked_severity import linked_severity
from evalkit.raters.objectivity import (
    accuracy,
    adjusted_scores,
    differential_functioning,
    drift,
    halo,
    self_other,
    severity,
    severity_in_service,
)
from tests.calibration.rasch_checks import STEPS, form
from tests.calibration.reading import holds, p_of, row_of
from tests.calibration.registry import Check, Kind, register

PART = "Linked ratings"
ITEM_SD, CASE_SD, NOISE_SD = 0.3, 0.3, 0.6
IN_ALL = {0.0: 1.0, 0.8: 0.668}  # what goes together makes logits smaller: slope on the truth, 60 raters by 300 objects by 6 items, four draws


def _add(name: str, kind: Kind, statistic: str, design: str, draw: Callable[[np.random.Generator], float | bool | None]) -> None:
    register(Check(f"linked-{name}", PART, kind, statistic, design, draw, nominal=0.95 if kind == "coverage" else 0.05, at_most=0.05))


def panel(rng: np.random.Generator, *, objects: int = 12, raters: int = 10, items: int = 4, each: int | None = None, severity_sd: float = 0.5,
          case_sd: float = CASE_SD, item_sd: float = ITEM_SD) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Draw vignettes and a key: key - severity + how a rater sees the item + how she sees the object + noise; the severities beside them.

    Every rater has all objects, or `each` of the raters has an object.
    """
    severe = rng.normal(0, severity_sd, raters) if severity_sd else np.zeros(raters)
    key = 3 + rng.normal(0, 0.8, objects)[:, None] + rng.normal(0, 0.5, (objects, items))
    item, case = rng.normal(0, item_sd, (raters, items)), rng.normal(0, case_sd, (objects, raters))
    value = key[:, None, :] - severe[None, :, None] + item[None] + case[:, :, None] + rng.normal(0, NOISE_SD, (objects, raters, items))
    index = pd.MultiIndex.from_product([range(objects), range(raters), [f"i{k}" for k in range(items)]], names=["object_id", "rater_id", "item"])
    rows = pd.DataFrame({"rating": value.ravel()}, index=index).reset_index()
    if each is not None:
        has = np.argsort(np.argsort(rng.random((objects, raters)), axis=1), axis=1) < each
        rows = rows[has[rows["object_id"], rows["rater_id"]]].reset_index(drop=True)
    expert = pd.DataFrame({"expert_rating": key.ravel()}, index=pd.MultiIndex.from_product(
        [range(objects), [f"i{k}" for k in range(items)]], names=["object_id", "item"])).reset_index()
    return rows, expert, severe - item.mean(axis=1)


def _severity(rng: np.random.Generator, keyed: bool, **settings: Any) -> bool | None:
    rows, key, severe = panel(rng, **settings)
    truth = severe[0] if keyed else severe[0] - severe[1:].mean()
    return holds(row_of(severity(rows, key if keyed else None), "severity", term="0"), float(truth))


def alike(rng: np.random.Generator, *, objects: int = 12, raters: int = 10, each: int | None = None) -> pd.DataFrame:
    """Draw one answer an object and rater, raters alike."""
    rows, _, _ = panel(rng, objects=objects, raters=raters, items=1, each=each, severity_sd=0.0)
    value = 3 + rng.normal(0, 0.8, objects)[rows["object_id"]] + rng.normal(0, NOISE_SD, len(rows))
    return rows.assign(rating=value)


def _given_alike(rng: np.random.Generator, **settings: Any) -> bool:
    return row_of(severity(alike(rng, **settings)), "severity") is not None


def _linked_alike(rng: np.random.Generator) -> bool:
    rows = alike(rng, objects=30, raters=12, each=4)
    return linked_severity(rows.assign(instrument="vignettes", period="2026-Q1")).reason == ""


def _spread(rng: np.random.Generator, spread: float) -> bool | None:
    rows = alike(rng, objects=20, raters=12)
    severe = rng.normal(0, spread, 12)
    found = severity(rows.assign(rating=rows["rating"] - severe[rows["rater_id"]]))
    return holds(found[found["measure"].eq("severity_spread").to_numpy(dtype=bool)].iloc[0], spread)


ALL, SOME = "10 raters, all of 12 vignettes", "12 raters, four a vignette, 30 vignettes"
_add("severity-key", "coverage", "severity against the key", ALL, lambda rng: _severity(rng, True))
_add("severity-key-few", "coverage", "severity against the key", "10 raters, all of 5 vignettes", lambda rng: _severity(rng, True, objects=5))
_add("severity-others", "coverage", "severity against the others", ALL, lambda rng: _severity(rng, False))
_add("severity-claims", "false_claims", "severities are given where raters are alike", ALL, _given_alike)
_add("severity-claims-some", "false_claims", "severities are given where raters are alike", SOME,
     lambda rng: _given_alike(rng, objects=30, raters=12, each=4))
_add("severity-claims-five", "false_claims", "severities are given where raters are alike", "5 raters, two a vignette, 20 vignettes",
     lambda rng: _given_alike(rng, objects=20, raters=5, each=2))
for _sd in (0.3, 0.8):
    _add(f"spread-{_sd}", "coverage", "spread of severities (profile)", f"12 raters, all of 20 vignettes, true spread {_sd}",
         lambda rng, s=_sd: _spread(rng, s))


def _together(rng: np.random.Generator, together: float, *, objects: int = 12, raters: int = 15, items: int = 6) -> bool | None:
    """Whether the range of one rater's severity among the others holds the truth; what she thinks of an object colours all its items."""
    severe, level, way = rng.normal(0, 0.8, raters), rng.normal(0, 1, objects), together * rng.normal(size=(objects, raters))
    index = pd.MultiIndex.from_product([range(objects), range(raters), range(items)], names=["object_id", "rater_id", "item"])
    o, r, i = (index.get_level_values(k).to_numpy() for k in range(3))
    power = np.outer(level[o] - severe[r] + way[o, r] - np.linspace(-0.8, 0.8, items)[i], np.arange(5)) - np.cumsum(STEPS)
    chance = np.exp(power - power.max(axis=1, keepdims=True))
    x = (np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1) < rng.random(len(o))[:, None]).sum(axis=1).clip(0, 4)
    rows = pd.DataFrame({"object_id": o, "rater_id": r, "item": i, "rating": x, "instrument": "vignettes", "period": "2026-Q1"})
    found = linked_severity(rows).severities
    own = found[found["level"].eq(0).to_numpy(dtype=bool)]
    return holds(own.iloc[0], IN_ALL[together] * float(severe[0] - severe.mean())) if len(own) else None


for _sd in IN_ALL:
    _add(f"severity-together-{_sd}", "coverage", "severity of one rater in logits, among the others",
         f"15 raters, all of 12 vignettes, 6 items, what one rater says of one vignette goes together: SD {_sd} logits",
         lambda rng, s=_sd: _together(rng, s))


def _accuracy(rng: np.random.Generator, measure: str, truth: float | None, objects: int) -> bool | None:
    rows, key, severe = panel(rng, objects=objects)
    return holds(row_of(accuracy(rows, key), measure, term="0"), -float(severe[0]) if truth is None else truth)


for _measure, _truth in (("elevation", None), ("differential_elevation", float(np.sqrt(CASE_SD**2 + NOISE_SD**2 / 4))),
                         ("differential_accuracy", float(NOISE_SD * np.sqrt(3 / 4)))):
    for _objects in (6, 12):
        _add(f"accuracy-{_measure.replace('_', '-')}-{_objects}", "coverage", f"accuracy, {_measure.replace('_', ' ')}",
             f"10 raters, all of {_objects} vignettes, 4 items", lambda rng, m=_measure, t=_truth, n=_objects: _accuracy(rng, m, t, n))


def _no_halo(rng: np.random.Generator, measure: str, truth: float) -> bool | None:
    """Every rater's items differ within an object as those of the others do: no rater has a view of an item of her own."""
    return holds(row_of(halo(panel(rng, item_sd=0.0)[0]), measure, term="0"), truth)


_add("halo", "coverage", "halo against the others", f"{ALL}, 4 items, none", lambda rng: _no_halo(rng, "halo", 0.0))
_add("halo-ratio", "coverage", "ratio of own spread and that of the others", f"{ALL}, 4 items, none", lambda rng: _no_halo(rng, "halo_ratio", 1.0))


def _drift(rng: np.random.Generator, change: float, term: str) -> bool | None:
    rows, _, _ = panel(rng)
    case = rng.normal(0, 0.3, (12, 10))[rows["object_id"], rows["rater_id"]]
    moved = change + rng.normal(0, 0.2, 10)
    later = rows.assign(period="2", rating=rows["rating"] - moved[rows["rater_id"]] + case + rng.normal(0, NOISE_SD, len(rows)))
    found = drift(pd.concat([rows.assign(period="1"), later], ignore_index=True))
    return holds(row_of(found[found["term"].fillna("").eq(term).to_numpy(dtype=bool)], "drift"), change if term == "" else float(moved[0]))


_add("drift-one", "coverage", "drift of one rater", f"{ALL} in two periods, 0.3 more severe", lambda rng: _drift(rng, 0.3, "0"))
_add("drift-all", "coverage", "mean drift of all raters", f"{ALL} in two periods, 0.3 more severe", lambda rng: _drift(rng, 0.3, ""))


def _functioning(rng: np.random.Generator, **settings: Any) -> pd.DataFrame:
    rows, _, _ = panel(rng, **settings)
    return differential_functioning(rows.assign(sex=np.where(rows["object_id"] % 2 == 0, "F", "M")), "sex")


def _one_flag(rng: np.random.Generator, **settings: Any) -> bool | None:
    found = _functioning(rng, **settings)
    own = found[found["measure"].eq("differential_functioning").to_numpy(dtype=bool) & found["status"].eq("estimated").to_numpy(dtype=bool)]
    return None if not len(own) else bool((own["p_adjusted"] <= 0.05).any())


for _name, _said, _settings in (("all", ALL, {}), ("few", "5 raters, all of 8 vignettes", {"objects": 8, "raters": 5}),
                                ("some", SOME, {"objects": 30, "raters": 12, "each": 4})):
    _add(f"functioning-size-{_name}", "size", "differential functioning of raters, test of all", f"{_said}, none",
         lambda rng, s=_settings: p_of(row_of(_functioning(rng, **s), "differential_functioning_test")))
    _add(f"functioning-claims-{_name}", "false_claims", "differential functioning, any rater after Holm", f"{_said}, none",
         lambda rng, s=_settings: _one_flag(rng, **s))


def _service(rng: np.random.Generator, r: float, measure: str, raters: int) -> bool | None:
    true = rng.multivariate_normal([0, 0], [[1, r], [r, 1]], raters)
    noise = (0.4, 0.7)
    seen = [pd.DataFrame({"rater_id": range(raters), "severity": true[:, k] + rng.normal(0, noise[k], raters), "std_error": noise[k]})
            for k in (0, 1)]
    shrunk = r / float(np.sqrt((1 + noise[0]**2) * (1 + noise[1]**2)))
    return holds(row_of(severity_in_service(*seen), measure), r if measure.endswith("corrected") else shrunk)


for _raters in (15, 40):
    _add(f"service-{_raters}", "coverage", "severity on vignettes and in service, correlation", f"{_raters} raters, true 0.5",
         lambda rng, n=_raters: _service(rng, 0.5, "severity_in_service", n))
    _add(f"service-corrected-{_raters}", "coverage", "the same, corrected for error", f"{_raters} raters, true 0.5",
         lambda rng, n=_raters: _service(rng, 0.5, "severity_in_service_corrected", n))


def _self_other(rng: np.random.Generator) -> bool | None:
    n = 30
    level = rng.normal(3, 0.6, n)
    parts = [pd.DataFrame({"object_id": np.arange(n), "rater_id": np.arange(n), "rater_role": "self", "item": "i",
                           "rating": level + 0.3 + rng.normal(0, 0.6, n)})]
    for role, many in (("peer", 4), ("subordinate", 3)):
        who = np.repeat(np.arange(n), many)
        parts.append(pd.DataFrame({"object_id": who, "rater_id": 1000 + np.arange(len(who)) + (500 if role == "peer" else 0), "rater_role": role,
                                   "item": "i", "rating": level[who] + rng.normal(0, 0.6, len(who))}))
    return holds(row_of(self_other(pd.concat(parts, ignore_index=True)), "self_other_gap"), 0.3)


_add("self-other", "coverage", "self less others", "30 people, 4 peers and 3 subordinates, gap 0.3", _self_other)


def _expected(level: np.ndarray) -> np.ndarray:
    power = np.outer(level, np.arange(len(STEPS))) - np.cumsum(STEPS)
    chance = np.exp(power - power.max(axis=1, keepdims=True))
    found: np.ndarray = (chance * np.arange(len(STEPS))).sum(axis=1) / chance.sum(axis=1)
    return found


def _adjusted(rng: np.random.Generator, raters: int) -> bool | None:
    """Take the first person's expected rating by a mean rater on a mean item for the truth."""
    rows, _, measure = form(rng, raters=raters, severity_sd=0.8)
    found = adjusted_scores(rows, categories=(0, 4))
    if found.reason:
        return None
    row = found.scores[found.scores["object_id"].eq(0).to_numpy(dtype=bool)].iloc[0]
    if row["status"] != "estimated":
        return None
    return bool(row["conf_low"] <= _expected(measure[:1])[0] <= row["conf_high"])


for _raters in (5, 12):
    _add(f"adjusted-{_raters}", "coverage", "score adjusted for severity, one person", f"{_raters} raters, 80 people, 4 items, two raters a person",
         lambda rng, n=_raters: _adjusted(rng, n))
