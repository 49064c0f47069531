"""What linked instruments show of evaluators (rung 4): severity, accuracy, one map of the model, severity-adjusted scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.ratings import in_window
from evalkit.instruments.catalog import load, names
from evalkit.raters import SeverityFit, accuracy, adjusted_scores, drift, halo, scale_use, severity
from evalkit.raters.objectivity.feedback import SELF

RUNG = 4
_FACETS = ("object_id", "rater_id", "item")


@dataclass(frozen=True)
class Linked:
    """One instrument with raters: its rung and why, the answers of the latest period that has any, those of the window, the key."""

    name: str
    rung: int
    reason: str
    rows: pd.DataFrame
    window: pd.DataFrame
    key: pd.DataFrame | None
    scale: tuple[int, int] | None


@dataclass(frozen=True)
class _Answers:
    """Answers that are known by the digest of what they say."""

    mark: bytes
    rows: pd.DataFrame = field(compare=False)


@lru_cache(maxsize=8)  # the tables of a build ask for the same instruments one after another
def _fitted(answers: _Answers, scale: tuple[int, int] | None) -> SeverityFit:
    return SeverityFit(answers.rows, scale)


def fit_of(own: Linked, rows: pd.DataFrame) -> SeverityFit:
    """Give what is fitted to the answers of an instrument: once for all tables that need it."""
    said = pd.util.hash_pandas_object(rows[[*_FACETS, "rating"]], index=False).to_numpy()
    return _fitted(_Answers(said.tobytes(), rows), own.scale)


def linked_instruments(context: Context, ratings: pd.DataFrame, vignette_key: pd.DataFrame, identification: pd.DataFrame) -> Iterator[Linked]:
    """Give the instruments with raters; what people say of themselves and blind second ratings of the official result are left out."""
    rows = plain(in_window(context, ratings))
    second = rows["is_blind_second"].fillna(False).astype(bool) if len(rows) else np.zeros(0, dtype=bool)
    rows = rows[~np.asarray(second, dtype=bool) & rows["rater_role"].ne(SELF).to_numpy(dtype=bool)]
    keys = plain(vignette_key)
    rungs = identification[(identification["scope"].eq("city") & identification["instrument"].isin(rows["instrument"].unique())).to_numpy(dtype=bool)]
    rung = {str(r["instrument"]): (int(r["rung"]), str(r["reason"])) for r in rungs.astype(object).to_dict("records")}
    for name, own in rows.groupby("instrument"):
        key = keys[keys["instrument"].eq(name).to_numpy(dtype=bool)]
        last = own[own["period"].eq(own["period"].max()).to_numpy(dtype=bool)]
        reached, reason = rung.get(str(name), (0, "no_ratings"))
        yield Linked(str(name), reached, reason, last, own, key if len(key) else None, _scale(context, str(name), last, key))


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Give text columns as plain text, ratings as numbers; a code of a vignette is the same with and without its mark."""
    found = frame.astype(dict.fromkeys([c for c in frame.columns if c not in ("rating", "expert_rating", "n_experts", "spread")], object))
    for column in ("rating", "expert_rating"):
        if column in found.columns:
            found[column] = found[column].astype("float64")
    if "object_id" in found.columns:
        found["object_id"] = pd.Series([str(v).removeprefix("code:") for v in found["object_id"]], index=found.index, dtype="object")
    return found


def _scale(context: Context, name: str, rows: pd.DataFrame, key: pd.DataFrame) -> tuple[int, int] | None:
    """Give the scale of the form: of the mapping, of the instrument, else what was seen where it is whole."""
    for mapping in context.setting("mappings"):
        if mapping[1] == name and mapping[5] is not None:
            return int(mapping[5][0]), int(mapping[5][1])
    if name in names() and (scale := load(name).scale) is not None:
        return int(scale[0]), int(scale[1])
    seen = rows["rating"].dropna()
    if seen.empty or not np.equal(np.mod(seen, 1), 0).all():
        return None
    top = max(float(seen.max()), float(key["expert_rating"].max()) if len(key) else -np.inf)
    return int(min(seen.min(), 1.0)), int(np.ceil(top))


def _named(frame: pd.DataFrame, own: Linked, model: str) -> pd.DataFrame:
    period = own.rows["period"].max() if len(own.rows) else ""
    filled = frame.fillna(dict.fromkeys(("term", "group", "scope_id"), ""))
    return filled.assign(instrument=own.name, model=model, period=filled["period"].fillna(period))


def _whole(rows: pd.DataFrame) -> bool:
    values = rows["rating"].dropna().to_numpy(dtype=float)
    return bool(len(values)) and bool(np.equal(np.mod(values, 1), 0).all()) and float(values.max() - values.min()) < 30


def _held(own: Linked, measure: str) -> pd.DataFrame:
    """Give the row of an instrument that does not reach the rung."""
    row = severity(own.rows.head(0)).tail(1)
    return row.assign(measure=measure, status="withheld", reason=own.reason)


def linked_severity(context: Context, ratings: pd.DataFrame, vignette_key: pd.DataFrame, identification: pd.DataFrame) -> pd.DataFrame:
    """Give the severity of each rater on each linked instrument, by both ways, and the spread between raters.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `instrument` and `model` ("deviation": from the key where there is one, else from the others;
        "many_facet"); `term` the rater, empty for what is about all. An instrument below rung 4 has one withheld row.

    Notes
    -----
    Answers of the latest period of the window in which the instrument was answered.
    """
    parts = []
    for own in linked_instruments(context, ratings, vignette_key, identification):
        if own.rung < RUNG:
            parts.append(_named(_held(own, "severity"), own, "deviation"))
            continue
        fit = fit_of(own, own.rows)
        parts.append(_named(severity(own.rows, own.key, fit=fit), own, "deviation"))
        if _whole(own.rows):
            parts.append(_named(severity(own.rows, method="many_facet", fit=fit), own, "many_facet"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def linked_accuracy(context: Context, ratings: pd.DataFrame, vignette_key: pd.DataFrame, identification: pd.DataFrame) -> pd.DataFrame:
    """Give accuracy, halo, use of the scale and drift of each rater on each linked instrument with an expert key, and of all.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `instrument`; `term` the rater, empty for the mean over raters. Halo needs no key; without one the others
        say what is expected.
    """
    parts = []
    for own in linked_instruments(context, ratings, vignette_key, identification):
        if own.rung < RUNG:
            parts.append(_named(_held(own, "accuracy"), own, ""))
            continue
        found = [halo(own.rows, own.key)]
        if own.scale is not None and own.scale[1] > own.scale[0]:
            found.append(scale_use(own.rows, own.key, scale=own.scale))
        if own.key is not None:
            found.append(accuracy(own.rows, own.key))
        found.append(drift(own.window, own.key))
        parts += [_named(f, own, "") for f in found]
    return pd.concat(parts, ignore_index=True).drop(columns="model") if parts else pd.DataFrame()


def linked_map(context: Context, ratings: pd.DataFrame, vignette_key: pd.DataFrame, identification: pd.DataFrame) -> pd.DataFrame:
    """Put objects, raters, items and thresholds of each linked instrument on one scale of logits; raters and people without any name.

    Returns
    -------
    pandas.DataFrame
        `facet` ("object", "rater", "item", "threshold"), `mark` (a number in the order of the measure), `label` (of items, vignettes and
        thresholds), `measure`, `std_error`, `infit`, `largest_residual`. Nothing where the instrument carries no severities.
    """
    parts = []
    for own in linked_instruments(context, ratings, vignette_key, identification):
        if own.rung < RUNG or not _whole(own.rows) or fit_of(own, own.rows).reason:
            continue
        main = fit_of(own, own.rows).main
        if main is None:
            continue
        model = main[1]
        facets = {"object_id": "object", "rater_id": "rater", "item": "item"}
        table = model.measures[(model.measures["status"].isin(["estimated", "boundary"]) & model.measures["measure"].notna()).to_numpy(dtype=bool)]
        table = table.assign(facet=table["facet"].map(facets), label=table["level"].astype(str))[
            ["facet", "label", "measure", "std_error", "infit"]]
        steps = model.thresholds[model.thresholds["threshold"].notna().to_numpy(dtype=bool)]
        both = pd.concat([table, pd.DataFrame({"facet": "threshold", "label": steps["category"].astype(int).astype(str),
                                               "measure": steps["threshold"].astype(float), "std_error": steps["std_error"].astype(float)})])
        vignettes = bool(own.rows["object_kind"].eq("vignette").all())
        hidden = both["facet"].eq("rater") | (both["facet"].eq("object") & (not vignettes))
        both = both.assign(label=both["label"].mask(hidden.to_numpy(dtype=bool), "")).sort_values(["facet", "measure"], kind="stable")
        parts.append(both.assign(mark=both.groupby("facet").cumcount() + 1, instrument=own.name, largest_residual=model.largest_residual,
                                 object_kind="vignette" if vignettes else "people"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def linked_scores(context: Context, ratings: pd.DataFrame, vignette_key: pd.DataFrame, identification: pd.DataFrame) -> pd.DataFrame:
    """Give severity-adjusted scores of people on linked instruments, on the instrument's own scale; an aid to analysis.

    Returns
    -------
    pandas.DataFrame
        Columns of `raters.AdjustedScores.scores` with `instrument`, `period`. `std_error_severities` is the part of the error that people
        with the same raters share. Vignettes are no people and have no row.
    """
    parts = []
    for own in linked_instruments(context, ratings, vignette_key, identification):
        rows = own.rows[own.rows["object_kind"].eq("employee").to_numpy(dtype=bool)]
        if rows.empty:
            continue
        if own.rung < RUNG or not _whole(rows):
            found = pd.DataFrame({"object_id": sorted(rows["object_id"].unique())}).assign(
                status="withheld", reason=own.reason if own.rung < RUNG else "no_whole_numbers")
        else:
            found = adjusted_scores(rows, fit=fit_of(own, rows)).scores
        parts.append(found.assign(instrument=own.name, period=rows["period"].max()))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
