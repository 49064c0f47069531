"""The state of a period: which files count for it, and whether its reports are behind its data."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from evalkit.tables.imports import add
from evalkit.tables.status import describe, periods_of
from evalkit.tables.study import Study
from tests.tables.hand_made import RECEIVED, appraisal, employee, employees_of, post, ratings_of, tree, write

pytestmark = pytest.mark.usefixtures("by_hand")


@pytest.fixture
def filled(study: Study, tmp_path: Path) -> Study:
    fault = {"rule": "person.collision", "severity": "error", "record_key": "a1"}
    inbox = tmp_path / "in"
    add(study, [write(inbox, "1.json", tree()), write(inbox, "2.json", employees_of([employee(1)], [post(1)], "2026-09-30")),
                write(inbox, "3.json", ratings_of([appraisal(1)], faults=[fault]))], received_at=RECEIVED)
    return study


def test_an_empty_study_lacks_what_a_report_needs(study: Study) -> None:
    status = describe(study, "2026-Q3")
    assert periods_of(study) == ()
    assert status.lacking == ("units", "employees", "appraisals")
    assert (status.faults_open, status.report, status.due_confirmed) == (0, "none", False)


def test_files_count_for_the_periods_they_are_about(filled: Study) -> None:
    now, before, after = (describe(filled, p) for p in ("2026-Q3", "2026-Q2", "2026-Q4"))
    assert now.lacking == ()
    assert before.lacking == ("appraisals",)
    assert after.lacking == ("employees", "appraisals")
    assert (now.faults_open, now.errors_open, before.faults_open) == (1, 1, 0)
    assert periods_of(filled) == ("2026-Q3",)


def test_a_report_is_behind_when_something_came_in_after_it(filled: Study, tmp_path: Path) -> None:
    page = filled.reports / "2026-Q3" / "draft" / "office" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("x", encoding="utf-8")
    assert describe(filled, "2026-Q3").report == "current"
    old = datetime(2020, 1, 1).timestamp()
    os.utime(page, (old, old))
    assert describe(filled, "2026-Q3").report == "outdated"


def test_a_month_is_not_the_quarter_that_is_rated(study: Study, tmp_path: Path) -> None:
    """A monthly export lay in the quarter, so it was ticked while nobody was rated and the next step was a report."""
    month = ratings_of([appraisal(1)], period="2026-09")
    add(study, [write(tmp_path / "in", "1.json", month)], received_at=RECEIVED)
    assert "appraisals" in describe(study, "2026-Q3").lacking and "appraisals" not in describe(study, "2026-09").lacking
