"""Judge one course by one outcome: how people were sent picks the design, checks come first, and what fails is withheld."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.assignment import Assignment, read_assignment
from evalkit.impact.by_calendar import judge_calendar
from evalkit.impact.by_draw import judge_draw
from evalkit.impact.by_score import judge_score
from evalkit.impact.checks import clusters_check, comparison_check
from evalkit.impact.question import Material, Question, material
from evalkit.impact.regression_to_mean import selection_alone
from evalkit.impact.verdict import NEXT_STEPS, UNITS_DRAWN, Check, Described, Effect, Grade, Status, Verdict
from evalkit.impact.volunteers import judge_volunteers
from evalkit.impact.waiting import until_last_wave
from evalkit.impact.windows import one_step

JUDGES = {"drawn": judge_draw, "score": judge_score, "calendar": judge_calendar, "place": judge_calendar, "volunteer": judge_volunteers}
GRADES: dict[str, tuple[Grade, str]] = {"drawn": ("strong", "drawn_by_lot"), "score": ("with_reservations", "sent_by_score"),
                                        "calendar": ("with_reservations", "sent_by_calendar"), "place": ("with_reservations", "sent_by_place")}


def assess(question: Question, people: pd.DataFrame, values: pd.DataFrame) -> Verdict:
    """Judge a course.

    Parameters
    ----------
    question : Question
        What the plan asks.
    people : pandas.DataFrame
        One row a person of the population of the course, sent or not: `person_id`, `invited` (drawn, called or enrolled); and where known
        `assigned_by`, `cluster` (unit), `stratum` (within which seats were drawn), `score`, `cut`, `wave` (first period that counts as
        trained, for those sent), `begun` (the period in which the course was held, where that is an earlier one), `completed`.
    values : pandas.DataFrame
        The outcome, one row a person and period: `person_id`, `period` (sortable, in the terms of `wave`), `value`, and where ratings are
        the outcome `rater_id`.

    Returns
    -------
    Verdict
        With an effect only if the design can answer and no check failed.

    Raises
    ------
    EstimationError
        If a column is absent, a person has two rows, or two values in one period.

    Notes
    -----
    Nothing depends on the order of the rows. Where everybody is sent in waves that were drawn, or set by calendar or place, those of the last
    wave are the comparison until their turn (`evalkit.impact.waiting.until_last_wave`). Degenerate data (nobody or everybody sent at once, one
    cluster, one period, a constant outcome) give a verdict with a reason and a next step.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abcd"), "invited": [True, True, False, False], "assigned_by": ["volunteer"] * 2 + [None] * 2,
    ...                        "wave": [2, 2, None, None]})
    >>> values = pd.DataFrame({"person_id": list("abcd") * 2, "period": [1] * 4 + [2] * 4, "value": [5.0, 6, 5, 6, 8, 9, 6, 7]})
    >>> found = assess(Question("bimtek", "score"), people, values)
    >>> found.status, found.reason, found.effect is None, found.next_step
    ('withheld', 'volunteers_may_rise_anyway', True, 'draw_the_seats')
    """
    people, values, waiting = until_last_wave(people, values)
    found = replace(read_assignment(people, sent_if=question.sent_if, at_cut=question.at_cut), n_waiting=waiting)
    data = material(people, values)
    base = Verdict(question.course_id, question.outcome, question.unit, found.design, "not_estimable", "not_judged", "none", "not_judged", (), "",
                   level=question.level, better=question.better, role=question.role, n=found.n, n_sent=found.n_sent + waiting,
                   n_clusters=found.n_clusters, described=_described(data), selection_alone=_alone(question, data))
    first = _first_refusal(question, found, data)
    if first:
        return replace(base, status=first[0], reason=first[1], grade_reason=first[1], next_step=first[2], checks=tuple(first[3]))
    return _settled(question, JUDGES[found.design](question, found, data, base))


def _first_refusal(question: Question, found: Assignment, data: Material) -> tuple[Status, str, str, list[Check]] | None:
    """What ends the matter before any estimate: reactions, nobody to compare, no way known, no outcome, too few units."""
    check = comparison_check(found)
    if question.level == 1:
        return "withheld", "reaction_is_not_impact", "measure_learning", [check]
    if check.outcome == "failed":
        return "not_estimable", check.reason, NEXT_STEPS["comparison"], [check]
    if found.design == "unknown":
        return "not_estimable", found.reason, "record_how_people_were_sent", [check]
    seen = data.panel.value
    if seen.size and not (data.panel.wave >= 0).any():  # the course begins after the last measure
        return "not_estimable", "no_outcome", "measure_before_and_after", [check]
    if not (~np.isnan(seen)).any():
        return "not_estimable", "no_outcome", "measure_before_and_after", [check]
    if np.nanmax(seen) - np.nanmin(seen) <= 1e-12 * max(1.0, float(np.nanmax(np.abs(seen)))):
        return "not_estimable", "constant_outcome", "take_an_outcome_that_varies", [check]
    if found.design != "volunteer":
        clusters = clusters_check(found)
        if clusters.outcome == "failed":
            return "withheld", clusters.reason, NEXT_STEPS["clusters"], [check, clusters]
    return None


def _settled(question: Question, verdict: Verdict) -> Verdict:
    """Grade, and add the cost of a point, where there is an effect."""
    if verdict.effect is None:
        return verdict
    grade, reason = GRADES[verdict.design]
    if any(c.name == "chances" and c.outcome == "not_done" for c in verdict.checks):
        grade, reason = "with_reservations", "chances_not_known"
    elif verdict.effect.method == UNITS_DRAWN:
        reason = "units_drawn_by_lot"
    step = "find_out_why" if verdict.against else "repeat_and_follow_up" if verdict.claims else "larger_next_time"
    return replace(verdict, grade=grade, grade_reason=reason, next_step=step, cost_per_point=_cost(question, verdict, verdict.effect))


def _cost(question: Question, verdict: Verdict, effect: Effect) -> tuple[float, float, float] | None:
    """Cost of one point for one person, with limits; only where an effect in the wanted direction is claimed."""
    wanted = {"higher": 1.0, "lower": -1.0, "neither": 0.0}[question.better]
    if question.cost is None or not verdict.claims or effect.estimate * wanted <= 0:
        return None
    near, far = sorted((effect.conf_low * wanted, effect.conf_high * wanted))
    each = question.cost / verdict.n_sent
    return (each / abs(effect.estimate), each / far, each / near) if near > 0 else None


def _described(data: Material) -> tuple[Described, ...]:
    """Plain means that are no effects: the change of those sent and of the others, and the difference after."""
    before, after, sent = data.before, data.after, data.sent
    rows = []
    for name, mark in (("change_of_sent", sent), ("change_of_others", ~sent)):
        change = (after - before)[mark]
        change = change[~np.isnan(change)]
        if len(change):
            rows.append(Described(name, float(change.mean()), len(change)))
    one, other = after[sent & ~np.isnan(after)], after[~sent & ~np.isnan(after)]
    if len(one) and len(other):
        rows.append(Described("difference_after", float(one.mean() - other.mean()), len(one) + len(other)))
    return tuple(rows)


def _alone(question: Question, data: Material) -> Described | None:
    """The change that those sent would have shown anyway."""
    rows = one_step(data)
    found = selection_alone(rows.before, rows.after, rows.sent, rows.cluster, windows=rows.window, level=question.conf_level)
    return None if found.reason else Described("expected_change_of_sent", found.expected, found.n, found.low, found.high)
