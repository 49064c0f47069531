"""Every defensible way to compute one gap, side by side: how far the conclusion depends on choices that the data do not decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from evalkit.fairness.frames import group_name, prepared
from evalkit.fairness.within_rater import within_rater
from evalkit.inference.reading import listed

NONE = "none"
COLUMNS = ("outcome", "excluded", "adjusted", "estimate", "conf_low", "conf_high", "n", "status", "reason")


def specifications(rows: pd.DataFrame, *, attribute: str, group: str, reference: str, outcomes: Sequence[str], exclusions: Sequence[str],
                   adjustments: Mapping[str, Sequence[str]], level: float = 0.95) -> pd.DataFrame:
    """Compute the gap between a group and its reference under every combination of outcome, exclusion and adjustment.

    Mantel and Haenszel's difference of shares within strata; 0: no gap. Every subset of the exclusions is one choice.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a person: `person_id`, `rater_id`, the attribute, columns of adjustments, and outcomes and exclusions as true or false.
    attribute, group, reference : str
        The attribute, and the two groups.
    outcomes : sequence of str
        Columns of outcomes.
    exclusions : sequence of str
        Columns that say who may be left out; where one is missing, nobody is.
    adjustments : mapping of str to sequence of str
        Name of each adjustment, and the columns held fixed; none for the gap as it is.
    level : float
        Nominal coverage.

    Returns
    -------
    pandas.DataFrame
        One row a specification: `outcome`, `excluded` (names joined by " + ", or "none"), `adjusted`, `estimate`, `conf_low`, `conf_high`,
        `n`, `status`, `reason`. A specification that cannot be computed keeps its row.

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Specifications share their data, so they are no independent witnesses, and none is chosen. Sources: S. Steegen, F. Tuerlinckx, A.
    Gelman, W. Vanpaemel (2016), Perspectives on Psychological Science 11, 702-712; U. Simonsohn, J. Simmons, L. Nelson (2020), Nature
    Human Behaviour 4, 1208-1214.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(8), "rater_id": list("eeeeffff"), "sex": list("FFMMFFMM"), "head": [True] + [False] * 7,
    ...                      "top": [True, False, True, True, False, False, True, False]})
    >>> found = specifications(rows, attribute="sex", group="F", reference="M", outcomes=["top"], exclusions=["head"],
    ...                        adjustments={"none": [], "evaluator": ["rater_id"]})
    >>> found["estimate"].round(2).tolist()
    [-0.5, -0.5, -0.75, -0.7]
    """
    listed(outcomes=outcomes, exclusions=exclusions, **{f"adjustments: {name}": fixed for name, fixed in adjustments.items()})
    held = [c for fixed in adjustments.values() for c in fixed]
    rows = prepared(rows, groups=[attribute], outcomes=[*outcomes, *exclusions], others=["person_id", "rater_id", *held])
    group, reference = group_name(group), group_name(reference)
    sets = [s for k in range(len(exclusions) + 1) for s in combinations(exclusions, k)]
    found = []
    for outcome in outcomes:
        for left_out in sets:
            kept = rows[~rows[list(left_out)].fillna(False).astype(bool).any(axis=1).to_numpy()].assign(everybody="")
            kept = kept[kept[attribute].isin([group, reference]).to_numpy(dtype=bool)]
            for name, fixed in adjustments.items():
                table = within_rater(kept, attribute=attribute, outcome=outcome, reference=reference, level=level,
                                     strata=list(fixed) or ["everybody"])
                own = table[table["measure"].eq("within_difference").to_numpy(dtype=bool)]
                row: dict[str, object] = {"outcome": outcome, "excluded": " + ".join(left_out) or NONE, "adjusted": name}
                row.update({"status": "not_estimable", "reason": "group_not_in_data"})
                row.update({c: own.iloc[0][c] for c in COLUMNS[3:]} if len(own) else {})
                found.append(row)
    kinds = {c: "float64" if c in ("estimate", "conf_low", "conf_high") else "Int64" if c == "n" else "string" for c in COLUMNS}
    return pd.DataFrame(found, columns=list(COLUMNS)).astype(kinds)


def agreement_of_specifications(table: pd.DataFrame) -> pd.DataFrame:
    """Say for each outcome how far the specifications agree: none is chosen.

    Parameters
    ----------
    table : pandas.DataFrame
        As `specifications` gives it.

    Returns
    -------
    pandas.DataFrame
        `outcome`, `n` (specifications), `n_estimated`, `low`, `median`, `high` of the estimates, `share_same_sign` (sign of the median; missing
        where it is 0), `share_excludes_zero` (intervals without 0). Without an estimate the numbers are missing.

    Raises
    ------
    EstimationError
        If a column is absent or no number.

    Examples
    --------
    >>> table = pd.DataFrame({"outcome": "top", "estimate": [-0.2, -0.1, 0.1], "conf_low": [-0.3, -0.2, 0.0], "conf_high": [-0.1, 0.1, 0.2]})
    >>> agreement_of_specifications(table)[["share_same_sign", "share_excludes_zero"]].round(2).to_numpy().tolist()
    [[0.67, 0.33]]
    """
    read = prepared(table, scores=["estimate", "conf_low", "conf_high"], others=["outcome"])
    found = []
    for outcome, own in read.groupby("outcome", sort=False):
        known = own.dropna(subset=["estimate"])
        row: dict[str, object] = {"outcome": outcome, "n": len(own), "n_estimated": len(known)}
        if len(known):
            value, middle = known["estimate"].to_numpy(dtype=float), float(known["estimate"].median())
            outside = (known["conf_low"] > 0) | (known["conf_high"] < 0)
            row.update({"low": value.min(), "median": middle, "high": value.max(), "share_excludes_zero": float(outside.mean())})
            if middle:
                row["share_same_sign"] = float((np.sign(value) == np.sign(middle)).mean())
        found.append(row)
    names = ["outcome", "n", "n_estimated", "low", "median", "high", "share_same_sign", "share_excludes_zero"]
    return pd.DataFrame(found, columns=names)
