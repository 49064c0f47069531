"""Outcomes of the invented city: two ratings for everybody in every round, from known causes by a habit of few stars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.simulate.calendar import Round
from evalkit.simulate.city import City
from evalkit.simulate.evaluators import NOISE_SD, Evaluators
from evalkit.simulate.history import Bools, History

STAR_SHARE = (0.104, 0.112, 0.108, 0.115, 0.110, 0.117, 0.111, 0.114)  # Sangat Baik, by quarter
BELOW_SHARE = 0.003
# Gaps on the latent scale, between people of equal ability in equal teams: what a fairness analysis should find.
GAPS = {("employment", "pppk"): -0.28, ("employment", "pppk_paruh_waktu"): -0.40, ("sex", "F"): -0.06,
        ("post_type", "struktural"): 0.35}
# hasil kerja, perilaku kerja of people below Baik, with their chances: the 3x3 table of PermenPANRB 6/2022.
_BELOW = ((0, 1), (0, 2), (1, 0), (0, 0))
_BELOW_CHANCE = (0.50, 0.06, 0.28, 0.16)
LOW, MEETS, HIGH = 0, 1, 2

Codes = npt.NDArray[np.int8]
Gaps = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Outcome:
    """One round: `rows` (who, where, by whom, with `hasil`, `perilaku`, `rated`, `copied`) and the latent threshold."""

    round: Round
    rows: pd.DataFrame
    threshold: float


def quadrant(hasil: Codes, perilaku: Codes) -> npt.NDArray[np.object_]:
    """Give the predikat of two ratings (0 below, 1 meets, 2 above), for writing files.

    Written here a second time on purpose: the simulator must not share the code that reads its files back.

    Examples
    --------
    >>> quadrant(np.array([2, 2, 0], dtype=np.int8), np.array([2, 1, 0], dtype=np.int8)).tolist()
    ['sangat_baik', 'baik', 'sangat_kurang']
    """
    table = np.array([["sangat_kurang", "butuh_perbaikan", "butuh_perbaikan"], ["kurang", "baik", "baik"],
                      ["kurang", "baik", "sangat_baik"]], dtype=object)
    return table[hasil, perilaku]


def rows_of(city: City, history: History, this: Round) -> pd.DataFrame:
    """Give the appraisals that are due in a round: one a person, one more for each acting post and each transfer.

    Columns: person, post (headed, -1 for none), team (post above), unit, rater, is_acting, start, end, main (the row that
    counts).
    """
    q, people = this.last, history.people
    teacher = (people["kind"] == "guru").to_numpy()
    due = history.active[:, q] & people["listed"].to_numpy() & (teacher == (this.population == "guru"))
    due[history.away.loc[history.away["quarter"] == q, "person"].to_numpy(dtype=np.int64)] = False
    person = np.flatnonzero(due)
    first, last = date(this.end.year, 1, 1), date(this.end.year, 12, 31)
    base = pd.DataFrame({"person": person, "post": history.post[person, q], "team": history.team[person, q], "is_acting": False,
                         "start": first, "end": last, "main": True})
    moves = history.transfers.loc[history.transfers["quarter"].isin(this.quarters) & history.transfers["person"].isin(person)]
    moves = moves.drop_duplicates("person", keep="last")
    moved = dict(zip(moves["person"], moves["on"], strict=True))
    base["start"] = [moved.get(p, first) for p in person.tolist()]
    earlier = pd.DataFrame({"person": moves["person"], "post": -1, "team": moves["from_team"], "is_acting": False, "start": first,
                            "end": moves["on"], "main": False})
    acts = history.acting.loc[(history.acting["quarter"] == q) & history.acting["person"].isin(person)]
    parent = city.posts["parent"].to_numpy()
    acting = pd.DataFrame({"person": acts["person"], "post": acts["post"], "team": parent[acts["post"].to_numpy(dtype=np.int64)],
                           "is_acting": True, "start": this.start, "end": last, "main": False})
    parts = [f for f in (base, earlier, acting) if len(f)]
    rows = pd.concat(parts, ignore_index=True).astype({"person": int, "post": int, "team": int, "is_acting": bool, "main": bool})
    post, team = rows["post"].to_numpy(), rows["team"].to_numpy()
    rows["unit"] = np.where(post >= 0, city.posts["unit"].to_numpy()[post], city.posts["unit"].to_numpy()[team])
    rows["rater"] = history.leader[team, q]
    return rows


def gap_of(history: History, rows: pd.DataFrame, city: City, gaps: Gaps = GAPS) -> npt.NDArray[np.float64]:
    """Give the latent gap of each row's person: the sum of the gaps of her groups."""
    people = history.people.loc[rows["person"]]
    struktural = (rows["post"].to_numpy() >= 0) & (city.posts["post_type"].to_numpy()[rows["post"]] == "struktural")
    gap = np.where(struktural, gaps.get(("post_type", "struktural"), 0.0), 0.0)
    for (attribute, value), size in gaps.items():
        if attribute != "post_type":
            gap = gap + np.where((people[attribute] == value).to_numpy(), size, 0.0)
    return gap


def rate(rng: np.random.Generator, city: City, history: History, evaluators: Evaluators, this: Round, previous: pd.DataFrame | None,
         unit_predikat: dict[int, str], gaps: Gaps = GAPS) -> Outcome:
    """Rate everybody of a round.

    Parameters
    ----------
    rng : numpy.random.Generator
    city, history, evaluators
        The known causes.
    this : Round
    previous : DataFrame or None
        `rows` of the population's last round, for evaluators who repeat it.
    unit_predikat : dict of int to str
        OPD -> its predikat in this period; a head's hasil kerja is the achievement of the unit.
    gaps : mapping of (attribute, group) to float
        Latent gaps between people of equal ability; none of them where groups are alike.

    Returns
    -------
    Outcome

    Notes
    -----
    latent = team quality - severity + ability + gaps + noise. The highest STAR_SHARE of a round are above expectation in
    both ratings, the lowest BELOW_SHARE below it: the habit of the city, not a rule. An evaluator who copies repeats both
    ratings of everybody she also rated in the round before.
    """
    rows = rows_of(city, history, this)
    rater = rows["rater"].to_numpy()
    latent = (evaluators.team[rows["team"]] - evaluators.severity[rater] + evaluators.ability[rows["person"]]
              + gap_of(history, rows, city, gaps) + rng.normal(0, NOISE_SD, len(rows)))
    share = STAR_SHARE[this.last % len(STAR_SHARE)]
    threshold = float(np.quantile(latent, 1 - share))
    hasil, perilaku = _codes(rng, latent, threshold, evaluators.splitting_at(rater, this.last))
    rows["hasil"], rows["perilaku"] = hasil, perilaku
    rows["copied"] = _copied(rng, rows, evaluators, this, previous)
    _heads(rng, city, rows, unit_predikat)
    rows["rated"] = True
    return Outcome(this, rows, threshold)


def _codes(rng: np.random.Generator, latent: npt.NDArray[np.float64], threshold: float,
           splitting: npt.NDArray[np.float64]) -> tuple[Codes, Codes]:
    n = len(latent)
    hasil, perilaku = np.full(n, MEETS, dtype=np.int8), np.full(n, MEETS, dtype=np.int8)
    split, which = rng.random(n) < splitting, rng.random(n) < 0.37
    hasil[split & which], perilaku[split & ~which] = HIGH, HIGH
    star = latent > threshold
    hasil[star], perilaku[star] = HIGH, HIGH
    low = np.argsort(latent + rng.normal(0, 1, n))[:max(1, round(BELOW_SHARE * n))]
    low = low[~star[low]]
    pick = rng.choice(len(_BELOW), len(low), p=_BELOW_CHANCE)
    below = np.array(_BELOW, dtype=np.int8)[pick]
    hasil[low], perilaku[low] = below[:, 0], below[:, 1]
    return hasil, perilaku


def _copied(rng: np.random.Generator, rows: pd.DataFrame, evaluators: Evaluators, this: Round, previous: pd.DataFrame | None) -> Bools:
    """Repeat last round's ratings, evaluator by evaluator; fills `rows` and gives which rows were repeated."""
    raters = np.unique(rows["rater"])
    chosen = raters[rng.random(len(raters)) < evaluators.copying_at(raters, this.last)]
    if previous is None:
        return np.zeros(len(rows), dtype=bool)
    last = previous.loc[previous["main"] & previous["rated"], ["person", "rater", "hasil", "perilaku"]]
    found = rows[["person", "rater"]].merge(last, on=["person", "rater"], how="left", validate="many_to_one")
    repeat: Bools = found["hasil"].notna().to_numpy() & rows["rater"].isin(chosen).to_numpy() & rows["main"].to_numpy()
    for column in ("hasil", "perilaku"):
        rows[column] = np.where(repeat, found[column].fillna(MEETS), rows[column]).astype(np.int8)
    return repeat


def _heads(rng: np.random.Generator, city: City, rows: pd.DataFrame, unit_predikat: dict[int, str]) -> None:
    """The achievement of an OPD is the hasil kerja of its head (PermenPANRB 6/2022)."""
    opds = city.opd_units
    post = rows["post"].to_numpy()
    unit, level = city.posts["unit"].to_numpy()[post], city.posts["level"].to_numpy()[post]
    head = np.flatnonzero((post >= 0) & (level == 2) & np.isin(unit, opds))
    result = {"istimewa": HIGH, "baik": MEETS}
    codes = np.array([result.get(unit_predikat.get(int(unit[i]), "baik"), LOW) for i in head], dtype=np.int8)
    hasil, perilaku = rows["hasil"].to_numpy(copy=True), rows["perilaku"].to_numpy(copy=True)
    hasil[head] = codes
    perilaku[head] = np.where((codes == HIGH) & (rng.random(len(head)) < 0.5), HIGH, MEETS)
    rows["hasil"], rows["perilaku"] = hasil, perilaku
    rows["copied"] = rows["copied"].to_numpy() & ~np.isin(np.arange(len(rows)), head)


def draw_unit_predikat(rng: np.random.Generator, city: City, quarters: int) -> pd.DataFrame:
    """Draw the paper list: for each OPD and quarter its predikat, mostly Baik, with some memory.

    Returns
    -------
    DataFrame
        unit, quarter, predikat (istimewa, baik, butuh_perbaikan).
    """
    opds = city.opd_units
    stars, low = max(1, round(len(opds) * 4 / 43)), max(1, round(len(opds) / 43))
    standing = rng.normal(0, 1, len(opds))
    frames = []
    for q in range(quarters):
        order = np.argsort(standing + rng.normal(0, 0.5, len(opds)))
        value = np.full(len(opds), "baik", dtype=object)
        value[order[-stars:]], value[order[:low]] = "istimewa", "butuh_perbaikan"
        frames.append(pd.DataFrame({"unit": opds, "quarter": q, "predikat": value}))
    return pd.concat(frames, ignore_index=True)
