"""National shares of the predikat, to stand a unit's shares beside; a difference, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evalkit.errors import ScoringError
from evalkit.inference.results import Estimate, estimates
from evalkit.instruments.catalog import load
from evalkit.instruments.labels import codes
from evalkit.scoring.distribution import checked_counts

REFERENCE = "ekinerja-2022-2024"
GROUPS = ("pns", "pppk")


def national_shares(employment: str = "pns") -> dict[str, float]:
    """Give the national share of each predikat among e-Kinerja reports of 2022 to 2024.

    Parameters
    ----------
    employment : {"pns", "pppk"}
        Kind of employment.

    Returns
    -------
    dict of str to float
        Predikat code -> share, 0 to 1.

    Raises
    ------
    ScoringError
        If the table has no such kind of employment.

    Notes
    -----
    Shares of *reports*: a person has several. Another text names more than 94% Baik for 2023; the table is used.

    Examples
    --------
    >>> round(national_shares()["baik"], 4), round(below_baik("pppk"), 4)
    (0.8846, 0.0022)
    """
    if employment not in GROUPS:
        raise ScoringError(f"The national table has no {employment!r}; it has {', '.join(GROUPS)}.")
    reference = load(REFERENCE)
    return {code: reference.value(f"{employment}.percent.{code}") / 100 for code in codes("predikat")}


def below_baik(employment: str = "pns") -> float:
    """Give the national share of reports below Baik: the sum of the three lowest predikat; raises as `national_shares`.

    Examples
    --------
    >>> round(below_baik(), 4)
    0.0027
    """
    shares = national_shares(employment)
    return shares["butuh_perbaikan"] + shares["kurang"] + shares["sangat_kurang"]


def compare(counts: Mapping[str, int], employment: str = "pns", *, scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Compare a group's shares with the national ones.

    estimate = share among the rated - national share

    0 means the same share as in the national reports; 0.01 is one percentage point.

    Parameters
    ----------
    counts : mapping of str to int
        Rated people by predikat code.
    employment : {"pns", "pppk"}
        Which national table.
    scope_id, period : str
        Written into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, one row a predikat, descriptive; ``not_estimable`` where nobody is rated.

    Raises
    ------
    ScoringError
        If the table has no such kind of employment, a code is unknown, or a count is no number of people.

    Notes
    -----
    Descriptive: the national habit is no standard of what is right, and reports are not people.

    Examples
    --------
    >>> frame = compare({"baik": 9, "sangat_baik": 1})
    >>> round(float(frame.set_index("term").loc["baik", "estimate"]), 4)
    0.0154
    """
    counts = checked_counts(counts)
    shares, n = national_shares(employment), sum(counts.values())
    rows: list[Estimate] = []
    for code in codes("predikat"):
        row: Estimate = {"measure": "difference_to_national", "term": code, "group": employment, "scope_id": scope_id,
                         "period": period, "role": "descriptive", "unit": "share", "null_value": 0.0, "n": n,
                         "method": REFERENCE, "estimand": "share among the rated minus the national share of reports"}
        if n:
            rows.append({**row, "status": "estimated", "estimate": counts.get(code, 0) / n - shares[code]})
        else:
            rows.append({**row, "status": "not_estimable", "reason": "nobody is rated"})
    return estimates(rows)
