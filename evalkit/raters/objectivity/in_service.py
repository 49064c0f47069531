"""Whether severity on vignettes goes with severity in service: a correlation, and the same corrected for unreliability."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers, numbered
from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import single
from evalkit.raters.objectivity.cases import Vector

LEAST_RATERS = 10


def severity_in_service(linked: pd.DataFrame, service: pd.DataFrame, *, linked_spread: float | None = None,
                        conf_level: float = 0.95) -> pd.DataFrame:
    """Correlate raters' severity on a linked instrument with that in service.

    ``r = cor(severity on vignettes, severity in service)`` with Fisher's interval; ``corrected = r / sqrt(rel_1 rel_2)``, ``rel = 1 - mean
    squared error / variance``, or ``linked_spread^2 / variance``. 0: severity on vignettes says nothing of service; 1: the same order.

    Parameters
    ----------
    linked, service : pandas.DataFrame
        `rater_id`, `severity` and, for the correction, `std_error`; a row a rater. In both a higher number is more severe.
    linked_spread : float, optional
        Standard deviation between raters on the linked instrument, of the row "severity_spread" of `severity`. Take it where all raters
        rated the same objects: what an object has of its own for all of them stands in each rater's error, and not between raters.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "severity_in_service", "severity_in_service_corrected", and the two reliabilities "reliability_linked",
        "reliability_service". `n_raters` counts raters in both. Not estimable: "too_few_raters" (under 10), "no_variation",
        "no_reliability" (a reliability is 0 or unknown).

    Raises
    ------
    EstimationError
        If a column is absent or no number, or a rater stands twice.

    Notes
    -----
    Severity in service is confounded with the quality of teams: a low correlation may be the teams. The limits of the corrected number
    are those of r, divided; they hold the reliabilities as known and are cut at -1 and 1, the number itself is not. Sources: R. A. Fisher
    (1921), Metron 1, 3-32; C. Spearman (1904), American Journal of Psychology 15, 72-101.

    Examples
    --------
    >>> a = pd.DataFrame({"rater_id": range(12), "severity": range(12), "std_error": 1.0})
    >>> severity_in_service(a, a)["estimate"].round(2).tolist()
    [1.0, 1.08, 0.92, 0.92]
    """
    check_level(conf_level)
    if linked_spread is not None:
        single(linked_spread=linked_spread)
    both = _plain(linked).merge(_plain(service), on="rater_id", suffixes=("_1", "_2")).dropna(subset=["severity_1", "severity_2"])
    n = len(both)
    base: Estimate = {"role": "inferential", "unit": "coefficient", "null_value": 0.0, "conf_level": conf_level, "n": n, "n_raters": n,
                      "method": "Pearson, Fisher's z"}
    names = ("severity_in_service", "severity_in_service_corrected", "reliability_linked", "reliability_service")
    x, y = both["severity_1"].to_numpy(dtype=float), both["severity_2"].to_numpy(dtype=float)
    reason = "too_few_raters" if n < LEAST_RATERS else "no_variation" if x.std() < 1e-12 or y.std() < 1e-12 else ""
    if reason:
        return estimates([{**base, "measure": m, "status": "not_estimable", "reason": reason} for m in names])
    r = float(np.corrcoef(x, y)[0, 1])
    wide = float(norm.ppf(0.5 + conf_level / 2)) / np.sqrt(n - 3.0)
    z = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15))
    low, high = float(np.tanh(z - wide)), float(np.tanh(z + wide))
    p = float(2 * norm.sf(abs(z) * np.sqrt(n - 3.0)))
    rows: list[Estimate] = [{**base, "measure": names[0], "estimate": r, "std_error": float((1 - r**2) / np.sqrt(n - 1.0)), "conf_low": low,
                             "conf_high": high, "p_value": p, "status": "estimated"}]
    of_spread = linked_spread is not None and np.isfinite(linked_spread)
    first = _reliability(x, both["std_error_1"].to_numpy(dtype=float))
    if linked_spread is not None and of_spread:
        first = min(1.0, linked_spread**2 / float(x.var(ddof=1)))
    rel = [first, _reliability(y, both["std_error_2"].to_numpy(dtype=float))]
    shrink = float(np.sqrt(rel[0] * rel[1])) if min(rel) > 0 else np.nan
    if np.isfinite(shrink):
        rows.append({**base, "measure": names[1], "estimate": r / shrink, "conf_low": max(low / shrink, -1.0), "conf_high": min(high / shrink, 1.0),
                     "method": "divided by the root of both reliabilities", "status": "estimated"})
    else:
        rows.append({**base, "measure": names[1], "status": "not_estimable", "reason": "no_reliability"})
    for name, value in zip(names[2:], rel, strict=True):
        told: Estimate = {"estimate": value, "status": "estimated"} if np.isfinite(value) else {"status": "not_estimable", "reason": "no_reliability"}
        by_spread = of_spread and name == "reliability_linked"
        rows.append({**base, **told, "measure": name, "method": "variance between raters / variance" if by_spread else
                     "1 - mean squared error / variance"})
    return estimates(rows)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    frame = numbered(frame, "rater_id", "severity", also=["std_error"])
    error = given_numbers(frame, "std_error") if "std_error" in frame.columns else np.nan
    found = pd.DataFrame({"rater_id": frame["rater_id"].astype(object), "severity": given_numbers(frame, "severity")}).assign(std_error=error)
    found = found.dropna(subset=["rater_id"]).astype({"rater_id": str})
    if found["rater_id"].duplicated().any():
        raise EstimationError("A rater stands twice among the severities: one row a rater.")
    return found


def _reliability(value: Vector, error: Vector) -> float:
    known = np.isfinite(error)
    if not known.any():
        return float("nan")
    return max(0.0, 1.0 - float(np.mean(error[known] ** 2)) / float(value.var(ddof=1)))
