"""The list of a lot of whole units: who stood in which unit when it was drawn, and whether the lot is the one that its seed gives."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.plans import list_digest, read_list
from evalkit.impact.lot import Lot
from evalkit.impact.plan import TrainingPlan
from evalkit.impact.waves import draw_waves


def lot_people(plan: TrainingPlan, text: str) -> pd.DataFrame | None:
    """Give the people of a lot of whole units: `person_id`, `unit_id` when it was drawn, `wave` (0: no seat).

    None where people were drawn, where the list is gone, was changed or names no units, or where the plan's seed and seats give another lot:
    then nobody can say what the chances were.
    """
    rows = read_list(text)
    if plan.drawn != "unit" or not rows or min(map(len, rows)) < 4 or list_digest(rows) != plan.list_digest:
        return None
    found = pd.DataFrame([(p, u, int(w or 0)) for w, p, _, u, *_ in rows], columns=["person_id", "unit_id", "wave"]).astype({"person_id": object})
    again = draw_waves(found, plan.seats, seed=plan.seed, name=plan.course, drawn="unit").set_index("person_id")["wave"]
    same = (again.reindex(found["person_id"]).fillna(0).astype(int).to_numpy() == found["wave"].to_numpy()).all()
    return found if same else None


def lot_of(plan: TrainingPlan, people: pd.DataFrame) -> Lot:
    """Give the lot itself, for the analysis."""
    units = people.groupby("unit_id").agg(size=("person_id", "size"), wave=("wave", "first"))
    return Lot(tuple(map(str, units.index)), tuple(map(int, units["size"])), plan.seats, tuple(map(int, units["wave"])))


def by_lot(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Put the people of a course where the lot put them: in the unit of the day of the draw, sent with the wave that it gave their unit.

    A wave of the lot counts as held where most of its people on the lists were invited; whoever stands on no list, but in the lot, is there too.
    The few whom the lists moved stay where the lot had them (whether so many were moved that nothing can be said is another check).
    """
    listed = rows.drop(columns=["cluster"]).set_index("person_id").reindex(people["person_id"])
    found = listed.assign(cluster=people["unit_id"].to_numpy(), _lot=people["wave"].to_numpy()).reset_index(names="person_id")
    known = found["invited"].notna()
    came = found["invited"].astype("boolean").fillna(value=False).astype(bool)
    found["completed"] = found["completed"].astype("boolean").fillna(value=False).astype(bool)
    held, sent = {}, pd.Series(data=False, index=found.index)
    for wave in sorted(set(people["wave"]) - {0}):
        own = found["_lot"].eq(wave)
        if (own & came).sum() * 2 > (own & known).sum():
            held[wave] = found.loc[own & came, ["wave", "begun"]].value_counts(dropna=False).index[0]
            sent |= own
    found["invited"], found["assigned_by"] = sent, "drawn"
    for place, column in enumerate(("wave", "begun")):
        found[column] = [held[w][place] if w in held else None for w in found["_lot"]]
    return found.drop(columns="_lot")
