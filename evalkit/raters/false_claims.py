"""How often the statements on evaluators find something on this office's own data when labels are handed out blindly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.claims import claim, claims
from evalkit.inference.clustered import clustered_difference
from evalkit.inference.single_values import whole_number
from evalkit.raters.clustering import STRATA, cannot_test
from evalkit.raters.official import outcome_of, rated
from evalkit.raters.pairs import pair_design, pair_draws
from evalkit.raters.rotation import changes_at, missing_takeovers
from evalkit.raters.teams import TeamPanel, team_panel


def false_clustering(rows: pd.DataFrame, *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA, draws: int = 400,
                     reference: int = 4999, target: float = 0.05, seed: int = 1) -> pd.DataFrame:
    """Count on how many permutations of these data `clustering_test` finds clustering by evaluator.

    Each of `draws` permutations is a data set in which nothing clusters. Its p-value is ``(b + 1) / (m + 1)``, b the number of m further
    permutations with at least as many pairs; a claim is p at most `target`.

    Parameters
    ----------
    rows : pandas.DataFrame
        As for `clustering.clustering_test`.
    outcome, strata
        As there; whole people are exchanged where there are several periods.
    draws, reference : int
        Permuted data sets, and the permutations that their p-values rest on.
    target : float
        The level of the test.
    seed : int
        Of the generator.

    Returns
    -------
    pandas.DataFrame
        One row of `inference.claims.claims`. Not estimable: the reasons of `clustering_test`.

    Raises
    ------
    EstimationError
        If the outcome is unknown, or a number of draws is below 1.

    Notes
    -----
    A permutation of a permuted data set is a permutation of the data: so all p-values may rest on one reference, and each costs one draw.
    Where few pairs are possible ties make the test cautious, and the share lies below the target. Source of the p-value: B. Phipson,
    G. Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, article 39.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(12), "period": "p", "rater_id": ["e"] * 6 + ["f"] * 6, "opd_id": "", "post_type": "",
    ...                      "predikat": ["sangat_baik"] * 4 + ["baik"] * 8})
    >>> int(false_clustering(rows).loc[0, "found"])
    0
    """
    whole_number(draws=draws, reference=reference)
    if min(draws, reference) < 1:
        raise EstimationError("false_clustering needs at least one draw and one permutation of reference.")
    rows = rated(rows, strata, "predikat")
    positive = outcome_of(rows, outcome)
    several = bool(rows["person_id"].duplicated().any())
    design = pair_design(rows, positive, strata=strata, exchange="people" if several else "ratings")
    reason = cannot_test(design, positive)
    if not reason:
        rng = np.random.default_rng(seed)
        values, blind = pair_draws(design, draws, rng), np.sort(pair_draws(design, reference, rng))
        if blind[-1] > 0:
            p = (reference - np.searchsorted(blind, values, side="left") + 1) / (reference + 1)
            return claims([claim("clustering", outcome, found=int((p <= target).sum()), draws=draws, target=target)])
    return claims([claim("clustering", outcome, target=target, reason=reason or "no_pair_possible")])


def false_rotation(rows: pd.DataFrame, periods: Sequence[str], *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA,
                   min_team: int = 2, draws: int = 400, target: float = 0.05, seed: int = 1) -> pd.DataFrame:
    """Count how often `rotation_effect` finds an effect when it is drawn by lot which teams of a period were taken over.

    Parameters
    ----------
    rows, periods, outcome, strata, min_team
        As for `rotation.rotation_effect`.
    draws : int
        Permutations of the takeovers among the teams of each period.
    target : float
        The level of the test.
    seed : int
        Of the generator.

    Returns
    -------
    pandas.DataFrame
        One row of `inference.claims.claims`. Not estimable: the reasons of `rotation_effect`, or "no_draw_with_a_test".

    Raises
    ------
    EstimationError
        As `rotation_effect`.

    Notes
    -----
    Draws after which no test is possible (no stratum with both kinds of teams) count as draws without a claim: on such data the page
    would claim nothing. People who passed to another evaluator alone stay out, as in the estimate itself.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcdefgh") * 2, "period": ["1"] * 8 + ["2"] * 8, "opd_id": "u", "post_type": "x",
    ...                      "rater_id": list("eeggiikk") + list("ffhhiikk"), "predikat": ["baik"] * 8 + ["sangat_baik"] * 3 + ["baik"] * 5})
    >>> false_rotation(rows, ["1", "2"], draws=50).loc[0, "status"]
    'estimated'
    """
    rows = rated(rows, strata, "predikat")
    panel = team_panel(rows, outcome_of(rows, outcome), periods, strata=strata, min_team=min_team)
    reason = missing_takeovers(panel)
    if not reason:
        found = _rotations(panel, draws, np.random.default_rng(seed))
        if not np.isnan(found).all():
            return claims([claim("rotation_effect", outcome, found=int((found <= target).sum()), draws=draws, target=target)])
    return claims([claim("rotation_effect", outcome, target=target, reason=reason or "no_draw_with_a_test")])


def _rotations(panel: TeamPanel, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Give the p-value of each draw; only means of what moves together matter (team, period, kind of step, stratum)."""
    parts = [(*changes_at(panel, t, t), t) for t in range(1, panel.n_periods)]
    values, treated, stratum, team = (np.concatenate([p[i] for p in parts]) for i in range(4))
    when = np.concatenate([np.full(len(p[0]), p[4]) for p in parts])
    if not len(values):
        return np.full(draws, np.nan)
    unit, unit_of = np.unique(np.column_stack([when, team, treated]), axis=0, return_inverse=True)
    cell, cell_of = np.unique(np.column_stack([unit_of.reshape(-1), stratum]), axis=0, return_inverse=True)
    counts = np.bincount(cell_of.reshape(-1)).astype(float)
    means = np.bincount(cell_of.reshape(-1), weights=values) / counts
    found = np.full(draws, np.nan)
    for i in range(draws):
        # units are sorted by period, so keys offset by the period shuffle each period in its own places
        taken = unit[np.argsort(rng.random(len(unit)) + unit[:, 0]), 2].astype(bool)
        found[i] = clustered_difference(means, taken[cell[:, 0]], cell[:, 1], unit[cell[:, 0], 1], counts=counts).p_value
    return found
