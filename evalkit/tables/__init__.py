"""From the files of an office to validated tables."""
