"""Evaluators of the invented city: how severe each is, how good each team is, and how often last time's result is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.simulate.history import History
from evalkit.simulate.people import NEVER, Ints
from evalkit.simulate.training import COPYING_AFTER, SPLITTING_AFTER, Courses

SEVERITY_SD, TEAM_SD, ABILITY_SD, NOISE_SD = 0.45, 0.35, 0.60, 0.65
COPYING = (2.0, 4.6)  # a beta distribution: on average three in ten repeat the last round
SPLITTING = 0.045  # how often the two ratings of a person differ although neither is low

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evaluators:
    """The habits behind the ratings.

    `severity` (n people; positive is severe, in units of the latent scale), `copying` (n people; chance to repeat the last
    round), `trained_from` (n people; first quarter with the training, `NEVER` without), `team` (n posts; quality of the
    team), `ability` (n people).
    """

    severity: Floats
    copying: Floats
    trained_from: Ints
    team: Floats
    ability: Floats

    def copying_at(self, rater: Ints, quarter: int) -> Floats:
        """Chance of each evaluator to repeat the last round in `quarter`; training lowers it."""
        trained = self.trained_from[rater] <= quarter
        chance: Floats = self.copying[rater] * np.where(trained, COPYING_AFTER, 1.0)
        return chance

    def splitting_at(self, rater: Ints, quarter: int) -> Floats:
        """Chance that the two ratings of a person differ; training raises it."""
        return np.where(self.trained_from[rater] <= quarter, SPLITTING_AFTER, SPLITTING)


def draw_evaluators(rng: np.random.Generator, history: History, n_posts: int, courses: Courses) -> Evaluators:
    """Draw the habits of everybody: whoever becomes an evaluator later already has them.

    Parameters
    ----------
    rng : numpy.random.Generator
    history : History
    n_posts : int
    courses : Courses
        Who attended the training of evaluators, and when.

    Returns
    -------
    Evaluators

    Notes
    -----
    Severity and team quality are independent, so that an evaluator's share of Sangat Baik mixes the two, and only a
    change of evaluator or a linked instrument can part them.
    """
    n = len(history.people)
    trained = np.full(n, NEVER, dtype=np.int64)
    attended = courses.enrolments.loc[courses.enrolments["effective"] & courses.enrolments["completed"]]
    trained[attended["person"].to_numpy(dtype=np.int64)] = attended["quarter"].to_numpy(dtype=np.int64) + 1
    return Evaluators(severity=rng.normal(0, SEVERITY_SD, n), copying=rng.beta(*COPYING, n), trained_from=trained,
                      team=rng.normal(0, TEAM_SD, n_posts), ability=rng.normal(0, ABILITY_SD, n))


def truth_of_evaluators(evaluators: Evaluators, history: History) -> pd.DataFrame:
    """Give one row an evaluator and quarter led: severity, copying, training, the post and the quality of its team."""
    posts, quarters = np.nonzero(history.leader >= 0)
    person = history.leader[posts, quarters]
    return pd.DataFrame({"person": person, "post": posts, "quarter": quarters, "severity": evaluators.severity[person],
                         "copying": evaluators.copying[person], "trained_from": evaluators.trained_from[person],
                         "team_quality": evaluators.team[posts]})
