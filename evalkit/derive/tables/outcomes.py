"""Studies of outcome files: scores and counts of objects whose raters are not seen, by group and by stratum."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import UNKNOWN
from evalkit.derive.tables.valid import looked_up
from evalkit.fairness.adverse_impact import adverse_impact
from evalkit.fairness.gaps import standardised_gaps
from evalkit.inference.multiplicity import adjust
from evalkit.tables.periods import parse

TOTAL = "total"
_RULE = re.compile(r"(?P<measure>[a-z_][a-z0-9_]*)\s*(?P<sign>>=|<=|>|<)\s*(?P<limit>-?\d+(?:\.\d+)?)")
_SIGNS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_STRATUM = ["instrument", "unit_id", "measure"]


@dataclass(frozen=True)
class OutcomeRule:
    """A mark on a measure, such as `combined >= 70`."""

    text: str
    measure: str
    sign: str
    limit: float

    @property
    def is_high(self) -> bool:
        """Whether it takes a high value to meet it."""
        return self.sign in (">", ">=")

    def met(self, values: pd.Series) -> pd.Series:
        """Tell which values meet the mark."""
        return pd.Series(_SIGNS[self.sign](values.to_numpy(dtype="float64"), self.limit), index=values.index)


def read_rule(text: str) -> OutcomeRule | None:
    """Read a mark; words that are no mark (`sangat_baik`) give nothing.

    Examples
    --------
    >>> read_rule("combined >= 70").limit, read_rule("sangat_baik")
    (70.0, None)
    """
    match = _RULE.fullmatch(text.strip())
    return None if match is None else OutcomeRule(text.strip(), match["measure"], match["sign"], float(match["limit"]))


def outcome_rates(context: Context, outcomes: pd.DataFrame, object_attributes: pd.DataFrame) -> pd.DataFrame:
    """Compare how often each group meets a mark of the study, within each stratum.

    Parameters
    ----------
    context : Context
        Settings `outcomes` (the marks), `attributes`, `reference`, `min_group`, `mappings` (the direction of the scale).
    outcomes, object_attributes : pandas.DataFrame
        Values of objects, and their attributes.

    Returns
    -------
    pandas.DataFrame
        As `fairness.adverse_impact.adverse_impact`, one table for each mark, stratum (`unit_id`) and attribute, with
        `p_adjusted` (Holm over all comparisons of the table). Groups under `min_group` keep their row, `withheld`.

    Notes
    -----
    Strata are never pooled: with different difficulty a pooled rate can turn every gap round.
    """
    rows = _reported(context, outcomes)
    directions = {m[1]: m[4] for m in context.setting("mappings")}
    parts = []
    for rule in filter(None, map(read_rule, context.setting("outcomes"))):
        for (instrument, unit), some in rows[rows["measure"].eq(rule.measure)].groupby(["instrument", "unit_id"]):
            favourable = rule.is_high == (directions.get(instrument, "high_is_good") == "high_is_good")
            people = some.assign(met=rule.met(some["value"]))
            for attribute, groups in _groups(context, people, object_attributes, str(instrument)):
                table = _impact(people, groups, attribute, context.setting("reference").get(attribute), favourable)
                parts.append(table.assign(instrument=str(instrument), unit_id=str(unit), outcome=rule.text, is_favourable=favourable))
    if not parts:
        return pd.DataFrame(columns=["instrument", "unit_id", "outcome", "attribute", "group"])
    return _finished(pd.concat(parts, ignore_index=True), int(context.setting("min_group")))


def _impact(people: pd.DataFrame, groups: pd.Series, attribute: str, reference: str | None, favourable: bool) -> pd.DataFrame:
    known = people.assign(**{attribute: groups})
    chosen = str(reference) if reference is not None and groups.eq(str(reference)).any() else None
    return adverse_impact(known, attribute=attribute, outcome="met", reference=chosen, favourable=favourable)


def _finished(table: pd.DataFrame, min_group: int) -> pd.DataFrame:
    small = table["n"].lt(min_group).to_numpy(dtype=bool)
    hidden = ["count", "rate", "outcome_ratio", "impact_ratio", "conf_low", "conf_high", "below_four_fifths", "p_value",
              "fair_below_four_fifths", "detectable_below", "detectable_above"]
    out = table.astype(dict.fromkeys(hidden, "object"))
    out.loc[small, hidden] = None
    out["status"] = table["status"].astype("object").mask(small, "withheld")
    out["reason"] = table["reason"].astype("object").mask(small, "small_group")
    tested = pd.to_numeric(out["p_value"], errors="coerce").to_numpy(dtype="float64")
    return out.assign(p_adjusted=adjust(tested).p_adjusted)


def outcome_summary(context: Context, outcomes: pd.DataFrame, object_attributes: pd.DataFrame) -> pd.DataFrame:
    """Sum up each measure by stratum, for all objects and for each group of each attribute.

    Returns
    -------
    pandas.DataFrame
        `mean` counts every object once, `weighted_mean` by the `n` behind its value (respondents, officers), where all have one:
        the two answer different questions. `sd` (n - 1) is missing for one object. `mean_difference` and
        `standardised_mean_difference` (over the spread of all objects of the stratum) are those of `fairness.standardised_gaps`
        to the `reference` of the study, and missing where it is small or not there.
    """
    rows = _reported(context, outcomes)
    parts = [_summed(rows, rows.assign(group=TOTAL)["group"], "")]
    for instrument, some in rows.groupby("instrument"):
        parts += [_summed(some, groups, attribute)
                  for attribute, groups in _groups(context, some, object_attributes, str(instrument))]
    table = pd.concat(parts, ignore_index=True)
    small = table["n"].lt(int(context.setting("min_group"))).to_numpy(dtype=bool) & table["attribute"].ne("").to_numpy(dtype=bool)
    table = _with_gaps(table.assign(reference=table["attribute"].map(context.setting("reference")).astype("object"), small=small), rows, context,
                       object_attributes).drop(columns="small")
    for column in ("mean_difference", "standardised_mean_difference", "mean", "median", "sd", "weighted_mean", "low", "high"):
        table[column] = table[column].mask(small)
    return table.assign(status=np.where(small, "withheld", "estimated"))


def _with_gaps(table: pd.DataFrame, rows: pd.DataFrame, context: Context, object_attributes: pd.DataFrame) -> pd.DataFrame:
    """Add the gaps of means to a reference that is there and not small."""
    firm = {tuple(key) for key in table.loc[~table["small"] & table["group"].eq(table["reference"]), [*_STRATUM, "attribute"]].to_numpy()}
    found: dict[tuple[object, ...], float] = {}
    for instrument, some in rows.groupby("instrument"):
        for attribute, groups in _groups(context, some, object_attributes, str(instrument)):
            for key, own in some.assign(**{"group of": groups}).groupby(_STRATUM):
                if (*key, attribute) in firm:
                    reference = str(context.setting("reference")[attribute])
                    gaps = standardised_gaps(own, attribute="group of", score="value", reference=reference)
                    chosen = gaps[gaps["method"].isna() | gaps["method"].eq("sd_of_all")]
                    ends = chosen["group"].astype(str).str.removesuffix(f" - {reference}")
                    found.update({(*key, attribute, str(g), str(m)): float(v) for g, m, v in
                                  zip(ends, chosen["measure"], chosen["estimate"].astype("Float64").fillna(np.nan), strict=True)})
    for measure in ("mean_difference", "standardised_mean_difference"):
        table[measure] = [found.get((*key, measure), np.nan) for key in
                          table[[*_STRATUM, "attribute", "group"]].itertuples(index=False, name=None)]
    return table


def _summed(rows: pd.DataFrame, groups: pd.Series, attribute: str) -> pd.DataFrame:
    data = rows.assign(group=groups, product=rows["value"] * rows["weight"])
    by = data.groupby([*_STRATUM, "group"])
    table = by.agg(n=("value", "size"), mean=("value", "mean"), median=("value", "median"), sd=("value", "std"), low=("value", "min"),
                   high=("value", "max"), weights=("weight", "sum"), known=("weight", "count"), product=("product", "sum")).reset_index()
    whole = table["known"].eq(table["n"]) & table["weights"].gt(0)
    table["weighted_mean"] = (table["product"] / table["weights"].where(table["weights"] > 0)).where(whole)
    table["weight"] = table["weights"].where(whole)
    return table.assign(attribute=attribute).drop(columns=["weights", "known", "product"])


def outcome_periods(context: Context, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Sum up each measure of a panel by the periods of its own rows, within the window.

    Returns
    -------
    pandas.DataFrame
        `total` of the values, `n_objects`, and ``rate = total / sum of n`` where every row has one: a description, no effect.
    """
    inside = [p for p in outcomes["period"].dropna().astype("object").unique() if any(w.contains(parse(p)) for w in context.window)]
    rows = _plain(outcomes[outcomes["period"].isin(inside).to_numpy(dtype=bool)])
    table = rows.groupby(["instrument", "measure", "period"]).agg(
        n_objects=("object_id", "nunique"), total=("value", "sum"), weight=("weight", "sum"), known=("weight", "count"),
        size=("value", "size")).reset_index()
    whole = table["known"].eq(table["size"]) & table["weight"].gt(0)
    return table.assign(rate=(table["total"] / table["weight"].where(whole)).astype("float64")).drop(columns=["known", "size", "weight"])


def _reported(context: Context, outcomes: pd.DataFrame) -> pd.DataFrame:
    inside = [p for p in outcomes["period"].dropna().astype("object").unique() if context.period.contains(parse(p))]
    return _plain(outcomes[outcomes["period"].isin(inside).to_numpy(dtype=bool)])


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    known = rows[rows["value"].notna().to_numpy()]
    text = {c: known[c].astype("object") for c in ("instrument", "object_id", "measure", "period")}
    return pd.DataFrame({**text, "unit_id": known["unit_id"].astype("object").fillna(""), "value": known["value"].astype("float64"),
                         "weight": known["n"].astype("float64")}).reset_index(drop=True)


def _groups(context: Context, rows: pd.DataFrame, attributes: pd.DataFrame, instrument: str) -> Iterator[tuple[str, pd.Series]]:
    """Give each attribute of the study with the group of every row; objects without it are `unknown`."""
    own = attributes[attributes["instrument"].eq(instrument).to_numpy(dtype=bool)]
    for name in context.setting("attributes"):
        values = own[own["attribute"].eq(name).to_numpy(dtype=bool)].drop_duplicates("object_id", keep="last")
        if len(values):
            found = looked_up(rows["object_id"], pd.Series(values["value"].to_numpy(), index=values["object_id"].astype("object")))
            yield name, found.where(found.notna(), UNKNOWN).astype("str")
