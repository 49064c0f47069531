"""Studies of rating files: how answers are spread, by whom, on whom, and how far the evidence reaches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.raters.identification import identify
from evalkit.raters.linked import rungs_met
from evalkit.tables.periods import Period, parse

BANDS = 20
_MOST_VALUES = 25  # as many marks as a bar chart can carry; more are gathered into bands
_KEY = ["instrument", "item"]


def in_window(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    """Give the ratings of the window, each with the period of the window in which its own period lies.

    A rating of a month counts in the quarter, semester or year that is reported; one of a year in no month.
    """
    found = {text: _holding(context.window, parse(text)) for text in ratings["period"].dropna().astype("object").unique()}
    period = ratings["period"].astype("object").map(found)
    own = ratings.assign(period=period)[period.notna().to_numpy()]
    return own[own["rating"].notna().to_numpy()].reset_index(drop=True)


def _holding(window: tuple[Period, ...], period: Period) -> str | None:
    return next((p.text for p in window if p.contains(period)), None)


def _reported(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    rows = in_window(context, ratings)
    own = rows[rows["period"].eq(context.period.text).to_numpy(dtype=bool)]
    text = {c: own[c].astype("object") for c in ("instrument", "item", "object_id", "rater_id", "unit_id")}
    return own.assign(**text, value=own["rating"].astype("float64"))


def rating_distribution(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    """Count each value of each item, for the whole and for each unit of the file.

    Returns
    -------
    pandas.DataFrame
        `low` and `high` are equal for a value; an item with more than 25 different values is counted in 20 bands of equal width,
        closed at the lower end and the last at both. Whole-numbered scales keep the steps that nobody used, with 0.
    """
    rows = _reported(context, ratings)
    scales = {m[1]: m[5] for m in context.setting("mappings")}
    parts = []
    for (instrument, item), answers in rows.groupby(_KEY):
        edges = _edges(answers["value"], scales.get(instrument))
        for scope, scope_id, some in _scopes(answers):
            parts.append(_counted(some["value"].to_numpy(dtype="float64"), edges).assign(
                scope=scope, scope_id=scope_id, instrument=str(instrument), item=str(item)))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["scope", "scope_id", "instrument", "item", "order"])


def _scopes(answers: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "city", "", answers
    for unit, some in answers.dropna(subset=["unit_id"]).groupby("unit_id"):
        yield "unit", str(unit), some


def _edges(values: pd.Series, scale: tuple[float, float] | None) -> pd.DataFrame:
    """Give the values or bands of an item, as `low` and `high`."""
    seen = np.unique(values.to_numpy(dtype="float64"))
    low, high = (float(seen[0]), float(seen[-1])) if scale is None else (min(scale[0], seen[0]), max(scale[1], seen[-1]))
    if len(seen) > _MOST_VALUES:
        steps = np.linspace(low, high, BANDS + 1)
        return pd.DataFrame({"low": steps[:-1], "high": steps[1:], "is_band": True})
    if np.equal(np.mod(seen, 1), 0).all() and high - low < _MOST_VALUES:
        seen = np.union1d(seen, np.arange(np.ceil(low), np.floor(high) + 1))
    return pd.DataFrame({"low": seen, "high": seen, "is_band": False})


def _counted(values: np.ndarray, edges: pd.DataFrame) -> pd.DataFrame:
    place = np.clip(np.searchsorted(edges["low"].to_numpy(), values, side="right") - 1, 0, len(edges) - 1)
    n = np.bincount(place, minlength=len(edges))
    return edges.assign(order=range(len(edges)), n=n, n_total=len(values), share=n / len(values))


def rating_units(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    """Sum up the answers of each unit and item.

    Returns
    -------
    pandas.DataFrame
        Descriptive: `mean`, `median` and `sd` (n - 1) are of the answers as given, without regard to who rated whom; `sd` is
        missing for one answer.
    """
    rows = _reported(context, ratings).dropna(subset=["unit_id"])
    groups = rows.groupby([*_KEY, "unit_id"])
    table = groups.agg(n=("value", "size"), n_objects=("object_id", "nunique"), n_raters=("rater_id", "nunique"),
                       mean=("value", "mean"), median=("value", "median"), sd=("value", "std")).reset_index()
    return table.assign(opd_id=table["unit_id"])


def rating_raters(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    """Count the answers of each rater on each item.

    Returns
    -------
    pandas.DataFrame
        Counts and the median only: a mean of a rater reads as severity, which her objects decide as well. `is_constant` tells
        raters with two or more answers that are all the same.
    """
    rows = _reported(context, ratings)
    table = rows.groupby([*_KEY, "rater_id"]).agg(
        n=("value", "size"), n_objects=("object_id", "nunique"), median=("value", "median"),
        categories_used=("value", "nunique")).reset_index()
    return table.assign(is_constant=(table["categories_used"] == 1) & (table["n"] > 1))


def rating_objects(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    """Count the objects with one rater, two, and so on, for each item."""
    rows = _reported(context, ratings)
    raters = rows.groupby([*_KEY, "object_id"])["rater_id"].nunique().rename("n_raters").reset_index()
    return raters.groupby([*_KEY, "n_raters"]).size().rename("n_objects").reset_index()


def rating_rungs(context: Context, ratings: pd.DataFrame, object_attributes: pd.DataFrame, rater_attributes: pd.DataFrame) -> pd.DataFrame:
    """Say which of the rungs 1 to 3 the data of each instrument meet; see `raters.linked.rungs_met`."""
    return rungs_met(in_window(context, ratings), object_attributes, rater_attributes)


def identification(context: Context, roster: pd.DataFrame, population: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Find how far the evidence reaches, for the official appraisals and for each instrument with ratings.

    See `raters.identification.identify`; periods are those of the window.
    """
    people = population.assign(instrument=population["population"].astype("object").map(
        {p.name: p.instrument for p in context.populations}))
    answers = in_window(context, ratings)
    return identify(roster, people, periods=context.periods, ratings=answers if len(answers) else None,
                    settings=context.setting("raters"))
