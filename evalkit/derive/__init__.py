"""The only place where stages meet: each result is a table, made once."""
