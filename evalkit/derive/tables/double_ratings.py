"""Blind double ratings (rung 3): how far a second rater agrees with the official result, for the city."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import t as student

from evalkit.derive.context import Context
from evalkit.derive.tables.rated_by_several import plain
from evalkit.derive.tables.ratings import in_window
from evalkit.inference.intervals import wilson
from evalkit.inference.results import Estimate, estimates
from evalkit.raters.ladder import LadderSettings
from evalkit.reliability.agreement import agreement_coefficients
from evalkit.reliability.intraclass import icc
from evalkit.reliability.krippendorff import krippendorff_alpha
from evalkit.tables.schema import RATINGS

ITEMS = ("hasil_kerja", "perilaku_kerja")
_ORDER = {code: float(n) for n, code in enumerate(RATINGS, start=1)}
FEWEST_OTHERS = 20  # people with another word than the commonest one: below, limits of alpha and of the reliability do not hold
_MEASURES = ("percent_agreement", "gwet_ac2", "krippendorff_alpha", "icc_1_1")


def pairs(context: Context, ratings: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Pair each blind second rating with the official one of the same person, item and period.

    Returns
    -------
    pandas.DataFrame
        `object_id`, `item`, `period`, `first`, `second` (1 below to 3 above expectation). A person with several second ratings in the
        window counts with the latest one.
    """
    rows = plain(in_window(context, ratings))
    second = rows[rows["is_blind_second"].fillna(False).astype(bool).to_numpy() & rows["object_kind"].eq("employee").to_numpy(dtype=bool)]
    second = second[second["item"].isin(ITEMS).to_numpy(dtype=bool)][["object_id", "item", "period", "rater_id", "rating"]]
    official = roster[["person_id", "period", *ITEMS]].astype(object)
    first = official.melt(["person_id", "period"], list(ITEMS), "item", "first").rename(columns={"person_id": "object_id"})
    first["first"] = first["first"].map(_ORDER).astype("float64")
    both = second.rename(columns={"rating": "second"}).merge(first.dropna(subset=["first"]), on=["object_id", "item", "period"])
    latest = both.sort_values(["period", "rater_id"], kind="stable").drop_duplicates(["object_id", "item"], keep="last")
    return latest.reset_index(drop=True)[["object_id", "item", "period", "first", "second"]]


def double_pairs(context: Context, ratings: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Count how first and second ratings meet, with zeros, for each of the two official ratings.

    Returns
    -------
    pandas.DataFrame
        `item`, `first`, `second`, `n`. Nothing where fewer people were rated twice than rung 3 asks for.
    """
    found = pairs(context, ratings, roster)
    if _doubled(found) < LadderSettings.of(context.setting("raters")).min_double:
        return pd.DataFrame()
    every = pd.MultiIndex.from_product([ITEMS, _ORDER.values(), _ORDER.values()], names=["item", "first", "second"])
    counts = found.groupby(["item", "first", "second"]).size().reindex(every, fill_value=0).rename("n").reset_index()
    words = {v: k for k, v in _ORDER.items()}
    return counts.assign(first=counts["first"].map(words), second=counts["second"].map(words))


def _doubled(found: pd.DataFrame) -> int:
    return int(found["object_id"].nunique())


def double_agreement(context: Context, ratings: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Estimate agreement and the reliability of one evaluator's rating from blind second ratings, for the city.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, `term` the official rating (hasil_kerja, perilaku_kerja): "percent_agreement" (Wilson's limits), "gwet_ac2"
        (linear weights), "krippendorff_alpha" (ordinal), "icc_1_1" (the reliability of one rating), "second_less_first" (steps; above 0:
        the second rates higher). Withheld ("few_doubles") below the least number of people of rung 3. Alpha and reliability have no limits
        ("few_other_words") where fewer than twenty people have another word than the commonest one.

    Notes
    -----
    Says nothing of one evaluator. Where nearly all ratings are one word, alpha and the intraclass correlation fall towards 0 however
    often raters agree. The F limits of an intraclass correlation suppose normal ratings: of three words, one of them nine times in ten, they
    hold the truth some 65 times in a hundred, however many people. The limits here are those of alpha for numbers, which is the same
    coefficient but for a share 1 / 2n: the error from each person's own contribution, on Fisher's scale, with as many degrees of freedom as
    people with another word, less one.
    """
    found = pairs(context, ratings, roster)
    least = LadderSettings.of(context.setting("raters")).min_double
    parts = []
    for item in ITEMS:
        own = found[found["item"].eq(item).to_numpy(dtype=bool)]
        if len(own) < least:
            rows: list[Estimate] = [{"measure": m, "role": "inferential", "status": "withheld", "reason": "few_doubles", "n": len(own)}
                                    for m in (*_MEASURES, "second_less_first")]
            parts.append(estimates(rows).assign(term=item))
        else:
            parts.append(agreement_of_pairs(own).assign(term=item))
    table = pd.concat(parts, ignore_index=True)
    return table.fillna(dict.fromkeys(("group", "scope_id"), "")).assign(period=context.period.text)


def agreement_of_pairs(own: pd.DataFrame) -> pd.DataFrame:
    """Measure pairs of one item (`object_id`, `first`, `second`) as `double_agreement` does."""
    long = own.melt("object_id", ["first", "second"], "rater_id", "rating")
    categories: Sequence[object] = tuple(_ORDER.values())
    found = agreement_coefficients(long, weights="linear", categories=categories)
    alpha, one = krippendorff_alpha(long, "ordinal"), icc(long)
    one = _over_people(one[one["measure"].eq("icc_1_1").to_numpy(dtype=bool)].reset_index(drop=True), long, _others(own))
    if _others(own) < FEWEST_OTHERS:
        alpha = _without_limits(alpha)
    return pd.concat([_exact(own), found[found["measure"].eq("gwet_ac2").to_numpy(dtype=bool)], alpha, one, _shift(own)], ignore_index=True)


def _exact(own: pd.DataFrame) -> pd.DataFrame:
    """Exact agreement is what a reader means by agreement: the coefficient alone gives credit for near words."""
    same, n = int(own["first"].eq(own["second"]).sum()), len(own)
    limits = wilson(same, n)
    return estimates([{"measure": "percent_agreement", "role": "inferential", "unit": "coefficient", "conf_level": limits.level, "n": n,
                       "n_raters": 2, "method": "wilson", "estimate": same / n, "conf_low": limits.low, "conf_high": limits.high,
                       "status": "estimated"}])


def _others(own: pd.DataFrame) -> int:
    """How many people have another word than the commonest one, from either rater."""
    commonest = pd.concat([own["first"], own["second"]]).mode().iloc[0]
    return int((own["first"].ne(commonest) | own["second"].ne(commonest)).sum())


def _without_limits(row: pd.DataFrame) -> pd.DataFrame:
    """Keep the estimate, where there is one, and say why it has no limits."""
    none = row.assign(conf_low=np.nan, conf_high=np.nan, std_error=np.nan, df=np.nan).astype({"reason": "string"})
    none.loc[none["status"].eq("estimated").to_numpy(dtype=bool, na_value=False), "reason"] = "few_other_words"
    return none


def _over_people(one: pd.DataFrame, long: pd.DataFrame, others: int) -> pd.DataFrame:
    """Give the reliability of one rating limits that do not suppose normal ratings."""
    row, value = krippendorff_alpha(long, "interval").iloc[0], float(one["estimate"].iloc[0])
    if others < FEWEST_OTHERS or pd.isna(row["std_error"]) or not abs(value) < 1:
        return _without_limits(one)
    error = float(row["std_error"])
    reach = float(student.ppf(0.975, others - 1)) * error / (1 - value**2)
    low, high = np.tanh(np.arctanh(value) - reach), np.tanh(np.arctanh(value) + reach)
    return one.assign(conf_low=low, conf_high=high, std_error=error, df=others - 1.0, method="influence of each person, Fisher's scale")


def _shift(own: pd.DataFrame) -> pd.DataFrame:
    d = (own["second"] - own["first"]).to_numpy(dtype=float)
    error = float(d.std(ddof=1) / np.sqrt(len(d)))
    row: Estimate = {"measure": "second_less_first", "role": "inferential", "unit": "steps", "null_value": 0.0, "estimate": float(d.mean()),
                     "conf_level": 0.95, "n": len(d), "method": "t over people", "status": "estimated"}
    if not error > 0:
        return estimates([{**row, "reason": "objects_all_alike"}])
    wide = float(student.ppf(0.975, len(d) - 1)) * error
    return estimates([{**row, "std_error": error, "df": len(d) - 1.0, "conf_low": float(d.mean()) - wide, "conf_high": float(d.mean()) + wide}])
