"""Gaps within evaluators with other attributes held fixed as well: conditional logistic regression."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.fairness.conditions import refuse_same_hand
from evalkit.fairness.frames import group_name, prepared
from evalkit.fairness.within_rater import ESTIMAND, FAMILY
from evalkit.inference.reading import check_level, listed, numbers
from evalkit.inference.results import Estimate, estimates


def within_rater_adjusted(rows: pd.DataFrame, *, attribute: str, outcome: str, reference: str, covariates: Sequence[str],
                          strata: Sequence[str] = ("rater_id", "period"), person: str = "person_id", rater: str = "rater_id",
                          level: float = 0.95, scope_id: str = "", period: str = "", family: str = FAMILY) -> pd.DataFrame:
    """Compare groups within evaluators, other attributes held fixed as well: conditional logistic regression.

    ``odds = exp(stratum + b group + c covariates)``, fitted given how many of each stratum have the outcome; exp(b) 1 is no gap.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `within_rater`, with the columns `covariates`: text becomes groups, numbers stay numbers.
    attribute, outcome, reference, strata, person, rater, level, scope_id, period, family
        As in `within_rater`.
    covariates : sequence of str
        Attributes of the person that her evaluator did not write.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "within_odds_ratio" of each group, `method` "conditional_logit: a + b". Not estimable: "group_not_in_data",
        "no_informative_stratum", "few_outcomes" (under ten with or without the outcome for each coefficient in informative strata),
        "several_ratings_a_person", "no_convergence".

    Raises
    ------
    EstimationError
        If a column is absent, or a covariate is a rating by the same hand; if `level` is not between 0 and 1.

    Notes
    -----
    One rating a person: with several the standard error would be too small. Fitted with statsmodels. Source: N. Breslow, N. Day
    (1980), Statistical Methods in Cancer Research 1, chapter 7.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> rows = pd.DataFrame({"person_id": range(600), "rater_id": np.arange(600) // 6, "period": "p", "sex": rng.choice(["F", "M"], 600),
    ...                      "years": rng.normal(size=600), "top": rng.random(600) < 0.3})
    >>> within_rater_adjusted(rows, attribute="sex", outcome="top", reference="M", covariates=["years"])["method"].tolist()
    ['conditional_logit: years']
    """
    check_level(level)
    listed(strata=strata, covariates=covariates)
    refuse_same_hand(covariates)
    known = prepared(rows, groups=[attribute], outcomes=[outcome], others=[*strata, person, rater, *covariates]).dropna().reset_index(drop=True)
    reference = group_name(reference)
    base: Estimate = {"measure": "within_odds_ratio", "term": attribute, "role": "inferential", "scope_id": scope_id, "period": period,
                      "estimand": ESTIMAND, "conf_level": level, "unit": "ratio", "null_value": 1.0, "family": family,
                      "method": "conditional_logit" + (f": {' + '.join(covariates)}" if covariates else "")}
    groups = known[attribute]
    names = sorted(set(groups) - {reference})
    if reference not in set(groups) or not names:
        return estimates([{**base, "n": len(known), "status": "not_estimable", "reason": "group_not_in_data"}])
    return estimates(_logit(known, groups, names, reference, list(strata), person, rater, outcome, list(covariates), base, level))


def _logit(known: pd.DataFrame, groups: pd.Series, names: list[str], reference: str, strata: list[str], person: str, rater: str,
           outcome: str, covariates: list[str], base: Estimate, level: float) -> list[Estimate]:
    from scipy.special import ndtr, ndtri

    hit = known[outcome].astype(bool).to_numpy()
    codes = pd.factorize(pd.MultiIndex.from_frame(known[strata].astype(object)))[0]
    cases, size = np.bincount(codes, weights=hit), np.bincount(codes)
    keep = ((cases > 0) & (cases < size))[codes]
    design = pd.concat([pd.DataFrame({g: groups.eq(g).astype(float) for g in names}), _columns(known[covariates])], axis=1)[keep]
    design = design.loc[:, design.max() > design.min()]
    head: Estimate = {**base, "n": int(keep.sum()), "n_raters": int(known[rater][keep].nunique())}
    few = 10 * max(design.shape[1], 1)
    reason = ("no_informative_stratum" if not keep.any() else "several_ratings_a_person" if known[person].duplicated().any() else
              "few_outcomes" if min(hit[keep].sum(), (~hit[keep]).sum()) < few else "")
    fit = None if reason else _fitted(hit[keep], design, codes[keep])
    rows: list[Estimate] = []
    for group in names:
        row: Estimate = {**head, "group": f"{group} / {reference}"}
        if fit is None or group not in fit:
            rows.append({**row, "status": "not_estimable", "reason": reason or ("group_not_in_data" if fit else "no_convergence")})
            continue
        value, error = fit[group]
        half = float(ndtri(0.5 + level / 2)) * error
        rows.append({**row, "status": "estimated", "estimate": math.exp(value), "std_error": error, "conf_low": math.exp(value - half),
                     "conf_high": math.exp(value + half), "p_value": float(2 * ndtr(-abs(value) / error))})
    return rows


def _columns(covariates: pd.DataFrame) -> pd.DataFrame:
    parts: list[pd.DataFrame] = []
    for name in covariates.columns:
        column = covariates[name]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            values = pd.Series(numbers(column, f"values of {name!r}"), index=column.index)
            parts.append(((values - values.mean()) / (float(values.std(ddof=0)) or 1.0)).to_frame(name))
        else:
            parts.append(pd.get_dummies(column.astype(str), prefix=name, drop_first=True, dtype=float))
    return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=covariates.index)


def _fitted(hit: NDArray[np.bool_], design: pd.DataFrame, strata: NDArray[np.intp]) -> dict[str, tuple[float, float]] | None:
    """Fit; None where the likelihood has no maximum (a covariate separates) or the columns depend on each other."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    with warnings.catch_warnings():
        # a separated or dependent column ends in a number that is not finite: it is told as a status, not as a warning
        warnings.simplefilter("ignore")
        try:
            model = ConditionalLogit(hit.astype(float), design.to_numpy(), groups=strata)
            # the first search ends at four or five digits; Newton's steps from there give all of them
            found = model.fit(start_params=model.fit(disp=0).params, method="newton", disp=0)
        except (np.linalg.LinAlgError, ValueError):
            return None
    values, errors = np.asarray(found.params, dtype=float), np.asarray(found.bse, dtype=float)
    if not (np.isfinite(values).all() and np.isfinite(errors).all() and (errors > 0).all() and np.abs(values).max(initial=0.0) < 15):
        return None
    return {str(c): (float(v), float(e)) for c, v, e in zip(design.columns, values, errors, strict=True)}
