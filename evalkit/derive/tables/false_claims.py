"""How often the statements of the bias analysis would find something on this office's own data if nothing could be found."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.evaluator_effects import DRAWS, STRATA, own_rows
from evalkit.derive.tables.fairness import attributes_of, parts_of, reference_of
from evalkit.fairness.false_claims import false_within
from evalkit.inference.claims import claim, claims
from evalkit.raters.false_claims import false_clustering, false_rotation
from evalkit.raters.official import OUTCOMES

PERMUTED = 400


def false_claims(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count claims on permuted data: clustering by evaluator, the effect of a takeover, gaps within evaluators; for the city.

    Returns
    -------
    pandas.DataFrame
        `inference.claims.claims`: `statement` "clustering", "rotation_effect" or "gaps_within_evaluators", `outcome` (of the gaps also
        "all": any claim of the whole family), `draws`, `found`, `share` with its exact interval, `target`.

    Notes
    -----
    The tests, strata and families are those of `evaluator_effects` and `fairness_estimates`. Where several regimes are rated in one
    period each has its own family of gaps; their draws are counted together.
    """
    rows, seed = own_rows(context, roster), int(context.setting("seed"))
    parts = []
    for outcome in OUTCOMES:
        parts.append(false_clustering(rows, outcome=outcome, strata=STRATA, draws=PERMUTED, reference=DRAWS, seed=seed))
        parts.append(false_rotation(rows, context.periods, outcome=outcome, strata=STRATA, draws=PERMUTED, seed=seed))
    parts.append(_within(context, roster, seed))
    return pd.concat(parts, ignore_index=True)


def _within(context: Context, roster: pd.DataFrame, seed: int) -> pd.DataFrame:
    regimes: dict[str, dict[str, pd.Series]] = {}
    people: dict[str, pd.DataFrame] = {}
    for part in parts_of(context, roster):
        if part.scope == "city":
            people[part.instrument] = part.now
            regimes.setdefault(part.instrument, {})[part.outcome] = part.now["hit"]
    found = []
    for instrument, hits in regimes.items():
        now = people[instrument].assign(**hits)
        chosen = {a: reference_of(context, now[a], a) for a in attributes_of(context, now)}
        known = {a: reference for a, reference in chosen.items() if reference is not None}
        found.append(false_within(now, references=known, outcomes=list(hits), min_group=int(context.setting("min_group")), draws=PERMUTED, seed=seed))
    if len(found) == 1:
        return found[0]
    together = pd.concat(found, ignore_index=True) if found else false_within(
        pd.DataFrame(columns=["rater_id", "period", "person_id", *OUTCOMES]), references={}, outcomes=list(OUTCOMES))
    return claims([claim(str(s), str(o), found=int(some["found"].sum()), draws=int(some["draws"].sum()),
                         reason="" if some["draws"].sum() else str(some["reason"].iloc[0]))
                   for (s, o), some in together.groupby(["statement", "outcome"], sort=False)])
