"""The rung of instruments in which several people rate the same objects: vignettes, 360, panels, students and lecturers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evalkit.inference.frames import given_numbers, numbered
from evalkit.raters.connectedness import Connectedness, components_within, connectedness
from evalkit.raters.ladder import LadderSettings

# 1.960 + 0.842: a difference of this many standard errors is found eight times in ten by a two-sided test at 5%
_POWER_80 = 2.8016
_NEEDED = ("instrument", "object_id", "object_kind", "rater_id", "item", "period", "rating")


def identify_linked(ratings: pd.DataFrame, *, window: str, settings: Mapping[str, Any] | LadderSettings | None = None,
                    with_raters: bool = True) -> pd.DataFrame:
    """Find the rung of each instrument of a ratings table: as a whole, for its units, and for each rater.

    One rating an object: rung 0 (1 with several periods). Several raters an object: rung 3, agreement and reliability of one
    rating as a whole. Rung 4, severity on this instrument, if nearly all raters hang together, no contrast of the design is
    lacking, and the median rater has enough objects; vignettes need no such number, since all rate the same ones.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Contract `ratings`, one row an answer: `instrument`, `object_id`, `object_kind` ("vignette", "employee", ...), `rater_id`, `item`,
        `period`, `rating`; `unit_id` where units get a row. Rows without an object, a rater or a rating are left out.
    window : str
        Name of the window, copied into the rows.
    settings : mapping or LadderSettings, optional
        Thresholds.
    with_raters : bool
        Whether to give each rater a row.

    Returns
    -------
    pandas.DataFrame
        Columns of the contract `identification`. `minimum_detectable_effect` is, at rung 4, the severity of a median rater
        that would be told from the mean eight times in ten, in points of the scale: ``2.80 s / sqrt(span)``, with s the spread
        of raters' means within one object.

    Raises
    ------
    EstimationError
        If a column of the contract is absent, or a rating is no number.

    Notes
    -----
    Whether raters judged without seeing one another stands in no column: rung 3 supposes it. Connected 360 forms need
    raters of the same role to be compared.

    Examples
    --------
    >>> rows = pd.DataFrame({"instrument": "v", "object_id": ["o", "o"], "object_kind": "vignette", "rater_id": ["a", "b"],
    ...                      "item": "i", "occasion": "1", "period": "2026", "rating": [2.0, 3.0]})
    >>> identify_linked(rows, window="2026/2026")[["scope", "rung", "reason"]].to_numpy().tolist()[0]
    ['city', 4, 'common_vignettes']
    """
    chosen = LadderSettings.of(settings)
    ratings = numbered(ratings, *_NEEDED, also=["unit_id"])
    ratings = ratings.assign(rating=given_numbers(ratings, "rating")).dropna(subset=["object_id", "rater_id"])
    parts = [_instrument(part, str(name), window, chosen, with_raters)
             for name, part in ratings.dropna(subset=["rating"]).groupby("instrument")]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def rungs_met(ratings: pd.DataFrame, object_attributes: pd.DataFrame, rater_attributes: pd.DataFrame) -> pd.DataFrame:
    """Say for the lower rungs of each linked instrument whether its data meet them: rungs 1 to 3 are needs of their own.

    Rung 1: two periods or occasions or more. Rung 2: an attribute of objects and one of raters, each known of at least half of
    its side and with two values or more, and at least half of the raters rate two groups of objects or more. Rung 3: an object
    with two raters or more.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Contract `ratings`.
    object_attributes, rater_attributes : pandas.DataFrame
        Contracts of these names; empty where the file has none.

    Returns
    -------
    pandas.DataFrame
        `instrument`, `rung`, `is_met`, `reason` (a code of `raters.ladder`), `n`: periods or occasions for rung 1, raters who
        rate several groups for rung 2, objects with several raters for rung 3; `attributes` of objects that serve rung 2.

    Raises
    ------
    KeyError
        If a column of a contract is absent.

    Notes
    -----
    Rung 4 stands in `identify_linked`: it is judged by the design as a whole. Attributes of one side alone do not open rung 2:
    whether rater and object are alike cannot be asked of them.

    Examples
    --------
    >>> rows = pd.DataFrame({"instrument": "v", "object_id": ["o", "o"], "rater_id": ["a", "b"], "occasion": "1", "period": "2026",
    ...                      "rating": [2.0, 3.0]})
    >>> none = pd.DataFrame({"instrument": [], "object_id": [], "rater_id": [], "attribute": [], "value": []})
    >>> rungs_met(rows, none, none)[["rung", "is_met", "reason"]].to_numpy().tolist()
    [[1, False, 'one_occasion'], [2, False, 'no_object_attributes'], [3, True, 'several_raters']]
    """
    found: list[dict[str, object]] = []
    for name, part in ratings.dropna(subset=["rating"]).groupby("instrument"):
        pairs = part[["object_id", "rater_id"]].astype(object).drop_duplicates()
        times = part[["period", "occasion"]].astype(object).drop_duplicates().shape[0]
        shared = int((pairs.groupby("object_id").size() > 1).sum())
        objects, raters = (frame[(frame["instrument"] == name).fillna(False).to_numpy(dtype=bool)].dropna(subset=["value"]).astype(object)
                           for frame in (object_attributes, rater_attributes))
        rungs: tuple[dict[str, object], ...] = (
            {"is_met": times > 1, "reason": "several_occasions" if times > 1 else "one_occasion", "n": times},
            _attributes(pairs, objects, raters),
            {"is_met": shared > 0, "reason": "several_raters" if shared else "one_rating_each", "n": shared})
        found += [{"instrument": str(name), "rung": rung, **said} for rung, said in enumerate(rungs, 1)]
    return pd.DataFrame(found, columns=["instrument", "rung", "is_met", "reason", "n", "attributes"])


def _attributes(pairs: pd.DataFrame, objects: pd.DataFrame, raters: pd.DataFrame) -> dict[str, object]:
    """Judge rung 2: which attributes of objects serve it, and how many raters rate several groups of the one seen most."""
    of_objects = _known(pairs["object_id"], objects, "object_id")
    if not of_objects:
        return {"is_met": False, "reason": "no_object_attributes", "n": 0}
    if not _known(pairs["rater_id"], raters, "rater_id"):
        return {"is_met": False, "reason": "no_rater_attributes", "n": 0}
    n_raters, several = pairs["rater_id"].nunique(), {}
    for attribute, values in of_objects.items():
        groups = pairs.assign(group=pairs["object_id"].map(values)).groupby("rater_id")["group"].nunique()
        several[attribute] = int((groups > 1).sum())
    serve = [a for a, n in several.items() if 2 * n >= n_raters]
    return {"is_met": bool(serve), "reason": "raters_see_groups" if serve else "raters_see_one_group", "n": max(several.values()),
            "attributes": ",".join(serve) or None}


def _known(ids: pd.Series, attributes: pd.DataFrame, key: str) -> dict[str, pd.Series]:
    """Give the values by id of the attributes that are known of at least half of the ids and take two values or more."""
    own = set(ids)
    known = attributes[attributes[key].isin(own).to_numpy(dtype=bool)]
    values = {str(a): part.drop_duplicates(key).set_index(key)["value"] for a, part in known.groupby("attribute", sort=True)}
    return {a: v for a, v in values.items() if 2 * len(v) >= len(own) and len(v.unique()) > 1}


def _instrument(rows: pd.DataFrame, name: str, window: str, settings: LadderSettings, with_raters: bool) -> pd.DataFrame:
    rows = rows.astype(dict.fromkeys(("object_id", "rater_id", "item", "period"), object))
    found = connectedness(rows)
    rung, reason, step = _rung(rows, found, settings)
    base = {"scope": "city", "scope_id": "", "rung": rung, "reason": reason, "next_step": step, "next_step_hours": np.nan,
            "median_span": found.median_span, "share_connected": found.share_connected, "n_raters": found.n_raters,
            "n_objects": found.n_objects, "n_periods": rows["period"].nunique(),
            "minimum_detectable_effect": _detectable(rows, found.median_span) if rung == 4 else np.nan}
    parts = [pd.DataFrame([base]), _units(rows, settings)]
    if with_raters:
        parts.append(_raters(found, rung, reason, rows, settings))
    return pd.concat([p for p in parts if len(p)], ignore_index=True).assign(instrument=name, window=window)


def _rung(rows: pd.DataFrame, found: Connectedness, settings: LadderSettings) -> tuple[int, str, str | None]:
    pairs = rows[["object_id", "rater_id"]].drop_duplicates()
    if not pairs.duplicated("object_id").any():
        return min(len(rows["period"].unique()) - 1, 1), "one_rating_each", "second_rater"
    vignettes = (rows["object_kind"] == "vignette").all()
    if not vignettes and found.median_span < settings.min_span:
        return 3, "raters_rate_few", "more_per_rater"
    if found.share_connected < settings.min_connected:
        return 3, "not_connected", "common_objects"
    largest = found.raters.loc[found.raters["component"] == 0, "rater_id"]
    if found.lacking and connectedness(rows[rows["rater_id"].isin(set(largest))]).lacking:
        return 3, "rank_lacking", "common_objects"
    return 4, "common_vignettes" if vignettes else "connected_ratings", None


def _units(rows: pd.DataFrame, settings: LadderSettings) -> pd.DataFrame:
    """Give each unit of the ratings its row; alone, a unit needs its own links."""
    if "unit_id" not in rows.columns or rows["unit_id"].isna().all():
        return pd.DataFrame()
    rows = rows.dropna(subset=["unit_id"]).astype({"unit_id": str})
    found = []
    for unit, part in rows.groupby("unit_id"):
        own = connectedness(part)
        rung, reason, step = _rung(part, own, settings)
        found.append({"scope": "unit", "scope_id": unit, "rung": rung, "reason": reason, "next_step": step,
                      "median_span": own.median_span, "n_objects": own.n_objects, "n_periods": part["period"].nunique(),
                      "minimum_detectable_effect": _detectable(part, own.median_span) if rung == 4 else np.nan})
    joined = components_within(rows, "unit_id").rename(columns={"unit_id": "scope_id"})
    return pd.DataFrame(found).merge(joined.drop(columns="n_components"), on="scope_id")


def _raters(found: Connectedness, rung: int, reason: str, rows: pd.DataFrame, settings: LadderSettings) -> pd.DataFrame:
    """Give each rater a row: rung 4 only in the connected part and with enough objects of her own."""
    vignettes = bool((rows["object_kind"] == "vignette").all())
    raters = found.raters
    alone = raters["component"] != 0
    few = (raters["n_objects"] < settings.min_span) & (not vignettes)
    frame = pd.DataFrame({"scope": "evaluator", "scope_id": raters["rater_id"].astype(str), "rung": rung, "reason": reason,
                          "median_span": raters["n_objects"].astype(float), "n_raters": 1, "n_objects": raters["n_objects"]})
    if rung == 4:
        frame["rung"] = np.where(alone | few, 3, 4)
        frame["reason"] = np.select([alone, few], ["rater_not_connected", "rater_rates_few"], reason)
    frame["next_step"] = frame["reason"].map({"rater_rates_few": "more_per_rater", "rater_not_connected": "common_objects",
                                              "one_rating_each": "second_rater", "raters_rate_few": "more_per_rater",
                                              "not_connected": "common_objects", "rank_lacking": "common_objects"})
    periods = rows.groupby("rater_id")["period"].nunique()
    frame["n_periods"] = raters["rater_id"].map(periods).to_numpy()
    return frame


def _detectable(rows: pd.DataFrame, span: float) -> float:
    means = rows.astype({"rating": float}).groupby(["object_id", "rater_id"])["rating"].mean()
    groups = means.groupby(level=0)
    free = len(means) - groups.ngroups
    if free < 1 or span <= 0:
        return float("nan")
    within = float(((means - groups.transform("mean")) ** 2).sum()) / free
    return _POWER_80 * float(np.sqrt(within / span))
