"""Sent by calendar or place: the dip and the trends before training first, then waves against those not yet trained."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from evalkit.impact.assignment import Assignment
from evalkit.impact.attrition import attrition
from evalkit.impact.bounds import leaver_bounds
from evalkit.impact.checks import attrition_check, clusters_check, comparison_check, dip_checks, rater_check
from evalkit.impact.diff_in_diff import GroupTime, event_study, group_time, overall_weights
from evalkit.impact.panel import Panel, keep
from evalkit.impact.question import Material, Question
from evalkit.impact.regression_to_mean import dip_test
from evalkit.impact.verdict import NEXT_STEPS, Check, Described, Effect, Verdict, withhold
from evalkit.inference.cluster_covariance import Contrast

FEWEST_DF = 2.0


def judge_calendar(question: Question, found: Assignment, data: Material, base: Verdict) -> Verdict:
    """Check the dip, the trends, leavers and raters; then the average effect on those trained, by wave and period."""
    panel, before, after, sent = data.panel, data.before, data.after, data.sent
    fit = group_time(panel)
    checks = [comparison_check(found), clusters_check(found)]
    if fit.reason:
        late = fit.reason == "nobody_sent" and found.n_sent > 0  # they were trained by the first period in which the outcome stands
        if late:
            return replace(base, status="not_estimable", reason="not_measured_before", grade_reason="not_measured_before",
                           next_step="measure_before_and_after", checks=tuple(checks))
        step = "measure_before_and_after" if fit.reason == "one_period" else NEXT_STEPS["comparison"]
        return replace(base, status="not_estimable", reason=fit.reason, grade_reason=fit.reason, next_step=step, checks=tuple(checks))
    started = ~np.isnan(before)
    checks += [*dip_checks(dip_test(fit)), attrition_check(attrition(~np.isnan(after[started]), sent[started])), rater_check(data)]
    main = fit.contrast(overall_weights(fit))
    checks += _sides(main)
    verdict = replace(base, checks=tuple(checks), bounds=leaver_bounds(question, (after - before)[started], sent[started]))
    if verdict.failed:
        return withhold(verdict)
    events = event_study(fit, level=question.conf_level, seed=question.seed)
    return replace(verdict, status="estimated", reason="", effect=_effect(question, fit, main, before), events=events,
                   leavers=_leavers(question, panel, main, fit))


def _sides(main: Contrast) -> list[Check]:
    """Whether the effect itself has an error that can be seen: a wave of one unit has none."""
    if main.reason:
        return [Check("clusters", "failed", main.reason, {"clusters": float(main.n_clusters)})]
    return [Check("clusters", "failed", "too_few_degrees_of_freedom", {"df": main.df})] if main.df < FEWEST_DF else []


def _effect(question: Question, fit: GroupTime, main: Contrast, before: np.ndarray) -> Effect:
    low, high = main.interval(question.conf_level)
    known = before[~np.isnan(before)]
    sd = float(np.std(known, ddof=1)) if len(known) > 2 else math.nan
    return Effect(main.estimate, main.std_error, main.df, low, high, main.p_value, sd, "group_time_average", fit.n, fit.n_treated, main.n_clusters,
                  question.conf_level)


def _leavers(question: Question, panel: Panel, main: Contrast, fit: GroupTime) -> tuple[Described, ...]:
    """Everybody seen in both periods of a cell, beside only those seen in every period; only where somebody was not."""
    if panel.seen_always.all():
        return ()
    balanced = group_time(keep(panel, "balanced"))
    rows = [Described("all_available", main.estimate, fit.n, *main.interval(question.conf_level))]
    if not balanced.reason:
        other = balanced.contrast(overall_weights(balanced))
        rows.append(Described("balanced", other.estimate, balanced.n, *other.interval(question.conf_level)))
    return tuple(rows)
