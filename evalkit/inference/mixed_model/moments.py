"""Where the search begins: variance ratios that follow from sums of squares, by the method of moments."""

from __future__ import annotations

import numpy as np

from evalkit.inference.mixed_model.design import Design, Vector

UNKNOWN = 0.01  # of a factor whose moment is not positive
SPAN = (1e-3, 1e3)


def moments(design: Design) -> Vector | None:
    """Estimate the variance ratios from the totals of each factor's levels.

    ``E |Z_k' W y|^2 = sum_l sigma_l^2 |Z_k' W Z_l|^2 + sigma^2 sum(w)``, and the same for the rows themselves: as many equations
    as variances (MINQUE(0) of Rao 1970, with the fixed effects taken for known). All of it lies in the cross products.

    Parameters
    ----------
    design : Design
        The cross products.

    Returns
    -------
    array or None
        A ratio a factor, kept away from zero and from infinity: a place to begin, no estimate to report. Nothing where the equations
        have no solution with a positive residual.

    References
    ----------
    Rao, C. R. (1970). Estimation of heteroscedastic variances in linear models. JASA 65, 161-172.
    """
    factors, p = len(design.sizes), design.x.shape[1]
    total = design.weights.sum()
    left = np.full((factors + 1, factors + 1), total)
    left[factors, factors] = design.n
    left[0, 0] = design.n1 @ design.n1
    if design.rest:
        of_level = np.repeat(np.arange(factors - 1), design.sizes[1:])
        left[0, 1:factors] = left[1:factors, 0] = np.bincount(of_level[design.C.indices], design.C.data**2, factors - 1)
        w = design.W.tocoo()
        place = of_level[w.row] * (factors - 1) + of_level[w.col]
        left[1:factors, 1:factors] = np.bincount(place, w.data**2, (factors - 1) ** 2).reshape(factors - 1, factors - 1)
    totals = (design.z1[:, p], *(design.zr[b, p] for b in design.blocks))
    try:
        found = np.linalg.solve(left, np.array([*(float(v @ v) for v in totals), design.gram[p, p]]))
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(found).all() or found[-1] <= 0:
        return None
    ratios = found[:-1] / found[-1]
    return np.asarray(np.where(ratios > 0, np.clip(ratios, *SPAN), UNKNOWN))
