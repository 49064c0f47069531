"""Words: one catalogue, Indonesian first; numbers and dates; a result becomes a sentence."""
