"""The few numbers that sentences are made from: plain counts, taken from derived tables by the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

BELOW_GOOD = ("sangat_kurang", "kurang", "butuh_perbaikan")
ORDER = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")


@dataclass(frozen=True)
class Coverage:
    """How complete one scope is; `days_left` is negative after the deadline."""

    expected: int
    rated: int
    missing: int
    units: int = 0
    evaluators: int = 0
    due: date | None = None
    days_left: int = 0
    due_confirmed: bool = False
    faults: int = 0


@dataclass(frozen=True)
class Spread:
    """How many people have each predikat; `expected` holds the rated and the unrated.

    Examples
    --------
    >>> s = Spread({"baik": 9, "sangat_baik": 1}, expected=12)
    >>> s.rated, s.missing, s.below, s.top, s.only
    (10, 2, 0, 'baik', None)
    """

    counts: dict[str, int]
    expected: int

    @property
    def rated(self) -> int:
        """People with a predikat."""
        return sum(self.counts.values())

    @property
    def missing(self) -> int:
        """People without one."""
        return max(self.expected - self.rated, 0)

    @property
    def below(self) -> int:
        """People below Baik."""
        return sum(self.counts.get(code, 0) for code in BELOW_GOOD)

    @property
    def top(self) -> str:
        """The predikat that most people have; of equal ones the higher."""
        return max(ORDER, key=lambda code: (self.counts.get(code, 0), -ORDER.index(code)))

    @property
    def only(self) -> str | None:
        """The predikat that everybody rated has, if there is one."""
        used = [code for code in ORDER if self.counts.get(code, 0)]
        return used[0] if len(used) == 1 else None

    def of(self, code: str) -> int:
        """People with this predikat."""
        return self.counts.get(code, 0)

    def low(self, code: str) -> float:
        """The share if none of the unrated has this predikat; 0 where nobody is expected."""
        return self.of(code) / self.expected if self.expected else 0.0

    def high(self, code: str) -> float:
        """The share if all of the unrated have this predikat; 0 where nobody is expected."""
        return (self.of(code) + self.missing) / self.expected if self.expected else 0.0


@dataclass(frozen=True)
class Change:
    """One measure of this period against the usual variation of the earlier ones."""

    status: str = "not_estimable"
    reason: str = "no_data"
    outside: bool = False
    share: float = 0.0
    share_high: float = 0.0
    centre: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    n_periods: int = 0

    @property
    def known(self) -> bool:
        """Whether there are limits to compare with."""
        return self.status == "estimated"


@dataclass(frozen=True)
class Rule:
    """One rule of the pattern in words to be made: which predikat it counts, how it bounds them, and by how much."""

    counted: tuple[str, ...]
    bound: str
    share: float | None = None
    count: int | None = None


@dataclass(frozen=True)
class Conformity:
    """How many units keep all rules of their own unit predikat, and the rule that most of them do not keep."""

    units: int = 0
    met: int = 0
    rule: Rule | None = None
    rule_units: int = 0
    rule_missed: int = 0
    rule_predikat: str = ""
    without_predikat: int = 0


@dataclass(frozen=True)
class Use:
    """How evaluators with at least `least` people use the predikat; entropy in bits of the whole scope."""

    evaluators: int = 0
    one_word: int = 0
    small: int = 0
    entropy: float | None = None
    entropy_most: float = 2.321928094887362
    least: int = 5
    by_words: dict[int, int] = field(default_factory=dict)
