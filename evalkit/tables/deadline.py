"""Until when the appraisals of a period are due."""

from __future__ import annotations

from datetime import date, timedelta

from evalkit.tables.periods import Period
from evalkit.tables.study import Study


def due_at(period: Period, study: Study) -> date:
    """Give the last day on which the appraisals of a period are due.

    ``due = end of the period + due_days`` (calendar days, from `[calendar] due_days` of the study).

    Parameters
    ----------
    period : Period
        The period that is rated.
    study : Study
        Its calendar; where `due_days` stands in `calendar.unconfirmed`, a page must say that the day is unconfirmed.

    Notes
    -----
    No source for the day count was found: it is a setting, and unconfirmed unless the office says otherwise.
    """
    return period.end + timedelta(days=study.calendar.due_days)
