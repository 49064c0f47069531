"""Checks of reliability beyond agreement: omega, incomplete designs, variance components, decisions, subscores, role means."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal

from evalkit.raters.objectivity import role_reliability
from evalkit.reliability.decision_consistency import decision_consistency
from evalkit.reliability.generalizability import GStudy, g_study
from evalkit.reliability.internal_consistency import mcdonald_omega
from evalkit.reliability.intraclass import icc_incomplete
from evalkit.reliability.subscores import subscore_value
from tests.calibration.reading import error_of, holds, row_of
from tests.calibration.registry import Check, Kind, register
from tests.calibration.reliability_checks import PART, numbers

LOADINGS = np.array([0.9, 0.8, 0.7, 0.6, 0.5])


def _add(name: str, kind: Kind, statistic: str, design: str, draw: Callable[[np.random.Generator], float | bool | None]) -> None:
    register(Check(f"scores-{name}", PART, kind, statistic, design, draw, nominal=0.95 if kind == "coverage" else 0.05))


def _omega(rng: np.random.Generator, objects: int) -> bool | None:
    x = rng.normal(size=objects)[:, None] * LOADINGS + rng.normal(0, 0.7, (objects, 5))
    rows = pd.DataFrame({"object_id": np.repeat(np.arange(objects), 5), "item": np.tile(np.arange(5), objects), "rating": x.ravel()})
    common = float(LOADINGS.sum()) ** 2
    return holds(row_of(mcdonald_omega(rows, draws=199, seed=int(rng.integers(2**31))), "mcdonald_omega"), common / (common + 5 * 0.49))


for _n in (40, 150):
    _add(f"omega-{_n}", "coverage", "omega (bootstrap)", f"{_n} objects, 5 items of one factor, loadings 0.5 to 0.9",
         lambda rng, n=_n: _omega(rng, n))


def _incomplete(rng: np.random.Generator, measure: str, truth: float) -> bool | None:
    rows = numbers(rng, objects=40, raters=6)
    has = np.argsort(np.argsort(rng.random((40, 6)), axis=1), axis=1) < 3
    some = rows[has[rows["object_id"], rows["rater_id"]]]
    return holds(row_of(icc_incomplete(some, draws=99, seed=int(rng.integers(2**31))), measure), truth)


for _measure, _truth in (("icc_agreement", 1 / 1.8), ("icc_consistency", 1 / 1.64)):
    _add(f"incomplete-{_measure.removeprefix('icc_')}", "coverage", f"interval of {_measure.replace('icc_', 'ICC, ')}, who rates whom differs",
         "40 objects, three of 6 raters each", lambda rng, m=_measure, t=_truth: _incomplete(rng, m, t))


def _study(rng: np.random.Generator) -> GStudy:
    """Variances: object 1, rater 0.16, item 0.09, object by rater 0.3, object by item 0.2, rest 0.5."""
    o, r, i = 25, 4, 4
    x = (rng.normal(0, 1, o)[:, None, None] + rng.normal(0, 0.4, r)[None, :, None] + rng.normal(0, 0.3, i)
         + rng.normal(0, np.sqrt(0.3), (o, r, 1)) + rng.normal(0, np.sqrt(0.2), (o, 1, i)) + rng.normal(0, np.sqrt(0.5), (o, r, i)))
    index = pd.MultiIndex.from_product([range(o), range(r), range(i)], names=["object_id", "rater_id", "item"])
    return g_study(pd.DataFrame({"rating": x.ravel()}, index=index).reset_index())


def _component(rng: np.random.Generator, effect: str, truth: float) -> float | None:
    found = _study(rng)
    return None if found.status != "estimated" else float(found.components.set_index("effect")["variance"].loc[effect]) - truth


for _effect, _truth in (("object_id", 1.0), ("rater_id", 0.16), ("object_id x rater_id", 0.3)):
    _add(f"component-{_effect.replace(' ', '').replace('_', '-')}", "bias", f"variance component of {_effect}, less the truth {_truth}",
         "25 objects, 4 raters, 4 items", lambda rng, e=_effect, t=_truth: _component(rng, e, t))


def _decided(rng: np.random.Generator, measure: str) -> float | None:
    both = np.asarray(multivariate_normal.cdf([0.5 / np.sqrt(1.25)] * 2, cov=[[1, 0.8], [0.8, 1]]))
    same = np.asarray(multivariate_normal.cdf([0.5 / np.sqrt(1.25), 0.5], cov=[[1, np.sqrt(0.8)], [np.sqrt(0.8), 1]]))
    below, under = 0.6726396, 0.6914625  # chances that an observed score, and a true one, lies below the cut
    truth = 1 - 2 * (below - float(both)) if measure == "decision_consistency" else 1 - (below + under - 2 * float(same))
    scores = pd.Series(rng.normal(0, 1, 100) + rng.normal(0, 0.5, 100))
    return error_of(row_of(decision_consistency(scores, [0.5], 0.8), measure), truth)


for _measure in ("decision_consistency", "decision_accuracy"):
    _add(f"{_measure.replace('_', '-')}", "bias", f"{_measure.replace('_', ' ')}, less the truth",
         "100 scores of reliability 0.8, cut half a true SD above the mean", lambda rng, m=_measure: _decided(rng, m))


def _subscore(rng: np.random.Generator, measure: str, truth: float) -> float | None:
    """Two subscores of four items, true scores of variance 16 and covariance 8, error of 4: alpha 0.8, total (16 + 8)^2 / (16 * 56)."""
    true = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 150)
    x = np.repeat(true, 4, axis=1) + rng.normal(0, 1, (150, 8))
    rows = pd.DataFrame({"object_id": np.repeat(np.arange(150), 8), "item": np.tile(list("abcdefgh"), 150), "rating": x.ravel()})
    found = subscore_value(rows, {k: "A" if k in "abcd" else "B" for k in "abcdefgh"})
    return error_of(row_of(found, measure, term="A"), truth)


for _measure, _truth in (("prmse_subscore", 0.8), ("prmse_total", 24**2 / (16 * 56))):
    _add(_measure.replace("_", "-"), "bias", f"{_measure.replace('prmse_', 'PRMSE of the ')}, less the truth",
         "150 objects, two subscores of 4 items", lambda rng, m=_measure, t=_truth: _subscore(rng, m, t))


def _role(rng: np.random.Generator) -> bool | None:
    who = np.repeat(np.arange(40), rng.integers(2, 7, 40))
    rows = pd.DataFrame({"object_id": who, "rater_id": np.arange(len(who)), "rater_role": "subordinate", "item": "i",
                         "rating": rng.normal(0, 1, 40)[who] + rng.normal(0, 1.2, len(who))})
    found = role_reliability(rows)
    return holds(row_of(found, str(found["measure"].iloc[0])), 1 / 2.44)


_add("role", "coverage", "reliability of one rater of a role", "40 people, 2 to 6 subordinates each", _role)
