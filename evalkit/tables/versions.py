"""Versions of appraisals: what an export adds to what is stored, and what it no longer holds.

A later export repeats most rows. Only a row that says something else becomes a new version; nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from evalkit.tables.history import said
from evalkit.tables.schema import TABLES

_NOT_CONTENT = ("version", "exported_at", "revision_reason", "import_id", "row")
CONTENT = tuple(c for c in TABLES["appraisals"].names if c not in _NOT_CONTENT)
RETURNED = "muncul kembali dalam ekspor lengkap"


@dataclass(frozen=True)
class Change:
    """What one export changes: `rows` to store, `withdrawals`, and how many rows were new, changed and unchanged."""

    rows: pd.DataFrame
    withdrawals: pd.DataFrame
    new: int
    changed: int
    unchanged: int


def compare(incoming: pd.DataFrame, stored: pd.DataFrame, withdrawn: pd.DataFrame, *, known_at: datetime, import_id: str,
            full: bool = False, group: Collection[str] = (), also_seen: Collection[str] = (),
            reasons: dict[str, str] | None = None) -> Change:
    """Compare an export with what is stored.

    Parameters
    ----------
    incoming : DataFrame
        Contract columns of `appraisals`; `version` and `exported_at` are set here.
    stored : DataFrame
        Every stored version.
    withdrawn : DataFrame
        The table `withdrawals`.
    known_at : datetime
        When the export was drawn.
    import_id : str
        Its import.
    full : bool
        Whether the export holds every appraisal of its period; only then is a missing one withdrawn.
    group : collection of str
        Kinds of employment that the export lists; missing rows of other kinds mean nothing.
    also_seen : collection of str
        Appraisals that stand in the file although their row was refused: they are not withdrawn.
    reasons : dict of str to str, optional
        Appraisal -> why its content was revised.

    Returns
    -------
    Change
        A row is compared with the version that held when the export was drawn, so exports may come in any order.
    """
    table = TABLES["appraisals"]
    data = table.conform(incoming.assign(version=1, exported_at=pd.Timestamp(known_at), import_id=import_id))
    before = _held(stored, withdrawn, known_at)
    held = before[~before["_gone"].astype(bool)]
    same = dict(zip(held["appraisal_id"], said(held, CONTENT), strict=True))
    now = said(data, CONTENT)
    repeated = data["appraisal_id"].map(same).eq(now).fillna(False).astype(bool)
    fresh = data[~repeated].copy()
    top = stored.groupby("appraisal_id")["version"].max().to_dict() if len(stored) else {}
    fresh["version"] = fresh["appraisal_id"].map(lambda a: int(top.get(a, 0)) + 1).astype("int64")
    back = set(before.loc[before["_gone"].astype(bool), "appraisal_id"])
    why = reasons or {}
    fresh["revision_reason"] = [why.get(a) or (RETURNED if a in back else r if isinstance(r, str) else None)
                                for a, r in zip(fresh["appraisal_id"], fresh["revision_reason"], strict=True)]
    gone = _missing(held, data, group, also_seen) if full else held.iloc[:0]
    changed = int(fresh["appraisal_id"].isin(list(top)).sum())
    return Change(table.conform(fresh), _withdrawals(gone, known_at, import_id), len(fresh) - changed, changed, int(repeated.sum()))


def _held(stored: pd.DataFrame, withdrawn: pd.DataFrame, known_at: datetime) -> pd.DataFrame:
    """Give, of each appraisal, the version that held at a moment; `_gone` where it had been withdrawn by then."""
    moment = pd.Timestamp(known_at)
    until = stored[stored["exported_at"] <= moment].sort_values(["exported_at", "version"], kind="stable")
    last = until.drop_duplicates("appraisal_id", keep="last").copy()
    rows = withdrawn[(withdrawn["table"] == "appraisals") & (withdrawn["exported_at"] <= moment)]
    times = rows.groupby("record_key")["exported_at"].max().to_dict()
    last["_gone"] = [a in times and times[a] > at for a, at in zip(last["appraisal_id"], last["exported_at"], strict=True)]
    return last


def _missing(held: pd.DataFrame, data: pd.DataFrame, group: Collection[str], also_seen: Collection[str]) -> pd.DataFrame:
    mine = held["period"].isin(list(data["period"].unique()))
    if group:
        mine &= held["employment"].isna() | held["employment"].isin(list(group))
    seen = [*data["appraisal_id"], *also_seen]
    return held[mine & ~held["appraisal_id"].isin(seen)]


def _withdrawals(gone: pd.DataFrame, known_at: datetime, import_id: str) -> pd.DataFrame:
    rows = pd.DataFrame({"table": "appraisals", "record_key": gone["appraisal_id"], "period": gone["period"],
                         "exported_at": pd.Timestamp(known_at), "import_id": import_id})
    return TABLES["withdrawals"].conform(rows)
