"""A measure by group: every group of an attribute, the unknown one too, and every cell of an intersection, empty or not.

Counts of a register: groups add up to the total, and a group that is too small keeps its row without its figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

import narwhals as nw
import pandas as pd

from evalkit.errors import EstimationError

UNKNOWN = "unknown"
TOTAL = "total"
BETWEEN = " × "


def disaggregate(people: Any, *, attributes: Sequence[str], outcome: str, intersections: Sequence[Sequence[str]] = (),
                 levels: Mapping[str, Sequence[str]] | None = None, min_group: int = 10, person: str = "person_id") -> pd.DataFrame:
    """Count an outcome in the whole, in each group of each attribute and in each cell of each intersection.

    Parameters
    ----------
    people : pandas, polars, DuckDB or Dask frame, eager or lazy
        One row a person. The outcome is true, false or missing (not rated).
    attributes : sequence of str
        Columns whose groups are counted.
    outcome : str
        Column of the outcome.
    intersections : sequence of sequences of str
        Sets of columns whose combinations are counted.
    levels : mapping of str to sequence of str, optional
        Groups that must have a row even if nobody is in them; those found in the data are added.
    min_group : int
        Groups with fewer people rated keep their row with status "withheld" and without count and share.
    person : str
        Column of the person, to refuse a frame that counts somebody twice.

    Returns
    -------
    pandas.DataFrame
        `attribute` ("" for the whole, "a × b" for an intersection), `group`, `n` (people), `rated`, `count` (with the
        outcome), `share` (count / rated), `role` ("descriptive"), `status`, `reason` ("empty_cell", "nobody_rated",
        "small_group"). People whose attribute is missing are the group "unknown".

    Raises
    ------
    EstimationError
        If a column is absent, or a person has two rows.

    Notes
    -----
    Suppression by size alone does not protect: with the total and the other groups a single withheld group can be worked
    out. Before a table is published it passes the rules of disclosure. A difference of shares here is no evidence of unequal
    treatment: groups do different work under different evaluators.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcd"), "sex": ["F", "F", "M", None], "top": [True, False, True, True]})
    >>> found = disaggregate(rows, attributes=["sex"], outcome="top", min_group=1)
    >>> found[["group", "n", "count"]].to_numpy().tolist()
    [['total', 4, 3], ['F', 2, 1], ['M', 1, 1], ['unknown', 1, 1]]
    """
    data = nw.from_native(people)
    sets = [[], *([a] for a in attributes), *(list(s) for s in intersections)]
    _check(data, [person, outcome, *(c for s in sets for c in s)], person)
    counted = data.with_columns(_rated=nw.when(nw.col(outcome).is_null()).then(nw.lit(0)).otherwise(nw.lit(1)),
                                _count=nw.when(nw.col(outcome).cast(nw.Boolean)).then(nw.lit(1)).otherwise(nw.lit(0)))
    cells = pd.concat([_cells(counted, s, levels or {}) for s in sets], ignore_index=True)
    return _finish(cells, min_group)


def attributes_at(attributes: pd.DataFrame, on: date, *, person: str = "person_id") -> pd.DataFrame:
    """Give each person's attributes on a day: one row a person, never two.

    Parameters
    ----------
    attributes : pandas.DataFrame
        `person_attributes`: rows with `valid_from` and `valid_to` (missing: still valid; else the last day).
    on : datetime.date
        The day, such as the end of a period.
    person : str
        Column of the person.

    Returns
    -------
    pandas.DataFrame
        The rows valid on the day; where two overlap, the one that began last (and of those the last in the frame).

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    A person without a valid row is not in the result: join it from the side of the people, so that she counts as unknown.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "a"], "grade": ["III/a", "III/b"], "valid_from": ["2020-01-01", "2026-04-01"],
    ...                      "valid_to": ["2026-03-31", None]})
    >>> attributes_at(rows, date(2026, 3, 31))["grade"].tolist()
    ['III/a']
    """
    absent = [c for c in (person, "valid_from", "valid_to") if c not in attributes.columns]
    if absent:
        raise EstimationError(f"The frame has no column {absent[0]!r}.")
    day = pd.Timestamp(on)
    begin, end = (pd.to_datetime(attributes[c].astype(object)) for c in ("valid_from", "valid_to"))
    valid = attributes[(begin <= day) & (end.isna() | (end >= day))]
    order = begin.loc[valid.index].sort_values(kind="stable").index
    return valid.loc[order].drop_duplicates(person, keep="last").sort_index()


def _check(data: Any, columns: Sequence[str], person: str) -> None:
    absent = [c for c in columns if c not in data.collect_schema().names()]
    if absent:
        raise EstimationError(f"The frame has no column {absent[0]!r}.")
    twice = data.group_by(person, drop_null_keys=False).agg(nw.len().alias("_n")).filter(nw.col("_n") > 1).head(1)
    if len(twice.collect() if isinstance(twice, nw.LazyFrame) else twice):
        raise EstimationError("A person has two rows; take the attributes valid at the end of the period first (attributes_at).")


def _cells(data: Any, columns: list[str], levels: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    by = columns or ["_all"]
    frame = data if columns else data.with_columns(nw.lit(TOTAL).alias("_all"))
    found = frame.group_by(*by, drop_null_keys=False).agg(nw.len().alias("n"), nw.col("_rated").sum(), nw.col("_count").sum())
    table = (found.collect() if isinstance(found, nw.LazyFrame) else found).to_pandas()
    for column in by:
        table[column] = table[column].astype("string").fillna(UNKNOWN)
    seen = {c: [v for v in table[c].drop_duplicates().sort_values() if v != UNKNOWN] for c in by}
    wanted = {c: list(dict.fromkeys([*map(str, levels.get(c, ())), *seen[c], *([UNKNOWN] if UNKNOWN in set(table[c]) else [])]))
              for c in by}
    if not columns:
        wanted = {"_all": [TOTAL]}
    grid = pd.DataFrame(list(product(*(wanted[c] for c in by))), columns=by, dtype="string")
    # a group that is named "unknown" in the data is the same line as the missing ones
    table = table.groupby(by, as_index=False)[["n", "_rated", "_count"]].sum()
    full = grid.merge(table, how="left", on=by)
    names = pd.Series([BETWEEN.join(row) for row in full[by].itertuples(index=False)], dtype="string")
    counts = full[["n", "_rated", "_count"]].fillna(0).astype("int64").rename(columns={"_rated": "rated", "_count": "count"})
    return counts.assign(attribute=BETWEEN.join(columns), group=names)[["attribute", "group", "n", "rated", "count"]]


def _finish(cells: pd.DataFrame, min_group: int) -> pd.DataFrame:
    empty, unrated = cells["n"] == 0, (cells["n"] > 0) & (cells["rated"] == 0)
    small = (cells["rated"] > 0) & (cells["rated"] < min_group) & (cells["attribute"] != "")
    reason = pd.Series(None, index=cells.index, dtype="string")
    result = cells.assign(role="descriptive", status="estimated",
                          reason=reason.mask(empty, "empty_cell").mask(unrated, "nobody_rated").mask(small, "small_group"))
    result["share"] = (result["count"] / result["rated"].where(result["rated"] > 0)).astype("Float64").mask(small)
    result["count"] = result["count"].astype("Int64").mask(small)
    result["status"] = result["status"].mask(empty | unrated, "not_estimable").mask(small, "withheld")
    return result[["attribute", "group", "n", "rated", "count", "share", "role", "status", "reason"]]
