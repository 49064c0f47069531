"""Why somebody has no result, in her own words."""

from __future__ import annotations

import re
from datetime import date

from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import date_text
from evalkit.language.sentences.words import lower_first

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _or(key: str, fallback: str, language: Language) -> str:
    found = catalogue().get(key)
    return found[language] if found else fallback


def uncounted(reason: str, language: Language) -> str:
    """Say why a person is not among those to be rated; a reason that the office wrote itself is shown as it was written.

    Examples
    --------
    >>> uncounted("pensiun", "id"), uncounted("tugas belajar", "id")
    ('pensiun', 'tugas belajar')
    """
    return lower_first(_or(f"monitor.step.{reason}", reason or say("page.no_data", language), language))


def unrated(reason: str, language: Language) -> str:
    """Say why there is no result.

    Examples
    --------
    >>> unrated("plan_not_submitted", "id"), unrated("", "en")
    ('SKP belum diajukan', 'no data')
    """
    return lower_first(_or(f"monitor.reason.{reason}.name", say("page.no_data", language), language))


def step(reason: str, language: Language) -> str:
    """Say the next step of a person without a result."""
    return lower_first(_or(f"monitor.reason.{reason}.step", say("page.no_data", language), language))


def value(text: str, language: Language) -> str:
    """Write a value of a step: a day in words, an open end as "now"."""
    if text == "…":
        return say("explain.open", language)
    return date_text(date.fromisoformat(text), language) if _DAY.fullmatch(text) else text
