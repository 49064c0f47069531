"""The day on which a person was first told what her result is now: a later release that repeats it gives no new days for an objection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from evalkit.derive.release import Release, frozen_table
from evalkit.tables.study import Study

_TABLE = "personal_appraisals"
_RESULT = ["appraisal_id", "hasil_kerja", "perilaku_kerja", "predikat"]


def day_of(study: Study, made_at: str) -> date:
    """Give the day of a release where the study is."""
    return datetime.fromisoformat(made_at).astimezone(ZoneInfo(study.timezone)).date()


def first_told(study: Study, before: Sequence[Release], appraisals: pd.DataFrame) -> dict[str, date]:
    """Give each person whose result has not changed since an earlier release the day of the first one that told it.

    Parameters
    ----------
    study : Study
        Where the frozen tables are.
    before : sequence of Release
        The earlier releases of the period, the oldest first.
    appraisals : pandas.DataFrame
        `personal_appraisals` of the release in the making.

    Returns
    -------
    dict of str to date
        Person -> day. A person is left out who has no result, who has another one than in the last release, or whom no earlier
        release told: only a release with pages of employees tells them.

    Raises
    ------
    DeriveError
        If a frozen table is gone or damaged.

    Notes
    -----
    A result is the appraisal that counts and its three words. One that changed and changed back was told anew.
    """
    now = _results(appraisals)
    same, found = set(now), dict[str, date]()
    for release in reversed(before):
        if _TABLE not in release.tables:
            break
        then = _results(frozen_table(study, release, _TABLE))
        same = {person for person in same if then.get(person) == now[person]}
        if "employees" in release.kinds:
            found |= dict.fromkeys(same, day_of(study, release.made_at))
    return found


def _results(appraisals: pd.DataFrame) -> dict[str, tuple[object, ...]]:
    own = appraisals[appraisals["status"].eq("official").to_numpy(dtype=bool)].astype(object)
    words = own[_RESULT].where(own[_RESULT].notna(), None)
    return dict(zip(own["person_id"].astype(str), words.itertuples(index=False, name=None), strict=True))
