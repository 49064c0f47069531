"""How far the evidence reaches, before anything is estimated: a rung for the city, each unit and each evaluator.

Official appraisals have one superior a person, so no model can tell a lenient evaluator from a good team. Their rung never
passes 3, and no number of theirs is called severity. Instruments whose ratings are linked are judged in `linked`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import numbered
from evalkit.raters.clustering_power import spread_of_design
from evalkit.raters.connectedness import components_within
from evalkit.raters.ladder import LadderSettings
from evalkit.raters.linked import identify_linked
from evalkit.tables.schema import TABLES

ATTRIBUTES = ("sex", "employment", "grade", "birth_year")
_NEEDED = ("person_id", "period", "opd_id", "instrument", "predikat", "superior_id")


def identify(appraisals: pd.DataFrame, population: pd.DataFrame, *, periods: Sequence[str], ratings: pd.DataFrame | None = None,
             settings: Mapping[str, Any] | LadderSettings | None = None) -> pd.DataFrame:
    """Find the rung of the ladder for the city, each unit and each evaluator, per instrument.

    Rung 0: one period. 1: several periods. 2: evaluators changed, or attributes of both sides are known and vary.
    3: blind second ratings of enough people (the city only). 4: a linked instrument, never the official appraisals.

    Parameters
    ----------
    appraisals : pandas.DataFrame
        `appraisals_current` or the roster: one row an appraisal with `person_id`, `period`, `opd_id`, `instrument`,
        `predikat`, `superior_id`, `rated_by_id` (who rated, where it was not the superior); rows that are not official and
        heads whose result the rule determines are left out.
    population : pandas.DataFrame
        One row a person and period: `is_rule_determined` and the attributes of both sides.
    periods : sequence of str
        The window, oldest first, its last period being the one reported.
    ratings : pandas.DataFrame, optional
        The `ratings` table: blind second ratings, and instruments with several raters.
    settings : mapping or LadderSettings, optional
        `[raters]` of the study.

    Returns
    -------
    pandas.DataFrame
        Contract `identification`, city first. `reason` and `next_step` are codes of `raters.ladder`; `next_step` is missing
        where nothing is left to climb; hours are of the whole scope.

    Raises
    ------
    EstimationError
        If no period is given or a column is absent.

    Notes
    -----
    `minimum_detectable_effect` of the official appraisals, from rung 1 on: the smallest standard deviation of evaluators' chances of
    "Sangat Baik" within strata, in share of people, that the clustering test finds eight times in ten in the last period (simulated);
    none for one evaluator, of whom nothing is tested, and where not even the largest is found so often. The evaluator is who rated
    (`rated_by_id`), else the superior. `median_span` counts people in the last period that has ratings. Units use their own ratings only.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"], "period": "2026-Q3", "opd_id": "u", "instrument": "i",
    ...                      "predikat": "baik", "superior_id": "s"})
    >>> identify(rows, rows, periods=["2026-Q3"])[["scope", "rung", "reason"]].to_numpy().tolist()
    [['city', 0, 'one_period'], ['unit', 0, 'one_period'], ['evaluator', 0, 'one_period']]
    """
    if not periods:
        raise EstimationError("identify needs the periods of its window.")
    appraisals = numbered(appraisals, *_NEEDED, also=("rated_by_id", "is_official", "is_rule_determined", "post_type"))
    population = numbered(population, "person_id", "period", also=("is_rule_determined", "eligible", "opd_id", *ATTRIBUTES))
    chosen, window = LadderSettings.of(settings), f"{periods[0]}/{periods[-1]}"
    rows = _rated(appraisals, population, periods)
    official = [_official(part, population, ratings, str(name), window, chosen) for name, part in rows.groupby("instrument")]
    linked = [] if ratings is None or ratings.empty else [identify_linked(ratings[ratings["period"].isin(list(periods))],
                                                                          window=window, settings=chosen)]
    official = [_climbed(part, rows, _with_vignettes(ratings, linked, periods), chosen) for part in official]
    empty = _empty_units(rows, population, periods, window)
    parts = [p for p in (*official, empty, *linked) if len(p)]
    contract = TABLES["identification"]
    return contract.conform(pd.concat(parts, ignore_index=True)) if parts else contract.empty()


def _rated(appraisals: pd.DataFrame, population: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    """Give the ratings that say something of an evaluator: official, of the window, not determined by a rule."""
    keep = appraisals["predikat"].notna() & appraisals["period"].isin(list(periods)).astype(bool)
    for column, wanted in (("is_official", True), ("is_rule_determined", False)):
        if column in appraisals.columns:
            keep &= appraisals[column].astype(object).where(appraisals[column].notna(), not wanted).eq(wanted).astype(bool)
    rater = appraisals["superior_id"].astype(object)
    if "rated_by_id" in appraisals.columns:
        by = appraisals["rated_by_id"].astype(object)  # a column without any value may have no type of its own
        rater = by.where(by.notna(), rater)
    columns = [c for c in (*_NEEDED, "post_type") if c != "superior_id" and c in appraisals.columns]
    rows = appraisals.loc[keep, columns].assign(rater_id=rater[keep]).dropna(subset=["rater_id", "person_id"])
    if "is_rule_determined" in population.columns and "is_rule_determined" not in appraisals.columns:
        fixed = population.loc[population["is_rule_determined"].astype(object).eq(True), ["person_id", "period"]].drop_duplicates()
        fixed = fixed.astype(dict.fromkeys(fixed.columns, object))
        rows = rows.astype(dict.fromkeys(fixed.columns, object)).merge(fixed.assign(_fixed=1), on=["person_id", "period"], how="left")
        rows = rows[rows.pop("_fixed").isna()]
    return rows.astype(dict.fromkeys(rows.columns, object)).drop_duplicates(["person_id", "period", "rater_id"])


def _official(rows: pd.DataFrame, population: pd.DataFrame, ratings: pd.DataFrame | None, instrument: str, window: str,
              settings: LadderSettings) -> pd.DataFrame:
    rows = _sides(rows.assign(city=""), population)
    doubled = _doubled(ratings)
    parts = []
    for scope, column in (("city", "city"), ("unit", "opd_id"), ("evaluator", "rater_id")):
        facts = _facts(rows.dropna(subset=[column]), column)
        # an evaluator who took a team over has one period herself, but her people have two
        one = (facts["n_periods"] < 2) & ~((scope == "evaluator") & facts["changed"])
        facts["rung"] = np.select([one, facts["changed"] | facts["both"]], [0, 2], 1)
        facts["reason"] = np.select([facts["rung"] == 0, facts["rung"] == 1, facts["changed"]],
                                    ["one_period", "several_periods", "evaluators_changed"], "attributes_of_both_sides")
        if scope == "city" and doubled >= settings.min_double:
            facts["rung"], facts["reason"] = 3, "double_ratings"
        facts["minimum_detectable_effect"] = _detectable(rows, facts, column) if scope != "evaluator" else np.nan
        parts.append(_step(facts, scope, settings).assign(scope=scope, instrument=instrument, window=window))
    return pd.concat(parts, ignore_index=True)


def _facts(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Count, for each scope, raters, people, periods, and whether people of the scope changed their evaluator."""
    rows = rows.assign(scope_id=rows[column].astype(str))
    groups = rows.groupby("scope_id")
    facts = groups.agg(n_raters=("rater_id", "nunique"), n_objects=("person_id", "nunique"), n_periods=("period", "nunique"))
    facts["both"] = _both_sides(rows) if column != "rater_id" else False
    last = rows[rows["period"] == groups["period"].transform("max")]
    facts["n_last"] = last.groupby("scope_id")["person_id"].nunique()
    spans = last.groupby(["scope_id", "rater_id"])["person_id"].nunique()
    facts["median_span"] = spans.groupby(level=0).median()
    per_person = rows.groupby(["scope_id", "person_id"])["rater_id"].nunique()
    facts["changed"] = (per_person.groupby(level=0).max() > 1).reindex(facts.index)
    if column == "rater_id":
        many = rows.merge(rows.groupby("person_id")["_n_raters"].max().gt(1).rename("moved"), on="person_id")
        facts["changed"] = many.groupby("scope_id")["moved"].max().reindex(facts.index)
        facts["share_connected"] = np.nan
        return facts.reset_index()
    joined = components_within(rows, "scope_id", object_id="person_id").set_index("scope_id")
    facts["share_connected"] = joined["share_connected"]
    return facts.reset_index()


def _sides(rows: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    """Put the attributes of both sides beside each rating (`own_<a>`, `rater_<a>`), and how many evaluators the person had."""
    result = rows.assign(_n_raters=rows.groupby("person_id")["rater_id"].transform("nunique"))
    names = [a for a in ATTRIBUTES if a in population.columns]
    people = population.drop_duplicates(["person_id", "period"])[["person_id", "period", *names]]
    people = people.astype(dict.fromkeys(people.columns, object))
    result = result.merge(people.rename(columns={a: f"own_{a}" for a in names}), on=["person_id", "period"], how="left")
    raters = people.rename(columns={"person_id": "rater_id"} | {a: f"rater_{a}" for a in names})
    return result.merge(raters, on=["rater_id", "period"], how="left")


def _both_sides(rows: pd.DataFrame) -> pd.Series:
    """Say of each scope whether an attribute is known of most pairs and takes two values or more on either side."""
    size = rows.groupby("scope_id").size()
    found = pd.Series(False, index=size.index)
    for name in (c.removeprefix("own_") for c in rows.columns if c.startswith("own_")):
        known = rows.dropna(subset=[f"own_{name}", f"rater_{name}"]).groupby("scope_id")
        # most pairs must be known, or those that are known are a selection
        varies = (known[[f"own_{name}", f"rater_{name}"]].nunique().min(axis=1) > 1).reindex(size.index, fill_value=False)
        found |= varies & (known.size().reindex(size.index, fill_value=0) >= 0.5 * size)
    return found


def _doubled(ratings: pd.DataFrame | None) -> int:
    if ratings is None or ratings.empty:
        return 0
    second = ratings["is_blind_second"].fillna(False).astype(bool) & (ratings["object_kind"] == "employee").astype(bool)
    return int(ratings.loc[second, "object_id"].nunique())


def _detectable(rows: pd.DataFrame, facts: pd.DataFrame, column: str) -> list[float]:
    """Give what the clustering test could find in the last period of each scope; nothing at rung 0, where it is not asked."""
    strata = [c for c in ("opd_id", "post_type") if c in rows.columns]
    named = rows.assign(**{c: rows[c].where(rows[c].notna(), "") for c in strata}, scope_id=rows[column].astype(str))
    by_scope = {str(name): part for name, part in named.dropna(subset=[column]).groupby("scope_id")}
    found = []
    for name, rung in zip(facts["scope_id"], facts["rung"], strict=True):
        own = by_scope[name]
        found.append(spread_of_design(own[own["period"] == own["period"].max()], "sangat_baik", strata=strata) if rung else np.nan)
    return found


def _step(facts: pd.DataFrame, scope: str, settings: LadderSettings) -> pd.DataFrame:
    """Name the next step up and its hours; for an evaluator the step that shows her anything is the vignettes."""
    double = [settings.double_cost(int(n)) for n in facts["n_last"]]
    vignettes = facts["n_raters"] * settings.vignette_hours
    facts["next_step"] = facts["rung"].map({0: "second_period", 1: "employee_list", 2: "double_ratings", 3: "vignettes"})
    facts["next_step_hours"] = np.select([facts["rung"] == 2, facts["rung"] == 3], [double, vignettes], 0.0)
    if scope == "evaluator":
        facts["next_step"], facts["next_step_hours"] = "vignettes", vignettes.astype(float)
    return facts.drop(columns=["both", "changed", "n_last"])


def _with_vignettes(ratings: pd.DataFrame | None, linked: Sequence[pd.DataFrame], periods: Sequence[str]) -> set[object]:
    """Give the raters who rated vignettes that reach rung 4 in the window."""
    if ratings is None or not linked:
        return set()
    city = linked[0][linked[0]["scope"].eq("city") & linked[0]["reason"].eq("common_vignettes")]
    mine = ratings["instrument"].isin(set(city["instrument"])) & ratings["period"].isin(list(periods)) & ratings["rating"].notna()
    return set(ratings.loc[mine.fillna(False).astype(bool), "rater_id"].astype(object))


def _climbed(facts: pd.DataFrame, rows: pd.DataFrame, done: set[object], settings: LadderSettings) -> pd.DataFrame:
    """Take what the office did already out of the next step: second ratings drawn for the city, vignettes by who rated them.

    Second ratings serve the city and not one unit, so where there are enough of them its units have nothing to draw. Vignettes are asked of
    those who rate in the last period only.
    """
    out = facts.copy()
    if (facts["scope"].eq("city") & facts["rung"].ge(3)).any():
        out["next_step"] = out["next_step"].replace("double_ratings", "vignettes")
    own = rows[rows["instrument"].isin(set(facts["instrument"])).to_numpy(dtype=bool)]
    now = own[own["period"].eq(own["period"].max()).to_numpy(dtype=bool)]
    asked = {("city", ""): set(now["rater_id"]), **{("evaluator", str(r)): {r} for r in own["rater_id"].unique()},
             **{("unit", str(u)): set(some["rater_id"]) for u, some in now.groupby("opd_id")}}
    steps, hours = [], []
    for scope, scope_id, step, cost in out[["scope", "scope_id", "next_step", "next_step_hours"]].itertuples(index=False):
        every = asked.get((scope, scope_id), set()) if step == "vignettes" else set()
        left = every - done
        steps.append(step if left == every else "vignettes_rest" if left else None)
        hours.append(len(left) * settings.vignette_hours if left else np.nan if every else cost)
    return out.assign(next_step=pd.Series(steps, index=out.index, dtype=object), next_step_hours=hours)


def _empty_units(rows: pd.DataFrame, population: pd.DataFrame, periods: Sequence[str], window: str) -> pd.DataFrame:
    """Give a row to the units of the population in which nobody is rated yet, and to a city without any rating."""
    here = population[population["period"].isin(list(periods)).astype(bool)]
    if "eligible" in here.columns:
        here = here[here["eligible"].fillna(False).astype(bool)]
    if "opd_id" not in here.columns or here.empty:
        return pd.DataFrame()
    known = set(rows["opd_id"].dropna())
    missing = [u for u in sorted(here["opd_id"].dropna().unique()) if u not in known]
    names = here["instrument"] if "instrument" in here.columns else pd.Series("", index=here.index)
    found = [{"scope": "unit", "scope_id": str(u), "instrument": str(names[here["opd_id"] == u].iloc[0])} for u in missing]
    if rows.empty:
        found.insert(0, {"scope": "city", "scope_id": "", "instrument": str(names.iloc[0])})
    return pd.DataFrame(found).assign(window=window, rung=0, reason="nobody_rated", next_step="collect_ratings", next_step_hours=0.0,
                                      n_raters=0, n_objects=0, n_periods=0) if found else pd.DataFrame()
