"""The ratings that say something of evaluators: official, by a known evaluator, and not determined by a rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import numbered
from evalkit.inference.reading import listed, numbers

# What an outcome of the official appraisal is, by the name used in settings and estimates.
OUTCOMES: dict[str, tuple[str, ...]] = {"sangat_baik": ("sangat_baik",),
                                        "below_baik": ("butuh_perbaikan", "kurang", "sangat_kurang")}
_KEPT = ("person_id", "period", "opd_id", "post_type", "instrument", "predikat")


def official_rows(roster: pd.DataFrame, *, periods: Sequence[str] | None = None, instrument: str | None = None) -> pd.DataFrame:
    """Take the ratings of a roster that the statistics on evaluators rest on.

    Parameters
    ----------
    roster : pandas.DataFrame
        The roster, or `appraisals_current` joined with `opd_id`: `person_id`, `period`, `predikat`, `superior_id`, and where
        present `rated_by_id`, `opd_id`, `post_type`, `instrument`, `is_official`, `is_rule_determined`.
    periods : sequence of str, optional
        The window; all periods without it.
    instrument : str, optional
        One regime; results of two are never compared.

    Returns
    -------
    pandas.DataFrame
        `person_id`, `period`, `opd_id`, `post_type`, `instrument`, `predikat`, `rater_id`: plain text, one row a person and
        period. The evaluator is who rated, else the superior. An unknown unit or post type is the stratum "".

    Raises
    ------
    EstimationError
        If a needed column is absent, or a person stands twice in a period.

    Notes
    -----
    Heads whose result their unit's achievement decides say nothing of an evaluator and are left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"], "period": "2026-Q3", "predikat": ["baik", None], "superior_id": "s"})
    >>> official_rows(rows)[["person_id", "rater_id"]].to_numpy().tolist()
    [['a', 's']]
    """
    roster = numbered(roster, "person_id", "period", "predikat", "superior_id")
    rater = roster["superior_id"].astype(object)
    if "rated_by_id" in roster.columns:
        by = roster["rated_by_id"].astype(object)
        rater = by.where(by.notna(), rater)
    keep = (roster["predikat"].notna() & rater.notna()).to_numpy(dtype=bool)
    if periods is not None:
        keep = keep & roster["period"].isin(list(periods)).to_numpy(dtype=bool)
    if instrument is not None:
        keep = keep & (roster["instrument"].astype(object) == instrument).to_numpy(dtype=bool)
    for column, wanted in (("is_official", True), ("is_rule_determined", False)):
        if column in roster.columns:
            keep = keep & (roster[column].astype(object).where(roster[column].notna(), not wanted) == wanted).to_numpy(dtype=bool)
    rows = pd.DataFrame({c: roster[c].astype(object)[keep] if c in roster.columns else "" for c in _KEPT}, index=roster.index[keep])
    rows["rater_id"] = rater[keep]
    for column in ("opd_id", "post_type", "instrument"):
        rows[column] = rows[column].where(rows[column].notna(), "")
    if rows.duplicated(["person_id", "period"]).any():
        raise EstimationError("A person stands twice in one period; take the official row of each person first.")
    return rows.reset_index(drop=True)


def rated(rows: pd.DataFrame, strata: Sequence[str] = (), *needed: str, once: bool = True) -> pd.DataFrame:
    """Take what says something of an evaluator from a plain frame: rows with a person, a period, an evaluator and a result, numbered anew.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official_rows` gives them, or any frame with `person_id`, `period`, `rater_id`, the columns `strata` and those `needed`.
    strata : sequence of str
        Columns that are held fixed; a missing value is a stratum of its own.
    needed : str
        Further columns without which a row says nothing, such as "predikat".
    once : bool
        Whether a person may stand only once in a period.

    Raises
    ------
    EstimationError
        If `strata` is a text, a column is absent, or a person stands twice in a period.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"], "period": "p", "rater_id": ["e", None], "predikat": "baik"}, index=[5, 5])
    >>> rated(rows)["rater_id"].tolist()
    ['e']
    """
    listed(strata=strata)
    rows = numbered(rows, *dict.fromkeys(("person_id", "period", "rater_id", *needed, *strata)))
    known = rows[["person_id", "period", "rater_id", *needed]].notna().all(axis=1).to_numpy(dtype=bool)
    rows = rows if known.all() else rows[known].reset_index(drop=True)
    if once and rows.duplicated(["person_id", "period"]).any():
        raise EstimationError("A person stands twice in one period; take the official row of each person first.")
    return rows


def beside(rows: pd.DataFrame, value: ArrayLike) -> NDArray[np.float64]:
    """Give the outcome that stands beside each row as numbers, missing ones as nan.

    Raises
    ------
    EstimationError
        If there is not one for each row, or one is a word.

    Examples
    --------
    >>> beside(pd.DataFrame({"a": [1, 2]}), [True, None]).tolist()
    [1.0, nan]
    """
    if not isinstance(rows, pd.DataFrame) or np.shape(value) != (len(rows),):
        raise EstimationError("The outcome is one column beside a frame of pandas, a value a row.")
    return numbers(value, "outcomes")


def outcome_of(rows: pd.DataFrame, outcome: str, value: str = "predikat") -> pd.Series:
    """Say of each rating whether it is the outcome: "sangat_baik" or "below_baik".

    Raises
    ------
    EstimationError
        If the outcome is unknown.

    Examples
    --------
    >>> outcome_of(pd.DataFrame({"predikat": ["baik", "kurang"]}), "below_baik").tolist()
    [False, True]
    """
    if outcome not in OUTCOMES:
        raise EstimationError(f"The outcome {outcome!r} is unknown; there are {', '.join(OUTCOMES)}.")
    return rows[value].isin(OUTCOMES[outcome]).astype(bool)
