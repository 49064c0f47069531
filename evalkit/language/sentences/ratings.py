"""The sentences of studies of rating and outcome files: what was rated by whom, and what that can carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import count_share, number
from evalkit.language.sentences.words import counted


@dataclass(frozen=True)
class Gap:
    """Two groups of one stratum: how many of each have the result."""

    mark: str
    stratum: str
    high: str
    high_count: int
    high_n: int
    low: str
    low_count: int
    low_n: int

    @property
    def width(self) -> float:
        """The difference of the two rates."""
        return self.high_count / self.high_n - self.low_count / self.low_n


def verdict(answers: int, raters: int, objects: int, constant: int, language: Language) -> str:
    """Say how many ratings there are, and the one thing that they cannot tell.

    Examples
    --------
    >>> verdict(0, 0, 0, 0, "id")
    'Belum ada nilai pada periode ini.'
    >>> for part in verdict(73421, 2972, 1128, 12, "id").split(", "):
    ...     print(part)
    73.421 nilai dari 2.972 penilai atas 1.128 objek; 12 penilai memberi nilai yang sama kepada semua objeknya
    dan apakah mereka keliru
    data ini tidak dapat mengatakan.
    """
    if answers == 0:
        return say("ratings_evaluation.verdict.none", language)
    key = "part" if constant else "varied"
    return say(f"ratings_evaluation.verdict.{key}", language, answers=counted("answer", answers, language),
               raters=counted("rater", raters, language), objects=counted("object", objects, language),
               constant=counted("rater", constant, language))


def outcome_verdict(objects: int, language: Language) -> str:
    """Say how many results there are, and that nothing can be said of raters."""
    if objects == 0:
        return say("ratings_evaluation.verdict.none", language)
    return say("ratings_evaluation.verdict.outcomes", language, objects=counted("object", objects, language))


def panel_verdict(objects: int, periods: int, language: Language) -> str:
    """Say how large a panel is, and that no effect is computed from it."""
    return say("ratings_evaluation.verdict.panel", language, objects=counted("object", objects, language),
               periods=counted("period", periods, language))


def rates_verdict(gap: Gap, language: Language) -> str:
    """Say between which two groups rates differ most.

    Examples
    --------
    >>> rates_verdict(Gap("combined ≥ 70", "lieutenant", "white", 25, 43, "hispanic", 3, 15), "en")
    'combined ≥ 70 (lieutenant): 25 (58.1%) of white, 3 of 15 of hispanic; a gap does not prove unequal treatment.'
    """
    where = f" ({gap.stratum})" if gap.stratum else ""
    return say("ratings_evaluation.verdict.rates", language, mark=gap.mark, where=where, a=gap.high, b=gap.low,
               high=count_share(gap.high_count, gap.high_n, language), low=count_share(gap.low_count, gap.low_n, language))


def bias_verdict(reached: Sequence[tuple[str, int, str]], language: Language) -> str:
    """Say how far the evidence about raters reaches: (instrument, rung, reason) of each instrument."""
    if not reached:
        return say("ratings_bias.verdict.none", language)
    if len(reached) == 1:
        return say("ratings_bias.verdict.rung", language, rung=reached[0][1], reason=reached[0][2])
    said = ", ".join(say("ratings_bias.verdict.each", language, instrument=name, rung=rung) for name, rung, _ in reached)
    return say("ratings_bias.verdict.several", language, rungs=said)


def raters_answer(constant: int, several: int, language: Language) -> str:
    """Say how many of the raters with several ratings always give the same."""
    if several == 0:
        return say("ratings_bias.use.few", language)
    return say("ratings_bias.use.answer", language, n=number(constant, 0, language), raters=counted("rater", several, language))
