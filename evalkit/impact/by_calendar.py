"""Sent by calendar or place: the dip and the trends before training first, then waves against those not yet trained."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from evalkit.impact.ancova import WILD_BELOW
from evalkit.impact.assignment import Assignment
from evalkit.impact.attrition import attrition
from evalkit.impact.baseline_equivalence import baseline_equivalence
from evalkit.impact.bounds import leaver_bounds
from evalkit.impact.checks import attrition_check, clusters_check, comparison_check, dip_checks, dip_within, levels_check, rater_check
from evalkit.impact.diff_in_diff import GroupTime, event_study, group_time, overall_weights
from evalkit.impact.panel import Panel, keep
from evalkit.impact.question import Material, Question, last_seen
from evalkit.impact.regression_to_mean import dip_test
from evalkit.impact.verdict import NEXT_STEPS, Check, Described, Effect, Verdict, withhold
from evalkit.inference.cluster_covariance import Contrast
from evalkit.inference.wild_means import WildMeans

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
    dip = dip_test(fit)
    checks += [*dip_checks(dip), attrition_check(attrition(~np.isnan(after[started]), sent[started])), rater_check(data),
               _levels(data)]
    main = fit.contrast(overall_weights(fit))
    few = fit.wild(overall_weights(fit), level=question.conf_level, seed=question.seed) if main.n_clusters < WILD_BELOW and not main.reason else None
    checks += _sides(main, few)
    verdict = replace(base, checks=tuple(checks), bounds=leaver_bounds(question, (after - before)[started], sent[started]))
    if verdict.failed:
        return withhold(verdict)
    effect = _effect(question, fit, main, before, few)
    told = replace(verdict, status="estimated", reason="", effect=effect)
    half = dip_within(dip, effect.estimate) if told.claims else None
    if half is not None:
        return withhold(replace(verdict, checks=tuple(half if c.name == "dip" else c for c in verdict.checks)))
    events = event_study(fit, level=question.conf_level, seed=question.seed)
    return replace(told, events=events, leavers=_leavers(question, panel, effect, fit))


def _levels(data: Material) -> Check:
    """Both sides in the same period, the last before the first course, of people seen before and after."""
    first = min(data.panel.starts.values())
    seen = ~np.isnan(data.before) & ~np.isnan(data.after)
    return levels_check(baseline_equivalence(last_seen(data.panel.value[:, :first])[seen], data.sent[seen]))


def _sides(main: Contrast, few: WildMeans | None) -> list[Check]:
    """Whether the effect itself has an error that can be seen: a wave of one unit has none; and whether signs of units can rule anything out."""
    if main.reason:
        return [Check("clusters", "failed", main.reason, {"clusters": float(main.n_clusters)})]
    if main.df < FEWEST_DF:
        return [Check("clusters", "failed", "too_few_degrees_of_freedom", {"df": main.df})]
    open_ended = few is not None and not (math.isfinite(few.low) and math.isfinite(few.high))
    return [Check("clusters", "failed", "signs_rule_nothing_out", {"clusters": float(main.n_clusters)})] if open_ended else []


def _effect(question: Question, fit: GroupTime, main: Contrast, before: np.ndarray, few: WildMeans | None) -> Effect:
    """The average effect; with few units its range is the wider of both ways, so that neither alone can exclude zero."""
    low, high = main.interval(question.conf_level)
    known = before[~np.isnan(before)]
    sd = float(np.std(known, ddof=1)) if len(known) > 2 else math.nan
    found = Effect(main.estimate, main.std_error, main.df, low, high, main.p_value, sd, "group_time_average", fit.n, fit.n_treated, main.n_clusters,
                   question.conf_level)
    if few is None:
        return found
    return replace(found, conf_low=min(low, few.low), conf_high=max(high, few.high), wild_p=few.test.p_value, wild_low=few.low, wild_high=few.high)


def _leavers(question: Question, panel: Panel, main: Effect, fit: GroupTime) -> tuple[Described, ...]:
    """Everybody seen in both periods of a cell, beside only those seen in every period; only where somebody was not."""
    if panel.seen_always.all():
        return ()
    balanced = group_time(keep(panel, "balanced"))
    rows = [Described("all_available", main.estimate, fit.n, main.conf_low, main.conf_high)]
    if not balanced.reason:
        other = balanced.contrast(overall_weights(balanced))
        rows.append(Described("balanced", other.estimate, balanced.n, *other.interval(question.conf_level)))
    return tuple(rows)
