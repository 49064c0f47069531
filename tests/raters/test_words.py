"""Every reason of the statistics on evaluators has its sentence, and every sentence its reason."""

from __future__ import annotations

import pandas as pd

from evalkit.language.catalogue import catalogue
from evalkit.raters.between import agreement_between, variance_between
from evalkit.raters.carry_over import repeated_teams
from evalkit.raters.concordance import concordance, share_equal


def between(raters: str, ratings: list[float]) -> pd.DataFrame:
    return variance_between(pd.DataFrame({"rater_id": list(raters), "rating": pd.Series(ratings, dtype=float)}))


def test_every_reason_has_its_words():
    pairs = pd.DataFrame({"hasil_kerja": ["sesuai"], "perilaku_kerja": ["sesuai"]})
    history = pd.DataFrame({"person_id": list("abcabc"), "period": ["2026-Q1"] * 3 + ["2026-Q2"] * 3, "predikat": "baik",
                            "rater_id": list("eefeef")})
    frames = [between("aabb", [1, 1, 1, 1]), between("aabb", [1, 3, 1, 3]), between("aabb", [1, 2, 4, 5]), between("aa", [1, 2]),
              between("ab", [1, 2]), agreement_between(pd.DataFrame({"object_id": ["p"], "rater_id": ["a"]})),
              agreement_between(pd.DataFrame({"object_id": [], "rater_id": []})), concordance(pairs), share_equal(concordance(pairs)),
              repeated_teams(history, ["2026-Q1", "2026-Q2"])]
    given = set(pd.concat([f["reason"].dropna().astype(object) for f in frames]))
    assert given == {k.removeprefix("rater_reason.") for k in catalogue() if k.startswith("rater_reason.")}
