"""Productivity, integrity and commitment by scope: measured by what, or not measured and what it would take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import by_scope
from evalkit.derive.tables.valid import looked_up
from evalkit.instruments.catalog import load, names
from evalkit.instruments.dimensions import Dimension, DimensionSource, dimensions

_SCOPES = ("city", "unit")
_PERCENT = 100.0


def dimension_summary(context: Context, roster: pd.DataFrame, attendance: pd.DataFrame, ratings: pd.DataFrame,
                      indicators: pd.DataFrame) -> pd.DataFrame:
    """Sum up each dimension of the reported period from the first of its sources that holds data for most of the people.

    Rating: people above, at and below expectation. Attendance: ``100 (1 - sum of days absent / sum of days due)``. Items of a
    form: the mean over people of the mean of their answers, on the scale of the form.

    Parameters
    ----------
    context : Context
        Populations, and the study's own map of dimensions.
    roster, attendance, ratings, indicators : pandas.DataFrame
        The expected people; what measures them.

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
    measured = _Sources(context, own, attendance, ratings, indicators)
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

    def of(self, source: DimensionSource) -> pd.Series:
        """Give one value a person; missing where the source says nothing about her."""
        if source.kind == "rating":
            return self.roster[source.name].astype("object")
        found = {"attendance": self._attended, "item": self._answered}.get(source.kind)
        if found is None:
            return pd.Series(None, index=self.roster.index, dtype="object")
        return looked_up(self.roster["person_id"], found(source.name))

    def summary(self, source: DimensionSource, known: pd.Series) -> dict[str, object]:
        """Sum up the values of the people of one scope."""
        if source.kind == "rating":
            return {"above": int(known.eq("di_atas").sum()), "meets": int(known.eq("sesuai").sum()),
                    "below": int(known.eq("di_bawah").sum())}
        if source.kind == "attendance":
            due, absent = (sum(v[i] for v in known) for i in (0, 1))
            return {"mean": _PERCENT * (1 - absent / due), "scale_max": _PERCENT}
        return {"mean": float(known.astype("float64").mean()), "scale_max": _scale_max(source.name)}

    def _attended(self, name: str) -> pd.Series:
        first, last = self.context.period.start.isoformat()[:7], self.context.period.end.isoformat()[:7]
        months = self.attendance["month"].astype("object")
        own = self.attendance[(months.ge(first) & months.le(last)).to_numpy(dtype=bool)]
        sums = own.astype({"days_due": "int64", "days_absent": "int64"}).groupby(own["person_id"].astype("object"))[
            ["days_due", "days_absent"]].sum()
        sums = sums[sums["days_due"] > 0]
        return pd.Series(list(zip(sums["days_due"], sums["days_absent"], strict=True)), index=sums.index, dtype="object")

    def _answered(self, name: str) -> pd.Series:
        rows = self.ratings[(self.ratings["item"].eq(name) & self.ratings["period"].eq(self.context.period.text)
                             & self.ratings["object_kind"].eq("employee")
                             & self.ratings["rater_id"].ne(self.ratings["object_id"])).to_numpy(dtype=bool)]
        values = rows["rating"].astype("float64").dropna()
        return values.groupby(rows["object_id"].astype("object")).mean().astype("object")


def _scale_max(item: str) -> float | None:
    """Give the top of the scale of the form that asks the item."""
    for name in names():
        form = load(name)
        if form.scale is not None and any(i.key == item for i in form.items):
            return float(form.scale[1])
    return None
