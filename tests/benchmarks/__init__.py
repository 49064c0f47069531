"""Benchmarks: each module has `run() -> list[dict]` with name, seconds, peak_mb and a ratio; no timed tests."""
