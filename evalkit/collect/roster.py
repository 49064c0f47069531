"""Who works where and for whom, as of a period: what forms about people start from."""

from __future__ import annotations

import re
from difflib import get_close_matches

import pandas as pd

from evalkit.errors import StudyError
from evalkit.language.catalogue import say
from evalkit.tables import store
from evalkit.tables.periods import parse
from evalkit.tables.study import Study
from evalkit.tables.unit_names import Units

_FOLDER = re.compile(r"[^a-z0-9]+")
COLUMNS = ("person_id", "unit_id", "opd_id", "post_title", "post_type", "superior_id", "is_head")


def roster(study: Study, period: str, unit: str | None = None) -> pd.DataFrame:
    """Give the people in service at the end of a period, each once, in her definitive post.

    Parameters
    ----------
    study : Study
        The study.
    period : str
        The period.
    unit : str, optional
        An office or unit, by id or name: only its people.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, by office, unit and person. The superior is that of the person's latest appraisal up to the period,
        unless the employee list names one; missing where neither does.

    Raises
    ------
    StudyError
        If the unit is unknown or its name stands for several.
    """
    end = parse(period).end
    posts = store.read(study, "assignments")
    day = pd.Timestamp(end)
    begun = pd.to_datetime(posts["valid_from"].astype("object")) <= day
    open_ = posts["valid_to"].isna() | (pd.to_datetime(posts["valid_to"].astype("object")) >= day)
    posts = posts[(begun & open_ & ~posts["is_acting"].astype(bool)).to_numpy(dtype=bool)].astype(object)
    posts = posts.sort_values(["person_id", "valid_from"]).drop_duplicates("person_id", keep="last")
    units = Units.of(store.read(study, "units"))
    kinds = store.read(study, "person_attributes").astype(object).drop_duplicates("person_id", keep="last")
    frame = posts.assign(opd_id=[units.office(u) or u for u in posts["unit_id"]],
                         post_type=posts["person_id"].map(kinds.set_index("person_id")["post_type"]))
    frame["superior_id"] = frame["superior_id"].where(frame["superior_id"].notna(), frame["person_id"].map(_superiors(study, period)))
    gone = _excluded(study, day)
    frame = frame[~frame["person_id"].isin(gone)]
    if unit is not None:
        wanted = unit_of(study, unit)
        frame = frame[(frame["opd_id"] == wanted) | (frame["unit_id"] == wanted)]
    return frame[list(COLUMNS)].sort_values(["opd_id", "unit_id", "person_id"]).reset_index(drop=True)


def _superiors(study: Study, period: str) -> dict[str, str]:
    rows = store.read(study, "appraisals")
    rows = rows[(rows["superior_id"].notna() & ~rows["is_acting"].astype(bool)).to_numpy(dtype=bool)]
    ends = {str(p): pd.Timestamp(parse(str(p)).end) for p in rows["period"].unique()}
    rows = rows.assign(end=pd.Series([ends[str(p)] for p in rows["period"]], index=rows.index, dtype="datetime64[s]"))
    rows = rows[(rows["end"] <= pd.Timestamp(parse(period).end)).to_numpy(dtype=bool)].sort_values(["end", "exported_at"], kind="stable")
    last = rows.astype({"person_id": object, "superior_id": object}).drop_duplicates("person_id", keep="last")
    return dict(zip(last["person_id"], last["superior_id"], strict=True))


def _excluded(study: Study, day: pd.Timestamp) -> set[str]:
    rows = store.read(study, "exclusions")
    begun = pd.to_datetime(rows["valid_from"].astype("object")) <= day
    still = rows["valid_to"].isna() | (pd.to_datetime(rows["valid_to"].astype("object")) >= day)
    return set(rows.loc[(begun & still).to_numpy(dtype=bool), "person_id"].astype(object))


def unit_of(study: Study, unit: str) -> str:
    """Give the id of a unit that is named by id, by name, or by its name as folders have it (dinas-kesehatan).

    Raises
    ------
    StudyError
        If none or several bear the name.
    """
    units = Units.of(store.read(study, "units"))
    found = units.find(unit, office=True) or units.find(f"name:{unit}", office=True)
    if not found:
        found = tuple(u for u, n in units.names.items() if _FOLDER.sub("-", n.casefold()).strip("-") == unit.casefold() and units.office(u) == u)
    if len(found) != 1:
        near = get_close_matches(unit.casefold(), [n.casefold() for n in units.names.values()], n=1)
        like = next((n for n in units.names.values() if near and n.casefold() == near[0]), "")
        raise StudyError(say("forms.no_unit_near" if like else "forms.no_unit", study.language, unit=unit[:80], n=len(found), near=like))
    return found[0]


def evaluators(people: pd.DataFrame) -> pd.DataFrame:
    """Give those who have people to rate: `person_id`, `opd_id` and `n` people, by office.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b", "c"], "opd_id": ["o"] * 3, "superior_id": [None, "a", "a"]})
    >>> evaluators(rows).to_numpy().tolist()
    [['a', 'o', 2]]
    """
    counts = people.dropna(subset=["superior_id"]).groupby("superior_id").size().rename("n")
    known = people.drop_duplicates("person_id").set_index("person_id")["opd_id"]
    frame = counts[counts.index.isin(known.index)].reset_index().rename(columns={"superior_id": "person_id"})
    frame["opd_id"] = frame["person_id"].map(known)
    return frame[["person_id", "opd_id", "n"]].sort_values(["opd_id", "person_id"]).reset_index(drop=True)
