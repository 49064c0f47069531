"""Checks of training impact: how often a page claims an effect where none is, and whether intervals hold the truth where one is shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evalkit.impact.assess import assess
from evalkit.impact.attrition import chance_of_low
from evalkit.impact.discontinuity import discontinuity
from evalkit.impact.power import Design, smallest_effect
from evalkit.impact.power_of_cut import cut_design_effect
from evalkit.impact.power_of_waves import lot_information
from evalkit.impact.question import Question
from evalkit.impact.verdict import Verdict
from tests.calibration import training_worlds as worlds
from tests.calibration.registry import Check, Kind, register

PART, QUESTION = "Training impact", Question("course", "score")
Make = Callable[[np.random.Generator], worlds.Course]


def _verdict(made: worlds.Course) -> Verdict:
    return assess(replace(QUESTION, lot=made.lot), made.people, made.outcomes)


def _claims(make: Make) -> Callable[[np.random.Generator], bool]:
    return lambda rng: _verdict(make(rng)).claims


def _covers(make: Make) -> Callable[[np.random.Generator], bool | None]:
    def draw(rng: np.random.Generator) -> bool | None:
        made = make(rng)
        effect = _verdict(made).effect
        return None if effect is None else bool(effect.conf_low <= made.effect <= effect.conf_high)

    return draw


def _misses(make: Make) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        made = make(rng)
        effect = _verdict(made).effect
        return None if effect is None else (effect.estimate - made.effect) / worlds.LEVELS

    return draw


def _finds(make: Make) -> Callable[[np.random.Generator], float]:
    def draw(rng: np.random.Generator) -> float:
        return 0.0 if _verdict(make(rng)).claims else 1.0

    return draw


def _without_past(made: worlds.Course) -> worlds.Course:
    return worlds.Course(made.people, made.outcomes[made.outcomes["period"] == 2], made.effect)


def _thinned(rng: np.random.Generator, made: worlds.Course, share: float) -> worlds.Course:
    """A share of the people of either side leave, for no reason."""
    gone = set(made.people["person_id"][rng.random(len(made.people)) < share])
    return worlds.Course(made.people, made.outcomes[~made.outcomes["person_id"].isin(gone)], made.effect)


def _jump(rng: np.random.Generator) -> bool | None:
    made = worlds.by_score(rng, units=400, size=2, effect=3.0)
    after = made.outcomes.loc[made.outcomes["period"] == 2].set_index("person_id")["value"].reindex(made.people["person_id"])
    found = discontinuity(after.to_numpy(), made.people["score"].to_numpy(), 55.0)
    return None if found.reason else bool(found.conf_low <= 3.0 <= found.conf_high)


def _add(name: str, kind: Kind, statistic: str, design: str, draw: Callable[[np.random.Generator], float | bool | None]) -> None:
    register(Check(f"impact-{name}", PART, kind, statistic, design, draw, nominal=0.95 if kind == "coverage" else 0.05, at_most=0.05))


for _n in (4, 8, 20):
    _add(f"drawn-{_n}", "false_claims", "verdict claims an effect", f"half of {_n} units drawn, no effect",
         _claims(lambda rng, n=_n: worlds.drawn(rng, units=n)))
    _add(f"low-first-{_n}", "false_claims", "verdict claims an effect", f"low-rated people sent, called calendar, {_n} units, no effect",
         _claims(lambda rng, n=_n: worlds.low_first(rng, units=n)))
    _add(f"place-{_n}", "false_claims", "verdict claims an effect", f"two waves by place, {_n} units, no effect",
         _claims(lambda rng, n=_n: worlds.by_place(rng, units=n)))
    _add(f"score-{_n}", "false_claims", "verdict claims an effect", f"sent by score, {_n} units, no effect",
         _claims(lambda rng, n=_n: worlds.by_score(rng, units=n)))
for _n, _k in ((4, 0), (8, 0), (8, 2), (20, 2), (20, 3), (20, 0)):
    _add(f"shaken-{_n}-{_k or _n // 2}", "false_claims", "verdict claims an effect",
         f"{_k or _n // 2} of {_n} very unequal units trained at once by place, units shaken, no effect",
         _claims(lambda rng, n=_n, k=_k: worlds.shaken(rng, units=n, treated=k)))
for _n, _k in ((20, 8), (12, 5)):
    _add(f"low-units-{_n}", "false_claims", "verdict claims an effect", f"the {_k} lowest of {_n} units sent, called by place, no effect",
         _claims(lambda rng, n=_n, k=_k: worlds.low_units(rng, units=n, low=k)))
_add("all-low-first", "false_claims", "verdict claims an effect", "everybody sent in three waves, the lowest first, called calendar, no effect",
     _claims(worlds.all_low_first))
for _way, _words in (("drawn", "drawn"), ("place", "by place")):
    _add(f"all-{_way}", "false_claims", "verdict claims an effect", f"everybody sent, 20 whole units in three waves {_words}, no effect",
         _claims(lambda rng, w=_way: worlds.everybody(rng, w)))
    _add(f"cover-all-{_way}", "coverage", "average effect by waves", f"everybody sent, 20 whole units in three waves {_words}, effect 3",
         _covers(lambda rng, w=_way: worlds.everybody(rng, w, effect=3.0)))
for _kind, _words in (("ceiling", "an outcome that stops at 65"), ("words", "an outcome of three words"), ("skewed", "a skewed outcome")):
    _add(f"score-{_kind}", "false_claims", "verdict claims an effect", f"sent by score, {_words}, 20 units, no effect",
         _claims(lambda rng, k=_kind: worlds.score_with_an_end(rng, k)))
_add("drawn-people", "false_claims", "verdict claims an effect", "half of the people of each of 20 units drawn, no effect",
     _claims(lambda rng: worlds.drawn(rng, whole_units=False)))
_add("volunteers", "false_claims", "verdict claims an effect", "volunteers who rise anyway", _claims(worlds.volunteers))
_add("other-rater", "false_claims", "verdict claims an effect", "a kinder rater comes with the training, no effect", _claims(worlds.other_rater))
_add("leavers", "false_claims", "verdict claims an effect", "the worst of those drawn leave, no effect", _claims(worlds.leavers))
for _n in (4, 8, 20):
    _add(f"cover-drawn-{_n}", "coverage", "effect of being drawn", f"half of {_n} units drawn, effect 3",
         _covers(lambda rng, n=_n: worlds.drawn(rng, units=n, effect=3.0)))
_add("cover-score", "coverage", "line through the selecting score", "sent by score, 20 units, effect 3",
     _covers(lambda rng: worlds.by_score(rng, effect=3.0)))
_add("cover-jump", "coverage", "jump at the cut", "sent by score, 800 people, effect 3", _jump)
for _n in (8, 20):
    _add(f"cover-place-{_n}", "coverage", "average effect by waves", f"two waves by place, {_n} units, effect 3 growing by 1 a period",
         _covers(lambda rng, n=_n: worlds.by_place(rng, units=n, effect=3.0, growth=1.0)))
for _n, _k in ((8, 0), (8, 2), (20, 3), (20, 0)):
    _add(f"cover-shaken-{_n}-{_k or _n // 2}", "coverage", "average effect by waves",
         f"{_k or _n // 2} of {_n} very unequal units trained at once by place, units shaken, effect 3; wider of CR2 and wild bootstrap",
         _covers(lambda rng, n=_n, k=_k: worlds.shaken(rng, units=n, treated=k, effect=3.0)))
_PLAN = {_n: smallest_effect(Design(clusters=_n, span=20, icc=0.1)) for _n in (8, 20)}
for _n, _size in _PLAN.items():
    _add(f"power-drawn-{_n}", "power", "verdict claims an effect", f"half of {_n} units of 20 drawn, no past score; planned 0.80 at {_size:.2f} SD",
         _finds(lambda rng, n=_n, size=_size: _without_past(worlds.drawn(rng, units=n, effect=worlds.LEVELS * size))))
_add("power-drawn-4", "power", "verdict claims an effect", "half of 4 units of 20 drawn, 2 SD: of four units nothing is claimed, and no plan is made",
     _finds(lambda rng: _without_past(worlds.drawn(rng, units=4, effect=2 * worlds.LEVELS))))
_CUT = Design(clusters=20, span=40, icc=0.1, pre=0.5, share=0.31, drawn="person", by_unit=True)
_SEEN = smallest_effect(_CUT) * math.sqrt(cut_design_effect(0.31))
_add("power-score-20", "power", "verdict claims an effect", f"20 units of 40 sent by score, the lowest 31%; planned 0.80 at {_SEEN:.2f} SD",
     _finds(lambda rng: worlds.by_score(rng, effect=worlds.LEVELS * _SEEN)))
for _n in (9, 21):
    _size = smallest_effect(Design(clusters=_n, span=20, icc=0.1, pre=0.5, waves=((1 / 3, 3), (1 / 3, 4)), periods=6, unit_pre=1.0))
    _add(f"power-place-{_n}", "power", "verdict claims an effect",
         f"{_n} units of 20, a third in each of two waves by place, past score; planned 0.80 at {_size:.2f} SD",
         _finds(lambda rng, n=_n, size=_size: worlds.by_place(rng, units=n, effect=worlds.LEVELS * size)))
# whole units by lot: their sizes, and the seats of each wave
_LOTS: dict[str, tuple[tuple[int, ...], tuple[int, ...], str]] = {
    "10": ((5, 8, 10, 12, 15, 20, 25, 30, 40, 60), (100,), "10 units of 5 to 60 people"),
    "16": ((8, 16, 16, 16, 16, 16, 17, 22, 24, 25, 26, 28, 30, 31, 39, 119), (150,), "16 units of 8 to 119 people"),
    "23": ((127, 60, 45, 37, 30, 25, 22, 20, 17, 15, 15, 12, 10, 10, 7, 7, 6, 5, 5, 3, 3, 2, 2), (125,), "23 units of 2 to 127 people"),
    "43": ((46, 47, 53, 55, 56, 57, 57, 58, 59, 59, 59, *[61] * 4, 62, 63, 63, 65, 66, 66, 66, 67, *[68] * 4, 71, 72, 72, 74, 75, 80, 80, 106, 114,
            124, 131, 143, 168, 323, 401, 508), (500,), "43 units of 46 to 508 people"),
    "8": ((20,) * 8, (80,), "8 units of 20 people")}
for _name in ("10", "23", "43"):
    _sizes, _seats, _words = _LOTS[_name]
    _add(f"lot-{_name}", "false_claims", "verdict claims an effect",
         f"{_words}, {_seats[0]} seats by lot, large units higher and rising more, no effect",
         _claims(lambda rng, a=_sizes, b=_seats: worlds.lot(rng, a, b, slope=0.2)))
    _add(f"lot-cover-{_name}", "coverage", "effect of being drawn",
         f"{_words}, {_seats[0]} seats by lot, large units higher and rising more, effect 3",
         _covers(lambda rng, a=_sizes, b=_seats: worlds.lot(rng, a, b, slope=0.2, effect=3.0)))
_add("lot-two-waves", "false_claims", "verdict claims an effect",
     "23 units of 2 to 127 people, two waves of 125 seats by lot, large units higher and rising more, no effect",
     _claims(lambda rng: worlds.lot(rng, _LOTS["23"][0], (125, 125), slope=0.2)))
register(Check("impact-lot-bias", PART, "bias", "effect of being drawn, in SD",
               "23 units of 2 to 127 people, 125 seats by lot, large units higher and rising more, effect 3",
               _misses(lambda rng: worlds.lot(rng, _LOTS["23"][0], (125,), slope=0.2, effect=3.0))))
for _name in ("8", "16", "23", "43"):
    _sizes, _seats, _words = _LOTS[_name]
    _size = smallest_effect(Design(len(_sizes), 20, icc=0.1, pre=0.5, sizes=_sizes, seats=_seats[0]))
    _add(f"lot-power-{_name}", "power", "verdict claims an effect", f"{_words}, {_seats[0]} seats by lot; planned 0.80 at {_size:.2f} SD",
         _finds(lambda rng, a=_sizes, b=_seats, size=_size: worlds.lot(rng, a, b, effect=worlds.LEVELS * size)))
_UNLIKE = Design(20, 24, icc=0.1, pre=0.5, waves=((0.5, 3),), periods=6, unit_pre=0.0, spread=0.66)
_MOVED = smallest_effect(_UNLIKE)
_add("power-shaken-20", "power", "verdict claims an effect",
     f"half of 20 very unequal units trained at once by place, units shaken; planned 0.80 at {_MOVED:.2f} SD",
     _finds(lambda rng: worlds.shaken(rng, effect=worlds.LEVELS * _MOVED)))
_STAY = chance_of_low(0.1, 200, 200)
for _name, _waves in (("two-waves", ((0.2, 1, 1), (0.2, 2, 2))), ("held-waves", ((0.2, 1, 2), (0.2, 2, 3)))):
    _told = lot_information(_waves, pre=0.5)
    _size = smallest_effect(Design(20, 20, icc=0.1, pre=0.5, drawn="person", told=_told))
    _add(f"power-{_name}", "power", "verdict claims an effect",
         f"a fifth of 400 people drawn in each of two waves, {'the second held while the first is measured, ' if _name == 'held-waves' else ''}"
         f"past score; planned 0.80 at {_size:.2f} SD",
         _finds(lambda rng, w=_waves, size=_size: worlds.in_waves(rng, w, effect=worlds.LEVELS * size)))
_PEOPLE = smallest_effect(Design(20, 20, icc=0.1, drawn="person", attrition=0.1), 0.8 / _STAY)
_add("power-people-20", "power", "verdict claims an effect",
     f"half of the people of each of 20 units of 20 drawn, a tenth leaves, no past score; planned 0.80 at {_PEOPLE:.2f} SD",
     _finds(lambda rng: _thinned(rng, _without_past(worlds.drawn(rng, whole_units=False, effect=worlds.LEVELS * _PEOPLE)), 0.1)))
