"""Published worked examples of bounds under attrition, to every printed digit."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact import lee_bounds, manski_bounds


def arm(counts: list[int], n: int) -> np.ndarray:
    """Give the outcomes 0, 1, 2, ... of a group by their counts, missing for the rest of the n."""
    seen = np.repeat(np.arange(len(counts), dtype=float), counts)
    return np.concatenate([seen, np.full(n - len(seen), np.nan)])


@pytest.mark.parametrize(("sent", "others", "low", "high", "trimmed"), [
    (([30, 75, 106, 100, 63, 52, 25, 7, 3], 487), ([51, 109, 101, 61, 25, 13, 6, 1], 472),
     0.36445680331675412, 1.44020836014300890, 0.17860491194529199),
    (([19, 49, 97, 75, 71, 35, 25, 9, 3, 0, 1], 492), ([68, 130, 122, 84, 44, 17, 8, 0, 1], 504),
     0.69215029761904745, 1.54699900793650702, 0.17011423278789750)])
def test_leebounds_in_stata(sent, others, low, high, trimmed):
    """H. Tauchmann (2014), Stata Journal 14, 884-894: his command in Stata 18 on samples 7 and 8 of StatsPAI (tests/reference_parity, leebounds).

    Counts of whole numbers that tie at the edge, where the command trims by a fraction too. In the first sample those sent are the fuller
    group, in the second the others. In samples 1 to 6 nothing ties, and the command drops whole values.
    """
    first, second = arm(*sent), arm(*others)
    found = lee_bounds(np.concatenate([first, second]), np.arange(len(first) + len(second)) < len(first))
    assert (found.low, found.high, found.trimmed) == pytest.approx((low, high, trimmed), abs=1e-15)


def test_survivors_of_yang_and_small():
    """F. Yang, D. S. Small (2016), JRSS B 78, 299-318, as in P. Ding (2024), A First Course in Causal Inference, section 26.4.3.

    Of 431 in one arm 109 died and 54 of the rest had the outcome, of 429 in the other 152 and 59. By the formulas of that section the
    effect on those who survive either way is between -0.17602 and -0.01896 (to five digits in the tests of StatsPAI).
    """
    y, first = np.concatenate([arm([268, 54], 431), arm([218, 59], 429)]), np.arange(860) < 431
    found, wide = lee_bounds(y, first), manski_bounds(y, first, lowest=0, highest=1)
    assert (round(found.low, 5), round(found.high, 5)) == (-0.17602, -0.01896)
    assert wide.low < found.low < found.high < wide.high
