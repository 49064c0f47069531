"""Who needs a course: hours that are due, and competences below the wanted level, by office."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.training_plans import candidates
from evalkit.impact.needs import competence_needs, hours_due, key_levels
from evalkit.instruments.catalog import load, names
from evalkit.instruments.instrument import Instrument
from evalkit.reliability.subscores import subscore_value
from evalkit.tables.periods import Period, parse

TARGET = 0.6  # of the scale of a form or of the indicators
TARGET_KEY = 0.5  # of the way from the middle of the scale to the key of the experts
_YEAR = 366  # days: teachers are rated once a year, so a form of the last year still speaks
_VIGNETTE_SCALE = (1.0, 5.0)
_EMPTY = ["scope", "scope_id", "period", "audience", "kind", "competence", "source", "measured_in", "n", "below", "level", "gain", "status", "reason",
          "label_id", "label_en", "source_id", "source_en"]


def training_hours(context: Context, roster: pd.DataFrame, courses: pd.DataFrame, enrolments: pd.DataFrame) -> pd.DataFrame:
    """Count the hours that people had in the year of the reported period, and those still due, for the city and each office."""
    own = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)]
    hours = pd.Series(dtype=float)
    if len(enrolments) and len(courses):
        rows = enrolments[["person_id", "course_id", "attended_hours"]].astype(object).merge(
            courses[["course_id", "start", "end"]].astype(object), on="course_id", how="inner", validate="m:1")
        ended = rows["end"].where(rows["end"].notna(), rows["start"])
        first, last = date(context.period.end.year, 1, 1), context.period.end
        inside = np.array([isinstance(d, date) and first <= d <= last for d in ended], dtype=bool)
        hours = pd.to_numeric(rows.loc[inside, "attended_hours"]).groupby(rows.loc[inside, "person_id"]).sum()
    people = pd.DataFrame({"person_id": own["person_id"].astype(object), "unit_id": own["opd_id"].astype(object),
                           "employment": own["employment"].astype(object)})
    people["hours"] = people["person_id"].map(hours).astype(float).fillna(0.0)
    found = hours_due(people)
    scope = np.where(found["unit_id"] == "", "city", "unit")
    return found.assign(scope=scope, period=context.period.text, year=context.period.end.year).rename(columns={"unit_id": "scope_id"})


def training_needs(context: Context, roster: pd.DataFrame, ratings: pd.DataFrame, vignette_key: pd.DataFrame,
                   training_outcomes: pd.DataFrame) -> pd.DataFrame:
    """Count who lies below the wanted level of each competence: of staff by forms and indicators, of evaluators by vignettes.

    Forms: the mean answer of others, by item; where items stand in groups (the four competences of teachers) also by group and over the
    whole form. A group is shown only if it says more about itself than the whole form does (Haberman's PRMSE). Indicators: percent of the
    target. Vignettes: how far the evaluator has come from the middle of the scale to the key of the experts, by item and in all.

    Returns
    -------
    pandas.DataFrame
        One row a competence, source and scope, as `impact.needs.competence_needs`. `kind` is `indicators`, `item`, `subscore`, `total`,
        `vignettes`; `measured_in` the last period of the source within a year; `gain` is PRMSE of a group less that of the whole form.
        A group that says no more is withheld (`total_says_more`), or one of which that is not known (`value_not_known`). Nothing measured
        gives no row; the page says what is not measured.

    Notes
    -----
    Only who is in the roster of the reported period counts. A single item has no reliability of its own that could be told.
    """
    own = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)][["person_id", "opd_id"]].astype(object)
    evaluators = candidates(roster, context.period.text, "evaluator")
    offices = {"staff": dict(zip(own["person_id"], own["opd_id"], strict=True)),
               "evaluator": dict(zip(evaluators["person_id"], evaluators["unit_id"], strict=True))}
    found = []
    for part, gains in _sources(context, ratings, vignette_key, training_outcomes):
        audience, kinds = str(part["audience"].iloc[0]), dict(zip(part["competence"], part["kind"], strict=True))
        rows = part[part["person_id"].isin(offices[audience]).to_numpy(dtype=bool)]
        if rows.empty:
            continue
        target = TARGET_KEY if audience == "evaluator" else TARGET
        counted = competence_needs(rows.assign(unit_id=rows["person_id"].map(offices[audience])), target=target,
                                   least=int(context.setting("min_group")))
        counted = counted.assign(audience=audience, kind=counted["competence"].map(kinds), gain=counted["competence"].map(gains).astype(float),
                                 measured_in=str(part["period"].iloc[0]), **_words(counted))  # type: ignore[arg-type]  # lists of text or nothing
        found.append(_without_value(counted))
    if not found:
        return pd.DataFrame(columns=_EMPTY)
    every = pd.concat(found, ignore_index=True)
    return every.assign(scope=np.where(every["unit_id"] == "", "city", "unit"), period=context.period.text).rename(columns={"unit_id": "scope_id"})


def _words(counted: pd.DataFrame) -> dict[str, list[str | None]]:
    """The names that the form of a source has for itself and its items; missing where the page has words of its own."""
    form = load(str(counted["source"].iloc[0])) if counted["source"].iloc[0] in names() else None
    items = {i.key: i for i in form.items} if form else {}
    known = [items.get(str(c)) for c in counted["competence"]]
    return {"label_id": [i.label if i else None for i in known], "label_en": [(i.label_en or i.label) if i else None for i in known],
            "source_id": [form.title if form else None] * len(known), "source_en": [form.title_en if form else None] * len(known)}


def _without_value(counted: pd.DataFrame) -> pd.DataFrame:
    """Withhold the groups of items that say no more about themselves than the whole form does."""
    group = counted["kind"].eq("subscore")
    bad = (group & ~counted["gain"].gt(0)).to_numpy(dtype=bool)
    reason = np.where(counted["gain"].isna(), "value_not_known", "total_says_more")
    return counted.assign(status=counted["status"].mask(bad, "withheld"), reason=counted["reason"].mask(bad, pd.Series(reason, index=counted.index)),
                          below=counted["below"].mask(bad), level=counted["level"].mask(bad))


def _sources(context: Context, ratings: pd.DataFrame, key: pd.DataFrame,
             outcomes: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, dict[str, float]]]:
    """Give the measures of each source in its last period within a year, and what the groups of its items add."""
    own = ratings[(ratings["object_kind"].eq("employee") & ratings["rater_id"].ne(ratings["object_id"])
                   & ratings["rating"].notna()).to_numpy(dtype=bool)]
    for name in names():
        form = load(name)
        rows = own[own["instrument"].eq(name).to_numpy(dtype=bool)]
        if form.scale is not None and len(rows):
            last = _last(context, rows["period"])
            if last:
                yield _of_form(form, rows[rows["period"].eq(last).to_numpy(dtype=bool)], form.scale, last)
    for rows in (_indicators(context, outcomes), _vignettes(context, ratings, key)):
        if len(rows):
            yield rows, {}


def _last(context: Context, periods: pd.Series) -> str:
    """The last period that ended with the reported one or in the year before it."""
    known: list[Period] = [parse(str(p)) for p in periods.dropna().unique()]
    inside = [p for p in known if 0 <= (context.period.end - p.end).days < _YEAR]
    return max(inside, key=lambda p: (p.end, p.start)).text if inside else ""


def _of_form(form: Instrument, rows: pd.DataFrame, scale: tuple[float, float], period: str) -> tuple[pd.DataFrame, dict[str, float]]:
    """Mean answers by person and item; where the form has groups also by group and over all, with the gain of each group."""
    table = pd.DataFrame({"person_id": rows["object_id"].astype(object), "competence": rows["item"].astype(object),
                          "value": rows["rating"].astype("float64")})
    means = table.groupby(["person_id", "competence"], as_index=False).agg(value=("value", "mean"))
    groups = {i.key: i.group for i in form.items if i.group}
    parts, gains = [means.assign(kind="item")], {}
    grouped = means[means["competence"].isin(groups).to_numpy(dtype=bool)]
    if len(grouped):
        inside = grouped.assign(competence=grouped["competence"].map(groups))
        parts += [inside.groupby(["person_id", "competence"], as_index=False).agg(value=("value", "mean")).assign(kind="subscore"),
                  grouped.groupby("person_id", as_index=False).agg(value=("value", "mean")).assign(competence="total", kind="total")]
        value = subscore_value(grouped, groups, object_id="person_id", item="competence", rating="value")
        told = value[value["measure"].eq("prmse_gain").to_numpy(dtype=bool)]
        gains = {str(t): float(e) for t, e in zip(told["term"], told["estimate"].astype(float), strict=True)}
    every = pd.concat(parts, ignore_index=True)
    return every.assign(audience="staff", source=form.name, scale_min=scale[0], scale_max=scale[1], period=period), gains


def _indicators(context: Context, outcomes: pd.DataFrame) -> pd.DataFrame:
    own = outcomes[(outcomes["outcome"].eq("achieved") & outcomes["period"].eq(context.period.text)).to_numpy(dtype=bool)]
    return pd.DataFrame({"person_id": own["person_id"].astype(object), "competence": "indicators", "source": "indicators", "kind": "indicators",
                         "value": own["value"].astype(float).clip(upper=100.0), "scale_min": 0.0, "scale_max": 100.0, "audience": "staff",
                         "period": context.period.text})


def _vignettes(context: Context, ratings: pd.DataFrame, key: pd.DataFrame) -> pd.DataFrame:
    """How near each evaluator comes to the key; of what she answered twice in the period the first answer counts."""
    own = ratings[(ratings["object_kind"].eq("vignette") & ratings["rating"].notna()).to_numpy(dtype=bool)]
    if own.empty or key.empty:
        return pd.DataFrame()
    same = ["instrument", "object_id", "item"]
    rows = own[[*same, "rater_id", "period", "rating", "occasion"]].astype(object).merge(
        key[[*same, "expert_rating"]].astype(object), on=same, how="inner", validate="m:1")
    last = _last(context, rows["period"])
    rows = rows[rows["period"].eq(last).to_numpy(dtype=bool)].sort_values("occasion", kind="stable").drop_duplicates([*same, "rater_id"])
    parts = []
    for name, answers in rows.groupby("instrument"):
        scale = load(str(name)).scale if str(name) in names() else None
        low, high = scale or _VIGNETTE_SCALE
        parts.append(key_levels(answers.rename(columns={"expert_rating": "expert"}), middle=(low + high) / 2).assign(source=str(name)))
    if not parts:
        return pd.DataFrame()
    found = pd.concat(parts, ignore_index=True)
    found["value"] = found["value"].clip(lower=0.0)  # farther away than the middle is no nearer
    return found.assign(competence=found["competence"].replace("", "total"), kind="vignettes", audience="evaluator", scale_min=0.0, scale_max=1.0,
                        period=last)
