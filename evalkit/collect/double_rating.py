"""The blind second rating: a random part of each unit, and a second rater for each who does not see the first rating."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.single_values import single, whole_number

SHARE = 0.1
MAX_LOAD = 8


def draw_double_ratings(people: pd.DataFrame, *, seed: int, share: float = SHARE, max_load: int = MAX_LOAD) -> pd.DataFrame:
    """Draw who is rated a second time, and by whom.

    ``n_u = ceil(share * people of unit u with a superior)``, drawn without replacement within each office.

    Parameters
    ----------
    people : pandas.DataFrame
        `person_id`, `opd_id`, `superior_id`: one row a person.
    seed : int
        The same seed draws the same people.
    share : float
        Part of each office, above 0 and up to 1.
    max_load : int
        Most second ratings of one rater.

    Returns
    -------
    pandas.DataFrame
        `object_id`, `rater_id` (the second rater), `first_id` (who gives the official rating), `opd_id`, `kind` of second rater:
        `above` (the superior's superior), `beside` (another leader of the office), `elsewhere`. People for whom nobody is left
        have no row: the draw goes on to the next of their office.

    Raises
    ------
    EstimationError
        If a column is absent, or `share` is not above 0 and up to 1.

    Notes
    -----
    A second rater is never the first, the person herself, or one of her own people. Whoever knows the work better comes first;
    a rater who does not know it leaves the row empty. The draw, not the office, says who is rated twice: else the ratings that
    are checked are those that nobody doubts.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abcdefgh"), "opd_id": "o", "superior_id": [None, "a", "a", "b", "b", "b", "c", "c"]})
    >>> found = draw_double_ratings(people, seed=1, share=0.2)
    >>> len(found), bool((found["rater_id"] != found["first_id"]).all())
    (2, True)
    """
    need(people, "person_id", "opd_id", "superior_id")
    whole_number(seed=seed)
    single(share=share, max_load=max_load)
    if not 0 < share <= 1:
        raise EstimationError(f"The share of double ratings is {share}; it must lie above 0 and not above 1.")
    rng = np.random.default_rng([seed, 10])
    rows = people[["person_id", "opd_id", "superior_id"]].astype(object).drop_duplicates("person_id").sort_values(["opd_id", "person_id"])
    own = set(rows["person_id"])
    spelt = {p: p for p in rows["person_id"]}  # a column with gaps holds 7.0 where the other holds 7
    superior = {p: spelt.get(s, s) for p, s in zip(rows["person_id"], rows["superior_id"], strict=True) if pd.notna(s) and s != ""}
    leaders = sorted({s for s in superior.values() if s in own})
    office = dict(zip(rows["person_id"], rows["opd_id"], strict=True))
    by_office: dict[str, list[str]] = {}
    for leader in leaders:
        by_office.setdefault(str(office[leader]), []).append(leader)
    load: Counter[str] = Counter()
    found: list[tuple[str, str, str, str, str]] = []
    for opd, part in rows[rows["superior_id"].notna()].groupby("opd_id", sort=True):
        wanted = math.ceil(share * len(part) - 1e-9)
        drawn = 0
        for person in rng.permutation(part["person_id"].to_numpy(dtype=object)).tolist():
            if drawn == wanted:
                break
            second = _second(person, superior, own, by_office.get(str(opd), []), leaders, load, max_load, rng)
            if second is not None:
                load[second[0]] += 1
                found.append((person, second[0], superior[person], str(opd), second[1]))
                drawn += 1
    return pd.DataFrame(found, columns=["object_id", "rater_id", "first_id", "opd_id", "kind"])


def _second(person: str, superior: dict[str, str], own: set[str], near: list[str], leaders: list[str], load: Counter[str],
            max_load: int, rng: np.random.Generator) -> tuple[str, str] | None:
    first = superior[person]

    def able(rater: str) -> bool:
        return rater in own and rater not in (person, first) and superior.get(rater) != person and load[rater] < max_load

    above = superior.get(first)
    if above is not None and able(above):
        return above, "above"
    for kind, pool in (("beside", near), ("elsewhere", leaders)):
        free = [r for r in pool if able(r)]
        if free:
            least = min(load[r] for r in free)
            return str(rng.choice(np.array([r for r in free if load[r] == least], dtype=object))), kind
    return None
