"""Figures, tables and page blocks: finished tidy frames in, HTML out; nothing is computed here."""
