"""What the ladder of evidence says of a study as a whole, beside the rung of one instrument."""

from __future__ import annotations

import pandas as pd

TOP = 4


def vignettes_rated(identification: pd.DataFrame) -> bool:
    """Tell whether evaluators have rated common vignettes already, so that nobody is asked for what was done.

    Examples
    --------
    >>> vignettes_rated(pd.DataFrame({"reason": ["common_vignettes"], "rung": [4]}))
    True
    """
    return bool((identification["reason"].eq("common_vignettes") & identification["rung"].ge(TOP)).fillna(False).any())
