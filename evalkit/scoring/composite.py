"""The composite of the numeric regime: SKP and behaviour by a stated weight, and the two halves of 2021."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from evalkit.instruments.catalog import load
from evalkit.instruments.instrument import Fact
from evalkit.scoring.outcome import Outcome, exact, first_reason, not_scored, scored

Option = Literal["70_30", "60_40"]
_CAP = "achievement.cap"


def composite(skp: object, perilaku: object, option: Option | str) -> Outcome:
    """Join the SKP score and the behaviour score.

    70/30: 0.7 x SKP + 0.3 x behaviour, for offices without input of peers and subordinates; 60/40 for offices with it.

    Parameters
    ----------
    skp, perilaku : object
        Points, 0 to 120.
    option : {"70_30", "60_40"}
        The office's option; there is no default, because neither may be claimed for an office that did not state it.

    Returns
    -------
    Outcome
        `value` in points; ``unknown_option``, ``out_of_range``.

    Notes
    -----
    Numeric regime only (PP 30/2019 art. 41). PermenPANRB 6/2022 has no weight.

    Examples
    --------
    >>> composite(100, 90, "70_30").value, composite(100, 90, "60_40").value, composite(100, 90, "50_50").reason
    (97.0, 96.0, 'unknown_option')
    """
    rule = load("pp-30-2019")
    fact = {f.key: f for f in rule.facts("weights")}.get(f"weights.{option}")
    if fact is None:
        return not_scored("unknown_option")
    return _weighted(skp, perilaku, Fraction(str(fact.value["skp"])), Fraction(str(fact.value["perilaku"])), fact)


def integrate_2021(first_half: object, second_half: object) -> Outcome:
    """Join the two halves of 2021: January to June by the old method, July to December by PermenPANRB 8/2021, half each.

    0.5 x first + 0.5 x second

    Parameters
    ----------
    first_half, second_half : object
        Points, 0 to 120.

    Examples
    --------
    >>> integrate_2021(90, 100).value
    95.0
    """
    fact = load("permenpanrb-8-2021").fact("integration_2021")
    return _weighted(first_half, second_half, Fraction(str(fact.value["first_half"])), Fraction(str(fact.value["second_half"])), fact)


def _weighted(first: object, second: object, of_first: Fraction, of_second: Fraction, fact: Fact) -> Outcome:
    a, b = exact(first), exact(second)
    if isinstance(a, str) or isinstance(b, str):
        return not_scored(first_reason(a, b) or "missing")
    cap = load("pp-30-2019").fact(_CAP)
    if not (0 <= a <= cap.value and 0 <= b <= cap.value):
        return not_scored("out_of_range", (cap,))
    return scored(of_first * a + of_second * b, facts=(fact,))
