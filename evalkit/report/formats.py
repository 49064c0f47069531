"""The formats in which a report is written."""

from __future__ import annotations

from evalkit.errors import ReportError
from evalkit.report.parameters import near

FORMATS = ("html", "pdf", "xlsx")


def formats_of(text: str) -> tuple[str, ...]:
    """Read the formats wanted; HTML is always among them, and first.

    Raises
    ------
    ReportError
        If a format is unknown; the nearest one is named.

    Examples
    --------
    >>> formats_of("html"), formats_of("")
    (('html',), ('html',))
    >>> formats_of("htm")
    Traceback (most recent call last):
    ...
    evalkit.errors.ReportError: Tidak ada format 'htm' / There is no such format. Maksud Anda / Did you mean html?
    """
    words = [w.strip().lower() for w in text.split(",") if w.strip()]
    for word in words:
        if word not in FORMATS:
            raise ReportError(f"Tidak ada format {word[:20]!r} / There is no such format.{near(word, list(FORMATS))}")
    return tuple(dict.fromkeys(["html", *words]))
