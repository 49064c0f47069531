"""Rows with a span of validity: which one counts on a day."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pyarrow as pa

from evalkit.tables.posts import is_teacher
from evalkit.tables.schema import POST_TYPES


def valid_at(frame: pd.DataFrame, by: list[str], day: date, *, nearest: bool = False) -> pd.DataFrame:
    """Keep of each `by` the one row that is valid on `day`.

    A row is valid from `valid_from` to `valid_to`, both included; without `valid_to` it goes on. Where several are valid, the
    one that began last counts.

    Parameters
    ----------
    frame : pandas.DataFrame
        With `valid_from` and `valid_to` (dates) and the columns `by`.
    by : list of str
        What has one valid row a day, such as `["person_id"]`.
    day : date
        The day.
    nearest : bool
        Keep also those without a valid row: the last that began before the day, else the first that begins after it.

    Returns
    -------
    pandas.DataFrame
        At most one row for each `by`; the columns of `frame`.

    Notes
    -----
    A join on the person alone counts a person with two rows of attributes twice; this step comes before every such join.

    Examples
    --------
    >>> rows = pd.DataFrame({"p": ["a", "a"], "valid_from": [date(2020, 1, 1), date(2026, 4, 1)], "valid_to": [None, None],
    ...                      "grade": ["III/a", "III/b"]})
    >>> valid_at(rows, ["p"], date(2026, 3, 31))["grade"].tolist()
    ['III/a']
    """
    if frame.empty:
        return frame
    start, stop, moment = days(frame["valid_from"]), days(frame["valid_to"]), pd.Timestamp(day)
    begun = start.le(moment)
    valid = begun & (stop.isna() | stop.ge(moment))
    kept = frame.assign(_start=start, _class=valid.astype(int) + begun.astype(int))
    if nearest:
        # Of rows that have not begun, the first: its distance grows with the start, so the sign is turned.
        distance = (kept["_start"] - moment).dt.days
        kept = kept.assign(_rank=distance.where(kept["_class"] > 0, -distance))
    else:
        kept = kept[valid.to_numpy()].assign(_rank=lambda f: f["_start"])
    kept = kept.sort_values([*by, "_class", "_rank"], kind="stable").drop_duplicates(by, keep="last")
    return kept.drop(columns=["_start", "_class", "_rank"]).reset_index(drop=True)


def days(values: pd.Series) -> pd.Series:
    """Turn dates of any storage type into `datetime64`, missing ones into `NaT`.

    Examples
    --------
    >>> days(pd.Series([date(2026, 1, 2), None])).isna().tolist()
    [False, True]
    """
    array = pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return pd.Series(array.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False), index=values.index, dtype="datetime64[us]")


def looked_up(keys: pd.Series, table: pd.Series) -> pd.Series:
    """Look every key up in a table with one row a key; a key that it lacks gives a missing value.

    Examples
    --------
    >>> looked_up(pd.Series(["a", None, "c"]), pd.Series({"a": 1})).isna().tolist()
    [False, True, True]
    """
    plain = pd.Series(table.to_numpy(dtype=object), index=table.index.astype("object"), dtype="object")
    return keys.astype("object").where(keys.notna(), None).map(plain).astype("object")


def has_post(titles: pd.Series, post: str) -> pd.Series:
    """Tell which post titles belong to a kind of post; `guru` is every post that the rule for teachers covers.

    Examples
    --------
    >>> has_post(pd.Series(["GURU AHLI PERTAMA", "AHLI PERTAMA - GURU KELAS", "KEPALA SEKOLAH", "Pengawas", None]), "guru").tolist()
    [True, True, True, False, False]
    """
    text = titles.astype("object").where(titles.notna(), None).astype(pd.ArrowDtype(pa.string()))
    named = rf"\b{re.escape(post)}\b"
    found = is_teacher(text) if post.casefold() == "guru" else text.str.contains(named, case=False, regex=True).fillna(False)
    return pd.Series(found.to_numpy(dtype=bool), index=titles.index)


def post_type_of(values: pd.Series) -> pd.Series:
    """Keep what is a type of post; an export may hold its code instead, which says nothing here."""
    return values.where(values.isin(POST_TYPES))
