"""The catalogue of derived tables: one row a table, and nothing is computed outside it.

A row names the function that makes the table, the tables it reads, the settings of the study it depends on, its key
and who may see it. `build` orders the rows; `handle` serves them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Audience = Literal["office", "units", "evaluators", "employees", "public"]


@dataclass(frozen=True)
class Derived:
    """One derived table.

    `function(context, **inputs)` gets the frames named in `inputs` (imported or derived tables) by name, and a
    `Context` with the period, the `as_of` date and the settings named in `settings`; it returns one frame whose rows
    are identified by `key`. `stage` is the folder whose code decides the result: it enters the code digest.
    """

    name: str
    function: Callable[..., pd.DataFrame]
    inputs: tuple[str, ...]
    key: tuple[str, ...]
    stage: str
    audience: tuple[Audience, ...] = ("office",)
    settings: tuple[str, ...] = ()
