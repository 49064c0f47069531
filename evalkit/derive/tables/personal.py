"""What is told to one person about herself: her appraisals with what became of them, how they came about, earlier periods."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import days, looked_up
from evalkit.instruments.catalog import load, names
from evalkit.scoring.derivation import Step, derive

_RATED = ("hasil_kerja", "perilaku_kerja", "predikat")
_READ = ("instrument", *_RATED, "rated_by_kind", "unit_predikat", "is_rule_determined")
_OWN = ["appraisal_id", "version", "person_id", "unit_id", "opd_id", "post_title", "is_acting", "instrument", *_RATED, "rated_by_kind",
        "rated_at", "exported_at", "revision_reason"]
_RANK = {"official": 0, "earlier_post": 1, "acting": 2, "withdrawn": 3}


def personal_people(context: Context, population: pd.DataFrame, unrated: pd.DataFrame, appraisals: pd.DataFrame,
                    units_current: pd.DataFrame, unit_predikat: pd.DataFrame) -> pd.DataFrame:
    """List who gets a page of the reported period: the expected people, and others whom an appraisal of it names.

    Parameters
    ----------
    context : Context
        Period and populations; its setting `cut`.
    population, unrated, appraisals, units_current, unit_predikat : pandas.DataFrame
        Who is expected and why not; why somebody has no result; all versions; units; the achievement of units.

    Returns
    -------
    pandas.DataFrame
        One row a person. `reason` tells why a person is not counted, `unrated_reason` and `solver` why she has no result.
        `derivation` is that of a person without ratings: what is missing, step by step.
    """
    own = population[population["period"].eq(context.period.text).to_numpy(dtype=bool)]
    named = _versions(context, appraisals)["person_id"].astype("object").unique()
    frame = own[(own["eligible"].astype(bool) | own["person_id"].isin(named)).to_numpy(dtype=bool)].reset_index(drop=True)
    frame = frame[["person_id", "period", "population", "eligible", "reason", "unit_id", "opd_id", "post_title", "is_head",
                   "is_rule_determined"]].astype("object")
    frame["instrument"] = looked_up(frame["population"], pd.Series({p.name: p.instrument for p in context.populations}, dtype="object"))
    why = unrated.drop_duplicates("person_id").set_index(unrated.drop_duplicates("person_id")["person_id"].astype("object"))
    frame["unrated_reason"], frame["solver"] = looked_up(frame["person_id"], why["reason"]), looked_up(frame["person_id"], why["solver"])
    frame = _with_units(frame, units_current)
    blank = frame.assign(unit_predikat=_achievement(context, frame, unit_predikat), rated_by_kind=None, **dict.fromkeys(_RATED))
    return frame.assign(derivation=_derivations(blank))


def personal_appraisals(context: Context, appraisals: pd.DataFrame, appraisals_current: pd.DataFrame, population: pd.DataFrame,
                        units_current: pd.DataFrame, unit_predikat: pd.DataFrame, objection_cases: pd.DataFrame) -> pd.DataFrame:
    """Give every appraisal of the reported period as it stands now, with what it said before.

    Parameters
    ----------
    context : Context
        Period; its setting `cut`.
    appraisals, appraisals_current : pandas.DataFrame
        All versions; those that count.
    population, units_current, unit_predikat, objection_cases : pandas.DataFrame
        Heads of offices; units; the achievement of units; what was filed against an appraisal.

    Returns
    -------
    pandas.DataFrame
        One row an appraisal. `status`: `official`, `earlier_post` (another definitive post of the period), `acting`,
        `withdrawn` (no longer in a later full export). `before_*` are the words of the last version that said something else,
        `changed_at` the export with which it changed; both missing where no word has changed.
    """
    versions = _versions(context, appraisals)
    last = versions.drop_duplicates("appraisal_id", keep="last")[_OWN].reset_index(drop=True)
    current = appraisals_current.set_index(appraisals_current["appraisal_id"].astype("object"))
    official = looked_up(last["appraisal_id"], current["is_official"].astype("object"))
    status = pd.Series("earlier_post", index=last.index, dtype="object").mask(last["is_acting"].astype(bool), "acting")
    status = status.mask(official.eq(True).to_numpy(dtype=bool), "official").mask(official.isna().to_numpy(dtype=bool), "withdrawn")
    own = population[population["period"].eq(context.period.text).to_numpy(dtype=bool)]
    head = looked_up(last["person_id"], own.set_index(own["person_id"].astype("object"))["is_rule_determined"].astype("object"))
    frame = last.astype("object").assign(period=context.period.text, status=status, is_rule_determined=head.eq(True) & status.eq("official"))
    frame["unit_predikat"] = _achievement(context, frame, unit_predikat)
    frame = _with_units(_with_earlier(frame, versions), units_current).merge(_objected(objection_cases), on="appraisal_id", how="left")
    frame["derivation"] = _derivations(frame)
    rank = frame["status"].map(_RANK)
    frame = frame.assign(_rank=rank).sort_values(["person_id", "_rank", "appraisal_id"], kind="stable")
    return frame.assign(order=frame.groupby("person_id").cumcount())


def _versions(context: Context, appraisals: pd.DataFrame) -> pd.DataFrame:
    """All versions of the reported period's appraisals that came by the day that counts, the one that counts last."""
    rows = appraisals[appraisals["period"].eq(context.period.text).to_numpy(dtype=bool)]
    cut = context.setting("cut")
    if cut is not None:
        rows = rows[(days(rows["exported_at"]).dt.normalize() <= pd.Timestamp(cut)).to_numpy()]
    return rows.sort_values(["appraisal_id", "exported_at", "version"], kind="stable")


def _with_earlier(frame: pd.DataFrame, versions: pd.DataFrame) -> pd.DataFrame:
    """Add the words of the last version that differs from the one that counts."""
    out = frame.assign(changed_at=None, **{f"before_{name}": None for name in _RATED})
    several = versions[versions["appraisal_id"].duplicated(keep=False).to_numpy()]
    at = dict(zip(frame["appraisal_id"], frame.index, strict=True))
    for appraisal, rows in several.astype("object").where(several.notna(), None).groupby("appraisal_id"):
        said = [tuple(row) for row in rows[list(_RATED)].itertuples(index=False)]
        other = next((i for i in range(len(said) - 2, -1, -1) if said[i] != said[-1]), None)
        if other is not None:
            out.loc[at[appraisal], [f"before_{n}" for n in _RATED]] = said[other]
            out.loc[at[appraisal], "changed_at"] = rows["exported_at"].iloc[other + 1]
    return out


def _with_units(frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    key = units["unit_id"].astype("object")
    name, office, slug = (units.set_index(key)[c] for c in ("name", "opd_name", "slug"))
    return frame.assign(unit_name=looked_up(frame["unit_id"], name), opd_name=looked_up(frame["unit_id"], office),
                        opd_slug=looked_up(frame["opd_id"], slug))


def _achievement(context: Context, frame: pd.DataFrame, unit_predikat: pd.DataFrame) -> pd.Series:
    """The achievement of the unit; its own speaks before that of the office above it."""
    rows = unit_predikat[unit_predikat["period"].eq(context.period.text).to_numpy(dtype=bool)].sort_values(["unit_id", "version"])
    last = rows.drop_duplicates("unit_id", keep="last")
    table = pd.Series(last["predikat"].to_numpy(dtype=object), index=last["unit_id"].astype("object"), dtype="object")
    own = looked_up(frame["unit_id"], table)
    return own.where(own.notna(), looked_up(frame["opd_id"], table))


def _objected(objection_cases: pd.DataFrame) -> pd.DataFrame:
    last = objection_cases.sort_values("filed_at").drop_duplicates("appraisal_id", keep="last")
    return last[["appraisal_id", "filed_at", "decided_at", "decision"]].astype("object").rename(
        columns={"filed_at": "objection_filed_at", "decided_at": "objection_decided_at", "decision": "objection_decision"})


def _derivations(frame: pd.DataFrame) -> pd.Series:
    """Name what decides the steps: two appraisals with the same name have the same derivation."""
    read = frame[list(_READ)].astype("object")
    read = read.where(read.notna(), None)
    known = {row: _name(row) for row in set(read.itertuples(index=False, name=None))}
    return pd.Series([known[row] for row in read.itertuples(index=False, name=None)], index=frame.index, dtype="object")


def _name(row: tuple[Any, ...]) -> str:
    return hashlib.blake2b(json.dumps([str(v) if v is not None else None for v in row]).encode(), digest_size=6).hexdigest()


def derivation_steps(context: Context, personal_people: pd.DataFrame, personal_appraisals: pd.DataFrame,
                     unit_predikat: pd.DataFrame) -> pd.DataFrame:
    """Derive each kind of result once: the steps with their article, and whether its text was read.

    Returns
    -------
    pandas.DataFrame
        One row a step of one derivation. `values` and `words` are JSON: what is put into the sentence `scoring.step.<key>` as
        it is, and by the key of its words. `source` names article and rule.

    Notes
    -----
    6,500 results have some dozens of derivations, so each is made once. See `scoring.derivation.derive`.
    """
    blank = personal_people.assign(unit_predikat=_achievement(context, personal_people, unit_predikat), rated_by_kind=None,
                                   **dict.fromkeys(_RATED))
    both = [f[["derivation", *_READ]].astype("object") for f in (blank, personal_appraisals)]
    kinds = pd.concat(both, ignore_index=True).drop_duplicates("derivation")
    rows = []
    for kind in kinds.where(kinds.notna(), None).to_dict("records"):
        if kind["instrument"] in names():
            steps = derive({**{str(k): v for k, v in kind.items()}, "period_end": context.period.end}, load(str(kind["instrument"])))
            rows += [{"derivation": kind["derivation"], **_row(n, step)} for n, step in enumerate(steps)]
    return pd.DataFrame(rows, columns=["derivation", "order", "step", "source", "instrument", "confirmed", "values", "words"])


def _row(order: int, step: Step) -> dict[str, object]:
    title = load(step.instrument).title
    source = title if step.article == title else f"{title.split(' tentang ')[0]}, {step.article}"
    return {"order": order, "step": step.key, "source": source, "instrument": step.instrument, "confirmed": step.confirmed,
            "values": _json(step.values), "words": _json(step.words)}


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False)


def personal_history(context: Context, roster: pd.DataFrame, personal_people: pd.DataFrame) -> pd.DataFrame:
    """Give the official results of each person in all periods of the window.

    Returns
    -------
    pandas.DataFrame
        One row a person and period in which she was expected; words are missing where she has no result.
    """
    own = roster[roster["person_id"].isin(personal_people["person_id"]).to_numpy(dtype=bool)]
    return own[["person_id", "period", "instrument", *_RATED]]
