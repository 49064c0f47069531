"""Generated teams whose true spread is known: who is taken over by whom, and each person's own chance at each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri


@dataclass(frozen=True)
class World:
    """`rows` as the kernels want them; `spread` of evaluators' chances for one team, from the chances themselves; the `periods`.

    `change`: the mean change of the chances at takeovers.
    """

    rows: pd.DataFrame
    spread: float
    periods: tuple[str, ...]
    change: float = 0.0


def rotating(rng: np.random.Generator, *, units: int = 10, teams: int = 8, size: tuple[int, int] = (3, 7), periods: int = 4,
             severity_sd: float = 0.0, team_sd: float = 0.0, rotate: float = 0.25, star: float = 0.11, copying: float = 0.0,
             below: bool = False, lenient: float = 0.0) -> World:
    """Draw teams that pass to a new evaluator with the chance `rotate` a period; latent = unit + team + ability - severity + noise.

    `copying`: the chance that a result is the last one while the evaluator stays. `below`: the outcome is a result below Baik.
    `lenient`: by how much all evaluators who take over are less severe than the first ones.
    """
    n_teams = units * teams
    team = np.repeat(np.arange(n_teams), rng.integers(size[0], size[1] + 1, n_teams))
    n, noise = len(team), 0.65
    quality = (rng.normal(0, 0.5, units)[team // teams] + rng.normal(0, team_sd, n_teams)[team] + rng.normal(0, 0.6, n))
    cut = float(np.sqrt(severity_sd**2 + 0.25 + team_sd**2 + 0.36 + noise**2) * ndtri(1 - star))
    severity = rng.normal(0, severity_sd, n_teams * (periods + 1))
    severity[n_teams:] -= lenient
    evaluator, parts, total, pairs, moved, people = np.arange(n_teams), [], 0.0, 0.0, 0.0, 0.0
    chance, before = np.zeros(n), np.zeros(n, dtype=bool)
    for t in range(periods):
        new = rng.random(n_teams) < (rotate if t else 0.0)
        evaluator = np.where(new, n_teams * t + np.arange(n_teams), evaluator)
        now = ndtr((quality - severity[evaluator][team] - cut) / noise)
        if t:
            change = np.bincount(team, now - chance), np.bincount(team, (now - chance) ** 2), np.bincount(team)
            total += float((change[0] ** 2 - change[1])[new].sum())
            pairs += float((change[2] * (change[2] - 1))[new].sum())
            moved, people = moved + float(change[0][new].sum()), people + float(change[2][new].sum())
        hit = rng.random(n) < now
        if t and copying:
            hit = np.where(~new[team] & (rng.random(n) < copying), before, hit)
        chance, before = now, hit
        word = np.where(hit, "kurang" if below else "sangat_baik", "baik")
        parts.append(pd.DataFrame({"person_id": np.arange(n), "period": f"2026-{t + 1:02d}", "rater_id": evaluator[team], "opd_id": team // teams,
                                   "post_type": "", "instrument": "i", "predikat": word}))
    return World(pd.concat(parts, ignore_index=True), float(np.sqrt(max(total, 0.0) / max(pairs, 1.0) / 2)),
                 tuple(f"2026-{t + 1:02d}" for t in range(periods)), moved / max(people, 1.0))


def latent_city(rng: np.random.Generator, *, sigma: float = 0.0, units: int = 12, teams: int = 8, size: tuple[int, int] = (2, 8),
                share: float = 0.11, post_types: int = 2, unit_sd: float = 0.4) -> pd.DataFrame:
    """Latent merit above a unit's own threshold; `sigma` is the spread of evaluators in units of people's own spread."""
    team = np.repeat(np.arange(units * teams), rng.integers(size[0], size[1] + 1, units * teams))
    unit = team // teams
    z = sigma * rng.normal(size=units * teams)[team] + rng.normal(0, unit_sd, units)[unit] + rng.normal(size=len(team))
    hit = z > np.sqrt(1 + sigma**2 + unit_sd**2) * ndtri(1 - share)
    return pd.DataFrame({"person_id": np.arange(len(team)), "period": "2026-Q3", "rater_id": team, "opd_id": unit, "instrument": "i",
                         "post_type": rng.integers(0, post_types, len(team)), "predikat": np.where(hit, "sangat_baik", "baik")})


def true_spread(sigma: float, p: float) -> float:
    """Give the spread of chances when nobody sets totals, by numerical integration."""
    from scipy.integrate import quad
    from scipy.stats import norm

    cut = ndtri(1 - p) * np.sqrt(1 + sigma**2)
    square = quad(lambda v: ndtr(sigma * v - cut) ** 2 * norm.pdf(v), -12, 12, points=[0, 2, 4], limit=200)[0]
    return float(np.sqrt(square - p**2))
