"""Every reason of rungs 1 and 2 has its sentence in both languages, and every sentence its reason."""

from __future__ import annotations

import pandas as pd

from evalkit.language.catalogue import catalogue, say
from evalkit.raters.carry_over import carried_over
from evalkit.raters.clustering import clustering_test
from evalkit.raters.leave_out import effect_spread
from evalkit.raters.rotation import rotation_effect, rotation_spread
from evalkit.raters.variance_between import evaluator_spread
from tests.raters.test_clustering import DEGENERATE
from tests.raters.test_leave_out import LITTLE as UNLINKED
from tests.raters.test_leave_out import rows
from tests.raters.test_rotation import LITTLE, history


def reasons() -> set[str]:
    """The reasons of the kernels, from data that bring them about."""
    periods = ["0", "1"]
    even = pd.DataFrame({"person_id": range(40), "period": "p", "rater_id": [i // 4 for i in range(40)], "opd_id": "", "post_type": "",
                         "predikat": ["sangat_baik" if i % 4 == 0 else "baik" for i in range(40)]})
    frames = [clustering_test(r, draws=9) for r in DEGENERATE.values()] + [evaluator_spread(even, draws=19)]
    frames += [evaluator_spread(even.assign(predikat=["sangat_baik"] + ["baik"] * 39), draws=19)]  # one person makes no pair
    frames += [kernel(r, periods) for kernel in (rotation_effect, rotation_spread) for r in (LITTLE["one_period"], LITTLE["no_takeover"])]
    frames += [rotation_effect(history("eegg", "ffhh"), periods), rotation_effect(history("eegg", "ffgg"), periods),
               rotation_spread(history("eeggiikk", "ffhhiikk"), periods, draws=9)]
    frames += [effect_spread(r) for r in UNLINKED.values()]
    frames += [effect_spread(rows("efef", "0000", "aabb").assign(period=["1", "2"] * 2)), carried_over(history("ee"), periods)]
    return set(pd.concat([f["reason"].dropna().astype(object) for f in frames])) - {"copied_or_stable"}


def test_every_reason_has_its_words_and_every_word_its_reason():
    known = {k.removeprefix("effect_reason.") for k in catalogue() if k.startswith("effect_reason.")}
    assert reasons() == known
    assert all(say(f"effect_reason.{k}", language) for k in known for language in ("id", "en"))
