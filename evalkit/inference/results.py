"""The one frame of estimates that every statistic of evalkit returns.

A number without its role misleads: a count of a register (`descriptive`) has no sampling error, an
estimate (`inferential`) says what would vary. A statistic that cannot be computed is a row as well,
with `status` and `reason`, never a missing row and never a bare `nan`.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, get_args

import pandas as pd

from evalkit.errors import EstimationError

Role = Literal["descriptive", "inferential"]
Status = Literal["estimated", "not_estimable", "withheld", "boundary"]

TEXT = ("measure", "term", "group", "scope_id", "period", "estimand", "role", "unit", "family", "method", "status", "reason",
        "audience")
NUMBER = ("null_value", "estimate", "std_error", "df", "conf_level", "conf_low", "conf_high", "p_value", "p_adjusted")
COUNT = ("n", "n_raters")
COLUMNS = ("measure", "term", "group", "scope_id", "period", "estimand", "role", "unit", "null_value", "estimate", "std_error",
           "df", "conf_level", "conf_low", "conf_high", "p_value", "p_adjusted", "family", "n", "n_raters", "method", "status",
           "reason", "audience")


class Estimate(TypedDict, total=False):
    """One row of the frame of estimates; `measure`, `role` and `status` are required by `estimates`."""

    measure: str
    term: str
    group: str
    scope_id: str
    period: str
    estimand: str
    role: Role
    unit: str
    null_value: float
    estimate: float
    std_error: float
    df: float
    conf_level: float
    conf_low: float
    conf_high: float
    p_value: float
    p_adjusted: float
    family: str
    n: int
    n_raters: int
    method: str
    status: Status
    reason: str
    audience: str


def estimates(rows: list[Estimate]) -> pd.DataFrame:
    """Make the frame of estimates: fixed columns, in a fixed order, with fixed types.

    Parameters
    ----------
    rows : list of Estimate
        One mapping a row; columns that are left out are missing in the frame.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`: text as `string`, numbers as `float64`, counts as `Int64`.

    Raises
    ------
    EstimationError
        If a row has an unknown column, no `measure`, or a `role` or `status` outside the closed lists; if a row that is
        not estimated carries no reason.

    Examples
    --------
    >>> frame = estimates([{"measure": "coverage", "role": "descriptive", "status": "estimated", "estimate": 0.8, "n": 10}])
    >>> frame.loc[0, "measure"], float(frame.loc[0, "estimate"]), int(frame.loc[0, "n"])
    ('coverage', 0.8, 10)
    """
    for row in rows:
        _check(row)
    data: dict[str, Any] = {}
    for column in COLUMNS:
        values = [row.get(column) for row in rows]
        kind = "string" if column in TEXT else "Int64" if column in COUNT else "float64"
        data[column] = pd.Series(values, dtype=kind)
    return pd.DataFrame(data, columns=list(COLUMNS))


def _check(row: Estimate) -> None:
    unknown = sorted(set(row) - set(COLUMNS))
    if unknown:
        raise EstimationError(f"An estimate has the unknown column {unknown[0]!r}; the columns are {', '.join(COLUMNS)}.")
    if not row.get("measure"):
        raise EstimationError("An estimate needs a 'measure': the name of the statistic.")
    if row.get("role") not in get_args(Role):
        raise EstimationError(f"role is {row.get('role')!r}; it must be one of {', '.join(get_args(Role))}.")
    if row.get("status") not in get_args(Status):
        raise EstimationError(f"status is {row.get('status')!r}; it must be one of {', '.join(get_args(Status))}.")
    if row["status"] != "estimated" and not row.get("reason"):
        raise EstimationError(f"The row of {row['measure']!r} is {row['status']}; it needs a 'reason' that a person can read.")
