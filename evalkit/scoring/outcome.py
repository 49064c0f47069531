"""The answer of a scoring rule: a value with the facts it rests on, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Rational, Real
from types import MappingProxyType
from typing import Literal

from evalkit.instruments.instrument import Fact

REASONS = ("missing", "not_a_number", "unknown_rating", "unknown_label", "out_of_range", "target_zero", "negative",
           "weights_not_one", "items_missing", "items_unknown", "no_items", "unknown_option", "range_reversed", "required_zero")

_LARGEST = 10**12


@dataclass(frozen=True)
class Outcome:
    """What a rule gives: `status` is ``scored`` or ``not_scored``, then `reason` is a word of `REASONS`.

    `value` is a number in the rule's unit, `label` a code, `detail` the numbers on the way, `facts` what the rule was read
    from. The words for `reason` stand in the catalogue under ``scoring.reason``.
    """

    status: Literal["scored", "not_scored"]
    value: float | None = None
    label: str | None = None
    reason: str | None = None
    facts: tuple[Fact, ...] = ()
    detail: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def confirmed(self) -> bool:
        """Whether every fact that was used is confirmed."""
        return all(fact.confirmed for fact in self.facts)


def scored(value: Fraction | float | None, label: str | None = None, facts: tuple[Fact, ...] = (),
           detail: Mapping[str, float] | None = None) -> Outcome:
    """Give the outcome of a rule that could be applied.

    Examples
    --------
    >>> scored(Fraction(1, 2)).value
    0.5
    """
    return Outcome("scored", None if value is None else float(value), label, None, facts, MappingProxyType(dict(detail or {})))


def not_scored(reason: str, facts: tuple[Fact, ...] = ()) -> Outcome:
    """Give the outcome of a rule that does not cover its input.

    Examples
    --------
    >>> not_scored("missing").status
    'not_scored'
    """
    return Outcome("not_scored", reason=reason, facts=facts)


def exact(value: object) -> Fraction | str:
    """Give a number as a person wrote it, as an exact fraction; else the reason why it is none.

    A share of 0.1 in a file means one tenth, not the nearest double: limits such as ceil(0.1 x 30) come out right.

    Parameters
    ----------
    value : object
        A number of Python or numpy, a fraction, or anything else.

    Returns
    -------
    Fraction or str
        The number; ``"missing"`` for an absent value, ``"out_of_range"`` beyond a million million (no target and no score
        is so large, and products stay finite), ``"not_a_number"`` for any other thing.

    Examples
    --------
    >>> exact(0.1) * 30 == 3, exact(None), exact("ten")
    (True, 'missing', 'not_a_number')
    """
    if value is None or str(value) in ("<NA>", "NaT", "nan"):
        return "missing"
    if isinstance(value, bool) or not isinstance(value, Real):
        return "not_a_number"
    if isinstance(value, Rational):
        number = Fraction(int(value.numerator), int(value.denominator))
    elif math.isfinite(value):
        number = Fraction(str(float(value)))
    else:
        return "not_a_number"
    return number if abs(number) <= _LARGEST else "out_of_range"


def first_reason(*values: Fraction | str) -> str | None:
    """Give the first reason among results of `exact`, or `None` if all are numbers.

    Examples
    --------
    >>> first_reason(Fraction(1), "missing"), first_reason(Fraction(1))
    ('missing', None)
    """
    return next((value for value in values if isinstance(value, str)), None)
