"""What may be held fixed when groups are compared: nothing that the same hand wrote."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.errors import EstimationError

# Ratings of the official appraisal, and what is computed from them. A gap that is in all of them vanishes when one is held fixed.
BY_THE_SAME_HAND = frozenset({"hasil_kerja", "perilaku_kerja", "predikat", "rating", "score", "skor", "hasil_kerja_before",
                              "perilaku_kerja_before", "predikat_before"})


def refuse_same_hand(conditions: Iterable[str], also: Iterable[str] = ()) -> None:
    """Refuse to hold a rating fixed that the evaluator gave who also gave the outcome.

    Parameters
    ----------
    conditions : iterable of str
        Columns that are to be held fixed.
    also : iterable of str
        Further columns of this data set that are such ratings.

    Raises
    ------
    EstimationError
        If one of them is.

    Notes
    -----
    If an evaluator rates a group lower in behaviour and in results, people of equal behaviour ratings have nearly equal results
    ratings: holding the first fixed hides the gap that is looked for. Source: J. Pearl (2009), Causality, section 3.8 (conditioning
    on what the treatment changes).

    Examples
    --------
    >>> refuse_same_hand(["unit_id", "post_type"])
    """
    forbidden = BY_THE_SAME_HAND | set(also)
    for name in conditions:
        if name in forbidden:
            raise EstimationError(f"{name!r} is a rating by the same hand as the outcome: holding it fixed would hide the gap.")
