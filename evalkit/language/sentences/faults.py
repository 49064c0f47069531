"""What is wrong by a rule of the data check, and what to do, said for all its rows at once."""

from __future__ import annotations

import re

from evalkit.language.catalogue import Language, catalogue, say

_OPEN = re.compile(r"\{([a-z_]+)\}")
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z])")


def fault_words(rule: str, part: str, language: Language) -> str:
    """Say what is wrong by a rule of the data check, or what to do, in its first sentence.

    A rule is said here for all its rows at once, so what differs from row to row is left open.

    Examples
    --------
    >>> fault_words("no.such_rule", "text", "id")
    'no: such rule'
    """
    found = (catalogue().get(f"fault.{rule}.name") if part == "text" else None) or catalogue().get(f"fault.{rule}.{part}")
    if not found:
        return rule.replace(".", ": ").replace("_", " ") if part == "text" else say("report.fault.remedy", language)
    named = _OPEN.sub(lambda m: say("report.fault.column", language) if m[1] == "column" else "…", found[language])
    sentence = _SENTENCE.split(named, maxsplit=1)[0].rstrip(".")
    return sentence if part == "text" else f"{sentence}."
