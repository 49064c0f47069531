"""The sentences of the bias analysis: what may be said of evaluators, and what may not."""

from __future__ import annotations

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, percent
from evalkit.language.sentences.results import Spread, Use
from evalkit.language.sentences.words import bounds_text, counted


def verdict(rung: int | None, use: Use, language: Language) -> str:
    r"""Say how far the evidence reaches, and the one thing that these data cannot tell.

    Examples
    --------
    >>> verdict(None, Use(), "id")
    'Tangga bukti belum dapat dinilai: belum ada penilaian pada periode ini.'
    >>> print(verdict(2, Use(480, 170), "id").replace("; ", ";\n"))
    Data dinas mencapai anak tangga 2 dari 4. 170 dari 480 penilai memakai satu predikat untuk semua pegawainya;
    apakah karena penilainya atau karena timnya, data ini tidak dapat mengatakan.
    """
    if rung is None:
        return say("bias_analysis.verdict.none", language)
    if use.evaluators == 0:
        return say("bias_analysis.verdict.few", language, rung=rung, least=number(use.least, 0, language))
    return say("bias_analysis.verdict.rung", language, rung=rung, n=number(use.one_word, 0, language),
               evaluators=counted("evaluator", use.evaluators, language))


def use_answer(use: Use, language: Language) -> str:
    """Say how uniformly evaluators use the predikat, and that the reason is not seen."""
    if use.evaluators == 0:
        return say("bias_analysis.use.few", language, least=number(use.least, 0, language))
    return say("bias_analysis.use.answer", language, share=percent(use.one_word / use.evaluators, language, 0))


def use_head(use: Use, language: Language) -> str:
    """Say what the bar of words shows."""
    return say("bias_analysis.use.head", language, n=number(use.one_word, 0, language),
               evaluators=counted("evaluator", use.evaluators, language))


def entropy_head(entropy: float, most: float, language: Language) -> str:
    """Say where the entropy of the city stands on its scale."""
    return say("bias_analysis.entropy.head", language, entropy=number(entropy, 2, language), most=number(most, 2, language))


def unrated_answer(spread: Spread, language: Language) -> str:
    """Say between which bounds Sangat Baik lies."""
    if not spread.missing:
        return say("bias_analysis.unrated.complete", language)
    return say("bias_analysis.unrated.answer", language, bounds=bounds_text(spread, "sangat_baik", language),
               missing=counted("person", spread.missing, language))


def concordance_answer(equal: int, total: int, language: Language) -> str:
    """Say how often the two official ratings are equal, and that the rule makes them so."""
    if total == 0:
        return say("bias_analysis.concordance.none", language)
    return say("bias_analysis.concordance.answer", language, share=percent(equal / total, language))
