"""Who rates whom in a 360: enough raters a role, an even load, nobody twice, and a design that hangs together by construction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference import frames
from evalkit.inference.single_values import whole_number

ROLES = ("self", "superior", "peer", "subordinate")
MIN_RATERS = 3
MAX_LOAD = 10
MAX_TEAM = 30


@dataclass(frozen=True)
class Assignment:
    """The design: `pairs` (`rater_id`, `object_id`, `rater_role`), and `unmet`: people and roles with too few who could rate.

    A person of a team above the ceiling, whom the lot did not give to her superior, has the role superior there with 0 of 1.
    """

    pairs: pd.DataFrame
    unmet: pd.DataFrame


def assign_360(people: pd.DataFrame, *, seed: int, min_raters: int | Mapping[str, int] = MIN_RATERS, max_load: int = MAX_LOAD,
               max_team: int | None = MAX_TEAM) -> Assignment:
    """Draw who rates whom.

    Everybody is rated by herself and her superior; by at least `min_raters` peers, drawn from those with the same superior first,
    then from the same office; and, who leads, by as many of her own people. In a ring of n peers in random order each rates the
    next k: everybody is rated by k and rates k. Two neighbours share k - 1 people, so a ring of two steps or more hangs together,
    and superiors tie the rings; what is left apart is joined by one form a piece.

    Parameters
    ----------
    people : pandas.DataFrame
        `person_id`, `opd_id`, `superior_id`: one row a person.
    seed : int
        The same seed draws the same design.
    min_raters : int or mapping of str to int
        Least number of peers and of subordinates; by role with `peer` and `subordinate`.
    max_load : int
        Most forms of one rater about peers and superiors; forms about her own people and herself come on top.
    max_team : int, optional
        Most forms of a superior about her own people; of a larger team so many are drawn, and the others are told in `unmet` (a rating of
        a hundred people by one of them says little of each). None: all.

    Returns
    -------
    Assignment
        A role of a person that cannot reach its number is not drawn at all, and is told in `unmet`: two answers would name the
        two who gave them.

    Raises
    ------
    EstimationError
        If a column is absent, a number is below 2, `max_load` is below the number of peers, or `max_team` is below 1.

    Notes
    -----
    No one rates a person twice: a superior is no peer. Rings are filled up within the office where a team is too small.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abcdef"), "opd_id": "o", "superior_id": [None, *["a"] * 5]})
    >>> found = assign_360(people, seed=1)
    >>> found.pairs["rater_role"].value_counts().to_dict()
    {'peer': 15, 'self': 6, 'superior': 5, 'subordinate': 3}
    """
    frames.need(people, "person_id", "opd_id", "superior_id")
    whole_number(seed=seed)
    need = {role: int(min_raters[role] if isinstance(min_raters, Mapping) else min_raters) for role in ("peer", "subordinate")}
    if min(need.values()) < 2 or max_load < need["peer"]:
        raise EstimationError("A role needs two raters or more, and the load must allow for the peers.")
    if max_team is not None and max_team < 1:
        raise EstimationError(f"max_team is {max_team}; a superior rates one of her own people or more.")
    rows = people[["person_id", "opd_id", "superior_id"]].astype(object).drop_duplicates("person_id").sort_values("person_id")
    return _Draw(rows.reset_index(drop=True), np.random.default_rng([seed, 360]), need, max_load).run(
        np.random.default_rng([seed, 361]), max_team)


class _Draw:
    """One draw in progress."""

    def __init__(self, rows: pd.DataFrame, rng: np.random.Generator, need: dict[str, int], max_load: int) -> None:
        self.rng, self.need, self.max_load = rng, need, max_load
        known = set(rows["person_id"])
        self.people: list[str] = rows["person_id"].tolist()
        self.office = dict(zip(rows["person_id"], rows["opd_id"], strict=True))
        spelt = {p: p for p in self.people}  # a column with gaps holds 7.0 where the other holds 7
        self.superior = {p: spelt[s] for p, s in zip(rows["person_id"], rows["superior_id"], strict=True) if pd.notna(s) and s in known}
        self.pairs: dict[tuple[str, str], str] = {}
        self.load: Counter[str] = Counter()
        self.unmet: list[tuple[str, str, int, int]] = []

    def run(self, lot: np.random.Generator, max_team: int | None) -> Assignment:
        for p in self.people:
            self.pairs[(p, p)] = "self"
        teams = self._groups(self.superior)
        for s, team in teams.items():
            asked = team if max_team is None or len(team) <= max_team else lot.permutation(np.array(team, dtype=object))[:max_team].tolist()
            self.pairs |= {(s, p): "superior" for p in asked}
            self.unmet += [(p, "superior", 0, 1) for p in sorted(set(team) - set(asked))]
        for leader, team in teams.items():
            self._subordinates(leader, team)
        for _, circle in sorted(self._circles(teams).items()):
            self._peers(circle)
        self._join()
        found = [(r, o, role) for (r, o), role in self.pairs.items()]
        pairs = pd.DataFrame(found, columns=["rater_id", "object_id", "rater_role"]).sort_values(["rater_id", "object_id"])
        unmet = pd.DataFrame(self.unmet, columns=["object_id", "rater_role", "n", "needed"])
        return Assignment(pairs.reset_index(drop=True), unmet)

    @staticmethod
    def _groups(of: Mapping[str, str]) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for person, group in of.items():
            groups.setdefault(group, []).append(person)
        return groups

    def _subordinates(self, leader: str, team: list[str]) -> None:
        k = self.need["subordinate"]
        able = [p for p in team if self.load[p] < self.max_load]
        if len(able) < k:
            self.unmet.append((leader, "subordinate", len(able), k))
            return
        for p in self.rng.permutation(np.array(able, dtype=object))[:k].tolist():
            self._add(p, leader, "subordinate")

    def _circles(self, teams: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Teams that are large enough, each in random order; what is left of an office together."""
        circles: dict[str, list[str]] = {}
        placed: set[str] = set()
        for leader, team in teams.items():
            if len(team) > self.need["peer"]:
                circles[f"{self.office[leader]}|{leader}"] = self._shuffled(team)
                placed |= set(team)
        for p in self.people:
            if p not in placed:
                circles.setdefault(f"{self.office[p]}|", []).append(p)
        return {name: self._shuffled(c) if name.endswith("|") else c for name, c in circles.items()}

    def _shuffled(self, people: list[str]) -> list[str]:
        found: list[str] = self.rng.permutation(np.array(people, dtype=object)).tolist()
        return found

    def _peers(self, circle: list[str]) -> None:
        k, n = self.need["peer"], len(circle)
        for j, person in enumerate(circle):
            near = [circle[(j - step) % n] for step in range(1, n)]
            able = [r for r in near if self._free(r, person)][:k]
            if len(able) < k:
                able += [r for r in self._colleagues(person, set(near)) if self._free(r, person)][:k - len(able)]
            if len(able) < k:
                self.unmet.append((person, "peer", len(able), k))
                continue
            for rater in able:
                self._add(rater, person, "peer")

    def _colleagues(self, person: str, besides: set[str]) -> list[str]:
        rest = [p for p in self.people if self.office[p] == self.office[person] and p not in besides and p != person]
        return sorted(self._shuffled(rest), key=lambda p: self.load[p])

    def _free(self, rater: str, person: str) -> bool:
        """Whether a person may still rate another as her peer: not her superior, not her own people, and not over the load."""
        related = self.superior.get(rater) == person or self.superior.get(person) == rater
        return not related and rater != person and (rater, person) not in self.pairs and self.load[rater] < self.max_load

    def _add(self, rater: str, person: str, role: str) -> None:
        self.pairs[(rater, person)] = role
        self.load[rater] += 1

    def _join(self) -> None:
        """Tie what is left apart: one who rates in the largest piece also rates somebody of each other piece."""
        pieces = self._pieces()
        short = {person for person, role, _, _ in self.unmet if role == "peer"}
        for other in pieces[1:]:
            drawn = sorted(other, key=lambda p: p in short)  # whose answers are reported anyway comes first
            raters = [p for p in pieces[0] if self.load[p] < self.max_load] or pieces[0]
            near = [r for r in raters if self.office[r] == self.office[drawn[0]]] or raters
            rater = min(near, key=lambda r: (self.load[r], r))
            person = next((p for p in drawn if (rater, p) not in self.pairs), drawn[0])
            self._add(rater, person, "peer")

    def _pieces(self) -> list[list[str]]:
        """People whose forms hang together, the largest piece first; a form about oneself ties nobody."""
        above = {p: p for p in self.people}

        def top(p: str) -> str:
            while above[p] != p:
                above[p] = above[above[p]]
                p = above[p]
            return p

        for rater, person in self.pairs:
            above[top(rater)] = top(person)
        found: dict[str, list[str]] = {}
        for p in self.people:
            found.setdefault(top(p), []).append(p)
        return sorted(found.values(), key=lambda piece: (-len(piece), piece[0]))
