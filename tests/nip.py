"""Whether a text holds a NIP: one rule for every test that says no page, log or table outside the vault does."""

from __future__ import annotations

import re

# A digest is a word of 32 to 64 hex digits with a letter among them; one in some two hundred has 18 decimal digits in a row by chance.
DIGEST = re.compile(r"(?<![0-9a-zA-Z])(?=\d*[a-f])[0-9a-f]{32,64}(?![0-9a-zA-Z])")
NIP = re.compile(r"(?<!\d)\d{18}(?!\d)")


def holds_nip(text: str | bytes) -> bool:
    """Say whether 18 digits in a row stand outside every digest of the text."""
    told = text.decode("latin-1") if isinstance(text, bytes) else text
    return NIP.search(DIGEST.sub(" ", told)) is not None
