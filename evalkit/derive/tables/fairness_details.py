"""Closer looks at groups, for the city: gaps taken apart, items of forms, levels without the error of single raters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.double_ratings import ITEMS, pairs
from evalkit.derive.tables.fairness import Part, attributes_of, parts_of, reference_of
from evalkit.derive.tables.rated_by_several import plain
from evalkit.derive.tables.ratings import in_window
from evalkit.fairness.decomposition import decompose
from evalkit.fairness.frames import FEWEST_ITEMS
from evalkit.fairness.item_functioning import item_functioning
from evalkit.fairness.item_regression import item_regression
from evalkit.fairness.true_score import true_score_gaps
from evalkit.inference.results import COLUMNS, estimates
from evalkit.raters.ladder import LadderSettings

COVARIATES = ("opd_id", "post_type")
_KEY = ["analysis", "instrument", "outcome", "attribute"]
_SPLIT = ("gap", "explained", "unexplained")


def fairness_details(context: Context, roster: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Take each gap of the city apart, compare items of forms given the total, and levels where people were rated twice.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `analysis`, `instrument`, `outcome`, `attribute`. "decomposition": Oaxaca and Blinder, pooled coefficients
        with a term for the group, of people in offices and posts that hold both groups; `term` of "explained" the covariate.
        "items": `term` the item of a form with three or more, people counted by their mean over raters, cut above the item's median;
        odds ratio, class and anchors. "levels": `outcome` the official rating, PRMSE and gaps of levels from blind second ratings.
        Groups under `min_group` are withheld.
    """
    parts = [part for part in parts_of(context, roster) if part.scope == "city"]
    # one group of comparison for an attribute on the whole page, also where a form was answered by few
    of_city = {a: reference_of(context, part.now[a], a) for part in reversed(parts) for a in attributes_of(context, part.now)}
    found = [*_decomposed(context, parts), *_items(context, roster, ratings, of_city), *_levels(context, roster, ratings, of_city)]
    table = pd.concat(found, ignore_index=True) if found else estimates([]).assign(**dict.fromkeys(_KEY, ""))
    return table.fillna(dict.fromkeys(("term", "group", "estimand"), ""))[[*_KEY, *COLUMNS]]


def _named(table: pd.DataFrame, analysis: str, instrument: str, outcome: str, attribute: str) -> pd.DataFrame:
    return table.assign(analysis=analysis, instrument=instrument, outcome=outcome, attribute=attribute)


def _withheld(context: Context, table: pd.DataFrame, sizes: pd.Series, groups: tuple[str, ...]) -> pd.DataFrame:
    """Empty the figures of a comparison in which a group has fewer people than may be shown."""
    if min(int(sizes.get(g, 0)) for g in groups) >= int(context.setting("min_group")):
        return table
    out = table.copy()
    for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value", "p_adjusted"):
        out[column] = np.nan
    return out.assign(status="withheld", reason="small_group")


def _groups(context: Context, values: pd.Series, attribute: str, of_city: str | None = None) -> Iterator[tuple[str, str, pd.Series]]:
    """Give each group with its reference and the sizes of all."""
    reference = reference_of(context, values, attribute, of_city)
    sizes = values.dropna().astype("str").value_counts()
    for group in sorted(set(sizes.index) - {reference}):
        yield str(group), str(reference), sizes


def _decomposed(context: Context, parts: list[Part]) -> Iterator[pd.DataFrame]:
    for part in parts:
        for attribute in attributes_of(context, part.now):
            for group, reference, sizes in _groups(context, part.now[attribute], attribute):
                fixed = [c for c in COVARIATES if c != attribute]
                some = _shared(part.now, attribute, (group, reference), fixed)
                table = decompose(some, attribute=attribute, outcome="hit", group=group, reference=reference, covariates=fixed,
                                  cluster="rater_id", period=context.period.text)
                kept = table[table["measure"].isin(_SPLIT).to_numpy(dtype=bool)]
                yield _named(_withheld(context, kept, sizes, (group, reference)), "decomposition", part.instrument, part.outcome, attribute)


def _shared(rows: pd.DataFrame, attribute: str, groups: tuple[str, str], fixed: list[str]) -> pd.DataFrame:
    """Keep the people of two groups in those offices and posts that hold both: elsewhere there is nothing to compare with."""
    some = rows[rows[attribute].isin(groups).to_numpy(dtype=bool)].dropna(subset=fixed)
    for column in fixed:
        both = some.groupby(column)[attribute].transform("nunique") > 1
        some = some[both.to_numpy(dtype=bool)]
    return some.assign(hit=some["hit"].astype(float)).reset_index(drop=True)


def _items(context: Context, roster: pd.DataFrame, ratings: pd.DataFrame, of_city: dict[str, str | None]) -> Iterator[pd.DataFrame]:
    rows = plain(in_window(context, ratings))
    seen = rows["period"].eq(context.period.text) & rows["object_kind"].eq("employee") & ~rows["is_blind_second"].fillna(False).astype(bool)
    people = _people(context, roster)
    for instrument, some in rows[seen.to_numpy(dtype=bool)].groupby("instrument"):
        sheet = some.pivot_table(index="object_id", columns="item", values="rating", aggfunc="mean").dropna()
        if sheet.shape[1] < FEWEST_ITEMS or sheet.empty:
            continue
        answers = (sheet > sheet.median()).astype(int)
        for attribute in attributes_of(context, people):
            own = people[attribute].reindex(answers.index)
            for group, reference, sizes in _groups(context, own, attribute, of_city.get(attribute)):
                table = item_functioning(answers, own, focal=group, reference=reference, period=context.period.text)
                again = item_regression(answers, own, focal=group, reference=reference, period=context.period.text)
                kept = pd.concat([table[table["measure"].ne("item_delta").to_numpy(dtype=bool)], again], ignore_index=True)
                yield _named(_withheld(context, kept, sizes, (group, reference)), "items", str(instrument), "above_median", attribute)


def _people(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Give the attributes of the people of the reported period, a row a person."""
    now = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)]
    return now[["person_id", *attributes_of(context, now)]].astype(object).drop_duplicates("person_id").set_index("person_id")


def _levels(context: Context, roster: pd.DataFrame, ratings: pd.DataFrame, of_city: dict[str, str | None]) -> Iterator[pd.DataFrame]:
    found = pairs(context, ratings, roster)
    people = _people(context, roster)
    instrument = next(iter(roster["instrument"].dropna().astype(str)), "")
    least = LadderSettings.of(context.setting("raters")).min_double
    for item in ITEMS:
        some = found[found["item"].eq(item).to_numpy(dtype=bool)]
        if some.empty:
            continue
        objects = some.merge(people, left_on="object_id", right_index=True, how="left")
        for attribute in attributes_of(context, objects):
            reference = reference_of(context, objects[attribute], attribute, of_city.get(attribute))
            if reference is None:
                continue
            table = true_score_gaps(objects, attribute=attribute, ratings=["first", "second"], reference=reference, min_double=least,
                                    period=context.period.text)
            table = table[table["measure"].isin(["prmse_single_rating", "true_score_gap"]).to_numpy(dtype=bool)]
            sizes = objects[attribute].dropna().astype("str").value_counts()
            names = [tuple(g for g in str(v).split(" - ")) if pd.notna(v) else (reference,) for v in table["group"]]
            rows = [_withheld(context, table.iloc[[i]], sizes, names[i]) for i in range(len(table))]
            yield _named(pd.concat(rows, ignore_index=True), "levels", instrument, item, attribute)
