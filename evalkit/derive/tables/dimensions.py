"""Productivity, integrity and commitment by scope: measured by what, or not measured and what it would take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import by_scope
from evalkit.derive.tables.valid import days, looked_up
from evalkit.instruments.catalog import load, names
from evalkit.instruments.dimensions import Dimension, DimensionSource, dimensions
from evalkit.scoring.dimensions import dimension_scores, indicator_means
from evalkit.tables.periods import parse
from evalkit.tables.schema import TABLES

_SCOPES = ("city", "unit")
_PERCENT = 100.0


def dimension_summary(context: Context, roster: pd.DataFrame, attendance: pd.DataFrame, ratings: pd.DataFrame,
                      indicators: pd.DataFrame, discipline: pd.DataFrame, imports: pd.DataFrame) -> pd.DataFrame:
    """Sum up each dimension of the reported period from the first of its sources that holds data for most of the people.

    Rating: people above, at and below expectation. Attendance: ``100 (1 - sum of days absent / sum of days due)``. Items of a
    form: the mean over people of the mean of their answers, on the scale of the form. Indicators: the mean over people of their
    weighted mean achievement in percent of the target. Discipline: the percentage of people without a measure in force.

    Parameters
    ----------
    context : Context
        Populations, and the study's own map of dimensions.
    roster, attendance, ratings, indicators, discipline : pandas.DataFrame
        The expected people; what measures them.
    imports : pandas.DataFrame
        The ledger: a list of disciplinary measures speaks about a period only when it was drawn after its end.

    Returns
    -------
    pandas.DataFrame
        For the city and each office one row a dimension. `not_measured` where no source holds data for more than half of the
        expected people: `needed` names the sources of the map (codes, with commas), `n` counts the people of the best one.

    Notes
    -----
    The map is an analysis aid; no regulation defines these dimensions. The one rating of behaviour is never split into
    integrity and commitment. Answers of people about themselves are left out.
    """
    own = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)].reset_index(drop=True)
    cycle = context.cycle
    if not cycle:
        return pd.DataFrame(columns=["scope", "scope_id", "period", "dimension", "status", "n"])
    cases = discipline if _reaches(context, imports) else None
    measured = _Sources(context, own, attendance, ratings, indicators, cases)
    rows = []
    for dimension in dimensions(load(cycle[0].instrument), context.setting("dimensions")):
        rows += list(_rows(dimension, own, measured))
    return pd.DataFrame(rows).assign(period=context.period.text)


def _rows(dimension: Dimension, roster: pd.DataFrame, measured: _Sources) -> Iterator[dict[str, object]]:
    values = [(source, measured.of(source)) for source in dimension.sources]
    needed = ",".join(s.name for s in dimension.sources)
    for scope, frame in by_scope(roster, _SCOPES):
        for scope_id, people in frame.groupby(frame["scope_id"].astype("object")):
            base = {"scope": scope, "scope_id": scope_id, "dimension": dimension.name}
            best = max((int(v.loc[people.index].notna().sum()) for _, v in values), default=0)
            for source, value in values:
                known = value.loc[people.index].dropna()
                if 2 * len(known) > len(people):
                    yield {**base, "status": "measured", "source": source.name, "n": len(known), **measured.summary(source, known)}
                    break
            else:
                yield {**base, "status": "not_measured", "n": best, "needed": needed or None,
                       "reason": "no_source" if not needed else "few_people" if best else "no_data"}


@dataclass(frozen=True)
class _Sources:
    """The value that each source gives to each person of the roster, in the order of its rows."""

    context: Context
    roster: pd.DataFrame
    attendance: pd.DataFrame
    ratings: pd.DataFrame
    indicators: pd.DataFrame
    discipline: pd.DataFrame | None

    def of(self, source: DimensionSource) -> pd.Series:
        """Give one value a person; missing where the source says nothing about her."""
        if source.kind == "rating":
            return self.roster[source.name].astype("object")
        found = {"attendance": self._attended, "item": self._answered, "indicators": self._achieved, "discipline": self._cases}
        return looked_up(self.roster["person_id"], found[source.kind](source.name))

    def summary(self, source: DimensionSource, known: pd.Series) -> dict[str, object]:
        """Sum up the values of the people of one scope."""
        if source.kind == "rating":
            return {"above": int(known.eq("di_atas").sum()), "meets": int(known.eq("sesuai").sum()),
                    "below": int(known.eq("di_bawah").sum())}
        if source.kind == "attendance":
            due, absent = (sum(v[i] for v in known) for i in (0, 1))
            return {"mean": _PERCENT * (1 - absent / due), "scale_max": _PERCENT}
        if source.kind == "discipline":
            return {"mean": _PERCENT * float(known.eq(0).mean()), "scale_max": _PERCENT}
        if source.kind == "indicators":
            return {"mean": float(known.astype("float64").mean()), "scale_max": None}
        return {"mean": float(known.astype("float64").mean()), "scale_max": _scale_max(source.name)}

    def _achieved(self, name: str) -> pd.Series:
        means = indicator_means(_indicators_of(self.context, self.indicators))
        return pd.Series({person: mean for person, (mean, _) in means.items()}, dtype="object")

    def _cases(self, name: str) -> pd.Series:
        if self.discipline is None:
            return pd.Series(dtype="object")
        cases = _cases_of(self.context, self.discipline).groupby("person_id").size()
        people = self.roster["person_id"].astype("object").drop_duplicates()
        return pd.Series([int(cases.get(p, 0)) for p in people], index=people.to_numpy(dtype=object), dtype="object")

    def _attended(self, name: str) -> pd.Series:
        own = _months_of(self.context, self.attendance)
        sums = own.astype({"days_due": "int64", "days_absent": "int64"}).groupby(own["person_id"].astype("object"))[
            ["days_due", "days_absent"]].sum()
        sums = sums[sums["days_due"] > 0]
        return pd.Series(list(zip(sums["days_due"], sums["days_absent"], strict=True)), index=sums.index, dtype="object")

    def _answered(self, name: str) -> pd.Series:
        own = _answers_of(self.context, self.ratings)
        rows = own[(own["item"].eq(name) & own["rater_id"].ne(own["object_id"])).to_numpy(dtype=bool)]
        values = rows["rating"].astype("float64").dropna()
        return values.groupby(rows["object_id"].astype("object")).mean().astype("object")


def scores(context: Context, roster: pd.DataFrame, attendance: pd.DataFrame, ratings: pd.DataFrame, indicators: pd.DataFrame,
           discipline: pd.DataFrame, imports: pd.DataFrame) -> pd.DataFrame:
    """Score each expected person of the reported period on each dimension, each kind of data on its own scale.

    Parameters
    ----------
    context : Context
        Populations, and the study's own map of dimensions; each population is scored under its own instrument.
    roster, attendance, ratings, indicators, discipline, imports : pandas.DataFrame
        As in `dimension_summary`.

    Returns
    -------
    pandas.DataFrame
        As `scoring.dimensions.dimension_scores`: a row a person, dimension and kind of data, `not_measured` where there is none.
    """
    own = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)]
    tables = {"ratings": _answers_of(context, ratings), "attendance": _months_of(context, attendance),
              "indicators": _indicators_of(context, indicators)}
    if _reaches(context, imports):
        tables["discipline"] = _cases_of(context, discipline)
    parts = []
    for population in context.cycle:
        people = own[own["population"].eq(population.name).to_numpy(dtype=bool)]
        found = dimensions(load(population.instrument), context.setting("dimensions"))
        parts.append(dimension_scores(found, people["person_id"].astype("str"), context.period.text, population.instrument,
                                      {**tables, "appraisals_current": people}))
    return pd.concat(parts, ignore_index=True) if parts else TABLES["scores"].empty()


def _months_of(context: Context, attendance: pd.DataFrame) -> pd.DataFrame:
    first, last = context.period.start.isoformat()[:7], context.period.end.isoformat()[:7]
    months = attendance["month"].astype("object")
    return attendance[(months.ge(first) & months.le(last)).to_numpy(dtype=bool)]


def _answers_of(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    return ratings[(ratings["period"].eq(context.period.text) & ratings["object_kind"].eq("employee")).to_numpy(dtype=bool)]


def _indicators_of(context: Context, indicators: pd.DataFrame) -> pd.DataFrame:
    """Give the indicators of employees of every period within the reported one, such as the months of a quarter."""
    inside = [p for p in indicators["period"].dropna().astype("object").unique() if context.period.contains(parse(p))]
    return indicators[(indicators["period"].isin(inside) & indicators["object_kind"].eq("employee")).to_numpy(dtype=bool)]


def _cases_of(context: Context, discipline: pd.DataFrame) -> pd.DataFrame:
    """Give the measures in force on a day of the period; one without a last day counts in the period of its first."""
    begin, end = days(discipline["from"]), days(discipline["to"])
    first, last = pd.Timestamp(context.period.start), pd.Timestamp(context.period.end)
    return discipline[(begin.le(last) & end.fillna(begin).ge(first)).to_numpy(dtype=bool)]


def _reaches(context: Context, imports: pd.DataFrame) -> bool:
    """Whether a list of disciplinary measures was drawn, or came in, after the end of the period: before, nobody can know."""
    lists = imports[imports["kind"].eq("discipline").to_numpy(dtype=bool)]
    drawn = days(lists["exported_at"]).fillna(days(lists["received_at"]))
    return bool((drawn >= pd.Timestamp(context.period.end)).any())


def _scale_max(item: str) -> float | None:
    """Give the top of the scale of the form that asks the item."""
    for name in names():
        form = load(name)
        if form.scale is not None and any(i.key == item for i in form.items):
            return float(form.scale[1])
    return None
