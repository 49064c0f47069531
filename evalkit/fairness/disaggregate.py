"""A measure by group: every group of an attribute, the unknown one too, and every cell of an intersection, empty or not.

Counts of a register: groups add up to the total, and a group that is too small keeps its row without its figures. The rows are read
once, into the cells of all attributes together; every table of groups is a sum of those cells, on every engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from statistics import NormalDist
from typing import Any, get_args

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.fairness.frames import as_pandas, days, group_name, group_names, prepared
from evalkit.inference.frames import need_names
from evalkit.inference.reading import check_level, listed, one_value_a_cell
from evalkit.inference.results import Role
from evalkit.inference.single_values import single

UNKNOWN = "unknown"
TOTAL = "total"
BETWEEN = " × "
_SUMS = ("n", "rated", "count", "sum", "squares")
_FIGURES = ("count", "share", "mean", "sd", "conf_low", "conf_high")
COLUMNS = ("attribute", "group", "n", "rated", "count", "share", "mean", "sd", "conf_low", "conf_high", "role", "status", "reason")


def disaggregate(people: Any, *, attributes: Sequence[str], outcome: str, intersections: Sequence[Sequence[str]] = (),
                 levels: Mapping[str, Sequence[str]] | None = None, min_group: int = 10, person: str | None = "person_id",
                 role: Role = "descriptive", level: float = 0.95) -> pd.DataFrame:
    """Sum up an outcome or a score in the whole, in each group of each attribute and in each cell of each intersection.

    ``share = count / rated`` of an outcome; ``mean`` and ``sd`` (n - 1) of a score. An inferential share has Wilson's interval, an
    inferential mean Student's, ``mean ± t(rated - 1) sd / sqrt(rated)``; a descriptive one has none, since nothing was drawn.

    Parameters
    ----------
    people : pandas, polars, DuckDB or Dask frame, eager or lazy
        One row a person. The outcome is true, false or missing (not rated); a score is a number or missing.
    attributes : sequence of str
        Columns whose groups are counted.
    outcome : str
        Column of the outcome or score; its type decides which of the two it is (1 and 0 are a score, whose mean is the share).
    intersections : sequence of sequences of str
        Sets of columns whose combinations are counted.
    levels : mapping of str to sequence of str, optional
        Groups that must have a row even if nobody is in them; those found in the data are added.
    min_group : int
        Groups with fewer people rated keep their row with status "withheld" and without figures.
    person : str, optional
        Column of the person, to refuse a frame that counts somebody twice. None where the key of the table was checked when it was
        stored, or where a row is no person but a rating.
    role : {"descriptive", "inferential"}
        Whether the rows are all there are, or stand for what might have been.
    level : float
        Nominal coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        `attribute` ("" for the whole, "a × b" for an intersection), `group`, `n` (people), `rated`, `count` and `share` (outcomes) or
        `mean` and `sd` (scores), `conf_low`, `conf_high`, `role`, `status`, `reason` ("empty_cell", "nobody_rated", "small_group").
        People whose attribute is missing are the group "unknown".

    Raises
    ------
    EstimationError
        If a column is absent, the outcome neither true or false nor a number, or a person has two rows; if `level` is not between 0 and 1.

    Notes
    -----
    Suppression by size alone does not protect: with the total and the other groups a single withheld group can be worked
    out. Before a table is published it passes the rules of disclosure. A difference of shares here is no evidence of unequal
    treatment: groups do different work under different evaluators. The cells of all attributes together must fit in memory.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcd"), "sex": ["F", "F", "M", None], "top": [True, False, True, True]})
    >>> found = disaggregate(rows, attributes=["sex"], outcome="top", min_group=1)
    >>> found[["group", "n", "count"]].to_numpy().tolist()
    [['total', 4, 3], ['F', 2, 1], ['M', 1, 1], ['unknown', 1, 1]]
    """
    check_level(level)
    single(min_group=min_group)
    if role not in get_args(Role):
        raise EstimationError(f"role is {role!r}; it must be one of {', '.join(get_args(Role))}.")
    listed(attributes=attributes, intersections=intersections)
    listed(**{f"intersections: set {i}": s for i, s in enumerate(intersections, start=1)})
    sets = [[], *([a] for a in attributes), *(list(s) for s in intersections)]
    columns = list(dict.fromkeys(c for s in sets for c in s))
    data = _opened(people, [outcome, *columns, *([] if person is None else [person])], outcome)
    is_score = _kind(data, outcome)
    if person is not None:
        _check(data, person)
    cells, centre = _cells(data, columns, outcome, is_score), 0.0
    if is_score and _far_from_zero(cells):
        centre = float(cells["sum"].sum() / cells["rated"].sum())
        cells = _cells(data, columns, outcome, is_score, centre)
    coded = _coded(cells, columns, levels or {})
    table = pd.concat([_rolled(cells, s, coded) for s in sets], ignore_index=True).astype({"group": "string"})
    return _finish(table, is_score, min_group, role, level, centre)


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
        If a column is absent or holds no days.

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
    attributes = as_pandas(attributes)
    need_names((person, "valid_from", "valid_to"), attributes.columns)
    one_value_a_cell(attributes[person])
    day = pd.Timestamp(on)
    begin, end = (days(attributes[c]) for c in ("valid_from", "valid_to"))
    here = np.flatnonzero((begin <= day) & (end.isna() | (end >= day)))
    latest_last = pd.Series(here[np.argsort(begin.to_numpy()[here], kind="stable")])
    kept = latest_last[~attributes[person].iloc[latest_last].duplicated(keep="last").to_numpy()]
    return attributes.iloc[np.sort(kept)]


def _opened(people: Any, columns: Sequence[str], outcome: str) -> Any:
    """Give the frame as narwhals knows it; a column of pandas objects is read as what it holds."""
    if isinstance(people, pd.DataFrame):
        need_names(columns, people.columns)
        people = people[list(dict.fromkeys(columns))]
        for column in columns:
            one_value_a_cell(people[column])
        if people[outcome].dtype.kind not in "biuf":
            people = people.assign(**{outcome: prepared(people, either=[outcome])[outcome].array})
        return nw.from_native(people)
    try:
        data = nw.from_native(people)
    except TypeError as error:
        raise EstimationError(f"People come as a frame of pandas, polars, DuckDB or Dask, not as {type(people).__name__}.") from error
    need_names(columns, data.collect_schema().names())
    return data


def _kind(data: Any, outcome: str) -> bool:
    """Say whether the outcome is a score."""
    kind = data.collect_schema()[outcome]
    if kind.is_numeric():
        return True
    if kind in (nw.Boolean, nw.Object, nw.Unknown):
        return False
    raise EstimationError(f"The column {outcome!r} is neither true or false nor a number.")


def _check(data: Any, person: str) -> None:
    twice = data.group_by(person, drop_null_keys=False).agg(nw.len().alias("_n")).filter(nw.col("_n") > 1).head(1)
    if len(twice.collect() if isinstance(twice, nw.LazyFrame) else twice):
        raise EstimationError("A person has two rows; take the attributes valid at the end of the period first (attributes_at).")


def _far_from_zero(cells: pd.DataFrame) -> bool:
    """Say whether the spread is so small beside the mean that sums of squares do not hold it: scores are read again, from their mean."""
    total, n, squares = (float(cells[c].sum()) for c in ("sum", "rated", "squares"))
    return n > 0 and squares - total * total / n < 1e-8 * squares


def _cells(data: Any, columns: list[str], outcome: str, is_score: bool, centre: float = 0.0) -> pd.DataFrame:
    """Read the rows once: counts, sums and squares from a centre in every combination of the groups of all columns."""
    value, known = nw.col(outcome), ~nw.col(outcome).is_null()
    if is_score:
        value = value.cast(nw.Float64)
        known = known & ~value.is_nan()
        value = value - centre if centre else value
        measured = {"_sum": nw.when(known).then(value).otherwise(nw.lit(0.0)),
                    "_low": nw.when(known).then(value), "_high": nw.when(known).then(value)}
        measured["_squares"] = nw.when(known).then(value * value).otherwise(nw.lit(0.0))
    else:
        # Dask cannot cast a nullable truth to the same type again
        truth = value if data.collect_schema()[outcome] == nw.Boolean else value.cast(nw.Boolean)
        measured = {"_count": nw.when(truth).then(nw.lit(1)).otherwise(nw.lit(0))}
    by = columns or ["_all"]
    frame = data.with_columns(_rated=nw.when(known).then(nw.lit(1)).otherwise(nw.lit(0)), **measured)
    frame = frame if columns else frame.with_columns(nw.lit(TOTAL).alias("_all"))
    extremes = [nw.col("_low").min(), nw.col("_high").max()] if is_score else []
    sums = [nw.col(c).sum() for c in ("_rated", "_count", "_sum", "_squares") if c == "_rated" or c in measured]
    found = frame.select(*by, "_rated", *measured).group_by(*by, drop_null_keys=False).agg(nw.len().alias("n"), *sums, *extremes)
    table = (found.collect() if isinstance(found, nw.LazyFrame) else found).to_pandas()
    table = table.rename(columns={f"_{c}": c for c in (*_SUMS, "low", "high")})
    for column in by:
        table[column] = group_names(table[column]).fillna(UNKNOWN)
    if is_score and np.isinf(table[["low", "high"]].to_numpy(dtype=float, na_value=np.nan)).any():
        raise EstimationError(f"The values of {outcome!r} must be finite numbers; some are infinite.")
    figures = {c: table[c].astype("float64") if c in table.columns else 0.0 for c in (*_SUMS, "low", "high")}
    return table[by].assign(**figures)


def _coded(cells: pd.DataFrame, columns: list[str], levels: Mapping[str, Sequence[str]]) -> dict[str, tuple[list[str], NDArray[np.intp]]]:
    """Give the groups of each column in their order (declared, found, unknown), and the place of each cell among them."""
    coded = {}
    for column in columns:
        codes, found = pd.factorize(cells[column].to_numpy(dtype=object), sort=False)
        seen = [str(v) for v in found]
        wanted = list(dict.fromkeys([*map(group_name, levels.get(column, ())), *sorted(v for v in seen if v != UNKNOWN)]))
        wanted += [UNKNOWN] if UNKNOWN in seen and UNKNOWN not in wanted else []
        place = {v: k for k, v in enumerate(wanted)}
        coded[column] = (wanted, np.array([place[v] for v in seen], dtype=np.intp)[codes] if len(codes) else np.zeros(0, dtype=np.intp))
    return coded


def _rolled(cells: pd.DataFrame, columns: list[str], coded: Mapping[str, tuple[list[str], NDArray[np.intp]]]) -> pd.DataFrame:
    """Add the cells up to one set of columns, and give every combination a row."""
    groups = [coded[c][0] for c in columns]
    names = [BETWEEN.join(row) for row in product(*groups)] if columns else [TOTAL]
    place = np.zeros(len(cells), dtype=np.intp)
    for column in columns:
        place = place * len(coded[column][0]) + coded[column][1]
    sums = {c: np.bincount(place, weights=cells[c].to_numpy(dtype=float), minlength=len(names)) for c in _SUMS}
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    # a cell in which nobody has a score has no extreme
    np.fmin.at(low, place, cells["low"].to_numpy(dtype=float))
    np.fmax.at(high, place, cells["high"].to_numpy(dtype=float))
    return pd.DataFrame({**sums, "low": low, "high": high, "attribute": BETWEEN.join(columns), "group": names})


def _finish(table: pd.DataFrame, is_score: bool, min_group: int, role: Role, level: float, centre: float) -> pd.DataFrame:
    out = table[["attribute", "group"]].assign(n=table["n"].astype("int64"), rated=table["rated"].astype("int64"))
    rated = table["rated"].where(table["rated"] > 0)
    out = out.assign(**dict.fromkeys(_FIGURES, pd.Series(pd.NA, index=out.index, dtype="Float64")))
    if is_score:
        mean, sd = _moments(table, rated)
        out["mean"], out["sd"] = (mean + centre).astype("Float64"), sd.astype("Float64")
    else:
        out["count"], out["share"] = table["count"].astype("Float64"), (table["count"] / rated).astype("Float64")
    if role == "inferential":
        low, high = _student(out, level) if is_score else _wilson(table["count"], rated, level)
        out["conf_low"], out["conf_high"] = low.astype("Float64"), high.astype("Float64")
    empty, unrated = out["n"] == 0, (out["n"] > 0) & (out["rated"] == 0)
    small = (out["rated"] > 0) & (out["rated"] < min_group) & (out["attribute"] != "")
    out["reason"] = pd.Series(None, index=out.index, dtype="string").mask(empty, "empty_cell").mask(unrated, "nobody_rated").mask(
        small, "small_group")
    out["role"] = role
    out["status"] = pd.Series("estimated", index=out.index).mask(empty | unrated, "not_estimable").mask(small, "withheld")
    out = out.assign(**{c: out[c].mask(small) for c in _FIGURES})
    return out.astype({"count": "Int64"})[list(COLUMNS)]


def _moments(table: pd.DataFrame, rated: pd.Series) -> tuple[pd.Series, pd.Series]:
    mean = table["sum"] / rated
    spread = (table["squares"] - table["sum"] * mean).clip(lower=0.0) / (rated - 1).where(rated > 1)
    # sums of squares leave a trace where all values are equal: the extremes know better
    return mean, (spread ** 0.5).mask((table["low"] == table["high"]) & (rated > 1), 0.0)


def _student(out: pd.DataFrame, level: float) -> tuple[pd.Series, pd.Series]:
    from scipy.special import stdtrit

    rated = out["rated"].where(out["rated"] > 1).astype("float64")
    mean, half = out["mean"].astype("float64"), stdtrit(rated - 1, 0.5 + level / 2) * out["sd"].astype("float64") / rated ** 0.5
    return mean - half, mean + half


def _wilson(count: pd.Series, n: pd.Series, level: float) -> tuple[pd.Series, pd.Series]:
    """Give Wilson's limits of a whole column, as `inference.intervals.wilson` gives them for one share."""
    z = NormalDist().inv_cdf(0.5 + level / 2)
    p, zz = count / n, z * z / n
    half = (zz * p * (1 - p) + zz * zz / 4) ** 0.5
    low, high = (p + zz / 2 - half) / (1 + zz), (p + zz / 2 + half) / (1 + zz)
    return low.mask(count == 0, 0.0).where(n.notna()), high.mask(count == n, 1.0).where(n.notna())
