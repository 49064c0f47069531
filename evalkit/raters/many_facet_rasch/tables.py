"""What FACETS prints of a facet: measures with errors and fit, separation, the two chi-squares, fair averages."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2

from evalkit.raters.many_facet_rasch.breaks import NO_FINITE_DISTANCE
from evalkit.raters.many_facet_rasch.design import Codes, Vector
from evalkit.raters.many_facet_rasch.expected import Scale, strides


def fit_sums(scale: Scale, logit: Vector, group: Codes | None, x: Vector, weight: Vector | None, codes: tuple[Codes, ...],
             sizes: tuple[int, ...]) -> list[pd.DataFrame]:
    """Give infit and outfit mean squares of every level, with their standardised forms (Wilson and Hilferty's cube root).

    ``z = (cube root of the mean square - 1) 3 / q + q / 3``; its degrees of freedom, 2 / q^2, are held at 1 or more as in the tables of
    Winsteps: below that the cube root turns round, and the most regular levels would look noisy.

    ``infit = sum r^2 / sum V``, ``outfit = mean of r^2 / V``; 1: as noisy as the model expects, above: noisier, below: too regular.
    """
    sums = [np.zeros((6, n)) for n in sizes]
    for part in strides(len(logit)):
        mean, variance, fourth = scale.moments(logit[part], None if group is None else group[part])
        variance = np.maximum(variance, 1e-12)
        square = np.square(x[part] - mean)
        w = np.ones(len(mean)) if weight is None else weight[part]
        for f, own in enumerate(codes):
            for row, values in enumerate((w, w * square / variance, w * square, w * variance, w * fourth / variance**2,
                                          w * (fourth - variance**2))):
                sums[f][row] += np.bincount(own[part], values, sizes[f])
    frames = []
    for n, z, r, v, kurtosis, spread in sums:
        infit, outfit = r / v, z / n
        q_in = np.sqrt(np.maximum(spread, 0.0)) / v
        q_out = np.sqrt(np.maximum(kurtosis / n**2 - 1.0 / n, 0.0))
        frames.append(pd.DataFrame({"infit": infit, "infit_z": _cube_root(infit, q_in), "outfit": outfit, "outfit_z": _cube_root(outfit, q_out)}))
    return frames


def _cube_root(mean_square: Vector, deviation: Vector) -> Vector:
    safe = np.minimum(np.where(deviation > 0, deviation, np.nan), np.sqrt(2.0))
    z: Vector = (np.cbrt(mean_square) - 1.0) * 3.0 / safe + safe / 3.0
    return z


ALONE = "alone_in_subset"  # a level that nothing compares with another of its facet: its centre is its own


def summary(measures: pd.DataFrame) -> pd.DataFrame:
    """Summarise each facet: spread, error, separation, strata, reliability, fixed and random chi-square.

    ``separation G = true SD / RMSE``, ``strata = (4 G + 1) / 3``, ``reliability = true variance / observed variance``, with the
    population and with the sample form of the variance. Only levels that are neither extreme nor anchored count. A facet whose levels
    lie in several subsets has none of it: each subset has its own centre, so a spread over all would compare what nothing links. Both
    chi-squares are FACETS': errors taken for independent; with few ratings a level, or weak links, the fixed one rejects far too often.
    """
    rows = []
    for facet, own in measures.groupby("facet", sort=False):
        kept = own[own["status"].eq("estimated").to_numpy(dtype=bool)]
        known: dict[str, object] = {"facet": facet, "n_levels": len(own), "n_estimated": len(kept)}
        placed = own[(own["status"].eq("estimated") | own["reason"].eq(ALONE)).to_numpy(dtype=bool)]
        if "subset" in own and len(set(placed["subset"].dropna())) > 1:
            rows.append({**known, "status": "not_estimable", "reason": "several_subsets"})
            continue
        if len(kept) < 2 and own["reason"].eq(NO_FINITE_DISTANCE).any():
            rows.append({**known, "status": "not_estimable", "reason": NO_FINITE_DISTANCE})
            continue
        rows.append({**known, **_spread(kept["measure"].to_numpy(dtype=float), kept["std_error_conditional"].to_numpy(dtype=float))})
    return pd.DataFrame(rows)


def _spread(measure: Vector, error: Vector) -> dict[str, object]:
    n = len(measure)
    if n < 2:
        return {"mean": float(measure.mean()) if n else np.nan, "status": "not_estimable", "reason": "fewer_than_two_levels"}
    out: dict[str, object] = {"mean": float(measure.mean()), "rmse": float(np.sqrt(np.mean(error**2)))}
    for name, ddof in (("population", 0), ("sample", 1)):
        observed = float(measure.var(ddof=ddof))
        true = max(observed - float(np.mean(error**2)), 0.0)
        separation = float(np.sqrt(true / np.mean(error**2)))
        out |= {f"sd_{name}": float(np.sqrt(observed)), f"true_sd_{name}": float(np.sqrt(true)), f"separation_{name}": separation,
                f"strata_{name}": (4.0 * separation + 1.0) / 3.0, f"reliability_{name}": true / observed if observed > 0 else np.nan}
    fixed = _homogeneity(measure, 1.0 / error**2)
    true = max(float(measure.var(ddof=1)) - float(np.mean(error**2)), 0.0)
    random = _homogeneity(measure, 1.0 / (error**2 + true))
    out |= {"chi_square_fixed": fixed, "df_fixed": n - 1, "p_fixed": float(chi2.sf(fixed, n - 1)), "chi_square_random": random,
            "df_random": n - 2, "p_random": float(chi2.sf(random, n - 2)) if n > 2 else np.nan, "status": "estimated", "reason": ""}
    return out


def _homogeneity(measure: Vector, weight: Vector) -> float:
    return float((weight * measure**2).sum() - (weight * measure).sum() ** 2 / weight.sum())
