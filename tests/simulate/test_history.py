from __future__ import annotations

import numpy as np

from evalkit.simulate.calendar import quarters_until
from evalkit.simulate.city import build_city
from evalkit.simulate.history import simulate_history


def test_the_city_grows_to_its_size(world):
    listed = world.history.people["listed"].to_numpy()
    counts = world.history.active[listed].sum(axis=0)
    assert counts[-1] == 6500 and counts[0] < counts[-1] and (np.diff(counts) > 0).all()


def test_everybody_has_one_superior_who_is_there(world):
    history = world.history
    for q in range(len(world.starts)):
        here = np.flatnonzero(history.active[:, q] & history.people["listed"].to_numpy())
        leader = history.leader[history.team[here, q], q]
        assert (leader >= 0).all() and history.active[leader, q].all()
        assert (leader != here).all()


def test_nobody_holds_two_posts_and_holders_report_to_the_post_above(world):
    history, above = world.history, world.city.posts["parent"].to_numpy()
    for q in range(len(world.starts)):
        here = np.flatnonzero(history.active[:, q] & (history.post[:, q] >= 0))
        post = history.post[here, q]
        assert len(set(post.tolist())) == len(post)
        assert (history.team[here, q] == above[post]).all()


def test_acting_heads_keep_a_post_of_their_own(world):
    acting, history = world.history.acting, world.history
    assert len(acting) > 20
    post = history.post[acting["person"], acting["quarter"]]
    assert (post >= 0).all() and (post != acting["post"]).all()
    assert not acting.duplicated(["quarter", "person"]).any()


def test_rotations_leave_the_teams_in_place(world):
    history = world.history
    assert 30 <= len(history.rotations) <= 60
    for event in history.rotations.itertuples():
        q, post = event.quarter, event.post
        assert history.post[event.from_person, q - 1] == post and history.post[event.to_person, q] == post
        staff = np.flatnonzero(history.active[:, q] & history.active[:, q - 1] & (history.team[:, q] == post) & (history.post[:, q] < 0))
        moved = set(history.transfers.loc[history.transfers["quarter"] == q, "person"])
        stayed = [p for p in staff.tolist() if p not in moved]
        assert all(history.team[p, q - 1] == post for p in stayed)


def test_heads_of_school_change_only_when_a_semester_starts(world):
    kind = world.city.posts["kind"].to_numpy()
    changed = world.history.rotations[kind[world.history.rotations["post"]] == "guru"]
    assert all(world.starts[q].month in (1, 7) for q in changed["quarter"])


def test_transfers_are_within_their_quarter_and_to_another_unit(world):
    unit = world.city.posts["unit"].to_numpy()
    moves = world.history.transfers
    assert len(moves) > 80 and (unit[moves["from_team"]] != unit[moves["to_team"]]).all()
    assert all(world.starts[m.quarter] < m.on for m in moves.itertuples())


def test_people_who_are_away_are_neither_heads_nor_transferred(world):
    away, history = world.history.away, world.history
    assert (history.post[away["person"], away["quarter"]] < 0).all()
    both = away.merge(history.transfers, on=["quarter", "person"])
    assert both.empty


def test_in_a_small_city_every_vacant_post_is_led_by_somebody_who_does_not_report_to_it():
    city, starts = build_city(600), quarters_until("2026-Q3", 4)
    history = simulate_history(np.random.default_rng(1), city, starts, 600, 1)
    assert (history.leader >= 0).all()
    for q in range(len(starts)):
        here = np.flatnonzero(history.active[:, q])
        assert (history.leader[history.team[here, q], q] != here).all()
