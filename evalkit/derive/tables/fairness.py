"""Who is scored how in the official appraisal: counts by group, gaps between groups, gaps within evaluators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.fairness.adverse_impact import adverse_impact, impact_estimates
from evalkit.fairness.complement import along_lines
from evalkit.fairness.conditional_gaps import UNCONDITIONAL, conditional_gaps
from evalkit.fairness.disaggregate import disaggregate
from evalkit.fairness.gaps import rate_gaps
from evalkit.fairness.match_effects import match_effects
from evalkit.fairness.objections import objection_rates
from evalkit.fairness.within_equivalence import within_equivalence
from evalkit.fairness.within_rater import FAMILY, within_rater
from evalkit.inference.multiplicity import adjust
from evalkit.inference.results import COLUMNS, estimates
from evalkit.raters.official import OUTCOMES, official_rows, outcome_of

CITY_ONLY = ("below_baik",)  # so few people that an office could be told apart by them
WINDOW = "all_periods_of_the_window"
LEAST_RATERS = 3  # in an office: a gap that one or two evaluators make would be a statement on them
_ENOUGH_RATERS = 0.25
_TABLE = ["scope", "instrument", "outcome"]
_CONDITIONS = (("opd_id",), ("opd_id", "post_type"))


@dataclass(frozen=True)
class Part:
    """The ratings of one scope, instrument and outcome: those of the reported period, and of the whole window."""

    scope: str
    scope_id: str
    instrument: str
    outcome: str
    now: pd.DataFrame
    window: pd.DataFrame


def fairness_groups(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count each outcome by group and (for the city) by intersection of two attributes; offices are counted for Sangat Baik only.

    Returns
    -------
    pandas.DataFrame
        As `fairness.disaggregate.disaggregate`, descriptive: everybody expected is in it, unrated people too. Groups with fewer people
        rated than `min_group` keep their row, withheld, and so do others, until no withheld count is a total less shown ones.
    """
    own = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)]
    attributes = attributes_of(context, own)
    pairs = [list(p) for p in combinations(attributes, 2)]
    parts = []
    for outcome in OUTCOMES:
        hit = outcome_of(own, outcome).astype("boolean").mask(own["predikat"].isna().to_numpy(dtype=bool))
        people = own.assign(hit=hit, **{a: own[a].astype("string") for a in attributes})
        for scope, scope_id, instrument, some in _scopes(people, outcome):
            # the roster's contract has one row a person and period
            table = disaggregate(some[["hit", *attributes]], attributes=attributes, outcome="hit", person=None,
                                 intersections=pairs if scope == "city" else [], min_group=0)
            table = _guarded(table, int(context.setting("min_group")))
            parts.append(table.assign(scope=scope, scope_id=scope_id, instrument=instrument, outcome=outcome))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["scope", "scope_id", "instrument", "outcome"])
    return table.assign(period=context.period.text)


def _guarded(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Withhold small groups, cells in their rows and columns, and others from whose counts and totals a withheld one would follow."""
    names = table["attribute"].astype(str).to_numpy(dtype=object)
    base, count = (table[c].to_numpy(dtype=float, na_value=0.0) for c in ("rated", "count"))
    hidden = (base > 0) & (base < least) & (names != "")
    parts = [str(g).split(" × ") for g in table["group"]]
    gone: dict[str, set[str]] = {}
    for name in sorted(set(names) - {""}, key=lambda n: " × " in n):  # groups before the cells that they sum up
        place, own = np.flatnonzero(names == name), name.split(" × ")
        sides = [np.array([parts[i][k] for i in place], dtype=object) for k in range(len(own))]
        lines = [place]
        if len(own) > 1:
            hidden[place] |= (base[place] > 0) & np.any([np.isin(g, list(gone.get(a, ()))) for a, g in zip(own, sides, strict=True)], axis=0)
            lines = [place[g == v] for g in sides for v in dict.fromkeys(g)]
        hidden = along_lines(lines, base, count, hidden, least)
        gone[name] = {str(table["group"].iloc[i]) for i in place if hidden[i]}
    mask = pd.Series(hidden, index=table.index)
    return table.assign(**{c: table[c].mask(mask) for c in ("count", "share", "conf_low", "conf_high")},
                        status=table["status"].mask(mask, "withheld"), reason=table["reason"].mask(mask, "small_group"))


def fairness_estimates(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Estimate the gap of each group to its reference: unconditional, given office and post, within evaluators, matches, adverse impact.

    Returns
    -------
    pandas.DataFrame
        The frame of estimates with `scope`, `instrument`, `outcome`, `family_size`. Families (Holm): "gaps_within_evaluators",
        "match_effects" and "adverse_impact", each over all outcomes, attributes and groups of one scope. `estimand` names what is held fixed; gaps
        within evaluators over the window carry "all_periods_of_the_window". Of two attributes together (`term` "a × b"; city, Sangat Baik) the
    plain gap to the two references. Groups under `min_group` are withheld, and in an office
    what rests on fewer than three evaluators ("few_evaluators").

    Notes
    -----
    Heads whose result their unit's achievement decides are left out, as in all statistics on evaluators. The reference of an attribute
    is that of the study, else the largest group of the city; an office in which nobody belongs to it takes its own largest. Equivalence
    is judged for Sangat Baik only: a margin of some points says nothing where three in a thousand have the outcome. A margin of 0 in the
    study leaves it out.
    """
    of_city: dict[tuple[str, str], str | None] = {}  # filled by the city, which comes before its offices
    parts = [_of_part(context, part, of_city) for part in parts_of(context, roster)]
    table = pd.concat(parts, ignore_index=True) if parts else estimates([]).assign(**dict.fromkeys(_TABLE, ""))
    return _adjusted(table)[[*_TABLE, *COLUMNS, "family_size"]]


def fairness_objections(context: Context, roster: pd.DataFrame, objection_cases: pd.DataFrame) -> pd.DataFrame:
    """Count objections by group over the window: filed of the rated, decided of the filed, granted and late of the decided.

    Returns
    -------
    pandas.DataFrame
        As `fairness.objections.objection_rates`; a row counted is a rated person in a period. Of several objections to one appraisal one
        that is decided, granted or late is enough. Groups whose base is under `min_group` are withheld. Without any case the table is
        empty: no list is no proof that nobody objected.
    """
    rated = roster[roster["is_rated"].astype(bool).to_numpy()]
    if not len(objection_cases):
        # no list is no proof that nobody objected
        rated = rated.iloc[:0]
    attributes = attributes_of(context, rated)
    cases = objection_cases[objection_cases["person_id"].notna().to_numpy()]
    states = pd.DataFrame({"person_id": cases["person_id"].astype("object"), "period": cases["period"].astype("object"), "filed": True})
    for name in ("decided", "granted", "late"):
        states[name] = cases[f"is_{name}"].astype("object").eq(True)
    states["late"] = states["late"] & states["decided"]
    once = states.groupby(["person_id", "period"], as_index=False)[["filed", "decided", "granted", "late"]].any()
    people = rated[["person_id", "period", "instrument", *attributes]].astype("object").merge(once, on=["person_id", "period"], how="left")
    parts = []
    for instrument, some in people.groupby("instrument"):
        own = some.astype(dict.fromkeys(attributes, "string"))
        parts.append(objection_rates(own, attributes=attributes, min_group=int(context.setting("min_group")), person=None).assign(
            instrument=str(instrument)))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["instrument", "rate", "attribute", "group"])
    return table.assign(scope="city", scope_id="", period=context.period.text)


def attributes_of(context: Context, roster: pd.DataFrame) -> list[str]:
    """Give the attributes of the study that the roster knows."""
    return [a for a in context.setting("attributes") if a in roster.columns]


def _scopes(people: pd.DataFrame, outcome: str) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    for instrument, some in people.groupby(people["instrument"].astype("object"), sort=True):
        yield "city", "", str(instrument), some
        if outcome not in CITY_ONLY:
            for office, few in some.groupby(some["opd_id"].astype("object"), sort=True):
                yield "unit", str(office), str(instrument), few


def parts_of(context: Context, roster: pd.DataFrame) -> Iterator[Part]:
    """Give the ratings of the city, and of each office where the outcome may be told there, by instrument and outcome."""
    rows = official_rows(roster, periods=context.periods)
    keys = roster[["person_id", "period", *attributes_of(context, roster)]].astype("object")
    extra = [a for a in attributes_of(context, roster) if a not in rows.columns]
    rows = rows.merge(keys[["person_id", "period", *extra]], on=["person_id", "period"], how="left", validate="1:1")
    rows["post_type"] = rows["post_type"].where(rows["post_type"] != "", None)
    own = keys.rename(columns={"person_id": "rater_id", **{a: f"rater_{a}" for a in attributes_of(context, roster)}})
    rows = rows.merge(own, on=["rater_id", "period"], how="left", validate="m:1")
    for outcome in OUTCOMES:
        known = rows.assign(hit=outcome_of(rows, outcome).to_numpy())
        for scope, scope_id, instrument, some in _scopes(known, outcome):
            now = some[some["period"].eq(context.period.text).to_numpy(dtype=bool)].reset_index(drop=True)
            yield Part(scope, scope_id, instrument, outcome, now, some.reset_index(drop=True))


def _of_part(context: Context, part: Part, of_city: dict[tuple[str, str], str | None]) -> pd.DataFrame:
    found = [estimates([])]
    for attribute in attributes_of(context, part.now):
        key = (part.instrument, attribute)
        reference = reference_of(context, part.now[attribute], attribute, of_city.get(key))
        if part.scope == "city":
            of_city[key] = reference
        if reference is not None:
            some = [*_gaps(context, part, attribute, reference), *_within(context, part, attribute, reference)]
            own = _withheld(pd.concat(some, ignore_index=True), part.now[attribute], reference, int(context.setting("min_group")))
            found.append(_of_few(own, part.now["rater_id"].nunique()) if part.scope == "unit" else own)
    found += _crossed(context, part)
    table = pd.concat(found[1:] or found, ignore_index=True)
    return table.assign(scope=part.scope, instrument=part.instrument, outcome=part.outcome)


def _crossed(context: Context, part: Part) -> list[pd.DataFrame]:
    """Give for the city the plain gap of each intersection of two attributes to that of their two references."""
    if part.scope != "city" or part.outcome in CITY_ONLY:
        return []
    found = []
    for one, other in combinations(attributes_of(context, part.now), 2):
        pair = [reference_of(context, part.now[a], a) for a in (one, other)]
        both = part.now.dropna(subset=[one, other])
        name = f"{one} × {other}"
        cells = both.assign(**{name: both[one].astype("str") + " × " + both[other].astype("str")})
        if None in pair or not len(cells):
            continue
        reference = " × ".join(str(p) for p in pair)
        gaps = conditional_gaps(cells, attribute=name, outcome="hit", reference=reference, conditions=[], scope_id=part.scope_id,
                                period=context.period.text)
        found.append(_withheld(gaps, cells[name], reference, int(context.setting("min_group"))))
    return found


def reference_of(context: Context, groups: pd.Series, attribute: str, of_city: str | None = None) -> str | None:
    """Give the group that the study names, else that of the city, or where nobody of it is here the largest."""
    sizes = groups.dropna().astype("str").value_counts()
    named = context.setting("reference").get(attribute) or of_city
    if not len(sizes):
        return None
    return str(named) if named is not None and str(named) in sizes.index else str(sizes[sizes == sizes.max()].index.min())


def _gaps(context: Context, part: Part, attribute: str, reference: str) -> list[pd.DataFrame]:
    conditions = [c for c in _CONDITIONS if attribute not in c and not (part.scope == "unit" and c == ("opd_id",))]
    gaps = conditional_gaps(part.now, attribute=attribute, outcome="hit", reference=reference, conditions=conditions,
                            scope_id=part.scope_id, period=context.period.text)
    impact = adverse_impact(part.now, attribute=attribute, outcome="hit", reference=reference, favourable=part.outcome == "sangat_baik")
    found = [gaps, impact_estimates(impact, scope_id=part.scope_id, period=context.period.text)]
    if part.outcome in CITY_ONLY:
        # of a bad outcome the impact ratio compares its absence; its own ratio is told beside it
        rates = rate_gaps(part.now, attribute=attribute, outcome="hit", reference=reference, scope_id=part.scope_id, period=context.period.text)
        found.append(rates[rates["measure"].eq("rate_ratio").to_numpy(dtype=bool)].assign(estimand=UNCONDITIONAL))
    return found


def _within(context: Context, part: Part, attribute: str, reference: str) -> list[pd.DataFrame]:
    def compared(rows: pd.DataFrame, family: str) -> pd.DataFrame:
        return within_rater(rows, attribute=attribute, outcome="hit", reference=reference, scope_id=part.scope_id,
                            period=context.period.text, family=family)

    found = [compared(part.now, FAMILY)]
    if part.scope == "city" and part.window["period"].ne(context.period.text).any():
        found.append(compared(part.window, f"{FAMILY}_over_the_window").assign(estimand=WINDOW))
    if part.scope == "city" and part.outcome not in CITY_ONLY and float(context.setting("margin")) > 0:
        found.append(within_equivalence(part.now, attribute=attribute, outcome="hit", reference=reference, margin=float(context.setting("margin")),
                                        scope_id=part.scope_id, period=context.period.text))
    if part.scope == "city":
        found.append(match_effects(part.now, attribute=attribute, rater_attribute=f"rater_{attribute}", outcome="hit", reference=reference,
                                   rater_reference=_among_raters(part.now, attribute, reference), scope_id=part.scope_id, period=context.period.text))
    return found


def _among_raters(rows: pd.DataFrame, attribute: str, reference: str) -> str:
    """Give the group of evaluators that others are compared with: that of the people, or where few evaluators belong to it the largest."""
    shares = rows.drop_duplicates("rater_id")[f"rater_{attribute}"].dropna().astype("str").value_counts(normalize=True)
    if not len(shares) or shares.get(reference, 0.0) >= _ENOUGH_RATERS:
        return reference
    return str(shares[shares == shares.max()].index.min())


def _withheld(table: pd.DataFrame, groups: pd.Series, reference: str, min_group: int) -> pd.DataFrame:
    """Empty the figures of comparisons in which a group has fewer people than may be shown."""
    sizes = groups.dropna().astype("str").value_counts()
    pairs = table["group"].astype("object").str.replace(r" \| .*$", "", regex=True)
    names = pairs.str.removesuffix(f" - {reference}").str.removesuffix(f" / {reference}")
    small = (names.map(sizes).fillna(0).lt(min_group) | (int(sizes.get(reference, 0)) < min_group)).to_numpy(dtype=bool)
    return _emptied(table, small, "small_group")


def _of_few(table: pd.DataFrame, n_raters: int) -> pd.DataFrame:
    """Empty the figures of an office that rest on one or two evaluators: all of them, or those within evaluators."""
    within = table["measure"].astype("str").str.startswith("within_") & table["n_raters"].lt(LEAST_RATERS).fillna(True)
    few = (within | (n_raters < LEAST_RATERS)) & table["status"].ne("withheld")
    return _emptied(table, few.to_numpy(dtype=bool), "few_evaluators")


def _emptied(table: pd.DataFrame, which: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], reason: str) -> pd.DataFrame:
    out = table.copy()
    for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        out[column] = out[column].mask(which, np.nan)
    out["status"], out["reason"] = out["status"].mask(which, "withheld"), out["reason"].mask(which, reason)
    return out


def _adjusted(table: pd.DataFrame) -> pd.DataFrame:
    """Adjust the p-values of each family within its scope, and say how many tests it has."""
    out = table.assign(family_size=pd.Series(pd.NA, index=table.index, dtype="Int64"))
    for _, some in table.dropna(subset=["family"]).groupby(["scope", "scope_id", "instrument", "family"]):
        found = adjust(some["p_value"].to_numpy(dtype=float, na_value=np.nan))
        out.loc[some.index, "p_adjusted"] = found.p_adjusted
        out.loc[some.index, "family_size"] = found.n_tests
    return out.assign(estimand=out["estimand"].fillna(""))
