"""How people came to a training: that, and nothing else, picks the design that can judge it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.impact.verdict import Design
from evalkit.inference.frames import need
from evalkit.inference.reading import marks, numbers
from evalkit.inference.single_values import single

SentIf = Literal["below", "above"]
AtCut = Literal["sent", "not_sent"]
COLUMNS = ("person_id", "cluster", "assigned_by", "score", "cut", "wave", "begun", "invited", "completed", "stratum")
LEAST_DISTINCT = 10  # scores a side below which no neighbourhood of the cut can be told apart from a straight line


@dataclass(frozen=True)
class Assignment:
    """`design` with its `reason`; people sent and not sent; at a cut: how many stand on it, how many were sent as it says, distinct scores.

    `n_waiting`: of those not sent how many waited for the last wave of a course that everybody takes.
    """

    design: Design
    reason: str
    n: int
    n_sent: int
    n_waves: int
    n_clusters: int
    n_clusters_sent: int
    n_clusters_not: int
    by_cluster: bool
    cut: float = math.nan
    sent_if: SentIf = "below"
    at_cut: AtCut = "not_sent"
    n_at_cut: int = 0
    compliance: float = math.nan
    distinct_below: int = 0
    distinct_above: int = 0
    n_waiting: int = 0


def check_cut(cut: float, sent_if: str, at_cut: str) -> None:
    """Refuse what is no cut.

    Examples
    --------
    >>> check_cut(60.0, "below", "not_sent")
    """
    single(cut=cut)
    if not np.isfinite(cut) or sent_if not in ("below", "above") or at_cut not in ("sent", "not_sent"):
        raise EstimationError("A cut needs a finite number, 'below' or 'above', and 'sent' or 'not_sent' for people exactly on it.")


def side_of_cut(score: pd.Series, cut: float, *, sent_if: SentIf = "below", at_cut: AtCut = "not_sent") -> pd.Series:
    """Say who the rule sends: below or above the cut; people exactly on it are sent or not as the plan says.

    Parameters
    ----------
    score : pandas.Series or array_like of float, shape (n,)
        The selecting score; missing scores are sent nowhere (missing in the answer).
    cut : float
        The cut of the plan.
    sent_if : {"below", "above"}
        Which side is sent.
    at_cut : {"sent", "not_sent"}
        On which side the cut itself lies.

    Raises
    ------
    EstimationError
        If the cut is not a number or a word is unknown.

    Notes
    -----
    Nobody is dropped. "Below 60 is sent" puts 60 itself on the side that is not sent.

    Examples
    --------
    >>> side_of_cut(pd.Series([58.0, 60.0, 62.0]), 60).tolist()
    [True, False, False]
    """
    check_cut(cut, sent_if, at_cut)
    score = score if isinstance(score, pd.Series) else pd.Series(numbers(score, "scores"))
    values = numbers(score, "scores")
    side = values < cut if sent_if == "below" else values > cut
    if at_cut == "sent":
        side = side | (values == cut)
    return pd.Series(side, index=score.index, dtype="boolean").mask(np.isnan(values))


def read_assignment(people: pd.DataFrame, *, sent_if: SentIf = "below", at_cut: AtCut = "not_sent") -> Assignment:
    """Find the design from the enrolments and the people who could have been sent.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person of the population of the course, sent or not: `person_id`; `invited` (the course was meant for the person: drawn,
        called or enrolled); and, where known, `assigned_by` ("drawn", "score", "calendar", "place", "volunteer"), `cluster` (unit), `score`,
        `cut`, `wave` (first period with training; missing: never).
    sent_if, at_cut
        The rule of the cut, as in `side_of_cut`.

    Returns
    -------
    Assignment
        Design "unknown" with a reason where the way is not stated, not the same for all ("mixed_ways"), or its cut is missing
        ("no_score_or_cut", "several_cuts").

    Raises
    ------
    EstimationError
        If `person_id` or `invited` is absent, a person has two rows, or a score or a mark cannot be read.

    Notes
    -----
    People who were not sent usually have no `assigned_by`; those who were sent decide. Compliance is the share of people with a score
    whom the rule and the list put on the same side.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abc"), "invited": [True, False, False], "assigned_by": ["score", None, None],
    ...                      "score": [58.0, 60.0, 62.0], "cut": 60.0})
    >>> found = read_assignment(rows)
    >>> found.design, found.n_at_cut, found.compliance
    ('score', 1, 1.0)
    """
    need(people, "person_id", "invited", what="people of a course")
    need(people, *(c for c in COLUMNS if c in people), what="people of a course")
    people = people.reset_index(drop=True)
    if people["person_id"].duplicated().any():
        raise EstimationError("A person stands twice in the list of the course: one row a person.")
    sent = marks(people["invited"], "invited", missing=False)
    clusters = people["cluster"].astype("string").fillna("") if "cluster" in people else people["person_id"].astype("string")
    waves = people.loc[sent, "wave"].dropna().nunique() if "wave" in people else int(sent.any())
    ways = sorted(people.loc[sent, "assigned_by"].dropna().astype(str).unique()) if "assigned_by" in people else []
    mixed = people.assign(_c=clusters, _s=sent).groupby("_c")["_s"].nunique().gt(1).any()
    design, reason = _design(ways, people)
    base = Assignment(design, reason, len(people), int(sent.sum()), int(waves), int(clusters.nunique()), int(clusters[sent].nunique()),
                      int(clusters[~sent].nunique()), bool(not mixed))
    if design != "score":
        return base
    cut = float(_cuts(people)[0])
    rule = side_of_cut(people["score"], cut, sent_if=sent_if, at_cut=at_cut)
    known = rule.notna().to_numpy(dtype=bool)
    score = numbers(people["score"], "scores")
    below = score < cut if (sent_if == "below") == (at_cut == "not_sent") else score <= cut
    agree = (rule.fillna(False).to_numpy(dtype=bool) == sent)[known]
    return replace(base, cut=cut, sent_if=sent_if, at_cut=at_cut, n_at_cut=int((score == cut).sum()),
                   compliance=float(agree.mean()) if known.any() else math.nan, distinct_below=len(np.unique(score[known & below])),
                   distinct_above=len(np.unique(score[known & ~below])))


def _cuts(people: pd.DataFrame) -> np.ndarray:
    """The cuts that are stated, each once."""
    stated = numbers(people["cut"], "cuts")
    return np.unique(stated[~np.isnan(stated)])


def _design(ways: list[str], people: pd.DataFrame) -> tuple[Design, str]:
    """The design that the ways allow, and why."""
    if not ways:
        return "unknown", "way_not_stated"
    if len(ways) > 1:
        return "unknown", "mixed_ways"
    known: dict[str, Design] = {d: d for d in get_args(Design) if d != "unknown"}
    if ways[0] not in known:
        return "unknown", "way_not_known"
    if ways[0] == "score":
        if "score" not in people or "cut" not in people or people["cut"].dropna().empty or people["score"].dropna().empty:
            return "unknown", "no_score_or_cut"
        if len(_cuts(people)) > 1:
            return "unknown", "several_cuts"
    return known[ways[0]], f"sent_by_{ways[0]}"
