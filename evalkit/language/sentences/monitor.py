"""The sentences of the monitor: who is missing, until when, and why."""

from __future__ import annotations

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number, spelled
from evalkit.language.sentences.results import Coverage
from evalkit.language.sentences.words import counted, deadline, first, lower_first


def verdict(coverage: Coverage, language: Language, *, unit: bool = False) -> str:
    """Say in one sentence how complete the ratings are.

    Examples
    --------
    >>> verdict(Coverage(12, 12, 0), "id")
    'Semua 12 pegawai sudah dinilai; tidak ada yang ditunggu.'
    >>> verdict(Coverage(0, 0, 0), "id")
    'Tidak ada pegawai yang harus dinilai pada periode ini menurut data yang masuk.'
    """
    values = {"expected": counted("person", coverage.expected, language), "rated": number(coverage.rated, 0, language),
              "missing": number(coverage.missing, 0, language), "deadline": deadline(coverage, language),
              "units": counted("unit", coverage.units, language), "evaluators": counted("evaluator", coverage.evaluators, language)}
    if coverage.expected == 0:
        return say("monitor.verdict.nobody", language)
    if coverage.missing == 0:
        return say("monitor.verdict.complete", language, **values)
    if coverage.rated == 0:
        return say("monitor.verdict.none", language, **values).strip()
    return say(f"monitor.verdict.{'part_unit' if unit else 'part'}", language, **values).strip()


def units_answer(incomplete: int, total: int, few: int, language: Language) -> str:
    """Say how many units are not complete; `few` of them miss one to three people.

    Examples
    --------
    >>> units_answer(17, 43, 9, "id")
    '17 dari 43 unit; sembilan di antaranya hanya satu sampai tiga pegawai.'
    """
    if incomplete == 0:
        return say("monitor.units.complete", language, total=number(total, 0, language))
    more = say("monitor.units.few", language, few=spelled(few, language)) if 0 < few < incomplete else ""
    return say("monitor.units.answer", language, n=number(incomplete, 0, language), total=counted("unit", total, language)) + more + "."


def reasons_answer(by_reason: dict[str, int], language: Language) -> str:
    """Say which reason is most frequent."""
    if not by_reason:
        return say("monitor.reasons.none", language)
    reason = max(by_reason, key=lambda r: (by_reason[r], r))
    total = sum(by_reason.values())
    return say("monitor.reasons.answer", language, n=number(by_reason[reason], 0, language), total=number(total, 0, language),
               reason=lower_first(say(f"monitor.reason.{reason}.name", language)))


def faults_answer(rows: int, units: int, language: Language) -> str:
    """Say how many rows of data wait for a correction."""
    if rows == 0:
        return say("monitor.faults.none", language)
    return first(say("monitor.faults.answer", language, rows=counted("row", rows, language), units=counted("unit", units, language)))


def waiting_answer(waited: int, total: int, without: int, language: Language) -> str:
    """Say how many evaluators are waited for; `without` people have no evaluator in the data."""
    if waited == 0 and without == 0:
        return say("monitor.waiting.none", language)
    said = say("monitor.waiting.answer", language, n=number(waited, 0, language), total=counted("evaluator", total, language))
    more = say("monitor.waiting.without", language, n=counted("person", without, language, word=True)) if without else ""
    return said + more + "."


def progress_head(coverage: Coverage, language: Language) -> str:
    """Say what the picture of the days shows."""
    if coverage.missing == 0:
        return say("monitor.progress.complete", language, expected=number(coverage.expected, 0, language))
    if coverage.rated == 0:
        return say("monitor.progress.nothing", language)
    return say("monitor.progress.head", language, rated=number(coverage.rated, 0, language),
               expected=number(coverage.expected, 0, language), missing=number(coverage.missing, 0, language))


def parts_answer(parts: int, people: int, language: Language) -> str:
    """Say in how many parts of a unit people are not rated."""
    if people == 0:
        return say("monitor.parts.none", language)
    return first(say("monitor.parts.answer", language, people=counted("person", people, language, word=True),
                     parts=counted("part", parts, language, word=True)))
