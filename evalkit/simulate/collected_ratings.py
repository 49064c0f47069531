"""Linked ratings of the invented city, with known truth: vignettes and their key, blind second ratings, a 360 of one office, a survey.

An evaluator is as severe on vignettes as in service; how well she reads a text, how far one impression colours all seven items,
and how much of the scale she uses are her own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.collect.assign_360 import assign_360
from evalkit.collect.double_rating import draw_double_ratings
from evalkit.collect.workbook import form_id
from evalkit.instruments.vignettes import Vignette, load_vignettes, packet
from evalkit.simulate.evaluators import NOISE_SD
from evalkit.simulate.ratings import HIGH, LOW, MEETS, Outcome, gap_of
from evalkit.simulate.world import World

SEVERITY_STEP = 0.8  # points of the scale of 1 to 5 for one unit of latent severity
EXPERTS = 5
EXPERT_SD = 0.35
ITEM_SD = 0.15
DRIFT_SD = 0.12
SILENT, HALF = 0.02, 0.02  # forms that do not come back, and those filled in to the middle
SURVEYED = 0.25  # people who answer the survey, nobody knows which
# how far people agree with the eight questions of the survey, and how much less those of a group do
AGREED = (3.4, 3.1, 3.8, 2.7, 3.5, 2.6, 3.9, 2.9)
LESS_HEARD = {"Struktural": 0.0, "Fungsional": -0.1, "Pelaksana": -0.3}
ANCHORS = 3  # every third evaluator rated the same vignettes in the quarter before
ROUNDS = (0, 1, 3, 4)  # quarters before the last in which vignettes were answered; the two earliest came before most classes
FIRST, OTHER = 4, 3  # the round of the form that the lot gave, and that of the other form
SECOND_SHARE = 0.1
_BELOW_BOTH = -2.5  # latent level under which a second rater sees less than was expected

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LinkedRatings:
    """What came back on forms, people by position, and the truth behind it.

    `vignettes`: back (quarters before the last), person, form, code, seven answers (0: none). `key`: expert, code, seven
    answers. `doubles`: object, rater, first, hasil, perilaku. `feedback`: rater, object, role, seven answers. `survey`: respondent (a code
    that is nobody's), group, eight answers.
    """

    vignettes: pd.DataFrame
    key: pd.DataFrame
    doubles: pd.DataFrame
    feedback: pd.DataFrame
    survey: pd.DataFrame
    truth: dict[str, pd.DataFrame]


def linked_ratings(world: World, office: str) -> LinkedRatings:
    """Draw the linked ratings of the last quarter.

    Parameters
    ----------
    world : World
        The city; nothing of it changes, and none of its random numbers.
    office : str
        Name of the office that holds a 360.

    Returns
    -------
    LinkedRatings
        Vignettes of form A by every evaluator of the last quarter, and by a third of them in the quarter before. A year before, that
        third answered one of the two forms by lot, and the other form a quarter later; no course changes how vignettes are read.

    Notes
    -----
    ``answer = round(3 + slope (intended - 3) - 0.8 severity + drift + halo + item + noise)``, cut to 1 to 5: `halo` is one draw for
    all items of a vignette, `item` one for all vignettes. What is cut at the ends shrinks severities a little.
    """
    outcome = next(o for o in reversed(world.outcomes) if o.round.population == "asn")
    rows = outcome.rows.loc[outcome.rows["main"] & (outcome.rows["rater"] >= 0)]
    listed = world.history.people["listed"].to_numpy()
    raters = np.unique(rows["rater"].to_numpy())
    raters = raters[listed[raters]]
    habits = _habits(world, raters)
    vignettes = _vignettes(world, habits)
    doubles = _doubles(world, outcome, rows)
    survey, agreed = _survey(world, rows)
    truth = {"linked_evaluators": habits, "vignette_key": _intended(), "double_ratings": doubles, "fairness_survey": agreed}
    return LinkedRatings(vignettes, _key(world), doubles, _feedback(world, outcome, rows, office), survey, truth)


def _habits(world: World, raters: npt.NDArray[np.int64]) -> pd.DataFrame:
    """How each evaluator reads vignettes: the truth that an analysis should find."""
    rng, n = np.random.default_rng([world.seed, 75]), len(raters)
    return pd.DataFrame({
        "person": raters, "elevation": -SEVERITY_STEP * world.evaluators.severity[raters], "slope": np.clip(rng.normal(0.85, 0.12, n), 0.4, 1.15),
        "halo_sd": rng.gamma(4.0, 0.08, n), "noise_sd": rng.uniform(0.35, 0.8, n), "drift": rng.normal(0, DRIFT_SD, n),
        "answered": rng.random(n) >= SILENT, "half": rng.random(n) < HALF})


def _vignettes(world: World, habits: pd.DataFrame) -> pd.DataFrame:
    rng, packets = np.random.default_rng([world.seed, 76]), (packet("A"), packet("B"))
    targets = np.array([[v.intended for v in p] for p in packets], dtype=float)
    codes = np.array([[v.code for v in p] for p in packets], dtype=object)
    n, v, i = len(habits), *targets.shape[1:]
    column = {c: habits[c].to_numpy() for c in habits.columns}
    leaning = rng.normal(0, ITEM_SD, (n, 1, i))
    lot = np.random.default_rng([world.seed, 93]).permutation(n) % 2  # which form an evaluator meets first
    frames = []
    for back in ROUNDS:
        if back >= len(world.starts):
            break
        form = lot if back == FIRST else 1 - lot if back == OTHER else np.zeros(n, dtype=np.int64)
        level = 3 + column["slope"][:, None, None] * (targets[form] - 3) + column["elevation"][:, None, None] + leaning
        level = level + (column["drift"][:, None, None] if back == 0 else 0.0)
        halo = rng.normal(0, 1, (n, v, 1)) * column["halo_sd"][:, None, None]
        answers = _cut(level + halo + rng.normal(0, 1, (n, v, i)) * column["noise_sd"][:, None, None])
        answers[column["half"], v // 2:] = 0
        who = column["answered"] & ((back == 0) | (np.arange(n) % ANCHORS == 0))
        if back in (FIRST, OTHER):  # who led nobody then was not asked
            who = who & np.isin(column["person"], world.history.leader[:, len(world.starts) - 1 - back])
        person, code = np.repeat(column["person"][who], v), codes[form[who]].ravel()
        frames.append(_answers(pd.DataFrame({"back": back, "person": person, "form": np.repeat(np.array(["A", "B"], dtype=object)[form[who]], v),
                                             "code": code}), answers[who].reshape(-1, i)))
    return pd.concat(frames, ignore_index=True)


def _key(world: World) -> pd.DataFrame:
    rng, texts = np.random.default_rng([world.seed, 77]), load_vignettes()
    target = np.array([v.intended for v in texts], dtype=float)
    answers = _cut(target[None] + rng.normal(0, EXPERT_SD, (EXPERTS, *target.shape)))
    frame = pd.DataFrame({"expert": np.repeat([f"P{e + 1}" for e in range(EXPERTS)], len(texts)), "code": [v.code for v in texts] * EXPERTS,
                          "form": [v.form for v in texts] * EXPERTS})
    return _answers(frame, answers.reshape(-1, target.shape[1]))


def _intended() -> pd.DataFrame:
    texts: tuple[Vignette, ...] = load_vignettes()
    return _answers(pd.DataFrame({"code": [v.code for v in texts], "form": [v.form for v in texts]}), np.array([v.intended for v in texts]))


def _doubles(world: World, outcome: Outcome, rows: pd.DataFrame) -> pd.DataFrame:
    """Draw a tenth of each office for a second rating, from the same causes with the second rater's own severity and chance."""
    rng = np.random.default_rng([world.seed, 78])
    opd = world.city.units["opd"].to_numpy()[rows["unit"]]
    listed = world.history.people["listed"].to_numpy()
    people = pd.DataFrame({"person_id": rows["person"].map(_name), "opd_id": opd, "superior_id": rows["rater"].map(_name)})
    drawn = draw_double_ratings(people[listed[rows["person"]]], seed=world.seed, share=SECOND_SHARE)
    frame = pd.DataFrame({c: drawn[f"{c}_id"].map(int) for c in ("object", "rater", "first")}).astype("int64")
    own = rows.drop_duplicates("person").set_index("person").loc[frame["object"]].reset_index()
    habits = world.evaluators
    latent = (habits.team[own["team"]] - habits.severity[frame["rater"]] + habits.ability[own["person"]]
              + gap_of(world.history, own, world.city) + rng.normal(0, NOISE_SD, len(frame)))
    hasil = np.select([latent > outcome.threshold, latent < _BELOW_BOTH], [HIGH, LOW], MEETS).astype(np.int8)
    perilaku = np.where(rng.random(len(frame)) < 0.06, MEETS, hasil).astype(np.int8)
    return frame.assign(hasil=hasil, perilaku=perilaku, same_hasil=hasil == own["hasil"].to_numpy())


def _feedback(world: World, outcome: Outcome, rows: pd.DataFrame, office: str) -> pd.DataFrame:
    """The 360 of one office: who rates whom as the form's own draw says; people think a little better of themselves."""
    rng = np.random.default_rng([world.seed, 73])
    names = world.city.units["name"].to_numpy()
    listed = world.history.people["listed"].to_numpy()
    own = rows.loc[(names[world.city.units["opd"].to_numpy()[rows["unit"]]] == office) & listed[rows["person"]]]
    people = pd.DataFrame({"person_id": own["person"].map(_name), "opd_id": office, "superior_id": own["rater"].map(_name)})
    pairs = assign_360(people, seed=world.seed, max_team=None).pairs
    rater, ratee = (pairs[c].map(int).to_numpy(dtype=np.int64) for c in ("rater_id", "object_id"))
    lift = pairs["rater_role"].map({"self": 0.3, "subordinate": 0.1}).fillna(0.0).to_numpy(dtype=float)
    level = 3.6 + 0.5 * world.evaluators.ability[ratee] - 0.6 * world.evaluators.severity[rater] + lift
    halo = rng.normal(0, 0.3, (len(pairs), 1))
    answers = _cut(level[:, None] + halo + rng.normal(0, 0.6, (len(pairs), 7)))
    return _answers(pd.DataFrame({"rater": rater, "object": ratee, "role": pairs["rater_role"]}), answers)


def _survey(world: World, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw who answers the survey, and what: one level a person, one a question, less where the group feels less heard; and its truth."""
    rng = np.random.default_rng([world.seed, 79])
    post = rows["post"].to_numpy()
    own = world.history.people["post_type"].to_numpy(dtype=object)[rows["person"]]
    kinds = np.where(post >= 0, world.city.posts["post_type"].to_numpy(dtype=object)[post], own)
    group = [str(k).capitalize() for k in kinds[rng.random(len(rows)) < SURVEYED]]
    level = np.array(AGREED)[None] + np.array([LESS_HEARD[g] for g in group])[:, None] + rng.normal(0, 0.6, (len(group), 1))
    answers = _cut(level + rng.normal(0, 0.7, level.shape))
    answers[rng.random(answers.shape) < 0.03] = 0  # a question left blank
    codes = rng.choice(900_000, len(group), replace=False) + 100_000
    frame = _answers(pd.DataFrame({"respondent": [form_id("R", str(c)) for c in codes], "group": group}), answers)
    truth = pd.DataFrame([{"group": g, "item": j, "level": a + less} for g, less in LESS_HEARD.items() for j, a in enumerate(AGREED)])
    return frame.sort_values("respondent", ignore_index=True), truth  # in the order of codes, not of the list of people


def _name(person: int) -> str:
    return f"{person:06d}"


def _cut(values: Floats) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = np.clip(np.rint(values), 1, 5).astype(np.int64)
    return found


def _answers(frame: pd.DataFrame, answers: npt.NDArray[np.int64]) -> pd.DataFrame:
    return pd.concat([frame, pd.DataFrame(answers, columns=[f"a{j}" for j in range(answers.shape[1])], index=frame.index)], axis=1)
