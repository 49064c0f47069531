"""Whom to train: hours that are due in a year, and where a competence lies below the level that the office wants."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.reading import numbers
from evalkit.instruments.catalog import load

HOURS = "jam-pelajaran"
_NOTHING = 1e-9


def hours_rule(employment: str) -> tuple[float, float]:
    """Give the hours of a year that are due at least, and at most, for a kind of employment; missing (nan) where no rule says so.

    Parameters
    ----------
    employment : str
        `pns`, `pppk`, `pppk_paruh_waktu`.

    Notes
    -----
    20 hours at least for PNS, 24 at most for PPPK: `instruments/references/jam-pelajaran.toml` has the sources. No rule was found for
    part-time PPPK.

    Examples
    --------
    >>> hours_rule("pns"), hours_rule("pppk")
    ((20.0, nan), (nan, 24.0))
    """
    rule = load(HOURS)
    if employment == "pns":
        return float(rule.value("pns.hours.minimum")), math.nan
    return (math.nan, float(rule.value("pppk.hours.maximum"))) if employment == "pppk" else (math.nan, math.nan)


def hours_due(people: pd.DataFrame) -> pd.DataFrame:
    """Count, for each unit and for the city, the hours that people had and those that are still due.

    Parameters
    ----------
    people : DataFrame
        `person_id`, `unit_id`, `employment`, `hours` (hours attended this year, 0 for nobody's course).

    Returns
    -------
    DataFrame
        `unit_id` (empty for the city), `n`, `with_rule` (people whose rule states a least number of hours), `below` (those with less),
        `hours_due` (the sum of what they lack), `at_most` (people who have reached the most that their rule allows), `mean_hours`.

    Raises
    ------
    EstimationError
        If a column is absent, or hours are no numbers or below zero.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "unit_id": ["x", "x"], "employment": ["pns", "pppk"], "hours": [8.0, 24.0]})
    >>> hours_due(people).iloc[0][["below", "hours_due", "at_most"]].astype(float).tolist()
    [1.0, 12.0, 1.0]
    """
    need(people, "person_id", "unit_id", "employment", "hours", what="people")
    frame = people[["person_id", "unit_id", "employment", "hours"]].astype(object)
    kinds = {k: hours_rule(k) for k in ("pns", "pppk", "pppk_paruh_waktu")}
    none = (math.nan, math.nan)
    least = np.array([kinds.get(str(e), none)[0] for e in frame["employment"]], dtype=float)
    most = np.array([kinds.get(str(e), none)[1] for e in frame["employment"]], dtype=float)
    hours = np.nan_to_num(numbers(people["hours"], "hours"))
    if (hours < 0).any():
        raise EstimationError("Hours attended must not be below zero.")
    lacking = np.clip(np.where(np.isnan(least), 0, least - hours), 0, None)
    counted = pd.DataFrame({"unit_id": frame["unit_id"].fillna("").to_numpy(), "n": 1, "with_rule": (~np.isnan(least)).astype(int),
                            "below": (lacking > 0).astype(int), "hours_due": lacking, "at_most": (hours >= most).astype(int), "hours": hours})
    units = counted.groupby("unit_id", as_index=False).sum()
    city = counted.drop(columns="unit_id").sum().to_frame().T.assign(unit_id="")
    found = pd.concat([city, units[units["unit_id"] != ""]], ignore_index=True)
    found["mean_hours"] = found["hours"] / found["n"].replace(0, np.nan)
    return found.astype({"n": int, "with_rule": int, "below": int, "at_most": int, "hours_due": float, "mean_hours": float})[
        ["unit_id", "n", "with_rule", "below", "hours_due", "at_most", "mean_hours"]]


def competence_needs(measures: pd.DataFrame, *, target: float = 0.6, least: int = 10) -> pd.DataFrame:
    """Count who lies below the wanted level of each competence, for each unit and for the city.

    ``share = (value - scale_min) / (scale_max - scale_min)``, below where ``share < target``.

    Parameters
    ----------
    measures : DataFrame
        `person_id`, `unit_id`, `competence`, `source`, `value`, `scale_min`, `scale_max`; one row a person and competence.
    target : float
        The wanted level, as a share of the scale: the office's own choice, no rule names one.
    least : int
        People measured, under which a row is withheld; where the withheld together are still fewer, the next smallest unit is
        withheld with them, so that the city less the other units tells nothing.

    Returns
    -------
    DataFrame
        `competence`, `source`, `unit_id` (empty for the city), `n`, `below`, `level` (mean share of the scale), `status` (estimated,
        withheld), `reason` (small_group).

    Raises
    ------
    EstimationError
        If the target is no share, a column is absent, a measure is no number or lies outside its scale, or a person has two of one kind.

    Notes
    -----
    A count of people with a measure: whoever has none is in no row. A low level is a reason to ask, not the need itself: a level may be
    low because the work is, or because the rater is severe.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"], "unit_id": "x", "competence": "akuntabel", "source": "items", "value": [2.0, 5.0],
    ...                      "scale_min": 1.0, "scale_max": 5.0})
    >>> competence_needs(rows, least=1)[["unit_id", "n", "below"]].to_numpy().tolist()
    [['', 2, 1], ['x', 2, 1]]
    """
    if not 0 < target <= 1:
        raise EstimationError("The wanted level of a competence is a share of its scale, above 0 and up to 1.")
    columns = ["competence", "source", "unit_id", "n", "below", "level", "status", "reason"]
    need(measures, "competence", "source", "unit_id", "value", "scale_min", "scale_max", what="measures")
    value, low, high = (numbers(measures[c], name) for c, name in (("value", "measures"), ("scale_min", "scales"), ("scale_max", "scales")))
    if ((high > low) & ((value < low) | (value > high))).any():
        raise EstimationError("A measure lies outside its scale, scale_min to scale_max.")
    if "person_id" in measures and measures.duplicated(["person_id", "competence", "source"]).any():
        raise EstimationError("A person has two measures of one competence from one source: one row a person and competence.")
    span = np.where(high > low, high - low, np.nan)
    share = (value - low) / span
    frame = pd.DataFrame({"competence": measures["competence"].astype(object).to_numpy(), "source": measures["source"].astype(object).to_numpy(),
                          "unit_id": measures["unit_id"].astype(object).fillna("").to_numpy(), "level": share}).dropna(subset=["level"])
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["below"] = (frame["level"] < target - 1e-9).astype(int)
    parts = []
    for keys, name in ((["competence", "source"], ""), (["competence", "source", "unit_id"], None)):
        found = frame.groupby(keys, as_index=False).agg(n=("below", "size"), below=("below", "sum"), level=("level", "mean"))
        parts.append(found.assign(unit_id=name) if name is not None else found[found["unit_id"] != ""])
    out = pd.concat(parts, ignore_index=True)
    small = _hidden(out, least) | (out["n"] < least).to_numpy()
    out["status"] = np.where(small, "withheld", "estimated")
    out["reason"] = pd.Series("small_group", index=out.index, dtype=object).where(small, None)
    out["below"] = out["below"].astype("Int64").mask(small)
    out["level"] = out["level"].mask(small)
    return out.sort_values(["competence", "source", "unit_id"], kind="stable", ignore_index=True)[columns]


def _hidden(table: pd.DataFrame, least: int) -> NDArray[np.bool_]:
    """Say which rows to withhold: small units, and the next smallest where subtraction would tell of fewer than `least` people."""
    hidden = np.zeros(len(table), dtype=bool)
    for _, own in table.groupby(["competence", "source"]):
        units = own[own["unit_id"].ne("").to_numpy(dtype=bool)].sort_values("n", kind="stable")
        size = units["n"].to_numpy()
        k = int((size < least).sum())
        apart = int(own.loc[own["unit_id"].eq("").to_numpy(dtype=bool), "n"].sum() - size.sum())  # measured, without a unit
        while 0 < k < len(size) and int(size[:k].sum()) + apart < least:
            k += 1
        hidden[table.index.get_indexer(units.index[:k])] = True
    return hidden


def key_levels(answers: pd.DataFrame, *, middle: float) -> pd.DataFrame:
    """Say how far each evaluator has come from giving the middle to everything towards the key of the experts, by competence and in all.

    ``level = 1 - sum |rating - expert| / sum |middle - expert|``. 1: the key itself. 0: no nearer to it than the middle of the scale
    given to every vignette. Below 0: farther away.

    Parameters
    ----------
    answers : DataFrame
        `rater_id`, `item`, `rating`, `expert`; one row an answer to a vignette, in points of one scale.
    middle : float
        The middle of the scale.

    Returns
    -------
    DataFrame
        `person_id`, `competence` (the item; empty for all items together), `value`, `n` (answers). An item whose key is the middle in
        every vignette that she answered has no level.

    Raises
    ------
    EstimationError
        If a column is absent, or a rating is no number.

    Notes
    -----
    A severe evaluator is far from the key in every item; whether it is severity or reading, the level does not say. Forms of other
    difficulty are compared with their own middle, so that two forms of one test stand on one scale.

    Examples
    --------
    >>> rows = pd.DataFrame({"rater_id": "a", "item": ["x", "x"], "rating": [4.0, 2.0], "expert": [5.0, 1.0]})
    >>> key_levels(rows, middle=3.0).to_numpy().tolist()
    [['a', '', 0.5, 2], ['a', 'x', 0.5, 2]]
    """
    need(answers, "rater_id", "item", "rating", "expert", what="answers")
    rating, expert = numbers(answers["rating"], "ratings"), numbers(answers["expert"], "ratings of experts")
    frame = pd.DataFrame({"person_id": answers["rater_id"].astype(object).to_numpy(), "competence": answers["item"].astype(object).to_numpy(),
                          "off": np.abs(rating - expert), "guess": np.abs(middle - expert)}).dropna()
    both = pd.concat([frame.assign(competence=""), frame], ignore_index=True)
    sums = both.groupby(["person_id", "competence"], as_index=False).agg(off=("off", "sum"), guess=("guess", "sum"), n=("off", "size"))
    sums = sums[(sums["guess"] > _NOTHING).to_numpy()]
    return sums.assign(value=1 - sums["off"] / sums["guess"])[["person_id", "competence", "value", "n"]].reset_index(drop=True)
