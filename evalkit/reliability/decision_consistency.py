"""How often a second, equally good measurement would put people on the same side of the cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal, norm

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import rising, single


def decision_consistency(scores: pd.Series | Sequence[float], cuts: Sequence[float], reliability: float) -> pd.DataFrame:
    """Give consistency and accuracy of classes made by cuts, from the scores of one measurement and its reliability.

    ``consistency = sum over classes of P(both of two parallel scores in it)``, two normal scores with correlation equal to the
    reliability; ``accuracy = P(observed and true score in the same class)``, correlation its square root;
    ``kappa = (consistency - blind) / (1 - blind)``. 1: no decision would change.

    Parameters
    ----------
    scores : pandas.Series or sequence of float
        Observed scores, missing ones left out.
    cuts : sequence of float
        Lower limits of the classes above the first, rising.
    reliability : float
        0 to 1, of these scores.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "decision_consistency", "decision_kappa", "decision_accuracy". Not estimable: "fewer_than_two_scores",
        "no_variation".

    Raises
    ------
    EstimationError
        If cuts are missing or do not rise, or the reliability is outside 0 to 1.

    Notes
    -----
    Supposes normal scores and equal error everywhere; coarse scales with few values are classed too optimistically near a cut.
    Source: C. J. Peng, M. J. Subkoviak (1980), Journal of Educational Measurement 17, 359-368.

    Examples
    --------
    >>> scores = pd.Series(norm.ppf((np.arange(500) + 0.5) / 500))
    >>> decision_consistency(scores, [0.0], 0.8).loc[0, "estimate"].round(3)
    np.float64(0.795)
    """
    limits = rising(cuts)
    single(reliability=reliability)
    if not 0.0 <= reliability <= 1.0:
        raise EstimationError("The reliability lies from 0 to 1.")
    if getattr(scores, "ndim", 1) != 1:
        raise EstimationError("Scores are one column: take it from its table, as table['score'].")
    data = given_numbers(pd.DataFrame({"score": pd.Series(scores)}), "score")
    data = data[~np.isnan(data)]
    base: Estimate = {"role": "inferential", "unit": "share", "n": len(data), "method": f"normal, reliability={reliability:.4g}"}
    names = ("decision_consistency", "decision_kappa", "decision_accuracy")
    reason = "fewer_than_two_scores" if len(data) < 2 else "no_variation" if float(np.ptp(data)) == 0 else ""
    if reason:
        return estimates([{**base, "measure": m, "status": "not_estimable", "reason": reason} for m in names])
    z = np.concatenate([[-np.inf], (np.array(limits) - data.mean()) / data.std(ddof=1), [np.inf]])
    share = np.diff(norm.cdf(z))
    blind = float((share**2).sum())
    consistency = _together(z, z, reliability)
    # a true score is less spread: the same cut stands further out on its own scale
    true = z / np.sqrt(reliability) if reliability > 0 else np.where(np.isfinite(z), np.sign(z) * 40.0, z)
    accuracy = _together(z, true, float(np.sqrt(reliability)))
    kappa = (consistency - blind) / (1.0 - blind) if blind < 1.0 - 1e-12 else float("nan")
    rows: list[Estimate] = [{**base, "measure": names[0], "estimate": consistency, "status": "estimated"}]
    if np.isnan(kappa):
        rows.append({**base, "measure": names[1], "status": "not_estimable", "reason": "one_class_in_use"})
    else:
        rows.append({**base, "measure": names[1], "estimate": kappa, "null_value": 0.0, "status": "estimated"})
    return estimates([*rows, {**base, "measure": names[2], "estimate": accuracy, "status": "estimated"}])


def _together(first: np.ndarray[tuple[int, ...], np.dtype[np.float64]], second: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
              correlation: float) -> float:
    """Chance that two correlated standard normals fall into classes of the same number."""
    if correlation >= 1.0 - 1e-12:
        low, high = np.maximum(first[:-1], second[:-1]), np.minimum(first[1:], second[1:])
        return float(np.clip(norm.cdf(high) - norm.cdf(low), 0.0, None).sum())
    both = multivariate_normal(mean=[0.0, 0.0], cov=[[1.0, correlation], [correlation, 1.0]])

    def below(a: float, b: float) -> float:
        if a == -np.inf or b == -np.inf:
            return 0.0
        return float(norm.cdf(min(a, b))) if np.inf in (a, b) else float(both.cdf([a, b]))

    return float(sum(below(first[i + 1], second[i + 1]) - below(first[i], second[i + 1]) - below(first[i + 1], second[i]) + below(first[i], second[i])
                     for i in range(len(first) - 1)))
