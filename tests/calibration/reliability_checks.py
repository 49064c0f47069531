"""Checks of reliability: coverage of intervals on ratings whose true coefficient is known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from evalkit.derive.tables.double_ratings import ITEMS, agreement_of_pairs
from evalkit.reliability.agreement import agreement_coefficients
from evalkit.reliability.internal_consistency import cronbach_alpha
from evalkit.reliability.intraclass import icc
from evalkit.reliability.kappa import cohen_kappa
from evalkit.reliability.krippendorff import krippendorff_alpha
from tests.calibration.registry import Check, register

PART = "Reliability"
SKEWED = np.array([0.02, 0.88, 0.10])
CHANCES = np.array([0.5, 0.3, 0.2])


def words(rng: np.random.Generator, *, objects: int = 60, raters: int = 5, knows: float = 0.7, missing: float = 0.0) -> pd.DataFrame:
    """Draw categories: each rater sees the true one with the chance `knows`, else picks one at random; kappa is ``knows^2``."""
    true = rng.choice(3, objects, p=CHANCES)
    seen = rng.random((objects, raters)) < knows
    x = np.where(seen, true[:, None], rng.choice(3, (objects, raters), p=CHANCES))
    rows = pd.DataFrame({"object_id": np.repeat(np.arange(objects), raters), "rater_id": np.tile(np.arange(raters), objects), "rating": x.ravel()})
    return rows[rng.random(len(rows)) >= missing] if missing else rows


def numbers(rng: np.random.Generator, *, objects: int = 40, raters: int = 5, object_sd: float = 1.0, rater_sd: float = 0.4,
            noise_sd: float = 0.8) -> pd.DataFrame:
    """Draw numbers: object, rater, rest."""
    x = (rng.normal(0, object_sd, objects)[:, None] + rng.normal(0, rater_sd, raters) + rng.normal(0, noise_sd, (objects, raters)))
    return pd.DataFrame({"object_id": np.repeat(np.arange(objects), raters), "rater_id": np.tile(np.arange(raters), objects), "rating": x.ravel()})


Statistic = Callable[[pd.DataFrame], pd.DataFrame]


def _covers(draw: Callable[[np.random.Generator], pd.DataFrame], statistic: Statistic, measure: str, truth: float,
            ) -> Callable[[np.random.Generator], bool | None]:
    def one(rng: np.random.Generator) -> bool | None:
        found = statistic(draw(rng))
        row = found[found["measure"].eq(measure)].iloc[0]
        return None if pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]) else bool(row["conf_low"] <= truth <= row["conf_high"])

    return one


def _alpha(rows: pd.DataFrame) -> pd.DataFrame:
    return cronbach_alpha(rows.rename(columns={"rater_id": "item"}))


_KAPPA = 0.7**2
_AGREE = _KAPPA + (1 - _KAPPA) * float(CHANCES @ CHANCES)
_GWET = float(CHANCES @ (1 - CHANCES)) / 2
WORDS: tuple[tuple[str, str, Statistic, str, float], ...] = (
    ("fleiss", "Fleiss' kappa", agreement_coefficients, "fleiss_kappa", _KAPPA),
    ("ac1", "Gwet's AC1", agreement_coefficients, "gwet_ac1", (_AGREE - _GWET) / (1 - _GWET)),
    ("percent", "percent agreement", agreement_coefficients, "percent_agreement", _AGREE),
    ("krippendorff", "Krippendorff's alpha", krippendorff_alpha, "krippendorff_alpha", _KAPPA))
for _name, _said, _statistic, _measure, _truth in WORDS:
    for _design, _settings in (("60 objects, 5 raters", {}), ("60 objects, 5 raters, a fifth missing", {"missing": 0.2}),
                               ("15 objects, 5 raters", {"objects": 15})):
        register(Check(f"reliability-{_name}-{next(iter(_settings), 'whole')}", PART, "coverage", f"interval of {_said}", _design,
                       _covers(lambda rng, s=_settings: words(rng, **s), _statistic, _measure, _truth), nominal=0.95,
                       limited="the interval wants some 30 objects" if "objects" in _settings else
                       "the error is a first-order one: with 60 objects it covers some 94 times in a hundred" if _name == "ac1" else ""))

def _doubles(rng: np.random.Generator, measure: str, people: int) -> bool | None:
    """What the page says of blind second ratings of three words, one of them nine times in ten; both raters see the right one with 0.7."""
    true = rng.choice(3, people, p=SKEWED)
    seen = np.where(rng.random((2, people)) < 0.7, true, rng.choice(3, (2, people), p=SKEWED)) + 1.0
    own = pd.DataFrame({"object_id": np.arange(people), "item": ITEMS[0], "period": "p", "first": seen[0], "second": seen[1]})
    row = agreement_of_pairs(own).set_index("measure").loc[measure]
    return None if pd.isna(row["conf_low"]) else bool(row["conf_low"] <= _DOUBLED[measure] <= row["conf_high"])


_DOUBLED = {"icc_1_1": _KAPPA, "percent_agreement": _KAPPA + (1 - _KAPPA) * float(SKEWED @ SKEWED)}
for _measure, _said, _n in (("icc_1_1", "reliability of one rating, from blind second ratings", 200), ("icc_1_1",
                            "reliability of one rating, from blind second ratings", 600), ("percent_agreement", "same word of both ratings", 60)):
    register(Check(f"reliability-doubles-{_measure.replace('_', '-')}-{_n}", PART, "coverage", f"interval of the {_said}",
                   f"{_n} people, three words, one of them nine times in ten", lambda rng, m=_measure, n=_n: _doubles(rng, m, n), nominal=0.95))
register(Check("reliability-cohen", PART, "coverage", "interval of Cohen's kappa", "60 objects, 2 raters",
               _covers(lambda rng: words(rng, raters=2), cohen_kappa, "cohen_kappa", _KAPPA), nominal=0.95))
for _measure, _said, _rater, _truth in (("icc_1_1", "ICC(1,1)", 0.0, 1 / 1.64), ("icc_2_1", "ICC(2,1)", 0.4, 1 / 1.8),
                                        ("icc_3_1", "ICC(3,1)", 0.4, 1 / 1.64)):
    register(Check(f"reliability-{_measure}", PART, "coverage", f"interval of {_said}", "40 objects, 5 raters",
                   _covers(lambda rng, r=_rater: numbers(rng, rater_sd=r), icc, _measure, _truth), nominal=0.95))
register(Check("reliability-alpha", PART, "coverage", "interval of Cronbach's alpha (Feldt)", "40 objects, 5 items alike",
               _covers(numbers, _alpha, "cronbach_alpha", 5 / 5.64), nominal=0.95))
