"""The sentences of the evaluation: what the results are, whether they changed, whether units keep their own pattern."""

from __future__ import annotations

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import listed, number, percent, spelled
from evalkit.language.sentences.results import Change, Conformity, Spread, Use
from evalkit.language.sentences.words import SMALL, bounds_text, counted, first, predikat, rule_text, share_text

ENOUGH = 10  # under so many people a unit gets no report


def verdict(spread: Spread, change: Change, conformity: Conformity, language: Language, *, unit: bool = False) -> str:
    """Say in one sentence what the results are and what is not known.

    Examples
    --------
    >>> verdict(Spread({"baik": 12}, 12), Change(), Conformity(), "id")
    'Semua 12 pegawai berpredikat Baik; apakah mereka memang setara, data ini tidak dapat mengatakan.'
    >>> verdict(Spread({}, 30), Change(), Conformity(), "id")
    'Belum satu pun dari 30 pegawai dinilai; hasil belum dapat dibaca.'
    >>> verdict(Spread({"baik": 5}, 5), Change(), Conformity(), "id", unit=True)
    'Data belum cukup: lima pegawai, diperlukan sedikitnya sepuluh.'
    """
    people = counted("person", spread.expected, language)
    if spread.expected == 0:
        return say("evaluation.verdict.nobody", language)
    if unit and spread.expected < ENOUGH:
        return say("evaluation.verdict.few", language, people=counted("person", spread.expected, language, word=True),
                   least=spelled(ENOUGH, language))
    if spread.rated == 0:
        return say("evaluation.verdict.none", language, people=people)
    if spread.only:
        key = "same" if not spread.missing else "same_part"
        return say(f"evaluation.verdict.{key}", language, people=people, predikat=predikat(spread.only, language),
                   rated=counted("person", spread.rated, language), missing=number(spread.missing, 0, language))
    return f"{_main(spread, language)}; {_change_part(change, language)}, {_pattern_part(conformity, language, unit=unit)}."


def _main(spread: Spread, language: Language) -> str:
    top = spread.top
    said = say("evaluation.verdict.top", language, n=number(spread.of(top), 0, language), share=share_text(spread.of(top), spread.expected,
                                                                                                          language),
               people=counted("person", spread.expected, language), predikat=predikat(top, language))
    if top == "sangat_baik":
        return said
    return said + " " + say("evaluation.verdict.above", language, n=number(spread.of("sangat_baik"), 0, language),
                            predikat=predikat("sangat_baik", language), bound=_bound(spread, language))


def _bound(spread: Spread, language: Language) -> str:
    low = spread.of("sangat_baik")
    share = percent(spread.low("sangat_baik"), language) if spread.expected >= SMALL else ""
    most = ""
    if spread.missing:
        top = percent(spread.high("sangat_baik"), language) if spread.expected >= SMALL else number(low + spread.missing, 0, language)
        most = say("evaluation.verdict.at_most", language, top=top)
    inside = ", ".join(part for part in (share, most) if part)
    return f" ({inside})" if inside else ""


def _change_part(change: Change, language: Language) -> str:
    if not change.known:
        return say("evaluation.verdict.change_unknown", language)
    return say(f"evaluation.verdict.change_{'outside' if change.outside else 'usual'}", language)


def _pattern_part(conformity: Conformity, language: Language, *, unit: bool) -> str:
    if not conformity.units:
        return say("evaluation.verdict.pattern_unknown", language)
    if unit:
        if conformity.met:
            return say("evaluation.verdict.unit_inside", language)
        rule = rule_text(conformity.rule, language) if conformity.rule else ""
        return say("evaluation.verdict.unit_outside", language, rule=rule)
    key = "all_inside" if conformity.met == conformity.units else "inside" if conformity.met else "none_inside"
    return say(f"evaluation.verdict.{key}", language, met=number(conformity.met, 0, language), units=counted("unit", conformity.units, language))


def composition_head(spread: Spread, language: Language) -> str:
    """Say what the bar of results shows."""
    if spread.only and not spread.missing:
        return say("evaluation.composition.same", language, people=counted("person", spread.rated, language),
                   predikat=predikat(spread.only, language))
    top = spread.top
    return say("evaluation.composition.head", language, n=number(spread.of(top), 0, language), predikat=predikat(top, language),
               people=counted("person", spread.expected, language))


def composition_note(spread: Spread, language: Language) -> str:
    """Say how the unrated are treated; nothing where nobody is missing."""
    if not spread.missing:
        return ""
    return say("evaluation.composition.note", language, bounds=bounds_text(spread, "sangat_baik", language),
               missing=counted("person", spread.missing, language, word=True))


def change_answer(change: Change, kind: str, language: Language) -> str:
    """Answer whether the share of Sangat Baik changed."""
    if not change.known:
        return say("evaluation.change.unknown", language, n=spelled(change.n_periods, language), kind=kind)
    key = "outside" if change.outside else "usual"
    return say(f"evaluation.change.{key}", language, share=percent(change.share, language), centre=percent(change.centre, language),
               n=spelled(change.n_periods, language), kind=kind, lower=percent(change.lower, language), upper=percent(change.upper, language))


def pattern_answer(conformity: Conformity, language: Language) -> str:
    """Answer whether units keep the pattern that their own unit predikat allows."""
    if not conformity.units:
        return say("evaluation.pattern.unknown", language)
    said = say(f"evaluation.pattern.{'answer' if conformity.met else 'answer_none'}", language, met=number(conformity.met, 0, language),
               units=counted("unit", conformity.units, language))
    if conformity.rule is None or not conformity.rule_missed:
        return said + "."
    return said + "; " + say("evaluation.pattern.most", language, missed=number(conformity.rule_missed, 0, language),
                             of=number(conformity.rule_units, 0, language), rule=rule_text(conformity.rule, language),
                             predikat=say(f"predikat.{conformity.rule_predikat}", "id")) + "."


def pattern_head(conformity: Conformity, language: Language) -> str:
    """Say what the picture of the units shows."""
    return say("evaluation.pattern.head", language, outside=number(conformity.units - conformity.met, 0, language),
               units=counted("unit", conformity.units, language))


def unit_pattern_answer(met: int, rules: int, language: Language) -> str:
    """Answer for one unit: how many of its rules are met."""
    if rules == 0:
        return say("evaluation.pattern.unit_unknown", language)
    key = "unit_all" if met == rules else "unit_none" if met == 0 else "unit_some"
    return first(say(f"evaluation.pattern.{key}", language, met=spelled(met, language), missed=spelled(rules - met, language),
                     rules=spelled(rules, language)))


def use_answer(use: Use, language: Language) -> str:
    """Answer how evaluators use the predikat; those with few people are counted apart."""
    if use.evaluators == 0:
        return say("evaluation.use.few", language, least=spelled(use.least, language))
    key = "none" if use.one_word == 0 else "answer"
    return first(say(f"evaluation.use.{key}", language, n=spelled(use.one_word, language), least=spelled(use.least, language),
                     evaluators=counted("evaluator", use.evaluators, language, word=True)))


def dims_answer(measured: list[str], missing: list[str], language: Language) -> str:
    """Say which of the three dimensions are measured."""
    if not measured:
        return say("evaluation.dims.none", language)
    if not missing:
        return say("evaluation.dims.all", language)
    return first(say("evaluation.dims.some", language, measured=listed(measured, language), missing=listed(missing, language)))


def groups_answer(gap: tuple[str, str, float] | None, language: Language) -> str:
    """Say between which groups the counts differ most; the cause is not in the counts."""
    if gap is None:
        return say("evaluation.groups.none", language)
    return say("evaluation.groups.answer", language, a=gap[0], b=gap[1])


def position_answer(spread: Spread, city: Spread, language: Language) -> str:
    """Say how the unit's Sangat Baik stands beside the city's, without a rank."""
    if not spread.rated or not city.rated:
        return say("evaluation.position.none", language)
    return say("evaluation.position.answer", language, unit=bounds_text(spread, "sangat_baik", language),
               city=bounds_text(city, "sangat_baik", language))
