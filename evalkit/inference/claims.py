"""How often a test finds something where nothing can be found: the share of permuted data sets on which it claims an effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from evalkit.inference.intervals import clopper_pearson

COLUMNS = ("statement", "outcome", "draws", "found", "share", "conf_low", "conf_high", "target", "status", "reason")


def claim(statement: str, outcome: str, *, found: int = 0, draws: int = 0, target: float = 0.05, reason: str = "") -> dict[str, Any]:
    """Give one row: of `draws` data sets without any effect, `found` on which the statement claims one.

    ``share = found / draws`` with the exact interval of Clopper and Pearson. A share of `target` is what the test promises; above it the
    test claims too much, below it the test is cautious.

    Parameters
    ----------
    statement, outcome : str
        What is claimed, and of which outcome.
    found, draws : int
        Data sets with a claim, and data sets.
    target : float
        The share that the test promises.
    reason : str
        Why the test cannot be done at all; then there is no share.

    Returns
    -------
    dict of str to object
        A row for `claims`: `statement`, `outcome`, `draws`, `found`, `share`, `conf_low`, `conf_high`, `target`, `status`, `reason`.

    Raises
    ------
    EstimationError
        If `found` is not between 0 and `draws`.

    Notes
    -----
    The interval says what other permutations could give, not what other data could.

    Examples
    --------
    >>> row = claim("clustering", "sangat_baik", found=11, draws=200)
    >>> row["share"], round(row["conf_low"], 3), round(row["conf_high"], 3)
    (0.055, 0.028, 0.096)
    """
    row: dict[str, Any] = {"statement": statement, "outcome": outcome, "draws": draws, "found": found, "target": target}
    if reason or not draws:
        return {**row, "draws": 0, "found": 0, "status": "not_estimable", "reason": reason or "no_draw"}
    interval = clopper_pearson(found, draws)
    return {**row, "share": found / draws, "conf_low": interval.low, "conf_high": interval.high, "status": "estimated"}


def claims(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Make the frame of claims: fixed columns and types, whatever the rows hold.

    Parameters
    ----------
    rows : iterable of mapping
        As `claim` gives them.

    Returns
    -------
    pandas.DataFrame
        A row a statement and outcome, columns as `claim` names them.

    Examples
    --------
    >>> claims([claim("clustering", "below_baik", reason="nobody_has_outcome")]).loc[0, "reason"]
    'nobody_has_outcome'
    """
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    kinds = {c: "string" if c in ("statement", "outcome", "status", "reason") else "Int64" if c in ("draws", "found") else "float64"
             for c in COLUMNS}
    return frame.astype(kinds)
