"""Folds of what came in over time: snapshots become intervals, re-sent rows become versions.

An employee list says what holds on the day of its export. Several such lists say from when to when it held. Nothing here
reads a file: frames in, frames out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_DAY = timedelta(days=1)
_PLACE = ("import_id", "row")


@dataclass(frozen=True)
class Snapshot:
    """When one list was drawn up, and whether it names everybody of its `group` or `corrects` rows of an earlier one."""

    import_id: str
    on: date
    full: bool
    group: tuple[str, ...] = ()
    corrects: bool = False


def intervals(rows: pd.DataFrame, key: Sequence[str], snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """Turn the rows of several lists into intervals: a row ends on the day before the next one of its key begins.

    Parameters
    ----------
    rows : DataFrame
        Contract columns of a table with `valid_from` and `valid_to`, all imports together.
    key : sequence of str
        What the intervals belong to, such as `person_id`.
    snapshots : sequence of Snapshot
        The lists, in the order in which they speak.

    Returns
    -------
    DataFrame
        One row an interval; `valid_to` is missing while it lasts.

    Notes
    -----
    A list that repeats what held adds nothing. A row that differs begins at its own `valid_from` where that lies after the
    row before it, else on the day of its list: what was known earlier is not rewritten. A row with its own `valid_to`
    keeps it unless the next row begins earlier.

    Examples
    --------
    >>> lists = [Snapshot("i1", date(2026, 1, 10), True), Snapshot("i2", date(2026, 7, 10), True)]
    >>> rows = pd.DataFrame({"person_id": ["p", "p"], "valid_from": [date(2020, 4, 1), date(2026, 4, 1)],
    ...                      "valid_to": [None, None], "grade": ["III/a", "III/b"], "import_id": ["i1", "i2"], "row": [2, 2]})
    >>> [(r.grade, r.valid_to) for r in intervals(rows, ["person_id"], lists).itertuples()]
    [('III/a', datetime.date(2026, 3, 31)), ('III/b', None)]
    """
    if rows.empty:
        return rows
    days = {s.import_id: (n, s.on) for n, s in enumerate(snapshots)}
    data = rows[rows["import_id"].isin(list(days))].copy()
    data["_order"] = data["import_id"].map({i: n for i, (n, _) in days.items()}).astype("int64")
    data["_corrects"] = data["import_id"].isin([s.import_id for s in snapshots if s.corrects])
    data["_said"] = said(data, [c for c in rows.columns if c not in (*_PLACE, "valid_from")])
    data["_key"] = said(data, list(key))
    data = data.sort_values(["_key", "_order", "valid_from"], kind="stable")
    data = data.drop_duplicates(["_key", "_said", "valid_from"], keep="first")
    again = (data["_key"] == data["_key"].shift()) & (data["_said"] == data["_said"].shift())
    data = data[~again].astype(object)
    data = data.where(data.notna(), None)
    several = data["_key"].duplicated(keep=False)
    folded = [row for _, group in groupby(data[several].to_dict("records"), key=lambda r: r["_key"]) for row in _chain(group, days)]
    result = pd.concat([data[~several], pd.DataFrame(folded, columns=data.columns).astype(object)]) if folded else data
    ordered = result.sort_values(["_key", "valid_from"], kind="stable")
    return ordered.drop(columns=["_order", "_corrects", "_said", "_key"]).reset_index(drop=True)


def _chain(rows: Iterable[dict[Any, Any]], days: dict[str, tuple[int, date]]) -> list[dict[Any, Any]]:
    """Give the rows of one key their beginnings and ends."""
    kept: list[dict[Any, Any]] = []
    for row in rows:
        before = kept[-1] if kept else None
        if before is not None and before["_order"] != row["_order"]:
            latest = max(r["valid_from"] for r in kept)
            if row["valid_from"] <= latest and not row["_corrects"]:
                row["valid_from"] = max(days[row["import_id"]][1], latest)
        kept = [r for r in kept if r["valid_from"] != row["valid_from"]] + [row]
    kept.sort(key=lambda r: r["valid_from"])
    for row, after in pairwise(kept):
        last = after["valid_from"] - _DAY
        row["valid_to"] = last if row["valid_to"] is None else min(row["valid_to"], last)
    return kept


def absences(seen: pd.DataFrame, key: str, snapshots: Sequence[Snapshot], groups: pd.Series | None = None) -> dict[str, date]:
    """Find who no longer stands in a later full list of her group: key -> the last day she was there.

    Parameters
    ----------
    seen : DataFrame
        Columns `key` and `import_id`: which list named whom (all rows, before any fold).
    key : str
        The column that identifies what may be absent.
    snapshots : sequence of Snapshot
        The lists that hold this table, in the order in which they speak.
    groups : Series, optional
        Group of each key (index: key). A full list closes only those of its own `group`; a list without a group closes all.

    Returns
    -------
    dict of str to date
        The day before the first full list, after the last one that named the key, which should have named it.

    Notes
    -----
    A partial list (one unit) says nothing about those whom it does not name.

    Examples
    --------
    >>> lists = [Snapshot("i1", date(2026, 1, 10), True), Snapshot("i2", date(2026, 7, 10), True)]
    >>> absences(pd.DataFrame({"unit_id": ["a", "b", "a"], "import_id": ["i1", "i1", "i2"]}), "unit_id", lists)
    {'b': datetime.date(2026, 7, 9)}
    """
    order = {s.import_id: n for n, s in enumerate(snapshots)}
    known = seen[seen["import_id"].isin(list(order))]
    last = known["import_id"].map(order).astype("int64").groupby(known[key].astype(object)).max()
    found: dict[str, date] = {}
    of = {} if groups is None else groups.to_dict()
    for name, position in last.items():
        for later in snapshots[position + 1:]:
            own = of.get(name)
            if later.full and (not later.group or own is None or own in later.group):
                found[str(name)] = later.on - _DAY
                break
    return found


def end_replaced(folded: pd.DataFrame, rows: pd.DataFrame, key: Sequence[str], people: pd.DataFrame,
                 snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """End the posts that a later list, which names the person, leaves out.

    Parameters
    ----------
    folded : DataFrame
        Intervals of `key`, from `intervals`.
    rows : DataFrame
        The rows before the fold.
    key : sequence of str
        What a post is, such as person, unit and title.
    people : DataFrame
        Columns `person_id` and `import_id`: which list names whom.
    snapshots : sequence of Snapshot
        The lists, in the order in which they speak.

    Returns
    -------
    DataFrame
        A post ends on the day before the person's next definitive post began, where the next list gives one; else on the day
        before that list.
    """
    order = {s.import_id: n for n, s in enumerate(snapshots)}
    named = pd.concat([people[["person_id", "import_id"]], rows[["person_id", "import_id"]]])
    named = named[named["import_id"].isin(list(order))]
    position = named["import_id"].map(order).astype("int64")
    people_of = named["person_id"].astype(object)
    result = folded.astype(object).copy()
    result["valid_to"] = result["valid_to"].where(result["valid_to"].notna(), None)
    known = rows[rows["import_id"].isin(list(order))]
    last = known["import_id"].map(order).astype("int64").groupby(said(known, key)).max()
    seen = said(result, key).map(last)
    replaced = (seen < result["person_id"].map(position.groupby(people_of).max())) & result["valid_to"].isna()
    movers = set(result.loc[replaced, "person_id"])
    lists = position[people_of.isin(movers)].groupby(people_of[people_of.isin(movers)]).agg(set).to_dict()
    starts = _starts(known[known["person_id"].isin(list(movers))])
    ends = result["valid_to"].tolist()
    for n in replaced.to_numpy().nonzero()[0]:
        person, since = result["person_id"].iloc[n], result["valid_from"].iloc[n]
        after = snapshots[min(k for k in lists[person] if k > seen.iloc[n])]
        begun = [d for d in starts.get((person, after.import_id), ()) if since < d <= after.on]
        ends[n] = max(min(begun, default=after.on) - _DAY, since)
    result["valid_to"] = pd.Series(ends, index=result.index, dtype=object)
    return result


def _starts(rows: pd.DataFrame) -> dict[tuple[str, str], list[date]]:
    """Give when the definitive posts of a person began, as each list has them."""
    acting = rows["is_acting"].astype(bool) if "is_acting" in rows.columns else pd.Series(False, index=rows.index)
    found: dict[tuple[str, str], list[date]] = {}
    own = rows[~acting]
    for person, list_id, since in zip(own["person_id"], own["import_id"], own["valid_from"], strict=True):
        found.setdefault((person, list_id), []).append(since)
    return found


def close(rows: pd.DataFrame, key: str, ends: dict[str, date]) -> pd.DataFrame:
    """Give a copy in which the open intervals of the keys of `ends` end on the day given there.

    An interval that would end before it begins is left out: it never held.
    """
    if rows.empty or not ends:
        return rows
    result = rows.astype(object).copy()
    until = result[key].map(ends)
    shorter = until.notna() & (result["valid_to"].isna() | (result["valid_to"].where(result["valid_to"].notna(), date.max) > until))
    result.loc[shorter, "valid_to"] = until[shorter]
    never = result["valid_to"].notna() & (result["valid_to"].where(result["valid_to"].notna(), date.max) < result["valid_from"])
    return result[~never].reset_index(drop=True)


def latest(rows: pd.DataFrame, key: Sequence[str], order: dict[str, int]) -> pd.DataFrame:
    """Keep, of the rows with one key, the one of the import that speaks last.

    Examples
    --------
    >>> rows = pd.DataFrame({"k": ["a", "a"], "v": [1, 2], "import_id": ["i1", "i2"]})
    >>> latest(rows, ["k"], {"i1": 1, "i2": 0})["v"].tolist()
    [1]
    """
    if rows.empty:
        return rows
    position = rows["import_id"].map(order).astype("int64")
    ordered = rows.loc[position.sort_values(kind="stable").index]
    kept = ordered.drop_duplicates(list(key), keep="last")
    return rows.loc[sorted(kept.index)].reset_index(drop=True)


def versions(rows: pd.DataFrame, key: Sequence[str], content: Sequence[str], order: dict[str, int]) -> pd.DataFrame:
    """Number the rows of one key 1, 2, ... in the order in which they were said; a repetition adds no version."""
    if rows.empty:
        return rows
    data = rows.copy()
    data["_order"] = data["import_id"].map(order).astype("int64")
    data["_key"], data["_said"] = said(data, list(key)), said(data, list(content))
    data = data.sort_values(["_key", "_order"], kind="stable")
    again = (data["_key"] == data["_key"].shift()) & (data["_said"] == data["_said"].shift())
    data = data[~again]
    data["version"] = data.groupby("_key", sort=False).cumcount() + 1
    return data.drop(columns=["_order", "_key", "_said"]).reset_index(drop=True)


def said(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Join columns into one text a row, so that rows can be compared whole; the marks between them stand in no file."""
    if frame.empty or not columns:
        return pd.Series([""] * len(frame), index=frame.index, dtype=object)
    texts = [pc.fill_null(pc.cast(_array(frame[c]), pa.string()), "\x1e") for c in columns]
    return pd.Series(pc.binary_join_element_wise(*texts, "\x1f").to_numpy(zero_copy_only=False), index=frame.index, dtype=object)


def _array(values: pd.Series) -> pa.Array:
    """Give a column as Arrow data; of mixed contents, their text."""
    try:
        found = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        found = pa.array([None if v is None or v is pd.NA or v != v else str(v) for v in values], type=pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
