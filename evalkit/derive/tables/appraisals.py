"""Which version of an appraisal counts, and which appraisal of a person is the official one of a period."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import days, looked_up, valid_at
from evalkit.tables.periods import Period
from evalkit.tables.schema import TABLES

COLUMNS = [c for c in TABLES["appraisals_current"].names if c != "is_official"]


def appraisals_current(context: Context, appraisals: pd.DataFrame, withdrawals: pd.DataFrame, skp_plans: pd.DataFrame,
                       assignments: pd.DataFrame) -> pd.DataFrame:
    """Keep of each appraisal the latest version as of a date, and mark the official one of each person and period.

    Latest: the greatest `exported_at`, then the greatest `version`. Official: of the rows of one person in one period that are
    not acting, the one of the last post: the greatest end of the plan, then the post held at the end of the period, then the
    latest rating.

    Parameters
    ----------
    context : Context
        Its setting `cut` (a date, inclusive) leaves out later exports.
    appraisals : pandas.DataFrame
        All versions.
    withdrawals : pandas.DataFrame
        Records that a later full export no longer held, and when; those of the table `appraisals` count.
    skp_plans, assignments : pandas.DataFrame
        The span of plans, and the posts.

    Returns
    -------
    pandas.DataFrame
        Rows of the periods of the window only: the period decides the instrument, so cycles never mix.

    Notes
    -----
    Acting posts (Plt, Plh, Pjb) are kept, marked, and never official. A row that came back after its withdrawal counts again.
    Rule: keep the latest `periode_akhir` of a person who moved (asn-rules 5.3).
    """
    rows = appraisals[appraisals["period"].isin(context.periods)].reindex(columns=COLUMNS)
    rows = _until(rows, context.setting("cut"))
    rows = rows.sort_values(["appraisal_id", "exported_at", "version"], kind="stable").drop_duplicates("appraisal_id", keep="last")
    rows = _without_withdrawn(rows, _until(withdrawals, context.setting("cut")))
    return _mark_official(rows.reset_index(drop=True), skp_plans, assignments, context.window)


def _until(rows: pd.DataFrame, cut: Any) -> pd.DataFrame:
    if cut is None:
        return rows
    kept: pd.DataFrame = rows[(days(rows["exported_at"]).dt.normalize() <= pd.Timestamp(cut)).to_numpy()]
    return kept


def _without_withdrawn(rows: pd.DataFrame, withdrawals: pd.DataFrame) -> pd.DataFrame:
    if rows.empty or withdrawals.empty:
        return rows
    own = withdrawals[withdrawals["table"].eq("appraisals").to_numpy(dtype=bool)]
    gone = days(own["exported_at"]).groupby(own["record_key"].astype("object")).max()
    at = days(looked_up(rows["appraisal_id"], gone))
    return rows[~(at > days(rows["exported_at"])).to_numpy()]


def _mark_official(rows: pd.DataFrame, plans: pd.DataFrame, assignments: pd.DataFrame, window: tuple[Period, ...]) -> pd.DataFrame:
    if rows.empty:
        return rows.assign(is_official=pd.Series(dtype=bool))
    key = ["person_id", "unit_id", "post_title"]
    spans = plans.assign(_end=days(plans["end"])).groupby(key, as_index=False, dropna=False)["_end"].max()
    ranked = rows[["appraisal_id", "period", "is_acting", *key]].merge(spans, on=key, how="left", validate="m:1")
    ranked["_end"] = days(rows["plan_end"]).fillna(ranked["_end"]).fillna(pd.Timestamp(1900, 1, 1)).to_numpy()
    ranked["_held"] = _held_at_end(ranked, assignments, window)
    ranked["_rated"] = days(rows["rated_at"]).fillna(pd.Timestamp(1900, 1, 1)).to_numpy()
    ranked["_exported"] = days(rows["exported_at"]).to_numpy()
    candidates = ranked[~ranked["is_acting"].astype(bool).to_numpy()]
    last = candidates.sort_values(["person_id", "period", "_end", "_held", "_rated", "_exported", "appraisal_id"], kind="stable")
    official = last.drop_duplicates(["person_id", "period"], keep="last")["appraisal_id"]
    return rows.assign(is_official=rows["appraisal_id"].isin(official).astype(bool))


def _held_at_end(rows: pd.DataFrame, assignments: pd.DataFrame, window: tuple[Period, ...]) -> pd.Series:
    """Tell which rows stand for the unit that the person belonged to on the last day of the period."""
    definitive = assignments[~assignments["is_acting"].astype(bool).to_numpy()]
    held = [valid_at(definitive, ["person_id"], p.end)[["person_id", "unit_id"]].assign(period=p.text) for p in window]
    posts = pd.concat(held, ignore_index=True).drop_duplicates().assign(_held=1)
    joined = rows[["person_id", "unit_id", "period"]].astype("str").merge(
        posts.astype({"person_id": "str", "unit_id": "str", "period": "str"}), on=["person_id", "unit_id", "period"], how="left")
    return joined["_held"].fillna(0).astype(int)
