"""Whether the gap within evaluators is smaller than a gap that would matter: two one-sided tests on the difference of shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.fairness.within_rater import within_rater
from evalkit.inference.equivalence import concluded
from evalkit.inference.results import COLUMNS


def within_equivalence(rows: pd.DataFrame, *, attribute: str, outcome: str, reference: str, margin: float,
                       strata: Sequence[str] = ("rater_id", "period"), person: str = "person_id", rater: str = "rater_id",
                       alpha: float = 0.05, scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Say of each group whether its gap within evaluators lies inside a margin, outside, or whether the data cannot tell.

    Inside where the interval of level ``1 - 2 alpha`` of `within_difference` lies between ``-margin`` and ``margin``; that is two one-sided
    tests at alpha. The p-value is the larger of the two, ``max(P(Z > (gap + margin) / se), P(Z < (gap - margin) / se))``.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `within_rater`.
    attribute, outcome, reference, strata, person, rater, scope_id, period
        As in `within_rater`.
    margin : float
        The smallest gap that matters, as a share (0.05 is five points); stated before the data are seen.
    alpha : float
        Level of each test.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates "within_equivalence": the gap and its interval, `null_value` the margin, `reason` the conclusion:
        "no_important_gap", "important_gap" or "cannot_tell"; where there is no interval, "cannot_tell" with status "not_estimable".

    Raises
    ------
    EstimationError
        If a column is absent or the margin not positive.

    Notes
    -----
    "Cannot tell" is the honest answer of few data, and no gap found is not the same as no important gap. A margin that is large
    against the outcome's own share (five points where three in a thousand have it) makes the conclusion empty. A stratum in which
    nobody differs counts with a gap of 0. Source: D. Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657-680.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> rows = pd.DataFrame({"person_id": range(3000), "rater_id": np.arange(3000) // 6, "period": "p", "sex": rng.choice(["F", "M"], 3000),
    ...                      "top": rng.random(3000) < 0.1})
    >>> within_equivalence(rows, attribute="sex", outcome="top", reference="M", margin=0.05)["reason"].tolist()
    ['no_important_gap']
    """
    from scipy.special import ndtr, ndtri

    concluded(None, None, margin)  # refuses a margin that is none before anything is computed
    found = within_rater(rows, attribute=attribute, outcome=outcome, reference=reference, strata=strata, person=person, rater=rater,
                         level=1 - 2 * alpha, scope_id=scope_id, period=period)
    table = found[found["measure"].eq("within_difference").to_numpy(dtype=bool)].reset_index(drop=True)
    low, high = (table[c].to_numpy(dtype=float, na_value=np.nan) for c in ("conf_low", "conf_high"))
    gap, error = (table[c].to_numpy(dtype=float, na_value=np.nan) for c in ("estimate", "std_error"))
    z = float(ndtri(1 - alpha))
    with np.errstate(divide="ignore", invalid="ignore"):  # the errors that the limits rest on, so that p and limits agree
        p_value = np.maximum(ndtr(-z * (gap + margin) / (gap - low)), ndtr(z * (gap - margin) / (high - gap)))
    known = np.isfinite(low) & np.isfinite(high)
    # nobody, or everybody, has the outcome: that says nothing of what could have been
    known &= (low < high) & (error != 0)
    words = [concluded(a, b, margin) if k else "cannot_tell" for a, b, k in zip(low, high, known, strict=True)]
    out = table.assign(measure="within_equivalence", role="inferential", null_value=margin, p_value=np.where(known, p_value, np.nan),
                       status=np.where(known, "estimated", "not_estimable"), reason=words, conf_level=1 - 2 * alpha)
    for column in ("conf_low", "conf_high"):
        out[column] = out[column].where(known)
    return out.astype(dict.fromkeys(("measure", "role", "status", "reason"), "string"))[list(COLUMNS)]
