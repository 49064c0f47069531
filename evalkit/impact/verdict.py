"""The answer about one course and one outcome: status, failed checks, effect only where it stands, grade of the evidence, next step.

The effect of a verdict that is withheld is not in it: it can neither be printed by mistake nor footnoted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, get_args

import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.multiplicity import Method, adjust
from evalkit.inference.results import Estimate, estimates

Status = Literal["estimated", "withheld", "not_estimable"]
Outcome = Literal["passed", "failed", "adjusted", "not_done"]
Design = Literal["drawn", "score", "calendar", "place", "volunteer", "unknown"]
Grade = Literal["strong", "with_reservations", "description", "none"]
Better = Literal["higher", "lower", "neither"]
# in this order on the page, and in this order they withhold
CHECKS = ("comparison", "clusters", "compliance", "dip", "pre_trend", "manipulation", "distinct_scores", "attrition", "same_raters", "chances",
          "baseline", "linearity", "agreement_of_methods")
NEXT_STEPS: dict[str, str] = {
    "comparison": "keep_untrained_for_comparison", "clusters": "train_more_units", "compliance": "record_who_was_sent", "dip": "draw_the_seats",
    "pre_trend": "draw_the_seats", "manipulation": "draw_the_seats", "distinct_scores": "use_a_finer_score", "attrition": "follow_the_leavers",
    "same_raters": "keep_the_raters", "baseline": "draw_the_seats", "linearity": "draw_the_seats", "agreement_of_methods": "train_more_units",
}

UNITS_DRAWN = "drawn_units"  # whole units by a lot whose chances are known

# The checks that speak of how people were sent; the others speak of one outcome.
OF_THE_SENDING = frozenset({"compliance", "dip", "pre_trend", "manipulation"})


@dataclass(frozen=True)
class Check:
    """One check: `passed`, `failed` (withholds), `adjusted` (a remedy was applied) or `not_done`; `reason` is a code, `figures` its numbers."""

    name: str
    outcome: Outcome
    reason: str = ""
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.name not in CHECKS or self.outcome not in get_args(Outcome):
            raise EstimationError(f"There is no check {self.name!r} with the outcome {self.outcome!r}.")
        object.__setattr__(self, "figures", MappingProxyType(dict(self.figures)))


@dataclass(frozen=True)
class Effect:
    """An effect in the unit of the outcome; `sd` is the standard deviation before training, so ``estimate / sd`` is the effect in SD."""

    estimate: float
    std_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    sd: float
    method: str
    n: int
    n_treated: int
    n_clusters: int
    conf_level: float = 0.95
    wild_p: float = math.nan
    randomisation_p: float = math.nan
    p_adjusted: float = math.nan
    wild_low: float = math.nan
    wild_high: float = math.nan

    @property
    def in_sd(self) -> tuple[float, float, float]:
        """Give the estimate and its limits in standard deviations of the outcome before training."""
        if not self.sd > 0:
            return math.nan, math.nan, math.nan
        return self.estimate / self.sd, self.conf_low / self.sd, self.conf_high / self.sd

    def claimed(self, alpha: float = 0.05) -> bool:
        """Say whether an effect may be claimed.

        The p-value (the adjusted one where there is one) is at most alpha. After a draw the draw repeated must not speak against it: at
        most twice alpha, since with few units it has few values (8 units, 4 drawn: 0.03, 0.06, 0.09). Elsewhere the wild bootstrap, where
        it was run, is at most alpha as well. Whole units with unequal chances: the lot repeated at most alpha. Of four units nothing is claimed.
        """
        main = self.p_value if math.isnan(self.p_adjusted) else self.p_adjusted
        if not math.isnan(self.randomisation_p):
            return main <= alpha and self.randomisation_p <= (1 if self.method == UNITS_DRAWN else 2) * alpha
        return main <= alpha and (math.isnan(self.wild_p) or self.wild_p <= alpha)


@dataclass(frozen=True)
class Described:
    """A difference that is no effect: `name` is a code, `value` in the unit of the outcome (none for bounds), `n` people behind it."""

    name: str
    value: float
    n: int
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Verdict:
    """The answer. `effect` is there only when `status` is "estimated"; `failed` names the failed checks in the order of the page.

    `described` are differences and bounds that are not effects of the training; `selection_alone` is the change that those sent would have shown
    without any training, by regression to the mean; `leavers` compares the rules for people who left.
    """

    course_id: str
    outcome: str
    unit: str
    design: Design
    status: Status
    reason: str
    grade: Grade
    grade_reason: str
    checks: tuple[Check, ...]
    next_step: str
    effect: Effect | None = None
    compliers: Effect | None = None
    described: tuple[Described, ...] = ()
    bounds: tuple[Described, ...] = ()
    leavers: tuple[Described, ...] = ()
    second_opinion: tuple[Described, ...] = ()
    events: pd.DataFrame | None = field(default=None, compare=False)
    selection_alone: Described | None = None
    cost_per_point: tuple[float, float, float] | None = None
    left_out: tuple[str, ...] = ()
    level: int = 3
    better: Better = "higher"
    role: str = "primary"
    n: int = 0
    n_sent: int = 0
    n_clusters: int = 0

    def __post_init__(self) -> None:
        if self.status not in get_args(Status) or self.grade not in get_args(Grade) or self.design not in get_args(Design):
            raise EstimationError(f"A verdict cannot be {self.status!r} with grade {self.grade!r} by design {self.design!r}.")
        if (self.status == "estimated") != (self.effect is not None):
            raise EstimationError("A verdict has an effect if and only if it is estimated: a failed check withholds it.")
        if self.status != "estimated" and (not self.reason or self.compliers or self.cost_per_point or self.second_opinion
                                                                or self.leavers or self.events is not None):
            raise EstimationError("A verdict without an effect needs a reason, and shows no other effect in its place.")
        if self.status == "estimated" and self.failed:
            raise EstimationError(f"The check {self.failed[0].name!r} failed: the effect must be withheld.")

    @property
    def failed(self) -> tuple[Check, ...]:
        """The failed checks in the order of the page."""
        return tuple(sorted((c for c in self.checks if c.outcome == "failed"), key=lambda c: CHECKS.index(c.name)))

    @property
    def claims(self) -> bool:
        """Whether the page may say that the training changed the outcome."""
        return self.effect is not None and self.effect.claimed()

    @property
    def against(self) -> bool:
        """Whether what is claimed goes against the wanted direction: the training made it worse."""
        wanted = {"higher": 1.0, "lower": -1.0, "neither": 0.0}[self.better]
        return self.effect is not None and self.claims and self.effect.estimate * wanted < 0

    def rows(self, *, period: str = "", audience: str = "office") -> pd.DataFrame:
        """Give the verdict as a frame of estimates: the effect in its unit and in SD, descriptions, bounds, leaver rules, and every check."""
        base: Estimate = {"scope_id": self.course_id, "period": period, "term": self.outcome, "audience": audience, "method": self.design}
        rows = [*_effect_rows(self, base)]
        alone = (self.selection_alone,) if self.selection_alone else ()
        for kind, items in (("described", self.described), ("bound", self.bounds), ("leaver_rule", self.leavers),
                            ("second_opinion", self.second_opinion), ("selection_alone", alone)):
            rows += [{**base, "measure": kind, "group": d.name, "role": "descriptive", "status": "estimated", "unit": self.unit, "n": d.n,
                      **_numbers(estimate=d.value, conf_low=d.low, conf_high=d.high)} for d in items]
        for check in sorted(self.checks, key=lambda c: CHECKS.index(c.name)):
            rows += [{**base, "measure": "check", "group": check.name, "role": "descriptive", "status": "estimated", "estimand": check.outcome,
                      "reason": check.reason, "family": "", "n": self.n}]
        return estimates(rows)


def withhold(verdict: Verdict) -> Verdict:
    """Withhold the effect and everything that stands for it, led by the first failed check; bounds for those who left are no effect and stay.

    Raises
    ------
    EstimationError
        If no check failed.

    Examples
    --------
    >>> one = Verdict("c", "score", "points", "place", "not_estimable", "x", "none", "x", (Check("dip", "failed", "fell_before"),), "")
    >>> found = withhold(one)
    >>> found.status, found.reason, found.next_step
    ('withheld', 'fell_before', 'draw_the_seats')
    """
    if not verdict.failed:
        raise EstimationError(f"No check of {verdict.outcome!r} failed, so there is nothing to withhold its effect for.")
    first = verdict.failed[0]
    return replace(verdict, status="withheld", reason=first.reason, grade="none", grade_reason=first.reason, next_step=NEXT_STEPS[first.name],
                   effect=None, compliers=None, leavers=(), second_opinion=(), events=None, cost_per_point=None)


def led(verdict: Verdict, lead: Verdict) -> Verdict:
    """Withhold an outcome where the primary one shows that people were not sent as the list says: that holds for every outcome.

    The failed check of the primary outcome takes the place of the outcome's own of that name, so that the page shows what withholds it.

    Parameters
    ----------
    verdict, lead : Verdict
        On one outcome of a course, and on its primary outcome.

    Examples
    --------
    >>> lead = Verdict("c", "score", "points", "place", "withheld", "x", "none", "x", (Check("dip", "failed", "fell_before"),), "")
    >>> effect = Effect(2.0, 0.8, 20.0, 0.3, 3.7, 0.02, 10.0, "ancova", 40, 20, 40)
    >>> found = led(Verdict("c", "halo", "points", "place", "estimated", "", "strong", "x", (Check("dip", "passed"),), "", effect=effect), lead)
    >>> found.status, found.effect, [c.reason for c in found.failed]
    ('withheld', None, ['fell_before'])
    """
    bad = next((c for c in lead.failed if c.name in OF_THE_SENDING), None)
    if bad is None or verdict.effect is None:
        return verdict
    checks = (*(c for c in verdict.checks if c.name != bad.name), bad)
    return withhold(replace(verdict, status="withheld", reason=bad.reason, checks=checks, effect=None, compliers=None, bounds=(), leavers=(),
                            second_opinion=(), events=None, cost_per_point=None))


def _numbers(**values: float) -> Estimate:
    found: Estimate = {}
    for name, value in values.items():
        if not math.isnan(value):
            found[name] = value  # type: ignore[literal-required]  # the names are columns of the frame
    return found


def _effect_rows(verdict: Verdict, base: Estimate) -> list[Estimate]:
    found = verdict.effect
    if found is None:
        return [{**base, "measure": "effect", "role": "inferential", "status": verdict.status, "reason": verdict.reason, "unit": verdict.unit,
                 "n": verdict.n}]
    rows: list[Estimate] = []
    for measure, effect in (("effect", found), ("complier_effect", verdict.compliers)):
        if effect is None:
            continue
        rows.append({**base, "measure": measure, "role": "inferential", "status": "estimated", "unit": verdict.unit, "null_value": 0.0,
                     "n": effect.n, "conf_level": effect.conf_level, "family": verdict.course_id, "method": effect.method,
                     **_numbers(estimate=effect.estimate, std_error=effect.std_error, df=effect.df, conf_low=effect.conf_low,
                                conf_high=effect.conf_high, p_value=effect.p_value, p_adjusted=effect.p_adjusted)})
        inside = effect.in_sd
        if not math.isnan(inside[0]):
            rows.append({**base, "measure": f"{measure}_in_sd", "role": "inferential", "status": "estimated", "unit": "sd", "null_value": 0.0,
                         "n": effect.n, "conf_level": effect.conf_level, "method": effect.method,
                         **_numbers(estimate=inside[0], conf_low=inside[1], conf_high=inside[2])})
    return rows


def adjust_verdicts(verdicts: Sequence[Verdict], method: Method = "holm") -> tuple[Verdict, ...]:
    """Adjust the p-values over the outcomes that the plan names; every outcome of the plan counts, whether estimated or not.

    Parameters
    ----------
    verdicts : sequence of Verdict
        One an outcome of one course.
    method : {"holm", "benjamini_hochberg"}
        As in `evalkit.inference.multiplicity.adjust`.

    Returns
    -------
    tuple of Verdict
        In the order given, with `effect.p_adjusted`.

    Raises
    ------
    EstimationError
        As `adjust`.

    Notes
    -----
    An outcome that could not be estimated stays in the family: otherwise the failed ones would make the others look better. What is no longer
    claimed has no cost of a point, and its next step is a larger course.

    Examples
    --------
    >>> effect = Effect(2.0, 0.8, 20.0, 0.3, 3.7, 0.02, 10.0, "ancova", 40, 20, 40)
    >>> one = Verdict("c", "score", "points", "drawn", "estimated", "", "strong", "drawn", (), "repeat", effect=effect)
    >>> [v.effect.p_adjusted for v in adjust_verdicts([one, replace(one, outcome="halo")])]
    [0.04, 0.04]
    """
    values = [v.effect.p_value if v.effect else None for v in verdicts]
    adjusted = adjust(values, method, family_size=len(verdicts)).p_adjusted
    found = [replace(v, effect=replace(v.effect, p_adjusted=float(p))) if v.effect else v for v, p in zip(verdicts, adjusted, strict=True)]
    return tuple(replace(v, cost_per_point=None, next_step="larger_next_time") if before.claims and not v.claims else v
                 for before, v in zip(verdicts, found, strict=True))
