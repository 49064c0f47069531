"""Productivity, integrity, commitment: a score where something measures them, "not measured" where nothing does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from evalkit.errors import ScoringError
from evalkit.instruments.catalog import load, names
from evalkit.instruments.dimensions import Dimension, DimensionSource
from evalkit.scoring.indicators import achievement
from evalkit.tables.schema import TABLES

RATING_SCALE = {"di_bawah": 1.0, "sesuai": 2.0, "di_atas": 3.0}
NO_SOURCE, NO_VALUE = "no_source", "no_value"
_Rows = list[dict[str, object]]
Tables = Mapping[str, pd.DataFrame]


def dimension_scores(dimensions: Iterable[Dimension], people: Iterable[str], period: str, instrument: str,
                     tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Score each person on each dimension, each kind of data on its own scale.

    rating: 1 below, 2 meets, 3 above expectation; items: mean over items of the mean over raters; attendance: share of due
    days that were worked; discipline: number of cases; indicators: weighted mean achievement in percent.

    Kinds of data are never averaged with one another: a day of absence has no exchange rate into an answer on a form.

    Parameters
    ----------
    dimensions : iterable of Dimension
        From `evalkit.instruments.dimensions.dimensions`.
    people : iterable of str
        `person_id` of everyone who is expected: each gets a row in every dimension.
    period : str
        Written into the rows; the tables must hold rows of this period only.
    instrument : str
        The official instrument, for rows from ratings and tables; item rows carry the form's own name.
    tables : mapping of str to DataFrame
        Contract tables by name: `appraisals_current`, `ratings`, `indicators`, `attendance`, `discipline`. A table that is
        absent or empty was not delivered and measures nothing; but a list of disciplinary measures that is there and empty
        says that nobody has a case.

    Returns
    -------
    pandas.DataFrame
        Table `scores`. `status` is ``measured`` or ``not_measured`` with `reason` ``no_source`` (nothing delivered measures
        the dimension) or ``no_value`` (something does, but not for this person).

    Raises
    ------
    ScoringError
        If a form has ratings outside its scale.

    Notes
    -----
    An analysis aid, not an official result: no regulation defines these dimensions. Where a study has the two official
    ratings only, productivity is the rating of hasil kerja, and integrity and commitment are "not measured". What people
    say of themselves (`rater_role` ``self``, or rater and object are one) does not count.

    Examples
    --------
    >>> from evalkit.instruments.dimensions import dimensions
    >>> rated = pd.DataFrame({"person_id": ["p1"], "hasil_kerja": ["di_atas"], "is_official": [True]})
    >>> out = dimension_scores(dimensions(load("permenpanrb-6-2022")), ["p1"], "2026-Q3", "permenpanrb-6-2022",
    ...                        {"appraisals_current": rated})
    >>> out[["dimension", "status"]].astype(object).values.tolist()
    [['productivity', 'measured'], ['integrity', 'not_measured'], ['commitment', 'not_measured']]
    """
    wanted = list(dict.fromkeys(people))
    rows: _Rows = []
    for dimension in dimensions:
        found = _dimension_rows(dimension, set(wanted), instrument, tables)
        delivered, seen = bool(found), {row["object_id"] for row in found}
        rows += [{**row, "dimension": dimension.name, "status": "measured"} for row in found]
        rows += [{"object_id": person, "dimension": dimension.name, "score_kind": "none", "instrument": instrument,
                  "status": "not_measured", "reason": NO_VALUE if delivered else NO_SOURCE}
                 for person in wanted if person not in seen]
    columns = list(TABLES["scores"].names)
    return TABLES["scores"].conform(pd.DataFrame([{**row, "period": period} for row in rows], columns=columns))


def _dimension_rows(dimension: Dimension, people: set[str], instrument: str, tables: Tables) -> _Rows:
    rows = _item_rows([s.name for s in dimension.sources if s.kind == "item"], people, tables)
    for source in dimension.sources:
        table = tables.get(source.table)
        if source.kind != "item" and table is not None and (len(table) or source.kind == "discipline"):
            rows += [{**row, "instrument": instrument, "score_kind": source.name}
                     for row in _READERS[source.kind](table, source, people)]
    return rows


def _rating_rows(table: pd.DataFrame, source: DimensionSource, people: set[str]) -> _Rows:
    official = table[table["is_official"].fillna(False).astype(bool)] if "is_official" in table else table
    pairs = zip(official["person_id"], official[source.name], strict=True)
    return [{"object_id": person, "score": RATING_SCALE[rating], "scale_min": 1.0, "scale_max": 3.0, "n_items": 1, "n_raters": 1}
            for person, rating in pairs if person in people and rating in RATING_SCALE]


def _attendance_rows(table: pd.DataFrame, _source: DimensionSource, people: set[str]) -> _Rows:
    own = table[table["person_id"].isin(people)]
    sums = own.groupby("person_id")[["days_due", "days_absent"]].sum()
    due = sums[(sums["days_due"] > 0) & sums["days_absent"].between(0, sums["days_due"])]
    return [{"object_id": person, "score": 1 - float(absent) / float(days), "scale_min": 0.0, "scale_max": 1.0}
            for person, days, absent in zip(due.index, due["days_due"], due["days_absent"], strict=True)]


def _discipline_rows(table: pd.DataFrame, _source: DimensionSource, people: set[str]) -> _Rows:
    cases = table.groupby("person_id").size()
    return [{"object_id": person, "score": float(cases.get(person, 0)), "scale_min": 0.0} for person in sorted(people)]


def _indicator_rows(table: pd.DataFrame, _source: DimensionSource, people: set[str]) -> _Rows:
    found = indicator_means(table[table["object_id"].isin(people)])
    return [{"object_id": person, "score": mean, "scale_min": 0.0, "n_items": n} for person, (mean, n) in sorted(found.items())]


def indicator_means(indicators: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Give each object the weighted mean achievement of its indicators, and how many could be measured.

    sum(weight x achievement) / sum(weight), in percent of the target; 100: the targets were met. An indicator without a weight
    weighs 1; one without a target or result is left out.

    Parameters
    ----------
    indicators : pandas.DataFrame
        Table `indicators`, rows of one period.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": ["p"] * 2, "actual": [9.0, 5.0], "target_low": [10.0, 5.0], "target_high": [None] * 2,
    ...                      "direction": ["more"] * 2, "weight": [3.0, 1.0]})
    >>> indicator_means(rows)
    {'p': (92.5, 2)}
    """
    found: dict[str, list[tuple[float, float]]] = {}
    columns = ("object_id", "actual", "target_low", "target_high", "direction", "weight")
    own = indicators.astype(object)
    own = own.where(own.notna(), None)
    for person, actual, low, high, way, weight in zip(*(own[name] for name in columns), strict=True):
        value = achievement(actual, low, high, less_is_better=way == "less").value
        if value is not None:
            found.setdefault(person, []).append((value, 1.0 if pd.isna(weight) else float(weight)))
    return {person: (sum(v * w for v, w in values) / sum(w for _, w in values), len(values)) for person, values in found.items()
            if sum(w for _, w in values) > 0}


_READERS: dict[str, Callable[[pd.DataFrame, DimensionSource, set[str]], _Rows]] = {
    "rating": _rating_rows, "attendance": _attendance_rows, "discipline": _discipline_rows, "indicators": _indicator_rows}


def _item_rows(items: list[str], people: set[str], tables: Tables) -> _Rows:
    table = tables.get("ratings")
    if table is None or table.empty or not items:
        return []
    others = table["rater_role"].fillna("").ne("self") if "rater_role" in table else pd.Series(True, index=table.index)
    others &= table["rater_id"].astype(object) != table["object_id"].astype(object)
    own = table[others & table["item"].isin(items) & table["object_id"].isin(people) & table["rating"].notna()]
    plain = own[["instrument", "object_id", "item", "rater_id"]].astype(object).assign(rating=own["rating"].astype(float))
    of_form = ["instrument", "object_id"]
    score = plain.groupby([*of_form, "item"])["rating"].mean().groupby(of_form).agg(["mean", "size"])
    n_raters = plain.groupby(of_form)["rater_id"].nunique()
    scales = {form: _scale(str(form), ratings) for form, ratings in plain.groupby("instrument")["rating"]}
    return [{"object_id": person, "instrument": form, "score_kind": "items", "score": mean, "scale_min": scales[form][0],
             "scale_max": scales[form][1], "n_items": size, "n_raters": raters}
            for (form, person), mean, size, raters in zip(score.index, score["mean"], score["size"], n_raters, strict=True)]


def _scale(form: str, ratings: pd.Series) -> tuple[float | None, float | None]:
    """The form's scale; a form of the study's own has none here and its rows say so by missing ends."""
    scale = load(form).scale if form in names() else None
    if scale is None:
        return None, None
    if not ratings.between(*scale).all():
        raise ScoringError(f"The form {form} has ratings outside its scale of {scale[0]:g} to {scale[1]:g}.")
    return scale


def needed(dimension: Dimension) -> tuple[str, ...]:
    """Give the names of the data that would measure a dimension; pages say them where it is not measured.

    Examples
    --------
    >>> from evalkit.instruments.dimensions import dimensions
    >>> needed(dimensions(load("permenpanrb-6-2022"))[1])
    ('akuntabel', 'attendance', 'discipline')
    """
    return tuple(source.name for source in dimension.sources)
