"""Small words that every report needs: counted nouns, bounds, deadlines, rules of the pattern."""

from __future__ import annotations

from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text, listed, number, percent, range_text, spelled
from evalkit.language.sentences.results import Coverage, Rule, Spread

_LINKS = frozenset({"DAN", "DI", "KE", "DARI", "PADA", "UNTUK", "SERTA"})
_ACRONYMS = frozenset({"RSUD", "DPRD", "SMP", "SMA", "SD", "TK", "PAUD", "UPT", "UPTD", "BKPPD", "BKPSDM", "SDM", "PP", "PNS", "ASN", "KB", "P3A",
                       "I", "II", "III", "IV", "KUKM", "UKM", "UMKM", "BLUD", "PTSP"})
SMALL = 20  # under so many people shares are written as counts


def counted(noun: str, n: int, language: Language, *, word: bool = False) -> str:
    """Write a number with its noun; `word` spells small numbers.

    Examples
    --------
    >>> counted("person", 96, "id"), counted("person", 1, "en"), counted("unit", 3, "en", word=True)
    ('96 pegawai', '1 person', 'three units')
    """
    one, many = say(f"report.noun.{noun}", language).split("|")
    return f"{spelled(n, language) if word else number(n, 0, language)} {one if n == 1 else many}"


def first(sentence: str) -> str:
    """Begin a sentence with a capital letter.

    Examples
    --------
    >>> first("empat pegawai")
    'Empat pegawai'
    """
    return sentence[:1].upper() + sentence[1:]


def lower_first(sentence: str) -> str:
    """Write the beginning small, as inside a sentence; an abbreviation keeps its capitals.

    Examples
    --------
    >>> lower_first("Pindah unit"), lower_first("SKP ada")
    ('pindah unit', 'SKP ada')
    """
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def unit_name(text: str) -> str:
    """Write the name of a unit as in running text; names that are not all in capitals stay as they are.

    Examples
    --------
    >>> unit_name("DINAS PENDIDIKAN DAN KEBUDAYAAN"), unit_name("RSUD S. K. LERIK"), unit_name("SMP NEGERI 3")
    ('Dinas Pendidikan dan Kebudayaan', 'RSUD S. K. Lerik', 'SMP Negeri 3')
    >>> unit_name("Kecamatan Maulafa")
    'Kecamatan Maulafa'
    """
    if text != text.upper():
        return text
    return " ".join(_cased(word, i) for i, word in enumerate(text.split(" ")))


def _cased(word: str, position: int) -> str:
    if position and word in _LINKS:
        return word.lower()
    return word if word.strip(",.()") in _ACRONYMS or "." in word[:-1] else "-".join(part.capitalize() for part in word.split("-"))


def predikat(code: str, language: Language) -> str:
    """Give the word of a predikat."""
    return say(f"predikat.{code}", language)


def share_text(n: int, total: int, language: Language) -> str:
    """Write a share in brackets to follow a count, or nothing under 20 people.

    Examples
    --------
    >>> share_text(5645, 6500, "id"), share_text(3, 11, "id")
    (' (86,8%)', '')
    """
    return f" ({percent(n / total, language)})" if total >= SMALL else ""


def bounds_text(spread: Spread, code: str, language: Language) -> str:
    """Write how many could have a predikat once everybody is rated: nothing where nobody is missing.

    Examples
    --------
    >>> bounds_text(Spread({"sangat_baik": 740}, 836), "sangat_baik", "id")
    '88,5 sampai 100,0%'
    >>> bounds_text(Spread({"sangat_baik": 3}, 12), "sangat_baik", "id")
    '3 sampai 12'
    """
    if spread.expected < SMALL:
        low, high = spread.of(code), spread.of(code) + spread.missing
        return range_text(low, high, 0, language)
    return range_text(100 * spread.low(code), 100 * spread.high(code), 1, language, unit="%")


def deadline(coverage: Coverage, language: Language) -> str:
    """Say how far the deadline is.

    Examples
    --------
    >>> from datetime import date
    >>> deadline(Coverage(1, 0, 1, due=date(2026, 10, 14), days_left=2), "id")
    'Tersisa dua hari sampai tenggat 14 Oktober 2026.'
    """
    if coverage.due is None:
        return ""
    key = "left" if coverage.days_left > 0 else "today" if coverage.days_left == 0 else "past"
    return first(say(f"report.deadline.{key}", language, due=date_text(coverage.due, language),
                     days=counted("day", abs(coverage.days_left), language, word=True)))


def rule_text(rule: Rule, language: Language) -> str:
    """Say a rule of the pattern.

    Examples
    --------
    >>> rule_text(Rule(("baik",), "max", share=0.7), "id")
    'Baik paling banyak 70%'
    >>> rule_text(Rule(("butuh_perbaikan", "kurang"), "any", count=1), "id")
    'sedikitnya satu Butuh Perbaikan atau Kurang'
    """
    who = _who(rule, language)
    if rule.bound == "max" and not rule.share:
        return say("report.rule.none", language, who=who)
    if rule.share is not None and rule.bound in ("max", "min"):
        return say(f"report.rule.{rule.bound}", language, who=who, share=percent(rule.share, language, 0))
    if rule.bound == "majority":
        return say("report.rule.majority", language, who=who)
    return say("report.rule.any", language, who=who, n=spelled(rule.count or 1, language))


def rule_missed(rule: Rule, language: Language) -> str:
    """Say in a few signs how a rule is not met.

    Examples
    --------
    >>> rule_missed(Rule(("baik",), "max", share=0.7), "id"), rule_missed(Rule(("sangat_baik",), "majority"), "id")
    ('Baik > 70%', 'Sangat Baik bukan terbanyak')
    """
    who = _who(rule, language)
    if rule.bound in ("max", "min") and rule.share is not None:
        return f"{who} {'>' if rule.bound == 'max' else '<'} {percent(rule.share, language, 0)}"
    return say(f"report.rule.missed_{'majority' if rule.bound == 'majority' else 'any'}", language, who=who)


def _who(rule: Rule, language: Language) -> str:
    names = [say(f"predikat.{code}", "id") for code in rule.counted]
    if rule.bound == "any" and len(names) > 1:
        return f"{', '.join(names[:-1])} {say('report.or', language)} {names[-1]}"
    return listed(names, language)
