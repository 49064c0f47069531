"""What measures one person: productivity, integrity and commitment, and the indicators of her plan."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.scoring.indicators import achievement
from evalkit.tables.periods import parse

FEW = "few_raters"
_REACHED = 100.0


def personal_scores(context: Context, scores: pd.DataFrame) -> pd.DataFrame:
    """Give the scores of each person on productivity, integrity and commitment as her own page may show them.

    A mean of answers stands from `min_raters` people on; below that its `status` is `withheld` with reason ``few_raters``: a mean
    of two people means little, and their answers could be told apart.

    Parameters
    ----------
    context : Context
        Its setting `min_raters`: the least number of people who answer.
    scores : pandas.DataFrame
        One row a person, dimension and kind of data.

    Returns
    -------
    pandas.DataFrame
        The same rows; a withheld one has no score.
    """
    few = (scores["score_kind"].eq("items") & scores["n_raters"].lt(int(context.setting("min_raters"))).fillna(True)).to_numpy(dtype=bool)
    plain = scores.rename(columns={"object_id": "person_id"})
    return plain.assign(score=scores["score"].where(~few), status=scores["status"].mask(few, "withheld"), reason=scores["reason"].mask(few, FEW))


def personal_indicators(context: Context, personal_people: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """List the indicators of each person's plan in the reported period and the shorter ones within it, and whether the target was reached.

    ``met = achievement >= 100``; see `scoring.indicators.achievement`.

    Returns
    -------
    pandas.DataFrame
        One row a person and indicator; `met` is missing where the achievement cannot be computed.
    """
    inside = [p for p in indicators["period"].dropna().astype("object").unique() if context.period.contains(parse(p))]
    own = indicators[(indicators["period"].isin(inside) & indicators["object_kind"].eq("employee")
                      & indicators["object_id"].isin(personal_people["person_id"])).to_numpy(dtype=bool)]
    plain = own.astype("object").where(own.notna(), None).rename(columns={"object_id": "person_id"})
    found = [achievement(r["actual"], r["target_low"], r["target_high"], less_is_better=r["direction"] == "less").value
             for r in plain.to_dict("records")]
    met = pd.Series([None if v is None else v >= _REACHED for v in found], index=plain.index, dtype="object")
    return plain[["person_id", "period", "indicator", "aspect", "direction", "target_low", "target_high", "actual"]].assign(met=met)
