"""A value of each rater with its interval over objects, and the mean over raters with its interval over raters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from evalkit.raters.objectivity.cases import Codes, Vector, frame_of, joined, mean_and_error, nothing, sums

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Ratio:
    """A ratio of two sums for each rater: the sums, the standard error of its logarithm (linearised over cases), the number of cases."""

    above: Vector
    below: Vector
    log_error: Vector
    n: Counts

    @property
    def value(self) -> Vector:
        """The ratio; missing where the lower sum is 0."""
        found: Vector = np.divide(self.above, self.below, out=np.full(len(self.above), np.nan), where=self.below > 0)
        return found

    def only(self, keep: NDArray[np.bool_]) -> Ratio:
        """Leave the ratio of the others out."""
        return Ratio(np.where(keep, self.above, 0.0), np.where(keep, self.below, 0.0), self.log_error, self.n)


def ratio_of_sums(top: Vector, bottom: Vector, group: Codes, n_groups: int) -> Ratio:
    """Sum two values of each case by group."""
    known = np.isfinite(top) & np.isfinite(bottom)
    a, b, g = top[known], bottom[known], group[known]
    n = np.bincount(g, minlength=n_groups).astype(np.int64)
    above, below = sums(g, a, n_groups), sums(g, b, n_groups)
    ratio = np.divide(above, below, out=np.zeros(n_groups), where=below > 0)
    square = sums(g, (a - ratio[g] * b) ** 2, n_groups) * np.divide(n, n - 1.0, out=np.full(n_groups, np.nan), where=n > 1)
    return Ratio(above, below, np.sqrt(square) / np.where(above > 0, above, np.nan), n)


def mean_by_rater(measure: str, unit: str, null: float, value: Vector, error: Vector, n: Counts, raters: pd.Index,
             level: float, method: str, reason: str) -> pd.DataFrame:
    """Give a value of each rater with its t interval over objects, and the mean over raters with its interval over raters."""
    wide = student.ppf(0.5 + level / 2, np.maximum(n - 1, 1)) * error
    told = np.isfinite(value)
    own = frame_of({"measure": measure, "term": raters.astype(str), "role": "inferential", "unit": unit, "null_value": null, "estimate": value,
                    "std_error": error, "df": np.where(n > 1, n - 1.0, np.nan), "conf_level": level, "conf_low": value - wide,
                    "conf_high": value + wide, "n": n, "n_raters": 1, "method": method, "status": np.where(told, "estimated", "not_estimable"),
                    "reason": np.where(told, np.where(n > 1, "", "one_object"), reason)}, len(raters))
    return joined([own, over_raters(measure, unit, null, value[told], level, n, method, reason)])


def ratio_by_rater(measure: str, ratio: Ratio, raters: pd.Index, level: float, method: str, reason: str) -> pd.DataFrame:
    """Give a ratio of each rater with the t interval of its logarithm, and that of all (sums over all raters, its interval over raters)."""
    value, n = ratio.value, ratio.n
    t = student.ppf(0.5 + level / 2, np.maximum(n - 1, 1)) * ratio.log_error
    told = np.isfinite(value)
    own = frame_of({"measure": measure, "term": raters.astype(str), "role": "inferential", "unit": "ratio", "null_value": 1.0, "estimate": value,
                    "std_error": value * ratio.log_error, "df": np.where(n > 1, n - 1.0, np.nan), "conf_level": level,
                    "conf_low": value * np.exp(-t), "conf_high": value * np.exp(t), "n": n, "n_raters": 1, "method": method,
                    "status": np.where(told, "estimated", "not_estimable"),
                    "reason": np.where(told, np.where(np.isfinite(ratio.log_error), "", "no_interval"), reason)}, len(raters))
    if not told.any():
        return joined([own, nothing(measure, reason)])
    # a mean of ratios would be too large: small sums below weigh most in it
    whole = ratio_of_sums(ratio.above[told], ratio.below[told], np.zeros(int(told.sum()), dtype=np.intp), 1)
    wide = student.ppf(0.5 + level / 2, max(int(told.sum()) - 1, 1)) * whole.log_error
    every = frame_of({"measure": measure, "term": "", "group": "all", "role": "inferential", "unit": "ratio", "null_value": 1.0,
                      "estimate": whole.value, "std_error": whole.value * whole.log_error, "df": float(max(int(told.sum()) - 1, 1)),
                      "conf_level": level, "conf_low": whole.value * np.exp(-wide), "conf_high": whole.value * np.exp(wide),
                      "n": int(n.max(initial=0)), "n_raters": int(told.sum()), "method": f"sums over raters; {method}", "status": "estimated",
                      "reason": ""}, 1)
    return joined([own, every])


def over_raters(measure: str, unit: str, null: float, values: Vector, level: float, n: Counts, method: str,
                reason: str) -> pd.DataFrame:
    """Give the mean of the values of raters, with its t interval over raters."""
    if not len(values):
        return nothing(measure, reason)
    mean, error, count = mean_and_error(values, np.zeros(len(values), dtype=np.intp), 1)
    wide = student.ppf(0.5 + level / 2, max(len(values) - 1, 1)) * error
    return frame_of({"measure": measure, "term": "", "group": "all", "role": "inferential", "unit": unit, "null_value": null, "estimate": mean,
                     "std_error": error, "df": float(max(len(values) - 1, 1)), "conf_level": level, "conf_low": mean - wide,
                     "conf_high": mean + wide, "n": int(n.max(initial=0)), "n_raters": int(count[0]), "method": f"mean over raters; {method}",
                     "status": "estimated", "reason": ""}, 1)
