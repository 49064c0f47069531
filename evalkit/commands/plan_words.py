"""The words of `evalkit plan`: seats, days, outcomes; what cannot be read is told with what would be."""

from __future__ import annotations

import argparse
import re
from datetime import date

_DAY_FIRST = re.compile(r"^(\d\d)[-/.](\d\d)[-/.](\d{4})$")  # as forms have it


def numbers(text: str) -> tuple[int, ...]:
    """Read seats: "30,30"."""
    try:
        found = tuple(int(t) for t in text.split(","))
    except ValueError:
        found = ()
    if not found or min(found) <= 0:
        raise argparse.ArgumentTypeError(f"{text[:20]!r}: 30,30")
    return found


def days(text: str) -> tuple[str, ...]:
    """Read days, year or day first, as ISO dates."""
    try:
        return tuple(date.fromisoformat(_DAY_FIRST.sub(r"\3-\2-\1", t.strip())).isoformat() for t in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: 2027-01-12,2027-04-12 (12-01-2027,12-04-2027)") from None


def outcome(text: str) -> tuple[str, str]:
    """Read an outcome and the direction in which it is better."""
    from evalkit.impact.outcomes import OUTCOMES
    from evalkit.language.catalogue import say

    name, _, direction = text.partition(":")
    known = [o.name for o in OUTCOMES.values() if o.better]  # more or fewer Sangat Baik is no aim: official ratings stand beside, never as the test
    if name not in known or direction not in ("more", "less"):
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: NAME:more, NAME:less; NAME = {', '.join(known)}")
    if direction != OUTCOMES[name].better:  # accuracy is measured as a distance: less of it is better
        word = f"training.outcome.{name}.name"
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: {say(word, 'id')} / {say(word, 'en')}: {name}:{OUTCOMES[name].better}")
    return name, direction
