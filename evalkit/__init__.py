"""evalkit: ratings of civil servants, from the files of an office to its reports.

The statistics stand in rooms, and each is called in one line on a plain frame, ``from evalkit.reliability import icc``:
`evalkit.reliability`, `evalkit.raters`, `evalkit.fairness`, `evalkit.impact`, `evalkit.inference`, `evalkit.scoring`, and the plans of
`evalkit.collect`. `docs/methods.md` tells each one's formula, neutral value and source.
"""

from types import ModuleType

__version__ = "0.1.0"

_ROOMS = ("collect", "fairness", "impact", "inference", "raters", "reliability", "scoring")


def __getattr__(name: str) -> ModuleType:
    """Import a room when it is first asked for, as in ``import evalkit; evalkit.raters``."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'evalkit' has no attribute {name!r}")
    import importlib

    return importlib.import_module(f"evalkit.{name}")
