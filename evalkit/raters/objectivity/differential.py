"""Differential rater functioning: whether a rater treats a group of objects otherwise than the others treat it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.stats import chi2, norm
from scipy.stats import f as f_distribution
from scipy.stats import t as student

from evalkit.errors import EstimationError
from evalkit.inference.multiplicity import adjust_estimates
from evalkit.inference.reading import check_level
from evalkit.raters.many_facet_rasch import many_facet_rasch
from evalkit.raters.objectivity.cases import cases_of, frame_of, joined, nothing, read, with_item


def differential_functioning(ratings: pd.DataFrame, group: str, *, method: Literal["deviation", "many_facet"] = "deviation",
                             conf_level: float = 0.95) -> pd.DataFrame:
    """Compare each rater's severity towards the groups of objects, beside that of the others who rated the same objects.

    ``deviation: mean of (own - others) in the group, less that in the other groups`` (points); ``many_facet: bias of rater x group`` (logits),
    everything else held. 0: the group is treated as the others treat it; above 0: higher.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `item`, `rating` and the column of the group of the object.
    group : str
        Name of that column.
    method : {"deviation", "many_facet"}
        Which of the two.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "differential_functioning" (`term` rater, `group`), p adjusted by Holm over all cells, and one row
        "differential_functioning_test" with the chi-square that all are 0 (`n` its raters or cells). `n` counts objects. Not estimable: "one_group",
        "too_few_objects_in_group" (fewer than two in the group or outside it), "nobody_else_rated_the_same".

    Raises
    ------
    EstimationError
        If a column is absent or the method is unknown.

    Notes
    -----
    A difference towards a group that all raters share cannot be seen here: it is part of the objects. The test of all: each rater's F over
    the groups as a chi-square, summed, with Satterthwaite's correction for raters compared with one another; of the many-facet model the
    sum of squared t of the cells, which rejects too seldom. Sources: F. Satterthwaite (1946), Biometrics Bulletin 2, 110-114; G. Engelhard
    (2007), Differential rater functioning, Rasch Measurement Transactions 21:3; FACETS manual, bias/interaction analysis.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("aabbccdd"), "rater_id": list("xyxyxyxy"), "item": "i", "rating": [3, 3, 4, 4, 2, 3, 3, 4],
    ...                      "sex": list("FFFFMMMM")})
    >>> differential_functioning(rows, "sex").query("term == 'x' and group == 'M'")["estimate"].tolist()
    [-1.0]
    """
    check_level(conf_level)
    if method not in ("deviation", "many_facet"):
        raise EstimationError(f"The method {method!r} is none of deviation, many_facet.")
    ratings = with_item(read(ratings, "object_id", "rater_id", group))
    rows = ratings.dropna(subset=["object_id", "rater_id", "item", "rating", group])
    rows = rows.assign(**{group: rows[group].astype(str)})
    if rows[group].nunique() < 2:
        return nothing("differential_functioning", "one_group")
    if method == "many_facet":
        own = _rasch(rows, group, conf_level)
        return _with_test(own, _sum_of_squares(own))
    gaps = _gaps(rows, group)
    if gaps.empty:
        return nothing("differential_functioning", "nobody_else_rated_the_same")
    return _with_test(_deviation(gaps, group, conf_level), _test_of_all(gaps))


def _with_test(own: pd.DataFrame, test: list[pd.DataFrame]) -> pd.DataFrame:
    return joined([adjust_estimates(own), *test]) if own["status"].eq("estimated").any() else own


def _test_row(value: float, df: float, n: int, method: str) -> pd.DataFrame:
    return frame_of({"measure": "differential_functioning_test", "role": "inferential", "unit": "chi-square", "null_value": 0.0, "estimate": value,
                     "df": df, "p_value": float(chi2.sf(value, df)), "n": n, "method": method, "status": "estimated", "reason": ""}, 1)


def _sum_of_squares(own: pd.DataFrame) -> list[pd.DataFrame]:
    """Sum the squared t of the cells. The two cells of a rater are nearly opposite and held as known beside her measure: conservative."""
    told = own[own["status"].eq("estimated").to_numpy(dtype=bool)]
    t = (told["estimate"] / told["std_error"]).to_numpy(dtype=float)
    t = t[np.isfinite(t)]
    return [_test_row(float((t**2).sum()), float(len(t)), len(told), "many_facet")] if len(t) else []


def _gaps(rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """Give for each object and rater the mean of own less others; `others` counts them."""
    cases = cases_of(rows)
    gap = cases.x - cases.expected
    known = np.isfinite(gap)
    some = known.any(axis=1)
    own = np.where(known, gap, 0.0)[some].sum(axis=1) / np.maximum(known[some].sum(axis=1), 1)
    of_object = rows.drop_duplicates("object_id").set_index("object_id")[group].reindex(cases.objects).to_numpy()
    frame = pd.DataFrame({"rater": cases.rater[some], "object": cases.object_[some], "gap": own})
    return frame.assign(group=of_object[frame["object"]].astype(str), term=cases.raters.astype(str)[frame["rater"]],
                        others=frame.groupby("object")["rater"].transform("size") - 1)


def _cells(gaps: pd.DataFrame) -> pd.DataFrame:
    squared = gaps.assign(square=gaps["gap"] ** 2)
    return squared.groupby(["rater", "group"]).agg(n=("gap", "size"), total=("gap", "sum"), square=("square", "sum")).reset_index()


def _test_of_all(gaps: pd.DataFrame) -> list[pd.DataFrame]:
    """Test that no rater treats the groups otherwise: each rater's F over the groups, as chi-squares, summed.

    Deviations from one another are not independent, so the sum is spread wider than a chi-square of its degrees of freedom: sum and
    degrees of freedom are divided by ``1 + sum of squared correlations / raters`` (Satterthwaite), which is exact where all rate all.
    """
    cells = _cells(gaps)
    cells["between"] = cells["total"] ** 2 / cells["n"]
    whole = cells.groupby("rater").agg(n=("n", "sum"), groups=("n", "size"), total=("total", "sum"), square=("square", "sum"),
                                       between=("between", "sum"))
    within = (whole["square"] - whole["between"]).to_numpy(dtype=float)
    top, rest = (whole["groups"] - 1).to_numpy(dtype=float), (whole["n"] - whole["groups"]).to_numpy(dtype=float)
    told = (top > 0) & (rest > 0) & (within > 1e-12 * np.maximum(whole["square"].to_numpy(dtype=float), 1e-300))
    if not told.any():
        return []
    explained = np.maximum((whole["between"] - whole["total"] ** 2 / whole["n"]).to_numpy(dtype=float)[told], 0.0)
    p = f_distribution.sf(explained / top[told] / (within[told] / rest[told]), top[told], rest[told])
    value, df = float(chi2.isf(np.maximum(p, 1e-300), top[told]).sum()), float(top[told].sum())
    wider = _common(gaps[gaps["rater"].isin(whole.index[told]).to_numpy(dtype=bool)])
    return [_test_row(value / wider, df / wider, int(told.sum()), "deviation")]


def _common(gaps: pd.DataFrame) -> float:
    """Give 1 and the sum of squared correlations between the raters' deviations, over the raters: ``-1 / (m - 1)`` on an object that m rated."""
    rater, thing = pd.factorize(gaps["rater"])[0], pd.factorize(gaps["object"])[0]
    n = np.bincount(rater)
    load = csr_matrix((1 / np.sqrt(n[rater] * gaps["others"].to_numpy(dtype=float)), (rater, thing)))
    shared = (load @ load.T).tocsr()
    return 1 + float((shared.data**2).sum() - (shared.diagonal() ** 2).sum()) / len(n)


def _deviation(gaps: pd.DataFrame, group: str, level: float) -> pd.DataFrame:
    cells = _cells(gaps)
    term = gaps.drop_duplicates("rater").set_index("rater")["term"].reindex(cells["rater"]).to_numpy()
    whole = cells.groupby("rater")[["n", "total", "square"]].transform("sum")
    n1, n0 = cells["n"].to_numpy(float), (whole["n"] - cells["n"]).to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        m1, m0 = cells["total"].to_numpy(float) / n1, (whole["total"] - cells["total"]).to_numpy(float) / n0
        rest = np.maximum(cells["square"] - n1 * m1**2, 0.0) + np.maximum(whole["square"] - cells["square"] - n0 * m0**2, 0.0)
        error = np.sqrt(rest.to_numpy(float) / (n1 + n0 - 2) * (1 / n1 + 1 / n0))
    told = (n1 > 1) & (n0 > 1)
    value, df = np.where(told, m1 - m0, np.nan), np.where(told, n1 + n0 - 2, np.nan)
    error = np.where(told, error, np.nan)
    wide = student.ppf(0.5 + level / 2, np.where(told, df, 1.0)) * error
    p = 2 * student.sf(np.abs(np.divide(value, error, out=np.full(len(value), np.nan), where=error > 0)), np.where(told, df, 1.0))
    return frame_of({"measure": "differential_functioning", "term": term, "group": cells["group"],
                     "role": "inferential", "unit": "points", "null_value": 0.0, "estimate": value, "std_error": error, "df": df, "conf_level": level,
                     "conf_low": value - wide, "conf_high": value + wide, "p_value": p, "family": f"rater x {group}", "n": n1, "n_raters": 1,
                     "method": "own less others, group less rest", "status": np.where(told, "estimated", "not_estimable"),
                     "reason": np.where(told, "", "too_few_objects_in_group")}, len(cells))


def _rasch(rows: pd.DataFrame, group: str, level: float) -> pd.DataFrame:
    held = {group: dict.fromkeys(rows[group].unique().tolist(), 0.0)}  # a group is a property of objects: its own measure stays at 0
    model = many_facet_rasch(rows, ("object_id", "rater_id", "item", group), anchors=held)
    if model.status != "estimated":
        return nothing("differential_functioning", model.reason)
    found, _ = model.interaction("rater_id", group)
    objects = rows.groupby(["rater_id", group])["object_id"].nunique()
    n = objects.reindex(pd.MultiIndex.from_frame(found[["rater_id", group]])).to_numpy(float)
    value, error = found["bias"].to_numpy(float), found["std_error"].to_numpy(float)
    wide = float(norm.ppf(0.5 + level / 2)) * error
    told = found["status"].eq("estimated").to_numpy(dtype=bool)
    return frame_of({"measure": "differential_functioning", "term": found["rater_id"].astype(str), "group": found[group].astype(str),
                     "role": "inferential", "unit": "logits", "null_value": 0.0, "estimate": value, "std_error": error, "conf_level": level,
                     "conf_low": value - wide, "conf_high": value + wide, "p_value": np.where(told, found["p_value"].to_numpy(float), np.nan),
                     "family": f"rater x {group}", "n": n, "n_raters": 1, "method": "many-facet Rasch, interaction",
                     "status": np.where(told, "estimated", "boundary"), "reason": np.where(told, "", "all_lowest_or_all_highest")}, len(found))
