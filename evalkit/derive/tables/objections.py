"""Objections with the person, the office and the groups they belong to: what rates of filing, deciding and granting rest on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import days

_FROM_ROSTER = ["population", "instrument", "unit_id", "opd_id", "superior_id", "rated_by_id", "post_type", "employment", "sex",
                "birth_year", "grade"]
_RATED = ["hasil_kerja", "perilaku_kerja", "predikat"]
GRANTED = "diubah"


def objection_cases(context: Context, objections: pd.DataFrame, appraisals: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Find the appraisal of each objection, whose it is, and what became of it.

    Parameters
    ----------
    context : Context
        Objections to appraisals of the periods of its window are kept.
    objections : pandas.DataFrame
        As the lists have them: by the id of the appraisal, or by person and period.
    appraisals : pandas.DataFrame
        All versions.
    roster : pandas.DataFrame
        The expected people: unit and groups as of the period that was rated.

    Returns
    -------
    pandas.DataFrame
        `link` tells how the appraisal was found: `by_id`, `by_person` (the official one of person and period), or `none`. A rate
        of filing divides the people of a group here by those of the roster that are rated. `predikat_before` is that of the
        last version drawn by the day of filing; `new_version`, `predikat_after` are the first later version with other ratings,
        else missing.

    Notes
    -----
    A decision to change (`is_granted`) and a changed version are two facts from two files; they need not agree. An undecided
    objection is neither granted nor late: `is_granted` and `is_late` are missing.
    """
    rows = objections.drop(columns=["import_id", "row"]).reset_index(drop=True).astype("object")
    rows = rows.where(rows.notna(), None)
    rows = _linked(rows, appraisals, roster)
    rows = rows[rows["period"].isin(context.periods).to_numpy(dtype=bool)].reset_index(drop=True)
    rows = rows.drop_duplicates(["appraisal_id", "filed_at"], keep="last")
    people = roster[["person_id", "period", *_FROM_ROSTER]].astype("object")
    rows = rows.merge(people, on=["person_id", "period"], how="left", validate="m:1")
    rows = pd.concat([rows, _versions(rows, appraisals)], axis=1)
    decided = rows["decision"].notna()
    rows["new_version"] = rows["new_version"].where(rows["new_version"].notna(), rows.pop("later_version"))
    rows["is_decided"] = decided.astype(bool)
    rows["is_granted"] = rows["decision"].eq(GRANTED).astype("object").where(decided, None)
    late = days(rows["decided_at"]) > days(rows["due_at"])
    rows["is_late"] = late.astype("object").where(rows["decided_at"].notna() & rows["due_at"].notna(), None)
    return rows


def _linked(rows: pd.DataFrame, appraisals: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Give each objection its appraisal: by the id as written, without case and dashes, else by person and period."""
    known = appraisals[["appraisal_id", "person_id", "period"]].astype("object").drop_duplicates("appraisal_id", keep="last")
    bare = known.assign(bare=_bare(known["appraisal_id"])).drop_duplicates("bare", keep=False)
    found = rows[["appraisal_id"]].assign(bare=_bare(rows["appraisal_id"])).merge(bare, on="bare", how="left", suffixes=("", "_found"))
    official = roster[["person_id", "period", "appraisal_id"]].astype("object")
    of_person = rows[["person_id", "period"]].merge(official, on=["person_id", "period"], how="left", validate="m:1")["appraisal_id"]
    by_id, by_person = found["appraisal_id_found"].notna(), of_person.notna()
    out = rows.assign(link="none")
    out["link"] = out["link"].mask(by_person, "by_person").mask(by_id, "by_id")
    for name, own, other in (("appraisal_id", found["appraisal_id_found"], of_person), ("person_id", found["person_id"], rows["person_id"]),
                             ("period", found["period"], rows["period"])):
        out[name] = own.where(own.notna(), other).where(own.notna() | other.notna(), rows[name])
    return out


def _bare(ids: pd.Series) -> pd.Series:
    return ids.astype("str").str.lower().str.replace("-", "", regex=False)


def _versions(rows: pd.DataFrame, appraisals: pd.DataFrame) -> pd.DataFrame:
    """Give the predikat at filing, and the first later version whose ratings differ from it."""
    own = appraisals[appraisals["appraisal_id"].isin(rows["appraisal_id"].dropna().tolist()).to_numpy(dtype=bool)]
    own = own.assign(_at=days(own["exported_at"])).sort_values(["_at", "version"], kind="stable")
    versions = {str(k): part for k, part in own.astype(dict.fromkeys(_RATED, "object")).groupby(own["appraisal_id"].astype("object"))}
    out = [_change(versions.get(str(a)), filed) for a, filed in zip(rows["appraisal_id"], days(rows["filed_at"]), strict=True)]
    return pd.DataFrame(out, columns=["predikat_before", "predikat_after", "later_version"], index=rows.index, dtype="object")


def _change(versions: pd.DataFrame | None, filed: pd.Timestamp) -> tuple[object, object, object]:
    if versions is None or versions.empty:
        return None, None, None
    before = (versions["_at"].dt.normalize() <= filed).to_numpy(dtype=bool)
    first = versions[before].iloc[-1] if before.any() else versions.iloc[0]
    for _, later in versions[versions["_at"] > first["_at"]].iterrows():
        if any((later[c] if pd.notna(later[c]) else None) != (first[c] if pd.notna(first[c]) else None) for c in _RATED):
            return _or_none(first["predikat"]), _or_none(later["predikat"]), int(later["version"])
    return _or_none(first["predikat"]), None, None


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
