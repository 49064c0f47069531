"""The sentences of studies of rating and outcome files: what was rated by whom, and what that can carry."""

from __future__ import annotations

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, percent
from evalkit.language.sentences.words import counted


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
        return say("ratings.verdict.none", language)
    key = "part" if constant else "varied"
    return say(f"ratings.verdict.{key}", language, answers=counted("answer", answers, language), raters=counted("rater", raters, language),
               objects=counted("object", objects, language), constant=counted("rater", constant, language))


def outcome_verdict(objects: int, groups: int, language: Language, *, rate: tuple[str, float, str, float] | None = None) -> str:
    """Say how many results there are, and the widest gap of rates between two groups where there is one."""
    if objects == 0:
        return say("ratings.verdict.none", language)
    if rate is None:
        return say("ratings.verdict.outcomes", language, objects=counted("object", objects, language))
    a, high, b, low = rate
    return say("ratings.verdict.rates", language, a=a, high=percent(high, language), b=b, low=percent(low, language),
               objects=counted("object", objects, language), groups=number(groups, 0, language))


def bias_verdict(rung: int | None, reason: str, language: Language) -> str:
    """Say how far the evidence about raters reaches."""
    if rung is None:
        return say("ratings_bias.verdict.none", language)
    return say("ratings_bias.verdict.rung", language, rung=rung, reason=reason)


def raters_answer(constant: int, several: int, language: Language) -> str:
    """Say how many of the raters with several ratings always give the same."""
    if several == 0:
        return say("ratings_bias.use.few", language)
    return say("ratings_bias.use.answer", language, n=number(constant, 0, language), raters=counted("rater", several, language))
