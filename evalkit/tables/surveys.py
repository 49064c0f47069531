"""Surveys without names: perceived fairness, and what participants say of a course."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.form_sheets import versions
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import empty_people
from evalkit.tables.rating_rows import WHOLE, read_answers, read_periods
from evalkit.tables.validate import Finder, repeats


def read_survey(rows: Rows, context: Context) -> Parsed:
    """Read a survey into the table `survey_responses`, one row a respondent and question.

    Parameters
    ----------
    rows : Rows
        One row a respondent, one column a question.
    context : Context
        A stated period counts where the form has none.

    Returns
    -------
    Parsed
        `respondent_id` is the random code of the form. Unanswered questions are rows without a response.

    Examples
    --------
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("Responden", "R2K7"), ("Periode", "2026-Q3"), ("Kelompok", "Fungsional"),
    ...            ("Penilai mengenal pekerjaan saya", 4.0))
    >>> frame = read_survey(collect(recognise([Sheet("S", columns, 2)], "survei.xlsx")), Context()).frames["survey_responses"]
    >>> frame.dropna(subset=["response"])[["question", "response", "coarse_group"]].to_numpy().tolist()
    [['penilai_mengenal', 4.0, 'fungsional']]
    """
    finder, title = Finder(rows), context.title(rows)
    respondent = rows.text("respondent")
    finder.add("form.no_respondent", respondent.isna().to_numpy(dtype=bool), "respondent")
    named = respondent.str.contains(r"\d{9,}") | (versions(rows).notna() & ~respondent.str.fullmatch("[A-Z2-7]{8}"))
    finder.add("form.respondent_named", named.fillna(False).to_numpy(dtype=bool), "respondent", hidden=True)
    period = read_periods(finder, context.period or title.period)
    answers = read_answers(finder, rows.layout)
    group = pd.Series(pc.utf8_lower(pa.array(rows.text("group"))), dtype=TEXT)
    key = respondent.astype(object) + "|" + period.astype(object)
    copies, conflicts = repeats(key.where(~pd.Series(finder.refused)), pd.DataFrame({**answers, "group": group}))
    finder.add("form.conflict", conflicts, "respondent")
    finder.add("form.copy", copies, "respondent")
    base = pd.DataFrame({"respondent_id": respondent, "period": period, "coarse_group": group, "course_id": rows.text("course_id"),
                         "form_version": versions(rows), "row": pd.Series(rows.row, dtype=WHOLE)})[~finder.refused]
    parts = [base.assign(question=question, response=values[~finder.refused]) for question, values in answers.items()]
    frame = pd.concat(parts, ignore_index=True) if parts else base.assign(question="", response=np.nan).iloc[:0]
    frame = frame.assign(instrument=rows.layout.instrument).astype({"question": TEXT, "instrument": TEXT})
    said = period.dropna().unique().tolist()
    return finish(finder, {"survey_responses": frame}, empty_people(), title, period=str(said[0]) if len(said) == 1 else None)
