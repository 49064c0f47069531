"""Small generated cities with known truth: who stands under whom, and ratings from known causes."""

from __future__ import annotations

import numpy as np
import pandas as pd

STAR, BELOW = 0.11, 0.003


def city(rng: np.random.Generator, *, units: int = 10, teams: int = 6, size: tuple[int, int] = (2, 8), periods: int = 2,
         severity_sd: float = 0.0, team_sd: float = 0.0, unit_sd: float = 0.5, ability_sd: float = 0.6, noise_sd: float = 0.65,
         star: float = STAR, rotate: float = 0.0, turnover: float = 0.0, quota: bool = False, copying: float = 0.0) -> pd.DataFrame:
    """Draw a city: latent = unit + team - severity + ability + noise; the highest `star` of all ratings are Sangat Baik.

    `rotate` is the chance that a team has a new evaluator from one period to the next, `turnover` the chance that a person
    is not rated in a period, `quota` whether each unit gives exactly its share in each period, `copying` the chance that a
    result is the one of the period before while the evaluator stays.
    """
    n_teams = units * teams
    sizes = rng.integers(size[0], size[1] + 1, n_teams)
    team = np.repeat(np.arange(n_teams), sizes)
    unit, n = team // teams, len(team)
    quality = rng.normal(0, unit_sd, units)[unit] + rng.normal(0, team_sd, n_teams)[team] + rng.normal(0, ability_sd, n)
    post = rng.integers(0, 2, n)
    evaluator = np.arange(n_teams)
    severity = rng.normal(0, severity_sd, n_teams * (periods + 1))
    cut = _threshold(star, severity_sd, team_sd, unit_sd, ability_sd, noise_sd)
    parts, before, stayed = [], None, None
    for t in range(periods):
        if t:
            new = rng.random(n_teams) < rotate
            evaluator = np.where(new, n_teams * (t + 1) + np.arange(n_teams) - n_teams, evaluator)
            stayed = ~new[team]
        latent = quality - severity[evaluator % len(severity)][team] + rng.normal(0, noise_sd, n)
        positive = _highest_by_unit(latent, unit, star) if quota else latent > cut
        if t and copying and before is not None and stayed is not None:
            positive = np.where(stayed & (rng.random(n) < copying), before, positive)
        before = positive
        parts.append(pd.DataFrame({"person_id": np.arange(n), "period": f"2026-{t + 1:02d}", "rater_id": evaluator[team], "team": team,
                                   "opd_id": unit, "post_type": post, "predikat": np.where(positive, "sangat_baik", "baik")}))
    rows = pd.concat(parts, ignore_index=True)
    return rows[rng.random(len(rows)) >= turnover].reset_index(drop=True) if turnover else rows


def _threshold(star: float, *spreads: float) -> float:
    """Give the cut that leaves `star` above it in expectation over cities: a city's own share varies, as it does in life."""
    from scipy.special import ndtri

    return float(np.sqrt(np.square(spreads).sum()) * ndtri(1 - star))


def _highest_by_unit(latent: np.ndarray, unit: np.ndarray, star: float) -> np.ndarray:
    """Give exactly the rounded share of each unit, to the highest of it."""
    order = np.lexsort((-latent, unit))
    sizes = np.bincount(unit)
    rank = np.empty(len(latent), dtype=int)
    rank[order] = np.arange(len(latent)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return rank < np.maximum(np.round(star * sizes), 1)[unit]
