"""What happens to posts and people over the span: pensions, acting heads, promotions, rotations, transfers, new people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.simulate.city import FULL, KINDS, MAYOR, SECRETARY, City
from evalkit.simulate.people import NEVER, Ints, draw_people

_START_SHARE = 6271 / 6500
_ROTATIONS, _TRANSFERS, _AWAY = 3, 14, 9  # a quarter, in a city of full size
_STATUS = ("CLTN", "CLTN", "Pemberhentian Sementara")

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class History:
    """Where everybody is in every quarter; positions of `people` and `city.posts`, one column a quarter.

    `post` is the post a person heads (-1 for none), `team` the post she reports to, `leader` who leads a post's team:
    its holder, or an acting head while it is vacant. `acting`, `rotations`, `transfers`, `promotions`, `away` list the
    events; people who are away stay on the employee list with their legal status and are not rated.
    """

    people: pd.DataFrame
    active: Bools
    post: Ints
    team: Ints
    leader: Ints
    acting: pd.DataFrame
    rotations: pd.DataFrame
    transfers: pd.DataFrame
    promotions: pd.DataFrame
    away: pd.DataFrame


@dataclass
class _State:
    city: City
    people: pd.DataFrame
    starts: tuple[date, ...]
    rng: np.random.Generator
    share: float
    active: Bools
    post: Ints
    team: Ints
    holder: Ints
    leader: Ints
    events: dict[str, list[dict[str, object]]] = field(default_factory=lambda: {
        "acting": [], "rotations": [], "transfers": [], "promotions": [], "away": []})

    @property
    def parent(self) -> Ints:
        return self.city.posts["parent"].to_numpy()


def simulate_history(rng: np.random.Generator, city: City, starts: tuple[date, ...], employees: int, seed: int) -> History:
    """Play the span quarter by quarter.

    Parameters
    ----------
    rng : numpy.random.Generator
    city : City
    starts : tuple of date
        First days of the quarters.
    employees : int
        People in service in the last quarter; the city grows to that number.
    seed : int
        For the opaque ids of people.

    Returns
    -------
    History
        Everybody has exactly one superior in every quarter. The mayor and the secretary lead but are on no list.
    """
    state = _begin(rng, city, starts, employees, seed)
    for q in range(len(starts)):
        if q:
            _carry(state, q)
        _retire(state, q)
        if q:
            _promote(state, q)
            _rotate(state, q)
        _act(state, q)
        if q:
            _transfer(state, q)
        _leave(state, q)
    columns = {"acting": ["quarter", "post", "person"], "rotations": ["quarter", "post", "from_person", "to_person"],
               "transfers": ["quarter", "person", "from_team", "to_team", "on"], "promotions": ["quarter", "person", "post"],
               "away": ["quarter", "person", "status"]}
    frames = {name: pd.DataFrame(state.events[name], columns=columns[name]) for name in columns}
    return History(state.people, state.active, state.post, state.team, state.leader, **frames)


def _begin(rng: np.random.Generator, city: City, starts: tuple[date, ...], employees: int, seed: int) -> _State:
    posts = city.posts
    heads = pd.DataFrame({"kind": posts["kind"], "level": posts["level"], "hired": 0, "post": posts.index, "team": posts["parent"]})
    listed_heads = len(heads) - 2
    first = round(employees * _START_SHARE) - listed_heads
    staff = _staff(rng, city, first)
    roles = pd.concat([heads, staff.assign(hired=0)], ignore_index=True)
    people = draw_people(rng, roles, starts, seed)
    people.loc[[MAYOR, SECRETARY], "leaves"] = NEVER  # they are on no list, so no pension of theirs is seen
    wanted = np.linspace(round(employees * _START_SHARE), employees, len(starts)).round().astype(int)
    remaining = [int((people["leaves"] > q).sum()) - 2 for q in range(len(starts))]
    new = np.diff(wanted - np.array(remaining))
    new[0] += wanted[0] - remaining[0]
    arrivals = [_staff(rng, city, int(max(k, 0))).assign(hired=q + 1) for q, k in enumerate(new)]
    late = draw_people(rng, pd.concat([staff.iloc[:0].assign(hired=0), *arrivals], ignore_index=True), starts, seed + 1)
    late["leaves"] = NEVER
    people = _unique(pd.concat([people, late], ignore_index=True))
    span = len(starts)
    hired, leaves = people["hired"].to_numpy(), people["leaves"].to_numpy()
    active = (hired[:, None] <= np.arange(span)) & (leaves[:, None] > np.arange(span))
    post = np.repeat(people["post"].to_numpy(dtype=np.int64)[:, None], span, axis=1)
    team = np.repeat(people["team"].to_numpy(dtype=np.int64)[:, None], span, axis=1)
    people["listed"] = ~people.index.isin([MAYOR, SECRETARY])
    holder = np.repeat(np.arange(len(posts), dtype=np.int64)[:, None], span, axis=1)
    return _State(city, people, starts, rng, min(1.0, employees / FULL), active, post, team, holder, holder.copy())


def _unique(people: pd.DataFrame) -> pd.DataFrame:
    """Serial numbers go on within the same 15 digits when new people come."""
    stem = people["nip"].str[:15]
    people["nip"] = stem + (stem.groupby(stem).cumcount() + 901).astype(str)
    return people


def _staff(rng: np.random.Generator, city: City, number: int) -> pd.DataFrame:
    """Spread people without subordinates over the teams by their weights; no team stays empty while there are enough."""
    weights = city.posts[[f"staff_{k}" for k in KINDS]].to_numpy()
    flat = weights.ravel()
    slots = np.flatnonzero(flat > 0)
    base = np.where(flat[slots] >= 1.0, 1, 0) if number >= 2 * len(slots) else np.zeros(len(slots), dtype=int)
    counts = base + rng.multinomial(number - base.sum(), flat[slots] / flat[slots].sum())
    slot = np.repeat(slots, counts)
    return pd.DataFrame({"kind": np.array(KINDS, dtype=object)[slot % len(KINDS)], "level": 0, "post": -1, "team": slot // len(KINDS)})


def _carry(s: _State, q: int) -> None:
    stays = s.people["hired"].to_numpy() < q
    s.post[stays, q] = s.post[stays, q - 1]
    s.team[stays, q] = s.team[stays, q - 1]
    s.holder[:, q] = s.holder[:, q - 1]


def _retire(s: _State, q: int) -> None:
    held = np.flatnonzero(s.holder[:, q] >= 0)
    gone = held[~s.active[s.holder[held, q], q]]
    s.holder[gone, q] = -1


def _promote(s: _State, q: int) -> None:
    """A post that was vacant in the last quarter gets a new holder from the people of its OPD."""
    kinds, opds = s.city.posts["kind"].to_numpy(), s.city.posts["opd"].to_numpy()
    for post in np.flatnonzero((s.holder[:, q] < 0) & (s.holder[:, q - 1] < 0)):
        ready = (s.active[:, q] & s.active[:, q - 1] & (s.post[:, q] < 0) & (s.people["employment"] == "pns").to_numpy()
                 & (s.people["kind"] == kinds[post]).to_numpy() & (s.people["leaves"] == NEVER).to_numpy())
        own = ready & (opds[s.team[:, q]] == opds[post])
        pool = np.flatnonzero(own if own.any() else ready)
        if len(pool):
            person = int(pool[s.rng.integers(len(pool))])
            s.post[person, q], s.team[person, q], s.holder[post, q] = post, s.parent[post], person
            s.events["promotions"].append({"quarter": q, "person": person, "post": int(post)})


def _rotate(s: _State, q: int) -> None:
    """Two heads of the same level in one OPD change posts; their teams stay where they are."""
    posts = s.city.posts
    semester = s.starts[q].month in (1, 7)  # heads of school change at the start of a semester
    steady = (s.holder[:, q] >= 0) & (s.holder[:, q] == s.holder[:, q - 1]) & (posts["level"] >= 3).to_numpy()
    steady &= semester | (posts["kind"] != "guru").to_numpy()
    groups = posts.loc[steady].groupby(["opd", "level", "kind"]).groups
    pools = [np.asarray(g) for g in groups.values() if len(g) >= 2]
    for _ in range(min(len(pools), max(1, round(_ROTATIONS * s.share)))):
        pool = pools.pop(int(s.rng.integers(len(pools))))
        a, b = (int(x) for x in s.rng.choice(pool, 2, replace=False))
        first, second = int(s.holder[a, q]), int(s.holder[b, q])
        for post, old, new in ((a, first, second), (b, second, first)):
            s.holder[post, q], s.post[new, q], s.team[new, q] = new, post, s.parent[post]
            s.events["rotations"].append({"quarter": q, "post": post, "from_person": old, "to_person": new})


def _act(s: _State, q: int) -> None:
    """A vacant post is led by a head of the same level elsewhere, who keeps the own post."""
    used: list[int] = []
    level, kind, opd = (s.city.posts[c].to_numpy() for c in ("level", "kind", "opd"))
    s.leader[:, q] = s.holder[:, q]
    for post in np.flatnonzero(s.holder[:, q] < 0):
        alike = (s.holder[:, q] >= 0) & (level == level[post]) & (kind == kind[post])
        alike[used] = False
        near = alike & (opd == opd[post])
        # a small city may have no other head of this level and work: then any head who does not report to this post
        other = (s.holder[:, q] >= 0) & (s.parent != post)
        pool = np.flatnonzero(near if near.any() else alike if alike.any() else other)
        chosen = int(pool[s.rng.integers(len(pool))])
        used.append(chosen)
        s.leader[post, q] = s.holder[chosen, q]
        s.events["acting"].append({"quarter": q, "post": int(post), "person": int(s.holder[chosen, q])})


def _transfer(s: _State, q: int) -> None:
    """Some people move to another unit in the middle of the quarter: two plans, two appraisals."""
    movable = s.active[:, q] & s.active[:, q - 1] & (s.post[:, q] < 0) & (s.people["kind"] != "audit").to_numpy()
    if s.starts[q].month in (1, 7):
        movable &= (s.people["kind"] != "guru").to_numpy()
    pool, kinds = np.flatnonzero(movable), s.people["kind"].to_list()
    for person in s.rng.choice(pool, max(1, round(_TRANSFERS * s.share)), replace=False):
        weight = s.city.posts[f"staff_{kinds[person]}"].to_numpy()
        units = s.city.posts["unit"].to_numpy()
        targets = np.flatnonzero((weight > 0) & (units != units[s.team[person, q]]))
        if len(targets):
            old, new = int(s.team[person, q]), int(targets[s.rng.integers(len(targets))])
            on = s.starts[q] + timedelta(days=int(s.rng.integers(20, 60)))
            s.team[person, q] = new
            s.events["transfers"].append({"quarter": q, "person": int(person), "from_team": old, "to_team": new, "on": on})


def _leave(s: _State, q: int) -> None:
    """Some people are on unpaid leave or suspended for the whole quarter."""
    moved = [e["person"] for e in s.events["transfers"]]
    pool = np.flatnonzero(s.active[:, q] & (s.post[:, q] < 0))
    chosen = s.rng.choice(np.setdiff1d(pool, np.array(moved, dtype=np.int64)), max(1, round(_AWAY * s.share)), replace=False)
    for i, person in enumerate(chosen.tolist()):
        s.events["away"].append({"quarter": q, "person": person, "status": _STATUS[i % len(_STATUS)]})
