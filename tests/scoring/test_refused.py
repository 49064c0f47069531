"""What the scoring room refuses in a sentence, and that each statistic is one call from the room."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from evalkit import scoring
from evalkit.errors import ScoringError

ROWS = pd.DataFrame({"unit": ["a", "a", "b", None], "predikat": ["baik", "sangat_baik", None, "kurang"], "hasil_kerja": "sesuai",
                     "perilaku_kerja": "sesuai"})


@pytest.mark.parametrize("frame", [ROWS, pl.from_pandas(ROWS)], ids=["pandas", "polars"])
def test_a_misspelt_column_names_the_near_one(frame):
    for use in (scoring.distribution, scoring.differentiation, scoring.rating_counts):
        with pytest.raises(ScoringError, match=r"no column 'units'; did you mean 'unit'\?"):
            use(frame, ["units"])
        with pytest.raises(ScoringError, match=r"come as a list, such as \['unit'\]"):
            use(frame, "unit")
    wrong = ROWS.rename(columns={"predikat": "Predikat"})
    for call in (lambda: scoring.distribution(wrong, []), lambda: scoring.differentiation(wrong, []), lambda: scoring.score_quadrant(wrong)):
        with pytest.raises(ScoringError, match="did you mean 'Predikat'"):
            call()


def test_what_is_no_frame_or_has_two_columns_of_a_name_is_refused():
    with pytest.raises(ScoringError, match="not as dict"):
        scoring.distribution(ROWS.to_dict("list"), [])
    with pytest.raises(ScoringError, match="several columns"):
        scoring.distribution(pd.concat([ROWS, ROWS[["unit"]]], axis=1), ["unit"])


def test_counts_are_people_by_known_codes():
    for counts, told in (({"good": 3}, "unknown predikat 'good'"), ({"baik": -3}, "negative"), ({"baik": 0.6, "kurang": 0.4}, "a share where")):
        with pytest.raises(ScoringError, match=told):
            scoring.compare(counts)
        with pytest.raises(ScoringError, match=told):
            scoring.pattern(counts, "baik")
    for bad in ("good", 3), ("baik", -1), ("baik", 2.5):
        with pytest.raises(ScoringError):
            scoring.attainable(*bad)


def test_parts_of_a_score_come_together():
    for call in (lambda: scoring.skp_score([109, 88]), lambda: scoring.additional([5]), lambda: scoring.skp_score(["ab"])):
        with pytest.raises(ScoringError, match="in parentheses"):
            call()
