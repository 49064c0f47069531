"""Calibration: size, coverage and power of every test and interval, on designs whose truth is known.

`python -m tests.calibration [NAME...] [--draws N]` measures and writes `docs/calibration.md`; it is no timed test. Each part
adds its checks in a module `<part>_checks.py` of this folder, by `registry.register`.
"""
