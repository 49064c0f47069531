from __future__ import annotations

from datetime import date

import numpy as np

from evalkit.simulate import words
from evalkit.simulate.people import NEVER, hash_text, opaque


def test_numbers_keep_their_rules(world):
    people = world.history.people
    assert people["nip"].is_unique and people["asn_id"].is_unique
    assert people["nip"].str.fullmatch(r"\d{18}").all()
    assert (people["nip"].str[:8] == [d.strftime("%Y%m%d") for d in people["born"]]).all()
    assert (people["nip"].str[14] == people["sex"].map({"M": "1", "F": "2"})).all()
    assert people["nip"].str[15:].astype(int).between(900, 999).all()  # invented: no real serial is that high
    pns = people["employment"] == "pns"
    month = people["nip"].str[12:14].astype(int)
    assert month[pns].between(1, 12).all() and month[~pns].between(21, 29).all()
    assert (people["nip"].str[8:12].astype(int) == [d.year for d in people["appointed"]]).all()
    age = np.array([a.year - b.year for a, b in zip(people["appointed"], people["born"], strict=True)])
    assert age.min() >= 18


def test_serials_start_anew_for_each_stem(world):
    nip = world.history.people["nip"]
    serial = nip.str[15:].astype(int) - 901
    assert (serial == serial.groupby(nip.str[:15]).cumcount()).all()


def test_whoever_is_on_the_first_list_is_not_retired_yet(world):
    people, start = world.history.people, world.starts[0]
    first = people[(people["hired"] == 0) & people["listed"]]
    oldest = min(first["born"])
    assert oldest >= date(start.year - 60, start.month - 1, 1) and first["leaves"].min() >= 0
    assert (people.loc[people["hired"] > 0, "leaves"] == NEVER).all()


def test_names_are_of_the_invented_families(world):
    assert set(world.history.people["name"].str.split().str[-1]) <= set(words.FAMILY)


def test_opaque_ids_are_stable_and_differ():
    first = opaque(5, "person", np.arange(10_000))
    assert len(set(first)) == 10_000 and all(len(x) == 32 for x in first)
    assert (first == opaque(5, "person", np.arange(10_000))).all()
    assert not set(first) & set(opaque(6, "person", np.arange(10_000))) and not set(first) & set(opaque(5, "unit", np.arange(10_000)))
    assert hash_text("person") == hash_text("person")
