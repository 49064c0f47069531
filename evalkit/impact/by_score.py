"""Sent by score: the line through the score that selected, the jump at the cut beside it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.ancova import Ancova, ancova
from evalkit.impact.assignment import Assignment, side_of_cut
from evalkit.impact.attrition import attrition
from evalkit.impact.bounds import leaver_bounds
from evalkit.impact.checks import (
    LEVEL,
    attrition_check,
    clusters_check,
    comparison_check,
    compliance_check,
    distinct_check,
    manipulation_check,
    rater_check,
)
from evalkit.impact.compliers import complier_effect
from evalkit.impact.discontinuity import density_at_cut, discontinuity
from evalkit.impact.question import Material, Question
from evalkit.impact.verdict import NEXT_STEPS, Check, Described, Effect, Verdict, withhold

FEWEST_VALUES = 5  # of an outcome that can follow a line
MOST_AT_END = 0.1  # share of people at the lowest or highest value that a line bears


def judge_score(question: Question, found: Assignment, data: Material, base: Verdict) -> Verdict:
    """Check the list, the cut, leavers, raters and the straightness of the line; then the effect of being sent by the rule."""
    score = data.people["score"].to_numpy(dtype=float, na_value=np.nan)
    rule = side_of_cut(data.people["score"], found.cut, sent_if=found.sent_if, at_cut=found.at_cut)
    known = rule.notna().to_numpy(dtype=bool)
    sent = rule.fillna(False).to_numpy(dtype=bool)
    after, cluster = data.after, data.cluster
    density = density_at_cut(score, found.cut, sent_if=found.sent_if, at_cut=found.at_cut)
    checks = [comparison_check(found), clusters_check(found), compliance_check(found), manipulation_check(density), distinct_check(found),
              attrition_check(attrition(~np.isnan(after)[known], sent[known])), rater_check(data)]
    line = ancova(after[known], sent[known], score[known], cluster[known], center=found.cut, level=question.conf_level, seed=question.seed,
                  shape=True, sd=_spread(data))
    checks += [_linearity(line, after[known])] if line.effect else []
    bounds = leaver_bounds(question, after[known], sent[known])
    verdict = replace(base, checks=tuple(checks), bounds=bounds)
    if verdict.failed:
        return withhold(verdict)
    if line.effect is None:
        return replace(verdict, status="not_estimable", reason=line.reason, grade_reason=line.reason, next_step=NEXT_STEPS["clusters"])
    jump = discontinuity(after[known], score[known], found.cut, sent_if=found.sent_if, at_cut=found.at_cut)
    second = () if jump.reason else (Described("jump_at_cut", jump.estimate, jump.n_sent + jump.n_not, jump.conf_low, jump.conf_high),)
    return replace(verdict, status="estimated", reason="", effect=line.effect, second_opinion=second,
                   compliers=_compliers(question, data, line, after, sent, score, known))


def _spread(data: Material) -> float | None:
    """The spread of the outcome before training, or of the score where it was not measured before."""
    before = data.before[~np.isnan(data.before)]
    return float(np.std(before, ddof=1)) if len(before) > 2 and np.ptp(before) > 0 else None


def _linearity(line: Ancova, after: NDArray[np.float64]) -> Check:
    """Whether the outcome follows the score in a line: words and outcomes that stop at an end cannot, and their bends make effects of nothing."""
    values, counts = np.unique(after[~np.isnan(after)], return_counts=True)
    if len(values) < FEWEST_VALUES or max(counts[0], counts[-1]) >= MOST_AT_END * counts.sum():
        return Check("linearity", "failed", "outcome_stops_at_its_end")
    if math.isnan(line.linearity_p):
        return Check("linearity", "not_done", "few_distinct_scores")
    bad = line.linearity_p <= LEVEL
    return Check("linearity", "failed" if bad else "passed", "line_is_bent" if bad else "", {"p_value": line.linearity_p})


def _compliers(question: Question, data: Material, line: Ancova, after: NDArray[np.float64], sent: NDArray[np.bool_],
               score: NDArray[np.float64], known: NDArray[np.bool_]) -> Effect | None:
    went = data.went
    if (went == sent).all():
        return None
    return complier_effect(after[known], sent[known], went[known], score[known], data.cluster[known], sd=line.sd,
                           level=question.conf_level)
