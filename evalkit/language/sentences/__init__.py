"""Results become sentences, in both languages: one module a report, and the words in `words/reports.toml`."""
