"""360-degree feedback: means by role that nobody can be read from, self against others, and subordinates as random raters."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import f as fisher
from scipy.stats import norm
from scipy.stats import t as student

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.raters.objectivity.cases import read

SELF, SUPERIOR, OTHERS = "self", "superior", "others"
LEAST_PAIRS = 10
MOST_SHARE = 0.5


def role_means(ratings: pd.DataFrame, *, min_raters: int = 3) -> pd.DataFrame:
    """Give the mean of each role on each item, roles with too few raters merged or withheld.

    ``mean = mean over people of the mean of their raters in the role``. Small roles (superior and self are never merged) join as
    "others"; what is still small is withheld.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `rater_role`, `item`, `rating`, of one unit.
    min_raters : int
        The least number of different raters of a role on an item, 2 or more.

    Returns
    -------
    pandas.DataFrame
        `role`, `item`, `merged` (roles joined, with a comma), `mean`, `sd` (between people, n - 1), `n_objects`, `n_raters`,
        `status` ("estimated", "withheld") and `reason`: "few_raters", "one_rater_dominates" (one gave more than half of the
        answers), "all_the_same" (all answers equal: each would be known). A withheld row has no number at all.

    Raises
    ------
    EstimationError
        If a column is absent or `min_raters` is below 2.

    Notes
    -----
    Descriptive: the people of the unit are all there are. No row for all roles together is given, since it would tell a withheld one
    by subtraction.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": "o", "rater_id": list("abcd"), "rater_role": ["peer", "peer", "subordinate", "superior"], "item": "i",
    ...                      "rating": [3, 4, 5, 2]})
    >>> role_means(rows)[["role", "merged", "mean", "status"]].to_numpy().tolist()
    [['others', 'peer,subordinate', 4.0, 'estimated'], ['superior', 'superior', nan, 'withheld']]
    """
    ratings = read(ratings, "object_id", "rater_id", "rater_role", "item")
    if min_raters < 2:
        raise EstimationError("min_raters is at least 2: one rater of a role would be read from her mean.")
    rows = ratings.dropna(subset=["object_id", "rater_id", "rater_role", "item", "rating"])
    rows = rows.astype({"rater_role": str, "item": str, "rating": float})
    found = [_row(str(role), str(item), merged, part, min_raters) for merged, pool in _pools(rows, min_raters)
             for (role, item), part in pool.groupby(["role", "item"])]
    columns = ["role", "item", "merged", "mean", "sd", "n_objects", "n_raters", "status", "reason"]
    return pd.DataFrame(found, columns=columns).sort_values(["role", "item"], ignore_index=True)


def _pools(rows: pd.DataFrame, least: int) -> list[tuple[str, pd.DataFrame]]:
    """Give the roles, each with its rows; small ones are one pool for all items, so that no item tells who is in it."""
    counts = rows.groupby(["rater_role", "item"])["rater_id"].nunique().groupby(level=0).min()
    by_role = {str(r): int(n) for r, n in counts.items()}
    small = sorted(r for r, n in by_role.items() if n < least and r not in (SELF, SUPERIOR))
    pools = [(r, rows[rows["rater_role"].eq(r).to_numpy(dtype=bool)].assign(role=r)) for r in sorted(by_role) if r not in small]
    if small:
        pools.append((",".join(small), rows[rows["rater_role"].isin(small).to_numpy(dtype=bool)].assign(role=OTHERS if len(small) > 1 else small[0])))
    return pools


def _row(role: str, item: str, merged: str, part: pd.DataFrame, least: int) -> dict[str, object]:
    raters = part["rater_id"].nunique()
    share = float(part.groupby("rater_id").size().max() / len(part))
    reason = "few_raters" if raters < least else "one_rater_dominates" if share > MOST_SHARE and role != SELF else \
        "all_the_same" if part["rating"].min() == part["rating"].max() else ""
    base: dict[str, object] = {"role": role, "item": item, "merged": merged, "status": "withheld" if reason else "estimated", "reason": reason}
    if reason:
        return base | {"mean": np.nan, "sd": np.nan, "n_objects": None, "n_raters": None}
    each = part.groupby("object_id")["rating"].mean()
    return base | {"mean": float(each.mean()), "sd": float(each.std(ddof=1)) if len(each) > 1 else np.nan, "n_objects": len(each), "n_raters": raters}


def self_other(ratings: pd.DataFrame, *, min_raters: int = 3, conf_level: float = 0.95) -> pd.DataFrame:
    """Compare what people say of themselves with what others say of them.

    ``self_other_gap = mean of (self - mean of others)``, 0: as others see them, above 0: higher; ``self_other_correlation``, 0: no relation.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `rater_role` ("self" for the own), `item`, `rating`.
    min_raters : int
        Others a person needs; people with fewer are left out.
    conf_level : float
        Level of the intervals (t for the gap, Fisher for the correlation).

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, a row an item (`term`) and one for the mean of the items (`term` empty). `n` counts people. Not estimable:
        "few_people" (under `min_raters` for the gap, under 10 for the correlation), "no_variation".

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Neither side is the truth. Source: L. E. Atwater, F. J. Yammarino (1992), Personnel Psychology 45, 141-164.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aaabbb"), "rater_id": list("axybxy"), "rater_role": ["self", "peer", "peer"] * 2, "item": "i",
    ...                      "rating": [4, 3, 3, 5, 3, 4]})
    >>> self_other(rows, min_raters=2).query("measure == 'self_other_gap' and term == 'i'")["estimate"].tolist()
    [1.25]
    """
    check_level(conf_level)
    ratings = read(ratings, "object_id", "rater_id", "rater_role", "item")
    rows = ratings.dropna(subset=["object_id", "rater_id", "rater_role", "item", "rating"]).astype({"rating": float, "item": str})
    own = rows["rater_role"].astype(str).eq(SELF).to_numpy(dtype=bool)
    others = rows[~own].groupby(["object_id", "item"])
    seen = pd.DataFrame({"others": others["rating"].mean(), "n": others["rater_id"].nunique()})
    pairs = rows[own].groupby(["object_id", "item"])["rating"].mean().rename("self").to_frame().join(seen, how="inner")
    pairs = pairs[(pairs["n"] >= min_raters).to_numpy(dtype=bool)].reset_index()
    whole = pairs.groupby("object_id")[["self", "others"]].mean()
    found = _pair_rows("", whole["self"].to_numpy(float), whole["others"].to_numpy(float), min_raters, conf_level)
    for item, part in pairs.groupby("item"):
        found += _pair_rows(str(item), part["self"].to_numpy(float), part["others"].to_numpy(float), min_raters, conf_level)
    return estimates(found)


def _pair_rows(term: str, own: np.ndarray[tuple[int, ...], np.dtype[np.float64]], others: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
               least: int, level: float) -> list[Estimate]:
    n = len(own)
    base: Estimate = {"term": term, "role": "inferential", "null_value": 0.0, "conf_level": level, "n": n}
    gap: Estimate = {**base, "measure": "self_other_gap", "unit": "points", "method": "t over people"}
    if n < max(least, 2):
        gap |= {"status": "not_estimable", "reason": "few_people"}
    else:
        d = own - others
        error = float(d.std(ddof=1) / np.sqrt(n))
        wide = float(student.ppf(0.5 + level / 2, n - 1)) * error
        gap |= {"estimate": float(d.mean()), "std_error": error, "df": n - 1.0, "conf_low": float(d.mean()) - wide,
                "conf_high": float(d.mean()) + wide, "status": "estimated"}
    r: Estimate = {**base, "measure": "self_other_correlation", "unit": "coefficient", "method": "Pearson, Fisher's z"}
    if n < LEAST_PAIRS or own.std() < 1e-12 or others.std() < 1e-12:
        r |= {"status": "not_estimable", "reason": "few_people" if n < LEAST_PAIRS else "no_variation"}
    else:
        value = float(np.corrcoef(own, others)[0, 1])
        z, half = np.arctanh(np.clip(value, -1 + 1e-15, 1 - 1e-15)), float(norm.ppf(0.5 + level / 2)) / np.sqrt(n - 3.0)
        r |= {"estimate": value, "conf_low": float(np.tanh(z - half)), "conf_high": float(np.tanh(z + half)), "status": "estimated"}
    return [gap, r]


def role_reliability(ratings: pd.DataFrame, role: str = "subordinate", *, conf_level: float = 0.95) -> pd.DataFrame:
    """Give the reliability of one rater of a role, and of the mean of all, the raters taken as a random sample.

    ``one = (MSB - MSW) / (MSB + (k0 - 1) MSW)``, ``mean = (MSB - MSW) / MSB`` of each person's raters (one-way random effects; each rater's
    mean over items is one value). 0: raters of a person agree no more than raters of different people.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `rater_role`, `item`, `rating`.
    role : str
        The role; empty for the rows as they are.
    conf_level : float
        Level of the F intervals (exact with equal numbers of raters and normal ratings).

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "role_reliability_one", "role_reliability_mean" (`group` the role). `n` counts people, `n_raters` ratings. Not
        estimable: "nobody_in_role", "one_rater_each", "few_people", "no_variation".

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Raters of a person are not those of another, so severity and disagreement are one. Source: P. E. Shrout, J. L. Fleiss (1979),
    Psychological Bulletin 86, 420-428, case 1; k0 for unequal numbers: G. W. Snedecor, W. G. Cochran (1989), Statistical Methods.

    Examples
    --------
    Shrout and Fleiss give .17 and .44 for their six targets by four judges:

    >>> marks = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> rows = pd.DataFrame([{"object_id": o, "rater_id": f"{o}{j}", "rater_role": "subordinate", "item": "i", "rating": v}
    ...                      for o, row in enumerate(marks) for j, v in enumerate(row)])
    >>> role_reliability(rows)["estimate"].round(2).tolist()
    [0.17, 0.44]
    """
    check_level(conf_level)
    ratings = read(ratings, "object_id", "rater_id", "rater_role", "item")
    rows = ratings.dropna(subset=["object_id", "rater_id", "item", "rating"]).astype({"rating": float})
    if role:
        rows = rows[rows["rater_role"].astype(str).eq(role).to_numpy(dtype=bool)]
    value = rows.groupby(["object_id", "rater_id"])["rating"].mean()
    groups = value.groupby(level=0)
    size = groups.size().to_numpy(float)
    g, n = len(size), float(size.sum())
    base: Estimate = {"group": role, "role": "inferential", "unit": "coefficient", "null_value": 0.0, "conf_level": conf_level, "n": g,
                      "n_raters": int(n), "method": "one-way random effects, F limits"}
    reason = "nobody_in_role" if not g else "few_people" if g < 2 else "one_rater_each" if n == g else \
        "no_variation" if float(value.max()) == float(value.min()) else ""
    names = ("role_reliability_one", "role_reliability_mean")
    if reason:
        return estimates([{**base, "measure": m, "status": "not_estimable", "reason": reason} for m in names])
    within = float(((value - groups.transform("mean")) ** 2).sum()) / (n - g)
    between = float((size * (groups.mean().to_numpy(float) - float(value.mean())) ** 2).sum()) / (g - 1)
    k = (n - float((size**2).sum()) / n) / (g - 1)
    f = between / within if within > 0 else np.inf
    limits = [f / float(fisher.ppf(0.5 + conf_level / 2, g - 1, n - g)), f * float(fisher.ppf(0.5 + conf_level / 2, n - g, g - 1))]
    one, mean = ([_one(v, k) for v in (f, *limits)], [_many(v) for v in (f, *limits)])
    return estimates([{**base, "measure": name, "estimate": v[0], "conf_low": v[1], "conf_high": v[2], "estimand": f"raters_per_person={k:.3g}",
                       "status": "estimated"} for name, v in zip(names, (one, mean), strict=True)])


def _one(f: float, k: float) -> float:
    return 1.0 if np.isinf(f) else (f - 1.0) / (f + k - 1.0)


def _many(f: float) -> float:
    return 1.0 if np.isinf(f) else 1.0 - 1.0 / f if f > 0 else float("-inf")
