"""How a frame of estimates is read by a check: one row, its p-value, whether its interval holds the truth."""

from __future__ import annotations

import math

import pandas as pd


def row_of(found: pd.DataFrame, measure: str, **where: object) -> pd.Series | None:
    """Give the first row of a measure that is estimated; `where` asks for values of further columns."""
    keep = found["measure"].eq(measure).to_numpy(dtype=bool)
    for column, value in where.items():
        keep &= found[column].eq(value).fillna(False).to_numpy(dtype=bool)
    some = found[keep]
    return None if not len(some) or some["status"].iloc[0] in ("not_estimable", "withheld") else some.iloc[0]


def p_of(row: pd.Series | None) -> float | None:
    """Give the p-value of a row."""
    return None if row is None or pd.isna(row["p_value"]) else float(row["p_value"])


def holds(row: pd.Series | None, truth: float) -> bool | None:
    """Say whether the interval of a row holds the truth; a missing upper limit is none."""
    if row is None or pd.isna(row["conf_low"]):
        return None
    high = math.inf if pd.isna(row["conf_high"]) else float(row["conf_high"])
    return bool(row["conf_low"] <= truth <= high)


def above(row: pd.Series | None, null: float = 0.0) -> bool | None:
    """Say whether the interval of a row lies above the null value."""
    return None if row is None or pd.isna(row["conf_low"]) else bool(row["conf_low"] > null)


def error_of(row: pd.Series | None, truth: float) -> float | None:
    """Give the error of an estimate."""
    return None if row is None or pd.isna(row["estimate"]) else float(row["estimate"]) - truth
