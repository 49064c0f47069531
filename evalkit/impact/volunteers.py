"""People who chose the training themselves: a comparison at the same past, and no effect claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.impact.ancova import ancova
from evalkit.impact.assignment import Assignment
from evalkit.impact.baseline_equivalence import baseline_equivalence
from evalkit.impact.checks import baseline_check, comparison_check
from evalkit.impact.question import Material, Question
from evalkit.impact.verdict import Described, Verdict


def judge_volunteers(question: Question, found: Assignment, data: Material, base: Verdict) -> Verdict:
    """Describe volunteers beside others of the same past; whoever wants to learn may rise without a course, so it is no effect."""
    before, after, sent = data.before, data.after, data.sent
    both = ~np.isnan(before) & ~np.isnan(after)
    checks = [comparison_check(found), baseline_check(baseline_equivalence(before[both], sent[both]), adjusted=True)]
    verdict = replace(base, status="withheld", reason="volunteers_may_rise_anyway", grade="description", grade_reason="chose_themselves",
                      next_step="draw_the_seats", checks=tuple(checks))
    if not both.any():
        return replace(verdict, reason="no_past_score", next_step="measure_before_and_after", grade="none", grade_reason="no_past_score")
    line = ancova(after, sent, before, data.cluster, level=question.conf_level, seed=question.seed, wild=False)
    if line.effect is None:
        return verdict
    same = Described("difference_at_same_past", line.effect.estimate, line.n, line.effect.conf_low, line.effect.conf_high)
    return replace(verdict, described=(*verdict.described, same))
