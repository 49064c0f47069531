"""What a training of evaluators can change in their ratings: one row an evaluator and round, from a frame of ratings.

The formulas are plain on purpose: they are outcomes of a course, to be compared between those trained and those not by the same designs as
any other outcome. What one evaluator's number is worth is the matter of the objectivity analysis.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.reading import numbers

OUTCOMES = ("severity", "distance", "halo", "spread", "accuracy", "agreement")
# who is better off: nearer to the others, wider apart within a case and between cases, nearer to the experts, more often alike
BETTER = {"severity": "neither", "distance": "lower", "halo": "higher", "spread": "higher", "accuracy": "lower", "agreement": "higher"}
COLUMNS = ("rater_id", "round", "outcome", "value", "n")


def rater_outcomes(ratings: pd.DataFrame) -> pd.DataFrame:
    """Give six outcomes of each evaluator in each round.

    - severity: mean of expected less given rating; expected is the experts' rating, or the mean of the other raters of that object and item
      (0: as the others; above: stricter)
    - distance: ``|severity - mean severity of the round|`` (0: at the middle; training should bring evaluators together)
    - halo: standard deviation over the items of one object, averaged (0: all items alike)
    - spread: standard deviation over the objects of one item, averaged: the use of the scale (0: every object alike)
    - accuracy: ``mean |given - expert|`` (0: as the experts)
    - agreement: share of the other ratings of the same object and item that are equal (1: always)

    Parameters
    ----------
    ratings : pandas.DataFrame
        `rater_id`, `object_id`, `item`, `rating`; `round` (before, after: any label; one round without it); `expert` for vignettes.
        Rows without a rating, a rater, an object or an item are left out.

    Returns
    -------
    pandas.DataFrame
        rater_id, round, outcome, value, n (ratings, for halo objects and for spread items, behind it), sorted; an outcome that cannot be
        computed has no row.

    Raises
    ------
    EstimationError
        If a column is absent, a rating is no number, or a rater rated an item of an object twice in one round.

    Notes
    -----
    Vignettes of two parallel forms in drawn order make rounds comparable; with official ratings severity and the quality of the team
    cannot be told apart. A lower share of the top grade is not better by itself. Sources: L. Cronbach (1955), Psychological Bulletin 52,
    177-193; K. Murphy, W. Balzer (1989), Journal of Applied Psychology 74, 619-624.

    Examples
    --------
    >>> rows = pd.DataFrame({"rater_id": list("aabb"), "object_id": [1, 1, 1, 1], "item": [1, 2, 1, 2], "rating": [3, 5, 3, 3],
    ...                      "expert": [3, 4, 3, 4]})
    >>> found = rater_outcomes(rows).set_index(["rater_id", "outcome"])["value"]
    >>> [round(float(found["a", o]), 3) if ("a", o) in found else None for o in OUTCOMES]
    [-0.5, 0.5, 1.414, None, 0.5, 0.5]
    """
    need(ratings, "rater_id", "object_id", "item", "rating", what="ratings")
    plain = ratings.assign(rating=numbers(ratings["rating"], "ratings"))
    rows = plain.dropna(subset=["rater_id", "object_id", "item", "rating"]).reset_index(drop=True)
    rows = rows.assign(round=rows["round"].fillna("") if "round" in rows else "")
    if rows.duplicated(["rater_id", "round", "object_id", "item"]).any():
        raise EstimationError("A rater rated an item of an object twice in one round: one rating each.")
    if not len(rows):
        return _frame([])
    rows = rows.sort_values(["rater_id", "round", "object_id", "item"], kind="stable").reset_index(drop=True)
    same = rows.groupby(["round", "object_id", "item"])["rating"]
    others = same.transform("size") - 1
    mean_of_others = (same.transform("sum") - rows["rating"]) / others.where(others > 0)
    expert = pd.Series(numbers(rows["expert"], "ratings of experts"), index=rows.index) if "expert" in rows else pd.Series(np.nan, index=rows.index)
    equal = rows.groupby(["round", "object_id", "item", "rating"])["rating"].transform("size") - 1
    parts = {"severity": expert.fillna(mean_of_others) - rows["rating"], "accuracy": (rows["rating"] - expert).abs(),
             "agreement": equal / others.where(others > 0)}
    key = [rows["rater_id"], rows["round"]]
    tables = {name: values.groupby(key).agg(["mean", "count"]) for name, values in parts.items()}
    severity = tables["severity"]
    middle = severity["mean"].groupby("round").transform("mean")
    tables["distance"] = severity.assign(mean=(severity["mean"] - middle).abs())
    for name, same_thing in (("halo", "object_id"), ("spread", "item")):
        within = rows.groupby(["rater_id", "round", same_thing])["rating"].agg(["std", "size"])
        tables[name] = within.loc[within["size"] > 1, "std"].groupby(["rater_id", "round"]).agg(["mean", "count"])
    return _frame([t.reset_index().rename(columns={"mean": "value", "count": "n"}).assign(outcome=name) for name, t in tables.items()])


def _frame(parts: list[pd.DataFrame]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype="float64" if c == "value" else "int64" if c == "n" else "object") for c in COLUMNS})
    frame = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    frame = frame[frame["value"].notna()]
    return frame.sort_values(["rater_id", "round", "outcome"], kind="stable").reset_index(drop=True)
