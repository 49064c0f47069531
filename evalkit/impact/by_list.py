"""Whether a course invited whom its lot had drawn: only then are those invited and the others alike by chance."""

from __future__ import annotations

from dataclasses import replace

from evalkit.impact.checks import LEAST_COMPLIANCE
from evalkit.impact.verdict import Check, Verdict, withhold


def lot_check(seated: int, moved: int, *, kept: bool = True) -> Check:
    """Compare the list of the lot with the invitations.

    Parameters
    ----------
    seated : int
        People with a seat by lot in the waves that were held.
    moved : int
        Seats that others had: people invited without a seat by lot, or with one and not invited, whichever are more.
    kept : bool
        Whether the list is there, and what its digest says.

    Returns
    -------
    Check
        `compliance`: failed where more than one seat in twenty was moved, adjusted (said, but not withheld) where fewer were, not done without
        the list.

    Examples
    --------
    >>> [lot_check(100, n).outcome for n in (0, 5, 6)], lot_check(0, 0, kept=False).outcome
    (['passed', 'adjusted', 'failed'], 'not_done')
    """
    if not kept:
        return Check("compliance", "not_done", "list_of_the_lot_gone")
    figures = {"compliance": 1 - moved / seated if seated else 0.0}
    if not moved:
        return Check("compliance", "passed", "", figures)
    if moved > (1 - LEAST_COMPLIANCE) * seated + 1e-9:
        return Check("compliance", "failed", "list_departs_from_lot", figures)
    return Check("compliance", "adjusted", "few_depart_from_lot", figures)


def judge_list(verdict: Verdict, check: Check) -> Verdict:
    """Give the verdict on a drawn course with this check; a failed one withholds the effect.

    Examples
    --------
    >>> from evalkit.impact.verdict import Effect
    >>> effect = Effect(2.0, 0.8, 20.0, 0.3, 3.7, 0.02, 10.0, "drawn_ancova", 40, 20, 40)
    >>> one = Verdict("c", "score", "points", "drawn", "estimated", "", "strong", "drawn_by_lot", (), "repeat_and_follow_up", effect=effect)
    >>> found = judge_list(one, lot_check(100, 30))
    >>> found.status, found.reason, found.effect, judge_list(one, lot_check(100, 0)).effect is effect
    ('withheld', 'list_departs_from_lot', None, True)
    """
    checks = (*(c for c in verdict.checks if c.name != check.name), check)
    if check.outcome != "failed" or verdict.effect is None:
        return replace(verdict, checks=checks)
    return withhold(replace(verdict, status="withheld", reason=check.reason, checks=checks, effect=None, compliers=None, bounds=(), leavers=(),
                            second_opinion=(), events=None, cost_per_point=None))
