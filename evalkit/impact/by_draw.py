"""Seats drawn by lot: whoever was drawn against whoever was not yet, whether they went or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.ancova import Ancova, ancova
from evalkit.impact.assignment import Assignment
from evalkit.impact.attrition import attrition
from evalkit.impact.baseline_equivalence import baseline_equivalence
from evalkit.impact.bounds import leaver_bounds
from evalkit.impact.by_lot import Drawing, drawing
from evalkit.impact.checks import attrition_check, baseline_check, clusters_check, comparison_check, rater_check
from evalkit.impact.compliers import complier_effect
from evalkit.impact.question import Material, Question
from evalkit.impact.verdict import NEXT_STEPS, UNITS_DRAWN, Check, Described, Effect, Verdict, withhold
from evalkit.impact.windows import Windows
from evalkit.inference.randomisation import randomisation_p


def judge_draw(question: Question, found: Assignment, data: Material, base: Verdict) -> Verdict:
    """Check leavers, raters and likeness; then the effect of being drawn, its randomisation p-value, and the effect on those who went."""
    made = drawing(question, found, data)
    rows = made.rows
    stayed = ~np.isnan(rows.after)
    both = stayed & ~np.isnan(rows.before)
    left = attrition_check(attrition(stayed, rows.sent))
    checks = [comparison_check(found), clusters_check(found), left, rater_check(data), *([made.check] if made.check else [])]
    if left.outcome == "failed" and both.any():  # a draw makes both sides alike; only who left can part them
        checks.append(baseline_check(baseline_equivalence(rows.before[both], rows.sent[both]), adjusted=True))
    line = _line(question, made, np.ones(len(stayed), dtype=bool))
    verdict = replace(base, checks=tuple(checks), bounds=leaver_bounds(question, rows.after, rows.sent), left_out=made.left_out)
    if verdict.failed:
        return withhold(verdict)
    if line.effect is None:
        return replace(verdict, status="not_estimable", reason=line.reason, grade_reason=line.reason, next_step=NEXT_STEPS["clusters"])
    effect = _tested(question, made, line.effect)
    if effect is None:
        few = Check("clusters", "failed", "lot_rules_nothing_out", {"clusters": float(line.n_clusters)})
        return withhold(replace(verdict, checks=(*(c for c in checks if c.name != few.name), few)))
    return replace(verdict, status="estimated", reason="", effect=effect, compliers=_compliers(question, made, line),
                   leavers=_leavers(question, made, line))


def _filled(rows: Windows) -> NDArray[np.float64] | None:
    """The past, where at least half have one; a missing one is the mean of all (harmless after a draw, which does not look at it)."""
    known = ~np.isnan(rows.before)
    if known.mean() < 0.5 or np.ptp(rows.before[known]) == 0:
        return None
    return np.where(known, rows.before, rows.before[known].mean())


def _line(question: Question, made: Drawing, kept: NDArray[np.bool_]) -> Ancova:
    rows = made.rows
    past = _filled(rows)
    known = rows.before[~np.isnan(rows.before)]
    sd = float(np.std(known, ddof=1)) if len(known) > 2 else None
    return ancova(rows.after[kept], rows.sent[kept], None if past is None else past[kept], rows.unit[kept], strata=rows.block[kept], sd=sd,
                  level=question.conf_level, seed=question.seed, chance=None if made.chance is None else made.chance[kept])


def _leavers(question: Question, made: Drawing, line: Ancova) -> tuple[Described, ...]:
    """All that were seen after, beside only those seen in every period; only where somebody was not."""
    rows = made.rows
    if rows.whole.all() or line.effect is None:
        return ()
    other = _line(question, made, rows.whole)
    found = [("all_available", line)] + ([("balanced", other)] if other.effect else [])
    return tuple(Described(name, r.effect.estimate, r.n, r.effect.conf_low, r.effect.conf_high) for name, r in found if r.effect)


def _tested(question: Question, made: Drawing, effect: Effect) -> Effect | None:
    """Test by the draw repeated; of whole units with unequal chances the range is the wider of CR2 and of the effects that this does not reject.

    None where the lot drawn again rejects no effect on a side, however large: CR2 alone is too narrow there.
    """
    if made.again is None:
        return replace(effect, method="drawn_ancova", randomisation_p=_blind(question, made))
    p, low, high = made.test(_filled(made.rows), 1 - question.conf_level)
    if not np.isfinite([low, high]).all():
        return None
    return replace(effect, method=UNITS_DRAWN, randomisation_p=p, conf_low=min(effect.conf_low, low), conf_high=max(effect.conf_high, high))


def _blind(question: Question, made: Drawing) -> float:
    rows = made.rows
    seen = ~np.isnan(rows.after)
    past = _filled(rows)
    return randomisation_p(rows.after[seen], rows.sent[seen], blocks=rows.block[seen], units=rows.unit[seen], seed=question.seed,
                           covariates=None if past is None else past[seen]).p_value


def _compliers(question: Question, made: Drawing, line: Ancova) -> Effect | None:
    rows = made.rows
    if (rows.went == rows.sent).all():
        return None
    return complier_effect(rows.after, rows.sent, rows.went, _filled(rows), rows.unit, strata=rows.block, sd=line.sd, level=question.conf_level,
                           chance=made.chance)
