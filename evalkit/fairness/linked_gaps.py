"""Gaps where several people rate the same objects: between groups of objects, and what a rater of the same group adds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evalkit.fairness.frames import as_pandas, group_name, need, prepared
from evalkit.inference.mixed_model import MixedModel, mixed_model
from evalkit.inference.mixed_model.solvers import NoResidualError
from evalkit.inference.multiplicity import adjust_estimates
from evalkit.inference.results import Estimate, estimates

FAMILY = "linked_gaps"
_FEWEST = 5  # objects in a group below which a normal interval of its mean says little


def linked_gaps(ratings: pd.DataFrame, *, attribute: str, reference: str, cluster: str = "object_id", min_group: int = _FEWEST) -> pd.DataFrame:
    """Compare groups of objects, with the severity of raters and the level of each object as crossed random effects.

    ``rating = mu + gap of the group + object + rater + error``; 0: no gap. A lenient rater cannot make the gap.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row an object and rater: `object_id`, `rater_id`, `rating`, the attribute, and `cluster`.
    attribute, reference : str
        The attribute of objects, and the group that others are compared with.
    cluster : str
        What tells persons apart where one stands behind several objects.
    min_group : int
        Groups with fewer of these are withheld.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "linked_gap" for each group, in points of the scale, with normal intervals. `n` counts persons of the group.
        Not estimable: "group_not_in_data", "no_variation", "no_residual"; withheld: "small_group".

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Objects of two groups may differ in what is rated; a gap is not yet unequal treatment. Source of the model: D. Bates and others
    (2015), Journal of Statistical Software 67(1).

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aabbccddeeffgghhiijj"), "rater_id": list("xy") * 10, "sex": ["F"] * 10 + ["M"] * 10,
    ...                      "rating": [1, 2, 2, 2, 1, 1, 2, 3, 1, 2, 3, 3, 2, 3, 3, 4, 3, 2, 3, 4]})
    >>> linked_gaps(rows, attribute="sex", reference="M")["estimate"].round(2).tolist()
    [-1.3]
    """
    known = _known(ratings, (cluster, attribute), (attribute,))
    reference = group_name(reference)
    sizes = known.groupby(attribute)[cluster].nunique()
    base: Estimate = {"measure": "linked_gap", "term": attribute, "role": "inferential", "unit": "points", "null_value": 0.0, "family": FAMILY,
                      "estimand": "gap_between_groups_of_objects_under_common_raters", "n_raters": int(known["rater_id"].nunique())}
    found: list[Estimate] = []
    for group in sorted(set(sizes.index) - {reference}):
        row: Estimate = {**base, "group": f"{group} - {reference}", "n": int(sizes[group])}
        reason = "group_not_in_data" if reference not in sizes.index else ""
        if reason or min(sizes[group], sizes[reference]) < min_group:
            found.append({**row, "status": "not_estimable", "reason": reason} if reason else {**row, "status": "withheld", "reason": "small_group"})
            continue
        two = known[known[attribute].isin([group, reference]).to_numpy()]
        nested = "" if cluster == "object_id" else " + (1 | cluster)"  # under a name that a formula can hold, whatever the column's is
        found.append(_fitted(two.assign(indicator=two[attribute].eq(group).astype(float), cluster=two[cluster]), row, nested))
    return estimates(found)


def own_group_effect(ratings: pd.DataFrame, *, attribute: str, rater_attribute: str) -> pd.DataFrame:
    """Estimate what a rater adds for an object of the rater's own group, against other raters of the same object.

    ``rating = mu + effect of a shared group + object + rater + error``; 0: raters treat their own group as the others do. Neither the
    quality of the object nor the severity of the rater can make it.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row an object and rater: `object_id`, `rater_id`, `rating`, and the two columns of groups.
    attribute, rater_attribute : str
        The group of the object, and that of the rater.

    Returns
    -------
    pandas.DataFrame
        One row of the frame of estimates: "own_group_effect" in points of the scale, with a normal interval and `n` pairs of one group.
        Not estimable: "no_pair_of_one_group", "all_pairs_of_one_group", "no_variation", "no_residual".

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    A preference that is shown proves no intent: a rater may know the work of her own group better. Raters who may not rate their own
    group say nothing here.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aabbccddeeff"), "rater_id": list("xyxyxyxyxyxy"), "of": list("IIJJIIJJIIJJ"),
    ...                      "rater_of": list("IJ") * 6, "rating": [3, 2, 2, 3, 4, 3, 1, 2, 3, 3, 2, 3]})
    >>> own_group_effect(rows, attribute="of", rater_attribute="rater_of")["estimate"].round(2).tolist()
    [0.83]
    """
    known = _known(ratings, (attribute, rater_attribute), (attribute, rater_attribute))
    own = known[attribute].eq(known[rater_attribute])
    row: Estimate = {"measure": "own_group_effect", "term": attribute, "role": "inferential", "unit": "points", "null_value": 0.0,
                     "family": FAMILY, "n": int(own.sum()), "n_raters": int(known["rater_id"][own].nunique()),
                     "estimand": "rating_of_the_own_group_against_other_raters_of_the_same_object"}
    if not own.any() or own.all():
        reason = "all_pairs_of_one_group" if len(known) and own.all() else "no_pair_of_one_group"
        return estimates([{**row, "status": "not_estimable", "reason": reason}])
    return estimates([_fitted(known.assign(indicator=own.astype(float)), row, "")])


def linked_gaps_of(ratings: pd.DataFrame, *, references: Mapping[str, str], cluster: str = "object_id", most_groups: int = 10) -> pd.DataFrame:
    """Give all gaps and all effects of the own group that a set carries, adjusted together by Holm.

    Parameters
    ----------
    ratings : pandas.DataFrame
        As for `linked_gaps`; an attribute of raters stands in `rater_` and the attribute's name.
    references : mapping of str to str
        Attributes, and of each the group that others are compared with.
    cluster : str
        As for `linked_gaps`.
    most_groups : int
        Of attributes with more groups only the effect of the own group is estimated.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `p_adjusted`; empty without an attribute.

    Raises
    ------
    EstimationError
        If a column is absent.

    Examples
    --------
    >>> linked_gaps_of(pd.DataFrame({"object_id": [], "rater_id": [], "rating": []}), references={}).shape[0]
    0
    """
    ratings, parts = as_pandas(ratings), [estimates([])]
    for attribute, reference in references.items():
        need([attribute], ratings.columns)
        if ratings[attribute].nunique() <= most_groups:
            parts.append(linked_gaps(ratings, attribute=attribute, reference=reference, cluster=cluster))
        if f"rater_{attribute}" in ratings.columns:
            parts.append(own_group_effect(ratings, attribute=attribute, rater_attribute=f"rater_{attribute}"))
    return adjust_estimates(pd.concat([p for p in parts if len(p)] or parts, ignore_index=True))


def _known(ratings: pd.DataFrame, columns: tuple[str, ...], groups: tuple[str, ...]) -> pd.DataFrame:
    wanted = list(dict.fromkeys(("object_id", "rater_id", "rating", *columns)))
    own = prepared(ratings, scores=["rating"], groups=groups, others=[c for c in wanted if c not in (*groups, "rating")])
    return own[wanted].dropna().reset_index(drop=True)


def _fitted(rows: pd.DataFrame, row: Estimate, nested: str) -> Estimate:
    if len(rows) < 5 or len(set(rows["rating"])) < 2:
        return {**row, "status": "not_estimable", "reason": "no_variation"}
    try:
        fit: MixedModel = mixed_model(rows, f"rating ~ 1 + indicator + (1 | object_id) + (1 | rater_id){nested}")
    except NoResidualError:
        return {**row, "status": "not_estimable", "reason": "no_residual"}
    spread = float(np.var(rows["rating"].to_numpy(dtype=float)))
    if float(fit.variances["variance"].iloc[-1]) <= 1e-12 * spread:
        return {**row, "status": "not_estimable", "reason": "no_residual"}
    own = fit.fixed[fit.fixed["term"].eq("indicator").to_numpy()].iloc[0]
    return {**row, "estimate": float(own["estimate"]), "std_error": float(own["std_error"]), "conf_level": 0.95,
            "conf_low": float(own["conf_low"]), "conf_high": float(own["conf_high"]), "p_value": _two_sided(float(own["statistic"])),
            "method": "crossed_mixed_model", "status": "estimated"}


def _two_sided(statistic: float) -> float:
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(statistic)))
