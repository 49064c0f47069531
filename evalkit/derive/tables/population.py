"""Who is expected to be rated in a period, who is not, and why: the denominator of every rate."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import days, has_post, looked_up, post_type_of, valid_at
from evalkit.tables.periods import Period

# The first reason that holds is the one that is told; the order is that of the steps on the page.
REASONS = ("left_before", "joined_after", "left_during", "other_cycle")
_FROM_ROWS = ["unit_id", "opd_id", "superior_id", "post_title", "post_type", "employment", "grade"]


def population(context: Context, appraisals_current: pd.DataFrame, person_attributes: pd.DataFrame, assignments: pd.DataFrame,
               exclusions: pd.DataFrame, units_current: pd.DataFrame) -> pd.DataFrame:
    """Tell of each person and period whether she is expected to be rated, and if not, why.

    ``eligible = listed - excluded by name - left before - joined after - left during - rated in another cycle``

    Parameters
    ----------
    context : Context
        Period, window and populations.
    appraisals_current, person_attributes, assignments, exclusions, units_current : pandas.DataFrame
        Their contracts stand in `tables.schema` and `derive.contracts`.

    Returns
    -------
    pandas.DataFrame
        One row for each known person and each period with appraisals, and for the period itself.

    Notes
    -----
    Attributes and posts are those valid on the last day of the period. Unit and superior are those of the official appraisal;
    without one, those of the post. A person who stands only in the appraisals is expected too: a list of employees that lacks
    her does not make her disappear. A person who began within the period is expected: no source gives a shortest time in post
    (unconfirmed). The head of an office has her hasil kerja from the unit's achievement (`is_rule_determined`).
    """
    seen = set(appraisals_current["period"].dropna().unique()) | {context.period.text}
    given = _Given(appraisals_current, person_attributes, assignments[~assignments["is_acting"].astype(bool).to_numpy()], exclusions,
                   units_current.set_index(units_current["unit_id"].astype("object"))["opd_id"])
    spans = _presence(given, context)
    parts = [_of_period(context, period, given, spans) for period in context.window if period.text in seen]
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class _Given:
    """The tables that say who is where: `posts` are definitive ones, `offices` maps a unit to its office."""

    rows: pd.DataFrame
    attributes: pd.DataFrame
    posts: pd.DataFrame
    exclusions: pd.DataFrame
    offices: pd.Series


def _presence(given: _Given, context: Context) -> pd.DataFrame:
    """Give for each person the first day and the last day that the lists know, once for all periods.

    An appraisal proves that she was there by the end of its period, whatever the list says of her beginning.
    """
    began = pd.concat([given.attributes[["person_id", "valid_from"]], given.posts[["person_id", "valid_from"]]], ignore_index=True)
    ends = days(looked_up(given.rows["period"], pd.Series({p.text: pd.Timestamp(p.end) for p in context.window})))
    listed = given.attributes if len(given.attributes) else given.posts
    return pd.DataFrame({
        "began": days(began["valid_from"]).groupby(began["person_id"].astype("object")).min(),
        "known": ends.groupby(given.rows["person_id"].astype("object")).min(),
        "left": days(listed["valid_to"]).fillna(pd.Timestamp(2262, 1, 1)).groupby(listed["person_id"].astype("object")).max()})


def _of_period(context: Context, period: Period, given: _Given, spans: pd.DataFrame) -> pd.DataFrame:
    own = given.rows[(given.rows["period"] == period.text).to_numpy()]
    people = pd.concat([given.attributes["person_id"], given.posts["person_id"], own["person_id"]], ignore_index=True)
    frame = pd.DataFrame({"person_id": _texts(people).unique()}).sort_values("person_id", ignore_index=True)
    frame["period"] = period.text
    frame = _join(frame, own[own["is_official"].astype(bool).to_numpy()][["person_id", *_FROM_ROWS]], "_row")
    post = valid_at(given.posts, ["person_id"], period.end, nearest=True)
    frame = _join(frame, post[["person_id", "unit_id", "post_title", "superior_id", "is_head"]], "_post")
    frame = _join(frame, valid_at(given.attributes, ["person_id"], period.end)[
        ["person_id", "post_type", "employment", "grade"]], "_attr")
    frame = _join(frame, valid_at(given.attributes, ["person_id"], period.end, nearest=True)[["person_id", "sex", "birth_year"]], "")
    frame = _described(frame, given.offices)
    frame["population"] = _population_of(frame["post_title"], context)
    frame["reason"] = _reasons(frame, context, period, given.exclusions, spans)
    frame["eligible"] = frame["reason"].isna()
    return frame


def _texts(values: pd.Series) -> pd.Series:
    return values.dropna().astype("str")


def _join(frame: pd.DataFrame, other: pd.DataFrame, suffix: str) -> pd.DataFrame:
    renamed = other.assign(person_id=other["person_id"].astype("str")).rename(
        columns={c: c + suffix for c in other.columns if c != "person_id"})
    return frame.merge(renamed, on="person_id", how="left", validate="1:1")


def _described(frame: pd.DataFrame, offices: pd.Series) -> pd.DataFrame:
    out = frame[["person_id", "period", "sex", "birth_year"]].copy()
    for name in ("unit_id", "post_title", "superior_id"):
        out[name] = frame[f"{name}_row"].astype("str").where(frame[f"{name}_row"].notna(), frame[f"{name}_post"].astype("str"))
        out[name] = out[name].where(frame[f"{name}_row"].notna() | frame[f"{name}_post"].notna())
    for name in ("employment", "grade"):
        out[name] = frame[f"{name}_attr"].astype("object").where(frame[f"{name}_attr"].notna(), frame[f"{name}_row"].astype("object"))
    out["post_type"] = frame["post_type_attr"].astype("object").where(
        frame["post_type_attr"].notna(), post_type_of(frame["post_type_row"].astype("object")))
    office = looked_up(out["unit_id"], offices)
    out["opd_id"] = office.where(office.notna(), frame["opd_id_row"].astype("object"))
    out["opd_id"] = out["opd_id"].where(out["opd_id"].notna(), out["unit_id"])
    out["is_head"] = frame["is_head_post"].astype("object").eq(True) & (out["unit_id"] == frame["unit_id_post"].astype("object"))
    out["is_rule_determined"] = out["is_head"] & (out["unit_id"] == out["opd_id"])
    return out


def _population_of(titles: pd.Series, context: Context) -> pd.Series:
    """Give the population of each post; a person without a known post belongs to the population that names no post."""
    found = pd.Series([None] * len(titles), index=titles.index, dtype="object")
    for group in context.populations:
        belongs = has_post(titles, group.post) if group.post else pd.Series(True, index=titles.index)
        if group.except_post:
            belongs &= ~has_post(titles, group.except_post)
        found = found.where(found.notna() | ~belongs, group.name)
    return found.fillna("none")


def _reasons(frame: pd.DataFrame, context: Context, period: Period, exclusions: pd.DataFrame, spans: pd.DataFrame) -> pd.Series:
    people, start, end = frame["person_id"], pd.Timestamp(period.start), pd.Timestamp(period.end)
    own = spans.reindex(people.to_numpy(dtype=object)).reset_index(drop=True)
    began = own["began"].where(~(own["known"] < own["began"]), own["known"])
    cycle = {p.name for p in context.cycle}
    by_rule = {"left_before": own["left"] < start, "joined_after": began > end, "left_during": own["left"] < end,
               "other_cycle": ~frame["population"].isin(cycle)}
    named = valid_at(exclusions, ["person_id"], period.end)
    reason = looked_up(people, named.set_index(named["person_id"].astype("object"))["reason"])
    for name in REASONS:
        reason = reason.where(reason.notna() | ~by_rule[name].to_numpy(dtype=bool), name)
    return reason.where(reason.notna(), None)
