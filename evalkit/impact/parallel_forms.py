"""Two parallel forms of a test in drawn order: their difference in difficulty is taken off, and before and after are never averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.reading import numbers

LEAST_FIRST = 10  # people who must have met each form first before the difference of the forms is believed
State = Literal["none", "one_form", "equated", "order_not_drawn"]


@dataclass(frozen=True)
class Equated:
    """`rows`: person_id, period, value, form; one row a person and period. `state`, and how much harder each form was (`shift`)."""

    rows: pd.DataFrame
    state: State
    shift: dict[str, float]


def one_form_each(rows: pd.DataFrame, first_treated: pd.Series) -> Equated:
    """Give one value a person and period, on one scale whichever form it came from.

    Where somebody answered two forms in one period, the first counts until she is trained and the last from then on. From each value
    ``mean of its form - mean of the forms`` is taken, over the form that each person met first and among those who met theirs in the same
    period (``value = period + form``, by least squares): in drawn order these are people alike, so the difference is the form's alone.
    0: the forms are equally hard.

    Parameters
    ----------
    rows : pandas.DataFrame
        `person_id`, `period` (number), `value`; where forms are known `form` and `turn` (1: the first answered in the period).
    first_treated : pandas.Series
        First period (number) with training by person; missing or absent: never.

    Returns
    -------
    Equated
        State "order_not_drawn" where, in the periods in which several forms were met first, fewer than ten people met one of them: nothing
        is taken off then, and only a comparison of people who answered the same form in the same period is free of it.

    Raises
    ------
    EstimationError
        If a column is absent, an outcome or a period is no number, or a person has two values of one form in one period.

    Notes
    -----
    Supposes that the first form met does not hang together with training; it is drawn. Practice (the second form is easier because it is
    the second) is shared by those trained and those not, and leaves with the comparison.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "a"], "period": [1, 1], "value": [2.0, 1.0], "form": ["A", "B"], "turn": [1, 2]})
    >>> one_form_each(rows, pd.Series({"a": 2})).rows["value"].tolist(), one_form_each(rows, pd.Series({"a": 1})).rows["value"].tolist()
    ([2.0], [1.0])
    """
    need(rows, "person_id", "period", "value", *(c for c in ("form", "turn") if c in getattr(rows, "columns", ())), what="outcomes")
    rows = rows.reset_index(drop=True)
    own = rows.assign(
        value=numbers(rows["value"], "outcomes"), period=numbers(rows["period"], "periods"),
        form=rows["form"].astype(object).where(rows["form"].notna(), "") if "form" in rows else "",
        turn=np.nan_to_num(numbers(rows["turn"], "turns"), nan=1.0) if "turn" in rows else 1.0)
    if own.duplicated(["person_id", "period", "form", "turn"]).any():
        raise EstimationError("A person has two values of one form in one period: one value each.")
    own = own.sort_values(["person_id", "period", "turn", "form"], kind="stable", ignore_index=True)
    forms = sorted({str(f) for f in own["form"] if f})
    state: State = "none" if not forms else "one_form" if len(forms) == 1 else "order_not_drawn"
    shift = _shifts(own, forms) if len(forms) > 1 else {}
    state = "equated" if shift else state
    begun = own["person_id"].map(first_treated.to_dict()).astype(float).to_numpy()
    after = ~np.isnan(begun) & (own["period"].to_numpy(dtype=float) >= np.where(np.isnan(begun), np.inf, begun))
    keys = [own["person_id"], own["period"]]
    turn = own["turn"].to_numpy(dtype=float)
    wanted = np.where(after, own.groupby(keys, sort=False)["turn"].transform("max"), own.groupby(keys, sort=False)["turn"].transform("min"))
    kept = own[turn == wanted].drop_duplicates(["person_id", "period"])
    taken = kept["form"].map(shift).fillna(0.0).astype(float)
    return Equated(kept.assign(value=kept["value"].astype(float) - taken).drop(columns="turn").reset_index(drop=True), state, shift)


def _shifts(own: pd.DataFrame, forms: list[str]) -> dict[str, float]:
    """How much higher each form's first answers lie than the mean of the forms, within the periods in which several forms were met first."""
    first = own.drop_duplicates("person_id")
    first = first[first["form"].ne("").to_numpy(dtype=bool) & first["value"].notna().to_numpy()]
    first = first[first.groupby("period")["form"].transform("nunique").gt(1).to_numpy(dtype=bool)]
    sizes = first.groupby("form").size()
    if len(sizes) < len(forms) or int(sizes.min()) < LEAST_FIRST:
        return {}
    design = np.column_stack([*(first["form"].eq(f).to_numpy(dtype=float) for f in forms[1:]),
                              *(first["period"].eq(p).to_numpy(dtype=float) for p in sorted(first["period"].unique()))])
    found, _, rank, _ = np.linalg.lstsq(design, first["value"].to_numpy(dtype=float), rcond=None)
    if rank < design.shape[1]:
        return {}
    levels = np.array([0.0, *found[: len(forms) - 1]])
    return {f: float(v) for f, v in zip(forms, levels - levels.mean(), strict=True)}
