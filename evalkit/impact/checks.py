"""The checks that come before an effect; each is a small record that the page prints, and a failed one withholds."""

from __future__ import annotations

import math

import pandas as pd

from evalkit.impact.assignment import LEAST_DISTINCT, Assignment
from evalkit.impact.attrition import Attrition
from evalkit.impact.baseline_equivalence import Baseline
from evalkit.impact.discontinuity import Density
from evalkit.impact.question import Material
from evalkit.impact.regression_to_mean import Dip
from evalkit.impact.verdict import Check

LEVEL = 0.05  # of the dip and the trend before training: they carry the design
STRICT = 0.01  # of checks that only accompany it
LEAST_COMPLIANCE = 0.95  # share of people whom the rule and the list put on the same side
DIP_WITHIN = 0.4  # share of an effect that may have come back by itself
LARGEST_CHANGE = 0.10  # difference in the share of people who got another rater


def comparison_check(found: Assignment) -> Check:
    """Whether there is anybody to compare with; where all are sent in waves, those of the last one until their turn."""
    figures = {"sent": float(found.n_sent), "not_sent": float(found.n - found.n_sent)}
    if not found.n_sent:
        return Check("comparison", "failed", "nobody_sent", figures)
    if found.n_sent == found.n:
        return Check("comparison", "failed", "everybody_sent", figures)
    return Check("comparison", "passed", "last_wave_waits" if found.n_waiting else "", figures)


def clusters_check(found: Assignment) -> Check:
    """Whether units allow an interval: with two, or one on a side, training cannot be told from the unit."""
    n = found.n_clusters
    figures = {"clusters": float(n), "clusters_sent": float(found.n_clusters_sent), "clusters_not": float(found.n_clusters_not)}
    if n < 2:
        return Check("clusters", "failed", "one_cluster", figures)
    if n == 2:
        return Check("clusters", "failed", "two_clusters", figures)
    if found.by_cluster and min(found.n_clusters_sent, found.n_clusters_not) < 2:
        return Check("clusters", "failed", "one_cluster_on_a_side", figures)
    return Check("clusters", "passed", "", figures)


def compliance_check(found: Assignment) -> Check:
    """Whether the list follows the rule of the cut; people exactly on it are counted on the side that the plan says."""
    figures = {"compliance": found.compliance, "at_cut": float(found.n_at_cut)}
    if not found.compliance >= LEAST_COMPLIANCE:
        return Check("compliance", "failed", "list_departs_from_rule", figures)
    return Check("compliance", "passed" if found.compliance == 1 else "adjusted", "" if found.compliance == 1 else "compared_by_the_rule", figures)


def distinct_check(found: Assignment) -> Check:
    """Whether the score takes enough values for a local method; without them the line alone answers, and the page says so."""
    figures = {"below": float(found.distinct_below), "above": float(found.distinct_above)}
    few = min(found.distinct_below, found.distinct_above) < LEAST_DISTINCT
    return Check("distinct_scores", "not_done" if few else "passed", "few_distinct_scores" if few else "", figures)


def manipulation_check(found: Density) -> Check:
    """Whether people were moved across the cut."""
    if found.reason:
        return Check("manipulation", "not_done", found.reason)
    bad = found.p_value <= STRICT
    return Check("manipulation", "failed" if bad else "passed", "jump_in_numbers_at_cut" if bad else "", {"p_value": found.p_value})


def dip_checks(found: Dip) -> list[Check]:
    """Whether those sent fell just before, and whether they changed otherwise than the others before."""
    if found.dip is None:
        return [Check("dip", "failed", found.reason)]
    figures = {"dip": found.dip.estimate, "p_value": found.dip.p_value, "std_error": found.dip.std_error}
    if found.dip.reason:
        return [Check("dip", "failed", "dip_cannot_be_tested", {"dip": found.dip.estimate})]
    first = Check("dip", "failed" if found.dip.p_value <= LEVEL else "passed",
                  "" if found.dip.p_value > LEVEL else "fell_before" if found.dip.estimate < 0 else "rose_before", figures)
    if math.isnan(found.pre_trend_p):
        return [first, Check("pre_trend", "not_done", "two_periods_before")]
    bad = found.pre_trend_p <= LEVEL
    return [first, Check("pre_trend", "failed" if bad else "passed", "trends_differ_before" if bad else "", {"p_value": found.pre_trend_p})]


def dip_within(found: Dip, effect: float) -> Check | None:
    """Give a failed check where those sent stood below (above) their own past just before by a share `DIP_WITHIN` of the effect; else none.

    That comes back without training, and where units are few its test seldom sees what makes an effect: of a true zero, and units sent because
    they were low, a quarter of the pages claimed one.
    """
    if found.dip is None or not found.below * effect < 0 or abs(found.below) < DIP_WITHIN * abs(effect):
        return None
    return Check("dip", "failed", "dip_may_make_much", {"dip": found.below})


def attrition_check(found: Attrition) -> Check:
    """Whether those who left could have made the effect, by the boundary of the What Works Clearinghouse."""
    if found.reason:
        return Check("attrition", "not_done", found.reason)
    figures = {"overall": found.overall, "difference": found.difference, "allowed": found.allowed}
    return Check("attrition", "passed" if found.low else "failed", "" if found.low else "too_many_left", figures)


def baseline_check(found: Baseline, *, adjusted: bool) -> Check:
    """Whether both sides were alike before; a middling difference must be adjusted for, a large one withholds."""
    if found.band == "not_estimable":
        return Check("baseline", "not_done", found.reason)
    figures = {"difference": found.difference, "points": found.points}
    if found.band == "equivalent":
        return Check("baseline", "passed", "", figures)
    if found.band == "adjust" and adjusted:
        return Check("baseline", "adjusted", "compared_at_the_same_past", figures)
    return Check("baseline", "failed", "not_alike_before", figures)


def levels_check(found: Baseline) -> Check:
    """Whether both sides stood at the same level before, where changes are compared: levels may differ then, and do not withhold.

    Sides that are far apart have less reason to move alike, which is what such a comparison rests on: the reason says so.
    """
    if found.band == "not_estimable":
        return Check("baseline", "not_done", found.reason)
    figures = {"difference": found.difference, "points": found.points}
    if found.band == "equivalent":
        return Check("baseline", "passed", "", figures)
    return Check("baseline", "adjusted", "levels_taken_off" if found.band == "adjust" else "levels_far_apart", figures)


def rater_check(data: Material) -> Check:
    """Whether those sent got other raters more often than the others: then a kinder rater can be the whole effect."""
    if "rater_id" not in data.outcomes:
        return Check("same_raters", "not_done", "raters_not_known")
    rows = data.outcomes.dropna(subset=["rater_id", "value", "period"])
    who = pd.Index(data.panel.person).get_indexer(pd.Index(rows["person_id"].to_numpy(dtype=object)))
    when = pd.Index(data.panel.periods).get_indexer(pd.Index(rows["period"].to_numpy(dtype=object)))
    frame = pd.DataFrame({"who": who, "when": when, "rater": rows["rater_id"].to_numpy(dtype=object)})[who >= 0].sort_values(["who", "when"])
    place, when = frame["who"].to_numpy(), frame["when"].to_numpy()
    before = frame[when < data.begun[place]].groupby("who")["rater"].last()
    after = frame[when >= data.start[place]].groupby("who")["rater"].first()
    both = before.index.intersection(after.index)
    changed = (before[both].to_numpy() != after[both].to_numpy()).astype(float)
    mark = data.sent[both.to_numpy(dtype=int)]
    if not mark.any() or mark.all():
        return Check("same_raters", "not_done", "raters_not_known")
    one, other = float(changed[mark].mean()), float(changed[~mark].mean())
    bad = abs(one - other) > LARGEST_CHANGE
    return Check("same_raters", "failed" if bad else "passed", "raters_changed_with_training" if bad else "",
                 {"changed_sent": one, "changed_not": other})
