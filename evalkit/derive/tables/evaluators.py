"""What the official ratings of evaluators show at rung 0: use of words, concordance; and how far the evidence reaches."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import by_scope, most_frequent
from evalkit.derive.tables.valid import looked_up
from evalkit.raters import concordance as pairs_of
from evalkit.raters import differentiation

LEAST_TEAM = 5  # people: in a smaller team one word for all means nothing
_BELOW = ("butuh_perbaikan", "kurang", "sangat_kurang")


def rated_by_evaluators(roster: pd.DataFrame) -> pd.DataFrame:
    """Keep the rated people whose evaluator is known and whose result was an evaluator's choice; `rater_id` is who rated, else the superior.

    Heads of offices are left out: their hasil kerja is the achievement of their unit, no rating.
    """
    rater = evaluator_of(roster)
    kept = roster["is_rated"].astype(bool) & rater.notna() & ~roster["is_rule_determined"].astype(bool)
    return roster.assign(rater_id=rater)[kept.to_numpy(dtype=bool)]


def evaluator_of(roster: pd.DataFrame) -> pd.Series:
    """Give who rated each person, where it is known, else her superior: rungs 0 to 4 speak of the same evaluators."""
    if "rated_by_id" not in roster.columns:
        return roster["superior_id"].astype(object)
    by = roster["rated_by_id"].astype(object)
    return by.where(by.notna(), roster["superior_id"].astype(object))


def category_use(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count for each evaluator and period the ratings, the predikat in use, and their entropy.

    Returns
    -------
    pandas.DataFrame
        As `raters.differentiation.category_use`, with the office in which most of her people are, and counts of Sangat Baik and
        of predikat below Baik.
    """
    rated = rated_by_evaluators(roster)[["rater_id", "period", "opd_id", "predikat"]]
    key = ["rater_id", "period"]
    table: pd.DataFrame = differentiation.category_use(rated[[*key, "predikat"]], key)
    counts = pd.DataFrame({**{k: rated[k].astype("object") for k in key},
                           "n_sangat_baik": rated["predikat"].eq("sangat_baik").astype("int64"),
                           "n_below": rated["predikat"].isin(_BELOW).astype("int64")}).groupby(key, as_index=False).sum()
    found = table.astype(dict.fromkeys(key, "object")).merge(counts, on=key, how="left", validate="1:1")
    return found.merge(most_frequent(rated, key, "opd_id"), on=key, how="left", validate="1:1")


def use_counts(context: Context, category_use: pd.DataFrame) -> pd.DataFrame:
    """Count evaluators by the number of different predikat that they use, for the city and each office, in the reported period.

    Returns
    -------
    pandas.DataFrame
        `is_large` tells evaluators with five people or more; in a smaller team one word for all means nothing. No evaluator is told
        apart: a team's size is not in it.
    """
    own = category_use[(category_use["period"].eq(context.period.text) & category_use["n"].gt(0)).to_numpy(dtype=bool)]
    rows = pd.DataFrame({"categories_used": own["categories_used"].astype("int64"), "is_large": own["n"].ge(LEAST_TEAM).astype(bool),
                         "opd_id": own["opd_id"].astype("object")})
    offices = rows.dropna(subset=["opd_id"])
    scopes = pd.concat([rows.assign(scope="city", scope_id=""), offices.assign(scope="unit", scope_id=offices["opd_id"].astype("str"))])
    counts = scopes.groupby(["scope", "scope_id", "categories_used", "is_large"]).size().rename("n_raters").reset_index()
    return counts.assign(period=context.period.text)


def concordance(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count all pairs of the two ratings in the reported period, for the city and each office, zeros included.

    Returns
    -------
    pandas.DataFrame
        As `raters.concordance.concordance`; heads whose hasil kerja follows from their unit are left out.
    """
    own = roster[(roster["period"].eq(context.period.text) & ~roster["is_rule_determined"].astype(bool)).to_numpy(dtype=bool)]
    parts = [pairs_of(frame[["scope_id", "hasil_kerja", "perilaku_kerja"]], ["scope_id"]).assign(scope=scope)
             for scope, frame in by_scope(own, ("city", "unit"))]
    return pd.concat(parts, ignore_index=True).assign(period=context.period.text)


def last_rung(context: Context, identification: pd.DataFrame, scope: str, scope_id: pd.Series) -> pd.Series:
    """Give for each scope the rung that the evidence on its official appraisals reaches; missing where no rung was judged.

    A form with several raters may stand higher; it says nothing about the official appraisals.
    """
    official = identification["instrument"].isin([p.instrument for p in context.cycle]) & identification["scope"].eq(scope)
    own = identification[official.to_numpy(dtype=bool)]
    return looked_up(scope_id, own.groupby(own["scope_id"].astype("str"))["rung"].max())
